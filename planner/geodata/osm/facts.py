"""Sentences for people about roads and buildings: what was taken, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import RoadClass, Surface
from planner.domain.wording import number_of
from planner.geodata.osm.clip import NEAR_M
from planner.geodata.osm.extract import OsmDwellings, OsmRoads
from planner.geodata.osm.roads import ACCESS_KEYS
from planner.geodata.osm.tags import listed
from planner.geodata.osm.ways import RoadCounts
from planner.geodata.roads import components, line_lengths_m

MOST_NOTES: Final = 15
"""Kinds of tags that were not understood that are listed one by one."""


def road_facts(roads: OsmRoads, counts: RoadCounts) -> list[str]:
    """What became of the ways near the county, in kilometres and by reason."""
    facts = [f"Ways near the county (within {NEAR_M / 1000:.0f} km) by highway: {_counted(counts.ways)}."]
    if len(roads):
        facts += _kept_facts(roads)
    facts += _excluded_facts(counts)
    if counts.ferries_out:
        facts.append(f"Ferries that carry vehicles but leave the county, left out: {listed(counts.ferries_out)}.")
    if counts.notes:
        notes = [f"{note} ×{count}" for note, count in counts.notes.most_common()]
        facts.append(f"Tags of kept roads not understood or not used: {listed(notes, MOST_NOTES)}.")
    return facts + _gap_facts(counts)


def _excluded_facts(counts: RoadCounts) -> list[str]:
    """Ways and kilometres left out by reason, the longest first; access tags together in one sentence."""

    def told(reason: str) -> str:
        return f"{reason}: {number_of(counts.excluded_ways[reason], 'way')}, {counts.excluded_km[reason]:,.1f} km"

    reasons = sorted(counts.excluded_km, key=lambda reason: (-counts.excluded_km[reason], reason))
    closed = [reason for reason in reasons if reason.split("=")[0] in ACCESS_KEYS]
    facts = [f"Left out: {told(reason)}." for reason in reasons if reason not in closed]
    if closed:
        length_km = sum(counts.excluded_km[reason] for reason in closed)
        facts.append(f"Left out: closed to vans by their tags: {length_km:,.1f} km ({'; '.join(map(told, closed))}).")
    return facts


def _kept_facts(roads: OsmRoads) -> list[str]:
    lines = list(roads.geometry)
    lengths_km = line_lengths_m(lines) / 1000
    by_class = [
        f"{road_class.value} {lengths_km[roads.road_class == road_class].sum():.1f} km"
        for road_class in RoadClass
        if (roads.road_class == road_class).any()
    ]
    on_land = roads.road_class != RoadClass.FERRY
    guessed = on_land & ~roads.surface_tagged
    paved = guessed & (roads.surface == Surface.PAVED)
    limited = ~np.isnan(roads.speed_limit_kmh)
    facts = [
        f"Roads: {len(roads):,}, {lengths_km.sum():,.1f} km: {', '.join(by_class)}.",
        f"Surface is tagged on {_share(lengths_km, on_land & ~guessed, on_land)} of the length; of the rest tracks "
        f"count as unpaved, all else ({lengths_km[paved].sum():.1f} km) as paved.",
        f"One-way roads: {int(roads.oneway.sum()):,}; with a speed limit: {int(limited.sum()):,} "
        f"({_share(lengths_km, limited & on_land, on_land)} of the length).",
    ]
    ferries = [f"{way} ({name or 'without a name'})" for way, name in _ferries(roads)]
    return facts + ([f"Ferries kept: {listed(ferries)}."] if ferries else []) + _part_facts(roads, lengths_km)


def _ferries(roads: OsmRoads) -> list[tuple[str, str]]:
    pairs = zip(roads.road_ids, roads.name, roads.road_class, strict=True)
    return [(road_id, name) for road_id, name, road_class in pairs if road_class == RoadClass.FERRY]


def _part_facts(roads: OsmRoads, lengths_km: NDArray[np.float64]) -> list[str]:
    """How the roads hang together: the largest part and the length outside it."""
    part = components(list(roads.geometry))
    part_km = np.bincount(part, weights=lengths_km)
    largest = int(part_km.argmax())
    if len(part_km) == 1:
        return ["All roads hang together."]
    rest = np.sort(np.delete(part_km, largest))[::-1]
    longest = ", ".join(f"{length:.1f} km" for length in rest[:5])
    return [
        f"Roads fall into {len(part_km)} unconnected parts: {rest.sum():.1f} km in "
        f"{number_of(int((part != largest).sum()), 'road')} lie outside the largest (longest parts: {longest})."
    ]


def _gap_facts(counts: RoadCounts) -> list[str]:
    facts = []
    if counts.cut_ways:
        ways = number_of(counts.cut_ways, "way")
        facts.append(f"Cut at gaps: {ways} near the county, some of whose nodes this file lacks; kept up to the gap.")
    if counts.lost_ways:
        facts.append(
            f"Left out: {number_of(counts.lost_ways, 'way')} of the file without two known positions in a row."
        )
    if counts.unsaved_ways:
        ways = number_of(counts.unsaved_ways, "way")
        facts.append(f"Gaps: {ways} with points that were never uploaded to OpenStreetMap (negative ids).")
    if counts.repeated_ways:
        facts.append(f"Repeated in the file: {number_of(counts.repeated_ways, 'way')}; the first of each was taken.")
    return facts


def building_facts(dwellings: OsmDwellings, buildings: Counter[str]) -> list[str]:
    """What counts as a dwelling, and how many buildings do not say what they are."""
    if not buildings:
        return ["No buildings are mapped in the county."]
    kinds = _counted(Counter(dwellings.kind.tolist())) or "none"
    unsaid = buildings["yes"]
    return [
        f"Buildings: {buildings.total():,}, of which {len(dwellings):,} are dwellings: {kinds}. "
        f"Only building=yes, counted as no dwelling: {unsaid:,}."
    ]


def other_facts(restrictions: int, cut_areas: int, unbuilt: Sequence[str]) -> list[str]:
    """Turn restrictions, and mapped areas that could not be used."""
    facts = []
    if restrictions:
        facts.append(f"Ignored: {number_of(restrictions, 'turn restriction')} of the file.")
    if cut_areas:
        areas = number_of(cut_areas, "building or area", "buildings and areas")
        facts.append(f"Left out: {areas} near the county, some of whose nodes this file lacks.")
    if unbuilt:
        facts.append(f"Mapped areas without a closed outline, left out: {listed(unbuilt)}.")
    return facts


def _share(lengths_km: NDArray[np.float64], of: NDArray[np.bool_], all_: NDArray[np.bool_]) -> str:
    total = lengths_km[all_].sum()
    return f"{lengths_km[of].sum() / total:.0%}" if total else "0%"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
