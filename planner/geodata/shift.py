"""Points that lie shifted against the roads, as a datum that was not declared would shift them.

Places lie near roads. When a common move of all points brings them clearly nearer to the roads than they lie as
declared, the move is the mistake. Tried are the moves that another declaration of the points' or the roads' datum
would make, and, to notice any other common shift, the move that fits the roads best, fitted on one half of the points
and judged on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.county import Datum
from planner.geodata.crs import METRES_PER_DEGREE
from planner.geodata.datum import from_wgs84, to_wgs84
from planner.geodata.log import DefectLog

LEAST_POINTS: Final = 15
"""Fewer points than this say nothing."""
LEAST_FOR_ANY: Final = 40
"""Points needed to fit a move that no datum explains."""
NEAR_M: Final = 1000.0
"""A point farther than this from every road, moved or not, has no say."""
LEAST_SHIFT_M: Final = 60.0
"""Smaller shifts are within what a village's own extent does."""
LEAST_SCORE: Final = 3.4
"""Signed-rank score in standard deviations: 3 in 10,000 by chance, for one move tried."""
MOST_LEFT: Final = 0.75
"""The median distance to the road after the move, as a share of that before, must not be above this."""

LEAST_MEDIAN_M: Final = 20.0
"""When half the points lie as near to a road as this, nothing has moved them away."""

_MOST_TRIED = 2000
_MOST_FITTED = 300
_FIRST_GUESSES_M: Final = (
    (0.0, 0.0),
    *((r * np.sin(a), r * np.cos(a)) for r, a in product((250.0, 600.0), np.arange(8) * np.pi / 4)),
)
_REFINED = 4
_ROUNDS = 8
_SOFTENING_M = 10.0
"""Added to distances before their logarithm: nearer than this to a road is near."""
_COMPASS: Final = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """A common shift of points against the roads.

    ``east_m`` and ``north_m`` say where the points lie from where the roads expect them. ``points`` and ``roads``
    are the datums that would explain it, None when none does. Medians are of the distance to the nearest road.
    """

    east_m: float
    north_m: float
    points: Datum | None
    roads: Datum | None
    median_m: float
    median_moved_m: float

    @property
    def size_m(self) -> float:
        """Length of the shift."""
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def direction(self) -> str:
        """Where the points lie from where they should, as one of eight compass points."""
        return _COMPASS[round(float(np.degrees(np.arctan2(self.east_m, self.north_m))) / 45) % 8]


class _Roads:
    """Roads in a plane in metres that is true to 2 % in a county; positions go in and out as degrees."""

    def __init__(self, lines: NDArray[np.object_], lat: float) -> None:
        self._scale = np.array([np.cos(np.radians(lat)), 1.0]) * METRES_PER_DEGREE
        self.lines = np.asarray(shapely.transform(lines, lambda xy: xy * self._scale), dtype=object)
        self._tree = shapely.STRtree(self.lines)

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """(n, 2) positions in the plane."""
        return np.column_stack([lon, lat]) * self._scale

    def to_road(self, xy: Floats) -> Floats:
        """(n, 2) vectors from each position to the nearest point of a road."""
        points = np.asarray(shapely.points(xy), dtype=object)
        link = shapely.shortest_line(points, self.lines[self._tree.nearest(points)])
        ends = shapely.get_coordinates(link).reshape(-1, 2, 2)
        return np.asarray(ends[:, 1] - ends[:, 0], dtype=np.float64)

    def distance(self, xy: Floats) -> Floats:
        """(n,) distances to the nearest road."""
        return np.asarray(np.hypot(*self.to_road(xy).T), dtype=np.float64)


def check_shift(
    lon: Floats,
    lat: Floats,
    lines: NDArray[np.object_],
    file: str,
    found: DefectLog,
    *,
    declared: tuple[Datum, Datum] = (Datum.WGS84, Datum.WGS84),
    roads_file: str = "the roads",
) -> Shift | None:
    """Warn when the points of ``file`` look shifted against the roads; see `find_shift` for the arguments."""
    declared = (_plain(declared[0]), _plain(declared[1]))
    shift = find_shift(lon, lat, lines, declared)
    if shift is None:
        return None
    found.warning(
        "shifted",
        file,
        f"looks shifted: its points lie about {shift.size_m:.0f} m to the {shift.direction} of where {roads_file} "
        f"would have them. Their median distance to a road is {shift.median_m:.0f} m, and {shift.median_moved_m:.0f} m "
        f"once {_undone(shift, declared)}",
        _advice(shift, declared, roads_file),
        column="lon, lat",
    )
    return shift


