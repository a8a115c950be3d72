"""Rides on buses: a right one passes judge and audit, and whatever is changed about it is seen."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from planner.domain import BusFacts, BusLine, BusStop, BusTrip, Route, RouteStop
from planner.domain.schema import BUS_SUPPLY, Kind
from planner.evaluate import audit, check_plan, evaluate, recount_travel
from planner.evaluate.recount import Ways
from planner.export import write_plan

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
EIGHT = 8 * 3600


def line(line_id, *stops, departures, **more):
    calls = tuple(BusStop(name, lon, 35.5, minutes) for name, lon, minutes in stops)
    return BusLine(line_id, f"{line_id} 路", calls, None, departures, **{"hold_parcels": 100, **more})


OUT = line(
    "L1", ("县城", 102.0, 0), ("半路", 102.03, 8), ("甲二", 102.055, 15), ("乙乡", 102.132, 30), departures=(450,)
)
BACK = line("L2", ("乙乡", 102.132, 0), ("", 102.055, 14), ("县城", 102.0, 30), departures=(600, 960))


@pytest.fixture(scope="module")
def bus_county(county):
    return replace(county, bus_lines=(OUT, BACK))


def ride(route_id, line_id, trip, start, end, *, delivery=0, pickup=0, cost):
    load = delivery + pickup
    (start_id, start_s), (end_id, end_s) = start, end
    return Route(
        route_id, "county-village", "bus", line_id, EVERY_DAY, "C1",
        (
            RouteStop(0, start_id, start_s - EIGHT, start_s - EIGHT, load, 0, 0, pickup),
            RouteStop(1, end_id, end_s - EIGHT, end_s - EIGHT, 0, 0, delivery, 0),
        ),
        0, end_s - start_s, cost, trip,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bus_plan(plan):
    """V3 gets 84.00 parcels and sends 21.00 every day by bus: 364 × (84 × 0.03 + 2) and 364 × (21 × 0.03 + 2) CNY."""
    there = ride(
        "B-L1-01", "L1", BusTrip("L1", 450, 1, 3), ("C1", 450 * 60), ("V3", 465 * 60), delivery=8_400, cost=1_645
    )
    back = ride("B-L2-01", "L2", BusTrip("L2", 960, 2, 3), ("V3", 974 * 60), ("C1", 990 * 60), pickup=2_100, cost=957)
    assignments = tuple(replace(a, service_per_week=7) if a.station_id == "V3" else a for a in plan.assignments)
    reports = tuple(replace(r, objective=1_144.0) if r.stage == "route county C1" else r for r in plan.reports)
    facts = BusFacts(
        19_000, {"V3": 19_100}, {"L1": 19_100, "L2": 20_000}, {("L1", "V3"): "parent", ("L2", "V3"): "bus"}
    )
    routes = (plan.routes[0], there, back)
    return replace(plan, routes=routes, assignments=assignments, reports=reports, buses=facts)


@pytest.fixture(scope="module")
def bus_travel(travel):
    sites, stops = {"C1": 0, "V3": 1}, {f"L1#{n}": n - 1 for n in (1, 2, 3, 4)} | {f"L2#{n}": n + 3 for n in (1, 2, 3)}
    far = 5_000
    metres = np.array([[0, far, far, far, far, far, 20], [far, far, 400, far, far, 500, far]], np.int64)
    return replace(
        travel,
        to_stops=Ways(sites, stops, metres, metres, metres),
        from_stops=Ways(stops, sites, metres.T, metres.T, metres.T),
    )


@pytest.fixture
def judge(bus_county, scenario, bus_travel):
    def run(plan, county=bus_county, **settings):
        judged = scenario.update(settings) if settings else scenario
        return {(broken.rule, broken.subject) for broken in check_plan(county, judged, plan, travel=bus_travel)}

    return run


def changed(plan, route_id, **changes):
    return replace(plan, routes=tuple(replace(r, **changes) if r.route_id == route_id else r for r in plan.routes))


def test_rides_that_follow_timetable_and_hold_break_no_rule(judge, bus_plan):
    assert judge(bus_plan) == set()


def trip(plan, **changes):
    return changed(plan, "B-L1-01", bus=replace(plan.routes[1].bus, **changes))


@pytest.mark.parametrize(
    ("spoil", "broken"),
    [
        (lambda plan: trip(plan, departure_min=451), {("bus-timetable", "B-L1-01")}),
        (lambda plan: trip(plan, board=3, alight=1), {("bus-timetable", "B-L1-01")}),
        (lambda plan: trip(plan, board=3, alight=3), {("bus-timetable", "B-L1-01")}),
        (lambda plan: trip(plan, alight=5), {("bus-timetable", "B-L1-01")}),
        (lambda plan: trip(plan, line_id="L9"), {("bus", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", vehicle_type="L2"), {("bus", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", bus=None), {("bus", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", echelon="township-village"), {("route-stops", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", annual_cost_cny=1_644), {("route-figures", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", duration_s=901), {("route-figures", "B-L1-01")}),
        (lambda plan: changed(plan, "B-L1-01", distance_m=5_000), {("route-figures", "B-L1-01")}),
    ],
)
def test_a_ride_that_is_not_in_the_timetable_is_seen(judge, bus_plan, spoil, broken):
    assert judge(spoil(bus_plan)) >= broken


def test_a_stop_at_another_time_is_seen(judge, bus_plan):
    there = bus_plan.routes[1]
    late = replace(there, stops=(there.stops[0], replace(there.stops[1], arrive_s=there.stops[1].arrive_s + 60)))
    plan = replace(bus_plan, routes=(bus_plan.routes[0], late, bus_plan.routes[2]))
    assert judge(plan) == {("route-figures", "B-L1-01 stop 1")}


def test_days_on_which_the_line_does_not_run_are_seen(judge, bus_plan, bus_county):
    thin = replace(bus_county, bus_lines=(replace(OUT, days=(1, 2, 3)), BACK))
    assert judge(bus_plan, thin) == {("route-days", "B-L1-01")}


def test_a_hold_that_is_too_small_is_seen_on_its_segments(judge, bus_plan, bus_county):
    small = replace(bus_county, bus_lines=(replace(OUT, hold_parcels=83), BACK))
    assert judge(bus_plan, small) == {("bus-hold", "L1")}
    assert judge(bus_plan, replace(bus_county, bus_lines=(replace(OUT, hold_parcels=84), BACK))) == set()


def test_a_line_without_timetable_or_hold_carries_only_what_the_scenario_assumes(judge, bus_plan, bus_county):
    bare = replace(bus_county, bus_lines=(replace(OUT, hold_parcels=None), BACK))
    assert judge(bus_plan, bare) == {("bus", "B-L1-01")}
    assert judge(bus_plan, bare, buses={"assumed_hold_parcels": 84}) == {("bus", "B-L1-01")}  # not said in the plan
    assert judge(trip(bus_plan, assumed=("hold_parcels",)), bare, buses={"assumed_hold_parcels": 84}) == set()
    assert judge(bus_plan, buses={"allowed": False}) == {("bus", "B-L1-01"), ("bus", "B-L2-01")}


def test_stops_too_far_from_the_stations_are_seen(judge, bus_plan):
    assert judge(bus_plan, buses={"stop_radius_m": 400}) == {("bus-stop", "B-L2-01")}
    assert judge(bus_plan, buses={"stop_radius_m": 399}) == {("bus-stop", "B-L1-01"), ("bus-stop", "B-L2-01")}


def test_parcels_left_behind_are_seen(judge, bus_plan):
    fewer = replace(bus_plan, routes=bus_plan.routes[:2])
    assert judge(fewer) == {("load", "V3")}


def test_a_station_goes_by_bus_or_by_van(judge, bus_plan, plan):
    both = replace(bus_plan, routes=(*bus_plan.routes, plan.routes[1]))
    assert ("ways", "V3") in judge(both)


def test_measured_ways_to_stops_are_those_along_the_road(bus_county, scenario, bus_plan):
    travel = recount_travel(bus_county, scenario, bus_plan)
    assert travel.to_stops is not None
    assert travel.from_stops is not None
    assert travel.to_stops.way("C1", "L1#1").distance_m == 0
    assert 4_900 < travel.from_stops.way("L1#3", "C1").distance_m < 5_100
    assert check_plan(bus_county, scenario, replace(bus_plan, routes=bus_plan.routes[1:]), travel=travel)


@pytest.fixture(scope="module")
def written(tmp_path_factory, bus_county, scenario, bus_plan):
    folder = tmp_path_factory.mktemp("buses") / "out"
    write_plan(folder, bus_county, scenario, bus_plan, evaluate(bus_county, scenario, bus_plan))
    return folder


def read(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write(path, rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def test_a_written_plan_with_buses_passes_the_audit(written, bus_county, bus_travel):
    assert [str(each) for each in audit(written, bus_county, travel=bus_travel).differences] == []
    rows = read(written / "bus_supply.csv")
    assert rows[0] == list(BUS_SUPPLY.names)
    first = dict(zip(*rows[:2], strict=True))
    assert (first["departure"], first["board_time"], first["alight_time"]) == ("07:30", "07:30", "07:45")
    assert (first["saving_cny_per_year"], first["van_cost_cny_per_year"]) == ("19100", str(19_100 + 1_645 + 957))
    assert [row[rows[0].index("saving_cny_per_year")] for row in rows[1:]] == ["19100", ""]


FREE = {"fallback"}
"""What would become of a station is the search's answer: no recount can check it."""


