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
