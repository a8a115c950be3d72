"""Whole weeks: against trying everything, and the rules one by one."""

from __future__ import annotations

import pytest
from week_brute import best_week, line_week, random_week

from planner.domain import SolveStatus
from planner.route import VehicleType
from planner.route.week import solve_week, week_violations

EQUAL = [
    {"mixed": False},
    {"mixed": False, "limited": True},
    {"mixed": False, "grouped": True},
    {"mixed": False, "metric": False},
    {"mixed": False, "trips": 2},
]
MIXED = [
    {},
    {"limited": True},
    {"market": True},
    {"grouped": True},
    {"metric": False, "market": True},
    {"trips": 2, "limited": True},
    {"trips": None},
    {"limited": True, "grouped": True, "market": True},
]


@pytest.mark.parametrize("variant", [*EQUAL, *MIXED], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_weeks_keep_the_rules_and_never_beat_trying_everything(seed, variant):
    problem = random_week(seed, n_stops=4, **variant)
    result = solve_week(problem)
    assert week_violations(problem, result) == ()
    best = best_week(problem)
    found = (len(result.unserved), result.cost)
    assert found >= best
    if result.status is SolveStatus.OPTIMAL:
        assert found == best
    if result.bound is not None and len(result.unserved) == best[0]:
        assert result.bound <= best[1]


@pytest.mark.slow
@pytest.mark.parametrize("variant", [*EQUAL, *MIXED], ids=str)
@pytest.mark.parametrize("seed", range(100, 116))
def test_weeks_of_five_stops_are_as_trying_everything_finds(seed, variant):
    problem = random_week(seed, n_stops=5, **variant)
    result = solve_week(problem)
    assert result.status is SolveStatus.OPTIMAL
    assert (len(result.unserved), result.cost) == best_week(problem)


@pytest.mark.parametrize("variant", [*EQUAL, *MIXED], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_small_weeks_are_solved_to_a_proof(seed, variant):
    assert solve_week(random_week(seed, **variant)).status is SolveStatus.OPTIMAL


def test_a_week_costs_visits_times_one_routing_problem():
    result = solve_week(line_week(5, 7, 9, visits=[3, 3, 3], vehicles=[VehicleType(None, 10, 100)]))
    assert (result.cost, result.bound, result.status) == (3 * 118, 3 * 118, SolveStatus.OPTIMAL)
    assert [driven.days for driven in result.routes] == [(1, 3, 5)]


def test_one_vehicle_drives_one_route_on_each_pattern():
    result = solve_week(line_week(5, 5, visits=[3, 3], load=6, vehicles=[VehicleType(1, 10)]))
    assert [driven.days for driven in result.routes] == [(1, 3, 5), (2, 4, 6)]
    assert result.vehicles == (1,)
    assert [day.duration_s for day in result.day_load] == [10] * 6 + [0]


def test_a_group_is_served_whole_or_left_out_whole():
    vehicles = [VehicleType(1, 10)]
    alone = solve_week(line_week(5, 5, visits=[5, 5], load=6, vehicles=vehicles))
    grouped = solve_week(line_week(5, 5, visits=[5, 5], load=6, vehicles=vehicles, groups=[0, 1, 1]))
    assert len(alone.unserved) == 1
    assert grouped.unserved == (1, 2)
    assert [note.reason for note in grouped.notes] == ["fleet", "fleet"]


def test_no_stops_make_an_empty_week():
    result = solve_week(line_week(visits=[]))
    assert (result.cost, result.routes, result.status) == (0, (), SolveStatus.OPTIMAL)
