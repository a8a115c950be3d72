"""A lower bound on the cost of every plan: set partitioning relaxed, columns generated, for all sets of depots.

For any prices u_i of the customers (free) and σ ≥ 0 of a route, let t_d be the least reduced cost
c_r − Σ_{i in r} u_i − σ per unit of load over the routes of depot d, at most 0. The routes of a plan that opens the
depots S carry all demand Q between them, each depot at most K_d of it, and are at least R = ⌈Q / vehicle⌉; so

    cost ≥ Σ_i u_i + σ R + Σ_{d in S} f_d + min {Σ_d t_d w_d : Σ_{d in S} w_d = Q, 0 ≤ w_d ≤ K_d}.

The bound is the least over all sets S that are large enough (where they can be listed; else over shares of depots).
Prices come from the linear relaxation, first with depots open in part, then for one set S, smoothed (Wentges 1997);
when that has converged, the set with the least bound is next, until the least bound is that of a set already dealt
with, or no less than the best plan.
All sums are made in whole numbers, so that no tolerance of the linear solver can make the bound too high.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.columns import FRACTIONS, Master, Pricing, Scaled
from planner.route.location.plan import Ground, Pool, Routes
from planner.route.location.problem import LocationRoutingProblem
from planner.route.location.search import Clock
from planner.route.problem import IntArray

MOST_LISTED_DEPOTS: Final = 13
MOST_STATES: Final = 3_000_000
MEMORY: Final = (3, 7)
"""Neighbours that a customer makes paths remember, in the first and in the second pass."""
ROUNDS: Final = 120
"""Prices tried without a time limit."""
UNIT: Final = 2**20
"""Parts of a cost in which the quick bound divides depots' costs by their capacities, rounded down."""
SMOOTH: Final = 0.5
NEAR: Final = 1e-4
"""A set of depots is left when its bound is within this share of what its columns could give at most."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def first_bound(ground: Ground) -> int:
    """A quick true bound: the cheapest leg into and out of each customer, as many routes and depots as loads need.

    Every leg counts half at each of its ends; depots may be open in part, but one is open in whole.
    """
    problem = ground.problem
    m, load = problem.n_depots, int(problem.demand.sum())
    legs = ground.distance.copy()
    np.fill_diagonal(legs, ground.missing)
    into, out_of = legs[:, m:].min(axis=0).tolist(), legs[m:].min(axis=1).tolist()
    routes = max(1, -(-load // max(1, problem.vehicle_capacity)))
    ends = int(legs[:m, m:].min()) + int(legs[m:, :m].min())
    halves = sum(into) + sum(out_of) + routes * ends
    left, opening = load, 0
    rates = sorted((cost * UNIT // room, room) for cost, room in zip(*_open(problem), strict=True))
    for rate, room in rates:
        opening += rate * min(left, room)
        left -= min(left, room)
    opening = max(opening // UNIT, int(problem.depot_cost.min()))
    return int(opening + routes * problem.vehicle_cost - (-halves // 2))


def _open(problem: LocationRoutingProblem) -> tuple[list[int], list[int]]:
    """Costs and capacities of the depots that hold something."""
    some = problem.depot_capacity > 0
    return problem.depot_cost[some].tolist(), problem.depot_capacity[some].tolist()


def relax(ground: Ground, pool: Pool, routes: Routes, cost: int, clock: Clock) -> Relaxation | None:
    """The relaxation below a plan, its bound raised until the work or the time is used up; None: nobody has a load."""
    task = Scaled.of(ground, cost)
    if task is None:
        return None
    relaxation = Relaxation.of(task)
    rounds = ROUNDS if clock.limit_s is None else 10**9
    for bits in MEMORY:
        rounds -= relaxation.improve(pool, routes, bits, rounds if bits == MEMORY[-1] else rounds // 2, clock)
    return relaxation


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """Whole prices of customers and of a route, and the price of load at each depot in 1/`FRACTIONS`."""

    prices: IntArray
    route: int
    rates: IntArray


@dataclass(slots=True, eq=False)
class Relaxation:
    """Bounds of all ``sets`` of depots (in scaled costs), the prices that gave each, and the least of the bounds."""

    task: Scaled
    sets: Bools | None
    bounds: IntArray
    source: IntArray
    tried: list[Tried] = field(default_factory=list)
    bound: int = 0
    memory: int = 0

    @classmethod
    def of(cls, task: Scaled) -> Relaxation:
        """Nothing known yet."""
        few = task.depot_capacity.size <= MOST_LISTED_DEPOTS
        sets = _large_enough(task.depot_capacity, task.load) if few else None
        count = 0 if sets is None else len(sets)
        return cls(task, sets, np.zeros(count, np.int64), np.full(count, -1))

    @property
    def cost_bound(self) -> int:
        """The bound as a cost of plans."""
        return max(0, self.task.shrink * -(-self.bound // self.task.scale))

    @property
    def proven(self) -> bool:
        """Whether no plan is cheaper than the one known."""
        return self.bound > (self.task.known_cost - 1) * self.task.scale

    def excluded(self) -> set[tuple[int, ...]]:
        """Sets of depots that open no plan better than the one known."""
        if self.sets is None:
            return set()
        return {tuple(np.flatnonzero(row).tolist()) for row in self.sets[self.bounds > self._beaten]}

    def improve(self, pool: Pool, routes: Routes, bits: int, rounds: int, clock: Clock) -> int:
        """Raise the bound with routes that remember ``bits`` neighbours; rounds made."""
        task, n = self.task, self.task.kept.size
        while bits > 0 and (task.capacity + 1) * n * 2**bits > MOST_STATES:
            bits -= 1
        self.memory = min(bits, n - 1)
        pricing, master = Pricing(task, self.memory), Master(task, pool, routes)
        used = 0
        done: set[int] = set()
        target = int(np.argmin(self.bounds)) if self.tried else None
        while used < rounds and not self.proven and not clock.late:
            used += self._converge(pricing, master, target, rounds - used, clock)
            if self.sets is None:
                break
            target = int(np.argmin(self.bounds))
            if target in done:
                break
            done.add(target)
        return used

    def _converge(self, pricing: Pricing, master: Master, target: int | None, rounds: int, clock: Clock) -> int:
        """Generate columns for one set of depots (None: for all, open in part); rounds made."""
        task = self.task
        chosen = None if target is None or self.sets is None else self.sets[target]
        centre, best = self._centre(target)
        for number in range(1, rounds + 1):
            solved = None if clock.late else master.solve(chosen, clock.left_s())
            if solved is None:
                return number
            trials = [] if centre is None else [SMOOTH * centre + (1 - SMOOTH) * solved.point]
            for point in (*trials, solved.point):
                reached, added = self._try(pricing, master, point, solved.loads, target, clock=clock)
                if reached > best:
                    best, centre = reached, point
                if added:
                    break
            near = best >= solved.value * (1 - NEAR) * task.scale
            if near or not added or self.proven or (target is not None and self.bounds[target] > self._beaten):
                return number
        return rounds

    @property
    def _beaten(self) -> int:
        """A set with a higher bound opens no better plan than the one known."""
        return (self.task.known_cost - 1) * self.task.scale

    def _centre(self, target: int | None) -> tuple[Floats | None, int]:
        """The prices that gave a set its bound, and the bound."""
        if target is None or self.source[target] < 0:
            return None, -1
        tried = self.tried[int(self.source[target])]
        return np.append(tried.prices, tried.route) / self.task.scale, int(self.bounds[target])

    def _try(
        self, pricing: Pricing, master: Master, point: Floats, loads: Floats, target: int | None, *, clock: Clock
    ) -> tuple[int, int]:
        """Price at ``point``; the bound of the ``target`` set, and how many routes were new and worth adding.

        -1 and 0 when the time is up before all depots are priced.
        """
        task = self.task
        prices = np.floor(point[:-1] * task.scale).astype(np.int64)
        route = int(max(0.0, np.floor(point[-1] * task.scale)))
        added = 0
        ratios = []
        for depot in range(loads.size):
            if clock.late:
                return -1, 0
            rate, columns = pricing.depot(depot, prices, route, float(loads[depot]) * task.scale)
            ratios.append(rate)
            if target is None or self.sets is None or self.sets[target, depot]:
                added += master.add(depot, columns)
        base = int(prices.sum()) + route * task.fewest_routes
        if self.sets is None:
            reached = base + self._shares(ratios)
            self.bound = max(self.bound, reached)
            return reached, added
        rates = np.array([FRACTIONS * ratio[0] // ratio[1] for ratio in ratios], dtype=np.int64)
        return self._record(base, Tried(prices, route, rates), target), added

    def _record(self, base: int, tried: Tried, target: int | None) -> int:
        """Bounds of all sets at these prices; that of the ``target`` set."""
        task = self.task
        assert self.sets is not None  # noqa: S101 (the caller has looked)
        order = np.argsort(tried.rates, kind="stable")
        room = self.sets[:, order] * task.depot_capacity[order]
        before = np.cumsum(room, axis=1) - room
        load = np.clip(task.load - before, 0, room)
        totals = base + self.sets @ task.depot_cost + (tried.rates[order] * load).sum(axis=1) // FRACTIONS
        better = totals > self.bounds
        self.bounds[better], self.source[better] = totals[better], len(self.tried)
        self.tried.append(tried)
        self.bound = int(self.bounds.min())
        return int(totals.min() if target is None else totals[target])

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
