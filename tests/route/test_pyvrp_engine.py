"""PyVRP as an engine: repeats exactly, says nothing, keeps to limits; the polish after it; fleets too small."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route import RoutingProblem, StopNote, VehicleRoute, VehicleType, recount_cost, solve_routes
from planner.route.judge import recount_route
from planner.route.polish import polished
from planner.route.pyvrp_engine import Limits, can_search, search_shifts
from planner.route.solve import _planned_exactly

BIG = VehicleType(None, 3000, 200_000, 2, 0, 28_800, None, 0, None, 900)


def county_like(n, seed, vehicles=(BIG,)):
    """Stops in the plane with both directions and service; times at 9 m/s."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(-9000, 9000, (n + 1, 2))
    legs = np.hypot(*(at[:, None] - at[None]).T).round().astype(np.int64)
    delivery, pickup = rng.integers(200, 2500, n + 1), rng.integers(0, 900, n + 1)
    delivery[0] = pickup[0] = 0
    return RoutingProblem(legs, legs // 9, delivery, pickup, vehicles, 600)


def test_every_run_of_a_seed_gives_the_same_plan_and_nothing_is_printed(capfd):
    problem = county_like(25, 0)
    runs = [solve_routes(problem, engine="pyvrp", solution_limit=20, seed=seed) for seed in (3, 3, 4)]
    assert runs[0].routes == runs[1].routes
    assert all(run.engine == "pyvrp" and not run.unserved for run in runs)
    assert capfd.readouterr() == ("", "")


def test_a_time_limit_ends_the_search():
    started = perf_counter()
    search_shifts(county_like(60, 0), limits=Limits(10**9, started + 0.5), seed=0)
    assert perf_counter() - started < 5


def test_an_iteration_or_two_still_give_a_plan_for_every_stop():
    result = solve_routes(county_like(40, 1), engine="pyvrp", solution_limit=1)
    assert not result.unserved


@pytest.mark.parametrize("seed", range(3))
def test_several_trips_are_found_about_as_well_as_by_listing_all_shifts(seed):
    problem = county_like(9, seed)
    exact = solve_routes(problem, engine="exact")
    assert any(len(route.trips) > 2 for route in exact.routes)
    searched = solve_routes(problem, engine="pyvrp", solution_limit=50)
    assert exact.status is SolveStatus.OPTIMAL
    assert exact.cost <= searched.cost <= 1.01 * exact.cost


def test_polish_finds_the_best_of_two_routes_and_keeps_the_fleet():
    problem = county_like(6, 0, [replace(BIG, count=2)])
    alone = [VehicleRoute(0, stops, 0, 0, 0, 0, returns=(1, 2)) for stops in ((1, 4, 2), (3, 5, 6))]
    given = [replace(route, cost=recount_route(problem, route).cost) for route in alone]
    found = polished(problem, given, _planned_exactly, None)
    assert sorted(stop for route in found for stop in route.stops) == [1, 2, 3, 4, 5, 6]
    assert len(found) <= 2
    best = solve_routes(problem, engine="exact")
    assert sum(route.cost for route in found) == best.cost < sum(route.cost for route in given)
    assert polished(problem, found, _planned_exactly, None) == found


def test_a_fleet_too_small_serves_as_many_stops_as_it_can():
    van = VehicleType(2, 2500, 1000, 1)
    problem = county_like(9, 2, [van])
    searched = solve_routes(problem, engine="pyvrp", solution_limit=100)
    exact = solve_routes(problem, engine="exact")
    assert len(searched.unserved) == len(exact.unserved) > 0
    assert exact.cost <= searched.cost
    assert {note.reason for note in searched.notes} == {"fleet"}


def test_numbers_beyond_the_search_are_left_to_the_others_or_refused():
    legs = np.array([[0, 10**13, 10**13], [10**13, 0, 5], [10**13, 5, 0]])
    problem = RoutingProblem(legs, legs, [0, 1, 1], [0, 0, 0], [VehicleType(None, 2)])
    assert not can_search(problem)
    with pytest.raises(UsageError, match="coarser unit"):
        solve_routes(problem, engine="pyvrp")
    assert solve_routes(problem).cost == 2 * 10**13 + 5


def test_a_stop_reached_only_by_way_of_another_is_served():
    legs = np.full((4, 4), 10)
    legs[0, 2] = legs[2, 0] = -1
    legs[:, 3] = -1
    problem = RoutingProblem(legs, legs, [0, 1, 1, 1], [0, 0, 0, 0], [VehicleType(None, 3)])
    result = solve_routes(problem, engine="pyvrp", solution_limit=50)
    # 2 has a way in and out by 1 only, and a route that passes 1 once can't use both.
    assert result.notes == (StopNote(2, "unreachable"), StopNote(3, "unreachable"))
    legs = legs.copy()
    legs[2, 0] = 10
    problem = RoutingProblem(legs, legs, [0, 1, 1, 1], [0, 0, 0, 0], [VehicleType(None, 3)])
    result = solve_routes(problem, engine="pyvrp", solution_limit=50)
    assert [route.stops for route in result.routes] == [(1, 2)]
    assert result.notes == (StopNote(3, "unreachable"),)


def test_many_full_loads_at_one_place_share_shifts():
    n = 31
    place = np.zeros(n, dtype=np.int64)
    place[0] = 9000
    legs = np.abs(place[:, None] - place[None])
    van = VehicleType(None, 100, 50_000, 1, 0, 28_800, None, 0, None, 600)
    problem = RoutingProblem(legs, legs // 10, [0, *[100] * (n - 1)], [0] * n, [van], 600)
    result = solve_routes(problem, solution_limit=100)
    trips_a_shift = (28_800 + 600) // (1800 + 600 + 600)
    assert len(result.routes) == -(-(n - 1) // trips_a_shift)
    assert result.cost == recount_cost(problem, result) == 50_000 * len(result.routes) + 18_000 * (n - 1)
    assert result.status is SolveStatus.OPTIMAL
