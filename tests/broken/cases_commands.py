"""County folders with a damaged manifest or file, and command lines that make no sense or have nowhere to write."""

from __future__ import annotations

import os

from broken_bases import County, RawFiles, osm_arguments
from broken_harness import Catalogue

CASES = Catalogue()
case = CASES.case


def manifest(folder, old, new):
    """The check of the county with one text of its manifest replaced."""
    county = County(folder)
    county.swap("manifest", old, new)
    return county.arguments()


def option(folder, **options):
    """The import with options changed; None leaves one out."""
    raw = RawFiles(folder)
    for name, value in options.items():
        if value is None:
            del raw.options[f"--{name}"]
        else:
            raw.options[f"--{name}"] = value
    return raw.arguments()


# -- county folders ------------------------------------------------------------------------------------------------


@case("toml", "is not valid TOML: Invalid value (at line 3, column 9)", "county.toml", 3)
def manifest_that_is_no_toml(folder):
    return manifest(folder, 'datum = "WGS84"', "datum = WGS84")


@case("toml", "is not valid TOML: Cannot overwrite a value (at line 4, column 16)", "county.toml", 4)
def manifest_with_a_key_twice(folder):
    return manifest(folder, 'datum = "WGS84"', 'datum = "WGS84"\ndatum = "BD-09"')


@case("encoding", "is neither UTF-8, UTF-16 nor GB18030 text", "county.toml", 2, alike="gbk_with_a_broken_byte")
def manifest_in_gbk_and_damaged(folder):
    county = County(folder)
    data = county.path("manifest").read_text("utf-8").encode("gb18030")
    county.path("manifest").write_bytes(data.replace("循化".encode("gb18030"), b"\xff\xff\xff", 1))
    return county.arguments()


@case("not-a-file", "is a folder, not a file", "county.toml", alike="folder_in_place_of_a_file")
def manifest_that_is_a_folder(folder):
    county = County(folder)
    county.path("manifest").unlink()
    county.path("manifest").mkdir()
    return county.arguments()


@case("outside-folder", "leads out of the county folder and its data tree", "county.toml", None, "layers.villages.file")
def path_out_of_the_county(folder):
    return manifest(folder, '"villages.csv"', '"../../../../etc/passwd"')


@case(
    "outside-folder",
    "leads out of the county folder and its data tree",
    "county.toml",
    None,
    "layers.villages.file",
    alike="path_out_of_the_county",
)
def path_from_the_root(folder):
    return manifest(folder, '"villages.csv"', '"/etc/passwd"')


@case(
    "outside-folder",
    "leads out of the county folder and its data tree",
    "county.toml",
    None,
    "layers.villages.file",
    alike="path_out_of_the_county",
)
def link_out_of_the_county(folder):
    county = County(folder)
    county.path("villages").unlink()
    county.path("villages").symlink_to("/etc/passwd")
    return county.arguments()


@case("missing-file", "does not exist", "village.csv", alike="file_that_is_not_there")
def layer_whose_file_is_missing(folder):
    return manifest(folder, '"villages.csv"', '"village.csv"')


@case("missing-file", "is a folder, a pipe or a device, not a file", "villages.csv")
def layer_that_is_a_folder(folder):
    county = County(folder)
    county.path("villages").unlink()
    county.path("villages").mkdir()
    return county.arguments()


@case("missing-file", "is a folder, a pipe or a device, not a file", "villages.csv", alike="layer_that_is_a_folder")
def layer_that_is_a_pipe(folder):
    county = County(folder)
    county.path("villages").unlink()
    os.mkfifo(county.path("villages"))
    return county.arguments()


@case("missing-layer", "is missing", "county.toml", None, "layers.sites")
def layer_left_out(folder):
    county = County(folder)
    text = county.path("manifest").read_text("utf-8")
    county.path("manifest").write_text(text[: text.index("[layers.sites]")], "utf-8")
    return county.arguments()


@case("code-type", "is a number", "county.toml", None, "code")
def code_of_the_county_as_a_number(folder):
    return manifest(folder, 'code = "630225"', "code = 630225")


@case("code-length", "is not a county code of 6 digits", "county.toml", None, "code")
def code_of_the_county_too_short(folder):
    return manifest(folder, 'code = "630225"', 'code = "63025"')


@case("datum", "is not a known datum", "county.toml", None, "datum")
def datum_that_nobody_knows(folder):
    return manifest(folder, 'datum = "WGS84"', 'datum = "Mars"')


