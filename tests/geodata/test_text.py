"""Tables come in the encodings that bureaus use; what cannot be read is refused with its row."""

from __future__ import annotations

import pytest

from planner.errors import Severity
from planner.geodata import check_county
from planner.geodata.log import DefectLog
from planner.geodata.text import decode


def lines(text):
    """``text`` spoilt on its third line only; the first two are ASCII."""
    return b"code,name\n1,a\n2," + text + b"\n"


def decoded(data):
    found = DefectLog()
    return decode(data, "villages.csv", found), found.defects


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_text_is_read_without_a_word(county, encoding):
    county.encodings = {"villages": encoding, "townships": encoding, "sites": encoding}
    report = check_county(county.write())
    assert report.defects == ()
    assert report.county.villages[1].name == "西街村"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_gbk_text_is_read_and_reported_with_file_row_and_fix(county, encoding):
    county.encodings = {"villages": encoding}
    report = check_county(county.write())
    (defect,) = report.defects
    assert (defect.code, defect.file, defect.row, defect.severity) == ("gb18030", "villages.csv", 2, Severity.WARNING)
    assert "GBK" in defect.message
    assert "UTF-8" in defect.fix
    assert report.county.villages[1].name == "西街村"


def test_windows_line_ends_make_no_difference(county):
    county.villages = county.villages.replace("\n", "\r\n")
    assert check_county(county.write()).defects == ()


def test_a_mistake_in_gbk_text_is_reported_beside_the_encoding(county):
    county.encodings = {"villages": "gbk"}
    county.swap("villages", "102.110000", "103.110000")
    defects = check_county(county.write()).defects
    assert [(defect.code, defect.row) for defect in defects] == [("gb18030", 2), ("outside", 3)]


@pytest.mark.parametrize(
    "spoilt",
    [
        "西街村".encode().decode("latin-1"),
        "西街村".encode("gbk").decode("latin-1"),
        "西街村小".encode().decode("gb18030"),
        "西街\ufffd\ufffd",
    ],
    ids=["utf-8 as Latin-1", "GBK as Latin-1", "utf-8 as GBK", "replacement characters"],
)
def test_names_spoilt_by_an_earlier_program_are_an_error_at_their_row(spoilt):
    text, defects = decoded(lines(spoilt.encode()))
    assert text is None
    assert [(defect.code, defect.row) for defect in defects] == [("mojibake", 3)]


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (lines("西街村".encode()[:-1]), 3),  # cut inside a character
        (lines(b"\xff\xff"), 3),  # no encoding has these bytes
        (lines("西街村".encode("big5")), 3),
        (lines("西".encode("utf-16-le") + b"\0"), 3),  # UTF-16 without its mark
        ("code,name\n西街".encode("utf-16") + b"\x00", 2),  # UTF-16, half a character at the end
    ],
    ids=["cut utf-8", "no encoding", "big5", "NUL", "cut utf-16"],
)
def test_bytes_that_are_no_readable_text_are_an_error_at_their_row(data, row):
    text, defects = decoded(data)
    assert text is None
    assert [(defect.code, defect.row) for defect in defects] == [("encoding", row)]


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_renamed_to_csv_is_called_one(data):
    text, defects = decoded(data)
    assert text is None
    assert defects[0].code == "not-text"
    assert "workbook" in defects[0].message


@pytest.mark.parametrize("name", ["乌尔禾é村", "尕楞藏族乡", "䶮村", "𬭁村", "Xúnhuà", "一（二）村·三", "沁涞浔涪"])
def test_rare_and_accented_names_are_not_called_spoilt(name):
    text, defects = decoded(f"code,name\n1,{name}\n".encode())
    assert defects == []
    assert name in text


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_one_line(county, mark, word):
    county.townships = county.townships.replace(",", mark)
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.file, defect.row) == ("separator", "townships.csv", 1)
    assert word in defect.message
