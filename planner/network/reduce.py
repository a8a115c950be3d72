"""Exact reduction of a graph before the search: whatever no shortest way between terminals needs, or can skip.

A node that is no terminal and has at most one neighbour (dead end) is dropped; one with exactly two (chain) is
bridged by an arc in each direction that the one-ways allow. Both keep every shortest weight between
the nodes that stay, primary and secondary alike, since weights add up and the least of parallel arcs is
kept. It is repeated until neither is left, so whole dead-end trees, rings and ladders go.
"""

# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.network.augment import AugmentedGraph
from planner.network.compiled import compiled
from planner.network.kernel import NO_WAY, PART_LIMIT

Slots = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class ReducedGraph:
    """Arcs by tail (CSR) between the nodes that stayed, in their old order.

    ``first_arc`` int32 (n + 1,), ``arc_head`` int32 (m,), ``arc_weight`` int64 (m,); ``new_number`` int32 per
    old node, −1 for one that is gone; ``reaches`` bool per old node: whether a way leads from it to a
    destination (meaningful for terminals).
    """

    first_arc: NDArray[np.int32]
    arc_head: NDArray[np.int32]
    arc_weight: NDArray[np.int64]
    new_number: NDArray[np.int32]
    reaches: NDArray[np.bool_]


def reduce_graph(
    graph: AugmentedGraph,
    weight: NDArray[np.int64],
    origins: NDArray[np.int32],
    destinations: NDArray[np.int32],
    *,
    backward: bool = False,
) -> ReducedGraph:
    """Reduce ``graph``, whose pieces weigh ``weight`` (packed, int64 (n_pieces,)), to what its terminals need.

    ``origins`` and ``destinations`` are int32 node numbers and stay. With ``backward`` the arcs of the
    result are turned round, for a search from the destinations.
    """
    terminal = np.zeros(graph.n_nodes, dtype=bool)
    terminal[origins] = True
    terminal[destinations] = True
    slots = _slots(graph.n_nodes, graph.tail, graph.head, weight, graph.oneway)
    alive = _eliminate(*slots, terminal)
    reaches = _reaches(*slots, destinations)
    start, degree, neighbour, out, into = slots
    first_arc, arc_head, arc_weight, new_number = _compact(start, degree, neighbour, into if backward else out, alive)
    return ReducedGraph(first_arc, arc_head, arc_weight, new_number, reaches)


