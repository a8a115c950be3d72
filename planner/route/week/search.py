"""Weeks improved route by route: a group, or a route's groups together, takes other days.

A move takes the stops off the routes of the days they leave and puts them where they cost least on the days they
come to: into a trip, as a further trip, or on a further vehicle. Every route that a move makes is recounted, so all
weeks on the way are legal. Between rounds of moves every day is routed anew by `solve_routes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Final

from planner.route.judge import recount_route
from planner.route.problem import UNREACHABLE, VehicleRoute
from planner.route.week.days import Days
from planner.route.week.problem import WEEK, Pattern, PeriodicProblem

ROUNDS: Final = 4
"""Rounds of moves, each followed by routing the changed days anew."""

MOST_PASSES: Final = 20
FEW_NODES: Final = 25
MOST_FINALISTS: Final = 3
"""Starts improved to the end where there are few nodes; else only the best."""

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


@dataclass(slots=True, eq=False)
class Moves:
    """What can be done to the routes of one day; remembered, since days alike are asked alike."""

    problem: PeriodicProblem
    distance_m: list[list[int]] = field(init=False)
    duration_s: list[list[int]] = field(init=False)
    _inserted: dict[tuple[Routes, int], Routes | None] = field(default_factory=dict)
    _removed: dict[tuple[Routes, frozenset[int]], Routes | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.distance_m = self.problem.routing.distance_m.tolist()
        self.duration_s = self.problem.routing.duration_s.tolist()

    def changed(self, week: Week, members: Sequence[int], to: Pattern) -> Week | None:
        """``week`` with the groups ``members`` on other days; None when their stops find no place there."""
        chosen = list(week.chosen)
        days = list(week.days)
        for day in WEEK:
            leaving = [g for g in members if day in week.chosen[g] and day not in to]
            coming = [g for g in members if day in to and day not in week.chosen[g]]
            routes: Routes | None = days[day - 1]
            if leaving:
                routes = self.without(days[day - 1], frozenset(s for g in leaving for s in self.problem.groups[g]))
            for stop in (s for g in coming for s in self.problem.groups[g]):
                routes = None if routes is None else self.with_stop(routes, stop)
            if routes is None:
                return None
            days[day - 1] = routes
        for g in members:
            chosen[g] = to
        return Week(tuple(chosen), tuple(days))

    def without(self, routes: Routes, stops: frozenset[int]) -> Routes | None:
        """``routes`` without these stops; None when what is left breaks a rule (as it may without short cuts)."""
        key = routes, stops
        if key not in self._removed:
            self._removed[key] = self._remove(routes, stops)
        return self._removed[key]

    def with_stop(self, routes: Routes, stop: int) -> Routes | None:
        """``routes`` with this stop where it costs least; None when it fits nowhere."""
        key = routes, stop
        if key not in self._inserted:
            self._inserted[key] = self._insert(routes, stop)
        return self._inserted[key]

    def _remove(self, routes: Routes, stops: frozenset[int]) -> Routes | None:
        left: list[VehicleRoute] = []
        for route in routes:
            if stops.isdisjoint(route.stops):
                left.append(route)
                continue
            trips = [tuple(stop for stop in trip if stop not in stops) for trip in route.trips]
            shorter = self._counted(route.vehicle_type, [trip for trip in trips if trip])
            if shorter is not None:
                left.append(shorter)
            elif any(trips):
                return None
        return tuple(left)

    def _insert(self, routes: Routes, stop: int) -> Routes | None:
        places = sorted(self._places(routes, stop))
        for _, number, trip, position in places:
            if number == len(routes):
                longer = self._counted(trip, [(stop,)])
            else:
                trips = list(routes[number].trips)
                if trip == len(trips):
                    trips.append((stop,))
                else:
                    trips[trip] = (*trips[trip][:position], stop, *trips[trip][position:])
                longer = self._counted(routes[number].vehicle_type, trips)
            if longer is not None:
                return (*routes[:number], longer, *routes[number + 1 :])
        return None

    def _places(self, routes: Routes, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """(Added cost, route, trip, position) of every place that, loads apart, may hold ``stop``.

        The number after the last route's stands for a further vehicle, and the trip then for its type.
        """
        for number, route in enumerate(routes):
            vehicle = self.problem.vehicle_types[route.vehicle_type]
            room_m = None if vehicle.max_distance_m is None else vehicle.max_distance_m - route.distance_m
            room_s = None if vehicle.max_duration_s is None else vehicle.max_duration_s - route.duration_s
            trips = route.trips
            legs = [
                (a, b, trip, position, 0)
                for trip, stops in enumerate(trips)
                for position, (a, b) in enumerate(pairwise((0, *stops, 0)))
            ]
            if vehicle.max_trips is None or len(trips) < vehicle.max_trips:
                legs.append((0, 0, len(trips), 0, vehicle.reload_s))
            for a, b, trip, position, reload_s in legs:
                more = self._detour(a, stop, b)
                if more is None:
                    continue
                more_m, more_s = more[0], more[1] + reload_s
                if (room_m is None or more_m <= room_m) and (room_s is None or more_s <= room_s):
                    yield more_m * vehicle.cost_per_m + more_s * vehicle.cost_per_s, number, trip, position
        more = self._detour(0, stop, 0)
        if more is None:
            return
        for kind, vehicle in enumerate(self.problem.vehicle_types):
            if vehicle.count is None or sum(route.vehicle_type == kind for route in routes) < vehicle.count:
                cost = vehicle.fixed_cost + more[0] * vehicle.cost_per_m + more[1] * vehicle.cost_per_s
                yield cost, len(routes), kind, 0

    def _detour(self, a: int, stop: int, b: int) -> tuple[int, int] | None:
        """Metres and seconds more when ``stop`` comes between ``a`` and ``b``, its service included."""
        out_m, home_m = self.distance_m[a][stop], self.distance_m[stop][b]
        if UNREACHABLE in (out_m, home_m):
            return None
        more_m = out_m + home_m
        more_s = self.duration_s[a][stop] + self.duration_s[stop][b] + int(self.problem.routing.service_s[stop])
        if a != b:
            more_m -= self.distance_m[a][b]
            more_s -= self.duration_s[a][b]
        return more_m, more_s

    def _counted(self, kind: int, trips: Sequence[tuple[int, ...]]) -> VehicleRoute | None:
        """The route over these trips, counted; None when it breaks a rule or has no stop."""
        if not trips:
            return None
        ends, at = [], 0
        for trip in trips:
            at += len(trip)
            ends.append(at)
        route = VehicleRoute(0, tuple(s for trip in trips for s in trip), kind, 0, 0, 0, tuple(ends[:-1]))
        recount = recount_route(self.problem.routing, route)
        if recount.broken:
            return None
        return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)


def _stops_on(problem: PeriodicProblem, chosen: Sequence[Pattern], day: int) -> list[int]:
    return [stop for group, own in zip(problem.groups, chosen, strict=True) if day in own for stop in group]


def search_week(problem: PeriodicProblem, days: Days) -> Week:
    """The best week found.

    The routes to begin with are those over all stops, less the stops that a day does without. All starts are improved
    by moves, the best then by routing its days anew and by further moves, until a round brings nothing.
    """
    moves = Moves(problem)
    base = days.solve(range(1, problem.n_nodes)).routes
    begun = dict.fromkeys(_built(problem, days, moves, base, chosen) for chosen in _choices(problem, base))
    found = sorted((_moved(problem, moves, week) for week in begun), key=partial(key, problem))
    finalists = MOST_FINALISTS if problem.n_nodes <= FEW_NODES else 1
    return min((_improved(problem, days, moves, week) for week in found[:finalists]), key=partial(key, problem))


def _choices(problem: PeriodicProblem, base: Routes) -> list[list[Pattern]]:
    """Patterns to begin with: each group's first; those of days when others are served anyway; and dealt out.

    Dealt out means that groups of one route share a turn, and turns go round their patterns.
    """
    turn = {stop: number for number, route in enumerate(base) for stop in route.stops}
    first = [allowed[0] for allowed in problem.allowed]
    dealt = [
        allowed[turn.get(group[0], 0) % len(allowed)]
        for group, allowed in zip(problem.groups, problem.allowed, strict=True)
    ]
    return [first, _nested(problem), dealt]


def _nested(problem: PeriodicProblem) -> list[Pattern]:
    """For every group the pattern on whose days most stops are served whatever is chosen."""
    sure = [0] * len(WEEK)
    for group, allowed in zip(problem.groups, problem.allowed, strict=True):
        for day in set(allowed[0]).intersection(*allowed):
            sure[day - 1] += len(group)
    return [max(allowed, key=lambda pattern: sum(sure[day - 1] for day in pattern)) for allowed in problem.allowed]


def _built(problem: PeriodicProblem, days: Days, moves: Moves, base: Routes, chosen: Sequence[Pattern]) -> Week:
    """A week with these patterns out of routes over all stops; groups that find no place are left out."""
    chosen = list(chosen)
    while True:
        built: list[Routes] = []
        missed: set[int] = set()
        for day in WEEK:
            wanted = _stops_on(problem, chosen, day)
            routes = moves.without(base, frozenset(range(1, problem.n_nodes)).difference(wanted))
            if routes is None:
                routes = days.solve(wanted).routes
            for stop in sorted(set(wanted).difference(*(route.stops for route in routes))):
                longer = moves.with_stop(routes, stop)
                if longer is None:
                    missed.add(stop)
                else:
                    routes = longer
            built.append(routes)
        if not missed:
            return Week(tuple(chosen), tuple(built))
        chosen = [() if missed & set(group) else own for group, own in zip(problem.groups, chosen, strict=True)]


def _improved(problem: PeriodicProblem, days: Days, moves: Moves, week: Week) -> Week:
    """``week`` after rounds of routing anew and moves, until a round brings nothing."""
    for _ in range(ROUNDS):
        anew = rerouted(problem, days, week)
        if anew.cost == week.cost:
            return week
        week = _moved(problem, moves, anew)
    return week


def rerouted(problem: PeriodicProblem, days: Days, week: Week) -> Week:
    """``week`` with each day's routes replaced where `solve_routes` finds cheaper ones."""
    better = []
    for day, routes in zip(WEEK, week.days, strict=True):
        result = days.solve(_stops_on(problem, week.chosen, day))
        cheaper = not result.unserved and result.cost < sum(route.cost for route in routes)
        better.append(result.routes if cheaper else routes)
    return replace(week, days=tuple(better))


