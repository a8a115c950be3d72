"""The shortest-path kernel: bounded many-to-many Dijkstra with two weights, compiled.

A *weight* is one int64 that holds two integers, primary and secondary: ``primary << 32 | secondary``. Adding
weights adds both parts and comparing them compares lexicographically, so one search finds the way that is
shortest by the primary and, among those, least by the secondary.

Both parts of an arc stay below 2^28 and the primary of a label at most `PRIMARY_LIMIT`, so nothing carries
over; a way longer than that is reported as overflow, never wrapped.
"""

# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position)

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled, inlined

SHIFT: Final = 32
LOW: Final = (1 << 32) - 1
NO_WAY: Final = (1 << 63) - 1
PART_LIMIT: Final = (1 << 28) - 1
"""Largest primary or secondary of one arc."""
PRIMARY_LIMIT: Final = (1 << 31) - 1 - (1 << 28)
"""Largest primary of a label: 1,879 km in millimetres, 521 h in milliseconds."""
SECONDARY_LIMIT: Final = (1 << 32) - 1 - (1 << 28)
"""Largest secondary of a label."""

SearchResult = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], bool]


def pack(primary: NDArray[np.int64], secondary: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weights from their two parts."""
    return (primary << SHIFT) | secondary


def unpack(weight: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two parts of weights: primary, secondary."""
    return weight >> SHIFT, weight & LOW


@inlined
def push(heap: NDArray[np.int64], size: int, key: int) -> int:
    """Insert ``key`` into a 4-ary heap of ``size`` keys with room for one more; returns the new size."""
    i = size
    while i > 0:
        parent = (i - 1) >> 2
        if heap[parent] <= key:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = key
    return size + 1


@inlined
def drop_top(heap: NDArray[np.int64], size: int) -> int:
    """Remove the smallest key, which stands at ``heap[0]``; returns the new size."""
    size -= 1
    last = heap[size]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= size:
            break
        best = child
        smallest = heap[child]
        for k in range(child + 1, min(child + 4, size)):
            if heap[k] < smallest:
                smallest = heap[k]
                best = k
        if smallest >= last:
            break
        heap[i] = smallest
        i = best
    heap[i] = last
    return size


@compiled("int64[::1](int64[::1], int64)")
def _resized(values: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    """A copy with ``room`` for more values."""
    larger = np.empty(room, np.int64)
    larger[: len(values)] = values
    return larger


@compiled("int32[::1](int32[::1], int64)")
def resized_nodes(values: NDArray[np.int32], room: int) -> NDArray[np.int32]:
    """As `_resized`, for node numbers and ranks."""
    larger = np.empty(room, np.int32)
    larger[: len(values)] = values
    return larger


@compiled(
    "(int32[::1], int32[::1], int64[::1], int64, int64, int32[::1], int32[::1], int64, boolean,"
    " int64[::1], int32[::1], int64[::1])"
)
def _explore(
    first_arc: NDArray[np.int32],
    arc_head: NDArray[np.int32],
    arc_weight: NDArray[np.int64],
    source: int,
    limit: int,
    target_rank: NDArray[np.int32],
    settled_for: NDArray[np.int32],
    stamp: int,
    unbounded: bool,
    label: NDArray[np.int64],
    touched: NDArray[np.int32],
    heap: NDArray[np.int64],
) -> tuple[NDArray[np.int64], int, bool]:
    """Dijkstra from one source until every target is settled or ``limit`` is passed.

    Fills ``label`` (`NO_WAY` before), lists the nodes labelled in ``touched``, and writes ``stamp`` into
    ``settled_for`` of each target settled. Returns the heap, which may have grown, the number of nodes
    touched, and whether a label overflowed.
    """
    label[source] = 0
    touched[0] = source
    n_touched = 1
    missing = len(settled_for)
    overflow = False
    size = push(heap, 0, source)
    while size > 0:
        key = heap[0]
        primary = key >> 32
        if primary > limit:
            break
        size = drop_top(heap, size)
        u = np.uint32(key & 0xFFFFFFFF)  # unsigned: saves the test for an index from the end
        here = label[u]
        if primary > here >> 32:
            continue
        rank = target_rank[u]
        if rank >= 0 and settled_for[rank] != stamp:
            settled_for[rank] = stamp
            missing -= 1
            if missing == 0:
                limit = primary  # every primary is known; an arc of primary 0 may still better a secondary
        for arc in range(np.uint32(first_arc[u]), np.uint32(first_arc[u + np.uint32(1)])):
            v = np.uint32(arc_head[arc])
            there = here + arc_weight[arc]
            if there >= label[v]:
                continue
            if there >> 32 > limit:
                overflow = overflow or (unbounded and missing > 0)
                continue
            overflow = overflow or there & 0xFFFFFFFF > SECONDARY_LIMIT
            if label[v] == NO_WAY:
                touched[n_touched] = v
                n_touched += 1
            label[v] = there
            if size == len(heap):
                heap = _resized(heap, 2 * size)
            size = push(heap, size, int((there >> 32) << 32 | v))
    return heap, n_touched, overflow


@compiled("(int32[::1], int32[::1], int64[::1], int32[::1], int64[::1], int32[::1], int64, boolean)")
def search(
    first_arc: NDArray[np.int32],
    arc_head: NDArray[np.int32],
    arc_weight: NDArray[np.int64],
    sources: NDArray[np.int32],
    limits: NDArray[np.int64],
    target_rank: NDArray[np.int32],
    n_targets: int,
    unbounded: bool,
) -> SearchResult:
    """Dijkstra from every source to the marked targets, each within its own limit on the primary.

    The queue holds ``primary << 32 | node``; labels hold the whole weight. An arc of primary 0 may improve
    the secondary of a node already expanded: it is queued again, so labels are exact all the same.

    Parameters
    ----------
    first_arc, arc_head, arc_weight
        Arcs by tail (CSR): int32 (n + 1,), int32 (m,), int64 (m,) with weights above 0.
    sources, limits
        int32 and int64 (k,): nodes, and the largest primary to go to from each, at most `PRIMARY_LIMIT`;
        a source with a negative limit reaches nothing.
    target_rank
        int32 (n,), −1 for a node that is no target, else its rank below ``n_targets``.
    unbounded
        Whether passing a limit is an overflow and not a cut-off.

    Returns
    -------
    counts int64 (k,), target rank int32 and weight int64 of every target reached, source by source in no
    particular order, and whether a label overflowed (the rest is then of no use).
    """
    n = len(first_arc) - 1
    label = np.full(n, NO_WAY, np.int64)
    touched = np.empty(n, np.int32)
    heap = np.empty(1024, np.int64)
    settled_for = np.full(n_targets, -1, np.int32)
    counts = np.zeros(len(sources), np.int64)
    reached = np.empty(1024, np.int32)
    weights = np.empty(1024, np.int64)
    used = 0
    overflow = False
    for q in range(len(sources)):
        if limits[q] < 0:
            continue
        heap, n_touched, too_long = _explore(
            first_arc, arc_head, arc_weight, int(sources[q]), int(limits[q]), target_rank, settled_for, q, unbounded,
            label, touched, heap,
        )  # fmt: skip
        overflow = overflow or too_long
        if used + n_targets > len(reached):
            weights = _resized(weights, 2 * used + n_targets)
            reached = resized_nodes(reached, 2 * used + n_targets)
        for k in range(n_touched):
            rank = target_rank[touched[k]]
            if rank >= 0 and settled_for[rank] == q:
                reached[used] = rank
                weights[used] = label[touched[k]]
                used += 1
                counts[q] += 1
            label[touched[k]] = NO_WAY
    return counts, reached[:used].copy(), weights[:used].copy(), overflow
