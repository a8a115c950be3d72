"""The linear relaxation of choosing among listed routes, tightened, with a bound in exact integers.

Rows over all columns: every stop once (equalities), at most so many vehicles of a limited type, and valid
inequalities written as ``coefficients · x ≤ limit`` with whole coefficients:

* **Fewest routes.** When the relaxation of "as few routes as possible" needs more than k − 1, every plan has k.
* **Subset rows** of three stops (Jepsen et al. 2008, doi:10.1287/opre.1070.0449): Σ ⌊|r ∩ S| / 2⌋ x_r ≤ 1.

Dual values come from HiGHS in floating point and are rounded to whole numbers. For *any* whole numbers π
(free) and μ ≤ 0, a plan's cost is Σ π + μ · use + its columns' reduced costs, it has at most one column a stop
and ``use`` is at most the limits; so the bound below holds exactly, whatever the solver's tolerances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.problem import IntArray

FloatArray = npt.NDArray[np.float64]

FIRST_POOL: Final = 500
ADDED_AT_ONCE: Final = 300
CUT_ROUNDS: Final = 12
CUTS_AT_ONCE: Final = 40
LEAST_VIOLATION: Final = 0.02
BINDING: Final = 1e-6
LEAST_REDUCED: Final = 1e-6
MOST_TRIPLE_STOPS: Final = 62
"""Triples are listed in full; beyond this many stops the list would be long."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One inequality Σ coefficients · x ≤ limit, whole numbers, one coefficient per column."""

    coefficients: IntArray
    limit: int


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """Solution of the relaxation: x and reduced cost of every column, and a bound on every plan."""

    x: FloatArray
    reduced: IntArray
    bound: int


@dataclass(slots=True, eq=False)
class Master:
    """Columns as arrays, and the columns the linear programme has needed so far (``pool``, ascending)."""

    cost: IntArray
    cover: IntArray
    pool: IntArray = field(init=False)

    def __post_init__(self) -> None:
        sizes = self.cover.sum(axis=0)
        promising = np.argsort(self.cost / np.maximum(sizes, 1), kind="stable")[:FIRST_POOL]
        self.pool = np.union1d(promising, np.flatnonzero(sizes == 1))

    @property
    def n_stops(self) -> int:
        """Number of stops: rows of ``cover``."""
        return int(self.cover.shape[0])

    def relax(self, rows: list[Row]) -> Relaxed | None:
        """Solve the relaxation with ``rows``; None when it has no solution."""
        return self._relax(self.cost, rows)

    def fewest_routes(self, rows: list[Row]) -> int:
        """A number of columns that every plan has at least."""
        unit = 10**6
        relaxed = self._relax(np.full_like(self.cost, unit), rows)
        return 0 if relaxed is None else -(-relaxed.bound // unit)

    def cut(self, rows: list[Row], cost_to_beat: int, rounds: int = CUT_ROUNDS) -> tuple[list[Row], Relaxed | None]:
        """``rows`` with violated subset rows added, round by round, and the relaxation they give.

        Rows added in an earlier round that no longer bind are left out again.
        """
        cuts: list[Row] = []
        relaxed = self.relax(rows)
        for _ in range(rounds):
            if relaxed is None or relaxed.bound >= cost_to_beat:
                break
            violated = self._violated(relaxed.x)
            if not violated:
                break
            used = np.flatnonzero(relaxed.x > 1e-9)
            x = relaxed.x[used]
            binding = [row for row in cuts if row.limit - float(row.coefficients[used] @ x) < BINDING]
            cuts = binding + violated
            relaxed = self.relax([*rows, *cuts])
        return [*rows, *cuts], relaxed

    def _violated(self, x: FloatArray) -> list[Row]:
        if not 3 <= self.n_stops <= MOST_TRIPLE_STOPS:
            return []
        triples = np.array(list(combinations(range(self.n_stops), 3)), dtype=np.int64)
        used = np.flatnonzero(x > 1e-9)
        together = (self.cover[:, used] * x[used]) @ self.cover[:, used].T
        first, second, third = triples.T
        most = together[first, second] + together[first, third] + together[second, third]
        triples = triples[most > 1.0 + LEAST_VIOLATION]
        halves = self.cover[:, used][triples].sum(axis=1) // 2
        excess = halves @ x[used] - 1.0
        worst = np.argsort(-excess, kind="stable")[:CUTS_AT_ONCE]
        return [Row(self.cover[triples[k]].sum(axis=0) // 2, 1) for k in worst.tolist() if excess[k] > LEAST_VIOLATION]

    def _relax(self, cost: IntArray, rows: list[Row]) -> Relaxed | None:
        limits = np.array([row.limit for row in rows], dtype=np.int64)
        matrix = np.vstack([self.cover, *(row.coefficients for row in rows)])
        scale = 1.0 / max(float(np.median(cost)), 1.0)
        while True:
            answer = self._solve(cost.astype(np.float64) * scale, matrix, limits)
            if answer is None:
                missing = np.setdiff1d(np.arange(cost.size), self.pool)
                if missing.size == 0:
                    return None
                self.pool = np.arange(cost.size)
                continue
            values, duals = answer
            whole = np.rint(duals / scale).astype(np.int64)
            whole[self.n_stops :] = np.minimum(whole[self.n_stops :], 0)
            reduced = cost - whole @ matrix
            outside = reduced.astype(np.float64)
            outside[self.pool] = np.inf
            wanted = np.argsort(outside, kind="stable")[:ADDED_AT_ONCE]
            wanted = wanted[outside[wanted] * scale < -LEAST_REDUCED]
            if wanted.size == 0:
                break
            self.pool = np.union1d(self.pool, wanted)
        x = np.zeros(cost.size)
        x[self.pool] = values
        base = int(whole[: self.n_stops].sum()) + int(whole[self.n_stops :] @ limits)
        return Relaxed(x, reduced, base + self.n_stops * min(0, int(reduced.min())))

    def _solve(self, cost: FloatArray, matrix: IntArray, limits: IntArray) -> tuple[FloatArray, FloatArray] | None:
        from scipy.optimize import linprog  # slow to import

        part = matrix[:, self.pool].astype(np.float64)
        n = self.n_stops
        answer = linprog(
            cost[self.pool],
            A_eq=part[:n],
            b_eq=np.ones(n),
            A_ub=part[n:] if limits.size else None,
            b_ub=limits.astype(np.float64) if limits.size else None,
            method="highs-ds",
        )
        if answer.status == 2:
            return None
        if answer.status != 0:
            raise RuntimeError(f"the linear relaxation of a routing problem was not solved: {answer.message}")
        duals = np.asarray(answer.eqlin.marginals, dtype=np.float64)
        if limits.size:
            duals = np.concatenate([duals, np.asarray(answer.ineqlin.marginals, dtype=np.float64)])
        return np.asarray(answer.x, dtype=np.float64), duals
