"""What travels cooled: a visit of its own, in a van's compartment or in a vehicle that cools, whichever is cheaper."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import permutations, product
from math import ceil

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.pipeline import solve_prepared
from planner.route.county.carried import Stop
from planner.route.county.roads import Roads
from planner.route.county.weeks import Weeks
from planner.route.loads import Load
from planner.scenario import Scenario

MICRO = 1_000_000
FLEET = (
    {"name": "van", "capacity_parcels": 14, "cost_cny_per_km": 1.0, "driver_cny_per_day": 20},
    {"name": "with compartment", "capacity_parcels": 12, "cold_parcels": 4, "cost_cny_per_km": 1.2,
     "driver_cny_per_day": 24},
    {"name": "refrigerated", "capacity_parcels": 1, "cold_parcels": 16, "cost_cny_per_km": 1.5,
     "driver_cny_per_day": 28},
)  # fmt: skip


def scenario_of(share, fleet=FLEET, shift_hours=3.0):
    service = {"fleet": list(fleet), "shift_hours": shift_hours, "trips_per_shift": 1, "stop_minutes": 5}
    return Scenario.from_mapping({"cold": {"route_share": share}, "service": service})


def roads_of(at):
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2) * 1_000
    return Roads({("D" if k == 0 else f"S{k}"): k for k in range(len(at))}, metres, metres // 10)


def random_case(seed, share):
    rng = np.random.default_rng(seed)
    number = int(rng.integers(2, 4))
    stores = [number > 2 or bool(rng.random() < 0.8)] + [bool(rng.random() < 0.5) for _ in range(number - 1)]
    stops = tuple(
        Stop(f"S{k}", Load(int(rng.integers(0, 700)), int(rng.integers(0, 900))), 7, store and share > 0)
        for k, store in enumerate(stores, start=1)
    )
    return stops, roads_of(rng.integers(0, 14, (number + 1, 2)))


def brute_day(stops, roads, scenario):
    """Least cost of one day's routes in millionths of a yuan, by trying every split, order and vehicle."""
    share, items = Fraction(str(scenario.cold.route_share)), []
    for stop in stops:
        cold = ceil(share * stop.daily.pickup_centiparcels) if stop.cold else 0
        plain = (stop.daily.delivery_centiparcels, stop.daily.pickup_centiparcels - cold)
        if any(plain) or not cold:
            items.append((roads.position[stop.site_id], *plain, 0))
        if cold:
            items.append((roads.position[stop.site_id], 0, 0, cold))

    def cost(order, kind):
        plain = sum(items[k][1] for k in order)
        peak, cold, clock, metres, before = plain, 0, 0, 0, 0
        for k in order:
            at, delivery, pickup, cooled = items[k]
            metres, clock = metres + int(roads.distance_m[before, at]), clock + int(roads.duration_s[before, at])
            clock += ceil(300 + 2 * (delivery + pickup + cooled) / 100)
            plain, cold, before = plain + pickup - delivery, cold + cooled, at
            peak = max(peak, plain)
        metres, clock = metres + int(roads.distance_m[before, 0]), clock + int(roads.duration_s[before, 0])
        fits = peak <= kind.capacity_parcels * 100 and cold <= kind.cold_parcels * 100
        if not fits or clock > scenario.service.shift_hours * 3600:
            return None
        return round(kind.driver_cny_per_day * MICRO) + metres * round(kind.cost_cny_per_km * MICRO / 1000)

    @cache
    def alone(members):
        found = (cost(order, kind) for order in permutations(members) for kind in scenario.service.fleet)
        return min((each for each in found if each is not None), default=None)

    @cache
    def day(left):
        if not left:
            return 0
        best = None
        for kept in product((False, True), repeat=len(left) - 1):
            members = (left[0], *(k for k, keep in zip(left[1:], kept, strict=True) if keep))
            first, rest = alone(members), day(tuple(k for k in left if k not in members))
            if first is not None and rest is not None and (best is None or first + rest < best):
                best = first + rest
        return best

    return day(tuple(range(len(items))))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_small_weeks_cost_as_little_as_the_best_of_all(share):
    """70 made-up depots for each share, 210 in all, with and without anything to cool."""
    scenario, proven, cooled = scenario_of(share), 0, 0
    for seed in range(70):
        stops, roads = random_case(seed, share)
        week = Weeks(scenario, roads).week("D", stops, (None, None, None))
        best = brute_day(stops, roads, scenario)
        assert not week.unserved, seed
        assert best is not None
        assert week.cost >= 7 * best, seed
        if week.status is SolveStatus.OPTIMAL:
            proven += 1
            assert week.cost == 7 * best, seed
        cooled += any(visit.cold for visit in week.visits)
    assert proven >= 65
    assert cooled == 0 if share == 0 else cooled > 40


