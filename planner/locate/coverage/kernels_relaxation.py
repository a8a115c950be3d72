"""The linear relaxation of maximal covering by a primal-dual method, compiled (names as in ``kernels``)."""

# ruff: noqa: C901, PLR0912, PLR0917 (compiled loops take flat arrays by position and call little, for speed)

from __future__ import annotations

import numpy as np

from planner.locate.coverage.kernels import Bytes, Floats, Ints, Ints32
from planner.network.compiled import compiled

CHECK_EVERY = 20
"""Rounds between two looks at bound and value of the relaxation."""
SHARP_DROP = 0.2
"""A restart is due when the distance between bound and value has shrunk to this share of what it was at the last."""
DROP = 0.8
"""So it is below this share, once the distance has begun to grow again."""
LONG = 0.36
"""So it is after this share of all rounds without a restart (the three rules are those of Applegate et al. 2021)."""
FEWEST = 20
"""Rounds before the third rule counts."""


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


@compiled("float64(float64[::1], float64[::1], float64[::1], float64, float64, float64[::1])")
def project(point: Floats, size: Floats, costs: Floats, budget: float, rate: float, share: Floats) -> float:
    """The shares from 0 to 1 within the budget nearest to ``point``, distances weighted by 1 / ``size``.

    These are point - rate * size * costs, cut to 0 … 1, with the least rate from 0 up that the budget allows. It is
    found by Newton steps, kept between the bounds known, from the ``rate`` given; returns it.
    """
    low, high = 0.0, np.inf
    for _ in range(200):
        used, slope = 0.0, 0.0
        for j in range(len(point)):
            value = point[j] - rate * size[j] * costs[j]
            if value >= 1.0:
                used += costs[j]
            elif value > 0.0:
                used += costs[j] * value
                slope += costs[j] * costs[j] * size[j]
        over = used - budget
        if abs(over) <= 1e-10 * budget or (rate == 0.0 and over <= 0.0):
            break
        if over > 0.0:
            low = rate
        else:
            high = rate
        rate = rate + over / slope if slope > 0.0 else np.inf if over > 0.0 else 0.0
        if not low < rate < high and not (rate <= 0.0 and low == 0.0):
            rate = 0.5 * (low + high) if high < np.inf else 2.0 * low + 1e-12
        rate = max(rate, 0.0)
    for j in range(len(point)):
        share[j] = min(1.0, max(0.0, point[j] - rate * size[j] * costs[j]))
    return rate


@compiled(
    "int64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64, int8[::1], "
    "float64, float64, int64, float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1])"
)
def advance(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, weights: Floats, costs: Floats,
    budget: float, state: Bytes, enough: float, near: float, rounds: int, share: Floats, dual: Floats, share_0: Floats,
    dual_0: Floats, best_share: Floats, best_dual: Floats, memory: Floats,
) -> int:  # fmt: skip
    """Go on with the relaxation for some rounds, or until its bound is below ``enough`` or as close as ``near``.

    A saddle point of sum(weights) + sum(dual * (what covers the demand - 1)) is sought, dual from 0 to the weights:
    the primal-dual method of Chambolle and Pock (2011) with their diagonal steps, each round reflected and drawn
    back towards the point ``share_0``, ``dual_0`` of the last restart (Lu and Yang 2024). ``best_dual`` are the
    prices of the best bound, ``best_share`` the shares of the largest value of the relaxation. ``memory`` goes from
    call to call: best bound, best value, rounds since the restart, all rounds, distances between bound and value at
    the last restart and at the last look, weight of the two kinds of steps, rate of the projection. Returns the
    rounds used.
    """
    n_sites, n_demands = len(costs), len(weights)
    size, pace = np.empty(n_sites), np.empty(n_demands)
    for j in range(n_sites):
        size[j] = 1e-12
        for k in range(site_at[j], site_at[j + 1]):
            size[j] += weights[site_demand[k]]
        size[j] = memory[6] / size[j]
    for i in range(n_demands):
        pace[i] = weights[i] / max(1, demand_at[i + 1] - demand_at[i])
    point, new_share, new_dual = np.empty(n_sites), np.empty(n_sites), np.empty(n_demands)
    worth, taken, rates = np.empty(n_sites), np.empty(n_sites), np.empty(2)
    for turn in range(rounds):
        for j in range(n_sites):
            worth[j] = 0.0
            for k in range(site_at[j], site_at[j + 1]):
                worth[j] += dual[site_demand[k]]
            point[j] = share[j] + size[j] * worth[j]
        memory[7] = project(point, size, costs, budget, memory[7], new_share)
        kept = (memory[2] + 1.0) / (memory[2] + 2.0)
        for j in range(n_sites):
            point[j] = 2.0 * new_share[j] - share[j]
            share[j] = kept * point[j] + (1.0 - kept) * share_0[j]
        for i in range(n_demands):
            over = -1.0
            for k in range(demand_at[i], demand_at[i + 1]):
                over += point[demand_site[k]]
            new_dual[i] = min(weights[i], max(0.0, dual[i] - pace[i] / memory[6] * over))
            dual[i] = kept * (2.0 * new_dual[i] - dual[i]) + (1.0 - kept) * dual_0[i]
        memory[2] += 1.0
        memory[3] += 1.0
        if (turn + 1) % CHECK_EVERY != 0:
            continue
        bound = price(site_at, site_demand, weights, costs, budget, new_dual, state, worth, taken, rates)
        value = 0.0
        for i in range(n_demands):
            times = 0.0
            for k in range(demand_at[i], demand_at[i + 1]):
                times += new_share[demand_site[k]]
            value += weights[i] * min(1.0, times)
        if bound < memory[0]:
            memory[0] = bound
            best_dual[:] = new_dual
        if value > memory[1]:
            memory[1] = value
            best_share[:] = new_share
        apart = bound - value
        if memory[0] < enough or memory[0] - memory[1] <= near:
            return turn + 1
        due = apart < SHARP_DROP * memory[4] or (apart < DROP * memory[4] and apart > memory[5])
        memory[5] = apart
        if due or memory[2] > LONG * memory[3] + FEWEST:
            moved, priced = 0.0, 0.0
            for j in range(n_sites):
                moved += (new_share[j] - share_0[j]) ** 2 * memory[6] / size[j]
            for i in range(n_demands):
                priced += (new_dual[i] - dual_0[i]) ** 2 / pace[i]
            if moved > 0.0 and priced > 0.0:
                weight = min(1e3, max(1e-2, np.sqrt(memory[6] * np.sqrt(moved / priced))))
                for j in range(n_sites):
                    size[j] *= weight / memory[6]
                memory[6] = weight
            share[:], share_0[:] = new_share, new_share
            dual[:], dual_0[:] = new_dual, new_dual
            memory[2], memory[4], memory[5] = 0.0, apart, np.inf
    return rounds
