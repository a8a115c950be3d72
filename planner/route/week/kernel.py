"""Compiled loops of the exact week: least cost of every set of stops on one day, and the best choice of patterns."""

# ruff: noqa: PLR0917 (compiled functions take flat arrays, by position, and are one loop)

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

NEVER: Final = 1 << 62

Ints = NDArray[np.int64]


@compiled("void(i8[:,::1], i8[::1], i8[::1], i8[:,::1])")
def cheapest_days(cost: Ints, step: Ints, usable: Ints, best: Ints) -> None:
    """Least cost of serving each set of stops in one day.

    ``cost[t, T]`` is the cheapest route of type t over exactly the set T (bits), `NEVER` where there is none. Row k of
    ``best`` is for one state of the limited types' counts, in which the types ``usable[k]`` (bits) have a vehicle left;
    one of type t leaves ``step[t]`` rows before it, 0 for a type without limit.
    """
    n_types, n_sets = cost.shape
    for k in range(best.shape[0]):
        best[k, 0] = 0
        for whole in range(1, n_sets):
            lowest = whole & -whole
            rest = whole ^ lowest
            least = NEVER
            part = rest
            while True:
                served = part | lowest
                left = whole ^ served
                for t in range(n_types):
                    if (usable[k] >> t) & 1:
                        route = cost[t, served]
                        if route < NEVER:
                            other = best[k - step[t], left]
                            if other < NEVER and route + other < least:
                                least = route + other
                if part == 0:
                    break
                part = (part - 1) & rest
            best[k, whole] = least


@compiled("void(i8[::1])")
def least_over_supersets(values: Ints) -> None:
    """Each entry becomes the least of all entries whose set (bits) holds its own."""
    bit = 1
    while bit < values.size:
        for chosen in range(values.size):
            if not chosen & bit:
                values[chosen] = min(values[chosen], values[chosen | bit])
        bit <<= 1


@compiled("UniTuple(i8, 2)(i8[::1], i8[::1], i8[::1], i8[:,:,::1], i8[:,::1], i8[::1], i8, i8, i8[::1])")
def best_patterns(
    day_cost: Ints,
    at_least: Ints,
    weight: Ints,
    added: Ints,
    price: Ints,
    n_options: Ints,
    most_nodes: int,
    to_beat: int,
    chosen: Ints,
) -> tuple[int, int]:
    """Choose an option for every group, depth first, so that Σ weight_c · day_cost[set of class c] + prices is least.

    ``added[g, o, c]`` is the set of stops (bits) that option o of group g adds to the days of class c. ``chosen`` gets
    the best choice below ``to_beat``, if there is one. Returns its value and the nodes visited; when these are
    ``most_nodes`` the search was cut short.
    """
    n_groups, n_classes = added.shape[0], weight.size
    sets = np.zeros((n_groups + 1, n_classes), dtype=np.int64)
    paid = np.zeros(n_groups + 1, dtype=np.int64)
    option = np.full(n_groups + 1, -1, dtype=np.int64)
    best, nodes, depth = to_beat, 0, 0
    while depth >= 0 and nodes < most_nodes:
        option[depth] += 1
        if option[depth] >= n_options[depth]:
            option[depth] = -1
            depth -= 1
            continue
        nodes += 1
        last = depth + 1 == n_groups
        value = paid[depth] + price[depth, option[depth]]
        paid[depth + 1] = value
        for c in range(n_classes):
            sets[depth + 1, c] = sets[depth, c] | added[depth, option[depth], c]
            cost = day_cost[sets[depth + 1, c]] if last else at_least[sets[depth + 1, c]]
            value = NEVER if cost >= NEVER or value >= NEVER else value + weight[c] * cost
        if value >= best:
            continue
        if last:
            best = value
            chosen[:] = option[:n_groups]
        else:
            depth += 1
            option[depth] = -1
    return best, nodes
