"""The p-center problem: p sites with the least largest distance (Hakimi 1964), by radii and covers (Minieka 1970)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.locate.arguments import Bools, Choice, Floats, MedianArguments, time_limit
from planner.locate.covering.covers import CoverSearch
from planner.locate.engine import Deadline, MatrixModel, minimise
from planner.locate.medians.kernels import add_greedily, greedy_cover, greedy_packing
from planner.locate.medians.table import CostTable
from planner.locate.result import SitingResult, nothing_opened

PRICE_ROUNDS = 200
"""Rounds of prices before SCIP is asked whether p sites cover all."""


def p_center(
    distance: Any,
    p: int,
    *,
    weights: ArrayLike | None = None,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> SitingResult:
    """Open ``p`` sites so that the largest weighted distance of a demand to its nearest open site is least, to proof.

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
    costs, choice, p = given.costs, given.choice, given.p
    n_demands = costs.shape[0]
    if choice.required.sum() > p or (n_demands and p < 1):
        return nothing_opened(n_demands, SolveStatus.INFEASIBLE, None, time.perf_counter() - started)
    search = _Radii(costs, choice, p, np.unique(costs.data), deadline, seed)
    opened, low, high = search.run()
    seconds = time.perf_counter() - started
    if opened is None:
        if low == len(search.levels):
            return nothing_opened(n_demands, SolveStatus.INFEASIBLE, None, seconds)
        bound = float(search.levels[low]) if len(search.levels) else None
        return nothing_opened(n_demands, SolveStatus.NO_SOLUTION_IN_TIME, bound, seconds)
    return _result(search, given.ways, opened, (low, high), started)


@dataclass(slots=True, eq=False)
class _Radii:
    """The search over ``levels``, the costs that occur: the optimum is the least that ``p`` sites cover."""

    costs: csr_array
    choice: Choice
    p: int
    levels: Floats
    deadline: Deadline
    seed: int

    def run(self) -> tuple[Bools | None, int, int]:
        """Sites, first level not yet ruled out, level that the sites reach; they meet when proven.

        Greedy covers give a first level, greedy packings a lower one; then levels are decided exactly, from the
        best one downwards in growing steps, then by halves.
        """
        if not self.costs.shape[0]:
            return self.choice.required.copy(), 0, 0
        low, high, best = self._least(), len(self.levels), None
        start, end = low, high
        while start < end:
            level = (start + end) // 2
            opened = self._greedily(level)
            if opened is None:
                start = level + 1
            else:
                best, high, end = opened, level, level
        start, end = low, high
        while start < end:
            level = (start + end) // 2
            if self._packs(level):
                start = low = level + 1
            else:
                end = level
        stride, galloping = 1, True
        while low < high and not self.deadline.passed:
            level = max(low, high - stride) if galloping else (low + high) // 2
            answer, opened = self._exactly(level)
            if answer is None:
                break
            if opened is not None:
                best, high = opened, level
                stride *= 2
            else:
                low, galloping = level + 1, False
        return best, low, high

    def _least(self) -> int:
        """The level of the demand whose cheapest allowed way is dearest; all levels when one has none."""
        matrix = self.costs
        usable = ~self.choice.forbidden[matrix.indices]
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[usable]
        cheapest = np.full(matrix.shape[0], np.inf)
        np.minimum.at(cheapest, rows, matrix.data[usable])
        return int(np.searchsorted(self.levels, cheapest.max(initial=0.0)))

    def _within(self, level: int) -> csr_array:
        matrix = self.costs
        kept = matrix.data <= self.levels[level]
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[kept]
        ones = np.ones(int(kept.sum()), dtype=np.int64)
        return csr_array((ones, (rows, matrix.indices[kept])), shape=matrix.shape)

    def _greedily(self, level: int) -> Bools | None:
        coverage = self._within(level).tocsc()
        opened = self.choice.required.copy()
        size = greedy_cover(
            coverage.indptr.astype(np.int64), coverage.indices.astype(np.int32), coverage.shape[0],
            opened, self.choice.forbidden,
        )  # fmt: skip
        return opened if 0 <= size <= self.p else None

    def _packs(self, level: int) -> bool:
        """Whether more than ``p`` demands are found of which no allowed site covers two: too few sites for them."""
        coverage = self._within(level)
        columns = coverage.tocsc()
        order = np.argsort(np.diff(coverage.indptr), kind="stable")
        size = greedy_packing(
            coverage.indptr.astype(np.int64), coverage.indices.astype(np.int32), columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32), order, self.choice.forbidden,
        )  # fmt: skip
        return bool(size > self.p)

    def _by_prices(self, level: int) -> tuple[bool | None, Bools | None, NDArray[np.int8]]:
        """As `_exactly`, by covers from the prices of demands and their bound; None where these do not decide it.

        Also for each site 1 when it is in every such set, -1 when it is in none, as far as that is known.
        """
        state = self.choice.state
        coverage = self._within(level)
        bare = np.flatnonzero(coverage @ self.choice.required.astype(np.int64) == 0)
        sites = np.flatnonzero(state == 0)
        part, left = csr_array(coverage[bare][:, sites]), self.p - int(self.choice.required.sum())
        if not len(bare):
            return True, self.choice.required.copy(), state
        if (np.diff(part.indptr) == 0).any():
            return False, None, state
        useful = np.flatnonzero(np.bincount(part.indices, minlength=len(sites)))
        sites, part = sites[useful], csr_array(part[:, useful])
        search = CoverSearch.of(part, np.ones(len(sites)), self.deadline, self.seed)
        answer = search.at_most(left, PRICE_ROUNDS)
        if answer:
            opened = self.choice.required.copy()
            opened[sites[search.opened]] = True
            return True, opened, state
        out, fixed = search.decided(left + 1e-6)
        state[sites[out]], state[sites[fixed]] = -1, 1
        return answer, None, state

    def _exactly(self, level: int) -> tuple[bool | None, Bools | None]:
        """Whether ``p`` sites cover everything at a level (None when time ran out), and such sites."""
        answer, opened, state = self._by_prices(level)
        if answer is not None or self.deadline.passed:
            return answer, opened
        coverage = self._within(level).astype(np.float64)
        n_demands, n_sites = coverage.shape
        model = MatrixModel(
            csr_array(coverage), np.ones(n_demands), np.full(n_demands, np.inf), (state > 0).astype(float),
            np.where(state < 0, 0.0, 1.0), np.ones(n_sites, dtype=bool), np.zeros(n_sites, dtype=bool),
        ).with_rows(csr_array(np.ones((1, n_sites))), -np.inf, float(self.p))  # fmt: skip
        outcome = minimise(model, np.zeros(n_sites), deadline=self.deadline, seed=self.seed)
        if outcome.values is not None:
            return True, outcome.values > 0.5
        return (False if outcome.infeasible else None), None


def _result(search: _Radii, ways: csr_array, opened: Bools, found: tuple[int, int], started: float) -> SitingResult:
    """Fill up to ``p`` sites, those that lower the total distance most first, and assign demands to the nearest."""
    table = CostTable.of(search.costs, ways)
    state = search.choice.state
    opened = opened.copy()
    add_greedily(table.col_at, table.col_demand, table.col_cost, search.p, table.none, opened, state)
    first, _, nearest = table.serve(opened)
    objective = float(first.max(initial=0.0))
    low, high = found
    proven = low >= high
    bound = objective if proven else float(search.levels[low])
    return SitingResult(
        np.flatnonzero(opened), nearest, objective, bound,
        SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, time.perf_counter() - started,
    )  # fmt: skip
