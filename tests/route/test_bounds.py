"""The routing bound: never above the optimum, never below the assignment relaxation, close, and repeatable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.route import UNREACHABLE, RoutingProblem, VehicleType, solve_routes
from planner.route.bound import simple_bound
from planner.route.bounds import lower_bound

FEATURES = {
    "delivery": {"pickup_most": 0},
    "pickup": {"delivery_most": 0},
    "both": {},
    "one way missing in three": {"closed": 0.33},
    "no limits": {"limits": False},
    "few vehicles": {"counts": (1, 1)},
    "one type used up": {"counts": (0, 2)},
    "two depots": {"depots": 2},
    "two depots, few vehicles": {"depots": 2, "counts": (2, None)},
    "windows": {"windows": True},
    "long service": {"service_most": 30},
    "two kinds of load": {"kinds": 2},
    "two kinds of load, delivery": {"kinds": 2, "pickup_most": 0},
    "several trips": {"trips": (3, None)},
    "several trips, few vehicles": {"trips": (2, 2), "counts": (1, 1)},
    "several trips, no limits": {"trips": (None, 2), "limits": False},
}


def random_problem(
    seed, *, delivery_most=8, pickup_most=8, closed=0.1, limits=True, counts=(None, None), depots=1, windows=False,
    service_most=5, n_stops=6, kinds=1, trips=(1, 1),
):  # fmt: skip
    """Six stops, two vehicle types with rates of their own, far from a triangle inequality."""
    rng = np.random.default_rng(seed)
    n = n_stops + depots
    distance, duration = rng.integers(1, 30, (n, n)), rng.integers(1, 30, (n, n))
    missing = rng.random((n, n)) < closed
    distance[missing], duration[missing] = UNREACHABLE, UNREACHABLE
    delivery = rng.integers(0, max(delivery_most, 1), (n, kinds))
    pickup = rng.integers(0, max(pickup_most, 1), (n, kinds))
    service = rng.integers(0, service_most, n)
    for values in (delivery, pickup, service):
        values[:depots] = 0
    time_windows = None
    if windows:
        earliest = rng.integers(0, 60, n)
        time_windows = np.stack([earliest, earliest + rng.integers(10, 60, n)], axis=1)
        time_windows[:depots] = (0, 150)
    timed = limits and not windows
    vehicles = [
        VehicleType(
            counts[0],
            (9, 11)[:kinds],
            20,
            1,
            0 if windows else 1,
            90 if timed else None,
            120 if limits else None,
            max_trips=trips[0],
            reload_s=3,
        ),
        VehicleType(counts[1], (16, 13)[:kinds], 35, 2, 0, depot=depots - 1, max_trips=trips[1]),
    ]
    return RoutingProblem(
        distance, duration, delivery, pickup, vehicles, service, time_windows, depots=tuple(range(depots))
    )


def optimum(problem):
    """Least cost of serving every stop, None when that can't be done; the exact engine is checked by enumeration."""
    result = solve_routes(problem, engine="exact")
    assert result.status is SolveStatus.OPTIMAL
    return None if result.unserved else result.cost


def check(problem):
    """Bound over optimum, with every bound checked; None when not every stop can be served."""
    best = optimum(problem)
    bound = lower_bound(problem)
    early = lower_bound(problem, work_limit=1)
    if best is None:
        return None
    assert simple_bound(problem) <= early <= best
    assert early <= bound <= best
    assert simple_bound(problem) <= lower_bound(problem, upper=best) <= best
    assert lower_bound(problem, upper=2 * best) <= best
    return bound / best


@pytest.mark.parametrize("feature", FEATURES)
def test_bound_never_exceeds_the_optimum_and_is_close(feature):
    ratios = [ratio for seed in range(12) if (ratio := check(random_problem(seed, **FEATURES[feature]))) is not None]
    assert len(ratios) >= 3
    assert np.mean(ratios) > (0.8 if "trips" in feature else 0.97)


