"""Branch and bound on maximal covering in which sites have a price, compiled (names as in ``kernels``)."""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np

from planner.locate.coverage.kernels import Bools, Bytes, Floats, Ints, Ints32
from planner.network.compiled import compiled

MEMORY = 30
"""Rounds over which the sites taken are averaged."""
PATIENCE = 8
"""Rounds without a better bound before the step is cut."""
FIRST_STEP = 1.0
"""Subgradient steps start at this share of the distance to the target (Held, Wolfe and Crowder 1974: 0 to 2)."""
TINY_STEP = 0.01
"""Steps below this share of the distance to the target no longer lower the bound worth the time."""
ROOT_ROUNDS = 400
"""Rounds at the root."""
NODE_ROUNDS = 60
"""Rounds at another node."""
FEW = 0.8
"""A node that leaves so few of its sites open is solved anew over these before any is divided."""


@compiled(
    "int64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], int8[::1], int64[::1], int32[::1], "
    "float64[::1], float64[::1], float64[::1], int64[::1])"
)
def shrink(
    demand_at: Ints, demand_site: Ints32, own: Floats, weights: Floats, dual: Floats, state: Bytes,
    to_at: Ints, to_site: Ints32, to_own: Floats, to_weights: Floats, to_dual: Floats, number: Ints,
) -> int:  # fmt: skip
    """The problem over the free sites: demands that an open site covers are gone, equal demands are one.

    A demand with one free site left adds to what that site has for its ``own``. ``number`` is the new number of each
    free site. Returns how many demands are left; ``to_own`` has at its end what the open sites cover.
    """
    n_sites, n_demands = len(own), len(weights)
    n_free = 0
    for j in range(n_sites):
        number[j] = -1
        if state[j] == 0:
            number[j] = n_free
            to_own[n_free] = own[j]
            n_free += 1
    base = 0.0
    for j in range(n_sites):
        if state[j] == 1:
            base += own[j]
    key, size, kept = np.zeros(n_demands, np.int64), np.zeros(n_demands, np.int64), np.empty(n_demands, np.int64)
    n_kept = 0
    for i in range(n_demands):
        met = False
        last = -1
        for k in range(demand_at[i], demand_at[i + 1]):
            j = demand_site[k]
            if state[j] == 1:
                met = True
                break
            if state[j] == 0:
                size[i] += 1
                last = number[j]
                mixed = (last + 1) * 0x1E3779B97F4A7C15
                key[i] += (mixed ^ (mixed >> 29)) * 0x3F58476D1CE4E5B9
        if met:
            base += weights[i]
        elif size[i] == 1:
            to_own[last] += weights[i]
        elif size[i] > 1:
            kept[n_kept] = i
            n_kept += 1
    to_own[n_free] = base
    order = np.argsort(key[kept[:n_kept]])
    held, count, entries = np.empty(n_sites, np.int64), 0, 0
    to_at[0] = 0
    for h in range(n_kept):
        i = kept[order[h]]
        n_held = 0
        for k in range(demand_at[i], demand_at[i + 1]):
            if state[demand_site[k]] == 0:
                held[n_held] = number[demand_site[k]]
                n_held += 1
        same = count > 0 and to_at[count] - to_at[count - 1] == n_held
        if same:
            for k in range(n_held):
                if to_site[to_at[count - 1] + k] != held[k]:
                    same = False
                    break
        if same:
            to_weights[count - 1] += weights[i]
            to_dual[count - 1] += dual[i]
            continue
        for k in range(n_held):
            to_site[entries] = held[k]
            entries += 1
        to_weights[count] = weights[i]
        to_dual[count] = dual[i]
        count += 1
        to_at[count] = entries
    return count


