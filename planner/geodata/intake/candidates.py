"""The list of candidate sites: outlets and premises found, and proposals where there are none (`Candidates` rules)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.county import Host, PlaceKind, SiteStatus, Tier
from planner.geodata.boundary import inside
from planner.geodata.divisions import NameIndex, place_villages
from planner.geodata.intake.draft import Draft, Facility, Note, Township, Village, is_chinese, lon_lat
from planner.geodata.intake.matching import match
from planner.geodata.intake.plane import Plane, nearest
from planner.geodata.intake.review import Review
from planner.geodata.log import DefectLog
from planner.scenario import Candidates

if TYPE_CHECKING:
    from planner.geodata.osm import OsmSeat


def merge(
    listed: Sequence[Facility], found_here: Sequence[Facility], rules: Candidates, plane: Plane
) -> list[Facility]:
    """The rows of the list, and the facilities that are none of them; every match and every doubt is noted."""
    same, doubtful = match(listed, found_here, plane.xy(listed), plane.xy(found_here), rules)
    for kind, pairs in (("matched", same), ("doubtful", doubtful)):
        for pair in pairs:
            outlet, other = listed[pair.outlet], found_here[pair.facility]
            guess = f"{'the same as' if kind == 'matched' else 'kept apart from'} {other.name} ({other.site_id})"
            outlet.notes.append(Note(kind, guess, f"they agree in {pair.agrees}", pair.distance_m))
    matched = {pair.facility for pair in same}
    return [*listed, *(facility for i, facility in enumerate(found_here) if i not in matched)]


def give_tiers(sites: Sequence[Facility], rules: Candidates) -> None:
    """The highest tier of each site: as its file says, else by its host; never below the tier it works at."""
    for site in sites:
        if site.max_tier is None:
            site.max_tier = Tier.TOWNSHIP if site.host in rules.township_hosts else Tier.VILLAGE
            if site.tier is not None:
                site.max_tier = max(site.max_tier, site.tier)


def propose(sites: list[Facility], draft: Draft, rules: Candidates, plane: Plane) -> tuple[int, int]:
    """Add proposals at villages and at seats that have nothing near; returns how many of each."""
    added: list[Facility] = []
    wanted = [v for v in draft.villages if v.kind is PlaceKind.ADMINISTRATIVE_VILLAGE and v.township >= 0]
    metres, _ = nearest(plane.xy(wanted), plane.xy(sites))
    position = {id(village): i for i, village in enumerate(draft.villages)}
    for village, nearest_m in zip(wanted, metres.tolist(), strict=True):
        if nearest_m > rules.new_site_beyond_m:
            added.append(_at_village(village, position[id(village)], rules, nearest_m))
    seats = _seats_without(sites, draft, rules, plane)
    added_seats = [_at_seat(draft.townships[i], i, metres_to) for i, metres_to in seats]
    sites.extend([*added, *added_seats])
    return len(added), len(added_seats)


def _at_village(village: Village, position: int, rules: Candidates, nearest_m: float) -> Facility:
    site = Facility(
        f"V{village.code}", proposed(village.name), rules.village_host, village.lon, village.lat, SiteStatus.NEW,
        max_tier=Tier.VILLAGE, township=village.township, village=position, file=village.file, row=village.row,
    )  # fmt: skip
    site.notes.append(
        Note("new-site", rules.village_host, "a proposal: nothing was found near the village", _finite(nearest_m))
    )
    return site


def _seats_without(sites: Sequence[Facility], draft: Draft, rules: Candidates, plane: Plane) -> list[tuple[int, float]]:
    """Townships without a site fit for a township station near the seat, and the distance to their nearest one."""
    seat_xy, site_xy = plane.xy(draft.townships), plane.xy(sites)
    closest = np.full(len(draft.townships), np.inf)
    for site, xy in zip(sites, site_xy, strict=True):
        if site.township >= 0 and (site.max_tier or Tier.VILLAGE) >= Tier.TOWNSHIP:
            metres = float(np.hypot(*(xy - seat_xy[site.township])))
            closest[site.township] = min(closest[site.township], metres)
    return [(i, metres) for i, metres in enumerate(closest.tolist()) if metres > rules.seat_site_beyond_m]


def _at_seat(township: Township, position: int, nearest_m: float) -> Facility:
    site = Facility(
        f"T{township.code}", proposed(township.name), Host.NEW_BUILDING, township.lon, township.lat, SiteStatus.NEW,
        max_tier=Tier.TOWNSHIP, township=position, file=township.file, row=township.row,
    )  # fmt: skip
    why = "a proposal: no premises fit for a township station near the seat"
    site.notes.append(Note("new-site", Host.NEW_BUILDING, why, _finite(nearest_m)))
    return site


def _finite(metres: float) -> float | None:
    return metres if np.isfinite(metres) else None


def proposed(name: str) -> str:
    """The name of a proposed site, in the language of the place's name."""
    return f"{name}（拟设）" if is_chinese(name) else f"{name} (proposed)"


