"""What could be read of a county, defects or not, ready to be drawn: places and roads with the rows they stand in.

A county with errors has no `County`; the records of the files that could be read are then all there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.errors import Defect
from planner.geodata.joints import JOINT_CODES
from planner.geodata.roads import components, line_lengths_m, part_ids

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from planner.domain.county import BusLine, County
    from planner.geodata.checks import Layers
    from planner.geodata.tables import Record, Records

PLACE_LAYERS: Final = ("townships", "villages", "sites")

LonLat = tuple[float, float]
"""Longitude and latitude, WGS84 degrees."""


@dataclass(frozen=True, slots=True)
class Place:
    """A township, village or site: its layer, file and row, and where it lies (WGS84 degrees)."""

    layer: str
    file: str
    row: int | None
    identity: str
    name: str
    lon: float
    lat: float
    name_en: str = ""


@dataclass(frozen=True, eq=False)
class RoadLines:
    """Road lines that can be drawn, WGS84 degrees; of a county without errors, in the order of its roads.

    ``row`` is the feature of each, 0 where unknown.
    """

    file: str
    row: NDArray[np.int64]
    identity: tuple[str, ...]
    road_class: tuple[str, ...]
    line: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def length_m(self) -> NDArray[np.float64]:
        """Geodesic length of each."""
        return line_lengths_m(list(self.line))

    @cached_property
    def part(self) -> NDArray[np.int64]:
        """The connected part of each by shared vertices, numbered from the longest part, 0, to the shortest."""
        raw = components(list(self.line))
        order = np.argsort(-np.bincount(raw, weights=self.length_m), kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank[raw]


@dataclass(frozen=True, eq=False)
class Ground:
    """Everything of a county that has a place on a map. ``boundary`` is None where it could not be read."""

    boundary: Polygon | MultiPolygon | None
    places: tuple[Place, ...]
    roads: RoadLines | None
    bus_lines: tuple[BusLine, ...] = ()
    astray: Mapping[tuple[str, int], LonLat] = field(default_factory=dict)
    """First vertex of roads that cannot be drawn, by file and row, for their coordinates are exchanged."""

    @cached_property
    def rows(self) -> Mapping[tuple[str, str], int]:
        """The row of each place and road by layer and code or id; of one used twice the first."""
        found: dict[tuple[str, str], int] = {}
        for place in self.places:
            if place.row is not None:
                found.setdefault((place.layer, place.identity), place.row)
        if self.roads is not None:
            for row, identity in zip(self.roads.row.tolist(), self.roads.identity, strict=True):
                if row:
                    found.setdefault(("roads", identity), row)
        return found

    def spot(self, defect: Defect) -> LonLat | None:
        """Where ``defect`` lies on the map, or None when its row has no place (or it has no row).

        A point whose coordinates are exchanged is shown where it lies once they are put right.
        """
        if defect.code in JOINT_CODES and defect.value is not None:
            lon, lat = map(float, defect.value.split(","))
            return lon, lat
        if defect.row is None:
            return None
        at = self._spots.get((defect.file, defect.row))
        if at is None:
            return None
        return (at[1], at[0]) if defect.code == "swapped" and _on_earth(at[1], at[0]) else at

    @cached_property
    def _spots(self) -> Mapping[tuple[str, int], LonLat]:
        spots = dict(self.astray)
        spots |= {(place.file, place.row): (place.lon, place.lat) for place in self.places if place.row is not None}
        if self.roads is not None and len(self.roads):
            middle = shapely.get_coordinates(shapely.line_interpolate_point(self.roads.line, 0.5, normalized=True))
            rows = self.roads.row.tolist()
            spots.update({(self.roads.file, row): (x, y) for row, (x, y) in zip(rows, middle.tolist(), strict=True)})
        return spots


def read_ground(layers: Layers | None, county: County | None) -> Ground:
    """What can be drawn of the ``layers`` that were read; of ``county`` itself where there is one."""
    if layers is None:
        return Ground(None, (), None)
    if county is None:
        places = [place for layer in PLACE_LAYERS for place in _recorded_places(layer, getattr(layers, layer))]
        return Ground(layers.boundary, tuple(places), _recorded_roads(layers), astray=_astray(layers))
    places = [place for layer in PLACE_LAYERS for place in _county_places(layer, getattr(layers, layer), county)]
    return Ground(county.boundary, tuple(places), _county_roads(layers, county), county.bus_lines)


def _key(record: Record) -> str:
    return record.text("code") or record.text("site_id") or ""


def _recorded_places(layer: str, rows: Records | None) -> Iterable[Place]:
    for record in rows or ():
        lon, lat = record.number("lon"), record.number("lat")
        if rows is not None and lon is not None and lat is not None and (_on_earth(lon, lat) or _on_earth(lat, lon)):
            name, name_en = record.text("name") or "", record.text("name_en") or ""
            yield Place(layer, rows.file, record.row, _key(record), name, lon, lat, name_en)


def _county_places(layer: str, rows: Records | None, county: County) -> Iterable[Place]:
    row_of = {_key(record): record.row for record in rows or ()}
    file = county.layer(layer).file
    members: Iterable[Any] = {
        "townships": county.townships, "villages": county.villages, "sites": county.sites,
    }[layer]  # fmt: skip
    for place in members:
        identity = place.site_id if layer == "sites" else place.code
        name_en = place.names.get("en", "") if layer == "townships" else ""
        yield Place(layer, file, row_of.get(identity), identity, place.name, place.lon, place.lat, name_en)


def _recorded_roads(layers: Layers) -> RoadLines | None:
    roads = layers.roads
    if roads is None:
        return None
    keep = [record for record in roads.rows if record.row in roads.geometries]
    drawn = [(record, line) for record in keep for line in shapely.get_parts(roads.geometries[record.row])]
    whole = [(record, line) for record, line in drawn if _drawable(line)]
    return _lines(
        roads.rows.file,
        [record.row for record, _ in whole],
        [record.text("road_id") or "" for record, _ in whole],
        [record.text("road_class") or "" for record, _ in whole],
        [line for _, line in whole],
    )


def _astray(layers: Layers) -> dict[tuple[str, int], LonLat]:
    found: dict[tuple[str, int], LonLat] = {}
    if layers.roads is None:
        return found
    for row, geometry in layers.roads.geometries.items():
        lon, lat = shapely.get_coordinates(geometry)[0].tolist()
        if not _on_earth(lon, lat) and _on_earth(lat, lon):
            found[layers.roads.rows.file, row] = (lon, lat)
    return found


def _county_roads(layers: Layers, county: County) -> RoadLines | None:
    roads = layers.roads
    if roads is None or not county.roads:
        return None
    row_of: dict[str, int] = {}
    for record in roads.rows:
        road_id, geometry = record.text("road_id"), roads.geometries.get(record.row)
        if road_id is not None and geometry is not None:
            row_of.update(dict.fromkeys(part_ids(road_id, int(shapely.get_num_geometries(geometry))), record.row))
    return _lines(
        roads.rows.file,
        [row_of.get(road.road_id, 0) for road in county.roads],
        [road.road_id for road in county.roads],
        [road.road_class.value for road in county.roads],
        [road.geometry for road in county.roads],
    )


def _lines(file: str, row: list[int], identity: list[str], road_class: list[str], line: list[Any]) -> RoadLines | None:
    if not line:
        return None
    drawn = np.array(line, dtype=object)
    return RoadLines(file, np.array(row, np.int64), tuple(identity), tuple(road_class), drawn)


def _drawable(line: Any) -> bool:
    west, south, east, north = line.bounds
    return _on_earth(west, south) and _on_earth(east, north)


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
