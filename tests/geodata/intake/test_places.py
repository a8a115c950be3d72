"""Townships of villages, codes that are missing, and what is noted about them."""

from __future__ import annotations

import pyproj
import pytest

from planner.domain import PlaceKind
from planner.domain.codes import is_provisional
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Declared


def reviewed(raw, kind):
    return [row for row in raw.review() if row["kind"] == kind]


def without(raw, column):
    """Leave a column of the villages unread."""
    raw.maps = (*raw.maps, f"villages:{column}=-")


def test_without_code_a_village_goes_to_the_township_that_its_column_names(raw):
    without(raw, "代码")
    raw.villages = raw.villages.replace("积石镇", "积石").replace("白庄镇", "白庄镇人民政府")
    assert raw.run().errors == ()
    villages = raw.read().villages
    assert [village.township_code for village in villages] == ["630225100", "630225100", "630225101"]
    assert all(is_provisional(village.code) for village in villages)
    assert len(reviewed(raw, "provisional-code")) == 3
    assert reviewed(raw, "township-by-seat") == []


def test_a_township_name_that_fits_none_is_an_error_with_its_rows(raw):
    without(raw, "代码")
    raw.villages = raw.villages.replace("积石镇", "街子镇")
    (defect,) = raw.run().errors
    assert (defect.code, defect.row, defect.value) == ("unknown-township", 2, "街子镇")
    assert "1 more row" in defect.message


def test_without_code_and_column_the_nearest_seat_is_a_guess_to_be_looked_at(raw):
    without(raw, "代码")
    without(raw, "所属乡镇")
    assert raw.run().errors == ()
    assert [village.township_code for village in raw.read().villages] == ["630225100", "630225100", "630225101"]
    rows = reviewed(raw, "township-by-seat")
    assert {row["name"] for row in rows} == {"西街村", "东街村", "加入村"}
    assert all(float(row["distance_m"]) > 0 for row in rows)


def test_a_village_between_two_seats_is_doubtful(raw):
    without(raw, "代码")
    without(raw, "所属乡镇")
    raw.swap("villages", "102.12,35.703", "102.148,35.70")
    raw.run()
    assert [row["name"] for row in reviewed(raw, "township-doubtful")] == ["东街村"]


def test_an_area_that_holds_the_village_goes_before_a_nearer_seat(raw, shapes, tmp_path):
    import json

    from planner.geodata.intake import import_county
    from planner.geodata.intake.aliases import Role

    polygon, _ = shapes
    features = [
        polygon(102.0, 35.6, 102.205, 35.8, 代码="630225100", 名称="积石镇"),
        polygon(102.205, 35.6, 102.4, 35.8, 代码="630225101", 名称="白庄镇"),
    ]
    without(raw, "代码")
    without(raw, "所属乡镇")
    raw.swap("villages", "102.12,35.703", "102.19,35.703")
    raw.townships = None
    request = raw.request()
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    request.files[Role.TOWNSHIPS] = path
    assert import_county(request).errors == ()
    county = raw.read()
    assert {v.name: v.township_code for v in county.villages} == {
        "西街村": "630225100", "东街村": "630225100", "加入村": "630225101",
    }  # fmt: skip
    assert len(reviewed(raw, "seat")) == 2
    assert county.layer("townships").columns["lon"].provenance == "derived"


