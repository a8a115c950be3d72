"""Headers and cells as people write them."""

from __future__ import annotations

import pytest

from planner.geodata.cells import Problem
from planner.geodata.intake.aliases import Role, understand, understand_cut
from planner.geodata.intake.columns import recognise
from planner.geodata.intake.roads import closed_months
from planner.geodata.intake.values import coordinate, coordinate_pair, is_longitude, parse_words, whole_number
from planner.geodata.intake.words import HOSTS, ONEWAY, TIERS, host_in_name
from planner.geodata.log import DefectLog
from planner.geodata.sources import RawTable


def table(file="villages.csv", **columns):
    length = len(next(iter(columns.values())))
    return RawTable(file, columns, range(2, length + 2))


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (
            "村名", "name",
        ), ("村 名", "name"), ("行政村", "name"), ("所属乡镇", "township_name"), ("乡（镇）", "township_name"),
        ("ＬＮＧ", "lon"), ("Longitude", "lon"), ("东经", "lon"), ("纬度（°）", "lat"), ("人口（人）", "population"),
        ("户籍人口(2023年)", "population"), ("12位代码", "code"), ("township_name", "township_name"),
        ("Township Name", "township_name"), ("经纬度", "lon_lat"),
    ],
)  # fmt: skip
def test_headers_are_understood_however_they_are_spelt(header, field):
    meaning = understand(header, Role.VILLAGES)
    assert meaning is not None
    assert (meaning.field, meaning.unit_refused) == (field, "")


@pytest.mark.parametrize("header", ["序号", "联系电话", "备注", "村民小组数", ""])
def test_other_headers_are_left_unread(header):
    assert understand(header, Role.VILLAGES) is None


def test_a_name_cut_by_a_shapefile_is_understood_by_its_beginning():
    meaning = understand_cut("行政区划代", Role.TOWNSHIPS)
    assert meaning is not None
    assert meaning.field == "code"
    assert understand_cut("行政", Role.TOWNSHIPS) is None


def test_a_cut_name_counts_in_shapefiles_only():
    columns = {"行政区划代": ["630225100"], "名称": ["积石镇"]}
    found = DefectLog()
    cut = recognise(table("t.shp", **columns), Role.TOWNSHIPS, (), found)
    whole = recognise(table("t.csv", **columns), Role.TOWNSHIPS, (), found)
    assert cut is not None
    assert whole is not None
    assert cut.has("code")
    assert whole.unread == ("行政区划代",)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("102.4817", 102.4817), ("102°28′54″", 102.481667), ("东经102°28′54″", 102.481667),
        ("102°28'54\"E", 102.481667),
        ("102度28分54秒", 102.481667), ("102°28.9′", 102.481667), ("E102.4817", 102.4817), ("102.4817°", 102.4817),
        ("0°30′0″W", -0.5),
    ],
)  # fmt: skip
def test_coordinates_in_decimals_and_in_minutes_and_seconds(text, degrees):
    assert coordinate(text) == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("102,4817", "decimal-comma"), ("nan", "not-finite"), ("1e999", "not-finite"), ("abc", "not-a-number"),
        ("102°61′0″", "dms"), ("#N/A", "not-finite"), ("102°28′60″", "dms"), ("１０２", "not-a-number"),
    ],
)  # fmt: skip
def test_what_is_no_coordinate_says_why(text, code):
    problem = coordinate(text)
    assert isinstance(problem, Problem)
    assert problem.code == code


@pytest.mark.parametrize("text", ["102.48,35.84", "102.48，35.84", "(102.48 35.84)", "102.48; 35.84", "102.48/35.84"])
def test_both_coordinates_in_one_cell(text):
    assert coordinate_pair(text) == (102.48, 35.84)


@pytest.mark.parametrize("text", ["102.48", "102.48,35.84,3000", "a,b", ""])
def test_a_cell_that_is_no_pair(text):
    assert isinstance(coordinate_pair(text), Problem)


def test_a_coordinate_may_say_which_it_is():
    assert is_longitude("东经102°28′54″") is True
    assert is_longitude("35.84N") is False
    assert is_longitude("102.48") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("12,34", "not-a-number"), ("1234户", "not-a-number"), ("-3", "negative"), ("999999999", "too-large")],
)
def test_counts_are_digits_only(text, code):
    problem = whole_number(text)
    assert isinstance(problem, Problem)
    assert problem.code == code


def test_a_count_that_a_spreadsheet_gave_decimals_is_read():
    assert whole_number("850.0") == 850
    assert isinstance(whole_number("850.5"), Problem)


def test_words():
    assert TIERS.ours("乡（镇）") == "township"
    assert ONEWAY.ours("-1") == "reverse"
    assert ONEWAY.ours("1") == "true"
    assert HOSTS.ours("Post Office") == "post_office"
    assert host_in_name("白庄邮政所") == "post_office"
    assert host_in_name("老王家") is None


def test_one_unknown_word_is_one_line_however_many_rows_hold_it():
    found = DefectLog()
    stations = recognise(table(名称=["a", "b", "c"], 级别=["大", "乡", "大"]), Role.STATIONS, (), found)
    assert stations is not None
    assert parse_words(stations, "tier", TIERS, "", found) == ["", "township", ""]
    (defect,) = found.defects
    assert (defect.row, defect.value) == (2, "大")
    assert "1 more row" in defect.message


@pytest.mark.parametrize(
    ("text", "months"),
    [("11月至次年3月", "1|2|3|11|12"), ("12、1、2", "1|2|12"), ("11-2", "1|2|11|12"), ("7月", "7"), ("1|2", "1|2")],
)
def test_closed_months(text, months):
    assert closed_months(text) == months


@pytest.mark.parametrize("text", ["冬季", "13", "0"])
def test_what_is_no_month(text):
    assert isinstance(closed_months(text), Problem)
