"""Small weeks, and their best plan by trying everything. Shares nothing with the solver but the problem."""

from __future__ import annotations

from functools import cache
from itertools import permutations, product

import numpy as np

from planner.route import UNREACHABLE, VehicleType
from planner.route.judge import recount_route
from planner.route.problem import VehicleRoute
from planner.route.week import PeriodicProblem, patterns_for


def line_week(*positions, visits, patterns=None, vehicles=None, load=1, service_s=0, groups=None):
    """Stops on a line at the given metres from the depot, all with the same load; metres = seconds."""
    at = np.array([0, *positions])
    legs = np.abs(at[:, None] - at[None, :])
    loads = [0, *([load] * len(positions))]
    visits = [0, *visits]
    patterns = patterns or [(), *(patterns_for(number) for number in visits[1:])]
    vehicles = vehicles or [VehicleType(None, 10, 100)]
    return PeriodicProblem(legs, legs, loads, loads, visits, patterns, vehicles, service_s, groups)


def random_week(seed, *, n_stops=5, mixed=True, limited=False, market=False, grouped=False, metric=True, trips=1):
    rng = np.random.default_rng(seed)
    n = n_stops + 1
    if metric:
        at = rng.integers(0, 60, (n, 2))
        distance = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    else:
        distance = rng.integers(1, 40, (n, n))
        distance[rng.random((n, n)) < 0.08] = UNREACHABLE
    duration = np.where(distance == UNREACHABLE, UNREACHABLE, distance + rng.integers(0, 5, (n, n)))
    delivery, pickup, service = rng.integers(0, 8, n), rng.integers(0, 8, n), rng.integers(0, 5, n)
    for values in (delivery, pickup, service):
        values[0] = 0
    visits, patterns = [0], [()]
    common = int(rng.integers(1, 6))
    for _ in range(n_stops):
        number = int(rng.choice([1, 2, 3, 5])) if mixed else common
        days = [int(rng.integers(1, 8))] if market and rng.random() < 0.5 else []
        allowed = patterns_for(number, days)
        keep = min(len(allowed), 3)
        visits.append(number)
        patterns.append(allowed[:keep])
    groups = None
    if grouped:
        groups = list(range(n))
        groups[2] = groups[1]
        visits[2], patterns[2] = visits[1], patterns[1]
    counts = (int(rng.integers(0, 3)), int(rng.integers(0, 2))) if limited else (None, None)
    vehicles = [
        VehicleType(counts[0], 9, 40, 1, 0, max_duration_s=150, max_trips=trips, reload_s=3),
        VehicleType(counts[1], 16, 70, 2, 1, max_distance_m=250, max_trips=trips),
    ]
    return PeriodicProblem(distance, duration, delivery, pickup, visits, patterns, vehicles, service, groups)


def best_week(problem):
    """(Fewest stops left out, least cost), by every choice of patterns and every plan of every day."""
    legs = _cheapest_routes(problem)
    best = None
    for chosen in product(*((*allowed, ()) for allowed in problem.allowed)):
        left_out = sum(len(group) for group, pattern in zip(problem.groups, chosen, strict=True) if not pattern)
        cost = 0
        for day in range(1, 8):
            stops = frozenset(
                stop for group, days in zip(problem.groups, chosen, strict=True) if day in days for stop in group
            )
            day_cost = legs(stops)
            if day_cost is None:
                break
            cost += day_cost
        else:
            best = min(best or (left_out, cost), (left_out, cost))
    return best


def _cheapest_routes(problem):
    """Function from a set of stops to the least cost of one day's routes over exactly them, None if there are none."""
    counts = tuple(problem.n_nodes if vehicle.count is None else vehicle.count for vehicle in problem.vehicle_types)

    @cache
    def alone(stops, kind):
        costs = [
            recount.cost
            for order in permutations(sorted(stops))
            for returns in _returns(len(order), problem.vehicle_types[kind])
            if not (recount := recount_route(problem.routing, VehicleRoute(0, order, kind, 0, 0, 0, returns))).broken
        ]
        return min(costs, default=None)

    @cache
    def day(stops, left):
        if not stops:
            return 0
        first, *others = sorted(stops)
        best = None
        for kept in product((False, True), repeat=len(others)):
            members = frozenset([first, *(stop for stop, keep in zip(others, kept, strict=True) if keep)])
            for kind, number in enumerate(left):
                cost = alone(members, kind) if number else None
                if cost is None:
                    continue
                rest = day(stops - members, (*left[:kind], number - 1, *left[kind + 1 :]))
                if rest is not None and (best is None or cost + rest < best):
                    best = cost + rest
        return best

    return lambda stops: day(stops, counts)


def _returns(size, vehicle):
    most = size if vehicle.max_trips is None else vehicle.max_trips
    for cuts in product((False, True), repeat=size - 1):
        if sum(cuts) < most:
            yield tuple(position for position, cut in enumerate(cuts, start=1) if cut)
