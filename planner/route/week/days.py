"""Routes of single days, and weeks put together from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from planner.route.problem import RoutingProblem, RoutingResult, VehicleRoute, VehicleType
from planner.route.solve import SHORTEST_SEARCH_S, solve_routes
from planner.route.week.problem import DayRoute, Pattern, PeriodicProblem


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is searched: steps of each routing problem as `solve_routes` counts them, and a moment that ends it all.

    ``until_s`` is one of `time.perf_counter`; ``with_bound`` says whether the bounds of routing problems matter.
    """

    seed: int = 0
    solution_limit: int | None = None
    until_s: float | None = None
    with_bound: bool = True

    @property
    def left_s(self) -> float | None:
        """Seconds left, a moment at least; None without a limit."""
        return None if self.until_s is None else max(SHORTEST_SEARCH_S, self.until_s - perf_counter())

    @property
    def over(self) -> bool:
        """Whether the time is used up."""
        return self.until_s is not None and perf_counter() >= self.until_s


def solve_stops(
    problem: PeriodicProblem, stops: tuple[int, ...], fleet: tuple[VehicleType, ...], limits: Limits
) -> RoutingResult:
    """One visit of each of ``stops``, routed with ``fleet``; stops are numbered as in ``problem``."""
    result = solve_routes(
        routing_of(problem, stops, fleet),
        time_limit_s=limits.left_s,
        seed=limits.seed,
        solution_limit=limits.solution_limit,
        with_bound=limits.with_bound,
    )
    names = (0, *stops)
    return replace(
        result,
        routes=tuple(_renamed(route, names) for route in result.routes),
        unserved=tuple(names[stop] for stop in result.unserved),
    )


def routing_of(problem: PeriodicProblem, stops: tuple[int, ...], fleet: tuple[VehicleType, ...]) -> RoutingProblem:
    """One visit of each of ``stops`` (ascending) as a routing problem; node k is the k-th of them."""
    routing = problem.routing
    nodes = np.array((0, *stops), dtype=np.int64)
    square = np.ix_(nodes, nodes)
    return RoutingProblem(
        routing.distance_m[square],
        routing.duration_s[square],
        routing.delivery[nodes],
        routing.pickup[nodes],
        fleet,
        routing.service_s[nodes],
    )


def joined(routes_of_day: Mapping[int, Iterable[VehicleRoute]]) -> tuple[DayRoute, ...]:
    """A route driven alike on several days becomes one; by first day, then smallest stop."""
    days: dict[VehicleRoute, list[int]] = {}
    for day in sorted(routes_of_day):
        for route in routes_of_day[day]:
            days.setdefault(route, []).append(day)
    return in_order(DayRoute(tuple(on), route) for route, on in days.items())


def in_order(routes: Iterable[DayRoute]) -> tuple[DayRoute, ...]:
    """By smallest stop, then days, so that the order says nothing about how they were found."""
    return tuple(sorted(routes, key=lambda driven: (min(driven.route.stops), driven.days, driven.route.stops)))


def patterns_of(problem: PeriodicProblem, routes: Iterable[DayRoute]) -> tuple[Pattern, ...]:
    """The days on which each node is visited."""
    days: list[list[int]] = [[] for _ in range(problem.n_nodes)]
    for driven in routes:
        for stop in driven.route.stops:
            days[stop].extend(driven.days)
    return tuple(tuple(sorted(on)) for on in days)


def _renamed(route: VehicleRoute, names: tuple[int, ...]) -> VehicleRoute:
    return replace(route, stops=tuple(names[stop] for stop in route.stops))


def whole_groups(problem: PeriodicProblem, stops: Iterable[int]) -> frozenset[int]:
    """``stops`` and all others of their groups."""
    wanted = set(stops)
    return frozenset(stop for group in problem.groups if wanted & set(group) for stop in group)
