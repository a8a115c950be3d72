"""Settlements, seats of townships, and premises: each thing once, however often it is mapped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import shapely

from planner.geodata.osm.areas import level_of
from planner.geodata.osm.clip import distance_m, point_inside
from planner.geodata.osm.collect import Found, FoundFacility
from planner.geodata.osm.extract import OsmArea, OsmFacility, OsmSeat, OsmSettlement
from planner.geodata.osm.relations import MappedRelation
from planner.geodata.osm.tags import all_names, folded, listed, name_of, names_of, population_of, refs_of

SAME_SETTLEMENT_M: Final = 1_500.0
"""A settlement mapped as a point and as an area of the same name no farther apart, or one in the other, is one."""

SAME_PREMISES_M: Final = 100.0
"""Premises of the same host and name, one a point and one an area, no farther apart are the same."""

SEAT_PLACES: Final = ("city", "town", "village", "suburb", "hamlet")
"""Places that may stand in for a seat that is not tagged, the most important first."""

_SUFFIXES: Final = ("民族乡", "街道", "苏木", "镇", "乡")


def settlements(places: Sequence[Found], wanted: frozenset[str]) -> tuple[tuple[OsmSettlement, ...], list[str]]:
    """Named places of the kinds asked for, each once, sorted by id; and sentences about those left out."""
    chosen = [place for place in places if place.tags["place"] in wanted]
    unnamed = [place.osm_id for place in chosen if not name_of(place.tags)]
    named = [place for place in chosen if name_of(place.tags)]
    twice = _mapped_twice(named, lambda place: folded(name_of(place.tags)), SAME_SETTLEMENT_M)
    kept = sorted((place for place in named if place.osm_id not in twice), key=lambda place: _order(place.osm_id))
    facts = [f"Settlements: {_counted(place.tags['place'] for place in kept) or 'none'}."]
    others = _counted(place.tags["place"] for place in places if place.tags["place"] not in wanted)
    if others:
        facts.append(f"Places of other kinds, not taken as settlements: {others}.")
    if twice:
        facts.append(f"Settlements mapped as a point and as an area, counted once: {listed(_pairs(named, twice))}.")
    if unnamed:
        facts.append(f"Settlements without a name, left out: {listed(unnamed)}.")
    return tuple(_settlement(place) for place in kept), facts


def _settlement(place: Found) -> OsmSettlement:
    tags = place.tags
    return OsmSettlement(
        osm_id=place.osm_id,
        name=name_of(tags),
        names=names_of(tags),
        place=tags["place"],
        lon=place.lon,
        lat=place.lat,
        population=population_of(tags),
        refs=refs_of(tags),
    )


def facilities(found: Sequence[FoundFacility]) -> tuple[tuple[OsmFacility, ...], list[str]]:
    """Premises, each once, sorted by id; and sentences about them."""
    hosts = {item.found.osm_id: item.host.value for item in found}
    twice = _mapped_twice(
        [item.found for item in found],
        lambda place: f"{hosts[place.osm_id]} {folded(name_of(place.tags))}",
        SAME_PREMISES_M,
    )
    kept = sorted(
        (item for item in found if item.found.osm_id not in twice), key=lambda item: _order(item.found.osm_id)
    )
    facts = [f"Facilities: {_counted(item.host.value for item in kept) or 'none'}."]
    if twice:
        places = [item.found for item in found]
        facts.append(f"Facilities mapped as a point and as an area, counted once: {listed(_pairs(places, twice))}.")
    return tuple(_facility(item) for item in kept), facts


def _facility(item: FoundFacility) -> OsmFacility:
    place = item.found
    return OsmFacility(
        place.osm_id, name_of(place.tags), names_of(place.tags), item.host, item.tag, place.lon, place.lat
    )


def townships(
    areas: Iterable[MappedRelation], places: Sequence[Found], nodes: Mapping[int, tuple[str, float, float]]
) -> tuple[tuple[OsmArea, ...], list[str]]:
    """Each area with its seat; ``nodes`` gives name, longitude and latitude of member nodes. And sentences."""
    result = tuple(_township(area, places, nodes) for area in areas)
    origins = Counter(area.seat_from for area in result)
    texts = [f"{count} from {origin}" for origin, count in origins.most_common()]
    facts = [f"Township seats: {', '.join(texts)}."] if result else []
    guessed = [f"{area.osm_id} ({area.name})" for area in result if area.seat_from == "representative point"]
    if guessed:
        facts.append(f"Townships whose seat is only a point inside, for want of any place: {listed(guessed)}.")
    unnamed = [area.osm_id for area in result if not area.name]
    if unnamed:
        facts.append(f"Townships without a name: {listed(unnamed)}.")
    return result, facts


def _township(area: MappedRelation, places: Sequence[Found], nodes: Mapping[int, tuple[str, float, float]]) -> OsmArea:
    seat_name, lon, lat, origin = _seat(area, places, nodes)
    return OsmArea(
        osm_id=area.osm_id,
        name=name_of(area.tags),
        names=names_of(area.tags),
        admin_level=level_of(area),
        refs=refs_of(area.tags),
        polygon=area.built,
        seat_name=seat_name,
        seat_lon=lon,
        seat_lat=lat,
        seat_from=origin,
        population=population_of(area.tags),
    )


def _seat(
    area: MappedRelation, places: Sequence[Found], nodes: Mapping[int, tuple[str, float, float]]
) -> tuple[str, float, float, str]:
    """Name and position of the seat, and where they come from."""
    for role in ("admin_centre", "label"):
        for node in area.nodes(role):
            if node in nodes:
                return (*nodes[node], role)
    outline = area.built
    shapely.prepare(outline)
    inside = [
        place
        for place in places
        if place.tags["place"] in SEAT_PLACES and shapely.intersects_xy(outline, place.lon, place.lat)
    ]
    inside.sort(key=lambda place: (SEAT_PLACES.index(place.tags["place"]), place.is_area, _order(place.osm_id)))
    wanted = {_bare(name) for name in all_names(area.tags)}
    for place in inside:
        if wanted & {_bare(name) for name in all_names(place.tags)}:
            return name_of(place.tags), place.lon, place.lat, "same name"
    if inside:
        return name_of(inside[0].tags), inside[0].lon, inside[0].lat, "largest place"
    return ("", *point_inside(outline), "representative point")


def county_seat(
    area: MappedRelation | None, nodes: Mapping[int, tuple[str, float, float]]
) -> tuple[OsmSeat | None, list[str]]:
    """The seat that the county's own relation names, and a sentence; a label is only where its name is drawn."""
    if area is None:
        return None, []
    centres = area.nodes("admin_centre")
    known = [number for number in centres if number in nodes]
    if not known:
        why = f"the file lacks its admin_centre n{centres[0]}" if centres else "it has no admin_centre"
        return None, [f"County seat: {area.label} does not tell; {why}."]
    name, lon, lat = nodes[known[0]]
    more = f"; the first of {len(known)} is taken" if len(known) > 1 else ""
    return (
        OsmSeat(f"n{known[0]}", name, lon, lat),
        [f"County seat: n{known[0]} ({name or 'without a name'}), the admin_centre of {area.label}{more}."],
    )


