"""Residents of villages for which no source gives them: from dwellings, or an assumed number; never in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.county import PlaceKind, Provenance, Source
from planner.geodata.divisions import place_villages
from planner.geodata.intake.draft import Draft, Note, Village, lon_lat
from planner.geodata.intake.plane import Plane, nearest
from planner.geodata.intake.request import ImportRequest
from planner.geodata.log import DefectLog
from planner.scenario import round_half_up

if TYPE_CHECKING:
    from planner.geodata.osm import OsmDwellings


def fill_population(
    draft: Draft, request: ImportRequest, dwellings: OsmDwellings | None, plane: Plane, found: DefectLog
) -> Source | None:
    """Fill in missing residents as the request allows; returns the column's source when any were filled in.

    Without permission each village that lacks them is an error that names the two options.
    """
    missing = [village for village in draft.villages if village.population is None]
    if not missing:
        return None
    if request.people_per_building is not None and dwellings is not None and len(dwellings):
        return _from_dwellings(draft, missing, request.people_per_building, dwellings, plane)
    if request.assume_population is not None:
        for village in missing:
            village.population = request.assume_population
            village.notes.append(Note("population", str(request.assume_population), "assumed; no source says"))
        text = f"assumed {request.assume_population} residents in each of {len(missing)} villages; no source says"
        draft.facts.append(f"population: {text}")
        return Source(Provenance.SYNTHETIC, text)
    _tell_missing(missing, len(draft.villages), request, found)
    return None


def _from_dwellings(
    draft: Draft, missing: Sequence[Village], per_building: float, dwellings: OsmDwellings, plane: Plane
) -> Source:
    """Each dwelling counts for the nearest village of its township, whether that one's residents are known or not."""
    placing = place_villages(
        np.column_stack([dwellings.lon, dwellings.lat]),
        [township.polygon for township in draft.townships],
        np.column_stack(lon_lat(draft.townships)),
    )
    dwelling_xy, village_xy = plane.points(dwellings.lon, dwellings.lat), plane.xy(draft.villages)
    home = np.array([village.township for village in draft.villages], dtype=np.int64)
    count = np.zeros(len(draft.villages), dtype=np.int64)
    for township in np.unique(placing.township[placing.township >= 0]).tolist():
        members = np.flatnonzero(home == township)
        here = np.flatnonzero(placing.township == township)
        if not len(members):  # a township without a village of its own: the nearest one anywhere
            members = np.arange(len(home))
        _, which = nearest(dwelling_xy[here], village_xy[members])
        count += np.bincount(members[which], minlength=len(home))
    counted = dict(zip(map(id, draft.villages), count.tolist(), strict=True))
    for village in missing:
        buildings = counted[id(village)]
        village.population = round_half_up(buildings * per_building)
        village.notes.append(
            Note("population", str(village.population), f"{buildings} dwellings nearest to it × {per_building:g}")
        )
    text = (
        f"OpenStreetMap dwellings nearest to each of {len(missing)} villages × {per_building:g} people per building "
        f"(--people-per-building)"
    )
    draft.facts.append(f"population: {len(dwellings):,} dwellings; {text}")
    return Source(
        Provenance.DERIVED,
        text,
        assumes=f"{per_building:g} people a dwelling, for {len(missing)} of {len(draft.villages)} places",
        assumes_zh=f"{len(draft.villages)} 处中有 {len(missing)} 处按每栋住宅 {per_building:g} 人推算",
    )


def _tell_missing(missing: Sequence[Village], count: int, request: ImportRequest, found: DefectLog) -> None:
    fix = (
        "give a column of residents (人口), or --people-per-building X (counts OpenStreetMap's dwellings), "
        "or --assume-population N"
    )
    if request.people_per_building is not None:
        fix = f"there are no dwellings to count (--osm); {fix}"
    file = missing[0].file
    if len(missing) == count:
        found.error("no-population", file, f"gives no residents for any of the {count} villages", fix)
        return
    for village in missing:
        urban = village.row is None and village.kind is PlaceKind.RESIDENTS_COMMITTEE
        found.error(
            "no-population", village.file, f"({village.name}) has no residents given",
            f"{fix}, or leave towns out (--urban '')" if urban else fix, row=village.row, column="population",
        )  # fmt: skip
