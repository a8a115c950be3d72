"""The road graph of one county: nodes, edges with integer lengths and times, and the shape of every edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.errors import Defect, InputError
from planner.network.cache import Cache
from planner.network.rounding import MS_PER_MM_AT_1_KMH, half_up
from planner.network.speeds import road_speeds_kmh
from planner.network.topology import read_topology, to_metric

if TYPE_CHECKING:
    from planner.domain.county import County, Road
    from planner.scenario import Network

MAX_EDGE: Final = (1 << 28) - 1
"""Longest edge the kernel carries: 268 km, or 74 hours."""

_STANDSTILL_KMH: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Which nodes hang together. Labels are int32 per node, 0 the largest component, ties by lowest node.

    ``sizes`` counts nodes per label, largest first. More than one *weak* component means islands: roads no
    other road leads to. More than one *strong* component means that one-ways trap or lock out.
    """

    label: NDArray[np.int32]
    sizes: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.sizes)


@dataclass(frozen=True, eq=False, repr=False)
class RoadNetwork:
    """Roads as a graph. Edges are undirected records; a one-way edge is driven from tail to head only.

    Nodes are numbered along a Hilbert curve, edges in the order of ``roads`` and along each road.

    Attributes
    ----------
    node_lon, node_lat
        float64 (n_nodes,), WGS84 degrees.
    edge_tail, edge_head
        int32 (n_edges,), node indices; equal for a loop. Parallel edges are separate records.
    edge_mm, edge_ms
        int64 (n_edges,), geodesic length on WGS84 in millimetres and driving time in milliseconds, at least 1.
    edge_oneway
        bool (n_edges,).
    edge_road
        int32 (n_edges,), index into ``roads``.
    vertex_start
        int64 (n_edges + 1,): the vertices of edge e are ``vertex_start[e]:vertex_start[e + 1]``, tail to head.
    vertex_lonlat, vertex_xy
        float64 (n_vertices, 2), WGS84 degrees, and metres in ``metric_crs``.
    vertex_mm
        float64 (n_vertices,), position along the edge, scaled so that the last one is ``edge_mm`` exactly.
    access_speed_kmh
        Speed over the straight leg between a point and the road.
    degenerate_road_ids
        Roads whose vertices all fall on one grid point; they join nothing and are left out.
    n_closed
        How many of ``roads`` are closed in the month planned for and in no edge.
    notes
        What is to be said of how the network was made, e.g. of a cache entry that could not be used.
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    edge_tail: NDArray[np.int32]
    edge_head: NDArray[np.int32]
    edge_mm: NDArray[np.int64]
    edge_ms: NDArray[np.int64]
    edge_oneway: NDArray[np.bool_]
    edge_road: NDArray[np.int32]
    vertex_start: NDArray[np.int64]
    vertex_lonlat: NDArray[np.float64]
    vertex_xy: NDArray[np.float64]
    vertex_mm: NDArray[np.float64]
    roads: tuple[Road, ...]
    metric_crs: str
    access_speed_kmh: float
    degenerate_road_ids: tuple[str, ...] = ()
    n_closed: int = 0
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"RoadNetwork({self.n_nodes} nodes, {self.n_edges} edges, {self.metric_crs})"

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_lon)

    @property
    def n_edges(self) -> int:
        """Number of edge records, each direction not counted apart."""
        return len(self.edge_mm)

    @cached_property
    def weak_components(self) -> Components:
        """Components when one-ways are ignored."""
        return _components(self, strong=False)

    @cached_property
    def strong_components(self) -> Components:
        """Components within which every node reaches every other by legal driving."""
        return _components(self, strong=True)

    @cached_property
    def to_metric(self) -> Transformer:
        """From WGS84 longitude, latitude to x, y in ``metric_crs``."""
        return to_metric(self.metric_crs)

    @cached_property
    def edge_lines(self) -> NDArray[np.object_]:
        """The edges as shapely LineStrings in ``metric_crs``, in edge order."""
        owner = np.repeat(np.arange(self.n_edges), np.diff(self.vertex_start))
        return np.asarray(shapely.linestrings(self.vertex_xy, indices=owner), dtype=object)

    @cached_property
    def vertex_running_m(self) -> NDArray[np.float64]:
        """float64 (n_vertices,): metres in ``metric_crs`` from the first vertex of all, the edges laid end to end."""
        step_m = np.zeros(len(self.vertex_xy))
        step_m[1:] = np.hypot(*np.diff(self.vertex_xy, axis=0).T)
        step_m[self.vertex_start[:-1]] = 0.0
        return np.cumsum(step_m)

    @cached_property
    def edge_tree(self) -> shapely.STRtree:
        """A spatial index over `edge_lines`."""
        return shapely.STRtree(self.edge_lines)

    def facts(self) -> tuple[str, ...]:
        """Sentences on size and connectedness, for people who check their data."""
        km = int(self.edge_mm.sum()) / 1e6
        weak, strong = self.weak_components, self.strong_components
        count = len(self.roads) - self.n_closed
        facts = [f"roads: {count}, {km:.1f} km, {self.n_nodes} junctions and ends, {self.n_edges} edges"]
        if weak.count > 1:
            sizes = ", ".join(str(size) for size in weak.sizes[1:6]) + (", …" if weak.count > 6 else "")
            facts.append(f"road islands: {weak.count - 1} apart from the main network, with {sizes} nodes")
        if strong.count > weak.count:
            facts.append(f"one-ways: {strong.count - weak.count} more parts that can be entered or left, but not both")
        if self.degenerate_road_ids:
            facts.append(f"roads without length, left out: {', '.join(self.degenerate_road_ids)}")
        return (*facts, *self.notes)

    def lonlat_of(self, edge: int) -> NDArray[np.float64]:
        """The vertices of one edge from tail to head, float64 (k, 2), WGS84 degrees."""
        return self.vertex_lonlat[self.vertex_start[edge] : self.vertex_start[edge + 1]]


def build_network(county: County, parameters: Network, *, cache: Cache | None = None) -> RoadNetwork:
    """The road graph of ``county`` with the speeds and the season of ``parameters``.

    A node is the end of a road, or any vertex that two roads share or one road passes twice; vertices are
    compared on a grid of 1e-7 degree. Edge lengths are geodesic on WGS84, summed over the vertices. With
    ``parameters.month`` set, roads closed in that month are left out with all their nodes.

    ``cache`` holds what no parameter changes, of large networks only; None for the user's own.

    Raises
    ------
    InputError
        The county has no usable road, none is open in the month, or an edge is longer than 268 km or 74 hours.
    """
    roads, file = county.roads, _file(county)
    lines = np.array([road.geometry for road in roads], dtype=object)
    topology, note = read_topology(lines, county.metric_crs, Cache() if cache is None else cache)
    if len(topology.edge_mm) == 0:
        fix = "give a road layer, or set network.straight_line_factor to plan with straight lines"
        raise InputError([Defect("no-roads", file, "the county has no roads", fix)])
    closed = np.array([parameters.month in road.closed_months for road in roads], dtype=bool)
    if closed.any():
        topology = topology.only(~closed[topology.edge_road])
        if len(topology.edge_mm) == 0:
            message = f"every road is closed in month {parameters.month}"
            raise InputError([Defect("no-roads", file, message, "choose another network.month, or none")])
    speed_kmh = road_speeds_kmh(roads, topology.road_m, parameters)
    edge_road, edge_mm = topology.edge_road, topology.edge_mm
    ms = edge_mm * (MS_PER_MM_AT_1_KMH / np.maximum(speed_kmh, _STANDSTILL_KMH)[edge_road])
    edge_ms = np.maximum(half_up(np.minimum(ms, 4.0 * MAX_EDGE)), 1)
    _refuse_giants(roads, edge_road, np.maximum(edge_mm, edge_ms), file)
    return RoadNetwork(
        node_lon=topology.node_lon,
        node_lat=topology.node_lat,
        edge_tail=topology.edge_tail,
        edge_head=topology.edge_head,
        edge_mm=edge_mm,
        edge_ms=edge_ms,
        edge_oneway=np.array([road.oneway for road in roads], dtype=bool)[edge_road],
        edge_road=edge_road,
        vertex_start=topology.vertex_start,
        vertex_lonlat=topology.vertex_lonlat,
        vertex_xy=topology.vertex_xy,
        vertex_mm=topology.vertex_mm,
        roads=roads,
        metric_crs=county.metric_crs,
        access_speed_kmh=parameters.access_speed_kmh,
        degenerate_road_ids=tuple(roads[index].road_id for index in topology.degenerate.tolist()),
        n_closed=int(closed.sum()),
        notes=(note,) if note else (),
    )


def _file(county: County) -> str:
    """The road layer's file, the county folder when there is none."""
    return next((layer.file for layer in county.layers if layer.name == "roads"), county.folder)


def _refuse_giants(roads: Sequence[Road], edge_road: NDArray[np.int32], largest: NDArray[np.int64], file: str) -> None:
    defects = [
        Defect(
            "edge-too-long",
            file,
            f"road {roads[road].road_id} is longer than 268 km or 74 h between two junctions",
            "check its CRS and the speed of its class, or split it",
        )
        for road in np.unique(edge_road[largest > MAX_EDGE])
    ]
    if defects:
        raise InputError(defects)


def _components(network: RoadNetwork, *, strong: bool) -> Components:
    back = ~network.edge_oneway
    tail = np.concatenate([network.edge_tail, network.edge_head[back]])
    head = np.concatenate([network.edge_head, network.edge_tail[back]])
    graph = csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(network.n_nodes, network.n_nodes))
    count, raw = connected_components(graph, directed=True, connection="strong" if strong else "weak")
    size = np.bincount(raw, minlength=count)
    first = np.full(count, network.n_nodes)
    np.minimum.at(first, raw, np.arange(network.n_nodes))
    order = np.lexsort([first, -size])
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return Components(label=rank[raw], sizes=size[order].astype(np.int64))
