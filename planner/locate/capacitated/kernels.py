"""Compiled loops of the capacitated solver: the Lagrangian bound of assignment prices, by subgradients.

Costs stand by site (``col_at``, ``col_demand``, ``col_cost``: of serving all of a demand). ``state`` is 1 for a site
that is open for good, -1 for one that is out, 0 for one still free.
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

MEMORY = 40
"""Rounds over which the sites taken are averaged."""
PATIENCE = 12
"""Rounds without a better bound before the step is cut."""
TINY_STEP = 0.002
"""Steps below this share of the distance to the target no longer raise the bound worth the time."""


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64, "
    "int8[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])"
)
def price(
    col_at: Ints, col_demand: Ints32, col_cost: Floats, demand: Floats, capacity: Floats, fixed: Floats, size: Floats,
    need: float, state: Bytes, dual: Floats, worth: Floats, filled: Floats, taken: Floats, rate: Floats,
) -> float:  # fmt: skip
    """The bound of prices ``dual`` paid for serving each demand (Geoffrion and McBride 1978).

    ``worth`` becomes each site's fixed cost less what its capacity earns best, ``filled`` the share of each demand it
    then serves, ``taken`` the sites whose ``size`` meets ``need`` at least worth, and ``rate[0]`` the price of size.
    Infinity when the sites that are not out do not meet it.
    """
    total = dual.sum()
    n_sites = len(capacity)
    most = np.int64(0)
    for j in range(n_sites):
        most = max(most, col_at[j + 1] - col_at[j])
    entry, key = np.empty(most, np.int64), np.empty(most)
    reached = 0.0
    for j in range(n_sites):
        taken[j] = 0.0
        if state[j] < 0:
            continue
        worth[j] = fixed[j]
        count, load = 0, 0.0
        for k in range(col_at[j], col_at[j + 1]):
            filled[k] = 0.0
            i = col_demand[k]
            if col_cost[k] < dual[i]:
                entry[count] = k
                key[count] = (col_cost[k] - dual[i]) / max(demand[i], 1e-12)
                load += demand[i]
                count += 1
        if load <= capacity[j]:
            for q in range(count):
                k = entry[q]
                filled[k] = 1.0
                worth[j] += col_cost[k] - dual[col_demand[k]]
        else:
            order = np.argsort(key[:count])
            room = capacity[j]
            for q in range(count):
                k = entry[order[q]]
                i = col_demand[k]
                part = 1.0 if demand[i] <= room else room / demand[i]
                filled[k] = part
                worth[j] += part * (col_cost[k] - dual[i])
                room -= part * demand[i]
                if part < 1.0:
                    break
        if state[j] == 1 or worth[j] < 0.0:
            taken[j] = 1.0
            total += worth[j]
            reached += size[j]
    rate[0] = 0.0
    if reached < need:
        left = np.flatnonzero((state == 0) & (taken == 0.0))
        dear = np.empty(len(left))
        for q in range(len(left)):
            dear[q] = worth[left[q]] / max(size[left[q]], 1e-12)
        order = np.argsort(dear)
        for q in range(len(left)):
            j = left[order[q]]
            part = min(1.0, (need - reached) / max(size[j], 1e-12))
            taken[j] = part
            total += part * worth[j]
            reached += part * size[j]
            rate[0] = dear[order[q]]
            if reached >= need * (1 - 1e-12):
                return float(total)
        return np.inf
    return float(total)


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64, "
    "int8[::1], float64[::1], float64, float64, int64, float64, float64[::1], float64[::1])"
)
def ascend(
    col_at: Ints, col_demand: Ints32, col_cost: Floats, demand: Floats, capacity: Floats, fixed: Floats, size: Floats,
    need: float, state: Bytes, dual: Floats, target: float, enough: float, rounds: int, step: float, out: Floats,
    share: Floats,
) -> int:  # fmt: skip
    """Raise the bound by subgradient steps towards ``target``; stop at ``enough``, or when steps have become tiny.

    ``dual`` becomes the best prices found, ``out[0]`` their bound, ``out[1]`` the step to go on with; ``share`` the
    smoothed share of each site taken (going on from what it held). Returns the rounds used.
    """
    n_demands, n_sites = len(demand), len(capacity)
    worth, taken, filled, rate = np.zeros(n_sites), np.zeros(n_sites), np.zeros(len(col_cost)), np.empty(1)
    current, way, slope = dual.copy(), np.zeros(n_demands), np.empty(n_demands)
    out[0], out[1] = -np.inf, step
    stalled = 0
    seen = 0 if share.sum() == 0.0 else MEMORY
    for turn in range(rounds):
        bound = price(
            col_at, col_demand, col_cost, demand, capacity, fixed, size, need, state, current, worth, filled, taken,
            rate,
        )  # fmt: skip
        seen = min(seen + 1, MEMORY)
        for j in range(n_sites):
            share[j] += (taken[j] - share[j]) / seen
        if bound > out[0] + 1e-7 * abs(bound):
            stalled = 0
        else:
            stalled += 1
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
            if taken[j] > 0.0:
                for k in range(col_at[j], col_at[j + 1]):
                    slope[col_demand[k]] -= taken[j] * filled[k]
        length = 0.0
        for i in range(n_demands):
            way[i] = slope[i] + 0.6 * way[i]
            length += way[i] * way[i]
        if length == 0.0:
            return turn
        length = step * (target - bound) / length
        for i in range(n_demands):
            current[i] += length * way[i]
    return rounds
