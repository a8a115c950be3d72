"""Weeks too large to prove: patterns and routes searched at once (large neighbourhood search), then each day anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.judge import recount_route
from planner.route.problem import IntArray, VehicleRoute
from planner.route.week.days import Limits, routing_of
from planner.route.week.exact import day_classes
from planner.route.week.problem import WEEK, Pattern, PeriodicProblem

FEW_NODES: Final = 30
"""Up to so many nodes routing days anew brings nothing."""

RUNS: Final = 2
CYCLES: Final = 2
THREADS: Final = 2
ITERATIONS: Final = 100
"""Of PyVRP for one day; most of what it brings comes early."""

ROUNDS_A_GROUP: Final = 200
"""Of groups with one stop; a round with more stops takes longer, and there are fewer."""

MOST_ROUNDS: Final = 4_000
"""Rounds of ruin and recreate of one run: about 0.3 s for 55 stops. Runs differ by 1 % with 30 stops and by up to 10 %
with 55, where one may need a vehicle more than another."""

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


def search_week(problem: PeriodicProblem, limits: Limits) -> Week:
    """The best week found: patterns and routes searched at once, with the days of many stops routed anew in between.

    A stop that no vehicle can visit alone, but only by way of another stop, may be left out though it need not be:
    shortest ways by road know no such stops.

    Runs begin in two ways. Some choose patterns from the beginning; one first gives every group the pattern whose
    days most others have anyway, and chooses after a while. None is always the best: vehicles too many are hard to
    get rid of.
    """
    search = _Search.of(problem)
    n_groups = len(problem.groups)
    rounds = min(MOST_ROUNDS, ROUNDS_A_GROUP * n_groups**2 // (problem.n_nodes - 1))
    free_choice = np.full(n_groups, -1, dtype=np.int64)
    few = problem.n_nodes <= FEW_NODES
    seeds = range(limits.seed, limits.seed + (1 if few else RUNS))

    def nested() -> _State:
        first = search.run(None, _nested(problem), rounds // 2, limits.seed)
        return search.run(first, free_choice, rounds // 2, limits.seed)

    starts: list[Callable[[], _State]] = [nested]
    starts += [(partial(search.run, None, free_choice, rounds, seed)) for seed in seeds]
    if few:
        return search.week(_least([start() for start in starts]))
    with ThreadPoolExecutor(THREADS) as pool:  # compiled code runs beside compiled code
        best = _least([each.result() for each in [pool.submit(start) for start in starts]])
    for cycle in range(0 if limits.over else CYCLES):
        anew = _rerouted(search, best, limits, cycle)
        best = _least([anew, search.run(anew, free_choice, rounds, limits.seed + RUNS + cycle)])
    return search.week(_rerouted(search, best, limits, CYCLES))


def _least(states: Sequence[_State]) -> _State:
    return min(states, key=lambda state: state.value)


def _rerouted(search: _Search, state: _State, limits: Limits, cycle: int) -> _State:
    """``state`` with the routes of PyVRP on days that these make cheaper."""
    from planner.route.pyvrp_engine import Limits as SearchLimits  # PyVRP is slow to load
    from planner.route.pyvrp_engine import can_search, search_shifts

    problem = search.problem
    week = search.week(state)
    for c, days in enumerate(search.classes):
        stops = tuple(
            sorted(s for group, own in zip(problem.groups, week.chosen, strict=True) if days[0] in own for s in group)
        )
        routing = routing_of(problem, stops, problem.vehicle_types)
        if not stops or not can_search(routing) or limits.over:
            continue
        until = SearchLimits(ITERATIONS, limits.until_s)
        found = [
            _counted(problem, kind, tuple(stops[stop - 1] for stop in order), returns)
            for kind, order, returns in search_shifts(routing, limits=until, seed=limits.seed + cycle)
        ]
        cost = sum(route.cost for route in found if route)
        if sum(len(route.stops) for route in found if route) == len(stops) and cost < search.cost(state, c):
            state = search.with_routes(state, c, [route for route in found if route])
    return state


def left_out(problem: PeriodicProblem, chosen: Sequence[Pattern]) -> frozenset[int]:
    """Stops of the groups without days."""
    return frozenset(stop for group, days in zip(problem.groups, chosen, strict=True) if not days for stop in group)


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A week as the kernel holds it: classes × routes × stops, their figures, routes of each class, options chosen."""

    routes: IntArray
    figures: IntArray
    n_routes: IntArray
    choice: IntArray
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The problem as the kernel wants it: of the problem, and of its week."""

    problem: PeriodicProblem
    classes: tuple[Pattern, ...]
    tables: tuple[IntArray, ...]
    choices: tuple[IntArray, ...]
    order: tuple[IntArray, ...]
    threshold: int
    penalty: int

    @classmethod
    def of(cls, problem: PeriodicProblem) -> _Search:
        """Pack ``problem``."""
        classes = day_classes(problem)
        options = [
            sum(1 << c for c, days in enumerate(classes) if days[0] in pattern)
            for allowed in problem.allowed
            for pattern in allowed
        ]
        members = [stop for group in problem.groups for stop in group]
        tables = _tables(problem)
        alone = sum(_alone(problem))
        return cls(
            problem,
            classes,
            tables,
            (
                _ints(np.cumsum([0, *map(len, problem.groups)])),
                _ints(members),
                _ints(np.cumsum([0, *map(len, problem.allowed)])),
                _ints(options),
            ),
            (_ints([len(days) for days in classes]), _near(problem, tables[0]), _ranks(problem, tables[0])),
            alone // THRESHOLD_SHARE,
            min(1 + 2 * len(WEEK) * alone, LARGEST_PENALTY // len(members)),
        )

    def run(self, start: _State | None, only: IntArray, rounds: int, seed: int) -> _State:
        """The best week found in so many rounds from ``start`` (None: from nothing); ``only`` as in the kernel."""
        from planner.route.week.lns_kernel import ruin_and_recreate  # numba is slow to load

        n_stops, n_classes = self.problem.n_nodes - 1, len(self.classes)
        routes = np.zeros((n_classes, n_stops, 2 * n_stops), dtype=np.int64)
        figures = np.zeros((n_classes, n_stops, 5), dtype=np.int64)
        n_routes = np.zeros(n_classes, dtype=np.int64)
        choice = np.full(len(self.problem.groups), -1, dtype=np.int64)
        if start is not None:
            routes, figures, n_routes, choice = (
                each.copy() for each in (start.routes, start.figures, start.n_routes, start.choice)
            )
        limits = (rounds, self.threshold, self.penalty, seed)
        state = (routes, figures, n_routes, choice)
        value = ruin_and_recreate(*self.tables, *self.choices, only, *self.order, *limits, *state)  # type: ignore[arg-type, call-arg]  # arrays by position
        return _State(*state, value)

    def cost(self, state: _State, c: int) -> int:
        """Cost of one day of class ``c``."""
        return int(state.figures[c, : state.n_routes[c], 2].sum())

    def with_routes(self, state: _State, c: int, routes: Sequence[VehicleRoute]) -> _State:
        """``state`` with other routes over the same stops on the days of class ``c``."""
        value = state.value - self.cost(state, c) * len(self.classes[c])
        nodes, figures, n_routes = state.routes.copy(), state.figures.copy(), state.n_routes.copy()
        n_routes[c] = len(routes)
        for r, route in enumerate(routes):
            path = route.path[1:-1]
            nodes[c, r, : len(path)] = path
            figures[c, r] = (len(path), route.vehicle_type, route.cost, route.distance_m, route.duration_s)
        other = _State(nodes, figures, n_routes, state.choice, 0)
        return replace(other, value=value + self.cost(other, c) * len(self.classes[c]))

    def week(self, state: _State) -> Week:
        """The week of a state, its routes counted afresh."""
        patterns = [pattern for allowed in self.problem.allowed for pattern in allowed]
        of_day: dict[int, Routes] = {}
        for c, days in enumerate(self.classes):
            routes = tuple(
                _route(self.problem, state.figures[c, r], state.routes[c, r]) for r in range(state.n_routes[c])
            )
            of_day |= dict.fromkeys(days, routes)
        chosen = tuple(patterns[option] if option >= 0 else () for option in state.choice.tolist())
        return Week(chosen, tuple(of_day.get(day, ()) for day in WEEK))


def _ints(values: npt.ArrayLike) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def _nested(problem: PeriodicProblem) -> IntArray:
    """For every group the option on whose days most stops are served whatever is chosen."""
    sure = [0] * len(WEEK)
    for group, allowed in zip(problem.groups, problem.allowed, strict=True):
        for day in set(allowed[0]).intersection(*allowed):
            sure[day - 1] += len(group)
    best = []
    first = 0
    for allowed in problem.allowed:
        gain = [sum(sure[day - 1] for day in pattern) for pattern in allowed]
        best.append(first + gain.index(max(gain)))
        first += len(allowed)
    return _ints(best)


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
    route = _counted(problem, int(figures[1]), tuple(stops), tuple(returns))
    if route is None:
        raise RuntimeError(f"the search of a week made a route that breaks a rule: {stops} with returns {returns}")
    return route


def _counted(
    problem: PeriodicProblem, kind: int, stops: tuple[int, ...], returns: tuple[int, ...]
) -> VehicleRoute | None:
    """The route over these stops, counted; None when it breaks a rule."""
    route = VehicleRoute(0, stops, kind, 0, 0, 0, returns)
    recount = recount_route(problem.routing, route)
    if recount.broken:
        return None
    return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)
