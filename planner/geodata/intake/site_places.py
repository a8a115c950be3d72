"""Township and village of the sites in a list: as its columns say, else by where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from planner.geodata.divisions import NameIndex, place_villages
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Draft, Facility, Note, lon_lat
from planner.geodata.intake.plane import Plane, nearest
from planner.geodata.intake.townships import township_code, village_code
from planner.geodata.intake.values import parse_column
from planner.geodata.log import DefectLog

VILLAGE_WITHIN_M = 1500.0
"""A site stands in the nearest village of its township when that is no farther than this."""


def townships_by_columns(table: Table, sites: Sequence[Facility], draft: Draft, found: DefectLog) -> None:
    """Township (and village, where its code is given) of ``sites``, rows of ``table``; unknown ones are errors."""
    township_at = {township.code: i for i, township in enumerate(draft.townships)}
    village_at = {village.code: i for i, village in enumerate(draft.villages)}
    named = NameIndex([township.name for township in draft.townships])
    codes = parse_column(table, "township_code", township_code, "", found)
    village_codes = parse_column(table, "village_code", village_code, "", found)
    names = table.texts("township_name")
    for site, i in _rows(table, sites):
        if village_codes[i] in draft.left_out:
            site.notes.append(Note("village-of-site", "none", f"{village_codes[i]} was left out (--drop-outside)"))
        elif village_codes[i]:
            site.village = village_at.get(village_codes[i], -1)
            if site.village < 0:
                _tell(site, "village_code", village_codes[i], table, found)
            else:
                site.township = draft.villages[site.village].township
        if codes[i] and codes[i] not in draft.left_out:
            stated = township_at.get(codes[i], -1)
            if stated < 0:
                _tell(site, "township_code", codes[i], table, found)
            elif site.township not in (-1, stated):
                _tell_differs(site, codes[i], table, found)
            else:
                site.township = stated
        if site.township < 0 and names[i]:
            hits = named.find(names[i])
            if len(hits) == 1:
                site.township = hits[0]
            else:
                _tell(site, "township_name", names[i], table, found)


def villages_by_columns(table: Table, sites: Sequence[Facility], draft: Draft) -> bool:
    """Village of ``sites`` by its name within their township; a name that fits none is noted.

    Returns whether the file speaks of villages at all: then an empty cell means none, and nothing is guessed.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for i, village in enumerate(draft.villages):
        members[village.township].append(i)
    indexes: dict[int, NameIndex] = {}
    names = table.texts("village_name")
    for site, i in _rows(table, sites):
        if site.village >= 0 or not names[i]:
            continue
        here = members[site.township]
        if site.township not in indexes:
            indexes[site.township] = NameIndex([draft.villages[j].name for j in here])
        hits = indexes[site.township].find(names[i])
        if len(hits) == 1:
            site.village = here[hits[0]]
        else:
            why = f"{names[i]} is {'the name of several villages' if hits else 'no village'} of its township"
            site.notes.append(Note("village-of-site", "none", why))
    return table.has("village_code") or table.has("village_name")


def townships_by_position(sites: Sequence[Facility], draft: Draft) -> None:
    """Township of each site that has none yet; doubtful ones, and those by the nearest seat, are noted."""
    unplaced = [site for site in sites if site.township < 0]
    if not unplaced or not draft.townships:
        return
    placing = place_villages(
        np.column_stack(lon_lat(unplaced)),
        [township.polygon for township in draft.townships],
        np.column_stack(lon_lat(draft.townships)),
    )
    doubtful = placing.doubtful
    for i, site in enumerate(unplaced):
        site.township = int(placing.township[i])
        if site.township >= 0 and (placing.how[i] != "polygon" or doubtful[i]):
            why = "a second township is nearly as likely" if doubtful[i] else str(placing.how[i])
            name = draft.townships[site.township].name
            site.notes.append(Note("township-of-site", name, why, float(placing.distance_m[i])))


def villages_by_position(sites: Sequence[Facility], draft: Draft, plane: Plane) -> None:
    """The nearest village of its township for each site without one, when it is near enough."""
    open_sites = [site for site in sites if site.village < 0 <= site.township]
    if not open_sites:
        return
    xy, village_xy = plane.xy(open_sites), plane.xy(draft.villages)
    home = np.array([village.township for village in draft.villages], dtype=np.int64)
    by_township: dict[int, list[int]] = defaultdict(list)
    for i, site in enumerate(open_sites):
        by_township[site.township].append(i)
    for township, here in by_township.items():
        members = np.flatnonzero(home == township)
        metres, closest = nearest(xy[here], village_xy[members])
        for i, m, j in zip(here, metres.tolist(), closest.tolist(), strict=True):
            if m <= VILLAGE_WITHIN_M:
                open_sites[i].village = int(members[j])


def _rows(table: Table, sites: Sequence[Facility]) -> list[tuple[Facility, int]]:
    """Each site with the position of its row in the columns; rows that were left out have no site."""
    at = {row: i for i, row in enumerate(table.raw.rows)}
    return [(site, at[site.row]) for site in sites if site.row is not None]


def _tell(site: Facility, column: str, text: str, table: Table, found: DefectLog) -> None:
    if column == "township_name":
        found.error(
            "unknown-township", table.file, f"({site.name}) names a township that is not known, or several",
            "write the name as the list of townships has it, or give its code", row=site.row,
            column=table.header(column), value=text,
        )  # fmt: skip
        return
    found.error(
        "unknown-code", table.file, f"({site.name}) names a code that the list of places lacks",
        "correct it, or add the place to its list", row=site.row, column=table.header(column), value=text,
    )  # fmt: skip


def _tell_differs(site: Facility, code: str, table: Table, found: DefectLog) -> None:
    found.error(
        "township-not-prefix", table.file, f"({site.name}) stands in a village that is not of this township",
        "correct the township or the village", row=site.row, column=table.header("township_code"), value=code,
    )  # fmt: skip
