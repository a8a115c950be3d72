"""The lower bound and the proof against the dynamic programme over sets, on problems of up to eight customers."""

from __future__ import annotations

import numpy as np
import pytest

from planner.route.location.bound import first_bound, relax
from planner.route.location.exact import solve_small
from planner.route.location.plan import Ground, Pool
from planner.route.location.problem import LocationRoutingProblem
from planner.route.location.proof import Proof
from planner.route.location.search import Clock


def problem_of(seed, *, tight, zeros):
    """Customers in the plane or on any ways, one way in ten missing now and then."""
    random = np.random.default_rng(seed)
    m, n = int(random.integers(1, 4)), int(random.integers(2, 9))
    points = random.integers(0, 100, (m + n, 2))
    flat = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).astype(np.int64)
    distance = flat if seed % 2 else random.integers(0, 100, (m + n, m + n))
    if seed % 5 == 0:
        distance = np.where(random.random(distance.shape) < 0.1, -1, distance)
    demand = random.integers(0 if zeros else 1, 10, n)
    total = int(demand.sum())
    room = random.integers(max(total // 2, 9), total + 10, m) if tight else np.full(m, total + 9)
    return LocationRoutingProblem.of(
        random.integers(0, 150, m), room, int(random.integers(0, 60)), int(random.integers(9, 40)), demand, distance
    )


def cost_of(problem, routes):
    opening = sum(int(problem.depot_cost[depot]) for depot in {depot for depot, _ in routes})
    return opening + sum(problem.route_cost(depot, stops) for depot, stops in routes)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kind", ["tight", "loose", "zeros"])
def test_bound_is_true_and_the_proof_finds_the_optimum(kind, seed):
    problem = problem_of(seed, tight=kind == "tight", zeros=kind == "zeros")
    best = solve_small(problem).routes
    if best is None:
        return
    m, optimum = problem.n_depots, cost_of(problem, best)
    alone = tuple((0, (m + c,)) for c in range(problem.n_customers))
    one_each = kind != "tight" and all(problem.distance[0, s] >= 0 <= problem.distance[s, 0] for _, (s,) in alone)
    known = alone if one_each else best
    ground, clock = Ground.of(problem), Clock(None)
    assert 0 <= first_bound(ground) <= optimum
    relaxation = relax(ground, Pool(), known, cost_of(problem, known), clock)
    if relaxation is None:
        assert not problem.demand.any()
        return
    assert min(relaxation.cost_bound, cost_of(problem, known)) <= optimum
    proof = Proof(relaxation, cost_of(problem, known), clock)
    proof.run()
    assert proof.bound <= optimum
    if (problem.demand > 0).all():
        assert (proof.bound, proof.cost) == (optimum, optimum)
    if proof.routes is not None:
        assert cost_of(problem, proof.routes) == proof.cost


def test_bound_holds_with_many_steps_of_load_and_huge_costs():
    problem = problem_of(3, tight=True, zeros=False)
    fine = LocationRoutingProblem.of(
        problem.depot_cost * 10**12, problem.depot_capacity * 1009, problem.vehicle_cost * 10**12,
        problem.vehicle_capacity * 1009 + 5, problem.demand * 1009, problem.distance * 10**12,
    )  # fmt: skip
    best = solve_small(fine).routes
    relaxation = relax(Ground.of(fine), Pool(), best, cost_of(fine, best), Clock(None))
    assert 0.5 * cost_of(fine, best) < relaxation.cost_bound <= cost_of(fine, best)


def test_bound_with_more_depots_than_sets_are_listed():
    random = np.random.default_rng(4)
    points = random.integers(0, 100, (25, 2))
    distance = np.abs(points[:, None] - points[None]).sum(axis=2)
    problem = LocationRoutingProblem.of(
        random.integers(20, 150, 16), np.full(16, 30), 10, 20, random.integers(1, 9, 9), distance
    )
    optimum = cost_of(problem, solve_small(problem).routes)
    known = solve_small(problem).routes
    relaxation = relax(Ground.of(problem), Pool(), known, optimum, Clock(None))
    assert relaxation.sets is None
    assert 0 < relaxation.cost_bound <= optimum
