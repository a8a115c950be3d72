"""Each broken input gives exactly one line, which names file, row, column, value and fix."""

from __future__ import annotations

import pytest
from geodata_toy import polygon, road

from planner.errors import Severity
from planner.geodata import check_county

STATIONS = "../../stations/toy.csv"


def only(county):
    """The one defect of a county; a broken county is never built."""
    report = check_county(county.write())
    assert len(report.defects) == 1, [defect.line() for defect in report.defects]
    (defect,) = report.defects
    assert defect.fix
    assert defect.message
    assert (report.county is None) == (defect.severity is Severity.ERROR)
    return defect


def place(defect):
    return defect.code, defect.file, defect.row, defect.column, defect.value


# (what is spoilt, text replaced, by, code, file, row, column, value, word in the message, word in the fix)
CELLS = [
    ("villages", "630225100201,东街村", "630225100200,东街村", "duplicate-code", "villages.csv", 4, "code",
     "630225100200", "row 3 (西街村)", "delete"),
    ("townships", "630225101,", "630225100,", "duplicate-code", "townships.csv", 3, "code", "630225100",
     "row 2 (积石镇)", "delete"),
    ("sites", "S005", "S001", "duplicate-id", STATIONS, 6, "site_id", "S001", "row 2 (积石邮政所)", "delete"),
    ("villages", "加入村,630225101", "加入村,630225100", "township-not-prefix", "villages.csv", 5, "township_code",
     "630225100", "加入村", "630225101"),
    ("villages", "102.110000,35.702000", "35.702000,102.110000", "swapped", "villages.csv", 3, "lon, lat",
     "35.702, 102.11", "西街村", "exchange"),
    ("townships", "102.300000,35.700000", "35.700000,102.300000", "swapped", "townships.csv", 4, "lon, lat",
     "35.7, 102.3", "道帏藏族乡", "exchange"),
    ("villages", "102.110000,35.702000", "103.110000,35.702000", "outside", "villages.csv", 3, "lon, lat",
     "103.11, 35.702", "64.3 km outside", "correct"),
    ("townships", "102.200000,35.700000", "102.200000,36.700000", "outside", "townships.csv", 3, "lon, lat",
     "102.2, 36.7", "白庄镇", "correct"),
    ("sites", "102.210500,35.701000", "102.410500,35.701000", "outside", STATIONS, 5, "lon, lat",
     "102.41, 35.701", "加入村委会", "correct"),
    ("villages", "102.110000,35.702000", "402.110000,35.702000", "range", "villages.csv", 3, "lon, lat",
     "402.11, 35.702", "西街村", "degrees"),
    ("villages", "630225100200,西街村", "63022510020,西街村", "code-length", "villages.csv", 3, "code", "63022510020",
     "11 digits", "full code"),
    ("villages", "630225101200,加入村", "6.30225E+11,加入村", "code-scientific", "villages.csv", 5, "code",
     "6.30225E+11", "scientific notation", "text"),
    ("villages", "630225101200,加入村", "630225101200.0,加入村", "code-number", "villages.csv", 5, "code",
     "630225101200.0", "decimal", "630225101200"),
    ("villages", "630225101200,加入村", "63022510120O,加入村", "code-digits", "villages.csv", 5, "code",
     "63022510120O", "12 digits", "digits only"),
    ("sites", ",,630225101,,", ",,6302251,,", "code-length", STATIONS, 4, "township_code", "6302251", "7 digits",
     "full code"),
    ("villages", "630225100200,西街村,630225100", "630226100200,西街村,630226100", "wrong-county", "villages.csv", 3,
     "code", "630226100200", "630225", "correct the code"),
    ("villages", "35.702000,900", "35.702000,-900", "negative", "villages.csv", 3, "population", "-900", "negative",
     "0 or more"),
    ("villages", "35.702000,900", "35.702000,约900人", "not-a-number", "villages.csv", 3, "population", "约900人",
     "西街村", "digits"),
    ("villages", "102.110000", "NaN", "not-finite", "villages.csv", 3, "lon", "NaN", "西街村", "decimal degrees"),
    ("villages", "102.110000", "inf", "not-finite", "villages.csv", 3, "lon", "inf", "西街村", "decimal degrees"),
    ("villages", "102.110000", "1e999", "not-finite", "villages.csv", 3, "lon", "1e999", "西街村", "decimal degrees"),
    ("villages", "102.110000", "102°06′36″", "not-a-number", "villages.csv", 3, "lon", "102°06′36″", "西街村",
     "decimal degrees"),
    ("villages", "西街村", "", "empty-cell", "villages.csv", 3, "name", None, "empty", "fill"),
    ("villages", "西街村,630225100,administrative_village", "西街村,630225100,village", "unknown-choice",
     "villages.csv", 3, "kind", "village", "西街村", "administrative_village, residents_committee"),
    ("sites", "S003,白庄供销社,supply_coop", "S003,白庄供销社,coop", "unknown-choice", STATIONS, 4, "host", "coop",
     "白庄供销社", "supply_coop"),
    ("sites", "S003,白庄供销社,supply_coop,retrofit,township,", "S003,白庄供销社,supply_coop,retrofit,township,village",
     "existing-tier", STATIONS, 4, "existing_tier", "village", "白庄供销社", "existing"),
    ("sites", "existing,county,township", "existing,county,", "existing-tier", STATIONS, 2, "existing_tier", None,
     "积石邮政所", "today"),
    ("sites", "existing,township,village", "existing,township,county", "existing-tier", STATIONS, 6, "existing_tier",
     "county", "道帏客运站", "raise max_tier"),
    ("sites", ",630225101,630225101200", ",630225101,630225101999", "unknown-code", STATIONS, 5, "village_code",
     "630225101999", "villages.csv lacks", "correct it"),
    ("sites", ",630225101,630225101200", ",630225100,630225101200", "township-not-prefix", STATIONS, 5,
     "township_code", "630225100", "加入村委会", "630225101"),
    ("sites", ",,630225101,,", ",,630225109,,", "unknown-code", STATIONS, 4, "township_code", "630225109",
     "townships.csv lacks", "correct it"),
    ("sites", "existing,county,township", "existing,township,township", "no-county-site", STATIONS, None, "max_tier",
     None, "county centre", "max_tier"),
    ("villages", "35.702000,900,\n", "35.702000,900\n", "ragged-row", "villages.csv", 3, None, None, "7 cells under 8",
     "comma"),
    ("villages", "西街村", "西街,村", "ragged-row", "villages.csv", 3, None, None, "9 cells under 8", "double quotes"),
    ("villages", "西街村", '"西街村', "csv", "villages.csv", 3, None, None, "cells", "quote"),
    ("manifest", 'datum = "WGS84"', 'datum = "Mars"', "datum", "county.toml", None, "datum", "Mars",
     "not a known datum", "GCJ-02"),
    ("manifest", 'datum = "WGS84"\n', "", "missing-key", "county.toml", None, "datum", None, "missing", "WGS84"),
    ("manifest", 'code = "630225"', "code = 630225", "code-type", "county.toml", None, "code", "630225", "number",
     "quotes"),
    ("manifest", 'code = "630225"', 'code = "63025"', "code-length", "county.toml", None, "code", "63025", "6 digits",
     "GB/T 2260"),
    ("manifest", 'code = "630225"', 'code = "630226"', "wrong-county", "county.toml", None, "code", "630226",
     "630225", "630225"),
    ("manifest", "EPSG:32648", "EPSG:4326", "metric-crs", "county.toml", None, "metric_crs", "EPSG:4326",
     "not projected", "EPSG:32648"),
    ("manifest", "EPSG:32648", "EPSG:3857", "metric-crs", "county.toml", None, "metric_crs", "EPSG:3857",
     "stretches lengths", "EPSG:32648"),
    ("manifest", "EPSG:32648", "EPSG:2225", "metric-crs", "county.toml", None, "metric_crs", "EPSG:2225",
     "not in metres", "EPSG:32648"),
    ("manifest", "EPSG:32648", "UTM 48", "metric-crs", "county.toml", None, "metric_crs", "UTM 48", "not a known",
     "EPSG:32648"),
    ("manifest", '"villages.csv"', '"village.csv"', "missing-file", "village.csv", None, None, None, "does not exist",
     "layers.villages.file"),
    ("manifest", '"villages.csv"', '"../../../villages.csv"', "outside-folder", "county.toml", None,
     "layers.villages.file", "../../../villages.csv", "leads out", "copy"),
    ("manifest", '"villages.csv"', '"/etc/passwd"', "outside-folder", "county.toml", None, "layers.villages.file",
     "/etc/passwd", "leads out", "copy"),
    ("manifest", 'datum = "WGS84"', "datum = WGS84", "toml", "county.toml", 3, None, None, "TOML", "correct"),
    ("manifest", 'file = "boundary.geojson"\nprovenance = "synthetic"',
     'file = "boundary.geojson"\nprovenance = "guess"', "unknown-choice", "county.toml", None,
     "layers.boundary.provenance", "guess", "provenance", "real, derived, synthetic"),
]  # fmt: skip


