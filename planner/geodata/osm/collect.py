"""The main pass: every tagged node and way of a file, and the mapped areas, sorted into what a county needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from planner.geodata.osm.clip import Clip, filled, middles, point_inside
from planner.geodata.osm.extract import OsmDwellings, OsmRoads
from planner.geodata.osm.facilities import DWELLINGS, FACILITY_KEYS, PLACES, classify_facility
from planner.geodata.osm.reading import OsmFile
from planner.geodata.osm.relations import MappedRelation, Spot, Spots
from planner.geodata.osm.tags import Tags
from planner.geodata.osm.ways import RoadCollector, RoadCounts

if TYPE_CHECKING:
    from osmium.osm.types import Node, Way
    from shapely.geometry.base import BaseGeometry

    from planner.domain.county import Host
_POINT_KEYS: Final = ("place", *FACILITY_KEYS)
_STOP_KEYS: Final = ("highway", "public_transport")


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """A settlement or premises as found: id, tags, a point of it inside the county, and its outline if it has one."""

    osm_id: str
    tags: Tags
    lon: float
    lat: float
    outline: BaseGeometry | None = None

    @property
    def is_area(self) -> bool:
        """Whether it is mapped as a way or relation."""
        return not self.osm_id.startswith("n")


@dataclass(frozen=True, eq=False, slots=True)
class FoundFacility:
    """Premises with their host and the tag they were recognised by."""

    found: Found
    host: Host
    tag: str


@dataclass(eq=False)
class Collected:
    """What the main pass found.

    ``buildings`` counts the county's buildings by value; ``cut_areas`` the ways near the county that are no road and
    miss nodes; ``unbuilt`` names multipolygons without a closed outline; ``newest`` is the last edit of a road.
    """

    roads: OsmRoads
    road_counts: RoadCounts
    places: list[Found]
    spots: Spots
    facilities: list[FoundFacility]
    dwellings: OsmDwellings
    buildings: Counter[str]
    cut_areas: int
    unbuilt: list[str]
    newest: str


@dataclass(eq=False)
class _Pass:
    """State of the main pass."""

    clip: Clip
    roads: RoadCollector
    wanted: frozenset[tuple[str, int]]
    spots: dict[tuple[str, int], Spot] = field(default_factory=dict)
    places: list[Found] = field(default_factory=list)
    facilities: list[FoundFacility] = field(default_factory=list)
    buildings: Counter[str] = field(default_factory=Counter)
    building_kinds: list[str] = field(default_factory=list)
    building_rings: list[str] = field(default_factory=list)
    building_points: list[tuple[str, float, float]] = field(default_factory=list)
    cut_areas: int = 0
    unbuilt: list[str] = field(default_factory=list)
    newest: str = ""

    def node(self, node: Node) -> None:
        """A node with a name, or one of the keys of a place, of premises or of a stop."""
        location = node.location
        if ("n", node.id) in self.wanted and location.valid():
            self.spots["n", node.id] = Spot({tag.k: tag.v for tag in node.tags}, location.lon, location.lat)
        if location.valid() and self.clip.in_bounds(location.lon, location.lat):
            self._found(Found(f"n{node.id}", {tag.k: tag.v for tag in node.tags}, location.lon, location.lat))

    def way(self, way: Way) -> None:
        """A way with one of the keys of a road, a place, premises or a building."""
        tags = way.tags
        if ("w", way.id) in self.wanted:
            self._spot(way)
        if "highway" in tags or tags.get("route") == "ferry":
            if self.roads.add(way):
                self.newest = max(self.newest, way.timestamp.isoformat())
            return
        if not self._starts_in_bounds(way):
            return
        building = tags.get("building")
        if building is not None and building != "no":
            self._building(building, way)
        if any(key in tags for key in _POINT_KEYS):
            self._area(way)

    def _spot(self, way: Way) -> None:
        xy = {(node.lon, node.lat) for node in way.nodes if node.location.valid()}
        if xy:
            lon, lat = np.mean(sorted(xy), axis=0)
            self.spots["w", way.id] = Spot({tag.k: tag.v for tag in way.tags}, float(lon), float(lat))

    def _starts_in_bounds(self, way: Way) -> bool:
        """Whether the first node with a position lies in the county's bounding box, widened."""
        for node in way.nodes:
            at = node.location
            if at.valid():
                return self.clip.in_bounds(at.lon, at.lat)
        return False

    def _building(self, kind: str, way: Way) -> None:
        if (ring := self._line(way)) is not None:
            self.building_kinds.append(kind)
            self.building_rings.append(ring)

    def _area(self, way: Way) -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        if tags.get("place") not in PLACES and classify_facility(tags) is None:
            return
        if (line := self._line(way)) is not None:
            outline = filled(shapely.from_wkb(line))
            self._found(Found(f"w{way.id}", tags, *point_inside(outline), outline))

    def _line(self, way: Way) -> str | None:
        import osmium

        try:
            return self.roads.factory.create_linestring(way)
        except (osmium.InvalidLocationError, RuntimeError):  # nodes are missing, or all lie in one place
            self.cut_areas += 1
            return None

    def _found(self, found: Found) -> None:
        is_place = found.tags.get("place") in PLACES
        facility = classify_facility(found.tags)
        if (is_place or facility) and self.clip.is_inside(found.lon, found.lat):
            if is_place:
                self.places.append(found)
            if facility:
                self.facilities.append(FoundFacility(found, *facility))

    def relation(self, relation: MappedRelation) -> None:
        """A multipolygon that is a place, premises or a building; its outline may be missing."""
        outline = relation.outline
        if outline is None:
            self.unbuilt.append(relation.label)
            return
        kind = relation.tags.get("building", "no")
        if kind != "no":
            self.building_points.append((kind, outline.centroid.x, outline.centroid.y))
        self._found(Found(relation.osm_id, relation.tags, *point_inside(outline), outline))

    def dwellings(self) -> OsmDwellings:
        """Dwellings in the county; fills ``buildings`` on the way."""
        rings = np.empty(len(self.building_rings), dtype=object)
        rings[:] = self.building_rings
        ring_points = middles(shapely.from_wkb(rings)) if len(rings) else np.empty((0, 2))
        other_points = np.array([(lon, lat) for _, lon, lat in self.building_points]).reshape(-1, 2)
        points = np.concatenate([ring_points, other_points])
        kinds = np.array([*self.building_kinds, *(kind for kind, _, _ in self.building_points)], dtype=object)
        inside = self.clip.inside(points[:, 0], points[:, 1])
        self.buildings.update(kinds[inside].tolist())
        lived_in = inside & np.isin(kinds, sorted(DWELLINGS))
        return OsmDwellings(points[lived_in, 0], points[lived_in, 1], kinds[lived_in])


