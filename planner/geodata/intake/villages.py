"""Village-level units: from a table or a map file, else from the settlements of OpenStreetMap."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.codes import VILLAGE_DIGITS, is_administrative_village, is_code, is_residents_committee
from planner.domain.county import PlaceKind
from planner.domain.schema import PRIORITIES
from planner.geodata.cells import Problem
from planner.geodata.divisions import NameIndex, name_key
from planner.geodata.intake.columns import Table, listed
from planner.geodata.intake.draft import Note, Township, Village
from planner.geodata.intake.positions import Placed, place
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.review import Review
from planner.geodata.intake.townships import need_names, township_code, village_code
from planner.geodata.intake.values import parse_column, parse_words, whole_number
from planner.geodata.intake.words import KINDS, NO_PRIORITY, PRIORITY
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from planner.geodata.osm import OsmSettlement

TOLD = -2
"""Stands for the township of a village about which an error has been told."""

_RESIDENTS = ("社区", "居委会", "居民委员会")
_DIVIDED = re.compile(r"[|、,，/;；\s]+")


def villages_from_table(
    table: Table, townships: Sequence[Township], request: ImportRequest, found: DefectLog
) -> list[Village] | None:
    """Units as the file has them, with the township that their code or a column names; None after an error.

    Positions may be lacking where another file or OpenStreetMap may have them (`lookup`).
    """
    named = need_names(table, "village", found)
    placed = place(table, request, found, may_lack=request.positions_elsewhere)
    if placed is None or not named:
        return None
    codes = parse_column(table, "code", village_code, "", found)
    populations = parse_column(table, "population", whole_number, None, found)
    kinds = parse_words(table, "kind", KINDS, "", found)
    priorities = parse_column(table, "priority", _priority, "", found)
    names = table.texts("name")
    villages = [
        Village(
            names[i], float(placed.lon[i]), float(placed.lat[i]), codes[i],
            kind=PlaceKind(kinds[i]) if kinds[i] else None, population=populations[i], priority=priorities[i],
            file=table.file, row=table.raw.rows[i],
        )
        for i in range(len(table))
    ]  # fmt: skip
    _township_by_column(table, villages, townships, found)
    _tell_areas(placed, villages)
    return villages


def _tell_areas(placed: Placed, villages: Sequence[Village]) -> None:
    if placed.polygons is None:
        return
    for village, polygon in zip(villages, placed.polygons, strict=True):
        if polygon is not None:
            village.notes.append(Note("seat", "the middle of its area", "the file draws the area, not the place"))


def _priority(text: str) -> str | Problem:
    words = [part for part in _DIVIDED.split(text) if part and part not in NO_PRIORITY]
    ours = {PRIORITY.ours(part) for part in words}
    if None in ours:
        return Problem("unknown-word", "holds a word that is not known", f"use {', '.join(PRIORITIES)}")
    return "|".join(sorted(str(one) for one in ours))


def _township_by_column(
    table: Table, villages: Sequence[Village], townships: Sequence[Township], found: DefectLog
) -> None:
    """The township that a column names, by code or by name; one error for each name that fits none or several."""
    by_code = {township.code: position for position, township in enumerate(townships) if township.code}
    codes = parse_column(table, "township_code", township_code, "", found)
    index = NameIndex([township.name for township in townships])
    answers: dict[str, tuple[int, ...]] = {}
    strange: dict[str, list[int]] = {}
    for village, code, text in zip(villages, codes, table.texts("township_name"), strict=True):
        if code in by_code:
            village.township = by_code[code]
        elif text:
            if text not in answers:
                answers[text] = index.find(text)
            if len(answers[text]) == 1:
                village.township = answers[text][0]
            elif townships and not (village.code and village.code[:9] in by_code):
                strange.setdefault(text, []).append(village.row or 0)
                village.township = TOLD
    for text, rows in strange.items():
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        several = [townships[i].name for i in answers[text]]
        alike = did_you_mean(text, [township.name for township in townships])
        found.error(
            "unknown-township",
            table.file,
            f"may be any of {', '.join(several)}{more}" if several else f"is no township that is known{more}",
            f"{alike}write the township's name as the list of townships has it, or give its code",
            row=rows[0],
            column=table.header("township_name"),
            value=text,
        )


def did_you_mean(text: str, names: Sequence[str]) -> str:
    """The name most like ``text`` as the beginning of an advice; empty when none is like it."""
    near = difflib.get_close_matches(text, names, n=1)
    return f"did you mean {near[0]}? " if near else ""


def villages_from_osm(
    settlements: Sequence[OsmSettlement], request: ImportRequest, file: str
) -> tuple[list[Village], list[str]]:
    """Settlements as village-level units, and sentences about them.

    Urban places are residents' committees unless their codes say otherwise.
    """
    villages, towns, values = [], [], set()
    for settlement in settlements:
        urban = settlement.place in request.urban_places
        if not urban and settlement.place not in request.settlements:
            continue
        village = Village(
            settlement.name, settlement.lon, settlement.lat,
            settlement.code if is_code(settlement.code, VILLAGE_DIGITS) else "",
            population=settlement.population, file=file,
        )  # fmt: skip
        if urban and not (village.code and is_administrative_village(village.code)):
            village.kind = PlaceKind.RESIDENTS_COMMITTEE
            why = f"place={settlement.place} is urban: on the map, without demand (--urban)"
            village.notes.append(Note("kind", village.kind, why))
            towns.append(village.name)
            values.add(settlement.place)
        villages.append(village)
    if not towns:
        return villages, []
    return villages, [
        f"urban places (place={'|'.join(sorted(values))}), kept as residents' committees, whose people are no demand "
        f"of village points (--urban): {listed(towns)}"
    ]


def decide_kinds(villages: Sequence[Village], review: Review) -> int:
    """Give each unit without a kind the one its code tells, else its name; returns how many nothing tells of.

    These are taken for administrative villages, and one row of the review stands for all of them; each that is taken
    for a residents' committee by its name has a row of its own.
    """
    assumed: list[Village] = []
    for village in villages:
        if village.kind is not None:
            continue
        village.kind = PlaceKind.ADMINISTRATIVE_VILLAGE
        if village.code and is_residents_committee(village.code):
            village.kind = PlaceKind.RESIDENTS_COMMITTEE
        elif village.code and is_administrative_village(village.code):
            continue
        elif village.name.endswith(_RESIDENTS):
            village.kind = PlaceKind.RESIDENTS_COMMITTEE
            village.notes.append(Note("kind", village.kind, "its name; neither a column nor its code tells the kind"))
        else:
            assumed.append(village)
    if assumed:
        guess = f"{len(assumed)} of {len(villages)} taken for administrative villages"
        review.add("kind", assumed[0].file, guess, "neither a column nor their codes tell the kind")
    return len(assumed)


def tell_same_names(villages: Sequence[Village], townships: Sequence[Township]) -> None:
    """Note villages of one name in one township: one may be listed twice."""
    first: dict[tuple[int, str], Village] = {}
    for village in villages:
        key = (village.township, name_key(village.name))
        earlier = first.setdefault(key, village)
        if earlier is not village:
            where = f" in {townships[village.township].name}" if village.township >= 0 else ""
            other = f"row {earlier.row}" if earlier.row is not None else earlier.name
            village.notes.append(Note("same-name", "kept", f"{other} has the same name{where}"))


def placed_only(villages: Sequence[Village]) -> list[Village]:
    """Those whose position could be read (the others were told as errors)."""
    return [village for village in villages if np.isfinite(village.lon) and np.isfinite(village.lat)]
