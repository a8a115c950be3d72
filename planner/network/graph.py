"""The road graph of one county: nodes, edges with integer lengths and times, and the shape of every edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.errors import Defect, InputError
from planner.network.curve import hilbert_index

if TYPE_CHECKING:
    from planner.domain.county import County, Road
    from planner.scenario import Network

POINTS_PER_DEGREE: Final = 10_000_000
"""Vertices are the same where they agree on a grid of 1e-7 degree (about 1 cm)."""

MAX_EDGE: Final = (1 << 28) - 1
"""Longest edge the kernel carries: 268 km, or 74 hours."""

MS_PER_MM_AT_1_KMH: Final = 3.6
"""One millimetre at 1 km/h takes 3.6 ms."""


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
        return _transformer(self.metric_crs)

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
        facts = [f"roads: {len(self.roads)}, {km:.1f} km, {self.n_nodes} junctions and ends, {self.n_edges} edges"]
        if weak.count > 1:
            sizes = ", ".join(str(size) for size in weak.sizes[1:6]) + (", …" if weak.count > 6 else "")
            facts.append(f"road islands: {weak.count - 1} apart from the main network, with {sizes} nodes")
        if strong.count > weak.count:
            facts.append(f"one-ways: {strong.count - weak.count} more parts that can be entered or left, but not both")
        if self.degenerate_road_ids:
            facts.append(f"roads without length, left out: {', '.join(self.degenerate_road_ids)}")
        return tuple(facts)

    def lonlat_of(self, edge: int) -> NDArray[np.float64]:
        """The vertices of one edge from tail to head, float64 (k, 2), WGS84 degrees."""
        return self.vertex_lonlat[self.vertex_start[edge] : self.vertex_start[edge + 1]]


def access_ms(leg_mm: NDArray[np.int64], access_speed_kmh: float) -> NDArray[np.int64]:
    """Time in whole milliseconds over straight legs of ``leg_mm`` millimetres, rounded half up."""
    return half_up(leg_mm * (MS_PER_MM_AT_1_KMH / access_speed_kmh))


def half_up(values: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """The nearest whole numbers, halves up."""
    return np.asarray(np.floor(values + 0.5), dtype=np.int64)


def build_network(county: County, parameters: Network) -> RoadNetwork:
    """The road graph of ``county`` with the speeds of ``parameters``.

    A node is the end of a road, or any vertex that two roads share or one road passes twice; vertices are
    compared on a grid of 1e-7 degree. Edge lengths are geodesic on WGS84, summed over the vertices.

    Raises
    ------
    InputError
        The county has no usable road, or an edge is longer than 268 km or 74 hours.
    """
    roads = county.roads
    lines = _Lines.of(roads)
    is_node = lines.nodes()
    start, length_m, cumulative_m, at = _edges(lines, is_node)
    if len(length_m) == 0:
        raise InputError([Defect("no-roads", county.folder, "the county has no roads", "give a road layer")])
    edge_road = lines.road[at[start[:-1]]].astype(np.int32)
    edge_mm = np.maximum(half_up(length_m * 1000.0), 1)
    speed_kmh = np.array([parameters.speed_kmh(road.road_class, road.surface) for road in roads], dtype=np.float64)
    edge_ms = np.maximum(half_up(edge_mm * (MS_PER_MM_AT_1_KMH / speed_kmh[edge_road])), 1)
    _refuse_giants(roads, edge_road, np.maximum(edge_mm, edge_ms), county.folder)
    tail, head, node_lonlat = _number_nodes(lines, at[start[:-1]], at[start[1:] - 1])
    lonlat = lines.lonlat[at]
    x, y = _transformer(county.metric_crs).transform(lonlat[:, 0], lonlat[:, 1])
    scale = np.repeat(edge_mm / length_m, np.diff(start))
    vertex_mm = cumulative_m * scale
    vertex_mm[start[1:] - 1] = edge_mm
    return RoadNetwork(
        node_lon=node_lonlat[:, 0].copy(),
        node_lat=node_lonlat[:, 1].copy(),
        edge_tail=tail,
        edge_head=head,
        edge_mm=edge_mm,
        edge_ms=edge_ms,
        edge_oneway=np.array([road.oneway for road in roads], dtype=bool)[edge_road],
        edge_road=edge_road,
        vertex_start=start,
        vertex_lonlat=lonlat,
        vertex_xy=np.column_stack([x, y]),
        vertex_mm=vertex_mm,
        roads=roads,
        metric_crs=county.metric_crs,
        access_speed_kmh=parameters.access_speed_kmh,
        degenerate_road_ids=tuple(roads[index].road_id for index in lines.degenerate),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """All roads' vertices in one array: position, id of the grid point, and road; repeated vertices removed."""

    lonlat: NDArray[np.float64]
    point: NDArray[np.int64]
    road: NDArray[np.int64]
    degenerate: tuple[int, ...]

    @classmethod
    def of(cls, roads: Sequence[Road]) -> _Lines:
        raw, owner = shapely.get_coordinates([road.geometry for road in roads], return_index=True)
        grid = np.rint(raw * POINTS_PER_DEGREE).astype(np.int64)
        fresh = np.ones(len(grid), dtype=bool)
        fresh[1:] = (owner[1:] != owner[:-1]) | (grid[1:] != grid[:-1]).any(axis=1)
        count = np.bincount(owner[fresh], minlength=len(roads))
        degenerate = np.flatnonzero(count < 2)
        fresh &= count[owner] >= 2
        grid, owner = grid[fresh], owner[fresh]
        key = (grid[:, 0] << 32) + (grid[:, 1] + (1 << 31))
        point = np.unique(key, return_inverse=True)[1].astype(np.int64)
        lonlat = np.asarray(grid / POINTS_PER_DEGREE, dtype=np.float64)
        return cls(lonlat, point, owner.astype(np.int64), tuple(int(index) for index in degenerate))

    def ends(self) -> NDArray[np.bool_]:
        """Marks the first and the last vertex of every road."""
        changes = self.road[1:] != self.road[:-1]
        ends = np.zeros(len(self.road), dtype=bool)
        if len(ends):
            ends[0] = ends[-1] = True
            ends[1:] |= changes
            ends[:-1] |= changes
        return ends

    def nodes(self) -> NDArray[np.bool_]:
        """Marks every vertex that stands at a node."""
        if len(self.point) == 0:
            return np.zeros(0, dtype=bool)
        at_node = np.bincount(self.point) >= 2
        at_node[self.point[self.ends()]] = True
        return np.asarray(at_node[self.point], dtype=bool)


