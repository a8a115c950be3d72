"""Tables of text: encodings, separators, titles and headers; cells stay as they were written."""

from __future__ import annotations

import pytest

from planner.errors import Severity

TABLE = "村名,代码,人口\n西街村,0630225100200,900\n东街村,630225100201,\n"
COLUMNS = {"村名": ["西街村", "东街村"], "代码": ["0630225100200", "630225100201"], "人口": ["900", ""]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_without_a_word(folder, encoding):
    read = folder.read("villages.csv", TABLE.encode(encoding))
    assert read.defects == []
    assert read.columns == COLUMNS
    assert list(read.table.rows) == [2, 3]
    assert read.table.encoding == encoding.removesuffix("-sig")
    assert (read.table.geometries, read.table.crs) == (None, None)


def test_gbk_is_guessed_and_said(folder):
    read = folder.read("villages.csv", TABLE.encode("gbk"))
    assert read.only("gb18030", Severity.WARNING).row == 1
    assert read.columns == COLUMNS
    assert read.table.encoding == "gb18030 (guessed)"


@pytest.mark.parametrize("name", ["gbk", "GB2312", "gb18030", "cp936", "936"])
def test_a_named_encoding_is_taken_without_a_word(folder, name):
    read = folder.read("villages.csv", TABLE.encode("gbk"), encoding=name)
    assert (read.defects, read.columns, read.table.encoding) == ([], COLUMNS, "gb18030")


def test_big5_is_refused_until_it_is_named(folder):
    data = "村名,人口\n西街村,900\n".encode("big5")
    assert "--encoding" in folder.read("villages.csv", data).only("encoding").fix
    assert folder.read("villages.csv", data, encoding="big5").columns["村名"] == ["西街村"]


def test_western_text_that_fits_gbk_is_asked_about(folder):
    data = "name,people\nGrésy,900\nChâtel,100\n".encode("latin-1")
    assert "fit" in folder.read("villages.csv", data).only("encoding").message
    assert folder.read("villages.csv", data, encoding="cp1252").columns["name"] == ["Grésy", "Châtel"]


@pytest.mark.parametrize("name", ["klingon", "rot13", "zlib", "idna", ""])
def test_an_unknown_encoding_names_the_known_ones(folder, name):
    assert "gb18030" in folder.read("villages.csv", TABLE, encoding=name).only("unknown-encoding").fix


def test_a_named_encoding_that_does_not_fit_is_one_line_with_its_row(folder):
    defect = folder.read("villages.csv", TABLE.encode("gbk"), encoding="utf-8").only("encoding")
    assert (defect.row, "utf-8" in defect.message) == (1, True)


def test_a_named_encoding_that_makes_nonsense_is_refused(folder):
    assert folder.read("villages.csv", TABLE.encode("utf-8"), encoding="latin-1").only("mojibake")


def test_rows_in_two_encodings_are_named(folder):
    data = "村名,人口\n西街村,1\n".encode() + "东街村,2\n".encode("gbk")
    defect = folder.read("villages.csv", data).only("encoding")
    assert (defect.row, "in others" in defect.message) == (3, True)


def test_nul_bytes_are_one_line(folder):
    assert "NUL" in folder.read("villages.csv", b"code,name\n1,a\0b\n").only("encoding").message
    assert "NUL" in folder.read("villages.csv", "code,name\n1,a\0\n".encode("utf-16")).only("encoding").message


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".txt", ".tsv"])
def test_the_separator_is_the_one_of_the_header(folder, mark, suffix):
    assert folder.read(f"villages{suffix}", TABLE.replace(",", mark)).columns == COLUMNS


def test_full_width_commas_are_one_line(folder):
    assert "，" in folder.read("villages.csv", TABLE.replace(",", "，")).only("separator").message


def test_one_column_is_a_table_too(folder):
    assert folder.read("villages.csv", "村名\n西街村\n东街村\n").columns == {"村名": ["西街村", "东街村"]}


def test_titles_above_the_header_are_left_unread_with_a_word(folder):
    read = folder.read("villages.csv", "循化县行政村统计表,,\n\n" + TABLE)
    defect = read.only("title-rows", Severity.WARNING)
    assert "循化县行政村统计表" in defect.message
    assert "row 3" in defect.message
    assert (read.columns, list(read.table.rows)) == (COLUMNS, [4, 5])


def test_notes_above_a_header_of_which_few_columns_are_filled_are_no_header(folder):
    names = "村名,代码,人口,备注,联系人,电话,级别"
    text = f"单位：人,时间：2023年,填报人：马,,,,\n{names}\n西街村,1,900,,,,\n东街村,2,800,,,,\n加入村,3,700,,,,\n"
    read = folder.read("villages.csv", text)
    assert "填报人" in read.only("title-rows", Severity.WARNING).message
    assert list(read.columns) == names.split(",")


def test_codes_written_as_formulas_that_keep_them_text_are_read(folder):
    assert folder.read("villages.csv", '村名,代码\n西街村,="0630"\n东街村,"=""0631"""\n').columns["代码"] == [
        "0630",
        "0631",
    ]


def test_values_in_place_of_a_header_are_one_line(folder):
    defect = folder.read("villages.csv", "630225100200,102.1,35.7\n630225100201,102.2,35.7\n").only("no-header")
    assert (defect.row, "630225100200" in defect.message) == (1, True)


def test_a_second_header_row_under_empty_names_is_one_line(folder):
    text = "村名,坐标,,人口\n,经度,纬度,\n西街村,102.1,35.7,900\n东街村,102.2,35.7,800\n"
    assert "C2" in folder.read("villages.csv", text).only("merged-header").message


def test_a_column_without_a_name_is_left_unread_with_a_word(folder):
    read = folder.read("villages.csv", "村名,,人口\n西街村,好,900\n东街村,,800\n")
    assert "B" in read.only("unnamed-column", Severity.WARNING).message
    assert list(read.columns) == ["村名", "人口"]


def test_a_name_that_stands_twice_is_one_line(folder):
    read = folder.read("villages.csv", "村名,人口,人口\n西街村,900,901\n")
    (defect,) = read.defects
    assert (defect.code, defect.column, defect.row) == ("duplicate-column", "人口", 1)
    assert "B and C" in defect.message


def test_a_lost_comma_is_one_line_with_its_row(folder):
    read = folder.read("villages.csv", TABLE + "加入村,7\n")
    (defect,) = read.defects
    assert (defect.code, defect.row) == ("ragged-row", 4)
    assert "2 cells under 3" in defect.message


def test_empty_cells_beyond_the_header_are_no_mistake(folder):
    read = folder.read("villages.csv", "村名,人口,,\n西街村,900,,\n东街村,800\n")
    assert (read.defects, read.columns) == ([], {"村名": ["西街村", "东街村"], "人口": ["900", "800"]})


@pytest.mark.parametrize(("text", "word"), [("\n\n", "empty"), (",,,\n", "empty"), ("村名,人口\n", "no rows")])
def test_a_table_without_rows_is_one_line(folder, text, word):
    assert word in folder.read("villages.csv", text).only("empty-file").message


def test_a_quote_that_is_never_closed_is_one_line(folder):
    assert folder.read("villages.csv", '村名,人口\n"西街村,900\n').only("csv").row == 2


def test_cells_beyond_all_reason_are_refused_before_they_are_divided(folder):
    assert "cells" in folder.read("villages.csv", b"a,b\n" + b"1,2\n" * 10_000_001).only("file-size").message


def test_a_workbook_renamed_to_csv_is_called_one(folder):
    assert "workbook" in folder.read("villages.csv", b"PK\x03\x04rest").only("not-text").message