def _plain(datum: Datum) -> Datum:
    """CGCS2000 is WGS84 here."""
    return Datum.WGS84 if datum is Datum.CGCS2000 else datum


def _undone(shift: Shift, declared: tuple[Datum, Datum]) -> str:
    if shift.points is None or shift.roads is None:
        return "all are moved back together, a shift that no known datum explains"
    words = []
    if shift.points is not declared[0]:
        words.append(f"the points are taken as {shift.points}")
    if shift.roads is not declared[1]:
        words.append(f"the roads are taken as {shift.roads}")
    return " and ".join(words)


def _advice(shift: Shift, declared: tuple[Datum, Datum], roads_file: str) -> str:
    if shift.points is None or shift.roads is None:
        return "ask which datum or local grid the points were surveyed in (Xian 1980 and Beijing 1954 lie 50–200 m off)"
    words = []
    if shift.points is not declared[0]:
        origin = {
            Datum.GCJ02: " (AutoNavi, Tencent and other phone maps)",
            Datum.BD09: " (Baidu maps)",
        }.get(shift.points, "")
        words.append(f'declare datum = "{shift.points}"{origin} for these points')
    if shift.roads is not declared[1]:
        words.append(f'declare datum = "{shift.roads}" for {roads_file}')
    return f"{' and '.join(words)}, once their origin is known to be that"