def _bare(name: str) -> str:
    """A name without the word for its kind: 街子镇 and 街子 are the same."""
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix) and len(name) > 2), name)


def _mapped_twice(items: Sequence[Found], key: Callable[[Found], str], within_m: float) -> dict[str, str]:
    """Id of each area → id of the point of the same key that lies inside it or within ``within_m``.

    Things without a name are not compared.
    """
    points = defaultdict(list)
    for item in items:
        if not item.is_area and name_of(item.tags):
            points[key(item)].append(item)
    twice = {}
    for item in items:
        if item.is_area and name_of(item.tags):
            same = (point for point in points[key(item)] if _coincide(item, point, within_m))
            if (point := next(same, None)) is not None:
                twice[item.osm_id] = point.osm_id
    return twice


def _coincide(area: Found, point: Found, within_m: float) -> bool:
    if distance_m(area.lon, area.lat, point.lon, point.lat) <= within_m:
        return True
    return area.outline is not None and bool(shapely.intersects_xy(area.outline, point.lon, point.lat))


def _pairs(items: Sequence[Found], twice: Mapping[str, str]) -> list[str]:
    names = {item.osm_id: name_of(item.tags) for item in items}
    return [f"{names[area]} ({point}, {area})" for area, point in twice.items()]


def _counted(words: Iterable[str]) -> str:
    """``3 village, 2 hamlet``: the most frequent first."""
    return ", ".join(f"{count} {word}" for word, count in Counter(words).most_common())


def _order(osm_id: str) -> tuple[str, int]:
    return osm_id[0], int(osm_id[1:])