@case("missing-key", "is missing", "county.toml", None, "datum")
def datum_left_out(folder):
    return manifest(folder, 'datum = "WGS84"\n', "")


@case("metric-crs", "is not projected: lengths in degrees mean nothing", "county.toml", None, "metric_crs")
def lengths_in_degrees(folder):
    return manifest(folder, "EPSG:32648", "EPSG:4326")


@case("unknown-choice", "is not a known provenance", "county.toml", None, "layers.boundary.provenance")
def provenance_that_nobody_knows(folder):
    return manifest(
        folder, 'file = "boundary.geojson"\nprovenance = "synthetic"', 'file = "boundary.geojson"\nprovenance = "guess"'
    )


@case("missing-column", "has none of the columns of this file: no header, or a header in other", "villages.csv", 1)
def county_table_with_chinese_headers(folder):
    county = County(folder)
    rows = county.path("villages").read_text("utf-8").splitlines()
    county.path("villages").write_text("\n".join(["代码,村名,乡镇,类型,经度,纬度,人口,优先", *rows[1:]]), "utf-8")
    return county.arguments()


@case("missing-column", "is missing from the header (residents)", "villages.csv", 1, "population")
def county_table_without_a_column(folder):
    county = County(folder)
    rows = [row.split(",") for row in county.path("villages").read_text("utf-8").splitlines()]
    county.path("villages").write_text("\n".join(",".join(row[:6] + row[7:]) for row in rows), "utf-8")
    return county.arguments()


@case(
    "township-not-prefix",
    "is not the township of village 630225101200, whose code starts with",
    "villages.csv",
    5,
    "township_code",
)
def township_code_that_is_not_the_villages(folder):
    county = County(folder)
    county.swap("villages", "加入村,630225101", "加入村,630225100")
    return county.arguments()


@case("market-days", "is not a list of days of the week", "townships.csv", 3, "market_days")
def market_days_out_of_order(folder):
    county = County(folder)
    rows = county.path("townships").read_text("utf-8").splitlines()
    cells = ["market_days", "1|4", "5|2", ""]
    text = "".join(f"{row},{cell}\n" for row, cell in zip(rows, cells, strict=True))
    county.path("townships").write_text(text, "utf-8")
    return county.arguments()


@case("unknown-code", "names a code that villages.csv lacks", "../../stations/toy.csv", 5, "village_code")
def site_in_a_village_that_is_not_listed(folder):
    county = County(folder)
    county.swap("sites", ",630225101,630225101200", ",630225101,630225101999")
    return county.arguments()


@case("existing-tier", "is empty though the status is existing", "../../stations/toy.csv", 2, "existing_tier")
def existing_site_without_a_level(folder):
    county = County(folder)
    county.swap("sites", "existing,county,township", "existing,county,")
    return county.arguments()


@case("no-county-site", "no site can carry the county centre", "../../stations/toy.csv", None, "max_tier")
def county_without_a_centre(folder):
    county = County(folder)
    county.swap("sites", "existing,county,township", "existing,township,township")
    return county.arguments()


@case("not-boolean", "is not true or false", "roads.geojson", 1, "oneway")
def truth_value_that_is_none(folder):
    county = County(folder)
    text = county.path("roads").read_text("utf-8").replace('"oneway": false', '"oneway": "perhaps"', 1)
    county.path("roads").write_text(text, "utf-8")
    return county.arguments()


@case("usage", "county 'geo/nowhere': no such folder, and no such name under data/geo")
def county_that_is_not_there(folder):
    return ["check", "geo/nowhere"]


# -- command lines -------------------------------------------------------------------------------------------------


@case("unknown-map", "no file has a column 庄名", "--map 庄名=name")
def map_of_a_column_that_is_not_there(folder):
    raw = RawFiles(folder)
    raw.more = ["--map", "庄名=name"]
    return raw.arguments()


@case("unknown-map", "nickname is not something that this file can hold", "--map 村名=nickname")
def map_to_a_meaning_that_is_not_there(folder):
    raw = RawFiles(folder)
    raw.more = ["--map", "村名=nickname"]
    return raw.arguments()


@case("usage", "--map 村名: write it as RAW=OURS, e.g. 村名=name")
def map_without_a_meaning(folder):
    raw = RawFiles(folder)
    raw.more = ["--map", "村名"]
    return raw.arguments()


@case("usage", "--datum: hamlets is none of boundary, townships, villages, roads, stations, bus")
def role_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.more = ["--datum", "hamlets=WGS84"]
    return raw.arguments()


