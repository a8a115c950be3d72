"""Excel workbooks (.xlsx): one sheet as a table, with whatever a sheet can hide said aloud."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.arrow import number_text, text_of
from planner.geodata.sources.files import MIB, check_file
from planner.geodata.sources.grid import Grid, columns_of, find_header
from planner.geodata.sources.raw import RawTable
from planner.geodata.sources.sheet import Sheet, SheetError, read_sheet

_MOST_MIB = 200
_MOST_UNPACKED_MIB = 512
_MOST_PART_MIB = {"xl/sharedStrings.xml": 128, "xl/styles.xml": 16, "xl/workbook.xml": 4}
_MOST_RATIO = 500
"""Repeated rows of a real sheet pack some 30 to 1; zip bombs pack 1,000 to 1."""
_MOST_SHEETS = 200
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLANKS = " \t\r\n\0\u00a0\u3000\ufeff"
_SAVE = "open it in a spreadsheet program and save it as .xlsx"
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_ZEROS = re.compile(r"0{2,20}")
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, ET.ParseError, ExpatError, OSError, EOFError, LookupError,
    ValueError, TypeError, RuntimeError,
)  # fmt: skip
"""What the zip, XML and workbook readers raise on bytes that are no workbook."""


@dataclass(frozen=True, slots=True)
class _SheetPart:
    name: str
    part: str
    visible: bool


def read_workbook(path: Path, file: str, found: DefectLog, *, layer: str | None = None) -> RawTable | None:
    """Read the sheet called ``layer``, or else the first visible one that has a header; None after an error."""
    if not check_file(path, file, found, most_mib=_MOST_MIB) or not _is_zip(path, file, found):
        return None
    try:
        with zipfile.ZipFile(path) as package:
            if not _is_sane(package, path.stat().st_size, file, found):
                return None
            parts = _sheets(package)
            return _read(package, parts, file, found, layer)
    except SheetError as error:
        found.error("file-size", file, str(error), "keep only this county's part, in a new workbook")
    except _UNREADABLE as error:
        message = f"cannot be read as a workbook: {one_line(str(error) or type(error).__name__, 80)}"
        found.error("workbook", file, message, _SAVE)
    return None


def _is_zip(path: Path, file: str, found: DefectLog) -> bool:
    with path.open("rb") as stream:
        head = stream.read(8)
        if head.startswith(b"PK"):
            return True
        rest = stream.read(4 * MIB) if head == _OLE else b""
    if "EncryptedPackage".encode("utf-16-le") in rest:
        found.error("workbook", file, "is protected by a password", "open it and save it without one")
    elif head == _OLE:
        found.error("workbook", file, "is an old Excel workbook (.xls), though its name says .xlsx", _SAVE)
    else:
        found.error("workbook", file, "is not a workbook, though its name says so", _SAVE)
    return False


def _is_sane(package: zipfile.ZipFile, packed: int, file: str, found: DefectLog) -> bool:
    """Whether the parts are as large as a workbook's can be, before any of them is unpacked."""
    unpacked = sum(part.file_size for part in package.infolist())
    large = next(
        (part for part in package.infolist() if part.file_size > _MOST_PART_MIB.get(part.filename, 512) * MIB), None
    )
    if unpacked > _MOST_UNPACKED_MIB * MIB or large is not None or unpacked > max(_MOST_RATIO * packed, MIB):
        found.error(
            "file-size",
            file,
            f"unpacks to {unpacked / MIB:,.0f} MiB from {packed / MIB:,.1f} MiB: more than a workbook of one county",
            "keep only this county's part, in a new workbook",
        )
        return False
    return True


