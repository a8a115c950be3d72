"""What a routing problem accepts, and that what it refuses is named."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from planner.errors import UsageError
from planner.route import UNREACHABLE, RoutingProblem, VehicleRoute, VehicleType

LEGS = np.array([[0, 5, 7], [5, 0, 3], [7, 3, 0]])
VAN = VehicleType(None, 10)


def make(**changes):
    arguments = {
        "distance_m": LEGS, "duration_s": LEGS, "delivery": [0, 1, 2], "pickup": [0, 0, 1], "vehicle_types": [VAN],
    }  # fmt: skip
    return RoutingProblem(**{**arguments, **changes})


def test_one_service_time_is_for_stops_and_not_for_the_depot():
    assert make(service_s=60).service_s.tolist() == [0, 60, 60]


def test_stops_are_the_nodes_that_are_no_depot():
    assert make(depots=(0,)).stops == (1, 2)
    assert make(depots=(0, 2), delivery=[0, 1, 0], pickup=[0, 1, 0]).stops == (1,)


def test_arrays_are_copied_and_locked():
    source = LEGS.copy()
    problem = make(distance_m=source)
    source[0, 1] = 99
    assert problem.distance_m[0, 1] == 5
    with pytest.raises(ValueError, match="read-only"):
        problem.distance_m[0, 1] = 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"distance_m": LEGS.astype(float)}, "distance_m must hold integers"),
        ({"distance_m": LEGS[:2]}, r"distance_m must have shape \(3, 3\)"),
        ({"pickup": [0, 1]}, "pickup must have shape"),
        ({"delivery": [0, -1, 2]}, "delivery must not be negative, got -1 at node 1"),
        ({"delivery": [4, 1, 2]}, "delivery must be 0 at depots"),
        ({"service_s": [9, 1, 1]}, "service_s must be 0 at depots"),
        ({"distance_m": LEGS - 6}, "distance_m must not be negative"),
        ({"depots": ()}, "depots must be different nodes"),
        ({"depots": (0, 0)}, "depots must be different nodes"),
        ({"depots": (3,)}, "depots must be different nodes"),
        ({"vehicle_types": []}, "at least one vehicle type"),
        ({"vehicle_types": [VehicleType(1, 10, depot=2)]}, "starts at node 2, which is not a depot"),
        ({"time_windows": [[0, 9], [5, 4], [0, 9]]}, "earliest ≤ latest"),
        ({"time_windows": [0, 9]}, "time_windows must have shape"),
        ({"distance_m": LEGS * 10**17}, "too large"),
        ({"delivery": [[0, 0], [1, 1], [2, 2]]}, r"pickup must have shape \(3, 2\), got \(3,\)"),
        ({"delivery": [[[0]], [[1]], [[2]]]}, "delivery must have shape"),
        ({"vehicle_types": [VehicleType(1, (10, 5))]}, "vehicle type 0 has 2 capacities for 1 kinds"),
        ({"delivery": [[0, 0], [1, 1], [2, -2]], "pickup": [[0, 0]] * 3}, "negative, got -2 at node 2"),
    ],
)
def test_what_is_wrong_is_named(changes, named):
    with pytest.raises(UsageError, match=named):
        make(**changes)


def test_all_defects_are_named_at_once():
    with pytest.raises(UsageError, match=r"delivery must not.*pickup must not"):
        make(delivery=[0, -1, 2], pickup=[0, 0, -3])


def test_distance_and_time_must_agree_on_what_cannot_be_reached():
    cut = LEGS.copy()
    cut[1, 2] = UNREACHABLE
    assert make(distance_m=cut, duration_s=cut).distance_m[1, 2] == UNREACHABLE
    with pytest.raises(UsageError, match="disagree on whether 2 can be reached from 1"):
        make(distance_m=cut)


def test_loads_of_several_kinds_and_of_one_are_read_alike():
    one = make()
    assert (one.n_kinds, one.deliveries.tolist()) == (1, [[0], [1], [2]])
    two = make(delivery=[[0, 0], [1, 5], [2, 0]], pickup=[[0, 0]] * 3, vehicle_types=[VehicleType(1, (3, 5))])
    assert (two.n_kinds, two.n_nodes, two.stops) == (2, 3, (1, 2))
    assert two.service_s.shape == (3,)


def test_a_route_says_where_it_goes_trip_by_trip():
    route = VehicleRoute(0, (4, 2, 3), 0, 0, 0, 0, returns=(1,))
    assert route.trips == ((4,), (2, 3))
    assert route.path == (0, 4, 0, 2, 3, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": -1},
        {"count": -1},
        {"capacity": 1.5},
        {"max_duration_s": True},
        {"capacity": (1, -1)},
        {"capacity": ()},
        {"max_trips": 0},
        {"reload_s": -5},
    ],
)
def test_a_vehicle_type_takes_whole_numbers_from_zero(changes):
    with pytest.raises(UsageError, match=next(iter(changes))):
        VehicleType(**{"count": 1, "capacity": 1, **changes})


def test_importing_the_room_loads_no_solver():
    code = (
        "import sys, planner.route; print([m for m in sys.modules if m.split('.')[0] in ('ortools', 'pyvrp', 'scipy')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
