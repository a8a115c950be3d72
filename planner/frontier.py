"""What each further yuan covers: the proven budget-coverage frontier of one county, and its plan built year by year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from planner.build_order import YEARS_BY_DEFAULT, BuildOrder, order_building, phased_plan, station_rows
from planner.domain import County, SolveStatus, Tier
from planner.domain.attribution import attributions
from planner.domain.schema import FRONTIER, FRONTIER_TABLES, YEARS
from planner.domain.steps import parse_steps
from planner.errors import InfeasibleError, Sentence, UsageError
from planner.network import result_label, result_notes
from planner.pipeline import CountyPlan, Prepared, Progress, prepare, program_versions, solve_prepared
from planner.scenario import MOST_CNY, Scenario

if TYPE_CHECKING:
    import pandas as pd

    from planner.locate import FrontierPoint, ThreeTierProblem
    from planner.locate.solution import Network

MOST_POINTS = 100
"""Points on a frontier unless the caller says otherwise, as the command line does."""
MOST_BUDGETS = 200


@dataclass(frozen=True, eq=False)
class Frontier:
    """Rows of ``frontier.csv``, ``frontier_stations.csv`` and ``frontier_villages.csv``, and the build order.

    ``thinned`` says that pairs of investment and villages between the points may have been left out.
    """

    county: County
    scenario: Scenario
    points: tuple[Mapping[str, Any], ...]
    stations: tuple[Mapping[str, Any], ...]
    villages: tuple[Mapping[str, Any], ...]
    thinned: bool
    order: BuildOrder

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by file name."""
        from planner.export import table_frame

        order = self.order
        rows = (self.points, self.stations, self.villages, order.phases, order.villages, order.years)
        return {table.name: table_frame(table, listed) for table, listed in zip(FRONTIER_TABLES, rows, strict=True)}

    def facts(self) -> dict[str, Any]:
        """What the tables rest on, as ``frontier.json`` holds it."""
        from planner.export.summary import groundwork

        warnings = {language: list(self.notes(language)) for language in ("zh", "en")}
        return {
            **groundwork(self.county, self.scenario, self.order.solved.assumptions()),
            "thinned": self.thinned,
            "warnings": warnings,
            "run": {"versions": program_versions()},
        }

    def notes(self, language: str) -> tuple[str, ...]:
        """Sentences (``zh`` or ``en``) that must stand beside every row and under the picture."""
        notes = result_notes(self.county, self.scenario.network, language, self.scenario.sites)
        if self.scenario.cold.planned:
            cold = Sentence(
                "Points of the frontier and each year's own optimum are networks without cold stores; the plan and its "
                "build order have them.",
                "前沿各点和各年最优值均为不含冷库的方案；规划方案及其分年建设顺序含冷库。",
            )
            notes = (*notes, cold.say(language))
        if not self.thinned:
            return notes
        count = sum(row["kind"] == "frontier" for row in self.points)
        said = Sentence(
            f"{count} points at evenly spaced coverage, each proven; others lie between them (--points for more).",
            f"按覆盖村数均匀取 {count} 个点，每点均已证明；点与点之间还有其他点（用 --points 增加）。",
        )
        return (*notes, said.say(language))


def parse_budgets(text: str) -> tuple[int, ...]:
    """``first:last:step`` in yuan (both ends included), or a comma list, as increasing budgets.

    Raises UsageError for anything else, a step that is not positive, or more than 200 budgets.
    """
    hint = f"--budgets {text}: write first:last:step in yuan, e.g. 1500000:2500000:100000, or a list"
    budgets = parse_steps(text, MOST_BUDGETS, hint)
    whole = all(budget.is_finite() and 0 <= budget <= MOST_CNY and budget == int(budget) for budget in budgets)
    if not whole or not 1 <= len(budgets) <= MOST_BUDGETS:
        raise UsageError(f"{hint} (1 to {MOST_BUDGETS} budgets of whole yuan)")
    return tuple(int(budget) for budget in budgets)


