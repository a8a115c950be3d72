"""Compiled loops of the two-echelon solver: the Lagrangian bound of assignment prices, by subgradients.

The hubs are chosen: ``fixed`` holds each site's fixed cost and its trunk cost. Ways stand twice: by demand, cheapest
first (``row_at``, ``row_site``, ``row_cost``), and by site (``col_at``, ``col_demand``, ``col_cost``). ``group`` is
each site's group, -1 for none; from ``least`` to ``most`` sites of every group are open. ``state`` is 1 for a
site that is open for good, -1 for one that is out, 0 for one still free.
"""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position and call little, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bytes = NDArray[np.int8]

MEMORY = 40
"""Rounds over which the sites taken are averaged."""
PATIENCE = 10
"""Rounds without a better bound before the step is cut."""
MOST_PACKINGS = 5_000
"""Steps of the search for the best whole ways of a site; beyond them its parts are taken."""
TINY_STEP = 0.004
"""Steps below this share of the distance to the target no longer raise the bound worth the time."""


@compiled(
    "float64(int64, int64, int32[::1], float64[::1], float64[::1], float64[::1], float64, float64[::1], float64[::1])"
)
def fill(
    first: int, last: int, col_demand: Ints32, col_cost: Floats, demand: Floats, dual: Floats, room: float,
    filled: Floats, edge: Floats,
) -> float:  # fmt: skip
    """The best (negative) sum of cost less price over ways ``first`` to ``last`` within ``room``, the last one in part.

    ``filled`` becomes the part of each way, ``edge[0]`` what a unit of room is worth at the margin (Dantzig 1957). The
    marginal way is found by halving, as a median is, without sorting.
    """
    count = 0
    way, rate = np.empty(last - first, np.int64), np.empty(last - first)
    for k in range(first, last):
        filled[k] = 0.0
        gain = col_cost[k] - dual[col_demand[k]]
        if gain < 0.0:
            way[count] = k
            rate[count] = gain / max(demand[col_demand[k]], 1e-12)
            count += 1
    low, high, total = 0, count, 0.0
    edge[0] = 0.0
    while low < high:
        pivot = rate[(low + high) // 2]
        left, right, q = low, high, low
        load = 0.0
        while q < right:
            if rate[q] < pivot:
                load += demand[col_demand[way[q]]]
                rate[q], rate[left] = rate[left], rate[q]
                way[q], way[left] = way[left], way[q]
                left += 1
                q += 1
            elif rate[q] > pivot:
                right -= 1
                rate[q], rate[right] = rate[right], rate[q]
                way[q], way[right] = way[right], way[q]
            else:
                q += 1
        if load > room:
            high = left
            continue
        for q in range(low, left):
            filled[way[q]] = 1.0
            total += col_cost[way[q]] - dual[col_demand[way[q]]]
        room -= load
        for q in range(left, right):
            k = way[q]
            i = col_demand[k]
            part = 1.0 if demand[i] <= room else room / demand[i]
            filled[k] = part
            total += part * (col_cost[k] - dual[i])
            room -= part * demand[i]
            if part < 1.0:
                edge[0] = pivot
                return float(total)
        low = right
    return float(total)


@compiled("float64(int64, int64, int32[::1], float64[::1], float64[::1], float64[::1], float64, float64[::1])")
def pack(
    first: int, last: int, col_demand: Ints32, col_cost: Floats, demand: Floats, dual: Floats, room: float,
    filled: Floats,
) -> float:  # fmt: skip
    """As `fill` with whole ways only, by depth-first search (Horowitz and Sahni 1974); NaN when that takes too long."""
    count = 0
    way, rate = np.empty(last - first, np.int64), np.empty(last - first)
    for k in range(first, last):
        gain = dual[col_demand[k]] - col_cost[k]
        if gain > 0.0 and demand[col_demand[k]] <= room:
            way[count] = k
            rate[count] = -gain / max(demand[col_demand[k]], 1e-12)
            count += 1
    order = np.argsort(rate[:count])
    gains, loads = np.empty(count), np.empty(count)
    for q in range(count):
        k = way[order[q]]
        gains[q] = dual[col_demand[k]] - col_cost[k]
        loads[q] = demand[col_demand[k]]
    inside, best_inside = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    best, value, at = -1.0, 0.0, 0
    for _ in range(MOST_PACKINGS):
        limit, left, q = value, room, at
        while q < count and loads[q] <= left:
            limit += gains[q]
            left -= loads[q]
            q += 1
        if q < count:
            limit += gains[q] * left / loads[q]
        if limit > best + 1e-9 * (1.0 + best):
            while at < q:
                inside[at] = True
                value += gains[at]
                room -= loads[at]
                at += 1
            if at < count:
                inside[at] = False
                at += 1
            if at < count:
                continue
            if value > best:
                best = value
                best_inside[:] = inside
        back = at - 1
        while back >= 0 and not inside[back]:
            back -= 1
        if back < 0:
            for k in range(first, last):
                filled[k] = 0.0
            for q in range(count):
                if best_inside[q]:
                    filled[way[order[q]]] = 1.0
            return -best - 1e-9 * (1.0 + best)
        inside[back] = False
        value -= gains[back]
        room += loads[back]
        at = back + 1
    return np.nan


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], int64[::1], int64[::1], int64[::1], int8[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], float64[::1], float64[::1], boolean[::1])"
)
def price(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, col_cost: Floats,
    demand: Floats, capacity: Floats, fixed: Floats, group: Ints, least: Ints, most: Ints, state: Bytes, dual: Floats,
    worth: Floats, load: Floats, filled: Floats, edge: Floats, slack: Floats,
    taken: NDArray[np.bool_],
) -> float:  # fmt: skip
    """The bound of prices ``dual`` paid for serving each demand: the best sites, as many in every group as it needs.

    ``worth`` becomes each site's fixed cost less what its capacity earns best, ``load`` what it would like to serve;
    where that is beyond its capacity ``filled`` is the part of each way and ``edge`` the marginal worth of a unit of
    capacity. ``taken`` marks the sites chosen. Infinity when a group has too few sites left.
    """
    total = 0.0
    n_sites = len(capacity)
    for j in range(n_sites):
        worth[j] = fixed[j]
        load[j] = 0.0
        edge[j] = 0.0
        slack[j] = 0.0
        taken[j] = False
    for i in range(len(demand)):
        total += dual[i]
        for k in range(row_at[i], row_at[i + 1]):
            gain = row_cost[k] - dual[i]
            if gain >= 0.0:
                break
            worth[row_site[k]] += gain
            load[row_site[k]] += demand[i]
    number = np.zeros(len(least), np.int64)
    for j in range(n_sites):
        if state[j] < 0:
            continue
        if load[j] > capacity[j]:
            parts = fill(
                col_at[j], col_at[j + 1], col_demand, col_cost, demand, dual, capacity[j], filled, edge[j : j + 1]
            )
            worth[j] = fixed[j] + parts
            if edge[j] < 0.0 and (worth[j] < 0.0 or state[j] == 1):
                whole = pack(col_at[j], col_at[j + 1], col_demand, col_cost, demand, dual, capacity[j], filled)
                if whole > parts:
                    worth[j] = fixed[j] + whole
                    slack[j] = whole - parts
        if state[j] == 1 or worth[j] < 0.0:
            taken[j] = True
            total += worth[j]
            if group[j] >= 0:
                number[group[j]] += 1
    wrong = True
    pick = np.empty(len(least), np.int64)
    while wrong:
        wrong = False
        pick[:] = -1
        for j in range(n_sites):
            g = group[j]
            if g < 0 or state[j] != 0:
                continue
            if number[g] < least[g]:
                if not taken[j] and (pick[g] < 0 or worth[j] < worth[pick[g]]):
                    pick[g] = j
            elif number[g] > most[g] and taken[j] and (pick[g] < 0 or worth[j] > worth[pick[g]]):
                pick[g] = j
        for g in range(len(least)):
            if least[g] <= number[g] <= most[g]:
                continue
            if pick[g] < 0:
                return np.inf
            wrong = True
            taken[pick[g]] = not taken[pick[g]]
            change = 1 if taken[pick[g]] else -1
            total += change * worth[pick[g]]
            number[g] += change
    return total


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], int64[::1], int64[::1], int64[::1], float64[::1], int8[::1], float64[::1], float64, float64, "
    "int64, float64, float64[::1], float64[::1])"
)
def ascend(
    row_at: Ints, row_site: Ints32, row_cost: Floats, col_at: Ints, col_demand: Ints32, col_cost: Floats,
    demand: Floats, capacity: Floats, fixed: Floats, group: Ints, least: Ints, most: Ints, unserved: Floats,
    state: Bytes, dual: Floats, target: float, enough: float, rounds: int, step: float, out: Floats, share: Floats,
) -> int:  # fmt: skip
    """Raise the bound by subgradient steps towards ``target``; stop above ``enough``, or when steps have become tiny.

    Prices stay at most ``unserved``, what leaving the demand out costs. ``dual`` becomes the best prices found,
    ``out[0]`` their bound, ``out[1]`` the step to go on with; ``share`` the smoothed share of each site taken (going
    on from what it held). Returns the rounds used.
    """
    n_demands, n_sites = len(demand), len(capacity)
    worth, load, edge, slack = np.empty(n_sites), np.empty(n_sites), np.empty(n_sites), np.empty(n_sites)
    filled, taken = np.zeros(len(col_cost)), np.zeros(n_sites, np.bool_)
    current, way, slope = dual.copy(), np.zeros(n_demands), np.empty(n_demands)
    out[0], out[1] = -np.inf, step
    stalled = 0
    seen = 0 if share.sum() == 0.0 else MEMORY
    for turn in range(rounds):
        bound = price(
            row_at, row_site, row_cost, col_at, col_demand, col_cost, demand, capacity, fixed, group, least, most,
            state, current, worth, load, filled, edge, slack, taken,
        )  # fmt: skip
        seen = min(seen + 1, MEMORY)
        for j in range(n_sites):
            share[j] += ((1.0 if taken[j] else 0.0) - share[j]) / seen
        stalled = 0 if bound > out[0] + 1e-7 * abs(bound) else stalled + 1
        if bound > out[0]:
            out[0] = bound
            dual[:] = current
            if bound > enough:
                return turn
        if stalled >= PATIENCE:
            step *= 0.6
            out[1] = step
            stalled = 0
            current[:] = dual
            way[:] = 0.0
            if step < TINY_STEP:
                return turn
            continue
        slope[:] = 1.0
        for j in range(n_sites):
            if taken[j]:
                over = load[j] > capacity[j]
                for k in range(col_at[j], col_at[j + 1]):
                    if col_cost[k] < current[col_demand[k]]:
                        slope[col_demand[k]] -= filled[k] if over else 1.0
        length = 0.0
        for i in range(n_demands):
            way[i] = slope[i] + 0.6 * way[i]
            if current[i] >= unserved[i] and way[i] > 0.0:
                way[i] = 0.0
            length += way[i] * way[i]
        if length < 1e-18:
            return turn
        length = step * (target - bound) / length
        for i in range(n_demands):
            current[i] = min(unserved[i], current[i] + length * way[i])
    return rounds


