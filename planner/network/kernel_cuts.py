"""Which points lose their last destination when the road is cut in one place: compiled.

A forest of shortest ways leads from every node to its nearest destination. A cut matters only to the nodes whose way
in the forest runs over it, the subtree behind it; for these alone the ways are searched anew, from the rest of the
forest inwards. (That is exact: every other node keeps its way.)
"""

# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled, inlined
from planner.network.kernel import NO_WAY, drop_top, push, resized_nodes


@compiled("(int64[::1], int32[::1], int64[::1], int32[::1], int64[::1], int64)")
def nearest(
    first_in: NDArray[np.int64],
    in_tail: NDArray[np.int32],
    in_weight: NDArray[np.int64],
    in_piece: NDArray[np.int32],
    begin: NDArray[np.int64],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The weight of the way from every node to its nearest destination, within ``limit``, and its first step.

    ``begin`` is what each destination's own node weighs, `NO_WAY` at all others. Returns weights (`NO_WAY` beyond the
    limit), and the next node and the piece of road to it, −1 at a destination.
    """
    n = len(first_in) - 1
    label = np.full(n, NO_WAY, np.int64)
    next_node = np.full(n, -1, np.int32)
    next_piece = np.full(n, -1, np.int32)
    heap = np.empty(len(in_tail) + n + 1, np.int64)
    size = 0
    for v in range(n):
        if begin[v] <= limit:
            label[v] = begin[v]
            size = push(heap, size, (begin[v] << 32) | v)
    while size > 0:
        key = heap[0]
        size = drop_top(heap, size)
        v = key & 0xFFFFFFFF
        if key >> 32 > label[v]:
            continue
        for arc in range(first_in[v], first_in[v + 1]):
            u = in_tail[arc]
            there = label[v] + in_weight[arc]
            if there < label[u] and there <= limit:
                label[u] = there
                next_node[u] = v
                next_piece[u] = in_piece[arc]
                size = push(heap, size, (there << 32) | u)
    return label, next_node, next_piece


@inlined
def _subtree(
    root: int, q: int, first_child: NDArray[np.int64], child: NDArray[np.int32], stamp: NDArray[np.int32],
    inside: NDArray[np.int32],
) -> int:  # fmt: skip
    """List the nodes whose way leads over ``root`` in ``inside``, itself first, stamped ``q``; returns how many."""
    inside[0] = root
    stamp[root] = q
    count = 1
    k = 0
    while k < count:
        for c in range(first_child[inside[k]], first_child[inside[k] + 1]):
            inside[count] = child[c]
            stamp[child[c]] = q
            count += 1
        k += 1
    return count


@inlined
def _search_again(
    first_in: NDArray[np.int64], in_tail: NDArray[np.int32], in_weight: NDArray[np.int64], in_piece: NDArray[np.int32],
    cut: int, q: int, limit: int, stamp: NDArray[np.int32], fresh: NDArray[np.int64], heap: NDArray[np.int64],
    size: int,
) -> None:  # fmt: skip
    """Dijkstra among the nodes stamped ``q`` from those already in ``heap``, without the piece ``cut``."""
    while size > 0:
        key = heap[0]
        size = drop_top(heap, size)
        v = key & 0xFFFFFFFF
        if key >> 32 > fresh[v]:
            continue
        for arc in range(first_in[v], first_in[v + 1]):
            u = in_tail[arc]
            there = fresh[v] + in_weight[arc]
            if in_piece[arc] != cut and stamp[u] == q and there < fresh[u] and there <= limit:
                fresh[u] = there
                size = push(heap, size, (there << 32) | u)


@compiled(
    "(int64[::1], int32[::1], int64[::1], int32[::1], int64[::1], int32[::1], int64[::1], int32[::1],"
    " int64[::1], int32[::1], int32[::1], int64[::1], int32[::1], int64[::1], int32[::1], int64[::1], int64)"
)
def cut_each(
    first_in: NDArray[np.int64],
    in_tail: NDArray[np.int32],
    in_weight: NDArray[np.int64],
    in_piece: NDArray[np.int32],
    first_out: NDArray[np.int64],
    out_head: NDArray[np.int32],
    out_weight: NDArray[np.int64],
    out_piece: NDArray[np.int32],
    label: NDArray[np.int64],
    next_piece: NDArray[np.int32],
    roots: NDArray[np.int32],
    first_child: NDArray[np.int64],
    child: NDArray[np.int32],
    first_point: NDArray[np.int64],
    point: NDArray[np.int32],
    reach: NDArray[np.int64],
    limit: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Cut the first step of each of ``roots`` in turn: which points then have no destination within their reach.

    ``first_child``, ``child`` are the forest upside down; ``first_point``, ``point`` the points at each node and
    ``reach`` how far each of them may go from there, at most ``limit``. Returns two arrays: position in ``roots``, and
    point lost.
    """
    n = len(first_in) - 1
    stamp = np.full(n, -1, np.int32)
    fresh = np.full(n, NO_WAY, np.int64)
    heap = np.empty(len(in_tail) + n + 1, np.int64)
    inside = np.empty(n, np.int32)
    at = np.empty(64, np.int32)
    lost = np.empty(64, np.int32)
    used = 0
    for q in range(len(roots)):
        cut = next_piece[roots[q]]
        count = _subtree(roots[q], q, first_child, child, stamp, inside)
        size = 0
        for k in range(count):
            u = inside[k]
            best = NO_WAY
            for arc in range(first_out[u], first_out[u + 1]):
                v = out_head[arc]
                if out_piece[arc] != cut and stamp[v] != q and label[v] != NO_WAY:
                    best = min(best, label[v] + out_weight[arc])
            fresh[u] = NO_WAY
            if best <= limit:
                fresh[u] = best
                size = push(heap, size, (best << 32) | u)
        _search_again(first_in, in_tail, in_weight, in_piece, cut, q, limit, stamp, fresh, heap, size)
        for k in range(count):
            for p in range(first_point[inside[k]], first_point[inside[k] + 1]):
                if fresh[inside[k]] <= reach[point[p]]:
                    continue
                if used == len(at):
                    at, lost = resized_nodes(at, 2 * used), resized_nodes(lost, 2 * used)
                at[used] = q
                lost[used] = point[p]
                used += 1
    return at[:used].copy(), lost[:used].copy()
