"""CSV tables → records with typed values, every defect noted with the row that a spreadsheet shows.

A record keeps only the columns that could be read, so that one bad cell neither hides the rest of its row
nor causes a second complaint further on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from planner.domain import schema
from planner.geodata.cells import Problem, Value, parse_cell
from planner.geodata.log import DefectLog
from planner.geodata.sources.delimited import split
from planner.geodata.sources.files import read_bytes
from planner.geodata.sources.grid import report_ragged
from planner.geodata.sources.raw import Texts
from planner.geodata.text import decode

_ABSENT: Final = object()
"""Stands for a cell that could not be read until its record is made without it."""


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
        """The flag in ``column``, or None when it is empty or could not be read."""
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
    data = read_bytes(path, file, found, lines=True)
    text = None if data is None else decode(data, file, found)
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
    numbers, kept = _whole_rows(rows, file, found)
    filled = sum(map(any, rows[1:]))
    if not filled:
        found.error("empty-file", file, "has a header but no rows", f"add one row for each: {table.row}")
    texts = {name: Texts.of(cells[position] for cells in kept) for name, position in columns.items()}
    records = parse_columns(texts, numbers, file, table, found)
    found.fold(file, filled)
    return Records(file, table, records)


def _whole_rows(rows: Sequence[list[str]], file: str, found: DefectLog) -> tuple[list[int], list[list[str]]]:
    """Number and cells of each row that is neither empty nor of another width than the header."""
    numbers, kept = [], []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cells):
            continue
        if len(cells) != len(rows[0]):
            report_ragged(file, number, len(cells), len(rows[0]), found)
            continue
        numbers.append(number)
        kept.append(cells)
    return numbers, kept


def _split(text: str, file: str, found: DefectLog) -> list[list[str]] | None:
    """Rows of stripped cells between commas; other separators are an error."""
    rows = split(text, file, found)
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


def parse_columns(
    columns: Mapping[str, Texts], rows: Sequence[int], file: str, table: schema.Table, found: DefectLog
) -> tuple[Record, ...]:
    """The records of ``rows`` from their cells by column; each distinct text of a column is read once.

    Every problem is added to ``found``, one for each row that has it.
    """
    parsed: dict[str, list[Any]] = {}
    spoilt = False
    for column in table.columns:
        texts = columns.get(column.name)
        if texts is None:
            if not column.required:
                parsed[column.name] = [None] * len(rows)
            continue
        results = [_parse_text(table, column, text) for text in texts.words]
        bad = np.array([isinstance(result, Problem) for result in results], dtype=bool)
        for i in np.flatnonzero(bad[texts.codes]).tolist() if bad.any() else ():
            spoilt = True
            problem, name = cast("Problem", results[texts.codes[i]]), _name_of(columns, i)
            found.error(
                problem.code,
                file,
                f"({name}) {problem.message}" if name else problem.message,
                problem.fix,
                row=rows[i],
                column=column.name,
                value=texts[i] or None,
            )
        values = np.empty(len(results), dtype=object)
        values[:] = [_ABSENT if isinstance(result, Problem) else result for result in results]
        parsed[column.name] = values[texts.codes].tolist()
    names = tuple(parsed)
    records = (
        Record(row, dict(zip(names, values, strict=True))) for row, *values in zip(rows, *parsed.values(), strict=True)
    )
    if not spoilt:
        return tuple(records)
    return tuple(
        Record(record.row, {name: value for name, value in record.values.items() if value is not _ABSENT})
        for record in records
    )


def _parse_text(table: schema.Table, column: schema.Column, text: str) -> Value | Problem:
    """The value of a cell that may be empty."""
    if text:
        return parse_cell(table, column, text)
    return Problem("empty-cell", "is empty", f"fill it in: {column.meaning}") if column.required else None


def _name_of(columns: Mapping[str, Texts], index: int) -> str:
    """What to call a row in a message: its name, else its code or id."""
    texts = (columns[key][index] for key in ("name", "code", "site_id", "road_id") if key in columns)
    return next((text for text in texts if text), "")
