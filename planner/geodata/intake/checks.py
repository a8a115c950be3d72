"""What is checked of places before a county is made of them, told with the rows of the files they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from planner.domain.schema import Table
from planner.geodata.boundary import inside
from planner.geodata.divisions import recoded
from planner.geodata.intake.draft import Facility, Note, Township, Village, lon_lat
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
            old = recoded(place.code)
            was = f" but with {old.old}, which {old.name} had until {old.year}" if old else ""
            found.error(
                "wrong-county", place.file, f"({place.name}) does not start with the county's code {county}{was}",
                "take today's code" if old else "correct the code, or say the county's with --code",
                row=place.row, column="code", value=place.code,
            )  # fmt: skip
    if places:
        found.fold(places[0].file, len(places))


def forget_wrong_codes(places: Sequence[Township | Village], county: str) -> None:
    """Take codes away that OpenStreetMap gives to two places, or that are of another county; each is noted."""
    seen: set[str] = set()
    for place in places:
        if place.code and (place.code in seen or not place.code.startswith(county)):
            why = "it stands at another place too" if place.code in seen else f"it does not start with {county}"
            place.notes.append(Note("osm-code", f"{place.code} not used", why))
            place.code = ""
        seen.add(place.code)


def nothing_inside(
    boundary: BaseGeometry, file: str, groups: Sequence[Sequence[Township | Village | Facility]], found: DefectLog
) -> bool:
    """Whether the places of several files all lie outside: then ``file`` holds another boundary, which is one error."""
    lon, lat = lon_lat([place for places in groups for place in places])
    if sum(map(bool, groups)) < 2 or (np.abs(lon) > 180).any():
        return False
    if inside(boundary, lon, lat).any() or inside(boundary, lat, lon).any():
        return False
    found.error(
        "outside", file, f"holds none of the {len(lon)} places of the other files",
        "see that it is the boundary of this county, and in the datum that was declared",
    )  # fmt: skip
    return True


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
