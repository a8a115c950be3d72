"""The routing bound on made-up county loops: its gap to a plan, the gap of the assignment relaxation, and proofs."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.domain import SolveStatus
from planner.route import RoutingProblem, VehicleType, solve_routes
from planner.route.bound import simple_bound
from planner.route.bounds import close_gap, lower_bound

CENTI = 100
VAN_PARCELS = 300
SIZES = ((20, 6), (30, 7), (40, 7), (60, 9))
"""Stops of a loop, and how many of average load fill a van."""


def made_loop(n_stops: int, stops_a_van: int, seed: int) -> RoutingProblem:
    """Half the stops in clusters, the depot amid 30 × 30 km, deliveries and pickups, an eight-hour shift."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 30_000, (max(2, n_stops // 8), 2))
    points = rng.uniform(0, 30_000, (n_stops + 1, 2))
    near = rng.random(n_stops + 1) < 0.5
    chosen = centres[rng.integers(0, len(centres), n_stops + 1)]
    points[near] = (chosen + rng.normal(0, 2_500, points.shape))[near]
    points[0] = 15_000
    gaps = points[:, None] - points[None]
    distance = (1.4 * np.hypot(gaps[..., 0], gaps[..., 1]) * rng.uniform(0.97, 1.05, (n_stops + 1,) * 2)).astype(int)
    load = rng.lognormal(0, 0.6, n_stops + 1)
    delivery = np.minimum(load / load[1:].mean() / stops_a_van, 1) * VAN_PARCELS * CENTI * 0.97
    pickup = delivery * rng.uniform(0, 0.8, n_stops + 1)
    loads = np.stack([delivery, pickup]).astype(np.int64)
    loads[:, 0] = 0
    service = 300 + loads.sum(axis=0) * 2 // CENTI
    service[0] = 0
    van = VehicleType(None, VAN_PARCELS * CENTI, 200_000_000, 1_200, 0, 8 * 3_600)
    return RoutingProblem(distance, distance * 36 // 300, loads[0], loads[1], [van], service)


def main() -> None:
    """Print one line per loop."""
    print("\nloops of one depot: gap to PyVRP's plan, in % of its cost; then the plan after the gap was closed")
    print("stops  routes  assignment  ng-routes      s    closed   better      s")
    for n_stops, stops_a_van in SIZES:
        for seed in (1, 2):
            problem = made_loop(n_stops, stops_a_van, seed)
            plan = solve_routes(problem, engine="pyvrp", with_bound=False)
            lower_bound(problem, work_limit=1)  # compiled on first use
            started = perf_counter()
            bound = lower_bound(problem, upper=plan.cost)
            bounded = perf_counter()
            closed = close_gap(problem, replace(plan, bound=0, status=SolveStatus.FEASIBLE))
            gaps = [100 * (1 - figure / plan.cost) for figure in (simple_bound(problem), bound)]
            proven = "proven" if closed.status is SolveStatus.OPTIMAL else "open"
            better = 100 * (1 - closed.cost / plan.cost)
            seconds = (bounded - started, perf_counter() - bounded)
            print(
                f"{n_stops:5d} {len(plan.routes):7d} {gaps[0]:10.1f}% {gaps[1]:9.2f}% {seconds[0]:6.1f}"
                f" {proven:>9s} {better:7.3f}% {seconds[1]:6.1f}"
            )
