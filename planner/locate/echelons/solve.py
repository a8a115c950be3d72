"""Two-echelon single-source capacitated facility location: hubs, sites and who is served from where, to proof."""

# ruff: noqa: PLR0917 (the entry point takes what the published problem takes)

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.domain.plan import SolveStatus
from planner.locate.arguments import Choice, count, distance_table, one_number, real_numbers, time_limit
from planner.locate.echelons.problem import TwoEchelon
from planner.locate.echelons.search import TwoEchelonSearch
from planner.locate.engine import Deadline
from planner.locate.result import SitingResult

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TwoEchelonResult(SitingResult):
    """As `SitingResult`; ``open_hubs`` ascending, ``hub_of`` the hub of each site, -1 for a closed one.

    ``assignment`` is -1 for a demand left out. A site has the open hub of least trunk cost, the lowest number among
    equals.
    """

    open_hubs: Ints
    hub_of: Ints


def two_echelon_facility_location(
    assign_cost: Any,
    demand: ArrayLike,
    capacity: ArrayLike,
    fixed_cost: ArrayLike,
    hub_cost: ArrayLike,
    trunk_cost: ArrayLike,
    *,
    max_hubs: int,
    unserved_cost: ArrayLike | None = None,
    group: ArrayLike | None = None,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> TwoEchelonResult:
    """Open hubs and sites, link sites to hubs and serve each demand from one site, at least cost.

    Parameters
    ----------
    assign_cost
        Demand × site: cost of serving a demand from a site; dense, or sparse with the entries stored being the ways
        there are.
    demand, capacity, fixed_cost
        Of each demand; of each site, in the same unit; of opening each site.
    hub_cost, trunk_cost
        Of opening each hub; of linking each site to each hub (site × hub), infinity where no link is possible.
    max_hubs
        So many hubs at most are open. Every open site is linked to one of them.
    unserved_cost
        Cost of leaving each demand out. None: every demand must be served.
    group
        Group of each site, a whole number; every group from 0 up needs an open site. Below 0: in no group.
    required, forbidden
        Numbers of sites that must, or must not, be open.
    gap
        The search may stop when value less bound is at most this share of the value.
    time_limit_s, seed
        None for no limit. Without a limit the result depends on the arguments alone.

    Raises
    ------
    ValueError
        When an argument has the wrong shape or holds NaN, infinity (but for ``trunk_cost``) or negative numbers, a
        site number is out of range, a site is required and forbidden, or there are too many sets of hubs to list.
    """
    started = time.perf_counter()
    deadline = Deadline(time_limit(time_limit_s))
    costs = distance_table(assign_cost, "assign_cost")
    n_demands, n_sites = costs.shape
    hubs = np.asarray(hub_cost)
    unserved = np.full(n_demands, np.inf)
    if unserved_cost is not None:
        unserved = real_numbers(unserved_cost, "unserved_cost", (n_demands,))
    problem = TwoEchelon.of(
        costs, real_numbers(demand, "demand", (n_demands,)), real_numbers(capacity, "capacity", (n_sites,)),
        real_numbers(fixed_cost, "fixed_cost", (n_sites,)), real_numbers(hubs, "hub_cost", (hubs.size,)),
        _trunk(trunk_cost, (n_sites, hubs.size)), count(max_hubs, "max_hubs"), unserved, _groups(group, n_sites),
        Choice.of(required, forbidden, n_sites).state,
    )  # fmt: skip
    search = TwoEchelonSearch(problem, deadline, seed, one_number(gap, "gap"))
    return _result(search, started, proven=search.run())


def _trunk(values: ArrayLike, shape: tuple[int, int]) -> Floats:
    """Trunk costs, infinity allowed."""
    given = np.asarray(values)
    linked = np.asarray(given != np.inf)
    real_numbers(np.where(linked, given, 0), "trunk_cost", shape)
    return np.ascontiguousarray(given, dtype=np.float64)


def _groups(values: ArrayLike | None, n_sites: int) -> Ints:
    """Group of each site, below 0 for none."""
    if values is None:
        return np.full(n_sites, -1)
    given = np.asarray(values)
    if given.dtype.kind not in "iu" and given.size:
        raise ValueError("group must be whole numbers, below 0 for a site in no group")
    if given.shape != (n_sites,):
        raise ValueError(f"group must have shape {(n_sites,)}, not {given.shape}")
    return given.astype(np.int64)


def _result(search: TwoEchelonSearch, started: float, *, proven: bool) -> TwoEchelonResult:
    problem = search.problem
    n_demands, n_sites = len(problem.base.demand), len(problem.base.site)
    bound = search.bound if np.isfinite(search.bound) else None
    if search.opened is None or search.site_of is None:
        status = SolveStatus.INFEASIBLE if proven else SolveStatus.NO_SOLUTION_IN_TIME
        nobody = np.zeros(0, dtype=np.int64)
        return TwoEchelonResult(
            nobody, np.full(n_demands, -1), None, None if proven else bound, status, time.perf_counter() - started,
            nobody, np.full(n_sites, -1),
        )  # fmt: skip
    hubs = problem.sets[search.hubs][problem.sets[search.hubs] >= 0]
    hub_of = np.full(n_sites, -1)
    if len(hubs):
        hub_of[search.opened] = hubs[problem.trunk[search.opened][:, hubs].argmin(axis=1)]
    return TwoEchelonResult(
        np.flatnonzero(search.opened), search.site_of, search.value, search.value if proven else bound,
        SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, time.perf_counter() - started, hubs, hub_of,
    )  # fmt: skip
