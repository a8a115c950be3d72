"""CSV and its kin: text with commas, semicolons or tabs between cells."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from planner.geodata.log import DefectLog
from planner.geodata.sources.files import read_bytes
from planner.geodata.sources.grid import MOST_CELLS, Grid, columns_of
from planner.geodata.sources.raw import RawTable
from planner.geodata.text import SAVE_OR_NAME, decode_as

_BLANKS = " \t\r\n\u00a0\u3000\ufeff"
_SEPARATORS = (",", "\t", ";", "|")
_FULL_WIDTH = ("，", "；", "、")
_LOOKED_AT = 5
"""Lines that are looked at for the separator: a title may stand above the header."""


def read_delimited(path: Path, file: str, found: DefectLog, *, encoding: str | None = None) -> RawTable | None:
    """Read a table of text; the separator is the one that its first lines hold most of."""
    data = read_bytes(path, file, found, lines=True)
    decoded = None if data is None else decode_as(data, file, found, encoding, SAVE_OR_NAME)
    if decoded is None:
        return None
    separator = _separator(decoded.text, file, found)
    rows = None if separator is None else split(decoded.text, file, found, separator)
    columns = None if rows is None else columns_of(Grid(file, rows, strict_width=True), found)
    if columns is None:
        return None
    return RawTable(file, columns.columns, columns.rows, encoding=decoded.encoding)


def _separator(text: str, file: str, found: DefectLog) -> str | None:
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_LOOKED_AT]
    for line in lines:
        counts = {mark: line.count(mark) for mark in _SEPARATORS}
        best = max(_SEPARATORS, key=counts.__getitem__)
        if counts[best]:
            return best
        for mark in _FULL_WIDTH:
            if line.count(mark) > 1:
                message = f"has the full-width mark {mark} between cells"
                found.error("separator", file, message, "save it with commas (,) between cells", row=1)
                return None
    return ","


def _plain(cell: str) -> str:
    """``cell`` without the ``="…"`` that some programs put about a code so that a spreadsheet keeps it as text."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell


def split(text: str, file: str, found: DefectLog, separator: str = ",") -> list[list[str]] | None:
    """Rows of stripped cells; a row of the list is a row of a spreadsheet, also when a cell holds line breaks."""
    if text.count(separator) + text.count("\n") > MOST_CELLS:
        found.error("file-size", file, f"has more than {MOST_CELLS:,} cells", "keep only this county's part")
        return None
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows.extend([_plain(cell.strip(_BLANKS)) for cell in cells] for cells in reader)
    except csv.Error as error:
        found.error(
            "csv",
            file,
            f"cannot be divided into cells: {error}",
            "look for an opening double quote that is never closed",
            row=len(rows) + 1,
        )
        return None
    return rows
