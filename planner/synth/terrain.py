"""Synthetic relief: side valleys that drain into given main rivers, and heights that rise along them.

Every point drains along a cheapest path over rough ground to a main river, which gives the branching of
real valleys; the gradient of a stream falls with the area it drains (slope ~ area^-0.45, Flint's law).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from planner.synth.mesh import BoolArray, FloatArray, IntArray, Mesh, rough_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

HILLSLOPE = 0.42
"""Steepest gradient, where next to nothing drains."""
HILLSLOPE_AREA_KM2 = 0.08
FLINT_EXPONENT = 0.45


@dataclass(frozen=True, eq=False)
class Terrain:
    """Per mesh point: height (m), area drained (km2), height above the stream it drains into (m), main river or not.

    ``slope`` is per mesh edge.
    """

    height_m: FloatArray
    drained_km2: FloatArray
    above_stream_m: FloatArray
    is_river: BoolArray
    slope: FloatArray


def shape_terrain(
    mesh: Mesh, rivers: Sequence[FloatArray], stream_km2: float, area_km2: float, rng: Generator
) -> Terrain:
    """Relief around ``rivers``: each k x 3 (x, y in metres, height in m), drawn from the head downstream.

    ``stream_km2`` is the area from which a line counts as a stream; ``area_km2`` the county's.
    """
    roughness = np.exp(1.5 * rough_noise(mesh.xy, 2600.0, 4, rng))
    first, second = mesh.edges.T
    weight = np.round(mesh.length_m * (roughness[first] + roughness[second]) / 2, 6)
    river_height = _river_heights(mesh, rivers, weight)
    sources = np.flatnonzero(np.isfinite(river_height))
    distance, down, _ = dijkstra(mesh.graph(weight), indices=sources, min_only=True, return_predecessors=True)
    distance = np.where(np.isfinite(distance), distance, -1.0)
    order = np.argsort(distance, kind="stable")
    drained = _accumulate(order, down, area_km2 / mesh.size)
    height, above = _raise(mesh, order, down, drained, river_height, stream_km2)
    height = np.round(_smooth(mesh, height), 2)
    slope = np.abs(height[first] - height[second]) / np.maximum(mesh.length_m, 1.0)
    is_river = np.zeros(mesh.size, dtype=np.bool_)
    is_river[sources] = True
    return Terrain(height, drained, above, is_river, np.round(slope, 6))


def _river_heights(mesh: Mesh, rivers: Sequence[FloatArray], weight: FloatArray) -> FloatArray:
    """Height of the points on main rivers, NaN elsewhere; between given points the river finds its own bed."""
    height = np.full(mesh.size, np.nan)
    graph = mesh.graph(np.round(np.sqrt(weight * mesh.length_m), 6))
    for river in rivers:
        stops = mesh.nearest(river[:, :2])
        _, before = dijkstra(graph, indices=np.unique(stops), return_predecessors=True)
        row = {int(node): number for number, node in enumerate(np.unique(stops))}
        for leg in range(len(stops) - 1):
            path = trace(before[row[int(stops[leg])]], int(stops[leg + 1]))
            fall = np.linspace(river[leg, 2], river[leg + 1, 2], len(path))
            for node, level in zip(path, fall, strict=True):
                height[node] = level if np.isnan(height[node]) else min(height[node], level)
    return height


def trace(before: IntArray, node: int) -> list[int]:
    """The path to ``node`` from its source, along a predecessor array (negative: none)."""
    path = [node]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _accumulate(order: IntArray, down: IntArray, cell_km2: float) -> FloatArray:
    drained = np.full(len(order), cell_km2)
    values, targets = drained.tolist(), down.tolist()
    for node in reversed(order.tolist()):
        if targets[node] >= 0:
            values[targets[node]] += values[node]
    return np.array(values)


def _raise(
    mesh: Mesh, order: IntArray, down: IntArray, drained: FloatArray, river_height: FloatArray, stream_km2: float
) -> tuple[FloatArray, FloatArray]:
    """Heights upstream along the drainage tree, and heights above the first stream point downstream."""
    gradient = np.round(HILLSLOPE / (1 + drained / HILLSLOPE_AREA_KM2) ** FLINT_EXPONENT, 6)
    height = np.where(np.isfinite(river_height), river_height, 0.0)
    bed = height.copy()
    for node in order.tolist():
        below = int(down[node])
        if below < 0:
            continue
        step = float(np.hypot(*(mesh.xy[node] - mesh.xy[below])))
        height[node] = height[below] + step * gradient[node]
        bed[node] = height[node] if drained[node] >= stream_km2 else bed[below]
    return height, height - bed


def _smooth(mesh: Mesh, height: FloatArray) -> FloatArray:
    """Two passes of averaging with the neighbours, which rounds ridges where two valleys' sides meet."""
    first, second = mesh.edges.T
    degree = np.bincount(np.concatenate([first, second]), minlength=mesh.size)
    for _ in range(2):
        total = np.bincount(first, height[second], mesh.size) + np.bincount(second, height[first], mesh.size)
        height = np.where(degree > 0, 0.5 * height + 0.5 * total / np.maximum(degree, 1), height)
    return height
