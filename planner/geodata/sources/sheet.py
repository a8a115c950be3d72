"""The XML of one worksheet → cells as a spreadsheet shows them, read as a stream and with an eye on its size."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from planner.geodata.sources.grid import MOST_CELLS, Area, letters

LAST_ROW = 1_048_576
"""The last row of a worksheet; columns end at XFD, 16,384."""
LAST_COLUMN = 16_384

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


class SheetError(ValueError):
    """A worksheet that is larger than what is read, or than a worksheet can be."""


@dataclass(slots=True)
class Sheet:
    """Cells by row from 1, and what a reader must say about them."""

    rows: list[list[str]] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    """Hidden rows that hold something."""
    uncalculated: int = 0
    """Number of cells with a formula whose result is not stored."""
    first_uncalculated: list[str] = field(default_factory=list)

    @property
    def uncalculated_names(self) -> str:
        """``E5``, or ``E5, E6, E7 and 12 more`` when there are many."""
        more = self.uncalculated - len(self.first_uncalculated)
        return ", ".join(self.first_uncalculated) + (f" and {more:,} more" if more else "")


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    kind: str
    style: int
    formula: bool = False
    value: list[str] = field(default_factory=list)


CellText = Callable[[str, str, int], str]
"""The text of a cell from its type, its stored value and the number of its style."""


def read_sheet(stream: IO[bytes], text_of: CellText) -> Sheet:
    """Read a worksheet part.

    Raises SheetError when it is too large, and expat.ExpatError or another ValueError when it is no worksheet.
    """
    reader = _Reader(text_of)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ParseFile(stream)
    return reader.sheet


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it holds an XML document type, which no spreadsheet program writes")


class _Reader:
    """Handlers of the XML parser. A cell is kept only when it holds a text."""

    def __init__(self, text_of: CellText) -> None:
        self.sheet = Sheet()
        self._text_of = text_of
        self._row = 0
        self._column = 0
        self._hidden = False
        self._cell: _Cell | None = None
        self._collecting = False
        self._cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._row = _number(attributes.get("r"), self._row + 1, LAST_ROW)
            self._column = 0
            self._hidden = attributes.get("hidden") in ("1", "true")
        elif self._cell is not None:
            if tag in ("v", "t"):
                self._collecting = True
            elif tag == "f":
                self._cell.formula = True
            elif tag == "rPh":  # how the text is pronounced, beside the text itself
                self._cell.kind = "phonetic"
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag in ("v", "t"):
            self._collecting = False
        elif tag == "rPh" and self._cell is not None:
            self._cell.kind = "inlineStr"
        elif tag == "c" and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None

    def characters(self, text: str) -> None:
        if self._collecting and self._cell is not None and self._cell.kind != "phonetic":
            self._cell.value.append(text)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        row, column = self._row, self._column + 1
        if place is not None:
            row, column = _number(place[2], row, LAST_ROW), _column(place[1])
        self._column = column
        style = attributes.get("s", "0")
        self._cell = _Cell(row, column, attributes.get("t", "n"), int(style) if style.isdecimal() else 0)

    def _end_cell(self, cell: _Cell) -> None:
        value = "".join(cell.value)
        if not value:
            if cell.formula and cell.kind != "str":
                self.sheet.uncalculated += 1
                if self.sheet.uncalculated <= 3:
                    self.sheet.first_uncalculated.append(f"{letters(cell.column)}{cell.row}")
            return
        text = self._text_of(cell.kind, value, cell.style)
        if not text:
            return
        rows = self.sheet.rows
        self._cells += max(cell.row - len(rows), 0)
        while len(rows) < cell.row:
            rows.append([])
        cells = rows[cell.row - 1]
        self._cells += max(cell.column - len(cells), 0)
        if self._cells > MOST_CELLS:
            raise SheetError(f"has more than {MOST_CELLS:,} cells")
        cells.extend([""] * (cell.column - len(cells)))
        cells[cell.column - 1] = text
        if self._hidden and (not self.sheet.hidden or self.sheet.hidden[-1] != cell.row):
            self.sheet.hidden.append(cell.row)

    def _merge(self, reference: str) -> None:
        match = _RANGE.fullmatch(reference)
        if match is not None and len(self.sheet.merged) < MOST_CELLS // 100:
            top, bottom = int(match[2]), min(int(match[4]), LAST_ROW)
            self.sheet.merged.append(Area(top, _column(match[1]), bottom, _column(match[3])))


def _number(text: str | None, otherwise: int, most: int) -> int:
    number = int(text) if text is not None and text.isdecimal() and len(text) < 10 else otherwise
    if not 1 <= number <= most:
        raise SheetError(f"has a row {number:,}, where a worksheet ends at {most:,}")
    return number


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    if number > LAST_COLUMN:
        raise SheetError(f"has a column {name}, where a worksheet ends at XFD")
    return number
