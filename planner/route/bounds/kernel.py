"""The pricing kernels of the routing bound, compiled: completion tables and labels.

Nodes 0 … n−1 are stops, node n is the depot. ``reduced`` holds the reduced cost of every leg (the leg's own
cost, less what the dual values pay for going there), `FAR` where no leg is. Everything is an integer, so what
is found here is exact.
"""

# ruff: noqa: PLR0917, C901, PLR0912, PLR0915 (compiled functions take flat arrays, by position, and are one loop)

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

FAR: Final = 1 << 60
EXACT: Final = 0
LOOSE: Final = 1
SAME_SET: Final = 2

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]


@compiled("void(i8[:,::1], i8[:,::1], i8[:,::1], i8[:,::1], i8[:,::1])")
def complete(reduced: Ints, weight: Ints, best: Ints, after: Ints, second: Ints) -> None:
    """Least reduced cost from each stop home with at most b units of one resource left, never going i, j, i.

    These are q-routes without two-stop cycles (Christofides, Mingozzi and Toth 1981, doi:10.1007/BF01589353).
    ``weight`` is the units that a leg takes, at least 1 between stops. ``best[b, i]`` is the least, ``after[b, i]``
    the node it goes to next, ``second[b, i]`` the least over all others.
    """
    n = reduced.shape[0] - 1
    for left in range(best.shape[0]):
        for i in range(n):
            least, runner_up, to = FAR, FAR, n
            if weight[i, n] <= left:
                least = reduced[i, n]
            for j in range(n):
                rest = left - weight[i, j]
                leg = reduced[i, j]
                if rest < 0 or leg >= FAR:
                    continue
                way = second[rest, j] if after[rest, j] == i else best[rest, j]
                if way >= FAR:
                    continue
                value = leg + way
                if value < least:
                    runner_up, least, to = least, value, j
                elif value < runner_up:
                    runner_up = value
            best[left, i], after[left, i], second[left, i] = least, to, runner_up


