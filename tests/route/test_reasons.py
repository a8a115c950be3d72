"""Every stop left out is told why, and what takes the obstacle away takes the note away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.route import UNREACHABLE, RoutingProblem, StopNote, VehicleType, solve_routes
from planner.route.pyvrp_engine import _stops_to_serve

ENGINES = ["auto", "exact", "ortools", "pyvrp"]
AT = [0, 10, 20, 60]
VAN = VehicleType(None, 10)


def build(vehicles=(VAN,), *, closed=(), delivery=(0, 5, 5, 5), windows=None, at=AT):
    legs = np.abs(np.subtract.outer(at, at))
    for leg in closed:
        legs[leg] = UNREACHABLE
    return RoutingProblem(legs, legs, list(delivery), [0] * len(at), list(vehicles), 1, windows)


EVER = [[0, 999]] * 3
CASES = {
    "too_large": (build(delivery=(0, 5, 5, 11)), build(delivery=(0, 5, 5, 10))),
    "unreachable": (build(closed=[(0, 3), (1, 3), (2, 3)]), build(closed=[(1, 3), (2, 3)])),
    "too_far": (build([replace(VAN, max_distance_m=119)]), build([replace(VAN, max_distance_m=120)])),
    "shift": (build([replace(VAN, max_duration_s=120)]), build([replace(VAN, max_duration_s=121)])),
    "window": (build(windows=[*EVER, [0, 59]]), build(windows=[*EVER, [0, 60]])),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reason", CASES)
def test_the_obstacle_is_named_and_gone_when_it_is_taken_away(engine, reason):
    blocked, free = CASES[reason]
    result = solve_routes(blocked, engine=engine, solution_limit=50)
    assert result.unserved == (3,)
    assert result.notes == (StopNote(3, reason),)
    assert sorted(stop for route in result.routes for stop in route.stops) == [1, 2]
    result = solve_routes(free, engine=engine, solution_limit=50)
    assert (result.unserved, result.notes) == ((), ())


@pytest.mark.parametrize("engine", ENGINES)
def test_too_few_vehicles(engine):
    short = solve_routes(build([replace(VAN, count=1)]), engine=engine, solution_limit=50)
    assert len(short.unserved) == 1
    assert short.notes == (StopNote(short.unserved[0], "fleet"),)
    assert solve_routes(build([replace(VAN, count=2)]), engine=engine, solution_limit=50).notes == ()
    none = solve_routes(build([replace(VAN, count=0)]), engine=engine, solution_limit=50)
    assert none.notes == tuple(StopNote(stop, "fleet") for stop in (1, 2, 3))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_with_nothing_to_carry_is_visited_and_said(engine):
    result = solve_routes(build(delivery=(0, 5, 0, 5)), engine=engine, solution_limit=50)
    assert result.unserved == ()
    assert result.notes == (StopNote(2, "nothing_to_carry"),)


def test_of_several_vehicles_the_one_that_comes_nearest_gives_the_reason():
    small, short = VehicleType(None, 4), replace(VAN, max_distance_m=110)
    result = solve_routes(build([small, short]))
    assert result.notes == (StopNote(3, "too_far"),)
    assert solve_routes(build([small, replace(short, max_distance_m=None)])).notes == ()
    assert solve_routes(build([replace(small, capacity=5), short])).notes == ()


def test_no_way_back_is_no_way():
    result = solve_routes(build(closed=[(3, 0), (3, 1), (3, 2)]))
    assert result.notes == (StopNote(3, "unreachable"),)


def test_every_obstacle_at_once_and_the_rest_routed():
    at = [0, 10, 20, 60, 15, 12, 14]
    windows = [[0, 999]] * 6 + [[0, 13]]
    blocked = build([replace(VAN, max_distance_m=110, count=1)], at=at, delivery=(0, 5, 5, 1, 11, 0, 0),
                    closed=[(k, 1) for k in range(7)], windows=windows)  # fmt: skip
    result = solve_routes(blocked)
    assert {note.stop: note.reason for note in result.notes} == {
        1: "unreachable", 3: "too_far", 4: "too_large", 5: "nothing_to_carry", 6: "window",
    }  # fmt: skip
    assert [route.stops for route in result.routes] in ([(2, 5)], [(5, 2)])


def test_one_vehicle_with_several_trips_serves_what_its_shift_holds():
    van = VehicleType(1, 5, max_duration_s=20 + 40 + 2 + 7, max_trips=None, reload_s=7)
    for engine in ("auto", "exact", "pyvrp"):
        result = solve_routes(build([van]), engine=engine, solution_limit=50)
        assert [route.trips for route in result.routes] in ([((1,), (2,))], [((2,), (1,))])
        assert result.notes == (StopNote(3, "shift"),)
        short = solve_routes(build([replace(van, max_duration_s=68)]), engine=engine, solution_limit=50)
        assert [note.reason for note in short.notes] == ["fleet", "shift"]
        two = solve_routes(build([replace(van, max_duration_s=68, count=2)]), engine=engine, solution_limit=50)
        assert two.notes == (StopNote(3, "shift"),)


def test_a_stop_beyond_hope_does_not_disturb_the_search_for_the_others():
    at = [0, 10, 20, 60]
    van = VehicleType(None, 10, max_distance_m=60)
    assert _stops_to_serve(build([van], at=at)) == ((1, 2), True)
    legs = np.abs(np.subtract.outer(at, at))
    legs[0, 2] = legs[2, 0] = 90
    problem = RoutingProblem(legs, legs, [0, 1, 1, 1], [0] * 4, [van])
    assert _stops_to_serve(problem) == ((1, 2), False), "2 is too far by the direct way, but not by way of 1"
