"""Weeks too large to prove: patterns and routes searched at once (large neighbourhood search), then each day anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.route.judge import recount_route
from planner.route.problem import IntArray, VehicleRoute
from planner.route.week.days import Days
from planner.route.week.exact import day_classes
from planner.route.week.problem import WEEK, Pattern, PeriodicProblem

ROUNDS_A_GROUP: Final = 300
MOST_ROUNDS: Final = 5_000
"""Rounds of ruin and recreate. On made-up weeks of 20 to 55 stops 5,000 stay within 0.3 % of the best of all runs on
average and 1 % at worst, in 0.4 s."""

THRESHOLD_SHARE: Final = 100
"""At first a week may cost one part in so many more than the present one."""

LARGEST_PENALTY: Final = 1 << 60

Routes = tuple[VehicleRoute, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A legal week: the days of each group, () for those left out, and the routes of each day, Monday first."""

    chosen: tuple[Pattern, ...]
    days: tuple[Routes, ...]

    @property
    def cost(self) -> int:
        """Sum over all routes of all days."""
        return sum(route.cost for routes in self.days for route in routes)


def search_week(problem: PeriodicProblem, days: Days) -> Week:
    """The best week found: by ruin and recreate, then with `solve_routes`' routes on days that these make cheaper."""
    return rerouted(problem, days, _recreated(problem, days.limits.seed))


def rerouted(problem: PeriodicProblem, days: Days, week: Week) -> Week:
    """``week`` with each day's routes replaced where `solve_routes` finds cheaper ones."""
    better = []
    for day, routes in zip(WEEK, week.days, strict=True):
        result = days.solve(
            stop for group, own in zip(problem.groups, week.chosen, strict=True) if day in own for stop in group
        )
        cheaper = not result.unserved and result.cost < sum(route.cost for route in routes)
        better.append(result.routes if cheaper else routes)
    return replace(week, days=tuple(better))


def left_out(problem: PeriodicProblem, chosen: Sequence[Pattern]) -> frozenset[int]:
    """Stops of the groups without days."""
    return frozenset(stop for group, days in zip(problem.groups, chosen, strict=True) if not days for stop in group)


def _recreated(problem: PeriodicProblem, seed: int) -> Week:
    """The best week of the compiled search."""
    from planner.route.week.lns_kernel import ruin_and_recreate  # numba is slow to load

    n_stops = problem.n_nodes - 1
    classes = day_classes(problem)
    options = [
        sum(1 << c for c, days in enumerate(classes) if days[0] in pattern)
        for allowed in problem.allowed
        for pattern in allowed
    ]
    first_member = np.cumsum([0, *map(len, problem.groups)])
    first_option = np.cumsum([0, *map(len, problem.allowed)])
    members = np.array([stop for group in problem.groups for stop in group], dtype=np.int64)
    weight = np.array([len(days) for days in classes], dtype=np.int64)
    metres, seconds, loads, fleet = _tables(problem)
    alone = _alone(problem)
    routes = np.zeros((len(classes), n_stops, 2 * n_stops), dtype=np.int64)
    figures = np.zeros((len(classes), n_stops, 5), dtype=np.int64)
    n_routes = np.zeros(len(classes), dtype=np.int64)
    choice = np.zeros(len(problem.groups), dtype=np.int64)
    rounds = min(MOST_ROUNDS, ROUNDS_A_GROUP * len(problem.groups))
    ruin_and_recreate(
        metres,
        seconds,
        loads,
        fleet,
        first_member,
        members,
        first_option,
        np.array(options, dtype=np.int64),
        weight,
        _near(problem, metres),
        _ranks(problem, metres),
        rounds,
        sum(alone) // THRESHOLD_SHARE,
        min(1 + 2 * len(WEEK) * sum(alone), LARGEST_PENALTY // n_stops),
        seed,
        routes,
        figures,
        n_routes,
        choice,
    )
    patterns = [pattern for allowed in problem.allowed for pattern in allowed]
    chosen = tuple(patterns[option] if option >= 0 else () for option in choice.tolist())
    of_class = [
        tuple(_route(problem, figures[c, r], routes[c, r]) for r in range(n_routes[c])) for c in range(len(classes))
    ]
    of_day = {day: of_class[c] for c, days in enumerate(classes) for day in days}
    return Week(chosen, tuple(of_day.get(day, ()) for day in WEEK))


def _tables(problem: PeriodicProblem) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Metres, seconds with service, loads and vehicle types as the kernel wants them."""
    from planner.route.week.lns_kernel import NEVER

    routing = problem.routing
    metres = routing.distance_m.copy()
    seconds = routing.duration_s + routing.service_s
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(seconds, 0)
    fleet = [
        [
            NEVER if limit is None else limit
            for limit in (v.count, v.fixed_cost, v.cost_per_m, v.cost_per_s, v.max_distance_m, v.max_duration_s)
        ]
        + [NEVER if v.max_trips is None else v.max_trips, v.reload_s, *v.capacities]
        for v in problem.vehicle_types
    ]
    loads = np.ascontiguousarray(np.stack([routing.deliveries, routing.pickups], axis=1))
    return metres, seconds, loads, np.array(fleet, dtype=np.int64)


def _near(problem: PeriodicProblem, metres: IntArray) -> IntArray:
    """For every group all groups, nearest first (by their first stops, the shorter way)."""
    first = [group[0] for group in problem.groups]
    legs = metres[np.ix_(first, first)]
    far = np.where(legs < 0, legs.max(initial=0) + 1, legs)
    return np.ascontiguousarray(np.argsort(np.minimum(far, far.T), axis=1, kind="stable"), dtype=np.int64)


def _ranks(problem: PeriodicProblem, metres: IntArray) -> IntArray:
    """Groups' places from the heaviest to the lightest, and from the farthest to the nearest."""
    loads = [-max(problem.visit_load(stop) for stop in group) for group in problem.groups]
    far = [-int(metres[0, group[0]]) for group in problem.groups]
    return np.array([np.argsort(np.argsort(each, kind="stable")) for each in (loads, far)], dtype=np.int64)


def _alone(problem: PeriodicProblem) -> list[int]:
    """Cost of a route to each stop alone by the first type that may drive it; 0 where none may."""
    costs = []
    for stop in range(1, problem.n_nodes):
        counted = [
            recount_route(problem.routing, VehicleRoute(0, (stop,), kind, 0, 0, 0))
            for kind in range(len(problem.vehicle_types))
        ]
        costs.append(next((recount.cost for recount in counted if not recount.broken), 0))
    return costs


def _route(problem: PeriodicProblem, figures: IntArray, nodes: IntArray) -> VehicleRoute:
    """A route of the kernel, counted afresh."""
    stops: list[int] = []
    returns: list[int] = []
    for node in nodes[: figures[0]].tolist():
        if node:
            stops.append(node)
        else:
            returns.append(len(stops))
    route = VehicleRoute(0, tuple(stops), int(figures[1]), 0, 0, 0, tuple(returns))
    recount = recount_route(problem.routing, route)
    return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)
