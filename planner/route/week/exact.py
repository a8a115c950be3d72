"""The best patterns of a small week, proven: every set of stops priced for a day, every choice of patterns weighed.

The least cost of a day is known for every set of stops at once (a dynamic programme over sets out of the listed
routes, and over how many vehicles of the limited types are used). Choices are then made group by group, depth first. A
choice begun costs at least, on every day, the least day over any set that holds the stops already there; so no
triangle inequality is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import prod
from typing import Final

import numpy as np

from planner.route.columns import Columns, can_enumerate, list_routes
from planner.route.judge import recount_route
from planner.route.problem import IntArray, VehicleRoute
from planner.route.shifts import ShiftColumns, list_shifts
from planner.route.week.problem import WEEK, Pattern, PeriodicProblem

MOST_STOPS: Final = 14
MOST_LABELS: Final = 120_000
MOST_SHIFT_LABELS: Final = 500_000
"""Partial routes, and shifts of several trips, that may be listed: less than 0.1 s each."""

MOST_PAIRS: Final = 40_000_000
"""(Set, part of it) pairs of the dynamic programme, times types and counts: about 0.2 s."""

MOST_NODES: Final = 2_000_000
"""Choices begun; about 0.2 s."""

_HALF: Final = 1 << 61
"""Two of these are still 64 bits, and no cost reaches one."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best week, () being the days of groups left out, with the routes of each day, and whether it is proven."""

    chosen: tuple[Pattern, ...]
    days: tuple[tuple[VehicleRoute, ...], ...]
    proven: bool


def best_choice(problem: PeriodicProblem) -> Best | None:
    """The best week; None where the routes can't be listed or their sets are too many."""
    from planner.route.week.kernel import NEVER, best_patterns, least_over_supersets  # numba is slow to load

    table = _day_table(problem)
    if table is None:
        return None
    day_cost = table.day_cost
    at_least = day_cost.copy()
    least_over_supersets(at_least)
    classes = day_classes(problem)
    weight = np.array([len(days) for days in classes], dtype=np.int64)
    penalty = 1 + len(WEEK) * int(day_cost[day_cost < NEVER].max())
    if penalty * problem.n_nodes >= NEVER // 4:
        return None
    order = sorted(range(len(problem.groups)), key=lambda g: (len(problem.allowed[g]), -table.alone(problem.groups[g])))
    nodes_left = MOST_NODES
    for leaving_out in (False, True):
        options = [(*problem.allowed[g], *(((),) if leaving_out else ())) for g in order]
        added, price = _tables(problem, order, options, classes, penalty)
        n_options = np.array([len(each) for each in options], dtype=np.int64)
        picked = np.full(len(order), -1, dtype=np.int64)
        value, nodes = best_patterns(day_cost, at_least, weight, added, price, n_options, nodes_left, NEVER - 1, picked)
        nodes_left -= nodes
        if value < NEVER - 1:
            chosen = {g: options[k][picked[k]] for k, g in enumerate(order)}
            patterns = tuple(chosen[g] for g in range(len(order)))
            return Best(patterns, table.week(problem, patterns), nodes_left > 0)
        if nodes_left <= 0:
            return None
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _DayTable:
    """Least cost of every set of stops on one day, and out of which routes.

    ``cost`` has the cheapest route of each type (row) over exactly each set, ``column`` its number in ``columns``;
    ``best`` the least cost of each set for each state of limited types (rows, the last with all vehicles);
    ``step[t]`` says how many rows before a vehicle of type t leaves, ``usable[k]`` which types row k has left.
    """

    columns: Columns | ShiftColumns
    cost: IntArray
    column: IntArray
    best: IntArray
    step: IntArray
    usable: IntArray

    @property
    def day_cost(self) -> IntArray:
        """Least cost of each set with all vehicles of the day."""
        return np.ascontiguousarray(self.best[-1])

    def alone(self, group: Sequence[int]) -> int:
        """Cost of a day with these stops only."""
        return int(self.best[-1, _bits(group)])

    def week(self, problem: PeriodicProblem, chosen: Sequence[Pattern]) -> tuple[tuple[VehicleRoute, ...], ...]:
        """Cheapest routes of each day under these patterns."""
        sets = [
            sum(_bits(group) for group, days in zip(problem.groups, chosen, strict=True) if day in days) for day in WEEK
        ]
        routes = {served: self._routes(problem, served) for served in set(sets)}
        return tuple(routes[served] for served in sets)

    def _routes(self, problem: PeriodicProblem, served: int) -> tuple[VehicleRoute, ...]:
        every = np.arange(self.best.shape[1], dtype=np.int64)
        state = self.best.shape[0] - 1
        routes = []
        while served:
            parts = every[((every & ~served) == 0) & ((every & (served & -served)) != 0)]
            for kind in np.flatnonzero((self.usable[state] >> np.arange(self.step.size)) & 1).tolist():
                before = state - int(self.step[kind])
                total = np.minimum(self.cost[kind, parts], _HALF) + np.minimum(self.best[before, served ^ parts], _HALF)
                hits = np.flatnonzero(total == self.best[state, served])
                if hits.size:
                    break
            part = int(parts[hits[0]])
            routes.append(self._route(problem, int(self.column[kind, part])))
            served, state = served ^ part, before
        return tuple(routes)

    def _route(self, problem: PeriodicProblem, column: int) -> VehicleRoute:
        trips = [tuple(position + 1 for position in trip) for trip in self.columns.trips(column)]
        ends = tuple(accumulate(len(trip) for trip in trips))
        stops = tuple(stop for trip in trips for stop in trip)
        route = VehicleRoute(0, stops, int(self.columns.vehicle_type[column]), 0, 0, 0, ends[:-1])
        recount = recount_route(problem.routing, route)
        return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)