def _sheets(package: zipfile.ZipFile) -> list[_SheetPart]:
    """The worksheets in order, with their parts in the package."""
    targets = {}
    for entry in _tree(package, "xl/_rels/workbook.xml.rels"):
        target = entry.get("Target", "")
        targets[entry.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = []
    for entry in _tree(package, "xl/workbook.xml").iter():
        if entry.tag.rpartition("}")[2] == "sheet":
            relation = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
            part = targets.get(relation, "")
            if "/worksheets/" in f"/{part}":
                sheets.append(_SheetPart(entry.get("name", ""), part, entry.get("state", "visible") == "visible"))
    return sheets[:_MOST_SHEETS]


def _tree(package: zipfile.ZipFile, part: str) -> ET.Element:
    data = package.read(part)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("it holds an XML document type, which no spreadsheet program writes")
    return ET.fromstring(data)  # noqa: S314 (no document type, so no entities; size checked before)


def _read(
    package: zipfile.ZipFile, parts: Sequence[_SheetPart], file: str, found: DefectLog, layer: str | None
) -> RawTable | None:
    text_of_cell = _cell_text(package)

    def load(part: _SheetPart) -> Sheet:
        with package.open(part.part) as stream:
            return read_sheet(stream, text_of_cell)

    taken = _choose(parts, load, file, found, layer)
    if taken is None:
        return None
    part, sheet = taken
    if layer is None:
        others = [other.name for other in parts if other is not part and _holds_cells(package, other.part)]
        if others:
            message = f"holds several sheets; {part.name} was read, not {', '.join(others[:10])}"
            found.warning("other-layers", file, message, "name the sheet with --layer if another is meant")
    table = columns_of(Grid(file, sheet.rows, sheet.merged), found)
    if not _check_formulas(sheet, file, found) or table is None:
        return None
    hidden = sorted(set(sheet.hidden) & set(table.rows))
    if hidden:
        message = f"has {len(hidden):,} hidden rows, row {hidden[0]} the first; they were read like the others"
        found.warning("hidden-rows", file, message, "delete them if they are not meant", row=hidden[0])
    return RawTable(file, table.columns, table.rows, layer=part.name)


def _choose(
    parts: Sequence[_SheetPart],
    load: Callable[[_SheetPart], Sheet],
    file: str,
    found: DefectLog,
    layer: str | None,
) -> tuple[_SheetPart, Sheet] | None:
    """The named sheet, else the first visible one with a header of two names or more, else the first with cells."""
    if layer is not None:
        named = next((part for part in parts if part.name == layer), None)
        if named is None:
            known = ", ".join(part.name for part in parts[:10])
            found.error("no-layer", file, f"has no sheet called '{layer}'", f"name one of: {known or 'it has none'}")
            return None
        return named, load(named)
    fallback = None
    for part in (part for part in parts if part.visible):
        sheet = load(part)
        if not any(map(any, sheet.rows)) and not sheet.uncalculated:
            continue
        fallback = fallback or (part, sheet)
        at = find_header(Grid(file, sheet.rows), DefectLog())
        if at is not None and sum(map(bool, sheet.rows[at])) > 1:
            return part, sheet
    if fallback is None:
        found.error("empty-file", file, "has no visible sheet with anything in it", "name a hidden one with --layer")
    return fallback


def _holds_cells(package: zipfile.ZipFile, part: str) -> bool:
    with package.open(part) as stream:
        return re.search(rb"<(\w+:)?(v|is)>", stream.read(64 * 1024)) is not None


def _check_formulas(sheet: Sheet, file: str, found: DefectLog) -> bool:
    if not sheet.uncalculated:
        return True
    found.error(
        "formula",
        file,
        f"has formulas whose results are not stored: cells {sheet.uncalculated_names}",
        "open it in a spreadsheet program and save it, or paste the cells as values",
        row=int(re.sub(r"\D", "", sheet.first_uncalculated[0])),
    )
    return False


def _cell_text(package: zipfile.ZipFile) -> Callable[[str, str, int], str]:
    """What a cell shows, from its type, its stored value and its style."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    strings = _shared_strings(package)
    formats = _formats(package)
    dates = {style for style, pattern in formats.items() if is_date_format(pattern)}
    padded = {style: len(pattern) for style, pattern in formats.items() if _ZEROS.fullmatch(pattern)}
    from_1904 = re.search(rb"date1904=[\"'](1|true)", package.read("xl/workbook.xml")) is not None
    epoch = MAC_EPOCH if from_1904 else WINDOWS_EPOCH

    def show(kind: str, value: str, style: int) -> str:
        if kind == "s":
            if not value.isdecimal() or int(value) >= len(strings):
                raise ValueError("a cell names a text that the workbook does not hold")
            return strings[int(value)]
        if kind == "b":
            return "true" if value.strip() == "1" else "false"
        if kind != "n":
            return value.strip(_BLANKS)
        value = value.strip()
        if style in dates:
            return text_of(_date(from_excel, value, epoch))
        if style in padded:
            return value.zfill(padded[style])
        return value if _WHOLE.fullmatch(value) else number_text(float(value))

    return show


def _date(from_excel: Callable[..., Any], value: str, epoch: object) -> object:
    try:
        return from_excel(float(value), epoch)
    except (ValueError, OverflowError, TypeError):
        return value


def _shared_strings(package: zipfile.ZipFile) -> list[str]:
    from openpyxl.reader.strings import read_string_table

    part = next((name for name in package.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
    if part is None:
        return []
    with package.open(part) as stream:
        if b"<!DOCTYPE" in stream.read(4096):
            raise ValueError("it holds an XML document type, which no spreadsheet program writes")
    with package.open(part) as stream:
        return [str(text).strip(_BLANKS) for text in read_string_table(stream)]


def _formats(package: zipfile.ZipFile) -> Mapping[int, str]:
    """The number format of each cell style by its number."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    if "xl/styles.xml" not in package.namelist():
        return {}
    tree = _tree(package, "xl/styles.xml")
    patterns = dict(BUILTIN_FORMATS)
    for entry in tree.iter():
        if entry.tag.rpartition("}")[2] == "numFmt":
            patterns[int(entry.get("numFmtId", "0"))] = entry.get("formatCode", "")
    styles = next((entry for entry in tree if entry.tag.rpartition("}")[2] == "cellXfs"), ())
    return {number: patterns.get(int(style.get("numFmtId", "0")), "General") for number, style in enumerate(styles)}