@pytest.mark.slow
@pytest.mark.parametrize("feature", FEATURES)
def test_bound_never_exceeds_the_optimum_on_200_instances(feature):
    for seed in range(1000, 1200):
        check(random_problem(seed, **FEATURES[feature]))


def test_number_of_vehicles_is_whole():
    # Three loads of 2 for vehicles of 3: any fraction of a vehicle more than two makes three.
    legs = np.ones((4, 4), dtype=np.int64)
    problem = RoutingProblem(legs, legs, [0, 2, 2, 2], [0, 0, 0, 0], [VehicleType(None, 3, 100)])
    assert lower_bound(problem) == 306


def test_windows_that_keep_stops_apart_are_seen():
    legs = np.full((3, 3), 10)
    stops = RoutingProblem(
        legs, legs, [0, 1, 1], [0, 0, 0], [VehicleType(None, 9, 50)], time_windows=[[0, 99], [10, 12], [10, 12]]
    )
    assert lower_bound(stops) == 140
    assert lower_bound(replace_windows(stops, [[0, 99], [10, 12], [10, 22]])) == 80


def replace_windows(problem, windows):
    return RoutingProblem(
        problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, problem.vehicle_types,
        problem.service_s, windows,
    )  # fmt: skip


def test_waiting_is_relaxed_not_charged():
    # The shortest plan waits 80 s at a cost of 1 each: the bound leaves the waiting out.
    legs = np.full((3, 3), 10)
    vehicle = VehicleType(None, 9, 0, 0, 1)
    problem = RoutingProblem(legs, legs, [0, 1, 1], [0, 0, 0], [vehicle], time_windows=[[0, 0], [10, 10], [100, 100]])
    assert lower_bound(problem) == 30


def test_problem_without_stops_or_vehicles_costs_nothing():
    legs = np.zeros((1, 1), dtype=np.int64)
    assert lower_bound(RoutingProblem(legs, legs, [0], [0], [VehicleType(None, 9, 50)])) == 0
    legs = np.ones((2, 2), dtype=np.int64)
    assert lower_bound(RoutingProblem(legs, legs, [0, 1], [0, 0], [VehicleType(0, 9, 50)])) == 0


def ring(n_stops, capacity, *, fixed_cost=0, scale=1, seed=0):
    """Stops around a depot, loads 1 to 9."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-100, 100, (n_stops + 1, 2))
    points[0] = 0
    gaps = points[:, None] - points[None]
    legs = np.rint(np.hypot(gaps[..., 0], gaps[..., 1])).astype(np.int64) * scale
    load = rng.integers(1, 10, n_stops + 1)
    load[0] = 0
    return RoutingProblem(legs, legs, load, 0 * load, [VehicleType(None, capacity, fixed_cost)])


def test_bound_is_within_three_percent_of_a_plan_of_thirty_stops():
    problem = ring(30, 25, fixed_cost=200)
    plan = solve_routes(problem, engine="ortools", solution_limit=300)
    assert plan.bound is not None
    assert plan.bound <= plan.cost <= 1.03 * plan.bound


def test_more_work_never_lowers_the_bound_and_is_repeated_exactly():
    problem = ring(25, 30)
    bounds = [lower_bound(problem, work_limit=work) for work in (1, 300_000, 3_000_000, 100_000_000)]
    assert bounds == sorted(bounds)
    assert bounds[0] < bounds[-1]
    assert bounds[-1] == lower_bound(problem, work_limit=100_000_000)


def test_costs_near_the_largest_that_fit_keep_the_bound_true():
    problem = ring(8, 20, scale=10**12)
    assert lower_bound(problem) <= optimum(problem)
    assert lower_bound(problem) > 0.9 * optimum(problem)


def test_vehicle_types_share_a_plan():
    problem = ring(10, 12)
    small, large = VehicleType(None, 12, 50), VehicleType(1, 40, 90)
    mixed = RoutingProblem(problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, [small, large])
    best = optimum(mixed)
    assert 0.95 * best < lower_bound(mixed) <= best
    only_small = RoutingProblem(
        problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, [small, replace(large, count=0)]
    )
    assert lower_bound(only_small) > lower_bound(mixed)
