"""Layers in projected zones of WGS84 and CGCS2000 are converted, on any other datum refused by name."""

from __future__ import annotations

import numpy as np
import pyogrio.raw
import pytest
import shapely
from geodata_toy import toy_roads
from pyproj import Transformer

from planner.domain.county import Datum
from planner.geodata import check_county
from planner.geodata.datum import from_wgs84

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


@pytest.mark.parametrize("crs", ["EPSG:32648", "EPSG:4543", "EPSG:4522", "EPSG:4510"])
@pytest.mark.parametrize(("file", "driver"), [("roads.gpkg", "GPKG"), ("roads.shp", "ESRI Shapefile")])
def test_projected_zones_of_wgs84_and_cgcs2000_are_converted(county, crs, file, driver):
    folder, path = check(county, file)
    write_roads(path, crs, in_metres(crs), driver=driver)
    report = check_county(folder)
    assert report.defects == ()
    for road, line in zip(report.county.roads, LINES, strict=True):
        assert shapely.hausdorff_distance(road.geometry, line) < 1e-9
    assert crs in report.facts.conversions["roads"]
    assert f"converted from {crs}" in report.county.layer("roads").source.text


def test_a_projected_layer_keeps_its_own_datum_in_a_county_of_gcj02(county):
    _, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:4543", in_metres("EPSG:4543"))
    county.swap("manifest", 'datum = "WGS84"', 'datum = "GCJ-02"')
    roads = check_county(county.write()).layers.roads
    assert shapely.hausdorff_distance(roads.geometries[1], LINES[0]) < 1e-9


def test_a_road_layer_on_another_datum_is_one_line_that_names_it(county):
    folder, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:2364", in_metres("EPSG:2364"))
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("crs", "roads.gpkg")
    assert "EPSG:2364 (Xian 1980" in defect.message
    assert "surveying authority" in defect.fix


def test_eastings_with_a_zone_number_that_the_crs_lacks_are_refused_with_the_right_zone(county):
    folder, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:4543", in_metres("EPSG:4522"))
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("crs", "roads.gpkg")
    assert "EPSG:4522" in defect.fix


def test_degrees_in_a_file_that_declares_metres_are_refused(county):
    folder, path = check(county, "roads.gpkg")
    write_roads(path, "EPSG:4543")
    (defect,) = check_county(folder).defects
    assert (defect.code, "degrees such as 102.1, 35.7" in defect.message) == ("crs", True)


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


def test_a_layer_that_declares_no_crs_is_read_in_the_datum_of_its_own_entry(county):
    _, path = check(county, "roads.shp")
    write_roads(path, "EPSG:4326", driver="ESRI Shapefile")
    path.with_suffix(".prj").unlink()
    county.swap("manifest", 'file = "roads.shp"\n', 'file = "roads.shp"\ndatum = "WGS84"\n')
    report = check_county(county.write())
    assert report.defects == ()
    assert report.facts.conversions == {}


@pytest.mark.parametrize("declares", ["nothing", "degrees"])
def test_undeclared_metres_are_refused_and_the_zones_that_fit_are_named(county, declares):
    folder, path = check(county, "roads.shp")
    write_roads(path, "EPSG:4326", in_metres("EPSG:4543"), driver="ESRI Shapefile")
    if declares == "nothing":
        path.with_suffix(".prj").unlink()
    (defect,) = check_county(folder).defects
    assert defect.code == ("crs-missing" if declares == "nothing" else "crs")
    assert "EPSG:4543" in defect.fix
    assert "EPSG:4542" not in defect.fix


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


def in_datum(county, datum, *names):
    """Write the toy county with the positions of ``names`` in ``datum``."""
    for name in names:
        header, *rows = [line.split(",") for line in getattr(county, name).splitlines()]
        at = header.index("lon")
        for row in rows:
            lon, lat = from_wgs84(float(row[at]), float(row[at + 1]), datum)
            row[at : at + 2] = [f"{lon:.9f}", f"{lat:.9f}"]
        setattr(county, name, "\n".join(",".join(row) for row in [header, *rows]) + "\n")


def shift_features(features, datum):
    """Move the vertices of GeoJSON features."""
    for feature in features:
        xy = np.array(feature["geometry"]["coordinates"])
        moved = np.stack(from_wgs84(xy[..., 0], xy[..., 1], datum), axis=-1)
        feature["geometry"]["coordinates"] = moved.tolist()


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_county_in_a_phone_maps_datum_is_converted_in_every_layer(county, datum):
    plain = check_county(county.write()).county
    in_datum(county, datum, "townships", "villages", "sites")
    shift_features(county.roads, datum)
    shift_features(county.boundary, datum)
    county.swap("manifest", 'datum = "WGS84"', f'datum = "{datum}"')
    report = check_county(county.write())
    assert report.defects == ()
    for name in ("townships", "villages", "sites"):
        for before, after in zip(getattr(plain, name), getattr(report.county, name), strict=True):
            assert (after.lon, after.lat) == pytest.approx((before.lon, before.lat), abs=2e-9)
    for before, after in zip(plain.roads, report.county.roads, strict=True):
        assert shapely.hausdorff_distance(before.geometry, after.geometry) < 1e-10
    assert set(report.facts.conversions.values()) == {datum.value}
    assert len(report.facts.conversions) == 5
    assert f"villages: converted from {datum} to WGS84 on reading" in report.lines()
    assert report.county.digest != plain.digest


def test_one_layer_may_have_a_datum_of_its_own(county):
    in_datum(county, Datum.GCJ02, "villages")
    county.swap("manifest", '"villages.csv"\n', '"villages.csv"\ndatum = "GCJ-02"\n')
    report = check_county(county.write())
    assert report.defects == ()
    assert report.facts.conversions == {"villages": "GCJ-02"}
    assert report.county.villages[0].lon == pytest.approx(102.102, abs=1e-8)
    assert report.county.townships[0].lon == 102.1


def test_a_layer_with_an_unknown_datum_is_one_line(county):
    county.swap("manifest", '"villages.csv"\n', '"villages.csv"\ndatum = "Mars"\n')
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.column, defect.value) == ("datum", "layers.villages.datum", "Mars")


def test_a_point_out_of_place_in_gcj02_says_that_its_numbers_were_converted(county):
    county.swap("villages", "102.110000,35.702000", "103.110000,35.702000")
    in_datum(county, Datum.GCJ02, "townships", "villages", "sites")
    county.swap("manifest", 'datum = "WGS84"', 'datum = "GCJ-02"')
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.value) == ("outside", "103.11, 35.702 in WGS84")


def test_metres_in_a_table_are_refused_and_the_zones_that_fit_are_named(county):
    to_zone = Transformer.from_crs("EPSG:4326", "EPSG:4543", always_xy=True)
    header, *rows = [line.split(",") for line in county.townships.splitlines()]
    for row in rows:
        row[3:5] = [f"{metres:.1f}" for metres in to_zone.transform(float(row[3]), float(row[4]))]
    county.townships = "\n".join(",".join(row) for row in [header, *rows]) + "\n"
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.file) == ("range", "townships.csv")
    assert "EPSG:4543" in defect.fix


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
