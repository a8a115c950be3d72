"""The bound of a week: never above the best week, never below the loose bound, and close on larger weeks."""

from __future__ import annotations

import numpy as np
import pytest
from week_brute import best_week, line_week, random_week

from planner.domain import SolveStatus
from planner.route import VehicleType
from planner.route.week import PeriodicProblem, patterns_for, solve_week, trips_of, week_bound
from planner.route.week import solve as solve_module
from planner.route.week.bound import loose_bound

VARIANTS = [
    {},
    {"trips": 2},
    {"trips": None},
    {"limited": True},
    {"limited": True, "trips": 2},
    {"market": True},
    {"grouped": True},
    {"metric": False},
    {"mixed": False},
    {"two_loads": True, "trips": 2},
]
LITTLE_WORK = (1, 100_000, 2_000_000)


def week_of(seed, *, two_loads=False, **variant):
    """A random week; with ``two_loads`` every stop has a cooled load too, and the vehicles a compartment for it."""
    problem = random_week(seed, n_stops=4, **variant)
    if not two_loads:
        return problem
    routing, rng = problem.routing, np.random.default_rng(seed)
    cold = rng.integers(0, 4, (2, problem.n_nodes))
    cold[:, 0] = 0
    vehicles = [
        VehicleType(v.count, (*v.capacities, 5), v.fixed_cost, v.cost_per_m, v.cost_per_s, v.max_duration_s,
                    v.max_distance_m, max_trips=v.max_trips, reload_s=v.reload_s)
        for v in problem.vehicle_types
    ]  # fmt: skip
    return PeriodicProblem(
        routing.distance_m,
        routing.duration_s,
        np.column_stack([routing.deliveries[:, 0], cold[0]]),
        np.column_stack([routing.pickups[:, 0], cold[1]]),
        problem.visits,
        problem.patterns,
        vehicles,
        routing.service_s,
    )


def check(problem):
    left_out, best = best_week(problem)
    if left_out:
        return
    loose = loose_bound(problem)
    assert loose <= week_bound(problem, best) <= best
    assert week_bound(problem, 2 * best + 1) <= best
    for work in LITTLE_WORK:
        assert loose <= week_bound(problem, best + best // 20, work_limit=work) <= best


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_the_bound_is_never_above_the_best_week(seed, variant):
    check(week_of(seed, **variant))


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("seed", range(100, 120))
def test_the_bound_of_many_weeks_is_never_above_the_best(seed, variant):
    check(week_of(seed, **variant))


def test_few_large_visits_are_bounded_exactly():
    vehicles = [VehicleType(None, 10, 100)]
    mixed = line_week(5, 7, 9, visits=[5, 3, 3], load=6, vehicles=vehicles)
    cost = 5 * 110 + 3 * 114 + 3 * 118
    assert week_bound(mixed, cost) == week_bound(mixed, cost + 500) == cost


@pytest.fixture
def searching(monkeypatch):
    """Weeks go to the search, however small."""
    monkeypatch.setattr(solve_module, "best_choice", lambda _: None)


@pytest.mark.usefixtures("searching")
def test_a_searched_week_that_meets_its_bound_is_optimal_and_without_a_bound_it_is_not():
    problem = line_week(5, 7, 9, visits=[5, 3, 3], load=6)
    assert solve_week(problem).status is SolveStatus.OPTIMAL
    unbounded = solve_week(problem, with_bound=False)
    assert (unbounded.bound, unbounded.status) == (None, SolveStatus.FEASIBLE)


@pytest.mark.usefixtures("searching")
def test_no_bound_when_stops_are_left_out():
    result = solve_week(line_week(5, 7, visits=[5, 3], load=6, vehicles=[VehicleType(1, 10)]))
    assert len(result.unserved) == 1
    assert result.bound is None


def test_trips_of_a_shift():
    assert list(trips_of(1, (3, 1, 2), (1,))) == [(1, (3,)), (1, (1, 2))]


def test_a_larger_week_has_a_bound_much_better_than_the_loose_one():
    rng = np.random.default_rng(5)
    at = rng.integers(0, 30_000, (19, 2))
    distance = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    loads = np.r_[0, rng.integers(100, 300, 18)]
    visits = [0, *(5 if k % 3 == 0 else 3 for k in range(18))]
    patterns = [(), *(patterns_for(number) for number in visits[1:])]
    vehicles = [VehicleType(None, 600, 200_000, 1, 0, 28_800, max_trips=None, reload_s=900)]
    problem = PeriodicProblem(distance, distance // 10, loads, loads // 2, visits, patterns, vehicles, 600)
    result = solve_week(problem)
    assert 0.85 * result.cost < result.bound <= result.cost
    assert loose_bound(problem) < 0.75 * result.cost
