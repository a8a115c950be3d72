"""Which open station serves each covered village, tiers settled: least person-metres within capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
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


def relieved(
    problem: ThreeTierProblem, network: Network, candidates: Bools, *, deadline: Deadline, seed: int
) -> Network | None:
    """A network that opens a few more points where stations are overloaded; None when that is not enough.

    Villages of overloaded stations and of those around them are matched anew, with points of ``candidates`` beside.
    The cost of the points is made least; the budget is not looked at.
    """
    at_hand = nearest_stations(problem, network)
    crowded = crowded_stations(problem, at_hand)
    around = _beside(problem, _beside(problem, crowded, at_hand.station), at_hand.station)
    around |= crowded
    free = np.zeros(problem.n_villages, dtype=bool)
    served = at_hand.station >= 0
    free[served] = around[at_hand.station[served]]
    near_crowd = _beside(problem, crowded, at_hand.station)
    may_open = candidates & near_crowd & (network.tier == 0)
    settled = served & ~free
    load = np.bincount(at_hand.station[settled], problem.demand_centiparcels[settled], problem.n_sites).astype(float)
    tier = np.where(may_open, 1, network.tier)
    pairs = _open_pairs(problem, Network(tier, np.where(free, at_hand.station, -1), network.parent))
    pairs = pairs[around[problem.access_site[pairs]] | may_open[problem.access_site[pairs]]]
    opening = np.flatnonzero(may_open)
    opened, chosen = _with_openings(problem, pairs, opening, tier, load, deadline, seed)
    if opened is None or len(chosen) < free.sum():
        return None
    station = np.where(free, -1, at_hand.station)
    station[problem.access_village[chosen]] = problem.access_site[chosen]
    return _tidy(problem, Network(np.where(may_open & ~opened, 0, tier), station, network.parent))


def _beside(problem: ThreeTierProblem, sites: Bools, station: Ints) -> Bools:
    """Sites that may serve a village which one of ``sites`` serves."""
    theirs = (station >= 0) & sites[station]
    beside = np.zeros(problem.n_sites, dtype=bool)
    beside[problem.access_site[theirs[problem.access_village]]] = True
    return beside


def _with_openings(  # noqa: PLR0917 (a matching and what may be opened for it)
    problem: ThreeTierProblem, pairs: Ints, opening: Ints, tier: Ints, load: NDArray[np.float64], deadline: Deadline,
    seed: int,
) -> tuple[Bools | None, Ints]:  # fmt: skip
    """Which sites of ``opening`` are opened and which pairs used, at least cost; None when nothing was found."""
    villages, row = np.unique(problem.access_village[pairs], return_inverse=True)
    sites, place = np.unique(problem.access_site[pairs], return_inverse=True)
    n, m = len(pairs), len(villages)
    demand = problem.demand_centiparcels[problem.access_village[pairs]].astype(float)
    room = problem.capacity_centiparcels[tier[sites] - 1] - load[sites]
    new = np.isin(sites, opening)
    added = np.flatnonzero(new)
    entries = np.concatenate([np.ones(n), demand, -room[added]])
    at = np.concatenate([row, m + place, m + added])
    column = np.concatenate([np.arange(n), np.arange(n), n + np.arange(len(added))])
    width = n + len(added)
    matrix = csr_array(coo_array((entries, (at, column)), shape=(m + len(sites), width)))
    whole = np.ones(width, dtype=bool)
    model = MatrixModel(
        matrix, np.concatenate([np.ones(m), np.full(len(sites), -np.inf)]),
        np.concatenate([np.ones(m), np.where(new, 0.0, room)]), np.zeros(width), np.ones(width), whole, whole,
    )  # fmt: skip
    cost = np.zeros(width)
    cost[n:] = problem.annual_cost_cny[sites[added], 0]
    outcome = minimise(model, cost, deadline=deadline, seed=seed, nodes=NODES)
    if outcome.values is None:
        return None, pairs[:0]
    opened = np.zeros(problem.n_sites, dtype=bool)
    opened[sites[added[outcome.values[n:] > 0.5]]] = True
    return opened, pairs[outcome.values[:n] > 0.5]
