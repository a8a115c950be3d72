"""Relations of a file: administrative areas with their outlines, bus lines, mapped areas, turn restrictions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import shapely

from planner.geodata.osm.facilities import FACILITY_KEYS
from planner.geodata.osm.reading import OsmFile
from planner.geodata.osm.tags import Tags, name_of

if TYPE_CHECKING:
    from osmium.osm.types import Area, Relation, Way
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

BUS_ROUTES: Final = ("bus", "minibus", "trolleybus", "share_taxi")
"""``route=*`` of passenger lines on the road."""

_LEVEL = re.compile("[0-9]{1,2}")
_AREA_TYPES: Final = ("multipolygon", "boundary")
_AREA_KEYS: Final = ("place", *FACILITY_KEYS)
_KEYS: Final = ("boundary", "route", "restriction", *_AREA_KEYS)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a relation; ``kind`` is ``n``, ``w`` or ``r``."""

    kind: str
    ref: int
    role: str


@dataclass(frozen=True, eq=False, slots=True)
class Spot:
    """A node or way that relations refer to: name, tags, position (a way's is the middle of its nodes)."""

    tags: Tags
    lon: float
    lat: float


Spots = Mapping[tuple[str, int], Spot]
"""Spots by kind (``n``, ``w``) and number."""


@dataclass(frozen=True, eq=False)
class MappedRelation:
    """A relation with its tags and members; ``outline`` is its area, None where it is none or could not be built."""

    number: int
    tags: Tags
    members: tuple[Member, ...]
    outline: Polygon | MultiPolygon | None = None

    @property
    def built(self) -> Polygon | MultiPolygon:
        """The outline of an area that has one; ValueError for one that has not."""
        if self.outline is None:
            raise ValueError(self.label)
        return self.outline

    @property
    def osm_id(self) -> str:
        """``r`` and the number."""
        return f"r{self.number}"

    @property
    def label(self) -> str:
        """Id and name, for people."""
        return f"r{self.number} ({name_of(self.tags) or 'without a name'})"

    def nodes(self, role: str) -> list[int]:
        """Node members in ``role``."""
        return [member.ref for member in self.members if member.kind == "n" and member.role == role]

    def ways(self) -> list[int]:
        """Way members."""
        return [member.ref for member in self.members if member.kind == "w"]


@dataclass(frozen=True, eq=False)
class Relations:
    """All relations of interest in a file, in file order: administrative areas, other areas, bus lines."""

    admin: list[MappedRelation] = field(default_factory=list)
    areas: list[MappedRelation] = field(default_factory=list)
    buses: list[MappedRelation] = field(default_factory=list)
    restrictions: int = 0

    @property
    def settled(self) -> list[MappedRelation]:
        """Administrative areas that are also tagged as a settlement, and do not name the node that stands for it."""
        return [
            area
            for area in self.admin
            if "place" in area.tags
            and area.outline is not None
            and not isinstance(area, ClosedWay)  # comes again with the other ways
            and not area.nodes("admin_centre")
            and not area.nodes("label")
        ]


def read_relations(source: OsmFile) -> Relations:
    """Collect the relations and build the outlines of those that are areas (needs `OsmFile.locate` before)."""
    import osmium
    from osmium.osm.types import Relation

    admin: list[MappedRelation] = []
    areas: list[MappedRelation] = []
    buses: list[MappedRelation] = []
    restrictions = 0
    keys = osmium.filter.KeyFilter(*_KEYS)
    for item in source.objects(osmium.osm.RELATION, keys):
        if not isinstance(item, Relation):
            continue
        relation = _mapped(item)
        kind = relation.tags.get("type", "")
        if kind.startswith("restriction"):
            restrictions += 1
        elif kind == "route" and relation.tags.get("route") in BUS_ROUTES:
            buses.append(relation)
        elif kind in _AREA_TYPES and is_admin(relation.tags):
            admin.append(relation)
        elif kind in _AREA_TYPES and any(key in relation.tags for key in _AREA_KEYS):
            areas.append(relation)
    outlines = _outlines(source, [*admin, *areas])
    members = {way for relation in admin for way in relation.ways()}
    alone = [way for way in outlines.closed_ways if way.number not in members]
    admin, areas = ([_with_outline(relation, outlines.by_relation) for relation in group] for group in (admin, areas))
    return Relations([*admin, *alone], areas, buses, restrictions)


