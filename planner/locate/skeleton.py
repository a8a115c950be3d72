"""The cheapest network that covers nobody: centre, township stations and every site that must be open.

It decides whether a plan exists at all, what it costs at least, and which demands on single sites stand in the way
(``docs/model.md`` §7). With no village nothing is carried, so (M7') without flows is exact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.errors import NoSolutionInTimeError
from planner.locate.engine import Deadline, Floats, MatrixModel, minimise
from planner.locate.model import Layout, build
from planner.locate.problem import ThreeTierProblem
from planner.locate.solution import Network, read_point

LIMIT_S = 20.0
"""Seconds for one such network: it takes a small fraction of one."""
_NONE = np.zeros(0, dtype=np.int64)


def least_network(problem: ThreeTierProblem, *, seed: int = 0) -> Network | None:
    """The network of least investment that covers no village, budget aside; None when there is none.

    Its ``station`` is -1 for every village. Raises NoSolutionInTimeError when the solver did not end.
    """
    bare = _without_villages(problem)
    layout, model = build(bare, with_links=False, with_flows=False)
    values = _least(model, _investment(bare, layout, layout.n_columns), seed)
    if values is None:
        return None
    network = read_point(bare, layout, values)
    return replace(network, station=np.full(problem.n_villages, -1))


def start_network(problem: ThreeTierProblem, *, seed: int = 0) -> Network | None:
    """A network to fall back on: the least one, with the villages that its stations can serve. None when none exists.

    Stations above village tier take villages in order of population, each the nearest with room for it.
    """
    network = least_network(problem, seed=seed)
    if network is None or (problem.budget_cny is not None and investment_cny(problem, network) > problem.budget_cny):
        return None
    room = np.concatenate([[0], problem.capacity_centiparcels])[network.tier]
    room[network.tier < 2] = 0
    centre = np.where(network.tier == 3, np.arange(problem.n_sites), network.parent)  # that of each site open above
    station = network.station.copy()
    for i in np.argsort(-problem.population, kind="stable").tolist():
        pairs = np.arange(problem.access_indptr[i], problem.access_indptr[i + 1])
        demand = int(problem.demand_centiparcels[i])
        pairs = pairs[network.tier[problem.access_site[pairs]] >= 2]
        above = problem.access_site[pairs]
        pairs = pairs[(room[above] >= demand) & (room[centre[above]] >= demand)]
        if not len(pairs):
            continue
        station[i] = problem.access_site[pairs[np.argmin(problem.access_m[pairs])]]
        for j in {int(centre[station[i]]), int(station[i])}:
            room[j] -= demand
    return replace(network, station=station)


def most_townships(problem: ThreeTierProblem, *, seed: int = 0) -> Network:
    """A network of nothing but centres and stations that gives most of the required townships their station.

    Budget, sites that must be open and one site a village are left aside. Some site must be able to be a centre.
    """
    bare = replace(_without_villages(problem), required_township_count=0, least_tier=None, site_unit=None)
    layout, model = build(bare, with_links=False, with_flows=False)
    objective = np.zeros(layout.n_columns)
    objective[layout.counted[layout.counted >= 0]] = -1
    values = _least(model, objective, seed)
    if values is None:
        raise AssertionError("a possible centre alone is such a network")
    return read_point(bare, layout, values)


def investment_cny(problem: ThreeTierProblem, network: Network) -> int:
    """Investment of a network in whole yuan."""
    opened = np.flatnonzero(network.tier)
    return int(problem.capex_cny[opened, network.tier[opened] - 1].sum())


def _without_villages(problem: ThreeTierProblem) -> ThreeTierProblem:
    return replace(
        problem, population=_NONE, demand_centiparcels=_NONE, access_indptr=np.zeros(1, dtype=np.int64),
        access_site=_NONE, access_m=_NONE, target_villages=0, budget_cny=None,
        priority=None, weight_tenths=None, equity=None, village_township=None, backup_villages=0,
        near_m=None, least_covered=None, least_centiparcels=None, cold=None,
    )  # fmt: skip


def _investment(problem: ThreeTierProblem, layout: Layout, width: int) -> Floats:
    cost = np.zeros(width)
    cost[: len(layout.open_site)] = problem.capex_cny[layout.open_site, layout.open_tier - 1]
    return cost


def _least(model: MatrixModel, objective: Floats, seed: int) -> Floats | None:
    outcome = minimise(model, objective, deadline=Deadline(LIMIT_S), seed=seed)
    if outcome.infeasible:
        return None
    if outcome.values is None or not outcome.proven:
        raise NoSolutionInTimeError("the time limit passed before it was known whether any network exists")
    return outcome.values
