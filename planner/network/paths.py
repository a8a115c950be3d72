"""The ways themselves, to be drawn and told: which stretches of road a shortest way runs along, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from planner.domain import RoadClass
from planner.errors import UsageError
from planner.network.augment import AugmentedGraph, insert_terminals
from planner.network.graph import RoadNetwork
from planner.network.matrix import By, straight_mm
from planner.network.snap import Snapped

LonLat = NDArray[np.float64]


class StretchKind(StrEnum):
    """What a stretch of a way runs along."""

    ROAD = "road"
    ACCESS = "access"
    """The leg between a place and the road that it is nearest to."""
    DIRECT = "direct"
    """Straight from place to place, which is no longer than their two legs to the road."""
    STRAIGHT_LINE = "straight_line"
    """A straight line times the detour factor, where no road is known."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a way along one road: its ``name`` (empty where it has none), class, and whole metres.

    ``road_class`` is None off the road. The metres of a way's stretches add up to the way's, each the difference of two
    sums rounded half up.
    """

    kind: StretchKind
    name: str
    road_class: RoadClass | None
    distance_m: int


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A shortest way: its line in WGS84 degrees, and its stretches in order; none are 0 m long."""

    line: LineString
    stretches: tuple[Stretch, ...]

    @property
    def distance_m(self) -> int:
        """Whole metres, as `TravelMatrix` gives them."""
        return sum(stretch.distance_m for stretch in self.stretches)


def path_geometry(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    pairs: Iterable[tuple[int, int]],
    *,
    by: By = "distance",
) -> list[LineString]:
    """The lines of `shortest_ways`."""
    return [way.line for way in shortest_ways(network, origins, destinations, pairs, by=by)]


def shortest_ways(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    pairs: Iterable[tuple[int, int]],
    *,
    by: By = "distance",
) -> list[Way]:
    """The shortest ways of ``pairs`` (origin index, destination index), with the roads that they follow.

    Each line runs from the origin over its access leg, along the roads, and over the other access leg to the
    destination; it is the straight line where `TravelMatrix` says that one goes straight. Among equally short
    ways it follows one, always the same. Stretches that follow each other on roads of one name and class are joined,
    and so are those on roads of one class without a name.

    Raises UsageError for a pair that no way joins.
    """
    wanted = [(int(i), int(j)) for i, j in pairs]
    graph = insert_terminals(network, origins, destinations)
    finder = _Finder.of(network, graph, by)
    weights: tuple[int, NDArray[np.int64]] | None = None
    ways: list[Way | None] = [None] * len(wanted)
    for k in sorted(range(len(wanted)), key=lambda k: wanted[k][0]):
        i, j = wanted[k]
        ends = [(origins.lon[i], origins.lat[i]), (destinations.lon[j], destinations.lat[j])]
        if _goes_straight(origins, destinations, i, j):
            direct_mm = _straight_mm(origins, destinations, i, j)
            ways[k] = Way(LineString(ends), _in_metres([(StretchKind.DIRECT, "", None, direct_mm)]))
            continue
        source, target = int(graph.terminals[0][i]), int(graph.terminals[1][j])
        if source >= 0 and (weights is None or weights[0] != source):
            weights = (source, finder.weights_from(source))
        if weights is None or source < 0 or target < 0 or weights[1][target] < 0:
            raise UsageError(f"no way leads from origin {i} to destination {j}")
        arcs = finder.trace(weights[1], source, target)
        road = finder.vertices(arcs) if arcs else np.array([[origins.road_lon[i], origins.road_lat[i]]])
        line = LineString(_without_repeats(np.vstack([ends[:1], road, ends[1:]])))
        legs = [(StretchKind.ACCESS, "", None, int(mm)) for mm in (origins.distance_mm[i], destinations.distance_mm[j])]
        ways[k] = Way(line, _in_metres([legs[0], *finder.roads(arcs), legs[1]]))
    return [way for way in ways if way is not None]


_Part = tuple[StretchKind, str, RoadClass | None, int]
"""A stretch in millimetres."""


def _in_metres(parts: Sequence[_Part]) -> tuple[Stretch, ...]:
    """Parts of one road that follow each other as one stretch, in metres that add up; what rounds to nothing goes."""
    stretches, sofar_mm, sofar_m = [], 0, 0
    for (kind, name, road_class), group in groupby(parts, key=lambda part: part[:3]):
        sofar_mm += sum(part[3] for part in group)
        upto_m = (sofar_mm + 500) // 1000
        if upto_m > sofar_m:
            stretches.append(Stretch(kind, name, road_class, upto_m - sofar_m))
        sofar_m = upto_m
    return tuple(stretches)


def _straight_mm(origins: Snapped, destinations: Snapped, i: int, j: int) -> int:
    return int(straight_mm(origins, destinations, np.array([i]), np.array([j]))[0])


