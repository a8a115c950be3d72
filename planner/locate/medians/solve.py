"""The p-median problem: p sites with the least total cost of serving every demand (Hakimi 1964)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.locate.arguments import (
    Choice,
    MedianArguments,
    common_step,
    time_limit,
)
from planner.locate.covering.solve import set_covering
from planner.locate.engine import Deadline
from planner.locate.medians.kernels import Bools, Bytes, add_greedily
from planner.locate.medians.search import STARTS, MedianSearch
from planner.locate.medians.table import CostTable
from planner.locate.result import SitingResult, nothing_opened

MANY_SITES = 1_500
"""Above this, one greedy start instead of several random ones: an interchange from a random start takes too long."""


def p_median(
    distance: Any,
    p: int,
    *,
    weights: ArrayLike | None = None,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> SitingResult:
    """Open ``p`` sites so that the weighted distance of all demands to their nearest open site is least, to proof.

    Parameters
    ----------
    distance
        Demand × site, in any unit: dense, or sparse with the entries stored being the ways there are (a stored 0 is
        a way of length 0). Every demand must be served, so one that no way joins to an allowed site is infeasible.
    p
        Number of open sites; all allowed sites when there are fewer.
    weights
        Of each demand; None for one each.
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
    given = MedianArguments.of(distance, p, weights, required, forbidden)
    ways, costs, choice, p = given.ways, given.costs, given.choice, given.p
    n_demands = ways.shape[0]
    state = choice.state
    start, status = _feasible(ways, choice, p, deadline, seed)
    if start is None:
        return nothing_opened(n_demands, status, None, time.perf_counter() - started)
    table = CostTable.of(costs, ways)
    search = MedianSearch(table, p, start, np.inf, common_step(costs.data), deadline, seed, state)
    _start(search, start)
    proven = search.run()
    return _result(search, proven, started)


def _feasible(
    ways: csr_array, choice: Choice, p: int, deadline: Deadline, seed: int
) -> tuple[Bools | None, SolveStatus]:
    """At most ``p`` sites that reach every demand, the required ones among them; or why there are none."""
    n_demands, n_sites = ways.shape
    if choice.required.sum() > p or (n_demands and p < 1):
        return None, SolveStatus.INFEASIBLE
    if ways.nnz == n_demands * n_sites:
        return choice.required.copy(), SolveStatus.FEASIBLE
    pattern = csr_array((np.ones(ways.nnz, dtype=np.int64), ways.indices, ways.indptr), shape=ways.shape)
    cover = set_covering(
        pattern, required=np.flatnonzero(choice.required), forbidden=np.flatnonzero(choice.forbidden),
        time_limit_s=deadline.left_s(), seed=seed,
    )  # fmt: skip
    if cover.objective is not None and cover.objective <= p:
        opened = np.zeros(n_sites, dtype=bool)
        opened[cover.open_sites] = True
        return opened, SolveStatus.FEASIBLE
    too_many = cover.bound is not None and cover.bound > p
    infeasible = cover.status is SolveStatus.INFEASIBLE or too_many
    return None, SolveStatus.INFEASIBLE if infeasible else SolveStatus.NO_SOLUTION_IN_TIME


def _start(search: MedianSearch, opened: Bools) -> None:
    """First solutions: the given sites filled up greedily, and random ones, each improved by swaps."""
    table, state = search.table, search.given
    first = opened.copy()
    add_greedily(table.col_at, table.col_demand, table.col_cost, search.p, table.none, first, state)
    first = _filled(first, state, search.p)
    search.offer(first, float(table.serve(first)[0].sum()))
    search.try_start(first)
    random = np.random.default_rng(search.seed)
    free = np.flatnonzero(state == 0)
    for _ in range(STARTS if table.n_sites <= MANY_SITES else 0):
        picked = state == 1
        picked[random.permutation(free)[: search.p - int(picked.sum())]] = True
        if not search.deadline.passed:
            search.try_start(picked)


def _filled(opened: Bools, state: Bytes, p: int) -> Bools:
    """``opened`` and the lowest-numbered allowed sites up to ``p``."""
    filled = opened.copy()
    closed = np.flatnonzero(~opened & (state >= 0))
    filled[closed[: max(0, p - int(opened.sum()))]] = True
    return filled


def _result(search: MedianSearch, proven: bool, started: float) -> SitingResult:
    opened = _filled(search.opened, search.given, search.p)
    first, _, nearest = search.table.serve(opened)
    objective = float(first.sum())
    bound = objective if proven else search.bound
    return SitingResult(
        np.flatnonzero(opened), nearest, objective, bound if np.isfinite(bound) else None,
        SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, time.perf_counter() - started,
    )  # fmt: skip
