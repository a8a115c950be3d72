"""Administrative areas: which one is the county, which ones are its townships, and which are broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import shapely

from planner.geodata.log import DefectLog
from planner.geodata.osm.clip import buffered
from planner.geodata.osm.reading import OsmFile
from planner.geodata.osm.relations import MappedRelation
from planner.geodata.osm.tags import all_names, folded, listed, name_of, refs_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MOST_CANDIDATES: Final = 12
"""Candidates that a message about an unknown or ambiguous county lists."""

LEAST_OVERLAP: Final = 0.5
"""An area belongs to the county when more than this share of it lies inside."""

SAME_AREA: Final = 0.9
"""An area that covers more than this share of the county is the county again, not one of its parts."""

CORE_M: Final = 100.0
"""An outline that runs farther than this inside the boundary belongs to a part of the county, not to a neighbour."""

_RELATION = re.compile(r"r(?:elation/)?([0-9]+)")
_REPAIR: Final = "repair it on openstreetmap.org and extract again, take an extract with complete relations"


def level_of(relation: MappedRelation) -> int:
    """The ``admin_level``."""
    return int(relation.tags["admin_level"])


def find_county(county: str, admin: Sequence[MappedRelation], file: str, found: DefectLog) -> MappedRelation | None:
    """The area called ``county``: a name in any language, a division code, or ``r`` and a relation's number."""
    wanted, number = folded(county), _RELATION.fullmatch(county.strip())
    if number is not None:
        named = [area for area in admin if area.osm_id == f"r{number[1]}"]
    else:
        named = [
            area for area in admin if wanted in all_names(area.tags) or county.strip() in refs_of(area.tags).values()
        ]
    if len(named) == 1:
        return _whole(named[0], file, found)
    near = named or [area for area in admin if any(wanted in name or name in wanted for name in all_names(area.tags))]
    known = near or sorted(admin, key=level_of)
    if named:
        problem = f"has {len(named)} administrative areas called {county}: "
    elif wanted:
        problem = f"has no administrative area called {county}; it has "
    else:
        problem = "is read without saying which county is meant; it has "
    found.error(
        "osm-county",
        file,
        problem + _candidates(known),
        "give the name as OpenStreetMap has it, or the relation, such as r154350; or give the boundary as a file",
    )
    return None


def _candidates(areas: Sequence[MappedRelation]) -> str:
    texts = [
        f"r{area.number} {name_of(area.tags) or 'without a name'} (admin_level {level_of(area)})" for area in areas
    ]
    return listed(texts, MOST_CANDIDATES) or "no administrative areas at all"


def _whole(area: MappedRelation, file: str, found: DefectLog) -> MappedRelation | None:
    if area.outline is not None:
        return area
    found.error(
        "osm-broken-area",
        file,
        f"the boundary of {area.label} has no closed outline in this file: ways are missing, or do not meet",
        f"{_REPAIR}, or give the boundary as a file",
    )
    return None


@dataclass(frozen=True, eq=False)
class Parts:
    """The county's parts: ``areas`` at ``level``, and sentences about them and about other levels."""

    level: int | None
    areas: tuple[MappedRelation, ...]
    facts: tuple[str, ...]


def parts_of_county(
    boundary: BaseGeometry, county_level: int | None, wanted_level: int | None, admin: Iterable[MappedRelation]
) -> Parts:
    """Areas inside the county, at ``wanted_level`` or the first level below the county's that has any."""
    inside = [area for area in admin if area.outline is not None and _belongs(area.outline, boundary)]
    below = [area for area in inside if county_level is None or level_of(area) > county_level]
    counts = Counter(level_of(area) for area in below)
    level = wanted_level if wanted_level is not None else min(counts, default=None)
    if level is None:
        return Parts(None, (), ("No administrative areas below the county were found in the file.",))
    areas = tuple(sorted((area for area in below if level_of(area) == level), key=lambda area: area.number))
    share = shapely.union_all([area.built for area in areas]).intersection(boundary).area / boundary.area
    asked = "as asked" if wanted_level is not None else "the first level below the county"
    facts = [f"Townships: {len(areas)} areas at admin_level {level} ({asked}), covering {share:.0%} of the county."]
    others = [f"{count} at admin_level {other}" for other, count in sorted(counts.items()) if other != level]
    if others:
        facts.append(f"Other administrative areas inside the county, not used: {', '.join(others)}.")
    return Parts(level, areas, tuple(facts))


def _belongs(outline: BaseGeometry, boundary: BaseGeometry) -> bool:
    """Whether an area lies mostly inside the county and is not the county itself."""
    if not shapely.intersects(boundary, outline):
        return False
    shared = outline.intersection(boundary).area
    return bool(shared > LEAST_OVERLAP * outline.area and shared < SAME_AREA * boundary.area)


def report_broken(
    admin: Iterable[MappedRelation],
    source: OsmFile,
    found: DefectLog,
    *,
    file: str,
    boundary: BaseGeometry,
    county_level: int | None,
) -> list[str]:
    """Warn about each part of the county without a closed outline; sentences about such areas elsewhere."""
    broken = [area for area in admin if area.outline is None]
    if not broken:
        return []
    below = [area for area in broken if county_level is None or level_of(area) > county_level]
    present = _shapes(source, below) if below else {}
    core = buffered(boundary, -CORE_M)
    shapely.prepare(core)
    ours = [area for area in below if shapely.intersects(core, _known(area, present)).any()]
    for area in ours:
        missing = sum(way not in present for way in area.ways())
        reason = f"{missing} of its {len(area.ways())} ways are missing" if missing else "its ways do not meet"
        found.warning(
            "osm-broken-area",
            file,
            f"{area.label}, admin_level {level_of(area)}, has no closed outline ({reason}) and is left out",
            f"{_REPAIR}, or give the townships as a file",
        )
    elsewhere = [area.label for area in broken if area not in ours]
    if not elsewhere:
        return []
    return [f"Administrative areas that reach beyond the file, without a closed outline: {listed(elsewhere)}."]


def _shapes(source: OsmFile, areas: Iterable[MappedRelation]) -> dict[int, BaseGeometry]:
    """The shape of each member way that the file has, as far as its nodes have positions."""
    import osmium
    from osmium.osm.types import Way

    ways = osmium.filter.IdFilter({way for area in areas for way in area.ways()})
    factory = osmium.geom.WKBFactory()
    shapes: dict[int, BaseGeometry] = {}
    for item in source.objects(osmium.osm.WAY, source.locations, ways):
        if isinstance(item, Way):
            try:
                shapes[item.id] = shapely.from_wkb(factory.create_linestring(item))
            except (osmium.InvalidLocationError, RuntimeError):  # cut at the edge of the file
                xy = [(node.lon, node.lat) for node in item.nodes if node.location.valid()]
                shapes[item.id] = shapely.MultiPoint(xy)
    return shapes


def _known(area: MappedRelation, shapes: Mapping[int, BaseGeometry]) -> list[BaseGeometry]:
    return [shapes[way] for way in area.ways() if way in shapes]
