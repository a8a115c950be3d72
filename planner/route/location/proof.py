"""Closing the gap: all routes that a better plan could have, listed and chosen among, one set of depots at a time.

With the prices of a set S that gave it the bound L (`planner.route.location.bound`), let τ be the load price of the
last depot in the bound's filling, and v_d = min(t_d, τ). Every plan that opens S costs at least L plus the reduced
costs c_r − Σ u_i − σ − v_d q_r ≥ 0 of its routes. So routes above the distance between L and the best known plan are in
no better plan that opens S (as in Baldacci, Mingozzi and Wolfler Calvo 2011). Where the others can be listed, HiGHS
chooses among them; when that has been done for every set whose bound is below the best plan, the plan is optimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.bound import Relaxation, Tried
from planner.route.location.columns import FRACTIONS, Pricing
from planner.route.location.plan import Routes
from planner.route.location.search import Clock
from planner.route.problem import IntArray

MOST_CUSTOMERS: Final = 128
MOST_LABELS: Final = 2**20
MOST_ROUTES: Final = 25_000
MOST_ROUTES_COUNTED: Final = 2_500
"""Routes of one set of depots that are listed at most: with, and without a time limit."""
MOST_SETS: Final = 60
"""Sets of depots that are gone through at most."""
MOST_NODES: Final = 100
"""Nodes of HiGHS' search without a time limit."""
SAFE: Final = 0.01
"""A bound of HiGHS counts as reached when this much below a whole number: it calculates in floating point."""

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Proof:
    """Goes through the sets of depots whose bound is below the best plan's cost.

    ``cost`` is that of the best plan known, ``routes`` a better one than the caller's, if one was found; ``bound``: no
    plan costs less than this.
    """

    relaxation: Relaxation
    cost: int
    clock: Clock
    routes: Routes | None = None
    bound: int = 0

    def run(self) -> None:
        """Until all sets are gone through, one can't be, or the time is up."""
        relaxation, task = self.relaxation, self.relaxation.task
        self.bound = min(self.cost, relaxation.cost_bound)
        sets = relaxation.sets
        if sets is None or not task.exact or task.kept.size > MOST_CUSTOMERS:
            return
        order = np.argsort(relaxation.bounds, kind="stable").tolist()
        open_sets = [number for number in order if relaxation.bounds[number] <= (self.cost - 1) * task.scale]
        if len(open_sets) > MOST_SETS or any(relaxation.source[number] < 0 for number in open_sets):
            return
        pricing = Pricing(task, relaxation.memory, backwards=True)
        for place, number in enumerate(open_sets):
            if relaxation.bounds[number] > (self.cost - 1) * task.scale:
                break
            if self.clock.late or not self._close(pricing, number):
                return
            left = open_sets[place + 1 :]
            least = min((int(relaxation.bounds[k]) for k in left), default=self.cost * task.scale)
            self.bound = max(self.bound, min(self.cost, -(-least // task.scale)))
        self.bound = self.cost

    def _close(self, pricing: Pricing, number: int) -> bool:
        """Find the best plan that opens one set of depots, if it is better; whether there is certainly no other."""
        relaxation, task = self.relaxation, self.relaxation.task
        assert relaxation.sets is not None  # noqa: S101 (the caller has looked)
        depots = np.flatnonzero(relaxation.sets[number]).tolist()
        tried = relaxation.tried[int(relaxation.source[number])]
        gap = FRACTIONS * ((self.cost - 1) * task.scale - int(relaxation.bounds[number])) + FRACTIONS
        prices = _load_prices(relaxation, tried, depots)
        most = MOST_ROUTES_COUNTED if self.clock.limit_s is None else MOST_ROUTES
        listed: list[tuple[int, IntArray]] = []
        for depot in depots:
            if self.clock.late:
                return False
            routes = pricing.all_routes(
                depot, tried.prices, tried.route, int(prices[depot]), gap=gap, most=(MOST_LABELS, most)
            )
            if routes is None:
                return False
            listed.extend((depot, stops) for stops in routes)
            if len(listed) > most:
                return False
        return self._choose(listed, depots)

    def _choose(self, listed: list[tuple[int, IntArray]], depots: list[int]) -> bool:
        """Choose among listed routes; whether it is proven that no better plan is left among them."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csc_array

        task = self.relaxation.task
        n, m, count = task.kept.size, task.depot_capacity.size, len(listed)
        covered = np.unique(np.concatenate([stops for _, stops in listed])) if listed else np.zeros(0)
        if covered.size < n:
            return True
        opening = int(task.depot_cost[depots].sum()) // task.scale
        cost = np.array([self._cost(depot, stops) for depot, stops in listed], np.float64)
        sizes = np.array([stops.size for _, stops in listed])
        column, customers = np.repeat(np.arange(count), sizes), np.concatenate([stops for _, stops in listed])
        cover = csc_array((np.ones(column.size), (customers, column)), shape=(n, count))
        load = np.bincount(column, weights=task.demand[customers].astype(np.float64), minlength=count)
        where = (np.array([depot for depot, _ in listed]), np.arange(count))
        loads = csc_array((load, where), shape=(m, count))
        left_s = self.clock.left_s()
        limit = {"node_limit": MOST_NODES} if left_s is None else {"time_limit": max(0.1, left_s)}
        options: Any = {"mip_rel_gap": 0.0, **limit}
        answer: Any = milp(
            cost,
            integrality=np.ones(count, np.int64),
            bounds=Bounds(0.0, 1.0),
            constraints=[
                LinearConstraint(cover, 1.0, 1.0),
                LinearConstraint(loads, -np.inf, task.depot_capacity.astype(np.float64)),
            ],
            options=options,
        )
        if answer.status == 2:
            return True
        if answer.x is not None:
            picked = np.flatnonzero(answer.x > 0.5).tolist()
            total = opening + int(cost[picked].sum())
            if total < self.cost:
                self.cost = total
                nodes = m + task.kept
                self.routes = tuple((listed[k][0], tuple(nodes[listed[k][1]].tolist())) for k in picked)
        reached = answer.mip_dual_bound
        return reached is not None and opening + float(reached) > self.cost - 1 + SAFE

    def _cost(self, depot: int, stops: IntArray) -> int:
        task = self.relaxation.task
        path = np.concatenate([[depot], task.depot_capacity.size + stops, [depot]])
        return (task.vehicle_cost + int(task.distance[path[:-1], path[1:]].sum())) // task.scale


def _load_prices(relaxation: Relaxation, tried: Tried, depots: list[int]) -> IntArray:
    """Price of load at each depot that the bound of the set pays: none above that of the last depot it fills."""
    task = relaxation.task
    left, last = task.load, 0
    for depot in sorted(depots, key=lambda d: int(tried.rates[d])):
        if left > 0:
            last = int(tried.rates[depot])
        left -= int(task.depot_capacity[depot])
    return np.minimum(tried.rates, last)
