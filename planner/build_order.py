"""A plan built year by year: which station when, what each year reaches, and how far that is from the best there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain import Plan, Station, Tier
from planner.errors import UsageError
from planner.network import result_label
from planner.pipeline import CountyPlan, Progress

if TYPE_CHECKING:
    from planner.locate import FrontierPoint, PhaseProblem, PhaseResult, ThreeTierProblem

MOST_YEARS = 30
MOST_CNY = 10**13


@dataclass(frozen=True, eq=False)
class BuildOrder:
    """The year in which each station is built, by site id, and the rows of ``phases.csv`` and ``years.csv``."""

    solved: CountyPlan
    budgets_cny: tuple[int, ...]
    build_year: Mapping[str, int]
    phases: tuple[Mapping[str, Any], ...]
    years: tuple[Mapping[str, Any], ...]


def parse_yearly_budgets(text: str | None, years: int | None) -> tuple[int, ...] | None:
    """Yearly budgets in yuan: one number for each of ``years`` (3 when not given), or a comma list; None for none.

    Raises UsageError for anything else, or for more than 30 years.
    """
    if years is not None and not 1 <= years <= MOST_YEARS:
        raise UsageError(f"--years {years}: from 1 to {MOST_YEARS}")
    if text is None:
        return None
    hint = f"--yearly-budget {text}: write yuan, one number for every year or a list, e.g. 2000000,500000,500000"
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 14 for part in parts):
        raise UsageError(hint)
    budgets = tuple(int(part) for part in parts)
    if any(budget > MOST_CNY for budget in budgets) or len(budgets) > MOST_YEARS:
        raise UsageError(f"{hint} (up to {MOST_YEARS} years of {MOST_CNY} yuan)")
    if len(budgets) == 1:
        return budgets * (years or 3)
    if years is not None and years != len(budgets):
        raise UsageError(f"--yearly-budget gives {len(budgets)} years, --years {years}: drop one of them")
    return budgets


def even_split(plan: Plan, years: int) -> tuple[int, ...]:
    """The plan's investment over ``years``, as evenly as a county centre, which must come first, lets it be."""
    total = sum(station.capex_cny for station in plan.stations)
    centre = min(station.capex_cny for station in plan.stations if station.tier is Tier.COUNTY)
    first = total if years == 1 else max(-(-total // years), centre)
    rest, count = total - first, years - 1
    return (first, *(rest * (t + 1) // count - rest * t // count for t in range(count)))


def order_building(
    solved: CountyPlan, problem: ThreeTierProblem, budgets_cny: Sequence[int], *, progress: Progress
) -> BuildOrder:
    """Choose the year of each of the plan's stations, and count what each year reaches.

    ``problem`` is the county's siting problem, by which each year's own optimum is found. Raises InfeasibleError when
    the first year cannot pay for a county centre or all years not for the plan.
    """
    from planner.locate import build_order

    solver = solved.scenario.solver
    progress("build order")
    phased = phase_problem(solved, budgets_cny)
    result = build_order(phased, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
    first = solved.scenario.base_year
    stations = solved.plan.stations
    year = {station.site_id: first + int(t) for station, t in zip(stations, result.year, strict=True)}
    rows = []
    for t in range(len(budgets_cny)):
        progress(f"own optimum of {first + t}")
        best = _own_optimum(problem, solved, phased.cumulative_cny[t], result.values[t][0])
        rows.append(_year_row(solved, phased, result, best, t))
    phases = sorted(station_rows(solved, stations), key=lambda row: (year[row["station_id"]], row["station_id"]))
    return BuildOrder(
        solved,
        tuple(budgets_cny),
        year,
        tuple({**row, "build_year": year[row["station_id"]]} for row in phases),
        tuple(rows),
    )


def phase_problem(solved: CountyPlan, budgets_cny: Sequence[int]) -> PhaseProblem:
    """The plan's stations as plain arrays, in the plan's order."""
    from planner.locate import PhaseProblem

    county, stations = solved.county, solved.plan.stations
    number = {station.site_id: j for j, station in enumerate(stations)}
    serves = _served(solved)
    required = {township.code: g for g, township in enumerate(_required(solved))}

    def rule(station: Station) -> int:
        if station.tier is Tier.VILLAGE:
            return -1
        return required.get(county.site_by_id[station.site_id].township_code, -1)

    return PhaseProblem(
        parent=np.array([-1 if s.parent_id is None else number[s.parent_id] for s in stations], dtype=np.int64),
        capex_cny=np.array([station.capex_cny for station in stations], dtype=np.int64),
        villages=np.array([serves[s.site_id]["villages"] for s in stations], dtype=np.int64),
        priority_villages=np.array([serves[s.site_id]["priority"] for s in stations], dtype=np.int64),
        people=np.array([serves[s.site_id]["people"] for s in stations], dtype=np.int64),
        township=np.array([rule(station) for station in stations], dtype=np.int64),
        budgets_cny=tuple(budgets_cny),
    )


def station_rows(solved: CountyPlan, stations: Sequence[Station]) -> list[dict[str, Any]]:
    """What ``phases.csv`` says of each station, but for the year."""
    serves = _served(solved)
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
                "annual_cost_cny": station.annual_cost_cny,
                "synthetic_layers": label,
            }
        )
    return rows


def _required(solved: CountyPlan) -> tuple[Any, ...]:
    from planner.locate.county import required_townships

    return required_townships(solved.county, solved.scenario)


def _served(solved: CountyPlan) -> Mapping[str, Counter[str]]:
    """Villages, priority villages and people that each station serves, by site id."""
    serves: dict[str, Counter[str]] = {station.site_id: Counter() for station in solved.plan.stations}
    for assignment in solved.plan.assignments:
        if assignment.station_id is not None:
            village = solved.county.village_by_code[assignment.village_code]
            serves[assignment.station_id].update(
                villages=1, priority=int(bool(village.priority)), people=village.population
            )
    return serves


def _own_optimum(problem: ThreeTierProblem, solved: CountyPlan, money_cny: int, townships: int) -> FrontierPoint:
    """The most villages that money covers when as many townships (as the rule asks for at most) have their station.

    Sites that must be open are built in some year, so none of them need be open yet.
    """
    from planner.locate import most_villages

    solver = solved.scenario.solver
    counted = min(townships, problem.required_township_count)
    budget = money_cny if problem.budget_cny is None else min(money_cny, problem.budget_cny)
    asked = replace(problem, budget_cny=budget, required_township_count=counted, least_tier=None)
    best = most_villages(asked, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
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
        )
        for assignment in solved.plan.assignments
    )
    stations = tuple(station for station in solved.plan.stations if station.site_id in there)
    return replace(solved.plan, stations=stations, assignments=assignments, routes=())


def _year_row(  # the plan, its order, the year's own optimum
    solved: CountyPlan, phased: PhaseProblem, result: PhaseResult, best: FrontierPoint, t: int
) -> dict[str, Any]:
    from planner.evaluate import evaluate

    first = solved.scenario.base_year
    year_of = {s.site_id: first + int(at) for s, at in zip(solved.plan.stations, result.year, strict=True)}
    plan = plan_by(solved, year_of, first + t)
    evaluation = evaluate(solved.county, solved.scenario, plan)
    counts, money = evaluation.counts, phased.cumulative_cny
    spent = list(accumulate(int(phased.capex_cny[result.year == year].sum()) for year in range(t + 1)))
    townships, priority, villages, _ = result.values[t]
    cap = max(_target(solved), villages)
    own = max(villages, min(best.villages, cap))
    bound = None if best.villages_bound is None else min(best.villages_bound, cap)
    return {
        "year": first + t,
        "budget_cny": phased.budgets_cny[t],
        "spent_cny": spent[-1] - (spent[-2] if t else 0),
        "carried_over_cny": money[t] - spent[-1],
        "total_budget_cny": money[t],
        "total_spent_cny": spent[-1],
        "stations_built": int((result.year == t).sum()),
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
        "status": result.status[t].value,
        "own_optimum_villages": own,
        "own_optimum_bound": bound,
        "gap_villages": own - villages,
        "own_optimum_status": "optimal" if bound == own else "feasible",
        "synthetic_layers": result_label(solved.county, solved.scenario.network) or None,
    }


def _target(solved: CountyPlan) -> int:
    from planner.locate.county import share_of

    return share_of(solved.scenario.targets.villages, solved.evaluation.counts.villages)
