"""Branch and bound over sites for capacitated location with split demand (``docs/model.md`` §11.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.locate.arguments import RELATIVE
from planner.locate.capacitated.kernels import Bytes, Floats, ascend
from planner.locate.capacitated.problem import Bools, Capacitated, Transport
from planner.locate.engine import Deadline

ROOT_ROUNDS = (150, 150, 300)
"""Rounds of prices at the root; after each lot the sites favoured are tried, so that the next has a closer target."""
NODE_ROUNDS = 100
ROUNDS_AT_ONCE = 100
FIRST_STEP = 1.5
"""Subgradient steps start at this share of the distance to the target (Held, Wolfe and Crowder 1974: 0 to 2)."""
HOPE = 1.01
"""Without a solution the target is the bound times this."""


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    bound: float
    state: Bytes
    dual: Floats


@dataclass(slots=True, eq=False)
class CapacitatedSearch:
    """``opened`` and ``flow`` are the best solution found (None without one), ``value`` its cost, ``bound`` proven."""

    problem: Capacitated
    given: Bytes
    deadline: Deadline
    opened: Bools | None = None
    flow: Floats | None = None
    value: float = np.inf
    bound: float = -np.inf
    nodes: int = 0
    _share: Floats = field(init=False)
    _tried: set[bytes] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._share = np.zeros(len(self.problem.capacity))

    @property
    def enough(self) -> float:
        """A bound above this proves that nothing better is left."""
        return self.value - RELATIVE * abs(self.value) if np.isfinite(self.value) else np.inf

    def run(self) -> bool:
        """Search to proof; False when time ran out first."""
        stack = [_Node(-np.inf, self.given, self.first_prices())]
        while stack:
            node = stack.pop()
            if node.bound > self.enough:
                continue
            if self.deadline.passed:
                stack.append(node)
                break
            self.nodes += 1
            stack += self._branch(node)
        self.bound = min([self.value, *(node.bound for node in stack)])
        return not stack

    def first_prices(self) -> Floats:
        """Each demand's cheapest way and its part of the fixed costs that a rough plan would pay."""
        problem = self.problem
        cheapest = np.full(len(problem.demand), np.inf)
        np.minimum.at(cheapest, problem.col_demand, problem.col_cost)
        room = max(float(problem.capacity.sum()), 1e-12)
        return np.asarray(cheapest + problem.fixed.sum() * problem.demand / room)

    def ascend(self, state: Bytes, dual: Floats, rounds: int) -> None:
        """Raise the bound by subgradient steps, with a look at the clock now and then."""
        self._share[:] = 0.0
        out, step = np.empty(2), FIRST_STEP
        target = self.value
        while rounds > 0 and not self.deadline.passed:
            if not np.isfinite(self.value):
                target = self.problem.priced(state, dual).bound * HOPE
            turns = min(rounds, ROUNDS_AT_ONCE)
            used = ascend(*self.problem.arrays, state, dual, target, self.enough, turns, step, out, self._share)
            rounds -= turns
            step = float(out[1])
            if used < turns:
                return

    def ascend_and_try(self, state: Bytes, dual: Floats, lots: tuple[int, ...]) -> None:
        """Raise the bound; after each lot of rounds solve the transport problem of the sites that are favoured."""
        for rounds in lots:
            self.ascend(state, dual, rounds)
            favoured = ((self._share > 0.5) | (state == 1)) & (state >= 0)
            if favoured.tobytes() not in self._tried:
                self.try_open(favoured)

    def fix(self, state: Bytes, dual: Floats) -> float:
        """Open and close what the prices prove about every better solution; returns their bound."""
        priced = self.problem.priced(state, dual)
        sure = (state == 0) & (priced.bound + priced.penalty > self.enough)
        state[sure & (priced.taken == 0.0)] = -1
        state[sure & (priced.taken == 1.0)] = 1
        return priced.bound

    def try_open(self, opened: Bools) -> Transport | None:
        """Solve the transport problem of a set of open sites once, and keep the result if it is the best."""
        self._tried.add(opened.tobytes())
        answer = self.problem.transport(opened, self.deadline)
        if answer is not None and answer.cost < self.value:
            self.value, self.opened, self.flow = answer.cost, opened.copy(), answer.flow
        return answer

    def _branch(self, node: _Node) -> list[_Node]:
        """The two halves of a node, or none when it is done; itself again when time ran out within it."""
        state, dual = node.state.copy(), node.dual.copy()
        if self.problem.size[state >= 0].sum() < self.problem.need * (1 - 1e-12):
            return []
        self.ascend_and_try(state, dual, ROOT_ROUNDS if self.nodes == 1 else (NODE_ROUNDS,))
        bound = max(node.bound, self.fix(state, dual))
        if bound > self.enough:
            return []
        if not (state == 0).any():
            if (state == 1).tobytes() not in self._tried:
                self.try_open(state == 1)
            return [node] if self.deadline.passed else []
        distance = np.where(state == 0, np.abs(self._share - 0.5), np.inf)
        site = int(np.argmin(distance))
        halves = []
        for value in (-1, 1) if self._share[site] > 0.5 else (1, -1):
            half = state.copy()
            half[site] = value
            halves.append(_Node(bound, half, dual))
        return halves
