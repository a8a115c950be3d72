"""Roads: lines in degrees, each with class and surface, and how well they hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain import schema
from planner.domain.county import Road, RoadClass, Surface
from planner.geodata.boundary import inside
from planner.geodata.crs import ELLIPSOID
from planner.geodata.datum import Frame
from planner.geodata.georef import Said
from planner.geodata.log import FOLD_FROM_ROWS, DefectLog
from planner.geodata.tables import Record, Records, check_header, parse_record
from planner.geodata.vector import Features, read_features

if TYPE_CHECKING:
    from shapely import LineString
    from shapely.geometry.base import BaseGeometry

_LINES = ("LineString", "MultiLineString")
_DEGREE_DECIMALS = 7
"""Vertices that agree to this many decimals of a degree (1 cm) are the same place."""


@dataclass(frozen=True, eq=False)
class RoadRecords:
    """Roads as read: a record for each feature, and its geometry (None where it is unusable)."""

    rows: Records
    geometries: Mapping[int, BaseGeometry]
    """Usable geometries by row (feature number), in WGS84 degrees."""
    frame: Frame
    """What the file had them in."""


def read_roads(path: Path, file: str, found: DefectLog, said: Said | None = None) -> RoadRecords | None:
    """Read the road layer; None after adding an error when it cannot be used as a whole."""
    features = read_features(path, file, found, said)
    if features is None:
        return None
    columns = check_header(list(features.fields), file, schema.ROADS, found, row=None)
    if not columns:
        return None
    records = []
    geometries = {}
    for row in range(1, len(features) + 1):
        texts = {name: features.fields[name][row - 1] for name in columns}
        record = parse_record(row, texts, file, schema.ROADS, found)
        records.append(record)
        geometry = _usable(features, record, found)
        if geometry is not None:
            geometries[row] = geometry
    found.fold(file, len(records))
    return RoadRecords(Records(file, schema.ROADS, tuple(records)), geometries, features.frame)


def _usable(features: Features, record: Record, found: DefectLog) -> BaseGeometry | None:
    geometry, file, row = features.geometries[record.row - 1], features.file, record.row
    road = f"road {record.text('road_id') or '?'} ({record.label})"
    if geometry is None or geometry.is_empty:
        found.error("empty-geometry", file, f"{road} has no geometry", "delete the feature or draw it again", row=row)
    elif geometry.geom_type not in _LINES:
        found.error(
            "not-a-line",
            file,
            f"{road} is a {geometry.geom_type}, not a line",
            "keep lines only in this layer",
            row=row,
        )
    elif not np.isfinite(shapely.get_coordinates(geometry)).all():
        found.error("not-finite", file, f"{road} has a vertex that is not a number", "delete that vertex", row=row)
    elif not geometry.is_valid or geometry.length == 0:
        found.error(
            "invalid-line",
            file,
            f"{road} has no length: its vertices all lie in one place",
            "delete the feature or draw it again",
            row=row,
        )
    else:
        return geometry
    return None


def check_placed(roads: RoadRecords, boundary: BaseGeometry, found: DefectLog) -> None:
    """Roads may cross the boundary, but lie about it; swapped coordinates and wild vertices are named."""
    file = roads.rows.file
    swapped, wild = [], []
    for record in roads.rows:
        geometry = roads.geometries.get(record.row)
        if geometry is None:
            continue
        lon, lat = shapely.get_coordinates(geometry).T
        if inside(boundary, lat, lon).any() and not inside(boundary, lon, lat).any():
            swapped.append(record)
        elif (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
            wild.append(record)
    if len(swapped) == len(roads.geometries) >= FOLD_FROM_ROWS:
        found.error(
            "swapped",
            file,
            f"longitude and latitude are swapped in all {len(swapped)} roads",
            "swap them (GeoJSON wants longitude first)",
        )
        return
    for record in swapped:
        found.error(
            "swapped",
            file,
            f"road {record.text('road_id')} ({record.label}) has longitude and latitude swapped",
            "swap them (GeoJSON wants longitude first)",
            row=record.row,
        )
    for record in wild:
        found.error(
            "range",
            file,
            f"road {record.text('road_id')} ({record.label}) has a vertex outside −180…180, −90…90 degrees",
            "delete or correct that vertex",
            row=record.row,
        )
    if not swapped and not wild and roads.geometries:
        lines = np.array(list(roads.geometries.values()), dtype=object)
        if not shapely.intersects(boundary, lines).any():
            found.error(
                "outside",
                file,
                "no road touches the county",
                "see that roads, boundary and datum belong to the same county",
            )


def check_split_ids(roads: RoadRecords, found: DefectLog) -> None:
    """The ids that the parts of a MultiLineString will get are not in use already."""
    used = {text for record in roads.rows if (text := record.text("road_id")) is not None}
    for record in roads.rows:
        geometry, road_id = roads.geometries.get(record.row), record.text("road_id")
        if geometry is None or road_id is None:
            continue
        taken = sorted(set(part_ids(road_id, int(shapely.get_num_geometries(geometry)))) & (used - {road_id}))
        if taken:
            found.error(
                "duplicate-id",
                roads.rows.file,
                f"({record.label}) is a line of several parts, whose ids would repeat {', '.join(taken)}",
                "split it into single lines with ids of their own",
                row=record.row,
                column="road_id",
                value=road_id,
            )


def part_ids(road_id: str, parts: int) -> list[str]:
    """Ids of the parts of a road: its own for a single line, else with suffixes ``-1``, ``-2``, … ."""
    return [road_id] if parts == 1 else [f"{road_id}-{number}" for number in range(1, parts + 1)]


def build_roads(roads: RoadRecords) -> list[Road]:
    """Roads of records without defects; a MultiLineString becomes several, with suffixes ``-1``, ``-2``, … ."""
    built = []
    for record in roads.rows:
        lines: Sequence[LineString] = list(shapely.get_parts(roads.geometries[record.row]))
        words = {name: value for name, value in record.values.items() if isinstance(value, str)}
        for road_id, line in zip(part_ids(words["road_id"], len(lines)), lines, strict=True):
            built.append(
                Road(
                    road_id=road_id,
                    name=words.get("name", ""),
                    road_class=RoadClass(words["road_class"]),
                    surface=Surface(words["surface"]),
                    oneway=bool(record.flag("oneway")),
                    geometry=line,
                )
            )
    return built


def line_lengths_m(lines: Sequence[LineString]) -> NDArray[np.float64]:
    """Geodesic length in metres of each line (WGS84 degrees)."""
    xy, owner = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    same = owner[1:] == owner[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    _, _, metres = ELLIPSOID.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.bincount(owner[1:][same], weights=metres, minlength=len(lines)).astype(np.float64)


def components(lines: Sequence[LineString]) -> NDArray[np.int64]:
    """Number of the connected part that each line belongs to; lines are joined where they share a vertex."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    xy, owner = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    _, vertex = np.unique(np.round(xy, _DEGREE_DECIMALS), axis=0, return_inverse=True)
    size = len(lines) + int(vertex.max()) + 1
    links = coo_array((np.ones(len(owner), dtype=np.int8), (owner, vertex.ravel() + len(lines))), shape=(size, size))
    _, part = connected_components(links, directed=False)
    return np.asarray(part[: len(lines)], dtype=np.int64)
