"""After the search: routes of few stops taken two by two and planned anew exactly.

The search moves stops and ends of routes; what two vehicles carry on several trips, or which of two types should
drive, it sometimes leaves a step away from the best. Two routes of ten stops in all are listed in milliseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from time import perf_counter
from typing import Final

from planner.route.parts import part_of, renumbered
from planner.route.problem import RoutingProblem, RoutingResult, VehicleRoute

MOST_TOGETHER: Final = 10
"""Stops that are planned anew at once."""

MOST_TRIES: Final = 60
"""Pairs planned anew for one problem; they cost some hundredths of a second each."""

Planner = Callable[[RoutingProblem], RoutingResult | None]


def polished(
    problem: RoutingProblem, routes: Sequence[VehicleRoute], plan: Planner, until_s: float | None
) -> list[VehicleRoute]:
    """``routes``, or better ones that serve the same stops; ``plan`` solves a small problem, or gives None."""
    current = list(routes)
    tried: set[frozenset[int]] = set()
    better = True
    while better:
        better = False
        for pair in _pairs(problem, current):
            stops = frozenset(stop for k in pair for stop in current[k].stops)
            if stops in tried:
                continue
            if len(tried) >= MOST_TRIES or (until_s is not None and perf_counter() >= until_s):
                return current
            tried.add(stops)
            found = _planned_anew(problem, current, pair, plan)
            if found is not None:
                current = [*(route for k, route in enumerate(current) if k not in pair), *found]
                better = True
                break
    return current


def _pairs(problem: RoutingProblem, routes: Sequence[VehicleRoute]) -> Iterator[tuple[int, ...]]:
    """Routes few enough in stops, singly and two by two, those that come closest to each other first."""
    few = [k for k, route in enumerate(routes) if len(route.stops) <= MOST_TOGETHER]
    pairs = [(a, b) for a, b in combinations(few, 2) if len(routes[a].stops) + len(routes[b].stops) <= MOST_TOGETHER]
    if not pairs:
        yield from ((k,) for k in few)
        return

    def gap(pair: tuple[int, int]) -> int:
        a, b = (list(routes[k].stops) for k in pair)
        legs = problem.distance_m[a][:, b]
        return int(legs[legs >= 0].min(initial=2**62))

    yield from sorted(pairs, key=lambda pair: (gap(pair), pair))


def _planned_anew(
    problem: RoutingProblem, routes: Sequence[VehicleRoute], pair: tuple[int, ...], plan: Planner
) -> list[VehicleRoute] | None:
    """Cheaper routes for the stops of these, with the vehicles that the others leave; None if there are none."""
    others = Counter(route.vehicle_type for k, route in enumerate(routes) if k not in pair)
    free = [
        None if vehicle.count is None else vehicle.count - others[kind]
        for kind, vehicle in enumerate(problem.vehicle_types)
    ]
    part = part_of(problem, sorted(stop for k in pair for stop in routes[k].stops), free)
    result = plan(part.problem)
    if result is None or result.unserved or result.cost >= sum(routes[k].cost for k in pair):
        return None
    return [renumbered(part, route) for route in result.routes]
