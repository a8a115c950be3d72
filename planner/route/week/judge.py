"""The solver-free judge of a week: recounts days, patterns, vehicles and cost, and names every broken rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from planner.domain import SolveStatus
from planner.route.judge import recount_route
from planner.route.problem import VehicleRoute
from planner.route.week.problem import WEEK, PeriodicProblem, PeriodicResult

VISITED_ALL_THE_SAME = "nothing_to_carry"
"""The one note that a stop with routes may have."""


def week_violations(problem: PeriodicProblem, result: PeriodicResult) -> tuple[str, ...]:
    """Every rule that ``result`` breaks, one line each; empty when it is feasible and adds up."""
    lines: list[str] = []
    for number, driven in enumerate(result.routes):
        if not driven.days or list(driven.days) != sorted(set(driven.days) & set(WEEK)):
            lines.append(f"route {number}: days must be from 1 to 7, ascending, got {driven.days}")
        if _well_formed(problem, driven.route):
            lines.extend(f"route {number}: {line}" for line in _route_lines(problem, driven.route))
        else:
            lines.append(f"route {number}: names a node, depot or vehicle type that the problem does not have")
    lines.extend(_pattern_lines(problem, result))
    lines.extend(_note_lines(result))
    lines.extend(_fleet_lines(problem, result))
    lines.extend(_total_lines(problem, result))
    return tuple(lines)


def _well_formed(problem: PeriodicProblem, route: VehicleRoute) -> bool:
    return (
        0 <= route.vehicle_type < len(problem.vehicle_types)
        and route.depot == 0
        and all(1 <= stop < problem.n_nodes for stop in route.stops)
    )


def _route_lines(problem: PeriodicProblem, route: VehicleRoute) -> Iterator[str]:
    if any(a >= b for a, b in pairwise((0, *route.returns, len(route.stops)))):
        yield f"{len(route.stops)} stops with returns {route.returns} leave a trip without a stop"
    recount = recount_route(problem.routing, route)
    yield from (broken.words for broken in recount.broken)
    for name in ("cost", "distance_m", "duration_s"):
        claimed, counted = getattr(route, name), getattr(recount, name)
        if claimed != counted:
            yield f"{name} is {counted}, not {claimed}"


def _visits(problem: PeriodicProblem, result: PeriodicResult) -> list[Counter[int]]:
    """How often each node is visited on each day."""
    visits: list[Counter[int]] = [Counter() for _ in range(problem.n_nodes)]
    for driven in result.routes:
        for stop in driven.route.stops:
            if 0 <= stop < problem.n_nodes:
                visits[stop].update(driven.days)
    return visits


def _pattern_lines(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    if len(result.patterns) != problem.n_nodes:
        yield f"patterns must have one entry for each of {problem.n_nodes} nodes, got {len(result.patterns)}"
        return
    visits = _visits(problem, result)
    if result.patterns[0] or visits[0]:
        yield "the depot is not a stop"
    for stop in range(1, problem.n_nodes):
        pattern = result.patterns[stop]
        if stop in result.unserved:
            if pattern:
                yield f"stop {stop} is left out, yet has the days {pattern}"
        elif pattern not in problem.patterns[stop]:
            yield f"stop {stop} may not have the days {pattern}"
        if visits[stop] != Counter(pattern):
            yield f"stop {stop} is visited on {sorted(visits[stop].elements())}, not once on each of {pattern}"
    for group in problem.groups:
        if len({result.patterns[stop] for stop in group}) > 1:
            yield f"the stops {group} are one group and have different days"


def _note_lines(result: PeriodicResult) -> Iterator[str]:
    if list(result.unserved) != sorted(set(result.unserved)):
        yield f"stops left out must be ascending and different, got {result.unserved}"
    noted = Counter(note.stop for note in result.notes if note.reason != VISITED_ALL_THE_SAME)
    if noted != Counter(result.unserved):
        yield f"stops left out are {result.unserved}, but the notes give reasons for {sorted(noted.elements())}"


def _fleet_lines(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    used = Counter((driven.route.vehicle_type, day) for driven in result.routes for day in driven.days)
    for kind, vehicle in enumerate(problem.vehicle_types):
        most = max((number for (other, _), number in used.items() if other == kind), default=0)
        if vehicle.count is not None and most > vehicle.count:
            yield f"{most} vehicles of type {kind} on one day, only {vehicle.count} exist"
        if kind >= len(result.vehicles) or result.vehicles[kind] != most:
            yield f"vehicles of type {kind} are {most}, not as {result.vehicles} says"


def _total_lines(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    total = sum(driven.route.cost * len(driven.days) for driven in result.routes)
    if result.cost != total:
        yield f"cost is {total}, not {result.cost}"
    if result.bound is not None and result.bound > result.cost:
        yield f"bound {result.bound} is above the cost {result.cost}"
    if result.status is SolveStatus.OPTIMAL and result.bound != result.cost:
        yield "called optimal, but the bound does not equal the cost"
    if tuple(entry.day for entry in result.day_load) != WEEK:
        yield "day_load must have one entry for each day of the week"
        return
    for entry in result.day_load:
        routes = [driven.route for driven in result.routes if entry.day in driven.days]
        stops = [stop for route in routes for stop in route.stops if 0 <= stop < problem.n_nodes]
        load = sum(problem.visit_load(stop) for stop in stops)
        counted = (len(routes), sum(route.duration_s for route in routes), load)
        if counted != (entry.routes, entry.duration_s, entry.load):
            yield f"day {entry.day}: routes, seconds and load are {counted}, not as its day_load says"
