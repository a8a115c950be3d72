"""Roads joined where a drawing left them apart, because the planner asked for it; every change stands in review.csv."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.county import RoadClass
from planner.geodata.intake.boundary import DECIMALS, utm_zone
from planner.geodata.intake.draft import Roads
from planner.geodata.intake.review import Review
from planner.geodata.joints import UNDERSHOOT_M, Drawing, Misses, find_crossings, find_misses
from planner.geodata.log import DefectLog

_ROUNDS: Final = 5
"""An end that another end was moved to is looked at again: chains of ends are that short."""

Place = tuple[float, float]


@dataclass(slots=True)
class _Changes:
    """What becomes of lines: new places of their ends (0 first, −1 last), and vertices put into them."""

    ends: dict[int, dict[int, Place]] = field(default_factory=lambda: defaultdict(dict))
    vertices: dict[int, list[tuple[float, Place]]] = field(default_factory=lambda: defaultdict(list))

    def put(self, drawing: Drawing, line: int, place: Place, xy: NDArray[np.float64]) -> None:
        """A vertex at ``place`` in ``line``, where that passes nearest to ``xy`` (metres)."""
        along = float(shapely.line_locate_point(drawing.lines[line], shapely.Point(xy)))
        self.vertices[line].append((along, place))

    def applied(self, drawing: Drawing, lines: NDArray[np.object_]) -> NDArray[np.object_]:
        """``lines`` with the changes made."""
        changed = lines.copy()
        for line in sorted({*self.ends, *self.vertices}):
            xy = shapely.get_coordinates(lines[line])
            x, y = drawing.transformer.transform(xy[:, 0], xy[:, 1])
            along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
            new = sorted(self.vertices.get(line, ()))
            vertices = np.insert(
                xy, np.clip(np.searchsorted(along, [at for at, _ in new]), 1, len(xy) - 1),
                np.array([place for _, place in new]).reshape(-1, 2), axis=0,
            )  # fmt: skip
            for end, place in self.ends.get(line, {}).items():
                vertices[end] = place
            changed[line] = shapely.LineString(vertices)
        return changed


def metric_crs_of(roads: Roads) -> str:
    """The UTM zone in the middle of the roads."""
    return utm_zone(shapely.box(*shapely.total_bounds(roads.geometry)))


def join_ends(roads: Roads, within_m: float, file: str, review: Review) -> tuple[Roads, str]:
    """Roads with the ends that stop within ``within_m`` of another road moved onto it, and a sentence about them.

    The other road gets a vertex there. Only ends move, so a bridge stays one.
    """
    metric_crs, lines = metric_crs_of(roads), roads.geometry
    drawing = Drawing(lines, metric_crs)
    loose = {*zip(*_line_ends(drawing, drawing.loose_ends()), strict=True)}
    moved: list[float] = []
    for _ in range(_ROUNDS):
        misses = find_misses(drawing, within_m, _still_loose(drawing, loose))
        changes = _Changes()
        told = _plan_moves(drawing, misses, changes)
        if not told:
            break
        for number in told:
            line, other, metres = int(misses.line[number]), int(misses.other[number]), float(misses.distance_m[number])
            moved.append(metres)
            review.add(
                "joined-end", file, f"moved onto {roads.road_id[other]}",
                f"its end at {misses.lonlat[number, 0]:.6f}, {misses.lonlat[number, 1]:.6f} stopped beside it "
                "(--join-within-m)", row=_row(roads, line), name=roads.road_id[line], distance_m=metres,
            )  # fmt: skip
        lines = changes.applied(drawing, lines)
        drawing = Drawing(lines, metric_crs)
    largest = f", the farthest by {max(moved):.2f} m" if moved else ""
    sentence = f"ends of roads joined to a road within {within_m:g} m: {len(moved)}{largest} (--join-within-m)"
    return replace(roads, geometry=lines), sentence


def _line_ends(drawing: Drawing, points: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Line and end (0 first, −1 last) of every end at one of ``points`` (bool per point)."""
    first, last = np.flatnonzero(points[drawing.first]), np.flatnonzero(points[drawing.last])
    return [*first.tolist(), *last.tolist()], [0] * len(first) + [-1] * len(last)


def _still_loose(drawing: Drawing, loose: set[tuple[int, int]]) -> NDArray[np.bool_]:
    """For each point whether nothing but ends that were loose at first meets there."""
    ends = np.zeros(len(drawing.xy), dtype=np.int64)
    for line, end in loose:
        ends[(drawing.last if end else drawing.first)[line]] += 1
    return np.asarray((ends > 0) & (ends == np.bincount(drawing.point, minlength=len(ends))), dtype=bool)


