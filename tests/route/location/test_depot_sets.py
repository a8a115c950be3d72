"""Which sets of depots are looked at: large enough, of any size, and the neighbours that would pay."""

from __future__ import annotations

import numpy as np
import pytest

from planner.route import location_routing
from planner.route.location import search as search_module
from planner.route.location import solve as solve_module
from planner.route.location.depot_sets import depot_sets, estimates, neighbours
from planner.route.location.plan import Ground
from planner.route.location.problem import LocationRoutingProblem


def plane(seed, m, n, dearest, room):
    random = np.random.default_rng(seed)
    points = random.integers(0, 100, (m + n, 2))
    return {
        "depot_cost": random.integers(1, dearest, m),
        "depot_capacity": np.full(m, room),
        "vehicle_cost": 5,
        "vehicle_capacity": 25,
        "demand": random.integers(1, 10, n),
        "distance": np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).astype(np.int64),
    }


@pytest.mark.parametrize(("dearest", "room"), [(3, 100), (30, 30), (100, 100)])
def test_cheap_depots_are_opened_in_number_and_dear_ones_are_not(monkeypatch, dearest, room):
    arguments = plane(8, 8, 10, dearest, room)
    proven = location_routing(**arguments)
    monkeypatch.setattr(solve_module, "can_list", lambda _: False)
    monkeypatch.setattr(search_module, "ROUNDS", 60_000)
    assert location_routing(**arguments).cost == proven.cost


def test_sets_hold_the_demand_and_come_in_order_of_their_estimate():
    ground = Ground.of(LocationRoutingProblem.of(**plane(1, 6, 12, 50, 25)))
    sets = depot_sets(ground)
    total = ground.problem.demand.sum()
    assert all(ground.problem.depot_capacity[list(chosen)].sum() >= total for chosen in sets)
    assert (np.diff(estimates(ground, sets)) >= 0).all()
    assert len(set(sets)) == len(sets)


def test_neighbours_differ_by_one_depot_closed_opened_or_both():
    ground = Ground.of(LocationRoutingProblem.of(**plane(2, 9, 12, 50, 40)))
    around = neighbours(ground, (0, 3, 5))
    assert around
    for chosen in around:
        assert len({0, 3, 5} - set(chosen)) <= 1
        assert len(set(chosen) - {0, 3, 5}) <= 1
        assert set(chosen) != {0, 3, 5}


def test_many_depots_are_not_listed_in_all_sets():
    ground = Ground.of(LocationRoutingProblem.of(**plane(3, 60, 40, 50, 100)))
    assert 0 < len(depot_sets(ground)) < 40_000
