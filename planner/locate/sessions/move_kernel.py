"""Compiled local search on (L4): open sites are exchanged for closed ones nearby while that brings villages nearer."""

# ruff: noqa: PLR0911, SIM110, PLR0917, PLR0912, C901 (compiled functions take flat arrays by position; one pass)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled(
    "float64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64, int64, boolean[::1], int64[::1], int64[::1])"
)
def try_exchange(
    by_village: Ints, site: Ints, length: Floats, by_site: Ints, village: Ints, length_at: Floats,
    demand: Ints, capacity: Ints, tier: Ints, station: Ints, load: Ints, leaving: int, coming: int,
    moved: Bools, target: Ints, room: Ints,
) -> float:  # fmt: skip
    """Person-metres saved when ``coming`` opens at the tier of ``leaving``, which closes; -inf when somebody is lost.

    ``target`` gets the new station of the villages marked in ``moved``.
    """
    n_villages = len(station)
    saved = 0.0
    for i in range(n_villages):
        moved[i] = False
    for j in range(len(tier)):
        room[j] = capacity[tier[j]] - load[j] if tier[j] > 0 else 0
    room[leaving] = 0
    room[coming] = capacity[tier[leaving]]
    # villages of the site that closes: nearest with room
    for e in range(by_site[leaving], by_site[leaving + 1]):
        i = village[e]
        if station[i] != leaving:
            continue
        best, at = np.inf, -1
        for f in range(by_village[i], by_village[i + 1]):
            j = site[f]
            if (j == coming or (tier[j] > 0 and j != leaving)) and demand[i] <= room[j] and length[f] < best:
                best, at = length[f], j
        if at < 0:
            return -np.inf
        room[at] -= demand[i]
        saved += length_at[e] - best
        moved[i] = True
        target[i] = at
    # others that the new site is nearer to
    for e in range(by_site[coming], by_site[coming + 1]):
        i = village[e]
        if station[i] < 0 or station[i] == leaving or demand[i] > room[coming]:
            continue
        now = np.inf
        for f in range(by_village[i], by_village[i + 1]):
            if site[f] == station[i]:
                now = length[f]
        if length_at[e] < now:
            saved += now - length_at[e]
            room[coming] -= demand[i]
            moved[i] = True
            target[i] = coming
    return saved


@compiled("boolean(int64[::1], boolean[:,::1], boolean[:,::1], int64[::1], int64, int64)")
def fits_in(tier: Ints, reach: Bools, far_reach: Bools, unit: Ints, leaving: int, coming: int) -> bool:
    """Whether all have a possible parent, and no unit two sites, when ``coming`` takes the place of ``leaving``."""
    n_sites, t = len(tier), tier[leaving]
    if unit[coming] >= 0 and unit[coming] != unit[leaving]:
        for other in range(n_sites):
            if tier[other] > 0 and unit[other] == unit[coming]:
                return False
    if t == 1:
        for s in range(n_sites):
            if tier[s] >= 2 and reach[s, coming]:
                return True
        return False
    for s in range(n_sites):
        if t == 2 and tier[s] == 3 and not far_reach[s, coming]:
            return False
        if t == 3 and tier[s] == 2 and not far_reach[coming, s]:
            return False
        if tier[s] == 1 and reach[leaving, s] and not reach[coming, s]:
            supplied = False
            for other in range(n_sites):
                if tier[other] >= 2 and other != leaving and reach[other, s]:
                    supplied = True
                    break
            if not supplied:
                return False
    return True


@compiled(
    "int64(int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[:,::1], int64[:,::1], int64, int64, boolean[:,::1], boolean[:,::1], int64[::1],"
    " int64[::1], int64[::1], boolean[:,::1], int64)"
)
def exchange(
    by_village: Ints, site: Ints, length: Floats, by_site: Ints, village: Ints, length_at: Floats,
    demand: Ints, capacity: Ints, tier: Ints, station: Ints, cost: NDArray[np.int64], capex: NDArray[np.int64],
    cost_room: int, capex_room: int, may_open: Bools, reach: Bools, least_tier: Ints, unit: Ints, township: Ints,
    far_reach: Bools, sweeps: int,
) -> int:  # fmt: skip
    """Exchange (or add) sites while person-metres fall; ``tier`` and ``station`` are changed. Returns the exchanges.

    ``by_village`` and ``by_site`` list the pairs both ways. ``capacity`` is by tier, 0 for closed. Money that may be
    spent beyond today's network: ``cost_room`` a year, ``capex_room`` at once. ``reach[k, j]``: station ``k`` could
    supply point ``j``; ``far_reach[k, j]``: as centre it could supply station ``j``. ``unit`` and ``township`` are -1
    where they do not count. Stations and the centre stay in their township.
    """
    n_sites, n_villages = len(tier), len(station)
    moved = np.zeros(n_villages, np.bool_)
    target = np.zeros(n_villages, np.int64)
    room = np.zeros(n_sites, np.int64)
    load = np.zeros(n_sites, np.int64)
    touched = np.zeros(n_sites, np.bool_)
    for i in range(n_villages):
        if station[i] >= 0:
            load[station[i]] += demand[i]
    exchanges = 0
    for _ in range(sweeps):
        before = exchanges
        for j in range(n_sites):
            t = tier[j]
            if t == 0 or least_tier[j] > 0:
                continue
            best, best_k = 1e-6, -1
            for k in range(n_sites):
                touched[k] = t >= 2 and tier[k] == 0 and township[k] == township[j]
            for e in range(by_site[j], by_site[j + 1]):
                i = village[e]
                for f in range(by_village[i], by_village[i + 1]):
                    k = site[f]
                    touched[k] = tier[k] == 0 and (t == 1 or township[k] == township[j])
            for k in range(n_sites):
                if not touched[k] or not may_open[k, t - 1]:
                    continue
                if cost[k, t - 1] - cost[j, t - 1] > cost_room or capex[k, t - 1] - capex[j, t - 1] > capex_room:
                    continue
                if not fits_in(tier, reach, far_reach, unit, j, k):
                    continue
                saved = try_exchange(
                    by_village,
                    site,
                    length,
                    by_site,
                    village,
                    length_at,
                    demand,
                    capacity,
                    tier,
                    station,
                    load,
                    j,
                    k,
                    moved,
                    target,
                    room,
                )
                if saved > best:
                    best, best_k = saved, k
            if best_k < 0:
                continue
            try_exchange(
                by_village,
                site,
                length,
                by_site,
                village,
                length_at,
                demand,
                capacity,
                tier,
                station,
                load,
                j,
                best_k,
                moved,
                target,
                room,
            )
            for i in range(n_villages):
                if moved[i]:
                    load[station[i]] -= demand[i]
                    load[target[i]] += demand[i]
                    station[i] = target[i]
            tier[best_k], tier[j] = t, 0
            cost_room -= cost[best_k, t - 1] - cost[j, t - 1]
            capex_room -= capex[best_k, t - 1] - capex[j, t - 1]
            exchanges += 1
        if exchanges == before:
            break
    return exchanges