@pytest.mark.parametrize("case", CELLS, ids=[f"{case[3]}-{case[0]}-{case[6]}-{case[2][:12]}" for case in CELLS])
def test_one_spoilt_text_gives_one_line(county, case):
    layer, old, new, code, file, row, column, value, message, fix = case
    county.swap(layer, old, new)
    defect = only(county)
    assert place(defect) == (code, file, row, column, value)
    assert message in defect.message
    assert fix in defect.fix
    assert defect.line().count("\n") == 0
    assert defect.severity is Severity.ERROR


def test_a_missing_column_is_one_line_and_no_row_is_blamed(county):
    county.villages = "\n".join(_without(line, 6) for line in county.villages.splitlines())
    defect = only(county)
    assert place(defect) == ("missing-column", "villages.csv", 1, "population", None)
    assert "add a column called population" in defect.fix


@pytest.mark.parametrize("column", ["code", "township_code", "lon"])
def test_a_missing_key_column_stops_no_other_file(county, column):
    position = ["code", "name", "township_code", "kind", "lon", "lat"].index(column)
    county.villages = "\n".join(_without(line, position) for line in county.villages.splitlines())
    assert place(only(county)) == ("missing-column", "villages.csv", 1, column, None)


@pytest.mark.parametrize("header", ["代码,村名,乡镇,类型,经度,纬度,人口,优先", ""])
def test_a_header_in_other_words_or_none_at_all_is_one_line(county, header):
    rows = county.villages.splitlines()
    county.villages = "\n".join([header, *rows[1:]] if header else rows[1:])
    defect = only(county)
    assert place(defect) == ("missing-column", "villages.csv", 1, None, None)
    assert "code,name,township_code" in defect.fix


