"""Columns for the lower bound: pricing of ng-routes by the compiled kernel, and the linear relaxation over routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.plan import Ground, Pool, Routes
from planner.route.problem import IntArray

FINEST: Final = 1_000
"""Prices are multiples of a unit's thousandth, where sums stay exact with that."""
MOST_SCALED: Final = 10**12
"""Costs above this are divided by a whole number and rounded down, which only weakens the bound."""
MOST_LOAD: Final = 400
"""Loads are priced in at most so many steps; coarser steps, rounded down, only weaken the bound."""
FRACTIONS: Final = 64
"""Prices of load are rounded down to such parts of the prices' unit."""
NOT_REACHED: Final = 10**18
FIRST_COLUMNS: Final = 4_000

MOST_COLUMNS: Final = 30
"""Routes for each customer in the relaxation; beyond, only the best are kept:"""
KEPT_COLUMNS: Final = 12
DEAR: Final = 10.0
"""Cost of a customer in no route of the relaxation, beside a mean customer's of the best plan."""


Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """The customers that carry something, loads in steps, costs times ``scale`` (after division by ``shrink``).

    ``exact``: nothing was rounded or left out. ``kept``: customers' numbers; ``distance``: depots, then kept customers,
    ``far`` where no way leads.
    """

    scale: int
    shrink: int
    known_cost: int
    vehicle_cost: int
    depot_cost: IntArray
    kept: IntArray
    demand: IntArray
    capacity: int
    depot_capacity: IntArray
    distance: IntArray
    far: int
    exact: bool

    @classmethod
    def of(cls, ground: Ground, known_cost: int) -> Scaled | None:
        """The problem with whole steps and costs; None where nobody has a load of a step."""
        problem = ground.problem
        m = problem.n_depots
        shrink = max(1, -(-problem.largest_cost // MOST_SCALED))
        scale = max(1, min(FINEST, MOST_SCALED // max(1, problem.largest_cost)))
        step = max(1, gcd(problem.vehicle_capacity, *problem.demand.tolist(), *problem.depot_capacity.tolist()))
        exact = shrink == 1 and problem.vehicle_capacity // step <= MOST_LOAD and bool((problem.demand > 0).all())
        if not exact and problem.vehicle_capacity // step > MOST_LOAD:
            step = -(-problem.vehicle_capacity // MOST_LOAD)
        demand = problem.demand // step
        kept = np.flatnonzero(demand > 0)
        if not kept.size:
            return None
        distance = ground.distance
        if kept.size < problem.n_customers:
            distance = _shortest(distance, m, ground.missing)
        nodes = np.concatenate([np.arange(m), m + kept])
        return cls(
            scale, shrink, known_cost // shrink, problem.vehicle_cost // shrink * scale,
            problem.depot_cost // shrink * scale, kept, demand[kept], problem.vehicle_capacity // step,
            problem.depot_capacity // step, np.ascontiguousarray(distance[np.ix_(nodes, nodes)] // shrink * scale),
            ground.missing // shrink * scale, exact,
        )  # fmt: skip

    @property
    def load(self) -> int:
        """All demand, in steps."""
        return int(self.demand.sum())

    @property
    def fewest_routes(self) -> int:
        """Every plan has so many routes or more."""
        return -(-self.load // self.capacity)


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """``point``: of customers and, last, of a route; ``loads``: of load at each depot, 0 or more.

    ``value`` is that of the relaxation over the routes known.
    """

    point: Floats
    loads: Floats
    value: float


class Pricing:
    """The arrays of the compiled pricing, made once."""

    def __init__(self, task: Scaled, bits: int, *, backwards: bool = False) -> None:
        from planner.route.location.kernels_bound import remember

        self.task = task
        m, n = task.depot_capacity.size, task.kept.size
        distance = task.distance.T if backwards else task.distance
        self.legs = np.ascontiguousarray(distance[m:, m:])
        self.out = np.ascontiguousarray(distance[:m, m:])
        self.home = np.ascontiguousarray(distance[m:, :m].T)
        between = self.legs + self.legs.T
        np.fill_diagonal(between, np.iinfo(np.int64).max)
        memory = np.argsort(between, axis=1, kind="stable")[:, :bits].astype(np.int32)
        self.moves = np.zeros((n, n, 2**bits), np.int16)
        remember(np.ascontiguousarray(memory), self.moves)
        self.value = np.zeros((task.capacity + 1, n, 2**bits), np.int64)
        self.came = np.zeros((task.capacity + 1, n, 2**bits), np.int32)
        self.least = np.zeros((n, 2**bits), np.int64)

    def depot(
        self, depot: int, prices: IntArray, route: int, load_price: float
    ) -> tuple[tuple[int, int], list[IntArray]]:
        """Least reduced cost per load (as a fraction), and routes of negative reduced cost with it."""
        from planner.route.location.kernels_bound import price, trace

        task, n = self.task, self.task.kept.size
        ends, labels, ratio = np.zeros(n), np.zeros((n, 2), np.int64), np.zeros(2, np.int64)
        vehicle = task.vehicle_cost - route
        price(
            self.legs, self.out[depot], self.home[depot], task.demand, task.capacity, prices, vehicle, load_price,
            task.far, self.moves, self.value, self.came, self.least, ends, labels, ratio,
        )  # fmt: skip
        columns = []
        stops = np.zeros(task.capacity + 1, np.int64)
        for last in np.flatnonzero(ends < -1e-6 * task.scale).tolist():
            count = trace(task.demand, self.came, last, int(labels[last, 0]), int(labels[last, 1]), stops)
            columns.append(stops[:count][::-1].copy())
        return (int(ratio[0]), int(ratio[1])), columns

    def all_routes(
        self, depot: int, prices: IntArray, route: int, rate: int, *, gap: int, most: tuple[int, int]
    ) -> list[IntArray] | None:
        """Customers of each route of a depot with a reduced cost of at most ``gap``; None when there are too many.

        ``rate`` is the price of load, at most 0; it and ``gap`` are in parts (`FRACTIONS`) of the scaled unit. Made to
        price ``backwards``, so that what is left of a route is known when it is listed forwards.
        """
        from planner.route.location.kernels_routes import list_routes

        task, n = self.task, self.task.kept.size
        self.depot(depot, prices, route, 0.0)
        taken = FRACTIONS * prices + rate * task.demand
        best = self.value.min(axis=2)
        loads = np.arange(task.capacity + 1)[:, None]
        reached = best < task.far
        ahead = np.where(reached, FRACTIONS * np.where(reached, best, 0) - rate * loads, NOT_REACHED)
        ahead = np.minimum.accumulate(ahead, axis=0)
        start = FRACTIONS * (task.vehicle_cost - route)
        to_go = np.full((n, task.capacity + 1), NOT_REACHED)
        for i in range(n):
            own = int(task.demand[i])
            to_go[i, : task.capacity + 1 - own] = ahead[own:, i] - start + taken[i]
        far = FRACTIONS * task.far
        legs, out, home = (FRACTIONS * ways for ways in (self.legs.T, self.home[depot], self.out[depot]))
        legs = np.ascontiguousarray(np.where(legs >= far, 2 * far, legs - taken[None]))
        out = np.where(out >= far, 2 * far, out - taken + start)
        labels, routes = most
        low, high = np.zeros(labels, np.uint64), np.zeros(labels, np.uint64)
        last, load, before = (np.zeros(labels, np.int32) for _ in range(3))
        cost, slots = np.zeros(labels, np.int64), np.full(4 * labels, -1, np.int32)
        closed, closed_cost = np.zeros(routes, np.int32), np.zeros(routes, np.int64)
        count = list_routes(
            legs, out, home, task.demand, task.capacity, to_go, far, gap, low, high, last, load, cost, before, slots,
            closed, closed_cost,
        )  # fmt: skip
        return None if count < 0 else [_path(int(label), last, before) for label in closed[:count]]


class Master:
    """The linear relaxation over the routes known so far, thinned out where they become many."""

    def __init__(self, task: Scaled, pool: Pool, routes: Routes) -> None:
        self.task = task
        self.unit = max(1.0, task.known_cost / task.kept.size)
        self.seen: set[tuple[int, bytes]] = set()
        self.depot: list[int] = []
        self.cost: list[float] = []
        self.stops: list[IntArray] = []
        m = task.depot_capacity.size
        position = {int(m + c): k for k, c in enumerate(task.kept.tolist())}
        count = int(pool.count[0])
        met: Iterable[tuple[int, tuple[int, ...]]] = (
            pool.route(entry) for entry in range(count - 1, max(-1, count - 1 - FIRST_COLUMNS), -1)
        )
        for depot, nodes in (*routes, *met):
            kept = [position[node] for node in nodes if node in position]
            if kept:
                self.add(depot, [np.array(kept, np.int64)])

    def add(self, depot: int, columns: list[IntArray]) -> int:
        """Add routes (customers' positions in order); how many were new."""
        task = self.task
        m, new = task.depot_capacity.size, 0
        for stops in columns:
            key = (depot, stops.tobytes())
            if key in self.seen:
                continue
            self.seen.add(key)
            new += 1
            path = np.concatenate([[depot], m + stops, [depot]])
            legs = int(task.distance[path[:-1], path[1:]].sum())
            self.depot.append(depot)
            self.cost.append(float(task.vehicle_cost + legs) / task.scale / self.unit)
            self.stops.append(stops)
        return new

    def solve(self, chosen: Bools | None, time_s: float | None) -> Prices | None:
        """Solve with the depots ``chosen`` open (None: open in part, as pays); None when HiGHS found no optimum."""
        from scipy.optimize import linprog
        from scipy.sparse import csc_array, eye_array, hstack

        task = self.task
        n, m, count = task.kept.size, task.depot_capacity.size, len(self.cost)
        sizes = np.array([stops.size for stops in self.stops])
        column, customers = np.repeat(np.arange(count), sizes), np.concatenate(self.stops)
        cover = csc_array((np.ones(column.size), (customers, column)), shape=(n, count))
        load = np.bincount(column, weights=task.demand[customers] / task.capacity, minlength=count)
        used = np.array(self.depot)
        rows = csc_array(
            (
                np.concatenate([load, -np.ones(count)]),
                (np.concatenate([used, np.full(count, m)]), np.tile(np.arange(count), 2)),
            ),
            shape=(m + 1, count),
        )
        alone = csc_array((-np.ones(n), (np.full(n, m), np.arange(n))), shape=(m + 1, n))
        room = csc_array((-task.depot_capacity / task.capacity, (np.arange(m), np.arange(m))), shape=(m + 1, m))
        cost: Any = np.concatenate([self.cost, np.full(n, DEAR), task.depot_cost / task.scale / self.unit])
        limits: Any = np.zeros((count + n + m, 2))
        limits[:, 1] = np.inf
        limits[count + n :, 0] = 0.0 if chosen is None else chosen
        limits[count + n :, 1] = 1.0 if chosen is None else chosen
        options: Any = {} if time_s is None else {"time_limit": max(0.05, time_s)}
        answer: Any = linprog(
            cost,
            A_ub=hstack([rows, alone, room], format="csc"),
            b_ub=np.append(np.zeros(m), -float(task.fewest_routes)),
            A_eq=hstack([cover, eye_array(n), csc_array((n, m))], format="csc"),
            b_eq=np.ones(n),
            bounds=limits,
            method="highs-ds",
            options=options,
        )
        if answer.status != 0:
            return None
        prices, rates = np.asarray(answer.eqlin.marginals), np.asarray(answer.ineqlin.marginals)
        if count > MOST_COLUMNS * n:
            self._thin(cost[:count] - cover.T @ prices - rows.T @ rates, KEPT_COLUMNS * n)
        loads = np.maximum(0.0, -rates[:m]) * self.unit / task.capacity
        point = np.append(prices, max(0.0, -float(rates[m]))) * self.unit
        return Prices(point, loads, float(answer.fun) * self.unit)

    def _thin(self, reduced: Floats, most: int) -> None:
        """Keep the routes of least reduced cost; what was dropped may come back."""
        kept = np.sort(np.argsort(reduced, kind="stable")[:most]).tolist()
        self.depot, self.cost = [self.depot[k] for k in kept], [self.cost[k] for k in kept]
        self.stops = [self.stops[k] for k in kept]
        self.seen = {(d, stops.tobytes()) for d, stops in zip(self.depot, self.stops, strict=True)}


def _path(label: int, last: NDArray[np.int32], before: NDArray[np.int32]) -> IntArray:
    """Customers' positions of a listed route, in order."""
    stops = []
    while label >= 0:
        stops.append(int(last[label]))
        label = int(before[label])
    return np.array(stops[::-1], np.int64)


def _shortest(distance: IntArray, m: int, missing: int) -> IntArray:
    """Lengths of the shortest ways over customers, so that leaving customers out can't make a route dearer."""
    ways = np.minimum(distance, missing)
    np.fill_diagonal(ways, 0)
    for via in range(m, len(ways)):
        np.minimum(ways, ways[:, via, None] + ways[None, via], out=ways)
    return np.minimum(ways, missing)
