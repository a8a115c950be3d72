"""One report in three forms: the terminal's lines, the table, the page."""

import csv
import io

import pytest

from planner.errors import Severity
from planner.geodata.ground import read_ground
from planner.survey import inspect_county


@pytest.fixture
def spoilt(toy_county):
    """Exchanged coordinates, a wrong word, a village far outside; the rest can be read."""
    toy_county.swap("villages", "102.110000,35.702000", "35.702000,102.110000")
    toy_county.swap("sites", "S003,白庄供销社,supply_coop", "S003,白庄供销社,bank")
    toy_county.swap("townships", "102.200000,35.700000", "103.900000,35.700000")
    return inspect_county(toy_county.write())


def test_errors_come_first_and_the_last_line_counts(spoilt):
    severities = [defect.severity for defect in spoilt.defects]
    assert severities == sorted(severities, key=lambda severity: severity is Severity.WARNING)
    assert spoilt.lines()[-1].startswith("3 errors, 0 warnings in ")
    assert spoilt.survey is None
    assert not spoilt.can_be_planned


def test_defects_lie_where_their_rows_lie(spoilt):
    at = {defect.code: spoilt.ground.spot(defect) for defect in spoilt.defects}
    assert at["swapped"] == (102.11, 35.702), "exchanged coordinates are put right for the map"
    assert at["unknown-choice"] == (102.2005, 35.7)
    assert at["outside"] == (103.9, 35.7)


def test_a_defect_of_a_whole_file_has_no_place(toy_county):
    toy_county.villages = toy_county.villages.replace("population", "people", 1)
    inspection = inspect_county(toy_county.write())
    assert inspection.defects
    assert {inspection.ground.spot(defect) for defect in inspection.defects} == {None}


def test_the_table_holds_every_defect_with_its_place(spoilt):
    table = list(csv.DictReader(io.StringIO(spoilt.csv().decode("utf-8-sig"))))
    assert [row["code"] for row in table] == [defect.code for defect in spoilt.defects]
    (swapped,) = [row for row in table if row["code"] == "swapped"]
    assert (swapped["file"], swapped["row"], swapped["lon"], swapped["lat"]) == (
        "villages.csv", "3", "102.110000", "35.702000",
    )  # fmt: skip


def test_nothing_read_is_nothing_drawn():
    ground = read_ground(None, None)
    assert (ground.boundary, ground.places, ground.roads, dict(ground.rows)) == (None, (), None, {})


def test_rows_are_found_by_code_and_id(toy_county):
    rows = inspect_county(toy_county.write()).ground.rows
    assert rows["villages", "630225101200"] == 5
    assert rows["sites", "S003"] == 4
    assert rows["roads", "R2"] == 2
