"""Compiled local search of the two-echelon solver over open sites and whole assignments (names as in ``kernels``).

A plan: ``opened`` sites, ``site_of`` each demand (-1: left out), ``paid`` for it, ``room`` left at each site.
"""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.echelons.kernels import Bytes, Floats, Ints, Ints32
from planner.network.compiled import compiled

Bools = NDArray[np.bool_]

LEAST = 1e-7
"""A move pays when it saves more than this."""
MOST_EXCHANGES = 200_000
"""So many exchanges are looked at in one search."""


@compiled(
    "void(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1], int64[::1], boolean[::1], "
    "int64[::1], float64[::1], float64[::1])"
)
def assign(
    row_at: Ints, row_site: Ints32, row_cost: Floats, demand: Floats, capacity: Floats, unserved: Floats, order: Ints,
    opened: Bools, site_of: Ints, paid: Floats, room: Floats,
) -> None:  # fmt: skip
    """Give the demands, in ``order``, the cheapest open site with room each."""
    for j in range(len(capacity)):
        room[j] = capacity[j]
    for i in order:
        site_of[i] = -1
        paid[i] = unserved[i]
        for k in range(row_at[i], row_at[i + 1]):
            j = row_site[k]
            if opened[j] and room[j] >= demand[i]:
                site_of[i] = j
                paid[i] = row_cost[k]
                room[j] -= demand[i]
                break


