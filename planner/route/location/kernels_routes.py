"""Compiled listing of all routes of a depot whose reduced cost stays within a gap."""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled, inlined

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Words = NDArray[np.uint64]

FREE = -1


@inlined
def _spread(low: np.uint64, high: np.uint64, last: int) -> np.uint64:
    """A number for a set of customers and the last of them, well spread."""
    key = low * np.uint64(0x9E3779B97F4A7C15) ^ high * np.uint64(0xC2B2AE3D27D4EB4F)
    key ^= np.uint64(last + 1) * np.uint64(0x165667B19E3779F9)
    key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    return key ^ (key >> np.uint64(32))


@compiled(
    "int64(int64[:, ::1], int64[::1], int64[::1], int64[::1], int64, int64[:, ::1], int64, int64, uint64[::1], "
    "uint64[::1], int32[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1], int64[::1])"
)
def list_routes(
    legs: Ints, out: Ints, home: Ints, demand: Ints, capacity: int, to_go: Ints, far: int, gap: int, low: Words,
    high: Words, last: Ints32, load: Ints32, cost: Ints, before: Ints32, slots: Ints32, closed: Ints32,
    closed_cost: Ints,
) -> int:  # fmt: skip
    """List a depot's elementary routes of reduced cost at most ``gap``: the cheapest order for each set of customers.

    ``legs``, ``out``, ``home`` are reduced costs (prices and the price of load taken off on arrival, the vehicle's
    cost on leaving), ``far`` or more where no way leads; ``to_go[i, room]`` a lower bound on the rest of the way from i
    to the depot with so much capacity left. A label is a set (``low``, ``high``: bits of customers), its ``last``
    customer, ``load``, ``cost`` and the label ``before``. ``closed``: for each route listed, its label. Returns
    how many, or -1 when the arrays are too small.
    """
    n, most = len(demand), len(low)
    mask = np.uint64(len(slots) - 1)
    one = np.uint64(1)
    count, routes = 0, 0
    for i in range(n):
        if out[i] < far and demand[i] <= capacity and out[i] + to_go[i, capacity - demand[i]] <= gap:
            if count >= most:
                return -1
            low[count] = one << np.uint64(i) if i < 64 else np.uint64(0)
            high[count] = one << np.uint64(i - 64) if i >= 64 else np.uint64(0)
            last[count], load[count], cost[count], before[count] = i, demand[i], out[i], -1
            count += 1
    done = 0
    while done < count:
        i = last[done]
        for j in range(n):
            bit = one << np.uint64(j & 63)
            held = low[done] if j < 64 else high[done]
            if held & bit or legs[i, j] >= far:
                continue
            wider = load[done] + demand[j]
            if wider > capacity:
                continue
            longer = cost[done] + legs[i, j]
            if longer + to_go[j, capacity - wider] > gap:
                continue
            new_low = low[done] | bit if j < 64 else low[done]
            new_high = high[done] | bit if j >= 64 else high[done]
            slot = np.int64(_spread(new_low, new_high, j) & mask)
            while slots[slot] != FREE:
                other = slots[slot]
                if low[other] == new_low and high[other] == new_high and last[other] == j:
                    break
                slot = (slot + 1) & np.int64(mask)
            entry = int(slots[slot])
            if entry == FREE:
                if count >= most:
                    return -1
                entry = count
                slots[slot] = entry
                low[entry], high[entry], last[entry], load[entry] = new_low, new_high, j, wider
                count += 1
            elif cost[entry] <= longer:
                continue
            cost[entry] = longer
            before[entry] = done
        done += 1
    slots[:] = FREE
    for label in range(count):
        total = cost[label] + home[last[label]]
        if home[last[label]] >= far or total > gap:
            continue
        slot = np.int64(_spread(low[label], high[label], -1) & mask)
        while slots[slot] != FREE:
            other = closed[slots[slot]]
            if low[other] == low[label] and high[other] == high[label]:
                break
            slot = (slot + 1) & np.int64(mask)
        if slots[slot] == FREE:
            if routes >= len(closed):
                return -1
            slots[slot] = routes
            closed[routes], closed_cost[routes] = label, total
            routes += 1
        elif total < closed_cost[slots[slot]]:
            closed[slots[slot]], closed_cost[slots[slot]] = label, total
    return routes
