"""Location-routing against enumeration on tiny problems; its judge, its limits, its words where there is no plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, permutations, product
from time import perf_counter

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route import StopNote, location_routing
from planner.route.location import LocationRoutingProblem, location_violations
from planner.route.location import search as search_module
from planner.route.location import solve as solve_module

SMALL = {
    "depot_cost": [8, 3],
    "depot_capacity": [20, 20],
    "vehicle_cost": 5,
    "vehicle_capacity": 10,
    "demand": [4, 6, 5],
    "distance": [[0, 9, 2, 2, 8], [9, 0, 7, 7, 1], [2, 7, 0, 1, 6], [2, 7, 1, 0, 6], [8, 1, 6, 6, 0]],
}


def enumerated(problem):
    """Least cost of serving all customers, or None: every partition into routes, every order, every depot."""
    m = problem.n_depots
    best = None
    for routes in _partitions(list(range(m, m + problem.n_customers))):
        options = [[(d, cost) for d in range(m) if (cost := _round_trip(problem, d, route)) >= 0] for route in routes]
        for chosen in product(*options):
            loads = [0] * m
            for (depot, _), route in zip(chosen, routes, strict=True):
                loads[depot] += _load(problem, route)
            if all(load <= capacity for load, capacity in zip(loads, problem.depot_capacity, strict=True)):
                total = sum(cost for _, cost in chosen)
                total += sum(int(problem.depot_cost[d]) for d in {depot for depot, _ in chosen})
                best = total if best is None else min(best, total)
    return best


def _load(problem, route):
    return sum(int(problem.demand[stop - problem.n_depots]) for stop in route)


def _round_trip(problem, depot, route):
    if _load(problem, route) > problem.vehicle_capacity:
        return -1
    costs = []
    for order in permutations(route):
        legs = [int(problem.distance[a, b]) for a, b in pairwise((depot, *order, depot))]
        if min(legs) >= 0:
            costs.append(problem.vehicle_cost + sum(legs))
    return min(costs, default=-1)


def _partitions(items):
    if not items:
        yield []
        return
    first, *rest = items
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = [item for item in rest if item not in others]
            for part in _partitions(left):
                yield [(first, *others), *part]


def tiny(seed):
    """Up to 3 depots and 5 customers; asymmetric; capacities tight and loose; in a third of the cases missing ways."""
    random = np.random.default_rng(seed)
    m, n = int(random.integers(1, 4)), int(random.integers(1, 6))
    distance = random.integers(0, 100, (m + n, m + n))
    if seed % 3 == 0:
        distance[random.random(distance.shape) < 0.2] = -1
    loose = seed % 2
    return {
        "depot_cost": random.integers(0, 100, m),
        "depot_capacity": random.integers(5, 60 if loose else 25, m),
        "vehicle_cost": int(random.integers(0, 30)),
        "vehicle_capacity": int(random.integers(6, 50 if loose else 20)),
        "demand": random.integers(0, 10, n),
        "distance": distance,
    }


def without(arguments, customers):
    """The same problem without some customers' nodes."""
    m, n = len(arguments["depot_cost"]), len(arguments["demand"])
    nodes = [node for node in range(m + n) if node not in customers]
    demand = np.array([arguments["demand"][node - m] for node in nodes[m:]], dtype=np.int64)
    return LocationRoutingProblem.of(
        **(arguments | {"demand": demand, "distance": arguments["distance"][np.ix_(nodes, nodes)]})
    )


