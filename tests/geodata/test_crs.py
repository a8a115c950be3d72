"""Layers in another coordinate reference system are refused by name; CGCS2000 degrees need no shift."""

from __future__ import annotations

import numpy as np
import pyogrio.raw
import pytest
import shapely
from geodata_toy import toy_roads
from pyproj import Transformer

from planner.geodata import check_county

LINES = [shapely.LineString(feature["geometry"]["coordinates"]) for feature in toy_roads()]


def write_roads(path, crs, lines=LINES, driver="GPKG", encoding=None):
    """The toy county's roads as a vector file in ``crs``."""
    fields = {name: [str(feature["properties"][name]) for feature in toy_roads()] for name in ("road_id", "name")}
    fields |= {"road_class": ["county"] * 3, "surface": ["paved"] * 3, "oneway": ["false"] * 3}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(lines, dtype=object)),
        field_data=[np.array(column, dtype=object) for column in fields.values()],
        fields=np.array(list(fields), dtype=object),
        geometry_type="LineString",
        driver=driver,
        crs=crs,
        encoding=encoding,
    )


def in_metres(crs="EPSG:32648"):
    """The toy county's roads, projected."""
    to_metric = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [shapely.LineString(np.column_stack(to_metric.transform(*np.array(line.coords).T))) for line in LINES]


def check(county, file):
    county.swap("manifest", '"roads.geojson"', f'"{file}"')
    folder = county.write()
    return folder, folder / file


def test_a_road_layer_in_another_crs_is_one_line_that_names_it(county):
    folder, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:32648", in_metres())
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("crs", "roads.gpkg")
    assert "EPSG:32648 (WGS 84 / UTM zone 48N)" in defect.message
    assert "reproject" in defect.fix


def test_projected_cgcs2000_is_refused_too(county):
    folder, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:4540", in_metres("EPSG:4540"))
    (defect,) = check_county(folder).defects
    assert "CGCS2000" in defect.message


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "OGC:CRS84"])
@pytest.mark.parametrize(("file", "driver"), [("roads.gpkg", "GPKG"), ("roads.shp", "ESRI Shapefile")])
def test_wgs84_and_cgcs2000_degrees_are_read_without_a_shift(county, crs, file, driver):
    folder, path = check(county, file)
    write_roads(path, crs, driver=driver)
    report = check_county(folder)
    assert report.defects == ()
    assert [road.geometry for road in report.county.roads] == LINES


def test_a_layer_that_declares_no_crs_is_refused(county):
    folder, path = check(county, "roads.shp")
    write_roads(path, "EPSG:4326", driver="ESRI Shapefile")
    path.with_suffix(".prj").unlink()
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("crs-missing", "roads.shp")
    assert ".prj" in defect.fix


def test_a_geojson_in_metres_that_does_not_say_so_is_refused(county):
    for feature, line in zip(county.roads, in_metres(), strict=True):
        feature["geometry"]["coordinates"] = [list(point) for point in line.coords]
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.file, defect.row) == ("crs", "roads.geojson", None)
    assert "metres" in defect.message


def test_a_geojson_that_names_another_crs_is_refused(county):
    county.roads_crs = "urn:ogc:def:crs:EPSG::3857"
    (defect,) = check_county(county.write()).defects
    assert "EPSG:3857" in defect.message


def test_a_geojson_that_names_wgs84_is_read(county):
    county.roads_crs = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert check_county(county.write()).defects == ()


def test_a_county_declared_in_cgcs2000_is_read_without_a_shift(county):
    county.swap("manifest", "WGS84", "CGCS2000")
    assert check_county(county.write()).county.townships[0].lon == 102.1


def test_heights_are_left_out(county):
    for feature in county.roads:
        feature["geometry"]["coordinates"] = [[*point, 2100.0] for point in feature["geometry"]["coordinates"]]
    built = check_county(county.write()).county
    assert not any(road.geometry.has_z for road in built.roads)


def test_a_shapefile_in_gbk_is_read_when_it_says_so_and_refused_when_it_does_not(county):
    folder, path = check(county, "roads.shp")
    write_roads(path, "EPSG:4326", driver="ESRI Shapefile", encoding="GBK")
    path.with_suffix(".cpg").write_text("GBK", "ascii")
    assert check_county(folder).county.roads[0].name == "循白路"
    path.with_suffix(".cpg").unlink()
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file, defect.row, defect.column) == ("mojibake", "roads.shp", 1, "name")
    assert ".cpg" in defect.fix


def test_a_geojson_in_gbk_is_read_and_reported_as_tables_are(county):
    folder = county.write()
    path = folder / "roads.geojson"
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    report = check_county(folder)
    (defect,) = report.defects
    assert (defect.code, defect.file, defect.row) == ("gb18030", "roads.geojson", 1)
    assert report.county.roads[0].name == "循白路"