@compiled("void(int64[::1], int32[::1], int64, int64[::1], int32[::1])")
def by_site(demand_at: Ints, demand_site: Ints32, n_sites: int, site_at: Ints, site_demand: Ints32) -> None:
    """The same coverage, sites' demands."""
    site_at[:] = 0
    for k in range(demand_at[-1]):
        site_at[demand_site[k] + 1] += 1
    for j in range(n_sites):
        site_at[j + 1] += site_at[j]
    place = site_at[:n_sites].copy()
    for i in range(len(demand_at) - 1):
        for k in range(demand_at[i], demand_at[i + 1]):
            site_demand[place[demand_site[k]]] = i
            place[demand_site[k]] += 1


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64, int64, float64[::1], "
    "float64[::1])"
)
def descend_priced(
    site_at: Ints, site_demand: Ints32, own: Floats, weights: Floats, dual: Floats, enough: float, rounds: int,
    share: Floats, worth: Floats,
) -> float:  # fmt: skip
    """Lower the bound by subgradient steps towards ``enough``; stop below it, or when steps have become tiny.

    ``own`` is what a site is worth by itself, less its price. ``dual`` becomes the best prices found, ``worth`` what
    the sites are worth at these, ``share`` the smoothed share of each site taken. Returns the bound.
    """
    n_sites, n_demands = len(own), len(weights)
    current, way = dual.copy(), np.zeros(n_demands)
    best, step, stalled = np.inf, FIRST_STEP, 0
    turn, again = 0, False
    share[:] = 0.0
    while True:
        bound = 0.0
        for i in range(n_demands):
            bound += weights[i] - current[i]
            if not again:
                way[i] = 0.5 * way[i] + 1.0
            else:
                way[i] = 1.0
        for j in range(n_sites):
            value = own[j]
            for k in range(site_at[j], site_at[j + 1]):
                value += current[site_demand[k]]
            if value > 0.0:
                bound += value
                for k in range(site_at[j], site_at[j + 1]):
                    way[site_demand[k]] -= 1.0
            worth[j] = value
            share[j] += ((1.0 if value > 0.0 else 0.0) - share[j]) / min(turn + 1, MEMORY)
        again = False
        turn += 1
        stalled = 0 if bound < best - 1e-7 * abs(bound) else stalled + 1
        if bound < best:
            best = bound
            dual[:] = current
        if best < enough or turn >= rounds:
            break
        if stalled >= PATIENCE:
            step *= 0.5
            stalled = 0
            if step < TINY_STEP:
                break
            current[:] = dual
            again = True
            continue
        size = 0.0
        for i in range(n_demands):
            if (way[i] > 0.0 and current[i] < weights[i]) or (way[i] < 0.0 and current[i] > 0.0):
                size += way[i] * way[i]
        if size == 0.0:
            break
        length = step * (bound - enough) / size
        for i in range(n_demands):
            current[i] = min(weights[i], max(0.0, current[i] + length * way[i]))
    for j in range(n_sites):
        worth[j] = own[j]
        for k in range(site_at[j], site_at[j + 1]):
            worth[j] += dual[site_demand[k]]
    return best


@compiled("float64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], boolean[::1])")
def add_drop(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, own: Floats, weights: Floats,
    opened: Bools,
) -> float:  # fmt: skip
    """Open and close single sites, in place, while that is worth it; returns what the open sites are worth."""
    n_sites = len(own)
    times = np.zeros(len(weights), np.int64)
    for j in range(n_sites):
        if opened[j]:
            for k in range(site_at[j], site_at[j + 1]):
                times[site_demand[k]] += 1
    unchanged, j = 0, -1
    while unchanged < n_sites:
        j = j + 1 if j + 1 < n_sites else 0
        unchanged += 1
        alone = 1 if opened[j] else 0
        worth = own[j]
        for k in range(site_at[j], site_at[j + 1]):
            if times[site_demand[k]] == alone:
                worth += weights[site_demand[k]]
        if (worth > 1e-9 and not opened[j]) or (worth < -1e-9 and opened[j]):
            opened[j] = not opened[j]
            unchanged = 0
            for k in range(site_at[j], site_at[j + 1]):
                times[site_demand[k]] += 1 if opened[j] else -1
    total = 0.0
    for j in range(n_sites):
        if opened[j]:
            total += own[j]
    for i in range(len(weights)):
        if times[i] > 0:
            total += weights[i]
    return total


@compiled("int64(int64[::1], int32[::1], int64, int64[::1])")
def label_parts(demand_at: Ints, demand_site: Ints32, n_sites: int, label: Ints) -> int:
    """Number the sites so that those that a chain of demands joins share a number; returns how many numbers."""
    for j in range(n_sites):
        label[j] = j
    for i in range(len(demand_at) - 1):
        a = demand_site[demand_at[i]]
        while label[a] != a:
            label[a] = label[label[a]]
            a = label[a]
        for k in range(demand_at[i] + 1, demand_at[i + 1]):
            b = demand_site[k]
            while label[b] != b:
                label[b] = label[label[b]]
                b = label[b]
            if a < b:
                label[b] = a
            elif b < a:
                label[a] = b
                a = b
    count = 0
    for j in range(n_sites):
        if label[j] == j:
            label[j] = -1 - count
            count += 1
        else:
            label[j] = label[label[j]]
    for j in range(n_sites):
        label[j] = -1 - label[j]
    return count


