"""Lines that may carry parcels: what is given, what a scenario assumes, and what is left out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from planner.domain import BusLine, BusStop
from planner.route.buses import Line, usable_lines
from planner.scenario import Buses, Scenario

STOPS = (BusStop("a", 102.5, 35.8, 0), BusStop("b", 102.6, 35.8, 12))
UNTIMED = tuple(BusStop(stop.name, stop.lon, stop.lat) for stop in STOPS)
FULL = BusLine("L", "一路", STOPS, None, (480, 600), 80, (1, 3, 5))


def lines(*given, **keys):
    county = SimpleNamespace(bus_lines=given, metric_crs="EPSG:32648")
    return usable_lines(county, Buses(**keys))


def test_a_line_with_timetable_and_hold_space_carries():
    assert lines(FULL) == (Line("L", "一路", (0, 12), (480, 600), (1, 3, 5), 8000),)


@pytest.mark.parametrize(
    "lacking",
    [
        BusLine("L", "", STOPS, None, (480,), None),
        BusLine("L", "", STOPS, None, (480,), 0),
        BusLine("L", "", STOPS, 2, (), 80),
        BusLine("L", "", UNTIMED, None, (480,), 80),
    ],
)
def test_a_line_that_lacks_anything_carries_nothing(lacking):
    assert lines(lacking) == ()


def test_what_a_scenario_assumes_is_kept_with_the_line():
    bare = BusLine("L", "", UNTIMED)
    keys = {"assumed_hold_parcels": 80, "assumed_departures": "07:30|13:10", "assumed_speed_kmh": 30}
    (line,) = lines(bare, **keys)
    assert (line.departures_min, line.hold_centiparcels) == ((450, 790), 8000)
    assert line.minutes == (0, 19)  # 9.04 km at 30 km/h, rounded up
    assert line.assumed == ("hold_parcels", "departures", "minutes_from_start")
    assert lines(FULL, **keys)[0].assumed == ()
    assert lines(BusLine("L", "", STOPS, None, (480,), 0), **keys) == ()


def test_no_line_carries_where_buses_are_not_allowed_or_trips_too_few():
    assert lines(FULL, allowed=False) == ()
    assert lines(FULL, least_trips_per_day=3) == ()
    assert len(lines(FULL, least_trips_per_day=2)) == 1


def test_assumed_departures_are_times():
    with pytest.raises(ValueError, match="rising order"):
        Buses(assumed_departures="13:10|07:30")
    assert Scenario().buses.allowed
