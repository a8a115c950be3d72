"""A lower bound on the cost of a week that always holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.route.bound import simple_bound
from planner.route.problem import UNREACHABLE, RoutingProblem, VehicleType
from planner.route.week.problem import PeriodicProblem


def week_bound(problem: PeriodicProblem) -> int:
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
    nodes = np.array([0, *(stop for stop in range(1, problem.n_nodes) for _ in range(problem.visits[stop]))])
    routing = problem.routing
    same = nodes[:, None] == nodes[None, :]
    whole = RoutingProblem(
        np.where(same, UNREACHABLE, routing.distance_m[np.ix_(nodes, nodes)]),
        np.where(same, UNREACHABLE, routing.duration_s[np.ix_(nodes, nodes)]),
        routing.delivery[nodes],
        routing.pickup[nodes],
        [replace(vehicle, count=None) for vehicle in fleet],
        routing.service_s[nodes],
    )
    return simple_bound(whole)
