"""Synthetic passenger lines: from the county town's bus station along the roads to township seats, and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from planner.domain.county import BusLine, BusStop, Host, Tier
from planner.domain.timetable import EVERY_DAY
from planner.synth.network import COUNTY, NATIONAL, NONE, TOWNSHIP, VILLAGE
from planner.synth.paths import from_one, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator

    from planner.domain.county import Site
    from planner.synth.ground import Ground
    from planner.synth.mesh import FloatArray, IntArray
    from planner.synth.network import RoadBuilder

HOLD_PARCELS: Final = 80
"""Parcels a rural bus takes on a trip."""

KMH: Final = {NATIONAL: 45.0, COUNTY: 35.0, TOWNSHIP: 25.0, VILLAGE: 20.0}
UNPAVED_KMH: Final = 15.0
STOP_MIN: Final = 1.0
BESIDE_M: Final = 500.0
"""A village or seat has a stop where a line passes so near, as the crow flies."""
APART_M: Final = 400.0
FIRST_OUT_MIN, LAST_OUT_MIN = 8 * 60 + 30, 16 * 60 + 30
FIRST_BACK_MIN, LAST_BACK_MIN = 7 * 60, 15 * 60
MOST_TRIPS: Final = ((40, 5), (75, 4))
FEWEST_TRIPS: Final = 2
THIN_DAYS: Final = (1, 3, 5, 7)
"""Days of the line that takes longest."""


@dataclass(frozen=True, slots=True)
class _Halt:
    """A stop of a line: its mesh point, its name, and minutes after the departure."""

    node: int
    name: str
    minutes: int


def bus_lines(
    ground: Ground, roads: RoadBuilder, connected: Mapping[str, int], sites: Sequence[Site], rng: Generator
) -> tuple[BusLine, ...]:
    """Two lines, out and back, for each seat that no other line passes; times from road speeds."""
    station = _bus_station(ground, roads, sites)
    network = _Network(ground, roads, connected)
    trunk = network.ways_from(station)
    seats = {town.code: int(node) for town, node in zip(ground.real.townships, ground.seats, strict=True)}
    paths = {code: trace(trunk, node) for code, node in seats.items() if code != ground.recipe.county_seat}
    ends = [code for code, path in paths.items() if not _is_passed(network, code, path, paths)]
    halts = {
        code: (network.halts(paths[code]), network.halts(trace(network.ways_from(seats[code]), station)))
        for code in ends
    }
    longest = max(ends, key=lambda code: (halts[code][0][-1].minutes, code))
    lines: list[BusLine] = []
    for code in ends:
        there, back = halts[code]
        trips = _trips(there[-1].minutes)
        days = THIN_DAYS if code == longest else EVERY_DAY
        ways = ((there, FIRST_OUT_MIN, LAST_OUT_MIN), (back, FIRST_BACK_MIN, LAST_BACK_MIN))
        for way, first, last in ways:
            lines.append(
                BusLine(
                    line_id=f"{ground.real.code}-B{len(lines) + 1:02d}",
                    name=f"{way[0].name}—{way[-1].name}(合成)",
                    stops=_stops(ground, way),
                    trips_per_day=trips,
                    departures_min=_departures(first, last, trips, rng),
                    hold_parcels=HOLD_PARCELS,
                    days=days,
                )
            )
    return tuple(lines)


class _Network:
    """Roads as a bus drives them, and the places along them that have stops."""

    def __init__(self, ground: Ground, roads: RoadBuilder, connected: Mapping[str, int]) -> None:
        self.ground = ground
        self.roads = roads
        self.minutes = _minutes(roads)
        self.graph = _one_way_graph(roads, self.minutes)
        names = {village.code: village.name for village in ground.real.villages}
        towns = ground.real.townships
        centre = ground.recipe.county_seat
        self.places = [
            (f"{ground.recipe.short_name}城" if town.code == centre else town.name, int(node))
            for town, node in zip(towns, ground.seats, strict=True)
        ] + [(names[code], node) for code, node in sorted(connected.items())]

    def ways_from(self, node: int) -> IntArray:
        """Predecessors of the quickest ways from ``node``."""
        _, before = from_one(self.graph, node)
        return before

    def offset(self, path: Sequence[int], node: int) -> tuple[float, int]:
        """Straight metres from ``node`` to ``path``, and the number of the nearest point in it."""
        away = np.hypot(*(self.ground.mesh.xy[list(path)] - self.ground.mesh.xy[node]).T)
        nearest = int(np.argmin(away))
        return float(away[nearest]), nearest

    def halts(self, path: Sequence[int]) -> tuple[_Halt, ...]:
        """Stops along ``path``: both ends, seats, then villages that are not too near to a stop."""
        edges = self.roads.edges_of(path)
        metres = np.concatenate([[0.0], np.cumsum(self.ground.mesh.length_m[edges])])
        clock = np.concatenate([[0.0], np.cumsum(self.minutes[edges])])
        chosen: dict[int, str] = {}
        ends = (0, len(path) - 1)
        for end in ends:
            chosen[end] = min(
                (self._away(path[end], node), name) for name, node in self.places[: len(self.ground.seats)]
            )[1]
        for name, node in self.places:
            away, at = self.offset(path, node)
            if away <= BESIDE_M and all(abs(metres[at] - metres[other]) >= APART_M for other in chosen):
                chosen[at] = name
        return tuple(
            _Halt(path[at], chosen[at], ceil(float(clock[at]) + STOP_MIN * number))
            for number, at in enumerate(sorted(chosen))
        )

    def _away(self, one: int, other: int) -> float:
        return float(np.hypot(*(self.ground.mesh.xy[one] - self.ground.mesh.xy[other])))


def _minutes(roads: RoadBuilder) -> FloatArray:
    """Minutes along each edge; infinite where there is no road."""
    kmh = np.array([KMH.get(int(rank), 0.0) for rank in roads.rank])
    kmh[(roads.rank > NONE) & ~roads.paved] = UNPAVED_KMH
    with np.errstate(divide="ignore"):  # no road: infinitely long
        return np.asarray(np.round(roads.mesh.length_m / kmh * 0.06, 6), dtype=np.float64)


def _one_way_graph(roads: RoadBuilder, minutes: FloatArray) -> csr_array:
    """Minutes from point to point along roads, one-ways in their direction only."""
    used = np.flatnonzero(roads.rank > NONE)
    first, second = roads.mesh.edges[used].T
    direction = roads.direction[used]
    there, back = (direction < 0) | (direction == first), (direction < 0) | (direction == second)
    rows = np.concatenate([first[there], second[back]])
    columns = np.concatenate([second[there], first[back]])
    values = np.concatenate([minutes[used][there], minutes[used][back]])
    return csr_array((values, (rows, columns)), shape=(roads.mesh.size, roads.mesh.size))


def _bus_station(ground: Ground, roads: RoadBuilder, sites: Sequence[Site]) -> int:
    """The point on a road nearest to the county town's bus station."""
    station = next(site for site in sites if site.host is Host.BUS_STATION and site.max_tier is Tier.COUNTY)
    xy = np.array(ground.projection.to_metric(station.lon, station.lat))
    on_road = roads.on_road()
    return int(on_road[np.argmin(np.hypot(*(ground.mesh.xy[on_road] - xy).T))])


def _is_passed(network: _Network, code: str, path: Sequence[int], paths: Mapping[str, Sequence[int]]) -> bool:
    """Whether the line to another seat stops at this one on its way."""
    return any(
        other != code and len(way) > len(path) and network.offset(way, path[-1])[0] <= BESIDE_M
        for other, way in paths.items()
    )


def _trips(minutes: int) -> int:
    return next((trips for limit, trips in MOST_TRIPS if minutes <= limit), FEWEST_TRIPS)


def _departures(first: int, last: int, trips: int, rng: Generator) -> tuple[int, ...]:
    """About even over the day, to ten minutes."""
    shift = 10 * int(rng.integers(-3, 4))
    return tuple(shift + 10 * round((first + (last - first) * k / (trips - 1)) / 10) for k in range(trips))


def _stops(ground: Ground, way: Sequence[_Halt]) -> tuple[BusStop, ...]:
    xy = [(float(ground.mesh.xy[halt.node][0]), float(ground.mesh.xy[halt.node][1])) for halt in way]
    degrees = ground.projection.to_degrees(xy)
    return tuple(BusStop(halt.name, lon, lat, halt.minutes) for halt, (lon, lat) in zip(way, degrees, strict=True))