@compiled(
    "UniTuple(i8, 3)(i8[:,::1], i8[:,:,::1], i8[::1], i8[:,::1], i8[::1], i8[:,::1], i8[:,::1], i8[:,::1],"
    " i8[:,:,::1], i8[:,:,::1], i8[:,:,::1], i8[:,::1], u8[:,::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[:,::1],"
    " u8[:,::1], i8[::1], i8[:,::1])"
)
def extend_all(
    reduced: Ints,
    add: Ints,
    limit: Ints,
    least_home: Ints,
    picked_as: Ints,
    leg_clock_s: Ints,
    window_s: Ints,
    unit: Ints,
    best: Ints,
    after: Ints,
    second: Ints,
    heads: Ints,
    memory: Bits,
    rules: Ints,
    cost: Ints,
    previous: Ints,
    node: Ints,
    used: Ints,
    seen: Bits,
    following: Ints,
    levels: Ints,
) -> tuple[int, int, int]:
    """Every partial route that no other one makes superfluous and that may still end below the threshold.

    Resources are the first ``limit.size`` columns of ``used``: additive ones (``add[r, i, j]`` for a leg), except
    that one with ``picked_as[r] ≥ 0`` is a peak load, max(peak + add, picked up so far), the pickups being that
    additive resource. The last column is the clock when leaving, where ``window_s`` (earliest and latest start of
    service, then service) has rows. ``unit[r]`` is (size of a unit, 1 where a unit is added for every stop).

    ``rules`` is (threshold, mode, most stops a route, first clock, most work). A label with a stop in its memory may
    not go there; driving from i to j it forgets whatever isn't in ``memory[j]`` (Baldacci, Mingozzi and Roberti
    2011, doi:10.1287/opre.1110.0975). Under `EXACT` a label is dropped for another one at the same stop that is no
    dearer, has no more of any resource and remembers no more; under `LOOSE` for any that is no dearer in its cell
    of the first resource; under `SAME_SET` only for one that remembers the same.

    Labels are written into ``cost``, ``previous``, ``node``, ``used`` and ``seen`` from row 0 (the depot).
    ``levels[s]`` is (first, beyond) of the labels with s stops. Returns how many there are, the work done, and
    whether that is all of them.
    """
    n = reduced.shape[0] - 1
    n_resources, n_words, n_cells = limit.size, seen.shape[1], heads.shape[1]
    timed = window_s.shape[0] > 0
    threshold, mode, most_stops, most_work = rules[0], rules[1], rules[2], rules[4]
    width = n_resources + 1 if timed else n_resources
    cost[0], previous[0], node[0] = 0, -1, n
    for r in range(n_resources):
        used[0, r] = 0
    if timed:
        used[0, n_resources] = rules[3]
    for w in range(n_words):
        seen[0, w] = np.uint64(0)
    count, work = 1, 0
    levels[0, 0], levels[0, 1] = 0, 1
    one = np.uint64(1)
    now = np.zeros(width, dtype=np.int64)
    kept = np.zeros(n_words, dtype=np.uint64)
    for stops in range(1, most_stops + 1):
        levels[stops, 0] = count
        for label in range(levels[stops - 1, 0], levels[stops - 1, 1]):
            if following[label] == -2:
                continue
            i = node[label]
            for j in range(n):
                leg = reduced[i, j]
                if leg >= FAR or (seen[label, j >> 6] >> np.uint64(j & 63)) & one:
                    continue
                work += 1
                total = cost[label] + leg
                fits = True
                for r in range(n_resources):
                    value = used[label, r] + add[r, i, j]
                    if picked_as[r] >= 0:
                        value = max(value, now[picked_as[r]])
                    now[r] = value
                    if value + least_home[r, j] > limit[r]:
                        fits = False
                        break
                if not fits:
                    continue
                if timed:
                    clock = max(used[label, n_resources] + leg_clock_s[i, j], window_s[j, 0])
                    if clock > window_s[j, 1]:
                        continue
                    now[n_resources] = clock + window_s[j, 2]
                for w in range(n_words):
                    kept[w] = seen[label, w] & memory[j, w]
                kept[j >> 6] |= one << np.uint64(j & 63)
                promising = True
                for r in range(n_resources):
                    rest = (limit[r] - now[r]) // unit[r, 0]
                    if unit[r, 1] == 1:
                        rest += most_stops - stops
                    rest = min(rest, best.shape[1] - 1)
                    to = after[r, rest, j]
                    if to < n and (kept[to >> 6] >> np.uint64(to & 63)) & one:
                        way = second[r, rest, j]
                    else:
                        way = best[r, rest, j]
                    if total + way >= threshold:
                        promising = False
                        break
                if not promising:
                    continue
                if mode == LOOSE:
                    cell = int(now[0] * n_cells // (limit[0] + 1))
                    rival = heads[j, cell]
                    if rival >= 0 and cost[rival] <= total:
                        continue
                    if rival >= 0:
                        following[rival] = -2
                    heads[j, cell] = -1
                if mode == SAME_SET:
                    mixed = np.uint64(j)
                    for w in range(n_words):
                        mixed = (mixed ^ kept[w]) * np.uint64(0x9E3779B97F4A7C15)
                        mixed ^= mixed >> np.uint64(29)
                    cell = int(np.int64(mixed % np.uint64(n_cells)))
                    first_cell, row = cell, 0
                else:
                    cell = int(now[0] * n_cells // (limit[0] + 1))
                    first_cell, row = 0, j
                beaten = False
                place = -1
                if mode == LOOSE:
                    first_cell = cell + 1
                for c in range(first_cell, cell + 1):
                    other = heads[row, c]
                    before = -1
                    while other >= 0:
                        if mode != SAME_SET and cost[other] > total:
                            break
                        work += 1
                        no_worse = node[other] == j and cost[other] <= total
                        for r in range(width):
                            if used[other, r] > now[r]:
                                no_worse = False
                                break
                        if no_worse:
                            for w in range(n_words):
                                if mode == SAME_SET:
                                    if seen[other, w] != kept[w]:
                                        no_worse = False
                                elif seen[other, w] & ~kept[w]:
                                    no_worse = False
                        if no_worse:
                            beaten = True
                            break
                        before = other
                        other = following[other]
                    if beaten:
                        break
                    place = before
                if beaten:
                    continue
                if count >= cost.size or work > most_work:
                    levels[stops, 1] = count
                    return count, work, 0
                if mode == SAME_SET:
                    place = -1
                cost[count], previous[count], node[count] = total, label, j
                for r in range(width):
                    used[count, r] = now[r]
                for w in range(n_words):
                    seen[count, w] = kept[w]
                if place < 0:
                    following[count] = heads[row, cell]
                    heads[row, cell] = count
                else:
                    following[count] = following[place]
                    following[place] = count
                # whatever the new label beats goes: later in its own cell, and in cells with more of the resource
                last_cell = n_cells - 1 if mode == EXACT else cell if mode == SAME_SET else -1
                for c in range(cell, last_cell + 1):
                    before = count if c == cell else -1
                    other = following[count] if c == cell else heads[row, c]
                    while other >= 0:
                        work += 1
                        upon = following[other]
                        worse = node[other] == j and cost[other] >= total
                        for r in range(width):
                            if not worse:
                                break
                            worse = used[other, r] >= now[r]
                        if worse:
                            for w in range(n_words):
                                if mode == SAME_SET:
                                    worse = worse and seen[other, w] == kept[w]
                                else:
                                    worse = worse and kept[w] & ~seen[other, w] == np.uint64(0)
                        if worse:
                            if before < 0:
                                heads[row, c] = upon
                            else:
                                following[before] = upon
                            following[other] = -2
                        else:
                            before = other
                        other = upon
                count += 1
        levels[stops, 1] = count
        if count == levels[stops, 0]:
            break
    return count, work, 1
