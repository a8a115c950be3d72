"""Which points lose every destination when one road is cut: exact, for every stretch of road.

A *stretch* runs between two neighbouring places on the roads: junctions, ends, and where a point or destination meets
the road. A cut closes it in both directions; everything else stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.network.augment import AugmentedGraph, insert_terminals
from planner.network.graph import RoadNetwork
from planner.network.matrix import By, straight_mm
from planner.network.rounding import access_ms
from planner.network.snap import Snapped

Ints = NDArray[np.int64]


class Group(NamedTuple):
    """Points that may go to any of the same destinations, each within ``limit_m`` metres or seconds as ``by`` says.

    ``limit`` None asks only for some way.
    """

    origins: Sequence[int]
    destinations: Sequence[int]
    limit: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of road, from ``from_mm`` to ``to_mm`` of an edge of the network."""

    edge: int
    from_mm: int
    to_mm: int


def points_cut_off(
    network: RoadNetwork, origins: Snapped, destinations: Snapped, groups: Iterable[Group], by: By
) -> dict[Stretch, tuple[int, ...]]:
    """For every stretch whose cut matters, the origins that then have no destination of their group within the limit.

    Origins that have none with every road open do not count. Where the straight line to a destination is no longer
    than both access legs one walks (`TravelMatrix`), and no cut is in the way.
    """
    graph = insert_terminals(network, origins, destinations)
    arcs = _Arcs.of(graph, by)
    legs = [_leg(network, points.distance_mm, by) for points in (origins, destinations)]
    lost: dict[int, set[int]] = {}
    for group in groups:
        limit = None if group.limit is None else group.limit * 1000 + 499
        going = _by_road_only(network, origins, destinations, group, by, limit)
        for piece, origin in _lost(graph, arcs, legs, going, group.destinations, limit):
            lost.setdefault(piece, set()).add(origin)
    return {
        Stretch(int(graph.edge[piece]), int(graph.from_mm[piece]), int(graph.to_mm[piece])): tuple(sorted(lost[piece]))
        for piece in sorted(lost)
    }


def stretch_ends(network: RoadNetwork, stretch: Stretch) -> NDArray[np.float64]:
    """Where a stretch begins and ends, float64 (2, 2): WGS84 degrees."""
    part = slice(int(network.vertex_start[stretch.edge]), int(network.vertex_start[stretch.edge + 1]))
    mm, lonlat = network.vertex_mm[part], network.vertex_lonlat[part]
    at = [float(stretch.from_mm), float(stretch.to_mm)]
    return np.column_stack([np.interp(at, mm, lonlat[:, axis]) for axis in (0, 1)])


def stretch_line(network: RoadNetwork, stretch: Stretch) -> NDArray[np.float64]:
    """The vertices of a stretch from end to end, float64 (k, 2): WGS84 degrees."""
    part = slice(int(network.vertex_start[stretch.edge]), int(network.vertex_start[stretch.edge + 1]))
    mm = network.vertex_mm[part]
    inside = (mm > stretch.from_mm) & (mm < stretch.to_mm)
    ends = stretch_ends(network, stretch)
    return np.vstack([ends[:1], network.vertex_lonlat[part][inside], ends[1:]])


