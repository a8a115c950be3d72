import csv
import io
import json
import sqlite3
from dataclasses import replace

import pandas as pd
import pytest
from shapely import LineString

from planner.domain import Layer, Provenance, Source
from planner.domain.provenance import provenance_warnings
from planner.domain.resilience import CriticalLink, Resilience
from planner.domain.schema import RESULT_TABLES
from planner.errors import UsageError
from planner.evaluate import evaluate
from planner.export import (
    RESULT_FILES,
    assignments_table,
    csv_bytes,
    routes_table,
    stations_frame,
    stations_table,
    write_plan,
)

WAYS = {"R1": LineString([(102.0, 35.5), (102.132, 35.5)]), "R2": LineString([(102.0, 35.5), (102.055, 35.5)])}


@pytest.fixture
def write(county, scenario, plan):
    def run(directory, county=county, **changes):
        evaluation = evaluate(county, scenario, plan)
        pages = {"map_html": "<html></html>", "route_sheets_html": "<html></html>"}
        options = {"route_geometry": WAYS, **pages} | changes
        return write_plan(directory, county, scenario, plan, evaluation, **options)

    return run


WHERE_THERE_ARE_SOME = {"fixes.csv", "critical_links.csv", "bus_supply.csv", "carriers.csv", "carriers_routes.csv"}


