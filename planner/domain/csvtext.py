"""How the tables of a county are spelt: CSV as UTF-8 with byte-order mark and CRLF, as spreadsheets open it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from planner.domain.schema import Table


def csv_bytes(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """``header`` and ``rows`` of cell texts as the bytes of a file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def table_bytes(table: Table, rows: Iterable[Sequence[object]]) -> bytes:
    """``rows``, cells in the order of the table's columns, as its file: decimals as the schema says, None empty.

    A sparse column that no row has is left out.
    """
    listed = [tuple(row) for row in rows]
    shown = [
        (position, column)
        for position, column in enumerate(table.columns)
        if not column.sparse or any(row[position] is not None for row in listed)
    ]
    return csv_bytes(
        [column.name for _, column in shown],
        ([_cell(row[position], column.decimals) for position, column in shown] for row in listed),
    )


def _cell(value: object, decimals: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if decimals is not None and isinstance(value, float):
        return f"{value:.{decimals}f}"
    return str(value)
