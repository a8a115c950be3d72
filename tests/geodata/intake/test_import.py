"""`import_county` on a small county: what it makes of right files, and what it says of wrong ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner import read_county
from planner.domain import Datum, PlaceKind, Provenance
from planner.errors import UsageError
from planner.geodata.cells import Problem
from planner.geodata.intake import import_county
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Declared
from planner.geodata.intake.timetables import market_days, running_days


def codes(report):
    return [defect.code for defect in report.errors]


def the_error(report, code):
    (defect,) = [defect for defect in report.errors if defect.code == code]
    return defect


def test_plain_files_become_a_county(raw):
    report = raw.run()
    assert report.errors == ()
    county = raw.read()
    assert county.code == "630225"
    assert [village.name for village in county.villages] == ["西街村", "东街村", "加入村"]
    assert {village.kind for village in county.villages} == {PlaceKind.ADMINISTRATIVE_VILLAGE}
    assert county.villages[2].township_code == "630225101"
    assert [road.name for road in county.roads] == ["循白路", "加入路"]


def test_stations_of_a_folder_under_geo_lie_in_the_data_tree(raw):
    raw.run()
    assert raw.stations_file.is_file()
    assert not (raw.out / "stations.csv").exists()


def test_stations_of_any_other_folder_lie_inside(raw, tmp_path):
    folder = tmp_path / "elsewhere" / "toy"
    assert import_county(replace(raw.request(), out=folder)).written
    assert (folder / "stations.csv").is_file()
    assert read_county(folder).sites


def test_a_table_without_a_declared_datum_is_refused(raw):
    raw.options["datum"] = None
    report = raw.run()
    assert codes(report).count("datum-missing") == 3
    assert not raw.out.exists()


def test_a_datum_may_be_declared_for_one_file(raw):
    plain = raw.run()
    assert plain.written
    before = raw.read().villages[0]
    raw.options |= {"datums": {Role.VILLAGES: Declared(Datum.GCJ02)}, "replace": True}
    assert raw.run().errors == ()
    after = raw.read()
    assert abs(after.villages[0].lon - before.lon) > 0.0005
    assert after.townships[0].lon == pytest.approx(102.10)


def test_a_header_that_names_another_datum_than_declared_is_an_error(raw):
    raw.swap("villages", "经度,纬度", "经度（GCJ-02）,纬度（GCJ-02）")
    assert the_error(raw.run(), "datum-unclear").file.endswith("raw_villages.csv")


def test_a_datum_in_the_header_is_a_declaration(raw):
    raw.swap("villages", "经度,纬度", "经度（GCJ-02）,纬度（GCJ-02）")
    raw.options |= {"datum": None, "datums": {role: Declared(Datum.WGS84) for role in (Role.TOWNSHIPS, Role.STATIONS)}}
    assert raw.run().errors == ()


def test_projected_metres_are_read_when_their_zone_is_declared(raw):
    from pyproj import CRS, Transformer

    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:4513", always_xy=True)
    rows = [("630225100200", "西街村", "积石镇", 102.11, 35.702), ("630225101200", "加入村", "白庄镇", 102.21, 35.701)]
    lines = ["代码,村名,所属乡镇,X,Y,人口"]
    for code, name, township, lon, lat in rows:
        x, y = to_metres.transform(lon, lat)
        lines.append(f"{code},{name},{township},{x:.3f},{y:.3f},100")
    raw.villages = "\n".join(lines)
    raw.options["datums"] = {Role.VILLAGES: Declared(None, CRS.from_epsg(4513))}
    assert raw.run().errors == ()
    assert raw.read().villages[0].lon == pytest.approx(102.11, abs=1e-6)


def test_every_defect_of_every_file_is_told_at_once(raw):
    raw.swap("villages", "西街村,积石镇,102.11,", "西街村,积石镇,abc,")
    raw.swap("stations", ",县,", ",大,")
    raw.roads[0]["properties"]["等级"] = "大路"
    report = raw.run()
    found = {(defect.code, defect.file.rsplit("/", 1)[-1], defect.row) for defect in report.errors}
    assert found == {
        ("not-a-number", "raw_villages.csv", 2),
        ("unknown-word", "raw_stations.csv", 2),
        ("unknown-word", "raw_roads.geojson", 1),
    }


def test_nothing_is_left_behind_on_an_error(raw):
    raw.swap("villages", "102.21,35.701", "112.21,35.701")
    report = raw.run()
    assert codes(report) == ["outside"]
    assert not (raw.root / "data").exists()


def test_points_outside_are_left_out_and_listed_when_asked(raw):
    raw.swap("villages", "102.21,35.701", "112.21,35.701")
    raw.options["drop_outside"] = True
    assert raw.run().errors == ()
    assert [village.name for village in raw.read().villages] == ["西街村", "东街村"]
    (row,) = [row for row in raw.review() if row["kind"] == "outside"]
    assert (row["name"], row["row"]) == ("加入村", "4")


def test_rows_of_raw_files_are_named_not_those_of_written_ones(raw):
    raw.swap("villages", "630225101200", "630225100201")
    defect = the_error(raw.run(), "duplicate-code")
    assert defect.row == 4
    assert "row 3 (东街村)" in defect.message


def test_two_columns_of_one_meaning_are_an_error_that_map_settles(raw):
    raw.villages = raw.villages.replace(",人口", ",户籍人口,常住人口").replace(",900", ",900,850")
    raw.villages = raw.villages.replace(",800", ",800,750").replace(",700", ",700,650")
    assert the_error(raw.run(), "column-claimed-twice").message == "columns 户籍人口 and 常住人口 both mean population"
    raw.maps = ("常住人口=population",)
    assert raw.run().errors == ()
    assert [village.population for village in raw.read().villages] == [850, 750, 650]


@pytest.mark.parametrize(
    ("setting", "says"), [("村=name", "no file has a column 村"), ("村名=nom", "nom is not something")]
)
def test_a_map_that_fits_nothing_is_an_error_naming_choices(raw, setting, says):
    raw.maps = (setting,)
    defect = the_error(raw.run(), "unknown-map")
    assert says in defect.message
    assert "name" in defect.fix


def test_a_unit_that_is_not_ours_is_refused(raw):
    raw.swap("villages", ",人口", ",人口（万人）")
    assert "万人" in the_error(raw.run(), "unit").message


def test_residents_that_no_source_gives_stop_the_import_and_name_the_two_ways_out(raw):
    raw.villages = raw.villages.replace(",人口", ",备注")
    defect = the_error(raw.run(), "no-population")
    assert "--people-per-building" in defect.fix
    assert "--assume-population" in defect.fix


def test_assumed_residents_are_labelled_synthetic(raw):
    raw.villages = raw.villages.replace(",人口", ",备注")
    raw.options["assume_population"] = 500
    assert raw.run().errors == ()
    county = raw.read()
    assert {village.population for village in county.villages} == {500}
    assert county.layer("villages").columns["population"].provenance is Provenance.SYNTHETIC
    assert sum(row["kind"] == "population" for row in raw.review()) == 3


def test_a_county_without_roads_is_written_with_a_warning(raw):
    raw.roads = None
    report = raw.run()
    assert report.errors == ()
    assert [defect.code for defect in report.warnings if defect.code == "without-roads"]
    assert raw.read().roads == ()


def test_made_up_files_can_be_declared_so(raw):
    from planner.geodata.intake.request import parse_citations

    raw.options["citations"] = parse_citations(["made for a test"], [], [], ["synthetic"])
    raw.run()
    assert {layer.name for layer in raw.read().synthetic_layers} == {
        "boundary", "townships", "villages", "roads", "sites",
    }  # fmt: skip


def test_sources_and_columns_are_written_down(raw):
    raw.run()
    text = (raw.out / "SOURCES.md").read_text("utf-8")
    assert "村名 → name" in text
    assert "raw_villages.csv" in text
    assert str(raw.root) not in text + (raw.out / "county.toml").read_text("utf-8")


def test_an_existing_folder_is_replaced_only_when_asked(raw):
    raw.run()
    before = (raw.out / "villages.csv").read_bytes()
    with pytest.raises(UsageError, match="--replace"):
        raw.run()
    raw.swap("villages", ",900", ",901")
    raw.options["replace"] = True
    assert raw.run().written
    assert (raw.out / "villages.csv").read_bytes() != before


def test_a_folder_that_import_did_not_write_is_never_replaced(raw):
    raw.out.mkdir(parents=True)
    (raw.out / "county.toml").write_text("mine", "utf-8")
    raw.options["replace"] = True
    with pytest.raises(UsageError, match="not written by planner import"):
        raw.run()


def test_a_folder_with_other_files_is_never_replaced(raw):
    raw.run()
    (raw.out / "notes.txt").write_text("mine", "utf-8")
    raw.options["replace"] = True
    with pytest.raises(UsageError, match=r"notes\.txt"):
        raw.run()


def test_a_failed_replacement_leaves_the_old_county(raw):
    raw.run()
    before = (raw.out / "villages.csv").read_bytes()
    raw.swap("villages", ",900", ",many")
    raw.options["replace"] = True
    assert not raw.run().written
    assert (raw.out / "villages.csv").read_bytes() == before
    assert sorted(path.name for path in raw.out.parent.iterdir()) == ["toy"]


def test_a_move_that_breaks_off_puts_the_old_county_back(raw, monkeypatch):
    from pathlib import Path

    raw.run()
    before = raw.stations_file.read_bytes()
    raw.swap("stations", "积石邮政所", "新邮政所")
    raw.options["replace"] = True
    rename = Path.rename

    def broken(self, target):
        if Path(target) == raw.stations_file and ".old" not in self.parts:
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="disk full"):
        raw.run()
    monkeypatch.undo()
    assert raw.stations_file.read_bytes() == before
    assert raw.read().sites
    assert sorted(path.name for path in raw.out.parent.iterdir()) == ["toy"]


def test_the_same_input_gives_the_same_bytes(raw, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    raw.run()
    first = {path.name: path.read_bytes() for path in raw.out.iterdir()}
    raw.options["replace"] = True
    raw.run()
    assert {path.name: path.read_bytes() for path in raw.out.iterdir()} == first


@pytest.mark.parametrize(
    ("options", "says"),
    [({"files": {}}, "nothing to import"), ({"code": "63"}, "6 digits"), ({"people_per_building": 0.0}, "above 0")],
)
def test_a_request_that_makes_no_sense_is_wrong_usage(raw, options, says):
    raw.options |= options
    with pytest.raises(UsageError, match=says):
        raw.run()


def test_bus_lines_are_read_in_order_of_their_stops(raw):
    raw.bus = '线路名称,站序,站名,经纬度,班次\n循白线,2,白庄,"102.20,35.70",4\n循白线,1,积石,"102.10,35.70",4\n'
    assert raw.run().errors == ()
    (line,) = raw.read().bus_lines
    assert [stop.name for stop in line.stops] == ["积石", "白庄"]
    assert line.trips_per_day == 4


def test_a_timetable_is_read_as_an_office_writes_it(raw):
    raw.bus = (
        "线路名称,站序,站名,经纬度,发车时间,行车时间(分钟),可带件数(件),开行日\n"
        '循白线,1,积石,"102.10,35.70",7:30、13：10,0,80,周一至周五\n'
        '循白线,2,白庄,"102.20,35.70",,25,,\n'
    )
    assert raw.run().errors == ()
    (line,) = raw.read().bus_lines
    assert (line.departures_min, line.hold_parcels, line.days) == ((450, 790), 80, (1, 2, 3, 4, 5))
    assert [stop.minutes_from_start for stop in line.stops] == [0, 25]


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("每天", (1, 2, 3, 4, 5, 6, 7)),
        ("工作日", (1, 2, 3, 4, 5)),
        ("周一、三、五", (1, 3, 5)),
        ("星期六 星期日", (6, 7)),
    ],
)
def test_days_are_understood_in_words(cell, days):
    assert running_days(cell) == days


@pytest.mark.parametrize("cell", ["双日", "周五至周一", "8", "、"])
def test_days_that_are_none_are_refused(cell):
    assert isinstance(running_days(cell), Problem)


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("周二、周五", (2, 5)),
        ("星期日", (7,)),
        ("每周二、五", (2, 5)),
        ("2|5", (2, 5)),
        ("5", (5,)),
        ("每天", (1, 2, 3, 4, 5, 6, 7)),
    ],
)
def test_market_days_are_understood_in_words(cell, days):
    assert market_days(cell) == days


@pytest.mark.parametrize("cell", ["二、五", "2、5", "2,5", "一四七", "逢一四七", "农历初一", "逢五逢十", "8", "周八"])
def test_market_days_that_may_be_dates_are_refused(cell):
    assert isinstance(market_days(cell), Problem)


def test_market_days_of_a_raw_table_come_into_the_county(raw):
    raw.townships = (
        "代码,乡镇名称,经度,纬度,赶集日\n630225100,积石镇,102.10,35.70,周二、周五\n630225101,白庄镇,102.20,35.70,\n"
    )
    assert raw.run().errors == ()
    assert [township.market_days for township in raw.read().townships] == [(2, 5), ()]


def test_market_days_by_date_are_an_error_in_a_raw_table(raw):
    raw.townships = (
        "代码,乡镇名称,经度,纬度,场天\n630225100,积石镇,102.10,35.70,逢一四七\n630225101,白庄镇,102.20,35.70,\n"
    )
    error = the_error(raw.run(), "market-days")
    assert (error.row, error.column, error.value) == (2, "场天", "逢一四七")
    assert "leave it empty" in error.fix


def test_two_timetables_of_one_line_are_an_error(raw):
    raw.bus = (
        "线路名称,站名,经度,纬度,发车时间,可带件数\n"
        "循白线,积石,102.10,35.70,7:30,80\n循白线,白庄,102.20,35.70,8:30,60\n循白线,街子,102.30,35.70,8.30,\n"
    )
    assert codes(raw.run()) == ["bus-line", "bus-line", "departures"]


def test_stops_with_one_number_are_an_error(raw):
    raw.bus = "线路名称,站序,站名,经度,纬度\n循白线,1,白庄,102.20,35.70\n循白线,1,积石,102.10,35.70\n"
    assert codes(raw.run()) == ["stop-order", "stop-order"]


def test_a_map_file_needs_no_columns_for_its_position(raw, tmp_path):
    import json

    features = [
        {"type": "Feature", "properties": {"名称": "西街村", "乡镇": "积石镇", "人口": 5, "lon": "?", "X": "?"},
         "geometry": {"type": "Point", "coordinates": [102.11, 35.70]}},
    ]  # fmt: skip
    request = raw.request()
    request.files[Role.VILLAGES] = tmp_path / "villages.geojson"
    collection = {"type": "FeatureCollection", "features": features}
    request.files[Role.VILLAGES].write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
    report = import_county(request)
    assert report.errors == ()
    assert (raw.read().villages[0].lon, raw.read().villages[0].lat) == (102.11, 35.70)
    (given,) = [given for given in report.inputs if given.role == "villages"]
    assert given.columns.endswith("left unread: lon, X")


def test_a_zone_declared_for_all_tables_does_not_touch_maps_that_declare_degrees(raw):
    from pyproj import CRS, Transformer

    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:4513", always_xy=True)
    for role in ("townships", "villages", "stations"):
        header, *rows = getattr(raw, role).strip().splitlines()
        at = header.split(",").index("经度")
        moved = []
        for row in rows:
            cells = row.split(",")
            cells[at : at + 2] = [f"{v:.3f}" for v in to_metres.transform(float(cells[at]), float(cells[at + 1]))]
            moved.append(",".join(cells))
        setattr(raw, role, "\n".join([header, *moved]))
    raw.options["datum"] = Declared(None, CRS.from_epsg(4513))
    assert raw.run().errors == ()
    assert raw.read().villages[0].lon == pytest.approx(102.11, abs=1e-6)


def test_a_move_that_breaks_off_leaves_nothing_of_a_new_county(raw, monkeypatch):
    from pathlib import Path

    rename = Path.rename

    def broken(self, target):
        if Path(target) == raw.stations_file:
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="disk full"):
        raw.run()
    assert not (raw.root / "data").exists()


def test_bus_stops_in_one_cell_are_refused_with_what_to_do(raw):
    raw.bus = "线路,途经站点,班次\n循化-街子,县城-积石镇-街子镇,6\n"
    (error,) = raw.run().errors
    assert (error.code, "a row for each stop" in error.fix, "--bus out" in error.fix) == ("missing-column", True, True)