@compiled(
    "void(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], boolean[::1], int64[::1], "
    "float64[::1], float64[::1])"
)
def rearrange(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, demand: Floats, opened: Bools,
    site_of: Ints, paid: Floats, room: Floats,
) -> None:  # fmt: skip
    """Move demands to cheaper open sites while that pays, putting one other demand elsewhere where there is no room."""
    again = True
    while again:
        again = False
        for i in range(len(demand)):
            for k in range(row_at[i], row_at[i + 1]):
                if row_cost[k] >= paid[i] - LEAST:
                    break
                j, old = row_site[k], site_of[i]
                if not opened[j] or j == old:
                    continue
                out, to, to_cost = -1, -1, 0.0
                if room[j] < demand[i]:
                    best = -LEAST
                    for q in range(col_at[j], col_at[j + 1]):
                        other = col_demand[q]
                        if site_of[other] != j or room[j] + demand[other] < demand[i]:
                            continue
                        for r in range(row_at[other], row_at[other + 1]):
                            change = row_cost[r] - paid[other] + row_cost[k] - paid[i]
                            if change >= best:
                                break
                            new = row_site[r]
                            free = room[new] + (demand[i] if new == old else 0.0)
                            if new != j and opened[new] and free >= demand[other]:
                                best, out, to, to_cost = change, other, new, row_cost[r]
                                break
                    if out < 0:
                        continue
                if old >= 0:
                    room[old] += demand[i]
                if out >= 0:
                    room[j] += demand[out]
                    room[to] -= demand[out]
                    site_of[out] = to
                    paid[out] = to_cost
                room[j] -= demand[i]
                site_of[i] = j
                paid[i] = row_cost[k]
                again = True
                break


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], float64[::1], int64[::1], int64[::1], int64[::1], int64[::1], boolean[::1], int64[::1], "
    "float64[::1], float64[::1], float64[::1], int64[::1], float64[::1], int64, int64, boolean)"
)
def exchange(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, col_cost: Floats,
    demand: Floats, capacity: Floats, fixed: Floats, unserved: Floats, group: Ints, least: Ints, most: Ints,
    members: Ints, opened: Bools,
    site_of: Ints, paid: Floats, room: Floats, spare: Floats, target: Ints, cost: Floats, enter: int, leave: int,
    apply: bool,
) -> float:  # fmt: skip
    """What opening ``enter`` and closing ``leave`` (-1: none) changes; infinity where it is not possible.

    ``members`` counts the open sites of each group; ``spare`` (equal to ``room``) and ``target``, ``cost`` are scratch.
    """
    change = 0.0
    if enter >= 0:
        g = group[enter]
        if g >= 0 and members[g] >= most[g] and (leave < 0 or group[leave] != g):
            return np.inf
    if leave >= 0:
        g = group[leave]
        if g >= 0 and members[g] <= least[g] and (enter < 0 or group[enter] != g):
            return np.inf
        change -= fixed[leave]
        for q in range(col_at[leave], col_at[leave + 1]):
            i = col_demand[q]
            if site_of[i] != leave:
                continue
            target[i], cost[i] = -1, unserved[i]
            for k in range(row_at[i], row_at[i + 1]):
                j = row_site[k]
                if (opened[j] or j == enter) and j != leave and spare[j] >= demand[i]:
                    target[i], cost[i] = j, row_cost[k]
                    spare[j] -= demand[i]
                    break
            change += cost[i] - paid[i]
    if enter >= 0:
        change += fixed[enter]
        for q in range(col_at[enter], col_at[enter + 1]):
            i = col_demand[q]
            if (leave < 0 or site_of[i] != leave) and col_cost[q] < paid[i] and spare[enter] >= demand[i]:
                change += col_cost[q] - paid[i]
                spare[enter] -= demand[i]
                if apply:
                    if site_of[i] >= 0:
                        room[site_of[i]] += demand[i]
                    room[enter] -= demand[i]
                    site_of[i] = enter
                    paid[i] = col_cost[q]
        spare[enter] = room[enter]
    if leave >= 0:
        for q in range(col_at[leave], col_at[leave + 1]):
            i = col_demand[q]
            if site_of[i] != leave:
                continue
            if apply:
                site_of[i] = target[i]
                paid[i] = cost[i]
                if target[i] >= 0:
                    room[target[i]] -= demand[i]
            if target[i] >= 0:
                spare[target[i]] = room[target[i]]
    if apply:
        if leave >= 0:
            opened[leave] = False
            room[leave] = capacity[leave]
            if group[leave] >= 0:
                members[group[leave]] -= 1
        if enter >= 0:
            opened[enter] = True
            if group[enter] >= 0:
                members[group[enter]] += 1
    return change


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], int64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int8[::1], boolean[::1], int64[::1])"
)
def improve(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, col_cost: Floats,
    demand: Floats, capacity: Floats, fixed: Floats, group: Ints, least: Ints, most: Ints, unserved: Floats,
    order: Ints, state: Bytes, opened: Bools, site_of: Ints,
) -> float:  # fmt: skip
    """Improve ``opened``, which meets the groups, by opening, closing and exchanging sites; returns the cost.

    ``site_of`` becomes the assignment; the cost is infinite when a demand that must be served is not.
    """
    n_sites, n_demands = len(capacity), len(demand)
    paid, room, spare = np.empty(n_demands), np.empty(n_sites), np.empty(n_sites)
    target, cost = np.empty(n_demands, np.int64), np.empty(n_demands)
    finite = np.minimum(unserved, 1e13)
    members, near = np.zeros(len(least), np.int64), np.full(n_sites, -1)
    for j in range(n_sites):
        if opened[j] and group[j] >= 0:
            members[group[j]] += 1
    assign(row_at, row_site, row_cost, demand, capacity, finite, order, opened, site_of, paid, room)
    rearrange(row_at, row_site, row_cost, col_at, col_demand, demand, opened, site_of, paid, room)
    spare[:] = room
    again, looked_at = True, 0
    while again and looked_at < MOST_EXCHANGES:
        again = False
        for enter in range(-1, n_sites):
            if enter >= 0 and (opened[enter] or state[enter] < 0):
                continue
            if enter >= 0:
                for q in range(col_at[enter], col_at[enter + 1]):
                    if site_of[col_demand[q]] >= 0:
                        near[site_of[col_demand[q]]] = enter
            for leave in range(-1, n_sites):
                if enter < 0 and leave < 0:
                    continue
                if leave >= 0 and (not opened[leave] or state[leave] == 1):
                    continue
                if (
                    enter >= 0
                    and leave >= 0
                    and near[leave] != enter
                    and (group[leave] < 0 or group[leave] != group[enter])
                ):
                    continue
                looked_at += 1
                change = exchange(
                    row_at, row_site, row_cost, col_at, col_demand, col_cost, demand, capacity, fixed, finite, group,
                    least, most, members, opened, site_of, paid, room, spare, target, cost, enter, leave, False,
                )  # fmt: skip
                if change < -LEAST:
                    exchange(
                        row_at, row_site, row_cost, col_at, col_demand, col_cost, demand, capacity, fixed, finite,
                        group, least, most, members, opened, site_of, paid, room, spare, target, cost, enter, leave,
                        True,
                    )  # fmt: skip
                    rearrange(row_at, row_site, row_cost, col_at, col_demand, demand, opened, site_of, paid, room)
                    spare[:] = room
                    again = True
                    break
    total = 0.0
    for i in range(n_demands):
        total += unserved[i] if site_of[i] < 0 else paid[i]
    for j in range(n_sites):
        if opened[j]:
            total += fixed[j]
    return total
