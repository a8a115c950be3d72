"""A county whose roads close in winter, from end to end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from shapely import LineString, Point

from planner import Scenario, solve
from planner.domain import ReasonCode, Tier
from planner.evaluate import audit
from planner.pipeline import network_facts, prepare

LOOSE = Scenario().with_settings(["targets.township_outlets=0", "network.snap_limit_m=600"])


@pytest.fixture(scope="session")
def snowed_in(xunhua, xunhua_plan):
    """The demo county with every road within 2 km of one village closed from December to February.

    The village is covered otherwise, far from any possible centre, and no site is near it. A path of its own stays
    open, an island that leads nowhere.
    """
    covered = {assignment.village_code for assignment in xunhua_plan.plan.assignments if assignment.covered}
    centres = [Point(site.lon, site.lat) for site in xunhua.sites if site.max_tier is Tier.COUNTY]
    sites = [Point(site.lon, site.lat) for site in xunhua.sites]
    lonely = [
        village
        for village in xunhua.administrative_villages
        if village.code in covered and min(Point(village.lon, village.lat).distance(site) for site in sites) > 0.007
    ]
    village = max(lonely, key=lambda each: min(Point(each.lon, each.lat).distance(centre) for centre in centres))
    here, roads = Point(village.lon, village.lat), []
    for road in xunhua.roads:
        near = road.geometry.distance(here) < 0.02
        roads.append(replace(road, closed_months=frozenset({12, 1, 2})) if near else road)
    path = LineString([(village.lon - 1e-4, village.lat), (village.lon + 1e-4, village.lat)])
    roads.append(replace(roads[0], road_id="zz-path", geometry=path, closed_months=frozenset()))
    return replace(xunhua, roads=tuple(roads)), village


def reason_of(solved, village):
    return next(a.reason for a in solved.plan.assignments if a.village_code == village.code)


def with_month(month):
    return LOOSE if month is None else LOOSE.with_settings([f"network.month={month}"])


@pytest.mark.parametrize("month", [None, 7])
def test_in_summer_or_without_a_month_everybody_gets_through(snowed_in, month):
    county, village = snowed_in
    prepared = prepare(county, with_month(month))
    at = [each.code for each in county.administrative_villages].index(village.code)
    assert prepared.network.n_closed == 0
    summer = prepare(replace(county, roads=county.roads[:-1]), with_month(month))
    assert summer.village_snaps.ok[at]
    assert summer.access.connected[at]


def test_in_winter_a_village_is_cut_off_and_told_so_and_the_audit_agrees(snowed_in, tmp_path):
    county, village = snowed_in
    solved = solve(county, with_month(1))
    assert reason_of(solved, village).code is ReasonCode.DISCONNECTED
    assert {a.reason.code for a in solved.plan.uncovered} >= {ReasonCode.NO_ROAD, ReasonCode.DISCONNECTED}
    assert not [violation for violation in solved.violations if violation.rule == "reason"]
    solved.write(tmp_path / "out")
    assert audit(tmp_path / "out", county).differences == ()
    warnings = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["warnings"]
    assert "month 1" in warnings["en"][-1]
    assert "1 月" in warnings["zh"][-1]
    assert "本方案按 1 月规划" in (tmp_path / "out" / "map.html").read_text("utf-8")


def test_a_plan_for_the_whole_year_says_that_roads_close(snowed_in):
    county, _ = snowed_in
    closing = sum(bool(road.closed_months) for road in county.roads)
    facts = network_facts(prepare(county, LOOSE))
    assert any(f"{closing} roads" in fact and "set network.month" in fact for fact in facts)


def test_the_check_counts_the_open_roads_only(snowed_in):
    county, _ = snowed_in
    closed = sum(1 in road.closed_months for road in county.roads)
    facts = network_facts(prepare(county, with_month(1)))
    assert facts[0].startswith(f"roads: {len(county.roads) - closed},")
    assert any("closed then and not used" in fact for fact in facts)