def clustered(n=40, m=5, seed=1, vehicle_capacity=70):
    """Customers around three centres, as in the published family."""
    random = np.random.default_rng(seed)
    centres = random.integers(5, 45, (3, 2))
    customers = centres[random.integers(0, 3, n)] + random.integers(-6, 7, (n, 2))
    points = np.vstack([random.integers(0, 50, (m, 2)), customers])
    gaps = points[:, None] - points[None]
    demand = random.integers(11, 21, n)
    return {
        "depot_cost": random.integers(6000, 12000, m),
        "depot_capacity": np.full(m, -(-int(demand.sum()) // 140) * 70 + 70),
        "vehicle_cost": 1000,
        "vehicle_capacity": vehicle_capacity,
        "demand": demand,
        "distance": np.ceil(100 * np.hypot(gaps[..., 0], gaps[..., 1])).astype(np.int64),
    }


@pytest.mark.parametrize("block", range(10))
def test_tiny_problems_are_solved_to_the_optimum(block):
    for seed in range(20 * block, 20 * block + 20):
        arguments = tiny(seed)
        result = location_routing(**arguments)
        expected = enumerated(without(arguments, result.unserved))
        assert result.cost == expected, seed
        assert result.status is (SolveStatus.INFEASIBLE if expected is None else SolveStatus.OPTIMAL)
        for note in result.notes:
            others = [other for other in range(len(arguments["distance"])) if other >= len(arguments["depot_cost"])]
            alone_or_not = [set(others) - {note.stop, *group} for k in range(5) for group in combinations(others, k)]
            assert all(_no_single_route(without(arguments, gone)) for gone in alone_or_not), seed


def _no_single_route(problem):
    """Whether no depot serves all of the problem's customers in one route."""
    stops = tuple(range(problem.n_depots, problem.n_depots + problem.n_customers))
    return all(
        problem.depot_capacity[depot] < _load(problem, stops) or _round_trip(problem, depot, stops) < 0
        for depot in range(problem.n_depots)
    )


@pytest.mark.parametrize("seed", range(0, 120, 4))
def test_search_and_bound_agree_with_enumeration(monkeypatch, seed):
    monkeypatch.setattr(solve_module, "can_list", lambda _: False)
    monkeypatch.setattr(search_module, "ROUNDS", 30_000)
    arguments = tiny(seed)
    result = location_routing(**arguments)
    expected = enumerated(without(arguments, result.unserved))
    assert result.cost == expected
    if expected is None:
        assert result.status in {SolveStatus.INFEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME}
    else:
        assert 0 <= result.bound <= expected


def test_small_example_opens_the_far_depot_too():
    result = location_routing(**SMALL)
    assert (result.cost, result.bound, result.status) == (28, 28, SolveStatus.OPTIMAL)
    assert result.open_depots.tolist() == [0, 1]
    assert sorted((depot, set(stops)) for depot, stops in result.routes) == [(0, {2, 3}), (1, {4})]


@pytest.mark.parametrize("vehicle_capacity", [70, 150])
def test_counts_give_the_same_plan_every_time(monkeypatch, vehicle_capacity):
    monkeypatch.setattr(search_module, "ROUNDS", 40_000)
    first, second = (location_routing(**clustered(n=20, vehicle_capacity=vehicle_capacity)) for _ in range(2))
    assert (first.routes, first.cost, first.bound) == (second.routes, second.cost, second.bound)
    assert 0.95 * first.cost < first.bound <= first.cost
    assert (first.status is SolveStatus.OPTIMAL) == (first.bound == first.cost)


def test_forty_customers_are_proven(monkeypatch):
    monkeypatch.setattr(search_module, "ROUNDS", 40_000)
    assert location_routing(**clustered()).status is SolveStatus.OPTIMAL


def test_time_limit_is_kept_within_reason():
    location_routing(**clustered(), time_limit_s=0.2)  # loads what is compiled
    started = perf_counter()
    result = location_routing(**clustered(n=80), time_limit_s=2)
    assert perf_counter() - started < 6
    assert result.cost is not None


def test_full_depots_are_packed():
    """Every depot must be filled to the brim: 3 depots of 30, loads that make 30 in few ways."""
    random = np.random.default_rng(5)
    demand = np.array([17, 13, 19, 11, 16, 14, 9, 9, 9, 3] + [0] * 8)
    distance = random.integers(1, 100, (22, 22))
    result = location_routing([50, 60, 70, 0], [30, 30, 60, 0], 7, 30, demand, distance, time_limit_s=3)
    assert result.cost is not None


def test_sets_that_never_fill_the_depots_exactly_are_proven_infeasible():
    demand = [2] * 15
    distance = np.ones((17, 17), np.int64)
    result = location_routing([1, 1], [15, 15], 1, 9, demand, distance, time_limit_s=3)
    assert (result.cost, result.status) == (None, SolveStatus.INFEASIBLE)


def test_search_finds_the_only_way_there_is(monkeypatch):
    monkeypatch.setattr(search_module, "ROUNDS", 30_000)
    n, m = 16, 3
    distance = np.full((m + n, m + n), -1)
    distance[np.arange(m, m + n - 1), np.arange(m + 1, m + n)] = 1
    distance[0, m] = distance[m + n - 1, 0] = 1
    result = location_routing([5, 6, 7], [50, 50, 50], np.int64(3), np.int32(50), [1] * n, distance.astype(np.int16))
    assert result.routes == ((0, tuple(range(m, m + n))),)
    assert result.cost == 5 + 3 + n + 1


def test_loads_of_nothing_need_no_capacity(monkeypatch):
    monkeypatch.setattr(search_module, "ROUNDS", 10_000)
    distance = np.random.default_rng(3).integers(1, 100, (19, 19))
    result = location_routing([5, 6, 7], [0, 0, 0], 3, 0, [0] * 16, distance)
    assert result.unserved == ()
    assert 0 < result.bound <= result.cost


def test_too_little_capacity_in_all_is_infeasible():
    result = location_routing(**(SMALL | {"depot_capacity": [7, 7]}))
    assert (result.cost, result.bound, result.status, result.routes) == (None, None, SolveStatus.INFEASIBLE, ())


def test_customers_no_route_can_serve_are_named_with_the_reason():
    distance = np.array(SMALL["distance"])
    distance[4, :] = -1
    result = location_routing(**(SMALL | {"demand": [11, 6, 5], "distance": distance}))
    assert result.unserved == (2, 4)
    assert result.notes == (StopNote(2, "too_large"), StopNote(4, "unreachable"))
    assert result.routes == ((0, (3,)),)
    assert result.status is SolveStatus.OPTIMAL


def test_a_depot_that_is_too_small_for_a_customer_does_not_reach_it():
    distance = np.array(SMALL["distance"])
    distance[1, :] = -1
    result = location_routing(**(SMALL | {"depot_capacity": [5, 20], "distance": distance}))
    assert StopNote(3, "unreachable") in result.notes


def test_no_customers_and_no_depots():
    none = location_routing([5], [5], 1, 1, [], np.zeros((1, 1), np.int64))
    assert (none.cost, none.bound, none.status) == (0, 0, SolveStatus.OPTIMAL)
    alone = location_routing([], [], 1, 1, [1], np.zeros((1, 1), np.int64))
    assert alone.unserved == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"demand": [4, 6]}, r"distance must have shape \(4, 4\) for 2 depots and 2 customers, got \(5, 5\)"),
        ({"depot_capacity": [20]}, r"depot_capacity must have shape \(2,\)"),
        ({"demand": [4, -6, 5]}, "demand must not be below 0, got -6"),
        ({"demand": [4.5, 6, 5]}, "demand must hold integers, got float64"),
        ({"vehicle_cost": 1.5}, "vehicle_cost must be a whole number from 0 .* got 1.5"),
        ({"vehicle_capacity": True}, "vehicle_capacity must be a whole number"),
        ({"distance": np.full((5, 5), -2)}, "distance must not be below -1, got -2"),
        ({"depot_cost": [10**17, 10**17]}, "too large to be summed exactly"),
        ({"time_limit_s": 0}, "time_limit_s must be positive"),
        ({"time_limit_s": float("nan")}, "time_limit_s must be positive"),
        ({"seed": -1}, "seed not negative"),
    ],
)
def test_wrong_arguments_are_named(change, words):
    with pytest.raises(UsageError, match=words):
        location_routing(**(SMALL | change))


