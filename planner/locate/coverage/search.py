"""Prices, swaps and cores, until value and bound of a maximal covering problem meet (``docs/model.md`` §11.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.locate.arguments import proof_slack
from planner.locate.coverage.core import solve_core
from planner.locate.coverage.kernels import Bools, Floats
from planner.locate.coverage.kernels_relaxation import advance, price
from planner.locate.coverage.parts import PartSearch
from planner.locate.coverage.problem import Covering
from planner.locate.engine import Deadline

ROUNDS_AT_ONCE = 40
CHUNKS = 50
FIRST_WEIGHT = 3.0
"""Weight of the steps of shares against those of prices, to begin with."""
NEAR = 0.02
"""The relaxation is solved well enough when it could lower the bound by this share of the gap at most."""
FIRST_CORE = 1_000
"""Sites in the first core."""
GROWTH = 8
"""Each later core is so many times as large."""
CORE_NODES = 200
"""Nodes a core may take unless it holds every site still free."""
LEAST_CORE_S = 0.5
"""With less time left no core is begun: swaps go on until the limit."""
DISTURBED = 0.08
"""Share of the open sites that a disturbed start passes over."""


@dataclass(slots=True, eq=False)
class CoveringSearch:
    """``opened`` is the best solution found, ``value`` the weight it covers, ``bound`` a true one from above.

    ``step`` is the unit of the weights: all values are multiples of it, or nearly so when the weights have none.
    """

    problem: Covering
    step: float
    deadline: Deadline
    seed: int
    opened: Bools = field(init=False)
    value: float = field(init=False)
    bound: float = field(init=False)
    _dual: Floats = field(init=False)
    _share: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.opened = np.zeros(self.problem.n_sites, dtype=bool)
        self.value = 0.0
        self.bound = float(self.problem.weights.sum())
        self._dual = self.problem.weights * 0.5
        free = self.problem.state == 0
        room = self.problem.budget / max(float(self.problem.costs[free].sum()), 1e-300)
        self._share = np.where(free, min(1.0, room), 0.0)

    @property
    def closed(self) -> bool:
        """Whether the bound proves the value."""
        return self.bound < self.value + proof_slack(self.value, self.step)

    def run(self) -> bool:
        """Search to proof; False when time ran out first."""
        start = self.opened.copy()
        self.problem.greedy(start)
        self._try(start)
        if not self.closed:
            self._lower()
        if not self.closed:
            self._divide()
        if not self.closed:
            self._cores()
        return self.closed

    def _try(self, opened: Bools) -> None:
        """Improve a set of sites by swaps and keep it if it covers most."""
        self._offer(opened, self.problem.improve(opened))

    def _offer(self, opened: Bools, value: float) -> None:
        if value > self.value:
            self.value, self.opened = value, opened.copy()

    def _lower(self) -> None:
        """Solve the relaxation; after each chunk of rounds swap from the sites that it favours."""
        problem, random = self.problem, np.random.default_rng(self.seed)
        share, dual = self._share.copy(), self._dual.copy()
        share_0, dual_0 = share.copy(), dual.copy()
        memory = np.array([np.inf, -np.inf, 0.0, 0.0, np.inf, np.inf, FIRST_WEIGHT, 0.0])
        for _ in range(CHUNKS):
            if self.deadline.passed:
                return
            advance(
                *problem.arrays, problem.weights, problem.costs, problem.budget, problem.state, self._goal,
                NEAR * (self.bound - self.value), ROUNDS_AT_ONCE, share, dual, share_0, dual_0, self._share,
                self._dual, memory,
            )  # fmt: skip
            self.bound = min(self.bound, float(memory[0]))
            self._try(self._favoured(self._share))
            noise = random.random(problem.n_sites)
            self._try(self._favoured((self._share + self.opened) * (noise > DISTURBED) + 1e-3 * noise))
            if self.closed or memory[0] - memory[1] <= NEAR * (self.bound - self.value):
                return

    def _divide(self) -> None:
        """Solve the parts that no demand joins, where sites are counted."""
        if (self.problem.costs != 1.0).any() or self.deadline.passed:
            return
        parts = PartSearch(self.problem, self.step, self.deadline, self.seed, self.opened, self.value, self.bound)
        parts.run(self._dual)
        self.opened, self.value, self.bound = parts.opened, parts.value, parts.bound

    def _favoured(self, favour: Floats) -> Bools:
        """The sites of most favour for their cost that fit the budget."""
        rate = np.where(self.problem.state == 0, favour / np.maximum(self.problem.costs, 1e-12), -1.0)
        order = np.argsort(-rate, kind="stable")[: int((rate > 0).sum())]
        opened = np.zeros(self.problem.n_sites, dtype=bool)
        opened[order[np.cumsum(self.problem.costs[order]) <= self.problem.budget]] = True
        return opened

    def _cores(self) -> None:
        """Solve over the sites whose use the prices leave most open, then over more, until that proves the value."""
        size = FIRST_CORE
        while not self.closed and not self.deadline.passed:
            if (self.deadline.left_s() or LEAST_CORE_S) < LEAST_CORE_S:
                self._swap_on()
                return
            priced, penalty, taken = self._penalties()
            undecided = np.flatnonzero((self.problem.state == 0) & (priced - penalty >= self._goal))
            order = undecided[np.argsort(penalty[undecided], kind="stable")]
            whole = size >= len(order)
            core = np.zeros(self.problem.n_sites, dtype=bool)
            core[order[:size]] = True
            others = taken & ~core
            begin = self._fitted(others, core)
            answer = solve_core(
                self.problem,
                core,
                begin,
                self.step,
                deadline=self.deadline.nearly(),
                seed=self.seed,
                nodes=None if whole else CORE_NODES,
            )
            if answer.opened is not None:
                self._try(answer.opened)
            beyond = -np.inf if whole else priced - float(penalty[order[size]])
            if answer.bound is not None:
                reached = max(answer.bound, beyond, self.value)
                self.bound = min(self.bound, reached)
            if whole:
                return
            size *= GROWTH

    def _swap_on(self) -> None:
        """Disturb and swap the best solution until the limit."""
        random = np.random.default_rng(self.seed + 1)
        while not self.closed and not self.deadline.passed:
            noise = random.random(self.problem.n_sites)
            self._try(self._favoured((self._share + self.opened) * (noise > DISTURBED) + 1e-3 * noise))

    @property
    def _goal(self) -> float:
        """What a better solution would cover at least."""
        return self.value + proof_slack(self.value, self.step)

    def _penalties(self) -> tuple[float, Floats, Bools]:
        """The bound of the best prices, how much lower it gets when a site is used otherwise, and the sites taken."""
        problem = self.problem
        worth, taken, rates = np.empty(problem.n_sites), np.empty(problem.n_sites), np.empty(2)
        priced = price(
            problem.site_at, problem.site_demand, problem.weights, problem.costs, problem.budget, self._dual,
            problem.state, worth, taken, rates,
        )  # fmt: skip
        last = rates[0] if np.isfinite(rates[0]) else rates[1]
        penalty = np.where(taken > 0.5, worth - rates[1] * problem.costs, last * problem.costs - worth)
        return float(priced), np.maximum(penalty, 0.0), taken > 0.5

    def _fitted(self, fixed: Bools, core: Bools) -> Bools:
        """The best solution's sites in the core beside the fixed ones, as far as the budget allows."""
        opened = fixed.copy()
        room = self.problem.budget - float(self.problem.costs[fixed].sum())
        for j in np.flatnonzero(core & self.opened).tolist():
            if self.problem.costs[j] <= room:
                opened[j] = True
                room -= self.problem.costs[j]
        return opened