def collect(
    source: OsmFile, clip: Clip, areas: Iterable[MappedRelation], wanted: frozenset[tuple[str, int]]
) -> Collected:
    """Read all nodes and ways once more and keep what the county needs (after `OsmFile.locate`).

    ``wanted`` are nodes and ways that relations refer to, to be looked up as spots.
    """
    import osmium
    from osmium.osm.types import Node, Way

    state = _Pass(clip, RoadCollector(clip), wanted)
    nodes = source.only(osmium.filter.KeyFilter("name", *_STOP_KEYS, *_POINT_KEYS), osmium.osm.NODE)
    ways = source.only(osmium.filter.KeyFilter("route", *_STOP_KEYS, *_POINT_KEYS), osmium.osm.WAY)
    for item in source.objects(osmium.osm.NODE | osmium.osm.WAY, source.locations, nodes, ways):
        if isinstance(item, Way):
            state.way(item)
        elif isinstance(item, Node):
            state.node(item)
    for relation in areas:
        state.relation(relation)
    for kind, number in wanted - state.spots.keys():
        if kind == "n" and (at := source.position(number)) is not None:
            state.spots[kind, number] = Spot({}, *at)
    dwellings = state.dwellings()
    return Collected(
        roads=state.roads.finish(),
        road_counts=state.roads.counts,
        places=state.places,
        spots=state.spots,
        facilities=state.facilities,
        dwellings=dwellings,
        buildings=state.buildings,
        cut_areas=state.cut_areas,
        unbuilt=state.unbuilt,
        newest=state.newest,
    )