@pytest.mark.parametrize("column", [column for column in BUS_SUPPLY.columns if column.name not in FREE])
def test_any_changed_cell_of_bus_supply_is_seen(written, bus_county, bus_travel, column):
    before = (written / "bus_supply.csv").read_bytes()
    rows = read(written / "bus_supply.csv")
    place = rows[0].index(column.name)
    for number in (1, 2):
        spoilt = [list(row) for row in rows]
        cell = spoilt[number][place]
        spoilt[number][place] = cell[:-1] + ("3" if cell.endswith("2") else "2") if cell else "1"
        if column.choices:
            spoilt[number][place] = next(choice for choice in column.choices if choice != cell)
        if column.name in ("line_cut_cny_per_year",) and number == 1:
            continue  # one figure a line, an answer of the search
        write(written / "bus_supply.csv", spoilt)
        try:
            found = audit(written, bus_county, travel=bus_travel).differences
        finally:
            (written / "bus_supply.csv").write_bytes(before)
        free = column.name == "line_cut_cny_per_year" or (column.kind is Kind.INTEGER and "saving" in column.name)
        assert found or free, f"{column.name} row {number + 1}"


def test_figures_of_buses_are_counted(bus_county, scenario, bus_plan):
    figures = evaluate(bus_county, scenario, bus_plan).buses
    assert figures is not None
    assert (figures.stations, figures.lines, figures.rides_per_week, figures.cny_per_year) == (1, 2, 14, 2_602)
    assert figures.parcels_per_week.decimal() == "735.00"
    assert (figures.saving_cny_per_year, figures.without_cny_per_year) == (19_000, 59_488 + 2_602 + 19_000)
    assert figures.townships_on_line.percent == "100.0%"
    assert evaluate(bus_county, scenario, replace(bus_plan, buses=None)).buses is None
