"""Which demand divides a node of the p-median tree best, compiled (names as in ``kernels``)."""

# ruff: noqa: PLR0917 (compiled loops take flat arrays by position and call nothing, for speed)

from __future__ import annotations

import numpy as np

from planner.locate.medians.kernels import Bools, Bytes, Floats, Ints, Ints32
from planner.network.compiled import compiled

LOOKED_AT = 40
"""So many of the demands that the relaxation's point divides best have both halves' bounds looked at."""
LEAST = 1e-3
"""A half whose bound rises by less than this share of the room counts as that in the product of the two."""


@compiled("void(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1])")
def divide(row_at: Ints, row_site: Ints32, row_cost: Floats, share: Floats, score: Floats, cut: Floats) -> None:
    """For each demand the cost ``cut`` that divides it best: served at most at this cost, or above it.

    ``score``: how evenly the relaxation's point ``share`` lies on both sides, times how far apart they are in cost.
    """
    for i in range(len(row_at) - 1):
        score[i] = 0.0
        total, value = 0.0, 0.0
        for k in range(row_at[i], row_at[i + 1]):
            part = min(share[row_site[k]], 1.0 - total)
            total += part
            value += part * row_cost[k]
            if total >= 1.0:
                break
        below, paid = 0.0, 0.0
        for k in range(row_at[i], row_at[i + 1] - 1):
            part = min(share[row_site[k]], total - below)
            below += part
            paid += part * row_cost[k]
            if below >= total - 1e-9:
                break
            if row_cost[k + 1] > row_cost[k] and below > 1e-9:
                apart = (value - paid) / (total - below) - paid / below
                if below * (total - below) * apart > score[i]:
                    score[i] = below * (total - below) * apart
                    cut[i] = row_cost[k]


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1], boolean[::1], "
    "int8[::1], int64, float64, float64[::1])"
)
def branching_demand(
    row_at: Ints, row_site: Ints32, row_cost: Floats, dual: Floats, share: Floats, saving: Floats, taken: Bools,
    state: Bytes, left: int, room: float, cut: Floats,
) -> int:  # fmt: skip
    """The demand, with its ``cut``, whose two halves raise the bound most (their product); -1 when none divides.

    ``room`` is how far the bound has to rise to end a half. A half's rise is looked up at the node's prices: above
    the cut, the sites below are out and the next best take their place; below it, dearer ways are gone and one of
    the sites below must be among those taken.
    """
    score = np.empty(len(dual))
    divide(row_at, row_site, row_cost, share, score, cut)
    order = np.argsort(-score)
    free = np.flatnonzero(state == 0)
    ranked = free[np.argsort(saving[free])]
    last = saving[ranked[left - 1]]
    following = saving[ranked[left]] if left < len(ranked) else 0.0
    base = saving[ranked[:left]].sum()
    near = np.zeros(len(saving), np.int64)
    chosen, best = -1, -1.0
    for turn in range(min(LOOKED_AT, len(order))):
        i = order[turn]
        if score[i] <= 0.0:
            break
        inside, opening, closing, fixed = False, np.inf, 0.0, False
        for k in range(row_at[i], row_at[i + 1]):
            j = row_site[k]
            if row_cost[k] <= cut[i]:
                near[j] = turn + 1
                inside = inside or taken[j]
                fixed = fixed or state[j] == 1
                opening = min(opening, saving[j])
            elif row_cost[k] >= dual[i]:
                break
            elif taken[j]:
                rise = dual[i] - row_cost[k]
                closing += rise if state[j] == 1 else min(rise, max(0.0, following - saving[j]))
        rise_near = closing if inside else closing + max(0.0, opening - last)
        total, found = 0.0, 0
        for k in range(len(ranked)):
            if near[ranked[k]] != turn + 1:
                total += saving[ranked[k]]
                found += 1
                if found == left:
                    break
        rise_far = np.inf if fixed or found < left else total - base
        worth = max(LEAST * room, min(rise_near, room)) * max(LEAST * room, min(rise_far, room))
        if worth > best:
            best = worth
            chosen = i
    return chosen
