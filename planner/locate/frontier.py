"""The budget-coverage frontier: for each number of villages the least investment, proven (``docs/model.md`` §12).

A point is found in four exact stages over the same feasible set as the plan's: least investment that covers at least
so many villages, then the most villages for that money, then the most people, then the least yearly cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from planner.domain.plan import SolveStatus
from planner.errors import InfeasibleError, NoSolutionInTimeError, Sentence
from planner.locate.engine import Columns, Deadline, Floats
from planner.locate.model import Layout, build
from planner.locate.parents import best_parents
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.rules.volume import served_once
from planner.locate.search import Found, Search
from planner.locate.solution import Network, misloaded, read_point, stage_values, violations

STAGES = ("investment", "villages", "people", "cost")
MAXIMISED = frozenset({"villages", "people"})
_NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class FrontierPoint:
    """A network of least investment for the villages it covers.

    ``investment_bound`` is a true lower bound on the investment of any network that covers as many villages as were
    asked for, ``villages_bound`` a true upper bound on the villages that ``investment_cny`` can cover; None when
    nothing is known. ``status`` is ``optimal`` when all four stages were proven.
    """

    network: Network
    investment_cny: int
    villages: int
    people: int
    annual_cost_cny: int
    investment_bound: int | None
    villages_bound: int | None
    status: SolveStatus


@dataclass(frozen=True, slots=True, eq=False)
class _Value:
    """What one stage proved: value, bound in the stage's own sense, verdict."""

    value: int
    bound: int | None
    proven: bool


