"""What is checked of places before a county is made of them, told with the rows of the files they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from planner.domain.schema import Table
from planner.geodata.boundary import inside
from planner.geodata.intake.draft import Facility, Township, Village, lon_lat
from planner.geodata.intake.positions import Points, check_inside
from planner.geodata.intake.review import Review
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

P = TypeVar("P", Township, Village, Facility)


def check_codes(places: Sequence[Township | Village], county: str, found: DefectLog) -> None:
    """Codes start with the county's, and none occurs twice."""
    first: dict[str, Township | Village] = {}
    for place in places:
        if not place.code:
            continue
        earlier = first.setdefault(place.code, place)
        if earlier is not place:
            found.error(
                "duplicate-code", place.file, f"({place.name}) repeats the code of row {earlier.row} ({earlier.name})",
                "give each its own, or delete one of the two", row=place.row, column="code", value=place.code,
            )  # fmt: skip
        elif not place.code.startswith(county):
            found.error(
                "wrong-county", place.file, f"({place.name}) does not start with the county's code {county}",
                "correct the code, or say the county's with --code", row=place.row, column="code", value=place.code,
            )  # fmt: skip
    if places:
        found.fold(places[0].file, len(places))


def keep_inside(boundary: BaseGeometry, places: Sequence[P]) -> tuple[list[P], list[P]]:
    """Places inside the boundary or on it, and those outside."""
    if not places:
        return [], []
    within = inside(boundary, *lon_lat(places)).tolist()
    kept = [place for place, here in zip(places, within, strict=True) if here]
    return kept, [place for place, here in zip(places, within, strict=True) if not here]


def tell_outside(
    boundary: BaseGeometry, places: Sequence[Township | Village | Facility], table: Table, found: DefectLog
) -> None:
    """An error for each of ``places`` (all of one file) that lies outside, or one for the file when all do."""
    rows, names = [place.row or 0 for place in places], [place.name for place in places]
    check_inside(boundary, Points(places[0].file, table, rows, names, *lon_lat(places)), found)


def note_outside(places: Sequence[Township | Village | Facility], review: Review) -> None:
    """A review row for each place that was left out."""
    for place in places:
        code = place.site_id if isinstance(place, Facility) else place.code
        why = "lies outside the boundary (--drop-outside)"
        review.add("outside", place.file, "left out", why, row=place.row, code=code, name=place.name)
