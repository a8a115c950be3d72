"""The week of a hand-made county, and of the demo county."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from shapely import box

from planner.domain import (
    Assignment,
    Broadband,
    County,
    Host,
    PlaceKind,
    Site,
    SiteStatus,
    SolveStatus,
    Station,
    Tier,
    Township,
    Village,
)
from planner.errors import UsageError
from planner.network import TravelMatrix
from planner.route import route_county
from planner.scenario import Scenario

# Metres along one road from the county centre; T = township stations, P = village points of each.
PLACES = {
    "C": (0, Tier.COUNTY, None, "630225100"),
    "T1": (20_000, Tier.TOWNSHIP, "C", "630225101"),
    "T2": (-30_000, Tier.TOWNSHIP, "C", "630225102"),
    "P1": (23_000, Tier.VILLAGE, "T1", "630225101"),
    "P2": (25_000, Tier.VILLAGE, "T1", "630225101"),
    "P3": (18_000, Tier.VILLAGE, "T1", "630225101"),
    "P4": (-33_000, Tier.VILLAGE, "T2", "630225102"),
    "P5": (2_000, Tier.VILLAGE, "C", "630225100"),
}
PEOPLE = {"C": 800, "T1": 500, "T2": 600, "P1": 700, "P2": 900, "P3": 0, "P4": 400, "P5": 300}
IDS = tuple(sorted(PLACES))


def county(people=PEOPLE):
    sites, villages = [], []
    for number, site_id in enumerate(IDS):
        at_m, tier, _, township = PLACES[site_id]
        lon = 102 + at_m / 100_000
        code = f"{township}{200 + number}"
        villages.append(Village(code, site_id, township, PlaceKind.ADMINISTRATIVE_VILLAGE, lon, 35.0, people[site_id]))
        sites.append(
            Site(site_id, site_id, Host.SHOP, SiteStatus.NEW, tier, None, township, code, lon, 35.0,
                 Broadband.CONNECTED)
        )  # fmt: skip
    townships = [Township(code, code, 102.0, 35.0) for code in sorted({place[3] for place in PLACES.values()})]
    return County(
        "630225", "试验县", {}, "EPSG:4544", box(101, 34, 103, 36), tuple(townships),
        tuple(sorted(villages, key=lambda village: village.code)), tuple(sites), (), (), "",
    )  # fmt: skip


def stations():
    return tuple(
        Station(site_id, PLACES[site_id][1], PLACES[site_id][2], None, 0, 0, 0, 10**6, 2026) for site_id in IDS
    )


def assignments(of):
    by_name = {village.name: village.code for village in of.villages}
    return tuple(Assignment(by_name[name], name, 0, 0, True, 0, 0, None) for name in IDS)


def supply(missing=()):
    at = np.array([PLACES[site_id][0] for site_id in IDS])
    distance = np.abs(at[:, None] - at[None, :])
    present = np.ones(distance.shape, dtype=bool)
    for a, b in missing:
        present[IDS.index(a), IDS.index(b)] = present[IDS.index(b), IDS.index(a)] = False
    rows, columns = np.nonzero(present)
    metres = distance[rows, columns].astype(np.int32)
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    seconds = (metres // 10).astype(np.int32)
    return TravelMatrix(
        indptr, columns.astype(np.int32), metres, seconds, metres, present.any(axis=1), distance.shape, "distance", None
    )


def week(settings=None, *, people=PEOPLE, missing=()):
    of = county(people)
    scenario = Scenario.from_mapping(settings or {})
    return route_county(of, scenario, stations(), assignments(of), supply(missing)), scenario


def vans(count=None, **more):
    van = {"name": "van", "capacity_parcels": 5000, "cost_cny_per_km": 1.5, "driver_cny_per_day": 200}
    return {"service": {"fleet": [{**van, "count": count, **more}]}}


NO_DIRECT = {"routing": {"direct": False}}


def test_every_station_is_visited_often_enough():
    plan, scenario = week()
    assert not plan.unserved
    visits = plan.service_per_week
    assert visits["C"] == 7
    for site_id, (_, tier, _, _) in PLACES.items():
        if tier is Tier.TOWNSHIP:
            assert visits[site_id] >= scenario.service.township_visits_per_week
        if tier is Tier.VILLAGE:
            assert visits[site_id] >= scenario.service.village_visits_per_week


def test_a_point_without_demand_is_visited_all_the_same():
    plan, _ = week()
    assert PEOPLE["P3"] == 0
    assert plan.service_per_week["P3"] >= 3


ECHELON_OF = {
    (Tier.COUNTY, frozenset({Tier.TOWNSHIP})): "county-township",
    (Tier.COUNTY, frozenset({Tier.VILLAGE})): "county-village",
    (Tier.COUNTY, frozenset({Tier.TOWNSHIP, Tier.VILLAGE})): "county-mixed",
    (Tier.TOWNSHIP, frozenset({Tier.VILLAGE})): "township-village",
}


def test_without_direct_ways_depots_follow_the_supply_links():
    plan, _ = week(NO_DIRECT)
    for route in plan.routes:
        assert {PLACES[stop.site_id][2] for stop in route.visits} == {route.depot_id}
        tiers = frozenset(PLACES[stop.site_id][1] for stop in route.visits)
        assert route.echelon == ECHELON_OF[PLACES[route.depot_id][1], tiers]
    assert any(stop.site_id == "P5" for route in plan.routes for stop in route.visits)


def test_stops_add_up():
    plan, scenario = week()
    at = {site_id: place[0] for site_id, place in PLACES.items()}
    fleet = {vehicle.name: vehicle for vehicle in scenario.service.fleet}
    for route in plan.routes:
        stops = route.stops
        assert [stop.stop_seq for stop in stops] == list(range(len(stops)))
        assert stops[0].site_id == stops[-1].site_id == route.depot_id
        assert (stops[0].arrive_s, stops[0].leave_s, stops[0].leg_distance_m) == (0, 0, 0)
        for before, stop in pairwise(stops):
            assert stop.leg_distance_m == abs(at[before.site_id] - at[stop.site_id])
            assert stop.arrive_s == before.leave_s + stop.leg_distance_m // 10
        assert route.distance_m == sum(stop.leg_distance_m for stop in stops)
        assert route.duration_s == stops[-1].arrive_s <= 8 * 3600
        vehicle = fleet[route.vehicle_type]
        assert max(stop.load_after_centiparcels for stop in stops) <= vehicle.capacity_parcels * 100
        day = route.distance_m / 1000 * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day
        assert route.annual_cost_cny == int(len(route.days) * 52 * day + 0.5)


def test_what_leaves_and_comes_home_is_the_weeks_demand():
    plan, scenario = week(NO_DIRECT)
    out, home = Counter(), Counter()
    for route in plan.routes:
        for stop in route.visits:
            out[stop.site_id] += len(route.days) * stop.delivery_centiparcels
            home[stop.site_id] += len(route.days) * stop.pickup_centiparcels
    below = {"T1": ("T1", "P1", "P2", "P3"), "T2": ("T2", "P4")}
    for site_id in set(IDS) - {"C"}:
        names = below.get(site_id, (site_id,))
        inbound = 7 * sum(scenario.demand.inbound_centiparcels(PEOPLE[name]) for name in names)
        outbound = 7 * sum(scenario.demand.outbound_centiparcels(PEOPLE[name]) for name in names)
        assert 0 <= out[site_id] - inbound <= 5  # rounding up to hundredths, visit by visit
        assert 0 <= home[site_id] - outbound <= 5


def test_service_time_grows_with_parcels():
    plan, scenario = week(vans())
    stop = next(stop for route in plan.routes for stop in route.stops if stop.site_id == "P2")
    demand = scenario.demand
    weekly = 7 * demand.inbound_centiparcels(900), 7 * demand.outbound_centiparcels(900)
    parcels = sum(-(-amount // 3) for amount in weekly) / 100
    assert stop.leave_s - stop.arrive_s == int(np.ceil(300 + 2 * parcels))


def test_route_ids_are_unique_and_speak():
    plan, _ = week()
    ids = [route.route_id for route in plan.routes]
    assert len(set(ids)) == len(ids)
    assert "R1-01" in ids
    separate, _ = week(NO_DIRECT)
    assert "R2-630225101-01" in {route.route_id for route in separate.routes}


def test_a_load_beyond_every_vehicle_is_carried_in_parts():
    crowd = {**PEOPLE, "P4": 6000}  # 6000 × 0.168 × 7 / 3 = 2,352 parcels a visit, the larger vehicle takes 1,500
    plan, _ = week(people=crowd)
    visits = [route for route in plan.routes for stop in route.stops[1:-1] if stop.site_id == "P4"]
    assert len(visits) == 2
    assert not plan.unserved
    assert plan.service_per_week["P4"] == 3  # both parts come on the same days


def test_two_day_patterns_share_vehicles():
    one_trip = {"trips_per_shift": 1, **vans(capacity_parcels=400)["service"]}
    plan, _ = week({"service": one_trip, **NO_DIRECT})
    second = [route for route in plan.routes if route.depot_id == "T1"]
    assert len(second) > 1
    by_day = Counter(day for route in second for day in route.days)
    assert max(by_day.values()) - min(by_day.values()) <= 1
    assert plan.vehicles["van"] < len(plan.routes)


def test_a_limited_fleet_serves_whom_it_can_and_names_the_rest():
    plenty, _ = week(vans(count=10))
    assert not plenty.unserved
    few, _ = week(vans(count=plenty.vehicles["van"] - 1))
    assert few.unserved
    assert all(few.service_per_week[site_id] == 0 for site_id in few.unserved)
    assert few.vehicles["van"] <= plenty.vehicles["van"] - 1
    none, _ = week(vans(count=0))
    assert set(none.unserved) == set(IDS) - {"C"}


def test_a_station_behind_a_missing_road_or_shift_is_named_with_its_points():
    cut, _ = week(NO_DIRECT, missing=[("C", "T2"), ("T1", "T2")])
    assert cut.unserved == {"P4": "parent", "T2": "unreachable"}
    assert cut.service_per_week["P4"] == 0
    assert all(route.depot_id != "T2" for route in cut.routes)
    # T2 is 3,000 s away, T1 2,000 s: there and back fits 1.5 hours for T1 only.
    short, _ = week({"service": {"shift_hours": 1.5}})
    assert short.unserved["T2"] == "shift"
    assert "T1" not in short.unserved


def test_a_station_that_can_only_be_served_in_part_is_left_out_whole():
    crowd = {**dict.fromkeys(IDS, 0), "P4": 6000}
    one_trip = {"trips_per_shift": 1, **vans(count=2, capacity_parcels=500)["service"]}
    plan, _ = week({"service": one_trip, **NO_DIRECT}, people=crowd)  # T2 takes three vans a day for 1,412 parcels
    assert plan.unserved["T2"] == "fleet"
    assert all(stop.site_id != "T2" for route in plan.routes for stop in route.stops)


def test_every_run_gives_the_same_week():
    assert week()[0].routes == week()[0].routes


def test_reports_hold_the_cost_of_each_depots_week():
    plan, scenario = week()
    fleet = {vehicle.name: vehicle for vehicle in scenario.service.fleet}
    for report in plan.reports:
        if report.stage.startswith("ways."):
            continue
        assert report.unit == "CNY/week"
        assert report.status is not SolveStatus.OPTIMAL or report.gap == 0
        routes = [route for route in plan.routes if route.depot_id == report.stage.split()[-1]]
        cost = sum(
            len(route.days)
            * (
                route.distance_m / 1000 * fleet[route.vehicle_type].cost_cny_per_km
                + fleet[route.vehicle_type].driver_cny_per_day
            )
            for route in routes
        )
        assert report.objective == pytest.approx(cost, abs=1e-6)


def test_each_of_two_centres_drives_its_own_loop_over_its_own_stations():
    of = county()
    second = replace(of, sites=tuple(replace(s, max_tier=Tier.COUNTY) if s.site_id == "T2" else s for s in of.sites))
    above = {"P4": "T1", "T1": "T2"}
    placed = tuple(
        replace(s, tier=Tier.COUNTY, parent_id=None) if s.site_id == "T2" else
        replace(s, parent_id=above.get(s.site_id, s.parent_id)) for s in stations()
    )  # fmt: skip
    third = tuple(replace(s, tier=Tier.TOWNSHIP, parent_id="C") if s.site_id == "P5" else s for s in placed)
    plan = route_county(second, Scenario(), third, assignments(of), supply())
    loops = {(route.route_id[:-3], route.depot_id) for route in plan.routes if route.echelon == "county-township"}
    assert loops == {("R1", "C"), ("R1B", "T2")}
    assert [report.stage for report in plan.reports][:2] == ["route county C", "route county T2"]
    assert (plan.service_per_week["C"], plan.service_per_week["T2"]) == (7, 7)
    assert not plan.unserved


def test_no_stations_is_an_empty_week():
    of = county()
    plan = route_county(of, Scenario(), (), (), supply())
    assert (plan.routes, dict(plan.unserved)) == ((), {})


def test_a_plan_that_does_not_hang_together_is_refused():
    of = county()
    with pytest.raises(UsageError, match="has none"):
        route_county(of, Scenario(), [s for s in stations() if s.site_id != "C"], (), supply())
    orphan = tuple(replace(s, parent_id="X") if s.site_id == "P1" else s for s in stations())
    with pytest.raises(UsageError, match="P1 is supplied by X"):
        route_county(of, Scenario(), orphan, (), supply())
    detour = tuple(replace(s, parent_id="T2") if s.site_id == "T1" else s for s in stations())
    with pytest.raises(UsageError, match="T1 is supplied by T2"):
        route_county(of, Scenario(), detour, (), supply())
    loose = tuple(replace(s, parent_id=None) if s.site_id == "P1" else s for s in stations())
    with pytest.raises(UsageError, match="P1 is supplied by nothing"):
        route_county(of, Scenario(), loose, (), supply())


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.0, 0.3])
def test_demo_county_is_routed_quickly_and_keeps_every_promise(xunhua_prepared, xunhua_plan, factor):
    scenario = xunhua_plan.scenario.update({"demand": {"regional_factor": factor}})
    plan = xunhua_plan.plan
    routed = route_county(xunhua_prepared.county, scenario, plan.stations, plan.assignments, xunhua_prepared.supply)
    assert not routed.unserved
    least = {Tier.VILLAGE: 3, Tier.TOWNSHIP: 5, Tier.COUNTY: 7}
    assert all(routed.service_per_week[station.site_id] >= least[station.tier] for station in plan.stations)
    assert sum(report.seconds for report in routed.reports) < 10
    again = route_county(xunhua_prepared.county, scenario, plan.stations, plan.assignments, xunhua_prepared.supply)
    assert again.routes == routed.routes
