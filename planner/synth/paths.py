"""Cheapest ways in the mesh, with plain types: thin covers over SciPy's Dijkstra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from planner.synth.mesh import FloatArray, IntArray


def from_one(graph: csr_array, source: int) -> tuple[FloatArray, IntArray]:
    """Cost of reaching every point from ``source`` (infinite: none), and predecessors (negative: none)."""
    cost, before = dijkstra(graph, indices=np.array([source]), return_predecessors=True)
    return np.asarray(cost[0], dtype=np.float64), np.asarray(before[0], dtype=np.int64)


def from_any(graph: csr_array, sources: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Cost from the cheapest of ``sources``, predecessors, and which source it is (negative: none)."""
    cost, before, source = dijkstra(graph, indices=sources, min_only=True, return_predecessors=True)
    return np.asarray(cost), np.asarray(before, dtype=np.int64), np.asarray(source, dtype=np.int64)


def between(graph: csr_array, nodes: IntArray, limit: float) -> FloatArray:
    """Cost between all pairs of ``nodes``; infinite beyond ``limit``."""
    return np.asarray(dijkstra(graph, indices=nodes, limit=limit)[:, nodes], dtype=np.float64)


def trace(before: IntArray, node: int) -> list[int]:
    """The path to ``node`` from its source, along a predecessor array."""
    path = [node]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]