def _edges(
    lines: _Lines, is_node: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Cut the lines at the nodes.

    Returns vertex offsets per edge (n_edges + 1), edge lengths in metres, the position in metres of each
    vertex along its edge, and for each vertex of the result its index in ``lines``.
    """
    n = len(lines.road)
    inner = is_node & ~lines.ends()
    at = np.repeat(np.arange(n), 1 + inner)  # an inner node ends one edge and begins the next
    if n == 0:
        return np.zeros(1, np.int64), np.empty(0), np.empty(0), at
    begins = np.ones(len(at), dtype=bool)
    begins[1:] = (at[1:] == at[:-1]) | (lines.road[at[1:]] != lines.road[at[:-1]])
    start = np.append(np.flatnonzero(begins), len(at)).astype(np.int64)
    lonlat = lines.lonlat[at]
    step_m = np.zeros(len(at))
    _, _, leg_m = Geod(ellps="WGS84").inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])
    step_m[1:] = leg_m
    step_m[start[:-1]] = 0.0
    length_m = np.add.reduceat(step_m, start[:-1])
    running_m = np.cumsum(step_m)
    cumulative_m = running_m - np.repeat(running_m[start[:-1]], np.diff(start))
    return start, length_m, cumulative_m, at


def _number_nodes(
    lines: _Lines, first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Number the edges' ends along a Hilbert curve: tails, heads, and node positions (n_nodes, 2) in degrees."""
    ends = np.concatenate([first, last])
    points, representative, inverse = np.unique(lines.point[ends], return_index=True, return_inverse=True)
    lonlat = lines.lonlat[ends[representative]]
    order = np.argsort(hilbert_index(lonlat[:, 0], lonlat[:, 1]), kind="stable")
    number = np.empty(len(points), np.int32)
    number[order] = np.arange(len(points), dtype=np.int32)
    node = number[inverse]
    return node[: len(first)].copy(), node[len(first) :].copy(), lonlat[order]


def _refuse_giants(
    roads: Sequence[Road], edge_road: NDArray[np.int32], largest: NDArray[np.int64], folder: str
) -> None:
    defects = [
        Defect(
            "edge-too-long",
            folder,
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


def _transformer(metric_crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