@compiled(
    "float64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64, float64, int64, "
    "boolean[::1], float64[::1], int64[::1])"
)
def solve_priced(
    demand_at: Ints, demand_site: Ints32, own: Floats, weights: Floats, dual: Floats, floor: float, slack: float,
    rounds: int, opened: Bools, out: Floats, nodes: Ints,
) -> float:  # fmt: skip
    """Sites of most worth: what they cover and their ``own``, which may be negative; recursive branch and bound.

    Only solutions above ``floor`` are looked for. ``opened`` is the best one found, its worth is returned (minus
    infinity without any), ``out[0]`` is a true bound if any solution is above ``floor``. ``nodes[0]`` counts down.
    """
    n_sites, n_demands = len(own), len(weights)
    site_at, site_demand = np.zeros(n_sites + 1, np.int64), np.empty(demand_at[-1], np.int32)
    by_site(demand_at, demand_site, n_sites, site_at, site_demand)
    nodes[0] -= 1
    share, worth = np.zeros(n_sites), np.zeros(n_sites)
    for j in range(n_sites):
        opened[j] = False
        worth[j] = own[j]
        for k in range(site_at[j], site_at[j + 1]):
            worth[j] += dual[site_demand[k]]
        opened[j] = worth[j] > 0.0
    value = add_drop(site_at, site_demand, demand_at, demand_site, own, weights, opened)
    floor = max(floor, value)
    bound = descend_priced(site_at, site_demand, own, weights, dual, floor + slack, rounds, share, worth)
    trial = share > 0.5
    other = add_drop(site_at, site_demand, demand_at, demand_site, own, weights, trial)
    if other > value:
        value = other
        opened[:] = trial
    trial = worth > 0.0
    other = add_drop(site_at, site_demand, demand_at, demand_site, own, weights, trial)
    if other > value:
        value = other
        opened[:] = trial
    floor = max(floor, value)
    out[0] = value if bound < value + slack else bound
    if bound < floor + slack or nodes[0] < 0:
        return value
    state = np.zeros(n_sites, np.int8)
    n_free, site = 0, -1
    for j in range(n_sites):
        if bound - abs(worth[j]) < floor + slack:
            state[j] = 1 if worth[j] > 0.0 else -1
        else:
            n_free += 1
            if site < 0 or abs(share[j] - 0.5) < abs(share[site] - 0.5):
                site = j
    out[0] = value if n_free == n_sites or floor <= value else floor + slack
    sides = 1 if n_free <= FEW * n_sites else 2
    to_at, to_site = np.empty(n_demands + 1, np.int64), np.empty(len(demand_site), np.int32)
    to_own, to_weights, to_dual = np.empty(n_sites + 1), np.empty(n_demands), np.empty(n_demands)
    number, label, place = np.empty(n_sites, np.int64), np.empty(n_sites, np.int64), np.empty(n_sites, np.int64)
    found = np.empty(1)
    for side in range(sides):
        if sides == 2:
            state[site] = 1 if (share[site] > 0.5) == (side == 0) else -1
        to_dual[:] = 0.0
        count = shrink(
            demand_at, demand_site, own, weights, dual, state, to_at, to_site, to_own, to_weights, to_dual, number
        )
        n_left = n_free if sides == 1 else n_free - 1
        n_parts = label_parts(to_at[: count + 1], to_site, n_left, label)
        part_worth, most, size, rows, entries = (
            to_own[:n_left].copy(), np.zeros(n_parts), np.zeros(n_parts, np.int64), np.zeros(n_parts, np.int64),
            np.zeros(n_parts, np.int64),
        )  # fmt: skip
        for i in range(count):
            part = label[to_site[to_at[i]]]
            most[part] += to_weights[i] - to_dual[i]
            rows[part] += 1
            entries[part] += to_at[i + 1] - to_at[i]
            for k in range(to_at[i], to_at[i + 1]):
                part_worth[to_site[k]] += to_dual[i]
        for j in range(n_left):
            most[label[j]] += max(0.0, part_worth[j])
            place[j] = size[label[j]]
            size[label[j]] += 1
        total = to_own[n_left]
        limit = total + most.sum()
        trial[:] = False
        for j in range(n_sites):
            trial[j] = state[j] == 1
        for part in range(n_parts):
            if limit < floor + slack * (1.0 + 1e-6):
                break
            at, sites = np.zeros(rows[part] + 1, np.int64), np.empty(entries[part], np.int32)
            part_own, part_weights, part_dual = np.empty(size[part]), np.empty(rows[part]), np.empty(rows[part])
            for j in range(n_left):
                if label[j] == part:
                    part_own[place[j]] = to_own[j]
            row = 0
            for i in range(count):
                if label[to_site[to_at[i]]] == part:
                    part_weights[row], part_dual[row] = to_weights[i], to_dual[i]
                    at[row + 1] = at[row]
                    for k in range(to_at[i], to_at[i + 1]):
                        sites[at[row + 1]] = place[to_site[k]]
                        at[row + 1] += 1
                    row += 1
            chosen = np.empty(size[part], np.bool_)
            total += solve_priced(
                at, sites, part_own, part_weights, part_dual, floor - limit + most[part], slack, rounds, chosen,
                found, nodes,
            )  # fmt: skip
            limit += min(0.0, found[0] - most[part])
            for j in range(n_sites):
                if number[j] >= 0 and label[number[j]] == part:
                    trial[j] = chosen[place[number[j]]]
        else:
            if total > value:
                value = total
                opened[:] = trial
                floor = max(floor, value)
        out[0] = max(out[0], limit)
    out[0] = min(bound, max(out[0], value))
    if out[0] < value + slack * (1.0 + 1e-6):
        out[0] = value
    return value