def _leg(network: RoadNetwork, distance_mm: Ints, by: By) -> Ints:
    return distance_mm if by == "distance" else access_ms(distance_mm, network.access_speed_kmh)


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """Directed arcs of the graph, by head for searching towards destinations and by tail for looking ahead."""

    by_head: tuple[Ints, NDArray[np.int32], Ints, NDArray[np.int32]]
    by_tail: tuple[Ints, NDArray[np.int32], Ints, NDArray[np.int32]]

    @classmethod
    def of(cls, graph: AugmentedGraph, by: By) -> _Arcs:
        back = np.flatnonzero(~graph.oneway)
        tail = np.concatenate([graph.tail, graph.head[back]])
        head = np.concatenate([graph.head, graph.tail[back]])
        piece = np.concatenate([np.arange(len(graph.tail)), back])
        weight = (graph.mm if by == "distance" else graph.ms)[piece]

        def sorted_by(
            end: NDArray[np.int32], other: NDArray[np.int32]
        ) -> tuple[Ints, NDArray[np.int32], Ints, NDArray[np.int32]]:
            order = np.argsort(end, kind="stable")
            first = np.searchsorted(end[order], np.arange(graph.n_nodes + 1)).astype(np.int64)
            return first, other[order].astype(np.int32), weight[order].astype(np.int64), piece[order].astype(np.int32)

        return cls(sorted_by(head, tail), sorted_by(tail, head))


def _by_road_only(  # noqa: PLR0917 (a group and what its ways are measured by)
    network: RoadNetwork, origins: Snapped, destinations: Snapped, group: Group, by: By, limit: int | None
) -> list[int]:
    """Origins of the group on the network for which no destination is a walk away, within the limit."""
    there = np.asarray(group.destinations, dtype=np.int64)
    there = there[destinations.ok[there]]
    going = []
    for i in group.origins:
        if not origins.ok[i]:
            continue
        row = np.full(len(there), i)
        mm = straight_mm(origins, destinations, row, there)
        walked = mm <= origins.distance_mm[i] + destinations.distance_mm[there]
        if not (walked & (_leg(network, mm, by) <= (np.inf if limit is None else limit))).any():
            going.append(i)
    return going


def _lost(  # noqa: PLR0917 (a graph, its arcs and legs, and one group)
    graph: AugmentedGraph, arcs: _Arcs, legs: list[Ints], going: list[int], there: Sequence[int], limit: int | None
) -> Iterable[tuple[int, int]]:
    """Pairs (piece, origin) of one group."""
    from planner.network.kernel import NO_WAY, PRIMARY_LIMIT  # numba is loaded when first needed
    from planner.network.kernel_cuts import cut_each, nearest

    most = PRIMARY_LIMIT if limit is None else min(limit, PRIMARY_LIMIT)
    begin = np.full(graph.n_nodes, NO_WAY, np.int64)
    nodes = graph.terminals[1][list(there)]
    np.minimum.at(begin, nodes[nodes >= 0], legs[1][list(there)][nodes >= 0] if limit is not None else 0)
    label, next_node, next_piece = nearest(*arcs.by_head, begin, most)
    point = np.array(going, dtype=np.int32)
    reach = most - (legs[0][point] if limit is not None else np.zeros(len(point), np.int64))
    node = graph.terminals[0][point]
    kept = label[node] <= reach
    point, reach, node = point[kept], reach[kept], node[kept]
    roots = _on_the_way(node, next_node)
    below = np.flatnonzero(next_node >= 0)
    below = below[np.argsort(next_node[below], kind="stable")]
    first_child = np.searchsorted(next_node[below], np.arange(graph.n_nodes + 1)).astype(np.int64)
    order = np.argsort(node, kind="stable").astype(np.int32)
    first_point = np.searchsorted(node[order], np.arange(graph.n_nodes + 1)).astype(np.int64)
    at, lost = cut_each(
        *arcs.by_head, *arcs.by_tail, label, next_piece, roots,
        first_child, below.astype(np.int32), first_point, order, reach, most,
    )  # fmt: skip
    return zip(next_piece[roots[at]].tolist(), point[lost].tolist(), strict=True)


def _on_the_way(nodes: NDArray[np.int32], next_node: NDArray[np.int32]) -> NDArray[np.int32]:
    """Every node with a step of its own on the ways from ``nodes``."""
    seen: set[int] = set()
    for node in nodes.tolist():
        while next_node[node] >= 0 and node not in seen:
            seen.add(node)
            node = int(next_node[node])  # noqa: PLW2901 (walking on)
    return np.array(sorted(seen), dtype=np.int32)
