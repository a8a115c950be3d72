"""The proven optimum of a location-routing problem of few customers, by listing all sets of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.route.location.plan import Routes
from planner.route.location.problem import LocationRoutingProblem

MOST_CUSTOMERS: Final = 13
MOST_WORK: Final = 60_000_000
"""Pairs of a set and a subset of it that may be looked at, 2 · 3^n for each depot."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The cheapest plan, or None where there is none; ``in_no_route``: customers' nodes that no route can serve."""

    routes: Routes | None
    in_no_route: tuple[int, ...]


def can_list(problem: LocationRoutingProblem) -> bool:
    """Whether the sets of customers are few enough."""
    n = problem.n_customers
    return n <= MOST_CUSTOMERS and 2 * 3**n * problem.n_depots <= MOST_WORK


def solve_small(problem: LocationRoutingProblem) -> Exact:
    """The cheapest plan that serves all customers, each as the definition says; see `can_list`."""
    from planner.route.location.kernels_exact import NEVER, all_depots, several_routes, single_routes

    m, n = problem.n_depots, problem.n_customers
    sets = 1 << n
    loads = np.zeros(sets, np.int64)
    for c in range(n):
        loads[1 << c : 2 << c] = loads[: 1 << c] + problem.demand[c]
    distance = problem.distance.copy()
    single, routes = np.zeros((m, sets), np.int64), np.zeros((m, sets), np.int64)
    last, first = np.zeros((m, sets), np.int64), np.zeros((m, sets), np.int64)
    before = np.full((m, sets, n), -1, np.int8)
    for d in range(m):
        in_depot = loads <= problem.depot_capacity[d]
        single_routes(distance, m, d, in_depot & (loads <= problem.vehicle_capacity), single[d], before[d], last[d])
        several_routes(single[d], problem.vehicle_cost, in_depot, routes[d], first[d])
    ever = np.array([chosen for chosen in range(1, sets) if (single[:, chosen] < NEVER).any()], np.int64)
    in_no_route = tuple(m + c for c in range(n) if not (ever >> c & 1).any())
    cost, share = np.zeros((m + 1, sets), np.int64), np.zeros((m, sets), np.int64)
    all_depots(routes, problem.depot_cost.copy(), cost, share)
    if cost[m, sets - 1] == NEVER:
        return Exact(None, in_no_route)
    found: list[tuple[int, tuple[int, ...]]] = []
    left = sets - 1
    for d in reversed(range(m)):
        part = int(share[d, left])
        left ^= part
        while part:
            route = int(first[d, part])
            found.append((d, _order(route, int(last[d, route]), before[d], m)))
            part ^= route
    return Exact(tuple(found), in_no_route)


def _order(route: int, last: int, before: np.ndarray[tuple[int, int], np.dtype[np.int8]], m: int) -> tuple[int, ...]:
    """Customers' nodes of a round trip in driving order."""
    stops: list[int] = []
    while last >= 0:
        stops.append(m + last)
        route, last = route ^ 1 << last, int(before[route, last])
    return tuple(reversed(stops))
