"""A common shift of points against the roads is noticed, named, and not seen where there is none."""

from __future__ import annotations

import shutil
from functools import cache

import numpy as np
import pytest
import shapely

from planner.domain.county import Datum
from planner.geodata import check_county, county_folder, read_county
from planner.geodata.crs import METRES_PER_DEGREE
from planner.geodata.datum import from_wgs84, shift_m, to_wgs84
from planner.geodata.log import DefectLog
from planner.geodata.shift import check_shift, find_shift

W, G, B = Datum.WGS84, Datum.GCJ02, Datum.BD09


@cache
def layer(name, of="villages"):
    """Longitudes, latitudes and road lines of an embedded county."""
    county = read_county(name)
    places = getattr(county, of)
    lines = np.array([road.geometry for road in county.roads], dtype=object)
    return np.array([place.lon for place in places]), np.array([place.lat for place in places]), lines


def moved(lon, lat, east_m, north_m):
    """Points moved by metres, each by its own or all by the same."""
    return lon + east_m / (METRES_PER_DEGREE * np.cos(np.radians(lat))), lat + north_m / METRES_PER_DEGREE


def scattered(lon, lat, seed, metres):
    """Points moved by as much each in a direction of its own."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(lon))
    return moved(lon, lat, metres * np.sin(angle), metres * np.cos(angle))


@pytest.mark.parametrize("name", ["xunhua", "xihe"])
@pytest.mark.parametrize("of", ["villages", "sites", "townships"])
def test_the_counties_that_come_with_the_planner_are_not_shifted(name, of):
    assert find_shift(*layer(name, of)) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xunhua", "xihe"])
@pytest.mark.parametrize("metres", [60, 150, 300, 1000])
def test_places_scattered_about_are_not_shifted(name, metres):
    lon, lat, lines = layer(name)
    for seed in range(5):
        assert find_shift(*scattered(lon, lat, seed, metres), lines) is None


@pytest.mark.parametrize("name", ["xunhua", "xihe"])
@pytest.mark.parametrize("datum", [G, B])
@pytest.mark.parametrize("of", ["villages", "sites"])
def test_points_of_a_phone_map_are_found_and_named(name, datum, of):
    lon, lat, lines = layer(name, of)
    shift = find_shift(*from_wgs84(lon, lat, datum), lines)
    assert (shift.points, shift.roads) == (datum, W)
    size = np.hypot(*np.median(shift_m(lon, lat, datum), axis=1))
    assert shift.size_m == pytest.approx(size, rel=0.05)
    assert shift.median_moved_m < 0.75 * shift.median_m


@pytest.mark.parametrize(("name", "datum"), [("xihe", G), ("xihe", B), ("xunhua", B)])
def test_they_are_found_too_where_villages_lie_off_the_roads(name, datum):
    lon, lat, lines = layer(name)
    for seed in range(3):
        off = scattered(lon, lat, seed, np.random.default_rng(seed).uniform(100, 300, len(lon)))
        assert find_shift(*from_wgs84(*off, datum), lines).points is datum


@pytest.mark.parametrize("datum", [G, B])
def test_roads_of_a_phone_map_are_told_from_points_of_one(datum):
    lon, lat, lines = layer("xihe")
    there = shapely.transform(lines, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum)))
    shift = find_shift(lon, lat, there)
    assert (shift.points, shift.roads) == (W, datum)


def test_points_declared_in_a_phone_maps_datum_that_are_not_are_found():
    lon, lat, lines = layer("xihe")
    assert find_shift(*to_wgs84(lon, lat, G), lines, (G, W)).points is W


def test_a_shift_that_no_datum_makes_is_found_without_a_name():
    lon, lat, lines = layer("xihe")
    shift = find_shift(*moved(lon, lat, -200.0, -150.0), lines)
    assert (shift.points, shift.roads, shift.direction) == (None, None, "south-west")
    assert shift.size_m == pytest.approx(250, abs=20)


def test_few_points_no_points_and_no_roads_say_nothing():
    lon, lat, lines = layer("xihe")
    lon, lat = from_wgs84(lon, lat, B)
    assert find_shift(lon[:14], lat[:14], lines) is None
    assert find_shift(lon[:0], lat[:0], lines) is None
    assert find_shift(np.full(30, np.nan), np.full(30, np.nan), lines) is None
    assert find_shift(lon, lat, lines[:0]) is None


def test_points_far_from_every_road_say_nothing():
    lon, lat, lines = layer("xihe")
    assert find_shift(lon + 0.8, lat, lines) is None


def test_the_warning_says_size_direction_and_what_to_declare():
    lon, lat, lines = layer("xihe")
    found = DefectLog()
    check_shift(*from_wgs84(lon, lat, B), lines, "villages.csv", found, roads_file="roads.gpkg")
    (defect,) = found.defects
    assert (defect.code, defect.file, defect.severity) == ("shifted", "villages.csv", "warning")
    assert "1063 m to the north-east of where roads.gpkg" in defect.message
    assert 'declare datum = "BD-09" (Baidu maps)' in defect.fix


def test_cgcs2000_is_no_shift_from_wgs84():
    lon, lat, lines = layer("xihe")
    found = DefectLog()
    declared = (Datum.CGCS2000, Datum.CGCS2000)
    assert check_shift(lon, lat, lines, "villages.csv", found, declared=declared) is None
    assert check_shift(*from_wgs84(lon, lat, G), lines, "villages.csv", found, declared=declared).points is G


def test_a_check_of_a_county_warns_of_the_shifted_file_only(tmp_path):
    folder = tmp_path / "geo" / "xihe"
    shutil.copytree(county_folder("xihe"), folder)
    shutil.copytree(county_folder("xihe").parents[1] / "stations", tmp_path / "stations")
    header, *rows = [line.split(",") for line in (folder / "villages.csv").read_text("utf-8-sig").splitlines()]
    at = header.index("lon")
    for row in rows:
        lon, lat = from_wgs84(float(row[at]), float(row[at + 1]), G)
        row[at : at + 2] = [f"{lon:.6f}", f"{lat:.6f}"]
    (folder / "villages.csv").write_text("\n".join(",".join(row) for row in [header, *rows]), "utf-8")
    shifted = [defect for defect in check_county(folder).defects if defect.code == "shifted"]
    assert [defect.file for defect in shifted] == ["villages.csv"]
    assert "GCJ-02" in shifted[0].fix
    text = (folder / "county.toml").read_text("utf-8")
    start = text.index("\n", text.index("[layers.villages]"))
    (folder / "county.toml").write_text(text[:start] + '\ndatum = "GCJ-02"' + text[start:], "utf-8")
    report = check_county(folder)
    assert [defect.code for defect in report.defects if defect.code == "shifted"] == []
    for before, after in zip(read_county("xihe").villages, report.county.villages, strict=True):
        assert (after.lon, after.lat) == pytest.approx((before.lon, before.lat), abs=1e-6)