def test_a_column_that_stands_twice_is_one_line(county):
    county.villages = "\n".join(f"{line},{line.split(',')[1]}" for line in county.villages.splitlines())
    defect = only(county)
    assert place(defect) == ("duplicate-column", "villages.csv", 1, "name", None)
    assert "columns 2 and 9" in defect.message


def _without(line, position):
    cells = line.split(",")
    return ",".join(cells[:position] + cells[position + 1 :])


WARNINGS = [
    ("villages", "630225100200,西街村", "630225100100,西街村", "kind-segment", "villages.csv", 3, "kind", "200–399"),
    ("villages", "630225100001,城东社区", "630225100401,城东社区", "kind-segment", "villages.csv", 2, "kind",
     "001–199"),
    ("villages", "key_county|poverty", "key_county|poor", "unknown-priority", "villages.csv", 4, "priority", "poor"),
    ("villages", "102.120000,35.703000", "102.110300,35.702000", "close-villages", "villages.csv", 4, "lon, lat",
     "27 m from row 3 (西街村)"),
    ("sites", "retrofit,township,,630225101", "retrofit,village,,630225101", "township-without-site", STATIONS, None,
     "max_tier", "白庄镇"),
    ("manifest", 'licence = "none"', 'license = "none"', "unknown-key", "county.toml", None,
     "layers.boundary.license", "left unread"),
]  # fmt: skip