def least_investment(
    problem: ThreeTierProblem,
    villages: int = 0,
    *,
    known: Network | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> FrontierPoint | None:
    """The point of least investment that covers at least ``villages`` villages; None when no network does.

    The problem's own budget counts; its target of villages does not. ``known`` is a network that keeps the problem's
    rules and covers so many: the answer, ``feasible``, when the limit passes before a better one is found. Without it
    NoSolutionInTimeError is raised then.
    """
    return _point(problem, STAGES, villages, known, time_limit_s, seed)


def most_villages(
    problem: ThreeTierProblem, *, known: Network | None = None, time_limit_s: float | None = None, seed: int = 0
) -> FrontierPoint | None:
    """A network that covers the most villages within the problem's budget; None when no network keeps the rules.

    Only villages are proven: ``investment_cny`` is that of the network found, ``investment_bound`` is None. ``known``
    as in `least_investment`.
    """
    return _point(problem, ("villages",), 0, known, time_limit_s, seed)


def least_investment_covering(
    problem: ThreeTierProblem,
    villages: Ints,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> FrontierPoint | None:
    """The least investment of a network that covers these villages, whatever else, and then the least yearly cost.

    None when there is none. The problem's budget counts. Raises NoSolutionInTimeError as `least_investment` does.
    """
    return _point(problem, ("investment", "cost"), 0, None, time_limit_s, seed, villages)


def budget_frontier(
    problem: ThreeTierProblem,
    top: int,
    *,
    most_points: int,
    known: Network | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Iterator[FrontierPoint]:
    """Points of rising investment, from the least that meets the hard rules to the least that covers ``top`` villages.

    Every nondominated pair of investment and villages when there can be no more than ``most_points`` of them, else
    the pairs at evenly spaced numbers of villages. ``time_limit_s`` is for each point; ``known``, a network that keeps
    the rules and covers ``top`` villages, stands in for a point for which that is too short.
    """
    problem = replace(problem, budget_cny=None)
    point = least_investment(problem, known=known, time_limit_s=time_limit_s, seed=seed)
    if point is None:
        raise InfeasibleError(
            [
                Sentence(
                    "no network meets the township rule, the supply radii and the capacities together",
                    "没有方案能同时满足乡镇网点、供货半径和处理能力的要求",
                )
            ],
            Sentence("loosen one of them", "请放宽其中一项"),
        )
    asked = _asked(point.villages, top, most_points)
    while True:
        yield point
        rest = [count for count in asked if count > point.villages]
        if not rest:
            return
        following = least_investment(problem, rest[0], known=known, time_limit_s=time_limit_s, seed=seed)
        if following is None:
            return
        point = following


def _asked(least: int, top: int, most_points: int) -> list[int]:
    """Numbers of villages to ask for after ``least``, the last of them ``top``."""
    if top - least < most_points:
        return list(range(least + 1, top + 1))
    steps = max(1, most_points - 1)
    return [least + round((top - least) * step / steps) for step in range(1, steps + 1)]


def _point(  # noqa: PLR0917 (the question and its limits)
    problem: ThreeTierProblem,
    stages: tuple[str, ...],
    villages: int,
    known: Network | None,
    time_limit_s: float | None,
    seed: int,
    covering: Ints = _NOBODY,
) -> FrontierPoint | None:
    deadline, plain = Deadline(time_limit_s), replace(problem, equity=None, backup_villages=0, cold=None)
    for with_flows in (False, True):
        run = _Stages(plain, deadline, seed, with_flows, covering, at_hand=known)
        if not run.solve(stages, villages):
            return None
        network = run.with_parents()
        if network is not None:
            return run.point(network)
    raise _out_of_time()


@dataclass(slots=True, eq=False)
class _Stages:
    """Stages one after another over the same feasible set, with the flow through parents in the model or without."""

    problem: ThreeTierProblem
    deadline: Deadline
    seed: int
    with_flows: bool
    covering: Ints = field(default_factory=lambda: _NOBODY)
    at_hand: Network | None = None
    layout: Layout = field(init=False)
    found: dict[str, _Value] = field(default_factory=dict)

    def solve(self, stages: tuple[str, ...], villages: int) -> bool:
        """Run ``stages`` with at least ``villages`` covered; False when that is proven to be impossible."""
        search = self._search(villages)
        if search is None:
            return False
        for name in stages:
            known = self._value(name, self.at_hand)
            found = search.stage(self._objective(name), larger=self._larger(), known=known)
            if found.infeasible and self.at_hand is None:
                return False
            self._accept(name, found)
            value = self.found[name].value
            search.keep_optimal(self._objective(name), -value if name in MAXIMISED else value)
        return True

    def with_parents(self) -> Network | None:
        """The network found with parents that can carry what they pass on; None when those in reach may not."""
        if self.at_hand is None:
            raise _out_of_time()
        if self.with_flows:
            return None if len(misloaded(self.problem, self.at_hand)) else self.at_hand
        fresh = Deadline(1.0) if self.deadline.passed else self.deadline
        return best_parents(self.problem, self.at_hand, deadline=fresh, seed=self.seed)[0]

    def point(self, network: Network) -> FrontierPoint:
        """The point with every figure recounted from ``network``; every rule is checked in integers."""
        broken = violations(self.problem, network)
        if broken:
            raise AssertionError(f"the solver returned a network that breaks its rules: {'; '.join(broken)}")
        value = stage_values(self.problem, network)
        investment, most = self.found.get("investment"), self.found.get("villages")
        proven = all(stage.proven for stage in self.found.values())
        return FrontierPoint(
            network,
            _investment(self.problem, network),
            value["villages"],
            value["people"],
            value["cost"],
            None if investment is None else investment.bound,
            None if most is None else most.bound,
            SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE,
        )

    def _search(self, villages: int) -> Search | None:
        """The whole feasible set with at least ``villages`` covered; None when too few can be."""
        self.layout, model = build(self.problem, with_links=self.with_flows, with_flows=self.with_flows)
        covered = self.layout.covered[self.layout.covered >= 0]
        if villages > len(covered):
            return None
        if villages == len(covered):
            low = np.zeros(self.layout.n_columns)
            low[covered] = 1
            model = model.with_bounds(low, model.high)
        elif len(self.covering):
            low = np.zeros(self.layout.n_columns)
            columns = self.layout.covered[self.covering]
            if (columns < 0).any():
                return None
            low[columns] = 1
            model = model.with_bounds(low, model.high)
        elif villages:
            model = model.with_rows(csr_array(self._objective("villages")[None, :]), -np.inf, float(-villages))
        one_of = self.layout.one_of(self.problem)
        return Search(model, np.arange(self.layout.n_columns), one_of, self.deadline, self.seed)

    def _larger(self) -> Columns | None:
        """Of the listed loads only the largest count, unless flows do, or villages are served once (R6)."""
        return None if self.with_flows or served_once(self.problem).any() else self.layout.stand_in

    def _objective(self, name: str) -> Floats:
        """The stage's objective over the columns, to be minimised; integers."""
        row = np.zeros(self.layout.n_columns)
        covered = self.layout.covered[self.layout.covered >= 0]
        if name == "villages":
            row[covered] = -1
        elif name == "people":
            row[covered] = -self.problem.population[self.layout.covered >= 0]
        else:
            yuan = self.problem.capex_cny if name == "investment" else self.problem.annual_cost_cny
            row[: len(self.layout.open_site)] = yuan[self.layout.open_site, self.layout.open_tier - 1]
        return row

    def _accept(self, name: str, found: Found) -> None:
        """Take a stage's solution if it is no worse than the one at hand, and note what it proved."""
        before, value = self._value(name, self.at_hand), None
        if found.values is not None:
            fresh = read_point(self.problem, self.layout, found.values)
            value = self._value(name, fresh)
            if before is None or (value is not None and value <= before):
                self.at_hand = fresh
        values = [known for known in (before, value) if known is not None]
        if not values:
            raise _out_of_time()
        sign = -1 if name in MAXIMISED else 1
        bound = None if found.bound is None else sign * int(found.bound)
        self.found[name] = _Value(sign * min(values), bound, proven=found.proven)

    def _value(self, name: str, network: Network | None) -> int | None:
        """The stage's objective, as minimised, of ``network``; None without one."""
        if network is None:
            return None
        if name == "investment":
            return _investment(self.problem, network)
        value = stage_values(self.problem, network)[name]
        return -value if name in MAXIMISED else value


def _investment(problem: ThreeTierProblem, network: Network) -> int:
    opened = np.flatnonzero(network.tier)
    return int(problem.capex_cny[opened, network.tier[opened] - 1].sum())


def _out_of_time() -> NoSolutionInTimeError:
    return NoSolutionInTimeError(
        "the time limit passed before any network was found: raise --set solver.locate_time_limit_s=…"
    )
