"""Sentences for people about roads and buildings: what was taken, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import RoadClass, Surface
from planner.geodata.osm.clip import NEAR_M
from planner.geodata.osm.extract import OsmDwellings, OsmRoads
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
    facts += [
        f"Left out: {reason}: {counts.excluded_ways[reason]} ways, {length_km:.1f} km."
        for reason, length_km in sorted(counts.excluded_km.items(), key=lambda item: (-item[1], item[0]))
    ]
    if counts.ferries_out:
        facts.append(f"Ferries that carry vehicles but leave the county, left out: {listed(counts.ferries_out)}.")
    if counts.notes:
        notes = [f"{note} ×{count}" for note, count in counts.notes.most_common()]
        facts.append(f"Tags of kept roads not understood or not used: {listed(notes, MOST_NOTES)}.")
    return facts + _gap_facts(counts)


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
        f"Roads: {len(roads)}, {lengths_km.sum():.1f} km: {', '.join(by_class)}.",
        f"Surface is tagged on {_share(lengths_km, on_land & ~guessed, on_land)} of the length; of the rest tracks "
        f"count as unpaved, all else ({lengths_km[paved].sum():.1f} km) as paved.",
        f"{int(roads.oneway.sum())} roads are one-way; {int(limited.sum())} have a speed limit "
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
        f"Roads fall into {len(part_km)} unconnected parts: {rest.sum():.1f} km in {int((part != largest).sum())} "
        f"roads lie outside the largest (longest parts: {longest}). They are kept."
    ]


def _gap_facts(counts: RoadCounts) -> list[str]:
    facts = []
    if counts.cut_ways:
        facts.append(f"{counts.cut_ways} ways near the county miss nodes in this file and are kept up to the gap.")
    if counts.lost_ways:
        facts.append(f"{counts.lost_ways} ways of the file have no stretch with known positions and were left out.")
    if counts.unsaved_ways:
        facts.append(f"{counts.unsaved_ways} ways use points that were never uploaded (negative ids): gaps there.")
    if counts.repeated_ways:
        facts.append(f"{counts.repeated_ways} ways stand in the file more than once; the first of each was taken.")
    return facts


def building_facts(dwellings: OsmDwellings, buildings: Counter[str]) -> list[str]:
    """What counts as a dwelling, and how many buildings do not say what they are."""
    if not buildings:
        return ["No buildings are mapped in the county."]
    kinds = _counted(Counter(dwellings.kind.tolist())) or "none"
    unsaid = buildings["yes"]
    return [
        f"Buildings: {buildings.total()}, of which {len(dwellings)} are dwellings: {kinds}. "
        f"{unsaid} say only building=yes and count as no dwelling."
    ]


def other_facts(restrictions: int, cut_areas: int, unbuilt: Sequence[str]) -> list[str]:
    """Turn restrictions, and mapped areas that could not be used."""
    facts = []
    if restrictions:
        facts.append(f"{restrictions} turn restrictions of the file are ignored.")
    if cut_areas:
        facts.append(f"{cut_areas} buildings and areas near the county miss nodes in this file and were left out.")
    if unbuilt:
        facts.append(f"Mapped areas without a closed outline, left out: {listed(unbuilt)}.")
    return facts


def _share(lengths_km: NDArray[np.float64], of: NDArray[np.bool_], all_: NDArray[np.bool_]) -> str:
    total = lengths_km[all_].sum()
    return f"{lengths_km[of].sum() / total:.0%}" if total else "0%"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
