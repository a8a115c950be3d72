"""A scenario that only the roads closed in its month make infeasible says so, with their number and months."""

from dataclasses import replace

import pytest

from planner.domain import RoadClass
from planner.errors import InfeasibleError
from planner.geodata import read_county
from planner.pipeline import prepare, solve_prepared
from planner.scenario import Scenario


def xunhua(closed):
    county = read_county("xunhua")
    roads = [
        replace(road, closed_months=frozenset({1, 12})) if road.road_class in closed else road for road in county.roads
    ]
    return replace(county, roads=tuple(roads))


def error_of(county, *settings):
    scenario = Scenario().with_settings(settings)
    with pytest.raises(InfeasibleError) as caught:
        solve_prepared(prepare(county, scenario), scenario, routes=False)
    return caught.value


MAIN = {RoadClass.NATIONAL_PROVINCIAL, RoadClass.COUNTY, RoadClass.TOWNSHIP}


def test_closed_roads_are_the_first_reason_where_a_plan_exists_with_all_of_them_open():
    county = xunhua(MAIN)
    closed = sum(bool(road.closed_months) for road in county.roads)
    error = error_of(county, "network.month=1")
    first = error.reasons[0]
    assert f"{closed} of {len(county.roads)} roads are closed in month 1 (they close in months 1, 12)" in first.en
    assert f"1 月有 {closed} 条道路封闭" in first.zh
    assert error.demands
    assert {demand.kind for demand in error.demands} == {"township_outlets"}


def test_closed_roads_are_no_reason_where_there_is_no_plan_in_summer_either():
    error = error_of(xunhua(MAIN), "network.month=1", "budget_cny=1000")
    assert "roads are closed" not in error.reasons[0].en
