"""Rounds of siting and routing: the best network found by what stations and routes cost together, and what it saves.

The first network is the proven one of siting alone. Every network after it must do as well in each stage before cost;
it comes from the siting model with routes as surcharges, or from local search, and is judged by all rules of siting.
The one kept is counted in full, with routes planned for it as a whole: it is never dearer than the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.domain import Plan, SolveReport, SolveStatus, Tier, Together, YearlyCosts
from planner.errors import InfeasibleError, NoSolutionInTimeError
from planner.locate.problem import ThreeTierProblem, ThreeTierResult
from planner.locate.rules.equity import attained
from planner.locate.solution import Network, stage_values, violations
from planner.together.costs import RoundCosts
from planner.together.moves import Reach
from planner.together.prices import Legs
from planner.together.search import LocalSearch
from planner.together.surcharges import surcharges

if TYPE_CHECKING:
    from planner.locate.county import Siting, SitingTask
    from planner.network import TravelMatrix

STAGE = "locate.together"
"""Name of the report on stations and routes together."""
BEFORE_COST = ("priority", "villages", "weighted", "people", "backup", "cold")
"""Stages in which no network may do worse than the first."""

Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A network as a plan with routes, and what it is compared by: villages missed, yuan a year, person-metres."""

    network: Network
    plan: Plan
    costs: YearlyCosts
    missed: int
    access: int

    @property
    def key(self) -> Key:
        """The less the better, in this order."""
        return self.missed, self.costs.total_cny, self.access