@pytest.mark.parametrize("case", WARNINGS, ids=[f"{case[3]}-{case[0]}-{case[5]}" for case in WARNINGS])
def test_what_is_odd_but_possible_is_a_warning(county, case):
    layer, old, new, code, file, row, column, message = case
    county.swap(layer, old, new)
    for site_code in (("630225100200", "630225100100"), ("630225100001", "630225100401")):
        if site_code[0] in old:
            county.sites = county.sites.replace(*site_code)
    defect = only(county)
    assert (defect.code, defect.file, defect.row, defect.column) == (code, file, row, column)
    assert message in defect.message
    assert defect.severity is Severity.WARNING


def test_a_township_without_villages_is_a_warning(county):
    rows = county.villages.splitlines()
    county.villages = "\n".join(row for row in rows if "630225200" not in row)
    county.sites = county.sites.replace("630225200200", "")
    defect = only(county)
    assert (defect.code, defect.file, defect.row) == ("township-without-village", "townships.csv", 4)
    assert "道帏藏族乡" in defect.message


def test_a_township_that_is_missing_gives_one_line_a_file_however_many_villages_it_had(county):
    county.townships = "\n".join(row for row in county.townships.splitlines() if "630225101" not in row)
    defects = check_county(county.write()).defects
    assert [(defect.code, defect.file, defect.row) for defect in defects] == [
        ("unknown-code", "villages.csv", 5),
        ("unknown-code", STATIONS, 4),
    ]
    assert "加入村 and 1 more rows" in defects[0].message


def test_a_whole_file_with_swapped_coordinates_gives_one_line(county):
    county.swap("villages", "lon,lat", "lat,lon")
    defect = only(county)
    assert (defect.code, defect.file, defect.row, defect.column) == ("swapped", "villages.csv", 1, "lon, lat")
    assert "all 7 rows" in defect.message


def test_a_whole_file_in_metres_gives_one_line(county):
    county.villages = county.villages.replace(",102.", ",1102").replace(",35.", ",3935")
    defect = only(county)
    assert (defect.code, defect.file, defect.row) == ("range", "villages.csv", 2)
    assert "metres" in defect.message


def test_codes_all_rounded_by_a_spreadsheet_give_one_line(county):
    rows = county.villages.splitlines()
    county.villages = "\n".join([rows[0], *("6.30225E+11" + row[12:] for row in rows[1:])])
    defect = only(county)
    assert (defect.code, defect.row, defect.column) == ("code-scientific", 2, "code")
    assert "all 7 rows" in defect.message


def test_rows_that_are_all_a_cell_too_long_give_one_line(county):
    header, *rows = county.villages.splitlines()
    county.villages = "\n".join([header, *(f"{row}," for row in rows)])
    defect = only(county)
    assert (defect.code, defect.row) == ("ragged-row", 2)
    assert "all 7 rows" in defect.message


def test_the_boundary_of_another_county_gives_one_line(county):
    county.boundary = [polygon(100.0, 30.0, 101.0, 31.0)]
    defect = only(county)
    assert (defect.code, defect.file) == ("outside", "boundary.geojson")


def test_rows_are_counted_as_a_spreadsheet_shows_them(county):
    county.swap("villages", "630225100200,西街村", '\n630225100200,"西街\n村"')
    county.swap("villages", "35.703000,800", "35.703000,-800")
    defect = only(county)
    assert (defect.row, defect.column) == (5, "population")


