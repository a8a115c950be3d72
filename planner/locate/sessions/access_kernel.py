"""Compiled Lagrangian bound on (L4): person-metres of any network with the coverage and cost at hand."""

# ruff: noqa: C901, PLR0917, PLR0912, PLR0915 (compiled functions take flat arrays by position; one pass, unrolled)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled("float64(float64[::1], float64[::1], int64[::1], int64, float64, float64[::1])")
def _gain(value: Floats, demand: Floats, order: Ints, count: int, capacity: float, share: Floats) -> float:
    """The most that ``count`` items are worth within ``capacity`` when they may be divided; ``share`` of each."""
    total = 0.0
    load = 0.0
    for k in range(count):
        share[k] = 0.0
        if demand[k] <= capacity:
            total += value[k]
            load += demand[k]
            share[k] = 1.0
    if load <= capacity:
        return total
    # insertion sort by value for the room taken: lists are short
    for k in range(count):
        order[k] = k
        share[k] = 0.0
    for a in range(1, count):
        k = order[a]
        b = a - 1
        while b >= 0 and value[order[b]] * demand[k] < value[k] * demand[order[b]]:
            order[b + 1] = order[b]
            b -= 1
        order[b + 1] = k
    total = 0.0
    room = capacity
    for a in range(count):
        k = order[a]
        if demand[k] > capacity:
            continue
        if demand[k] <= room:
            share[k] = 1.0
            room -= demand[k]
            total += value[k]
        else:
            share[k] = room / demand[k]
            total += value[k] * share[k]
            break
    return total


