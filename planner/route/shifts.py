"""Every shift worth driving, put together of listed trips: columns of the set-partitioning model with several trips.

A shift is a set of trips that share no stop; without time windows their order doesn't matter, so trips are added by
their first stop, last stop first, and every set of trips is met once. Of two shifts of one vehicle type and one
set of stops that which is no shorter in distance, duration nor number of trips is dropped. Exact, like the list of
trips (`planner.route.columns`) that it starts from; sensible for about a dozen stops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.columns import Trips, list_trips
from planner.route.problem import IntArray, RoutingProblem, VehicleType

_FAR: Final = 2**60
PAIRS_PER_LABEL: Final = 120
"""Pairs (shift, further trip) that may be looked at for each label allowed: they cost less each."""

AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Shifts:
    """Shifts of equally many trips, 1-D arrays alike: ``parent`` is a shift with the trip ``trip`` fewer, −1 none."""

    mask: IntArray
    distance_m: IntArray
    duration_s: IntArray
    trip: IntArray
    parent: IntArray

    def arrays(self) -> tuple[IntArray, ...]:
        return (self.mask, self.distance_m, self.duration_s, self.trip, self.parent)

    def take(self, index: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> _Shifts:
        return _Shifts(*(array[index] for array in self.arrays()))


@dataclass(frozen=True, slots=True, eq=False)
class ShiftColumns:
    """Shifts as columns, the cheapest for each set of stops and vehicle type; arrays 1-D and alike.

    ``level`` and ``label`` say where `trips` starts.
    """

    mask: IntArray
    vehicle_type: IntArray
    cost: IntArray
    level: IntArray
    label: IntArray
    found: dict[int, tuple[Trips, list[_Shifts]]]

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.mask.size)

    def take(self, index: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> ShiftColumns:
        """The chosen columns, in the order of ``index``."""
        arrays = (self.mask, self.vehicle_type, self.cost, self.level, self.label)
        mask, kind, cost, level, label = (array[index] for array in arrays)
        return ShiftColumns(mask, kind, cost, level, label, self.found)

    def trips(self, column: int) -> tuple[tuple[int, ...], ...]:
        """Stops of each trip in driving order, as positions in ``problem.stops``."""
        listed, levels = self.found[int(self.vehicle_type[column])]
        label = int(self.label[column])
        trips = []
        for level in range(int(self.level[column]), -1, -1):
            trips.append(listed.order(int(levels[level].trip[label])))
            label = int(levels[level].parent[label])
        return tuple(trips)


def list_shifts(problem: RoutingProblem, *, label_limit: int) -> ShiftColumns | None:
    """All undominated shifts of a problem without time windows, or None when that takes too many labels."""
    parts: list[tuple[IntArray, ...]] = []
    found: dict[int, tuple[Trips, list[_Shifts]]] = {}
    listed = list_trips(problem, label_limit=label_limit)
    if listed is None:
        return None
    for kind, trips in listed.items():
        vehicle = problem.vehicle_types[kind]
        levels = _all_levels(vehicle, trips, label_limit, len(problem.stops))
        if levels is None:
            return None
        found[kind] = (trips, levels)
        parts.append(_cheapest(vehicle, kind, levels))
    if not parts:
        parts = [(np.zeros(0, dtype=np.int64),) * 5]
    mask, kinds, cost, level, label = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return ShiftColumns(mask, kinds, cost, level, label, found)


def _cheapest(vehicle: VehicleType, kind: int, levels: Sequence[_Shifts]) -> tuple[IntArray, ...]:
    """For each set of stops the cheapest shift of one type: (mask, type, cost, level, label)."""
    mask, distance_m, duration_s, _, _ = map(np.concatenate, zip(*(level.arrays() for level in levels), strict=True))
    number = np.concatenate([np.full(level.mask.size, k, dtype=np.int64) for k, level in enumerate(levels)])
    label = np.concatenate([np.arange(level.mask.size, dtype=np.int64) for level in levels])
    cost = vehicle.fixed_cost + vehicle.cost_per_m * distance_m + vehicle.cost_per_s * duration_s
    order = np.lexsort((label, number, cost, mask))
    first = order[np.r_[True, mask[order][1:] != mask[order][:-1]]] if order.size else order
    return mask[first], np.full(first.size, kind, dtype=np.int64), cost[first], number[first], label[first]


def _all_levels(vehicle: VehicleType, trips: Trips, label_limit: int, n_stops: int) -> list[_Shifts] | None:
    """Shifts of 1, 2, … trips until no trip can be added; None when that takes too much."""
    index = np.arange(trips.mask.size, dtype=np.int64)
    level = _Shifts(trips.mask, trips.distance_m, trips.duration_s, index, np.full(index.size, -1, dtype=np.int64))
    levels = [_undominated(level, [])]
    most = n_stops if vehicle.max_trips is None else min(vehicle.max_trips, n_stops)
    pairs_left = PAIRS_PER_LABEL * label_limit
    useful, first = levels[0].trip, _lowest(levels[0].mask)
    by_first = [useful[first == 1 << stop] for stop in range(n_stops)]
    for _ in range(most - 1):
        before = levels[-1]
        parts = []
        for stop, starting in enumerate(by_first):
            later = np.flatnonzero(_lowest(before.mask) > 1 << stop)
            pairs_left -= later.size * starting.size
            if pairs_left < 0:
                return None
            parts.extend(_added(vehicle, trips, before, later, starting))
        if not parts:
            break
        joined = _Shifts(*map(np.concatenate, zip(*(part.arrays() for part in parts), strict=True)))
        level = _undominated(joined, levels)
        if level.mask.size == 0:
            break
        label_limit -= level.mask.size
        if label_limit < 0:
            return None
        levels.append(level)
    return levels


def _added(vehicle: VehicleType, trips: Trips, before: _Shifts, shifts: IntArray, starting: IntArray) -> list[_Shifts]:
    """Every shift of ``shifts`` with every trip of ``starting`` that shares no stop with it and fits its limits."""
    if not shifts.size or not starting.size:
        return []
    parts = []
    for start in range(0, shifts.size, max(1, AT_ONCE // starting.size)):
        some = shifts[start : start + max(1, AT_ONCE // starting.size)]
        row, column = np.nonzero((before.mask[some][:, None] & trips.mask[starting]) == 0)
        parent, trip = some[row], starting[column]
        distance_m = before.distance_m[parent] + trips.distance_m[trip]
        duration_s = before.duration_s[parent] + vehicle.reload_s + trips.duration_s[trip]
        fits = (distance_m <= (_FAR if vehicle.max_distance_m is None else vehicle.max_distance_m)) & (
            duration_s <= (_FAR if vehicle.max_duration_s is None else vehicle.max_duration_s)
        )
        part = _Shifts(before.mask[parent] | trips.mask[trip], distance_m, duration_s, trip, parent).take(fits)
        if part.mask.size:
            parts.append(part)
    return parts


def _undominated(level: _Shifts, earlier: Sequence[_Shifts]) -> _Shifts:
    """Shifts that none of the same stops with no more trips equals or beats in distance and in duration."""
    joined = [*earlier, level]
    mask = np.concatenate([part.mask for part in joined])
    distance_m = np.concatenate([part.distance_m for part in joined])
    duration_s = np.concatenate([part.duration_s for part in joined])
    own = np.arange(mask.size) >= mask.size - level.mask.size
    order = np.lexsort((own, duration_s, distance_m, mask))
    mask, duration_s = mask[order], duration_s[order]
    keep = np.ones(order.size, dtype=bool)
    if order.size:
        group = np.cumsum(np.r_[True, mask[1:] != mask[:-1]]) - 1
        ranks = np.unique(duration_s, return_inverse=True)[1].reshape(-1).astype(np.int64)
        lowered = ranks - group * (int(ranks.max()) + 1)
        running = np.minimum.accumulate(lowered)
        keep = np.r_[True, lowered[1:] < running[:-1]]
    chosen = np.sort(order[keep]) - (order.size - level.mask.size)
    return level.take(chosen[chosen >= 0])


def _lowest(mask: IntArray) -> IntArray:
    """Lowest bit of each mask, as a power of two."""
    return mask & -mask