def test_an_empty_row_is_no_defect(county):
    county.villages = county.villages.replace("\n630225101200", "\n,,,,,,,\n\n630225101200")
    assert check_county(county.write()).defects == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("\n\n", "is empty"), ("code,name,township_code,kind,lon,lat,population\n", "no rows")],
)
def test_an_empty_table_is_one_line(county, text, message):
    county.villages = text
    county.sites = county.sites.replace("630225100001", "").replace("630225100200", "")
    county.sites = county.sites.replace("630225101200", "").replace("630225200200", "")
    defect = only(county)
    assert (defect.code, defect.file) == ("empty-file", "villages.csv")
    assert message in defect.message


def test_other_rows_and_columns_are_still_checked_beside_a_missing_column(county):
    county.villages = "\n".join(_without(line, 6) for line in county.villages.splitlines())
    county.swap("villages", "102.110000", "103.110000")
    defects = check_county(county.write()).defects
    assert [(defect.code, defect.row) for defect in defects] == [("missing-column", 1), ("outside", 3)]


def test_many_defects_come_in_one_report_in_order_of_file_and_row(county):
    county.swap("townships", "102.200000,35.700000", "35.700000,102.200000")
    county.swap("villages", "加入村,630225101", "加入村,630225100")
    county.swap("villages", "630225100201,东街村", "630225100200,东街村")
    county.swap("villages", "102.320000", "103.320000")
    county.swap("sites", "host,", "landlord,")
    county.roads_crs = "urn:ogc:def:crs:EPSG::32648"
    report = check_county(county.write())
    assert [(defect.code, defect.file, defect.row) for defect in report.errors] == [
        ("swapped", "townships.csv", 3),
        ("duplicate-code", "villages.csv", 4),
        ("township-not-prefix", "villages.csv", 5),
        ("outside", "villages.csv", 8),
        ("crs", "roads.geojson", None),
        ("missing-column", STATIONS, 1),
    ]
    assert [(defect.code, defect.column) for defect in report.warnings] == [("unknown-column", "landlord")]
    assert report.county is None
    assert len(report.lines()) == 8


def test_a_missing_layer_is_one_line(county):
    county.manifest = county.manifest[: county.manifest.index("[layers.sites]")]
    defect = only(county)
    assert (defect.code, defect.column) == ("missing-layer", "layers.sites")


def test_roads_with_the_fields_of_another_table_name_every_missing_one(county):
    for feature in county.roads:
        del feature["properties"]["surface"]
    defect = only(county)
    assert (defect.code, defect.file, defect.column) == ("missing-column", "roads.geojson", "surface")


def test_a_road_of_unknown_class_names_what_is_allowed(county):
    county.roads[1]["properties"]["road_class"] = "motorway"
    defect = only(county)
    assert place(defect) == ("unknown-choice", "roads.geojson", 2, "road_class", "motorway")
    assert "national_provincial" in defect.fix


def test_a_road_id_used_twice_names_both(county):
    county.roads[2]["properties"]["road_id"] = "R1"
    defect = only(county)
    assert place(defect) == ("duplicate-id", "roads.geojson", 3, "road_id", "R1")
    assert "row 1 (循白路)" in defect.message


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "empty-geometry"),
        ({"type": "LineString", "coordinates": []}, "empty-geometry"),
        ({"type": "Point", "coordinates": [102.3, 35.7]}, "not-a-line"),
        ({"type": "LineString", "coordinates": [[102.3, 35.7], [102.3, 35.7]]}, "invalid-line"),
        ({"type": "LineString", "coordinates": [[35.7, 102.3], [35.702, 102.32]]}, "swapped"),
        ({"type": "LineString", "coordinates": [[102.3, 35.7], [102.31, 135.7]]}, "range"),
    ],
)
def test_a_road_that_cannot_be_drawn_is_one_line(county, geometry, code):
    county.roads[2]["geometry"] = geometry
    defect = only(county)
    assert (defect.code, defect.file, defect.row) == (code, "roads.geojson", 3)
    assert "石头坡路" in defect.message


