"""Solve a routing problem: choose an engine, and let the judge count its answer before anyone sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final, Literal, get_args

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route.bound import simple_bound
from planner.route.columns import Columns, can_enumerate, list_routes
from planner.route.judge import JudgeError, recount_route, route_violations
from planner.route.ortools_engine import Orders, search_routes
from planner.route.partition import cheapest_by_set, choose_columns, choosing_takes_long
from planner.route.parts import independent_parts, join_results, sorted_routes
from planner.route.problem import RoutingProblem, RoutingResult, VehicleRoute
from planner.route.reasons import notes_on, serve_alone

Engine = Literal["auto", "exact", "ortools"]

LABEL_LIMIT: Final = 250_000
"""Partial routes the exact engine may keep under ``auto``: about half a second's work."""

EXACT_LABEL_LIMIT: Final = 3_000_000
"""The same when the exact engine is asked for by name."""

DEFAULT_SOLUTION_LIMIT: Final = 1_000
UNLIMITED_SOLUTIONS: Final = 10**9
SHORTEST_SEARCH_S: Final = 0.05
"""What is left to a part of the problem when the others have used up the time: enough for a first solution."""


def solve_routes(
    problem: RoutingProblem,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
    engine: str = "auto",
    solution_limit: int | None = None,
) -> RoutingResult:
    """Serve as many stops as possible, at the least cost that can be found.

    Parameters
    ----------
    problem
        What is to be carried, the ways, and the fleet.
    time_limit_s
        Seconds for the search engine in all; None (the default) leaves ending to ``solution_limit``, so that every
        run gives the same answer. The exact engine counts its work and ignores clocks.
    seed
        Kept for engines that draw random numbers; both of today's are deterministic and give one answer for all seeds.
    engine
        ``exact`` lists every route and chooses among them (proven; for routes of few stops or few stops in all),
        ``ortools`` searches, ``auto`` is exact where the list stays short.
    solution_limit
        Accepted solutions after which the search engine ends: without a time limit 1,000 unless given, with one
        only if given.

    Raises
    ------
    UsageError
        For an unknown engine, a limit that is not positive, or an engine named for a problem it can't hold.
    """
    if engine not in get_args(Engine):
        raise UsageError(f"engine must be one of {', '.join(get_args(Engine))}, got {engine!r}")
    if (
        (solution_limit is not None and solution_limit < 1)
        or (time_limit_s is not None and time_limit_s <= 0)
        or seed < 0
    ):
        raise UsageError("solution_limit and time_limit_s must be positive, seed not negative")
    if engine == "ortools" and problem.makes_trips:
        raise UsageError("engine 'ortools' knows one trip a shift only; set max_trips=1 or take another engine")
    started = perf_counter()
    solutions = solution_limit or (DEFAULT_SOLUTION_LIMIT if time_limit_s is None else UNLIMITED_SOLUTIONS)
    parts = list(independent_parts(problem))
    results = []
    for done, part in enumerate(parts):
        left_s = None if time_limit_s is None else max(SHORTEST_SEARCH_S, started + time_limit_s - perf_counter())
        share = _Limits(solutions, None if left_s is None else left_s / (len(parts) - done))
        results.append((part, _solve_part(part.problem, engine, share)))
    result = join_results(problem, results, perf_counter() - started)
    result = replace(result, notes=notes_on(problem, result.unserved))
    broken = route_violations(problem, result)
    if broken:
        raise JudgeError(f"engine {result.engine}: " + "; ".join(broken))
    return result


@dataclass(frozen=True, slots=True)
class _Limits:
    """When the search engine ends."""

    solutions: int
    time_s: float | None


def _solve_part(problem: RoutingProblem, engine: str, limits: _Limits) -> RoutingResult:
    columns = _columns(problem, engine)
    result = None if columns is None else _solve_exactly(problem, columns)
    if result is None or (engine == "auto" and result.status is not SolveStatus.OPTIMAL):
        orders = search_routes(problem, solution_limit=limits.solutions, time_limit_s=limits.time_s)
        result = _better(result, _searched(problem, orders))
    return result


def _columns(problem: RoutingProblem, engine: str) -> Columns | None:
    if engine == "ortools":
        return None
    limit = EXACT_LABEL_LIMIT if engine == "exact" else LABEL_LIMIT
    columns = list_routes(problem, label_limit=limit) if can_enumerate(problem) else None
    if columns is not None:
        columns = cheapest_by_set(problem, columns)
        if engine == "auto" and choosing_takes_long(problem, columns):
            return None
    if columns is None and engine == "exact":
        raise UsageError("engine 'exact' can't list this problem's routes: too many stops, or limits that don't bind")
    return columns


def _solve_exactly(problem: RoutingProblem, columns: Columns) -> RoutingResult:
    stops = problem.stops
    chosen = choose_columns(problem, columns)
    routes = tuple(
        _route(problem, int(columns.vehicle_type[column]), tuple(stops[k] for k in columns.order(column)))
        for column in chosen.columns
    )
    unserved = _left_out(problem, routes)
    cost = sum(int(columns.cost[column]) for column in chosen.columns)
    bound = chosen.bound - len(unserved) * chosen.left_out_cost
    return RoutingResult(
        cost=cost,
        bound=max(0, bound) if chosen.proven or not unserved else None,
        routes=sorted_routes(routes),
        unserved=unserved,
        status=SolveStatus.OPTIMAL if chosen.proven else SolveStatus.FEASIBLE,
        seconds=0.0,
        engine="exact",
    )


def _searched(problem: RoutingProblem, orders: Orders | None) -> RoutingResult:
    routes = tuple(serve_alone(problem, [_route(problem, kind, stops) for kind, stops in orders or []]))
    unserved = _left_out(problem, routes)
    bound = None if unserved else simple_bound(problem)
    cost = sum(route.cost for route in routes)
    return RoutingResult(cost, bound, sorted_routes(routes), unserved, SolveStatus.FEASIBLE, 0.0, "ortools")


def _better(proven: RoutingResult | None, searched: RoutingResult) -> RoutingResult:
    """The better of two plans, under the bound that listing all routes gave (when it was tried)."""
    if proven is None:
        return searched
    if (len(searched.unserved), searched.cost) >= (len(proven.unserved), proven.cost):
        return proven
    same = len(searched.unserved) == len(proven.unserved) and proven.bound is not None
    status = SolveStatus.OPTIMAL if same and searched.cost == proven.bound else SolveStatus.FEASIBLE
    return replace(searched, bound=proven.bound if same else searched.bound, status=status)


def _route(problem: RoutingProblem, kind: int, stops: tuple[int, ...]) -> VehicleRoute:
    depot = problem.vehicle_types[kind].depot
    recount = recount_route(problem, VehicleRoute(depot, stops, kind, 0, 0, 0))
    return VehicleRoute(depot, stops, kind, recount.cost, recount.distance_m, recount.duration_s)


def _left_out(problem: RoutingProblem, routes: tuple[VehicleRoute, ...]) -> tuple[int, ...]:
    served = {stop for route in routes for stop in route.stops}
    return tuple(stop for stop in problem.stops if stop not in served)
