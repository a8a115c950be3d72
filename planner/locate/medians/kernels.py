"""Compiled loops of the p-median solver: interchange, and the Lagrangian bound by subgradients.

Costs stand twice: by demand, each row sorted by cost (``row_*``), and by site (``col_*``). ``state`` is 1 for a site
that is open for good, -1 for one that is out, 0 for one still free.
"""

# ruff: noqa: C901, PLR0912, PLR0917 (compiled loops take flat arrays by position and call nothing, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]

TINY_STEP = 0.002
"""Steps below this share of the distance to the target no longer raise the bound worth the time."""
MEMORY = 60
"""Rounds over which the sites taken are averaged."""
PATIENCE = 15
"""Rounds without a better bound before the step is cut."""


@compiled("void(int64[::1], int32[::1], float64[::1], boolean[::1], float64, float64[::1], float64[::1], int64[::1])")
def two_nearest(
    row_at: Ints, row_site: Ints32, row_cost: Floats, opened: Bools, none: float,
    first: Floats, second: Floats, nearest: Ints,
) -> None:  # fmt: skip
    """Cost of each demand's cheapest and second cheapest open site (``none`` without one), and the cheapest itself."""
    for i in range(len(first)):
        first[i] = none
        second[i] = none
        nearest[i] = -1
        for k in range(row_at[i], row_at[i + 1]):
            if opened[row_site[k]]:
                if nearest[i] < 0:
                    nearest[i] = row_site[k]
                    first[i] = row_cost[k]
                else:
                    second[i] = row_cost[k]
                    break


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], boolean[::1], "
    "int8[::1], float64)"
)
def interchange(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, col_cost: Floats,
    opened: Bools, state: Bytes, none: float,
) -> float:  # fmt: skip
    """Swap one open against one closed site while that pays (Teitz and Bart 1968, updated as in Whitaker 1983).

    ``opened`` is changed in place; returns its cost, with ``none`` for each demand that nothing serves.
    """
    n_demands, n_sites = len(row_at) - 1, len(opened)
    first, second = np.empty(n_demands), np.empty(n_demands)
    nearest = np.empty(n_demands, np.int64)
    two_nearest(row_at, row_site, row_cost, opened, none, first, second, nearest)
    loss, saved = np.zeros(n_sites), np.zeros(n_sites)
    for i in range(n_demands):
        if nearest[i] >= 0:
            loss[nearest[i]] += second[i] - first[i]
    held = np.flatnonzero(opened & (state == 0))
    unchanged, j = 0, 0
    while unchanged < n_sites and len(held):
        j = j + 1 if j + 1 < n_sites else 0
        unchanged += 1
        if opened[j] or state[j] != 0:
            continue
        gain = 0.0
        for k in range(col_at[j], col_at[j + 1]):
            i = col_demand[k]
            if col_cost[k] < first[i]:
                gain += first[i] - col_cost[k]
                if nearest[i] >= 0:
                    saved[nearest[i]] += second[i] - first[i]
            elif col_cost[k] < second[i]:
                saved[nearest[i]] += second[i] - col_cost[k]
        best, out = np.inf, -1
        for k in range(len(held)):
            if loss[held[k]] - saved[held[k]] < best:
                best, out = loss[held[k]] - saved[held[k]], k
        for k in range(col_at[j], col_at[j + 1]):
            if nearest[col_demand[k]] >= 0:
                saved[nearest[col_demand[k]]] = 0.0
        if gain > best + 1e-9 * (1.0 + abs(best)):
            opened[held[out]] = False
            opened[j] = True
            held[out] = j
            unchanged = 0
            two_nearest(row_at, row_site, row_cost, opened, none, first, second, nearest)
            loss[:] = 0.0
            for i in range(n_demands):
                if nearest[i] >= 0:
                    loss[nearest[i]] += second[i] - first[i]
    return float(first.sum())