def test_all_defects_are_named_together():
    with pytest.raises(UsageError, match=r"depot_cost must not be below 0, got -1; demand must hold integers"):
        location_routing(**(SMALL | {"depot_cost": [-1, 3], "demand": [0.5, 1, 1]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cost": 27}, "cost is 28, not 27"),
        ({"bound": 29}, "bound 29 is above the cost 28"),
        ({"bound": 3}, "called optimal"),
        ({"open_depots": np.array([0])}, "routes start from [0, 1], open are [0]"),
        ({"routes": ((0, (2, 3)),)}, "customer 4 is served or listed as unserved 0 times"),
        ({"routes": ((0, (2, 3, 4)), (1, ()))}, "load 15 above 10"),
        ({"routes": ((0, (2, 3)), (1, (4,)), (1, ()))}, "route 2 has no customer"),
        ({"routes": ((0, (2, 3)), (2, (4,)))}, "names a node that is no depot"),
        ({"unserved": (4,)}, "customer 4 is served or listed as unserved 2 times"),
        ({"cost": None}, "no cost"),
        ({"status": SolveStatus.INFEASIBLE}, "there is a plan"),
    ],
)
def test_judge_names_what_is_wrong(change, words):
    problem = LocationRoutingProblem.of(**SMALL)
    result = location_routing(**SMALL)
    assert location_violations(problem, result) == ()
    assert any(words in line for line in location_violations(problem, replace(result, **change)))


def test_judge_counts_what_a_depot_holds_and_ways_that_are_missing():
    result = location_routing(**SMALL)
    small = LocationRoutingProblem.of(**(SMALL | {"depot_capacity": [9, 20]}))
    assert "depot 0: load 10 above 9" in location_violations(small, result)
    distance = np.array(SMALL["distance"])
    distance[1, 4] = -1
    broken = LocationRoutingProblem.of(**(SMALL | {"distance": distance}))
    assert any("no way from 1 to 4" in line for line in location_violations(broken, result))
