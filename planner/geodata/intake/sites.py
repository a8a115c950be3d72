"""The stations file of an import: what is listed and what is found, joined, completed and labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.county import Source
from planner.geodata.intake import candidates
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Facility
from planner.geodata.intake.plane import Plane
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.site_places import (
    townships_by_columns,
    townships_by_position,
    villages_by_columns,
    villages_by_position,
)
from planner.geodata.intake.sourcing import sites_drafted
from planner.geodata.intake.stations import stations_from_table
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from planner.geodata.intake.assembly import Assembly


def list_sites(table: Table, request: ImportRequest, found: DefectLog) -> list[Facility]:
    """Rows of the list whose position could be read."""
    listed = stations_from_table(table, request, found) or []
    return [site for site in listed if np.isfinite(site.lon) and np.isfinite(site.lat)]


def make_sites(
    work: Assembly,
    table: Table | None,
    listed: Sequence[Facility],
    facilities: Sequence[Facility],
    sources: Sequence[Source],
) -> None:
    """Fill ``work.draft.sites``: the list, facilities that are none of it, and proposals where there is nothing.

    ``sources`` are those of the facilities; the list's own comes first.
    """
    draft, rules, found = work.draft, work.request.candidates, work.found
    if table is not None:
        townships_by_columns(table, listed, draft, found)
        sources = [draft.layers["sites"].source, *sources]
    if found.has_errors():
        return
    plane = Plane(draft.metric_crs)
    sites = candidates.merge(listed, facilities, rules, plane)
    matched = len(listed) + len(facilities) - len(sites)
    townships_by_position(sites, draft)
    says_villages = table is not None and villages_by_columns(table, listed, draft)
    villages_by_position(sites[len(listed) :] if says_villages else sites, draft, plane)
    candidates.give_tiers(sites, rules)
    at_villages, at_seats = candidates.propose(sites, draft, rules, plane)
    draft.facts.append(
        f"sites: {len(listed)} listed, {len(facilities)} found on the map, {matched} of these the same; "
        f"{at_villages} proposed at villages and {at_seats} at township seats that have nothing near"
    )
    mapped = None if work.osm is None else work.osm.seat
    seat = candidates.find_seat(draft, work.request.county_seat, mapped, found)
    draft.facts.append(candidates.give_county_tier(sites, draft, seat, rules, work.review))
    draft.sites = sites
    _assume_broadband(work, sources, at_villages + at_seats)


def _assume_broadband(work: Assembly, sources: Sequence[Source], proposals: int) -> None:
    draft, assumed = work.draft, work.request.candidates.broadband
    unknown = sum(site.broadband is None for site in draft.sites)
    draft.layers["sites"] = sites_drafted(sources, proposals, assumed, unknown, len(draft.sites))
    if unknown:
        what = f"{assumed} assumed at {unknown} of {len(draft.sites)} sites: no source says"
        work.review.add("broadband", "stations", what, "scenario candidates.broadband")
        work.found.warning(
            "assumed-broadband", "stations", what, "ask the carriers, and correct the stations file", column="broadband"
        )
