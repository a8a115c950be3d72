"""From mesh edges to drawn roads: stretches between junctions, rounded corners, coordinates in degrees."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import LineString

from planner.domain.county import Road, RoadClass, Surface
from planner.synth.network import CLASS_WORDS, NONE, TOWNSHIP, RoadBuilder

if TYPE_CHECKING:
    from planner.synth.mesh import FloatArray
    from planner.synth.real import Projection

LONG_LEG_M = 110.0


def draw_roads(roads: RoadBuilder, projection: Projection, prefix: str, seats: FloatArray) -> tuple[Road, ...]:
    """All roads as stretches between junctions, ids ``prefix``-R0001 … by class, then from west to east."""
    chains = sorted(_chains(roads), key=lambda chain: (_rank(roads, chain), *_westmost(roads, chain)))
    xy = _rounded_corners(roads)
    lines = _curves(xy, chains)
    names = _township_road_names(roads, chains, seats)
    drawn = []
    for number, (chain, line) in enumerate(zip(chains, lines, strict=True), start=1):
        edge = roads.edges_of(chain)[0]
        drawn.append(
            Road(
                road_id=f"{prefix}-R{number:04d}",
                name=names[number - 1] or roads.name[edge],
                road_class=RoadClass(CLASS_WORDS[int(roads.rank[edge])]),
                surface=Surface.PAVED if roads.paved[edge] else Surface.UNPAVED,
                oneway=bool(roads.direction[edge] >= 0),
                geometry=LineString(projection.to_degrees(line)),
            )
        )
    return tuple(drawn)


def _rank(roads: RoadBuilder, chain: list[int]) -> int:
    return int(roads.rank[roads.edges_of(chain)[0]])


def _westmost(roads: RoadBuilder, chain: list[int]) -> tuple[float, float]:
    return min((float(x), float(y)) for x, y in roads.mesh.xy[[chain[0], chain[-1]]])


def _chains(roads: RoadBuilder) -> list[list[int]]:
    """Point sequences between junctions, dead ends and changes of class, surface, name or direction."""
    around: dict[int, list[int]] = defaultdict(list)
    used = np.flatnonzero(roads.rank > NONE).tolist()
    for edge in used:
        for node in roads.mesh.edges[edge].tolist():
            around[node].append(edge)
    kind = {edge: _kind(roads, edge) for edge in used}
    breaks = {n for n, edges in around.items() if len(edges) != 2 or kind[edges[0]] != kind[edges[1]]}
    done: set[int] = set()
    chains = []
    for start in [*sorted(breaks), *sorted(set(around) - breaks)]:
        for first in around[start]:
            if first in done:
                continue
            chain, edge = [start], first
            while True:
                done.add(edge)
                one, other = roads.mesh.edges[edge].tolist()
                chain.append(other if one == chain[-1] else one)
                onward = [e for e in around[chain[-1]] if e not in done]
                if chain[-1] in breaks or not onward:
                    break
                edge = onward[0]
            chains.append(chain if roads.direction[first] in (-1, start) else chain[::-1])
    return chains


def _kind(roads: RoadBuilder, edge: int) -> tuple[int, bool, str, bool]:
    return int(roads.rank[edge]), bool(roads.paved[edge]), roads.name[edge], bool(roads.direction[edge] >= 0)


def _rounded_corners(roads: RoadBuilder) -> FloatArray:
    """Mesh points, those in the middle of a road moved towards the midpoint of their two neighbours."""
    xy = roads.mesh.xy.copy()
    around: dict[int, list[int]] = defaultdict(list)
    for one, other in roads.mesh.edges[roads.rank > NONE].tolist():
        around[one].append(other)
        around[other].append(one)
    for node, beside in around.items():
        if len(beside) == 2:
            xy[node] = 0.7 * roads.mesh.xy[node] + 0.15 * (roads.mesh.xy[beside[0]] + roads.mesh.xy[beside[1]])
    return xy


def _curves(xy: FloatArray, chains: list[list[int]]) -> list[list[tuple[float, float]]]:
    """Chains as curves through their points; where two curves would cross, straight legs instead."""
    straight: set[int] = set()
    while True:
        lines = [_curve(xy[chain], bent=number not in straight) for number, chain in enumerate(chains)]
        bad = _crossing(lines) - straight
        if not bad:
            return lines
        straight |= bad


def _curve(points: FloatArray, *, bent: bool) -> list[tuple[float, float]]:
    """Points with one more in the middle of each long leg, on a Catmull-Rom curve when ``bent``."""
    padded = np.vstack([points[:1], points, points[-1:]])
    line = [(float(points[0, 0]), float(points[0, 1]))]
    for leg in range(1, len(points)):
        before, start, end, after = padded[leg - 1], padded[leg], padded[leg + 1], padded[leg + 2]
        if np.hypot(*(end - start)) > LONG_LEG_M:
            middle = (start + end) * 0.5625 - (before + after) * 0.0625 if bent else (start + end) / 2
            line.append((float(middle[0]), float(middle[1])))
        line.append((float(end[0]), float(end[1])))
    return line


def _crossing(lines: list[list[tuple[float, float]]]) -> set[int]:
    """Numbers of lines of which a leg meets a leg of any line elsewhere than in a shared end."""
    legs = [(a, b) for line in lines for a, b in pairwise(line)]
    owner = [number for number, line in enumerate(lines) for _ in line[1:]]
    shapes = np.asarray(shapely.linestrings(np.array(legs)))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    bad: set[int] = set()
    for i, j in zip(one.tolist(), other.tolist(), strict=True):
        if i < j and not set(legs[i]) & set(legs[j]):
            bad |= {owner[i], owner[j]}
    return bad


def _township_road_names(roads: RoadBuilder, chains: list[list[int]], seats: FloatArray) -> list[str]:
    """乡道(合成)01 … : a number for each connected piece of township road around a seat; empty for other classes."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    is_township = [_rank(roads, chain) == TOWNSHIP for chain in chains]
    for chain, wanted in zip(chains, is_township, strict=True):
        if wanted:
            parent[root(chain[0])] = root(chain[-1])
    numbers: dict[tuple[int, int], int] = {}
    nearest_seat = np.asarray(cKDTree(seats).query(roads.mesh.xy[[chain[0] for chain in chains]])[1])
    names = []
    for chain, wanted, seat in zip(chains, is_township, nearest_seat.tolist(), strict=True):
        if wanted and not roads.name[roads.edges_of(chain)[0]]:
            names.append(f"乡道(合成){numbers.setdefault((seat, root(chain[0])), len(numbers) + 1):02d}")
        else:
            names.append("")
    return names