@compiled(
    "void(int64[::1], int32[::1], float64[::1], float64[::1], int64[::1], int64[::1], int64[::1], int8[::1], "
    "float64[::1], float64[::1], float64[::1], float64[::1], boolean[::1], float64[::1], float64[::1])"
)
def penalties(
    col_at: Ints, col_demand: Ints32, col_cost: Floats, demand: Floats, group: Ints, least: Ints, most: Ints,
    state: Bytes, dual: Floats, worth: Floats, edge: Floats, slack: Floats, taken: NDArray[np.bool_],
    site_penalty: Floats, way_penalty: Floats,
) -> None:  # fmt: skip
    """By how much the bound of `price` rises when a free site is used otherwise, and when a way is used.

    In a group that has as many sites as it may, or must, another one is closed, or opened, in exchange.
    """
    n_groups = len(least)
    number = np.zeros(n_groups, np.int64)
    dearest, best = np.full(n_groups, -np.inf), np.full(n_groups, np.inf)
    for j in range(len(worth)):
        g = group[j]
        if g < 0 or state[j] < 0:
            continue
        if taken[j]:
            number[g] += 1
            if state[j] == 0:
                dearest[g] = max(dearest[g], worth[j])
        else:
            best[g] = min(best[g], worth[j])
    for j in range(len(worth)):
        g = group[j]
        site_penalty[j] = 0.0
        if state[j] == 0 and taken[j]:
            site_penalty[j] = -worth[j]
            if g >= 0:
                exchange = best[g] - worth[j]
                site_penalty[j] = exchange if number[g] <= least[g] else min(exchange, -worth[j])
        elif state[j] == 0:
            site_penalty[j] = worth[j]
            if g >= 0:
                exchange = worth[j] - dearest[g]
                site_penalty[j] = exchange if number[g] >= most[g] else min(exchange, worth[j])
        closed = site_penalty[j] if state[j] == 0 and not taken[j] else 0.0
        for k in range(col_at[j], col_at[j + 1]):
            i = col_demand[k]
            way_penalty[k] = closed + max(0.0, col_cost[k] - dual[i] - edge[j] * demand[i] - slack[j])


