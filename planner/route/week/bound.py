"""Lower bounds on the cost of a week that always hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from planner.route.bound import fewest_vehicles, simple_bound
from planner.route.bounds import WORK_LIMIT, Visits, lower_bound, visits_bound
from planner.route.problem import UNREACHABLE, RoutingProblem, VehicleType
from planner.route.week.problem import PeriodicProblem


def week_bound(
    problem: PeriodicProblem,
    upper: int,
    *,
    trips: Iterable[tuple[int, tuple[int, ...]]] = (),
    work_limit: int = WORK_LIMIT,
    time_limit_s: float | None = None,
) -> int:
    """What visiting every stop costs at least in a week that may cost ``upper``. At least as much as `loose_bound`.

    A week's trips call f_i times at stop i, visited f_i times a week, and one trip at most once. So for any prices π
    with Σ_{i ∈ r} π_i ≤ cost_r for every legal trip r, the week costs at least Σ f_i π_i. The best such prices are the
    dual of the set partition over trips with f_i on the right, which `planner.route.bounds` relaxes to ng-routes. A
    type of c vehicles has c on each day on which any stop may be visited. A week of equal visits on patterns that
    share no day is f times one routing problem (`planner.route.week.solve`), and so is its bound.

    Parameters
    ----------
    problem
        The week; ``upper`` is the cost of one that leaves nothing out.
    trips
        Trips (vehicle type, stops in order) of that week, which spare much of the work.
    work_limit, time_limit_s
        As in `planner.route.bounds.lower_bound`: what is proven by then is returned.
    """
    loose = loose_bound(problem)
    if loose >= upper or problem.n_nodes == 1:
        return min(loose, upper)
    if is_separable(problem):
        n_patterns, often = len(problem.allowed[0]), len(problem.allowed[0][0])
        one = _with_fleet(problem, n_patterns)
        tight = often * lower_bound(one, upper=upper // often, work_limit=work_limit, time_limit_s=time_limit_s)
        return min(upper, max(loose, tight))
    days = {day for allowed in problem.allowed for pattern in allowed for day in pattern}
    visits = Visits(problem.visits[1:], _fewest_vehicles(problem), tuple(dict.fromkeys(trips)))
    whole = _with_fleet(problem, len(days))
    return max(loose, visits_bound(whole, visits, upper, work_limit=work_limit, time_limit_s=time_limit_s))


def trips_of(vehicle_type: int, stops: Sequence[int], returns: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The trips of a shift, each with its vehicle type."""
    for first, beyond in pairwise((0, *returns, len(stops))):
        yield vehicle_type, tuple(stops[first:beyond])


def is_separable(problem: PeriodicProblem) -> bool:
    """Whether all stops have the same allowed patterns, and these share no day."""
    if len(set(problem.allowed)) > 1:
        return False
    days = [day for pattern in problem.allowed[0] for day in pattern] if problem.allowed else []
    return len(days) == len(set(days))


def _with_fleet(problem: PeriodicProblem, times: int) -> RoutingProblem:
    """One visit of every stop as a routing problem, with so many times as many vehicles."""
    routing = problem.routing
    fleet = [replace(v, count=None if v.count is None else v.count * times) for v in problem.vehicle_types]
    return RoutingProblem(
        routing.distance_m, routing.duration_s, routing.delivery, routing.pickup, fleet, routing.service_s
    )


def _fewest_vehicles(problem: PeriodicProblem) -> int:
    """Vehicles of all days together that the week needs at least, each counted on every day that it is used."""
    fleet = [vehicle for vehicle in problem.vehicle_types if vehicle.count != 0]
    return max(*problem.visits, fewest_vehicles(_week_as_one(problem, fleet)))


def loose_bound(problem: PeriodicProblem) -> int:
    """What visiting every stop costs at least in a week, whatever the days.

    The routes of all days together serve a routing problem in which each stop stands as often as it is visited, with
    as many vehicles as wanted; no route goes from a stop to itself. A bound on that problem bounds the week. So does
    the bound of its ways alone, and on top the least fixed cost for as many vehicles as the week needs at least: one
    on every day of the stop visited most often, and so many that their shifts hold the driving and the service.
    """
    fleet = [vehicle for vehicle in problem.vehicle_types if vehicle.count != 0]
    if not fleet or problem.n_nodes == 1:
        return 0
    shifts_s = [vehicle.max_duration_s for vehicle in fleet if vehicle.max_duration_s]
    needed = max(problem.visits)
    if len(shifts_s) == len(fleet):
        seconds = _bound(problem, [replace(v, fixed_cost=0, cost_per_m=0, cost_per_s=1) for v in fleet])
        needed = max(needed, -(-seconds // max(shifts_s)))
    ways = _bound(problem, [replace(vehicle, fixed_cost=0) for vehicle in fleet])
    return max(_bound(problem, fleet), ways + needed * min(vehicle.fixed_cost for vehicle in fleet))


def _bound(problem: PeriodicProblem, fleet: Sequence[VehicleType]) -> int:
    """The simple bound of all visits of a week as one routing problem."""
    return simple_bound(_week_as_one(problem, fleet))


def _week_as_one(problem: PeriodicProblem, fleet: Sequence[VehicleType]) -> RoutingProblem:
    """All visits of a week as one routing problem: each a stop of its own, as many vehicles as wanted."""
    nodes = np.array([0, *(stop for stop in range(1, problem.n_nodes) for _ in range(problem.visits[stop]))])
    routing = problem.routing
    same = nodes[:, None] == nodes[None, :]
    return RoutingProblem(
        np.where(same, UNREACHABLE, routing.distance_m[np.ix_(nodes, nodes)]),
        np.where(same, UNREACHABLE, routing.duration_s[np.ix_(nodes, nodes)]),
        routing.delivery[nodes],
        routing.pickup[nodes],
        [replace(vehicle, count=None) for vehicle in fleet],
        routing.service_s[nodes],
    )
