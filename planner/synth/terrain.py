"""Synthetic relief: side valleys that drain into given main rivers, and heights that rise along them.

Every point drains along a cheapest path over rough ground to a main river, which gives the branching of
real valleys; the gradient of a stream falls with the area it drains (slope ~ area^-0.45, Flint's law).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from planner.synth.mesh import BoolArray, FloatArray, IntArray, Mesh, rough_noise
from planner.synth.paths import from_any, from_one, trace

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

    ``is_barrier`` marks the points of rivers that roads cross at bridges only; ``slope`` is per mesh edge.
    """

    height_m: FloatArray
    drained_km2: FloatArray
    above_stream_m: FloatArray
    is_river: BoolArray
    is_barrier: BoolArray
    slope: FloatArray


@dataclass(frozen=True, eq=False)
class Drainage:
    """The tree along which points drain: all points from the rivers upward, and each one's next point downstream."""

    order: IntArray
    down: IntArray


@dataclass(frozen=True, eq=False)
class Course:
    """A main river in metres: k x 3 points (x, y, height), half-width of its flat floor, whether roads need bridges."""

    points: FloatArray
    floor_m: float
    barrier: bool


def shape_terrain(mesh: Mesh, rivers: Sequence[Course], stream_km2: float, area_km2: float, rng: Generator) -> Terrain:
    """Relief around ``rivers``, each drawn from the head downstream.

    ``stream_km2`` is the area from which a line counts as a stream; ``area_km2`` the county's.
    """
    roughness = np.exp(1.5 * rough_noise(mesh.xy, 2600.0, 4, rng))
    first, second = mesh.edges.T
    weight = np.round(mesh.length_m * (roughness[first] + roughness[second]) / 2, 6)
    beds = _river_beds(mesh, rivers, weight)
    river_height, flatness = np.full(mesh.size, np.nan), np.ones(mesh.size)
    is_barrier = np.zeros(mesh.size, dtype=np.bool_)
    for river, bed in zip(rivers, beds, strict=True):
        nodes, level = np.array([node for node, _ in bed]), np.array([height for _, height in bed])
        river_height[nodes] = np.fmin(river_height[nodes], level)
        is_barrier[nodes] |= river.barrier
        away = cKDTree(mesh.xy[nodes]).query(mesh.xy)[0]
        flatness = np.minimum(flatness, 0.05 + (away / river.floor_m) ** 2)
    sources = np.flatnonzero(np.isfinite(river_height))
    distance, down, _ = from_any(mesh.graph(weight), sources)
    order = np.argsort(np.where(np.isfinite(distance), distance, -1.0), kind="stable")
    drainage = Drainage(order, down)
    drained = _accumulate(drainage, area_km2 / mesh.size)
    gradient = np.round(HILLSLOPE / (1 + drained / HILLSLOPE_AREA_KM2) ** FLINT_EXPONENT * flatness, 6)
    height, above = _raise(mesh, drainage, gradient, river_height, drained >= stream_km2)
    height = np.round(_smooth(mesh, height), 2)
    slope = np.abs(height[first] - height[second]) / np.maximum(mesh.length_m, 1.0)
    return Terrain(height, drained, above, np.isfinite(river_height), is_barrier, np.round(slope, 6))


def _river_beds(mesh: Mesh, rivers: Sequence[Course], weight: FloatArray) -> list[list[tuple[int, float]]]:
    """Points of each river with their heights; between the given points the river finds its own bed."""
    graph = mesh.graph(np.asarray(np.round(np.sqrt(weight * mesh.length_m), 6), dtype=np.float64))
    beds = []
    for river in rivers:
        stops = mesh.nearest(river.points[:, :2]).tolist()
        bed: list[tuple[int, float]] = []
        for leg in range(len(stops) - 1):
            path = trace(from_one(graph, stops[leg])[1], stops[leg + 1])
            fall = np.linspace(river.points[leg, 2], river.points[leg + 1, 2], len(path))
            bed += zip(path, fall.tolist(), strict=True)
        beds.append(bed)
    return beds


def _accumulate(drainage: Drainage, cell_km2: float) -> FloatArray:
    """Area drained through every point, its own cell included."""
    targets = drainage.down.tolist()
    values = [cell_km2] * len(targets)
    for node in reversed(drainage.order.tolist()):
        if targets[node] >= 0:
            values[targets[node]] += values[node]
    return np.array(values)


def _raise(
    mesh: Mesh, drainage: Drainage, gradient: FloatArray, river_height: FloatArray, is_stream: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Heights upstream along the drainage tree, and heights above the first stream point downstream."""
    height = np.where(np.isfinite(river_height), river_height, 0.0)
    bed = height.copy()
    for node in drainage.order.tolist():
        below = int(drainage.down[node])
        if below < 0:
            continue
        step = float(np.hypot(*(mesh.xy[node] - mesh.xy[below])))
        height[node] = height[below] + step * gradient[node]
        bed[node] = height[node] if is_stream[node] else bed[below]
    return height, height - bed


def _smooth(mesh: Mesh, height: FloatArray) -> FloatArray:
    """Two passes of averaging with the neighbours, which rounds ridges where two valleys' sides meet."""
    first, second = mesh.edges.T
    degree = np.bincount(np.concatenate([first, second]), minlength=mesh.size)
    for _ in range(2):
        total = np.bincount(first, height[second], mesh.size) + np.bincount(second, height[first], mesh.size)
        height = np.where(degree > 0, 0.5 * height + 0.5 * total / np.maximum(degree, 1), height)
    return height
