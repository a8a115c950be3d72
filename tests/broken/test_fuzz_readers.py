"""Fuzzing of the readers: whatever stands in a file, the answer is a result or a defect, soon, and nothing else."""

from __future__ import annotations

import pytest
from broken_bases import ROADS, VILLAGES, RawFiles, csv_text
from broken_files import OSM_COUNTY, edit_zip, write_kml, write_osm, write_parquet, write_xlsx
from broken_fuzzing import Bases, examples, judged
from broken_mutations import (
    ATTRIBUTES,
    CELLS,
    JSON_CHANGES,
    SPLICES,
    reattributed,
    respelt,
    revalued,
    spliced,
)
from hypothesis import given


@pytest.fixture(scope="module")
def osm_bytes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("osm")
    write_osm(folder / "flat.osm.pbf", packed=False)
    for name in ("square.osm.pbf", "square.osm", "square.osm.gz", "square.osm.bz2"):
        write_osm(folder / name)
    return Bases({path.name: path.read_bytes() for path in folder.iterdir()})


def read_extract(path):
    from planner.geodata.osm import read_osm

    return lambda found: read_osm(path, path.name, found, county=OSM_COUNTY, cache=False)


@pytest.mark.parametrize("name", ["flat.osm.pbf", "square.osm.pbf", "square.osm", "square.osm.gz", "square.osm.bz2"])
@given(changes=SPLICES)
@examples(25)
def test_spoilt_bytes_of_an_extract(osm_bytes, tmp_path, name, changes):
    path = tmp_path / name
    path.write_bytes(spliced(osm_bytes[name], changes))
    judged(read_extract(path))


@given(changes=ATTRIBUTES)
@examples(60)
def test_spoilt_attributes_of_an_extract(osm_bytes, tmp_path, changes):
    path = tmp_path / "square.osm"
    path.write_text(reattributed(osm_bytes["square.osm"].decode(), changes), "utf-8")
    judged(read_extract(path))


RAW = (
    "villages.csv", "villages.xlsx", "villages.shp", "villages.dbf", "villages.shx", "villages.cpg", "villages.prj",
    "villages.gpkg", "villages.kml", "villages.parquet", "roads.geojson", "roads.gpkg", "roads.shp", "roads.parquet",
)  # fmt: skip


@pytest.fixture(scope="module")
def raw_bytes(tmp_path_factory):
    """The same villages and roads in every format that is read."""
    import shapely

    folder = tmp_path_factory.mktemp("raw")
    (folder / "villages.csv").write_text(csv_text(VILLAGES), "utf-8")
    write_xlsx(folder / "villages.xlsx", VILLAGES)
    for name, driver in (("villages.shp", "ESRI Shapefile"), ("villages.gpkg", "GPKG")):
        RawFiles(folder).villages_as(name, driver=driver, encoding="UTF-8")
    for name, driver in (("roads.shp", "ESRI Shapefile"), ("roads.gpkg", "GPKG")):
        RawFiles(folder).roads_as(name, driver=driver, encoding="UTF-8")
    RawFiles(folder)
    rows = VILLAGES[1:]
    places = [(row[1], float(row[3]), float(row[4])) for row in rows]
    write_kml(folder / "villages.kml", places, {"人口": [row[5] for row in rows]})
    columns = {head: [row[i] for row in rows] for i, head in enumerate(VILLAGES[0])}
    write_parquet(folder / "villages.parquet", columns, [shapely.Point(*at) for _, *at in places], "Point")
    lines = [shapely.LineString(line) for *_, line in ROADS]
    write_parquet(folder / "roads.parquet", {"编号": [road[0] for road in ROADS]}, lines, "LineString")
    return Bases({path.name: path.read_bytes() for path in folder.iterdir()})


def read_one(path):
    from planner.geodata.sources import read_raw

    return lambda found: read_raw(path, path.name, found)


def laid_out(bases, folder, name):
    """All parts of the file called ``name`` in ``folder``; returns the path to read."""
    stem, suffix = name.split(".", 1)
    shapefile = suffix in ("shp", "dbf", "shx", "cpg", "prj")
    for other, data in bases.items():
        if other == name or (
            shapefile and other.startswith(f"{stem}.") and other[-3:] in ("shp", "dbf", "shx", "prj", "cpg")
        ):
            (folder / other).write_bytes(data)
    return folder / (f"{stem}.shp" if shapefile else name)


@pytest.mark.parametrize("name", RAW)
@given(changes=SPLICES)
@examples(30)
def test_spoilt_bytes_of_a_source_file(raw_bytes, tmp_path, name, changes):
    path = laid_out(raw_bytes, tmp_path, name)
    (tmp_path / name).write_bytes(spliced(raw_bytes[name], changes))
    judged(read_one(path))


@given(changes=CELLS)
@examples(80)
def test_spoilt_cells_of_a_text_table(tmp_path, changes):
    path = tmp_path / "villages.csv"
    path.write_text(csv_text(respelt(VILLAGES, changes)), "utf-8")
    judged(read_one(path))


@given(changes=CELLS)
@examples(30)
def test_spoilt_cells_of_a_workbook(tmp_path, changes):
    path = tmp_path / "villages.xlsx"
    write_xlsx(path, [[clean(cell) for cell in row] for row in respelt(VILLAGES, changes)])
    judged(read_one(path))


def clean(text):
    """``text`` as a workbook can hold it."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text).encode("utf-8", "replace").decode()


WORKBOOK = (
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/worksheets/sheet1.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
)


@pytest.mark.parametrize("member", WORKBOOK)
@given(changes=SPLICES)
@examples(25)
def test_spoilt_members_of_a_workbook(raw_bytes, tmp_path, member, changes):
    path = tmp_path / "villages.xlsx"
    path.write_bytes(raw_bytes["villages.xlsx"])
    edit_zip(path, member, lambda data: spliced(data, changes))
    judged(read_one(path))


@given(changes=ATTRIBUTES)
@examples(50)
def test_spoilt_attributes_of_a_worksheet(raw_bytes, tmp_path, changes):
    path = tmp_path / "villages.xlsx"
    path.write_bytes(raw_bytes["villages.xlsx"])
    edit_zip(path, "xl/worksheets/sheet1.xml", lambda data: reattributed(data.decode(), changes).encode())
    judged(read_one(path))


@given(changes=JSON_CHANGES)
@examples(80)
def test_spoilt_values_of_a_map(raw_bytes, tmp_path, changes):
    path = tmp_path / "roads.geojson"
    path.write_text(revalued(raw_bytes["roads.geojson"].decode(), changes), "utf-8")
    judged(read_one(path))
