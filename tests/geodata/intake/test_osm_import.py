"""A county from OpenStreetMap alone, and from OpenStreetMap with tables that know more."""

from __future__ import annotations

import csv
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from planner import read_county
from planner.domain import Datum, Host, PlaceKind, Provenance, RoadClass, SiteStatus, Tier
from planner.domain.codes import is_provisional
from planner.errors import UsageError
from planner.geodata.intake import ImportRequest, import_county
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Declared, parse_names

_SPEC = importlib.util.spec_from_file_location("osm_sketch", Path(__file__).parents[1] / "osm" / "sketch.py")
assert _SPEC is not None
assert _SPEC.loader is not None
osm_sketch = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("osm_sketch", osm_sketch)
_SPEC.loader.exec_module(osm_sketch)


def drawn():
    """A county of two townships, their towns, three villages, a post office, a shop, a main road and a bus line."""
    sketch = osm_sketch.Sketch()
    node = sketch.node
    seat = node(102.10, 35.70, {"place": "town", "name": "积石镇", "population": "5000"})
    second = node(102.30, 35.70, {"place": "town", "name": "白庄镇", "population": "3000"})
    sketch.area([sketch.box(102.0, 35.6, 102.4, 35.8)], "循化县", 6, name__en="Xunhua")
    sketch.area([sketch.box(102.0, 35.6, 102.2, 35.8)], "积石镇", 8, [("node", seat, "admin_centre")])
    sketch.area([sketch.box(102.2, 35.6, 102.4, 35.8)], "白庄镇", 8, [("node", second, "admin_centre")])
    node(102.11, 35.70, {"place": "village", "name": "西街村", "population": "900"})
    node(102.15, 35.701, {"place": "hamlet", "name": "东街村", "population": "800"})
    node(102.31, 35.70, {"place": "village", "name": "加入村", "population": "700"})
    node(102.5, 35.70, {"place": "village", "name": "外村", "population": "700"})
    node(102.1005, 35.70, {"amenity": "post_office", "name": "积石邮政所"})
    node(102.3001, 35.70, {"shop": "convenience"})
    stops = [node(102.10, 35.7001, {"highway": "bus_stop", "name": "积石"})]
    stops.append(node(102.30, 35.7001, {"highway": "bus_stop", "name": "白庄"}))
    sketch.road((102.10, 35.70), (102.20, 35.70), (102.30, 35.70), highway="secondary", name="循白路")
    line = {"type": "route", "route": "bus", "ref": "1", "name": "循白线"}
    sketch.relation([("node", stop, "stop") for stop in stops], line)
    return sketch


@pytest.fixture
def osm(tmp_path):
    """Imports a sketch; keyword arguments change the request."""
    out = tmp_path / "data" / "geo" / "toy"

    def run(sketch, **options):
        path = sketch.write(tmp_path / "map.osm")
        options.setdefault("name", "循化县")
        report = import_county(ImportRequest(out=out, osm=path, **options))
        return report, (read_county(out) if report.written else None)

    return run


def test_openstreetmap_alone_makes_a_county(osm):
    report, county = osm(drawn())
    assert report.errors == ()
    assert [township.name for township in county.townships] == ["白庄镇", "积石镇"]
    residents = {v.name: v.population for v in county.administrative_villages}
    assert residents == {"西街村": 900, "东街村": 800, "加入村": 700}
    assert [road.road_class for road in county.roads] == [RoadClass.COUNTY]
    assert [[stop.name for stop in line.stops] for line in county.bus_lines] == [["积石", "白庄"]]
    assert county.names["en"] == "Xunhua"
    assert is_provisional(county.code)


def test_every_layer_cites_openstreetmap_and_its_licence(osm):
    _, county = osm(drawn())
    for layer in county.layers:
        assert "OpenStreetMap" in layer.source.text
        assert "ODbL" in layer.source.licence
    sources = (Path(county.folder) / "SOURCES.md").read_text("utf-8")
    assert "© OpenStreetMap contributors" in sources
    assert "map.osm" in sources


