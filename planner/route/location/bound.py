"""A lower bound on the cost of every plan: set partitioning relaxed, columns generated, for all sets of depots.

For any prices u_i of the customers (free) and σ ≥ 0 of a route, let t_d be the least reduced cost
c_r − Σ_{i in r} u_i − σ per unit of load over the routes of depot d, at most 0. The routes of a plan that opens the
depots S carry all demand Q between them, each depot at most K_d of it, and are at least R = ⌈Q / vehicle⌉; so

    cost ≥ Σ_i u_i + σ R + Σ_{d in S} f_d + min {Σ_d t_d w_d : Σ_{d in S} w_d = Q, 0 ≤ w_d ≤ K_d}.

The bound is the least over all sets S that are large enough (where they can be listed; else over shares of depots).
Prices come from the linear relaxation for one set S, smoothed (Wentges 1997); when that has converged, the set with the
least bound is next, until the least bound is that of a set already dealt with, or no less than the best plan.
All sums are made in whole numbers, so that no tolerance of the linear solver can make the bound too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.columns import Master, Pricing, Scaled
from planner.route.location.plan import Ground, Pool, Routes
from planner.route.location.search import Clock
from planner.route.problem import IntArray

MOST_LISTED_DEPOTS: Final = 13
FRACTIONS: Final = 64
"""Prices of load are rounded down to such parts of the prices' unit."""
MOST_STATES: Final = 3_000_000
MEMORY: Final = (3, 7)
"""Neighbours that a customer makes paths remember, in the first and in the second pass."""
ROUNDS: Final = 60
"""Prices tried without a time limit."""
SMOOTH: Final = 0.5

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def lower_bound(ground: Ground, pool: Pool, routes: Routes, cost: int, clock: Clock) -> int:
    """A true lower bound on every plan's cost, at most ``cost`` (that of the plan ``routes``)."""
    task = Scaled.of(ground, cost)
    if task is None:
        return 0
    relaxation = _Relaxation.of(task)
    rounds = ROUNDS if clock.limit_s is None else 10**9
    for bits in MEMORY:
        rounds -= relaxation.improve(pool, routes, bits, rounds if bits == MEMORY[-1] else rounds // 2, clock)
    return min(cost, max(0, task.shrink * -(-relaxation.bound // task.scale)))


@dataclass(slots=True, eq=False)
class _Relaxation:
    """Bounds of all ``sets`` of depots (in scaled costs), and the least of them."""

    task: Scaled
    sets: Bools | None
    bounds: IntArray
    bound: int = 0

    @classmethod
    def of(cls, task: Scaled) -> _Relaxation:
        few = task.depot_capacity.size <= MOST_LISTED_DEPOTS
        sets = _large_enough(task.depot_capacity, task.load) if few else None
        return cls(task, sets, np.zeros(0 if sets is None else len(sets), np.int64))

    def improve(self, pool: Pool, routes: Routes, bits: int, rounds: int, clock: Clock) -> int:
        """Raise the bound with routes that remember ``bits`` neighbours; rounds made."""
        task, n = self.task, self.task.kept.size
        while bits > 0 and (task.capacity + 1) * n * 2**bits > MOST_STATES:
            bits -= 1
        pricing = Pricing(task, min(bits, n - 1))
        master = Master(task, pool, routes)
        chosen = np.zeros(task.depot_capacity.size, np.bool_)
        chosen[[depot for depot, _ in routes]] = True
        done: set[bytes] = set()
        centre: Floats | None = None
        best = -1
        for number in range(rounds):
            left_s = clock.left_s()
            if left_s is not None and left_s <= 0:
                return number
            solved = master.solve(chosen, left_s)
            if solved is None:
                return number
            prices, loads, route = solved
            wanted = np.concatenate([prices, [route]])
            point = wanted if centre is None else SMOOTH * centre + (1 - SMOOTH) * wanted
            reached, added = self._try(pricing, master, point, loads, chosen)
            if reached > best:
                best, centre = reached, point
            if added == 0 and point is not wanted:
                reached, added = self._try(pricing, master, wanted, loads, chosen)
                if reached > best:
                    best, centre = reached, wanted
            if self.bound >= (task.known_cost - 1) * task.scale + 1:
                return number + 1
            if added == 0:
                done.add(chosen.tobytes())
                least = None if self.sets is None else self.sets[int(np.argmin(self.bounds))]
                if least is None or least.tobytes() in done:
                    return number + 1
                chosen, centre, best = least.copy(), None, -1
        return rounds

    def _try(self, pricing: Pricing, master: Master, point: Floats, loads: Floats, chosen: Bools) -> tuple[int, int]:
        """Price at ``point``; the bound of the set ``chosen``, and how many routes were new and worth adding."""
        task = self.task
        prices = np.floor(point[:-1] * task.scale).astype(np.int64)
        route = int(max(0.0, np.floor(point[-1] * task.scale)))
        added = 0
        ratios = []
        for depot in range(chosen.size):
            rate, columns = pricing.depot(depot, prices, route, float(loads[depot]) * task.scale)
            ratios.append(rate)
            if chosen[depot]:
                added += master.add(depot, columns)
        base = int(prices.sum()) + route * task.fewest_routes
        return self._record(base, ratios, chosen), added

    def _record(self, base: int, ratios: list[tuple[int, int]], chosen: Bools) -> int:
        """Bounds of all sets at these prices; that of ``chosen``."""
        task = self.task
        if self.sets is None:
            self.bound = max(self.bound, base + self._shares(ratios))
            return self.bound
        rate = np.array([FRACTIONS * ratio[0] // ratio[1] for ratio in ratios], dtype=np.int64)
        order = np.argsort(rate, kind="stable")
        room = self.sets[:, order] * task.depot_capacity[order]
        before = np.cumsum(room, axis=1) - room
        load = np.clip(task.load - before, 0, room)
        totals = base + self.sets @ task.depot_cost + (rate[order] * load).sum(axis=1) // FRACTIONS
        np.maximum(self.bounds, totals, out=self.bounds)
        self.bound = int(self.bounds.min())
        return int(totals[(self.sets == chosen).all(axis=1)][0])

    def _shares(self, ratios: list[tuple[int, int]]) -> int:
        """Cheapest shares of depots that hold the demand, each at its cost and load price per unit; rounded down."""
        task, rates = self.task, []
        for depot, capacity in enumerate(task.depot_capacity.tolist()):
            if capacity > 0:
                rate, load = ratios[depot]
                rates.append((int(task.depot_cost[depot]) // capacity + rate // load, capacity))
        left, total = task.load, 0
        for rate, capacity in sorted(rates):
            load = min(left, capacity)
            total += rate * load
            left -= load
        return total


def _large_enough(capacity: IntArray, total: int) -> Bools:
    """All sets of depots that hold the demand, as rows."""
    m = capacity.size
    sets = (np.arange(1, 2**m)[:, None] >> np.arange(m) & 1).astype(np.bool_)
    return np.ascontiguousarray(sets[sets @ capacity >= total])