def _moved(problem: PeriodicProblem, moves: Moves, week: Week) -> Week:
    """Every move in turn, taken where it helps, until none does."""
    for _ in range(MOST_PASSES):
        before = week
        for members in _candidates(problem, week):
            for to in problem.allowed[members[0]]:
                if any(to == week.chosen[g] or to not in problem.allowed[g] for g in members):
                    continue
                found = moves.changed(week, members, to)
                if found is not None and key(problem, found) < key(problem, week):
                    week = found
        if week is before:
            return week
    return week


def _candidates(problem: PeriodicProblem, week: Week) -> list[tuple[int, ...]]:
    """Groups that may move: each by itself, and all of one route that may."""
    free = [g for g, allowed in enumerate(problem.allowed) if len(allowed) > 1 or week.chosen[g] != allowed[0]]
    group_of = {stop: g for g in free for stop in problem.groups[g]}
    together = {
        tuple(sorted({group_of[stop] for stop in route.stops if stop in group_of}))
        for routes in week.days
        for route in routes
    }
    return [*((g,) for g in free), *sorted(members for members in together if len(members) > 1)]


def key(problem: PeriodicProblem, week: Week) -> tuple[int, int]:
    """What is least in a better week: stops left out, then cost."""
    return len(left_out(problem, week.chosen)), week.cost


def left_out(problem: PeriodicProblem, chosen: Sequence[Pattern]) -> frozenset[int]:
    """Stops of the groups without days."""
    return frozenset(stop for group, days in zip(problem.groups, chosen, strict=True) if not days for stop in group)
