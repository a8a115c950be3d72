"""Ways of supply in small counties: against every choice, and one feature at a time, all recounted by the judge."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from way_counties import Tiny, tiny

from planner.evaluate.indicators import evaluate
from planner.route.county.carried import Way
from planner.route.county.joint import MoreWays, plan_jointly
from planner.scenario import Scenario


def against_every_choice(seed):
    rng = np.random.default_rng(seed)
    county = tiny(rng, n_townships=int(rng.integers(1, 3)), points=int(rng.integers(1, 5)))
    scenario = Scenario.from_mapping({"service": {"trips_per_shift": [None, 1, 2][int(rng.integers(3))]}})
    task, network, weeks = county.task(scenario)
    scores = [task.score(choice) for choice in product((0, 1), repeat=len(task.items))]
    best = min(score for score in scores if score is not None)
    joint = plan_jointly(network, weeks, MoreWays())
    assert best <= joint.solved.score <= joint.first == scores[0]
    routed, _ = county.route(scenario.model_dump(exclude_unset=True))
    assert county.violations(routed, scenario) == []
    return joint.solved.score == best


def test_a_few_small_counties_against_every_choice():
    assert sum(against_every_choice(seed) for seed in range(8)) >= 7


@pytest.mark.slow
def test_200_small_counties_against_every_choice():
    """The search finds the best of all choices in nearly every county, and is never worse than echelon by echelon."""
    assert sum(against_every_choice(seed) for seed in range(1000, 1200)) >= 190


LINE = {"C": (0, 0), "T0": (20_000, 0), "P00": (22_000, 0), "P01": (10_000, 0), "P02": (24_000, 0)}
FEW = dict.fromkeys(LINE, 300)


def test_points_are_supplied_direct_where_that_saves_a_driver():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route()
    assert county.violations(routed, scenario) == []
    assert {way.kind for site_id, way in routed.ways.items() if site_id[0] == "P"} == {"direct"}
    assert {route.depot_id for route in routed.routes} == {"C"}
    assert "county-mixed" in {route.echelon for route in routed.routes}
    apart, alone = county.route({"routing": {"direct": False}})
    assert county.violations(apart, alone) == []
    costs = [sum(route.annual_cost_cny for route in each.routes) for each in (routed, apart)]
    assert costs[0] < costs[1]
    assert abs(routed.saved_cny_per_year - (costs[1] - costs[0])) <= 3
    assert apart.saved_cny_per_year == 0


def test_a_station_carries_nothing_that_goes_past_it():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route()
    inbound = scenario.demand.inbound_centiparcels(300)
    stop = next(stop for route in routed.routes for stop in route.stops if stop.site_id == "T0")
    assert stop.delivery_centiparcels == -(-7 * inbound // 5)


def test_the_judge_refuses_direct_stops_where_the_scenario_does():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route()
    found = county.violations(routed, scenario.update({"routing": {"direct": False}}))
    assert any("supplied by T0: not on a county" in line for line in found)


CROWD = {site_id: 4_000 if site_id == "T0" else 300 for site_id in LINE}  # T0: 941 parcels a visit, 3 loads of 400
SMALL = {"name": "small", "capacity_parcels": 400, "cost_cny_per_km": 1.0, "driver_cny_per_day": 200}


def test_a_vehicle_makes_several_trips_and_stands_between_them():
    county = Tiny(LINE, CROWD)
    settings = {"routing": {"direct": False}, "service": {"fleet": [SMALL], "reload_minutes": 20}}
    routed, scenario = county.route(settings)
    assert county.violations(routed, scenario) == []
    most = max((route for route in routed.routes if route.depot_id == "C"), key=lambda route: route.trips)
    assert most.trips > 1
    between = [stop for stop in most.stops[1:-1] if stop.site_id == "C"]
    assert all(stop.leave_s - stop.arrive_s == 1200 for stop in between)
    settings["service"]["trips_per_shift"] = 1
    single, one_trip = county.route(settings)
    assert county.violations(single, one_trip) == []
    assert {route.trips for route in single.routes} == {1}
    assert any("leaves its depot" in line for line in county.violations(routed, one_trip))
    quicker = scenario.update({"service": {"reload_minutes": 5}})
    assert any("leave_s" in line for line in county.violations(routed, quicker))


def test_a_range_keeps_vehicles_near():
    county = Tiny(LINE, FEW)
    electric = {**SMALL, "name": "electric", "range_km": 30, "driver_cny_per_day": 100}
    routed, scenario = county.route({"service": {"fleet": [electric, SMALL]}})
    assert county.violations(routed, scenario) == []
    assert all(route.distance_m <= 30_000 for route in routed.routes if route.vehicle_type == "electric")
    assert any(route.vehicle_type == "small" for route in routed.routes)  # T0 is 40 km there and back
    shorter = scenario.update({"service": {"fleet": [{**electric, "range_km": 1}, {**SMALL, "range_km": 1}]}})
    assert any("has a range of 1 km" in line for line in county.violations(routed, shorter))


def test_a_station_beyond_every_range_is_named_with_the_reason():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route({"service": {"fleet": [{**SMALL, "range_km": 30}]}, "routing": {"direct": False}})
    assert dict(routed.unserved) == {"T0": "too_far", "P00": "parent", "P01": "parent", "P02": "parent"}
    found = county.violations(routed, scenario)
    assert found
    assert all("times a week" in line for line in found)
    within = county.violations(routed, scenario.update({"service": {"fleet": [{**SMALL, "range_km": 300}]}}))
    assert any("but a vehicle can drive there and back" in line for line in within)


def test_a_point_behind_an_unserved_station_is_supplied_direct():
    county = Tiny(LINE, FEW)
    missing = [(site_id, "T0") for site_id in county.ids if site_id != "T0"]
    routed, scenario = county.route(missing=missing)
    assert dict(routed.unserved) == {"T0": "unreachable"}
    assert all(routed.ways[site_id].kind == "direct" for site_id in ("P00", "P01", "P02"))
    assert routed.service_per_week["P02"] == 3
    assert all("times a week" in line for line in county.violations(routed, scenario, missing))


def test_hours_are_paid():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route({"service": {"fleet": [{**SMALL, "cost_cny_per_hour": 50}]}})
    assert county.violations(routed, scenario) == []
    for route in routed.routes:
        day = route.distance_m / 1000 + 200 + 50 * route.duration_s / 3600
        assert route.annual_cost_cny == pytest.approx(52 * len(route.days) * day, abs=0.51)
    report = next(report for report in routed.reports if report.stage == "route county C")
    week = sum(route.annual_cost_cny for route in routed.routes if route.depot_id == "C") / 52
    assert report.objective == pytest.approx(week, abs=0.2)
    cheap = scenario.update({"service": {"fleet": [SMALL]}})
    assert any("annual_cost_cny" in line for line in county.violations(routed, cheap))


def test_handling_at_the_township_station_is_paid_and_recounted():
    county = Tiny(LINE, FEW)
    settings = {"routing": {"direct": False, "transfer_cny_per_parcel": 0.35}}
    routed, scenario = county.route(settings)
    demand = scenario.demand
    weekly = 3 * 7 * (demand.inbound_centiparcels(300) + demand.outbound_centiparcels(300)) / 100
    costs = evaluate(county.county, scenario, county.plan(routed)).costs
    assert costs.transfer_cny_per_year == round(52 * weekly * 0.35)
    assert costs.total_cny_per_year == costs.transport_cny_per_year + costs.transfer_cny_per_year
    direct, free = county.route({"routing": {"transfer_cny_per_parcel": 0.35}})
    assert evaluate(county.county, free, county.plan(direct)).costs.transfer_cny_per_year == 0


def test_townships_and_points_share_vehicles_in_one_week():
    county = Tiny(LINE, FEW)
    routed, _ = county.route()
    days = {site_id: set() for site_id in county.ids}
    for route in routed.routes:
        for before, stop in pairwise(route.stops):
            assert stop.arrive_s >= before.leave_s
            days[stop.site_id].update(route.days)
    assert len(days["T0"]) == 5
    assert {len(days[f"P0{k}"]) for k in range(3)} == {3}
    assert all(days[f"P0{k}"] <= days["T0"] for k in range(3))  # on the township's vehicle, no day of its own


def test_a_further_way_is_taken_when_it_is_cheaper_and_allowed():
    """A way without a depot, as a bus has it: for its price no van stops there, and the parent carries its parcels."""
    county = Tiny(LINE, FEW)
    bus = Way("bus", None, (), lambda daily: 1_000_000)
    offers = {"P00": (bus,), "P02": (bus,)}

    def one_only(choice):
        return sum(way.kind == "bus" for way in choice.values()) <= 1

    settings = {"routing": {"direct": False}}
    both, _ = county.route(settings, more=MoreWays(offers))
    assert [both.ways[site_id].kind for site_id in ("P00", "P02")] == ["bus", "bus"]
    one, _ = county.route(settings, more=MoreWays(offers, one_only))
    assert sorted(one.ways[site_id].kind for site_id in ("P00", "P02")) == ["bus", "parent"]
    dear = Way("bus", None, (), lambda daily: 10**12)
    none, _ = county.route(settings, more=MoreWays({"P00": (dear,)}))
    assert none.ways["P00"].kind == "parent"
    full = Way("bus", None, (), lambda daily: None)
    refused, _ = county.route(settings, more=MoreWays({"P00": (full,)}))
    assert refused.ways["P00"].kind == "parent"
