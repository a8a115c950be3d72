"""Fuzzing of whole commands: imports, county folders, scenarios and caches, spoilt anywhere."""

from __future__ import annotations

import shutil
import time

import pytest
from broken_bases import NAME, STATIONS, TOWNSHIPS, VILLAGES, County, RawFiles, csv_text
from broken_files import OSM_COUNTY, write_osm
from broken_fuzzing import MOST_SECONDS, Bases, examples
from broken_harness import run, snapshot
from broken_mutations import CELLS, JSON_CHANGES, SPLICES, TEXTS, respelt, revalued, spliced
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.county import Datum
from planner.errors import PlannerError, ScenarioError
from planner.geodata import check_county
from planner.geodata.intake import ImportRequest, import_county
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.columns import ColumnMap
from planner.geodata.intake.request import Declared
from planner.geodata.log import DefectLog
from planner.geodata.osm import read_osm
from planner.scenario import Scenario

BUS = [
    ["线路编号", "线路名称", "站序", "站点", "经度", "纬度", "班次"],
    ["L1", "循化—道帏", "1", "积石", "102.100000", "35.700000", "6"],
    ["L1", "循化—道帏", "2", "道帏", "102.300000", "35.700000", "6"],
]
TABLES = {"townships.csv": TOWNSHIPS, "villages.csv": VILLAGES, "stations.csv": STATIONS, "bus.csv": BUS}
FILES = {
    Role.BOUNDARY: "boundary.geojson",
    Role.ROADS: "roads.geojson",
    **{role: f"{role}.csv" for role in (Role.TOWNSHIPS, Role.VILLAGES, Role.STATIONS, Role.BUS)},
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("import")
    RawFiles(folder)
    (folder / "bus.csv").write_text(csv_text(BUS), "utf-8")
    write_osm(folder / "square.osm.pbf")
    return folder, Bases({path.name: path.read_bytes() for path in folder.iterdir()})


def imported(raw, changed, **options):
    """Import with ``changed`` files; all of a county or nothing of it, and soon. Puts the files right again."""
    folder, bases = raw
    before = snapshot(folder)
    asked = {"name": NAME, "code": "630225", "datum": Declared(Datum.WGS84)} | options
    files = asked.pop("files", {role: folder / name for role, name in FILES.items()})
    for name, data in changed.items():
        (folder / name).write_bytes(data)
    started = time.monotonic()
    try:
        report = import_county(ImportRequest(out=folder / "out", files=files, **asked))
    except PlannerError:
        assert not (folder / "out").exists()
        return None
    finally:
        assert time.monotonic() - started < MOST_SECONDS
        for name in changed:
            (folder / name).write_bytes(bases[name])
        written = {path for path in snapshot(folder) if path not in before}
        try:
            again = check_county(folder / "out") if written else None
        finally:
            shutil.rmtree(folder / "out", ignore_errors=True)
    assert report.written == bool(written)
    assert report.written == (not report.errors)
    if written:
        assert all(path == "out" or path.startswith("out/") for path in written)
        assert not again.errors
        assert again.county is not None
    for line in (*report.lines(), *(defect.line() for defect in report.defects)):
        assert len(line.splitlines()) == 1
    return report


def test_the_base_is_imported(raw):
    assert imported(raw, {}).written


@given(name=st.sampled_from(sorted(FILES.values())), changes=SPLICES)
@examples(25)
def test_an_import_of_spoilt_bytes(raw, name, changes):
    imported(raw, {name: spliced(raw[1][name], changes)})


@given(changes=st.dictionaries(st.sampled_from(sorted(TABLES)), CELLS, min_size=1, max_size=2))
@examples(40)
def test_an_import_of_spoilt_cells(raw, changes):
    imported(raw, {name: csv_text(respelt(TABLES[name], change)).encode() for name, change in changes.items()})


@given(name=st.sampled_from(["boundary.geojson", "roads.geojson"]), changes=JSON_CHANGES)
@examples(30)
def test_an_import_of_spoilt_maps(raw, name, changes):
    imported(raw, {name: revalued(raw[1][name].decode(), changes).encode("utf-8", "replace")})


ROLES = st.sampled_from(sorted(FILES))


@given(
    options=st.fixed_dictionaries(
        {},
        optional={
            "name": TEXTS,
            "code": st.one_of(st.none(), TEXTS, st.just("630225")),
            "county_seat": TEXTS,
            "datum": st.sampled_from([None, *(Declared(datum) for datum in Datum)]),
            "maps": st.lists(st.builds(ColumnMap, st.sampled_from(VILLAGES[0]), TEXTS, st.none()), max_size=2),
            "encodings": st.dictionaries(ROLES, TEXTS, max_size=2),
            "layers": st.dictionaries(ROLES, TEXTS, max_size=2),
            "people_per_building": st.floats(),
            "assume_population": st.integers(),
            "township_level": st.integers(),
            "drop_outside": st.booleans(),
            "drop_islands_km": st.floats(0, 1000),
            "replace": st.booleans(),
        },
    ),
    left_out=st.sets(ROLES, max_size=3),
    with_osm=st.booleans(),
)
@examples(30)
def test_an_import_with_any_options(raw, options, left_out, with_osm):
    folder = raw[0]
    files = {role: folder / name for role, name in FILES.items() if role not in left_out}
    osm = {"osm": folder / "square.osm.pbf"} if with_osm else {}
    imported(raw, {}, files=files, **osm, **options)


COUNTY = ("manifest", "townships", "villages", "sites", "roads", "boundary")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    made = County(tmp_path_factory.mktemp("county"))
    return made, Bases({name: made.path(name).read_bytes() for name in COUNTY})


def checked(county, name, data):
    made, bases = county
    made.path(name).write_bytes(data)
    started = time.monotonic()
    try:
        report = check_county(made.toy.folder)
    finally:
        made.path(name).write_bytes(bases[name])
    assert time.monotonic() - started < MOST_SECONDS
    assert (report.county is None) == bool(report.errors)
    for defect in report.defects:
        assert defect.file
        assert defect.fix
        assert len(defect.line().splitlines()) == 1


@given(name=st.sampled_from(COUNTY), changes=SPLICES)
@examples(40)
def test_a_county_of_spoilt_bytes(county, name, changes):
    checked(county, name, spliced(county[1][name], changes))


@given(name=st.sampled_from(["townships", "villages", "sites"]), changes=CELLS)
@examples(40)
def test_a_county_of_spoilt_cells(county, name, changes):
    rows = [line.split(",") for line in county[1][name].decode().splitlines()]
    checked(county, name, csv_text(respelt(rows, changes)).encode())


@given(name=st.sampled_from(["roads", "boundary"]), changes=JSON_CHANGES)
@examples(30)
def test_a_county_of_spoilt_maps(county, name, changes):
    checked(county, name, revalued(county[1][name].decode(), changes).encode("utf-8", "replace"))


@given(key=st.integers(0, 60), text=TEXTS)
@examples(40)
def test_a_manifest_of_spoilt_values(county, key, text):
    import json

    lines = county[1]["manifest"].decode().splitlines()
    assigned = [i for i, line in enumerate(lines) if " = " in line]
    at = assigned[key % len(assigned)]
    lines[at] = f"{lines[at].split(' = ')[0]} = {json.dumps(text, ensure_ascii=False)}"
    checked(county, "manifest", "\n".join(lines).encode("utf-8", "replace"))


SCENARIO = """\
radius_km = 3.0
rule_pack = "qinghai"

[targets]
villages = 0.95

[network]
snap_limit_m = 1000
straight_line_factor = 1.4

[candidates]
broadband = "installable"
"""
KEYS = ("radius_km", "targets.villages", "network", "network.month", "rule_pack", "candidates", "a.b", "", "=", "x y")


@given(changes=SPLICES)
@examples(150)
def test_a_scenario_of_spoilt_bytes(tmp_path, changes):
    path = tmp_path / "plan.toml"
    path.write_bytes(spliced(SCENARIO.encode(), changes))
    try:
        read = Scenario.from_toml(path)
    except ScenarioError as error:
        read = str(error)
    assert isinstance(read, Scenario) or str(path) in read


@given(key=st.sampled_from(KEYS), text=st.one_of(TEXTS, st.sampled_from(["[" * 9999, "9" * 9999, "{}", "[]", "nan"])))
@examples(150)
def test_a_setting_of_any_text(key, text):
    try:
        changed = Scenario().with_settings([f"{key}={text}"])
    except ScenarioError as error:
        changed = str(error)
    assert isinstance(changed, Scenario) or changed


@given(changes=SPLICES)
@examples(15)
def test_a_spoilt_cache_is_made_anew(raw, tmp_path_factory, changes):
    path = raw[0] / "square.osm.pbf"
    cache = tmp_path_factory.mktemp("cache")
    fresh = _extract(path, cache)
    for entry in cache.iterdir():
        entry.write_bytes(spliced(entry.read_bytes(), changes))
    again = _extract(path, cache)
    assert [area.name for area in again.townships] == [area.name for area in fresh.townships]
    assert list(again.roads.way_id) == list(fresh.roads.way_id)


def _extract(path, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(cache))
        return read_osm(path, path.name, DefectLog(), county=OSM_COUNTY)


@given(changes=SPLICES)
@examples(4)
def test_a_check_with_a_spoilt_cache_says_the_same(county, tmp_path_factory, changes):
    made = county[0]
    cache = tmp_path_factory.mktemp("cache")
    environment = {"PLANNER_CACHE": str(cache)}
    fresh = run(made.arguments(), made.toy.root, environment)
    for entry in cache.iterdir():
        entry.write_bytes(spliced(entry.read_bytes(), changes))
    again = run(made.arguments(), made.toy.root, environment)
    assert again.code == fresh.code == 0
    said = [[line for line in came.lines if "cache" not in line] for came in (fresh, again)]
    assert said[0] == said[1]