@compiled(
    "float64(int64[::1], int32[::1], int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], int64, "
    "float64, int64, boolean[::1])"
)
def polish(
    site_at: Ints, site_demand: Ints32, demand_at: Ints, demand_site: Ints32, own: Floats, weights: Floats,
    dual: Floats, window: int, slack: float, nodes: int, opened: Bools,
) -> float:  # fmt: skip
    """Choose neighbouring sites anew, ``window`` at a time, while the others stay (Shaw 1998); ``opened`` in place.

    Neighbours are the sites nearest by steps from site to site over shared demands. Returns the worth.
    """
    n_sites, n_demands = len(own), len(weights)
    value = add_drop(site_at, site_demand, demand_at, demand_site, own, weights, opened)
    done, met = np.zeros(n_sites, np.bool_), np.full(n_demands, -1)
    queue, state = np.empty(n_sites, np.int64), np.empty(n_sites, np.int8)
    to_at, to_site = np.empty(n_demands + 1, np.int64), np.empty(len(demand_site), np.int32)
    to_own, to_weights, to_dual = np.empty(n_sites + 1), np.empty(n_demands), np.empty(n_demands)
    number, found, left = np.empty(n_sites, np.int64), np.empty(1), np.empty(1, np.int64)
    for first in range(n_sites):
        if done[first]:
            continue
        for j in range(n_sites):
            state[j] = 1 if opened[j] else -1
        queue[0], size, looked = first, 1, 0
        state[first] = 0
        while looked < size < window:
            for k in range(site_at[queue[looked]], site_at[queue[looked] + 1]):
                i = site_demand[k]
                if met[i] == first:
                    continue
                met[i] = first
                for h in range(demand_at[i], demand_at[i + 1]):
                    if state[demand_site[h]] != 0 and size < window:
                        state[demand_site[h]] = 0
                        queue[size] = demand_site[h]
                        size += 1
            looked += 1
        for k in range(max(1, size // 4)):
            done[queue[k]] = True
        count = shrink(
            demand_at, demand_site, own, weights, dual, state, to_at, to_site, to_own, to_weights, to_dual, number
        )
        chosen = np.empty(size, np.bool_)
        left[0] = nodes
        better = to_own[size] + solve_priced(
            to_at[: count + 1], to_site, to_own[:size], to_weights[:count], to_dual[:count], value - to_own[size],
            slack, NODE_ROUNDS, chosen, found, left,
        )  # fmt: skip
        if better > value + 1e-9 * abs(value):
            value = better
            for k in range(size):
                opened[queue[k]] = chosen[number[queue[k]]]
    return value
