"""A maximal covering problem that counts sites, divided into the parts that no demand joins (``docs/model.md`` §11.1).

Parts share nothing but the number of sites. What each part covers at most with each number of sites is first bounded
by the prices; the best way to share the sites out under these bounds is found, the parts are solved at the numbers
that it gives them, and so on until it uses solved parts only, or its bound proves the value at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.locate.arguments import proof_slack
from planner.locate.coverage.core import solve_core
from planner.locate.coverage.kernels import Bools, Floats, Ints, Ints32, share_out
from planner.locate.coverage.kernels_branching import NODE_ROUNDS, polish, solve_priced
from planner.locate.coverage.problem import Covering
from planner.locate.engine import Deadline

SMALL = 200
"""Sites; a larger part is left to SCIP."""
NODES = 400
"""Nodes that compiled search may take for a part at a price of sites."""
WINDOW = 60
"""Neighbouring sites of a large part that are chosen anew together."""
WINDOW_NODES = 60
"""Nodes that a window may take."""
LARGEST = 1_500
"""Sites; with a larger part the problem is left whole."""
PRICES = 12
"""Prices at which a part is solved to find out what it covers with a number of sites."""
FIRST_CHANGE = 0.02
"""Share by which such a price is first changed, doubled until the part takes more, or fewer, sites than sought."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One part as a problem of its own; ``sites`` and ``demands`` are its numbers in the whole, ``dual`` its prices."""

    problem: Covering
    sites: Ints
    demands: Ints
    dual: Floats
    worth: Floats
    """Sum of the prices at each site."""
    by_worth: Ints
    """Own site numbers, of largest worth first."""


@dataclass(slots=True, eq=False)
class _Options:
    """Numbers of sites for each part that may be in a better solution, with what is known of each.

    ``part_at`` as in `share_out`; ``most`` is a true bound on what the part covers with at most ``sites`` sites,
    ``least`` what ``opened`` covers (minus infinity without any); ``settled``: more is not found out.
    """

    part_at: Ints
    sites: Ints
    most: Floats
    least: Floats
    settled: Bools
    opened: list[Bools | None]
    price: float
    """What a site is worth in the relaxation."""
    tried: list[list[tuple[float, int]]]
    """For each part the prices of a site at which it was solved, and how many sites it then takes."""

    def own(self, k: int) -> slice:
        """The options of part k."""
        return slice(int(self.part_at[k]), int(self.part_at[k + 1]))


