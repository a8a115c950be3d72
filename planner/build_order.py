"""A plan built year by year: which station when, what each year reaches, and how far that is from the best there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain import Assignment, Plan, Station
from planner.errors import UsageError
from planner.network import result_label
from planner.pipeline import CountyPlan, Progress
from planner.scenario import MOST_CNY, MOST_YEARS, Scenario

if TYPE_CHECKING:
    from planner.locate import FrontierPoint, PhaseProblem, ThreeTierProblem

YEARS_BY_DEFAULT = 3


@dataclass(frozen=True, eq=False)
class BuildOrder:
    """A plan with the year of each station, each year's money, and the rows of the three tables."""

    solved: CountyPlan
    budgets_cny: tuple[int, ...]
    build_year: Mapping[str, int]
    phases: tuple[Mapping[str, Any], ...]
    villages: tuple[Mapping[str, Any], ...]
    years: tuple[Mapping[str, Any], ...]


def parse_yearly_budgets(text: str | None, years: int | None) -> dict[str, Any]:
    """What ``--years`` and ``--yearly-budget`` (one number for each year, or a comma list) ask of `Scenario.phasing`.

    Raises UsageError for anything else, or for more than 30 years.
    """
    if years is not None and not 1 <= years <= MOST_YEARS:
        raise UsageError(f"--years {years}: from 1 to {MOST_YEARS}")
    asked: dict[str, Any] = {} if years is None else {"years": years}
    if text is None:
        return asked
    hint = f"--yearly-budget {text}: write yuan, one number for every year or a list, e.g. 2000000,500000,500000"
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 14 for part in parts):
        raise UsageError(hint)
    budgets = tuple(int(part) for part in parts)
    if any(budget > MOST_CNY for budget in budgets) or len(budgets) > MOST_YEARS:
        raise UsageError(f"{hint} (up to {MOST_YEARS} years of {MOST_CNY} yuan)")
    if len(budgets) == 1:
        return {"years": YEARS_BY_DEFAULT, **asked, "yearly_budget_cny": budgets}
    if years is not None and years != len(budgets):
        raise UsageError(f"--yearly-budget gives {len(budgets)} years, --years {years}: drop one of them")
    return {"years": len(budgets), "yearly_budget_cny": budgets}


def phased_plan(solved: CountyPlan, scenario: Scenario) -> CountyPlan:
    """``solved`` under the phasing of ``scenario``: each station gets the year in which it is built.

    Raises InfeasibleError when the first year cannot pay for a county centre or all years not for the plan.
    """
    from planner.locate.phasing import with_build_years

    phased = solved.scenario.update({"phasing": scenario.phasing.model_dump()})
    plan = solved.plan
    stations, reports = with_build_years(solved.county, phased, plan.stations, plan.assignments)
    return replace(
        solved,
        applied=replace(solved.applied, scenario=phased),
        plan=replace(plan, stations=stations, reports=(*plan.reports, *reports)),
    )


def order_building(solved: CountyPlan, problem: ThreeTierProblem, *, progress: Progress) -> BuildOrder:
    """What each year of a phased plan reaches, and how far that is from the best that its money could reach.

    ``problem`` is the county's siting problem, by which each year's own optimum is found.
    """
    from planner.locate.phasing import phase_problem, yearly_money

    plan, first = solved.plan, solved.scenario.base_year
    money = yearly_money(solved.scenario, plan.stations)
    phased = phase_problem(solved.county, solved.scenario, plan.stations, plan.assignments, money)
    rows = []
    for t in range(len(money)):
        progress(f"own optimum of {first + t}")
        rows.append(_year_row(solved, problem, phased, t))
    year = {station.site_id: station.build_year for station in plan.stations}
    phases = sorted(station_rows(solved, plan.stations), key=lambda row: (year[row["station_id"]], row["station_id"]))
    return BuildOrder(
        solved, money, year,
        tuple({**row, "build_year": year[row["station_id"]]} for row in phases),
        tuple(village_rows(solved, solved.plan.assignments)),
        tuple(rows),
    )  # fmt: skip


def station_rows(solved: CountyPlan, stations: Sequence[Station]) -> list[dict[str, Any]]:
    """What ``phases.csv`` says of each station, but for the year."""
    from planner.locate.phasing import served_by

    serves = served_by(solved.county, solved.plan.stations, solved.plan.assignments)
    label = result_label(solved.county, solved.scenario.network) or None
    rows = []
    for station in stations:
        site, served = solved.county.site_by_id[station.site_id], serves[station.site_id]
        rows.append(
            {
                "station_id": site.site_id,
                "name": site.name,
                "tier": station.tier.word,
                "township_code": site.township_code,
                "parent_id": station.parent_id,
                "villages_served": served["villages"],
                "priority_villages_served": served["priority"],
                "population_served": served["people"],
                "capex_cny": station.capex_cny,
                "connect_cny": station.connect_cny,
                "annual_cost_cny": station.annual_cost_cny,
                "cold_store": station.cold.origin if station.cold else None,
                "synthetic_layers": label,
            }
        )
    return rows


