"""Damaged maps: shapefiles, GeoPackages, GeoJSON, KML, GeoParquet, and what they draw."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import shapely
from broken_bases import ROADS, VILLAGES, RawFiles
from broken_files import without_part, write_kml, write_layer, write_parquet
from broken_harness import Catalogue
from toy import polygon

CASES = Catalogue()
case = CASES.case

SHP = {"driver": "ESRI Shapefile"}
GPKG = {"driver": "GPKG"}
POINTS = [shapely.Point(float(row[3]), float(row[4])) for row in VILLAGES[1:]]
LINES = [shapely.LineString(line) for *_, line in ROADS]


def drawn(folder: Path, role: str, geometry: object, number: int = 0) -> list[str]:
    """The import with the geometry of one feature of a GeoJSON file replaced."""
    raw = RawFiles(folder)
    features = raw.features(role)
    features[number]["geometry"] = geometry
    raw.put(role, features)
    return raw.arguments()


def text_of(folder: Path, role: str, text: str) -> list[str]:
    """The import with ``text`` as the file of ``role``."""
    raw = RawFiles(folder)
    raw.path(role).write_text(text, "utf-8")
    return raw.arguments()


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [list(corner) for corner in (*corners, corners[0])]


# -- files ---------------------------------------------------------------------------------------------------------


@case("shapefile-part", "lacks its .shx file, the index of its shapes", "villages.shp")
def shapefile_without_its_index(folder):
    raw = RawFiles(folder)
    without_part(raw.villages_as("villages.shp", **SHP), ".shx")
    return raw.arguments()


@case("shapefile-part", "lacks its .dbf file, the table of its fields", "villages.shp")
def shapefile_without_its_table(folder):
    raw = RawFiles(folder)
    without_part(raw.villages_as("villages.shp", **SHP), ".dbf")
    return raw.arguments()


@case("crs", "holds coordinates such as 1021000, 357000: metres or another unit,", "roads.shp")
def shapefile_without_its_system_in_metres(folder):
    raw = RawFiles(folder)
    path = raw.rename("roads", "roads.shp")
    metres = [shapely.transform(line, lambda xy: xy * 10_000) for line in LINES]
    write_layer(path, {"class": ["国道", "县道", "村道"]}, metres, "LineString", **SHP)
    without_part(path, ".prj")
    return raw.arguments()


@case("vector", "cannot be read as a shapefile: its .dbf breaks off after record 5 of 6", "villages.shp")
def shapefile_whose_table_is_cut_off(folder):
    raw = RawFiles(folder)
    table = raw.villages_as("villages.shp", **SHP).with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-200])
    return raw.arguments()


@case(
    "vector",
    "cannot be read as a shapefile: its .dbf breaks off after record 0 of",
    "villages.shp",
    alike="shapefile_whose_table_is_cut_off",
)
def shapefile_whose_table_is_nonsense(folder):
    raw = RawFiles(folder)
    raw.villages_as("villages.shp", **SHP).with_suffix(".dbf").write_bytes(bytes(range(256)) * 4)
    return raw.arguments()


@case("vector", "cannot be read as a shapefile: it breaks off after 150 of 268 bytes", "villages.shp")
def shapefile_cut_off(folder):
    raw = RawFiles(folder)
    path = raw.villages_as("villages.shp", **SHP)
    path.write_bytes(path.read_bytes()[:150])
    return raw.arguments()


@case("vector", "is not a shapefile, though its name says so", "villages.shp")
def shapefile_that_is_none(folder):
    raw = RawFiles(folder)
    raw.villages_as("villages.shp", **SHP).write_text("none", "utf-8")
    return raw.arguments()


@case("encoding", "has texts neither in UTF-8 nor in GBK", "villages.shp", 1, "name")
def shapefile_in_gbk_or_something_else(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.shp")
    columns = {"name": ["Rue Été", "Façade", "Müller", "Señor", "Ångström", "Crème"], "pop": ["1"] * 6}
    write_layer(path, columns, POINTS, encoding="ISO-8859-1", **SHP)
    without_part(path, ".cpg")
    return raw.arguments()


@case("encoding", "could be UTF-8 or GBK: its bytes fit both", "villages.shp", 1, "name")
def shapefile_that_fits_two_encodings(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.shp")
    write_layer(path, {"name": ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"], "pop": ["1"] * 6}, POINTS, **SHP)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"aaaa", b"\xc4\xa3\xc4\xa3"))  # 模模 in GBK, ģģ in UTF-8
    without_part(path, ".cpg")
    return raw.arguments()


@case("many-layers", "holds several layers: 国省道 (3), 农村公路 (3)", "roads.gpkg")
def geopackage_of_two_layers(folder):
    raw = RawFiles(folder)
    path = raw.rename("roads", "roads.gpkg")
    for layer, append in (("国省道", False), ("农村公路", True)):
        write_layer(path, {"class": ["国道", "县道", "村道"]}, LINES, "LineString", layer=layer, append=append, **GPKG)
    return raw.arguments()


@case("no-layer", "has no layer called '国省道'", "roads.gpkg")
def layer_that_is_not_there(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.gpkg", **GPKG)
    raw.more = ["--layer", "roads=国省道"]
    return raw.arguments()


@case("vector", "cannot be read as a vector file: database disk image is malformed", "roads.gpkg")
def geopackage_cut_off(folder):
    raw = RawFiles(folder)
    path = raw.roads_as("roads.gpkg", **GPKG)
    path.write_bytes(path.read_bytes()[:30_000])
    return raw.arguments()


@case(
    "vector",
    "cannot be read as a vector file: database disk image is malformed",
    "roads.gpkg",
    alike="geopackage_cut_off",
)
def geopackage_of_a_header_only(folder):
    raw = RawFiles(folder)
    path = raw.roads_as("roads.gpkg", **GPKG)
    path.write_bytes(path.read_bytes()[:100])
    return raw.arguments()


@case("vector", "is not a GeoPackage, though its name says so", "roads.gpkg")
def geopackage_that_is_none(folder):
    raw = RawFiles(folder)
    raw.rename("roads", "roads.gpkg").write_text("none", "utf-8")
    return raw.arguments()


@case("vector", "cannot be read as GeoJSON: line 1", "roads.geojson")
def geojson_cut_off(folder):
    raw = RawFiles(folder)
    raw.path("roads").write_text(raw.path("roads").read_text("utf-8")[:400], "utf-8")
    return raw.arguments()


@case("vector", "cannot be read as a vector file: it is not GeoJSON", "roads.geojson")
def geojson_that_is_a_web_page(folder):
    return text_of(folder, "roads", "<html><body>404 Not Found</body></html>")


@case("vector", "cannot be read as a vector file: Failed to read TopoJSON data", "roads.geojson")
def geojson_that_is_another_json(folder):
    return text_of(folder, "roads", '{"type": "Topology", "objects": {}, "arcs": []}')


@case("empty-file", "holds no features", "roads.geojson")
def geojson_without_features(folder):
    return text_of(folder, "roads", '{"type": "FeatureCollection", "features": []}')


@case("vector", "cannot be read as GeoJSON: it is nested too deeply", "roads.geojson")
def geojson_of_endless_brackets(folder):
    return text_of(folder, "roads", '{"type":"FeatureCollection","features":' + "[" * 200_000)


@case("empty-file", "holds no features", "villages.kml", alike="geojson_without_features")
def kml_without_placemarks(folder):
    raw = RawFiles(folder)
    write_kml(raw.rename("villages", "villages.kml"), [], {})
    return raw.arguments()


@case("vector", "cannot be read as KML: unclosed token", "villages.kml")
def kml_cut_off(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.kml")
    write_kml(path, [("加入村", 102.21, 35.701)] * 3, {"人口": ["700"] * 3})
    path.write_text(path.read_text("utf-8")[:300], "utf-8")
    return raw.arguments()


@case("vector", "cannot be read as KML: it holds an XML document type, which no map", "villages.kml")
def kml_with_entities(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.kml")
    path.write_text('<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>', "utf-8")
    return raw.arguments()


@case("vector", "cannot be read as KML: its outermost element is <html>, not <kml>", "villages.kml")
def kml_that_is_a_web_page(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.kml").write_text("<html><body>moved</body></html>", "utf-8")
    return raw.arguments()


@case("unknown-format", "is a zipped KML file", "villages.kmz")
def kmz(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.kmz").write_bytes(b"PK\x03\x04" + bytes(100))
    return raw.arguments()


@case("vector", "cannot be read as a vector file: Parquet magic bytes not found in", "roads.parquet")
def parquet_cut_off(folder):
    raw = RawFiles(folder)
    path = raw.rename("roads", "roads.parquet")
    write_parquet(path, {"class": ["国道", "县道", "村道"]}, LINES, "LineString")
    path.write_bytes(path.read_bytes()[:-20])
    return raw.arguments()


@case("no-geometry", "is a table without geometry", "roads.parquet")
def parquet_without_geometry(folder):
    raw = RawFiles(folder)
    write_parquet(raw.rename("roads", "roads.parquet"), {"道路等级": ["国道", "县道", "村道"]}, None, "")
    return raw.arguments()


@case("vector", "is not a Parquet file, though its name says so", "roads.parquet")
def parquet_that_is_a_text_table(folder):
    raw = RawFiles(folder)
    raw.rename("roads", "roads.parquet").write_text("class\n国道\n", "utf-8")
    return raw.arguments()


@case("unknown-format", "is a text document", "villages.docx")
def word_document(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.docx").write_bytes(b"PK\x03\x04" + bytes(100))
    return raw.arguments()


@case("unknown-format", "is of no kind that is read", "villages.dat")
def file_of_no_known_kind(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.dat").write_text("none", "utf-8")
    return raw.arguments()


# -- reference systems ---------------------------------------------------------------------------------------------


@case("datum-missing", "holds coordinates and does not say in which datum", "villages.csv")
def datum_not_declared(folder):
    raw = RawFiles(folder)
    del raw.options["--datum"]
    raw.more = ["--datum", "townships=WGS84", "--datum", "stations=WGS84"]
    return raw.arguments()


@case("crs", "is in EPSG:4610 (Xian 1980): no public transformation from Xian 1980 to", "roads.gpkg")
def xian80(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.gpkg", crs="EPSG:4610", **GPKG)
    return raw.arguments()


@case("crs", "is in EPSG:4214 (Beijing 1954): no public transformation from Beijing", "roads.shp")
def beijing54(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.shp", crs="EPSG:4214", **SHP)
    return raw.arguments()


@case("crs", "is in our own grid, on neither WGS84 nor CGCS2000", "roads.shp")
def system_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.shp", **SHP).with_suffix(".prj").write_text('LOCAL_CS["our own grid"]', "utf-8")
    return raw.arguments()


@case("crs", "declares a coordinate reference system in bytes that are no text", "roads.shp")
def system_that_is_no_text(folder):
    raw = RawFiles(folder)
    system = raw.roads_as("roads.shp", **SHP).with_suffix(".prj")
    system.write_bytes(system.read_bytes().replace(b"WGS", b"\xff\xfe\xfd", 1))
    return raw.arguments()


@case("crs", "names an unknown coordinate reference system:", "roads.geojson")
def system_with_an_unknown_number(folder):
    raw = RawFiles(folder)
    raw.put("roads", raw.features("roads"), crs="urn:ogc:def:crs:EPSG::999999")
    return raw.arguments()


@case("crs", "declares EPSG:4544 (CGCS2000 / 3-degree Gauss-Kruger CM 105E) but holds", "roads.gpkg")
def degrees_declared_as_metres(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.gpkg", crs="EPSG:4544", **GPKG)
    return raw.arguments()


@case(
    "crs",
    "holds coordinates such as 1021000, 357000: metres or another unit,",
    "roads.gpkg",
    alike="shapefile_without_its_system_in_metres",
)
def metres_declared_as_degrees(folder):
    raw = RawFiles(folder)
    path = raw.rename("roads", "roads.gpkg")
    metres = [shapely.transform(line, lambda xy: xy * 10_000) for line in LINES]
    write_layer(path, {"class": ["国道", "县道", "村道"]}, metres, "LineString", **GPKG)
    return raw.arguments()


@case("datum-unclear", "declares EPSG:4490 (China Geodetic Coordinate System 2000) in a county", "roads.gpkg")
def cgcs2000_in_a_county_of_gcj02(folder):
    raw = RawFiles(folder)
    raw.roads_as("roads.gpkg", crs="EPSG:4490", **GPKG)
    raw.options["--datum"] = "GCJ-02"
    return raw.arguments()


# -- boundary ------------------------------------------------------------------------------------------------------


@case("invalid-polygon", "the boundary is not a valid polygon: Self-intersection[102.2 35.7]", "boundary.geojson", 1)
def boundary_that_crosses_itself(folder):
    bow = ring((102.0, 35.6), (102.4, 35.8), (102.4, 35.6), (102.0, 35.8))
    return drawn(folder, "boundary", {"type": "Polygon", "coordinates": [bow]})


@case(
    "invalid-polygon", "the boundary is not a valid polygon: Hole lies outside shell[103 35.6]", "boundary.geojson", 1
)
def boundary_with_its_hole_outside(folder):
    outer = ring((102.0, 35.6), (102.4, 35.6), (102.4, 35.8), (102.0, 35.8))
    hole = ring((103.0, 35.6), (103.1, 35.6), (103.1, 35.7))
    return drawn(folder, "boundary", {"type": "Polygon", "coordinates": [outer, hole]})


@case("not-a-polygon", "the boundary is a LineString, not a polygon", "boundary.geojson", 1)
def boundary_that_is_a_line(folder):
    return drawn(folder, "boundary", {"type": "LineString", "coordinates": [[102.0, 35.6], [102.4, 35.8]]})


@case("empty-geometry", "the feature has no geometry", "boundary.geojson", 1)
def boundary_without_geometry(folder):
    return drawn(folder, "boundary", None)


@case("not-finite", "a vertex is not a number", "boundary.gpkg", 1)
def boundary_with_a_vertex_that_is_no_number(folder):
    raw = RawFiles(folder)
    path = raw.rename("boundary", "boundary.gpkg")
    outer = shapely.Polygon(ring((102.0, 35.6), (102.4, 35.625), (102.4, 35.8), (102.0, 35.8)))
    write_layer(path, {"name": ["循化"]}, [outer], "Polygon", **GPKG)
    number = struct.pack("<d", 35.625)
    assert path.read_bytes().count(number) == 1
    path.write_bytes(path.read_bytes().replace(number, struct.pack("<d", float("nan"))))
    return raw.arguments()


@case("swapped", "longitude and latitude are swapped in the boundary", "boundary.geojson", 1)
def boundary_with_its_coordinates_swapped(folder):
    raw = RawFiles(folder)
    feature = polygon()
    feature["geometry"]["coordinates"] = [[[y, x] for x, y in feature["geometry"]["coordinates"][0]]]
    raw.put("boundary", [feature])
    return raw.arguments()


@case("range", "a vertex of the boundary lies outside −180…180", "boundary.geojson", 1)
def boundary_with_a_vertex_beyond_the_globe(folder):
    corners = ring((102.0, 35.6), (102.4, 35.6), (1002.4, 35.8), (102.0, 35.8))
    return drawn(folder, "boundary", {"type": "Polygon", "coordinates": [corners]})


@case("outside", "holds none of the 12 places of the other files", "boundary.geojson")
def boundary_of_another_county(folder):
    raw = RawFiles(folder)
    raw.put("boundary", [polygon(110.0, 30.0, 110.5, 30.5)])
    return raw.arguments()


@case("no-geometry", "is a table without geometry", "boundary.csv", alike="parquet_without_geometry")
def boundary_that_is_a_table(folder):
    raw = RawFiles(folder)
    raw.rename("boundary", "boundary.csv").write_text("name\n循化\n", "utf-8")
    return raw.arguments()


# -- roads and places ----------------------------------------------------------------------------------------------


@case("not-a-line", "is a Point, not a line", "roads.geojson", 2)
def road_that_is_a_point(folder):
    return drawn(folder, "roads", {"type": "Point", "coordinates": [102.2, 35.7]}, 1)


@case("empty-geometry", "has no geometry", "roads.geojson", 2)
def road_without_geometry(folder):
    return drawn(folder, "roads", None, 1)


@case("invalid-line", "has no length: its vertices all lie in one place", "roads.geojson", 2)
def road_without_length(folder):
    return drawn(folder, "roads", {"type": "LineString", "coordinates": [[102.2, 35.7], [102.2, 35.7]]}, 1)


@case("not-finite", "has a vertex that is not a number", "roads.gpkg", 2)
def road_with_a_vertex_that_is_no_number(folder):
    raw = RawFiles(folder)
    path = raw.rename("roads", "roads.gpkg")
    lines = [LINES[0], shapely.LineString([(102.2, 35.7), (float("inf"), 35.7)]), LINES[2]]
    write_layer(path, {"class": ["国道", "县道", "村道"]}, lines, "LineString", **GPKG)
    return raw.arguments()


@case("outside", "no road touches the county", "roads.geojson")
def roads_of_another_county(folder):
    raw = RawFiles(folder)
    features = raw.features("roads")
    for feature in features:
        feature["geometry"]["coordinates"] = [[x + 8, y - 5] for x, y in feature["geometry"]["coordinates"]]
    raw.put("roads", features)
    return raw.arguments()


@case("swapped", "road R2 (白道路) has longitude and latitude swapped", "roads.geojson", 2)
def road_with_its_coordinates_swapped(folder):
    line = [[35.70, 102.20], [35.70, 102.30]]
    return drawn(folder, "roads", {"type": "LineString", "coordinates": line}, 1)


@case("range", "road R2 (白道路) has a vertex outside −180", "roads.geojson", 2)
def road_with_a_vertex_beyond_the_globe(folder):
    line = [[102.20, 35.70], [102.25, 235.70], [102.30, 35.70]]
    return drawn(folder, "roads", {"type": "LineString", "coordinates": line}, 1)


@case("unknown-word", "is no road_class that is known", "roads.geojson", 2, "道路等级")
def road_class_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.swap("roads", "县道", "天路")
    return raw.arguments()


@case("empty-cell", "has no class (1 such roads in all)", "roads.geojson", 2, "道路等级")
def road_class_left_empty(folder):
    raw = RawFiles(folder)
    raw.swap("roads", '"县道"', "null")
    return raw.arguments()


@case(
    "missing-column",
    "has no column for the class of the roads; its columns are 道路编号, 道路名称,",
    "roads.geojson",
    None,
    "road_class",
)
def roads_without_a_class(folder):
    raw = RawFiles(folder)
    text = raw.path("roads").read_text("utf-8").replace("道路等级", "备注")
    return text_of(folder, "roads", text)


@case("duplicate-id", "repeats the id of row 1", "roads.geojson", 3, "道路编号", alike="station_number_twice")
def road_number_twice(folder):
    raw = RawFiles(folder)
    raw.swap("roads", '"R3"', '"R1"')
    return raw.arguments()


@case("not-a-month", "holds a month that is not 1–12", "roads.geojson", 2, "封闭月份")
def road_closed_in_a_thirteenth_month(folder):
    raw = RawFiles(folder)
    features = raw.features("roads")
    features[1]["properties"]["封闭月份"] = "11-13"
    raw.put("roads", features)
    return raw.arguments()


@case("not-a-point", "is a LineString, not a point or an area (the same in all 6 rows)", "villages.gpkg", 1)
def villages_drawn_as_lines(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.gpkg")
    lines = [shapely.LineString([(point.x, point.y), (point.x + 0.001, point.y)]) for point in POINTS]
    write_layer(path, {"村名": [row[1] for row in VILLAGES[1:]], "人口": ["500"] * 6}, lines, "LineString", **GPKG)
    return raw.arguments()


@case("empty-geometry", "has no geometry", "villages.gpkg", 1, alike="road_without_geometry")
def one_village_without_geometry(folder):
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.gpkg")
    columns = {head: [row[i] for row in VILLAGES[1:]] for i, head in enumerate(VILLAGES[0][:3])}
    write_layer(path, {**columns, "人口": ["500"] * 6}, [None, *POINTS[1:]], **GPKG)
    return raw.arguments()


# -- what is not a file --------------------------------------------------------------------------------------------


@case("not-a-file", "is a folder, not a file", "roads.geojson")
def folder_in_place_of_a_file(folder):
    raw = RawFiles(folder)
    raw.path("roads").unlink()
    raw.path("roads").mkdir()
    return raw.arguments()


@case("not-a-file", "is a pipe, a socket or a device, not a file", "roads.geojson")
def pipe_in_place_of_a_file(folder):
    raw = RawFiles(folder)
    raw.path("roads").unlink()
    os.mkfifo(raw.path("roads"))
    return raw.arguments()


@case("missing-file", "is a link that leads in a circle", "roads.geojson")
def link_that_leads_in_a_circle(folder):
    raw = RawFiles(folder)
    raw.path("roads").unlink()
    raw.path("roads").symlink_to("roads.geojson")
    return raw.arguments()


@case("missing-file", "does not exist", "roads.geojson")
def file_that_is_not_there(folder):
    raw = RawFiles(folder)
    raw.path("roads").unlink()
    return raw.arguments()


@case("empty-geometry", "has no geometry", "roads.shp", 1, alike="road_without_geometry")
def shapes_that_say_they_are_endless(folder):
    raw = RawFiles(folder)
    path = raw.roads_as("roads.shp", **SHP)
    data = bytearray(path.read_bytes())
    data[100 + 8 + 4 + 32 + 4 : 100 + 8 + 4 + 32 + 8] = struct.pack("<i", 2_000_000_000)  # points of the first line
    path.write_bytes(bytes(data))
    return raw.arguments()
