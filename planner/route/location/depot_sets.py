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
MOST_EXCHANGED: Final = 15
"""So many depots to close are paired with so many to open."""


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
    """Sets that differ by one depot closed, opened or exchanged, best estimate first; of many only the most promising.

    Closing a depot sends its customers to their next one; an exchange counts as the sum of the two changes at first.
    """
    problem = ground.problem
    trips, share = _trips(ground)
    mine = trips[list(chosen)]
    nearest, first = mine.argmin(axis=0), mine.min(axis=0)
    second = np.partition(mine, 1, axis=0)[1] if len(chosen) > 1 else trips.max(axis=0)
    lost = np.bincount(nearest, weights=(second - first) * share, minlength=len(chosen))
    moves: list[tuple[float, DepotSet]] = []
    shut = [(float(lost[k]) - float(problem.depot_cost[d]), d) for k, d in enumerate(chosen)]
    new = [
        (float(problem.depot_cost[d]) - float(np.maximum(0.0, first - trips[d]) @ share), d)
        for d in range(problem.n_depots)
        if d not in chosen
    ]
    moves += [(change, tuple(d for d in chosen if d != gone)) for change, gone in shut]
    moves += [(change, tuple(sorted((*chosen, more)))) for change, more in new]
    few = MOST_EXCHANGED
    moves += [
        (less + plus, tuple(sorted({*chosen, more} - {gone})))
        for less, gone in sorted(shut)[:few]
        for plus, more in sorted(new)[:few]
    ]
    found = [each for _, each in sorted(moves) if each and large_enough(ground, each)][: few**2]
    score = estimates(ground, found)
    return [found[k] for k in np.argsort(score, kind="stable").tolist()]


def large_enough(ground: Ground, chosen: DepotSet) -> bool:
    """Whether the depots together hold the demand."""
    return bool(ground.problem.depot_capacity[list(chosen)].sum() >= ground.problem.demand.sum())


def estimates(ground: Ground, sets: list[DepotSet]) -> NDArray[np.float64]:
    """Depots' costs plus each customer's share of a full vehicle's round trip to its nearest depot of the set."""
    trips, share = _trips(ground)
    cost = ground.problem.depot_cost
    return np.array([cost[list(each)].sum() + trips[list(each)].min(axis=0) @ share for each in sets])


def _trips(ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Round trips, depots × customers, and the share of a vehicle that each customer fills."""
    problem = ground.problem
    m = problem.n_depots
    trips = (ground.distance[:m, m:] + ground.distance[m:, :m].T).astype(np.float64)
    return trips, np.maximum(problem.demand / max(1, problem.vehicle_capacity), 1e-3)


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
