"""A county planned without its roads, end to end: every output says so, and the audit counts every figure again."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from planner import Scenario, read_county, solve
from planner.batch import solve_batch
from planner.domain import Provenance, ReasonCode
from planner.errors import InputError
from planner.evaluate import audit
from planner.pipeline import network_facts, prepare, solve_prepared
from planner.sweep import sweep, sweep_notes

LABEL = "distances:straight line × 1.4"


@pytest.fixture(scope="session")
def straight():
    return Scenario(radius_km=2.0).with_settings(["network.straight_line_factor=1.4"])


@pytest.fixture(scope="session")
def roadless(xunhua):
    """The demo county without its road layer, and without a word on what is synthetic."""
    layers = tuple(
        replace(layer, source=replace(layer.source, provenance=Provenance.REAL), columns={})
        for layer in xunhua.layers
        if layer.name != "roads"
    )
    return replace(xunhua, roads=(), layers=layers)


@pytest.fixture(scope="session")
def solved(roadless, straight):
    return solve(roadless, straight)


@pytest.fixture(scope="session")
def result(solved, tmp_path_factory):
    directory = tmp_path_factory.mktemp("straight") / "out"
    solved.write(directory)
    return directory


def test_without_roads_and_without_a_factor_the_error_names_both_ways_out(roadless):
    with pytest.raises(InputError, match=r"no roads .*road layer.*network\.straight_line_factor"):
        prepare(roadless)


def test_nobody_is_without_a_road_or_cut_off(solved):
    codes = {assignment.reason.code for assignment in solved.plan.uncovered}
    assert codes
    assert not codes & {ReasonCode.NO_ROAD, ReasonCode.DISCONNECTED}
    assert {assignment.snap_distance_m for assignment in solved.plan.assignments} == {0}


def test_every_stated_distance_is_the_line_times_the_factor(solved):
    snaps = {site.site_id: k for k, site in enumerate(solved.county.sites)}
    villages = {village.code: k for k, village in enumerate(solved.county.administrative_villages)}
    prepared, checked = solved.prepared, 0
    for assignment in solved.plan.assignments:
        if assignment.covered:
            i, j = villages[assignment.village_code], snaps[assignment.station_id]
            a, b = prepared.village_snaps, prepared.site_snaps
            metres = float(np.hypot(a.x[i] - b.x[j], a.y[i] - b.y[j]))
            assert assignment.access_distance_m == int(1.4 * metres + 0.5)
            checked += 1
    assert checked > 100


def test_routes_are_drawn_straight_from_stop_to_stop(solved):
    ways = solved.route_geometry()
    assert set(ways) == {route.route_id for route in solved.plan.routes}
    vans = [route for route in solved.plan.routes if route.mode == "van"]
    assert vans
    for route in vans:
        sites = [solved.county.site_by_id[stop.site_id] for stop in route.stops]
        assert list(ways[route.route_id].coords) == [(site.lon, site.lat) for site in sites]


@pytest.mark.parametrize("settings", [[], ["coverage_metric=minutes", "radius_min=6"], ["coverage_metric=straight_km"]])
def test_the_audit_counts_every_figure_again(roadless, straight, settings, tmp_path):
    solved = solve(roadless, straight.with_settings(settings))
    assert solved.violations == ()
    solved.write(tmp_path / "out")
    assert audit(tmp_path / "out", roadless).differences == ()


def test_the_audit_notices_a_metre(result, roadless, tmp_path):
    shutil.copytree(result, tmp_path / "out")
    path = tmp_path / "out" / "assignments.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    header = lines[0].split(",")
    at = header.index("access_distance_m")
    number = next(k for k, line in enumerate(lines[1:], start=1) if line.split(",")[at])
    cells = lines[number].split(",")
    cells[at] = str(int(cells[at]) + 1)
    lines[number] = ",".join(cells)
    path.write_text("\r\n".join(lines) + "\r\n", "utf-8-sig")
    assert any(
        difference.file == "assignments.csv" and difference.column == "access_distance_m"
        for difference in audit(tmp_path / "out", roadless).differences
    )


def test_the_audit_notices_a_row_that_hides_it(result, roadless, tmp_path):
    shutil.copytree(result, tmp_path / "out")
    path = tmp_path / "out" / "stations.csv"
    path.write_bytes(path.read_bytes().replace(LABEL.encode(), b"", 1))
    assert [(d.file, d.column) for d in audit(tmp_path / "out", roadless).differences][:1] == [
        ("stations.csv", "synthetic_layers")
    ]


def test_every_row_of_every_table_says_so(result):
    for name in ("stations.csv", "assignments.csv", "routes.csv"):
        with (result / name).open(encoding="utf-8-sig", newline="") as file:
            assert {row["synthetic_layers"] for row in csv.DictReader(file)} == {LABEL}, name


def test_summary_maps_and_layers_say_so_in_both_languages(result, solved):
    warnings = json.loads((result / "summary.json").read_text("utf-8"))["warnings"]
    assert any("detour factor 1.4" in sentence for sentence in warnings["en"])
    assert any("绕行系数 1.4" in sentence for sentence in warnings["zh"])
    picture = json.loads((result / "plan.geojson").read_text("utf-8"))
    assert [*warnings["zh"], *warnings["en"]] == picture["warnings"]
    assert {feature["properties"]["synthetic_layers"] for feature in picture["features"]} == {LABEL}
    with closing(sqlite3.connect(result / "plan.gpkg")) as base:
        for layer in ("stations", "villages", "links", "routes"):
            rows = base.execute(f"SELECT DISTINCT synthetic_layers FROM {layer}").fetchall()  # noqa: S608
            assert rows == [(LABEL,)], layer
    page = (result / "map.html").read_text("utf-8")
    assert "绕行系数 1.4" in page
    assert "沿路" not in page
    assert "detour factor 1.4" in solved.map_html("en")
    assert "by road" not in solved.map_html("en")


def test_the_radius_is_named_with_the_factor(solved):
    assert solved.scenario.radius_label == "2 km, straight line × 1.4"


def test_a_county_with_roads_is_labelled_alike(xunhua, straight):
    solved = solve(xunhua, straight)
    assert solved.violations == ()
    assert solved.assignments()["synthetic_layers"].iloc[0] == f"{xunhua.synthetic_label}|{LABEL}"
    assert "roads given are not used" in solved.notes("en")[-1]


def test_roads_and_straight_lines_are_never_taken_for_each_other(xunhua_prepared, straight):
    solved = solve_prepared(xunhua_prepared, straight, routes=False)
    assert solved.prepared is not xunhua_prepared
    assert not solved.prepared.fits(straight.with_settings(["network.straight_line_factor=1.5"]))


def test_the_check_says_so(roadless, straight):
    (fact,) = network_facts(prepare(roadless, straight))
    assert "detour factor 1.4" in fact


def test_a_sweep_says_so_in_every_row_and_below_the_picture(roadless, straight):
    rows = list(sweep(roadless, straight, [1.0, 2.0]))
    assert {row.synthetic_layers for row in rows} == {LABEL}
    assert "detour factor 1.4" in sweep_notes(roadless, straight, "en")[-1]


@pytest.mark.slow
def test_a_batch_says_so_and_solves_anew_when_it_changes(straight, tmp_path):
    county = read_county("xunhua")
    (row,) = solve_batch(["xunhua"], straight, tmp_path)
    assert row.outcome == "done"
    assert row.synthetic_layers == f"{county.synthetic_label}|{LABEL}"
    (row,) = solve_batch(["xunhua"], Scenario(radius_km=2.0), tmp_path)
    assert row.outcome == "done"
    assert row.synthetic_layers == county.synthetic_label
