"""Where roads look joined but are not: ends that stop just beside another road, and crossings without a shared vertex.

Roads are joined at shared vertices only, so that a bridge is no junction. A drawing that was never cut at its junctions
therefore falls apart, or makes vans drive round; what is found here says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

UNDERSHOOT_M: Final = 2.0
"""An end of no other road that stops nearer to a road than this was meant to meet it."""
NODE_M: Final = 0.5
"""The same for an end that is joined to some road already: only what a pen's width explains."""
_JOINED_NEARBY: Final = 4.0
"""A pair of roads with a shared vertex within so many times the distance searched is joined there already."""
_SAME_M: Final = 0.01
_GRID: Final = 10_000_000
_ONE_EAST: Final = 1 << 32

JOINT_CODES: Final = ("undershoot", "crossing-unjoined")
"""Defects that lie at a place of their own, which their value holds as longitude and latitude."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Misses:
    """Ends of lines that lie beside another line (``other``) without a shared vertex, nearest first.

    ``line`` is one line of each end, ``point`` the end as `Drawing` numbers it, ``lonlat`` (n, 2) where it lies in
    WGS84 degrees, ``target_xy`` (n, 2) the nearest place on the other line in metres, ``loose`` whether nothing else is
    joined to the end.
    """

    line: Ints
    point: Ints
    other: Ints
    distance_m: Floats
    lonlat: Floats
    target_xy: Floats
    loose: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Places where two lines cross between their vertices: both lines and the place, WGS84 degrees (n, 2)."""

    line: Ints
    other: Ints
    lonlat: Floats
    xy: Floats

    def __len__(self) -> int:
        return len(self.line)


class Drawing:
    """Lines (WGS84 degrees) with their vertices numbered: vertices that agree to 1e-7 degree are one point.

    ``first`` and ``last`` are the points at the ends of each line, ``xy`` each point in metres of the metric CRS.
    """

    def __init__(self, lines: NDArray[np.object_], metric_crs: str) -> None:
        self.n = len(lines)
        lonlat, owner = shapely.get_coordinates(lines, return_index=True)
        grid = np.rint(lonlat * _GRID).astype(np.int64)
        fresh = np.ones(len(grid), dtype=bool)
        fresh[1:] = (owner[1:] != owner[:-1]) | (grid[1:] != grid[:-1]).any(axis=1)
        lonlat, owner, grid = lonlat[fresh], owner[fresh].astype(np.int64), grid[fresh]
        _, place, point = np.unique(grid[:, 0] * _ONE_EAST + grid[:, 1], return_index=True, return_inverse=True)
        self.owner, self.point = owner, point.ravel().astype(np.int64)
        self.lonlat = lonlat[place]
        self.transformer = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
        self.xy = np.column_stack(self.transformer.transform(self.lonlat[:, 0], self.lonlat[:, 1])).reshape(-1, 2)
        self.first = self.point[np.searchsorted(owner, np.arange(self.n))]
        self.last = self.point[np.searchsorted(owner, np.arange(self.n), side="right") - 1]
        self.lines = self._metric_lines()
        self.tree = shapely.STRtree(self.lines)
        self._shared = self._shared_points()

    def _metric_lines(self) -> NDArray[np.object_]:
        """The lines in metres; None for one that has no place in the metric CRS, or no length."""
        xy = self.xy[self.point]
        count = np.bincount(self.owner, minlength=self.n)
        wild = np.bincount(self.owner, weights=~np.isfinite(xy).all(axis=1), minlength=self.n) > 0
        keep = (~wild & (count >= 2))[self.owner]
        drawn, number = np.unique(self.owner[keep], return_inverse=True)
        lines = np.full(self.n, None, dtype=object)
        if len(drawn):
            lines[drawn] = shapely.linestrings(xy[keep], indices=number.ravel())
        return lines

    def _shared_points(self) -> tuple[Ints, Ints]:
        """Every ordered pair of lines that share a point, as ``line · n + other`` in order, and the point."""
        entry = np.unique(self.point * self.n + self.owner)
        point, line = entry // max(self.n, 1), entry % max(self.n, 1)
        members = np.bincount(point, minlength=len(self.xy))
        several = members[point] > 1
        point, line = point[several], line[several]
        size = members[point]
        start = np.searchsorted(point, point)
        one = np.repeat(np.arange(len(point)), size)
        other = np.repeat(start, size) + _counting(size)
        differ = one != other
        key, at = line[one[differ]] * self.n + line[other[differ]], point[one[differ]]
        order = np.argsort(key, kind="stable")
        return key[order], at[order]

    def loose_ends(self) -> NDArray[np.bool_]:
        """For each point whether it is the end of one line and nothing else."""
        loose = np.zeros(len(self.xy), dtype=bool)
        loose[self.first] = loose[self.last] = True
        return np.asarray(loose & (np.bincount(self.point, minlength=len(self.xy)) == 1), dtype=bool)

    def lines_at(self, points: Ints) -> tuple[Ints, Ints]:
        """Which of ``points`` and which line, for every line through each of them."""
        order = np.argsort(self.point, kind="stable")
        start = np.searchsorted(self.point[order], points)
        size = np.searchsorted(self.point[order], points, side="right") - start
        return np.repeat(np.arange(len(points)), size), self.owner[order[np.repeat(start, size) + _counting(size)]]

    def joined_near(self, line: Ints, other: Ints, xy: Floats, metres: float, more: Misses | None = None) -> Ints:
        """Positions of the pairs of lines that share a point within ``metres`` of ``xy``; ``more`` count as shared."""
        key, at = self._shared
        if more is not None and len(more):
            both = np.concatenate([more.line * self.n + more.other, more.other * self.n + more.line])
            key, at = np.concatenate([key, both]), np.concatenate([at, more.point, more.point])
            order = np.argsort(key, kind="stable")
            key, at = key[order], at[order]
        wanted = line * self.n + other
        start = np.searchsorted(key, wanted)
        size = np.searchsorted(key, wanted, side="right") - start
        pair = np.repeat(np.arange(len(wanted)), size)
        point = at[np.repeat(start, size) + _counting(size)]
        near = np.hypot(*(self.xy[point] - xy[pair]).T) <= metres
        return np.unique(pair[near])


