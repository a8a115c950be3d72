"""Both engines against enumeration on tiny problems, each limit with a case that it allows and one that it forbids."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route import (
    UNREACHABLE,
    JudgeError,
    RoutingProblem,
    VehicleRoute,
    VehicleType,
    recount_cost,
    route_violations,
    solve_routes,
)
from planner.route import solve as solve_module
from planner.route.ortools_engine import search_routes

ENGINES = ["exact", "ortools", "pyvrp"]


def line(*positions, delivery=None, pickup=None, vehicles=None, **more):
    """Stops on a line, node 0 at the first position; metres = seconds = distance on it."""
    at = np.array(positions)
    legs = np.abs(at[:, None] - at[None, :])
    nothing = [0] * len(positions)
    vehicles = vehicles or [VehicleType(None, 10**6)]
    return RoutingProblem(legs, legs, delivery or nothing, pickup or nothing, vehicles, **more)


def brute_force(problem):
    """(fewest left out, least cost), by every ordered split of every order of every subset of the stops."""
    best = None
    stops = problem.stops
    for plan in _plans(stops, problem):
        served = sum(len(route) for _, route in plan)
        cost = sum(_cost(problem, kind, route) for kind, route in plan)
        key = (len(stops) - served, cost)
        best = key if best is None else min(best, key)
    return best


def _plans(stops, problem):
    """Every plan that keeps all limits, built route by route; the first stop left decides the next route."""
    kinds = range(len(problem.vehicle_types))

    def extend(left, plan):
        if not left:
            yield plan
            return
        first, rest = left[0], left[1:]
        yield from extend(rest, plan)
        for size in range(len(rest) + 1):
            for others in _subsets(rest, size):
                remaining = tuple(stop for stop in rest if stop not in others)
                for kind in kinds:
                    count = problem.vehicle_types[kind].count
                    if count is not None and sum(k == kind for k, _ in plan) >= count:
                        continue
                    costs = [
                        (cost, order)
                        for order in permutations((first, *others))
                        if (cost := _cost(problem, kind, order)) is not None
                    ]
                    if costs:
                        yield from extend(remaining, [*plan, (kind, min(costs)[1])])

    return extend(tuple(stops), [])


def _subsets(items, size):
    if size == 0:
        yield ()
        return
    for position, item in enumerate(items):
        for rest in _subsets(items[position + 1 :], size - 1):
            yield (item, *rest)


def _cost(problem, kind, order):
    """Cost of one route in this order, None when it breaks a limit. Departure times are tried one by one."""
    vehicle = problem.vehicle_types[kind]
    path = [vehicle.depot, *order, vehicle.depot]
    legs = list(pairwise(path))
    if any(problem.distance_m[leg] == UNREACHABLE for leg in legs):
        return None
    distance = sum(int(problem.distance_m[leg]) for leg in legs)
    on_board = [sum(problem.delivery[list(order)])]
    for stop in order:
        on_board.append(on_board[-1] - problem.delivery[stop] + problem.pickup[stop])
    duration = _least_duration(problem, path)
    if duration is None or max(on_board) > vehicle.capacity:
        return None
    if vehicle.max_distance_m is not None and distance > vehicle.max_distance_m:
        return None
    if vehicle.max_duration_s is not None and duration > vehicle.max_duration_s:
        return None
    return vehicle.fixed_cost + vehicle.cost_per_m * distance + vehicle.cost_per_s * duration


def _least_duration(problem, path):
    windows = problem.time_windows
    starts = [0] if windows is None else range(windows[path[0], 0], windows[path[0], 1] + 1)
    durations = []
    for start in starts:
        clock = start
        for a, b in pairwise(path):
            clock += int(problem.service_s[a]) + int(problem.duration_s[a, b])
            if windows is not None:
                if clock > windows[b, 1]:
                    break
                clock = max(clock, int(windows[b, 0]))
        else:
            durations.append(clock - start)
    return min(durations, default=None)


def random_problem(seed, *, n_stops=5, windows=False, counts=(None, None), two_depots=False):
    rng = np.random.default_rng(seed)
    n_depots = 2 if two_depots else 1
    n = n_stops + n_depots
    distance = rng.integers(1, 30, (n, n))
    distance[0, 1] = 40  # far from a triangle inequality on purpose
    duration = rng.integers(1, 30, (n, n))
    closed = rng.random((n, n)) < 0.1
    distance[closed], duration[closed] = UNREACHABLE, UNREACHABLE
    delivery, pickup = rng.integers(0, 8, n), rng.integers(0, 8, n)
    service = rng.integers(0, 5, n)
    for values in (delivery, pickup, service):
        values[:n_depots] = 0
    time_windows = None
    if windows:
        earliest = rng.integers(0, 60, n)
        time_windows = np.stack([earliest, earliest + rng.integers(10, 60, n)], axis=1)
        time_windows[:n_depots] = (0, 150)
    vehicles = [
        VehicleType(counts[0], 9, 20, 1, 0 if windows else 1, None if windows else 90, 120),
        VehicleType(counts[1], 16, 35, 2, 0, None, None, depot=n_depots - 1),
    ]
    return RoutingProblem(
        distance, duration, delivery, pickup, vehicles, service, time_windows, depots=tuple(range(n_depots))
    )


VARIANTS = [
    {},
    {"n_stops": 6},
    {"windows": True},
    {"counts": (1, 1)},
    {"counts": (0, 2)},
    {"two_depots": True},
    {"two_depots": True, "counts": (1, None)},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_exact_engine_equals_brute_force(seed, variant):
    problem = random_problem(seed, **variant)
    result = solve_routes(problem, engine="exact")
    assert (len(result.unserved), result.cost) == brute_force(problem)
    assert result.status is SolveStatus.OPTIMAL
    assert result.bound == result.cost


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_search_never_beats_brute_force_and_stays_within_a_tenth(seed, variant):
    problem = random_problem(seed, **variant)
    result = solve_routes(problem, engine="ortools", solution_limit=200)
    left_out, cost = brute_force(problem)
    assert len(result.unserved) >= left_out
    if len(result.unserved) == left_out:
        assert cost <= result.cost <= 1.1 * cost
        assert result.bound is None or result.bound <= cost


@pytest.mark.parametrize("seed", range(3))
def test_search_with_time_windows_costs_and_limits_on_duration_keeps_the_rules(seed):
    problem = random_problem(seed, windows=True)
    vehicles = [replace(vehicle, cost_per_s=2, max_duration_s=80) for vehicle in problem.vehicle_types]
    timed = RoutingProblem(
        problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, vehicles,
        problem.service_s, problem.time_windows,
    )  # fmt: skip
    result = solve_routes(timed, solution_limit=200)
    left_out, cost = brute_force(timed)
    assert (left_out, cost) <= (len(result.unserved), result.cost)
    assert result.engine == "pyvrp"


@pytest.mark.parametrize("engine", ENGINES)
def test_capacity(engine):
    fits = line(0, 10, 20, delivery=[0, 5, 5], vehicles=[VehicleType(None, 10)])
    over = line(0, 10, 20, delivery=[0, 5, 6], vehicles=[VehicleType(None, 10)])
    assert len(solve_routes(fits, engine=engine, solution_limit=50).routes) == 1
    assert len(solve_routes(over, engine=engine, solution_limit=50).routes) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_load_on_board_counts_both_directions_at_every_point(engine):
    # Each alone 10 down, 10 up. Together 20 leave the depot. With 10 and 10 but one way each, order decides.
    down_first = line(0, 10, 20, delivery=[0, 10, 0], pickup=[0, 0, 10], vehicles=[VehicleType(None, 10)])
    result = solve_routes(down_first, engine=engine, solution_limit=50)
    assert [route.stops for route in result.routes] == [(1, 2)]
    both = line(0, 10, 20, delivery=[0, 10, 1], pickup=[0, 10, 0], vehicles=[VehicleType(None, 10)])
    assert len(solve_routes(both, engine=engine, solution_limit=50).routes) == 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("limit", "n_routes"), [(50, 1), (49, 2)])
def test_shift_counts_driving_and_service(engine, limit, n_routes):
    problem = line(0, 10, 20, service_s=5, vehicles=[VehicleType(None, 1, max_duration_s=limit)])
    result = solve_routes(problem, engine=engine, solution_limit=50)
    assert len(result.routes) == n_routes
    assert not result.unserved


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("limit", "n_routes"), [(60, 1), (59, 2)])
def test_distance_limit(engine, limit, n_routes):
    problem = line(0, 10, -20, vehicles=[VehicleType(None, 1, 5, max_distance_m=limit)])
    assert len(solve_routes(problem, engine=engine, solution_limit=50).routes) == n_routes


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("count", "unserved"), [(2, 0), (1, 1), (0, 2)])
def test_fleet_count_leaves_out_only_what_it_must(engine, count, unserved):
    problem = line(0, 10, 20, delivery=[0, 6, 6], vehicles=[VehicleType(count, 10)])
    result = solve_routes(problem, engine=engine, solution_limit=50)
    assert len(result.unserved) == unserved
    assert len(result.routes) == 2 - unserved


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("latest", "n_routes"), [(20, 1), (19, 2)])
def test_time_windows_make_the_order(engine, latest, n_routes):
    # The far stop opens first and closes at `latest`; the near one opens at 30.
    windows = [[0, 100], [30, 40], [0, latest]]
    problem = line(0, 10, 20, time_windows=windows, vehicles=[VehicleType(None, 1)])
    result = solve_routes(problem, engine=engine, solution_limit=50)
    if latest == 20:
        assert [route.stops for route in result.routes] == [(2, 1)]
        assert result.routes[0].duration_s == 40
    else:
        assert result.unserved == (2,)
        assert len(result.routes) == n_routes - 1


@pytest.mark.parametrize("engine", ENGINES)
def test_every_depot_serves_what_is_near_it(engine):
    vehicles = [VehicleType(None, 10), VehicleType(None, 10, depot=1)]
    problem = line(0, 100, 10, 90, vehicles=vehicles, depots=(0, 1))
    result = solve_routes(problem, engine=engine, solution_limit=50)
    assert [(route.depot, route.stops) for route in result.routes] == [(0, (2,)), (1, (3,))]
    only_one = line(0, 100, 10, 90, vehicles=vehicles[:1], depots=(0, 1))
    assert {route.depot for route in solve_routes(only_one, engine=engine, solution_limit=50).routes} == {0}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_that_nothing_can_serve_is_listed_and_the_rest_routed(engine):
    legs = line(0, 10, 20, 30, 5).distance_m.copy()
    legs[:, 3] = UNREACHABLE
    vehicles = [VehicleType(None, 10, max_duration_s=30)]
    problem = RoutingProblem(legs, legs, [0, 1, 1, 1, 11], [0] * 5, vehicles)
    result = solve_routes(problem, engine=engine, solution_limit=50)
    assert result.unserved == (2, 3, 4)  # too far for the shift, no way there, too big for any vehicle
    assert [route.stops for route in result.routes] == [(1,)]


def test_unreachable_legs_are_never_driven_though_a_detour_exists():
    legs = line(0, 10, 20).distance_m.copy()
    legs[0, 2] = UNREACHABLE
    problem = RoutingProblem(legs, legs, [0, 1, 1], [0] * 3, [VehicleType(None, 10)])
    for engine in ENGINES:
        assert [r.stops for r in solve_routes(problem, engine=engine, solution_limit=50).routes] == [(1, 2)]


def test_a_stop_with_nothing_to_carry_is_visited():
    result = solve_routes(line(0, 10, 20))
    assert sorted(stop for route in result.routes for stop in route.stops) == [1, 2]


def test_no_stops_is_a_proven_empty_plan():
    result = solve_routes(line(0))
    assert (result.cost, result.bound, result.routes, result.status) == (0, 0, (), SolveStatus.OPTIMAL)


def test_cheapest_mix_of_vehicles():
    vehicles = [VehicleType(None, 4, fixed_cost=10), VehicleType(None, 9, fixed_cost=16)]
    problem = line(0, 1, 1, 1, delivery=[0, 4, 4, 4], vehicles=vehicles)
    result = solve_routes(problem)
    assert sorted(route.vehicle_type for route in result.routes) == [0, 1]
    assert result.cost == 10 + 16 + 4


def clustered(n, seed, per_vehicle):
    """``n`` stops in the plane, capacity for about ``per_vehicle`` of them; both directions, a shift."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(-9000, 9000, (n + 1, 2))
    legs = np.hypot(*(at[:, None] - at[None]).T).round().astype(np.int64)
    delivery, pickup = rng.integers(50, 150, n + 1), rng.integers(0, 200, n + 1)
    delivery[0] = pickup[0] = 0
    vehicles = [
        VehicleType(None, 60 * per_vehicle, 10_000, 1, 0, 28_800),
        VehicleType(None, 100 * per_vehicle, 14_000, 2, 0, 28_800),
    ]
    return RoutingProblem(legs, legs // 7, delivery, pickup, vehicles, 300)


@pytest.mark.parametrize("seed", range(3))
def test_proof_by_listing_routes_is_never_beaten_by_search(seed):
    problem = clustered(16, seed, 3)
    exact = solve_routes(problem)
    assert exact.status is SolveStatus.OPTIMAL
    search = solve_routes(problem, engine="ortools", solution_limit=300)
    assert exact.cost <= search.cost <= 1.05 * exact.cost
    assert search.bound is not None
    assert search.bound <= exact.cost


def test_limited_fleet_is_proven_too():
    problem = clustered(14, 1, 3)
    unlimited = solve_routes(problem)
    used = sum(route.vehicle_type == 1 for route in unlimited.routes)
    vehicles = [problem.vehicle_types[0], replace(problem.vehicle_types[1], count=max(0, used - 1))]
    limited = RoutingProblem(
        problem.distance_m, problem.duration_s, problem.delivery, problem.pickup, vehicles, problem.service_s
    )
    result = solve_routes(limited)
    assert used > 0
    assert not result.unserved
    assert result.cost >= unlimited.cost
    assert sum(route.vehicle_type == 1 for route in result.routes) <= used - 1


@pytest.mark.parametrize(("n", "per_vehicle"), [(14, 3), (30, 12)])
def test_every_run_gives_the_same_plan(n, per_vehicle):
    problem = clustered(n, 0, per_vehicle)
    runs = [solve_routes(problem, solution_limit=100) for _ in range(2)]
    assert runs[0].routes == runs[1].routes
    assert (runs[0].cost, runs[0].bound, runs[0].status) == (runs[1].cost, runs[1].bound, runs[1].status)


def test_search_reports_no_proof():
    result = solve_routes(clustered(30, 0, 12), engine="pyvrp", solution_limit=50)
    assert result.engine == "pyvrp"
    assert result.status is SolveStatus.FEASIBLE
    assert result.bound is not None
    assert 0 < result.bound < result.cost


def test_stops_that_never_share_a_vehicle_are_routed_apart():
    # 80 full loads and one small stop: far too many for one list of routes, trivial one by one.
    positions = [0, *range(1, 82)]
    problem = line(*positions, delivery=[0, *[10] * 80, 1], vehicles=[VehicleType(None, 10, 5)])
    result = solve_routes(problem)
    assert result.status is SolveStatus.OPTIMAL
    assert result.cost == sum(2 * at + 5 for at in positions[1:])


@pytest.mark.parametrize(
    "arguments", [{"engine": "magic"}, {"solution_limit": 0}, {"time_limit_s": 0.0}, {"seed": -1}], ids=str
)
def test_senseless_arguments_are_refused(arguments):
    with pytest.raises(UsageError):
        solve_routes(line(0, 1), **arguments)


def test_exact_refuses_what_it_cannot_hold():
    with pytest.raises(UsageError, match="exact"):
        solve_routes(line(*range(60)), engine="exact")
    timed = line(0, 1, time_windows=[[0, 9], [0, 9]], vehicles=[VehicleType(None, 1, max_duration_s=5)])
    with pytest.raises(UsageError, match="exact"):
        solve_routes(timed, engine="exact")


def test_a_time_limit_ends_the_search_without_a_proof():
    result = solve_routes(clustered(30, 0, 12), engine="ortools", time_limit_s=0.3, solution_limit=10**6)
    assert result.status in (SolveStatus.FEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME)
    assert result.seconds < 5


SOLVED = line(0, 10, 20, 30, delivery=[0, 5, 5, 1], vehicles=[VehicleType(2, 10, 3, max_duration_s=60)])


def tampered(**changes):
    result = solve_routes(SOLVED)
    return replace(result, **changes)


@pytest.mark.parametrize(
    ("routes", "named"),
    [
        ([VehicleRoute(0, (1, 2, 3), 0, 63, 60, 60)], "load 11 above 10"),
        ([VehicleRoute(0, (1, 2), 0, 43, 40, 40)], "stop 3 is served or listed as unserved 0 times"),
        ([VehicleRoute(0, (1, 2), 0, 43, 40, 40), VehicleRoute(0, (2, 3), 0, 63, 60, 60)], "stop 2 .* 2 times"),
        ([VehicleRoute(0, (1, 2), 0, 42, 40, 40), VehicleRoute(0, (3,), 0, 63, 60, 60)], "cost is 43, not 42"),
        ([VehicleRoute(0, (1, 2), 0, 43, 39, 40), VehicleRoute(0, (3,), 0, 63, 60, 60)], "distance_m is 40, not 39"),
        ([VehicleRoute(0, (1, 2), 0, 43, 40, 41), VehicleRoute(0, (3,), 0, 63, 60, 60)], "duration_s is 40, not 41"),
        ([VehicleRoute(0, (1, 3, 2, 1), 0, 63, 60, 60)], "stop 1 is served or listed as unserved 2 times"),
        ([VehicleRoute(0, (1, 2), 1, 43, 40, 40)], "does not have"),
        ([VehicleRoute(1, (2,), 0, 23, 20, 20)], "does not have"),
        ([VehicleRoute(0, (), 0, 3, 0, 0)], "has no stop"),
        ([VehicleRoute(0, (k,), 0, 3 + 20 * k, 20 * k, 20 * k) for k in (1, 2, 3)], "3 vehicles of type 0, only 2"),
        ([VehicleRoute(0, (3, 1, 2), 0, 83, 80, 80)], "duration 80 above 60"),
    ],
)
def test_the_judge_names_what_was_tampered_with(routes, named):
    result = tampered(routes=tuple(routes), cost=sum(route.cost for route in routes), status=SolveStatus.FEASIBLE)
    lines = route_violations(SOLVED, replace(result, bound=None))
    assert any(re.search(named, line) for line in lines), lines


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"cost": 1}, "cost is"), ({"bound": 10**6}, "bound 1000000 is above"), ({"bound": 1}, "called optimal")],
)
def test_the_judge_checks_the_totals(changes, named):
    assert any(named in line for line in route_violations(SOLVED, tampered(**changes)))


