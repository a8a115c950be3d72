"""The road graph with snapped points built into it: every edge cut where a point meets it.

This graph is what all distances are measured on: the kernel reduces it and searches it, the recount searches
it as it is, and drawn paths are read from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.network.graph import RoadNetwork
from planner.network.snap import Snapped


@dataclass(frozen=True, slots=True, eq=False)
class AugmentedGraph:
    """Pieces of edges between the network's nodes and the snapped positions.

    Nodes below ``n_road_nodes`` are the network's; each further node is one snapped position inside an edge.
    Points at the same millimetre of an edge share a node, and a point at the end of an edge has the node
    there. The pieces of an edge sum exactly to its millimetres and milliseconds.

    Attributes
    ----------
    tail, head
        int32 (n_pieces,), nodes; the piece runs with its edge's drawn direction.
    mm, ms
        int64 (n_pieces,); mm at least 1, ms at least 0.
    oneway
        bool (n_pieces,): driven from tail to head only.
    edge
        int32 (n_pieces,), the network's edge.
    from_mm, to_mm
        int64 (n_pieces,), the stretch of the edge.
    terminals
        For each group of points given, int32 node per point, −1 for a point beyond the snap limit.
    """

    n_nodes: int
    n_road_nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    mm: NDArray[np.int64]
    ms: NDArray[np.int64]
    oneway: NDArray[np.bool_]
    edge: NDArray[np.int32]
    from_mm: NDArray[np.int64]
    to_mm: NDArray[np.int64]
    terminals: tuple[NDArray[np.int32], ...]


def insert_terminals(network: RoadNetwork, *groups: Snapped) -> AugmentedGraph:
    """Cut the edges of ``network`` at every snapped position of ``groups``.

    A cut at ``p`` of ``edge_mm`` millimetres falls at ``p · edge_ms / edge_mm`` milliseconds, rounded half up,
    and the pieces take the differences.
    """
    edge = np.concatenate([np.empty(0, np.int64), *(group.edge.astype(np.int64) for group in groups)])
    position = np.concatenate([np.empty(0, np.int64), *(group.position_mm for group in groups)])
    node = np.full(len(edge), -1, np.int32)
    on_road = edge >= 0
    e, p = edge[on_road], position[on_road]
    found = np.where(p == 0, network.edge_tail[e], network.edge_head[e]).astype(np.int32)
    inside = (p > 0) & (p < network.edge_mm[e])
    cuts, inverse = np.unique(np.column_stack([e[inside], p[inside]]), axis=0, return_inverse=True)
    found[inside] = network.n_nodes + inverse.reshape(-1)
    node[on_road] = found
    sizes = np.cumsum([len(group) for group in groups])[:-1]
    return _assemble(network, cuts[:, 0], cuts[:, 1], tuple(np.split(node, sizes)) if groups else ())


def _assemble(
    network: RoadNetwork,
    cut_edge: NDArray[np.int64],
    cut_mm: NDArray[np.int64],
    terminals: tuple[NDArray[np.int32], ...],
) -> AugmentedGraph:
    """Whole edges first, then the pieces of cut ones; ``cut_edge``, ``cut_mm`` sorted and unique."""
    split = np.unique(cut_edge)
    whole = np.ones(network.n_edges, dtype=bool)
    whole[split] = False
    kept = np.flatnonzero(whole)
    stop_edge = np.concatenate([split, cut_edge, split])
    stop_mm = np.concatenate([np.zeros(len(split), np.int64), cut_mm, network.edge_mm[split]])
    virtual = network.n_nodes + np.arange(len(cut_edge), dtype=np.int32)
    stop_node = np.concatenate([network.edge_tail[split], virtual, network.edge_head[split]]).astype(np.int32)
    order = np.lexsort([stop_mm, stop_edge])
    stop_edge, stop_mm, stop_node = stop_edge[order], stop_mm[order], stop_node[order]
    stop_ms = _time_at(network, stop_edge, stop_mm)
    first = np.flatnonzero(stop_edge[1:] == stop_edge[:-1]) if len(stop_edge) else np.empty(0, np.int64)
    edge = np.concatenate([kept, stop_edge[first]])
    from_mm = np.concatenate([np.zeros(len(kept), np.int64), stop_mm[first]])
    to_mm = np.concatenate([network.edge_mm[kept], stop_mm[first + 1]])
    return AugmentedGraph(
        n_nodes=network.n_nodes + len(cut_edge),
        n_road_nodes=network.n_nodes,
        tail=np.concatenate([network.edge_tail[kept], stop_node[first]]),
        head=np.concatenate([network.edge_head[kept], stop_node[first + 1]]),
        mm=to_mm - from_mm,
        ms=np.concatenate([network.edge_ms[kept], stop_ms[first + 1] - stop_ms[first]]),
        oneway=network.edge_oneway[edge],
        edge=edge.astype(np.int32),
        from_mm=from_mm,
        to_mm=to_mm,
        terminals=terminals,
    )


def _time_at(network: RoadNetwork, edge: NDArray[np.int64], mm: NDArray[np.int64]) -> NDArray[np.int64]:
    """Milliseconds from the tail of ``edge`` to ``mm`` along it, rounded half up, exact at both ends."""
    length_mm = network.edge_mm[edge]
    return (2 * mm * network.edge_ms[edge] + length_mm) // (2 * length_mm)