@compiled("(int64, int32[::1], int32[::1], int64[::1], boolean[::1])")
def _slots(
    n: int,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    weight: NDArray[np.int64],
    oneway: NDArray[np.bool_],
) -> Slots:
    """One slot per node and distinct neighbour: (start, degree, neighbour, weight out, weight in).

    Slots of node v are ``start[v] : start[v] + degree[v]``; `NO_WAY` where a direction is closed. Loops are
    dropped, parallel pieces merged to the least weight in each direction.
    """
    start = np.zeros(n + 1, np.int64)
    for i in range(len(tail)):
        if tail[i] != head[i]:
            start[tail[i] + 1] += 1
            start[head[i] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    degree = np.zeros(n, np.int32)
    neighbour = np.empty(start[n], np.int32)
    out = np.empty(start[n], np.int64)
    into = np.empty(start[n], np.int64)
    for i in range(len(tail)):
        if tail[i] == head[i]:
            continue
        back = NO_WAY if oneway[i] else weight[i]
        for side in range(2):
            v, other = (tail[i], head[i]) if side == 0 else (head[i], tail[i])
            leaving, coming = (weight[i], back) if side == 0 else (back, weight[i])
            slot = start[v]
            end = slot + degree[v]
            while slot < end and neighbour[slot] != other:
                slot += 1
            if slot == end:
                neighbour[slot] = other
                out[slot] = leaving
                into[slot] = coming
                degree[v] += 1
            else:
                out[slot] = min(out[slot], leaving)
                into[slot] = min(into[slot], coming)
    return start, degree, neighbour, out, into


@compiled("int64(int64[::1], int32[::1], int32[::1], int64, int64)")
def _find(start: NDArray[np.int64], degree: NDArray[np.int32], neighbour: NDArray[np.int32], v: int, other: int) -> int:
    """The slot of ``other`` at ``v``, or −1."""
    for slot in range(start[v], start[v] + degree[v]):
        if neighbour[slot] == other:
            return slot
    return -1


@compiled("void(int64[::1], int32[::1], int32[::1], int64[::1], int64[::1], int64, int64)")
def _unlink(
    start: NDArray[np.int64],
    degree: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    out: NDArray[np.int64],
    into: NDArray[np.int64],
    v: int,
    other: int,
) -> None:
    """Take the slot of ``other`` from ``v``."""
    slot = _find(start, degree, neighbour, v, other)
    last = start[v] + degree[v] - 1
    neighbour[slot] = neighbour[last]
    out[slot] = out[last]
    into[slot] = into[last]
    degree[v] -= 1


@compiled("void(int64[::1], int32[::1], int32[::1], int64[::1], int64[::1], int64, int64, int64, int64, int64)")
def _relink(
    start: NDArray[np.int64],
    degree: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    out: NDArray[np.int64],
    into: NDArray[np.int64],
    v: int,
    gone: int,
    other: int,
    leaving: int,
    coming: int,
) -> None:
    """At ``v``, put a link to ``other`` in the place of the one to ``gone``, or merge it with the one there."""
    slot = _find(start, degree, neighbour, v, other)
    if slot >= 0:
        out[slot] = min(out[slot], leaving)
        into[slot] = min(into[slot], coming)
        _unlink(start, degree, neighbour, out, into, v, gone)
    elif leaving == NO_WAY and coming == NO_WAY:
        _unlink(start, degree, neighbour, out, into, v, gone)
    else:
        slot = _find(start, degree, neighbour, v, gone)
        neighbour[slot] = other
        out[slot] = leaving
        into[slot] = coming


@compiled("int64(int64, int64)")
def _sum(first: int, second: int) -> int:
    """Weight of two arcs in a row: `NO_WAY` if either is closed, −1 if a part is too large for one arc."""
    if NO_WAY in (first, second):
        return NO_WAY
    total = first + second
    return -1 if total >> 32 > PART_LIMIT or total & 0xFFFFFFFF > PART_LIMIT else total


@compiled("boolean[::1](int64[::1], int32[::1], int32[::1], int64[::1], int64[::1], boolean[::1])")
def _eliminate(
    start: NDArray[np.int64],
    degree: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    out: NDArray[np.int64],
    into: NDArray[np.int64],
    terminal: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Drop dead ends and bridge chains in place until none is left; returns which nodes stay.

    A chain whose bridge would be too large for one arc is kept.
    """
    n = len(degree)
    alive = np.ones(n, np.bool_)
    queued = np.zeros(n, np.bool_)
    stack = np.empty(n, np.int32)
    height = 0
    for v in range(n):
        if degree[v] <= 2 and not terminal[v]:
            stack[height] = v
            height += 1
            queued[v] = True
    while height > 0:
        height -= 1
        v = int(stack[height])
        queued[v] = False
        s = start[v]
        count = degree[v]
        if count == 1:
            _unlink(start, degree, neighbour, out, into, int(neighbour[s]), v)
        elif count == 2:
            a, b = int(neighbour[s]), int(neighbour[s + 1])
            forth, back = _sum(into[s], out[s + 1]), _sum(into[s + 1], out[s])
            if forth < 0 or back < 0:
                continue
            _relink(start, degree, neighbour, out, into, a, v, b, forth, back)
            _relink(start, degree, neighbour, out, into, b, v, a, back, forth)
        alive[v] = False
        for slot in range(s, s + count):
            u = neighbour[slot]
            if degree[u] <= 2 and alive[u] and not terminal[u] and not queued[u]:
                stack[height] = u
                height += 1
                queued[u] = True
        degree[v] = 0
    return alive


@compiled("(int64[::1], int32[::1], int32[::1], int64[::1], boolean[::1])")
def _compact(
    start: NDArray[np.int64],
    degree: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    weight: NDArray[np.int64],
    alive: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Number the nodes that stay and gather their open arcs: first_arc, arc_head, arc_weight, new_number."""
    n = len(degree)
    new_number = np.full(n, -1, np.int32)
    nodes = 0
    room = 0
    for v in range(n):
        if alive[v]:
            new_number[v] = nodes
            nodes += 1
            room += degree[v]
    first_arc = np.zeros(nodes + 1, np.int32)
    arc_head = np.empty(room, np.int32)
    arc_weight = np.empty(room, np.int64)
    arcs = 0
    for v in range(n):
        if not alive[v]:
            continue
        for slot in range(start[v], start[v] + degree[v]):
            if weight[slot] != NO_WAY:
                arc_head[arcs] = new_number[neighbour[slot]]
                arc_weight[arcs] = weight[slot]
                arcs += 1
        first_arc[new_number[v] + 1] = arcs
    return first_arc, arc_head[:arcs].copy(), arc_weight[:arcs].copy(), new_number


@compiled("(int64[::1], int32[::1], int32[::1], int64[::1], int64[::1], int32[::1])")
def _reaches(
    start: NDArray[np.int64],
    degree: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    out: NDArray[np.int64],
    into: NDArray[np.int64],
    destinations: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Which nodes have a way to at least one destination, however long."""
    found = np.zeros(len(degree), np.bool_)
    stack = np.empty(len(degree), np.int32)
    height = 0
    for v in destinations:
        if not found[v]:
            found[v] = True
            stack[height] = v
            height += 1
    while height > 0:
        height -= 1
        v = stack[height]
        for slot in range(start[v], start[v] + degree[v]):
            u = neighbour[slot]
            if into[slot] != NO_WAY and not found[u]:
                found[u] = True
                stack[height] = u
                height += 1
    return found
