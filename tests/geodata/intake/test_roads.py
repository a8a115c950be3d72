"""Roads from a file: classes, directions, limits, parts; and climb from a raster."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from planner.domain import RoadClass, Surface
from planner.geodata.intake.draft import Roads
from planner.geodata.intake.elevation import STEP_M, add_elevation, bilinear, cut_at_junctions
from planner.geodata.intake.review import Review
from planner.geodata.log import DefectLog
from planner.geodata.vector import read_features


def roads_of(*lines):
    import shapely

    count = len(lines)
    return Roads(
        [f"R{i}" for i in range(count)], [""] * count, ["village"] * count, ["paved"] * count, np.zeros(count, bool),
        np.full(count, np.nan), [""] * count, np.array([shapely.LineString(line) for line in lines], dtype=object),
    )  # fmt: skip


def test_classes_and_surfaces_in_words(raw, shapes):
    _, line = shapes
    at = [[102.1, 35.7], [102.11, 35.7]]
    raw.roads = [
        line(at, highway="primary", surface="asphalt"), line(at, highway="track", surface="gravel"),
        line(at, highway="轮渡", surface="沥青"),
    ]  # fmt: skip
    assert raw.run().errors == ()
    assert [(road.road_class, road.surface) for road in raw.read().roads] == [
        (RoadClass.NATIONAL_PROVINCIAL, Surface.PAVED),
        (RoadClass.VILLAGE, Surface.UNPAVED),
        (RoadClass.FERRY, Surface.PAVED),
    ]


def test_a_road_against_its_direction_is_turned_round(raw):
    raw.roads[0]["properties"]["单行"] = "-1"
    raw.roads[1]["properties"]["单行"] = "是"
    raw.run()
    first, second = raw.read().roads
    assert first.oneway
    assert second.oneway
    assert first.geometry.coords[0] == (102.20, 35.70)
    assert second.geometry.coords[0] == (102.20, 35.70)


def test_f_t_and_b_are_forward_against_and_both(raw):
    raw.roads[0]["properties"]["单行"] = "T"
    raw.roads[1]["properties"]["单行"] = "B"
    raw.run()
    first, second = raw.read().roads
    assert first.geometry.coords[0] == (102.20, 35.70)
    assert (first.oneway, second.oneway) == (True, False)


def test_limits_and_closed_months(raw):
    raw.roads[0]["properties"] |= {"限速": "40", "封闭月份": "11月至次年2月"}
    raw.roads[1]["properties"] |= {"限速": "0", "封闭月份": ""}
    raw.run()
    first, second = raw.read().roads
    assert (first.speed_limit_kmh, first.closed_months) == (40.0, frozenset((1, 2, 11, 12)))
    assert (second.speed_limit_kmh, second.closed_months) == (None, frozenset())


def test_what_a_file_does_not_tell_is_assumed_and_said(raw):
    for road in raw.roads:
        del road["properties"]["路面"]
        del road["properties"]["单行"]
    report = raw.run()
    assert {d.column for d in report.warnings if d.code == "assumed-road"} == {"surface", "oneway"}
    assert {row["kind"] for row in raw.review()} >= {"surface", "oneway"}


def test_a_file_without_classes_is_refused_naming_its_columns(raw):
    for road in raw.roads:
        del road["properties"]["等级"]
    (defect,) = raw.run().errors
    assert defect.code == "missing-column"
    assert "路面" in defect.message


def test_several_lines_in_one_feature_become_several_roads(raw):
    lines = [[[102.10, 35.70], [102.11, 35.70]], [[102.12, 35.70], [102.13, 35.70]]]
    raw.roads[0]["geometry"] = {"type": "MultiLineString", "coordinates": lines}
    raw.run()
    assert [road.road_id for road in raw.read().roads] == ["R000001-1", "R000001-2", "R000002"]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "empty-geometry"),
        ({"type": "Point", "coordinates": [102.1, 35.7]}, "not-a-line"),
        ({"type": "LineString", "coordinates": [[102.1, 35.7], [102.1, 35.7]]}, "invalid-line"),
    ],
)
def test_what_is_no_road(raw, geometry, code):
    raw.roads[0]["geometry"] = geometry
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == (code, 1)


def test_short_unconnected_parts_are_left_out_when_asked(raw, shapes):
    _, line = shapes
    raw.roads += [line([[102.15, 35.75], [102.151, 35.75]], 名称="孤路", 等级="村道", 路面="沥青", 单行="否")]
    raw.options["drop_islands_km"] = 1.0
    report = raw.run()
    assert [road.name for road in raw.read().roads] == ["循白路", "加入路"]
    assert any("1 unconnected parts" in fact for fact in report.facts)
    (row,) = [row for row in raw.review() if row["kind"] == "road-island"]
    assert row["name"] == "R000003"


def test_the_layer_is_called_roads_and_holds_no_empty_column(raw):
    import pyogrio

    raw.run()
    assert pyogrio.list_layers(raw.out / "roads.gpkg")[:, 0].tolist() == ["roads"]
    features = read_features(raw.out / "roads.gpkg", "roads.gpkg", DefectLog())
    assert features is not None
    assert set(features.fields) == {"road_id", "name", "road_class", "surface", "oneway"}


# -- elevation -----------------------------------------------------------------------------------------------------


@pytest.fixture
def raster(tmp_path):
    """Writes a raster of 0.001° cells over 102.0–102.4, 35.6–35.8 from a function of longitude and latitude."""
    import rasterio
    from rasterio import Affine

    def write(height, nodata=None, crs="EPSG:4326"):
        lon, lat = np.meshgrid(102.0 + (np.arange(400) + 0.5) / 1000, 35.8 - (np.arange(200) + 0.5) / 1000)
        path = tmp_path / "dem.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=400, height=200, count=1, dtype="float32", crs=crs, nodata=nodata,
            transform=Affine(0.001, 0.0, 102.0, 0.0, -0.001, 35.8),
        ) as target:  # fmt: skip
            target.write(height(lon, lat).astype("float32"), 1)
        return path

    return write


def test_an_even_slope_gives_its_climb_and_mean_height(raw, raster):
    raw.options["elevation"] = raster(lambda lon, lat: 2000 + (lon - 102) * 1000)
    assert raw.run().errors == ()
    roads = {road.road_id: road for road in raw.read().roads}
    assert roads["R000001"].climb_m == pytest.approx(100, abs=0.2)
    assert roads["R000001"].altitude_m == pytest.approx(2150, abs=0.2)
    assert roads["R000002"].climb_m == pytest.approx(10, abs=0.2)


def test_up_and_down_both_count(raster):
    path = raster(lambda lon, lat: 100 * np.abs(lon - 102.15) * 100)
    found = DefectLog()
    result = add_elevation(roads_of([(102.1, 35.7), (102.2, 35.7)]), path, "EPSG:32648", found, Review())
    assert result is not None
    assert result[0].climb_m == pytest.approx([1000], rel=0.02)


def test_roads_are_cut_where_they_meet():
    cut = cut_at_junctions(roads_of([(0, 0), (1, 0), (2, 0)], [(1, 0), (1, 1)], [(5, 5), (6, 5), (7, 5)]))
    assert list(cut.road_id) == ["R0.1", "R0.2", "R1", "R2"]
    assert [list(line.coords) for line in cut.geometry[:2]] == [[(0, 0), (1, 0)], [(1, 0), (2, 0)]]


def test_a_loop_is_cut_where_it_meets_itself():
    cut = cut_at_junctions(roads_of([(0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (1, 0), (1, -1)]))
    assert [line.length for line in cut.geometry] == [1, 4, 1]


def test_missing_heights_are_left_empty_and_counted(raw, raster):
    raw.options["elevation"] = raster(lambda lon, lat: np.where(lon > 102.19, -9999, 2000.0), nodata=-9999)
    report = raw.run()
    assert report.errors == ()
    assert {road.road_id: road.climb_m for road in raw.read().roads} == {"R000001": None, "R000002": None}
    assert any("no value for 2" in fact for fact in report.facts)


def test_a_raster_elsewhere_is_an_error(raw, raster, shapes):
    polygon, line = shapes
    raw.options["elevation"] = raster(lambda lon, lat: lon)
    raw.boundary = [polygon(103.0, 35.6, 103.4, 35.8)]
    raw.townships, raw.villages, raw.stations = (
        text.replace("102.", "103.") for text in (raw.townships, raw.villages, raw.stations)
    )
    raw.roads = [line([[103.1, 35.7], [103.2, 35.7]], 等级="省道", 路面="沥青", 单行="否")]
    assert [defect.code for defect in raw.run().errors] == ["raster"]


def test_no_raster_package_is_said_with_the_way_to_install_it(raw, raster, monkeypatch):
    raw.options["elevation"] = raster(lambda lon, lat: lon)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    (defect,) = raw.run().errors
    assert defect.code == "no-rasterio"
    assert "[elevation]" in defect.fix


def test_a_file_that_is_no_raster(raw, tmp_path):
    path = tmp_path / "dem.tif"
    path.write_bytes(b"nothing")
    raw.options["elevation"] = path
    assert [defect.code for defect in raw.run().errors] == ["raster"]


def test_bilinear_is_exact_on_a_plane_and_empty_outside():
    grid = np.fromfunction(lambda row, column: 3 * column + 7 * row, (5, 6)).astype(np.float32)
    x, y = np.array([0.0, 1.25, 4.999, 5.0, -0.1, 5.1]), np.array([0.0, 2.5, 3.999, 4.0, 1.0, 1.0])
    assert bilinear(grid, x, y)[:4] == pytest.approx((3 * x + 7 * y)[:4])
    assert np.isnan(bilinear(grid, x, y)[4:]).all()


def test_heights_are_read_at_least_every_fifty_metres():
    assert STEP_M <= 50


def test_ids_repeated_are_one_error_with_two_rows(raw):
    for road in raw.roads:
        road["properties"]["道路编号"] = "G310"
    (defect,) = raw.run().errors
    assert (defect.code, defect.row, defect.value) == ("duplicate-id", 2, "G310")
    raw.maps = ("道路编号=-",)
    assert raw.run().errors == ()
