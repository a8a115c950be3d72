"""Covers of least cost from the prices of demands, compiled; layouts as in ``coverage.kernels``."""

# ruff: noqa: C901, PLR0912, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np

from planner.locate.coverage.kernels import Bools, Floats, Ints, Ints32
from planner.network.compiled import compiled

PATIENCE = 20
"""Rounds without a better bound before the step is cut."""
TINY_STEP = 0.005
"""Steps below this share of the distance to the target no longer raise the bound worth the time."""


@compiled("float64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], boolean[::1])")
def cover_by_prices(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, costs: Floats, dual: Floats,
    opened: Bools,
) -> float:  # fmt: skip
    """A cover from prices: sites of least reduced cost for each demand newly covered (Caprara, Fischetti, Toth 1999).

    Sites that turn out redundant are closed again, dearest first. Returns the cost.
    """
    n_sites, n_demands = len(costs), len(dual)
    times = np.zeros(n_demands, np.int64)
    reduced, fresh, score = np.empty(n_sites), np.empty(n_sites, np.int64), np.empty(n_sites)
    for j in range(n_sites):
        opened[j] = False
        reduced[j] = costs[j]
        fresh[j] = site_at[j + 1] - site_at[j]
        for k in range(site_at[j], site_at[j + 1]):
            reduced[j] -= dual[site_demand[k]]
        score[j] = reduced[j] / fresh[j] if reduced[j] > 0.0 else reduced[j] * fresh[j]
    left = n_demands
    while left > 0:
        a = int(np.argmin(score))
        opened[a] = True
        score[a] = np.inf
        for k in range(site_at[a], site_at[a + 1]):
            i = site_demand[k]
            times[i] += 1
            if times[i] > 1:
                continue
            left -= 1
            for h in range(demand_at[i], demand_at[i + 1]):
                j = demand_site[h]
                if not opened[j]:
                    reduced[j] += dual[i]
                    fresh[j] -= 1
                    if fresh[j] == 0:
                        score[j] = np.inf
                    else:
                        score[j] = reduced[j] / fresh[j] if reduced[j] > 0.0 else reduced[j] * fresh[j]
    chosen = np.flatnonzero(opened)
    for j in chosen[np.argsort(-costs[chosen])]:
        needed = False
        for k in range(site_at[j], site_at[j + 1]):
            if times[site_demand[k]] == 1:
                needed = True
                break
        if not needed:
            opened[j] = False
            for k in range(site_at[j], site_at[j + 1]):
                times[site_demand[k]] -= 1
    return float(costs[opened].sum())


@compiled(
    "int64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64, int64, int64, float64[::1], "
    "boolean[::1], float64[::1])"
)
def ascend(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, costs: Floats, slack: float,
    rounds: int, every: int, dual: Floats, opened: Bools, out: Floats,
) -> int:  # fmt: skip
    """Raise the Lagrangian bound by subgradient steps, and make a cover of the prices ``every`` so many rounds.

    The bound of prices u from 0 up is sum(u) + sum(min(0, reduced costs)). ``opened`` is a cover to begin with and
    becomes the best, ``dual`` the best prices; ``out[0]`` their bound, ``out[1]`` the step to go on with. Ends when
    bound and cost meet, less ``slack``, or when steps have become tiny. Returns the rounds used.
    """
    n_sites, n_demands = len(costs), len(dual)
    value, best, step, stalled = float(costs[opened].sum()), out[0], out[1], 0
    current, way, trial = dual.copy(), np.zeros(n_demands), np.empty(n_sites, np.bool_)
    for turn in range(rounds):
        bound = 0.0
        for i in range(n_demands):
            bound += current[i]
            way[i] = 0.5 * way[i] + 1.0
        for j in range(n_sites):
            reduced = costs[j]
            for k in range(site_at[j], site_at[j + 1]):
                reduced -= current[site_demand[k]]
            if reduced < 0.0:
                bound += reduced
                for k in range(site_at[j], site_at[j + 1]):
                    way[site_demand[k]] -= 1.0
        stalled += 1
        if bound > best:
            if bound > best + 1e-5 * abs(bound):
                stalled = 0
            best = bound
            dual[:] = current
            out[0] = best
        if turn % every == 0:
            cost = cover_by_prices(site_at, site_demand, demand_at, demand_site, costs, current, trial)
            if cost < value:
                value = cost
                opened[:] = trial
        if best > value - slack:
            return turn
        if stalled >= PATIENCE:
            step *= 0.5
            out[1] = step
            stalled = 0
            if step < TINY_STEP:
                return turn
        size = 0.0
        for i in range(n_demands):
            if way[i] > 0.0 or current[i] > 0.0:
                size += way[i] * way[i]
        if size == 0.0:
            return turn
        length = step * (1.02 * value - bound) / size
        for i in range(n_demands):
            current[i] = max(0.0, current[i] + length * way[i])
    return rounds
