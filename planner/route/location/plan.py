"""Plans held in arrays for the compiled search, and the pool of routes it has come by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.problem import LocationRoutingProblem
from planner.route.problem import UNREACHABLE, IntArray

Routes = tuple[tuple[int, tuple[int, ...]], ...]
Bools = NDArray[np.bool_]

NEIGHBOURS: Final = 300
"""So many nearest customers of each are looked at when strings are taken out."""
POOL_ROUTES: Final = 2**17
POOL_STOPS: Final = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A problem as the compiled search reads it; missing ways have a cost, ``missing``, above every plan's.

    ``near``: rows of customers' nodes, nearest first; ``away``: round trip of every node to its nearest depot;
    ``penalty``: cost of a customer that is not served.
    """

    problem: LocationRoutingProblem
    distance: IntArray
    missing: int
    near: NDArray[np.int32]
    away: IntArray
    demand: IntArray
    penalty: IntArray
    depot_cost: IntArray
    depot_capacity: IntArray
    marks: NDArray[np.uint64]

    @property
    def longest_route(self) -> int:
        """A vehicle holds the demand of so many customers at most."""
        loads = np.cumsum(np.sort(self.problem.demand))
        return int(np.searchsorted(loads, self.problem.vehicle_capacity, side="right"))

    @classmethod
    def of(cls, problem: LocationRoutingProblem) -> Ground:
        """Prepare the arrays once a problem."""
        m, n = problem.n_depots, problem.n_customers
        missing = problem.largest_cost + 1
        distance = np.where(problem.distance == UNREACHABLE, missing, problem.distance)
        between = distance[m:, m:] + distance[m:, m:].T
        np.fill_diagonal(between, np.iinfo(np.int64).max)
        near = m + np.argsort(between, axis=1, kind="stable")[:, : min(n - 1, NEIGHBOURS)]
        demand = np.concatenate([np.zeros(m, np.int64), problem.demand])
        share = demand / max(1, int(demand.max(initial=0)))
        marks = np.random.default_rng(12345).integers(1, 2**63, m + n, dtype=np.uint64)
        return cls(
            problem, np.ascontiguousarray(distance), missing, np.ascontiguousarray(near, dtype=np.int32),
            (distance[:, :m] + distance[:m].T).min(axis=1), demand,
            (4.0 * missing * (1.0 + np.round(share, 3))).astype(np.int64),
            problem.depot_cost.copy(), problem.depot_capacity.copy(), marks,
        )  # fmt: skip


@dataclass(slots=True, eq=False)
class Pool:
    """Different routes: at most one for each depot and set of customers, the cheapest order met."""

    stops: NDArray[np.int32] = field(default_factory=lambda: np.zeros(POOL_STOPS, np.int32))
    at: IntArray = field(default_factory=lambda: np.zeros(POOL_ROUTES + 1, np.int64))
    facts: IntArray = field(default_factory=lambda: np.zeros((POOL_ROUTES, 2), np.int64))
    key: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(POOL_ROUTES, np.uint64))
    slots: NDArray[np.int32] = field(default_factory=lambda: np.full(4 * POOL_ROUTES, -1, np.int32))
    count: IntArray = field(default_factory=lambda: np.zeros(2, np.int64))

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """In the order in which the compiled search takes them."""
        return (self.stops, self.at, self.facts, self.key, self.slots, self.count)

    def route(self, entry: int) -> tuple[int, tuple[int, ...]]:
        """Depot and customers' nodes of one route."""
        return int(self.facts[entry, 1]), tuple(self.stops[self.at[entry] : self.at[entry + 1]].tolist())

    def add(self, ground: Ground, routes: Routes) -> None:
        """Put routes into the pool."""
        from planner.route.location.kernels import keep_route, route_cost

        for depot, stops in routes:
            row = np.array([stops], dtype=np.int32)
            length, home = np.array([len(stops)], np.int32), np.array([depot], np.int32)
            cost = route_cost(ground.distance, row, length, home, 0, ground.problem.vehicle_cost)
            keep_route(row, length, home, 0, cost, ground.marks, *self.arrays)  # type: ignore[arg-type]  # in its order

    def add_all(self, other: Pool, ground: Ground) -> None:
        """Put another pool's routes into this one."""
        from planner.route.location.kernels import merge_pools

        merge_pools(ground.marks, other.stops, other.at, other.facts, int(other.count[0]), *self.arrays)  # type: ignore[arg-type]

    def clear(self) -> None:
        """Forget all routes."""
        self.slots.fill(-1)
        self.count.fill(0)