@dataclass(slots=True, eq=False)
class PartSearch:
    """``opened`` is the best solution of the whole, ``value`` what it covers, ``bound`` a true one from above."""

    problem: Covering
    step: float
    deadline: Deadline
    seed: int
    opened: Bools
    value: float
    bound: float

    def run(self, dual: Floats) -> None:
        """Raise value and lower bound until they meet, time ends, or nothing more can be found out."""
        parts = self._divided(dual)
        if max(len(part.sites) for part in parts) > LARGEST:
            return
        options = self._options(parts)
        if self._closed:
            return
        self._put_in(parts, options, self.opened)
        self._price_all(parts, options)
        while not self._closed and not self.deadline.passed:
            chosen = self._shared(options)
            open_ones = chosen[~options.settled[chosen]]
            if self._closed or not len(open_ones):
                self._take_out(parts, options)
                return
            for option in open_ones.tolist():
                if self.deadline.passed:
                    break
                self._settle(parts, options, option)
            self._take_out(parts, options)
        self._shared(options)

    def _shared(self, options: _Options) -> Ints:
        """The best option of each part under the bounds known; lowers the bound of the whole."""
        chosen = options.part_at[:-1].copy()
        total = share_out(options.part_at, options.sites, options.most, self._count, chosen)
        self.bound = max(self.value, min(self.bound, total))
        return chosen

    @property
    def _count(self) -> int:
        return int(self.problem.budget + 1e-9)

    @property
    def _goal(self) -> float:
        return self.value + proof_slack(self.value, self.step)

    @property
    def _closed(self) -> bool:
        return self.bound < self._goal

    def _divided(self, dual: Floats) -> list[_Part]:
        problem = self.problem
        n_sites, n_demands = problem.n_sites, len(problem.weights)
        rows = np.repeat(np.arange(n_demands), np.diff(problem.demand_at))
        joined = coo_array(
            (np.ones(len(rows), dtype=np.int8), (problem.demand_site, n_sites + rows)), shape=(n_sites + n_demands,) * 2
        )
        label = connected_components(joined, directed=False)[1]
        used = np.unique(label[n_sites:])
        label = np.searchsorted(used, label).astype(np.int64)
        site_order = np.argsort(label[:n_sites], kind="stable")
        site_order = site_order[problem.state[site_order] == 0]
        demand_order = np.argsort(label[n_sites:], kind="stable")
        sites_at = np.searchsorted(label[:n_sites][site_order], np.arange(len(used) + 1))
        demands_at = np.searchsorted(label[n_sites:][demand_order], np.arange(len(used) + 1))
        parts = []
        for k in range(len(used)):
            sites, demands = site_order[sites_at[k] : sites_at[k + 1]], demand_order[demands_at[k] : demands_at[k + 1]]
            parts.append(_part(problem, sites, demands, dual))
        return parts

    def _options(self, parts: list[_Part]) -> _Options:
        """What the prices say of each number of sites, without those that no better solution gives a part."""
        tables = []
        for part in parts:
            rest = float((part.problem.weights - part.dual).sum())
            tables.append(rest + np.concatenate([[0.0], np.cumsum(part.worth[part.by_worth])]))
        steps = np.sort(np.concatenate([np.diff(table) for table in tables]))[::-1]
        price = float(steps[self._count - 1 : self._count + 1].mean()) if self._count < len(steps) else 0.0
        net = [table - price * np.arange(len(table)) for table in tables]
        top = np.array([each.max() for each in net])
        self.bound = min(self.bound, float(top.sum()) + price * self._count)
        room = float(top.sum()) + price * self._count - self._goal + 1e-9 * abs(self.value)
        kept = [np.flatnonzero(each >= most - room) for each, most in zip(net, top, strict=True)]
        sites = np.concatenate(kept)
        most = np.concatenate([table[each] for table, each in zip(tables, kept, strict=True)])
        at = np.concatenate([[0], np.cumsum([len(each) for each in kept])])
        none: list[Bools | None] = [None] * len(sites)
        settled = np.zeros(len(sites), dtype=bool)
        price = self.step * float(np.rint(price / self.step))
        return _Options(at, sites, most, np.full(len(sites), -np.inf), settled, none, price, [[] for _ in parts])

    @staticmethod
    def _put_in(parts: list[_Part], options: _Options, opened: Bools) -> None:
        """Enter what a solution of the whole covers part by part."""
        for k, part in enumerate(parts):
            own = opened[part.sites]
            _enter(part, options, k, own)

    def _price_all(self, parts: list[_Part], options: _Options) -> None:
        """Solve each part at the price of a site that the relaxation gives, the large ones after all others."""
        large = [k for k, part in enumerate(parts) if len(part.sites) > SMALL]
        for k in large:
            if self.deadline.passed:
                return
            opened = np.zeros(len(parts[k].sites), dtype=bool)
            opened[parts[k].by_worth[: int((parts[k].worth > options.price).sum())]] = True
            self._polish(parts[k], options.price, opened)
            _enter(parts[k], options, k, opened)
        for k in range(len(parts)):
            if len(parts[k].sites) <= SMALL and not self.deadline.passed:
                self._price(parts, options, k, options.price)
        self._take_out(parts, options)
        for k in large:
            if self._closed or self.deadline.passed:
                return
            self._price(parts, options, k, options.price)
            self._take_out(parts, options)

    def _polish(self, part: _Part, price: float, opened: Bools) -> None:
        """Better a part's solution window by window, in place."""
        cost = np.full(len(part.sites), -price)
        slack = proof_slack(self.value, self.step)
        polish(*part.problem.arrays, cost, part.problem.weights, part.dual, WINDOW, slack, WINDOW_NODES, opened)

    def _price(self, parts: list[_Part], options: _Options, k: int, price: float) -> None:
        """Solve a part at a price of a site, which bounds what it covers with each number of sites."""
        part, own, slack = parts[k], options.own(k), proof_slack(self.value, self.step)
        opened, bound = self._priced(part, price, slack, alone=len(parts) == 1)
        options.most[own] = np.minimum(options.most[own], bound + price * options.sites[own])
        _enter(part, options, k, opened)
        options.settled[own] |= options.most[own] < options.least[own] + slack
        count = int(opened.sum())
        options.tried[k].append((price, count))
        place = int(options.part_at[k] + np.searchsorted(options.sites[own], count))
        for more in (-1, 1):
            _enter_beside(part, options, k, place, more)

    def _priced(self, part: _Part, price: float, slack: float, *, alone: bool) -> tuple[Bools, float]:
        """A part's sites of most coverage less their price, and a true bound on that.

        Large and hard ones are left to SCIP.
        """
        problem, bound = part.problem, np.inf
        opened = np.zeros(len(part.sites), dtype=bool)
        opened[part.by_worth[: int((part.worth > price).sum())]] = True
        if len(part.sites) <= SMALL or alone:
            out, nodes = np.empty(1), np.array([NODES])
            solve_priced(
                problem.demand_at, problem.demand_site, np.full(len(part.sites), -price), problem.weights,
                part.dual.copy(), -np.inf, slack, NODE_ROUNDS, opened, out, nodes,
            )  # fmt: skip
            bound = float(out[0])
            if nodes[0] >= 0 or alone or self.deadline.passed:
                return opened, bound
        self._polish(part, price, opened)
        answer = solve_core(
            problem.with_budget(float(len(part.sites))), np.ones(len(part.sites), dtype=bool), opened, self.step,
            deadline=self.deadline.nearly(), seed=self.seed, price=price,
        )  # fmt: skip
        bound = bound if answer.bound is None else min(bound, answer.bound)
        return opened if answer.opened is None else answer.opened, bound

    def _price_in(self, parts: list[_Part], options: _Options, k: int, option: int) -> None:
        """Look for a price at which a part takes as many sites as the option, until that settles it."""
        count, change = int(options.sites[option]), FIRST_CHANGE
        useless = float(options.most[option]) - (self.bound - self._goal)
        for _ in range(PRICES):
            if options.settled[option] or options.most[option] < useless:
                return
            tried = options.tried[k]
            low = max((price for price, found in tried if found > count), default=0.0)
            high = min((price for price, found in tried if found < count), default=np.inf)
            if high == np.inf:
                price, change = low * (1.0 + change), 2.0 * change
            elif low == 0.0:
                price, change = high / (1.0 + change), 2.0 * change
            else:
                price = 0.5 * (low + high)
            price = self.step * float(np.rint(price / self.step))
            if price in {low, high} or any(price == earlier for earlier, _ in tried):
                return
            self._price(parts, options, k, price)

    def _settle(self, parts: list[_Part], options: _Options, option: int) -> None:
        """Find out what a part covers with a number of sites, as far as prices tell and it matters."""
        k = int(np.searchsorted(options.part_at, option, side="right")) - 1
        self._price_in(parts, options, k, option)
        options.settled[option] = True

    def _take_out(self, parts: list[_Part], options: _Options) -> None:
        """Put the best solutions of the parts together."""
        chosen = np.empty(len(parts), dtype=np.int64)
        if share_out(options.part_at, options.sites, options.least, self._count, chosen) == -np.inf:
            return
        opened = np.zeros(self.problem.n_sites, dtype=bool)
        for part, option in zip(parts, chosen.tolist(), strict=True):
            own = options.opened[option]
            if own is not None:
                opened[part.sites[own]] = True
        value = self.problem.improve(opened)
        if value > self.value:
            self.value, self.opened = value, opened


