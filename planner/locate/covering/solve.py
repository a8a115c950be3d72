"""Location set covering: the cheapest sites such that every demand has one within reach (Toregas et al. 1971)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.locate.arguments import Choice, boolean_matrix, real_numbers, time_limit
from planner.locate.covering.covers import CoverSearch
from planner.locate.engine import Deadline

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class CoverResult:
    """A cover and its proof.

    ``open_sites`` ascending; ``assignment`` gives each demand the lowest-numbered open site that covers it, -1 for
    none; ``bound`` is a true lower bound or None; ``uncoverable`` are the demands that no allowed site covers, which
    make the status ``infeasible``. ``objective`` is None without a cover.
    """

    open_sites: Ints
    assignment: Ints
    objective: int | None
    bound: float | None
    status: SolveStatus
    seconds: float
    uncoverable: Ints


@dataclass(slots=True, eq=False)
class _Reduction:
    """What is left of the problem: ``chosen`` sites are open in some optimum, ``rows`` and ``columns`` still count."""

    coverage: csr_array
    costs: Ints
    rows: Bools
    columns: Bools
    chosen: list[int]

    def run(self) -> None:
        """Reduce until nothing changes: forced sites, dominated sites, dominated demands (docs/model.md §6)."""
        while self.rows.any():
            before = int(self.rows.sum()), int(self.columns.sum()), len(self.chosen)
            self._open_forced()
            self._drop_sites()
            self._drop_demands()
            if before == (int(self.rows.sum()), int(self.columns.sum()), len(self.chosen)):
                return

    def left(self) -> tuple[csr_array, Ints, Ints]:
        """The remaining matrix with its row and column numbers."""
        rows, columns = np.flatnonzero(self.rows), np.flatnonzero(self.columns)
        return csr_array(self.coverage[rows][:, columns]), rows, columns

    def take(self, site: int) -> None:
        """Open ``site``: its demands are done."""
        self.chosen.append(site)
        self.columns[site] = False
        held = self.coverage[:, [site]].nonzero()[0]
        self.rows[held] = False

    def _open_forced(self) -> None:
        """A demand with one site left forces it open; a free site that covers something is opened."""
        part, _, columns = self.left()
        single = np.flatnonzero(np.diff(part.indptr) == 1)
        forced = np.unique(part.indices[part.indptr[single]])
        free = np.flatnonzero(self.costs[columns] == 0)
        for site in columns[np.union1d(forced, free)].tolist():
            self.take(site)

    def _drop_sites(self) -> None:
        """A site that covers no more than another that costs no more is dropped (lower number kept among equals)."""
        part, _, columns = self.left()
        size = np.bincount(part.indices, minlength=len(columns))
        shared = csr_array(part.T @ part).tocoo()
        a, b = shared.coords
        inside = (shared.data == size[a]) & (a != b)
        a, b = a[inside], b[inside]
        cost = self.costs[columns]
        better = (cost[b] < cost[a]) | ((cost[b] == cost[a]) & ((size[b] > size[a]) | (b < a)))
        self.columns[columns[np.unique(a[better])]] = False
        self.columns[columns[size == 0]] = False

    def _drop_demands(self) -> None:
        """A demand whose sites include all those of another is met with it: dropped (lower number kept of equals)."""
        part, rows, _ = self.left()
        size = np.diff(part.indptr)
        shared = csr_array(part @ part.T).tocoo()
        a, b = shared.coords
        inside = (shared.data == size[b]) & (a != b)
        a, b = a[inside], b[inside]
        self.rows[rows[np.unique(a[(size[b] < size[a]) | (b < a)])]] = False


def set_covering(
    coverage: Any,
    costs: ArrayLike | None = None,
    *,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> CoverResult:
    """Open the cheapest sites that cover every demand, to proof.

    Parameters
    ----------
    coverage
        Demand × site, sparse or dense; an entry that is not zero means that the site covers the demand.
    costs
        Whole cost of each site, not negative; None for one each, so that the objective counts sites.
    required, forbidden
        Numbers of sites that must, or must not, be open.
    time_limit_s, seed
        Of the solver; None for no limit.

    Raises
    ------
    ValueError
        Something is NaN, infinite or negative, costs are not whole numbers, a site number is out of range, or a site
        is required and forbidden.
    """
    started = time.perf_counter()
    matrix = boolean_matrix(coverage)
    n_demands, n_sites = matrix.shape
    cost = _costs(costs, n_sites)
    choice = Choice.of(required, forbidden, n_sites)
    allowed = ~choice.forbidden
    uncoverable = np.flatnonzero(matrix @ allowed.astype(np.int64) == 0)
    if len(uncoverable):
        nothing, none = np.zeros(0, dtype=np.int64), np.full(n_demands, -1)
        return CoverResult(
            nothing, none, None, None, SolveStatus.INFEASIBLE, time.perf_counter() - started, uncoverable
        )
    reduction = _Reduction(matrix, cost, np.ones(n_demands, dtype=bool), allowed, [])
    for site in np.flatnonzero(choice.required).tolist():
        reduction.take(site)
    reduction.run()
    fixed = int(cost[reduction.chosen].sum())
    picked, bound, ended = _solve(reduction, Deadline(time_limit(time_limit_s)), seed)
    if picked is None:
        nothing, none = np.zeros(0, dtype=np.int64), np.full(n_demands, -1)
        total = None if bound is None else bound + fixed
        spent = time.perf_counter() - started
        return CoverResult(nothing, none, None, total, SolveStatus.NO_SOLUTION_IN_TIME, spent, uncoverable)
    opened = np.unique(np.concatenate([np.array(reduction.chosen, dtype=np.int64), picked]))
    objective = int(cost[opened].sum())
    total = None if bound is None else min(float(objective), bound + fixed)
    status = SolveStatus.OPTIMAL if ended and total is not None and total > objective - 1 else SolveStatus.FEASIBLE
    if status is SolveStatus.OPTIMAL:
        total = float(objective)
    covered_by = csr_array(matrix[:, opened])
    covered_by.sort_indices()
    assignment = opened[covered_by.indices[covered_by.indptr[:-1]]] if n_demands else np.zeros(0, dtype=np.int64)
    return CoverResult(opened, assignment, objective, total, status, time.perf_counter() - started, uncoverable)


def _solve(reduction: _Reduction, deadline: Deadline, seed: int) -> tuple[Ints | None, float | None, bool]:
    """Sites of a cover of what is left, a bound on its cost, and whether the search went to its end."""
    part, rows, columns = reduction.left()
    if not len(rows):
        return np.zeros(0, dtype=np.int64), 0.0, True
    scale = max(1, int(np.gcd.reduce(reduction.costs[columns])))
    search = CoverSearch.of(part, reduction.costs[columns] / scale, deadline, seed)
    ended = search.run()
    bound = None if search.bound == -np.inf else math.ceil(search.bound - 1e-6) * float(scale)
    return columns[search.opened], bound, ended


def _costs(costs: ArrayLike | None, n_sites: int) -> Ints:
    if costs is None:
        return np.ones(n_sites, dtype=np.int64)
    given = real_numbers(costs, "costs", (n_sites,))
    if (given != np.floor(given)).any():
        raise ValueError(f"costs must be {n_sites} whole numbers from 0 up")
    return given.astype(np.int64)
