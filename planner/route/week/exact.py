"""The best patterns of a small week, proven: every set of stops priced for a day, every choice of patterns weighed.

The least cost of a day is known for every set of stops at once (a dynamic programme over sets out of the listed
routes, and over how many vehicles of the limited types are used). Choices are then made group by group, depth first. A
choice begun costs at least, on every day, the least day over any set that holds the stops already there; so no
triangle inequality is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Final

import numpy as np

from planner.route.columns import can_enumerate, list_routes
from planner.route.problem import IntArray
from planner.route.week.problem import WEEK, Pattern, PeriodicProblem

MOST_STOPS: Final = 14
MOST_LABELS: Final = 120_000
MOST_PAIRS: Final = 40_000_000
"""(Set, part of it) pairs of the dynamic programme, times types and counts: about 0.2 s."""

MOST_NODES: Final = 2_000_000
"""Choices begun; about 0.2 s."""


@dataclass(frozen=True, slots=True)
class Best:
    """Patterns of all groups, () for those left out, the week's cost, and whether both are proven."""

    chosen: tuple[Pattern, ...]
    cost: int
    proven: bool


def best_choice(problem: PeriodicProblem) -> Best | None:
    """The best patterns; None where the routes can't be listed or their sets are too many."""
    from planner.route.week.kernel import NEVER, best_patterns, least_over_supersets  # numba is slow to load

    day_cost = _day_costs(problem)
    if day_cost is None:
        return None
    at_least = day_cost.copy()
    least_over_supersets(at_least)
    classes = day_classes(problem)
    weight = np.array([len(days) for days in classes], dtype=np.int64)
    largest = int(day_cost[day_cost < NEVER].max())
    penalty = 1 + len(WEEK) * largest
    if penalty * problem.n_nodes >= NEVER // 4:
        return None
    order = sorted(range(len(problem.groups)), key=lambda g: (len(problem.allowed[g]), -_alone(day_cost, problem, g)))
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
            return Best(tuple(chosen[g] for g in range(len(order))), value % penalty, nodes_left > 0)
        if nodes_left <= 0:
            return None
    return None


def day_classes(problem: PeriodicProblem) -> tuple[Pattern, ...]:
    """Days that belong to the same allowed patterns of all groups, and so can be alike; days of no pattern left out."""
    patterns = sorted({pattern for allowed in problem.allowed for pattern in allowed})
    classes: dict[tuple[bool, ...], list[int]] = {}
    for day in WEEK:
        signature = tuple(day in pattern for pattern in patterns)
        if any(signature):
            classes.setdefault(signature, []).append(day)
    return tuple(tuple(days) for days in classes.values())


def _day_costs(problem: PeriodicProblem) -> IntArray | None:
    """Least cost of one day over each set of stops (bit k for stop k + 1)."""
    from planner.route.week.kernel import NEVER, cheapest_days

    n_stops = problem.n_nodes - 1
    limits = [
        None if vehicle.count is None or vehicle.count >= n_stops else vehicle.count
        for vehicle in problem.vehicle_types
    ]
    sizes = [limit + 1 for limit in limits if limit is not None]
    if (
        n_stops > MOST_STOPS
        or 3**n_stops * prod(sizes) * len(limits) > MOST_PAIRS
        or not can_enumerate(problem.routing)
    ):
        return None
    columns = list_routes(problem.routing, label_limit=MOST_LABELS)
    if columns is None:
        return None
    cost = np.full((len(limits), 1 << n_stops), NEVER, dtype=np.int64)
    np.minimum.at(cost, (columns.vehicle_type, columns.mask), columns.cost)
    if all(limit is None for limit in limits):
        cost, limits = cost.min(axis=0, keepdims=True), [None]
    step = np.zeros(len(limits), dtype=np.int64)
    limited = [kind for kind, limit in enumerate(limits) if limit is not None]
    strides = np.cumprod([1, *sizes])
    step[limited] = strides[:-1]
    best = np.full((int(strides[-1]), 1 << n_stops), NEVER, dtype=np.int64)
    for state in range(best.shape[0]):
        free = [limit is None for limit in limits]
        for kind, (below, above) in zip(limited, pairwise(strides.tolist()), strict=True):
            free[kind] = state % above >= below
        best[state, 0] = sum(1 << kind for kind, usable in enumerate(free) if usable)
    cheapest_days(cost, step, best)
    return np.ascontiguousarray(best[-1])


def _bits(stops: Sequence[int]) -> int:
    return sum(1 << (stop - 1) for stop in stops)


def _alone(day_cost: IntArray, problem: PeriodicProblem, group: int) -> int:
    return int(day_cost[_bits(problem.groups[group])])


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