def _part(problem: Covering, sites: Ints, demands: Ints, dual: Floats) -> _Part:
    own_site, own_demand = np.zeros(problem.n_sites, dtype=np.int32), np.zeros(len(problem.weights), dtype=np.int32)
    own_site[sites], own_demand[demands] = np.arange(len(sites)), np.arange(len(demands))
    site_at, site_demand = _rows(problem.site_at, problem.site_demand, sites)
    demand_at, demand_site = _rows(problem.demand_at, problem.demand_site, demands)
    part = Covering(
        site_at, own_demand[site_demand], demand_at, own_site[demand_site], problem.weights[demands],
        problem.costs[sites], 0.0, problem.state[sites],
    )  # fmt: skip
    worth = np.add.reduceat(dual[site_demand], site_at[:-1])
    return _Part(part, sites, demands, dual[demands], worth, np.argsort(-worth, kind="stable"))


def _rows(at: Ints, entries: Ints32, rows: Ints) -> tuple[Ints, Ints32]:
    """The given rows of a layout."""
    sizes = at[rows + 1] - at[rows]
    to = np.concatenate([[0], np.cumsum(sizes)])
    return to, entries[np.repeat(at[rows] - to[:-1], sizes) + np.arange(to[-1])]


def _enter(part: _Part, options: _Options, k: int, opened: Bools) -> None:
    """Remember a solution of a part under its number of sites."""
    sites = options.sites[options.own(k)]
    place = int(np.searchsorted(sites, int(opened.sum())))
    if place == len(sites) or sites[place] != opened.sum():
        return
    option = int(options.part_at[k]) + place
    value = float(part.problem.weights[part.problem.covered(opened)].sum())
    if value > options.least[option]:
        options.least[option], options.opened[option] = value, opened.copy()


def _enter_beside(part: _Part, options: _Options, k: int, option: int, more: int) -> None:
    """From a part's solution make one with a site more, or fewer."""
    beside = option + more
    if not options.part_at[k] <= beside < options.part_at[k + 1] or options.settled[beside]:
        return
    opened = options.opened[option]
    if opened is None or options.sites[beside] != options.sites[option] + more:
        return
    opened = opened.copy()
    problem = part.problem.with_budget(float(options.sites[beside]))
    if more < 0 and opened.any():
        opened[part.by_worth[opened[part.by_worth]][-1]] = False
    problem.greedy(opened)
    value = problem.improve(opened)
    if value > options.least[beside]:
        options.least[beside], options.opened[beside] = value, opened