def test_facilities_become_candidates_by_their_host(osm):
    _, county = osm(drawn())
    sites = {site.name: site for site in county.sites}
    post = sites["积石邮政所"]
    assert (post.host, post.status) == (Host.POST_OFFICE, SiteStatus.RETROFIT)
    assert post.max_tier >= Tier.TOWNSHIP
    (shop,) = [site for site in county.sites if site.host is Host.SHOP]
    assert shop.name.startswith("便利店 n")
    assert shop.max_tier is Tier.VILLAGE


def test_villages_beyond_the_boundary_are_not_the_countys(osm):
    _, county = osm(drawn())
    assert "外村" not in {village.name for village in county.villages}


def test_kinds_of_place_that_count_can_be_chosen(osm):
    report, county = osm(drawn(), settlements=("village",))
    assert report.errors == ()
    assert {village.name for village in county.administrative_villages} == {"西街村", "加入村"}


def test_residents_from_dwellings_are_derived(osm):
    sketch = drawn()
    for tags in sketch.nodes.values():
        tags[2].pop("population", None)
    for i in range(10):
        sketch.box(102.1101 + i / 1e4, 35.7005, 102.11015 + i / 1e4, 35.70055, {"building": "house"})
    sketch.box(102.3101, 35.7005, 102.31015, 35.70055, {"building": "house"})
    report, county = osm(sketch, people_per_building=3.0)
    assert report.errors == ()
    residents = {v.name: v.population for v in county.villages}
    assert residents == {"西街村": 30, "东街村": 0, "加入村": 3, "积石镇": 0, "白庄镇": 0}
    assert county.layer("villages").columns["population"].provenance is Provenance.DERIVED


def test_what_was_assumed_is_said_with_its_column_and_on_every_row_of_a_result(osm):
    sketch = drawn()
    sketch.road((102.10, 35.70), (102.10, 35.72), highway="track")
    sketch.road((102.20, 35.75), (102.20, 35.751), highway="track")  # an island, left out and so not counted
    _, county = osm(sketch, drop_islands_km=1.0)
    assumed = {layer.name: {c: layer.columns[c].assumes for c in layer.assumed_columns()} for layer in county.layers}
    assert "2 of 2 roads" in assumed["roads"]["surface"]
    assert assumed["sites"]["broadband"].startswith("installable at")
    assert "population" not in assumed["villages"]
    assert "roads:assumed surface" in county.synthetic_label.split("|")


def town_of_houses():
    """Ten houses around the town of 积石镇, and one at the nearest village."""
    sketch = drawn()
    for tags in sketch.nodes.values():
        tags[2].pop("population", None)
    for i in range(10):
        sketch.box(102.0998 + i / 1e5, 35.7005, 102.0998 + i / 1e5 + 5e-6, 35.70051, {"building": "house"})
    sketch.box(102.1101, 35.7005, 102.11015, 35.70055, {"building": "house"})
    return sketch


def test_dwellings_around_a_town_are_the_towns_and_not_the_nearest_villages(osm):
    report, county = osm(town_of_houses(), people_per_building=2.0)
    assert report.errors == ()
    assert {v.name: v.population for v in county.villages if v.population} == {"积石镇": 20, "西街村": 2}


def test_a_town_is_a_residents_committee_and_no_demand(osm):
    report, county = osm(drawn())
    towns = [v for v in county.villages if v.kind is PlaceKind.RESIDENTS_COMMITTEE]
    assert {town.name for town in towns} == {"积石镇", "白庄镇"}
    assert all(is_provisional(town.code) for town in towns)
    assert not {defect.code for defect in report.warnings} & {"kind-segment", "township-without-village"}
    assert [site for site in county.sites if site.name in {"积石镇 (proposed)", "积石镇（拟设）"}] == []
    rows = [row for row in review(county) if row["kind"] == "kind" and row["guess"] == "residents_committee"]
    assert {row["name"] for row in rows} == {"积石镇", "白庄镇"}
    assert all("place=town" in row["why"] for row in rows)
    sources = (Path(county.folder) / "SOURCES.md").read_text("utf-8")
    assert "urban places (place=town)" in sources
    assert "2 taken for residents' committees" in county.layer("villages").columns["kind"].text


