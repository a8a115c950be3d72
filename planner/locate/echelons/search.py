"""Best-first branch and bound over sets of hubs, numbers of sites and sites (``docs/model.md`` §11.5)."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

import numpy as np

from planner.locate.arguments import proof_slack
from planner.locate.echelons.core import solve_core
from planner.locate.echelons.kernels import Bytes, Floats, Ints, ascend, bounds_of_sets
from planner.locate.echelons.kernels_local import improve
from planner.locate.echelons.problem import Bools, Echelon, Priced, TwoEchelon
from planner.locate.engine import Deadline

ROOT_ROUNDS = 600
NODE_ROUNDS = 400
ROUNDS_AT_ONCE = 50
WORTH_IT = 0.05
"""Rounds go on while a chunk of them closes at least this share of what is left of the distance to the target."""
FIRST_STEP = 1.5
"""Subgradient steps start at this share of the distance to the target (Held, Wolfe and Crowder 1974: 0 to 2)."""
HOPE = 1.02
"""Without a solution the target is the bound times this."""
DECIDED = 0.1
"""Sites and groups whose share is within this of a whole number count as decided."""
MOST_WAYS = 800
"""A part that is decided goes to HiGHS when it has at most so many ways."""


@dataclass(order=True, slots=True)
class _Node:
    bound: float
    number: int
    hubs: int = field(compare=False)
    part: Echelon | None = field(compare=False)
    dual: Floats = field(compare=False)


@dataclass(slots=True, eq=False)
class TwoEchelonSearch:
    """``opened`` and ``site_of`` are the best solution found (None without one), ``hubs`` its set of hubs."""

    problem: TwoEchelon
    deadline: Deadline
    seed: int
    gap: float
    opened: Bools | None = None
    site_of: Ints | None = None
    hubs: int = -1
    value: float = np.inf
    bound: float = -np.inf
    nodes: int = 0
    cores: int = 0
    _dual: Floats = field(init=False)
    _set_bound: Floats = field(init=False)
    _heap: list[_Node] = field(init=False, default_factory=list)
    _count: int = field(init=False, default=0)
    _tried: set[tuple[int, bytes]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._set_bound = np.full(len(self.problem.sets), -np.inf)

    @property
    def enough(self) -> float:
        """A bound above this proves that nothing better is left."""
        return self.value - proof_slack(self.value, self.problem.step) if np.isfinite(self.value) else np.inf

    def run(self) -> bool:
        """Search to proof, or to the gap asked for; False when nodes are left."""
        self._bound_sets(self._first_prices())
        for number, bound in enumerate(self._set_bound):
            self._push(float(bound), number, None, self._dual)
        while self._heap:
            node = heapq.heappop(self._heap)
            if node.part is None and self._set_bound[node.hubs] > node.bound:
                self._push(float(self._set_bound[node.hubs]), node.hubs, None, self._dual)
                continue
            self.bound = max(self.bound, min(node.bound, self.value))
            if node.bound > self.enough or not np.isfinite(node.bound):
                break
            if self.deadline.passed or self._close_enough(node.bound):
                return False
            self.nodes += 1
            self._process(node)
        self.bound = self.value
        return True

    def _close_enough(self, bound: float) -> bool:
        return bool(np.isfinite(self.value)) and self.value - bound <= self.gap * abs(self.value)

    def _first_prices(self) -> Floats:
        """Each demand's cheapest way with its part of the site's fixed cost, were the site full."""
        base = self.problem.base
        load = np.bincount(base.way_site, weights=base.demand[base.col_demand], minlength=len(base.site))
        each = base.fixed / np.maximum(np.minimum(load, base.capacity), 1e-12)
        dual = base.unserved.copy()
        np.minimum.at(dual, base.col_demand, base.col_cost + each[base.way_site] * base.demand[base.col_demand])
        return np.where(np.isfinite(dual), dual, 0.0)

    def _push(self, bound: float, hubs: int, part: Echelon | None, dual: Floats) -> None:
        self._count += 1
        heapq.heappush(self._heap, _Node(bound, self._count, hubs, part, dual))

    def _bound_sets(self, dual: Floats) -> None:
        """What prices prove about every set of hubs; the next set starts from them."""
        problem = self.problem
        self._dual = dual
        bounds_of_sets(
            problem.base.priced(dual).worth, problem.trunk, problem.hub_cost, problem.sets, problem.base.group,
            problem.base.least, problem.base.state, float(dual.sum()), self._set_bound,
        )  # fmt: skip

    def _process(self, node: _Node) -> None:
        """Raise a node's bound, look for better solutions, and divide it unless it is done."""
        root = node.part is None
        part = node.part if node.part is not None else self.problem.below(node.hubs)
        if part is None:
            return
        dual, share = node.dual.copy(), np.zeros(len(part.site))
        if not np.isfinite(self.value):
            self._try(node.hubs, part, share, part.priced(dual))
        elif root:
            part = self._reduced(part, part.priced(dual))
            share = np.zeros(len(part.site))
        self._ascend(part, dual, ROOT_ROUNDS if root else NODE_ROUNDS, share)
        if root:
            self._bound_sets(dual)
        priced = part.priced(dual)
        bound = max(node.bound, priced.bound + part.constant)
        if bound > self.enough or not np.isfinite(bound):
            return
        self._try(node.hubs, part, share, priced)
        if bound <= self.enough:
            smaller = self._reduced(part, priced)
            self._divide(node.hubs, smaller, share[np.isin(part.site, smaller.site)], bound, dual)

    def _divide(self, hubs: int, part: Echelon, share: Floats, bound: float, dual: Floats) -> None:
        """By the number of open sites of a group, else by one site; what branching does not help goes to HiGHS."""
        free = np.flatnonzero(part.state == 0)
        opened = np.bincount(part.group, weights=share, minlength=len(part.least))
        uneven = np.abs(opened - np.rint(opened))
        uneven[(opened < part.least) | (opened > part.most)] = 0.0
        apart = np.abs(share[free] - 0.5)
        decided = apart.min(initial=0.5) > 0.5 - DECIDED and uneven.max(initial=0.0) < DECIDED
        if not np.isfinite(self.value) or not len(free) or (decided and len(part.col_cost) <= MOST_WAYS):
            self._finish(hubs, part, bound, dual)
            return
        if uneven.max(initial=0.0) >= DECIDED:
            g = int(np.argmax(uneven))
            least, most = part.least.copy(), part.most.copy()
            most[g] = int(np.floor(opened[g]))
            least[g] = most[g] + 1
            halves = [replace(part, most=most), replace(part, least=least)]
        else:
            states = np.stack([part.state, part.state])
            states[:, free[np.argmin(apart)]] = 1, -1
            halves = [replace(part, state=state) for state in states]
        for half in halves:
            self._push(bound, hubs, half, dual)

    def _ascend(self, part: Echelon, dual: Floats, rounds: int, share: Floats) -> None:
        """Raise the bound by subgradient steps while that closes enough of what is left, with a look at the clock."""
        out, step, before = np.empty(2), FIRST_STEP, -np.inf
        while rounds > 0 and not self.deadline.passed:
            target = self.value - part.constant
            if not np.isfinite(target):
                bound = part.priced(dual).bound
                target = bound + (HOPE - 1) * abs(bound) + 1e-9
            turns = min(rounds, ROUNDS_AT_ONCE)
            used = ascend(
                *part.arrays, part.unserved, part.state, dual, target, self.enough - part.constant, turns, step, out,
                share,
            )  # fmt: skip
            if used < turns or out[0] - before < WORTH_IT * (target - out[0]):
                return
            rounds, step, before = rounds - turns, float(out[1]), float(out[0])

    def _reduced(self, part: Echelon, priced: Priced) -> Echelon:
        """The part without the sites and ways that no better solution uses, and with the sites open that all use."""
        room = self.enough - part.constant - priced.bound
        state: Bytes = part.state.copy()
        sure = (state == 0) & (priced.site_penalty > room)
        state[sure & ~priced.taken] = -1
        state[sure & priced.taken] = 1
        return part.only(state, priced.way_penalty <= room)

    def _try(self, hubs: int, part: Echelon, share: Floats, priced: Priced) -> None:
        """Local search from the sites that the prices favour."""
        opened = ((share > 0.5) | (part.state == 1)) & (part.state >= 0)
        for group in np.setdiff1d(np.flatnonzero(part.least > 0), part.group[opened]):
            members = np.flatnonzero((part.group == group) & (part.state >= 0))
            if not len(members):
                return
            opened[members[np.argmin(priced.worth[members])]] = True
        key = hubs, part.site[opened].tobytes()
        if key in self._tried:
            return
        self._tried.add(key)
        site_of = np.full(len(part.demand), -1)
        value = improve(*part.arrays, part.unserved, part.order, part.state, opened, site_of) + part.constant
        self._keep(hubs, part, value, opened, site_of)

    def _keep(self, hubs: int, part: Echelon, value: float, opened: Bools, site_of: Ints) -> None:
        if value < self.value:
            self.value, self.hubs = float(value), hubs
            self.opened = np.zeros(len(self.problem.base.site), dtype=bool)
            self.opened[part.site[opened]] = True
            self.site_of = np.full(len(site_of), -1)
            self.site_of[site_of >= 0] = part.site[site_of[site_of >= 0]]

    def _finish(self, hubs: int, part: Echelon, bound: float, dual: Floats) -> None:
        """Hand what is left to HiGHS."""
        self.cores += 1
        answer = solve_core(part, self.enough - part.constant, self.problem.step, self.deadline, self.seed)
        if answer.opened is not None and answer.site_of is not None:
            self._keep(hubs, part, answer.value + part.constant, answer.opened, answer.site_of)
        if not answer.proven:
            floor = bound if answer.bound is None else max(bound, answer.bound + part.constant)
            self._push(floor, hubs, part, dual)
