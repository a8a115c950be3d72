"""Branch and bound for the p-median problem on Lagrangian bounds (``docs/model.md`` §11.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.locate.arguments import proof_slack
from planner.locate.engine import Deadline
from planner.locate.medians.kernels import Bools, Bytes, Floats, Ints, Ints32, ascend, price, thin
from planner.locate.medians.kernels_branching import branching_demand
from planner.locate.medians.table import CostTable

ROOT_ROUNDS = 2_000
NODE_ROUNDS = 40
ROUNDS_AT_ONCE = 100
FIRST_STEP = 1.3
"""Subgradient steps start at this share of the distance to the target (Held, Wolfe and Crowder 1974: 0 to 2)."""
STARTS = 5
"""Random starts of the interchange."""
IDLE_STARTS = 12
"""Starts guided by the root's prices end when so many in a row brought nothing better."""
DISTURBED = 0.15
"""Share of the best solution's sites that a guided start passes over."""
NODES_A_TRY = 10
"""One node in so many has its sites tried as a start of the interchange."""


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A part of the solutions: ``state`` of the sites, ``most`` each demand's service may cost, and a lower bound."""

    bound: float
    state: Bytes
    most: Floats
    dual: Floats


@dataclass(slots=True, eq=False)
class MedianSearch:
    """The tree. ``opened`` is the best solution found, ``value`` its cost, ``bound`` proven once ``run`` returns.

    ``given`` is the state of the sites to begin with: required ones open, forbidden ones out.
    """

    table: CostTable
    p: int
    opened: Bools
    value: float
    step: float
    deadline: Deadline
    seed: int
    given: Bytes
    bound: float = -np.inf
    nodes: int = 0
    _base: tuple[Ints, Ints32, Floats] = field(init=False)
    _kept: tuple[Ints, Ints32, Floats] = field(init=False)
    _share: Floats = field(init=False)
    _saving: Floats = field(init=False)
    _taken: Bools = field(init=False)

    def __post_init__(self) -> None:
        table = self.table
        self._base = table.row_at, table.row_site, table.row_cost
        self._kept = np.empty_like(table.row_at), np.empty_like(table.row_site), np.empty_like(table.row_cost)
        self._share, self._saving = np.zeros(table.n_sites), np.zeros(table.n_sites)
        self._taken = np.zeros(table.n_sites, dtype=bool)

    @property
    def enough(self) -> float:
        """A bound above this proves that nothing better is left."""
        return self.value - proof_slack(self.value, self.step)

    def run(self) -> bool:
        """Search to proof; False when time ran out first."""
        first, second, _ = self.table.serve(self.opened)
        dual = np.where(second < self.table.none, (first + second) / 2, first)
        stack = [_Node(-np.inf, self.given, np.full(self.table.n_demands, np.inf), dual)]
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

    def offer(self, opened: Bools, cost: float) -> None:
        """Keep a solution if it is the best so far."""
        if cost < self.value:
            self.value, self.opened = cost, opened.copy()

    def try_start(self, opened: Bools) -> None:
        """Improve a set of sites by interchange and keep it if it is the best.

        Sites fixed in one part of the tree only may be swapped: a heuristic need not keep to it.
        """
        self.offer(opened, self.table.improve(opened, self.given))

    def _branch(self, node: _Node) -> list[_Node]:
        """The two halves of a node, or none when it is done."""
        state, most, dual = node.state.copy(), node.most.copy(), node.dual.copy()
        if self._settled(state) or not self._thin(state, most):
            return []
        priced = self._raise(state, dual)
        bound = max(node.bound, priced)
        if bound > self.enough:
            return []
        if self.nodes % NODES_A_TRY == 0:
            self.try_start(self._taken.copy())
        self._fix(state, most, dual, priced)
        if self._settled(state) or not self._thin(state, most):
            return []
        cut = np.zeros(self.table.n_demands)
        self._share[state > 0], self._share[state < 0] = 1.0, 0.0
        left = self.p - int((state == 1).sum())
        if self.nodes == 1:  # what the root dropped is dropped everywhere
            held = int(self._kept[0][-1])
            self._base = self._kept[0].copy(), self._kept[1][:held].copy(), self._kept[2][:held].copy()
        i = branching_demand(
            *self._kept, dual, self._share, self._saving, self._taken, state, left, self.enough - priced, cut
        )
        if i < 0:
            return self._by_site(_Node(bound, state, most, dual))
        return self._by_demand(_Node(bound, state, most, dual), int(i), float(cut[i]))

    def _thin(self, state: Bytes, most: Floats) -> bool:
        """Copy the entries that a node still allows; False when a demand is left without one."""
        thin(*self._base, state, most, *self._kept)
        return bool((np.diff(self._kept[0]) > 0).all())

    def _settled(self, state: Bytes) -> bool:
        """Whether the sites are decided; if so the solution is offered."""
        ins, free = int((state == 1).sum()), int((state == 0).sum())
        if ins < self.p < ins + free:
            return False
        if ins <= self.p:
            opened = state == 1 if ins == self.p else state >= 0
            self.offer(opened, float(self.table.serve(opened)[0].sum()))
        return True

    def _raise(self, state: Bytes, dual: Floats) -> float:
        """The node's bound; leaves the sites' savings and those taken at the best prices."""
        if self.nodes > 1:
            self._ascend(state, dual, NODE_ROUNDS)
        else:
            before = self.value
            self._ascend(state, dual, ROOT_ROUNDS)
            self._guided_starts()
            if self.value < before:
                self._ascend(state, dual, ROOT_ROUNDS)
        return price(*self._kept, dual, state, self.p, self._saving, self._taken)

    def _ascend(self, state: Bytes, dual: Floats, rounds: int) -> None:
        """Subgradient steps, with a look at the clock now and then."""
        self._share[:] = 0.0
        out, step = np.empty(2), FIRST_STEP
        while rounds > 0 and not self.deadline.passed:
            turns = min(rounds, ROUNDS_AT_ONCE)
            used = ascend(*self._kept, dual, state, self.p, self.value, self.enough, turns, step, out, self._share)
            rounds -= turns
            step = float(out[1])
            if used < turns:
                return

    def _guided_starts(self) -> None:
        """Interchange from the sites that the root's prices favour and from the best ones, disturbed by chance."""
        random = np.random.default_rng(self.seed)
        idle = turn = 0
        while idle < IDLE_STARTS and not self.deadline.passed:
            noise = random.random(len(self.given))
            favour = self._share if turn == 0 else self._share * noise
            if turn % 2:
                favour = (self._share + self.opened) * (noise > DISTURBED)
            opened = np.zeros(len(self.given), dtype=bool)
            opened[np.argsort(-(favour + 1e-3 * noise + 9.0 * self.given), kind="stable")[: self.p]] = True
            before = self.value
            self.try_start(opened)
            idle = idle + 1 if self.value == before else 0
            turn += 1

    def _fix(self, state: Bytes, most: Floats, dual: Floats, priced: float) -> None:
        """Open, close and limit what the prices prove about every better solution."""
        free = state == 0
        left = self.p - int((state == 1).sum())
        ranked = np.sort(self._saving[free])
        last, following = ranked[left - 1], ranked[left]
        room = self.enough - priced
        state[free & ~self._taken & (self._saving - last > room)] = -1
        state[free & self._taken & (following - self._saving > room)] = 1
        np.minimum(most, dual + room, out=most)

    def _by_demand(self, node: _Node, i: int, cut: float) -> list[_Node]:
        """Demand ``i`` is served above the cost ``cut`` (all sites below are out), or at most at it."""
        table = self.table
        row = slice(table.row_at[i], table.row_at[i + 1])
        near = table.row_site[row][table.row_cost[row] <= cut]
        halves = []
        if not (node.state[near] == 1).any():
            far = node.state.copy()
            far[near] = -1
            halves.append(_Node(node.bound, far, node.most, node.dual))
        most = node.most.copy()
        most[i] = cut
        return [*halves, _Node(node.bound, node.state, most, node.dual)]

    def _by_site(self, node: _Node) -> list[_Node]:
        """One free site is out, or open."""
        site = int(np.flatnonzero(node.state == 0)[0])
        halves = []
        for value in (-1, 1):
            state = node.state.copy()
            state[site] = value
            halves.append(_Node(node.bound, state, node.most, node.dual))
        return halves