def test_the_judge_accepts_what_the_engines_return():
    result = solve_routes(SOLVED)
    assert route_violations(SOLVED, result) == ()
    assert recount_cost(SOLVED, result) == result.cost


def test_a_wrong_engine_is_caught_before_anyone_sees_its_plan(monkeypatch):
    monkeypatch.setattr(solve_module, "search_routes", lambda *_, **__: [(0, (1, 2, 3))])
    with pytest.raises(JudgeError, match="load 11 above 10"):
        solve_routes(SOLVED, engine="ortools")


def test_a_time_limit_holds_for_all_parts_together(monkeypatch):
    """Three full loads are routed apart: each search gets a share of what the others left over."""
    given = []

    def noted(problem, *, solution_limit, time_limit_s):
        given.append((solution_limit, time_limit_s))
        return search_routes(problem, solution_limit=10, time_limit_s=time_limit_s)

    monkeypatch.setattr(solve_module, "search_routes", noted)
    problem = line(0, 10, 20, 30, delivery=[0, 5, 5, 5], vehicles=[VehicleType(None, 5)])
    result = solve_routes(problem, engine="ortools", time_limit_s=9.0)
    assert len(result.routes) == len(given) == 3
    assert all(limit > 10**6 for limit, _ in given), "with a time limit alone the clock ends a search, not a count"
    first_s, second_s, third_s = (seconds for _, seconds in given)
    assert 0 < first_s <= 3
    assert first_s / 2 < second_s <= 4.5
    assert second_s / 2 < third_s <= 9
