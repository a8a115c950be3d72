"""What is taken from OpenStreetMap for one county. Positions are WGS84 degrees; ids are ``n1``, ``w1``, ``r1``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import BusLine, Host, Road, RoadClass, Surface

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

LICENCE = "ODbL 1.0, © OpenStreetMap contributors"
"""Licence and attribution of everything in an extract."""

_CODE = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}(?:[0-9]{3}){0,2}")


@dataclass(frozen=True, eq=False)
class OsmArea:
    """An administrative area below the county, with its seat.

    ``names`` maps languages (``zh``, ``en``, …) to names; ``refs`` holds the official references as tagged
    (``ref``, ``ref:gss``, ``division_code``, …). ``seat_from`` says where the seat comes from: one of
    ``admin_centre``, ``label``, ``same name``, ``largest place``, ``representative point``.
    """

    osm_id: str
    name: str
    names: Mapping[str, str]
    admin_level: int
    refs: Mapping[str, str]
    polygon: Polygon | MultiPolygon
    seat_name: str
    seat_lon: float
    seat_lat: float
    seat_from: str
    population: int | None = None

    @property
    def code(self) -> str:
        """The first reference that is a Chinese division code (6, 9 or 12 digits); empty when there is none."""
        return division_code(self.refs)


@dataclass(frozen=True, eq=False)
class OsmSettlement:
    """A ``place=*`` with its name; ``place`` is the value. A mapped area stands at a point inside it."""

    osm_id: str
    name: str
    names: Mapping[str, str]
    place: str
    lon: float
    lat: float
    population: int | None
    refs: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The first reference that is a Chinese division code (6, 9 or 12 digits); empty when there is none."""
        return division_code(self.refs)


@dataclass(frozen=True, eq=False)
class OsmFacility:
    """Premises that could host an outlet; ``tag`` is what they were recognised by, e.g. ``shop=convenience``."""

    osm_id: str
    name: str
    names: Mapping[str, str]
    host: Host
    tag: str
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class OsmRoads:
    """Roads a motor vehicle may use, as columns of equal length, sorted by way and part.

    Attributes
    ----------
    way_id, part
        int64, int32 (n,): OSM way, and 0 for a whole way, else 1, 2, … for the pieces of a way whose nodes are
        partly missing from the file.
    name, highway
        object (n,) of str; ``highway`` is the OSM value, ``ferry`` for a ferry.
    road_class, surface
        object (n,) of `RoadClass` and `Surface`.
    surface_tagged
        bool (n,): whether a tag says the surface; otherwise it is assumed from the kind of road.
    oneway
        bool (n,): travel along ``geometry`` only. Ways tagged against their direction are turned round.
    speed_limit_kmh
        float64 (n,), NaN where none is tagged.
    geometry
        object (n,) of shapely LineString. Ways that share a node share that vertex exactly.
    """

    way_id: NDArray[np.int64]
    part: NDArray[np.int32]
    name: NDArray[np.object_]
    highway: NDArray[np.object_]
    road_class: NDArray[np.object_]
    surface: NDArray[np.object_]
    surface_tagged: NDArray[np.bool_]
    oneway: NDArray[np.bool_]
    speed_limit_kmh: NDArray[np.float64]
    geometry: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.way_id)

    @property
    def road_ids(self) -> list[str]:
        """Ids for a county's road layer: ``w123``, and ``w123-1``, ``w123-2``, … for the pieces of a way."""
        pairs = zip(self.way_id.tolist(), self.part.tolist(), strict=True)
        return [f"w{way}-{part}" if part else f"w{way}" for way, part in pairs]

    def to_roads(self) -> list[Road]:
        """The roads as the domain knows them."""
        limits = (None if np.isnan(limit) else float(limit) for limit in self.speed_limit_kmh)
        columns = (self.road_ids, self.name, self.road_class, self.surface, self.oneway.tolist(), self.geometry, limits)
        return [
            Road(road_id, name, RoadClass(road_class), Surface(surface), oneway, geometry, limit)
            for road_id, name, road_class, surface, oneway, geometry, limit in zip(*columns, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class OsmDwellings:
    """Residential buildings: WGS84 positions of their centroids, and the ``building=*`` value of each.

    ``lon``, ``lat`` are float64 (n,), ``kind`` object (n,) of str.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kind: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True, slots=True)
class OsmSeat:
    """The node that the county's relation names as its ``admin_centre``; ``name`` is empty where it has none."""

    osm_id: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class OsmExtract:
    """Everything a county can take from OpenStreetMap.

    ``boundary_id`` is the relation the boundary comes from, empty when the caller gave the boundary.
    ``township_level`` is the ``admin_level`` of ``townships``, None when there are none. ``facts`` are sentences
    for people: what was counted, left out and assumed. ``timestamp`` is the state of the data (ISO 8601, empty
    when unknown), ``sha256`` the digest of the file read. ``seat`` is the county's, None when no node says it.
    """

    boundary: Polygon | MultiPolygon
    boundary_id: str
    name: str
    names: Mapping[str, str]
    refs: Mapping[str, str]
    township_level: int | None
    townships: tuple[OsmArea, ...]
    settlements: tuple[OsmSettlement, ...]
    roads: OsmRoads
    facilities: tuple[OsmFacility, ...]
    bus_lines: tuple[BusLine, ...]
    dwellings: OsmDwellings
    facts: tuple[str, ...]
    timestamp: str
    sha256: str
    seat: OsmSeat | None = None

    @property
    def code(self) -> str:
        """The county's division code where its relation carries one; empty when there is none."""
        return division_code(self.refs)


def division_code(refs: Mapping[str, str]) -> str:
    """The first of ``refs`` that has 6, 9 or 12 digits and begins with a province (11–82), or an empty text."""
    return next((text for text in refs.values() if _CODE.fullmatch(text)), "")
