"""Roads come from any accepted vector file, with limits and closures; large layers are read column by column."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geodata_toy import toy_roads

from planner.geodata import cells, check_county, tables
from planner.geodata.log import DefectLog
from planner.geodata.roads import read_roads

LINES = [shapely.LineString(feature["geometry"]["coordinates"]) for feature in toy_roads()]
FIELDS = {name: [feature["properties"][name] for feature in toy_roads()] for name in toy_roads()[0]["properties"]}


def frame(**more):
    return gpd.GeoDataFrame(FIELDS | more, geometry=LINES, crs="EPSG:4326")


def county_with(county, file):
    county.swap("manifest", '"roads.geojson"', f'"{file}"')
    folder = county.write()
    return folder, folder / file


@pytest.mark.parametrize("file", ["roads.gpkg", "roads.shp", "roads.geojson", "roads.parquet"])
def test_every_accepted_kind_of_file_gives_the_same_roads(county, file):
    folder, path = county_with(county, file)
    if file.endswith("parquet"):
        frame().to_parquet(path)
    else:
        frame().to_file(path)
    report = check_county(folder)
    assert report.defects == ()
    assert [(road.road_id, road.name, road.oneway) for road in report.county.roads] == [
        ("R1", "循白路", False), ("R2", "白道路", False), ("R3", "石头坡路", False),
    ]  # fmt: skip
    assert [road.geometry for road in report.county.roads] == LINES


def test_the_digest_covers_every_part_of_a_shapefile_whatever_the_case_of_its_suffix(county):
    folder, path = county_with(county, "roads.SHP")
    frame().to_file(folder / "roads.shp")
    for part in folder.glob("roads.*"):
        part.rename(part.with_suffix(part.suffix.upper()))
    before = check_county(folder).county.layer("roads").sha256
    table = path.with_suffix(".DBF")
    table.write_bytes(table.read_bytes().replace("白道路".encode(), "白道街".encode()))
    assert check_county(folder).county.layer("roads").sha256 != before


@pytest.mark.parametrize("file", ["roads.csv", "roads.xlsx", "roads.fgb", "roads.kmz"])
def test_a_layer_without_lines_by_its_kind_is_one_line(county, file):
    folder, path = county_with(county, file)
    path.write_text("road_id,name\n1,a\n")
    (defect,) = check_county(folder).defects
    assert defect.file == file
    assert defect.code in ("empty-geometry", "unknown-format", "workbook")


def test_a_layer_with_a_plain_table_is_one_line(county):
    folder, path = county_with(county, "roads.parquet")
    frame().drop(columns="geometry").to_parquet(path)
    (defect,) = check_county(folder).defects
    assert (defect.code, "no geometry at all" in defect.message) == ("empty-geometry", True)


def test_limits_closures_climb_and_height_are_read(county):
    folder, path = county_with(county, "roads.gpkg")
    frame(
        speed_limit_kmh=[40.0, np.nan, 130.0],
        closed_months=["11|12|1", None, " 7 "],
        climb_m=[12.5, 0.0, None],
        altitude_m=[2100.0, -154.0, None],
    ).to_file(path)
    first, second, third = check_county(folder).county.roads
    assert (first.speed_limit_kmh, first.closed_months) == (40.0, {11, 12, 1})
    assert (first.climb_m, first.altitude_m) == (12.5, 2100.0)
    assert (second.speed_limit_kmh, second.closed_months, second.climb_m) == (None, frozenset(), 0.0)
    assert (second.altitude_m, third.closed_months, third.climb_m) == (-154.0, {7}, None)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("speed_limit_kmh", "0", "speed-limit"),
        ("speed_limit_kmh", "-40", "speed-limit"),
        ("speed_limit_kmh", "130.5", "speed-limit"),
        ("speed_limit_kmh", "40 km/h", "not-a-number"),
        ("speed_limit_kmh", "inf", "not-finite"),
        ("closed_months", "0", "closed-months"),
        ("closed_months", "13", "closed-months"),
        ("closed_months", "11,12", "closed-months"),
        ("closed_months", "11||12", "closed-months"),
        ("closed_months", "1_1", "closed-months"),
        ("closed_months", "١١", "closed-months"),
        ("closed_months", "winter", "closed-months"),
        ("climb_m", "-1", "negative"),
        ("altitude_m", "high", "not-a-number"),
    ],
)
def test_what_is_no_limit_and_no_month_is_one_line(county, column, text, code):
    for feature in county.roads:
        feature["properties"][column] = ""
    county.roads[1]["properties"][column] = text
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.row, defect.column, defect.value) == (code, 2, column, text)
    assert "白道路" in defect.message
    assert "degrees" not in defect.fix


def test_a_layer_of_several_is_asked_about(county):
    folder, path = county_with(county, "roads.gpkg")
    frame().to_file(path, layer="roads")
    frame().to_file(path, layer="paths")
    (defect,) = check_county(folder).defects
    assert (defect.code, "roads (3), paths (3)" in defect.message) == ("many-layers", True)


def test_each_text_of_a_column_is_read_once(county, monkeypatch, tmp_path):
    count = 2000
    whole = gpd.GeoDataFrame(
        {"road_id": [f"R{i}" for i in range(count)], "road_class": "county", "surface": "paved", "oneway": "false"},
        geometry=shapely.linestrings([[[102.1, 35.7], [102.2, 35.7 + i / 1e5]] for i in range(count)]),
        crs="EPSG:4326",
    )
    whole.to_file(tmp_path / "roads.gpkg")
    parsed = []

    def counting(table, column, text):
        parsed.append((column.name, text))
        return cells.parse_cell(table, column, text)

    monkeypatch.setattr(tables, "parse_cell", counting)
    roads = read_roads(tmp_path / "roads.gpkg", "roads.gpkg", DefectLog())
    assert len(roads.rows) == count
    assert len(parsed) == len(set(parsed)) == count + 3


def test_a_defect_in_every_road_is_one_line_and_in_some_roads_one_each(county):
    for feature in county.roads:
        feature["properties"]["surface"] = "mud"
    (defect,) = check_county(county.write()).defects
    assert "all 3 rows" in defect.message
    county.roads[1]["properties"]["surface"] = "paved"
    assert [defect.row for defect in check_county(county.write()).defects] == [1, 3]


@pytest.mark.slow
def test_half_a_million_roads_are_read_in_seconds(tmp_path):
    count = 500_000
    start = np.random.default_rng(0).uniform([102.0, 35.6], [102.4, 35.8], (count, 1, 2))
    step = np.random.default_rng(1).normal(0, 2e-4, (count, 5, 2)).cumsum(axis=1)
    gpd.GeoDataFrame(
        {
            "road_id": [f"R{i}" for i in range(count)], "name": [f"路{i % 9973}" for i in range(count)],
            "road_class": "village", "surface": "paved", "oneway": "false", "speed_limit_kmh": 40.0,
            "closed_months": "11|12|1", "climb_m": np.arange(count) % 997 / 10,
        },
        geometry=shapely.linestrings(start + step),
        crs="EPSG:4326",
    ).to_file(tmp_path / "roads.gpkg")  # fmt: skip
    started = time.process_time()
    roads = read_roads(tmp_path / "roads.gpkg", "roads.gpkg", DefectLog())
    assert len(roads.geometries) == count
    assert time.process_time() - started < 20