def _counting(size: Ints) -> Ints:
    """0, 1, … up to each of ``size``, one after the other."""
    return np.arange(int(size.sum()), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)


def find_misses(drawing: Drawing, within_m: float = UNDERSHOOT_M, loose: NDArray[np.bool_] | None = None) -> Misses:
    """Ends within ``within_m`` of a line that they are not joined to, each with the nearest such line.

    ``loose`` (bool per point) are the ends to search that far around, by default those that nothing else is joined to;
    around other ends `NODE_M` is searched.
    """
    loose = drawing.loose_ends() if loose is None else loose
    ends = np.unique(np.concatenate([drawing.first, drawing.last]))
    ends = ends[np.isfinite(drawing.xy[ends]).all(axis=1)]
    reach = np.where(loose[ends], within_m, min(within_m, NODE_M))
    spots = shapely.points(drawing.xy[ends])
    which, other = drawing.tree.query(spots, predicate="dwithin", distance=reach)
    touching = np.unique(drawing.owner * len(drawing.xy) + drawing.point)
    apart = ~np.isin(other * len(drawing.xy) + ends[which], touching, assume_unique=False)
    which, other = which[apart], other[apart].astype(np.int64)
    pair, line = drawing.lines_at(ends[which])
    joined = drawing.joined_near(line, other[pair], drawing.xy[ends[which[pair]]], _JOINED_NEARBY * within_m)
    keep = np.ones(len(which), dtype=bool)
    keep[pair[joined]] = False
    which, other = which[keep], other[keep]
    ways = shapely.shortest_line(spots[which], drawing.lines[other])
    metres = shapely.length(ways)
    order = np.lexsort([other, metres, which])
    order = order[np.unique(which[order], return_index=True)[1]]  # the nearest line of each end
    order = order[np.lexsort([which[order], metres[order]])]
    which, other, metres = which[order], other[order], metres[order]
    first = drawing.lines_at(ends[which])
    line = first[1][np.unique(first[0], return_index=True)[1]] if len(which) else np.empty(0, np.int64)
    target = shapely.get_coordinates(ways[order]).reshape(-1, 2, 2)[:, 1]
    point = ends[which]
    once = ~_told_from_the_other_side(line, other, drawing.xy[point], target, drawing.n)
    line, point, other, metres, target = line[once], point[once], other[once], metres[once], target[once]
    return Misses(line, point, other, metres, drawing.lonlat[point], target, loose[point])


def _told_from_the_other_side(line: Ints, other: Ints, xy: Floats, target: Floats, n: int) -> NDArray[np.bool_]:
    """Which ends face an end that faces them, and come after it: two ends with a gap between them are one finding."""
    key, facing = line * n + other, other * n + line
    order = np.argsort(key, kind="stable")
    start = np.searchsorted(key[order], facing)
    size = np.searchsorted(key[order], facing, side="right") - start
    one = np.repeat(np.arange(len(key)), size)
    two = order[np.repeat(start, size) + _counting(size)]
    close = (np.hypot(*(target[one] - xy[two]).T) < _SAME_M) & (np.hypot(*(target[two] - xy[one]).T) < _SAME_M)
    later = np.zeros(len(key), dtype=bool)
    later[one[close & (two < one)]] = True
    return later


def find_crossings(
    drawing: Drawing, misses: Misses, apart: NDArray[np.bool_] | None = None, near_m: float = 2 * UNDERSHOOT_M
) -> Crossings:
    """Where two lines cross without a vertex that both have within ``near_m``, and without one of ``misses`` there.

    ``apart`` (bool per line) marks lines that may cross anything, such as ferries.
    """
    one, other = drawing.tree.query(drawing.lines, predicate="crosses")
    keep = one < other
    if apart is not None:
        keep &= ~apart[one] & ~apart[other]
    one, other = one[keep].astype(np.int64), other[keep].astype(np.int64)
    places = shapely.intersection(drawing.lines[one], drawing.lines[other])
    xy, pair = shapely.get_coordinates(places, return_index=True)
    one, other = one[pair], other[pair]
    fresh = np.ones(len(one), dtype=bool)
    fresh[drawing.joined_near(one, other, xy, near_m, misses)] = False
    one, other, xy = one[fresh], other[fresh], xy[fresh]
    lonlat = np.column_stack(drawing.transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE")).reshape(-1, 2)
    order = np.lexsort([lonlat[:, 1], lonlat[:, 0], other, one])
    return Crossings(one[order], other[order], lonlat[order], xy[order])