def test_areas_of_townships_make_the_boundary_when_none_is_given(raw, shapes, tmp_path):
    import json

    from planner.geodata.intake import import_county
    from planner.geodata.intake.aliases import Role

    polygon, _ = shapes
    raw.townships = raw.boundary = None
    request = raw.request()
    path = tmp_path / "areas.geojson"
    features = [
        polygon(102.0, 35.6, 102.205, 35.8, 代码="630225100", 名称="积石镇"),
        polygon(102.205, 35.6, 102.4, 35.8, 代码="630225101", 名称="白庄镇"),
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    request.files[Role.TOWNSHIPS] = path
    assert import_county(request).errors == ()
    assert raw.read().boundary.bounds == (102.0, 35.6, 102.4, 35.8)


def test_a_township_without_code_takes_the_one_its_villages_agree_in(raw):
    raw.maps = ("townships:代码=-",)
    assert raw.run().errors == ()
    assert [township.code for township in raw.read().townships] == ["630225100", "630225101"]
    assert len(reviewed(raw, "township-code")) == 2


def test_a_township_whose_villages_disagree_is_an_error(raw):
    raw.maps = ("townships:代码=-",)
    raw.swap("villages", "630225100201", "630225102201")
    (defect,) = raw.run().errors
    assert defect.code == "township-code-unclear"
    assert "630225100, 630225102" in defect.message


def test_codes_made_up_do_not_depend_on_the_order_of_the_file(raw):
    raw.maps = ("代码=-",)
    raw.run()
    first = {village.name: village.code for village in raw.read().villages}
    header, *rows = raw.villages.strip().splitlines()
    raw.villages = "\n".join([header, *reversed(rows)])
    raw.options["replace"] = True
    raw.run()
    county = raw.read()
    assert {village.name: village.code for village in county.villages} == first
    assert is_provisional(county.code)


def test_a_code_that_no_township_has_is_an_error(raw):
    raw.swap("villages", "630225101200", "630225109200")
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == ("unknown-code", 4)


def test_a_code_of_another_county_is_an_error(raw):
    raw.swap("villages", "630225101200", "630222101200")
    raw.options["code"] = "630225"
    assert "wrong-county" in [defect.code for defect in raw.run().errors]


def test_codes_of_two_counties_need_a_word_which(raw):
    raw.swap("villages", "630225101200", "630222101200")
    assert "county-code" in [defect.code for defect in raw.run().errors]


def test_a_township_column_that_disagrees_with_the_code_is_noted(raw):
    raw.swap("villages", "加入村,白庄镇", "加入村,积石镇")
    assert raw.run().errors == ()
    (row,) = reviewed(raw, "township-differs")
    assert row["name"] == "加入村"


@pytest.mark.parametrize(
    ("segment", "kind"), [("001", PlaceKind.RESIDENTS_COMMITTEE), ("200", PlaceKind.ADMINISTRATIVE_VILLAGE)]
)
def test_the_kind_follows_the_code(raw, segment, kind):
    raw.swap("villages", "630225101200", f"630225101{segment}")
    raw.run()
    (village,) = [village for village in raw.read().villages if village.name == "加入村"]
    assert village.kind is kind


def test_villages_of_one_name_in_one_township_are_kept_and_noted(raw):
    raw.swap("villages", "东街村", "西街")
    raw.run()
    assert len(raw.read().villages) == 3
    (row,) = reviewed(raw, "same-name")
    assert row["name"] == "西街"


def test_priority_words(raw):
    raw.villages = raw.villages.replace(",人口", ",人口,优先类型").replace(",900", ",900,脱贫、边境")
    raw.villages = raw.villages.replace(",800", ",800,无").replace(",700", ",700,")
    raw.run()
    assert [sorted(village.priority) for village in raw.read().villages] == [["border", "poverty"], [], []]


@pytest.mark.parametrize("name", ["东街社区", "东街居委会", "东街居民委员会"])
def test_an_assumed_kind_is_one_row_and_one_for_each_name_that_makes_a_committee(raw, name):
    without(raw, "代码")
    raw.swap("villages", "东街村", name)
    raw.run()
    rows = reviewed(raw, "kind")
    assert [row["name"] for row in rows] == ["", name]
    assert [row["guess"] for row in rows] == ["2 of 3 taken for administrative villages", "residents_committee"]
    assert [v.name for v in raw.read().villages if v.kind is PlaceKind.RESIDENTS_COMMITTEE] == [name]


def test_a_code_or_a_column_goes_before_the_name_of_a_committee(raw):
    raw.swap("villages", "东街村", "东街社区")
    raw.run()
    assert all(v.kind is PlaceKind.ADMINISTRATIVE_VILLAGE for v in raw.read().villages)


def test_a_township_name_nearly_right_is_offered(raw):
    without(raw, "代码")
    raw.villages = raw.villages.replace("积石镇", "积石山镇")
    (defect,) = raw.run().errors
    assert defect.fix.startswith("did you mean 积石镇?")


def zone_34(raw, *, northing_first=False, spoil=None):
    """The villages of the raw county in metres of CGCS2000 zone 34, as surveyors write them."""
    from pyproj import Transformer

    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:4522", always_xy=True)
    rows = []
    for number, text in enumerate(raw.villages.strip().splitlines()[1:]):
        *front, lon, lat, people = text.split(",")
        x, y = (f"{value:.3f}" for value in to_metres.transform(float(lon), float(lat)))
        x = spoil if spoil is not None and number == 1 else x
        rows.append(",".join([*front, *((y, x) if northing_first else (x, y)), people]))
    raw.villages = "\n".join(["代码,村名,所属乡镇,X,Y,人口", *rows])
    raw.options = {"datums": {Role.VILLAGES: Declared(None, pyproj.CRS("EPSG:4522"))}}


def test_northings_called_x_are_one_error_that_says_how_to_exchange_them(raw):
    zone_34(raw, northing_first=True)
    (error,) = raw.run().errors
    assert (error.code, error.column) == ("swapped", "X, Y")
    assert "--map villages:Y=lon --map villages:X=lat" in error.fix
    raw.maps = ("villages:Y=lon", "villages:X=lat")
    assert raw.run().errors == ()
    assert [round(village.lon, 5) for village in raw.read().villages] == [102.11, 102.12, 102.21]


def test_a_village_that_lies_nowhere_is_told_and_not_left_out(raw):
    zone_34(raw, spoil="345434920000.28")
    (error,) = raw.run().errors
    assert (error.code, error.row, error.column) == ("range", 3, "X, Y")
    assert "(东街村) lies nowhere on earth" in error.message


def test_a_site_of_a_village_left_out_stays_without_it(raw):
    raw.swap("villages", "加入村,白庄镇,102.21,35.701", "加入村,白庄镇,102.41,35.701")
    raw.stations = (
        raw.stations.replace("宽带\n", "宽带,村代码\n")
        .replace("有\n", "有,\n")
        .replace("可装\n", "可装,630225101200\n")
    )
    raw.options = {"drop_outside": True}
    assert raw.run().errors == ()
    (row,) = reviewed(raw, "village-of-site")
    assert row["why"] == "630225101200 was left out (--drop-outside)"


def test_a_village_outside_is_told_also_when_another_file_is_wrong(raw):
    raw.swap("villages", "102.21,35.701,700", "103.21,35.701,700")
    raw.swap("stations", "邮政所,县", "邮政所,什么")
    assert sorted(error.code for error in raw.run().errors) == ["outside", "unknown-word"]
