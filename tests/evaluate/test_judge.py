"""The judge accepts the hand-made plan, and names what was changed in every plan that breaks one rule."""

from dataclasses import replace

import numpy as np
import pytest

from planner.domain import Broadband, Plan, Reason, ReasonCode, Tier
from planner.evaluate.judge import check_plan

A2, A3, B1, B2 = "999001101202", "999001101203", "999001201201", "999001201202"


@pytest.fixture
def judge(county, scenario, travel):
    def run(plan, *, county=county, settings=(), travel=travel):
        return check_plan(county, scenario.with_settings(settings), plan, travel=travel)

    return run


def station(plan, site_id, /, **changes):
    return replace(plan, stations=tuple(replace(s, **changes) if s.site_id == site_id else s for s in plan.stations))


def village(plan, code, /, **changes):
    changed = (replace(a, **changes) if a.village_code == code else a for a in plan.assignments)
    return replace(plan, assignments=tuple(changed))


def route(plan, route_id, /, **changes):
    return replace(plan, routes=tuple(replace(r, **changes) if r.route_id == route_id else r for r in plan.routes))


def stop(plan, route_id, seq, /, **changes):
    found = next(r for r in plan.routes if r.route_id == route_id)
    stops = tuple(replace(s, **changes) if s.stop_seq == seq else s for s in found.stops)
    return route(plan, route_id, stops=stops)


def with_site(county, site_id, **changes):
    return replace(county, sites=tuple(replace(s, **changes) if s.site_id == site_id else s for s in county.sites))


def with_market(county, *days):
    towns = tuple(replace(town, market_days=days) if town.code == B1[:9] else town for town in county.townships)
    return replace(county, townships=towns)


def test_a_township_station_is_visited_on_its_market_days(judge, plan, county):
    assert judge(plan, county=with_market(county, 1, 5)) == ()
    (broken,) = judge(plan, county=with_market(county, 5, 6))
    assert str(broken) == "T2: is not visited on day 6, a market day of 乙乡 [market-day]"
    assert judge(plan, county=with_market(county, 5, 6), settings=["service.visit_on_market_days=false"]) == ()


def test_the_hand_made_plan_keeps_every_rule(judge, plan):
    assert judge(plan) == ()