def plan_frontier(
    county: County,
    scenario: Scenario,
    *,
    most_points: int = MOST_POINTS,
    budgets_cny: Sequence[int] | None = None,
    progress: Progress = lambda _: None,
) -> Frontier:
    """The frontier of ``county``, and its plan built over the scenario's years (3 when it names none).

    Parameters
    ----------
    most_points
        Points on the frontier at most; fewer pairs than that are all found.
    budgets_cny
        Budgets to answer instead of the whole frontier.

    Raises
    ------
    InfeasibleError
        No plan meets the hard rules, a budget is below the least investment that does, or the first year's money does
        not pay for a county centre.
    """
    unlimited = scenario.update({"budget_cny": None, "phasing": {"years": 1, "yearly_budget_cny": None}})
    prepared = prepare(county, unlimited, progress=progress)
    progress("plan without a budget")
    whole = solve_prepared(prepared, unlimited, routes=False)
    problem = _problem(whole)
    numbered: list[tuple[int | None, FrontierPoint]] = []
    thinned = False
    if budgets_cny is None:
        numbered.extend((None, point) for point in _whole_frontier(whole, problem, most_points, progress))
        least, top = numbered[0][1].villages, whole.evaluation.counts.villages_covered
        thinned = top - least >= most_points
    else:
        numbered.extend(_at_budgets(whole, problem, budgets_cny, progress))
    points, stations, villages = _rows(whole, problem, numbered)
    if "phasing" not in scenario.model_fields_set:
        scenario = scenario.update({"phasing": {"years": YEARS_BY_DEFAULT}})
    order = _build_order(prepared, scenario, whole, problem, progress)
    return Frontier(county, order.solved.scenario, points, stations, villages, thinned, order)


FRONTIER_FILES = (*(table.name for table in FRONTIER_TABLES), "frontier.json", "frontier.png")
"""The files of a frontier's folder; `write_frontier` replaces these and touches no other."""


def write_frontier(directory: str | Path, found: Frontier, note: str) -> tuple[Path, ...]:
    """Write the tables, ``frontier.json`` and ``frontier.png``, all or nothing; ``note`` stands below the picture."""
    from planner.export import csv_bytes, write_folder
    from planner.export.picture import frontier_picture
    from planner.export.summary import summary_text

    tables = found.tables()

    def fill(fresh: Path) -> None:
        for name, table in tables.items():
            (fresh / name).write_bytes(csv_bytes(table))
        (fresh / "frontier.json").write_bytes(summary_text(found.facts()).encode())
        frontier_picture(
            tables[FRONTIER.name],
            tables[YEARS.name],
            fresh / "frontier.png",
            title=found.county.name,
            note=note,
            owed=attributions(found.county),
        )

    return write_folder(directory, FRONTIER_FILES, fill)


def _problem(solved: CountyPlan) -> ThreeTierProblem:
    from planner.locate.county import county_problem, site_gates

    prepared, scenario = solved.prepared, solved.scenario
    gates = site_gates(solved.county, scenario, prepared.supply, prepared.site_snaps)
    return county_problem(solved.county, scenario, prepared.access, prepared.supply, gates)


def _network(solved: CountyPlan) -> Network:
    from planner.locate.county import plan_network

    return plan_network(solved.county, solved.plan.stations, solved.plan.assignments)


def _whole_frontier(
    whole: CountyPlan, problem: ThreeTierProblem, most_points: int, progress: Progress
) -> Iterator[FrontierPoint]:
    from planner.locate import budget_frontier

    solver, top = whole.scenario.solver, whole.evaluation.counts.villages_covered
    progress("least investment")
    for point in budget_frontier(
        problem,
        top,
        most_points=most_points,
        known=_network(whole),
        time_limit_s=solver.locate_time_limit_s,
        seed=solver.seed,
    ):
        progress(f"{point.investment_cny} CNY: {point.villages} of {top} villages")
        yield point


def _at_budgets(
    whole: CountyPlan, problem: ThreeTierProblem, budgets_cny: Sequence[int], progress: Progress
) -> Iterator[tuple[int | None, FrontierPoint]]:
    """For each budget the most villages it covers, at the least investment that covers so many."""
    from planner.locate import least_investment, most_villages

    solver = whole.scenario.solver
    limit_s, seed = solver.locate_time_limit_s, solver.seed
    progress("least investment")
    least = _least(whole, problem)
    for budget in budgets_cny:
        progress(f"{budget} CNY")
        if budget < least.investment_cny:
            _refuse(problem, [budget], least, "budget")
        within = replace(problem, budget_cny=budget)
        most = most_villages(within, known=least.network, time_limit_s=limit_s, seed=seed)
        if most is None:
            raise AssertionError("the network of least investment is within the budget")
        point = least_investment(within, most.villages, known=most.network, time_limit_s=limit_s, seed=seed)
        if point is None:
            raise AssertionError("the network that covers most villages is within the budget")
        proven = most.status is SolveStatus.OPTIMAL and point.status is SolveStatus.OPTIMAL
        status = SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE
        yield budget, replace(point, villages_bound=most.villages_bound, status=status)


