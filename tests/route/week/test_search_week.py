"""The search of large weeks, on weeks small enough to know the best."""

from __future__ import annotations

import numpy as np
import pytest
from week_brute import random_week

from planner.domain import SolveStatus
from planner.route import VehicleType
from planner.route.week import PeriodicProblem, patterns_for, solve_week, week_violations
from planner.route.week import search as search_module
from planner.route.week import solve as solve_module

VARIANTS = [
    {},
    {"market": True},
    {"trips": 2},
    {"grouped": True},
    {"limited": True, "grouped": True},
    {"limited": True, "trips": None},
]


@pytest.fixture
def searching(monkeypatch):
    """Weeks go to the search, however small."""
    monkeypatch.setattr(solve_module, "best_choice", lambda _: None)
    monkeypatch.setattr(solve_module, "is_separable", lambda _: False)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_search_keeps_the_rules_and_comes_near_the_best(seed, variant, request):
    problem = random_week(seed, n_stops=7, **variant)
    best = solve_week(problem)
    assert best.status is SolveStatus.OPTIMAL
    request.getfixturevalue("searching")
    found = solve_week(problem)
    assert week_violations(problem, found) == ()
    assert found.status is not SolveStatus.OPTIMAL or found.cost == best.cost
    assert len(found.unserved) == len(best.unserved)
    assert best.cost <= found.cost <= 1.02 * best.cost
    assert (found.bound is None) == bool(found.unserved)
    assert found.bound is None or 0.25 * best.cost <= found.bound <= best.cost


def large_week(n_stops):
    rng = np.random.default_rng(3)
    at = rng.integers(0, 30_000, (n_stops + 1, 2))
    distance = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    loads = np.r_[0, rng.integers(10, 90, n_stops)]
    visits = [0, *(5 if k % 3 == 0 else 3 for k in range(n_stops))]
    patterns = [(), *(patterns_for(number) for number in visits[1:])]
    vehicles = [VehicleType(None, 600, 200_000, 1, 0, 28_800, max_trips=None, reload_s=900)]
    return PeriodicProblem(distance, distance // 10, loads, loads // 2, visits, patterns, vehicles, 600)


def test_a_large_week_is_the_same_every_time_and_routes_its_days_anew(monkeypatch):
    monkeypatch.setattr(search_module, "MOST_ROUNDS", 300)
    problem = large_week(36)
    first, second = solve_week(problem), solve_week(problem)
    assert (first.cost, first.routes, first.patterns) == (second.cost, second.routes, second.patterns)
    assert first.unserved == ()


def test_a_time_limit_ends_the_search_with_a_legal_week():
    problem = large_week(34)
    assert week_violations(problem, solve_week(problem, time_limit_s=0.01)) == ()
