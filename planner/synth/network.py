"""Synthetic roads: which mesh edges carry a road, of which class, name and surface, in order of importance."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from planner.synth.mesh import Mesh, rough_noise
from planner.synth.paths import between, from_any, from_one, trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.random import Generator

    from planner.synth.mesh import BoolArray, FloatArray, IntArray
    from planner.synth.terrain import Terrain

NONE, NATIONAL, COUNTY, TOWNSHIP, VILLAGE = 0, 1, 2, 3, 4
CLASS_WORDS = {NATIONAL: "national_provincial", COUNTY: "county", TOWNSHIP: "township", VILLAGE: "village"}
EASY_GRADE = 0.075
REUSE = 0.3
TOWNSHIP_ROAD_VILLAGES = 2
LOOP_REACH_M = 2800.0
LOOP_DETOUR = 2.1


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
        return [self.index[min(a, b), max(a, b)] for a, b in pairwise(path)]

    def cheapest(self, start: int, end: int) -> list[int]:
        """Cheapest path, existing roads at a discount; empty when there is none."""
        weight = np.where(self.rank > NONE, REUSE, 1.0) * self.cost
        cost, before = from_one(self.mesh.graph(weight), start)
        return trace(before, end) if np.isfinite(cost[end]) else []

    def from_roads(self) -> tuple[FloatArray, IntArray]:
        """Cost of reaching every point from the nearest road, and predecessors."""
        cost, before, _ = from_any(self.mesh.graph(self.cost), self.on_road())
        return cost, before

    def road_distances(self, nodes: IntArray, limit_m: float) -> FloatArray:
        """Metres along existing roads between all pairs of ``nodes``; infinite beyond ``limit_m``."""
        weight = np.where(self.rank > NONE, self.mesh.length_m, np.inf)
        return between(self.mesh.graph(weight), nodes, limit_m)


def connect_villages(roads: RoadBuilder, nodes: Iterable[int], rng: Generator) -> None:
    """A road to every village; where three or more villages lie behind a stretch it is a township road."""
    _, before = roads.from_roads()
    behind = np.zeros(len(roads.mesh.edges), dtype=np.int64)
    paths = [trace(before, node) for node in nodes]
    for path in paths:
        behind[roads.edges_of(path)] += 1
    surfaces = rng.random(len(paths))
    for path, chance in zip(paths, surfaces, strict=True):
        for leg in pairwise(path):
            busy = behind[roads.edges_of(leg)[0]] >= TOWNSHIP_ROAD_VILLAGES
            roads.lay(leg, TOWNSHIP if busy else VILLAGE, paved=bool(busy or chance < 0.9))


def link_neighbours(roads: RoadBuilder, nodes: IntArray, rng: Generator) -> None:
    """Roads between neighbouring villages that are near as the crow flies and far by road: the loops of a network."""
    xy = roads.mesh.xy[nodes]
    triangles = Delaunay(xy).simplices
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    pairs = np.unique(np.sort(sides), axis=0)
    gaps = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    by_road = roads.road_distances(nodes, LOOP_REACH_M * 6)
    tree = cKDTree(roads.mesh.xy)
    for (one, other), gap in zip(pairs.tolist(), gaps.tolist(), strict=True):
        if gap > LOOP_REACH_M or by_road[one, other] < LOOP_DETOUR * gap or rng.random() < 0.35:
            continue
        around = tree.query_ball_point((xy[one] + xy[other]) / 2, 0.8 * gap + 250.0)
        path = walk(roads, int(nodes[one]), int(nodes[other]), set(around))
        if path:
            rank = TOWNSHIP if gap > 1500 and rng.random() < 0.4 else VILLAGE
            roads.lay(path, rank, paved=bool(rank == TOWNSHIP or rng.random() < 0.75))


def walk(roads: RoadBuilder, start: int, end: int, allowed: set[int], reuse: float = REUSE) -> list[int]:
    """Cheapest path inside a small set of points, ``reuse`` the factor on existing roads; empty when there is none."""
    inside = np.array(sorted(allowed))
    position = {node: number for number, node in enumerate(inside.tolist())}
    edges = [roads.index[a, b] for a, b in _edges_inside(roads, inside)]
    weight = np.where(roads.rank[edges] > NONE, reuse, 1.0) * roads.cost[edges]
    local = np.array([[position[int(a)], position[int(b)]] for a, b in roads.mesh.edges[edges]]).reshape(-1, 2)
    graph = Mesh(roads.mesh.xy[inside], local, roads.mesh.length_m[edges], roads.mesh.plain_m[edges]).graph(weight)
    cost, before = from_one(graph, position[start])
    if not np.isfinite(cost[position[end]]):
        return []
    return [int(inside[node]) for node in trace(before, position[end])]


def _edges_inside(roads: RoadBuilder, inside: IntArray) -> list[tuple[int, int]]:
    chosen = set(inside.tolist())
    pairs = [(a, b) for a in inside.tolist() for b in roads.adjacent[a] if a < b and b in chosen]
    return sorted(pair for pair in pairs if np.isfinite(roads.cost[roads.index[pair]]))
