"""Inputs that look damaged and can be read: the county is written, and what was odd is said."""

from __future__ import annotations

import zipfile

import pytest
import shapely
from broken_bases import VILLAGES, RawFiles, csv_text
from broken_files import edit_zip, without_part, write_kml, write_parquet, write_xlsx
from broken_harness import run
from toy import polygon

TEXT = csv_text(VILLAGES)


def title_rows_above_the_header(raw):
    raw.path("villages").write_text(f"循化县行政村一览表,,,,,\n,,,,,\n{TEXT}", "utf-8")
    return "title-rows"


def gbk_that_nothing_declares(raw):
    raw.path("villages").write_bytes(TEXT.encode("gb18030"))
    return "gb18030"


def shapefile_in_gbk_without_a_cpg(raw):
    without_part(raw.villages_as("villages.shp", driver="ESRI Shapefile", encoding="GBK"), ".cpg")
    return "gb18030"


def shapefile_in_gbk_whose_cpg_says_otherwise(raw):
    path = raw.villages_as("villages.shp", driver="ESRI Shapefile", encoding="GBK")
    path.with_suffix(".cpg").write_text("ISO-8859-1", "ascii")
    return "gb18030"


def shapefile_without_a_prj_and_its_datum_declared(raw):
    without_part(raw.villages_as("villages.shp", driver="ESRI Shapefile"), ".prj")


def workbook_with_a_title_and_a_second_sheet(raw):
    path = raw.rename("villages", "villages.xlsx")
    write_xlsx(path, [["一览表"], *VILLAGES])
    return "title-rows"


def workbook_with_a_part_that_leads_out_of_it(raw):
    path = raw.rename("villages", "villages.xlsx")
    write_xlsx(path, VILLAGES)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("../../evil.txt", "evil")


def workbook_with_many_empty_styles(raw):
    path = raw.rename("villages", "villages.xlsx")
    write_xlsx(path, VILLAGES)
    edit_zip(
        path, "xl/worksheets/sheet1.xml", lambda data: data.replace(b"</sheetData>", b"<row/>" * 3000 + b"</sheetData>")
    )


def boundary_of_two_parts_far_apart(raw):
    raw.put("boundary", [polygon(), polygon(105.0, 36.0, 105.1, 36.1)])


def villages_in_full_width_digits(raw):
    raw.swap("villages", "630225101200", "６３０２２５１０１２００")


def a_village_listed_twice(raw):
    raw.path("villages").write_text(TEXT + "630225101202,加入村,白庄镇,102.230000,35.701000,100\n", "utf-8")


def villages_in_kml(raw):
    rows = VILLAGES[1:]
    places = [(row[1], float(row[3]), float(row[4])) for row in rows]
    write_kml(raw.rename("villages", "villages.kml"), places, {"人口": [row[5] for row in rows]})


def villages_in_parquet(raw):
    columns = {head: [row[i] for row in VILLAGES[1:]] for i, head in enumerate(VILLAGES[0])}
    points = [shapely.Point(float(row[3]), float(row[4])) for row in VILLAGES[1:]]
    write_parquet(raw.rename("villages", "villages.parquet"), columns, points, "Point")


def geojson_that_stands_twice_in_its_own_keys(raw):
    text = raw.path("roads").read_text("utf-8")
    raw.path("roads").write_text(text.replace('{"type"', '{"name": "a", "name": "b", "type"', 1), "utf-8")


ODD = [
    title_rows_above_the_header, gbk_that_nothing_declares, shapefile_in_gbk_without_a_cpg,
    shapefile_in_gbk_whose_cpg_says_otherwise, shapefile_without_a_prj_and_its_datum_declared,
    workbook_with_a_title_and_a_second_sheet, workbook_with_a_part_that_leads_out_of_it,
    workbook_with_many_empty_styles, boundary_of_two_parts_far_apart, villages_in_full_width_digits,
    a_village_listed_twice, villages_in_kml, villages_in_parquet, geojson_that_stands_twice_in_its_own_keys,
]  # fmt: skip


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_what_is_odd_is_read_and_said(make, tmp_path):
    raw = RawFiles(tmp_path)
    warned = make(raw)
    came = run(raw.arguments(), tmp_path)
    assert came.code == 0, came.out + came.err
    assert {path.split("/")[0] for path in came.written} == {"out"}
    assert not any("evil" in path for path in came.written)
    if warned is not None:
        assert warned in {defect.code for defect in came.defects}
    villages = (tmp_path / "out" / "villages.csv").read_text("utf-8-sig")
    assert all(row[1] in villages for row in VILLAGES[1:])
    if make is a_village_listed_twice:
        assert "same-name" in (tmp_path / "out" / "review.csv").read_text("utf-8-sig")
