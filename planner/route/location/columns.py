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

    ``kept``: customers' numbers; ``distance``: depots, then kept customers, ``far`` where no way leads.
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

    @classmethod
    def of(cls, ground: Ground, known_cost: int) -> Scaled | None:
        """The problem with whole steps and costs; None where nobody has a load of a step."""
        problem = ground.problem
        m = problem.n_depots
        shrink = max(1, -(-problem.largest_cost // MOST_SCALED))
        scale = max(1, min(FINEST, MOST_SCALED // max(1, problem.largest_cost)))
        step = max(1, gcd(problem.vehicle_capacity, *problem.demand.tolist(), *problem.depot_capacity.tolist()))
        if problem.vehicle_capacity // step > MOST_LOAD:
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
            ground.missing // shrink * scale,
        )  # fmt: skip

    @property
    def load(self) -> int:
        """All demand, in steps."""
        return int(self.demand.sum())

    @property
    def fewest_routes(self) -> int:
        """Every plan has so many routes or more."""
        return -(-self.load // self.capacity)


class Pricing:
    """The arrays of the compiled pricing, made once."""

    def __init__(self, task: Scaled, bits: int) -> None:
        from planner.route.location.kernels_bound import remember

        self.task = task
        m, n = task.depot_capacity.size, task.kept.size
        self.legs = np.ascontiguousarray(task.distance[m:, m:])
        self.out = np.ascontiguousarray(task.distance[:m, m:])
        self.home = np.ascontiguousarray(task.distance[m:, :m].T)
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

    def solve(self, chosen: Bools, time_s: float | None) -> tuple[Floats, Floats, float] | None:
        """Prices of customers, of load at each depot (0 or more) and of a route, with the depots ``chosen`` open.

        None when HiGHS did not end with an optimum.
        """
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
        room = np.where(chosen, task.depot_capacity / task.capacity, 0.0)
        cost: Any = np.concatenate([self.cost, np.full(n, DEAR)])
        options: Any = {} if time_s is None else {"time_limit": max(0.05, time_s)}
        answer = linprog(
            cost,
            A_ub=hstack([rows, alone], format="csc"),
            b_ub=np.append(room, -float(task.fewest_routes)),
            A_eq=hstack([cover, eye_array(n)], format="csc"),
            b_eq=np.ones(n),
            method="highs-ds",
            options=options,
        )
        if answer.status != 0:
            return None
        prices, rates = np.asarray(answer.eqlin.marginals), np.asarray(answer.ineqlin.marginals)
        if count > MOST_COLUMNS * n:
            self._thin(cost[:count] - cover.T @ prices - rows.T @ rates, KEPT_COLUMNS * n)
        loads = np.maximum(0.0, -rates[:m]) * self.unit / task.capacity
        return prices * self.unit, loads, max(0.0, -float(rates[m])) * self.unit

    def _thin(self, reduced: Floats, most: int) -> None:
        """Keep the routes of least reduced cost; what was dropped may come back."""
        kept = np.sort(np.argsort(reduced, kind="stable")[:most]).tolist()
        self.depot, self.cost = [self.depot[k] for k in kept], [self.cost[k] for k in kept]
        self.stops = [self.stops[k] for k in kept]
        self.seen = {(d, stops.tobytes()) for d, stops in zip(self.depot, self.stops, strict=True)}


def _shortest(distance: IntArray, m: int, missing: int) -> IntArray:
    """Lengths of the shortest ways over customers, so that leaving customers out can't make a route dearer."""
    ways = np.minimum(distance, missing)
    np.fill_diagonal(ways, 0)
    for via in range(m, len(ways)):
        np.minimum(ways, ways[:, via, None] + ways[None, via], out=ways)
    return np.minimum(ways, missing)
