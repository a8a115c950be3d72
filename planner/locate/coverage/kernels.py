"""Compiled loops of the maximal covering solver: reductions, greedy and interchange.

Coverage stands twice: sites' demands (``site_at``, ``site_demand``) and demands' sites (``demand_at``,
``demand_site``). ``state`` is 1 for a site that is open for good, -1 for one that is out, 0 for one still free.
"""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position and call nothing, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]


@compiled("int64(int64[::1], int32[::1], int64[::1], int64[::1])")
def group_equal(demand_at: Ints, demand_site: Ints32, order: Ints, group: Ints) -> int:
    """Number demands so that those with the same sites share a number; returns how many numbers.

    ``order`` lists the demands so that equal ones are neighbours (sorted by a hash of their sites); neighbours are
    compared site by site, so a chance agreement of hashes costs a group and no truth.
    """
    last, count = -1, 0
    for k in range(len(order)):
        i = order[k]
        same = last >= 0 and demand_at[i + 1] - demand_at[i] == demand_at[last + 1] - demand_at[last]
        if same:
            for h in range(demand_at[i + 1] - demand_at[i]):
                if demand_site[demand_at[i] + h] != demand_site[demand_at[last] + h]:
                    same = False
                    break
        if not same:
            count += 1
            last = i
        group[i] = count - 1
    return count


@compiled("void(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], int8[::1])")
def drop_dominated(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, costs: Floats, state: Bytes
) -> None:
    """Put out each free site whose demands a site that is not out and costs no more covers too.

    Only sites at its demand with the fewest sites can do so. Of equals the lowest number stays.
    """
    n_sites = len(costs)
    mark = np.full(len(demand_at) - 1, -1)
    for a in range(n_sites):
        start, end = site_at[a], site_at[a + 1]
        if state[a] != 0:
            continue
        if start == end:
            state[a] = -1
            continue
        rarest, fewest = -1, np.iinfo(np.int64).max
        for k in range(start, end):
            i = site_demand[k]
            mark[i] = a
            if demand_at[i + 1] - demand_at[i] < fewest:
                rarest, fewest = i, demand_at[i + 1] - demand_at[i]
        for k in range(demand_at[rarest], demand_at[rarest + 1]):
            b = demand_site[k]
            size = site_at[b + 1] - site_at[b]
            if b == a or state[b] < 0 or costs[b] > costs[a] or size < end - start:
                continue
            if size == end - start and costs[b] == costs[a] and b > a and state[b] == 0:
                continue
            shared = 0
            for h in range(site_at[b], site_at[b + 1]):
                if mark[site_demand[h]] == a:
                    shared += 1
            if shared == end - start:
                state[a] = -1
                break


@compiled(
    "float64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], "
    "float64, boolean[::1], int8[::1])"
)
def add_greedily(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, weights: Floats, costs: Floats,
    budget: float, opened: Bools, state: Bytes,
) -> float:  # fmt: skip
    """Open the site with most new weight for its cost while one fits the budget (Church and ReVelle 1974).

    Returns the weight covered.
    """
    n_sites = len(costs)
    covered = np.zeros(len(weights), np.bool_)
    gain = np.zeros(n_sites)
    rate = np.empty(n_sites)
    total = 0.0
    for j in range(n_sites):
        if opened[j]:
            budget -= costs[j]
            for k in range(site_at[j], site_at[j + 1]):
                if not covered[site_demand[k]]:
                    covered[site_demand[k]] = True
                    total += weights[site_demand[k]]
    for j in range(n_sites):
        for k in range(site_at[j], site_at[j + 1]):
            if not covered[site_demand[k]]:
                gain[j] += weights[site_demand[k]]
        rate[j] = -1.0 if opened[j] or state[j] != 0 else gain[j] / max(costs[j], 1e-12)
    while True:
        j = int(np.argmax(rate))
        if rate[j] <= 0.0:
            return total
        rate[j] = -1.0
        if costs[j] > budget:
            continue
        opened[j] = True
        budget -= costs[j]
        for k in range(site_at[j], site_at[j + 1]):
            i = site_demand[k]
            if not covered[i]:
                covered[i] = True
                total += weights[i]
                for h in range(demand_at[i], demand_at[i + 1]):
                    b = demand_site[h]
                    gain[b] -= weights[i]
                    if rate[b] > 0.0:
                        rate[b] = gain[b] / max(costs[b], 1e-12)


