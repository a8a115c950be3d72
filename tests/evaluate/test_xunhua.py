"""The solved demo county before the judge: distances, loads and costs that no hand has made."""

from dataclasses import replace

import pytest

from planner.evaluate import audit, check_plan, recount_travel


@pytest.fixture(scope="module")
def xunhua_travel(xunhua_plan):
    return recount_travel(xunhua_plan.county, xunhua_plan.scenario, xunhua_plan.plan)


def test_the_solved_county_keeps_every_rule(xunhua_plan, xunhua_travel):
    solved = xunhua_plan
    found = check_plan(solved.county, solved.scenario, solved.plan, travel=xunhua_travel)
    assert [str(violation) for violation in found] == []


def test_every_station_moved_one_metre_is_seen(xunhua_plan, xunhua_travel):
    solved = xunhua_plan
    for number, station in enumerate(solved.plan.stations):
        if station.distance_to_parent_m is None:
            continue
        moved = list(solved.plan.stations)
        moved[number] = replace(station, distance_to_parent_m=station.distance_to_parent_m + 1)
        plan = replace(solved.plan, stations=tuple(moved))
        found = check_plan(solved.county, solved.scenario, plan, travel=xunhua_travel)
        assert [(v.subject, v.rule) for v in found] == [(station.site_id, "supply-distance")]


def test_the_written_county_agrees_to_the_last_digit(xunhua, xunhua_result, xunhua_travel):
    report = audit(xunhua_result, xunhua, travel=xunhua_travel)
    assert [str(difference) for difference in report.differences] == []
    assert report.checked > 10_000