@dataclass(slots=True, eq=False)
class Walk:
    """One search for the routes of a set of depots: the plan it stands at and the best it has met."""

    ground: Ground
    allowed: Bools
    random: NDArray[np.uint64]
    stops: NDArray[np.int32] = field(init=False)
    length: NDArray[np.int32] = field(init=False)
    home: NDArray[np.int32] = field(init=False)
    load: IntArray = field(init=False)
    where: NDArray[np.int32] = field(init=False)
    depot_load: IntArray = field(init=False)
    depot_routes: IntArray = field(init=False)
    totals: IntArray = field(init=False)
    best: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]] = field(init=False)

    def __post_init__(self) -> None:
        self.start_at(())

    def start_at(self, routes: Routes) -> None:
        """Stand at a plan; the best plan met is forgotten."""
        problem = self.ground.problem
        m, n = problem.n_depots, problem.n_customers
        self.stops = np.zeros((n + 1, self.ground.longest_route + 1), np.int32)
        self.length, self.home = np.zeros(n + 1, np.int32), np.zeros(n + 1, np.int32)
        self.load, self.where = np.zeros(n + 1, np.int64), np.full(m + n, -1, np.int32)
        self.depot_load, self.depot_routes = np.zeros(m, np.int64), np.zeros(m, np.int64)
        cost = 0
        for row, (depot, stops) in enumerate(routes):
            self.stops[row, : len(stops)] = stops
            self.length[row], self.home[row] = len(stops), depot
            self.load[row] = self.ground.demand[list(stops)].sum()
            self.where[list(stops)] = row
            self.depot_load[depot] += self.load[row]
            self.depot_routes[depot] += 1
            path = [depot, *stops, depot]
            cost += problem.vehicle_cost + int(self.ground.distance[path[:-1], path[1:]].sum())
        cost += int(problem.depot_cost[self.depot_routes > 0].sum())
        out = m + np.flatnonzero(self.where[m:] < 0)
        cost += int(self.ground.penalty[out].sum())
        self.totals = np.array([cost, cost, out.size], np.int64)
        self.best = (self.stops.copy(), self.length.copy(), self.home.copy())

    def go(self, heat: float, cool_to: float, rounds: int, pool: Pool) -> None:
        """Anneal from the plan it stands at, from one temperature to another."""
        from planner.route.location.kernels import anneal

        ground, problem = self.ground, self.ground.problem
        cooling = (cool_to / heat) ** (1.0 / max(1, rounds))
        anneal(
            ground.distance, ground.near, ground.away, ground.demand, problem.vehicle_capacity, problem.vehicle_cost,
            ground.depot_cost, ground.depot_capacity, self.allowed, ground.penalty, self.stops, self.length,
            self.home, self.load, self.where, self.depot_load, self.depot_routes, self.totals, *self.best, heat,
            cooling, rounds, self.random, ground.marks, *pool.arrays,  # type: ignore[arg-type]  # in its order
        )  # fmt: skip

    @property
    def cost(self) -> int:
        """Cost of the best plan met, penalties included."""
        return int(self.totals[1])

    @property
    def complete(self) -> bool:
        """Whether the best plan met serves everyone on ways that exist."""
        return self.cost < self.ground.missing

    def routes(self) -> Routes:
        """The best plan met."""
        stops, length, home = self.best
        rows = np.flatnonzero(length).tolist()
        return tuple((int(home[row]), tuple(stops[row, : length[row]].tolist())) for row in rows)