def _goes_straight(origins: Snapped, destinations: Snapped, i: int, j: int) -> bool:
    if not (origins.ok[i] and destinations.ok[j]):
        return False
    return _straight_mm(origins, destinations, i, j) <= int(origins.distance_mm[i] + destinations.distance_mm[j])


@dataclass(frozen=True, slots=True, eq=False)
class _Finder:
    """Directed arcs of the whole graph, by tail for searching and by head for tracing back.

    ``piece`` and ``forward`` say which piece of which edge an arc is and whether it runs as drawn.
    """

    network: RoadNetwork
    graph: AugmentedGraph
    tail: NDArray[np.int32]
    weight: NDArray[np.int64]
    piece: NDArray[np.int64]
    forward: NDArray[np.bool_]
    by_tail: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]
    first_into: NDArray[np.int64]
    into: NDArray[np.int64]

    @classmethod
    def of(cls, network: RoadNetwork, graph: AugmentedGraph, by: By) -> _Finder:
        from planner.network.kernel import pack  # numba is loaded when first needed

        back = np.flatnonzero(~graph.oneway)
        tail = np.concatenate([graph.tail, graph.head[back]])
        head = np.concatenate([graph.head, graph.tail[back]])
        piece = np.concatenate([np.arange(len(graph.tail)), back])
        forward = np.arange(len(tail)) < len(graph.tail)
        one_way = pack(graph.mm, graph.ms) if by == "distance" else pack(graph.ms, graph.mm)
        weight = one_way[piece]
        nodes = np.arange(graph.n_nodes + 1)
        order = np.argsort(tail, kind="stable")
        first_arc = np.searchsorted(tail[order], nodes).astype(np.int32)
        into = np.argsort(head, kind="stable")
        first_into = np.searchsorted(head[into], nodes)
        by_tail = (first_arc, head[order], weight[order])
        return cls(network, graph, tail, weight, piece, forward, by_tail, first_into, into)

    def weights_from(self, source: int) -> NDArray[np.int64]:
        """The least weight from ``source`` to every node, −1 where no way leads."""
        from planner.network.kernel import PRIMARY_LIMIT, search  # numba when first needed

        n = self.graph.n_nodes
        sources, limits = np.array([source], np.int32), np.array([PRIMARY_LIMIT], np.int64)
        _, node, weight, _ = search(*self.by_tail, sources, limits, np.arange(n, dtype=np.int32), n, False)
        weights = np.full(n, -1, np.int64)
        weights[node] = weight
        return weights

    def trace(self, weights: NDArray[np.int64], source: int, target: int) -> list[int]:
        """Arcs of a shortest way in order; none when source and target are one node."""
        arcs: list[int] = []
        node = target
        while node != source:
            into = self.into[self.first_into[node] : self.first_into[node + 1]]
            before = weights[self.tail[into]]
            arcs.append(int(into[np.flatnonzero((before >= 0) & (before + self.weight[into] == weights[node]))[0]]))
            node = int(self.tail[arcs[-1]])
        return arcs[::-1]

    def vertices(self, arcs: Sequence[int]) -> LonLat:
        """Vertices along ``arcs``, float64 (k, 2)."""
        return np.vstack([self._vertices(int(self.piece[arc]), bool(self.forward[arc])) for arc in arcs])

    def roads(self, arcs: Sequence[int]) -> list[_Part]:
        """The road of each arc, and how far it is followed."""
        pieces = [int(self.piece[arc]) for arc in arcs]
        roads = [self.network.roads[int(self.network.edge_road[self.graph.edge[piece]])] for piece in pieces]
        return [
            (StretchKind.ROAD, road.name, road.road_class, int(self.graph.mm[piece]))
            for piece, road in zip(pieces, roads, strict=True)
        ]

    def _vertices(self, piece: int, forward: bool) -> LonLat:
        edge = int(self.graph.edge[piece])
        mm = self.network.vertex_mm[self.network.vertex_start[edge] : self.network.vertex_start[edge + 1]]
        lonlat = self.network.lonlat_of(edge)
        start, end = float(self.graph.from_mm[piece]), float(self.graph.to_mm[piece])
        inside = (mm > start) & (mm < end)
        ends = np.column_stack([np.interp([start, end], mm, lonlat[:, axis]) for axis in (0, 1)])
        line = np.vstack([ends[:1], lonlat[inside], ends[1:]])
        return line if forward else line[::-1]


def _without_repeats(lonlat: LonLat) -> LonLat:
    """The line without vertices that repeat the one before; two stay in any case."""
    fresh = np.ones(len(lonlat), dtype=bool)
    fresh[1:] = (lonlat[1:] != lonlat[:-1]).any(axis=1)
    return lonlat[fresh] if fresh.sum() >= 2 else lonlat[:2]
