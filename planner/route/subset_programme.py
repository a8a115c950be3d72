r"""Choosing among listed routes by dynamic programming over sets of stops: exact, in integers, for few stops.

    g(∅) = 0,   g(U) = min over routes T ⊆ U that serve U's first stop of cost_T + g(U \ T)

Sets are taken by their first stop, last stop first, so that g(U \ T) is always known.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.route.problem import IntArray

MOST_WORK: Final = 25_000_000
"""Pairs (U, T) looked at, about half a second: 14 stops of which any may share a route."""

MOST_STOPS: Final = 20
MOST_AT_ONCE: Final = 2_000_000
_NEVER: Final = 2**62


def subset_work(mask: IntArray, n_stops: int) -> int:
    """Pairs (U, T) that `choose_by_subsets` would look at; above `MOST_WORK` it is the wrong method."""
    if n_stops > MOST_STOPS:
        return MOST_WORK + 1
    first = _first_stop(mask, n_stops)
    by_first = np.bincount(first, minlength=n_stops).tolist()
    return sum(by_first[stop] * (1 if stop == 0 else 2 ** (n_stops - stop - 1)) for stop in range(n_stops))


def choose_by_subsets(mask: IntArray, cost: IntArray, n_stops: int) -> tuple[int, ...]:
    """Indices of the routes of the cheapest plan. Every stop must have a route of its own among them."""
    first = _first_stop(mask, n_stops)
    best = np.full(1 << n_stops, _NEVER, dtype=np.int64)
    best[0] = 0
    choice = np.full(1 << n_stops, -1, dtype=np.int64)
    for stop in range(n_stops - 1, -1, -1):
        columns = np.flatnonzero(first == stop)
        above = np.arange(1 << (n_stops - stop - 1), dtype=np.int64) << (stop + 1)
        sets = (above if stop else above[-1:]) | (1 << stop)
        step = max(1, MOST_AT_ONCE // max(1, columns.size))
        for start in range(0, sets.size, step):
            part = sets[start : start + step]
            inside = (mask[columns] & ~part[:, None]) == 0
            total = np.where(inside, cost[columns] + best[part[:, None] & ~mask[columns]], _NEVER)
            winner = total.argmin(axis=1)
            best[part] = total[np.arange(part.size), winner]
            choice[part] = columns[winner]
    chosen = []
    left = (1 << n_stops) - 1
    while left:
        column = int(choice[left])
        chosen.append(column)
        left &= ~int(mask[column])
    return tuple(chosen)


def _first_stop(mask: IntArray, n_stops: int) -> IntArray:
    """Lowest bit set in each mask."""
    bits: IntArray = (mask[:, None] >> np.arange(n_stops)) & 1
    first: IntArray = np.argmax(bits, axis=1).astype(np.int64)
    return first
