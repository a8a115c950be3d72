"""The county's boundary: from a file, else from OpenStreetMap, else the townships' areas joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely

from planner.geodata.boundary import check_degrees
from planner.geodata.crs import of_a_place
from planner.geodata.georef import Said, numbers_fit
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Township
from planner.geodata.intake.positions import frame_of
from planner.geodata.intake.request import ImportRequest
from planner.geodata.log import DefectLog
from planner.geodata.sources.raw import RawTable

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

_POLYGONS = ("Polygon", "MultiPolygon")
DECIMALS = 7
"""Decimals of a degree that are written: 1 cm."""


def boundary_from_raw(raw: RawTable, request: ImportRequest, found: DefectLog) -> Polygon | MultiPolygon | None:
    """The polygons of the file joined, WGS84 degrees; None after an error."""
    if raw.geometries is None:
        found.error("no-geometry", raw.file, "is a table without geometry", "give a map file with the county's polygon")
        return None
    before = len(found.defects)
    for row, geometry in zip(raw.rows, raw.geometries, strict=True):
        _check(geometry, row, raw.file, found)
    if len(found.defects) > before:
        return None
    frame = frame_of(Table(raw, Role.BOUNDARY, {}), request, found)
    if frame is None:
        return None
    if not numbers_fit(raw.geometries, frame, Said(), raw.file, found):
        return None
    placed = frame.geometries(raw.geometries)
    for row, geometry in zip(raw.rows, placed, strict=True):
        check_degrees(geometry, row, raw.file, found)
    return None if len(found.defects) > before else join(list(placed))


def join(polygons: Sequence[object]) -> Polygon | MultiPolygon:
    """One valid polygon (or several parts) of rounded vertices."""
    joined = shapely.union_all(np.asarray(polygons, dtype=object))
    rounded = shapely.transform(joined, lambda xy: np.round(xy, DECIMALS))
    if not rounded.is_valid:  # two vertices fell together
        rounded = shapely.make_valid(rounded)
        if rounded.geom_type not in _POLYGONS:
            rounded = shapely.union_all([p for p in shapely.get_parts(rounded) if p.geom_type in _POLYGONS])
    return cast("Polygon | MultiPolygon", rounded)


def boundary_from_townships(townships: Sequence[Township]) -> Polygon | MultiPolygon | None:
    """The townships' areas joined, when every township has one."""
    polygons = [township.polygon for township in townships]
    if not polygons or any(polygon is None for polygon in polygons):
        return None
    return join(polygons)


def _check(geometry: BaseGeometry | None, row: int, file: str, found: DefectLog) -> None:
    if geometry is None or geometry.is_empty:
        found.error("empty-geometry", file, "the feature has no geometry", "delete it or draw it again", row=row)
    elif geometry.geom_type not in _POLYGONS:
        found.error(
            "not-a-polygon", file, f"the boundary is a {geometry.geom_type}, not a polygon",
            "close the line to a polygon in a GIS", row=row,
        )  # fmt: skip
    elif not of_a_place(shapely.get_coordinates(geometry)).all():
        message = "a vertex is not a number, or far too large"
        found.error("not-finite", file, message, "delete that vertex in a GIS", row=row)
    elif not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        found.error(
            "invalid-polygon", file, f"the boundary is not a valid polygon: {reason}",
            "mend it in a GIS (Fix geometries)", row=row,
        )  # fmt: skip


def utm_zone(boundary: Polygon | MultiPolygon) -> str:
    """The EPSG code of the boundary's own UTM zone on WGS84, for lengths in metres."""
    point = boundary.representative_point()
    zone = min(60, int((point.x + 180) // 6) + 1)
    return f"EPSG:{(32600 if point.y >= 0 else 32700) + zone}"
