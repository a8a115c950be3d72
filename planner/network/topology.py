"""What a road graph is before any scenario: nodes, edges, lengths and shapes. The part that is kept on disk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from typing import Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from planner.network.cache import Cache, cache_key
from planner.network.curve import hilbert_index
from planner.network.rounding import half_up

POINTS_PER_DEGREE: Final = 10_000_000
"""Vertices are the same where they agree on a grid of 1e-7 degree (about 1 cm)."""

CACHED_FROM_VERTICES: Final = 1_000_000
"""A million vertices are built in a second and loaded in a fifth of one; smaller layers leave no file."""

_FORMAT: Final = "1"
"""Raised whenever the same lines would give other arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """The arrays of `planner.network.graph.RoadNetwork` that no parameter changes; see there for shapes and units.

    ``road_m`` is float64 per road, its geodesic length in metres; ``degenerate`` int64, the roads whose vertices
    all fall on one grid point and which are in no edge.
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    edge_tail: NDArray[np.int32]
    edge_head: NDArray[np.int32]
    edge_mm: NDArray[np.int64]
    edge_road: NDArray[np.int32]
    vertex_start: NDArray[np.int64]
    vertex_lonlat: NDArray[np.float64]
    vertex_xy: NDArray[np.float64]
    vertex_mm: NDArray[np.float64]
    road_m: NDArray[np.float64]
    degenerate: NDArray[np.int64]

    def only(self, keep: NDArray[np.bool_]) -> Topology:
        """The edges that ``keep`` (bool per edge) marks, and the nodes at their ends, in the same order."""
        tail, head = self.edge_tail[keep], self.edge_head[keep]
        used = np.zeros(len(self.node_lon), dtype=bool)
        used[tail] = used[head] = True
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        count = np.diff(self.vertex_start)
        vertices = np.repeat(keep, count)
        return Topology(
            node_lon=self.node_lon[used],
            node_lat=self.node_lat[used],
            edge_tail=number[tail],
            edge_head=number[head],
            edge_mm=self.edge_mm[keep],
            edge_road=self.edge_road[keep],
            vertex_start=np.concatenate([[0], np.cumsum(count[keep])]).astype(np.int64),
            vertex_lonlat=self.vertex_lonlat[vertices],
            vertex_xy=self.vertex_xy[vertices],
            vertex_mm=self.vertex_mm[vertices],
            road_m=self.road_m,
            degenerate=self.degenerate,
        )


def read_topology(lines: NDArray[np.object_], metric_crs: str, cache: Cache) -> tuple[Topology, str]:
    """The topology of ``lines`` (shapely, WGS84 degrees), out of ``cache`` when they are many and it has them.

    The entry is keyed by the vertices themselves, so that a declared datum or another way of reading the file
    counts as other data. The text returned is a note about an entry that could not be used, mostly empty.
    """
    raw, owner = shapely.get_coordinates(lines, return_index=True)
    if len(raw) < CACHED_FROM_VERTICES or cache.folder is None:
        return build_topology(raw, owner, len(lines), metric_crs), ""
    digest = sha256(raw.tobytes())
    digest.update(np.bincount(owner, minlength=len(lines)).tobytes())
    key = cache_key("network", _FORMAT, digest.hexdigest(), metric_crs, pyproj.proj_version_str)
    found = cache.load(key)
    if found.arrays is not None:
        return Topology(**found.arrays), ""
    built = build_topology(raw, owner, len(lines), metric_crs)
    cache.store(key, {field.name: getattr(built, field.name) for field in fields(built)})
    return built, found.note


def build_topology(raw: NDArray[np.float64], owner: NDArray[np.int64], n_roads: int, metric_crs: str) -> Topology:
    """Cut lines into edges where they meet.

    ``raw`` are all vertices, float64 (n, 2), WGS84 degrees, line after line; ``owner`` the line of each. A node is
    the end of a line, or any vertex that two lines share or one passes twice. Lengths are geodesic on WGS84.
    """
    lines = _Lines.of(raw, owner, n_roads)
    start, length_m, cumulative_m, at = _edges(lines, lines.nodes())
    edge_road = lines.road[at[start[:-1]]].astype(np.int32)
    edge_mm = np.maximum(half_up(length_m * 1000.0), 1)
    tail, head, node_lonlat = _number_nodes(lines, at[start[:-1]], at[start[1:] - 1])
    lonlat = lines.lonlat[at]
    x, y = to_metric(metric_crs).transform(lonlat[:, 0], lonlat[:, 1])
    vertex_mm = cumulative_m * np.repeat(edge_mm / length_m, np.diff(start))
    vertex_mm[start[1:] - 1] = edge_mm
    return Topology(
        node_lon=node_lonlat[:, 0].copy(),
        node_lat=node_lonlat[:, 1].copy(),
        edge_tail=tail,
        edge_head=head,
        edge_mm=edge_mm,
        edge_road=edge_road,
        vertex_start=start,
        vertex_lonlat=lonlat,
        vertex_xy=np.column_stack([x, y]),
        vertex_mm=vertex_mm,
        road_m=np.bincount(edge_road, weights=length_m, minlength=n_roads).astype(np.float64),
        degenerate=lines.degenerate,
    )


@lru_cache(maxsize=32)
def to_metric(metric_crs: str) -> Transformer:
    """From WGS84 longitude, latitude to x, y in ``metric_crs``."""
    return Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """All roads' vertices in one array: position, id of the grid point, and road; repeated vertices removed."""

    lonlat: NDArray[np.float64]
    point: NDArray[np.int64]
    road: NDArray[np.int64]
    degenerate: NDArray[np.int64]

    @classmethod
    def of(cls, raw: NDArray[np.float64], owner: NDArray[np.int64], n_roads: int) -> _Lines:
        grid = np.rint(raw * POINTS_PER_DEGREE).astype(np.int64)
        fresh = np.ones(len(grid), dtype=bool)
        fresh[1:] = (owner[1:] != owner[:-1]) | (grid[1:] != grid[:-1]).any(axis=1)
        count = np.bincount(owner[fresh], minlength=n_roads)
        fresh &= count[owner] >= 2
        grid, owner = grid[fresh], owner[fresh]
        key = (grid[:, 0] << 32) + (grid[:, 1] + (1 << 31))
        point = np.unique(key, return_inverse=True)[1].astype(np.int64)
        lonlat = np.asarray(grid / POINTS_PER_DEGREE, dtype=np.float64)
        return cls(lonlat, point, owner.astype(np.int64), np.flatnonzero(count < 2).astype(np.int64))

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
