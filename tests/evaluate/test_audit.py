"""A written plan passes the audit; whatever single cell or figure is changed afterwards, the audit sees it."""

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from shapely import LineString

from planner.domain import RouteStop
from planner.domain.schema import RESULT_TABLES, Kind
from planner.errors import UsageError
from planner.evaluate import audit, evaluate, recorded_county
from planner.evaluate.audit_timetable import timetable_differences
from planner.export import csv_bytes, timetable_table, write_plan

WAYS = {"R1": LineString([(102.0, 35.5), (102.132, 35.5)]), "R2": LineString([(102.0, 35.5), (102.055, 35.5)])}


@pytest.fixture(scope="module")
def pristine(county, scenario, plan, tmp_path_factory):
    directory = tmp_path_factory.mktemp("pristine") / "out"
    write_plan(directory, county, scenario, plan, evaluate(county, scenario, plan), route_geometry=WAYS)
    return directory


@pytest.fixture
def written(pristine, tmp_path):
    return shutil.copytree(pristine, tmp_path / "out")


@pytest.fixture
def look(county, travel):
    def run(directory, county=county):
        return audit(directory, county, travel=travel)

    return run


def _read(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def _write(path, rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _other(column, cell):
    """Another value that the column could well hold."""
    if column.choices:
        return next((choice for choice in column.choices if choice != cell), "other")
    if column.kind is Kind.BOOLEAN:
        return "false" if cell == "true" else "true"
    if column.kind is Kind.TEXT:
        return cell[:-1] + ("1" if cell.endswith("2") else "2") if cell else "C1"
    if not cell:
        return "7"
    return cell[:-1] + ("8" if cell.endswith("9") else "9")


def test_an_untouched_folder_agrees(look, written):
    report = look(written)
    assert [str(difference) for difference in report.differences] == []
    assert report.checked > 300


CELLS = [(table.name, number) for table in RESULT_TABLES for number in range(len(table.columns))]


@pytest.mark.parametrize(("file", "number"), CELLS, ids=[f"{file}-{number}" for file, number in CELLS])
def test_any_changed_cell_is_seen(look, written, file, number):
    column = next(table for table in RESULT_TABLES if table.name == file).columns[number]
    rows = _read(written / file)
    for position in range(1, len(rows)):
        changed = [list(row) for row in rows]
        changed[position][number] = _other(column, rows[position][number])
        _write(written / file, changed)
        assert look(written).differences, f"{file} row {position + 1} {column.name}: {changed[position][number]}"


def test_a_difference_names_file_row_column_and_both_values(look, written):
    rows = _read(written / "stations.csv")
    rows[2][rows[0].index("capex_cny")] = "29999"
    _write(written / "stations.csv", rows)
    lines = [str(difference) for difference in look(written).differences]
    assert "stations.csv:3 [capex_cny] exported: 29999, recounted: 30000" in lines
    assert any(line.startswith("summary.json [costs.capex_cny] exported: 45000, recounted: 44999") for line in lines)


def _leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves(item, (*path, position))
    else:
        yield path, value


def _set(data, path, value):
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


_UNCOUNTABLE = {"bound", "engine", "seed", "unit"}


def test_any_changed_figure_of_the_summary_is_seen(look, written):
    path = written / "summary.json"
    original = path.read_text("utf-8")
    unseen, tried = [], 0
    for where, value in _leaves(json.loads(original)):
        in_reports = where[0] == "reports" and where[2] in _UNCOUNTABLE
        if where[0] == "run" or in_reports or where == ("county", "folder"):
            continue
        data = json.loads(original)
        if isinstance(value, bool):
            changed = not value
        elif isinstance(value, int | float):
            changed = value + (0.001 if where[0].startswith("scenario") and isinstance(value, float) else 1)
        else:
            changed = "changed"
        _set(data, where, changed)
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        tried += 1
        if not look(written).differences:
            unseen.append(where)
    assert unseen == []
    assert tried > 200


def test_a_gap_must_follow_from_value_and_bound(look, written):
    path = written / "summary.json"
    data = json.loads(path.read_text("utf-8"))
    data["reports"][0]["bound"] = 5.0
    data["reports"][6]["objective"] = 211.0
    path.write_text(json.dumps(data), "utf-8")
    assert [difference.column for difference in look(written).differences] == [
        "reports[0].gap",
        "reports[0].status",
        "reports[6].objective",
    ]


@pytest.mark.parametrize("key", ["warnings", "costs", "assumptions"])
def test_a_figure_that_was_taken_out_is_seen(look, written, key):
    path = written / "summary.json"
    data = json.loads(path.read_text("utf-8"))
    data[key] = {} if isinstance(data[key], dict) else []
    path.write_text(json.dumps(data), "utf-8")
    assert look(written).differences


def test_a_county_that_changed_since_is_named(look, written, county):
    layers = tuple(replace(layer, sha256="ff") if layer.name == "roads" else layer for layer in county.layers)
    lines = [str(difference) for difference in look(written, replace(county, layers=layers)).differences]
    assert lines == ["summary.json [inputs[2].sha256] exported: 'cc', recounted: 'ff'"]


def test_another_county_is_not_counted(look, written, county):
    differences = look(written, replace(county, code="999002")).differences
    assert any("another county" in str(difference) for difference in differences)


@pytest.mark.parametrize("name", ["stations.csv", "assignments.csv", "routes.csv", "plan.geojson", "plan.gpkg"])
def test_a_missing_file_is_a_difference(look, written, name):
    (written / name).unlink()
    assert name in {difference.file for difference in look(written).differences}


@pytest.mark.parametrize("name", ["stations.csv", "assignments.csv", "routes.csv"])
def test_a_row_taken_out_is_seen(look, written, name):
    for position in range(1, len(_read(written / name))):
        copy = written.with_name("copy")
        shutil.copytree(written, copy)
        rows = _read(copy / name)
        del rows[position]
        _write(copy / name, rows)
        assert look(copy).differences
        shutil.rmtree(copy)


def test_numbers_are_written_one_way(look, written):
    rows = _read(written / "stations.csv")
    rows[1][rows[0].index("capacity_parcels_per_day")] = "150000.000"
    _write(written / "stations.csv", rows)
    assert [str(difference) for difference in look(written).differences] == [
        "stations.csv:2 [capacity_parcels_per_day] exported: 150000.000, recounted: decimal with 2 decimals"
    ]


def test_another_header_is_named(look, written):
    rows = _read(written / "routes.csv")
    rows[0][0] = "route"
    _write(written / "routes.csv", rows)
    assert look(written).differences[0].row == 1


def test_every_value_of_the_geojson_is_compared(look, written):
    path = written / "plan.geojson"
    original = path.read_text("utf-8")
    for number, feature in enumerate(json.loads(original)["features"]):
        for name in feature["properties"]:
            data = json.loads(original)
            data["features"][number]["properties"][name] = "changed"
            path.write_text(json.dumps(data), "utf-8")
            assert look(written).differences, (number, name)


def test_a_changed_row_of_the_geopackage_is_seen(look, written):
    with closing(sqlite3.connect(written / "plan.gpkg")) as base, base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger}"')  # they call functions of a GIS
        base.execute("UPDATE links SET distance_to_parent_m = 1 WHERE station_id = 'V3'")
    assert [str(difference) for difference in look(written).differences] == [
        "plan.gpkg [links.V3.distance_to_parent_m] exported: 1, recounted: 5000"
    ]


def test_a_folder_without_a_summary_is_no_result(look, tmp_path):
    with pytest.raises(UsageError, match=r"summary\.json"):
        look(tmp_path)


def test_the_county_recorded_is_a_folder_or_its_name(written, tmp_path):
    assert recorded_county(written) == "tiny"
    path = written / "summary.json"
    data = json.loads(path.read_text("utf-8"))
    data["county"]["folder"] = str(tmp_path)
    path.write_text(json.dumps(data), "utf-8")
    assert recorded_county(written) == str(tmp_path)
    data["county"]["folder"] = "/nowhere/data/geo/xunhua"
    path.write_text(json.dumps(data), "utf-8")
    assert recorded_county(written) == "xunhua"


def test_a_broken_rule_of_the_whole_plan_reads_as_one_line(look, written):
    rows = _read(written / "routes.csv")
    _write(written / "routes.csv", rows[:4])
    lines = [str(difference) for difference in look(written).differences]
    assert "plan [visits] V3 is visited 0 times a week, 3 are the least" in lines


def test_a_summary_of_another_shape_is_a_difference_and_no_crash(look, written):
    path = written / "summary.json"
    original = json.loads(path.read_text("utf-8"))
    for key in set(original) - {"run"}:
        for damaged in (None, 7, "text", [1], {"a": 1}, "gone"):
            if damaged is None and original[key] is None:
                continue
            data = original | {key: damaged}
            if damaged == "gone":
                del data[key]
            path.write_text(json.dumps(data), "utf-8")
            assert look(written).differences, (key, damaged)


def test_a_missing_and_an_additional_row_of_the_timetable_are_seen(look, written):
    path = written / "timetable.csv"
    rows = _read(path)
    _write(path, rows[:-1])
    assert "timetable.csv:3 [route_id] exported: no row, recounted: R2" in [str(d) for d in look(written).differences]
    _write(path, [*rows, rows[-1]])
    assert "timetable.csv:4 [route_id] exported: R2, recounted: no row" in [str(d) for d in look(written).differences]


def test_the_row_of_a_ride_by_bus_is_counted_as_it_is_written(county, scenario, plan):
    stops = (RouteStop(0, "T2", -60, -60, 50, 0, 0, 50), RouteStop(1, "C1", 3_000, 3_000, 0, 0))
    ride = replace(plan.routes[0], mode="bus", vehicle_type="L3", stops=stops, distance_m=0, duration_s=3_060)
    mixed = replace(plan, routes=(ride, plan.routes[1]))
    written = list(csv.reader(io.StringIO(csv_bytes(timetable_table(county, scenario, mixed)).decode("utf-8-sig"))))
    rows = [dict(zip(written[0], (cell.removeprefix("'") for cell in row), strict=True)) for row in written[1:]]
    assert list(timetable_differences(county, scenario, mixed, rows)) == []
    rows[0]["start"] = "08:00"
    assert [d.column for d in timetable_differences(county, scenario, mixed, rows)] == ["start"]