def find_shift(
    lon: Floats,
    lat: Floats,
    lines: NDArray[np.object_],
    declared: tuple[Datum, Datum] = (Datum.WGS84, Datum.WGS84),
) -> Shift | None:
    """The common shift of points against the roads, or None when there is none, or none that is clear.

    Parameters
    ----------
    lon, lat
        WGS84 degrees, as they were read.
    lines
        Road lines, WGS84 degrees.
    declared
        The datums in which the files of the points and of the roads were read: another declaration of either
        would move them.
    """
    finite = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    finite = finite[:: len(finite) // _MOST_TRIED + 1]
    lon, lat = lon[finite], lat[finite]
    if len(lon) < LEAST_POINTS or len(lines) == 0:
        return None
    roads = _Roads(lines, float(lat.mean()))
    here = roads.metres(lon, lat)
    before = roads.distance(here)
    if np.median(before) < LEAST_MEDIAN_M:
        return None
    known = _best_known(lon, lat, declared, roads, before)
    free = _best_free(here, roads, before)
    if known is None or (
        free is not None and _score(known[1], free[1]) > LEAST_SCORE and _left(known[1], free[1]) < MOST_LEFT
    ):
        known = free
    return None if known is None else known[0]


def _best_known(
    lon: Floats, lat: Floats, declared: tuple[Datum, Datum], roads: _Roads, before: Floats
) -> tuple[Shift, Floats] | None:
    """The move that another declaration makes and that brings the points nearest to the roads, if any clearly does.

    One that changes fewer declarations goes before a better one, unless the better one is clearly better.
    """
    here = roads.metres(lon, lat)
    tried = []
    for points, network in product((Datum.WGS84, Datum.GCJ02, Datum.BD09), repeat=2):
        there = roads.metres(*_redeclared(lon, lat, declared, (points, network)))
        east, north = np.median(here - there, axis=0)
        if np.hypot(east, north) < LEAST_SHIFT_M:
            continue
        after = roads.distance(there)
        if _clearly_nearer(before, after):
            medians = float(np.median(before)), float(np.median(after))
            changes = (points is not declared[0]) + (network is not declared[1])
            tried.append((changes, Shift(float(east), float(north), points, network, *medians), after))
    if not tried:
        return None
    best = max(tried, key=lambda one: _score(before, one[2]))
    simple = [one for one in tried if one[0] < best[0] and _score(one[2], best[2]) < LEAST_SCORE]
    chosen = max(simple, key=lambda one: _score(before, one[2]), default=best)
    return chosen[1], chosen[2]


def _redeclared(
    lon: Floats, lat: Floats, declared: tuple[Datum, Datum], other: tuple[Datum, Datum]
) -> tuple[Floats, Floats]:
    """Where points come to lie, against the roads as they were read, when both files are declared otherwise."""
    raw = from_wgs84(lon, lat, declared[0])
    true = to_wgs84(*raw, other[0])
    return to_wgs84(*from_wgs84(*true, other[1]), declared[1])


def _best_free(here: Floats, roads: _Roads, before: Floats) -> tuple[Shift, Floats] | None:
    """The move that fits each half of the points and holds for the other half, if there is one."""
    near = np.flatnonzero(before < NEAR_M)
    near = near[:: len(near) // _MOST_FITTED + 1]
    if len(near) < LEAST_FOR_ANY or np.median(before[near]) < LEAST_SHIFT_M / 2:
        return None
    halves = near[::2], near[1::2]
    moves = [_fit(here[half], roads) for half in halves]
    size = float(np.hypot(*(moves[0] + moves[1]))) / 2
    if size < LEAST_SHIFT_M or np.hypot(*(moves[0] - moves[1])) > max(40.0, size / 4):
        return None
    for move, other in zip(moves, halves[::-1], strict=True):
        if not _clearly_nearer(before[other], roads.distance(here[other] + move)):
            return None
    move = (moves[0] + moves[1]) / 2
    after = roads.distance(here + move)
    if np.median(before[near]) - np.median(after[near]) < LEAST_SHIFT_M / 2:
        return None
    return Shift(-move[0], -move[1], None, None, float(np.median(before)), float(np.median(after))), after


def _fit(here: Floats, roads: _Roads) -> Floats:
    """The common move (metres east, north) that brings the points nearest to the roads, from the best first guesses."""

    def miss(move: Floats) -> float:
        return float(np.log(_SOFTENING_M + roads.distance(here + move)).mean())

    guesses = sorted((np.array(guess) for guess in _FIRST_GUESSES_M), key=miss)[:_REFINED]
    moves = [move for guess in guesses if np.hypot(*(move := _refine(guess, here, roads))) < 2 * NEAR_M]
    return min(moves, key=miss, default=np.zeros(2))


def _refine(move: Floats, here: Floats, roads: _Roads) -> Floats:
    """Improve a move by weighted least squares: each point asks for its way to the road, across the road only."""
    for _ in range(_ROUNDS):
        link = roads.to_road(here + move)
        metres = np.hypot(*link.T)
        weight = 1 / (_SOFTENING_M + metres) ** 2
        normal = link / np.maximum(metres, 1e-9)[:, None]
        system = (normal * weight[:, None]).T @ normal + 1e-9 * np.eye(2)
        move = move + np.linalg.solve(system, (normal * (weight * metres)[:, None]).sum(axis=0))
    return move


def _clearly_nearer(before: Floats, after: Floats) -> bool:
    """Whether ``after`` is clearly nearer than ``before``, both by its median and point by point."""
    return _score(before, after) > LEAST_SCORE and _left(before, after) < MOST_LEFT


def _near(before: Floats, after: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.minimum(before, after) < NEAR_M, dtype=bool)


def _left(before: Floats, after: Floats) -> float:
    """Median distance after the move as a share of that before."""
    near = _near(before, after)
    return float(np.median(after[near]) / max(np.median(before[near]), 1e-9)) if near.any() else 1.0


def _score(before: Floats, after: Floats) -> float:
    """Wilcoxon's signed-rank score of the logarithms of ``before / after``, in standard deviations of chance.

    Positive when the points come nearer. Logarithms, so that a few far points do not outweigh the many near ones.
    """
    near = _near(before, after)
    if near.sum() < LEAST_POINTS:
        return 0.0
    gain = np.log((before[near] + _SOFTENING_M) / (after[near] + _SOFTENING_M))
    rank = np.empty(len(gain))
    rank[np.argsort(np.abs(gain), kind="stable")] = np.arange(1, len(gain) + 1)
    return float((np.sign(gain) * rank).sum() / np.sqrt((rank**2).sum()))
