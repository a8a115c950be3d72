"""A county's plan built year by year: its stations as a `PhaseProblem`, the year of each (``docs/model.md`` §13)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from planner.domain import Assignment, County, SolveReport, SolveStatus, Station, Tier
from planner.locate.county import required_townships
from planner.locate.phases import PhaseProblem, build_order
from planner.scenario import Scenario


def with_build_years(
    county: County, scenario: Scenario, stations: Sequence[Station], assignments: Sequence[Assignment]
) -> tuple[tuple[Station, ...], tuple[SolveReport, ...]]:
    """The stations with the year in which each is built, and a report for each year.

    A report's value is the villages served by the end of its year; it is proven when the order up to that year is.
    Raises InfeasibleError when the first year's money does not pay for a county centre.
    """
    began = time.perf_counter()
    problem = phase_problem(county, scenario, stations, assignments, yearly_money(scenario, stations))
    solver = scenario.solver
    result = build_order(problem, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
    first = scenario.base_year
    built = [
        replace(station, build_year=first + int(year)) for station, year in zip(stations, result.year, strict=True)
    ]
    seconds = time.perf_counter() - began
    reports = []
    for year, (values, status) in enumerate(zip(result.values, result.status, strict=True), start=first):
        villages = float(values[2])
        reports.append(
            SolveReport(
                stage=f"build {year}",
                status=status,
                objective=villages,
                bound=villages if status is SolveStatus.OPTIMAL else None,
                unit="village",
                seconds=seconds if year == first else 0.0,
                seed=solver.seed,
                engine=f"OR-Tools {version('ortools')} (SCIP)",
            )
        )
    return tuple(built), tuple(reports)


def yearly_money(scenario: Scenario, stations: Sequence[Station]) -> tuple[int, ...]:
    """New money of each year: the scenario's, else the investment in ``stations`` split over its years."""
    return scenario.phasing.money_cny or even_split(stations, scenario.phasing.years)


def even_split(stations: Sequence[Station], years: int) -> tuple[int, ...]:
    """The investment over ``years``, as evenly as a county centre, which must come first, lets it be."""
    total = sum(station.capex_cny for station in stations)
    centre = min(station.capex_cny for station in stations if station.tier is Tier.COUNTY)
    first = total if years == 1 else max(-(-total // years), centre)
    rest, count = total - first, years - 1
    return (first, *(rest * (t + 1) // count - rest * t // count for t in range(count)))


def phase_problem(
    county: County,
    scenario: Scenario,
    stations: Sequence[Station],
    assignments: Sequence[Assignment],
    budgets_cny: Sequence[int],
) -> PhaseProblem:
    """The stations as plain arrays, in their order."""
    number = {station.site_id: j for j, station in enumerate(stations)}
    serves = served_by(county, stations, assignments)
    required = {township.code: g for g, township in enumerate(required_townships(county, scenario))}

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


def served_by(
    county: County, stations: Sequence[Station], assignments: Sequence[Assignment]
) -> Mapping[str, Counter[str]]:
    """Villages, priority villages and people that each station serves, by site id."""
    serves: dict[str, Counter[str]] = {station.site_id: Counter() for station in stations}
    for assignment in assignments:
        if assignment.station_id is not None:
            village = county.village_by_code[assignment.village_code]
            serves[assignment.station_id].update(
                villages=1, priority=int(bool(village.priority)), people=village.population
            )
    return serves