def _least(whole: CountyPlan, problem: ThreeTierProblem) -> FrontierPoint:
    from planner.locate import least_investment

    solver = whole.scenario.solver
    least = least_investment(
        replace(problem, budget_cny=None),
        known=_network(whole),
        time_limit_s=solver.locate_time_limit_s,
        seed=solver.seed,
    )
    if least is None:
        raise AssertionError("the plan without a budget is a network")
    return least


def _refuse(problem: ThreeTierProblem, budgets: Sequence[int], least: FrontierPoint, what: str) -> NoReturn:
    """Raise InfeasibleError: money that does not pay for the hard rules, with the least that does."""
    count = problem.required_township_count
    centres = problem.max_tier == Tier.COUNTY
    centre = int(problem.capex_cny[centres, Tier.COUNTY - 1].min())
    bound = least.investment_bound
    proven = ("", "") if bound != least.investment_cny else (" (proven)", "（已证明）")
    total = sum(budgets)
    if what == "budget":
        first = ("", "")
    else:
        first = (
            f", of which the first year at least {centre} for a county centre",
            f"，其中第一年至少 {centre} 元用于县级中心",
        )
    raise InfeasibleError(
        [
            Sentence(
                f"{total} yuan ({what}) do not pay for a county centre and {count} townships' stations",
                f"{total} 元不足以建县级中心并让 {count} 个乡镇设站",
            )
        ],
        Sentence(
            f"the least investment that does is {least.investment_cny} yuan{proven[0]}{first[0]}",
            f"所需最少投资为 {least.investment_cny} 元{proven[1]}{first[1]}",
        ),
    )


def _build_order(
    prepared: Prepared, scenario: Scenario, whole: CountyPlan, problem: ThreeTierProblem, progress: Progress
) -> BuildOrder:
    """Order the building of the plan that all money together pays for."""
    limit, money, solved = scenario.limit_cny, scenario.phasing.money_cny, whole
    if limit is not None and whole.evaluation.costs.capex_cny > limit:
        least = _least(whole, problem)
        if limit < least.investment_cny:
            _refuse(problem, money or [limit], least, "all years together" if money else "budget")
        progress(f"plan for {limit} CNY")
        within = {"budget_cny": limit, "phasing": {"years": 1, "yearly_budget_cny": None}}
        solved = solve_prepared(prepared, scenario.update(within), routes=False)
    progress("build order")
    return order_building(
        phased_plan(solved, scenario), replace(problem, budget_cny=scenario.budget_cny), progress=progress
    )


