"""CSV tables → records with typed values, every defect noted with the row that a spreadsheet shows.

A record keeps only the columns that could be read, so that one bad cell neither hides the rest of its row
nor causes a second complaint further on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.domain import schema
from planner.geodata.cells import Problem, Value, parse_cell
from planner.geodata.log import DefectLog
from planner.geodata.text import decode

_BLANKS = " \t\r\n\u00a0\u3000\ufeff"


@dataclass(frozen=True, slots=True)
class Record:
    """One row (or map feature): its number as shown to people, and the values that could be read.

    An optional cell left empty is None; a cell that could not be read is absent from ``values``.
    """

    row: int
    values: Mapping[str, Value]

    def text(self, column: str) -> str | None:
        """The text in ``column``, or None when it is empty or could not be read."""
        value = self.values.get(column)
        return value if isinstance(value, str) else None

    def number(self, column: str) -> float | None:
        """The number in ``column``, or None when it is empty or could not be read."""
        value = self.values.get(column)
        return value if isinstance(value, float) else None

    def integer(self, column: str) -> int | None:
        """The whole number in ``column``, or None when it is empty or could not be read."""
        value = self.values.get(column)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, column: str) -> bool | None:
        """The truth value in ``column``, or None when it is empty or could not be read."""
        value = self.values.get(column)
        return value if isinstance(value, bool) else None

    @property
    def label(self) -> str:
        """The name of what the row describes, with its Chinese name where known, for messages."""
        return self.text("name") or self.text("code") or self.text("site_id") or self.text("road_id") or "?"


@dataclass(frozen=True, slots=True)
class Records:
    """One layer's table: the file as the planner wrote it, its schema, and its records in file order."""

    file: str
    table: schema.Table
    records: tuple[Record, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


def read_csv(path: Path, file: str, table: schema.Table, found: DefectLog) -> Records | None:
    """Read ``path``, named ``file`` in messages, as ``table``; None when not even its header can be read."""
    text = decode(path.read_bytes(), file, found)
    if text is None:
        return None
    rows = _split(text, file, found)
    if rows is None:
        return None
    if not rows or not any(rows[0]):
        message = "is empty" if not any(any(row) for row in rows) else "has no header in row 1"
        found.error("empty-file", file, message, f"write a header: {','.join(table.names)}")
        return None
    columns = check_header(rows[0], file, table, found)
    if not columns:
        return None
    records = []
    blank = 0
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cells):
            blank += 1
        elif len(cells) != len(rows[0]):
            found.error(
                "ragged-row",
                file,
                f"has {len(cells)} cells under {len(rows[0])} columns",
                "put text that holds a comma in double quotes; keep a comma for an empty cell",
                row=number,
            )
        else:
            texts = {name: cells[position] for name, position in columns.items()}
            records.append(parse_record(number, texts, file, table, found))
    if len(rows) - 1 == blank:
        found.error("empty-file", file, "has a header but no rows", f"add one row for each: {table.row}")
    found.fold(file, len(rows) - 1 - blank)
    return Records(file, table, tuple(records))


def _split(text: str, file: str, found: DefectLog) -> list[list[str]] | None:
    """Rows of stripped cells; a row of the list is a row of a spreadsheet, also when a cell holds line breaks."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows.extend([cell.strip(_BLANKS) for cell in cells] for cells in reader)
    except csv.Error as error:
        found.error(
            "csv",
            file,
            f"cannot be divided into cells: {error}",
            "look for an opening double quote that is never closed",
            row=len(rows) + 1,
        )
        return None
    if rows and len(rows[0]) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs")):
            if mark in rows[0][0]:
                found.error("separator", file, f"is divided by {word}", "save it with commas between cells", row=1)
                return None
    return rows


def check_header(
    header: Sequence[str], file: str, table: schema.Table, found: DefectLog, *, row: int | None = 1
) -> dict[str, int]:
    """Position of each known column, empty when none is known; each defect gives one line.

    ``row`` is where the header stands, None for a vector file's fields.
    """
    if not set(header) & set(table.names):
        found.error(
            "missing-column",
            file,
            "has none of the columns of this file: no header, or a header in other words",
            f"name the columns {','.join(table.names)}",
            row=row,
        )
        return {}
    columns: dict[str, int] = {}
    for position, name in enumerate(header):
        if name in columns:
            found.error(
                "duplicate-column",
                file,
                f"stands in the header twice, in columns {columns[name] + 1} and {position + 1}",
                "remove or rename one of them",
                row=row,
                column=name,
            )
        elif name in table.names:
            columns[name] = position
        elif name:
            found.warning(
                "unknown-column",
                file,
                "is not a column of this file and was left unread",
                f"remove it, or rename it to one of {', '.join(table.names)}",
                row=row,
                column=name,
            )
    for column in table.columns:
        if column.required and column.name not in columns:
            found.error(
                "missing-column",
                file,
                f"is missing from the header ({column.meaning})",
                f"add a column called {column.name}",
                row=row,
                column=column.name,
            )
    return columns


def parse_record(number: int, texts: Mapping[str, str], file: str, table: schema.Table, found: DefectLog) -> Record:
    """The record of row ``number`` from its cells' texts, each problem added to ``found``."""
    values: dict[str, Value] = {}
    name = next((texts[key] for key in ("name", "code", "site_id", "road_id") if texts.get(key)), "")
    for column in table.columns:
        text = texts.get(column.name)
        if text is None:
            if not column.required:
                values[column.name] = None
            continue
        if not text:
            if column.required:
                found.error(
                    "empty-cell",
                    file,
                    _of(name, "is empty"),
                    f"fill it in: {column.meaning}",
                    row=number,
                    column=column.name,
                )
            else:
                values[column.name] = None
            continue
        value = parse_cell(table, column, text)
        if isinstance(value, Problem):
            found.error(
                value.code,
                file,
                _of(name, value.message),
                value.fix,
                row=number,
                column=column.name,
                value=text,
            )
        else:
            values[column.name] = value
    return Record(number, values)


def _of(name: str, message: str) -> str:
    return f"({name}) {message}" if name else message
