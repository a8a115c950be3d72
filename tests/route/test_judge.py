"""The judge on several trips a shift, several kinds of load and reasons: what it accepts, and what it names."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.route import RoutingProblem, RoutingResult, StopNote, VehicleRoute, VehicleType, route_violations
from planner.route.judge import recount_route

LINE = np.abs(np.subtract.outer([0, 10, 20, 30], [0, 10, 20, 30]))
NONE = [0] * 4


def problem(vehicle, delivery=(0, 4, 4, 4), pickup=(0, 0, 0, 0), **more):
    return RoutingProblem(LINE, LINE, list(delivery), list(pickup), [vehicle], **more)


def plan(*routes, unserved=(), notes=()):
    return RoutingResult(sum(r.cost for r in routes), None, routes, unserved, SolveStatus.FEASIBLE, 0.0, "hand", notes)


def test_a_shift_pays_its_vehicle_once_and_counts_every_trip_and_reload():
    van = VehicleType(None, 8, fixed_cost=100, cost_per_m=2, cost_per_s=1, max_trips=2, reload_s=7)
    counted = recount_route(problem(van, service_s=3), VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0, returns=(2,)))
    assert counted.distance_m == 20 + 20 + 60
    assert counted.duration_s == 100 + 3 * 3 + 7
    assert counted.cost == 100 + 2 * 100 + 116
    assert counted.arrive_s == (10, 23, 46, 83, 116)
    assert not counted.broken


def test_every_trip_has_its_own_load():
    van = VehicleType(None, 8, max_trips=None)
    loads = problem(van, delivery=(0, 4, 4, 8), pickup=(0, 0, 8, 0))
    assert not recount_route(loads, VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0, returns=(2,))).broken
    together = recount_route(loads, VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0)).broken
    assert [broken.words for broken in together] == ["load 16 above 8"]
    wrong_cut = recount_route(loads, VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0, returns=(1,))).broken
    assert [broken.words for broken in wrong_cut] == ["load 16 above 8"]


def test_kinds_of_load_do_not_lend_each_other_room():
    dry_and_cold = [[0, 0], [4, 1], [4, 1], [4, 1]]

    def load(capacity):
        van = VehicleType(None, capacity)
        both = RoutingProblem(LINE, LINE, dry_and_cold, [[0, 0]] * 4, [van])
        return [broken.words for broken in recount_route(both, VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0)).broken]

    assert load((12, 3)) == []
    assert load((12, 2)) == ["load of kind 1 3 above 2"]
    assert load((11, 9)) == ["load of kind 0 12 above 11"]


@pytest.mark.parametrize(
    ("vehicle", "named"),
    [
        (VehicleType(None, 8, max_trips=1), "trips 2 above 1"),
        (VehicleType(None, 8, max_trips=2, max_duration_s=106, reload_s=7), "duration 107 above 106"),
        (VehicleType(None, 8, max_trips=2, max_distance_m=99), "distance 100 above 99"),
    ],
)
def test_limits_hold_for_the_whole_shift(vehicle, named):
    counted = recount_route(problem(vehicle), VehicleRoute(0, (1, 2, 3), 0, 0, 0, 0, returns=(2,)))
    assert [broken.words for broken in counted.broken] == [named]


def test_waiting_on_a_second_trip_is_shortened_by_leaving_later():
    windows = [[0, 500], [0, 500], [200, 210], [0, 500]]
    van = VehicleType(None, 8, max_trips=2, reload_s=7)
    counted = recount_route(problem(van, time_windows=windows), VehicleRoute(0, (1, 2), 0, 0, 0, 0, returns=(1,)))
    assert counted.start_s == 200 - 20 - 7 - 20
    assert counted.duration_s == 67
    late = [[0, 500], [0, 100], [200, 210], [0, 500]]
    counted = recount_route(problem(van, time_windows=late), VehicleRoute(0, (1, 2), 0, 0, 0, 0, returns=(1,)))
    assert (counted.start_s, counted.duration_s) == (90, 130)


@pytest.mark.parametrize("returns", [(0,), (3,), (1, 1), (2, 1)])
def test_a_trip_without_a_stop_is_refused(returns):
    van = VehicleType(None, 12, max_trips=None)
    route = VehicleRoute(0, (1, 2, 3), 0, 60, 60, 60, returns)
    assert any("without a stop" in line for line in route_violations(problem(van), plan(route)))


def tampered_notes(*notes):
    tasks = problem(VehicleType(1, 4), delivery=(0, 4, 4, 9), pickup=NONE)
    found = plan(VehicleRoute(0, (1,), 0, 20, 20, 20), unserved=(2, 3), notes=notes)
    return route_violations(tasks, found)


def test_the_judge_knows_which_reasons_hold():
    right = (StopNote(2, "fleet"), StopNote(3, "too_large"))
    assert tampered_notes(*right) == ()
    for notes, named in [
        (right[:1], "stop 3 has 0 notes"),
        ((*right, right[0]), "stop 2 has 2 notes"),
        ((right[0], StopNote(3, "shift")), "shift does not hold of stop 3"),
        ((right[0], StopNote(3, "fleet")), "fleet does not hold of stop 3"),
        ((StopNote(2, "too_large"), right[1]), "too_large does not hold of stop 2"),
        ((*right, StopNote(1, "fleet")), "note fleet on stop 1, which is visited"),
        ((*right, StopNote(1, "nothing_to_carry")), "nothing_to_carry does not hold of stop 1"),
        ((StopNote(2, "nothing_to_carry"), right[1]), "on stop 2, which is not visited"),
    ]:
        assert any(re.search(named, line) for line in tampered_notes(*notes)), (notes, tampered_notes(*notes))


def test_unused_fields_of_a_route_do_not_hide_a_wrong_cost():
    van = VehicleType(None, 12, fixed_cost=5)
    right = VehicleRoute(0, (1, 2, 3), 0, 65, 60, 60)
    assert route_violations(problem(van), plan(right)) == ()
    assert "route 0: cost is 65, not 64" in route_violations(problem(van), plan(replace(right, cost=64)))
