"""Cold stores at stations, and the produce within their reach: data, columns, rows and values (``docs/model.md`` §15).

A store is a decision of its own at a site that is open at the tier asked for or above. A village's produce is in reach
when an open store lies within the service radius by road, whether a station covers the village or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

if TYPE_CHECKING:
    from planner.locate.engine import Deadline
    from planner.locate.model import Layout, Rows
    from planner.locate.problem import ThreeTierProblem
    from planner.locate.solution import Network

Ints = NDArray[np.int64]
_ARRAYS = ("produce_centiparcels", "reach_indptr", "reach_site", "capex_cny", "annual_cost_cny")


@dataclass(frozen=True, slots=True, eq=False)
class ColdStores:
    """Where cold stores may stand, what one costs, and what they are to reach.

    Parameters
    ----------
    least_tier
        Lowest tier (1 … 3) at which a site must be open to have a store.
    target_centiparcels
        Produce, in hundredths of a parcel a day, that reach is raised to before cost counts.
    produce_centiparcels
        Per village: what it sends out, in hundredths of a parcel a day.
    reach_indptr, reach_site
        CSR village × site of the pairs within the service radius, columns ascending.
    capex_cny, annual_cost_cny
        Per site: investment for a store there, and its yearly cost, in whole yuan.

    Raises
    ------
    ValueError
        If an array is not of whole numbers, negative, or of a wrong length.
    """

    least_tier: int
    target_centiparcels: int
    produce_centiparcels: Ints
    reach_indptr: Ints
    reach_site: Ints
    capex_cny: Ints
    annual_cost_cny: Ints

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            given = np.asarray(getattr(self, name))
            if given.size and given.dtype.kind not in "iu":
                raise ValueError(f"cold {name} must hold integers, got dtype {given.dtype}")
            whole = given.astype(np.int64)
            if (whole < 0).any():
                raise ValueError(f"cold {name} must not be negative")
            whole.setflags(write=False)
            object.__setattr__(self, name, whole)
        if not 1 <= self.least_tier <= 3:
            raise ValueError("the least tier of a cold store must lie in 1 … 3")
        if self.target_centiparcels < 0:
            raise ValueError("the target of produce must not be negative")

    def check(self, n_villages: int, n_sites: int) -> None:
        """Raise ValueError when the arrays do not fit so many villages and sites."""
        if self.produce_centiparcels.shape != (n_villages,) or self.reach_indptr.shape != (n_villages + 1,):
            raise ValueError(f"cold stores must know the produce and reach of {n_villages} villages")
        if self.capex_cny.shape != (n_sites,) or self.annual_cost_cny.shape != (n_sites,):
            raise ValueError(f"cold stores must have costs at {n_sites} sites")
        if self.reach_indptr[0] or (np.diff(self.reach_indptr) < 0).any():
            raise ValueError("cold reach_indptr must rise from 0")
        if self.reach_indptr[-1] != len(self.reach_site) or (self.reach_site >= n_sites).any():
            raise ValueError("cold reach must name known sites")

    @property
    def reach_village(self) -> Ints:
        """Village of each pair in reach (the CSR's rows written out)."""
        return np.repeat(np.arange(len(self.produce_centiparcels)), np.diff(self.reach_indptr))


@dataclass(frozen=True, slots=True, eq=False)
class ColdColumns:
    """Columns of the cold stores: ``site[j]`` puts a store there, ``village[i]`` counts its produce, -1 for none.

    ``produce`` is the produce counted, no more than ``goal``: the target, or all that any store could reach.
    """

    site: Ints
    village: Ints
    produce: int
    goal: int


def cold_columns(problem: ThreeTierProblem, may_open: NDArray[np.bool_], start: int) -> ColdColumns:
    """Number the columns of the cold stores from ``start`` on; ``may_open`` is site × tier."""
    cold = problem.cold
    site, village = np.full(problem.n_sites, -1), np.full(problem.n_villages, -1)
    if cold is None:
        return ColdColumns(site, village, -1, 0)
    may_hold: NDArray[np.bool_] = np.asarray(may_open[:, cold.least_tier - 1 :].any(axis=1))
    reached = np.zeros(problem.n_villages, dtype=bool)
    reached[cold.reach_village[may_hold[cold.reach_site]]] = True
    reached &= cold.produce_centiparcels > 0
    goal = min(cold.target_centiparcels, int(cold.produce_centiparcels[reached].sum()))
    site[may_hold] = start + np.arange(may_hold.sum())
    start += int(may_hold.sum())
    village[reached] = start + np.arange(reached.sum())
    return ColdColumns(site, village, start + int(reached.sum()), goal)


def cold_count(columns: ColdColumns) -> int:
    """How many columns the cold stores take."""
    return 0 if columns.produce < 0 else int((columns.site >= 0).sum() + (columns.village >= 0).sum()) + 1


def cold_rows(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M19) A store stands at a station of its tier; (M20) produce is reached from an open store; (M21) what counts."""
    cold, columns = problem.cold, layout.cold
    if cold is None:
        return
    number = np.full(problem.n_sites, -1)
    sites = np.flatnonzero(columns.site >= 0)
    number[sites] = rows.open(len(sites), -np.inf, 0)
    rows.put(number[sites], columns.site[sites], 1)
    opening = np.flatnonzero((layout.open_tier >= cold.least_tier) & (number[layout.open_site] >= 0))
    rows.put(number[layout.open_site[opening]], opening, -1)
    number = np.full(problem.n_villages, -1)
    villages = np.flatnonzero(columns.village >= 0)
    number[villages] = rows.open(len(villages), -np.inf, 0)
    rows.put(number[villages], columns.village[villages], 1)
    pairs = np.flatnonzero(number[cold.reach_village] >= 0)
    rows.put(number[cold.reach_village[pairs]], columns.site[cold.reach_site[pairs]], -1)
    counted = rows.open(1, -np.inf, 0)
    rows.put(counted, np.array([columns.produce]), 1)
    rows.put(counted, columns.village, -cold.produce_centiparcels)


def least_stores(
    problem: ThreeTierProblem, columns: ColdColumns, amount: int, *, deadline: Deadline, seed: int
) -> list[tuple[NDArray[np.float64], int]]:
    """Cuts for reaching ``amount`` of the produce: how many stores that takes at least, and at what yearly cost (R16).

    Each is a row over the stores' sites and its least value, found by leaving out everything but stores and villages.
    """
    from planner.locate.engine import MatrixModel, minimise

    cold = problem.cold
    if cold is None or amount <= 0:
        return []
    sites, villages = np.flatnonzero(columns.site >= 0), np.flatnonzero(columns.village >= 0)
    at = np.full(problem.n_sites, -1)
    at[sites] = np.arange(len(sites))
    of = np.full(problem.n_villages, -1)
    of[villages] = np.arange(len(villages))
    pair = (at[cold.reach_site] >= 0) & (of[cold.reach_village] >= 0)
    produce = cold.produce_centiparcels[villages]
    own = np.arange(len(villages))
    row = np.concatenate([of[cold.reach_village[pair]], own, np.full(len(villages), len(villages))])
    column = np.concatenate([at[cold.reach_site[pair]], len(sites) + own, len(sites) + own])
    value = np.concatenate([-np.ones(pair.sum()), np.ones(len(villages)), -produce])
    width = len(sites) + len(villages)
    whole: NDArray[np.bool_] = np.ones(width, dtype=bool)
    model = MatrixModel(
        csr_array(coo_array((value, (row, column)), shape=(len(villages) + 1, width))),
        np.full(len(villages) + 1, -np.inf), np.append(np.zeros(len(villages)), -float(amount)),
        np.zeros(width), np.ones(width), whole, ~whole,
    )  # fmt: skip
    cuts = []
    for weight in (np.ones(problem.n_sites), cold.annual_cost_cny.astype(float)):
        objective = np.append(weight[sites], np.zeros(len(villages)))
        bound = minimise(model, objective, deadline=deadline, seed=seed).bound
        if bound is not None and bound > 0:
            cuts.append((weight, math.ceil(bound - 1e-6)))
    return cuts


def stores_of(problem: ThreeTierProblem, network: Network) -> Ints:
    """Sites with a cold store."""
    return np.zeros(0, dtype=np.int64) if network.cold is None else np.flatnonzero(network.cold)


def produce_reached(problem: ThreeTierProblem, network: Network) -> NDArray[np.bool_]:
    """Which villages have a cold store within the service radius."""
    reached = np.zeros(problem.n_villages, dtype=bool)
    if problem.cold is not None and network.cold is not None:
        reached[problem.cold.reach_village[network.cold[problem.cold.reach_site] > 0]] = True
    return reached


def cold_value(problem: ThreeTierProblem, network: Network) -> int:
    """Produce in reach of a cold store, counted up to the target, in hundredths of a parcel a day."""
    if problem.cold is None:
        return 0
    reached = int(problem.cold.produce_centiparcels[produce_reached(problem, network)].sum())
    return min(reached, problem.cold.target_centiparcels)


def cold_costs(problem: ThreeTierProblem, network: Network) -> tuple[int, int]:
    """Investment and yearly cost of the cold stores, in whole yuan."""
    if problem.cold is None:
        return 0, 0
    stores = stores_of(problem, network)
    return int(problem.cold.capex_cny[stores].sum()), int(problem.cold.annual_cost_cny[stores].sum())


def cold_misplaced(problem: ThreeTierProblem, network: Network) -> bool:
    """Whether a cold store stands at a site that is not open at its tier (M19)."""
    if problem.cold is None:
        return network.cold is not None and bool(network.cold.any())
    return bool((network.tier[stores_of(problem, network)] < problem.cold.least_tier).any())
