"""An OpenStreetMap file → `OsmExtract`: the order of the passes, and what stops them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from planner.geodata.log import DefectLog
from planner.geodata.osm.areas import find_county, level_of, parts_of_county, report_broken
from planner.geodata.osm.buses import bus_lines, stop_members
from planner.geodata.osm.cache import extract_key, pack, unpack
from planner.geodata.osm.clip import Clip
from planner.geodata.osm.collect import collect
from planner.geodata.osm.extract import OsmExtract
from planner.geodata.osm.facilities import SETTLEMENT_PLACES
from planner.geodata.osm.facts import building_facts, other_facts, road_facts
from planner.geodata.osm.places import county_seat, facilities, settlements, townships
from planner.geodata.osm.reading import (
    MOST_SORTED_BYTES,
    OsmFile,
    OsmUnreadableError,
    OsmUnsortedError,
    open_osm,
    sorted_copy,
)
from planner.geodata.osm.relations import MappedRelation, Relations, Spots, read_relations
from planner.geodata.osm.tags import name_of, names_of, refs_of
from planner.network.cache import Cache

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon


@dataclass(frozen=True, eq=False, slots=True)
class Options:
    """What the caller asks of a file; see `read_osm`."""

    boundary: Polygon | MultiPolygon | None = None
    county: str | None = None
    township_level: int | None = None
    settlement_places: frozenset[str] = SETTLEMENT_PLACES


def read_osm(
    path: Path,
    file: str,
    found: DefectLog,
    *,
    boundary: Polygon | MultiPolygon | None = None,
    county: str | None = None,
    township_level: int | None = None,
    settlement_places: frozenset[str] = SETTLEMENT_PLACES,
    cache: bool = True,
) -> OsmExtract | None:
    """Read what one county needs from ``path`` (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``).

    Parameters
    ----------
    file
        The name of the file in messages.
    boundary
        The county, WGS84. None takes the administrative area called ``county``.
    county
        A name in any language, a division code, or a relation such as ``r154350``. With a boundary it only says
        which area's level the townships lie below.
    township_level
        ``admin_level`` of the townships; None takes the first level below the county's that has areas inside it.
    settlement_places
        ``place=*`` values taken as settlements.
    cache
        Keep the result under the cache folder and take it from there the next time.

    Returns
    -------
    The extract, or None after adding an error to ``found``.
    """
    source = open_osm(path, file, found)
    if source is None:
        return None
    store = Cache() if cache else Cache(None)
    key = extract_key(source.sha256, boundary, county, township_level, sorted(settlement_places))
    cached = store.load(key)
    if cached.arrays is not None:
        return unpack(cached.arrays, file, found)
    before = len(found.defects)
    extract = _attempt(source, file, found, Options(boundary, county, township_level, settlement_places))
    if extract is not None:
        store.store(key, pack(extract, found.defects[before:]))
    if extract is None or not cached.note:
        return extract
    note = cached.note.replace(f"{store.folder}{os.sep}", "")  # facts go into files that leave this machine
    return replace(extract, facts=(*extract.facts, f"{note}."))


def _attempt(source: OsmFile, file: str, found: DefectLog, options: Options) -> OsmExtract | None:
    """The extract; None after adding one error, also where the file breaks off within a pass."""
    before = len(found.defects)
    try:
        return _extract_sorted(source, file, found, options)
    except OsmUnsortedError as error:
        problem = f"is in no order: {error}"
        advice = "sort it with `osmium sort`; it is too large to be sorted here"
    except OsmUnreadableError as error:
        problem, advice = f"cannot be read to its end: {error}", "download it again, it is damaged"
    except UnicodeDecodeError as error:  # osmium hands texts over as they stand
        problem = f"holds text that is not UTF-8: {error.object[:40].decode('utf-8', 'replace')}"
        advice = "have it made again: OpenStreetMap files are UTF-8 always"
    del found.defects[before:]
    found.error("osm-unreadable", file, problem, advice)
    return None


def _extract_sorted(source: OsmFile, file: str, found: DefectLog, options: Options) -> OsmExtract | None:
    """The extract; a file that turns out to be in no order is put in order and read again."""
    before = len(found.defects)
    try:
        return _extract(source, file, found, options)
    except OsmUnsortedError:
        if source.path.stat().st_size > MOST_SORTED_BYTES[source.format]:
            raise
    del found.defects[before:]
    with TemporaryDirectory() as folder:
        extract = _extract(sorted_copy(source, Path(folder)), file, found, options)
    if extract is None:
        return None
    return replace(
        extract, facts=("Objects stood in the file in no order, or twice; they were sorted.", *extract.facts)
    )


def _extract(source: OsmFile, file: str, found: DefectLog, options: Options) -> OsmExtract | None:
    timestamp = source.timestamp()
    source.locate()
    relations = read_relations(source)
    before = len(found.defects)
    county = _county(relations.admin, file, found, options)
    if county is None:
        if not _has_ways(source):
            del found.defects[before:]
            _refuse_wayless(file, found)
        return None
    boundary, area, facts = county
    level = level_of(area) if area else None
    parts = parts_of_county(boundary, level, options.township_level, relations.admin)
    facts += parts.facts
    facts += report_broken(relations.admin, source, found, file=file, boundary=boundary, county_level=level)
    clip = Clip.around(boundary)
    things = collect(source, clip, [*relations.areas, *relations.settled], _wanted(parts.areas, area, relations))
    if not len(things.roads):
        if not _has_ways(source):
            _refuse_wayless(file, found)
            return None
        found.warning(
            "osm-no-roads",
            file,
            "has no road for motor vehicles in or near the county",
            "see that file and boundary belong to the same county; or give the roads as a file",
        )
    nodes = _named_nodes(things.spots)
    seat, seat_facts = county_seat(area, nodes)
    areas, area_facts = townships(parts.areas, things.places, nodes)
    places, place_facts = settlements(things.places, options.settlement_places)
    premises, premises_facts = facilities(things.facilities)
    lines, line_facts = bus_lines(relations.buses, things.spots, clip)
    facts += [*seat_facts, *area_facts, *place_facts, *premises_facts, *road_facts(things.roads, things.road_counts)]
    facts += [*line_facts, *building_facts(things.dwellings, things.buildings)]
    facts += other_facts(relations.restrictions, things.cut_areas, things.unbuilt)
    tags = area.tags if area else {}
    return OsmExtract(
        boundary=boundary,
        boundary_id=area.osm_id if area and options.boundary is None else "",
        name=name_of(tags) or options.county or "",
        names=names_of(tags),
        refs=refs_of(tags),
        township_level=parts.level,
        townships=areas,
        settlements=places,
        roads=things.roads,
        facilities=premises,
        bus_lines=lines,
        dwellings=things.dwellings,
        facts=tuple(facts),
        timestamp=timestamp or things.newest,
        sha256=source.sha256,
        seat=seat,
    )


def _has_ways(source: OsmFile) -> bool:
    import osmium

    return next(source.objects(osmium.osm.WAY), None) is not None


def _refuse_wayless(file: str, found: DefectLog) -> None:
    found.error(
        "osm-no-ways", file, "holds no ways: neither roads nor boundaries can be read", "extract again with all objects"
    )


def _county(
    admin: Sequence[MappedRelation], file: str, found: DefectLog, options: Options
) -> tuple[Polygon | MultiPolygon, MappedRelation | None, list[str]] | None:
    """The boundary, the area it is or stands for where one is known, and sentences; None after an error."""
    if options.boundary is None:
        area = find_county(options.county or "", admin, file, found)
        return None if area is None else (area.built, area, [f"County: {area.label}, admin_level {level_of(area)}."])
    if options.county is None:
        return options.boundary, None, []
    area = find_county(options.county, admin, file, DefectLog())
    if area is not None:
        return options.boundary, area, []
    return (
        options.boundary,
        None,
        [f"No single administrative area is called {options.county}; the boundary is as given."],
    )


def _named_nodes(spots: Spots) -> dict[int, tuple[str, float, float]]:
    return {number: (name_of(spot.tags), spot.lon, spot.lat) for (kind, number), spot in spots.items() if kind == "n"}


def _wanted(
    areas: tuple[MappedRelation, ...], county: MappedRelation | None, relations: Relations
) -> frozenset[tuple[str, int]]:
    """The nodes and ways that the county, its townships and bus lines refer to."""
    centres = {("n", node) for node in (county.nodes("admin_centre") if county else ())}
    seats = {("n", node) for area in areas for role in ("admin_centre", "label") for node in area.nodes(role)}
    return frozenset(
        centres | seats | {(member.kind, member.ref) for bus in relations.buses for member in stop_members(bus)}
    )