@compiled(
    "float64(int64[::1], int64[::1], float64[::1], float64[::1], boolean[:,::1], float64[:,::1], float64[::1],"
    " int64[::1], int64[::1], int64, int64, float64, boolean[::1], int64, float64, float64[::1], float64[::1],"
    " int64, float64[::1], float64[::1])"
)
def ascend(
    indptr: Ints, village: Ints, length: Floats, demand: Floats, may_open: NDArray[np.bool_], cost: Floats,
    capacity: Floats, least_tier: Ints, township: Ints, n_townships: int, n_wanted: int, most_cost: float,
    coverable: NDArray[np.bool_], n_covered: int, goal: float, own: Floats, best_own: Floats, rounds: int,
    cost_price: Floats, tilt: Floats,
) -> float:  # fmt: skip
    """Raise the bound by subgradient steps from ``price`` and ``cost_price[0]``; both end at the best found.

    Pairs are listed by site (``indptr``): village, person-metres, demand. ``township`` is -1 where a site's does not
    count; ``n_wanted`` of the ``n_townships`` need a station. ``n_covered`` of the villages ``coverable`` are covered.
    ``cost`` (site × tier) and ``most_cost`` are in units of one typical point, and so is ``tilt``: a village's price is
    its own and ``tilt`` times the price of cost. Returns the best bound.
    """
    n_sites = len(indptr) - 1
    n_villages = len(own)
    price = np.zeros(n_villages)
    widest = 1
    for j in range(n_sites):
        widest = max(widest, indptr[j + 1] - indptr[j])
    value, weight, share = np.empty(widest), np.empty(widest), np.empty(widest)
    items = np.empty(widest, np.int64)
    order = np.empty(widest, np.int64)
    saving = np.zeros((n_sites, 3))
    choice = np.zeros(n_sites, np.int64)
    least = np.zeros(n_sites)
    penalty = np.zeros(max(1, n_townships))
    stand_in = np.zeros(max(1, n_townships), np.int64)
    served = np.zeros(n_villages)
    direction = np.zeros(n_villages)
    cost_direction = 0.0
    sorted_price = np.zeros(n_villages)
    best, best_cost_price = -np.inf, cost_price[0]
    best_own[:] = own
    step, idle = 1.0, 0
    for _ in range(rounds):
        rate = cost_price[0]
        for i in range(n_villages):
            price[i] = max(0.0, own[i] + rate * tilt[i])
        total = 0.0
        for j in range(n_sites):
            count = 0
            for e in range(indptr[j], indptr[j + 1]):
                if price[village[e]] > length[e]:
                    value[count] = price[village[e]] - length[e]
                    weight[count] = demand[e]
                    count += 1
            lowest, tier = 0.0, 0
            if least_tier[j] > 0:
                lowest = np.inf
            for t in range(3):
                saving[j, t] = np.inf
                if may_open[j, t]:
                    gain = _gain(value, weight, order, count, capacity[t], share)
                    saving[j, t] = rate * cost[j, t] - gain
                    if t < 2 and t + 1 >= least_tier[j] and saving[j, t] < lowest:
                        lowest, tier = saving[j, t], t + 1
            least[j], choice[j] = lowest, tier
            if lowest < np.inf:
                total += lowest
        # townships without a station pay for the cheapest way to one
        for g in range(n_townships):
            penalty[g] = np.inf
            stand_in[g] = -1
        met = 0
        for j in range(n_sites):
            g = township[j]
            if g < 0 or least[j] == np.inf:
                continue
            if choice[j] == 2 and penalty[g] != 0.0:
                penalty[g] = 0.0
                stand_in[g] = -1
                met += 1
            elif penalty[g] != 0.0 and saving[j, 1] - least[j] < penalty[g]:
                penalty[g] = saving[j, 1] - least[j]
                stand_in[g] = j
        for g in range(n_townships):
            if penalty[g] == np.inf:
                penalty[g] = 0.0  # only a centre can stand there: nothing is claimed
        every = n_wanted == n_townships
        extra = 0.0
        if every:
            for g in range(n_townships):
                extra += penalty[g]
        elif n_wanted - met > 1:
            ranked = np.sort(penalty[:n_townships])
            for k in range(met, n_wanted - 1):
                extra += ranked[k]
        # the centre: a site that must be open and cannot be less than a centre has to be it
        centre, centre_extra = -1, np.inf
        forced = 0
        for j in range(n_sites):
            if least[j] == np.inf:
                forced += 1
        for j in range(n_sites):
            if saving[j, 2] == np.inf or (forced > 0 and least[j] < np.inf):
                continue
            extra_here = saving[j, 2] - (0.0 if least[j] == np.inf else least[j])
            if every and township[j] >= 0:
                extra_here -= penalty[township[j]]
            if extra_here < centre_extra:
                centre, centre_extra = j, extra_here
        if centre < 0 or forced > 1:
            return -np.inf
        base = 0.0
        n_all = 0
        for i in range(n_villages):
            if coverable[i]:
                sorted_price[n_all] = price[i]
                n_all += 1
                base += price[i]
        if n_covered < n_all:
            ranked = np.sort(sorted_price[:n_all])
            base = ranked[:n_covered].sum()
        bound = base + total + extra + centre_extra - rate * most_cost
        if bound > best:
            idle = 0 if best == -np.inf or bound > best + 1e-5 * abs(bound) else idle + 1
            best, best_cost_price = bound, rate
            best_own[:] = own
        else:
            idle += 1
        if idle >= 10:
            step *= 0.6
            idle = 0
        if best >= goal - 0.999 or step < 1e-3:
            break
        # who is served, and what is spent
        choice[centre] = 3
        if every:
            for g in range(n_townships):
                if stand_in[g] >= 0 and penalty[g] > 0.0 and g != township[centre]:
                    choice[stand_in[g]] = 2
        served[:] = 0.0
        spent = -most_cost
        for j in range(n_sites):
            if choice[j] == 0:
                continue
            spent += cost[j, choice[j] - 1]
            count = 0
            for e in range(indptr[j], indptr[j + 1]):
                if price[village[e]] > length[e]:
                    value[count] = price[village[e]] - length[e]
                    weight[count] = demand[e]
                    items[count] = village[e]
                    count += 1
            _gain(value, weight, order, count, capacity[choice[j] - 1], share)
            for k in range(count):
                served[items[k]] += share[k]
        cut = np.inf
        if n_covered < n_all:
            cut = ranked[n_covered - 1] if n_covered > 0 else -np.inf
        square = 0.0
        for i in range(n_villages):
            slope = 0.0
            if coverable[i]:
                slope = (1.0 if price[i] <= cut else 0.0) - served[i]
                spent += tilt[i] * slope
            direction[i] = slope + 0.6 * direction[i]
            square += direction[i] * direction[i]
        cost_direction = spent + 0.6 * cost_direction
        square += cost_direction * cost_direction
        if square < 1e-12:
            break
        length_of_step = step * max(goal - bound, 1e-3 * abs(goal)) / square
        for i in range(n_villages):
            own[i] += length_of_step * direction[i]
        cost_price[0] = max(0.0, rate + length_of_step * cost_direction)
    own[:] = best_own
    cost_price[0] = best_cost_price
    return best
