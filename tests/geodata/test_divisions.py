"""Division codes and names as files bring them, provisional codes, and the township that a village lies in."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.codes import is_code, is_provisional
from planner.geodata import divisions
from planner.geodata.cells import Problem


@pytest.mark.parametrize(
    ("text", "digits", "code"),
    [
        ("630225", 6, "630225"),
        (" 630225100\u3000", 9, "630225100"),
        ("６３０２２５１００", 9, "630225100"),
        ("630225 100 200", 12, "630225100200"),
        ("'630225100200", 12, "630225100200"),
        ('="630225100200"', 12, "630225100200"),
        ("630225100000", 9, "630225100"),
        ("630225000000", 6, "630225"),
        ("630225000", 6, "630225"),
    ],
)
def test_a_code_is_found_in_what_spreadsheets_make_of_it(text, digits, code):
    assert divisions.normalise_code(text, digits) == code


@pytest.mark.parametrize(
    ("text", "digits", "problem", "word"),
    [
        ("630225100.0", 9, "code-number", "630225100"),
        ("6.30225E+11", 12, "code-scientific", "original"),
        ("630225100", 12, "code-length", "full code"),
        ("630225100000", 12, "code-length", "own 12 digits"),
        ("630225100200", 9, "code-length", "full code"),
        ("63022510020O", 12, "code-digits", "digits only"),
        ("", 9, "code-digits", "digits only"),
    ],
)
def test_what_is_no_code_of_its_level_is_refused(text, digits, problem, word):
    got = divisions.normalise_code(text, digits)
    assert isinstance(got, Problem)
    assert got.code == problem
    assert word in got.fix


@given(st.text(max_size=20), st.sampled_from([6, 9, 12]))
def test_whatever_a_cell_holds_gives_a_code_or_a_problem(text, digits):
    got = divisions.normalise_code(text, digits)
    assert isinstance(got, Problem) or is_code(got, digits)


def test_levels_nest():
    codes = ("630225", "630225100", "630225100000", "630225000000", "630225100200")
    assert [divisions.level(code) for code in codes] == [6, 9, 9, 6, 12]
    assert divisions.level("63022") is None
    assert divisions.parent("630225100200") == "630225100"
    assert divisions.parent("630225100") == "630225"
    assert divisions.shared_county(["630225100200", "630225101"]) == "630225"
    assert divisions.shared_county(["630225100200", "630226101"]) is None
    assert divisions.shared_county([]) is None


def test_recoded_counties_are_known_by_old_code_and_lead_to_one_in_use():
    assert divisions.recoded("530522101200").new == "530581"
    assert divisions.recoded("533321").name == "泸水市"
    assert divisions.recoded("632128").new == "630225"
    assert divisions.recoded("630225") is None
    table = divisions.recodings()
    assert len(table) > 150
    for old, change in table.items():
        assert is_code(old, 6)
        assert is_code(change.new, 6)
        assert change.new not in table
        assert old[:2] == change.new[:2]


def test_provisional_codes_are_the_same_every_time_and_collide_with_none():
    county = divisions.provisional_county("Isle of Wight")
    assert county == divisions.provisional_county("Isle of Wight ")
    assert is_code(county, 6)
    assert is_provisional(county)
    townships = divisions.provisional_townships(county, {f"{county}600", f"{county}602"}, 3)
    assert townships == (f"{county}601", f"{county}603", f"{county}604")
    assert all(is_provisional(code) for code in townships)
    assert divisions.provisional_villages("630225100", {"630225100200"}, 2) == ("630225100600", "630225100601")
    assert len(divisions.provisional_villages("630225100", (), 400)) == 400
    with pytest.raises(ValueError, match="399 provisional codes left, 400"):
        divisions.provisional_villages("630225100", {"630225100600"}, 400)


def test_provisional_codes_follow_names_and_places_not_the_order_of_the_file():
    names, lon, lat = ["乙", "甲", "甲"], np.array([1.0, 3.0, 2.0]), np.zeros(3)
    assert [names[i] + str(lon[i]) for i in divisions.provisional_order(names, lon, lat)] == ["乙1.0", "甲2.0", "甲3.0"]
    again = divisions.provisional_order(names[::-1], lon[::-1], lat)
    assert [lon[::-1][i] for i in again] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("街子镇", "街子乡人民政府"),
        ("街 子", "街子镇政府"),
        ("道帏藏族乡", "道帏乡"),
        ("循化撒拉族自治县", "循化县"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("加入村", "加入村村民委员会"),
        ("加入村", "加入村村委会"),
        ("加入村", "加入村委会"),
        ("曲村", "曲村村委会"),
        ("东街社区", "东街社区居民委员会"),
        ("东街居委会", "东街社区居委会"),
        ("石头坡村（上）", "石头坡"),
        ("ＡＢ村", "ab村"),
        ("Newport", "NEWPORT "),
        ("St. Helens", "St Helens"),
        ("唐汪镇", "唐汪街道办事处"),
    ],
)
def test_names_people_write_differently_share_a_key(one, other):
    assert divisions.name_key(one) == divisions.name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("上村", "下村"), ("东乡族自治县", "自治县"), ("白庄镇", "黑庄镇"), ("一村", "二村"), ("（一）", "（二）")],
)
def test_different_names_do_not_share_a_key(one, other):
    assert divisions.name_key(one) != divisions.name_key(other)


@given(st.text(max_size=12))
def test_a_key_is_never_empty_for_a_name_with_letters(text):
    key = divisions.name_key(text)
    assert key or not any(mark.isalnum() for mark in text)
    assert divisions.name_key(f" {text} ") == key


def test_a_name_is_found_as_written_first_and_by_its_key_else():
    index = divisions.NameIndex(["东街村", "东街社区", "白庄镇"])
    assert index.find("东街社区") == (1,)
    assert index.find("东街") == (0, 1)
    assert index.find("白庄乡") == (2,)
    assert index.find("街子") == ()


SQUARES = [shapely.box(102.0, 35.0, 102.1, 35.1), shapely.box(102.1, 35.0, 102.2, 35.1)]
SEATS = np.array([[102.05, 35.05], [102.15, 35.05]])


def test_villages_lie_in_the_polygon_that_holds_them():
    points = np.array([[102.02, 35.02], [102.18, 35.02], [102.0995, 35.05]])
    placing = divisions.place_villages(points, SQUARES, SEATS)
    assert placing.township.tolist() == [0, 1, 0]
    assert placing.how.tolist() == ["polygon"] * 3
    assert placing.distance_m.tolist() == [0, 0, 0]
    assert np.isinf(placing.second_m[:2]).all()
    assert placing.second_m[2] == pytest.approx(45.6, abs=0.5)
    assert placing.doubtful.tolist() == [False, False, True]


def test_a_village_just_outside_goes_to_the_nearest_polygon_and_one_far_off_to_the_nearest_seat():
    points = np.array([[102.05, 35.104], [102.19, 35.5]])
    placing = divisions.place_villages(points, SQUARES, SEATS)
    assert placing.township.tolist() == [0, 1]
    assert placing.how.tolist() == ["nearest polygon", "nearest seat"]
    assert placing.distance_m[0] == pytest.approx(444, abs=3)
    assert placing.distance_m[1] == pytest.approx(50_070, rel=0.01)
    assert placing.second_m[1] > placing.distance_m[1]
    assert placing.doubtful.all()


def test_a_township_without_a_polygon_still_gets_what_lies_near_its_seat():
    points = np.array([[102.105, 35.05], [102.05, 35.05]])
    placing = divisions.place_villages(points, [SQUARES[0], None], np.array([[102.05, 35.05], [102.108, 35.05]]))
    assert placing.township.tolist() == [1, 0]
    assert placing.how.tolist() == ["nearest seat", "polygon"]


def test_without_polygons_the_nearest_seat_is_taken_with_the_second_for_doubt():
    placing = divisions.place_villages(np.array([[102.06, 35.05], [102.101, 35.05], [np.nan, 35.0]]), None, SEATS)
    assert placing.township.tolist() == [0, 1, -1]
    assert placing.doubtful.tolist() == [False, True, False]
    assert placing.how[2] == ""
    assert np.isnan(placing.distance_m[2])
    assert placing.distance_m[0] == pytest.approx(912, abs=3)


def test_one_seat_none_and_unknown_ones():
    points = np.array([[102.06, 35.05]])
    one = divisions.place_villages(points, None, SEATS[:1])
    assert (one.township[0], one.second_m[0], bool(one.doubtful[0])) == (0, np.inf, False)
    assert divisions.place_villages(points, None, np.zeros((0, 2))).township.tolist() == [-1]
    unknown = divisions.place_villages(points, None, np.array([[np.nan, np.nan], [102.5, 35.0]]))
    assert unknown.township.tolist() == [1]
    assert len(divisions.place_villages(np.zeros((0, 2)), SQUARES, SEATS).township) == 0


def test_fifty_thousand_villages_are_placed_in_two_thousand_townships_at_once():
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(101, 104, 50_000), rng.uniform(34, 37, 50_000)])
    seats = np.column_stack([rng.uniform(101, 104, 2000), rng.uniform(34, 37, 2000)])
    polygons = [shapely.Point(seat).buffer(0.04) for seat in seats]
    start = time.perf_counter()
    placing = divisions.place_villages(points, polygons, seats)
    assert time.perf_counter() - start < 10  # 0.7 s on an idle machine
    assert (placing.township >= 0).all()