def is_admin(tags: Mapping[str, str]) -> bool:
    """Whether an object is an administrative area with a numbered level."""
    return tags.get("boundary") == "administrative" and bool(_LEVEL.fullmatch(tags.get("admin_level", "")))


def _mapped(item: Relation) -> MappedRelation:
    members = tuple(Member(member.type, member.ref, member.role) for member in item.members)
    return MappedRelation(item.id, {tag.k: tag.v for tag in item.tags}, members)


def _outlines(source: OsmFile, relations: Sequence[MappedRelation]) -> _Outlines:
    """Outlines of the relations that libosmium's assembler can close, and of closed ways."""
    import osmium

    manager = osmium.area.AreaManager()
    numbers = [relation.number for relation in relations]
    wanted = source.only(osmium.filter.IdFilter(numbers), osmium.osm.RELATION)
    source.apply(osmium.osm.RELATION, wanted, manager.first_pass_handler())
    outlines = _Outlines()
    # libosmium numbers the area of relation r as 2 r + 1, and that of way w as 2 w (osmium/osm/area.hpp)
    built = source.only(osmium.filter.IdFilter([2 * number + 1 for number in numbers]), osmium.osm.AREA)
    boundaries = osmium.filter.TagFilter(("boundary", "administrative"))
    areas = manager.second_pass_handler(built, outlines)
    source.apply(osmium.osm.WAY, source.locations, areas, boundaries, outlines)
    return outlines


class _Outlines:
    """Takes the areas that libosmium hands out, and the ways tagged as administrative boundaries."""

    def __init__(self) -> None:
        from osmium.geom import WKBFactory

        self.by_relation: dict[int, Polygon | MultiPolygon] = {}
        self.closed_ways: list[ClosedWay] = []
        self._factory = WKBFactory()

    def area(self, area: Area) -> None:
        """Keep the outline of one area; an area without rings is one that could not be closed."""
        if area.num_rings()[0]:
            self.by_relation[area.orig_id()] = simple(shapely.from_wkb(self._factory.create_multipolygon(area)))

    def way(self, way: Way) -> None:
        """Keep a closed way that is an administrative area by itself."""
        import osmium

        tags = {tag.k: tag.v for tag in way.tags}
        if not (is_admin(tags) and name_of(tags) and way.is_closed()):
            return
        try:
            ring = shapely.from_wkb(self._factory.create_linestring(way))
            outline = shapely.Polygon(ring.coords)
        except (osmium.InvalidLocationError, RuntimeError, ValueError):
            return  # a way that the file breaks off encloses nothing
        if outline.is_valid:
            self.closed_ways.append(ClosedWay(way.id, tags, (), outline))


def simple(outline: BaseGeometry) -> Polygon | MultiPolygon:
    """A polygon for a collection of one polygon."""
    parts: list[Polygon] = list(shapely.get_parts(outline))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _with_outline(relation: MappedRelation, outlines: dict[int, Polygon | MultiPolygon]) -> MappedRelation:
    return MappedRelation(relation.number, relation.tags, relation.members, outlines.get(relation.number))


@dataclass(frozen=True, eq=False)
class ClosedWay(MappedRelation):
    """An administrative area drawn as one closed way."""

    @property
    def osm_id(self) -> str:
        """``w`` and the number."""
        return f"w{self.number}"

    @property
    def label(self) -> str:
        """Id and name, for people."""
        return f"w{self.number} ({name_of(self.tags) or 'without a name'})"