@compiled("float64(int64[::1], int32[::1], float64[::1], float64[::1], int8[::1], int64, float64[::1], boolean[::1])")
def price(
    row_at: Ints, row_site: Ints32, row_cost: Floats, dual: Floats, state: Bytes, p: int, saving: Floats, taken: Bools
) -> float:
    """The Lagrangian bound of assignment prices ``dual`` (Cornuejols, Fisher and Nemhauser 1977).

    ``saving`` becomes what each site's best response is worth, sum of min(0, cost - dual); ``taken`` the sites of
    the bound: those open for good and the best others up to ``p``.
    """
    saving[:] = 0.0
    total = 0.0
    for i in range(len(dual)):
        total += dual[i]
        for k in range(row_at[i], row_at[i + 1]):
            if row_cost[k] >= dual[i]:
                break
            saving[row_site[k]] += row_cost[k] - dual[i]
    left = p
    taken[:] = False
    for j in range(len(saving)):
        if state[j] == 1:
            taken[j] = True
            total += saving[j]
            left -= 1
    free = np.flatnonzero(state == 0)
    if left > 0 and len(free):
        left = min(left, len(free))
        values = saving[free]
        edge = np.partition(values, left - 1)[left - 1]
        for k in range(len(free)):
            if values[k] < edge:
                taken[free[k]] = True
                total += values[k]
                left -= 1
        for k in range(len(free)):
            if left > 0 and values[k] == edge:
                taken[free[k]] = True
                total += edge
                left -= 1
    return total


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], float64[::1], int8[::1], int64, float64, float64, "
    "int64, float64, float64[::1], float64[::1])"
)
def ascend(
    row_at: Ints, row_site: Ints32, row_cost: Floats, dual: Floats, state: Bytes, p: int, target: float, enough: float,
    rounds: int, step: float, out: Floats, share: Floats,
) -> int:  # fmt: skip
    """Raise the bound by subgradient steps towards ``target``; stop at ``enough``, or when steps have become tiny.

    ``dual`` becomes the best prices found, ``out[0]`` their bound, ``out[1]`` the step to go on with; ``share`` the
    smoothed frequency with which each site was taken (going on from what it held), an estimate of the relaxation's
    point. Returns the rounds used.
    """
    n_demands, n_sites = len(dual), len(state)
    saving, taken = np.empty(n_sites), np.empty(n_sites, np.bool_)
    current, way, slope = dual.copy(), np.zeros(n_demands), np.empty(n_demands)
    out[0], out[1] = -np.inf, step
    stalled = 0
    seen = 0 if share.sum() == 0.0 else MEMORY
    for turn in range(rounds):
        bound = price(row_at, row_site, row_cost, current, state, p, saving, taken)
        seen = min(seen + 1, MEMORY)
        weight = 1.0 / seen
        for j in range(n_sites):
            share[j] = (1 - weight) * share[j] + (weight if taken[j] else 0.0)
        if bound > out[0] + 1e-7 * abs(bound):
            stalled = 0
        else:
            stalled += 1
            if stalled >= PATIENCE:
                step *= 0.6
                out[1] = step
                stalled = 0
                current[:] = dual
                way[:] = 0.0
                if step < TINY_STEP:
                    return turn
        if bound > out[0]:
            out[0] = bound
            dual[:] = current
            if bound > enough:
                return turn
        size = 0.0
        for i in range(n_demands):
            slope[i] = 1.0
            for k in range(row_at[i], row_at[i + 1]):
                if row_cost[k] >= current[i]:
                    break
                if taken[row_site[k]]:
                    slope[i] -= 1.0
            way[i] = slope[i] + 0.7 * way[i]
            size += way[i] * way[i]
        if size == 0.0:
            return turn
        length = step * (target - bound) / size
        for i in range(n_demands):
            current[i] += length * way[i]
    return rounds


@compiled("int64(int64[::1], int32[::1], float64[::1], int8[::1], float64[::1], int64[::1], int32[::1], float64[::1])")
def thin(
    row_at: Ints, row_site: Ints32, row_cost: Floats, state: Bytes, most: Floats,
    to_at: Ints, to_site: Ints32, to_cost: Floats,
) -> int:  # fmt: skip
    """Copy the entries of sites that are not out and cost at most ``most``; returns how many."""
    count = 0
    to_at[0] = 0
    for i in range(len(most)):
        for k in range(row_at[i], row_at[i + 1]):
            if row_cost[k] > most[i]:
                break
            if state[row_site[k]] >= 0:
                to_site[count] = row_site[k]
                to_cost[count] = row_cost[k]
                count += 1
        to_at[i + 1] = count
    return count


