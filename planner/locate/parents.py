"""Which open station supplies each of the others, when tiers and assignments are settled: least total road (L5)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.sparse import block_diag, coo_array, csr_array, hstack

from planner.locate.engine import Deadline, MatrixModel, minimise
from planner.locate.model import point_links, station_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.rules.volume import least_throughput
from planner.locate.solution import Network, misloaded, nearest_parents, supply_lengths_m, throughput_centiparcels


def best_parents(
    problem: ThreeTierProblem, network: Network, *, deadline: Deadline, seed: int
) -> tuple[Network | None, float, bool]:
    """Parents of least total road metres, a true bound on that total, and whether the search ended.

    What a station carries is within its capacity and not below its least volume. The nearest parents are the best ones
    when they carry what they should; otherwise it is a generalised assignment of points to the stations in reach, and
    where centres share the parcels of stations to centres too. The network is None when there is no such assignment,
    or none was found in time.
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
    chooses = links
    model = _assignment(problem, network, links, own)
    if problem.centres_share and int((network.tier == 3).sum()) > 1:
        above = station_links(problem)
        parent, child = problem.supply_parent[above], problem.supply_child[above]
        above = above[(network.tier[child] == 2) & (network.tier[parent] == 3)]
        model, chooses = _with_centres(problem, network, model, links, above, own), np.concatenate([links, above])
    if not len(chooses):
        return None, math.inf, True
    cost = np.zeros(model.matrix.shape[1])
    cost[: len(chooses)] = problem.supply_m[chooses]
    outcome = minimise(model, cost, deadline=deadline, seed=seed)
    if outcome.infeasible:
        return None, math.inf, True
    settled = np.isin(np.arange(problem.n_sites), problem.supply_child[chooses], invert=True)
    fixed = float(supply_lengths_m(problem, nearest)[settled].sum())
    bound = least if outcome.bound is None else max(least, fixed + math.ceil(outcome.bound - 1e-6))
    if outcome.values is None:
        return None, bound, False
    chosen = chooses[outcome.values[: len(chooses)] > 0.5]
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


def _with_centres(  # noqa: PLR0917 (the model and what it is widened by)
    problem: ThreeTierProblem, network: Network, model: MatrixModel, links: Ints, above: Ints, own: Ints
) -> MatrixModel:
    """The same with each station's centre, over the pairs ``above``, and (M9) for each centre.

    Behind the columns of ``links`` and ``above`` stand the parcels that pass over each pair of ``above``.
    """
    n_links, n_above = len(links), len(above)
    stations, station_row = np.unique(problem.supply_child[above], return_inverse=True)
    centres = np.flatnonzero(network.tier == 3)
    centre_row = np.full(problem.n_sites, -1)
    centre_row[centres] = np.arange(len(centres))
    township, county = problem.capacity_centiparcels[1:].astype(float).tolist()
    pair = np.arange(n_above)
    one_centre = csr_array((np.ones(n_above), (station_row, pair)), shape=(len(stations), n_above))
    # Σ own parcels of the points linked to the station + township · s - flow <= township - own, for each pair.
    at, point = np.nonzero(problem.supply_child[above][:, None] == problem.supply_parent[links][None, :])
    passed = csr_array((own[problem.supply_child[links[point]]].astype(float), (at, point)), shape=(n_above, n_links))
    unit = csr_array((np.ones(n_above), (pair, pair)), shape=(n_above, n_above))
    direct = np.flatnonzero(centre_row[problem.supply_parent[links]] >= 0)
    through = csr_array(
        (own[problem.supply_child[links[direct]]].astype(float),
         (centre_row[problem.supply_parent[links[direct]]], direct)), shape=(len(centres), n_links),
    )  # fmt: skip
    flows = csr_array((np.ones(n_above), (centre_row[problem.supply_parent[above]], pair)), (len(centres), n_above))
    wider = MatrixModel(
        csr_array(hstack([csr_array(block_diag([model.matrix, one_centre])),
                          csr_array((model.matrix.shape[0] + len(stations), n_above))])),
        np.append(model.row_low, np.ones(len(stations))), np.append(model.row_high, np.ones(len(stations))),
        np.zeros(n_links + 2 * n_above), np.concatenate([np.ones(n_links + n_above), np.full(n_above, township)]),
        np.arange(n_links + 2 * n_above) < n_links + n_above, np.ones(n_links + 2 * n_above, dtype=bool),
    )  # fmt: skip
    wider = wider.with_rows(
        csr_array(hstack([passed, township * unit, -unit])), -np.inf, township - own[problem.supply_child[above]]
    )
    nothing = csr_array((len(centres), n_above))
    return wider.with_rows(csr_array(hstack([through, nothing, flows])), -np.inf, county - own[centres])
