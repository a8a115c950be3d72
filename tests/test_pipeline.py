"""The whole way through on the demo county: what the product promises, checked on the plan itself."""

from dataclasses import replace

import numpy as np
import pytest

from planner import Scenario, read_county, solve
from planner.domain import BusLine, BusStop, SolveStatus, Tier
from planner.domain.bus_supply import BusTrip
from planner.pipeline import lay_out, near_plan, near_possible, network_facts, prepare, solve_prepared


def test_the_plan_is_proven_optimal(xunhua_plan):
    assert xunhua_plan.plan.status is SolveStatus.OPTIMAL
    for report in xunhua_plan.plan.reports:
        if report.stage.startswith("locate"):
            assert report.bound == report.objective, report.stage


def test_the_judge_finds_no_broken_rule(xunhua_plan):
    assert xunhua_plan.violations == ()


def test_every_township_has_an_outlet(xunhua, xunhua_plan):
    served = {xunhua.site_by_id[station.site_id].township_code for station in xunhua_plan.plan.stations}
    assert served == set(xunhua.township_by_code)


def test_there_is_one_county_centre(xunhua_plan):
    assert sum(station.tier is Tier.COUNTY for station in xunhua_plan.plan.stations) == 1


def test_every_village_with_a_road_within_the_radius_of_a_candidate_is_covered(xunhua, xunhua_plan):
    """Candidates without broadband or without a road are no candidates; nothing else leaves a village out here."""
    radius_m = xunhua_plan.scenario.radius_m
    for assignment in xunhua_plan.plan.uncovered:
        assert assignment.reason is not None
        nearest_m = assignment.reason.nearest_distance_m
        assert nearest_m is None or nearest_m > radius_m, assignment


def test_somebody_without_a_road_is_left_out_and_told_why(xunhua_plan):
    assert "no_road" in {assignment.reason.code.value for assignment in xunhua_plan.plan.uncovered}


def test_every_covered_village_is_visited_often_enough(xunhua_plan):
    least = xunhua_plan.scenario.service.village_visits_per_week
    for assignment in xunhua_plan.plan.assignments:
        if assignment.covered:
            assert assignment.service_per_week >= least, assignment


def test_residents_committees_are_places_but_not_demand(xunhua, xunhua_plan):
    assert len(xunhua_plan.plan.assignments) == 154
    assert len(xunhua.villages) == 160


def test_two_runs_give_the_same_plan(xunhua, xunhua_plan):
    again = solve(xunhua)
    assert again.plan.stations == xunhua_plan.plan.stations
    assert again.plan.assignments == xunhua_plan.plan.assignments
    assert again.plan.routes == xunhua_plan.plan.routes


def test_a_larger_radius_never_covers_less(xunhua_prepared):
    covered = [
        len(plan.assignments) - len(plan.uncovered)
        for plan in (
            solve_prepared(xunhua_prepared, Scenario(radius_km=radius), routes=False).plan for radius in (1, 2, 4, 8)
        )
    ]
    assert covered == sorted(covered)
    assert covered[0] < covered[-1]


@pytest.mark.parametrize("metric", ["minutes", "straight_km"])
def test_other_metrics_work_from_end_to_end(xunhua, metric, tmp_path):
    scenario = Scenario.from_mapping({"coverage_metric": metric, "radius_km": 2.0, "radius_min": 12})
    solved = solve(xunhua, scenario)
    assert solved.plan.status is SolveStatus.OPTIMAL
    solved.write(tmp_path / "out")
    from planner.evaluate import audit

    assert audit(tmp_path / "out", xunhua).differences == ()


def test_the_same_network_is_not_prepared_twice(xunhua_prepared):
    assert solve_prepared(xunhua_prepared, Scenario(radius_km=3), routes=False).prepared is xunhua_prepared


