"""The small roads: village streets, the grid of the county town, ways to hamlets, and one pair of one-way streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from planner.synth.network import NATIONAL, VILLAGE, RoadBuilder, walk
from planner.synth.paths import trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from planner.synth.mesh import IntArray
    from planner.synth.terrain import Terrain

STREET_REUSE = 1.1
HAMLET_REACH_M = 2600.0
BLOCK_M = 270.0


def village_streets(roads: RoadBuilder, nodes: IntArray, rng: Generator) -> None:
    """Two to four short streets in every village, some of which meet another road again."""
    tree = cKDTree(roads.mesh.xy)
    for node in nodes.tolist():
        around = sorted(tree.query_ball_point(roads.mesh.xy[node], 430.0))
        picks = rng.choice(len(around), size=int(rng.integers(2, 5)), replace=False)
        allowed = set(around)
        for pick in sorted(picks.tolist()):
            path = walk(roads, node, around[pick], allowed, STREET_REUSE)
            roads.lay(path, VILLAGE, paved=bool(rng.random() < 0.85))


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
            roads.lay(walk(roads, start, end, set(inside.tolist()), STREET_REUSE), VILLAGE)


def one_way_pair(roads: RoadBuilder, seat: int, through: Sequence[int], name: str) -> None:
    """Split the main road ``through`` the county town into a pair of one-way streets past the seat."""
    away = np.hypot(*(roads.mesh.xy[list(through)] - roads.mesh.xy[seat]).T)
    centre = int(np.argmin(away))
    first, last = max(centre - 5, 0), min(centre + 5, len(through) - 1)
    there = list(through[first : last + 1])
    blocked = set(there[1:-1])
    around = {n for n in cKDTree(roads.mesh.xy).query_ball_point(roads.mesh.xy[seat], 1500.0) if n not in blocked}
    back = walk(roads, there[-1], there[0], around | {there[0], there[-1]})
    if not back:
        return
    roads.lay(back, NATIONAL, name)
    for path in (there, back):
        for node, edge in zip(path, roads.edges_of(path), strict=False):
            roads.direction[edge] = node
