"""A day's routes guessed in a moment: compiled, for the search over ways to tell hopeful choices from hopeless ones.

Trips by savings (Clarke and Wright 1964, doi:10.1287/opre.12.4.568), packed into shifts by decreasing time. No rule of
a plan rests on it.
"""

# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 (compiled loops take flat arrays by position and call nothing, for speed)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_WAY = 1e12
NEIGHBOURS = 24
"""Each stop is joined only with so many of the stops nearest to it."""


@compiled(
    "float64(int64[:,::1], int64[:,::1], int64[::1], int64[::1], int64[::1], "
    "int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64, int64, int64)"
)
def guess_day(
    metres: Ints, seconds: Ints, delivery: Ints, pickup: Ints, service: Ints,
    capacity: Ints, fixed: Floats, per_m: Floats, per_s: Floats, range_m: Ints,
    shift_s: int, reload_s: int, max_trips: int,
) -> float:  # fmt: skip
    """About what one day costs on which every stop (1 …), all within reach, is visited from the depot (0).

    ``capacity`` … ``range_m`` (−1 for no limit) are by vehicle type, at least one; ``max_trips`` 0 is no limit.
    `NO_WAY` is added for a trip that no vehicle can make.
    """
    n = len(delivery)
    big = 0
    for kind in range(len(capacity)):
        if capacity[kind] > capacity[big]:
            big = kind
    room = capacity[big]
    rate = per_s[big] + fixed[big] / shift_s
    price = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if metres[i, j] < 0:
                price[i, j] = np.inf
            else:
                price[i, j] = per_m[big] * metres[i, j] + rate * seconds[i, j]
    most = n
    for i in range(1, n):
        most += max(delivery[i], pickup[i]) // room
    trip_m = np.zeros(most)
    trip_s = np.zeros(most)
    trip_load = np.zeros(most, np.int64)
    n_trips = 0
    out = delivery.copy()
    home = pickup.copy()
    stay = service.copy()
    for i in range(1, n):  # full loads drive alone
        larger = max(delivery[i], pickup[i])
        full = max(0, -(-larger // room) - 1)
        for _ in range(full):
            took = service[i] * room / larger
            trip_m[n_trips] = metres[0, i] + metres[i, 0]
            trip_s[n_trips] = seconds[0, i] + seconds[i, 0] + took
            trip_load[n_trips] = room
            n_trips += 1
            stay[i] -= int(took)
        out[i] = max(0, delivery[i] - full * room)
        home[i] = max(0, pickup[i] - full * room)
    near = min(NEIGHBOURS, n - 1)
    saving = np.empty((n - 1) * near)
    first = np.empty((n - 1) * near, np.int64)
    second = np.empty((n - 1) * near, np.int64)
    pairs = 0
    for i in range(1, n):
        order = np.argsort(price[i, 1:])
        for rank in range(near):
            j = order[rank] + 1
            if j != i and price[i, j] < np.inf:
                gain = price[i, 0] + price[0, j] - price[i, j]
                if gain > 0:
                    saving[pairs] = gain
                    first[pairs] = i
                    second[pairs] = j
                    pairs += 1
    trip = np.arange(n)
    starts = np.arange(n)
    ends = np.arange(n)
    length = np.zeros(n)
    time = np.zeros(n)
    for i in range(1, n):
        length[i] = metres[0, i] + metres[i, 0]
        time[i] = seconds[0, i] + seconds[i, 0] + stay[i]
    for k in np.argsort(-saving[:pairs]):
        i, j = first[k], second[k]
        a, b = trip[i], trip[j]
        if a == b or ends[a] != i or starts[b] != j:
            continue
        if out[a] + out[b] > room or home[a] + home[b] > room:
            continue
        joined_s = time[a] + time[b] - seconds[i, 0] - seconds[0, j] + seconds[i, j]
        joined_m = length[a] + length[b] - metres[i, 0] - metres[0, j] + metres[i, j]
        if joined_s > shift_s or (range_m[big] >= 0 and joined_m > range_m[big]):
            continue
        time[a] = joined_s
        length[a] = joined_m
        out[a] += out[b]
        home[a] += home[b]
        ends[a] = ends[b]
        for m in range(1, n):
            if trip[m] == b:
                trip[m] = a
        starts[b] = -1
    for i in range(1, n):
        if trip[i] == i:
            trip_m[n_trips] = length[i]
            trip_s[n_trips] = time[i]
            trip_load[n_trips] = max(out[i], home[i])
            n_trips += 1
    shift_kind = np.empty(n_trips, np.int64)
    shift_left = np.empty(n_trips)
    shift_m = np.zeros(n_trips)
    shift_trips = np.zeros(n_trips, np.int64)
    n_shifts = 0
    total = 0.0
    for k in np.argsort(-trip_s[:n_trips]):
        chosen = -1
        least = np.inf
        for kind in range(len(capacity)):
            reach = range_m[kind] < 0 or trip_m[k] <= range_m[kind]
            if trip_load[k] <= capacity[kind] and trip_s[k] <= shift_s and reach:
                cost = fixed[kind] + per_m[kind] * trip_m[k] + per_s[kind] * trip_s[k]
                if cost < least:
                    least = cost
                    chosen = -1 - kind
        for s in range(n_shifts):
            kind = shift_kind[s]
            reach = range_m[kind] < 0 or shift_m[s] + trip_m[k] <= range_m[kind]
            fits = trip_s[k] + reload_s <= shift_left[s] and trip_load[k] <= capacity[kind]
            if fits and reach and (max_trips == 0 or shift_trips[s] < max_trips):
                cost = per_m[kind] * trip_m[k] + per_s[kind] * (trip_s[k] + reload_s)
                cost += 1e-6 * (shift_left[s] - trip_s[k])  # the tightest fit among equals
                if cost < least:
                    least = cost
                    chosen = s + 1
        if least == np.inf:
            total += NO_WAY
            continue
        total += least
        if chosen < 0:
            shift_kind[n_shifts] = -1 - chosen
            shift_left[n_shifts] = shift_s - trip_s[k]
            shift_m[n_shifts] = trip_m[k]
            shift_trips[n_shifts] = 1
            n_shifts += 1
        else:
            s = chosen - 1
            shift_left[s] -= trip_s[k] + reload_s
            shift_m[s] += trip_m[k]
            shift_trips[s] += 1
    return total
