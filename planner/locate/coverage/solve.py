"""Maximal covering: the sites within a budget that cover most (Church and ReVelle 1974)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.locate.arguments import (
    RELATIVE,
    Bools,
    Choice,
    Floats,
    boolean_matrix,
    common_step,
    count,
    one_number,
    real_numbers,
    time_limit,
)
from planner.locate.coverage.problem import Covering
from planner.locate.coverage.search import CoveringSearch
from planner.locate.engine import Deadline
from planner.locate.result import SitingResult, nothing_opened

ENDING_S = 0.02
"""Kept back from a time limit to write the result down: who is served from where."""


def maximal_covering(
    coverage: Any,
    weights: ArrayLike,
    *,
    budget: float | None = None,
    max_sites: int | None = None,
    costs: ArrayLike | None = None,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> SitingResult:
    """Open sites within a budget (or at most so many) so that most weight is covered, to proof.

    Parameters
    ----------
    coverage
        Demand × site, sparse or dense; an entry that is not zero means that the site covers the demand.
    weights
        Of each demand.
    budget, max_sites
        Exactly one of them: the most that the open sites may cost together, or how many there may be.
    costs
        Of each site, with ``budget`` only; None for one each.
    required, forbidden
        Numbers of sites that must, or must not, be open; required ones count towards the limit.
    time_limit_s, seed
        None for no limit. Without a limit the result depends on the arguments alone.

    Raises
    ------
    ValueError
        Something is NaN, infinite or negative, a shape does not fit, a site number is out of range, a site is
        required and forbidden, or not exactly one limit is given.
    """
    started = time.perf_counter()
    limit_s = time_limit(time_limit_s)
    deadline = Deadline(None if limit_s is None else max(0.0, limit_s - ENDING_S))
    matrix = boolean_matrix(coverage)
    n_demands, n_sites = matrix.shape
    weight = real_numbers(weights, "weights", (n_demands,))
    cost, limit = _limit(budget, max_sites, costs, n_sites)
    choice = Choice.of(required, forbidden, n_sites)
    opened = choice.required | ((cost == 0) & ~choice.forbidden)
    limit -= float(cost[opened].sum())
    if limit < -RELATIVE * float(cost[opened].sum()):
        return nothing_opened(n_demands, SolveStatus.INFEASIBLE, None, time.perf_counter() - started)
    left, base = _left(matrix, weight, opened)
    usable = ~opened & ~choice.forbidden
    problem = Covering.reduced(matrix, left, cost, max(0.0, limit), usable)
    step = common_step(weight) or RELATIVE * max(float(weight.sum()), 1e-300)
    search = CoveringSearch(problem, step, deadline, seed)
    proven = search.run()
    opened |= search.opened
    opened &= choice.required | _covers(matrix, n_sites)
    objective = _left(matrix, weight, opened)[1]
    bound = objective if proven else max(objective, min(base + search.bound, float(weight.sum())))
    return SitingResult(
        np.flatnonzero(opened), _assigned(matrix, opened), objective, bound,
        SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, time.perf_counter() - started,
    )  # fmt: skip


def _limit(budget: float | None, max_sites: int | None, costs: ArrayLike | None, n_sites: int) -> tuple[Floats, float]:
    """Cost of each site, and what may be spent."""
    if (budget is None) == (max_sites is None):
        raise ValueError("give either budget or max_sites")
    if max_sites is not None:
        if costs is not None:
            raise ValueError("costs go with budget, not with max_sites")
        return np.ones(n_sites), float(count(max_sites, "max_sites"))
    cost = np.ones(n_sites) if costs is None else real_numbers(costs, "costs", (n_sites,))
    return cost, one_number(budget, "budget")


def _left(matrix: csr_array, weight: Floats, opened: Bools) -> tuple[Floats, float]:
    """The weights of what the open sites leave uncovered (0 for the rest), and the weight that they cover."""
    done = matrix @ opened.astype(np.int64) > 0
    return np.where(done, 0.0, weight), float(weight[done].sum())


def _covers(matrix: csr_array, n_sites: int) -> Bools:
    return np.asarray(np.bincount(matrix.indices, minlength=n_sites) > 0)


def _assigned(matrix: csr_array, opened: Bools) -> Any:
    """The lowest-numbered open site that covers each demand, -1 for none."""
    sites = np.flatnonzero(opened)
    part = csr_array(matrix[:, sites])
    part.sort_indices()
    assignment = np.full(matrix.shape[0], -1)
    some = np.diff(part.indptr) > 0
    assignment[some] = sites[part.indices[part.indptr[:-1][some]]]
    return assignment
