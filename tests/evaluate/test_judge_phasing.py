"""A plan built year by year: what `solve` writes keeps the rules, and each broken rule is named."""

from dataclasses import replace
from itertools import accumulate

import pytest

from planner.errors import InfeasibleError
from planner.evaluate import audit, check_plan, recount_travel
from planner.locate.phasing import even_split
from planner.pipeline import solve_prepared
from planner.scenario import Scenario

THREE_YEARS = Scenario.from_mapping({"phasing": {"years": 3}})


@pytest.fixture(scope="module")
def phased(xunhua_prepared):
    return solve_prepared(xunhua_prepared, THREE_YEARS)


@pytest.fixture(scope="module")
def travel(xunhua, phased):
    return recount_travel(xunhua, phased.scenario, phased.plan)


def broken(phased, travel, change):
    """Rules that the plan breaks after ``change`` of its stations."""
    plan = replace(phased.plan, stations=tuple(change(station) for station in phased.plan.stations))
    return {violation.rule for violation in check_plan(phased.county, phased.scenario, plan, travel=travel)}


def test_the_years_change_nothing_but_when_each_station_is_built(phased, xunhua_plan):
    assert [replace(station, build_year=2026) for station in phased.plan.stations] == list(xunhua_plan.plan.stations)
    assert {station.build_year for station in phased.plan.stations} == {2026, 2027, 2028}


def test_a_plan_with_years_passes_the_audit(phased, travel, tmp_path):
    phased.write(tmp_path / "out")
    assert audit(tmp_path / "out", phased.county, travel=travel).differences == ()


def test_each_year_is_reported_with_the_villages_served_by_its_end(phased):
    reports = [report for report in phased.plan.reports if report.stage.startswith("build ")]
    assert [report.stage for report in reports] == ["build 2026", "build 2027", "build 2028"]
    assert reports[-1].objective == phased.evaluation.counts.villages_covered
    assert all(report.status == "optimal" for report in reports)


def test_a_station_before_its_parent_outside_the_years_or_beyond_the_money_is_named(phased, travel):
    last = phased.scenario.base_year + 2
    late = {station.site_id for station in phased.plan.stations if station.build_year == last}
    assert broken(phased, travel, lambda station: station) == set()
    assert broken(phased, travel, lambda station: replace(station, build_year=last + 1)) == {"build-year"}
    parent = next(s.parent_id for s in phased.plan.stations if s.parent_id and s.build_year == 2026)
    assert "build-year" in broken(phased, travel, lambda s: replace(s, build_year=last) if s.site_id == parent else s)
    assert broken(
        phased, travel, lambda s: replace(s, build_year=2026) if s.site_id in late and s.capex_cny else s
    ) >= {"yearly-budget"}


def test_money_by_year_limits_the_plan_and_each_year(xunhua_prepared):
    money = (1_530_000, 60_000, 60_000)
    scenario = Scenario.from_mapping({"phasing": {"yearly_budget_cny": list(money)}})
    solved = solve_prepared(xunhua_prepared, scenario, routes=False)
    for year, there_is in enumerate(accumulate(money), start=2026):
        assert sum(s.capex_cny for s in solved.plan.stations if s.build_year <= year) <= there_is


def test_a_first_year_that_does_not_pay_for_the_centre_is_refused_with_the_least_that_does(xunhua_prepared):
    scenario = Scenario.from_mapping({"phasing": {"yearly_budget_cny": [400_000, 2_000_000]}})
    with pytest.raises(InfeasibleError, match="1500000"):
        solve_prepared(xunhua_prepared, scenario, routes=False)


def test_without_yearly_budgets_the_investment_is_split_evenly_after_the_centre(xunhua_plan):
    stations = xunhua_plan.plan.stations
    total, centre = sum(s.capex_cny for s in stations), max(s.capex_cny for s in stations)
    assert even_split(stations, 1) == (total,)
    for years in (2, 3, 7):
        first, *rest = even_split(stations, years)
        assert first == max(centre, -(-total // years))
        assert first + sum(rest) == total
        assert max(rest) - min(rest) <= 1
