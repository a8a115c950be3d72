"""What people put into a table beside its records: lines of totals, notes below, and a township named once a block."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np

from planner.geodata.intake.columns import Table
from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.raw import RawTable, Texts

_TOTAL: Final = re.compile(r".{0,20}(?:合计|总计|小计|共计)(?:数|人数)?[:：]?|(?:grand |sub)?totals?:?", re.IGNORECASE)
_NOTE: Final = re.compile(
    r"(?:注|备注|说明|填表|填报|制表|审核|复核|负责人|联系人|联系电话|数据来源|资料来源|统计时间|截止|截至).{0,12}[:：].*"
)
_NUMBER: Final = re.compile(r"[0-9]*\.?[0-9]*")
_MOST_NAMED: Final = 5
BLOCKS: Final = ("township_name", "township_code")
"""Columns that a sheet may fill in once for all the rows of a block."""


def records_only(raw: RawTable, found: DefectLog) -> RawTable:
    """``raw`` without lines of totals and notes, which are named in one warning; a map file as it is.

    Such a line is known by its first cell that is no number: 合计, 积石镇小计, 填表人：….
    """
    if raw.geometries is not None or not len(raw):
        return raw
    first = [""] * len(raw)
    for texts in raw.columns.values():
        for i, text in enumerate(texts):
            if text and not first[i] and not _NUMBER.fullmatch(text):
                first[i] = "".join(text.split())
    other = np.array([bool(_TOTAL.fullmatch(text) or _NOTE.fullmatch(text)) for text in first], dtype=bool)
    if not other.any():
        return raw
    rows = np.flatnonzero(other).tolist()
    named = ", ".join(f"{raw.rows[i]} ({one_line(first[i], 20)})" for i in rows[:_MOST_NAMED])
    more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    found.warning(
        "not-a-record", raw.file, f"rows of totals or notes were left unread: {named}{more}",
        "see that they are no places; better keep them out of the table", row=raw.rows[rows[0]],
    )  # fmt: skip
    columns = {
        header: Texts.of(text for text, out in zip(texts, other, strict=True) if not out)
        for header, texts in raw.columns.items()
    }
    return replace(raw, columns=columns, rows=[row for row, out in zip(raw.rows, other, strict=True) if not out])


def filled_down(table: Table, found: DefectLog) -> Table:
    """``table`` with the township of each block in all its rows, where the sheet names it in the first only.

    Only a column in which every name stands once and the first row has one is such a column, as merged cells leave it.
    """
    columns = dict(table.raw.columns)
    for ours in BLOCKS if table.raw.geometries is None else ():
        texts = list(table.texts(ours)) if table.has(ours) else []
        names = [text for text in texts if text]
        if not names or not texts[0] or len(names) == len(texts) or len(set(names)) < len(names):
            continue
        filled, last = [], ""
        for text in texts:
            last = text or last
            filled.append(last)
        columns[table.header(ours)] = Texts.of(filled)
        found.warning(
            "filled-down", table.file, "names a township in the first row of each block only: "
            f"{len(texts) - len(names)} empty cells were given the one above, e.g. row "
            f"{table.raw.rows[texts.index('')]}",
            "see that the blocks are whole, or fill in every row", column=table.header(ours),
        )  # fmt: skip
    return replace(table, raw=replace(table.raw, columns=columns))
