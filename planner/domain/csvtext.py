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
    """``rows``, cells in the order of the table's columns, as its file: decimals as the schema says, None empty."""
    decimals = [column.decimals for column in table.columns]
    return csv_bytes(
        table.names, ([_cell(value, places) for value, places in zip(row, decimals, strict=True)] for row in rows)
    )


def _cell(value: object, decimals: int | None) -> str:
    if value is None:
        return ""
    if decimals is not None and isinstance(value, float):
        return f"{value:.{decimals}f}"
    return str(value)