@case("usage", "--datum Mars: give WGS84, CGCS2000, GCJ-02, BD-09, or the EPSG code of a projected zone")
def datum_option_that_nobody_knows(folder):
    return option(folder, datum="Mars")


@case("usage", "--datum EPSG:999999: no such coordinate reference system")
def system_option_that_nobody_knows(folder):
    return option(folder, datum="EPSG:999999")


@case("usage", "--code 63022: a county code has 6 digits")
def county_code_option_too_short(folder):
    return option(folder, code="63022")


@case("usage", "--name: give the county's official name")
def county_without_a_name(folder):
    return option(folder, name=" ")


@case("usage", "--name: holds a line break or another control character")
def county_whose_name_has_two_lines(folder):
    return option(folder, name="循化\n县")


@case("usage", "nothing to import: give --osm, --place, or files (--boundary, --townships, --villages, …)")
def nothing_to_import(folder):
    return ["import", "--name", "循化", "--out", "out"]


@case("usage", "--osm and --place both name the source of OpenStreetMap data: give one")
def two_sources_of_openstreetmap(folder):
    return [*osm_arguments(folder), "--place", "循化"]


@case("missing-layer", "is not given, and there is no OpenStreetMap extract to take it from", "--villages")
def villages_not_given(folder):
    raw = RawFiles(folder)
    del raw.named["villages"]
    return raw.arguments()


@case(
    "missing-layer",
    "is not given, and there is no OpenStreetMap extract to take it from",
    "--boundary",
    alike="villages_not_given",
)
def boundary_not_given(folder):
    raw = RawFiles(folder)
    del raw.named["boundary"]
    return raw.arguments()


@case("county-seat", "is not one township", "--county-seat 西宁")
def seat_that_is_no_township(folder):
    raw = RawFiles(folder)
    raw.more = ["--county-seat", "西宁"]
    return raw.arguments()


@case("usage", "--people-per-building: give a number above 0")
def people_per_building_of_nothing(folder):
    raw = RawFiles(folder)
    raw.more = ["--people-per-building", "0"]
    return raw.arguments()


@case("usage", "--assume-population: give 0 or more")
def residents_assumed_below_zero(folder):
    raw = RawFiles(folder)
    raw.more = ["--assume-population", "-1"]
    return raw.arguments()


@case("usage", "is not empty and was not written by planner import; name another folder")
def out_folder_that_holds_something_else(folder):
    raw = RawFiles(folder)
    (folder / "out").mkdir()
    (folder / "out" / "thesis.docx").write_text("mine", "utf-8")
    return raw.arguments()


@case("usage", "is a file; name a folder")
def out_folder_that_is_a_file(folder):
    raw = RawFiles(folder)
    (folder / "out").write_text("mine", "utf-8")
    return raw.arguments()


@case("usage", "mine is not a folder")
def out_folder_below_a_file(folder):
    raw = RawFiles(folder)
    (folder / "mine").write_text("mine", "utf-8")
    raw.options["--out"] = "mine/out"
    return raw.arguments()


@case("usage", "stations/new.csv exists already; move it away, or say --replace")
def stations_file_that_is_there_already(folder):
    raw = RawFiles(folder)
    (folder / "stations").mkdir()
    (folder / "stations" / "new.csv").write_text("mine", "utf-8")
    raw.options["--out"] = "geo/new"
    return raw.arguments()


@case("usage", "plan.toml: cannot be read as a TOML scenario: Invalid value (at line 1, column 13)")
def scenario_that_is_no_toml(folder):
    raw = RawFiles(folder)
    (folder / "plan.toml").write_text("radius_km = = 3", "utf-8")
    raw.more = ["--scenario", "plan.toml"]
    return raw.arguments()


@case("usage", "plan.toml: radius_miles = 3: no such parameter (did you mean radius_min?)")
def scenario_with_an_unknown_key(folder):
    raw = RawFiles(folder)
    (folder / "plan.toml").write_text("radius_miles = 3", "utf-8")
    raw.more = ["--scenario", "plan.toml"]
    return raw.arguments()


@case("usage", "plan.toml: cannot be read: No such file or directory")
def scenario_that_is_not_there(folder):
    raw = RawFiles(folder)
    raw.more = ["--scenario", "plan.toml"]
    return raw.arguments()


@case("raster", "cannot be read as a raster: 'heights.tif' not recognized as being in a", "heights.tif")
def heights_that_are_no_raster(folder):
    raw = RawFiles(folder)
    (folder / "heights.tif").write_text("none", "utf-8")
    raw.more = ["--elevation", "heights.tif"]
    return raw.arguments()