def _rows(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_all_files_are_written(write, tmp_path):
    files = write(tmp_path / "out")
    assert [path.name for path in files] == [name for name in RESULT_FILES if name not in WHERE_THERE_ARE_SOME]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_links_are_written_where_measured_and_go_where_not(  # noqa: PLR0917 (fixtures)
    write, county, scenario, plan, codes, tmp_path
):
    link = CriticalLink("r1", 102.0, 35.5, 102.055, 35.5, 5_000, (codes.A2, codes.B2))
    evaluation = evaluate(county, scenario, plan, Resilience(frozenset(), (link,)))
    pages = {"map_html": "<html></html>", "route_sheets_html": "<html></html>"}
    files = write_plan(tmp_path, county, scenario, plan, evaluation, **pages)
    assert [path.name for path in files] == [
        name for name in RESULT_FILES if name not in WHERE_THERE_ARE_SOME - {"critical_links.csv"}
    ]
    (row,) = _rows(tmp_path / "critical_links.csv")
    assert row["village_names"] == "甲二村|乙二村"
    assert (row["villages_lost"], row["population_lost"], row["to_lon"]) == ("2", "700", "102.055000")
    write(tmp_path)
    assert not (tmp_path / "critical_links.csv").exists()


def test_csv_opens_in_a_spreadsheet_and_has_the_columns_of_the_schema(write, tmp_path):
    write(tmp_path)
    for table in RESULT_TABLES:
        content = (tmp_path / table.name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.count(b"\n") == content.count(b"\r\n") > 1
        assert content.decode("utf-8-sig").splitlines()[0].split(",") == list(table.names)


def test_station_rows_hold_what_passes_through(write, tmp_path):
    write(tmp_path)
    centre, township, point = _rows(tmp_path / "stations.csv")
    assert centre["throughput_parcels_per_day"] == "525.00"
    assert centre["inbound_parcels_per_day"] == "168.00"
    assert centre["parent_id"] == centre["distance_to_parent_m"] == ""
    assert (township["inbound_parcels_per_day"], township["outbound_parcels_per_day"]) == ("168.00", "42.00")
    assert (township["villages_served"], township["population_served"]) == ("2", "1000")
    assert (point["throughput_parcels_per_day"], point["capacity_parcels_per_day"]) == ("105.00", "1000.00")


def test_codes_stay_text_and_flags_are_words(write, tmp_path, codes):
    write(tmp_path)
    rows = {row["village_code"]: row for row in _rows(tmp_path / "assignments.csv")}
    assert rows[codes.A3]["covered"] == "false"
    assert rows[codes.A3]["reason"] == "no_road"
    assert rows[codes.A3]["station_id"] == ""
    assert rows[codes.B2]["own_station"] == "false"
    assert rows[codes.A1]["own_station"] == "true"


def test_a_name_is_never_run_as_a_formula(write, tmp_path):
    write(tmp_path)
    assert _rows(tmp_path / "stations.csv")[1]["name"] == "'=乙乡供销社"
    assert csv_bytes(pd.DataFrame({"name": ["'quoted", "plain", "@x"]})).decode("utf-8-sig").split("\r\n")[1:4] == [
        "''quoted",
        "plain",
        "'@x",
    ]


def test_other_tables_keep_their_numbers():
    table = pd.DataFrame({"radius_km": [2.5], "count": pd.array([None], dtype="Int64"), "ok": [True]})
    assert csv_bytes(table).decode("utf-8-sig") == "radius_km,count,ok\r\n2.5,,true\r\n"


def test_tables_have_the_types_of_the_schema(county, scenario, plan):
    stations = stations_table(county, scenario, plan)
    assert stations["distance_to_parent_m"].isna().tolist() == [True, False, False]
    assert stations["capex_cny"].sum() == 45_000
    assert assignments_table(county, scenario, plan)["covered"].sum() == 4
    assert routes_table(county, scenario, plan)["days"].tolist()[0] == "1|2|3|4|5"


def test_the_frame_is_wgs84_points(county, scenario, plan):
    frame = stations_frame(county, scenario, plan)
    assert frame.crs.to_epsg() == 4326
    assert (frame.geometry.iloc[1].x, frame.geometry.iloc[1].y) == (102.132, 35.5)


def test_summary_shows_figures_assumptions_and_warnings(write, tmp_path):
    write(tmp_path)
    data = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert data["indicators"]["village_express_access"] == {"numerator": 4, "denominator": 5, "value": 0.8}
    assert data["status"] == "optimal"
    assert {entry["name"] for entry in data["assumptions"]} >= {"radius_km", "tiers.township.capex_cny"}
    assert data["scenario"]["radius_km"] == 2.5
    assert data["scenario_set"] == {"rule_pack": "none"}
    assert [entry["sha256"] for entry in data["inputs"]] == ["aa", "bb", "cc", "dd"]
    assert len(data["warnings"]["zh"]) == len(data["warnings"]["en"]) == 3
    assert data["run"]["seconds"]["locate.townships"] == 0.125


def test_two_runs_differ_only_under_run(write, tmp_path):
    first = write(tmp_path / "a", run_facts={"started": "now"})
    second = write(tmp_path / "b", run_facts={"started": "later"})
    for one, other in zip(first, second, strict=True):
        if one.name == "summary.json":
            left, right = (json.loads(path.read_text("utf-8")) for path in (one, other))
            assert left.pop("run") != right.pop("run")
            assert left == right
        else:
            assert one.read_bytes() == other.read_bytes(), one.name


def test_the_geopackage_holds_the_same_rows(write, tmp_path):
    write(tmp_path)
    with sqlite3.connect(tmp_path / "plan.gpkg") as base:
        counts = {
            layer: base.execute(f"SELECT count(*) FROM {layer}").fetchone()[0]  # noqa: S608 (names are ours)
            for layer in ("stations", "villages", "links", "routes")
        }
        capacity = base.execute("SELECT capacity_parcels_per_day FROM stations ORDER BY station_id").fetchall()
    assert counts == {"stations": 3, "villages": 5, "links": 2, "routes": 2}
    assert capacity == [(150_000.0,), (15_000.0,), (1_000.0,)]


def test_the_geojson_names_its_kinds_and_warns(write, tmp_path):
    write(tmp_path)
    data = json.loads((tmp_path / "plan.geojson").read_text("utf-8"))
    kinds = [feature["properties"]["kind"] for feature in data["features"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {"station": 3, "village": 5, "supply_link": 2, "route": 2}
    assert len(data["warnings"]) == 6


def test_every_file_that_is_passed_on_names_whom_its_data_is_owed_to(write, tmp_path, county):
    bureau = Layer("bus", "bus.csv", Source(Provenance.REAL, "县交通局", "内部"))
    osm = Layer("roads", "roads.gpkg", Source(Provenance.REAL, "OpenStreetMap, a.pbf", "ODbL 1.0"))
    owed = ["© OpenStreetMap contributors (ODbL 1.0)", "县交通局 (内部)"]
    write(tmp_path, county=replace(county, layers=(osm, bureau)))
    for name in ("summary.json", "plan.geojson"):
        assert json.loads((tmp_path / name).read_text("utf-8"))["attribution"] == owed, name
    with sqlite3.connect(tmp_path / "plan.gpkg") as base:
        told = dict(base.execute("SELECT table_name, description FROM gpkg_contents").fetchall())
    assert told == dict.fromkeys(("stations", "villages", "links", "routes"), "; ".join(owed))


def test_a_plan_that_owes_nobody_says_so(write, tmp_path, county):
    write(tmp_path, county=replace(county, layers=()))
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["attribution"] == []
    assert json.loads((tmp_path / "plan.geojson").read_text("utf-8"))["attribution"] == []


def test_a_plan_without_routes_is_written(county, scenario, plan, tmp_path):
    bare = replace(plan, routes=())
    write_plan(tmp_path, county, scenario, bare, evaluate(county, scenario, bare))
    assert _rows(tmp_path / "routes.csv") == []


def test_nothing_is_left_when_writing_fails(write, tmp_path, monkeypatch):
    def fail(*_args, **_keywords):
        raise OSError("disk full")

    monkeypatch.setattr("planner.export.writer.write_geopackage", fail)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_survives_a_move_that_fails(write, tmp_path, monkeypatch):
    write(tmp_path / "out", map_html="<p>old</p>")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fail(source, target):
        if target.name == "plan.gpkg":
            raise OSError("taken")
        source.rename(target)

    monkeypatch.setattr("planner.export.writer.shutil.move", fail)
    with pytest.raises(OSError, match="taken"):
        write(tmp_path / "out", map_html="<p>new</p>")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_our_own_files_are_replaced(write, tmp_path):
    write(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, map_html=None, route_sheets_html=None)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not {"map.html", "route_sheets.html"} & {path.name for path in tmp_path.iterdir()}


def test_a_file_in_the_way_is_named(write, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="out"):
        write(tmp_path / "out")


def test_warnings_name_layer_and_columns(county):
    chinese, english = provenance_warnings(county, "zh"), provenance_warnings(county, "en")
    assert "经度、纬度" in chinese[0]
    assert "lon, lat" in english[0]
    assert "roads.geojson" in english[1]
    with pytest.raises(ValueError, match="fr"):
        provenance_warnings(county, "fr")