def review(county):
    with (Path(county.folder) / "review.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_towns_may_be_left_out(osm):
    report, county = osm(town_of_houses(), people_per_building=2.0, urban=())
    assert report.errors == ()
    assert {v.name: v.population for v in county.villages} == {"西街村": 22, "东街村": 0, "加入村": 0}


def test_towns_named_among_the_settlements_are_villages(osm):
    report, county = osm(drawn(), settlements=("village", "town"))
    assert report.errors == ()
    assert {v.name for v in county.administrative_villages} == {"西街村", "加入村", "积石镇", "白庄镇"}
    assert len(county.villages) == 4


def test_towns_alone_are_no_villages(osm):
    report, _ = osm(drawn(), settlements=("farm",))
    assert [defect.code for defect in report.errors] == ["missing-layer"]


def test_a_town_without_residents_may_be_left_out_says_the_advice(osm):
    sketch = drawn()
    for tags in sketch.nodes.values():
        if tags[2].get("place") == "town":
            del tags[2]["population"]
    report, _ = osm(sketch)
    assert [defect.code for defect in report.errors] == ["no-population"] * 2
    assert all("--urban ''" in defect.fix for defect in report.errors)


def with_centre(sketch, lon, lat):
    """The county's relation names an admin_centre at this place."""
    centre = sketch.node(lon, lat, {"place": "town", "name": "白庄", "population": "10"})
    for number, (members, tags) in sketch.relations.items():
        if tags.get("admin_level") == "6":
            sketch.relations[number] = ([*members, ("node", centre, "admin_centre")], tags)
    return sketch


def fact(report, start):
    (text,) = [text for text in report.facts if text.startswith(start)]
    return text


def test_the_countys_seat_is_the_township_around_its_admin_centre(osm):
    report, county = osm(with_centre(drawn(), 102.2999, 35.7001))
    assert report.errors == ()
    assert "in 白庄镇, the county's seat (OpenStreetMap's admin_centre n" in fact(report, "county centre:")
    seats = {township.name: township.code for township in county.townships}
    assert {site.township_code for site in county.sites if site.max_tier is Tier.COUNTY} == {seats["白庄镇"]}


def test_a_seat_that_is_said_goes_before_the_admin_centre(osm):
    report, _ = osm(with_centre(drawn(), 102.2999, 35.7001), county_seat="积石镇")
    assert "in 积石镇, the county's seat (--county-seat)" in fact(report, "county centre:")


def test_an_admin_centre_outside_the_boundary_is_no_seat(osm):
    report, _ = osm(with_centre(drawn(), 102.6, 35.7))
    assert "lies outside the boundary" in fact(report, "county seat:")
    assert "the seat is unknown" in fact(report, "county centre:")


def test_without_an_admin_centre_the_seat_is_unknown_and_that_is_said(osm):
    report, _ = osm(drawn())
    assert "has no admin_centre" in fact(report, "County seat:")
    assert "the seat is unknown" in fact(report, "county centre:")


def test_names_of_the_county_are_said_or_those_of_openstreetmap(osm):
    report, county = osm(drawn(), names={"en": "Xunhua Salar"})
    assert county.names == {"zh": "循化县", "en": "Xunhua Salar"}
    assert not any(text.startswith("names of the county") for text in report.facts)
    report, county = osm(drawn(), replace=True)
    assert county.names == {"zh": "循化县", "en": "Xunhua"}
    assert "en Xunhua" in fact(report, "names of the county")


def test_a_chinese_name_of_the_relation_is_the_chinese_name(osm):
    _, county = osm(drawn(), name="Xunhua", osm_area="循化县")
    assert county.names == {"zh": "循化县", "en": "Xunhua"}


@pytest.mark.parametrize("text", ["怀特岛", "zh=", "fr=Île de Wight"])
def test_a_name_without_a_language_that_is_known_is_refused(text):
    with pytest.raises(UsageError, match="--name-in"):
        parse_names([text])


def test_what_is_written_names_no_folder_of_the_machine(osm, tmp_path):
    inputs = tmp_path / "private" / "desk"
    inputs.mkdir(parents=True)
    tables = {
        Role.TOWNSHIPS: "乡镇,区划代码\n积石镇,630225100\n白庄镇,630225101\n",
        Role.VILLAGES: "乡镇,村名,12位代码\n积石镇,西街村,630225100200\n积石镇,东街村,630225100201\n",
        Role.POSITIONS: "村名,经度,纬度\n西街村,102.11,35.71\n外村,103,36\n",
        Role.STATIONS: "网点名称,级别,依托资源,经度,纬度\n积石镇邮政所,县,邮政所,102.1010,35.70\n",
        Role.BUS: "线路,站点,经度,纬度\n一路,甲,102.1,35.7\n一路,乙,102.2,35.7\n",
    }
    files = {role: inputs / f"{role}.csv" for role in tables}
    for role, text in tables.items():
        files[role].write_text(text, "utf-8")
    files[Role.BOUNDARY] = inputs / "boundary.geojson"
    ring = "[[102.0,35.6],[102.4,35.6],[102.4,35.8],[102.0,35.8],[102.0,35.6]]"
    geometry = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    files[Role.BOUNDARY].write_text(f'{{"type":"Feature","properties":{{}},"geometry":{geometry}}}', "utf-8")
    report, county = osm(
        drawn(), files=files, datum=Declared(Datum.WGS84), assume_population=10, drop_islands_km=1.0, osm_area="循化县"
    )
    assert report.errors == ()
    written = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert len(written) == 9
    for path in written:
        content = path.read_bytes()
        assert b"desk" not in content, path
        assert str(tmp_path).encode() not in content, path
        assert b"/tmp" not in content, path
    assert b"positions.csv" in (Path(county.folder) / "SOURCES.md").read_bytes()


def test_without_residents_and_permission_nothing_is_invented(osm):
    sketch = drawn()
    for tags in sketch.nodes.values():
        tags[2].pop("population", None)
    report, _ = osm(sketch)
    assert [defect.code for defect in report.errors] == ["no-population"]


def test_a_county_that_the_extract_does_not_hold(osm, tmp_path):
    report, _ = osm(drawn(), name="同仁县")
    assert [defect.code for defect in report.errors] == ["osm-county"]
    assert not (tmp_path / "data").exists()


def test_its_name_in_the_extract_may_be_another(osm):
    report, county = osm(drawn(), name="循化撒拉族自治县", osm_area="循化县")
    assert report.errors == ()
    assert county.name == "循化撒拉族自治县"


def test_tables_go_before_openstreetmap_and_lend_it_their_codes(osm, tmp_path):
    villages = tmp_path / "villages.csv"
    villages.write_text(
        "12位代码,村名,所属乡镇,经度,纬度,人口\n630225100200,西街村,积石镇,102.11,35.70,910\n"
        "630225101200,加入村,白庄镇,102.31,35.70,710\n",
        "utf-8",
    )
    report, county = osm(drawn(), files={Role.VILLAGES: villages}, datum=Declared(Datum.WGS84))
    assert report.errors == ()
    assert county.code == "630225"
    assert [(t.code, t.name) for t in county.townships] == [("630225100", "积石镇"), ("630225101", "白庄镇")]
    assert [v.population for v in county.villages] == [910, 710]


def test_last_years_outlet_and_the_facility_found_are_one_site(osm, tmp_path):
    stations = tmp_path / "stations.csv"
    stations.write_text("网点名称,级别,依托资源,经度,纬度\n积石镇邮政所,县,邮政所,102.1010,35.70\n", "utf-8")
    report, county = osm(drawn(), files={Role.STATIONS: stations}, datum=Declared(Datum.WGS84))
    assert report.errors == ()
    (post,) = [site for site in county.sites if site.host is Host.POST_OFFICE]
    assert (post.name, post.existing_tier) == ("积石镇邮政所", Tier.COUNTY)
    assert report.review["matched"] == 1


def test_a_boundary_of_ones_own_cuts_the_extract(osm, tmp_path):
    boundary = tmp_path / "boundary.geojson"
    ring = "[[102.0,35.6],[102.25,35.6],[102.25,35.8],[102.0,35.8],[102.0,35.6]]"
    geometry = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    boundary.write_text(f'{{"type":"Feature","properties":{{}},"geometry":{geometry}}}', "utf-8")
    report, county = osm(drawn(), files={Role.BOUNDARY: boundary}, osm_area="循化县")
    assert report.errors == ()
    assert {village.name for village in county.administrative_villages} == {"西街村", "东街村"}


def test_the_same_extract_gives_the_same_roads_file(osm, tmp_path):
    osm(drawn())
    path = tmp_path / "data" / "geo" / "toy" / "roads.gpkg"
    first = path.read_bytes()
    osm(drawn(), replace=True)
    assert path.read_bytes() == first


def test_codes_in_openstreetmap_of_another_county_are_not_used(osm):
    sketch = drawn()
    for number, (members, tags) in sketch.relations.items():
        if tags.get("admin_level") == "6":
            sketch.relations[number] = (members, {**tags, "ref": "630225"})
        if tags.get("name") == "白庄镇":
            sketch.relations[number] = (members, {**tags, "ref": "630222101"})
    report, county = osm(sketch)
    assert report.errors == ()
    assert county.code == "630225"
    assert all(is_provisional(township.code) for township in county.townships)
    assert report.review["osm-code"] == 1


def test_replace_is_needed_for_a_second_import(osm):
    osm(drawn())
    with pytest.raises(UsageError, match="--replace"):
        osm(drawn())


def test_request_can_be_copied_for_another_folder(osm, tmp_path):
    request = ImportRequest("循化县", tmp_path / "a", osm=drawn().write(tmp_path / "m.osm"))
    assert import_county(replace(request, out=tmp_path / "b")).folder == tmp_path / "b"


def test_a_list_of_townships_without_positions_takes_them_from_the_areas_of_its_names(osm, tmp_path):
    townships = tmp_path / "townships.csv"
    townships.write_text("乡镇,区划代码\n积石镇人民政府,630225100000\n白庄,630225101\n", "utf-8")
    report, county = osm(drawn(), files={Role.TOWNSHIPS: townships})
    assert report.errors == ()
    assert [(t.code, t.name, t.lon) for t in county.townships] == [
        ("630225100", "积石镇人民政府", 102.10),
        ("630225101", "白庄", 102.30),
    ]
    assert "OpenStreetMap" in county.layer("townships").columns["lon"].text


def test_a_township_without_position_or_area_is_an_error(osm, tmp_path):
    townships = tmp_path / "townships.csv"
    townships.write_text("乡镇,区划代码\n积石镇,630225100\n街子镇,630225102\n", "utf-8")
    report, _ = osm(drawn(), files={Role.TOWNSHIPS: townships})
    assert [(defect.code, defect.row) for defect in report.errors] == [("no-position", 3)]


def test_a_build_date_that_is_no_number_is_refused_and_nothing_is_written(osm, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH=yesterday"):
        osm(drawn())
    assert not (tmp_path / "data" / "geo" / "toy").exists()
