"""Solve a location-routing problem, and let the judge count the answer before anyone sees it."""

# ruff: noqa: PLR0917 (the entry point takes what the published problem takes)

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route.judge import JudgeError
from planner.route.location.bound import first_bound, relax
from planner.route.location.exact import can_list, solve_small
from planner.route.location.judge import location_violations
from planner.route.location.plan import Bools, Ground, Routes
from planner.route.location.problem import LocationRoutingProblem, LocationRoutingResult
from planner.route.location.proof import Proof
from planner.route.location.search import Clock, Search
from planner.route.problem import UNREACHABLE, StopNote, StopReason

_REASONS: Final[dict[str, StopReason]] = {"too_large": "too_large", "unreachable": "unreachable"}
BOUND_SHARE: Final = 0.25
"""Share of the time left after the race that the lower bound may take."""
PROOF_SHARE: Final = 0.25
"""The same for listing all routes that a better plan could have."""


def location_routing(
    depot_cost: npt.ArrayLike,
    depot_capacity: npt.ArrayLike,
    vehicle_cost: int,
    vehicle_capacity: int,
    demand: npt.ArrayLike,
    distance: npt.ArrayLike,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> LocationRoutingResult:
    """Open depots and serve every customer from them by vehicle routes, at least cost (capacitated LRP).

    The problem of Prins, Prodhon and Wolfler Calvo (2006), surveyed by Schneider and Drexl (2017): cost is the sum of
    the open depots' costs, ``vehicle_cost`` for each route and the distances driven.

    Parameters
    ----------
    depot_cost, depot_capacity
        Whole numbers, one for each of m depots: cost of opening it; most demand that its routes may serve together.
    vehicle_cost, vehicle_capacity
        Cost of one route; most demand on it. The number of routes is free.
    demand
        Whole numbers, one for each of n customers, 0 allowed. Each customer is visited exactly once.
    distance
        Whole numbers, (m + n) × (m + n), row = from, column = to, depots first; -1 where no way leads. It need not be
        symmetric nor obey the triangle inequality. A route starts and ends at the same depot.
    time_limit_s
        None (the default): the search ends by counts of its work, and its answer depends on the arguments alone.
        Given, the time is used up unless the optimum is proven before.
    seed
        Of the random numbers.

    Returns
    -------
    LocationRoutingResult
        Customers that no route can serve (demand above the vehicle's or every depot's capacity, or no way) are left
        out of the plan and stand in ``unserved`` with the reason; all others are served, or ``status`` says
        ``infeasible`` (proven) or ``no_solution_in_time``.

    Raises
    ------
    UsageError
        Naming everything that is wrong with the arguments.
    """
    if (time_limit_s is not None and not time_limit_s > 0) or isinstance(seed, bool) or seed < 0:
        raise UsageError("location routing: time_limit_s must be positive or None, seed not negative")
    clock = Clock(time_limit_s)
    problem = LocationRoutingProblem.of(depot_cost, depot_capacity, vehicle_cost, vehicle_capacity, demand, distance)
    result = replace(_solve(problem, clock, seed), seconds=clock.seconds)
    broken = location_violations(problem, result)
    if broken:
        raise JudgeError("location routing: " + "; ".join(broken))
    return result


def reachable_customers(problem: LocationRoutingProblem, servable: Bools) -> Bools:
    """Depots × customers: whether ways lead from the depot to the customer and back, over ``servable`` customers."""
    m, n = problem.n_depots, problem.n_customers
    linked = problem.distance != UNREACHABLE
    found = np.zeros((m, n), np.bool_)
    for depot in range(m):
        found[depot] = _reached(linked, depot, m, servable) & _reached(linked.T, depot, m, servable)
    return found


def _reached(linked: Bools, depot: int, m: int, servable: Bools) -> Bools:
    reached = np.zeros(servable.size, np.bool_)
    front = linked[depot, m:] & servable
    while front.any():
        reached |= front
        front = linked[m:, m:][front].any(axis=0) & servable & ~reached
    return reached


def _solve(problem: LocationRoutingProblem, clock: Clock, seed: int) -> LocationRoutingResult:
    largest = int(problem.depot_capacity.max(initial=0))
    fits = problem.demand <= min(problem.vehicle_capacity, largest)
    reachable = reachable_customers(problem, fits) & (problem.demand[None] <= problem.depot_capacity[:, None])
    reached = reachable.any(axis=0)
    reasons = np.where(fits, np.where(reached, "", "unreachable"), "too_large")
    if (reasons != "").all():
        return _result(problem, (), reasons, 0, "none")
    return _solve_rest(problem, reasons, reachable, clock, seed)


def _solve_rest(
    problem: LocationRoutingProblem, reasons: npt.NDArray[np.str_], reachable: Bools, clock: Clock, seed: int
) -> LocationRoutingResult:
    """Serve the customers without a reason not to."""
    m = problem.n_depots
    kept = np.flatnonzero(reasons == "")
    nodes = np.concatenate([np.arange(m), m + kept])
    part = replace(problem, demand=problem.demand[kept], distance=problem.distance[np.ix_(nodes, nodes)])
    if can_list(part):
        small = solve_small(part)
        if small.in_no_route:
            reasons = reasons.copy()
            reasons[nodes[list(small.in_no_route)] - m] = "unreachable"
            if (reasons != "").all():
                return _result(problem, (), reasons, 0, "exact")
            return _solve_rest(problem, reasons, reachable, clock, seed)
        status, found, engine = SolveStatus.INFEASIBLE, small.routes, "exact"
        bound = None if found is None else _cost(part, found)
    else:
        status, found, bound = _searched(part, reachable[:, kept], clock, seed)
        engine = "search"
    if found is None:
        return _no_plan(reasons, m, status, engine)
    return _result(problem, _renumbered(found, nodes), reasons, bound, engine)


def _searched(
    part: LocationRoutingProblem, reachable: Bools, clock: Clock, seed: int
) -> tuple[SolveStatus, Routes | None, int | None]:
    """Status, routes and bound of a problem of many customers."""
    if part.demand.sum() > part.depot_capacity.sum():
        return SolveStatus.INFEASIBLE, None, None
    search = Search(Ground.of(part), reachable, clock, seed)
    search.start()
    if search.routes is None:
        status = SolveStatus.INFEASIBLE if search.impossible else SolveStatus.NO_SOLUTION_IN_TIME
        return status, None, None
    relaxation = relax(search.ground, search.pool, search.routes, search.cost, clock.share(BOUND_SHARE))
    bound = first_bound(search.ground)
    if relaxation is not None:
        proof = Proof(relaxation, search.cost, clock.share(PROOF_SHARE))
        proof.run()
        bound = max(bound, proof.bound)
        if proof.routes is not None:
            search.take(proof.routes)
        search.excluded = relaxation.excluded()
    if bound < search.cost:
        search.finish()
    return SolveStatus.FEASIBLE, search.routes, min(bound, search.cost)


def _renumbered(routes: Routes, nodes: npt.NDArray[np.int64]) -> Routes:
    return tuple((depot, tuple(nodes[list(stops)].tolist())) for depot, stops in routes)


def _cost(problem: LocationRoutingProblem, routes: Routes) -> int:
    depots = sorted({depot for depot, _ in routes})
    opening = int(problem.depot_cost[depots].sum()) if depots else 0
    return opening + sum(problem.route_cost(depot, stops) for depot, stops in routes)


def _notes(reasons: npt.NDArray[np.str_], m: int) -> tuple[StopNote, ...]:
    return tuple(StopNote(m + int(c), _REASONS[str(reasons[c])]) for c in np.flatnonzero(reasons != ""))


def _result(
    problem: LocationRoutingProblem, routes: Routes, reasons: npt.NDArray[np.str_], bound: int | None, engine: str
) -> LocationRoutingResult:
    notes = _notes(reasons, problem.n_depots)
    cost = _cost(problem, routes)
    return LocationRoutingResult(
        open_depots=np.array(sorted({depot for depot, _ in routes}), np.int64),
        routes=tuple(sorted(routes)),
        cost=cost,
        bound=bound,
        unserved=tuple(note.stop for note in notes),
        notes=notes,
        status=SolveStatus.OPTIMAL if bound == cost else SolveStatus.FEASIBLE,
        seconds=0.0,
        engine=engine,
    )


def _no_plan(reasons: npt.NDArray[np.str_], m: int, status: SolveStatus, engine: str) -> LocationRoutingResult:
    notes = _notes(reasons, m)
    unserved = tuple(note.stop for note in notes)
    return LocationRoutingResult(np.zeros(0, np.int64), (), None, None, unserved, notes, status, 0.0, engine)