def _rows(
    whole: CountyPlan, problem: ThreeTierProblem, numbered: Sequence[tuple[int | None, FrontierPoint]]
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """Rows of the frontier, its stations and the villages they serve.

    Last comes the plan without a budget, where it costs more to build.
    """
    points: list[Mapping[str, Any]] = []
    stations: list[Mapping[str, Any]] = []
    villages: list[Mapping[str, Any]] = []
    before: FrontierPoint | None = None
    for number, (limit, point) in enumerate(numbered, start=1):
        points.append(_point_row(whole, problem, point, before, number, limit))
        stations.extend({"point": number, **row} for row in _network_rows(whole, problem, point))
        villages.extend({"point": number, **row} for row in _served_rows(whole, problem, point.network))
        before = point
    if before is not None and whole.evaluation.costs.capex_cny > before.investment_cny:
        number = len(points) + 1
        points.append(_plan_row(whole, problem, points[-1], number))
        stations.extend({"point": number, **row} for row in station_rows(whole, whole.plan.stations))
        villages.extend({"point": number, **row} for row in _served_rows(whole, problem, _network(whole)))
    return tuple(points), tuple(stations), tuple(villages)


def _point_row(  # noqa: PLR0917 (a point and where it stands)
    whole: CountyPlan,
    problem: ThreeTierProblem,
    point: FrontierPoint,
    before: FrontierPoint | None,
    number: int,
    limit: int | None,
) -> dict[str, Any]:
    tier = point.network.tier
    marginal = None
    if before is not None and point.villages > before.villages:
        marginal = (point.investment_cny - before.investment_cny) / (point.villages - before.villages)
    with_station = np.isin(problem.required_townships, problem.site_township[tier >= Tier.TOWNSHIP])
    return {
        "point": number,
        "kind": "frontier",
        "limit_cny": limit,
        "budget_cny": point.investment_cny,
        "villages": problem.n_villages,
        "villages_covered": point.villages,
        "population_covered": point.people,
        "townships_with_station": int(with_station.sum()),
        "county_centres": int((tier == Tier.COUNTY).sum()),
        "township_stations": int((tier == Tier.TOWNSHIP).sum()),
        "village_points": int((tier == Tier.VILLAGE).sum()),
        "stations": int((tier > 0).sum()),
        "marginal_cny_per_village": marginal,
        "station_cost_cny_per_year": point.annual_cost_cny,
        "status": point.status.value,
        "bound_cny": point.investment_bound,
        "villages_bound": point.villages_bound,
        "synthetic_layers": result_label(whole.county, whole.scenario.network) or None,
    }


def _plan_row(whole: CountyPlan, problem: ThreeTierProblem, last: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The plan without a budget, under the same heads; what the frontier proves of its villages stays its bound."""
    from planner.locate.county import required_townships

    counts, costs = whole.evaluation.counts, whole.evaluation.costs
    as_many = last["villages_covered"] == counts.villages_covered
    required = {township.code for township in required_townships(whole.county, whole.scenario)}
    with_station = {
        whole.county.site_by_id[station.site_id].township_code
        for station in whole.plan.stations
        if station.tier >= Tier.TOWNSHIP
    }
    proven = [r.bound for r in whole.plan.reports if r.stage == "locate.villages" and r.bound is not None]
    if problem.target_villages < problem.n_villages:
        proven = []  # it speaks of the villages up to the target only
    return {
        **last,
        "point": number,
        "kind": "plan",
        "limit_cny": None,
        "budget_cny": costs.capex_cny,
        "villages_covered": counts.villages_covered,
        "population_covered": counts.population_covered,
        "townships_with_station": len(required & with_station),
        "county_centres": counts.county_centres,
        "township_stations": counts.township_stations,
        "village_points": counts.village_points,
        "stations": counts.stations,
        "marginal_cny_per_village": None,
        "station_cost_cny_per_year": costs.station_cny_per_year,
        "status": whole.plan.status.value,
        "bound_cny": last["bound_cny"] if as_many else None,
        "villages_bound": int(proven[0]) if proven else None,
    }


def _network_rows(whole: CountyPlan, problem: ThreeTierProblem, point: FrontierPoint) -> Iterator[dict[str, Any]]:
    """Stations of one point, in the county's order."""
    from planner.locate.rules.connecting import connect_cny

    county, network = whole.county, point.network
    label = result_label(county, whole.scenario.network) or None
    serves: dict[int, Counter[str]] = {j: Counter() for j in np.flatnonzero(network.tier).tolist()}
    for village, at in zip(county.administrative_villages, network.station.tolist(), strict=True):
        if at >= 0:
            serves[at].update(villages=1, priority=int(bool(village.priority)), people=village.population)
    for j, served in serves.items():
        site, tier, above = county.sites[j], Tier(int(network.tier[j])), int(network.parent[j])
        yield {
            "station_id": site.site_id,
            "name": site.name,
            "tier": tier.word,
            "township_code": site.township_code,
            "parent_id": county.sites[above].site_id if above >= 0 else None,
            "villages_served": served["villages"],
            "priority_villages_served": served["priority"],
            "population_served": served["people"],
            "capex_cny": int(problem.capex_cny[j, tier - 1]),
            "connect_cny": connect_cny(site, whole.scenario),
            "annual_cost_cny": int(problem.annual_cost_cny[j, tier - 1]),
            "cold_store": None,
            "synthetic_layers": label,
        }


def _served_rows(whole: CountyPlan, problem: ThreeTierProblem, network: Network) -> Iterator[dict[str, Any]]:
    """Villages that a network serves, in the county's order."""
    from planner.locate.solution import access_lengths_m

    label = result_label(whole.county, whole.scenario.network) or None
    length = access_lengths_m(problem, network).tolist()
    for i, village in enumerate(whole.county.administrative_villages):
        if network.station[i] >= 0:
            yield {
                "village_code": village.code,
                "station_id": whole.county.sites[int(network.station[i])].site_id,
                "access_distance_m": length[i],
                "synthetic_layers": label,
            }
