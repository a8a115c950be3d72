"""review.csv: every guess of an import, one row for each thing that a person should look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from planner.domain.csvtext import csv_bytes

COLUMNS = ("kind", "file", "row", "code", "name", "guess", "distance_m", "why")

KINDS = {
    "column": "what a column was taken for",
    "township-by-area": "village put into the township whose area holds it",
    "township-by-seat": "village put into the township with the nearest seat",
    "township-doubtful": "a second township is nearly as likely for this village",
    "township-differs": "the village's code and its township column name different townships",
    "township-code": "code of a township taken from its villages' codes",
    "osm-code": "code in OpenStreetMap that was not used",
    "seat": "position of a township's seat that no source states",
    "provisional-code": "code made up from a range that is never issued",
    "same-name": "places of one name in one township",
    "kind": "kind of a village-level unit that no source states",
    "population": "residents that no source states",
    "position-by-code": "position of a village taken from the place of its code in another file",
    "position-by-name": "position of a village taken from the place of its name in its township",
    "position-differs": "a second position far from the one taken, or the code of a place of another name",
    "outside": "left out: lies outside the boundary",
    "host": "host of a site told from its name",
    "township-of-site": "site put into a township by its position",
    "village-of-site": "village named for a site that was not found",
    "matched": "an outlet of the list taken for the same as a facility found",
    "doubtful": "an outlet and a facility that may be the same; both were kept",
    "new-site": "candidate proposed where nothing was found",
    "county-centre": "sites taken for able to carry the county centre",
    "broadband": "broadband that no source states",
    "surface": "surface of roads that no source states",
    "oneway": "direction of roads that no source states",
    "no-elevation": "stretch of road outside the elevation raster",
    "road-island": "unconnected part of the roads that was left out",
    "joined-end": "end of a road moved onto the road beside it",
    "joined-crossing": "roads joined where they cross",
    "no-length": "road left out because it has no length",
}
"""What the column ``kind`` can say, and what it means."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One guess: where it was made, about what, what was taken, and why."""

    kind: str
    file: str
    row: int | None
    code: str
    name: str
    guess: str
    distance_m: float | None
    why: str


class Review:
    """The guesses of one import, in the order made."""

    def __init__(self) -> None:
        self.rows: list[ReviewRow] = []

    def add(
        self,
        kind: str,
        file: str,
        guess: str,
        why: str,
        *,
        row: int | None = None,
        code: str = "",
        name: str = "",
        distance_m: float | None = None,
    ) -> None:
        """Note a guess of a known ``kind``."""
        if kind not in KINDS:
            raise KeyError(kind)
        self.rows.append(ReviewRow(kind, Path(file).name, row, code, name, guess, distance_m, why))

    def counts(self) -> dict[str, int]:
        """Number of rows of each kind, in the order of `KINDS`."""
        counted = Counter(row.kind for row in self.rows)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}

    def csv_bytes(self) -> bytes:
        """review.csv: UTF-8 with byte-order mark, so that a spreadsheet opens it."""
        return csv_bytes(COLUMNS, ([_cell(row, column) for column in COLUMNS] for row in self.rows))


def _cell(row: ReviewRow, column: str) -> str:
    value = getattr(row, column)
    if value is None:
        return ""
    text = f"{value:.0f}" if isinstance(value, float) else str(value)
    # A spreadsheet would run such a text as a formula.
    return f"'{text}" if text[:1] in ("=", "+", "@") else text
