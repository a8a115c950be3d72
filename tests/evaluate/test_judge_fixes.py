"""The judge accepts every fix that siting states, and refuses whatever figure of one is changed."""

from dataclasses import replace

import pytest
from shapely import LineString

from planner.domain import Broadband, FixCost, FixKind, SiteStatus, Tier
from planner.evaluate import check_plan
from planner.pipeline import prepare, solve_prepared
from planner.scenario import Scenario

SCENARIOS = {
    "too far": ["radius_km=0.15"],
    "too far in minutes": ["coverage_metric=minutes", "radius_min=0.5"],
    "too far straight": ["coverage_metric=straight_km", "radius_km=0.3"],
    "banned": ["radius_km=1", "sites.closed=V3,V4"],
    "own township": ["radius_km=1", "sites.own_township=true"],
    "budget": ["radius_km=1", "budget_cny=35000"],
    "no money at all": ["radius_km=0.4", "budget_cny=30000"],
    "supply": ["radius_km=1", "supply.township_to_village_km=2"],
    "capacity": ["radius_km=1", "tiers.village.capacity_parcels_per_day=30"],
    "volume": ["radius_km=1", "tiers.village.viable_parcels_per_day=50", "tiers.village.viable_rule=refuse"],
    "target": ["radius_km=1", "targets.villages=0.2"],
    "time": ["radius_km=1", "solver.locate_time_limit_s=1e-9"],
    "far from the road": ["radius_km=6"],
    "broadband": ["radius_km=1"],
    "4G": ["radius_km=1", "sites.mobile_4g=required"],
    "connected first": ["radius_km=0.4", "sites.broadband=connect", "candidates.broadband=none"],
    "several centres": ["radius_km=0.4", "tiers.county.max_centres=2", "tiers.county.capacity_parcels_per_day=300"],
    "one per village": ["radius_km=1", "sites.one_per_village=true"],
    "winter": ["radius_km=1", "network.month=1"],
    "straight lines": ["radius_km=0.4", "network.straight_line_factor=1.4"],
}
V4 = {
    "own township": {"township_code": "999001101"},
    "broadband": {"broadband": Broadband.NONE},
    "4G": {"mobile_4g": False},
    "connected first": {"broadband": Broadband.NONE, "connect_cost_cny": 7_000},
    "several centres": {"max_tier": Tier.COUNTY},
    "one per village": {"village_code": "999001201201"},
}
"""What is different about site V4, by scenario."""


@pytest.fixture(scope="module")
def planned(county):
    def solved_with(name):
        if name not in plans:
            plans[name] = _planned(county, name)
        return plans[name]

    plans = {}
    return solved_with


def _planned(county, name):
    sites = [replace(site, **V4.get(name, {})) if site.site_id == "V4" else site for site in county.sites]
    county = replace(county, sites=tuple(sites))
    if name == "winter":
        cut = LineString([(102.14, 35.5), (102.158, 35.5)])
        beyond = [
            replace(county.roads[0], road_id="r2", geometry=LineString([(102.158, 35.5), (102.2, 35.5)])),
            replace(county.roads[0], road_id="r3", geometry=cut, closed_months=frozenset({1, 2})),
            replace(county.roads[0], geometry=LineString([(101.99, 35.5), (102.14, 35.5)])),
        ]
        county = replace(county, roads=tuple(beyond))
    scenario = Scenario(rule_pack="none").with_settings(SCENARIOS[name])
    solved = solve_prepared(prepare(county, scenario), scenario, routes=False)
    return solved.county, solved.scenario, solved.plan


def found(county, scenario, plan, travel=None):
    return [v for v in check_plan(county, scenario, plan, travel=travel) if v.rule == "fix"]


def with_fix(plan, code, fix):
    """The plan with ``fix`` as the only one of the village."""
    changed = [
        replace(a, reason=replace(a.reason, fixes=(fix,))) if a.village_code == code else a for a in plan.assignments
    ]
    return replace(plan, assignments=tuple(changed))


def changes(fix):
    """The fix with one thing changed, by the name of what changed."""
    numbers = {
        name: replace(fix, **{name: getattr(fix, name) + 1})
        for name in ("capex_cny", "annual_cost_cny", "over_budget_cny", "road_m")
        if getattr(fix, name) is not None and not (fix.cost is FixCost.EXACT and name == "annual_cost_cny")
    }
    if fix.cost is FixCost.EXACT:
        numbers["capex and value"] = replace(fix, capex_cny=fix.capex_cny - 10**6, value=str(int(fix.value) - 10**6))
    if fix.value is not None:
        numbers["value"] = replace(fix, value="true" if fix.value == "false" else f"{float(fix.value) + 0.5:g}"
                                   if fix.value[0].isdigit() else "C1")  # fmt: skip
    other = next(kind for kind in (FixKind.RADIUS, FixKind.CONNECT_BROADBAND) if kind is not fix.kind)
    rest = {
        "kind": replace(fix, kind=other),
        "setting": replace(fix, setting="radius_km" if fix.setting != "radius_km" else None),
        "cost": replace(fix, cost=FixCost.UNKNOWN if fix.cost is not FixCost.UNKNOWN else FixCost.ADDED),
        "site": replace(fix, site_id="nowhere"),
    }
    if fix.opens:
        site_id, tier = fix.opens[0]
        rest["opens at another tier"] = replace(
            fix, opens=((site_id, Tier.VILLAGE if tier is Tier.TOWNSHIP else Tier.TOWNSHIP), *fix.opens[1:])
        )
        rest["opens nothing"] = replace(fix, opens=())
    return numbers | rest


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_fix_is_accepted_and_any_change_of_it_refused(planned, name):
    county, scenario, plan = planned(name)
    assert found(county, scenario, plan) == []
    stated = [(a.village_code, fix) for a in plan.uncovered for fix in a.reason.fixes]
    assert stated
    for code, fix in stated:
        assert found(county, scenario, with_fix(plan, code, fix)) == []
        for what, changed in changes(fix).items():
            assert found(county, scenario, with_fix(plan, code, changed)), f"{fix.kind}: {what} {changed}"


def test_the_distance_missing_is_counted(planned):
    county, scenario, plan = planned("too far")
    assignment = next(a for a in plan.uncovered if a.reason.missing_m is not None)
    wrong = replace(assignment, reason=replace(assignment.reason, missing_m=assignment.reason.missing_m + 1))
    others = tuple(wrong if a is assignment else a for a in plan.assignments)
    assert found(county, scenario, replace(plan, assignments=others))


def test_a_new_point_that_no_station_reaches_is_refused(planned):
    county, scenario, plan = planned("too far")
    code, fix = next((a.village_code, f) for a in plan.uncovered for f in a.reason.fixes if f.kind is FixKind.NEW_SITE)
    near = scenario.with_settings(["supply.township_to_village_km=0.001"])
    assert any("no station can supply" in v.message for v in found(county, near, with_fix(plan, code, fix)))
    assert fix.opens == (("new", Tier.VILLAGE),)
    assert scenario.tiers.capex_cny(SiteStatus.NEW, None, Tier.VILLAGE) == fix.capex_cny


def test_the_scenarios_need_nearly_every_kind_of_fix(planned):
    seen = {fix.kind for name in SCENARIOS for a in planned(name)[2].uncovered for fix in a.reason.fixes}
    assert set(FixKind) - seen == {FixKind.CONNECT_ROADS, FixKind.ROAD}
