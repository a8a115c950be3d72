"""Solve one depot's week: which days every stop is visited, and each day's routes.

**Equal visits on disjoint patterns.** Where all stops have f visits and may have the same patterns, no two of which
share a day, one routing problem is enough: all stops, with as many vehicles as patterns × vehicles of a day. Its
optimum V gives the week's, f · V:

* Any week is at least f · V. A pattern's days see the same stops S_p, because no other pattern has these days; their
  cheapest day costs v_p, so the pattern costs at least f · v_p. The cheapest days of all patterns together are a plan
  for all stops within the vehicles of all patterns, so Σ v_p ≥ V.
* f · V is reached: each route, with the stops on it, takes one pattern. A type with c vehicles a day and P patterns
  has at most c · P routes, c for each pattern. Groups that tie routes to one pattern take none of this away while
  vehicles are unlimited.

Fewest stops left out follows in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from planner.domain import SolveStatus
from planner.route.bounds import can_close
from planner.route.judge import JudgeError
from planner.route.reasons import notes_on
from planner.route.week.bound import is_separable, trips_of, week_bound
from planner.route.week.days import Limits, in_order, joined, patterns_of, solve_stops, whole_groups
from planner.route.week.even import even_out
from planner.route.week.exact import best_choice
from planner.route.week.judge import week_violations
from planner.route.week.problem import WEEK, DayLoad, DayRoute, PeriodicProblem, PeriodicResult
from planner.route.week.search import Week, left_out, search_week


def solve_week(
    problem: PeriodicProblem,
    *,
    seed: int = 0,
    solution_limit: int | None = None,
    time_limit_s: float | None = None,
    with_bound: bool = True,
) -> PeriodicResult:
    """Visit as many stops as possible on allowed days, at the least cost of the week that can be found.

    At that cost routes exchange days so that few vehicles are needed and the days are even
    (`planner.route.week.even`).

    Parameters
    ----------
    problem
        The stops, their allowed days, the ways and the vehicles of a day.
    seed, solution_limit
        As in `solve_routes`, for weeks that are one routing problem. The search of mixed weeks counts its own steps.
    time_limit_s
        Seconds after which nothing new is begun; None (the default) leaves ending to counts, so that every run gives
        the same answer.
    with_bound
        Whether a bound is worked out for what is not proven anyway, as in `solve_routes`; a search over many weeks can
        do without, and ask `planner.route.week.week_bound` in the end. Weeks of equal visits have it all the same where
        working it out makes better routes (`planner.route.bounds.can_close`).
    """
    started = perf_counter()
    limits = Limits(seed, solution_limit, None if time_limit_s is None else started + time_limit_s, with_bound)
    found = _separable(problem, limits) if is_separable(problem) else None
    if found is None:
        found = _general(problem, limits)
    return _finished(problem, found, perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Found:
    """Routes of a week before their days are evened out."""

    routes: tuple[DayRoute, ...]
    bound: int | None
    status: SolveStatus
    engine: str
    unserved: frozenset[int]


def _separable(problem: PeriodicProblem, limits: Limits) -> _Found | None:
    """The week out of one routing problem; None where groups and vehicle counts don't let its routes be shared out."""
    if not problem.groups:
        return _Found((), 0, SolveStatus.OPTIMAL, "none", frozenset())
    patterns = problem.allowed[0]
    limits = replace(limits, with_bound=limits.with_bound or can_close(problem.routing))
    fleet = tuple(
        replace(vehicle, count=None if vehicle.count is None else vehicle.count * len(patterns))
        for vehicle in problem.vehicle_types
    )
    left_out: frozenset[int] = frozenset()
    whole = True
    while True:
        stops = tuple(stop for stop in range(1, problem.n_nodes) if stop not in left_out)
        result = solve_stops(problem, stops, fleet, limits)
        torn = whole_groups(problem, result.unserved)
        if torn == set(result.unserved):
            break
        whole = False
        left_out |= torn
    routes = even_out(problem, [DayRoute(patterns[0], route) for route in result.routes])
    if _too_many(problem, routes):
        return None
    return _Found(
        routes,
        result.bound * len(patterns[0]) if whole and result.bound is not None else None,
        result.status if whole or result.status is not SolveStatus.OPTIMAL else SolveStatus.FEASIBLE,
        result.engine,
        left_out | torn,
    )


def _general(problem: PeriodicProblem, limits: Limits) -> _Found:
    """The proven best where the week is small enough, else the best that searching finds."""
    best = best_choice(problem)
    if best is not None and best.proven:
        week = Week(best.chosen, best.days)
        return _found(problem, week, bound=week.cost, engine="exact")
    week = search_week(problem, limits)
    bound = None
    if limits.with_bound and not left_out(problem, week.chosen):
        routes = [route for day in week.days for route in day]
        trips = [trip for r in routes for trip in trips_of(r.vehicle_type, r.stops, r.returns)]
        bound = week_bound(problem, week.cost, trips=trips, time_limit_s=limits.left_s)
    return _found(problem, week, bound, engine="search")


def _found(problem: PeriodicProblem, week: Week, bound: int | None, engine: str) -> _Found:
    return _Found(
        even_out(problem, joined(dict(zip(WEEK, week.days, strict=True)))),
        bound,
        SolveStatus.OPTIMAL if bound == week.cost else SolveStatus.FEASIBLE,
        engine,
        left_out(problem, week.chosen),
    )


def _too_many(problem: PeriodicProblem, routes: Iterable[DayRoute]) -> bool:
    """Whether some day needs more vehicles of a type than there are."""
    limits = [vehicle.count for vehicle in problem.vehicle_types]
    return any(
        limit is not None and most > limit for limit, most in zip(limits, _vehicles(problem, routes), strict=True)
    )


def _vehicles(problem: PeriodicProblem, routes: Iterable[DayRoute]) -> tuple[int, ...]:
    """For each vehicle type the most routes of one day."""
    used = Counter((driven.route.vehicle_type, day) for driven in routes for day in driven.days)
    return tuple(max(used[kind, day] for day in WEEK) for kind in range(len(problem.vehicle_types)))


def _day_load(problem: PeriodicProblem, routes: Sequence[DayRoute], day: int) -> DayLoad:
    driven = [each.route for each in routes if day in each.days]
    load = sum(problem.visit_load(stop) for route in driven for stop in route.stops)
    return DayLoad(day, len(driven), sum(route.duration_s for route in driven), load)


def _finished(problem: PeriodicProblem, found: _Found, seconds: float) -> PeriodicResult:
    """The result, judged."""
    routes = in_order(found.routes)
    unserved = tuple(sorted(found.unserved))
    result = PeriodicResult(
        cost=sum(driven.route.cost * len(driven.days) for driven in routes),
        bound=found.bound,
        routes=routes,
        patterns=patterns_of(problem, routes),
        unserved=unserved,
        notes=notes_on(problem.routing, unserved),
        status=found.status,
        seconds=seconds,
        engine=found.engine,
        vehicles=_vehicles(problem, routes),
        day_load=tuple(_day_load(problem, routes, day) for day in WEEK),
    )
    broken = week_violations(problem, result)
    if broken:
        raise JudgeError(f"week by {result.engine}: " + "; ".join(broken))
    return result
