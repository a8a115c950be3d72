"""Every route worth driving, when they are few enough to list: the columns of the set-partitioning model.

A label-setting dynamic programme over (set of stops, last stop). Two labels of the same set and last stop
differ only in distance, time and peak load, and a label that another one equals or beats in all three is
dropped: whatever follows, it can't be better. Every vehicle type's cost rises in distance and time, so one
pass serves all types of a depot. The result is exact; matrices need no triangle inequality.

Extending a label by stop *i*: peak' = max(peak + delivery_i, picked up + pickup_i), because goods for *i*
are on board all the way from the depot (Dell'Amico, Righini, Salani 2006, doi:10.1287/trsc.1050.0118).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.problem import UNREACHABLE, IntArray, RoutingProblem

MOST_STOPS: Final = 57
"""(Set of stops, last stop) must fit one 64-bit key."""

_FAR: Final = 2**60
_KEY: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Routes as columns, all arrays 1-D and alike; for each set of stops and vehicle type the cheapest order.

    ``mask`` has bit k set for the k-th stop of ``problem.stops``. ``level`` and ``label`` say where `order` starts.
    """

    mask: IntArray
    vehicle_type: IntArray
    cost: IntArray
    depot: IntArray
    level: IntArray
    label: IntArray
    levels: dict[int, list[_Labels]]

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.mask.size)

    def take(self, index: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Columns:
        """The chosen columns, in the order of ``index``."""
        arrays = (self.mask, self.vehicle_type, self.cost, self.depot, self.level, self.label)
        mask, kind, cost, depot, level, label = (array[index] for array in arrays)
        return Columns(mask, kind, cost, depot, level, label, self.levels)

    def order(self, column: int) -> tuple[int, ...]:
        """Stops of one column in driving order, as positions in ``problem.stops``."""
        return _order(self.levels[int(self.depot[column])], int(self.level[column]), int(self.label[column]))

    def trips(self, column: int) -> tuple[tuple[int, ...], ...]:
        """The one trip of a column."""
        return (self.order(column),)


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Undominated trips of one vehicle type, 1-D arrays alike; ``level`` and ``label`` say where `order` starts."""

    mask: IntArray
    distance_m: IntArray
    duration_s: IntArray
    level: IntArray
    label: IntArray
    levels: list[_Labels]

    def order(self, trip: int) -> tuple[int, ...]:
        """Stops of one trip in driving order, as positions in ``problem.stops``."""
        return _order(self.levels, int(self.level[trip]), int(self.label[trip]))


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """Partial routes of equally many stops, arrays alike; ``time_s`` is the clock when leaving ``last``.

    ``picked`` and ``peak`` have a column for each kind of load, the others are 1-D.
    """

    mask: IntArray
    last: IntArray
    distance_m: IntArray
    time_s: IntArray
    picked: IntArray
    peak: IntArray
    parent: IntArray

    @property
    def size(self) -> int:
        return int(self.mask.size)

    def arrays(self) -> tuple[IntArray, ...]:
        return (self.mask, self.last, self.distance_m, self.time_s, self.picked, self.peak, self.parent)

    def take(self, index: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> _Labels:
        return _Labels(*(array[index] for array in self.arrays()))


def _order(levels: Sequence[_Labels], level: int, label: int) -> tuple[int, ...]:
    """Stops of a label in driving order, from its last one back."""
    order = []
    for number in range(level, -1, -1):
        order.append(int(levels[number].last[label]))
        label = int(levels[number].parent[label])
    return tuple(reversed(order))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The problem from one depot with stops numbered 0 … n−1; unreachable legs are `_FAR`.

    ``least_home_*`` is the shortest way to the depot over whatever stops: no label farther away can get home.
    ``compared`` says which of distance, time and the peak of each kind of load can matter at all.
    """

    out_m: IntArray
    out_s: IntArray
    leg_m: IntArray
    leg_s: IntArray
    home_m: IntArray
    home_s: IntArray
    least_home_m: IntArray
    least_home_s: IntArray
    delivery: IntArray
    pickup: IntArray
    service_s: IntArray
    earliest_s: IntArray
    latest_s: IntArray
    start_s: int
    most_load: IntArray
    most_m: int
    latest_home_s: int
    compared: tuple[bool, ...]


def can_enumerate(problem: RoutingProblem) -> bool:
    """Whether this method's model holds the problem at all (its size aside).

    With time windows a later departure can shorten a route, which one clock per label doesn't know: then neither
    the duration's cost nor its limit may matter, nor may a shift have several trips.
    """
    if len(problem.stops) > MOST_STOPS or (problem.makes_trips and problem.time_windows is not None):
        return False
    timed = any(vehicle.cost_per_s > 0 or vehicle.max_duration_s is not None for vehicle in problem.vehicle_types)
    return problem.time_windows is None or not timed


def list_routes(problem: RoutingProblem, *, label_limit: int) -> Columns | None:
    """All undominated routes of ``problem`` (which `can_enumerate`), or None when that takes too many labels."""
    levels_by_depot: dict[int, list[_Labels]] = {}
    parts: list[tuple[IntArray, ...]] = []
    left = label_limit
    for depot in problem.depots:
        types = [k for k, vehicle in enumerate(problem.vehicle_types) if vehicle.depot == depot and vehicle.count != 0]
        if not types:
            continue
        view = _view(problem, depot, types)
        levels = _all_levels(view, left)
        if levels is None:
            return None
        left -= sum(level.size for level in levels)
        levels_by_depot[depot] = levels
        for number, labels in enumerate(levels):
            for kind in types:
                mask, cost, label = _cheapest(problem, view, labels, kind)
                same = tuple(np.full(mask.size, value, dtype=np.int64) for value in (kind, depot, number))
                parts.append((mask, same[0], cost, same[1], same[2], label))
    if not parts:
        parts = [(np.zeros(0, dtype=np.int64),) * 6]
    mask, kinds, cost, depots, level, label = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Columns(mask, kinds, cost, depots, level, label, levels_by_depot)


def _view(problem: RoutingProblem, depot: int, types: Sequence[int]) -> _View:
    stops = np.array(problem.stops, dtype=np.int64)
    distance_m = np.where(problem.distance_m == UNREACHABLE, _FAR, problem.distance_m)
    duration_s = np.where(problem.duration_s == UNREACHABLE, _FAR, problem.duration_s)
    leg_m, leg_s = distance_m[np.ix_(stops, stops)], duration_s[np.ix_(stops, stops)]
    fleet = [problem.vehicle_types[kind] for kind in types]
    windows = problem.time_windows
    start_s = 0 if windows is None else int(windows[depot, 0])
    durations = [_FAR if vehicle.max_duration_s is None else vehicle.max_duration_s for vehicle in fleet]
    distances = [_FAR if vehicle.max_distance_m is None else vehicle.max_distance_m for vehicle in fleet]
    delivery, pickup = problem.deliveries[stops], problem.pickups[stops]
    most_load: IntArray = np.max(np.array([vehicle.capacities for vehicle in fleet], dtype=np.int64), axis=0)
    mixed = [not ((p <= d).all() or (d <= p).all()) for p, d in zip(pickup.T, delivery.T, strict=True)]
    return _View(
        out_m=distance_m[depot, stops],
        out_s=duration_s[depot, stops],
        leg_m=leg_m,
        leg_s=leg_s,
        home_m=distance_m[stops, depot],
        home_s=duration_s[stops, depot],
        least_home_m=_least_home(leg_m, distance_m[stops, depot]),
        least_home_s=_least_home(leg_s, duration_s[stops, depot]),
        delivery=delivery,
        pickup=pickup,
        service_s=problem.service_s[stops],
        earliest_s=np.zeros(stops.size, dtype=np.int64) if windows is None else windows[stops, 0],
        latest_s=np.full(stops.size, _FAR) if windows is None else windows[stops, 1],
        start_s=start_s,
        most_load=most_load,
        most_m=max(distances),
        latest_home_s=max(durations) if windows is None else int(windows[depot, 1]),
        compared=(
            min(distances) < _FAR or any(vehicle.cost_per_m > 0 for vehicle in fleet),
            windows is not None or min(durations) < _FAR or any(vehicle.cost_per_s > 0 for vehicle in fleet),
            *mixed,
        ),
    )


def _least_home(leg: IntArray, home: IntArray) -> IntArray:
    """Shortest way to the depot from every stop (Bellman–Ford; at most as many rounds as stops)."""
    least = home
    for _ in range(home.size):
        shorter = np.minimum(least, np.minimum((leg + least).min(axis=1, initial=_FAR), _FAR))
        if (shorter == least).all():
            break
        least = shorter
    return least


def _all_levels(view: _View, limit: int) -> list[_Labels] | None:
    """Labels with 1, 2, … stops until no stop can be added; None when they would be more than ``limit``."""
    zero = np.zeros(1, dtype=np.int64)
    nothing = np.zeros((1, view.most_load.size), dtype=np.int64)
    labels = _Labels(zero, zero - 1, zero, zero + view.start_s, nothing, nothing, zero - 1)
    levels: list[_Labels] = []
    while True:
        parts = [_extend(view, labels, stop) for stop in range(view.home_m.size)]
        if not parts or sum(part.size for part in parts) == 0:
            return levels
        if sum(part.size for part in parts) > 4 * limit:
            return None
        labels = _undominated(view, _Labels(*map(np.concatenate, zip(*(p.arrays() for p in parts), strict=True))))
        limit -= labels.size
        if limit < 0:
            return None
        levels.append(labels)


def _extend(view: _View, labels: _Labels, stop: int) -> _Labels:
    """Every label driven on to ``stop``, where that is allowed and the depot can still be reached."""
    parent = np.flatnonzero((labels.mask >> stop) & 1 == 0)
    before = labels.take(parent)
    first = before.last < 0
    distance_m = before.distance_m + np.where(first, view.out_m[stop], view.leg_m[before.last, stop])
    arrive_s = before.time_s + np.where(first, view.out_s[stop], view.leg_s[before.last, stop])
    serve_s = np.maximum(arrive_s, view.earliest_s[stop])
    time_s = serve_s + view.service_s[stop]
    picked = before.picked + view.pickup[stop]
    peak = np.maximum(before.peak + view.delivery[stop], picked)
    allowed = (
        (serve_s <= view.latest_s[stop])
        & (peak <= view.most_load).all(axis=1)
        & (distance_m + view.least_home_m[stop] <= min(view.most_m, _FAR - 1))
        & (time_s + view.least_home_s[stop] <= min(view.latest_home_s, _FAR - 1))
    )
    last = np.full(parent.size, stop, dtype=np.int64)
    return _Labels(before.mask | (1 << stop), last, distance_m, time_s, picked, peak, parent).take(allowed)


def _undominated(view: _View, labels: _Labels) -> _Labels:
    """Labels sorted by (set, last stop) with those dropped that another one equals or beats in what matters."""
    key = labels.mask * _KEY + labels.last
    figures = (labels.distance_m, labels.time_s, *labels.peak.T)
    compared = [figure for figure, matters in zip(figures, view.compared, strict=True) if matters]
    order = np.lexsort((*reversed(compared), key))
    key = key[order]
    compared = [figure[order] for figure in compared]
    first = np.r_[True, key[1:] != key[:-1]]
    group = np.cumsum(first) - 1
    keep = first.copy()
    if len(compared) == 2:
        keep |= _below_running_minimum(compared[1], group)
    elif len(compared) > 2:
        leader = np.flatnonzero(first)[group]
        for figure in compared[1:]:
            keep |= figure < figure[leader]
    return labels.take(order[keep])


def _below_running_minimum(values: IntArray, group: IntArray) -> npt.NDArray[np.bool_]:
    """Whether a value is below every earlier one of its group (groups are contiguous and ascending)."""
    ranks = np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
    lowered = ranks - group * (int(ranks.max()) + 1)
    running = np.minimum.accumulate(lowered)
    below: npt.NDArray[np.bool_] = np.r_[True, lowered[1:] < running[:-1]]
    return below


def _cheapest(problem: RoutingProblem, view: _View, labels: _Labels, kind: int) -> tuple[IntArray, IntArray, IntArray]:
    """Labels driven home by a vehicle of type ``kind``: (mask, cost, label), the cheapest for each set of stops."""
    vehicle = problem.vehicle_types[kind]
    label, distance_m, duration_s = _closed(problem, view, labels, kind)
    mask = labels.mask[label]
    cost = vehicle.fixed_cost + vehicle.cost_per_m * distance_m + vehicle.cost_per_s * duration_s
    order = np.lexsort((label, cost, mask))
    cheapest = order[np.r_[True, mask[order][1:] != mask[order][:-1]]] if order.size else order
    return mask[cheapest], cost[cheapest], label[cheapest]


def _closed(problem: RoutingProblem, view: _View, labels: _Labels, kind: int) -> tuple[IntArray, IntArray, IntArray]:
    """Labels that a vehicle of type ``kind`` can drive home: (label, distance, duration)."""
    vehicle = problem.vehicle_types[kind]
    distance_m = labels.distance_m + view.home_m[labels.last]
    time_s = labels.time_s + view.home_s[labels.last]
    duration_s = time_s - view.start_s
    allowed = (labels.peak <= np.array(vehicle.capacities)).all(axis=1) & (distance_m < _FAR) & (time_s < _FAR)
    if problem.time_windows is not None:
        allowed &= time_s <= view.latest_home_s
    if vehicle.max_duration_s is not None:
        allowed &= duration_s <= vehicle.max_duration_s
    if vehicle.max_distance_m is not None:
        allowed &= distance_m <= vehicle.max_distance_m
    label = np.flatnonzero(allowed)
    return label, distance_m[label], duration_s[label]


def list_trips(problem: RoutingProblem, *, label_limit: int) -> dict[int, Trips] | None:
    """For each vehicle type there is, its trips; None when that takes too many labels."""
    listed: dict[int, Trips] = {}
    left = label_limit
    for depot in problem.depots:
        types = [k for k, vehicle in enumerate(problem.vehicle_types) if vehicle.depot == depot and vehicle.count != 0]
        if not types:
            continue
        view = _view(problem, depot, types)
        levels = _all_levels(view, left)
        if levels is None:
            return None
        left -= sum(level.size for level in levels)
        for kind in types:
            parts = []
            for number, labels in enumerate(levels):
                label, distance_m, duration_s = _closed(problem, view, labels, kind)
                level = np.full(label.size, number, dtype=np.int64)
                parts.append((labels.mask[label], distance_m, duration_s, level, label))
            if parts:
                mask, distance_m, duration_s, level, label = map(np.concatenate, zip(*parts, strict=True))
                listed[kind] = Trips(mask, distance_m, duration_s, level, label, levels)
    return listed