@compiled(
    "void(float64[::1], float64[:, ::1], float64[::1], int64[:, ::1], int64[::1], int64[::1], int8[::1], "
    "float64, float64[::1])"
)
def bounds_of_sets(
    worth: Floats, trunk: Floats, hub_cost: Floats, sets: Ints, group: Ints, least: Ints, state: Bytes, total: float,
    bound: Floats,
) -> None:  # fmt: skip
    """Raise ``bound`` of each set of hubs to what prices of sum ``total`` prove about it.

    ``worth``: fixed cost of each site, without trunk cost, less what its capacity earns at these prices; ``trunk``:
    site × hub, infinity without a link; ``sets``: one row of hubs each, filled up with -1.
    """
    for s in range(len(sets)):
        value = total
        best = np.where(least > 0, np.inf, -np.inf)
        for q in range(sets.shape[1]):
            if sets[s, q] >= 0:
                value += hub_cost[sets[s, q]]
        for j in range(len(worth)):
            if state[j] < 0:
                continue
            linked = np.inf
            for q in range(sets.shape[1]):
                if sets[s, q] >= 0:
                    linked = min(linked, trunk[j, sets[s, q]])
            linked += worth[j]
            if state[j] == 1 or linked < 0.0:
                value += linked
                if group[j] >= 0:
                    best[group[j]] = -np.inf
            elif group[j] >= 0 and linked < best[group[j]]:
                best[group[j]] = linked
        for g in range(len(least)):
            if best[g] > -np.inf:
                value += best[g]
        bound[s] = max(bound[s], value)