def village_rows(solved: CountyPlan, assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Which village which station serves, how far, and from which year; villages left out have neither."""
    year = {station.site_id: station.build_year for station in solved.plan.stations}
    label = result_label(solved.county, solved.scenario.network) or None
    rows = []
    for assignment in assignments:
        village = solved.county.village_by_code[assignment.village_code]
        rows.append(
            {
                "village_code": village.code,
                "name": village.name,
                "township_code": village.township_code,
                "population": village.population,
                "priority": bool(village.priority),
                "station_id": assignment.station_id,
                "access_distance_m": assignment.access_distance_m,
                "served_from_year": None if assignment.station_id is None else year[assignment.station_id],
                "synthetic_layers": label,
            }
        )
    return rows


def _required(solved: CountyPlan) -> tuple[Any, ...]:
    from planner.locate.county import required_townships

    return required_townships(solved.county, solved.scenario)


def _own_optimum(
    problem: ThreeTierProblem, solved: CountyPlan, standing: Plan, money_cny: int, townships: int
) -> FrontierPoint:
    """The most villages that money covers when as many townships (as the rule asks for at most) have their station.

    Sites that must be open are built in some year, so none of them need be open yet; nor need a station have its least
    volume before the plan is finished. What is ``standing`` is such a network, which serves when time runs out.
    """
    from planner.locate import most_villages
    from planner.locate.county import plan_network

    solver = solved.scenario.solver
    counted = min(townships, problem.required_township_count)
    budget = money_cny if problem.budget_cny is None else min(money_cny, problem.budget_cny)
    asked = replace(problem, budget_cny=budget, required_township_count=counted, least_tier=None)
    asked = replace(asked, least_centiparcels=None)
    known = plan_network(solved.county, standing.stations, standing.assignments)
    best = most_villages(asked, known=known, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
    if best is None:
        raise AssertionError("the build order itself is a network for this money")
    return best


def plan_by(solved: CountyPlan, built: Mapping[str, int], year: int) -> Plan:
    """What stands by the end of ``year`` of a plan whose stations are ``built`` then: nobody changes station."""
    there = {site_id for site_id, when in built.items() if when <= year}
    with_station = {solved.county.site_by_id[site_id].village_code for site_id in there}
    assignments = tuple(
        assignment
        if assignment.station_id in there
        else replace(
            assignment,
            station_id=None,
            access_distance_m=None,
            access_time_s=None,
            own_station=assignment.village_code in with_station,
            service_per_week=0,
            outreach=None,
        )
        for assignment in solved.plan.assignments
    )
    stations = tuple(station for station in solved.plan.stations if station.site_id in there)
    return replace(solved.plan, stations=stations, assignments=assignments, routes=())


def _year_row(solved: CountyPlan, problem: ThreeTierProblem, phased: PhaseProblem, t: int) -> dict[str, Any]:
    from planner.evaluate import evaluate
    from planner.locate.phases import goals_by

    first = solved.scenario.base_year
    year_of = {station.site_id: station.build_year for station in solved.plan.stations}
    year = np.array([station.build_year - first for station in solved.plan.stations])
    plan = plan_by(solved, year_of, first + t)
    evaluation = evaluate(solved.county, solved.scenario, plan)
    counts, money = evaluation.counts, phased.cumulative_cny
    spent = list(accumulate(int(phased.capex_cny[year == before].sum()) for before in range(t + 1)))
    townships, priority, villages, _ = goals_by(phased, year, t)
    best = _own_optimum(problem, solved, plan, money[t], townships)
    cap = max(_target(solved), villages)
    own = max(villages, min(best.villages, cap))
    bound = None if best.villages_bound is None else min(best.villages_bound, cap)
    reported = next(report for report in solved.plan.reports if report.stage == f"build {first + t}")
    return {
        "year": first + t,
        "budget_cny": phased.budgets_cny[t],
        "spent_cny": spent[-1] - (spent[-2] if t else 0),
        "carried_over_cny": money[t] - spent[-1],
        "total_budget_cny": money[t],
        "total_spent_cny": spent[-1],
        "stations_built": int((year == t).sum()),
        "county_centres": counts.county_centres,
        "township_stations": counts.township_stations,
        "village_points": counts.village_points,
        "stations": counts.stations,
        "townships": len(_required(solved)),
        "townships_with_station": townships,
        "priority_villages": evaluation.priority["village_service_coverage"].denominator,
        "priority_villages_covered": priority,
        "villages": counts.villages,
        "villages_covered": villages,
        "villages_with_own_station": evaluation.indicators["village_station_coverage"].numerator,
        "population": counts.population,
        "population_covered": counts.population_covered,
        "mean_access_m": evaluation.access.mean_m,
        "max_access_m": evaluation.access.max_m,
        "station_cost_cny_per_year": evaluation.costs.station_cny_per_year,
        "status": reported.status.value,
        "own_optimum_villages": own,
        "own_optimum_bound": bound,
        "gap_villages": own - villages,
        "own_optimum_status": "optimal" if bound == own else "feasible",
        "synthetic_layers": result_label(solved.county, solved.scenario.network) or None,
    }


def _target(solved: CountyPlan) -> int:
    from planner.locate.county import share_of

    return share_of(solved.scenario.targets.villages, solved.evaluation.counts.villages)
