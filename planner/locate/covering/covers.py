"""Covers of least cost: prices, branch and bound, and SCIP on what the prices leave open (``docs/model.md`` §6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.coverage.kernels_branching import solve_priced
from planner.locate.covering.kernels import ascend
from planner.locate.engine import Deadline, MatrixModel, minimise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SLACK = 1 - 1e-6
"""Costs are whole numbers: a bound above value - 1 proves the value."""
ROUNDS = 1_000
"""Most rounds of prices."""
CHECK_EVERY = 20
"""Rounds between two looks at whether the question put is answered."""
WORK_AT_ONCE = 20_000_000
"""Entries looked at between two looks at the clock."""
COVER_WORK = 50_000
"""A cover is made of the prices every so many entries of the coverage in rounds."""
NODES = 2_500
"""Nodes that compiled search may take before SCIP is asked."""
NODE_WORK = 1_000_000_000
"""Fewer nodes where each looks at many entries: so many in all."""
NODE_ROUNDS = 40
"""Rounds of prices at a node."""


@dataclass(slots=True, eq=False)
class CoverSearch:
    """``opened`` is the best cover of the rows of ``part``, ``value`` its cost, ``bound`` a true one from below.

    ``costs`` are whole numbers from 1 up; every row has a site.
    """

    part: csr_array
    columns: csr_array
    costs: Floats
    deadline: Deadline
    seed: int
    opened: Bools
    dual: Floats
    bound: float = -np.inf

    @classmethod
    def of(cls, part: csr_array, costs: Floats, deadline: Deadline, seed: int) -> CoverSearch:
        """Begin with all sites open, and each demand paying the least share of a cost that it can have."""
        part = csr_array((part.data, part.indices.astype(np.int32), part.indptr.astype(np.int64)), shape=part.shape)
        part.sort_indices()
        columns = csr_array(part.T)
        columns.sort_indices()
        share = (costs / np.diff(columns.indptr))[part.indices]
        dual = np.minimum.reduceat(share, part.indptr[:-1])
        return cls(part, columns, costs, deadline, seed, np.ones(len(costs), dtype=bool), dual)

    @property
    def value(self) -> float:
        """Cost of the best cover."""
        return float(self.costs[self.opened].sum())

    @property
    def closed(self) -> bool:
        """Whether the bound proves the value."""
        return self.bound > self.value - SLACK

    def run(self) -> bool:
        """Search to proof; False when time ran out first."""
        self._ascend()
        if not self.closed and not self.deadline.passed:
            self._branch()
        if not self.closed and not self.deadline.passed:
            self._core()
        return self.closed

    def at_most(self, value: float, rounds: int) -> bool | None:
        """Whether some cover costs at most ``value``, as far as prices tell within so many rounds."""
        out = np.array([-np.inf, 1.0])
        for _ in range(0, rounds, CHECK_EVERY):
            used = ascend(*self._arrays, self.costs, SLACK, CHECK_EVERY, 1, self.dual, self.opened, out)
            self.bound = max(self.bound, float(out[0]))
            if self.value <= value:
                return True
            if self.bound > value + 1 - SLACK:
                return False
            if used < CHECK_EVERY or self.deadline.passed:
                return None
        return None

    def decided(self, value: float) -> tuple[Bools, Bools]:
        """Which sites are in no cover of at most this cost, and which in each, as the prices prove."""
        reduced = self.costs - self.columns @ self.dual
        priced = float(self.dual.sum() + np.minimum(reduced, 0.0).sum())
        sure = priced + np.abs(reduced) > value
        return sure & (reduced > 0), sure & (reduced < 0)

    @property
    def _arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
        columns, part = self.columns, self.part
        return (
            columns.indptr.astype(np.int64), columns.indices.astype(np.int32), part.indptr.astype(np.int64),
            part.indices.astype(np.int32),
        )  # fmt: skip

    def _ascend(self) -> None:
        every = 1 + self.part.nnz // COVER_WORK
        at_once = max(2 * every, min(ROUNDS, WORK_AT_ONCE // (self.part.nnz + len(self.costs))))
        left, out = ROUNDS, np.array([-np.inf, 1.0])
        while left > 0:
            used = ascend(*self._arrays, self.costs, SLACK, at_once, every, self.dual, self.opened, out)
            self.bound, left = max(self.bound, float(out[0])), left - at_once
            if used < at_once or self.deadline.passed:
                return

    def _branch(self) -> None:
        """As maximal coverage at a price of each site: an uncovered demand costs its cheapest site.

        That site would cover it for as much, so some best solution covers everything.
        """
        cheapest = np.minimum.reduceat(self.costs[self.part.indices], self.part.indptr[:-1])
        everything, out = float(cheapest.sum()), np.empty(1)
        nodes = np.array([min(NODES, NODE_WORK // (NODE_ROUNDS * self.part.nnz))])
        opened = np.zeros(len(self.costs), dtype=bool)
        solve_priced(
            *self._arrays[2:], -self.costs, cheapest, np.minimum(self.dual, cheapest), everything - self.value, SLACK,
            NODE_ROUNDS, opened, out, nodes,
        )  # fmt: skip
        bare = self.part @ opened.astype(np.int64) == 0
        for row in np.flatnonzero(bare).tolist():
            sites = self.part.indices[self.part.indptr[row] : self.part.indptr[row + 1]]
            if not opened[sites].any():
                opened[sites[np.argmin(self.costs[sites])]] = True
        bound = float(np.ceil(everything - out[0] - (1 - SLACK) / 2))
        if self.costs[opened].sum() < self.value:
            self.opened = opened
        self.bound = max(self.bound, min(bound, self.value))

    def _core(self) -> None:
        """SCIP over the sites whose use the prices leave open: a better cover uses the others as they have it."""
        out, fixed = self.decided(self.value - SLACK)
        undecided = ~out & ~fixed
        rows = np.flatnonzero(self.part @ fixed.astype(np.int64) == 0)
        sites = np.flatnonzero(undecided)
        coverage = csr_array(self.part[rows][:, sites].astype(np.float64))
        base, one = float(self.costs[fixed].sum()), np.ones(len(sites))
        model = MatrixModel(
            coverage, np.ones(len(rows)), np.full(len(rows), np.inf), np.zeros(len(sites)), one, one.astype(bool),
            np.zeros(len(sites), dtype=bool),
        )  # fmt: skip
        fits = not (self.opened & ~undecided & ~fixed).any()
        hint = self.opened[sites].astype(float) if fits else None
        outcome = minimise(model, self.costs[sites], deadline=self.deadline.nearly(), seed=self.seed, hint=hint)
        if outcome.values is not None:
            opened = fixed.copy()
            opened[sites] = outcome.values > 0.5
            if self.costs[opened].sum() < self.value:
                self.opened = opened
        if outcome.infeasible:
            self.bound = self.value
        elif outcome.bound is not None:
            self.bound = max(self.bound, min(self.value, base + np.ceil(outcome.bound - 1e-6)))