def day_classes(problem: PeriodicProblem) -> tuple[Pattern, ...]:
    """Days that belong to the same allowed patterns of all groups, and so can be alike; days of no pattern left out."""
    patterns = sorted({pattern for allowed in problem.allowed for pattern in allowed})
    classes: dict[tuple[bool, ...], list[int]] = {}
    for day in WEEK:
        signature = tuple(day in pattern for pattern in patterns)
        if any(signature):
            classes.setdefault(signature, []).append(day)
    return tuple(tuple(days) for days in classes.values())


def _day_table(problem: PeriodicProblem) -> _DayTable | None:
    """The table over all sets of stops (bit k for stop k + 1), where that is not too much work."""
    from planner.route.week.kernel import NEVER, cheapest_days

    n_stops = problem.n_nodes - 1
    limits = [None if v.count is None or v.count >= n_stops else v.count for v in problem.vehicle_types]
    sizes = [limit + 1 for limit in limits if limit is not None]
    if (
        n_stops > MOST_STOPS
        or 3**n_stops * prod(sizes) * len(limits) > MOST_PAIRS
        or not can_enumerate(problem.routing)
    ):
        return None
    columns: Columns | ShiftColumns | None
    if problem.routing.makes_trips:
        columns = list_shifts(problem.routing, label_limit=MOST_SHIFT_LABELS)
    else:
        columns = list_routes(problem.routing, label_limit=MOST_LABELS)
    if columns is None:
        return None
    cost = np.full((len(limits), 1 << n_stops), NEVER, dtype=np.int64)
    column = np.full(cost.shape, -1, dtype=np.int64)
    order = np.argsort(-columns.cost, kind="stable")
    cost[columns.vehicle_type[order], columns.mask[order]] = columns.cost[order]
    column[columns.vehicle_type[order], columns.mask[order]] = order
    strides = np.cumprod([1, *sizes])
    step = np.zeros(len(limits), dtype=np.int64)
    step[[limit is not None for limit in limits]] = strides[:-1]
    usable = np.zeros(int(strides[-1]), dtype=np.int64)
    for state in range(usable.size):
        digits = iter([state % above >= below for below, above in pairwise(strides.tolist())])
        usable[state] = sum(1 << kind for kind, limit in enumerate(limits) if limit is None or next(digits))
    best = np.full((usable.size, 1 << n_stops), NEVER, dtype=np.int64)
    cheapest_days(cost, step, usable, best)
    return _DayTable(columns, cost, column, best, step, usable)


def _bits(stops: Sequence[int]) -> int:
    return sum(1 << (stop - 1) for stop in stops)


def _tables(
    problem: PeriodicProblem,
    order: Sequence[int],
    options: Sequence[Sequence[Pattern]],
    classes: Sequence[Pattern],
    penalty: int,
) -> tuple[IntArray, IntArray]:
    """Stops that each option of each group adds to the days of each class, and the price of leaving a group out."""
    most = max(len(each) for each in options)
    added = np.zeros((len(order), most, len(classes)), dtype=np.int64)
    price = np.zeros((len(order), most), dtype=np.int64)
    for k, g in enumerate(order):
        for o, pattern in enumerate(options[k]):
            for c, days in enumerate(classes):
                if days[0] in pattern:
                    added[k, o, c] = _bits(problem.groups[g])
            if not pattern:
                price[k, o] = penalty * len(problem.groups[g])
    return added, price
