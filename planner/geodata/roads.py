"""Roads: lines in degrees, each with class and surface, and how well they hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain import schema
from planner.domain.county import Road, RoadClass, Surface
from planner.geodata.boundary import inside
from planner.geodata.cells import Problem, closed_months
from planner.geodata.crs import ELLIPSOID, of_a_place
from planner.geodata.datum import Frame
from planner.geodata.georef import Said
from planner.geodata.log import FOLD_FROM_ROWS, DefectLog
from planner.geodata.tables import Record, Records, check_header, parse_columns
from planner.geodata.vector import Features, read_features

if TYPE_CHECKING:
    from shapely import LineString
    from shapely.geometry.base import BaseGeometry

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_CLASSES = {word.value: word for word in RoadClass}
_SURFACES = {word.value: word for word in Surface}
_WILD = "delete that vertex"
_AGAIN = "delete the feature or draw it again"
_DEGREE_DECIMALS = 7
"""Vertices that agree to this many decimals of a degree (1 cm) are the same place."""
_ONE_EAST = 1 << 32
"""More than there are steps of latitude from pole to pole, so that two steps make one number."""


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
    texts = {name: features.fields[name] for name in columns}
    records = parse_columns(texts, features.rows.tolist(), file, schema.ROADS, found)
    usable = _usable(features, records, found)
    found.fold(file, len(records))
    geometries = dict(zip(features.rows[usable].tolist(), features.geometries[usable].tolist(), strict=True))
    return RoadRecords(Records(file, schema.ROADS, records), geometries, features.frame)


def _usable(features: Features, records: Sequence[Record], found: DefectLog) -> NDArray[np.bool_]:
    """Which features are lines that can be driven; one defect for each other one."""
    lines = features.geometries
    kinds = shapely.get_type_id(lines)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    wild = np.zeros(len(lines), dtype=bool)
    wild[owner[~of_a_place(xy)]] = True
    empty = shapely.is_missing(lines) | shapely.is_empty(lines)
    other = ~empty & ~np.isin(kinds, _LINES)
    wild &= ~empty & ~other
    still = ~empty & ~other & ~wild
    still[still] = ~shapely.is_valid(lines[still]) | (shapely.length(lines[still]) == 0)
    for i in np.flatnonzero(empty | other | wild | still).tolist():
        record = records[i]
        road = f"road {record.text('road_id') or '?'} ({record.label})"
        if empty[i]:
            problem = Problem("empty-geometry", f"{road} has no geometry", _AGAIN)
        elif other[i]:
            what = f"{road} is a {lines[i].geom_type}, not a line"
            problem = Problem("not-a-line", what, "keep lines only in this layer")
        elif wild[i]:
            problem = Problem("not-finite", f"{road} has a vertex that is not a number, or far too large", _WILD)
        else:
            problem = Problem("invalid-line", f"{road} has no length: its vertices all lie in one place", _AGAIN)
        found.error(problem.code, features.file, problem.message, problem.fix, row=record.row)
    return np.asarray(~(empty | other | wild | still), dtype=bool)


def check_placed(roads: RoadRecords, boundary: BaseGeometry, found: DefectLog) -> None:
    """Roads may cross the boundary, but lie about it; swapped coordinates and wild vertices are named."""
    file = roads.rows.file
    if not roads.geometries:
        return
    lines = np.array(list(roads.geometries.values()), dtype=object)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    within = _any_vertex(inside(boundary, xy[:, 0], xy[:, 1]), owner, len(lines))
    astray = ~within[owner]
    turned = np.zeros(len(xy), dtype=bool)
    turned[astray] = inside(boundary, xy[astray, 1], xy[astray, 0])
    swapped = _any_vertex(turned, owner, len(lines))
    wild = _any_vertex((np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90), owner, len(lines)) & ~swapped
    if swapped.all() and len(lines) >= FOLD_FROM_ROWS:
        found.error(
            "swapped",
            file,
            f"longitude and latitude are swapped in all {len(lines)} roads",
            "swap them (GeoJSON wants longitude first)",
        )
        return
    rows = list(roads.geometries)
    by_row = {record.row: record for record in roads.rows} if (swapped | wild).any() else {}
    for i in np.flatnonzero(swapped | wild):
        record = by_row[rows[i]]
        road = f"road {record.text('road_id')} ({record.label})"
        if swapped[i]:
            message, fix = f"{road} has longitude and latitude swapped", "swap them (GeoJSON wants longitude first)"
            found.error("swapped", file, message, fix, row=record.row)
        else:
            message = f"{road} has a vertex outside −180…180, −90…90 degrees"
            found.error("range", file, message, "delete or correct that vertex", row=record.row)
    if not swapped.any() and not wild.any() and not within.any() and not shapely.intersects(boundary, lines).any():
        found.error(
            "outside",
            file,
            "no road touches the county",
            "see that roads, boundary and datum belong to the same county",
        )


def _any_vertex(which: NDArray[np.bool_], owner: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """For each of ``count`` lines whether any of its vertices is one of ``which``."""
    result = np.zeros(count, dtype=bool)
    result[owner[which]] = True
    return result


def check_split_ids(roads: RoadRecords, found: DefectLog) -> None:
    """The ids that the parts of a MultiLineString will get are not in use already."""
    rows = np.array(list(roads.geometries), dtype=np.int64)
    parts = shapely.get_num_geometries(np.array(list(roads.geometries.values()), dtype=object))
    several = dict(zip(rows[parts > 1].tolist(), parts[parts > 1].tolist(), strict=True))
    if not several:
        return
    used = {text for record in roads.rows if (text := record.text("road_id")) is not None}
    for record in roads.rows:
        count, road_id = several.get(record.row), record.text("road_id")
        if count is None or road_id is None:
            continue
        taken = sorted(set(part_ids(road_id, count)) & (used - {road_id}))
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
    lines = np.array([roads.geometries[record.row] for record in roads.rows], dtype=object)
    parts, owner = shapely.get_parts(lines, return_index=True)
    built = []
    for part, (i, count) in zip(parts, _numbered(owner, len(lines)), strict=True):
        values: Mapping[str, Any] = roads.rows.records[i].values
        road_id = values["road_id"]
        built.append(
            Road(
                road_id=road_id if count is None else f"{road_id}-{count}",
                name=values.get("name") or "",
                road_class=_CLASSES[values["road_class"]],
                surface=_SURFACES[values["surface"]],
                oneway=bool(values["oneway"]),
                geometry=part,
                speed_limit_kmh=values.get("speed_limit_kmh"),
                closed_months=closed_months(values.get("closed_months") or ""),
                climb_m=values.get("climb_m"),
                altitude_m=values.get("altitude_m"),
            )
        )
    return built


def _numbered(owner: NDArray[np.int64], count: int) -> Iterator[tuple[int, int | None]]:
    """For each part its road's position and its number from 1, which is None for a road of one part."""
    parts = np.bincount(owner, minlength=count)
    starts = np.cumsum(parts) - parts
    for i, road in enumerate(owner.tolist()):
        yield road, None if parts[road] == 1 else i - int(starts[road]) + 1


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
    cells = np.rint(xy * 10**_DEGREE_DECIMALS).astype(np.int64)
    _, vertex = np.unique(cells[:, 0] * _ONE_EAST + cells[:, 1], return_inverse=True)
    size = len(lines) + int(vertex.max()) + 1
    links = coo_array((np.ones(len(owner), dtype=np.int8), (owner, vertex.ravel() + len(lines))), shape=(size, size))
    _, part = connected_components(links, directed=False)
    return np.asarray(part[: len(lines)], dtype=np.int64)
