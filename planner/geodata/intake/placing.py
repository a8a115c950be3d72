"""Which township each village lies in, and codes for whatever has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.codes import COUNTY_DIGITS
from planner.geodata.divisions import (
    place_villages,
    provisional_county,
    provisional_order,
    provisional_townships,
    provisional_villages,
    shared_county,
)
from planner.geodata.intake.draft import Draft, Note, Township, Village, is_chinese, lon_lat
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from planner.geodata.osm import OsmExtract


def give_townships(villages: Sequence[Village], townships: Sequence[Township], found: DefectLog) -> None:
    """Find the township of each village: by its code, by the column read before, else by where it lies."""
    by_code = {township.code: position for position, township in enumerate(townships) if township.code}
    complete = all(township.code for township in townships)
    counties = {township.code[:COUNTY_DIGITS] for township in townships}
    for village in villages:
        coded = by_code.get(village.code[:9], -1) if village.code else -1
        if coded >= 0:
            if village.township not in (-1, coded):
                column = townships[village.township].name
                village.notes.append(
                    Note("township-differs", townships[coded].name, f"by its code; the township column says {column}")
                )
            village.township = coded
        elif village.code and complete and townships:
            village.township = -2
            if village.code[:COUNTY_DIGITS] in counties:  # else it was told as a code of another county
                found.error(
                    "unknown-code",
                    village.file,
                    f"({village.name}) has a code that starts with no township's code",
                    "add the township to the list of townships, or correct the code",
                    row=village.row,
                    column="code",
                    value=village.code,
                )
    _by_position([village for village in villages if village.township == -1], townships)


def _by_position(villages: Sequence[Village], townships: Sequence[Township]) -> None:
    """By the polygon, else the nearest seat; each such guess is noted, doubtful ones as such."""
    if not villages or not townships:
        return
    points, seats = np.column_stack(lon_lat(villages)), np.column_stack(lon_lat(townships))
    placing = place_villages(points, [township.polygon for township in townships], seats)
    doubtful = placing.doubtful
    for i, village in enumerate(villages):
        position = int(placing.township[i])
        if position < 0:
            continue
        village.township = position
        how, metres, second = str(placing.how[i]), float(placing.distance_m[i]), float(placing.second_m[i])
        if how == "polygon" and not doubtful[i]:
            kind, why = "township-by-area", "its position lies in that township's area"
        elif not doubtful[i]:
            kind, why = "township-by-seat", f"{how}; no column, code or area tells the township"
        else:
            kind, why = "township-doubtful", f"{how}; the next township is {second:.0f} m away"
        village.notes.append(Note(kind, townships[position].name, why, None if how == "polygon" else metres))


def names_from_osm(osm: OsmExtract) -> dict[str, str]:
    """The county's names in Chinese and English, as far as its relation has them."""
    chinese = (osm.names.get(tag, "") for tag in ("zh", "zh-Hans", "zh-CN"))
    names = {
        "zh": next((name for name in chinese if name), osm.name if is_chinese(osm.name) else ""),
        "en": osm.names.get("en", ""),
    }
    return {language: name for language, name in names.items() if name}


def decide_county(draft: Draft, given: str | None, from_osm: str, found: DefectLog) -> str:
    """The county's 6-digit code: as given, as the files' codes begin, as OpenStreetMap has it, else provisional."""
    if given:
        return given
    places: list[Township | Village] = [*draft.townships, *draft.villages]
    listed = [place.code for place in places if place.code and place.row is not None]
    shared = shared_county(listed)
    if listed and not shared:
        prefixes = sorted({code[:6] for code in listed})
        found.error(
            "county-code",
            "--code",
            f"the codes of townships and villages start with {len(prefixes)} counties: {', '.join(prefixes[:5])}",
            "say which this county is with --code, and correct the others",
        )
    mapped = shared_county([place.code for place in places if place.code and place.row is None])
    return shared or from_osm[:6] or mapped or provisional_county(draft.name)


def give_codes(draft: Draft, found: DefectLog) -> None:
    """Fill in the codes that are missing: of townships from their villages, where these agree, else provisional."""
    _codes_from_villages(draft, found)
    _provisional_townships(draft, found)
    members: dict[int, list[Village]] = defaultdict(list)
    for village in draft.villages:
        if village.township >= 0:
            members[village.township].append(village)
    for position, villages in members.items():
        township = draft.townships[position]
        missing = [village for village in villages if not village.code]
        taken = [village.code for village in villages if village.code]
        try:
            codes = provisional_villages(township.code, taken, len(missing))
        except ValueError as error:
            found.error(
                "too-many-provisional", missing[0].file, f"{township.name}: {error}", "give the villages' own codes"
            )
            continue
        _hand_out(missing, codes)


def _codes_from_villages(draft: Draft, found: DefectLog) -> None:
    prefixes: dict[int, set[str]] = defaultdict(set)
    for village in draft.villages:
        if village.code and village.township >= 0 and not draft.townships[village.township].code:
            prefixes[village.township].add(village.code[:9])
    taken = {township.code for township in draft.townships}
    for position, found_here in prefixes.items():
        township = draft.townships[position]
        if len(found_here) == 1 and not found_here & taken:
            township.code = found_here.pop()
            taken.add(township.code)
            township.notes.append(Note("township-code", township.code, "the codes of all its villages start with it"))
            continue
        found.error(
            "township-code-unclear",
            township.file,
            f"({township.name}) has no code, and its villages' codes start with {', '.join(sorted(found_here))}",
            "give the townships' codes in a file (--townships)",
            row=township.row,
            column="code",
        )


def _provisional_townships(draft: Draft, found: DefectLog) -> None:
    missing = [township for township in draft.townships if not township.code]
    taken = [township.code for township in draft.townships if township.code]
    try:
        codes = provisional_townships(draft.code, taken, len(missing))
    except ValueError as error:
        found.error("too-many-provisional", missing[0].file, str(error), "give the townships' own codes")
        return
    _hand_out(missing, codes)


def _hand_out(places: Sequence[Township | Village], codes: Iterable[str]) -> None:
    if not places:
        return
    order = provisional_order([place.name for place in places], *lon_lat(places))
    for position, code in zip(order.tolist(), codes, strict=True):
        places[position].code = code
        places[position].notes.append(
            Note("provisional-code", code, "no source gives a code; this one is from a range that is never issued")
        )
