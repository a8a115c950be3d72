"""A sheet of cells → named columns: title rows above the header are skipped and named, merged headers refused.

Rows and columns of a grid are counted as a spreadsheet shows them: row 1, column A.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.raw import Texts

MOST_COLUMNS = 1_000
MOST_CELLS = 20_000_000
"""Limits of one table; some four times what the villages of the whole country take."""

_SEARCHED = 20
"""Rows in which a header is looked for."""
_FILLED = 0.6
"""A header fills at least this share of the cells that the rows below it usually fill; a title fills one or two."""
_WIDER = 1.5
"""A header is at least this much wider than a row of notes above it (unit, date, who filled in the table)."""
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?%?")


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area of a sheet, in rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        """The area as a spreadsheet names it, e.g. ``B2:C2``."""
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass(frozen=True, slots=True)
class Grid:
    """Stripped cells by row as they stand in a file; rows may be of any length."""

    file: str
    rows: list[list[str]]
    merged: Sequence[Area] = ()
    strict_width: bool = False
    """Whether a row with more or fewer cells than the header is a mistake (in a CSV a lost comma shifts cells)."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns by header text, and the spreadsheet's number of each row."""

    columns: Mapping[str, Texts]
    rows: Sequence[int]


def letters(column: int) -> str:
    """A column's letters: 1 → A, 27 → AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def columns_of(grid: Grid, found: DefectLog) -> Columns | None:
    """The columns of ``grid`` under its header; None after an error when it has none that can be used."""
    at = find_header(grid, found)
    if at is None:
        return None
    if not _check_merged_header(grid, at, found):
        return None
    named = sum(map(bool, grid.rows[at]))
    if named > MOST_COLUMNS:
        message = f"has {named:,} columns; at most {MOST_COLUMNS:,} are read"
        found.error("file-size", grid.file, message, "keep only the columns that are needed")
        return None
    _spread_merged(grid, at, found)
    places = _named(grid, at, found)
    width = max(place for place, name in enumerate(grid.rows[at], start=1) if name)
    kept: list[Sequence[str]] = []
    numbers: list[int] = []
    errors = 0
    for number, cells in enumerate(grid.rows[at + 1 :], start=at + 2):
        if not any(cells):
            continue
        if grid.strict_width and (len(cells) < width or any(cells[width:])):
            errors += 1
            report_ragged(grid.file, number, len(cells), width, found)
        else:
            kept.append(cells)
            numbers.append(number)
    found.fold(grid.file, len(kept) + errors)
    if not kept:
        if not errors:
            found.error("empty-file", grid.file, "has a header but no rows", "add one row for each place")
        return None
    columns = {
        name: Texts.of(cells[place] if place < len(cells) else "" for cells in kept) for name, place in places.items()
    }
    return Columns(columns, numbers)


def find_header(grid: Grid, found: DefectLog) -> int | None:
    """Index of the header row; titles above it are named in a warning. None after an error when there is none."""
    filled = [sum(map(bool, cells)) for cells in grid.rows[: _SEARCHED * 5]]
    usual = [count for count in filled if count]
    if not usual:
        what = f"has nothing in its first {len(filled)} rows" if any(map(any, grid.rows)) else "is empty"
        found.error("empty-file", grid.file, what, "write a header and one row for each place")
        return None
    wide = int(np.median(usual))
    enough = max(2 if wide > 1 else 1, int(np.ceil(_FILLED * wide)))
    at = next((i for i, count in enumerate(filled[:_SEARCHED]) if count >= enough), None)
    at = at if at is None else _below_notes(grid.rows, filled, at)
    if at is None:
        at = next(i for i, count in enumerate(filled) if count)
    cells = [cell for cell in grid.rows[at] if cell]
    if sum(_NUMBER.fullmatch(cell) is not None for cell in cells) * 2 >= len(cells):
        found.error(
            "no-header",
            grid.file,
            f"has no header: '{one_line(', '.join(cells), 60)}' are values, not names of columns",
            "write a row above the first one that names each column",
            row=at + 1,
        )
        return None
    titles = [cell for row in grid.rows[:at] for cell in row if cell]
    if titles:
        found.warning(
            "title-rows",
            grid.file,
            f"the header is in row {at + 1}; what stands above it was left unread: '{one_line(' '.join(titles), 60)}'",
            "see that it is only a title",
            row=1,
        )
    return at


def _below_notes(rows: Sequence[Sequence[str]], filled: Sequence[int], at: int) -> int:
    """``at``, or the row soon below it that names half as many columns more: then ``at`` holds notes on the table."""
    for i in range(at + 1, min(at + 3, len(filled))):
        names = not any(_NUMBER.fullmatch(cell) for cell in rows[i] if cell)
        if names and filled[i] >= _WIDER * filled[at] and filled[i] == max(filled):
            return i
    return at


def _check_merged_header(grid: Grid, at: int, found: DefectLog) -> bool:
    """Whether the header is one row: no name spread over several columns with more names below it."""
    row = at + 1
    merged = [area for area in grid.merged if area.top <= row <= area.bottom]
    header = grid.rows[at]
    below = grid.rows[at + 1] if at + 1 < len(grid.rows) else ()
    gaps = [i for i, cell in enumerate(below) if cell and not (header[i] if i < len(header) else "")]
    under_names = [i for i, cell in enumerate(below) if cell and i < len(header) and header[i]]
    second = len(gaps) >= 1 and not any(_NUMBER.fullmatch(below[i]) for i in gaps) and len(under_names) <= len(gaps)
    if not merged and not second:
        return True
    if merged:
        where = f"merged cells {', '.join(area.name for area in merged[:5])}"
        if len(merged) > 5:
            where += f" and {len(merged) - 5} more"
    else:
        where = f"cells {', '.join(f'{letters(i + 1)}{row + 1}' for i in gaps[:5])} under empty ones"
    found.error(
        "merged-header",
        grid.file,
        f"has a header of several rows: {where}",
        "write one header row, one name over each column, without merged cells",
        row=row,
    )
    return False


def _spread_merged(grid: Grid, at: int, found: DefectLog) -> None:
    """Give each row under a cell that is merged over several rows the text that it shows."""
    down = [area for area in grid.merged if area.top > at + 1 and area.bottom > area.top and area.left == area.right]
    across = [area for area in grid.merged if area.top > at + 1 and area.right > area.left]
    for area in down:
        source = grid.rows[area.top - 1] if area.top <= len(grid.rows) else []
        text = source[area.left - 1] if area.left <= len(source) else ""
        for cells in grid.rows[area.top : area.bottom] if text else ():
            if any(cells):
                cells.extend([""] * (area.left - len(cells)))
                cells[area.left - 1] = text
    for areas, what in (
        (down, "over several rows; each of the rows was given their text"),
        (across, "over several columns; only the first was given their text"),
    ):
        if areas:
            names = ", ".join(area.name for area in areas[:3]) + (" …" if len(areas) > 3 else "")
            found.warning(
                "merged-cells",
                grid.file,
                f"has {len(areas)} cells merged {what}: {names}",
                "unmerge them and fill in each row",
                row=areas[0].top,
            )


def _named(grid: Grid, at: int, found: DefectLog) -> dict[str, int]:
    """Place of each named column; a name that stands twice is an error, cells without a name a warning."""
    places: dict[str, int] = {}
    header = [one_line(cell) for cell in grid.rows[at]]
    for place, name in enumerate(header):
        if name and name in places:
            found.error(
                "duplicate-column",
                grid.file,
                f"stands in the header twice, in columns {letters(places[name] + 1)} and {letters(place + 1)}",
                "remove or rename one of them",
                row=at + 1,
                column=name,
            )
        elif name:
            places[name] = place
    unnamed = sorted(
        {
            place + 1
            for cells in grid.rows[at + 1 :]
            for place, cell in enumerate(cells)
            if cell and (place >= len(header) or not header[place])
        }
    )
    if unnamed and not (grid.strict_width and unnamed[-1] > len(header)):
        found.warning(
            "unnamed-column",
            grid.file,
            f"cells in {', '.join(map(letters, unnamed[:8]))} stand under no name and were left unread",
            "name the column in the header, or empty it",
            row=at + 1,
        )
    return places


def report_ragged(file: str, row: int, has: int, width: int, found: DefectLog) -> None:
    """Add the error for a row with ``has`` cells under ``width`` columns."""
    found.error(
        "ragged-row",
        file,
        f"has {has} cells under {width} columns",
        "put text that holds a comma in double quotes; keep a comma for an empty cell",
        row=row,
    )
