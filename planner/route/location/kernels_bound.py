"""Compiled pricing of routes for the lower bound: ng-routes (Baldacci, Mingozzi and Roberti 2011) by load.

A route that forgets some of the customers it has been at may return to them; so every true route is among the routes
priced, and their cheapest is a lower bound. A customer's ``memory`` is a short list of its neighbours: while a path
stays among customers that have c on their lists, it can't return to c. A label's ``mask`` says which of the
neighbours of its last customer the path remembers; ``moves[i, j, mask]`` is the mask after going on from i to j, -1
where j is remembered. ``value[q, i, mask]`` is the least reduced cost of a path of load q that ends at i.
"""

# ruff: noqa: C901, PLR0912, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Ints16 = NDArray[np.int16]

NOTHING = 4 * 10**18


@compiled("void(int32[:, ::1], int16[:, :, ::1])")
def remember(memory: Ints32, moves: Ints16) -> None:
    """Fill ``moves`` from each customer's list of remembered neighbours (itself not on it)."""
    n, bits = memory.shape
    for i in range(n):
        for j in range(n):
            for mask in range(moves.shape[2]):
                to = 0
                for k in range(bits):
                    if mask >> k & 1 == 1:
                        if memory[i, k] == j:
                            to = -1
                            break
                        for other in range(bits):
                            if memory[j, other] == memory[i, k]:
                                to |= 1 << other
                if to >= 0:
                    for other in range(bits):
                        if memory[j, other] == i:
                            to |= 1 << other
                if i == j:
                    to = -1
                moves[i, j, mask] = to


@compiled(
    "void(int64[:, ::1], int64[::1], int64[::1], int64[::1], int64, int64[::1], int64, float64, int64, "
    "int16[:, :, ::1], int64[:, :, ::1], int32[:, :, ::1], int64[:, ::1], float64[::1], int64[:, ::1], int64[::1])"
)
def price(
    legs: Ints, out: Ints, home: Ints, demand: Ints, capacity: int, prices: Ints, route_cost: int, load_price: float,
    far: int, moves: Ints16, value: Ints, came: Ints32, least: Ints, end_cost: NDArray[np.float64], end_label: Ints,
    ratio: Ints,
) -> None:  # fmt: skip
    """Price the ng-routes of one depot.

    ``legs`` between customers, ``out`` from and ``home`` to the depot, all ``far`` where no way leads; ``route_cost``
    is the vehicle's. ``ratio`` becomes the reduced cost and load of the route of least reduced cost per load (0, 1 if
    none is below 0); ``end_cost`` and ``end_label`` for each last customer the least reduced cost with ``load_price``
    for each unit of load, and its load and mask.
    """
    n, masks = legs.shape[0], moves.shape[2]
    value[:] = NOTHING
    least[:] = NOTHING
    end_cost[:] = np.inf
    ratio[0], ratio[1] = 0, 1
    for i in range(n):
        if demand[i] <= capacity and out[i] < far:
            value[demand[i], i, 0] = route_cost + out[i] - prices[i]
            came[demand[i], i, 0] = -1
    for load in range(1, capacity + 1):
        for i in range(n):
            for mask in range(masks):
                cost = value[load, i, mask]
                if cost >= least[i, mask]:
                    continue
                rest = (masks - 1) ^ mask
                extra = rest
                while True:
                    least[i, mask | extra] = min(least[i, mask | extra], cost)
                    if extra == 0:
                        break
                    extra = (extra - 1) & rest
                if home[i] < far:
                    total = cost + home[i]
                    if total * ratio[1] < ratio[0] * load:
                        ratio[0], ratio[1] = total, load
                    with_load = total + load_price * load
                    if with_load < end_cost[i]:
                        end_cost[i] = with_load
                        end_label[i, 0], end_label[i, 1] = load, mask
                for j in range(n):
                    to = moves[i, j, mask]
                    wider = load + demand[j]
                    if to < 0 or wider > capacity or legs[i, j] >= far:
                        continue
                    longer = cost + legs[i, j] - prices[j]
                    if longer < value[wider, j, to]:
                        value[wider, j, to] = longer
                        came[wider, j, to] = i * masks + mask


@compiled("int64(int64[::1], int32[:, :, ::1], int64, int64, int64, int64[::1])")
def trace(demand: Ints, came: Ints32, last: int, load: int, mask: int, stops: Ints) -> int:
    """Customers of the path that ends with a label, last one first, into ``stops``; how many."""
    masks = came.shape[2]
    count = 0
    while True:
        stops[count] = last
        count += 1
        before = came[load, last, mask]
        if before < 0:
            return count
        load -= demand[last]
        last, mask = before // masks, before % masks
