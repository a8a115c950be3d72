"""The solver-free judge of location-routing: recounts depots, loads, visits and cost, and names every broken rule.

Written against the problem's definition alone, in plain integers, so that it shares no mistake with the search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from planner.domain import SolveStatus
from planner.route.location.problem import LocationRoutingProblem, LocationRoutingResult
from planner.route.problem import UNREACHABLE


def location_violations(problem: LocationRoutingProblem, result: LocationRoutingResult) -> tuple[str, ...]:
    """Every rule that ``result`` breaks, one line each; empty when it is feasible and adds up."""
    m, n = problem.n_depots, problem.n_customers
    strange = [
        f"route {number} names a node that is no depot or no customer"
        for number, (depot, stops) in enumerate(result.routes)
        if not 0 <= depot < m or not all(m <= stop < m + n for stop in stops)
    ]
    if strange:
        return tuple(strange)
    if result.cost is None:
        return tuple(_no_plan_lines(result))
    return (*_route_lines(problem, result), *_plan_lines(problem, result), *_bound_lines(result))


def recount(problem: LocationRoutingProblem, result: LocationRoutingResult) -> int:
    """Cost of the plan, counted afresh: each depot that a route starts from, each route, each leg."""
    cost = sum(int(problem.depot_cost[depot]) for depot in {depot for depot, _ in result.routes})
    for depot, stops in result.routes:
        cost += problem.vehicle_cost
        cost += sum(int(problem.distance[a, b]) for a, b in pairwise((depot, *stops, depot)))
    return cost


def _route_lines(problem: LocationRoutingProblem, result: LocationRoutingResult) -> Iterator[str]:
    m = problem.n_depots
    at_depot: Counter[int] = Counter()
    for number, (depot, stops) in enumerate(result.routes):
        if not stops:
            yield f"route {number} has no customer"
        for a, b in pairwise((depot, *stops, depot)):
            if a != b and problem.distance[a, b] == UNREACHABLE:
                yield f"route {number}: no way from {a} to {b}"
        load = sum(int(problem.demand[stop - m]) for stop in stops)
        at_depot[depot] += load
        if load > problem.vehicle_capacity:
            yield f"route {number}: load {load} above {problem.vehicle_capacity}"
    for depot, load in sorted(at_depot.items()):
        if load > problem.depot_capacity[depot]:
            yield f"depot {depot}: load {load} above {int(problem.depot_capacity[depot])}"


def _plan_lines(problem: LocationRoutingProblem, result: LocationRoutingResult) -> Iterator[str]:
    m, n = problem.n_depots, problem.n_customers
    visits = Counter(stop for _, stops in result.routes for stop in stops)
    visits.update(result.unserved)
    for customer in sorted(set(range(m, m + n)) | set(visits)):
        if visits[customer] != 1 or customer not in range(m, m + n):
            yield f"customer {customer} is served or listed as unserved {visits[customer]} times, not once"
    if sorted(note.stop for note in result.notes) != sorted(result.unserved):
        yield "the notes don't explain each unserved customer once"
    used = sorted({depot for depot, _ in result.routes})
    if used != result.open_depots.tolist():
        yield f"routes start from {used}, open are {result.open_depots.tolist()}"
    counted = recount(problem, result)
    if counted != result.cost:
        yield f"cost is {counted}, not {result.cost}"


def _no_plan_lines(result: LocationRoutingResult) -> Iterator[str]:
    if result.routes or result.open_depots.size:
        yield "there are routes or open depots, but no cost"
    if result.status not in (SolveStatus.INFEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME):
        yield f"there is no plan, but the status is {result.status}"


def _bound_lines(result: LocationRoutingResult) -> Iterator[str]:
    if result.status not in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE):
        yield f"there is a plan, but the status is {result.status}"
    if result.bound is not None and result.cost is not None and result.bound > result.cost:
        yield f"bound {result.bound} is above the cost {result.cost}"
    if result.status is SolveStatus.OPTIMAL and result.bound != result.cost:
        yield "called optimal, but the bound does not equal the cost"
