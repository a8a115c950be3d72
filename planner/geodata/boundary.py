"""The county's boundary: valid polygons in degrees, and the questions that other checks ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.geodata.crs import of_a_place
from planner.geodata.datum import Frame
from planner.geodata.georef import Said
from planner.geodata.log import DefectLog
from planner.geodata.vector import read_features

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """The county's boundary in WGS84 degrees, and what the file had it in."""

    shape: Polygon | MultiPolygon
    frame: Frame


def read_boundary(path: Path, file: str, found: DefectLog, said: Said | None = None) -> Boundary | None:
    """The boundary in WGS84 degrees, several polygons joined into one; None after adding an error."""
    features = read_features(path, file, found, said)
    if features is None:
        return None
    before = len(found.defects)
    for row, geometry in enumerate(features.geometries, start=1):
        _check(geometry, row, file, found)
    if len(found.defects) > before:
        return None
    joined = shapely.union_all(np.asarray(features.geometries, dtype=object))
    if len(features) > 1:
        found.warning(
            "many-polygons",
            file,
            f"holds {len(features)} polygons; they were joined into one boundary",
            "keep the county's polygon only",
        )
    shapely.prepare(joined)
    return Boundary(cast("Polygon | MultiPolygon", joined), features.frame)


def _check(geometry: BaseGeometry | None, row: int, file: str, found: DefectLog) -> None:
    if geometry is None or geometry.is_empty:
        found.error("empty-geometry", file, "the feature has no geometry", "delete it or draw it again", row=row)
    elif geometry.geom_type not in _POLYGONS:
        found.error(
            "not-a-polygon",
            file,
            f"the boundary is a {geometry.geom_type}, not a polygon",
            "close the line to a polygon in a GIS",
            row=row,
        )
    elif not of_a_place(shapely.get_coordinates(geometry)).all():
        message = "a vertex is not a number, or far too large"
        found.error("not-finite", file, message, "delete that vertex in a GIS", row=row)
    elif not geometry.is_valid:
        found.error(
            "invalid-polygon",
            file,
            f"the boundary is not a valid polygon: {shapely.is_valid_reason(geometry)}",
            "mend it in a GIS (Fix geometries)",
            row=row,
        )
    else:
        check_degrees(geometry, row, file, found)


def check_degrees(geometry: BaseGeometry, row: int, file: str, found: DefectLog) -> None:
    """An error for a boundary whose numbers are no longitude and latitude."""
    west, south, east, north = geometry.bounds
    x, y = max(-west, east), max(-south, north)
    if x <= 180 and y <= 90:
        return
    if x <= 90 and y <= 180:
        found.error(
            "swapped",
            file,
            "longitude and latitude are swapped in the boundary",
            "swap them (GeoJSON wants longitude first)",
            row=row,
        )
    else:
        message = "a vertex of the boundary lies outside −180…180, −90…90 degrees"
        found.error("range", file, message, "delete or correct that vertex", row=row)


def inside(boundary: BaseGeometry, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (WGS84 degrees) lie in the boundary or on it."""
    return np.asarray(shapely.intersects_xy(boundary, lon, lat), dtype=bool)
