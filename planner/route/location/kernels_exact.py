"""Compiled dynamic programmes over sets of customers: the optimum of a small location-routing problem."""

# ruff: noqa: PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Ints = NDArray[np.int64]
Ints8 = NDArray[np.int8]

NEVER = 4 * 10**18
"""Cost of what can't be done."""


@compiled("void(int64[:, ::1], int64, int64, boolean[::1], int64[::1], int8[:, ::1], int64[::1])")
def single_routes(
    distance: Ints, n_depots: int, depot: int, fits: NDArray[np.bool_], cost: Ints, before: Ints8, last: Ints
) -> None:  # fmt: skip
    """Cheapest way (without vehicle) from ``depot`` through every set of customers that ``fits`` and back.

    As for the travelling salesman (Held and Karp 1962). ``before[set, c]``: customer before c when c is the last one
    of the set, -1 for none; ``last[set]``: the last one of the round trip. -1 in ``distance``: no way.
    """
    n = len(distance) - n_depots
    paths = np.full((len(cost), n), NEVER, np.int64)
    for c in range(n):
        if distance[depot, n_depots + c] >= 0:
            paths[1 << c, c] = distance[depot, n_depots + c]
            before[1 << c, c] = -1
    for chosen in range(1, len(cost)):
        cost[chosen] = NEVER
        last[chosen] = -1
        if not fits[chosen]:
            continue
        for c in range(n):
            there = paths[chosen, c]
            if there == NEVER:
                continue
            home = distance[n_depots + c, depot]
            if home >= 0 and there + home < cost[chosen]:
                cost[chosen] = there + home
                last[chosen] = c
            for other in range(n):
                leg = distance[n_depots + c, n_depots + other]
                if chosen >> other & 1 == 0 and leg >= 0:
                    wider = chosen | 1 << other
                    if there + leg < paths[wider, other]:
                        paths[wider, other] = there + leg
                        before[wider, other] = c


@compiled("void(int64[::1], int64, boolean[::1], int64[::1], int64[::1])")
def several_routes(single: Ints, vehicle_cost: int, fits: NDArray[np.bool_], cost: Ints, first: Ints) -> None:
    """Cheapest routes of one depot for every set of customers that ``fits`` it; ``first``: one of the routes."""
    cost[0] = 0
    for chosen in range(1, len(cost)):
        cost[chosen] = NEVER
        if not fits[chosen]:
            continue
        lowest = chosen & -chosen
        rest = chosen ^ lowest
        part = rest
        while True:
            route = part | lowest
            if single[route] < NEVER and cost[chosen ^ route] < NEVER:
                total = single[route] + vehicle_cost + cost[chosen ^ route]
                if total < cost[chosen]:
                    cost[chosen] = total
                    first[chosen] = route
            if part == 0:
                break
            part = (part - 1) & rest


@compiled("void(int64[:, ::1], int64[::1], int64[:, ::1], int64[:, ::1])")
def all_depots(routes: Ints, depot_cost: Ints, cost: Ints, share: Ints) -> None:
    """Cheapest plan for every set of customers with the first d depots; ``share[d]``: what depot d serves."""
    cost[0, 0] = 0
    for chosen in range(1, cost.shape[1]):
        cost[0, chosen] = NEVER
    for d in range(len(depot_cost)):
        for chosen in range(cost.shape[1]):
            cost[d + 1, chosen] = cost[d, chosen]
            share[d, chosen] = 0
            part = chosen
            while part > 0:
                if routes[d, part] < NEVER and cost[d, chosen ^ part] < NEVER:
                    total = routes[d, part] + depot_cost[d] + cost[d, chosen ^ part]
                    if total < cost[d + 1, chosen]:
                        cost[d + 1, chosen] = total
                        share[d, chosen] = part
                part = (part - 1) & chosen
