"""Compiled ruin and recreate for location-routing (SISR; Christiaens and Vanden Berghe 2020), several depots at once.

Nodes are numbered as in the distance matrix: depots from 0, then customers. A plan is held in rows: ``stops[r]`` the
customers of route r in order, ``length[r]`` how many (0: the row is free), ``home[r]`` its depot, ``load[r]``;
``where`` the row of each node, -1 for a customer that no route serves, which costs its ``penalty``.
``totals``: cost of the plan with penalties, cost of the best plan, customers not served in the best plan.
"""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled, inlined

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

MEAN_REMOVED = 6.0
"""Customers taken out in a round, on average. Published are 10; fewer make more rounds, which paid on short routes."""
LONGEST_STRING = 10.0
SPLIT_RATE = 0.5
DEEPEN_RATE = 0.01
BLINK_RATE = 0.01
TURN_RATE = 0.125
"""Share of rounds in which the routes touched are started anew at their best customer and depot."""
POOL_GAP = 1.01
"""Routes of plans within this factor of the best are kept for the choice among routes."""
FREE_SLOT = -1


@inlined
def _draw(state: Words) -> float:
    """The next number from 0 up to 1 (xorshift64*; Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled("int64(int64[:, ::1], int32[:, ::1], int32[::1], int32[::1], int64, int64)")
def route_cost(
    distance: Ints, stops: Ints32, length: Ints32, home: Ints32, row: int, vehicle_cost: int
) -> int:  # fmt: skip
    """Cost of one route, 0 for a free row."""
    count = length[row]
    if count == 0:
        return 0
    at = home[row]
    cost = int(vehicle_cost)
    for k in range(count):
        cost += int(distance[at, stops[row, k]])
        at = stops[row, k]
    return cost + int(distance[at, home[row]])


@compiled(
    "void(int32[:, ::1], int32[::1], int32[::1], int64, int64, uint64[::1], int32[::1], int64[::1], int64[:, ::1], "
    "uint64[::1], int32[::1], int64[::1])"
)
def keep_route(
    stops: Ints32, length: Ints32, home: Ints32, row: int, cost: int, marks: Words, pool_stops: Ints32, pool_at: Ints,
    pool_facts: Ints, pool_key: Words, pool_slots: Ints32, pool_count: Ints,
) -> None:  # fmt: skip
    """Put a route into the pool, or its order in place of a dearer one of the same customers and depot."""
    key = marks[home[row]]
    for k in range(length[row]):
        key ^= marks[stops[row, k]]
    mask = len(pool_slots) - 1
    slot = np.int64(key & np.uint64(mask))
    while pool_slots[slot] != FREE_SLOT and pool_key[pool_slots[slot]] != key:
        slot = (slot + 1) & mask
    entry = np.int64(pool_slots[slot])
    if entry == FREE_SLOT:
        entry = pool_count[0]
        if entry + 1 >= len(pool_at) or pool_count[1] + length[row] > len(pool_stops):
            return
        pool_slots[slot] = entry
        pool_key[entry] = key
        pool_count[0] += 1
        pool_count[1] += length[row]
        pool_at[entry + 1] = pool_count[1]
    elif pool_facts[entry, 0] <= cost:
        return
    pool_facts[entry, 0] = cost
    pool_facts[entry, 1] = home[row]
    for k in range(length[row]):
        pool_stops[pool_at[entry] + k] = stops[row, k]


@compiled(
    "void(uint64[::1], int32[::1], int64[::1], int64[:, ::1], int64, int32[::1], int64[::1], int64[:, ::1], "
    "uint64[::1], int32[::1], int64[::1])"
)
def merge_pools(
    marks: Words, from_stops: Ints32, from_at: Ints, from_facts: Ints, entries: int, pool_stops: Ints32, pool_at: Ints,
    pool_facts: Ints, pool_key: Words, pool_slots: Ints32, pool_count: Ints,
) -> None:  # fmt: skip
    """Put all routes of one pool into another."""
    longest = np.int64(1)
    for entry in range(entries):
        longest = max(longest, from_at[entry + 1] - from_at[entry])
    stops = np.empty((1, longest), np.int32)
    length, home = np.empty(1, np.int32), np.empty(1, np.int32)
    for entry in range(entries):
        length[0] = from_at[entry + 1] - from_at[entry]
        home[0] = from_facts[entry, 1]
        for k in range(length[0]):
            stops[0, k] = from_stops[from_at[entry] + k]
        keep_route(
            stops, length, home, 0, from_facts[entry, 0], marks, pool_stops, pool_at, pool_facts, pool_key, pool_slots,
            pool_count,
        )  # fmt: skip


@compiled(
    "void(int64[:, ::1], int64[::1], int64[::1], boolean[::1], int32[:, ::1], int32[::1], int32[::1], int64[::1], "
    "int64[::1], int64[::1], int64, int32[::1])"
)
def turn_route(
    distance: Ints, depot_cost: Ints, depot_capacity: Ints, allowed: Bools, stops: Ints32, length: Ints32,
    home: Ints32, load: Ints, depot_load: Ints, depot_routes: Ints, row: int, spare: Ints32,
) -> None:  # fmt: skip
    """Start a route's round trip at the depot and customer where it costs least; the order stays, cyclically."""
    count = length[row]
    old = home[row]
    last = stops[row, count - 1]
    closing = distance[last, stops[row, 0]]
    best = distance[old, stops[row, 0]] + distance[last, old]
    best_depot, best_start = int(old), 0
    if depot_routes[old] == 1:
        best += depot_cost[old]
    for depot in range(len(depot_cost)):
        if not allowed[depot]:
            continue
        opening = np.int64(0)
        if depot == old:
            if depot_routes[old] == 1:
                opening = depot_cost[old]
        else:
            if depot_load[depot] + load[row] > depot_capacity[depot]:
                continue
            if depot_routes[depot] == 0:
                opening = depot_cost[depot]
        for k in range(count):
            first = stops[row, k]
            if k == 0:
                cost = opening + distance[depot, first] + distance[last, depot]
            else:
                before = stops[row, k - 1]
                cost = opening + closing + distance[depot, first] + distance[before, depot] - distance[before, first]
            if cost < best:
                best, best_depot, best_start = cost, depot, k
    if best_start > 0:
        for k in range(count):
            spare[k] = stops[row, k]
        for k in range(count):
            stops[row, k] = spare[(k + best_start) % count]
    if best_depot != old:
        home[row] = best_depot
        depot_routes[old] -= 1
        depot_routes[best_depot] += 1
        depot_load[old] -= load[row]
        depot_load[best_depot] += load[row]