def test_another_snap_limit_is_prepared_anew(xunhua, xunhua_prepared):
    scenario = Scenario().with_settings(["network.snap_limit_m=30"])
    solved = solve_prepared(xunhua_prepared, scenario, routes=False)
    assert solved.prepared is not xunhua_prepared
    assert prepare(xunhua, scenario).village_snaps.ok.sum() < xunhua_prepared.village_snaps.ok.sum()


def test_the_public_objects_give_tables(xunhua_plan):
    stations = xunhua_plan.stations()
    assert stations.crs.to_epsg() == 4326
    assert len(stations) == len(xunhua_plan.plan.stations)
    assert len(xunhua_plan.assignments()) == 154
    assert set(xunhua_plan.routes()["route_id"]) == {route.route_id for route in xunhua_plan.plan.routes}


def test_a_village_has_its_own_station_even_when_another_is_nearer(xunhua_prepared, xunhua):
    """Counted by where stations stand, not by who goes where: a small capacity sends people elsewhere."""
    scenario = Scenario().with_settings(["tiers.village.capacity_parcels_per_day=60"])
    solved = solve_prepared(xunhua_prepared, scenario)
    with_station = {xunhua.site_by_id[station.site_id].village_code for station in solved.plan.stations}
    own = {assignment.village_code for assignment in solved.plan.assignments if assignment.own_station}
    assert own == with_station & {village.code for village in xunhua.administrative_villages}
    assert solved.violations == ()


@pytest.mark.parametrize("name", ["xunhua", "isle-of-wight"])
def test_who_reaches_a_site_is_known_without_measuring_distances(name):
    prepared = lay_out(read_county(name))
    network_facts(prepared)
    assert not {"access", "supply"} & set(vars(prepared))
    assert np.array_equal(prepared.connected, prepared.access.connected)


def test_a_near_plan_has_the_proven_coverage_and_a_true_bound_on_cost(xunhua_prepared):
    for radius_km in (1.5, 3.0):
        scenario = Scenario(radius_km=radius_km)
        near, proven = near_plan(xunhua_prepared, scenario), solve_prepared(xunhua_prepared, scenario, routes=False)
        cost = {report.stage: report for report in near.plan.reports}["locate.cost"]
        least = {report.stage: report for report in proven.plan.reports}["locate.cost"]
        assert near.near
        assert not proven.near
        assert len(near.plan.uncovered) == len(proven.plan.uncovered)
        assert cost.bound <= least.objective <= cost.objective <= 1.005 * cost.bound
        assert near.evaluation.costs.station_cny_per_year == cost.objective


@pytest.mark.parametrize(
    ("setting", "value"), [("outreach.mobile", True), ("targets.backup", "station"), ("cold.planned", True)]
)
def test_rules_that_near_plans_do_not_know_wait_for_the_proven_plan(xunhua_prepared, setting, value):
    section, key = setting.split(".")
    assert near_possible(xunhua_prepared, Scenario())
    assert near_possible(xunhua_prepared, Scenario(budget_cny=5_000_000))
    assert not near_possible(xunhua_prepared, Scenario().update({section: {key: value}}))


def test_a_ride_by_bus_is_drawn_from_stop_to_stop_of_its_line(xunhua, xunhua_plan):
    stops = tuple(BusStop(f"站{k}", 102.4 + k / 100, 35.8) for k in range(4))
    county = replace(xunhua, bus_lines=(BusLine("L3", "3路", stops),))
    route = xunhua_plan.plan.routes[0]
    ride = replace(route, mode="bus", vehicle_type="L3", stops=route.stops[:2], bus=BusTrip("L3", 440, 2, 4))
    plan = replace(xunhua_plan.plan, routes=(ride, *xunhua_plan.plan.routes[1:]))
    solved = replace(xunhua_plan, prepared=replace(xunhua_plan.prepared, county=county), plan=plan)
    assert list(solved.route_geometry()[ride.route_id].coords) == [(stop.lon, stop.lat) for stop in stops[1:]]
    assert ride.route_id not in solved.route_ways()
    assert set(solved.route_geometry()) == {each.route_id for each in plan.routes}