def _week(fleet, daily):
    roads = roads_of(np.array([[0, 0], [5, 0]]))
    stop = Stop("S1", daily, 7, cold=True)
    return Weeks(scenario_of(0.5, fleet), roads).week("D", (stop,), (None,) * len(fleet))


def test_a_compartment_takes_what_fits_it():
    week = _week(FLEET[:2], Load(500, 600))
    assert [(visit.cold, visit.load) for visit in week.visits] == [(False, Load(500, 300)), (True, Load(0, 300))]
    assert [shift.vehicle_type for shift in week.shifts] == [1]


def test_a_refrigerated_vehicle_drives_beside_the_van_where_the_compartment_is_too_small():
    week = _week(FLEET, Load(1_400, 1_400))
    assert sorted(shift.vehicle_type for shift in week.shifts) == [0, 2]


def test_what_no_compartment_can_take_at_once_is_taken_in_parts():
    week = _week(FLEET[:2], Load(0, 1_800))
    assert [visit.load.pickup_centiparcels for visit in week.visits if visit.cold] == [400, 400, 100]
    assert not week.unserved


def test_only_stations_with_a_store_send_anything_cooled():
    scenario = scenario_of(0.5)
    weeks = Weeks(scenario, roads_of(np.array([[0, 0], [5, 0]])))
    assert [visit.cold for visit in weeks.visits("D", Stop("S1", Load(100, 300), 7))] == [False]
    assert [visit.cold for visit in weeks.visits("D", Stop("S1", Load(100, 300), 7, cold=True))] == [False, True]
    assert [visit.cold for visit in weeks.visits("D", Stop("S1", Load(100, 0), 7, cold=True))] == [False]


def test_a_week_that_gets_lighter_keeps_what_is_cooled_apart():
    from planner.route.buses.editing import lighter_week

    weeks = Weeks(scenario_of(0.5), roads_of(np.array([[0, 0], [5, 0], [6, 0]])))
    stops = (Stop("S1", Load(500, 600), 7, cold=True), Stop("S2", Load(100, 0), 7))
    week = weeks.week("D", stops, (None, None, None))
    lighter = lighter_week(weeks, week, {"S2"}, {"S1": Stop("S1", Load(400, 400), 7, cold=True)})
    assert lighter is not None
    assert [(visit.cold, visit.load) for visit in lighter.visits] == [(False, Load(400, 200)), (True, Load(0, 200))]
    assert lighter_week(weeks, week, {"S2"}, {"S1": Stop("S1", Load(0, 300), 7, cold=True)}) is not None
    assert lighter_week(weeks, week, {"S2"}, {"S1": Stop("S1", Load(400, 0), 7, cold=True)}) is None


@pytest.mark.slow
def test_the_demo_county_with_cooled_produce_keeps_every_rule_and_audits(xunhua_prepared, xunhua, tmp_path):
    from planner.evaluate import audit

    fleet = [
        {"name": "van", "capacity_parcels": 1500, "cost_cny_per_km": 2.2, "driver_cny_per_day": 260},
        {"name": "cool", "capacity_parcels": 1200, "cold_parcels": 200, "cost_cny_per_km": 2.4,
         "driver_cny_per_day": 280},
    ]  # fmt: skip
    scenario = Scenario.from_mapping({"cold": {"planned": True, "route_share": 0.3}, "service": {"fleet": fleet}})
    solved = solve_prepared(xunhua_prepared, scenario)
    assert solved.violations == ()
    stores = {station.site_id for station in solved.plan.stations if station.cold is not None}
    cooled = {s.site_id for r in solved.plan.routes for s in r.stops if s.cold_pickup_centiparcels}
    centre = {station.site_id for station in solved.plan.stations if station.parent_id is None}
    assert cooled == stores - centre
    assert cooled
    solved.write(tmp_path / "out")
    assert audit(tmp_path / "out", xunhua).differences == ()
