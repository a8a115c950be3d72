"""Capacitated facility location: which sites to open, and who is served from where, at least cost (Sridharan 1995)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.locate.arguments import Choice, distance_table, real_numbers, time_limit
from planner.locate.capacitated.core import SingleSource
from planner.locate.capacitated.problem import Capacitated
from planner.locate.capacitated.search import CapacitatedSearch
from planner.locate.engine import Deadline
from planner.locate.result import SitingResult


@dataclass(frozen=True, slots=True, eq=False)
class CapacitatedResult(SitingResult):
    """As `SitingResult`; ``shares`` (demand × site) says what part of each demand each site serves.

    ``assignment`` is the site with the largest share, the lowest number among equals.
    """

    shares: csr_array


def capacitated_facility_location(
    assign_cost: Any,
    demand: ArrayLike,
    capacity: ArrayLike,
    fixed_cost: ArrayLike,
    *,
    single_source: bool = False,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> CapacitatedResult:
    """Open sites and serve every demand within their capacities at least fixed and service cost, to proof.

    Parameters
    ----------
    assign_cost
        Demand × site: cost of serving all of a demand from a site; dense, or sparse with the entries stored being
        the ways there are.
    demand, capacity, fixed_cost
        Of each demand; of each site, in the same unit; of opening each site.
    single_source
        Whether a demand must be served by one site; else it may be split.
    required, forbidden
        Numbers of sites that must, or must not, be open.
    time_limit_s, seed
        None for no limit. Without a limit the result depends on the arguments alone.

    Raises
    ------
    ValueError
        Something is NaN, infinite or negative, a shape does not fit, a site number is out of range, or a site is
        required and forbidden.
    """
    started = time.perf_counter()
    deadline = Deadline(time_limit(time_limit_s))
    costs = distance_table(assign_cost, "assign_cost")
    n_demands, n_sites = costs.shape
    problem = Capacitated.of(
        costs, real_numbers(demand, "demand", (n_demands,)), real_numbers(capacity, "capacity", (n_sites,)),
        real_numbers(fixed_cost, "fixed_cost", (n_sites,)),
    )  # fmt: skip
    state = Choice.of(required, forbidden, n_sites).state
    status = _reachable(problem, state, deadline)
    if status is not SolveStatus.FEASIBLE:
        return _nothing(problem, status, None, started)
    if single_source:
        return _one_each(problem, state, deadline, seed, started)
    search = CapacitatedSearch(problem, state, deadline)
    proven = search.run()
    if search.opened is None or search.flow is None:
        bound = search.bound if np.isfinite(search.bound) else None
        ended = SolveStatus.INFEASIBLE if proven else SolveStatus.NO_SOLUTION_IN_TIME
        return _nothing(problem, ended, None if proven else bound, started)
    return _result(problem, search.opened, search.flow, (search.value, search.bound), started, proven=proven)


def _reachable(problem: Capacitated, state: np.ndarray[Any, Any], deadline: Deadline) -> SolveStatus:
    """Whether all allowed sites together could serve all demand, split where need be."""
    allowed = state >= 0
    ways = np.bincount(problem.col_demand[allowed[problem.site]], minlength=len(problem.demand))
    if (ways == 0).any() or problem.capacity[allowed].sum() < problem.demand.sum() * (1 - 1e-12):
        return SolveStatus.INFEASIBLE
    if len(problem.col_cost) == len(problem.demand) * len(problem.capacity) or not len(problem.demand):
        return SolveStatus.FEASIBLE
    if problem.transport(allowed, deadline) is None:
        return SolveStatus.NO_SOLUTION_IN_TIME if deadline.passed else SolveStatus.INFEASIBLE
    return SolveStatus.FEASIBLE


def _one_each(
    problem: Capacitated, state: np.ndarray[Any, Any], deadline: Deadline, seed: int, started: float
) -> CapacitatedResult:
    search = SingleSource(problem, state, deadline, seed)
    proven = search.run()
    if search.opened is None or search.chosen is None:
        bound = search.bound if np.isfinite(search.bound) and not search.infeasible else None
        ended = SolveStatus.INFEASIBLE if search.infeasible else SolveStatus.NO_SOLUTION_IN_TIME
        return _nothing(problem, ended, bound, started)
    flow = np.zeros(len(problem.col_cost))
    flow[search.chosen] = 1.0
    return _result(problem, search.opened, flow, (search.value, search.bound), started, proven=proven)


def _result(
    problem: Capacitated,
    opened: np.ndarray[Any, Any],
    flow: np.ndarray[Any, Any],
    found: tuple[float, float],
    started: float,
    *,
    proven: bool,
) -> CapacitatedResult:
    shape = len(problem.demand), len(problem.capacity)
    used = np.flatnonzero(flow > 1e-9)
    shares = csr_array((flow[used], (problem.col_demand[used], problem.site[used])), shape=shape)
    order = np.lexsort((problem.site[used], -flow[used], problem.col_demand[used]))
    demands, first = np.unique(problem.col_demand[used][order], return_index=True)
    assignment = np.full(shape[0], -1)
    assignment[demands] = problem.site[used][order][first]
    value, bound = found
    return CapacitatedResult(
        np.flatnonzero(opened), assignment, value, value if proven else (bound if np.isfinite(bound) else None),
        SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, time.perf_counter() - started, shares,
    )  # fmt: skip


def _nothing(problem: Capacitated, status: SolveStatus, bound: float | None, started: float) -> CapacitatedResult:
    n_demands, n_sites = len(problem.demand), len(problem.capacity)
    return CapacitatedResult(
        np.zeros(0, dtype=np.int64), np.full(n_demands, -1), None, bound, status, time.perf_counter() - started,
        csr_array((n_demands, n_sites)),
    )  # fmt: skip
