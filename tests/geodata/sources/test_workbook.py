"""Workbooks: cells as a spreadsheet shows them, and whatever a sheet can hide is said."""

from __future__ import annotations

import datetime as dt
import time
import zipfile

import openpyxl
import pytest

from planner.errors import Severity

NAMES = ["村名", "代码", "人口"]
ROWS = [["西街村", "0630225100200", 900], ["东街村", 630225100201, None]]
COLUMNS = {"村名": ["西街村", "东街村"], "代码": ["0630225100200", "630225100201"], "人口": ["900", ""]}
MAIN = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


@pytest.fixture
def book():
    book = openpyxl.Workbook()
    book.active.title = "村庄"
    for row in [NAMES, *ROWS]:
        book.active.append(row)
    return book


def read(folder, book, **options):
    book.save(folder.path / "villages.xlsx")
    return folder.read("villages.xlsx", **options)


def rewritten(folder, book, part, content):
    """The workbook with one part of its package replaced (None: left out)."""
    book.save(folder.path / "plain.xlsx")
    with (
        zipfile.ZipFile(folder.path / "plain.xlsx") as plain,
        zipfile.ZipFile(folder.path / "villages.xlsx", "w", zipfile.ZIP_DEFLATED) as package,
    ):
        for name in plain.namelist():
            if name != part:
                package.writestr(name, plain.read(name))
        if content is not None:
            package.writestr(part, content)
    return folder.read("villages.xlsx")


def test_texts_and_numbers_are_read_as_they_are_shown(folder, book):
    result = read(folder, book)
    assert (result.defects, result.columns, list(result.table.rows)) == ([], COLUMNS, [2, 3])
    assert (result.table.layer, result.table.encoding) == ("村庄", "")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (630225100200, "General", "630225100200"),
        (6.30225100200e11, "0.00E+00", "630225100200"),
        (102.10000000000001, "General", "102.1"),
        (102.123456, "0.0", "102.123456"),
        (-0.5, "General", "-0.5"),
        (7, "000", "007"),
        (True, "General", "true"),
        (dt.date(2023, 5, 1), "yyyy/m/d", "2023-05-01"),
        (dt.datetime(2023, 5, 1, 12, 30), "yyyy/m/d h:mm", "2023-05-01T12:30:00"),
        ("　西街村\n", "General", "西街村"),
        ("#N/A", "General", "#N/A"),
        ("=", "General", "="),
        ("2023-05-01", "General", "2023-05-01"),
    ],
)
def test_what_a_cell_shows(folder, book, value, form, text):
    book.active["C2"] = value
    book.active["C2"].number_format = form
    assert read(folder, book).columns["人口"][0] == text


def test_a_title_in_merged_cells_is_left_unread_with_a_word(folder, book):
    book.active.insert_rows(1)
    book.active["A1"] = "循化县行政村统计表"
    book.active.merge_cells("A1:C1")
    result = read(folder, book)
    assert "统计表" in result.only("title-rows", Severity.WARNING).message
    assert (result.columns, list(result.table.rows)) == (COLUMNS, [3, 4])


def test_a_header_of_two_rows_names_its_cells(folder, book):
    book.active.delete_rows(1)
    book.active.insert_rows(1, 2)
    for place, text in {"A1": "村名", "B1": "坐标", "B2": "经度", "C2": "纬度"}.items():
        book.active[place] = text
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("A1:A2")
    defect = read(folder, book).only("merged-header")
    assert "B1:C1" in defect.message
    assert "A1:A2" in defect.message


def test_a_cell_merged_over_rows_counts_for_each_of_them(folder, book):
    book.active.insert_cols(1)
    book.active["A1"], book.active["A2"] = "乡镇", "积石镇"
    book.active.merge_cells("A2:A3")
    result = read(folder, book)
    assert "A2:A3" in result.only("merged-cells", Severity.WARNING).message
    assert result.columns["乡镇"] == ["积石镇", "积石镇"]


def test_a_cell_merged_over_columns_counts_for_the_first(folder, book):
    book.active.append(["白庄镇"])
    book.active.merge_cells("A4:C4")
    result = read(folder, book)
    assert "A4:C4" in result.only("merged-cells", Severity.WARNING).message
    assert result.columns["代码"][2] == ""


def test_formulas_without_results_name_their_cells(folder, book):
    book.active["C2"], book.active["C3"] = "=1+1", "=C2"
    defect = read(folder, book).only("formula")
    assert (defect.row, "C2, C3" in defect.message) == (2, True)