@dataclass(frozen=True, slots=True)
class Seat:
    """The township that is the county's seat (its position in the list), and how that is known."""

    township: int
    why: str


def find_seat(draft: Draft, said: str | None, mapped: OsmSeat | None, found: DefectLog) -> Seat | None:
    """As said with --county-seat, else where OpenStreetMap has it, else the township with most residents, if known.

    A township counts as the largest only when each has a population and no other has as many.
    """
    if said is not None:
        hits = NameIndex([township.name for township in draft.townships]).find(said)
        if len(hits) == 1:
            return Seat(hits[0], "--county-seat")
        names = ", ".join(township.name for township in draft.townships)
        found.error("county-seat", f"--county-seat {said}", "is not one township", f"name one of {names}")
        return None
    if mapped is not None and (seat := _mapped_seat(draft, mapped)) is not None:
        return seat
    known = [township.population for township in draft.townships if township.population is not None]
    if not known or len(known) < len(draft.townships) or known.count(max(known)) > 1:
        return None
    return Seat(known.index(max(known)), "the most residents of all townships")


def _mapped_seat(draft: Draft, mapped: OsmSeat) -> Seat | None:
    """The township around the county's admin_centre; none for one that lies outside the county."""
    why = f"admin_centre {mapped.osm_id} {mapped.name}".strip()
    if draft.boundary is None or not inside(draft.boundary, np.array([mapped.lon]), np.array([mapped.lat]))[0]:
        draft.facts.append(f"county seat: {why} of OpenStreetMap lies outside the boundary, and is not used")
        return None
    placing = place_villages(
        np.array([[mapped.lon, mapped.lat]]),
        [township.polygon for township in draft.townships],
        np.column_stack(lon_lat(draft.townships)),
    )
    township = int(placing.township[0])
    how = "" if placing.how[0] == "polygon" else f", by the {placing.how[0]}"
    return None if township < 0 else Seat(township, f"OpenStreetMap's {why}{how}")


def give_county_tier(sites: list[Facility], draft: Draft, seat: Seat | None, rules: Candidates, review: Review) -> str:
    """Let some sites carry the county centre; returns a sentence that says which and why."""
    stated = [site for site in sites if site.max_tier is Tier.COUNTY]
    if stated:
        return f"county centre: {len(stated)} sites are listed as fit for it"
    if seat is None:
        able = [site for site in sites if site.max_tier is not None and site.max_tier >= Tier.TOWNSHIP]
        why = "because the seat is unknown: every site fit for a township station (--county-seat names the seat)"
    else:
        township = draft.townships[seat.township]
        able = [site for site in sites if site.township == seat.township and site.host in rules.county_hosts]
        why = f"in {township.name}, the county's seat ({seat.why})"
        if not able:
            able = [_at_seat(township, seat.township, float("inf"))]
            able[0].site_id = f"C{township.code}"
            sites.extend(able)
            why += "; no fit premises were found there, so a new building is proposed"
    for site in able:
        site.max_tier = Tier.COUNTY
    review.add("county-centre", "stations", f"{len(able)} sites", why)
    return f"county centre: {len(able)} sites can carry it, {why}"
