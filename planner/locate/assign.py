"""Which open station serves each covered village, tiers settled: least person-metres within capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.engine import Bools, Deadline, MatrixModel, minimise
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.solution import Network, nearest_parents

NODES = 500
"""Branch and bound nodes for villages whose nearest station is full."""


def nearest_stations(problem: ThreeTierProblem, network: Network) -> Network:
    """Every covered village at the nearest open station that can carry it alone; totals may exceed capacity."""
    pairs = _open_pairs(problem, network)
    order = np.lexsort((problem.access_site[pairs], problem.access_m[pairs], problem.access_village[pairs]))
    village, first = np.unique(problem.access_village[pairs[order]], return_index=True)
    station = np.full(problem.n_villages, -1)
    station[village] = problem.access_site[pairs[order][first]]
    return replace(network, station=station)


def crowded_stations(problem: ThreeTierProblem, network: Network) -> Bools:
    """Open sites whose own villages exceed their tier's capacity."""
    served = network.station >= 0
    load = np.bincount(network.station[served], problem.demand_centiparcels[served], problem.n_sites)
    capacity = np.concatenate([[0], problem.capacity_centiparcels])[network.tier]
    return np.asarray((load > capacity) & (network.tier > 0))


def served_within_capacity(
    problem: ThreeTierProblem, network: Network, *, deadline: Deadline, seed: int
) -> Network | None:
    """The covered villages at open stations with room for them, points left idle closed; None when none was found.

    Nearest first; only when that overloads a station, villages and stations are matched by the solver.
    """
    found: Network | None = nearest_stations(problem, network)
    if found is not None and crowded_stations(problem, found).any():
        found = _matched(problem, network, deadline, seed)
    return None if found is None else _tidy(problem, found)


def _tidy(problem: ThreeTierProblem, network: Network) -> Network:
    """Idle points closed, but for those that must be open; nearest parents."""
    idle = np.setdiff1d(np.flatnonzero((network.tier == 1) & (problem.locked_tier == 0)), network.station)
    tier = network.tier.copy()
    tier[idle] = 0
    return Network(tier, network.station, nearest_parents(problem, tier))


def _open_pairs(problem: ThreeTierProblem, network: Network) -> Ints:
    """Access pairs of covered villages with open stations that can carry them alone."""
    tier = network.tier[problem.access_site]
    capacity = np.concatenate([[-1], problem.capacity_centiparcels])[tier]
    fits = problem.demand_centiparcels[problem.access_village] <= capacity
    return np.flatnonzero((tier > 0) & fits & (network.station[problem.access_village] >= 0))


def _matched(problem: ThreeTierProblem, network: Network, deadline: Deadline, seed: int) -> Network | None:
    pairs = _open_pairs(problem, network)
    villages, row = np.unique(problem.access_village[pairs], return_inverse=True)
    if len(villages) < (network.station >= 0).sum():
        return None
    sites, place = np.unique(problem.access_site[pairs], return_inverse=True)
    demand = problem.demand_centiparcels[problem.access_village[pairs]].astype(float)
    entries = np.concatenate([np.ones(len(pairs)), demand])
    at = np.concatenate([row, len(villages) + place])
    shape = (len(villages) + len(sites), len(pairs))
    matrix = csr_array(coo_array((entries, (at, np.tile(np.arange(len(pairs)), 2))), shape=shape))
    room = problem.capacity_centiparcels[network.tier[sites] - 1].astype(float)
    ones, whole = np.ones(len(pairs)), np.ones(len(pairs), dtype=bool)
    model = MatrixModel(
        matrix, np.concatenate([np.ones(len(villages)), np.full(len(sites), -np.inf)]),
        np.concatenate([np.ones(len(villages)), room]), 0 * ones, ones, whole, whole,
    )  # fmt: skip
    person_metres = (problem.access_m * problem.population[problem.access_village])[pairs].astype(float)
    outcome = minimise(model, person_metres, deadline=deadline, seed=seed, nodes=NODES)
    if outcome.values is None:
        return None
    chosen = pairs[outcome.values > 0.5]
    station = np.full(problem.n_villages, -1)
    station[problem.access_village[chosen]] = problem.access_site[chosen]
    return replace(network, station=station)