@dataclass(slots=True, eq=False)
class Rounds:
    """One county's rounds: the task, how a plan is routed, and what is held between them."""

    task: SitingTask
    supply: TravelMatrix
    routed: Callable[[Plan], Plan]
    first: Counted = field(init=False)
    reports: tuple[SolveReport, ...] = ()
    search: LocalSearch = field(init=False)
    least: dict[str, float] = field(init=False)

    def place(self, most_rounds: int, empty: Plan) -> Plan:
        """``empty`` with stations, assignments, routes and reports: the best that ``most_rounds`` rounds found."""
        from planner.locate.stages import place_tiers

        task, solver = self.task, self.task.scenario.solver
        result = place_tiers(task.problem, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
        siting = task.siting(result)
        network = Network(result.tier, result.station, result.parent, result.cold)
        first = _counted(task, network, self._with_routes(empty, siting))
        self.first, self.reports = first, result.reports
        self._begin()
        best, rounds = first, 0
        for _ in range(most_rounds):
            rounds += 1
            found = self._round(best, empty)
            if found is None:
                break
            best = found
        if best is not first:
            reports = _siting_reports(task.problem, first, best, result.reports)
            siting = task.siting(_result(best.network, reports))
            best = _counted(task, best.network, self._with_routes(empty, siting))
        saved = Together(first.costs, best.costs, rounds, first.missed, best.missed)
        report = _together_report(best.costs, result.reports)
        at = sum(each.stage.startswith("locate") for each in best.plan.reports)
        reports = (*best.plan.reports[:at], report, *best.plan.reports[at:])
        return replace(best.plan, reports=reports, together=saved)

    def _begin(self) -> None:
        county, scenario, problem = self.task.county, self.task.scenario, self.task.problem
        self.least = _before_cost(problem, self.first.network)
        costs = RoundCosts(county, scenario, self.supply)
        legs = Legs.of(county, scenario, self.supply)
        self.search = LocalSearch(problem, costs, Reach.of(problem), legs, self._covers)

    def _round(self, best: Counted, empty: Plan) -> Counted | None:
        """A better network than ``best``; None where this round finds none.

        First by local search from it; where that ends, from what the siting model makes of the routes' surcharges.
        """
        self.search.costs.direct = _direct_villages(best)
        near = self.search.improved(best.network)
        networks = [near]
        if near is best.network:
            charged = self._charged(near)
            networks = [] if charged is None else [charged, self.search.improved(charged)]
        there = [counted for network in networks if (counted := self._count(network, empty)) is not None]
        found = min([best, *there], key=lambda counted: counted.key)
        return None if found is best else found

    def _charged(self, network: Network) -> Network | None:
        """The siting model's network with the routes of ``network`` as surcharges; None when it is no legal one."""
        from planner.locate.sessions.session import LocationSession

        problem, solver, search = self.task.problem, self.task.scenario.solver, self.search
        charges = surcharges(problem, search.reach, search.legs, search.costs, network)
        dearer = replace(problem, annual_cost_cny=problem.annual_cost_cny + charges)
        try:
            result = LocationSession().solve(dearer, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
        except NoSolutionInTimeError:
            return None
        found = Network(result.tier, result.station, result.parent, result.cold)
        return found if self._covers(found) and not violations(problem, found) else None

    def _covers(self, network: Network) -> bool:
        """Whether a network does as well as the first in every stage before cost."""
        there = _before_cost(self.task.problem, network)
        return all(there[name] >= least for name, least in self.least.items())

    def _count(self, network: Network, empty: Plan) -> Counted | None:
        """A network in full; None where its years of building do not begin with a centre that the money pays."""
        try:
            siting = self.task.siting(_result(network, self.reports), with_reasons=False)
        except InfeasibleError:
            return None
        counted = _counted(self.task, network, self._with_routes(empty, siting))
        return counted if _served(counted.plan) >= _served(self.first.plan) else None

    def _with_routes(self, empty: Plan, siting: Siting) -> Plan:
        return self.routed(
            replace(empty, stations=siting.stations, assignments=siting.assignments, reports=siting.reports)
        )


def _counted(task: SitingTask, network: Network, plan: Plan) -> Counted:
    """Everything of a plan with routes that is compared, counted by the rules of the evaluation."""
    from planner.evaluate import villages_missed, yearly_costs

    costs = yearly_costs(task.county, task.scenario, plan)
    return Counted(network, plan, costs, villages_missed(plan), stage_values(task.problem, network)["access"])


def _direct_villages(counted: Counted) -> frozenset[int]:
    """Villages of points that routes of another depot than the point's parent stop at."""
    plan = counted.plan
    passed = {
        stop.site_id
        for route in plan.routes
        for stop in route.stops
        if stop.site_id in plan.station_by_id
        and plan.station_by_id[stop.site_id].tier is Tier.VILLAGE
        and plan.station_by_id[stop.site_id].parent_id != route.depot_id
    }
    return frozenset(i for i, each in enumerate(plan.assignments) if each.station_id in passed)


def _result(network: Network, reports: tuple[SolveReport, ...]) -> ThreeTierResult:
    return ThreeTierResult(network.tier, network.station, network.parent, reports, network.cold)


def _served(plan: Plan) -> int:
    """Villages with a station, or served on market days or by a calling van."""
    return sum(assignment.service is not None for assignment in plan.assignments)


def _before_cost(problem: ThreeTierProblem, network: Network) -> dict[str, float]:
    """Values of the stages before cost, the more the better; villages count up to the target."""
    values = stage_values(problem, network)
    reached = {name: float(values[name]) for name in BEFORE_COST}
    reached["villages"] = min(reached["villages"], problem.target_villages)
    if problem.equity is not None:
        level = float(attained(problem, network))
        reached[problem.equity] = level if problem.equity == "worst_township" else -level
    return reached


def _siting_reports(
    problem: ThreeTierProblem, first: Counted, kept: Counted, reports: tuple[SolveReport, ...]
) -> tuple[SolveReport, ...]:
    """What is proven of the network kept, stage by stage, from what was proven of the first.

    Up to cost the values are the first network's, so its proofs hold. Cost keeps its bound. What comes after cost was
    proven at the least cost only: at another cost nothing is known of it.
    """
    values, after_cost, out = stage_values(problem, kept.network), False, []
    least = stage_values(problem, first.network)["cost"]
    for report in reports:
        name = report.stage.removeprefix("locate.")
        if name == "cost":
            after_cost = True
            out.append(_restated(report, values["cost"], report.bound))
        elif after_cost and name in values:
            out.append(_restated(report, values[name], report.bound if values["cost"] == least else None))
            least = least if values[name] == report.objective else -1
        else:
            out.append(report)
    return tuple(out)


def _restated(report: SolveReport, value: int, bound: float | None) -> SolveReport:
    """A report with the value that the plan has; proven only where it was and the value is the same."""
    same = report.objective == value
    return replace(
        report, objective=float(value), bound=bound,
        status=report.status if same and bound is not None else SolveStatus.FEASIBLE,
    )  # fmt: skip


def _together_report(costs: YearlyCosts, reports: tuple[SolveReport, ...]) -> SolveReport:
    """Stations and routes together: routes cost something, so no plan costs less than the least stations alone."""
    cost = next((report for report in reports if report.stage == "locate.cost"), reports[-1])
    bound = cost.bound if cost.stage == "locate.cost" else None
    proven = bound is not None and costs.total_cny <= bound
    return replace(
        cost, stage=STAGE, objective=float(costs.total_cny), bound=bound, seconds=0.0,
        status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE, engine="local search over siting and routes",
    )  # fmt: skip
