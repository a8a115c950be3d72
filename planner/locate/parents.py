"""Which open station supplies each village point, when tiers and assignments are settled: least total road (L5)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.engine import Deadline, MatrixModel, minimise
from planner.locate.model import point_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.solution import Network, misloaded, nearest_parents, supply_lengths_m, throughput_centiparcels
from planner.locate.volume import least_throughput


def best_parents(
    problem: ThreeTierProblem, network: Network, *, deadline: Deadline, seed: int
) -> tuple[Network | None, float, bool]:
    """Parents of least total road metres, a true bound on that total, and whether the search ended.

    What a station carries is within its capacity and not below its least volume. The nearest parents are the best ones
    when they carry what they should; otherwise it is a generalised
    assignment of points to the stations in reach. The network is None when there is no such assignment, or none
    was found in time.
    """
    nearest = replace(network, parent=nearest_parents(problem, network.tier))
    least = float(supply_lengths_m(problem, nearest).sum())
    if not len(misloaded(problem, nearest)):
        return nearest, least, True
    alone = replace(nearest, parent=np.full(problem.n_sites, -1))
    own = throughput_centiparcels(problem, alone)
    links = point_links(problem)
    parent, child = problem.supply_parent[links], problem.supply_child[links]
    links = links[(network.tier[child] == 1) & (network.tier[parent] >= 2)]
    if not len(links):
        return None, math.inf, True
    model = _assignment(problem, network, links, own)
    outcome = minimise(model, problem.supply_m[links].astype(float), deadline=deadline, seed=seed)
    if outcome.infeasible:
        return None, math.inf, True
    fixed = float(supply_lengths_m(problem, nearest)[network.tier == 2].sum())
    bound = least if outcome.bound is None else max(least, fixed + math.ceil(outcome.bound - 1e-6))
    if outcome.values is None:
        return None, bound, False
    chosen = links[outcome.values > 0.5]
    found = nearest.parent.copy()
    found[problem.supply_child[chosen]] = problem.supply_parent[chosen]
    return replace(network, parent=found), bound, outcome.proven


def _assignment(problem: ThreeTierProblem, network: Network, links: Ints, own: Ints) -> MatrixModel:
    """Each point has one parent; what a station passes on and its own parcels fit its capacity and least volume."""
    points, point_row = np.unique(problem.supply_child[links], return_inverse=True)
    stations = np.flatnonzero(network.tier == 2)
    station_row = np.full(problem.n_sites, -1)
    station_row[stations] = len(points) + np.arange(len(stations))
    row = np.concatenate([point_row, station_row[problem.supply_parent[links]]])
    value = np.concatenate([np.ones(len(links)), own[problem.supply_child[links]]])
    kept = row >= 0
    column = np.tile(np.arange(len(links)), 2)
    shape = (len(points) + len(stations), len(links))
    room = (problem.capacity_centiparcels[1] - own[stations]).astype(float)
    least = least_throughput(problem)[stations, 1]
    owed = np.where(least > 0, least - own[stations].astype(float), -np.inf)
    return MatrixModel(
        csr_array(coo_array((value[kept], (row[kept], column[kept])), shape=shape)),
        np.concatenate([np.ones(len(points)), owed]),
        np.concatenate([np.ones(len(points)), room]),
        np.zeros(len(links)), np.ones(len(links)), np.ones(len(links), dtype=bool), np.ones(len(links), dtype=bool),
    )  # fmt: skip
