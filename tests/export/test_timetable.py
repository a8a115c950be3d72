"""The weekly timetable, row by row, against the hand-counted plan."""

from dataclasses import replace

import pytest

from planner.domain import RouteStop
from planner.domain.clock import clock
from planner.export import timetable_table


@pytest.fixture
def rows(county, scenario, plan):
    def made(plan=plan, *settings):
        return timetable_table(county, scenario.with_settings(settings), plan).to_dict("records")

    return made


def test_a_row_says_when_where_and_what_a_route_carries(rows):
    first, second = rows()
    assert [first[day] for day in ("monday", "friday", "saturday", "sunday")] == [True, True, False, False]
    assert [second[day] for day in ("monday", "tuesday", "wednesday")] == [True, False, True]
    assert (first["days_per_week"], first["start"], first["back"]) == (5, "08:00", "08:44")
    assert (first["from_name"], first["to_name"], first["stop_ids"], first["stop_names"]) == (
        "县中心邮政所", "县中心邮政所", "T2", "=乙乡供销社",
    )  # fmt: skip
    assert (first["distance_km"], first["duration_h"], first["trips"], first["stops"]) == (24.0, 0.75, 1, 1)
    assert (first["parcels_out"], first["parcels_in"], first["parcels_per_day"]) == (235.2, 58.8, 210.0)
    assert (second["parcels_per_day"], second["annual_cost_cny"]) == (105.0, 33_072)


def test_the_clock_starts_when_the_scenario_says(rows, plan):
    late = rows(plan, "service.day_starts_at=23:30")[0]
    assert (late["start"], late["back"]) == ("23:30", "00:14+1")
    assert clock(0) == "00:00"
    assert clock(59) == "00:00"
    assert clock(86_399) == "23:59"
    assert clock(-60) == "23:59-1"


def test_a_further_trip_shows_the_depot_between_its_stops(rows, plan):
    first, second = plan.routes
    stops = (*first.stops, *(replace(stop, stop_seq=stop.stop_seq + 2) for stop in second.stops[1:]))
    (row,) = rows(replace(plan, routes=(replace(first, stops=stops),)))
    assert (row["trips"], row["stops"], row["stop_ids"]) == (2, 2, "T2|C1|V3")
    assert row["parcels_out"] == 431.2


def test_a_ride_by_bus_has_its_clock_and_one_stop_whichever_way_it_goes(rows, plan):
    first = plan.routes[0]
    out = (RouteStop(0, "C1", -2_400, -2_400, 100, 0), RouteStop(1, "T2", 600, 600, 0, 0, 100, 0))
    back = (RouteStop(0, "T2", 0, 0, 50, 0, 0, 50), RouteStop(1, "C1", 3_000, 3_000, 0, 0))
    rides = [
        replace(first, mode="bus", vehicle_type="L3", stops=stops, distance_m=0, duration_s=3_000)
        for stops in (out, back)
    ]
    there, home = rows(replace(plan, routes=tuple(rides)))
    assert (there["from_id"], there["to_id"], there["start"], there["back"]) == ("C1", "T2", "07:20", "08:10")
    assert (home["from_id"], home["to_id"], home["parcels_in"]) == ("T2", "C1", 0.5)
    for row in (there, home):
        assert (row["stop_ids"], row["stops"], row["trips"], row["distance_km"]) == ("T2", 1, 1, 0.0)