def test_formulas_with_results_are_read(folder, book):
    cells = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
    cells += '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
    result = rewritten(folder, book, MAIN, HEAD + cells + TAIL)
    assert (result.defects, result.columns) == ([], {"a": ["2"], "b": [""]})


def test_texts_in_the_cells_themselves_and_without_places_are_read(folder, book):
    cells = (
        '<x:row><x:c t="inlineStr"><x:is><x:t>村</x:t><x:rPh><x:t>cun</x:t></x:rPh><x:t>名</x:t></x:is></x:c></x:row>'
    )
    cells += "<x:row><x:c><x:v>7</x:v></x:c></x:row>"
    xml = (HEAD + cells + TAIL).replace("xmlns=", "xmlns:x=").replace("<work", "<x:work").replace("</work", "</x:work")
    xml = xml.replace("<sheetData", "<x:sheetData").replace("</sheetData", "</x:sheetData")
    assert rewritten(folder, book, MAIN, xml).columns == {"村名": ["7"]}


def test_hidden_rows_are_read_and_said(folder, book):
    book.active.row_dimensions[3].hidden = True
    result = read(folder, book)
    assert result.only("hidden-rows", Severity.WARNING).row == 3
    assert result.columns == COLUMNS


def test_the_first_sheet_with_a_header_is_read_and_the_others_named(folder, book):
    book.create_sheet("说明", 0).append(["本表由县邮政管理局填报"])
    book.create_sheet("空白")
    other = book.create_sheet("字典")
    other.append(["词", "义"])
    result = read(folder, book)
    defect = result.only("other-layers", Severity.WARNING)
    assert "村庄 was read, not 说明, 字典" in defect.message
    assert (result.columns, result.table.layer) == (COLUMNS, "村庄")


def test_a_named_sheet_is_read_without_a_word(folder, book):
    book.create_sheet("别的").append(["a", "b"])
    assert read(folder, book, layer="村庄").defects == []
    assert "村庄, 别的" in read(folder, book, layer="城镇").only("no-layer").fix


def test_a_hidden_sheet_is_read_only_by_name(folder, book):
    book.create_sheet("空白", 0)
    book["村庄"].sheet_state = "hidden"
    assert "hidden" in read(folder, book).only("empty-file").fix
    assert read(folder, book, layer="村庄").columns == COLUMNS


def test_a_password_is_named(folder):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900) + "EncryptedPackage".encode("utf-16-le")
    assert "password" in folder.read("villages.xlsx", data).only("workbook").message


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel"), (b"a,b\n1,2\n", "not a workbook")],
)
def test_what_is_no_workbook_is_called_what_it_is(folder, data, word):
    assert word in folder.read("villages.xlsx", data).only("workbook").message


def test_a_workbook_that_breaks_off_is_one_line(folder, book):
    book.save(folder.path / "villages.xlsx")
    data = (folder.path / "villages.xlsx").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        assert folder.read("villages.xlsx", data[: int(share * len(data))]).only("workbook")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", MAIN])
@pytest.mark.parametrize("content", [None, b"", b"<a", b"\0" * 10])
def test_a_workbook_that_lacks_a_part_is_one_line(folder, book, part, content):
    assert rewritten(folder, book, part, content).only("workbook")


@pytest.mark.parametrize(
    "cell", ['<c r="A1" t="s"><v>99</v></c>', '<c r="A1" t="s"><v>x</v></c>', '<c r="A1"><v>1.x</v></c>']
)
def test_cells_that_make_no_sense_are_one_line(folder, book, cell):
    assert rewritten(folder, book, MAIN, f'{HEAD}<row r="1">{cell}</row>{TAIL}').only("workbook")


def test_entities_are_refused(folder, book):
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>' + HEAD + TAIL
    assert "document type" in rewritten(folder, book, MAIN, bomb).only("workbook").message
    assert "document type" in rewritten(folder, book, "xl/styles.xml", bomb).only("workbook").message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(folder, book):
    started = time.monotonic()
    defect = rewritten(folder, book, MAIN, HEAD + " " * (60 << 20) + TAIL).only("file-size")
    assert "60 MiB" in defect.message
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("cell", ['<row r="1048577"/>', '<row r="1"><c r="XFE1"><v>1</v></c></row>'])
def test_cells_beyond_the_end_of_a_sheet_are_refused(folder, book, cell):
    assert "ends at" in rewritten(folder, book, MAIN, HEAD + cell + TAIL).only("file-size").message


def test_few_cells_far_apart_do_not_fill_the_memory(folder, book):
    rows = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 2000))
    assert "20,000,000" in rewritten(folder, book, MAIN, HEAD + rows + TAIL).only("file-size").message
