"""Closing the gap: the plan at hand is proven or bettered, and the answer is the exact engine's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.route import RoutingProblem, VehicleType, recount_cost, route_violations, solve_routes
from planner.route.bound import simple_bound
from planner.route.bounds import can_close, close_gap

KINDS = {
    "one type": {"types": 1},
    "two types": {},
    "few vehicles": {"counts": (1, 2)},
    "two depots": {"depots": 2},
    "windows": {"windows": True},
    "shift": {"shift": 110},
}


def random_problem(seed, *, types=2, counts=(None, None), depots=1, windows=False, shift=None, n_stops=7):
    rng = np.random.default_rng(seed)
    n = n_stops + depots
    points = rng.integers(0, 30, (n, 2))
    legs = np.abs(points[:, None] - points[None]).sum(axis=2) + rng.integers(0, 5, (n, n))
    delivery, pickup, service = rng.integers(0, 8, n), rng.integers(0, 8, n), rng.integers(0, 5, n)
    for values in (delivery, pickup, service):
        values[:depots] = 0
    time_windows = None
    if windows:
        earliest = rng.integers(0, 60, n)
        time_windows = np.stack([earliest, earliest + rng.integers(30, 90, n)], axis=1)
        time_windows[:depots] = (0, 250)
    vehicles = [VehicleType(counts[0], 12, 20, 1, 0, shift), VehicleType(counts[1], 20, 35, 2, depot=depots - 1)]
    return RoutingProblem(
        legs, legs, delivery, pickup, vehicles[:types], service, time_windows, depots=tuple(range(depots))
    )


def rough_plan(problem):
    """The first plan that the search finds, with the weak bound."""
    plan = solve_routes(problem, engine="ortools", solution_limit=1)
    return replace(plan, bound=0, status=SolveStatus.FEASIBLE)


def check(problem):
    plan = rough_plan(problem)
    best = solve_routes(problem, engine="exact")
    closed = close_gap(problem, plan)
    assert route_violations(problem, closed) == ()
    assert recount_cost(problem, closed) == closed.cost
    if plan.unserved:
        assert closed == plan
        return False
    assert closed.bound <= best.cost <= closed.cost <= plan.cost
    if closed.status is SolveStatus.OPTIMAL:
        assert closed.cost == best.cost == closed.bound
    return closed.status is SolveStatus.OPTIMAL


@pytest.mark.parametrize("kind", KINDS)
def test_closed_plans_are_optimal(kind):
    proven = [check(random_problem(seed, **KINDS[kind])) for seed in range(8)]
    assert sum(proven) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_closed_plans_are_optimal_on_200_instances(kind):
    proven = [check(random_problem(seed, **KINDS[kind])) for seed in range(1000, 1200)]
    assert sum(proven) >= 150


def loop(n_stops, seed=0):
    """A loop like a county's: scattered stops, vans of 300 parcels, a driver's day that dwarfs the kilometres."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 30_000, (n_stops + 1, 2))
    points[0] = 15_000
    gaps = points[:, None] - points[None]
    distance = (1.4 * np.hypot(gaps[..., 0], gaps[..., 1])).astype(np.int64)
    load = (rng.lognormal(0, 0.5, n_stops + 1) * 4_000).astype(np.int64)
    load[0] = 0
    pickup = load // 3
    vehicle = VehicleType(None, 30_000, 200_000_000, 1_200, 0, 28_800)
    service = 300 + load // 50
    service[0] = 0
    return RoutingProblem(distance, distance // 8, load, pickup, [vehicle], service)


def test_a_loop_too_large_to_list_is_solved_to_a_proof():
    problem = loop(30, seed=3)
    plan = rough_plan(problem)
    closed = close_gap(problem, plan)
    assert closed.status is SolveStatus.OPTIMAL
    assert closed.engine == "exact"
    assert simple_bound(problem) < closed.cost < plan.cost
    assert route_violations(problem, closed) == ()
    assert closed == close_gap(problem, plan)


def test_without_listing_only_the_bound_gets_better():
    problem = loop(30)
    plan = rough_plan(problem)
    better = close_gap(problem, plan, list_trips=False)
    assert better.routes == plan.routes
    assert better.status is SolveStatus.FEASIBLE
    assert simple_bound(problem) < better.bound < plan.cost


def test_too_little_work_keeps_the_plan():
    problem = loop(30)
    plan = rough_plan(problem)
    kept = close_gap(problem, plan, work_limit=1)
    assert (kept.cost, kept.routes, kept.status) == (plan.cost, plan.routes, SolveStatus.FEASIBLE)
    assert kept.bound >= simple_bound(problem)


def test_several_trips_and_waiting_that_costs_are_left_to_the_bound():
    problem = random_problem(0, windows=True)
    assert can_close(problem)
    timed = [replace(vehicle, cost_per_s=1) for vehicle in problem.vehicle_types]
    trips = [replace(vehicle, max_trips=3) for vehicle in problem.vehicle_types]
    for vehicles in (timed, trips):
        other = RoutingProblem(
            problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, vehicles, problem.service_s,
            problem.time_windows,
        )  # fmt: skip
        assert not can_close(other)
