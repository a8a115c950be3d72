"""Compiled loops of the maximal covering solver: reductions, greedy, interchange and the Lagrangian bound.

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

MEMORY = 60
"""Rounds over which the sites taken are averaged."""
PATIENCE = 15
"""Rounds without a better bound before the step is cut."""
TINY_STEP = 0.002
"""Steps below this share of the distance to the target no longer lower the bound worth the time."""


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


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], float64[::1], float64, float64[::1], int8[::1], "
    "float64[::1], float64[::1], float64[::1])"
)
def price(
    site_at: Ints, site_demand: Ints32, weights: Floats, costs: Floats, budget: float, dual: Floats, state: Bytes,
    worth: Floats, taken: Floats, rates: Floats,
) -> float:  # fmt: skip
    """The Lagrangian bound of demand prices ``dual``, 0 to the weights (Galvao and ReVelle 1996).

    ``worth`` becomes the sum of the prices at each site, ``taken`` the share of it that fits the budget best, and
    ``rates`` the worth per cost from which sites are taken: of the last site taken and of the next one.
    """
    total = 0.0
    for i in range(len(weights)):
        total += weights[i] - dual[i]
    n_free = 0
    for j in range(len(costs)):
        taken[j] = 0.0
        worth[j] = 0.0
        for k in range(site_at[j], site_at[j + 1]):
            worth[j] += dual[site_demand[k]]
        if state[j] == 1:
            taken[j] = 1.0
            total += worth[j]
            budget -= costs[j]
        elif state[j] == 0:
            n_free += 1
    free, rate = np.empty(n_free, np.int64), np.empty(n_free)
    n_free = 0
    for j in range(len(costs)):
        if state[j] == 0:
            free[n_free] = j
            rate[n_free] = -worth[j] / max(costs[j], 1e-12)
            n_free += 1
    order = np.argsort(rate)
    rates[0], rates[1] = np.inf, 0.0
    for k in range(n_free):
        j = free[order[k]]
        if costs[j] > budget:
            rates[1] = -rate[order[k]]
            if budget > 0.0:
                rates[0] = rates[1]
                taken[j] = budget / costs[j]
                total += worth[j] * taken[j]
            break
        taken[j] = 1.0
        budget -= costs[j]
        total += worth[j]
        rates[0] = -rate[order[k]]
    return total


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], float64[::1], float64, float64[::1], int8[::1], "
    "float64, float64, int64, float64, float64[::1], float64[::1])"
)
def descend(
    site_at: Ints, site_demand: Ints32, weights: Floats, costs: Floats, budget: float, dual: Floats, state: Bytes,
    target: float, enough: float, rounds: int, step: float, out: Floats, share: Floats,
) -> int:  # fmt: skip
    """Lower the bound by subgradient steps towards ``target``; stop at ``enough``, or when steps have become tiny.

    ``dual`` becomes the best prices found, ``out[0]`` their bound, ``out[1]`` the step to go on with; ``share`` the
    smoothed share of each site taken (going on from what it held), an estimate of the relaxation's point. Returns
    the rounds used.
    """
    n_demands, n_sites = len(weights), len(costs)
    worth, taken, rates = np.empty(n_sites), np.empty(n_sites), np.empty(2)
    current, way, slope = dual.copy(), np.zeros(n_demands), np.empty(n_demands)
    out[0], out[1] = np.inf, step
    stalled = 0
    seen = 0 if share.sum() == 0.0 else MEMORY
    for turn in range(rounds):
        bound = price(site_at, site_demand, weights, costs, budget, current, state, worth, taken, rates)
        seen = min(seen + 1, MEMORY)
        for j in range(n_sites):
            share[j] += (taken[j] - share[j]) / seen
        if bound < out[0] - 1e-7 * abs(bound):
            stalled = 0
        else:
            stalled += 1
        if bound < out[0]:
            out[0] = bound
            dual[:] = current
            if bound < enough:
                return turn
        if stalled >= PATIENCE:
            step *= 0.6
            out[1] = step
            stalled = 0
            current[:] = dual
            way[:] = 0.0
            if step < TINY_STEP:
                return turn
            bound = price(site_at, site_demand, weights, costs, budget, current, state, worth, taken, rates)
        slope[:] = 1.0
        for j in range(n_sites):
            if taken[j] > 0.0:
                for k in range(site_at[j], site_at[j + 1]):
                    slope[site_demand[k]] -= taken[j]
        size = 0.0
        for i in range(n_demands):
            way[i] = slope[i] + 0.7 * way[i]
            if (way[i] > 0.0 and current[i] < weights[i]) or (way[i] < 0.0 and current[i] > 0.0):
                size += way[i] * way[i]
        if size == 0.0:
            return turn
        length = step * (bound - target) / size
        for i in range(n_demands):
            current[i] = min(weights[i], max(0.0, current[i] + length * way[i]))
    return rounds
