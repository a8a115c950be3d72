"""The independent check on distances: scipy's Dijkstra on the whole graph, no reduction, no packing, no limit.

Straight lines, where a scenario plans without roads, are recounted here by code of their own too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.network.augment import AugmentedGraph, insert_terminals
from planner.network.graph import RoadNetwork
from planner.network.matrix import By
from planner.network.rounding import access_ms, half_up
from planner.network.snap import Snapped


@dataclass(frozen=True, slots=True, eq=False)
class Recount:
    """Dense distances and times, all of shape (n_origins, n_destinations).

    ``distance_mm``, ``duration_ms`` int64, −1 where ``reachable`` (bool) is False; ``straight_mm`` int64 for
    every pair, in the county's metric CRS. Same rules as `TravelMatrix`: access legs count, and one goes
    straight where that is no longer than both legs.
    """

    reachable: NDArray[np.bool_]
    distance_mm: NDArray[np.int64]
    duration_ms: NDArray[np.int64]
    straight_mm: NDArray[np.int64]

    @property
    def distance_m(self) -> NDArray[np.int64]:
        """Whole metres, rounded half up; −1 where unreachable."""
        return np.where(self.reachable, (self.distance_mm + 500) // 1000, -1)

    @property
    def duration_s(self) -> NDArray[np.int64]:
        """Whole seconds, rounded half up; −1 where unreachable."""
        return np.where(self.reachable, (self.duration_ms + 500) // 1000, -1)

    @property
    def straight_m(self) -> NDArray[np.int64]:
        """Whole metres in a straight line, rounded half up."""
        return (self.straight_mm + 500) // 1000


def recount_matrix(network: RoadNetwork, origins: Snapped, destinations: Snapped, by: By = "distance") -> Recount:
    """Distance and time of the shortest way between every two points, to the millimetre and millisecond.

    First the shortest by ``by``; then, on the arcs that lie on such a way, the least of the other weight.
    Dense and meant for checking: work grows with origins × roads.
    """
    graph = insert_terminals(network, origins, destinations)
    at_o, at_d = graph.terminals
    arcs = _arcs(graph, by)
    shape = (len(origins), len(destinations))
    primary = np.full(shape, -1, np.int64)
    secondary = np.full(shape, -1, np.int64)
    for i in np.flatnonzero(at_o >= 0).tolist():
        first, second = _from_node(arcs, graph.n_nodes, int(at_o[i]))
        on_road = at_d >= 0
        primary[i, on_road], secondary[i, on_road] = first[at_d[on_road]], second[at_d[on_road]]
    mm, ms = (primary, secondary) if by == "distance" else (secondary, primary)
    reachable = mm >= 0
    leg_mm = origins.distance_mm[:, None] + destinations.distance_mm[None, :]
    leg_ms = (
        access_ms(origins.distance_mm, network.access_speed_kmh)[:, None]
        + access_ms(destinations.distance_mm, network.access_speed_kmh)[None, :]
    )
    dx = origins.x[:, None] - destinations.x[None, :]
    dy = origins.y[:, None] - destinations.y[None, :]
    direct_mm = half_up(np.hypot(dx, dy) * 1000.0)
    direct = (direct_mm <= leg_mm) & origins.ok[:, None] & destinations.ok[None, :]
    mm = np.where(direct, direct_mm, np.where(reachable, mm + leg_mm, -1))
    ms = np.where(direct, access_ms(direct_mm, network.access_speed_kmh), np.where(reachable, ms + leg_ms, -1))
    return Recount(reachable | direct, mm, ms, direct_mm)


@dataclass(frozen=True, slots=True, eq=False)
class StraightRecount:
    """Whole metres and seconds between all points, int64 (n_origins, n_destinations); ``straight_m`` without factor."""

    distance_m: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    straight_m: NDArray[np.int64]


def recount_straight(
    metric_crs: str, origins: Positions, destinations: Positions, *, factor: float, speed_kmh: float
) -> StraightRecount:
    """Straight lines in ``metric_crs`` times ``factor``, and the time over them at ``speed_kmh``, rounded half up.

    ``origins``, ``destinations`` are longitudes and latitudes, WGS84 degrees.
    """
    here, there = _on_the_plane(metric_crs, origins), _on_the_plane(metric_crs, destinations)
    straight_m, distance_m, duration_s = (np.zeros((len(here), len(there)), np.int64) for _ in range(3))
    for i, place in enumerate(here):
        metres = np.abs(there - place)
        straight_m[i] = np.floor(metres + 0.5)
        distance_m[i] = np.floor(metres * factor + 0.5)
        duration_s[i] = np.floor(metres * factor / (speed_kmh / 3.6) + 0.5)
    return StraightRecount(distance_m, duration_s, straight_m)


Positions = tuple[Sequence[float], Sequence[float]]
"""Longitudes and latitudes, equally many."""


def _on_the_plane(metric_crs: str, positions: Positions) -> NDArray[np.complex128]:
    lon, lat = (np.asarray(axis, np.float64) for axis in positions)
    east, north = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True).transform(lon, lat)
    return np.asarray(east + 1j * north, np.complex128)


_Arcs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _arcs(graph: AugmentedGraph, by: By) -> _Arcs:
    """Directed arcs (tail, head, primary, secondary), the best of parallel ones, ordered by tail."""
    back = ~graph.oneway
    tail = np.concatenate([graph.tail, graph.head[back]]).astype(np.int64)
    head = np.concatenate([graph.head, graph.tail[back]]).astype(np.int64)
    mm = np.concatenate([graph.mm, graph.mm[back]])
    ms = np.concatenate([graph.ms, graph.ms[back]])
    primary, secondary = (mm, ms) if by == "distance" else (ms, mm)
    order = np.lexsort([secondary, primary, head, tail])
    tail, head, primary, secondary = tail[order], head[order], primary[order], secondary[order]
    best = np.ones(len(tail), dtype=bool)
    best[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return tail[best], head[best], primary[best], secondary[best]


def _from_node(arcs: _Arcs, n_nodes: int, source: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Primary and secondary of the best way from ``source`` to every node, −1 where there is none."""
    tail, head, primary, secondary = arcs
    first = _dijkstra(tail, head, primary, n_nodes, source)
    tight = (first[tail] >= 0) & (first[tail] + primary == first[head])
    second = _dijkstra(tail[tight], head[tight], secondary[tight], n_nodes, source)
    return first, second


def _dijkstra(
    tail: NDArray[np.int64], head: NDArray[np.int64], weight: NDArray[np.int64], n_nodes: int, source: int
) -> NDArray[np.int64]:
    """Least sums of ``weight``; scipy adds in float64, exact for whole numbers below 2^53."""
    indptr = np.searchsorted(tail, np.arange(n_nodes + 1))
    graph: csr_array[np.float64] = csr_array((weight.astype(np.float64), head, indptr), shape=(n_nodes, n_nodes))
    found = dijkstra(graph, directed=True, indices=np.array([source]))[0]
    reached = np.isfinite(found)
    return np.where(reached, np.where(reached, found, 0.0).astype(np.int64), -1)
