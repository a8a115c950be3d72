"""The solver-free judge of routes: recounts loads, times, distances and costs, and names every broken rule.

Written against the problem's definition alone, in plain integers, so that it shares no mistake with an engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from planner.domain import SolveStatus
from planner.route.problem import UNREACHABLE, RoutingProblem, RoutingResult, VehicleRoute


class JudgeError(RuntimeError):
    """An engine returned routes that break the problem's rules: a defect of this package, never of the input."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What one route comes to: measures, and the rules it breaks (one line each).

    ``start_s`` is the latest departure from the depot that keeps the duration shortest; ``arrive_s`` the arrival
    at each stop and, last, at the depot.
    """

    cost: int
    distance_m: int
    duration_s: int
    start_s: int
    arrive_s: tuple[int, ...]
    broken: tuple[str, ...]


def route_violations(problem: RoutingProblem, result: RoutingResult) -> tuple[str, ...]:
    """Every rule that ``result`` breaks, one line each; empty when it is feasible and adds up."""
    lines: list[str] = []
    for number, route in enumerate(result.routes):
        if _well_formed(problem, route):
            lines.extend(f"route {number}: {line}" for line in _route_lines(problem, route))
        else:
            lines.append(f"route {number}: names a node, depot or vehicle type that the problem does not have")
    lines.extend(_plan_lines(problem, result))
    return tuple(lines)


def recount_cost(problem: RoutingProblem, result: RoutingResult) -> int:
    """Cost of all routes, counted afresh from the problem's matrices and rates."""
    return sum(recount_route(problem, route).cost for route in result.routes)


def recount_route(problem: RoutingProblem, route: VehicleRoute) -> Recount:
    """Count one route afresh; its own figures are not looked at."""
    vehicle = problem.vehicle_types[route.vehicle_type]
    path = (route.depot, *route.stops, route.depot)
    legs = list(pairwise(path))
    broken = [f"no way from {a} to {b}" for a, b in legs if a != b and problem.distance_m[a, b] == UNREACHABLE]
    if broken:
        return Recount(0, 0, 0, 0, (), tuple(broken))
    distance_m = sum(int(problem.distance_m[a, b]) for a, b in legs if a != b)
    start_s, arrive_s, late = _clock(problem, path)
    broken += late
    duration_s = arrive_s[-1] - start_s
    limits = (
        ("load", _peak_load(problem, route), vehicle.capacity),
        ("duration", duration_s, vehicle.max_duration_s),
        ("distance", distance_m, vehicle.max_distance_m),
    )
    broken += [f"{what} {value} above {limit}" for what, value, limit in limits if limit is not None and value > limit]
    cost = vehicle.fixed_cost + distance_m * vehicle.cost_per_m + duration_s * vehicle.cost_per_s
    return Recount(cost, distance_m, duration_s, start_s, arrive_s, tuple(broken))


def _peak_load(problem: RoutingProblem, route: VehicleRoute) -> int:
    load = sum(int(problem.delivery[stop]) for stop in route.stops)
    peak = load
    for stop in route.stops:
        load += int(problem.pickup[stop]) - int(problem.delivery[stop])
        peak = max(peak, load)
    return peak


def _clock(problem: RoutingProblem, path: tuple[int, ...]) -> tuple[int, tuple[int, ...], list[str]]:
    """Departure, arrivals and missed windows. Leaves as late as the earliest possible return allows."""
    windows = problem.time_windows
    earliest = 0 if windows is None else int(windows[path[0], 0])
    _, slack = _drive(problem, path, earliest)
    start_s = earliest + slack
    arrive_s, _ = _drive(problem, path, start_s)
    late = []
    if windows is not None:
        for node, arrival in zip(path[1:], arrive_s, strict=True):
            if arrival > windows[node, 1]:
                late.append(f"reaches {node} at {arrival}, after {int(windows[node, 1])}")
        if start_s > windows[path[0], 1]:
            late.append(f"leaves {path[0]} at {start_s}, after {int(windows[path[0], 1])}")
    return start_s, tuple(arrive_s), late


def _drive(problem: RoutingProblem, path: tuple[int, ...], start_s: int) -> tuple[list[int], int]:
    """Arrivals when leaving at ``start_s``, and by how much one may leave later without loss.

    Leaving later is bounded by the waiting on the way (more only delays the return) and by every latest start.
    """
    windows = problem.time_windows
    arrivals: list[int] = []
    clock = start_s
    waited = 0
    room: int | None = None if windows is None else max(0, int(windows[path[0], 1]) - start_s)
    for a, b in pairwise(path):
        clock += int(problem.service_s[a]) + (int(problem.duration_s[a, b]) if a != b else 0)
        arrivals.append(clock)
        if windows is not None and room is not None:
            waiting = max(0, int(windows[b, 0]) - clock)
            waited += waiting
            clock += waiting
            room = min(room, waited + max(0, int(windows[b, 1]) - clock))
    return arrivals, 0 if room is None else min(waited, room)


def _well_formed(problem: RoutingProblem, route: VehicleRoute) -> bool:
    return (
        0 <= route.vehicle_type < len(problem.vehicle_types)
        and route.depot in problem.depots
        and all(0 <= stop < problem.n_nodes for stop in route.stops)
    )


def _route_lines(problem: RoutingProblem, route: VehicleRoute) -> Iterator[str]:
    if not route.stops:
        yield "has no stop"
    if problem.vehicle_types[route.vehicle_type].depot != route.depot:
        yield f"starts at {route.depot}, where its vehicle type has no depot"
    recount = recount_route(problem, route)
    yield from recount.broken
    for name in ("cost", "distance_m", "duration_s"):
        claimed, counted = getattr(route, name), getattr(recount, name)
        if claimed != counted:
            yield f"{name} is {counted}, not {claimed}"


def _plan_lines(problem: RoutingProblem, result: RoutingResult) -> Iterator[str]:
    visits = Counter(stop for route in result.routes for stop in route.stops)
    visits.update(result.unserved)
    stops = set(problem.stops)
    for stop in sorted(stops | set(visits)):
        if stop not in stops:
            yield f"{stop} is not a stop"
        elif visits[stop] != 1:
            yield f"stop {stop} is served or listed as unserved {visits[stop]} times, not once"
    used = Counter(route.vehicle_type for route in result.routes)
    for number, vehicle in enumerate(problem.vehicle_types):
        if vehicle.count is not None and used[number] > vehicle.count:
            yield f"{used[number]} vehicles of type {number}, only {vehicle.count} exist"
    total = sum(route.cost for route in result.routes)
    if result.cost != total:
        yield f"cost is {total}, not {result.cost}"
    if result.bound is not None and result.bound > result.cost:
        yield f"bound {result.bound} is above the cost {result.cost}"
    if result.status is SolveStatus.OPTIMAL and result.bound != result.cost:
        yield "called optimal, but the bound does not equal the cost"
