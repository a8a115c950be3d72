"""Tables as offices hand them over: totals, notes below, townships named once a block, counts with separators."""

from __future__ import annotations

import pytest

from planner.geodata.intake.values import whole_number

BLOCKS = """\
循化县2024年行政村基本情况统计表,,,,,
序号,乡镇,行政村名称,常住人口（人）,经度,纬度
1,积石镇,西街村,"1,900",102.11,35.702
2,,东街村,800人,102.12,35.703
,积石镇小计,,2700,,
3,白庄镇,加入村,700,102.11,35.701
合  计,,3,3400,,
填表人：张三,,审核人：李四,,,
"""


def codes(report):
    return [defect.code for defect in report.defects]


def test_totals_and_notes_are_no_villages_and_blocks_keep_their_township(raw):
    raw.villages = BLOCKS
    report = raw.run()
    assert report.errors == ()
    (left,) = [defect for defect in report.defects if defect.code == "not-a-record"]
    assert "5 (积石镇小计), 7 (合计), 8 (填表人：张三)" in left.message
    (filled,) = [defect for defect in report.defects if defect.code == "filled-down"]
    assert (filled.column, "1 empty cells" in filled.message, "row 4" in filled.message) == ("乡镇", True, True)
    county = raw.read()
    town = {township.code: township.name for township in county.townships}
    assert {(village.name, town[village.township_code], village.population) for village in county.villages} == {
        ("西街村", "积石镇", 1900),
        ("东街村", "积石镇", 800),
        ("加入村", "白庄镇", 700),  # it lies at the other seat: the table goes before the place
    }


def test_a_cell_that_is_empty_among_names_that_repeat_is_not_filled(raw):
    raw.villages = """\
乡镇,村名,人口,经度,纬度
积石镇,西街村,900,102.11,35.702
积石镇,东街村,800,102.12,35.703
白庄镇,加入村,700,102.21,35.701
,乙麻亥村,300,102.11,35.701
"""
    report = raw.run()
    assert "filled-down" not in codes(report)
    assert [row["name"] for row in raw.review() if row["kind"] == "township-by-seat"] == ["乙麻亥村"]


def test_a_village_whose_name_only_begins_like_a_total_is_kept(raw):
    raw.swap("villages", "加入村", "合计营村")
    assert raw.run().errors == ()
    assert [village.name for village in raw.read().villages] == ["西街村", "东街村", "合计营村"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234", 1234), ("12，345,678", 12_345_678), ("900人", 900), ("1,234 人", 1234), ("1,000.0", 1000)],
)
def test_counts_as_people_write_them(text, number):
    assert whole_number(text) == number
