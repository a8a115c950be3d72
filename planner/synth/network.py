"""Synthetic roads: which mesh edges carry a road, of which class, name and surface, in order of importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree

from planner.synth.mesh import BoolArray, FloatArray, IntArray, Mesh, rough_noise
from planner.synth.terrain import Terrain, trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.random import Generator

NONE, NATIONAL, COUNTY, TOWNSHIP, VILLAGE = 0, 1, 2, 3, 4
CLASS_WORDS = {NATIONAL: "national_provincial", COUNTY: "county", TOWNSHIP: "township", VILLAGE: "village"}
EASY_GRADE = 0.075
REUSE = 0.3
STREET_REUSE = 1.1
TOWNSHIP_ROAD_VILLAGES = 2
LOOP_REACH_M = 2800.0
LOOP_DETOUR = 2.1
HAMLET_REACH_M = 2600.0
BLOCK_M = 270.0


class RoadBuilder:
    """Lays roads on mesh edges one after the other; an edge keeps its most important class.

    ``usable`` points may carry a road: all but great rivers away from their bridges.
    ``rank``, ``name`` and ``paved`` are per mesh edge (rank 0: no road); ``direction`` is the node from which
    a one-way edge is driven, −1 for two-way.
    """

    def __init__(self, mesh: Mesh, terrain: Terrain, bridges: IntArray, rng: Generator) -> None:
        self.mesh = mesh
        first, second = mesh.edges.T
        rough = np.exp(0.8 * rough_noise(mesh.xy, 900.0, 3, rng))
        grade = 1 + np.minimum((terrain.slope / EASY_GRADE) ** 2, 14.0)
        self.cost = np.round(mesh.plain_m * grade * (rough[first] + rough[second]) / 2, 6)
        self.usable = ~terrain.is_barrier
        self.usable[bridges] = True
        self.cost[~self.usable[mesh.edges].all(axis=1)] = np.inf
        self.rank = np.zeros(len(mesh.edges), dtype=np.int64)
        self.name: list[str] = [""] * len(mesh.edges)
        self.paved = np.ones(len(mesh.edges), dtype=np.bool_)
        self.direction = np.full(len(mesh.edges), -1, dtype=np.int64)
        self.index = mesh.edge_index()
        self.adjacent: list[list[int]] = [[] for _ in range(mesh.size)]
        for one, other in mesh.edges.tolist():
            self.adjacent[one].append(other)
            self.adjacent[other].append(one)

    def on_road(self) -> IntArray:
        """Points that some road touches, sorted."""
        return np.unique(self.mesh.edges[self.rank > NONE])

    @property
    def total_m(self) -> float:
        """Length of all roads along the mesh."""
        return float(self.mesh.length_m[self.rank > NONE].sum())

    def forbid(self, nodes: BoolArray) -> None:
        """Let no further road touch ``nodes``."""
        touched = nodes[self.mesh.edges].any(axis=1) & (self.rank == NONE)
        self.cost[touched] = np.inf

    def lay(self, path: Sequence[int], rank: int, name: str = "", *, paved: bool = True) -> None:
        """Make a road of ``path``, where no road of at least that rank runs already."""
        for edge in self.edges_of(path):
            if self.rank[edge] == NONE or rank < self.rank[edge]:
                self.paved[edge] = paved or (self.rank[edge] != NONE and bool(self.paved[edge]))
                self.rank[edge], self.name[edge] = rank, name

    def edges_of(self, path: Sequence[int]) -> list[int]:
        """Edge numbers along ``path``."""
        return [self.index[min(a, b), max(a, b)] for a, b in zip(path, path[1:], strict=False)]

    def cheapest(self, start: int, end: int, limit: float = np.inf) -> list[int]:
        """Cheapest path, existing roads at a discount; empty when there is none within ``limit``."""
        weight = np.where(self.rank > NONE, REUSE, 1.0) * self.cost
        distance, before = dijkstra(self.mesh.graph(weight), indices=start, return_predecessors=True, limit=limit)
        return trace(before, end) if np.isfinite(distance[end]) else []

    def from_roads(self) -> tuple[FloatArray, IntArray]:
        """Cost of reaching every point from the nearest road, and predecessors."""
        distance, before, _ = dijkstra(
            self.mesh.graph(self.cost), indices=self.on_road(), min_only=True, return_predecessors=True
        )
        return distance, before

    def road_distances(self, nodes: IntArray, limit_m: float) -> FloatArray:
        """Metres along existing roads between all pairs of ``nodes``; infinite beyond ``limit_m``."""
        weight = np.where(self.rank > NONE, self.mesh.length_m, np.inf)
        return np.asarray(dijkstra(self.mesh.graph(weight), indices=nodes, limit=limit_m)[:, nodes])


def connect_villages(roads: RoadBuilder, nodes: Iterable[int], rng: Generator) -> None:
    """A road to every village; where three or more villages lie behind a stretch it is a township road."""
    _, before = roads.from_roads()
    behind = np.zeros(len(roads.mesh.edges), dtype=np.int64)
    paths = [trace(before, node) for node in nodes]
    for path in paths:
        behind[roads.edges_of(path)] += 1
    surfaces = rng.random(len(paths))
    for path, chance in zip(paths, surfaces, strict=True):
        for leg in zip(path, path[1:], strict=False):
            busy = behind[roads.edges_of(leg)[0]] >= TOWNSHIP_ROAD_VILLAGES
            roads.lay(leg, TOWNSHIP if busy else VILLAGE, paved=bool(busy or chance < 0.9))


def link_neighbours(roads: RoadBuilder, nodes: IntArray, rng: Generator) -> None:
    """Roads between neighbouring villages that are near as the crow flies and far by road: the loops of a network."""
    xy = roads.mesh.xy[nodes]
    triangles = Delaunay(xy).simplices
    pairs = np.unique(np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0)
    gaps = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    by_road = roads.road_distances(nodes, LOOP_REACH_M * 6)
    tree = cKDTree(roads.mesh.xy)
    for (one, other), gap in zip(pairs.tolist(), gaps.tolist(), strict=True):
        if gap > LOOP_REACH_M or by_road[one, other] < LOOP_DETOUR * gap or rng.random() < 0.35:
            continue
        around = tree.query_ball_point((xy[one] + xy[other]) / 2, 0.8 * gap + 250.0)
        path = _walk(roads, int(nodes[one]), int(nodes[other]), set(around))
        if path:
            rank = TOWNSHIP if gap > 1500 and rng.random() < 0.4 else VILLAGE
            roads.lay(path, rank, paved=bool(rank == TOWNSHIP or rng.random() < 0.75))


def village_streets(roads: RoadBuilder, nodes: IntArray, rng: Generator) -> None:
    """Two to four short streets in every village, some of which meet another road again."""
    tree = cKDTree(roads.mesh.xy)
    for node in nodes.tolist():
        around = sorted(tree.query_ball_point(roads.mesh.xy[node], 430.0))
        picks = rng.choice(len(around), size=int(rng.integers(2, 5)), replace=False)
        allowed = set(around)
        for pick in sorted(picks.tolist()):
            path = _walk(roads, node, around[pick], allowed, STREET_REUSE)
            roads.lay(path, VILLAGE, paved=bool(rng.random() < 0.85))


def _walk(roads: RoadBuilder, start: int, end: int, allowed: set[int], reuse: float = REUSE) -> list[int]:
    """Cheapest path inside a small set of points, ``reuse`` the factor on existing roads; empty when there is none."""
    inside = np.array(sorted(allowed))
    position = {node: number for number, node in enumerate(inside.tolist())}
    edges = [roads.index[a, b] for a, b in _edges_inside(roads, inside)]
    weight = np.where(roads.rank[edges] > NONE, reuse, 1.0) * roads.cost[edges]
    local = np.array([[position[int(a)], position[int(b)]] for a, b in roads.mesh.edges[edges]]).reshape(-1, 2)
    graph = Mesh(roads.mesh.xy[inside], local, roads.mesh.length_m[edges], roads.mesh.plain_m[edges]).graph(weight)
    distance, before = dijkstra(graph, indices=position[start], return_predecessors=True)
    if not np.isfinite(distance[position[end]]):
        return []
    return [int(inside[node]) for node in trace(before, position[end])]


def _edges_inside(roads: RoadBuilder, inside: IntArray) -> list[tuple[int, int]]:
    chosen = set(inside.tolist())
    return sorted((a, b) for a in inside.tolist() for b in roads.adjacent[a] if a < b and b in chosen and np.isfinite(roads.cost[roads.index[a, b]]))


def hamlet_roads(roads: RoadBuilder, terrain: Terrain, unpaved_share: float, target_m: float, rng: Generator) -> None:
    """Village roads on to hamlets and pasture, up the side valleys, until the roads add up to ``target_m``."""
    spots = np.flatnonzero(roads.usable & ~terrain.is_river & (terrain.above_stream_m < 140.0))
    spots = rng.permutation(spots)
    for batch in np.array_split(spots, 40):
        if roads.total_m >= target_m:
            return
        distance, before = roads.from_roads()
        away = cKDTree(roads.mesh.xy[roads.on_road()]).query(roads.mesh.xy[batch])[0]
        wanted = batch[(away > 320.0) & (away < HAMLET_REACH_M) & (distance[batch] < 16_000.0)]
        taken: list[int] = []
        for node in wanted.tolist():
            crowded = taken and np.hypot(*(roads.mesh.xy[taken] - roads.mesh.xy[node]).T).min() < 1100.0
            if crowded or roads.total_m >= target_m:
                continue
            if len(taken) >= 18:
                break
            taken.append(node)
            roads.lay(trace(before, node), VILLAGE, paved=bool(rng.random() >= unpaved_share))


def town_streets(roads: RoadBuilder, seat: int, half_m: float) -> None:
    """A grid of streets about 270 m apart around the seat of the county, ``half_m`` to each side."""
    centre = roads.mesh.xy[seat]
    around = np.array(sorted(cKDTree(roads.mesh.xy).query_ball_point(centre, 1.5 * half_m)))
    offset = roads.mesh.xy[around] - centre
    for axis in (0, 1):
        for line in np.arange(-half_m, half_m + 1.0, BLOCK_M):
            corridor = (np.abs(offset[:, axis] - line) < 0.5 * BLOCK_M) & (np.abs(offset[:, 1 - axis]) < half_m)
            inside = around[corridor]
            if len(inside) < 4:
                continue
            along = offset[corridor][:, 1 - axis]
            beside = np.abs(offset[corridor][:, axis] - line)
            start = int(inside[np.argmin(along + beside)])
            end = int(inside[np.argmin(-along + beside)])
            roads.lay(_walk(roads, start, end, set(inside.tolist()), STREET_REUSE), VILLAGE)


def one_way_pair(roads: RoadBuilder, seat: int, through: Sequence[int]) -> None:
    """Split the main road ``through`` the county town into a pair of one-way streets past the seat."""
    centre = min(range(len(through)), key=lambda stop: float(np.hypot(*(roads.mesh.xy[through[stop]] - roads.mesh.xy[seat]))))
    first, last = max(centre - 5, 0), min(centre + 5, len(through) - 1)
    there = list(through[first : last + 1])
    blocked = set(there[1:-1])
    around = {n for n in cKDTree(roads.mesh.xy).query_ball_point(roads.mesh.xy[seat], 1500.0) if n not in blocked}
    back = _walk(roads, there[-1], there[0], around | {there[0], there[-1]})
    if not back:
        return
    roads.lay(back, NATIONAL, "国省道(合成)01")
    for path in (there, back):
        for node, edge in zip(path, roads.edges_of(path), strict=False):
            roads.direction[edge] = node
