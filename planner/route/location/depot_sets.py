"""Which sets of depots are worth a look: those large enough for the demand, in the order of a quick estimate."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.plan import Ground

DepotSet = tuple[int, ...]

MOST_LISTED: Final = 20_000
"""Larger sets are not listed where there are more in all."""


def depot_sets(ground: Ground) -> list[DepotSet]:
    """Sets of depots large enough for all customers, best estimate first."""
    problem = ground.problem
    total = int(problem.demand.sum())
    usable = [d for d in range(problem.n_depots) if problem.depot_capacity[d] > 0 or total == 0]
    largest = np.sort(problem.depot_capacity)[::-1]
    enough = np.flatnonzero(np.concatenate([[0], np.cumsum(largest)]) >= total)
    if not enough.size:
        return []
    found = set(_climb(ground, usable))
    listed = 0
    for size in range(max(1, int(enough[0])), len(usable) + 1):
        listed += comb(len(usable), size)
        if listed > MOST_LISTED:
            break
        found.update(chosen for chosen in combinations(usable, size) if large_enough(ground, chosen))
    sets = sorted(found)
    score = estimates(ground, sets)
    return [sets[k] for k in np.argsort(score, kind="stable").tolist()]


def neighbours(ground: Ground, chosen: DepotSet) -> list[DepotSet]:
    """Sets that differ by one depot closed, opened or exchanged, best estimate first."""
    problem = ground.problem
    out = [d for d in range(problem.n_depots) if d not in chosen]
    found = [tuple(d for d in chosen if d != gone) for gone in chosen]
    found += [tuple(sorted((*chosen, new))) for new in out]
    found += [tuple(sorted({*chosen, new} - {gone})) for gone in chosen for new in out]
    found = [each for each in found if each and large_enough(ground, each)]
    score = estimates(ground, found)
    return [found[k] for k in np.argsort(score, kind="stable").tolist()]


def large_enough(ground: Ground, chosen: DepotSet) -> bool:
    """Whether the depots together hold the demand."""
    return bool(ground.problem.depot_capacity[list(chosen)].sum() >= ground.problem.demand.sum())


def estimates(ground: Ground, sets: list[DepotSet]) -> NDArray[np.float64]:
    """Depots' costs plus each customer's share of a full vehicle's round trip to its nearest depot of the set."""
    problem = ground.problem
    m = problem.n_depots
    trips = (ground.distance[:m, m:] + ground.distance[m:, :m].T).astype(np.float64)
    share = np.maximum(problem.demand / max(1, problem.vehicle_capacity), 1e-3)
    return np.array([problem.depot_cost[list(each)].sum() + trips[list(each)].min(axis=0) @ share for each in sets])


def _climb(ground: Ground, usable: list[int]) -> list[DepotSet]:
    """Sets met on the way from all depots to one whose neighbours all have worse estimates."""
    chosen: DepotSet = tuple(usable)
    found = [chosen]
    best = float(estimates(ground, [chosen])[0])
    while True:
        around = neighbours(ground, chosen)
        if not around:
            return found
        score = float(estimates(ground, around[:1])[0])
        if score >= best:
            return found + around[:50]
        chosen, best = around[0], score
        found.append(chosen)
