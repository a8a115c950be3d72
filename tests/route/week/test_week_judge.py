"""The judge of weeks names every broken rule: a sound week, spoiled in one place at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from week_brute import line_week

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route import VehicleType
from planner.route.problem import StopNote
from planner.route.week import DayRoute, PeriodicProblem, solve_week, week_violations


@pytest.fixture
def problem():
    return line_week(5, 7, 30, visits=[3, 3, 5], load=6, vehicles=[VehicleType(1, 12, 100, max_duration_s=100)])


@pytest.fixture
def result(problem):
    return solve_week(problem)


def test_the_week_itself_is_sound(problem, result):
    assert week_violations(problem, result) == ()


def spoiled(result, number, **changes):
    routes = list(result.routes)
    route_changes = {name: value for name, value in changes.items() if name != "days"}
    driven = routes[number]
    routes[number] = DayRoute(changes.get("days", driven.days), replace(driven.route, **route_changes))
    return replace(result, routes=tuple(routes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"days": (1,)}, "is visited on"),
        ({"days": ()}, "days must be"),
        ({"days": (3, 1, 5)}, "days must be"),
        ({"days": (1, 3, 8)}, "days must be"),
        ({"stops": ()}, "without a stop"),
        ({"stops": (1, 9)}, "does not have"),
        ({"stops": (1, 1)}, "is visited on"),
        ({"stops": (1, 2, 3)}, "load"),
        ({"vehicle_type": 1}, "does not have"),
        ({"depot": 1}, "does not have"),
        ({"cost": 1}, "cost is"),
        ({"duration_s": 1}, "duration_s is"),
        ({"distance_m": 1}, "distance_m is"),
        ({"returns": (1,)}, "trip"),
    ],
    ids=str,
)
def test_a_spoiled_route_is_named(problem, result, changes, words):
    assert any(words in line for line in week_violations(problem, spoiled(result, 0, **changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cost": 1}, "cost is"),
        ({"bound": 10**9}, "above the cost"),
        ({"bound": None, "status": SolveStatus.OPTIMAL}, "called optimal"),
        ({"vehicles": (7,)}, "vehicles of type 0"),
        ({"vehicles": ()}, "vehicles of type 0"),
        ({"day_load": ()}, "day_load"),
        ({"patterns": ()}, "patterns must have"),
        ({"unserved": (1,)}, "left out"),
        ({"notes": (StopNote(1, "fleet"),)}, "reasons for"),
    ],
    ids=str,
)
def test_a_spoiled_total_is_named(problem, result, changes, words):
    assert any(words in line for line in week_violations(problem, replace(result, **changes)))


def test_a_pattern_that_is_not_allowed_is_named(problem, result):
    other = PeriodicProblem(
        problem.routing.distance_m, problem.routing.duration_s, problem.routing.delivery, problem.routing.pickup,
        problem.visits, [(), ((5, 6, 7),), *problem.patterns[2:]], problem.vehicle_types,
    )  # fmt: skip
    assert any("may not have the days" in line for line in week_violations(other, result))


def test_too_many_vehicles_on_one_day_are_named(problem, result):
    few = line_week(5, 7, 30, visits=[3, 3, 5], load=6, vehicles=[VehicleType(0, 12, 100)])
    assert any("only 0 exist" in line for line in week_violations(few, result))


def test_a_torn_group_is_named():
    both = line_week(5, 5, visits=[3, 3], load=6)
    grouped = line_week(5, 5, visits=[3, 3], load=6, groups=[0, 1, 1])
    assert any("are one group" in line for line in week_violations(grouped, solve_week(both)))


@pytest.mark.parametrize(
    ("visits", "patterns", "groups", "words"),
    [
        ([8], [(), ((1,),)], None, "visits must be from 1 to 7"),
        ([2], [(), ((1,),)], None, "must be 2 days"),
        ([2], [(), ((3, 1),)], None, "ascending"),
        ([2], [(), ()], None, "no pattern"),
        ([1, 1], [(), ((1,),), ((2,),)], [0, 1, 1], "share no pattern"),
        ([1], [(), ((1,),), ((2,),)], None, "one entry for each"),
    ],
)
def test_problems_that_make_no_sense_are_refused(visits, patterns, groups, words):
    with pytest.raises(UsageError, match=words):
        line_week(*range(1, len(visits) + 1), visits=visits, patterns=patterns, groups=groups)