@compiled(
    "float64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], "
    "float64, boolean[::1], int8[::1])"
)
def interchange(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, weights: Floats, costs: Floats,
    budget: float, opened: Bools, state: Bytes,
) -> float:  # fmt: skip
    """Open a closed site, for an open one where the budget asks for it, while that covers more.

    ``opened`` is changed in place; returns the weight covered. What a pair shares is found from the demands that
    exactly one open site covers: the sum of the open sites' numbers names it.
    """
    n_sites, n_demands = len(costs), len(weights)
    times, named = np.zeros(n_demands, np.int64), np.zeros(n_demands, np.int64)
    gain, loss, shared = np.zeros(n_sites), np.zeros(n_sites), np.zeros(n_sites)
    room = budget
    for j in range(n_sites):
        if opened[j]:
            room -= costs[j]
            for k in range(site_at[j], site_at[j + 1]):
                times[site_demand[k]] += 1
                named[site_demand[k]] += j
    for i in range(n_demands):
        for k in range(demand_at[i], demand_at[i + 1]):
            if times[i] == 0:
                gain[demand_site[k]] += weights[i]
        if times[i] == 1:
            loss[named[i]] += weights[i]
    least = -1
    for j in range(n_sites):
        if opened[j] and state[j] == 0 and (least < 0 or loss[j] < loss[least]):
            least = j
    unchanged, a = 0, -1
    while unchanged < n_sites:
        a = a + 1 if a + 1 < n_sites else 0
        unchanged += 1
        if opened[a] or state[a] != 0 or gain[a] <= 0.0:
            continue
        out, best = -1, 1e-9 * (1.0 + gain[a])
        fits = costs[a] <= room
        if fits:
            best = gain[a]
        elif least >= 0 and gain[a] - loss[least] > best and costs[a] - costs[least] <= room:
            best, out = gain[a] - loss[least], least
        for k in range(site_at[a], site_at[a + 1]):
            if times[site_demand[k]] == 1:
                shared[named[site_demand[k]]] += weights[site_demand[k]]
        for k in range(site_at[a], site_at[a + 1]):
            if times[site_demand[k]] == 1:
                o = named[site_demand[k]]
                better = gain[a] - loss[o] + shared[o] > best
                if better and shared[o] > 0.0 and not fits and state[o] == 0 and costs[a] - costs[o] <= room:
                    best, out = gain[a] - loss[o] + shared[o], o
                shared[o] = 0.0
        if out < 0 and not fits:
            continue
        unchanged = 0
        if out >= 0:
            opened[out] = False
            room += costs[out]
            loss[out] = 0.0
            for k in range(site_at[out], site_at[out + 1]):
                i = site_demand[k]
                times[i] -= 1
                named[i] -= out
                if times[i] == 0:
                    for h in range(demand_at[i], demand_at[i + 1]):
                        gain[demand_site[h]] += weights[i]
                elif times[i] == 1:
                    loss[named[i]] += weights[i]
        opened[a] = True
        room -= costs[a]
        for k in range(site_at[a], site_at[a + 1]):
            i = site_demand[k]
            if times[i] == 0:
                loss[a] += weights[i]
                for h in range(demand_at[i], demand_at[i + 1]):
                    gain[demand_site[h]] -= weights[i]
            elif times[i] == 1:
                loss[named[i]] -= weights[i]
            times[i] += 1
            named[i] += a
        least = -1
        for j in range(n_sites):
            if opened[j] and state[j] == 0 and (least < 0 or loss[j] < loss[least]):
                least = j
    total = 0.0
    for i in range(n_demands):
        if times[i] > 0:
            total += weights[i]
    return total


@compiled("float64(int64[::1], int64[::1], float64[::1], int64, int64[::1])")
def share_out(part_at: Ints, sites: Ints, worth: Floats, most: int, chosen: Ints) -> float:
    """One option for each part, at most ``most`` sites in all, of the largest sum: a knapsack with choices.

    The options of part k are ``part_at[k]`` up to ``part_at[k + 1]``, with their number of ``sites`` and ``worth``;
    options of infinite negative worth are no choice. ``chosen`` becomes the option of each part. Returns the sum,
    minus infinity when nothing fits.
    """
    n_parts = len(part_at) - 1
    low, spread = np.empty(n_parts, np.int64), 0
    least = 0
    for k in range(n_parts):
        low[k] = sites[part_at[k]]
        high = low[k]
        for h in range(part_at[k], part_at[k + 1]):
            low[k] = min(low[k], sites[h])
            high = max(high, sites[h])
        least += low[k]
        spread += high - low[k]
    room = min(most - least, spread)
    if room < 0:
        return -np.inf
    best, next_best = np.zeros(room + 1), np.empty(room + 1)
    came = np.empty((n_parts, room + 1), np.int64)
    for k in range(n_parts):
        next_best[:] = -np.inf
        for h in range(part_at[k], part_at[k + 1]):
            more = sites[h] - low[k]
            for left in range(more, room + 1):
                total = best[left - more] + worth[h]
                if total > next_best[left]:
                    next_best[left] = total
                    came[k, left] = h
        best[:] = next_best
    if best[room] == -np.inf:
        return -np.inf
    left = room
    for k in range(n_parts - 1, -1, -1):
        h = came[k, left]
        chosen[k] = h
        left -= sites[h] - low[k]
    return float(best[room])
