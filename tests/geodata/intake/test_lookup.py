"""Villages whose list gives no positions: found by code or by name in another file, or in OpenStreetMap."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from planner import read_county
from planner.domain import Datum, Provenance
from planner.errors import UsageError
from planner.geodata.datum import from_wgs84
from planner.geodata.intake import ImportRequest, import_county
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Citation, Declared

_SPEC = importlib.util.spec_from_file_location("osm_sketch", Path(__file__).parents[1] / "osm" / "sketch.py")
assert _SPEC is not None
assert _SPEC.loader is not None
osm_sketch = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("osm_sketch", osm_sketch)
_SPEC.loader.exec_module(osm_sketch)

LIST = """\
乡镇,村名,12位代码,人口
积石镇,西街村,630225100200,900
积石镇,东街村村委会,630225100201,800
白庄镇,西街村,630225101200,700
"""


def drawn():
    """Two townships with their towns, each with a village 西街村; the first with a 东街 besides."""
    sketch = osm_sketch.Sketch()
    node = sketch.node
    seats = [node(102.10, 35.70, {"place": "town", "name": "积石镇"})]
    seats.append(node(102.30, 35.70, {"place": "town", "name": "白庄镇"}))
    sketch.area([sketch.box(102.0, 35.6, 102.4, 35.8)], "循化县", 6)
    sketch.area([sketch.box(102.0, 35.6, 102.2, 35.8)], "积石镇", 8, [("node", seats[0], "admin_centre")])
    sketch.area([sketch.box(102.2, 35.6, 102.4, 35.8)], "白庄镇", 8, [("node", seats[1], "admin_centre")])
    node(102.11, 35.70, {"place": "village", "name": "西街村"})
    sketch.east = node(102.15, 35.701, {"place": "hamlet", "name": "Dongjie", "name:zh": "东街"})
    node(102.31, 35.70, {"place": "village", "name": "西街"})
    node(102.1005, 35.70, {"amenity": "post_office", "name": "积石邮政所"})
    sketch.road((102.10, 35.70), (102.20, 35.70), (102.30, 35.70), highway="secondary", name="循白路")
    return sketch


class Run:
    """Imports a list of villages with a sketch; ``files`` are texts by role."""

    def __init__(self, folder):
        self.folder = folder
        self.out = folder / "county"

    def __call__(self, villages=LIST, sketch=None, positions=None, **options):
        files = {Role.VILLAGES: self.folder / "villages.csv"}
        files[Role.VILLAGES].write_text(villages, "utf-8")
        if positions is not None:
            files[Role.POSITIONS] = self.folder / "gazetteer.csv"
            files[Role.POSITIONS].write_text(positions, "utf-8")
        path = (sketch or drawn()).write(self.folder / "map.osm")
        return import_county(ImportRequest("循化县", self.out, files, osm=path, **options))

    @property
    def villages(self):
        return {village.code: (village.lon, village.lat) for village in read_county(self.out).villages}

    def source(self):
        return read_county(self.out).layer("villages").columns["lon"]

    def review(self, kind):
        with (self.out / "review.csv").open(encoding="utf-8-sig", newline="") as stream:
            return [row for row in csv.DictReader(stream) if row["kind"] == kind]


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def told(report):
    return [(defect.code, defect.row) for defect in report.errors]


def test_villages_take_the_place_of_their_name_in_their_township(run):
    report = run()
    assert report.errors == ()
    assert run.villages == {
        "630225100200": (102.11, 35.70), "630225100201": (102.15, 35.701), "630225101200": (102.31, 35.70),
    }  # fmt: skip


def test_each_such_position_is_told_with_its_id_and_is_derived(run):
    sketch = drawn()
    run(sketch=sketch)
    rows = {row["code"]: row for row in run.review("position-by-name")}
    assert len(rows) == 3
    assert rows["630225100201"]["guess"] == f"n{sketch.east} Dongjie"
    assert rows["630225100201"]["row"] == "3"
    assert "积石镇" in rows["630225100201"]["why"]
    source = run.source()
    assert source.provenance is Provenance.DERIVED
    assert source.text.startswith("3 of 3 from OpenStreetMap, map.osm: 3 by name")
    assert "ODbL" in source.licence
    assert "3 of 3 from OpenStreetMap" in (run.out / "SOURCES.md").read_text("utf-8")


def test_a_list_without_positions_needs_no_datum_and_is_converted_from_none(run):
    run(datum=Declared(Datum.GCJ02))
    assert run.villages["630225100200"] == (102.11, 35.70)
    assert "converted" not in run.source().text


def test_every_village_that_is_found_nowhere_is_told_with_its_row(run):
    report = run(LIST.replace("积石镇,西街村", "积石镇,南街村").replace("东街村", "北街村"))
    assert told(report) == [("no-position", 2), ("no-position", 3)]
    assert "(南街村) has no position" in report.errors[0].message
    assert "in 积石镇 in map.osm" in report.errors[0].message
    assert "--positions" in report.errors[0].fix
    assert not run.out.exists()


def test_a_name_that_two_places_of_the_township_bear_is_ambiguous(run):
    sketch = drawn()
    sketch.node(102.05, 35.65, {"place": "hamlet", "name": "东街"})
    report = run(sketch=sketch)
    assert told(report) == [("no-position", 3)]
    assert "2 places of that name" in report.errors[0].message
    assert f"n{sketch.east} Dongjie" in report.errors[0].message


def test_a_name_written_alike_goes_before_one_of_the_same_key(run):
    sketch = drawn()
    sketch.node(102.05, 35.65, {"place": "hamlet", "name": "西街社区"})
    assert run(sketch=sketch).errors == ()
    assert run.villages["630225100200"] == (102.11, 35.70)


def test_a_place_that_two_villages_may_be_is_neithers(run):
    report = run(LIST + "积石镇,东街社区,630225100001,50\n")
    assert told(report) == [("no-position", 3), ("no-position", 5)]
    assert "may be any of row 3, row 5" in report.errors[0].message


def test_a_town_lends_its_position_to_no_village(run):
    report = run(LIST + "积石镇,积石村,630225100202,50\n")
    assert told(report) == [("no-position", 5)]


def test_a_name_nearly_the_same_is_not_the_same(run):
    assert told(run(LIST.replace("积石镇,西街村", "积石镇,西街子村"))) == [("no-position", 2)]


def test_without_a_township_a_name_decides_nothing(run):
    report = run("村名,人口\n西街村,900\n东街,800\n")
    assert told(report) == [("no-position", 2), ("no-position", 3)]
    assert "nothing tells its township" in report.errors[0].message


def test_an_unknown_township_is_told_once(run):
    report = run(LIST.replace("白庄镇", "街子镇"))
    assert told(report) == [("unknown-township", 4)]


def test_without_other_files_the_missing_columns_are_one_error(tmp_path, raw):
    raw.villages = LIST
    (defect,) = raw.run().errors
    assert (defect.code, defect.column) == ("missing-column", "lon")
    assert "--positions" in defect.fix


def gazetteer(points, datum=Datum.GCJ02):
    """A table of code, name and position of ``points``, in ``datum``."""
    rows = ["编码,地名,经度,纬度"]
    for code, name, lon, lat in points:
        x, y = from_wgs84(lon, lat, datum)
        rows.append(f"{code},{name},{float(x):.7f},{float(y):.7f}")
    return "\n".join(rows) + "\n"


GCJ = {"datums": {Role.POSITIONS: Declared(Datum.GCJ02)}}


def test_a_file_of_positions_goes_by_code_before_openstreetmap_in_its_own_datum(run):
    report = run(positions=gazetteer([("630225100200", "西街", 102.12, 35.71)]), **GCJ)
    assert report.errors == ()
    assert run.villages["630225100200"] == pytest.approx((102.12, 35.71), abs=2e-6)
    assert run.villages["630225101200"] == (102.31, 35.70)
    assert [row["guess"] for row in run.review("position-by-code")] == ["row 2 西街"]
    text = run.source().text
    assert "1 of 3 from gazetteer.csv, given to planner import, converted from GCJ-02 to WGS84: 1 by code" in text
    assert "2 of 3 from OpenStreetMap" in text


def test_a_file_of_positions_goes_by_name_within_the_township(run):
    points = [("", "西街村", 102.12, 35.71), ("", "西街村", 102.32, 35.71)]
    report = run(positions=gazetteer(points), **GCJ)
    assert report.errors == ()
    assert run.villages["630225100200"] == pytest.approx((102.12, 35.71), abs=2e-6)
    assert run.villages["630225101200"] == pytest.approx((102.32, 35.71), abs=2e-6)


def test_a_column_of_the_file_may_tell_the_township(run):
    text = "乡镇,村名,经度,纬度\n积石镇,西街村,102.21,35.7\n白庄镇,西街村,102.22,35.7\n"
    assert run(positions=text, datum=Declared(Datum.WGS84)).errors == ()
    assert run.villages["630225100200"] == (102.21, 35.70)
    assert run.villages["630225101200"] == (102.22, 35.70)


def test_a_name_twice_in_the_file_is_ambiguous_even_when_openstreetmap_has_it_once(run):
    points = [("", "东街村", 102.12, 35.71), ("", "东街村", 102.13, 35.71)]
    report = run(positions=gazetteer(points), **GCJ)
    assert told(report) == [("no-position", 3)]
    assert "row 2 东街村, row 3 东街村 in gazetteer.csv" in report.errors[0].message


def test_a_code_twice_in_the_file_is_an_error_of_the_file(run):
    points = [("630225100200", "西街", 102.12, 35.71), ("630225100200", "西街", 102.13, 35.71)]
    report = run(positions=gazetteer(points), **GCJ)
    assert [(d.code, Path(d.file).name, d.row) for d in report.errors] == [("duplicate-code", "gazetteer.csv", 3)]


def test_the_code_decides_but_another_name_is_to_be_looked_at(run):
    run(positions=gazetteer([("630225100200", "城关村", 102.12, 35.71)]), **GCJ)
    (row,) = run.review("position-differs")
    assert (row["name"], row["guess"]) == ("西街村", "the position of row 2 城关村")


def test_a_file_of_positions_whose_datum_nobody_declared_is_the_only_error(run):
    report = run(positions=gazetteer([("630225100200", "西街", 102.12, 35.71)]))
    assert [(defect.code, Path(defect.file).name) for defect in report.errors] == [("datum-missing", "gazetteer.csv")]


def test_a_file_of_positions_that_cannot_be_read_is_the_only_error(run):
    report = run(positions="")
    assert [(defect.code, Path(defect.file).name) for defect in report.errors] == [("empty-file", "gazetteer.csv")]


def test_a_file_of_positions_without_code_and_name(run):
    report = run(positions="经度,纬度\n102.1,35.7\n", datum=Declared(Datum.WGS84))
    assert [(defect.code, defect.column) for defect in report.errors] == [("missing-column", "name")]


def test_rows_of_the_file_outside_the_county_are_counted_and_not_used(run):
    report = run(positions=gazetteer([("", "西街村", 102.6, 35.7), ("", "西街村", 102.12, 35.71)]), **GCJ)
    assert report.errors == ()
    assert run.villages["630225100200"] == pytest.approx((102.12, 35.71), abs=2e-6)
    assert "gazetteer.csv: 1 of 2 rows lie outside the boundary, not used" in report.facts


def test_made_up_positions_make_the_column_made_up(run):
    made_up = {Role.POSITIONS: Citation(provenance=Provenance.SYNTHETIC)}
    run(positions=gazetteer([("630225100200", "西街", 102.12, 35.71)]), citations=made_up, **GCJ)
    assert run.source().provenance is Provenance.SYNTHETIC


def test_only_rows_without_position_are_filled_in(raw):
    raw.villages = raw.villages.replace("102.11,35.702,900", ",,900")
    raw.positions = "代码,经度,纬度\n630225100200,102.11,35.71\n"
    report = raw.run()
    assert report.errors == ()
    assert [(v.lon, v.lat) for v in raw.read().villages] == [(102.11, 35.71), (102.12, 35.703), (102.21, 35.701)]
    assert raw.read().layer("villages").columns["lon"].text.startswith("1 of 3 from raw_positions.csv")


def test_half_a_position_is_a_mistake_and_not_filled_in(raw):
    raw.villages = raw.villages.replace("102.11,35.702,900", "102.11,,900")
    raw.positions = "代码,经度,纬度\n630225100200,102.11,35.71\n"
    assert told(raw.run()) == [("empty-cell", 2)]


def test_a_position_of_the_list_far_from_that_of_the_file_is_kept_and_told(raw):
    raw.positions = "代码,经度,纬度\n630225100200,102.11,35.71\n630225100201,102.12,35.7031\n"
    assert raw.run().errors == ()
    assert (raw.read().villages[0].lon, raw.read().villages[0].lat) == (102.11, 35.702)
    (row,) = [row for row in raw.review() if row["kind"] == "position-differs"]
    assert (row["name"], row["distance_m"]) == ("西街村", "888")


def test_positions_without_a_list_of_villages_make_no_sense(raw):
    request = raw.request()
    request.files[Role.POSITIONS] = request.files.pop(Role.VILLAGES)
    with pytest.raises(UsageError, match="--positions"):
        import_county(request)