def _plan_moves(drawing: Drawing, misses: Misses, changes: _Changes) -> list[int]:
    """Which of ``misses`` are mended in this round, put into ``changes``: no point both moves and is moved to."""
    points = {place: number for number, place in enumerate(map(tuple, np.round(drawing.lonlat, DECIMALS).tolist()))}
    lon, lat = drawing.transformer.transform(misses.target_xy[:, 0], misses.target_xy[:, 1], direction="INVERSE")
    ending = defaultdict(list)
    at_miss = np.zeros(len(drawing.xy), dtype=bool)
    at_miss[misses.point] = True
    for line, end in zip(*_line_ends(drawing, at_miss), strict=True):
        ending[int((drawing.last if end else drawing.first)[line])].append((line, end))
    fixed: set[int] = set()
    moving: set[int] = set()
    told = []
    for number, (point, other) in enumerate(zip(misses.point.tolist(), misses.other.tolist(), strict=True)):
        place: Place = (round(float(lon[number]), DECIMALS), round(float(lat[number]), DECIMALS))
        target = points.get(place)
        if point in fixed or (target is not None and target in moving):
            continue
        if misses.loose[number]:
            if any(changes.ends[line].get(-1 - end) == place for line, end in ending[point]):
                continue  # both ends of a short road: one is enough
            moving.add(point)
            for line, end in ending[point]:
                changes.ends[line][end] = place
        else:  # others meet here: the road beside it comes to them, by the width of a pen
            place = (float(drawing.lonlat[point, 0]), float(drawing.lonlat[point, 1]))
            fixed.add(point)
        if target is not None:
            fixed.add(target)
        changes.put(drawing, other, place, misses.target_xy[number])
        told.append(number)
    return told


def node_crossings(roads: Roads, file: str, review: Review) -> tuple[Roads, str]:
    """Roads with a common vertex wherever two of them cross (ferries apart), and a sentence about them."""
    drawing = Drawing(roads.geometry, metric_crs_of(roads))
    crossings = find_crossings(drawing, find_misses(drawing), _ferries(roads))
    changes = _Changes()
    for line, other, (lon, lat), xy in zip(
        crossings.line.tolist(), crossings.other.tolist(), crossings.lonlat.tolist(), crossings.xy, strict=True
    ):
        place = (round(lon, DECIMALS), round(lat, DECIMALS))
        for one in (line, other):
            changes.put(drawing, one, place, xy)
        review.add(
            "joined-crossing", file, f"joined to {roads.road_id[other]}",
            f"the two cross at {lon:.6f}, {lat:.6f} (--node-crossings)", row=_row(roads, line),
            name=roads.road_id[line],
        )  # fmt: skip
    sentence = f"crossings of roads joined where they had no common vertex: {len(crossings)} (--node-crossings)"
    return replace(roads, geometry=changes.applied(drawing, roads.geometry)), sentence


def tell_unjoined(roads: Roads, file: str, found: DefectLog, *, crossings_meant: bool) -> int:
    """Warnings of ends and crossings that look like junctions and are none, one for each kind; returns how many.

    ``crossings_meant``: the source joins roads at common vertices on purpose, so that a crossing without is a bridge.
    """
    drawing = Drawing(roads.geometry, metric_crs_of(roads))
    misses = find_misses(drawing)
    if len(misses):
        line, other = roads.road_id[int(misses.line[0])], roads.road_id[int(misses.other[0])]
        found.warning(
            "undershoot", file, f"ends of roads that stop within {UNDERSHOOT_M:g} m of another road without a common "
            f"vertex, so that nothing can turn there: {len(misses):,}, e.g. {line}, {misses.distance_m[0]:.2f} m from "
            f"{other}",
            f"import again with --join-within-m {UNDERSHOOT_M:g}; planner check --html shows each on a map",
            row=_row(roads, int(misses.line[0])), column="lon, lat", value=_lon_lat(misses.lonlat[0]),
        )  # fmt: skip
    if crossings_meant:
        return len(misses)
    crossings = find_crossings(drawing, misses, _ferries(roads))
    if len(crossings):
        line, other = roads.road_id[int(crossings.line[0])], roads.road_id[int(crossings.other[0])]
        found.warning(
            "crossing-unjoined", file, "places where roads cross without a common vertex, as bridges do, and nothing "
            f"can turn: {len(crossings):,}, e.g. {line} and {other}",
            "see them with planner check --html; if these are junctions, import again with --node-crossings",
            row=_row(roads, int(crossings.line[0])), column="lon, lat", value=_lon_lat(crossings.lonlat[0]),
        )  # fmt: skip
    return len(misses) + len(crossings)


def _ferries(roads: Roads) -> NDArray[np.bool_]:
    return np.array([word == RoadClass.FERRY.value for word in roads.road_class], dtype=bool)


def _row(roads: Roads, line: int) -> int | None:
    return None if roads.row is None else int(roads.row[line])


def _lon_lat(lonlat: NDArray[np.float64]) -> str:
    return f"{lonlat[0]:.6f}, {lonlat[1]:.6f}"