@compiled("void(int64[::1], int32[::1], float64[::1], int64, float64, boolean[::1], int8[::1])")
def add_greedily(
    col_at: Ints, col_demand: Ints32, col_cost: Floats, p: int, none: float, opened: Bools, state: Bytes
) -> None:
    """Open the site that lowers the cost most, until ``p`` are open (Kuehn and Hamburger 1963).

    Savings only shrink as sites open, so an old one that still leads after being brought up to date is the largest.
    """
    n_sites = len(opened)
    n_demands = 0
    for k in range(len(col_demand)):
        n_demands = max(n_demands, col_demand[k] + 1)
    paid = np.full(n_demands, none)
    saving, fresh = np.full(n_sites, np.inf), np.full(n_sites, -1)
    count = 0
    for j in range(n_sites):
        if opened[j]:
            count += 1
            for k in range(col_at[j], col_at[j + 1]):
                paid[col_demand[k]] = min(paid[col_demand[k]], col_cost[k])
        if opened[j] or state[j] != 0:
            saving[j] = -1.0
    while count < p:
        j = int(np.argmax(saving))
        if saving[j] < 0:
            return
        if fresh[j] == count:
            opened[j] = True
            saving[j] = -1.0
            count += 1
            for k in range(col_at[j], col_at[j + 1]):
                paid[col_demand[k]] = min(paid[col_demand[k]], col_cost[k])
            continue
        saving[j] = 0.0
        for k in range(col_at[j], col_at[j + 1]):
            if col_cost[k] < paid[col_demand[k]]:
                saving[j] += paid[col_demand[k]] - col_cost[k]
        fresh[j] = count


@compiled("int64(int64[::1], int32[::1], int64, boolean[::1], boolean[::1])")
def greedy_cover(col_at: Ints, col_demand: Ints32, n_demands: int, opened: Bools, forbidden: Bools) -> int:
    """Open the site that covers most of what is left until all is covered; the number open, -1 when it cannot be."""
    n_sites, left, count = len(opened), n_demands, 0
    done = np.zeros(n_demands, np.bool_)
    gain, fresh = np.empty(n_sites, np.int64), np.full(n_sites, -1)
    for j in range(n_sites):
        gain[j] = -1 if forbidden[j] or opened[j] else col_at[j + 1] - col_at[j]
        if opened[j]:
            count += 1
            for k in range(col_at[j], col_at[j + 1]):
                left -= 0 if done[col_demand[k]] else 1
                done[col_demand[k]] = True
    while left > 0:
        j = int(np.argmax(gain))
        if gain[j] <= 0:
            return -1
        if fresh[j] == count:
            opened[j] = True
            gain[j] = -1
            count += 1
            for k in range(col_at[j], col_at[j + 1]):
                left -= 0 if done[col_demand[k]] else 1
                done[col_demand[k]] = True
            continue
        gain[j] = 0
        for k in range(col_at[j], col_at[j + 1]):
            gain[j] += 0 if done[col_demand[k]] else 1
        fresh[j] = count
    return count


@compiled("int64(int64[::1], int32[::1], int64[::1], int32[::1], int64[::1], boolean[::1])")
def greedy_packing(
    row_at: Ints, row_site: Ints32, col_at: Ints, col_demand: Ints32, order: Ints, forbidden: Bools
) -> int:
    """Take demands in ``order`` of which no allowed site covers two; how many. Each needs a site of its own."""
    count = 0
    met = np.zeros(len(row_at) - 1, np.bool_)
    for i in order:
        if met[i]:
            continue
        count += 1
        for k in range(row_at[i], row_at[i + 1]):
            j = row_site[k]
            if not forbidden[j]:
                for h in range(col_at[j], col_at[j + 1]):
                    met[col_demand[h]] = True
    return count
