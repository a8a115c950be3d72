"""Solve a routing problem: choose an engine, and let the judge count its answer before anyone sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from time import perf_counter
from typing import Final, Literal, get_args

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route.bounds import close_gap
from planner.route.columns import can_enumerate, list_routes
from planner.route.judge import JudgeError, recount_route, route_violations
from planner.route.ortools_engine import search_routes
from planner.route.partition import AnyColumns, cheapest_by_set, choose_columns
from planner.route.parts import independent_parts, join_results, sorted_routes
from planner.route.polish import polished
from planner.route.problem import RoutingProblem, RoutingResult, VehicleRoute
from planner.route.pyvrp_engine import Limits, Shift, can_search, search_shifts
from planner.route.reasons import notes_on, serve_alone
from planner.route.shifts import list_shifts

Engine = Literal["auto", "exact", "ortools", "pyvrp"]

LABEL_LIMIT: Final = 250_000
"""Partial routes the exact engine may keep under ``auto``: about half a second's work."""

EXACT_LABEL_LIMIT: Final = 3_000_000
"""The same when the exact engine is asked for by name."""

DEFAULT_SOLUTION_LIMIT: Final = 1_000
UNLIMITED_SOLUTIONS: Final = 10**9
ITERATIONS_PER_SOLUTION: Final = 25
"""Iterations of PyVRP for each accepted solution that OR-Tools would be allowed: about the same time."""

BOUND_SHARE: Final = 0.05
"""Part of a time limit that is kept for the bound."""

SHORTEST_SEARCH_S: Final = 0.05
"""What is left to a part of the problem when the others have used up the time: enough for a first solution."""