def test_a_road_of_several_parts_becomes_several_roads(county):
    parts = [[[102.30, 35.70], [102.31, 35.70]], [[102.31, 35.70], [102.32, 35.702]]]
    county.roads[2] = road("R3", parts, "石头坡路", "village", "MultiLineString")
    built = check_county(county.write()).county
    assert [stretch.road_id for stretch in built.roads] == ["R1", "R2", "R3-1", "R3-2"]


def test_parts_whose_ids_would_repeat_another_are_refused(county):
    parts = [[[102.30, 35.70], [102.31, 35.70]], [[102.31, 35.70], [102.32, 35.702]]]
    county.roads[2] = road("R3", parts, kind="MultiLineString")
    county.roads[1]["properties"]["road_id"] = "R3-2"
    defect = only(county)
    assert place(defect) == ("duplicate-id", "roads.geojson", 3, "road_id", "R3")


def test_roads_that_do_not_join_are_a_warning_with_their_length(county):
    county.roads[2] = road("R3", [[102.301, 35.70], [102.32, 35.702]])
    defect = only(county)
    assert (defect.code, defect.file, defect.severity) == ("road-parts", "roads.geojson", Severity.WARNING)
    assert "2 unconnected parts, 1.7 km" in defect.message


def test_roads_of_another_county_are_one_line(county):
    county.roads = [road("R1", [[110.1, 30.7], [110.2, 30.7]])]
    assert only(county).code == "outside"


def test_roads_all_swapped_are_one_line(county):
    for feature in county.roads:
        feature["geometry"]["coordinates"] = [[y, x] for x, y in feature["geometry"]["coordinates"]]
    defect = only(county)
    assert (defect.code, defect.row) == ("swapped", None)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "LineString", "coordinates": [[102.0, 35.6], [102.4, 35.8]]}, "not-a-polygon"),
        ({"type": "Polygon", "coordinates": [[[102, 35.6], [102.4, 35.8], [102.4, 35.6], [102, 35.8], [102, 35.6]]]},
         "invalid-polygon"),
        ({"type": "Polygon", "coordinates": [[[35.6, 102], [35.6, 102.4], [35.8, 102.4], [35.8, 102], [35.6, 102]]]},
         "swapped"),
        (None, "empty-geometry"),
    ],
)  # fmt: skip
def test_a_boundary_that_encloses_nothing_is_one_line(county, geometry, code):
    county.boundary[0]["geometry"] = geometry
    defect = only(county)
    assert (defect.code, defect.file, defect.row) == (code, "boundary.geojson", 1)


def test_a_boundary_in_two_polygons_is_joined_with_a_warning(county):
    county.boundary = [polygon(east=102.2), polygon(west=102.2)]
    assert only(county).code == "many-polygons"


def test_a_vector_file_that_is_none_is_one_line(county):
    folder = county.write()
    (folder / "roads.geojson").write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("vector", "roads.geojson")
    assert str(folder) not in defect.line()


def test_a_vector_file_without_features_is_one_line(county):
    county.roads = []
    assert only(county).code == "empty-file"


def test_numbers_and_missing_fields_of_roads_are_read_as_text(county):
    county.roads[0]["properties"]["road_id"] = 1
    county.roads[1]["properties"]["road_id"] = 2
    county.roads[2]["properties"] |= {"road_id": 3, "name": None, "oneway": True}
    built = check_county(county.write()).county
    assert [(stretch.road_id, stretch.name, stretch.oneway) for stretch in built.roads] == [
        ("1", "循白路", False),
        ("2", "白道路", False),
        ("3", "", True),
    ]