@compiled(
    "void(int64[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, int64, int64[::1], int64[::1], boolean[::1], "
    "int64[::1], int32[:, ::1], int32[::1], int32[::1], int64[::1], int32[::1], int64[::1], int64[::1], int64[::1], "
    "int32[:, ::1], int32[::1], int32[::1], float64, float64, int64, uint64[::1], uint64[::1], int32[::1], int64[::1], "
    "int64[:, ::1], uint64[::1], int32[::1], int64[::1])"
)
def anneal(
    distance: Ints, near: Ints32, away: Ints, demand: Ints, vehicle_capacity: int, vehicle_cost: int, depot_cost: Ints,
    depot_capacity: Ints, allowed: Bools, penalty: Ints, stops: Ints32, length: Ints32, home: Ints32, load: Ints,
    where: Ints32, depot_load: Ints, depot_routes: Ints, totals: Ints, best_stops: Ints32, best_length: Ints32,
    best_home: Ints32, heat: float, cooling: float, rounds: int, random: Words, marks: Words, pool_stops: Ints32,
    pool_at: Ints, pool_facts: Ints, pool_key: Words, pool_slots: Ints32, pool_count: Ints,
) -> None:  # fmt: skip
    """Ruin and recreate the plan ``rounds`` times, worse plans accepted by simulated annealing.

    ``heat`` is the temperature, multiplied by ``cooling`` after every round. Each round takes strings of customers
    out of neighbouring routes and puts them back one by one where they cost least among ``allowed`` depots.
    """
    n_depots, n = len(depot_cost), near.shape[0]
    n_rows, width = stops.shape
    old_stops = np.empty((n_rows, width), np.int32)
    old_length, old_home = np.empty(n_rows, np.int32), np.empty(n_rows, np.int32)
    old_depot_load, old_depot_routes = np.empty(n_depots, np.int64), np.empty(n_depots, np.int64)
    touched, n_touched = np.empty(n_rows, np.int64), 0
    stamp = np.full(n_rows, -1, np.int64)
    ruined = np.full(n_rows, -1, np.int64)
    out, n_out = np.empty(n, np.int64), 0
    keys = np.empty(n, np.float64)
    spare = np.empty(width, np.int32)
    used_rows = 0
    for row in range(n_rows):
        if length[row] > 0:
            used_rows = row + 1
    for c in range(n_depots, n_depots + n):
        if where[c] < 0:
            out[n_out] = c
            n_out += 1
    blink_in = int(np.log(1.0 - _draw(random)) / np.log(1.0 - BLINK_RATE))
    for step in range(rounds):
        n_routes = 0
        for d in range(n_depots):
            old_depot_load[d] = depot_load[d]
            old_depot_routes[d] = depot_routes[d]
            n_routes += depot_routes[d]
        first_out = n_out
        n_touched = 0
        change = np.int64(0)
        # --- ruin: strings around a seed customer
        mean_length = (n - n_out) / max(1, n_routes)
        longest = min(LONGEST_STRING, mean_length)
        most_strings = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
        strings = int(_draw(random) * most_strings + 1.0)
        seed = int(_draw(random) * n)
        cut = 0
        for k in range(-1, near.shape[1]):
            if cut >= strings:
                break
            c = n_depots + seed if k < 0 else near[seed, k]
            row = where[c]
            if row < 0 or ruined[row] == step:
                continue
            ruined[row] = step
            cut += 1
            count = length[row]
            if stamp[row] != step:
                stamp[row] = step
                touched[n_touched] = row
                n_touched += 1
                old_length[row] = count
                old_home[row] = home[row]
                for j in range(count):
                    old_stops[row, j] = stops[row, j]
                change -= route_cost(distance, stops, length, home, row, vehicle_cost)
            take = int(_draw(random) * min(float(count), longest) + 1.0)
            take = min(take, count)
            kept = 0
            if take > 1 and take < count and _draw(random) < SPLIT_RATE:
                kept = 1
                while take + kept < count and _draw(random) < DEEPEN_RATE:
                    kept += 1
            position = 0
            while stops[row, position] != c:
                position += 1
            span = take + kept
            low, high = max(0, position - span + 1), min(position, count - span)
            start = low + int(_draw(random) * (high - low + 1))
            hold = start + span
            if kept > 0:
                hold = start + int(_draw(random) * (take + 1))
            left = start
            for j in range(start, count):
                node = stops[row, j]
                if j < start + span and not hold <= j < hold + kept:
                    out[n_out] = node
                    n_out += 1
                    where[node] = -1
                    load[row] -= demand[node]
                    depot_load[home[row]] -= demand[node]
                else:
                    stops[row, left] = node
                    left += 1
            length[row] = left
            if left == 0:
                depot_routes[home[row]] -= 1
        for k in range(first_out):
            change -= penalty[out[k]]
        # --- order in which the customers come back
        lot = int(_draw(random) * 11.0)
        for k in range(n_out):
            node = out[k]
            if lot < 4:
                keys[k] = _draw(random)
            elif lot < 8:
                keys[k] = -float(demand[node])
            elif lot < 10:
                keys[k] = -float(away[node])
            else:
                keys[k] = float(away[node])
        for k in range(1, n_out):
            node, key = out[k], keys[k]
            j = k - 1
            while j >= 0 and keys[j] > key:
                out[j + 1], keys[j + 1] = out[j], keys[j]
                j -= 1
            out[j + 1], keys[j + 1] = node, key
        # --- recreate: each where it costs least, with blinks
        back = 0
        for k in range(n_out):
            c = out[k]
            wanted = demand[c]
            least = np.int64(4_000_000_000_000_000_000)
            best_row, best_position = -1, -1
            for row in range(used_rows):
                count = length[row]
                base = home[row]
                if count == 0 or load[row] + wanted > vehicle_capacity:
                    continue
                if depot_load[base] + wanted > depot_capacity[base]:
                    continue
                before = base
                for j in range(count + 1):
                    after = stops[row, j] if j < count else base
                    if blink_in == 0:
                        blink_in = int(np.log(1.0 - _draw(random)) / np.log(1.0 - BLINK_RATE))
                    else:
                        blink_in -= 1
                        cost = distance[before, c] + distance[c, after] - distance[before, after]
                        if cost < least:
                            least, best_row, best_position = cost, row, j
                    before = after
            best_depot = -1
            for depot in range(n_depots):
                if not allowed[depot] or depot_load[depot] + wanted > depot_capacity[depot]:
                    continue
                cost = vehicle_cost + distance[depot, c] + distance[c, depot]
                if depot_routes[depot] == 0:
                    cost += depot_cost[depot]
                if cost < least:
                    least, best_depot = cost, depot
            if best_depot >= 0:
                best_row, best_position = 0, 0
                while length[best_row] > 0:
                    best_row += 1
            elif best_row < 0:
                out[back] = c
                back += 1
                change += penalty[c]
                continue
            if stamp[best_row] != step:
                stamp[best_row] = step
                touched[n_touched] = best_row
                n_touched += 1
                old_length[best_row] = length[best_row]
                old_home[best_row] = home[best_row]
                for j in range(length[best_row]):
                    old_stops[best_row, j] = stops[best_row, j]
                change -= route_cost(distance, stops, length, home, best_row, vehicle_cost)
            if best_depot >= 0:
                home[best_row] = best_depot
                load[best_row] = 0
                depot_routes[best_depot] += 1
                used_rows = max(used_rows, best_row + 1)
            for j in range(length[best_row], best_position, -1):
                stops[best_row, j] = stops[best_row, j - 1]
            stops[best_row, best_position] = c
            length[best_row] += 1
            load[best_row] += wanted
            depot_load[home[best_row]] += wanted
            where[c] = best_row
        n_out = back
        if _draw(random) < TURN_RATE:
            for k in range(n_touched):
                if length[touched[k]] > 0:
                    turn_route(
                        distance, depot_cost, depot_capacity, allowed, stops, length, home, load, depot_load,
                        depot_routes, touched[k], spare,
                    )  # fmt: skip
        for k in range(n_touched):
            change += route_cost(distance, stops, length, home, touched[k], vehicle_cost)
        for d in range(n_depots):
            if depot_routes[d] > 0 and old_depot_routes[d] == 0:
                change += depot_cost[d]
            elif depot_routes[d] == 0 and old_depot_routes[d] > 0:
                change -= depot_cost[d]
        # --- accept, or put the old routes back
        if change < -heat * np.log(1.0 - _draw(random) + 1e-300):
            totals[0] += change
            if totals[0] < totals[1]:
                totals[1] = totals[0]
                totals[2] = n_out
                for row in range(n_rows):
                    best_length[row] = length[row]
                    best_home[row] = home[row]
                    for j in range(length[row]):
                        best_stops[row, j] = stops[row, j]
            if change != 0 and totals[0] < POOL_GAP * totals[1]:
                for k in range(n_touched):
                    row = touched[k]
                    if length[row] > 0:
                        cost = route_cost(distance, stops, length, home, row, vehicle_cost)
                        keep_route(
                            stops, length, home, row, cost, marks, pool_stops, pool_at, pool_facts, pool_key,
                            pool_slots, pool_count,
                        )  # fmt: skip
        else:
            for k in range(n_touched):
                row = touched[k]
                for j in range(length[row]):
                    where[stops[row, j]] = -1
            for k in range(n_touched):
                row = touched[k]
                length[row] = old_length[row]
                home[row] = old_home[row]
                load[row] = 0
                for j in range(old_length[row]):
                    node = old_stops[row, j]
                    stops[row, j] = node
                    where[node] = row
                    load[row] += demand[node]
            for d in range(n_depots):
                depot_load[d] = old_depot_load[d]
                depot_routes[d] = old_depot_routes[d]
            n_out = 0
            if first_out > 0 or back > 0:
                for c in range(n_depots, n_depots + n):
                    if where[c] < 0:
                        out[n_out] = c
                        n_out += 1
        heat *= cooling