def solve_routes(
    problem: RoutingProblem,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
    engine: str = "auto",
    solution_limit: int | None = None,
    with_bound: bool = True,
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
        For PyVRP, which draws random numbers; the others are deterministic and give one answer for all seeds.
    engine
        ``exact`` lists every route and chooses among them (proven; for routes of few stops or few stops in all),
        ``pyvrp`` and ``ortools`` search (OR-Tools for one trip a shift), ``auto`` is exact where the list stays
        short and else takes PyVRP.
    solution_limit
        Accepted solutions after which OR-Tools ends, and 25 times as many iterations after which PyVRP does: without
        a time limit 1,000 unless given, with one only if given.

    with_bound
        Whether a bound is worked out for what is not proven anyway; a search over many problems can do without.

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
        now_s = perf_counter()
        left_s = None if time_limit_s is None else (started + time_limit_s - now_s) / (len(parts) - done)
        until_s = None if left_s is None else now_s + max(SHORTEST_SEARCH_S, left_s)
        results.append((part, _solve_part(part.problem, engine, _Limits(solutions, until_s, seed, with_bound))))
    result = join_results(problem, results, perf_counter() - started)
    result = replace(result, notes=notes_on(problem, result.unserved))
    broken = route_violations(problem, result)
    if broken:
        raise JudgeError(f"engine {result.engine}: " + "; ".join(broken))
    return result


@dataclass(frozen=True, slots=True)
class _Limits:
    """When engine and bound end: after so much work or at a moment of `perf_counter`; and the engine's seed."""

    solutions: int
    until_s: float | None
    seed: int
    with_bound: bool

    def left_s(self, share: float = 1.0) -> float | None:
        """Seconds until then, or that share of them."""
        return None if self.until_s is None else max(SHORTEST_SEARCH_S, share * (self.until_s - perf_counter()))


def _solve_part(problem: RoutingProblem, engine: str, limits: _Limits) -> RoutingResult:
    columns = _columns(problem, engine)
    result = None if columns is None else _solve_exactly(problem, columns, patient=engine == "exact")
    if result is None or (engine == "auto" and result.status is not SolveStatus.OPTIMAL):
        result = _better(result, _search(problem, engine, limits))
    if not limits.with_bound:
        return result
    return close_gap(problem, result, list_trips=engine == "auto", time_limit_s=limits.left_s())


def _search(problem: RoutingProblem, engine: str, limits: _Limits) -> RoutingResult:
    time_s = limits.left_s(1 - BOUND_SHARE if limits.with_bound else 1.0)
    if engine != "ortools" and can_search(problem):
        until_s = None if time_s is None else perf_counter() + time_s
        most = Limits(ITERATIONS_PER_SOLUTION * limits.solutions, until_s)
        return _searched(problem, search_shifts(problem, limits=most, seed=limits.seed), "pyvrp", until_s)
    if engine == "pyvrp" or problem.makes_trips:
        raise UsageError("engine 'pyvrp' can't hold costs, loads or distances this large; use a coarser unit")
    orders = search_routes(problem, solution_limit=limits.solutions, time_limit_s=time_s)
    return _searched(problem, [(kind, stops, ()) for kind, stops in orders or []], "ortools")


def _columns(problem: RoutingProblem, engine: str) -> AnyColumns | None:
    if engine in ("ortools", "pyvrp"):
        return None
    limit = EXACT_LABEL_LIMIT if engine == "exact" else LABEL_LIMIT
    columns: AnyColumns | None = None
    if can_enumerate(problem):
        listing = list_shifts if problem.makes_trips else list_routes
        columns = listing(problem, label_limit=limit)
    if columns is not None:
        return cheapest_by_set(problem, columns)
    if engine == "exact":
        raise UsageError("engine 'exact' can't list this problem's routes: too many stops, or limits that don't bind")
    return None


def _solve_exactly(problem: RoutingProblem, columns: AnyColumns, *, patient: bool) -> RoutingResult | None:
    chosen = choose_columns(problem, columns, patient=patient)
    if chosen is None:
        return None
    routes = tuple(
        _of_trips(problem, int(columns.vehicle_type[column]), columns.trips(column)) for column in chosen.columns
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


def _searched(problem: RoutingProblem, shifts: list[Shift], engine: str, until_s: float | None = None) -> RoutingResult:
    """The plan of these shifts without those that break a rule; stops without a vehicle get one if there is one."""
    found = [_route(problem, *shift) for shift in shifts]
    if engine == "pyvrp":
        found = [route for route in found if not recount_route(problem, route).broken]
    routes = serve_alone(problem, found)
    if engine == "pyvrp":
        routes = polished(problem, routes, _planned_exactly, until_s)
    unserved = _left_out(problem, routes)
    cost = sum(route.cost for route in routes)
    return RoutingResult(cost, None, sorted_routes(routes), unserved, SolveStatus.FEASIBLE, 0.0, engine)


def _planned_exactly(problem: RoutingProblem) -> RoutingResult | None:
    columns = _columns(problem, "auto")
    return None if columns is None else _solve_exactly(problem, columns, patient=False)


def _better(proven: RoutingResult | None, searched: RoutingResult) -> RoutingResult:
    """The better of two plans, under the bound that listing all routes gave (when it was tried)."""
    if proven is None:
        return searched
    if (len(searched.unserved), searched.cost) >= (len(proven.unserved), proven.cost):
        return proven
    same = len(searched.unserved) == len(proven.unserved) and proven.bound is not None
    status = SolveStatus.OPTIMAL if same and searched.cost == proven.bound else SolveStatus.FEASIBLE
    return replace(searched, bound=proven.bound if same else searched.bound, status=status)


def _route(problem: RoutingProblem, kind: int, stops: tuple[int, ...], returns: tuple[int, ...] = ()) -> VehicleRoute:
    route = VehicleRoute(problem.vehicle_types[kind].depot, stops, kind, 0, 0, 0, returns)
    recount = recount_route(problem, route)
    return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)


def _of_trips(problem: RoutingProblem, kind: int, trips: tuple[tuple[int, ...], ...]) -> VehicleRoute:
    """A shift of these trips, given as positions in ``problem.stops``."""
    ends = tuple(accumulate(len(trip) for trip in trips))
    return _route(problem, kind, tuple(problem.stops[k] for trip in trips for k in trip), ends[:-1])


def _left_out(problem: RoutingProblem, routes: Sequence[VehicleRoute]) -> tuple[int, ...]:
    served = {stop for route in routes for stop in route.stops}
    return tuple(stop for stop in problem.stops if stop not in served)
