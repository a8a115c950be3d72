"""Shapefiles: the encoding of their texts is declared, evident, or guessed with a word; never mojibake in silence."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely

from planner.errors import Severity

NAMES = ["西街村", "东街村", "加入村"]
DRIVER = "ESRI Shapefile"


def shapefile(folder, encoding="UTF-8", *, cpg=None, **options):
    """A shapefile with texts in ``encoding``; ``cpg`` replaces what its .cpg says ("" for no .cpg)."""
    folder.vector("villages.shp", DRIVER, encoding=encoding, **options)
    if cpg is not None:
        (folder.path / "villages.cpg").unlink()
        if cpg:
            folder.write("villages.cpg", cpg)


def edit_dbf(folder, at, value):
    data = bytearray((folder.path / "villages.dbf").read_bytes())
    data[at : at + len(value)] = value
    folder.write("villages.dbf", bytes(data))


@pytest.mark.parametrize(("encoding", "label"), [("UTF-8", "utf-8"), ("GBK", "gb18030"), ("BIG5", "big5")])
def test_a_declared_encoding_is_taken(folder, encoding, label):
    names = ["西街", "東街", "加入"] if encoding == "BIG5" else NAMES
    shapefile(folder, encoding, fields={"name": names, "村名": names} if encoding != "BIG5" else {"name": names})
    read = folder.read("villages.shp")
    assert read.defects == []
    assert read.columns["name"] == names
    assert read.table.encoding == label
    assert list(read.table.rows) == [1, 2, 3]
    assert read.table.crs.to_epsg() == 4326
    assert [point.x for point in read.table.geometries] == [102.11, 102.12, 102.21]


@pytest.mark.parametrize("cpg", ["", "ISO-8859-1", "UTF-8", "nonsense", "OEM 437"])
def test_gbk_that_nothing_or_a_lie_declares_is_guessed_and_said(folder, cpg):
    shapefile(folder, "GBK", cpg=cpg, fields={"编号": ["1", "2", "3"], "村名": NAMES})
    read = folder.read("villages.shp")
    defect = read.only("gb18030", Severity.WARNING)
    assert (defect.row, defect.column) == (1, "村名")
    assert f"though its .cpg says {cpg}" in defect.message if cpg else ".cpg says" not in defect.message
    assert read.columns["村名"] == NAMES
    assert read.table.encoding == "gb18030 (guessed)"


def test_names_of_fields_alone_are_enough_for_a_guess(folder):
    shapefile(folder, "GBK", cpg="", fields={"村名": ["a", "b", "c"]})
    read = folder.read("villages.shp")
    assert read.only("gb18030", Severity.WARNING).row == 1
    assert read.columns == {"村名": ["a", "b", "c"]}


def test_utf8_that_nothing_declares_is_evident(folder):
    shapefile(folder, "UTF-8", cpg="")
    read = folder.read("villages.shp")
    assert (read.defects, read.columns["name"]) == ([], NAMES)


def test_a_named_encoding_goes_before_the_declared_one(folder):
    shapefile(folder, "GBK", cpg="ISO-8859-1")
    read = folder.read("villages.shp", encoding="GBK")
    assert (read.defects, read.columns["name"], read.table.encoding) == ([], NAMES, "gb18030")
    assert folder.read("villages.shp", encoding="utf-8").only("encoding").row == 1
    assert folder.read("villages.shp", encoding="latin-1").only("encoding")
    assert folder.read("villages.shp", encoding="klingon").only("unknown-encoding")


def test_western_texts_that_fit_gbk_are_asked_about(folder):
    shapefile(folder, "ISO-8859-1", cpg="", fields={"name": ["Grésy", "Châtel", "Aÿ"]})
    assert "--encoding" in folder.read("villages.shp").only("encoding").fix
    assert folder.read("villages.shp", encoding="latin-1").columns["name"] == ["Grésy", "Châtel", "Aÿ"]


def test_bytes_that_fit_utf8_and_gbk_are_asked_about(folder):
    shapefile(folder, "GBK", cpg="", fields={"name": ["一", "一", "一"]})  # D2 BB: also one Cyrillic letter
    assert "both" in folder.read("villages.shp").only("encoding").message


def test_the_language_byte_declares_gbk(folder):
    shapefile(folder, "GBK", cpg="")
    edit_dbf(folder, 29, b"\x4d")
    read = folder.read("villages.shp")
    assert (read.defects, read.columns["name"]) == ([], NAMES)


def test_a_text_cut_within_a_character_is_said(folder):
    shapefile(folder, "UTF-8", fields={"name": ["b", "村" * 30, "街" * 30]})
    width = 90
    edit_dbf(folder, 32 + 16, bytes([width - 1]))  # the field is declared a byte shorter than it was written
    edit_dbf(folder, 64, b"\x0d")
    read = folder.read("villages.shp")
    defect = read.only("cut-text", Severity.WARNING)
    assert (defect.row, defect.column, defect.value) == (2, "name", "村" * 29)
    assert "2 different cells" in defect.message
    assert read.columns["name"] == ["b", "村" * 29, "街" * 29]


def test_numbers_dates_and_blanks_are_read_as_they_were_meant(folder):
    fields = {
        "code": np.array([630225100200, 630225100201, 0]),
        "lon": np.array([102.5, np.nan, -1e-7]),
        "n": np.array([900, -5, 0], dtype=np.int32),
        "day": np.array(["2023-05-01", "NaT", "1999-12-31"], dtype="datetime64[D]"),
        "name": np.array([" 西街村 ", None, ""], dtype=object),
    }
    import pyogrio.raw

    pyogrio.raw.write(
        folder.path / "villages.shp", geometry=shapely.to_wkb(shapely.points([[1, 1]] * 3)),
        field_data=list(fields.values()), fields=np.array(list(fields), dtype=object), geometry_type="Point",
        driver=DRIVER, crs="EPSG:4326", encoding="UTF-8",
    )  # fmt: skip
    assert folder.read("villages.shp").columns == {
        "code": ["630225100200", "630225100201", "0"],
        "lon": ["102.5", "", "-1e-07"],
        "n": ["900", "-5", "0"],
        "day": ["2023-05-01", "", "1999-12-31"],
        "name": ["西街村", "", ""],
    }


@pytest.mark.parametrize(("part", "what"), [(".shx", "index"), (".dbf", "table")])
def test_a_missing_part_is_named(folder, part, what):
    shapefile(folder)
    (folder.path / "villages").with_suffix(part).unlink()
    defect = folder.read("villages.shp").only("shapefile-part")
    assert part in defect.message
    assert what in defect.message


def test_without_a_prj_no_crs_is_declared(folder):
    shapefile(folder)
    (folder.path / "villages.prj").unlink()
    read = folder.read("villages.shp")
    assert (read.defects, read.table.crs) == ([], None)


def test_parts_with_suffixes_in_capitals_are_found(folder):
    shapefile(folder, "GBK")
    for part in list(folder.path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    read = folder.read("villages.SHP")
    assert (read.defects, read.columns["name"], read.table.crs.to_epsg()) == ([], NAMES, 4326)


def test_deleted_records_are_left_out_and_the_others_keep_their_numbers(folder):
    shapefile(folder)
    data = (folder.path / "villages.dbf").read_bytes()
    header, width = struct.unpack("<HH", data[8:12])
    edit_dbf(folder, header + width, b"*")
    read = folder.read("villages.shp")
    assert list(read.table.rows) == [1, 3]
    assert read.columns["name"] == [NAMES[0], NAMES[2]]
    assert len(read.table.geometries) == 2


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
def test_a_part_that_breaks_off_is_one_line(folder, part, share):
    shapefile(folder)
    path = (folder.path / "villages").with_suffix(part)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    read = folder.read("villages.shp")
    if read.table is None:
        assert len(read.defects) == 1
    else:  # GDAL says which shapes it could not read, or reads them by the index all the same
        assert len(read.table) == 3


def test_parts_of_different_shapefiles_are_one_line(folder):
    shapefile(folder)
    records = (folder.path / "villages.dbf").read_bytes()
    folder.vector(
        "villages.shp", DRIVER, fields={"name": NAMES[:2], "code": NAMES[:2]}, points=shapely.points([[1, 1], [2, 2]])
    )
    folder.write("villages.dbf", records)
    assert "2 shapes, its .dbf 3 records" in folder.read("villages.shp").only("vector").message


def test_what_is_no_shapefile_is_called_so(folder):
    shapefile(folder)
    assert "not a shapefile" in folder.read("villages.shp", b"<OGRVRTDataSource/>").only("vector").message


def test_two_fields_of_one_name_are_one_line(folder):
    shapefile(folder)
    edit_dbf(folder, 64, b"name\0")
    (defect,) = folder.read("villages.shp").defects
    assert (defect.code, defect.column) == ("duplicate-column", "name")
