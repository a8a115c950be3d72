"""Passenger lines are optional, read in order of their stops, and each mistake in them is one line."""

from __future__ import annotations

import pytest
from geodata_toy import BUS

from planner.domain.county import BusStop
from planner.geodata import check_county


def only(county):
    """The one defect of the county."""
    (defect,) = check_county(county.write()).defects
    return defect


def test_a_county_without_passenger_lines_has_none(county):
    assert check_county(county.write()).county.bus_lines == ()


def test_lines_are_read_with_their_stops_in_order(county):
    county.add_bus()
    report = check_county(county.write())
    assert report.defects == ()
    first, second = report.county.bus_lines
    assert (first.line_id, first.name, first.trips_per_day, len(first.stops)) == ("L1", "积石—道帏", 6, 3)
    assert second.trips_per_day is None
    assert second.stops == (BusStop("", 102.2, 35.7), BusStop("积石", 102.1, 35.7))
    assert "passenger lines: 2 with 5 stops, trips a day known for 1" in report.lines()
    assert report.county.layer("bus").file == "bus.csv"


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("L1,积石—道帏,3", "L1,积石—道帏,2", (4, "stop_seq"), "row 3"),
        ("L1,积石—道帏,3", "L1,积石—循化,3", (4, "line_name"), "row 2"),
        (",2,白庄,102.200000,35.700000,6", ",2,白庄,102.200000,35.700000,7", (3, "trips_per_day"), "than in row 2, 6"),
        ("L2,白庄—积石,1,,102.200000,35.700000,\n", "", (5, None), "one stop only"),
    ],
)  # fmt: skip
def test_a_line_that_is_not_one_is_one_defect(county, old, new, place, word):
    county.add_bus()
    county.swap("bus", old, new)
    defect = only(county)
    assert (defect.code, defect.file, (defect.row, defect.column)) == ("bus-line", "bus.csv", place)
    assert word in defect.message


def test_lines_may_leave_the_county_a_little_in_silence_and_farther_with_one_warning(county):
    county.add_bus()
    county.swap("bus", "3,道帏客运站,102.300000", "3,道帏客运站,102.430000")
    assert check_county(county.write()).defects == ()
    county.bus = BUS.replace("3,道帏客运站,102.300000", "3,道帏客运站,103.000000")
    report = check_county(county.write())
    (defect,) = report.defects
    assert (defect.code, defect.row) == ("far-stop", 4)
    assert "1 of 5 stops" in defect.message
    assert len(report.county.bus_lines[0].stops) == 3


def test_swapped_stops_are_one_error(county):
    county.add_bus()
    lines = [line.split(",") for line in BUS.splitlines()]
    county.bus = "\n".join(",".join([*line[:4], line[5], line[4], line[6]]) for line in lines).replace(
        "lat,lon", "lon,lat"
    )
    defect = only(county)
    assert (defect.code, defect.file, defect.row) == ("swapped", "bus.csv", 1)


def test_stops_of_another_county_are_one_error(county):
    county.add_bus()
    county.bus = BUS.replace("102.", "112.")
    defect = only(county)
    assert (defect.code, defect.file) == ("outside", "bus.csv")


TIMES = """\
line_id,line_name,stop_seq,stop_name,lon,lat,departures,minutes_from_start,hold_parcels,days
L1,积石—道帏,1,积石客运站,102.100000,35.700000,07:30|13:10,0,80,1|3|5
L1,积石—道帏,2,白庄,102.200000,35.700000,07:30|13:10,21,80,1|3|5
L1,积石—道帏,3,道帏客运站,102.300000,35.700000,07:30|13:10,40,80,1|3|5
L2,白庄—积石,1,白庄,102.200000,35.700000,,,,
L2,白庄—积石,2,积石,102.100000,35.700000,,,,
"""


def test_a_timetable_is_read_with_its_hold_space_and_days(county):
    county.add_bus()
    county.bus = TIMES
    report = check_county(county.write())
    assert report.defects == ()
    first, second = report.county.bus_lines
    assert (first.departures_min, first.hold_parcels, first.days) == ((450, 790), 80, (1, 3, 5))
    assert [stop.minutes_from_start for stop in first.stops] == [0, 21, 40]
    assert first.has_times
    assert (second.departures_min, second.hold_parcels, second.days) == ((), None, (1, 2, 3, 4, 5, 6, 7))
    assert not second.has_times


@pytest.mark.parametrize(
    ("old", "new", "code", "row", "column", "word"),
    [
        ("35.700000,07:30|13:10,0,", "35.700000,7.30|13:10,0,", "departures", 2, "departures", "rising order"),
        ("35.700000,07:30|13:10,0,", "35.700000,13:10|07:30,0,", "departures", 2, "departures", "rising order"),
        ("35.700000,07:30|13:10,0,", "35.700000,07:30|24:10,0,", "departures", 2, "departures", "rising order"),
        ("21,80,1|3|5", "21,80,1|5|3", "bus-days", 3, "days", "days of the week"),
        ("21,80,1|3|5", "21,80,0|3|5", "bus-days", 3, "days", "days of the week"),
        ("21,80,1|3|5", "21,80,1|3", "bus-line", 3, "days", "than in row 2, 1|3|5"),
        (",21,80,", ",21,90,", "bus-line", 3, "hold_parcels", "than in row 2, 80"),
        (",21,80,", ",21,-80,", "negative", 3, "hold_parcels", "is negative"),
        ("07:30|13:10,21", "07:30|13:20,21", "bus-line", 3, "departures", "than in row 2, 07:30|13:10"),
        (",21,80,", ",,80,", "bus-line", 3, "minutes_from_start", "no time at this stop"),
        (",21,80,", ",41,80,", "bus-line", 4, "minutes_from_start", "at an earlier stop after 41"),
        (",0,80,", ",1,80,", "bus-line", 2, "minutes_from_start", "does not begin at 0"),
        (",40,80,", ",2400,80,", "bus-line", 4, "minutes_from_start", "more than 1440 minutes"),
    ],
)  # fmt: skip
def test_a_timetable_that_is_wrong_is_one_defect(county, old, new, code, row, column, word):  # noqa: PLR0917 (pytest names them)
    county.add_bus()
    county.bus = TIMES
    county.swap("bus", old, new)
    defect = only(county)
    assert (defect.code, defect.file, (defect.row, defect.column)) == (code, "bus.csv", (row, column))
    assert word in defect.message


def test_departures_are_as_many_as_trips_a_day(county):
    county.add_bus()
    county.bus = TIMES.replace("lon,lat,", "lon,lat,trips_per_day,").replace("35.700000,07:30", "35.700000,3,07:30")
    county.bus = county.bus.replace("35.700000,,,,", "35.700000,,,,,")
    defect = only(county)
    assert (defect.code, defect.row, defect.column) == ("bus-line", 2, "departures")
    assert "3 trips a day and 2 departures" in defect.message


def test_all_that_is_wrong_with_a_timetable_is_told_at_once(county):
    county.add_bus()
    county.bus = TIMES.replace(",21,80,1|3|5", ",,x,1|9").replace(",40,", ",-4,")
    found = {(defect.row, defect.column) for defect in check_county(county.write()).defects}
    assert found == {(3, "minutes_from_start"), (3, "hold_parcels"), (3, "days"), (4, "minutes_from_start")}