TAMPERED = {
    "another county": ("county", "999002", lambda p: replace(p, county_code="999002")),
    "no such site": ("site", "V9", lambda p: station(p, "V3", site_id="V9")),
    "opened twice": ("site", "V3", lambda p: replace(p, stations=(*p.stations, p.stations[2]))),
    "parent not open": ("supply-parent", "V4", lambda p: station(p, "V3", parent_id="V4")),
    "two centres": ("county-centres", "T2", lambda p: station(p, "T2", tier=Tier.COUNTY)),
    "no centre": ("county-centres", "none", lambda p: station(p, "C1", tier=Tier.TOWNSHIP)),
    "township without station": ("township-rule", "乙乡", lambda p: station(p, "T2", tier=Tier.VILLAGE)),
    "above the premises": ("max-tier", "V3", lambda p: station(p, "V3", tier=Tier.TOWNSHIP)),
    "capacity stated wrong": ("station-figures", "V3", lambda p: station(p, "V3", capacity_centiparcels=99)),
    "investment stated wrong": ("station-figures", "T2", lambda p: station(p, "T2", capex_cny=29_999)),
    "running cost stated wrong": ("station-figures", "T2", lambda p: station(p, "T2", opex_cny_per_year=1)),
    "yearly cost stated wrong": ("station-figures", "C1", lambda p: station(p, "C1", annual_cost_cny=1)),
    "year stated wrong": ("station-figures", "C1", lambda p: station(p, "C1", build_year=2030)),
    "centre with a parent": ("supply-parent", "C1", lambda p: station(p, "C1", parent_id="T2")),
    "no parent": ("supply-parent", "V3", lambda p: station(p, "V3", parent_id=None)),
    "parent too low": ("supply-parent", "T2", lambda p: station(p, "T2", parent_id="V3")),
    "supply distance": ("supply-distance", "V3", lambda p: station(p, "V3", distance_to_parent_m=4_999)),
    "village missing": ("village", A3, lambda p: replace(p, assignments=p.assignments[:2] + p.assignments[3:])),
    "village twice": ("village", A3, lambda p: replace(p, assignments=(*p.assignments, p.assignments[2]))),
    "committee planned": ("village", "999001101001", lambda p: village(p, A3, village_code="999001101001")),
    "station not open": ("open-station", "V4", lambda p: village(p, B2, station_id="V4")),
    "beyond the radius": ("radius", A2, lambda p: village(p, A2, station_id="C1", access_distance_m=5_300)),
    "access distance": ("access", B1, lambda p: village(p, B1, access_distance_m=199)),
    "access time": ("access", B1, lambda p: village(p, B1, access_time_s=1)),
    "own station": ("recount", B2, lambda p: village(p, B2, own_station=True)),
    "snap distance": ("recount", A3, lambda p: village(p, A3, snap_distance_m=5_559)),
    "no reason": ("reason", A3, lambda p: village(p, A3, reason=None)),
    "wrong reason": ("reason", A3, lambda p: village(p, A3, reason=Reason(ReasonCode.TOO_FAR))),
    "nearest site": ("reason", A3, lambda p: village(p, A3, reason=Reason(ReasonCode.NO_ROAD, "C1", 7))),
    "covered with a reason": ("reason", B1, lambda p: village(p, B1, reason=Reason(ReasonCode.NO_ROAD))),
    "visits stated wrong": ("visits", A2, lambda p: village(p, A2, service_per_week=4)),
    "route dropped": ("visits", "V3", lambda p: replace(p, routes=p.routes[:1])),
    "too few days": ("visits", "T2", lambda p: route(p, "R1", days=(1, 2, 3, 4))),
    "no such day": ("route-days", "R2", lambda p: route(p, "R2", days=(1, 3, 8))),
    "no such mode": ("route-mode", "R2", lambda p: route(p, "R2", mode="drone")),
    "no such vehicle": ("vehicle", "R2", lambda p: route(p, "R2", vehicle_type="airship")),
    "stop not open": ("route-stops", "V4", lambda p: stop(p, "R2", 1, site_id="V4")),
    "stop of another parent": ("route-stops", "T2", lambda p: stop(p, "R2", 1, site_id="T2")),
    "not back at the depot": ("route-stops", "R2", lambda p: route(p, "R2", stops=p.routes[1].stops[:2])),
    "stops misnumbered": ("route-stops", "R2", lambda p: stop(p, "R2", 1, stop_seq=5)),
    "wrong echelon": ("route-stops", "V3", lambda p: route(p, "R2", echelon="county-township")),
    "two routes of one id": ("route-stops", "R1", lambda p: route(p, "R2", route_id="R1")),
    "leg distance": ("route-figures", "R1 stop 2", lambda p: stop(p, "R1", 2, leg_distance_m=1)),
    "arrival": ("route-figures", "R1 stop 1", lambda p: stop(p, "R1", 1, arrive_s=899)),
    "departure": ("route-figures", "R1 stop 1", lambda p: stop(p, "R1", 1, leave_s=1_787)),
    "parcels handed over": ("load", "V3", lambda p: stop(p, "R2", 1, delivery_centiparcels=19_601)),
    "parcels taken in": ("load", "V3", lambda p: stop(p, "R2", 1, pickup_centiparcels=4_899)),
    "parcels at the depot": ("load", "R2 stop 2", lambda p: stop(p, "R2", 2, delivery_centiparcels=1)),
    "load": ("load", "R2 stop 0", lambda p: stop(p, "R2", 0, load_after_centiparcels=19_599)),
    "route length": ("route-figures", "R2", lambda p: route(p, "R2", distance_m=1)),
    "route time": ("route-figures", "R2", lambda p: route(p, "R2", duration_s=1)),
    "route cost": ("route-figures", "R2", lambda p: route(p, "R2", annual_cost_cny=33_073)),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_plan_that_breaks_a_rule_is_caught_and_named(judge, plan, name):
    rule, subject, tamper = TAMPERED[name]
    broken = [violation for violation in judge(tamper(plan)) if violation.rule == rule]
    assert broken, f"{rule} did not see it"
    assert any(subject in str(violation) for violation in broken), [str(violation) for violation in broken]


@pytest.mark.parametrize(
    ("rule", "holds", "broken"),
    [
        ("budget", "budget_cny=45000", "budget_cny=44999"),
        ("radius", "radius_km=2.4", "radius_km=2.399"),
        ("supply-radius", "supply.township_to_village_km=5", "supply.township_to_village_km=4.999"),
        ("supply-radius", "supply.county_to_township_km=12", "supply.county_to_township_km=11.999"),
        ("township-rule", "targets.township_outlets=1", "targets.include_subdistricts=true"),
        ("locked", "sites.open=V3,T2:township", "sites.open=V4"),
        ("locked", "sites.open=V3", "sites.open=V3:township"),
        ("banned", "sites.closed=V4", "sites.closed=V3"),
        ("visits", "service.township_visits_per_week=5", "service.township_visits_per_week=6"),
        ("visits", "service.village_visits_per_week=3", "service.village_visits_per_week=4"),
        ("shift", "service.shift_hours=0.75", "service.shift_hours=0.74"),
    ],
)
def test_each_limit_holds_exactly_to_its_value(judge, plan, rule, holds, broken):
    assert judge(plan, settings=[holds]) == ()
    assert rule in {violation.rule for violation in judge(plan, settings=[broken])}


def test_a_station_passes_on_no_more_than_its_capacity(judge, plan):
    """525 parcels a day go through the centre: its own village's and all that it supplies."""
    enough, short = (station(plan, "C1", capacity_centiparcels=parcels * 100) for parcels in (525, 524))
    assert judge(enough, settings=["tiers.county.capacity_parcels_per_day=525"]) == ()
    found = judge(short, settings=["tiers.county.capacity_parcels_per_day=524"])
    assert [(v.rule, v.subject) for v in found] == [("capacity", "C1")]


def test_the_township_rule_can_be_relaxed_to_a_share(judge, plan):
    three = ["targets.include_subdistricts=true"]
    assert judge(plan, settings=[*three, "targets.township_outlets=0.66"]) == ()
    assert {v.rule for v in judge(plan, settings=[*three, "targets.township_outlets=0.67"])} == {"township-rule"}


def _fleet(scenario, **changes):
    return scenario.update({"service": {"fleet": [scenario.service.fleet[0].model_dump() | changes]}})


def test_a_vehicle_carries_no_more_than_it_can(county, scenario, plan, travel):
    assert check_plan(county, _fleet(scenario, capacity_parcels=236), plan, travel=travel) == ()
    full = check_plan(county, _fleet(scenario, capacity_parcels=235), plan, travel=travel)
    assert [(v.rule, v.subject) for v in full] == [("vehicle-capacity", "R1")]


def test_no_more_vehicles_than_the_fleet_has(county, scenario, plan, travel):
    assert check_plan(county, _fleet(scenario, count=2), plan, travel=travel) == ()
    short = check_plan(county, _fleet(scenario, count=1), plan, travel=travel)
    assert [v.rule for v in short] == ["vehicle-count"]


def test_the_broadband_gate_can_be_switched_off(judge, county, plan):
    dark = with_site(county, "V3", broadband=Broadband.NONE)
    assert [(v.rule, v.subject) for v in judge(plan, county=dark)] == [("broadband", "V3")]
    assert judge(plan, county=dark, settings=["require_broadband=false"]) == ()


def test_a_station_without_4g_is_named_where_it_is_required(judge, county, plan):
    dark, rule = with_site(county, "V3", mobile_4g=False), "sites.mobile_4g=required"
    assert [(v.rule, v.subject) for v in judge(plan, county=dark, settings=[rule])] == [("mobile_4g", "V3")]
    assert judge(plan, county=dark) == judge(plan, settings=[rule]) == ()


def test_what_connecting_costs_is_counted_with_the_investment(judge, county, plan):
    dark = with_site(county, "V3", broadband=Broadband.NONE, connect_cost_cny=4_000)
    rule = ["sites.broadband=connect"]
    assert {(v.subject, v.column) for v in judge(plan, county=dark, settings=rule)} == {
        ("V3", "connect_cny"), ("V3", "capex_cny"), ("V3", "annual_cost_cny"),
    }  # fmt: skip
    before = plan.station_by_id["V3"]
    right = station(
        plan, "V3", connect_cny=4_000, capex_cny=before.capex_cny + 4_000, annual_cost_cny=before.annual_cost_cny + 400
    )
    assert judge(right, county=dark, settings=rule) == ()


def test_a_site_beyond_the_snap_limit_is_not_opened(judge, plan, travel):
    cut = replace(travel, on_road=travel.on_road - {"V3"})
    assert [(v.rule, v.subject) for v in judge(plan, travel=cut)] == [("site-road", "V3")]


def test_an_unreachable_station_is_named(judge, plan, travel):
    distance_m = travel.supply.distance_m.copy()
    distance_m[0, 1] = -1
    cut = replace(travel, supply=replace(travel.supply, distance_m=distance_m))
    assert {v.rule for v in judge(plan, travel=cut)} == {"supply-distance", "leg"}


@pytest.mark.parametrize(("metric", "radius"), [("minutes", "radius_min=8"), ("straight_km", "radius_km=2.16")])
def test_the_radius_follows_the_metric(judge, plan, metric, radius):
    settings = [f"coverage_metric={metric}", radius]
    assert judge(plan, settings=settings) == ()
    key, value = radius.split("=")
    shorter = judge(plan, settings=[settings[0], f"{key}={float(value) * 0.99}"])
    assert {v.rule for v in shorter} == {"radius"}


def _left_out(plan, reason):
    """The plan with b2 left out for ``reason``, without routes (loads change with it)."""
    changed = village(
        plan, B2, station_id=None, access_distance_m=None, access_time_s=None, service_per_week=0, reason=reason
    )
    return replace(changed, routes=())


@pytest.mark.parametrize(
    "case",
    [
        (ReasonCode.CAPACITY, [], {}),
        (ReasonCode.BUDGET, ["budget_cny=45000"], {}),
        (ReasonCode.TARGET, ["targets.villages=0.5"], {}),
        (ReasonCode.TOO_FAR, ["radius_km=0.05"], {}),
        (ReasonCode.BROADBAND, ["radius_km=1"], {"broadband": Broadband.NONE}),
        (ReasonCode.MOBILE_4G, ["radius_km=1", "sites.mobile_4g=required"], {"mobile_4g": False}),
        (ReasonCode.BANNED, ["radius_km=1", "sites.closed=V4"], {}),
        (ReasonCode.SUPPLY, ["radius_km=1", "supply.township_to_village_km=2.3"], {}),
    ],
)
def test_a_reason_must_be_possible(judge, county, plan, case):
    code, settings, site = case
    changed = with_site(county, "V4", **site) if site else county
    together = {ReasonCode.CAPACITY, ReasonCode.SUPPLY, ReasonCode.TIME_LIMIT}  # only a solver can tell these apart
    others = set(ReasonCode) - {code} - together

    def complaints(reason):
        found = judge(_left_out(plan, Reason(reason, "V4", 100)), county=changed, settings=settings)
        return [v for v in found if v.rule == "reason" and v.subject == B2]

    assert complaints(code) == []
    assert all(complaints(other) for other in others)


@pytest.mark.parametrize("settings", [["radius_km=0.05"], ["targets.villages=0.5"]])
def test_running_out_of_time_is_no_reason_where_another_is_certain(judge, plan, settings):
    left_out = _left_out(plan, Reason(ReasonCode.TIME_LIMIT, "V4", 100))
    assert any(v.subject == B2 and v.rule == "reason" for v in judge(left_out, settings=settings))


def test_a_village_too_far_names_the_nearest_site_that_may_be_opened(judge, county, plan):
    dark = with_site(county, "V4", broadband=Broadband.NONE)
    near, far = (_left_out(plan, Reason(ReasonCode.TOO_FAR, *nearest)) for nearest in (("V4", 100), ("T2", 2_400)))
    short = ["radius_km=0.05"]
    assert any(v.subject == B2 and v.column == "nearest_site_id" for v in judge(near, county=dark, settings=short))
    assert not any(v.subject == B2 for v in judge(far, county=dark, settings=short))


def test_a_village_whose_road_reaches_no_site_is_disconnected(judge, plan, travel):
    distance_m = travel.access.distance_m.copy()
    distance_m[4] = -1
    cut = replace(travel, access=replace(travel.access, distance_m=distance_m))
    found = judge(_left_out(plan, Reason(ReasonCode.DISCONNECTED)), travel=cut)
    assert not any(v.subject == B2 for v in found)
    assert np.array_equal(travel.access.distance_m[4], [14_400, 2_400, 9_600, 100, -1])


def _cut(plan, first, second):
    """T2 served by two loops a day; each is (load at first, leaving at, load after, back at)."""
    loops = [
        replace(
            plan.routes[0],
            route_id=f"R1{letter}",
            duration_s=back_s,
            stops=(
                replace(plan.routes[0].stops[0], load_after_centiparcels=load),
                replace(
                    plan.routes[0].stops[1],
                    leave_s=leave_s,
                    load_after_centiparcels=after,
                    delivery_centiparcels=load,
                    pickup_centiparcels=after,
                ),
                replace(plan.routes[0].stops[2], arrive_s=back_s, leave_s=back_s, load_after_centiparcels=after),
            ),
        )
        for letter, (load, leave_s, after, back_s) in (("a", first), ("b", second))
    ]
    return replace(plan, routes=(*loops, plan.routes[1]))


def test_a_load_may_be_cut_into_full_vehicles_and_the_rest(county, scenario, plan, travel):
    """Of 235.20 in and 58.80 out, a vehicle of 200 brings 200.00 and takes all 58.80; the next brings 35.20."""
    small = _fleet(scenario, capacity_parcels=200)
    cut = _cut(plan, (20_000, 1_718, 5_880, 2_618), (3_520, 1_271, 0, 2_171))
    assert check_plan(county, small, cut, travel=travel) == ()
    assert [v.rule for v in check_plan(county, small, plan, travel=travel)] == ["vehicle-capacity"]
    short = _cut(plan, (20_000, 1_718, 5_880, 2_618), (3_519, 1_271, 0, 2_171))
    assert {v.rule for v in check_plan(county, small, short, travel=travel)} == {"load"}


def test_a_load_may_be_cut_into_equal_parts(county, scenario, plan, travel):
    equal = (11_760, 1_494, 2_940, 2_394)
    assert check_plan(county, _fleet(scenario, capacity_parcels=200), _cut(plan, equal, equal), travel=travel) == ()


def test_all_parts_of_a_visit_come_on_as_many_days(judge, plan):
    equal = (11_760, 1_494, 2_940, 2_394)
    uneven = route(_cut(plan, equal, equal), "R1b", days=(1, 2, 3, 4))
    assert "T2" in {v.subject for v in judge(uneven) if v.rule == "load"}


def test_vehicles_stay_with_their_depot(county, scenario, plan, travel):
    """On Tuesday one minivan drives at the centre, on Monday two."""
    tuesday = replace(plan, routes=(plan.routes[0], replace(plan.routes[1], days=(2, 4, 6))))
    assert check_plan(county, _fleet(scenario, count=2), tuesday, travel=travel) == ()
    assert "vehicle-count" in {v.rule for v in check_plan(county, _fleet(scenario, count=1), tuesday, travel=travel)}


def test_an_empty_plan_breaks_the_rules_and_not_the_judge(judge):
    found = judge(Plan("999001", (), (), (), ()))
    assert {v.rule for v in found} == {"village"}


def test_outlets_that_work_today_are_kept_where_the_scenario_says_so(judge, county, plan):
    kept = ["sites.keep_existing=required"]
    assert judge(plan, settings=kept) == ()
    working = with_site(county, "V4", existing_tier=Tier.VILLAGE)
    assert [(v.rule, v.subject) for v in judge(plan, county=working, settings=kept)] == [("keep-existing", "V4")]
    assert judge(plan, county=working) == ()
    assert judge(plan, county=working, settings=[*kept, "sites.closed=V4"]) == ()
    raised = with_site(county, "V3", existing_tier=Tier.TOWNSHIP)
    assert ("keep-existing", "V3") in {(v.rule, v.subject) for v in judge(plan, county=raised, settings=kept)}


def test_one_site_a_village_where_the_scenario_says_so(judge, county, plan):
    one = ["sites.one_per_village=true"]
    assert judge(plan, settings=one) == ()
    found = judge(village(plan, A2, own_station=False), county=with_site(county, "V3", village_code=B1), settings=one)
    assert [(v.rule, v.subject) for v in found] == [("one-per-village", B1)]


def test_one_site_a_village_is_a_reason_only_under_that_rule(judge, plan):
    left_out = _left_out(plan, Reason(ReasonCode.ONE_PER_VILLAGE, "V4", 100))
    assert any(v.rule == "reason" for v in judge(left_out))
    assert not any(v.rule == "reason" for v in judge(left_out, settings=["sites.one_per_village=true"]))


def test_a_village_is_served_by_its_own_township_where_the_scenario_says_so(judge, county, plan):
    own = ["sites.own_township=true"]
    assert judge(plan, settings=own) == ()
    moved = with_site(county, "V3", township_code="999001201")
    assert [(v.rule, v.subject) for v in judge(plan, county=moved, settings=own)] == [("own-township", A2)]
    assert judge(plan, county=moved) == ()


def test_another_township_is_a_reason_only_under_that_rule(judge, county, plan):
    left_out = _left_out(plan, Reason(ReasonCode.OTHER_TOWNSHIP, "V4", 100))
    moved = with_site(county, "V4", township_code="999001101")
    short = ["radius_km=1"]
    assert any(v.rule == "reason" for v in judge(left_out, county=moved, settings=short))
    found = judge(left_out, county=moved, settings=[*short, "sites.own_township=true"])
    assert not any(v.rule == "reason" and v.subject == B2 for v in found)


def test_what_travels_cooled_is_counted_and_fits_its_compartment(county, rich_scenario, rich_plan, travel):
    """T2 has a cold store and sends 58.80 a visit: a quarter of that is 14.70."""
    cooling = _fleet(rich_scenario, cold_parcels=15).update({"cold": {"route_share": 0.25}})
    tight = _fleet(rich_scenario, cold_parcels=14).update({"cold": {"route_share": 0.25}})

    def rules(scenario, cold, where="R1"):
        changed = stop(rich_plan, where, 1, cold_pickup_centiparcels=cold)
        return {violation.rule for violation in check_plan(county, scenario, changed, travel=travel)}

    assert rules(cooling, 1_470) == set()
    assert rules(cooling, 1_469) == rules(cooling, 0) == {"load"}
    assert rules(tight, 1_470) == {"cold-capacity"}
    assert "load" in rules(cooling, 1, "R2")
    assert "load" in rules(rich_scenario, 1_470)
