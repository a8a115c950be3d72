"""Whatever bytes a file of a known kind holds, reading it ends in a table or in an error, never in anything else."""

from __future__ import annotations

import io
import json
import zipfile

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.geodata.log import DefectLog
from planner.geodata.sources import read_raw

COLUMNS = {"name": ["西街村", "东街村", "加入村"], "人口": [900, 800, 0], "code": ["0630", "", "x"]}
POINTS = [shapely.Point(102.1, 35.7), shapely.Point(102.2, 35.7), shapely.Point(102.3, 35.7)]
SHEET = "xl/worksheets/sheet1.xml"

PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [b"\0", b"\xff", b"\xff\xff\xff\x7f", b"\xb0\xa1", b'"', b",", b"\n", b"<", b">", b"[", b"{", b"}", b"1e999",
         b"NaN", b"null", b"-1", b"99999999999", b"\xef\xbb\xbf", b"&x;", b"PK", b"PAR1"]
    ),
)  # fmt: skip
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=6)
FUZZ = settings(
    max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def spoilt(data, changes):
    """``data`` with each change's bytes put at a share of its length, over some of what stood there."""
    for share, length, piece in changes:
        start = int(share * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one valid file of each kind."""
    folder = tmp_path_factory.mktemp("fuzz")
    frame = gpd.GeoDataFrame(COLUMNS, geometry=POINTS, crs="EPSG:4490")
    frame.to_file(folder / "a.gpkg", layer="a")
    frame.to_file(folder / "a.shp", encoding="GBK")
    frame.to_parquet(folder / "a.parquet")
    frame.to_crs("EPSG:4326").to_file(folder / "a.geojson")
    frame.to_crs("EPSG:4326").to_file(folder / "a.kml", driver="LIBKML")
    frame.drop(columns="geometry").to_csv(folder / "a.csv", index=False, encoding="gbk")
    book = openpyxl.Workbook()
    for row in [list(COLUMNS), *zip(*COLUMNS.values(), strict=True)]:
        book.active.append(row)
    book.active.merge_cells("A5:A6")
    book.save(folder / "a.xlsx")
    return folder


def check(path):
    found = DefectLog()
    table = read_raw(path, path.name, found)
    assert table is not None or found.has_errors()
    for defect in found.defects:
        assert defect.fix
        assert len(defect.line().splitlines()) == 1
        assert str(path.parent) not in defect.line()
    if table is not None:
        assert all(len(texts) == len(table) for texts in table.columns.values())
        assert table.geometries is None or len(table.geometries) == len(table)
        assert all("\0" not in text for texts in table.columns.values() for text in texts)
        json.dumps({name: list(texts) for name, texts in table.columns.items()}).encode("ascii")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.gpkg", "a.geojson", "a.kml", "a.parquet"])
def test_spoilt_files(folder, name):
    original = (folder / name).read_bytes()

    @FUZZ
    @given(changes=CHANGES)
    def fuzz(changes):
        (folder / f"b{name}").write_bytes(spoilt(original, changes))
        check(folder / f"b{name}")

    check(folder / name)
    fuzz()


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf", ".prj", ".cpg"])
def test_spoilt_parts_of_a_shapefile(folder, part):
    original = (folder / f"a{part}").read_bytes()

    @FUZZ
    @given(changes=CHANGES)
    def fuzz(changes):
        (folder / f"a{part}").write_bytes(spoilt(original, changes))
        check(folder / "a.shp")

    try:
        fuzz()
    finally:
        (folder / f"a{part}").write_bytes(original)
    check(folder / "a.shp")


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"])
def test_spoilt_parts_of_a_workbook(folder, part):
    with zipfile.ZipFile(folder / "a.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}

    @FUZZ
    @given(changes=CHANGES)
    def fuzz(changes):
        spoiled = io.BytesIO()
        with zipfile.ZipFile(spoiled, "w") as package:
            for name, data in parts.items():
                package.writestr(name, spoilt(data, changes) if name == part else data)
        (folder / "parts.xlsx").write_bytes(spoiled.getvalue())
        check(folder / "parts.xlsx")

    fuzz()
