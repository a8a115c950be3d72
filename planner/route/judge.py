"""The solver-free judge of routes: recounts loads, times, distances and costs, and names every broken rule.

Written against the problem's definition alone, in plain integers, so that it shares no mistake with an engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from planner.domain import SolveStatus
from planner.route.problem import UNREACHABLE, RoutingProblem, RoutingResult, StopNote, StopReason, VehicleRoute


class JudgeError(RuntimeError):
    """An engine returned routes that break the problem's rules: a defect of this package, never of the input."""


class Broken(NamedTuple):
    """A rule that a route breaks: as a reason to leave a stop out, and in words."""

    reason: StopReason
    words: str


@dataclass(frozen=True, slots=True)
class Recount:
    """What one route comes to: measures, and the rules it breaks.

    ``start_s`` is the latest departure from the depot that keeps the duration shortest; ``arrive_s`` the arrival
    at each further node of the route's path: its stops and, between trips and last, the depot.
    """

    cost: int
    distance_m: int
    duration_s: int
    start_s: int
    arrive_s: tuple[int, ...]
    broken: tuple[Broken, ...]


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
    halts = _halts(problem, route)
    legs = [(a, b) for (a, _), (b, _) in pairwise(halts)]
    broken = [
        Broken("unreachable", f"no way from {a} to {b}")
        for a, b in legs
        if a != b and problem.distance_m[a, b] == UNREACHABLE
    ]
    if broken:
        return Recount(0, 0, 0, 0, (), tuple(broken))
    distance_m = sum(int(problem.distance_m[a, b]) for a, b in legs if a != b)
    start_s, arrive_s, late = _clock(problem, halts)
    duration_s = arrive_s[-1] - start_s
    broken = [Broken("window", words) for words in late]
    limits: list[tuple[StopReason, str, int, int | None]] = [
        ("shift", "duration", duration_s, vehicle.max_duration_s),
        ("too_far", "distance", distance_m, vehicle.max_distance_m),
        ("shift", "trips", len(route.returns) + 1, vehicle.max_trips),
    ]
    for kind, capacity in enumerate(vehicle.capacities):
        limits.append(("too_large", _load_name(problem, kind), _peak_load(problem, route, kind), capacity))
    broken += [
        Broken(reason, f"{what} {value} above {limit}")
        for reason, what, value, limit in limits
        if limit is not None and value > limit
    ]
    cost = vehicle.fixed_cost + distance_m * vehicle.cost_per_m + duration_s * vehicle.cost_per_s
    return Recount(cost, distance_m, duration_s, start_s, arrive_s, tuple(broken))


def _halts(problem: RoutingProblem, route: VehicleRoute) -> list[tuple[int, int]]:
    """Every node of the route in order with the seconds spent there; the depot first, last and between trips."""
    reload_s = problem.vehicle_types[route.vehicle_type].reload_s
    halts = [(route.depot, 0)]
    for position, stop in enumerate(route.stops):
        if position in route.returns:
            halts.append((route.depot, reload_s))
        halts.append((stop, int(problem.service_s[stop])))
    return [*halts, (route.depot, 0)]


def _load_name(problem: RoutingProblem, kind: int) -> str:
    return "load" if problem.n_kinds == 1 else f"load of kind {kind}"


def _peak_load(problem: RoutingProblem, route: VehicleRoute, kind: int) -> int:
    """Most on board of one kind of load at any point: a trip starts with its deliveries, a stop swaps its own."""
    delivery, pickup = problem.deliveries[:, kind], problem.pickups[:, kind]
    ends = (*route.returns, len(route.stops))
    peak = load = 0
    for position, stop in enumerate(route.stops):
        if position == 0 or position in route.returns:
            end = min(end for end in ends if end > position)
            load = sum(int(delivery[later]) for later in route.stops[position:end])
            peak = max(peak, load)
        load += int(pickup[stop]) - int(delivery[stop])
        peak = max(peak, load)
    return peak


def _clock(problem: RoutingProblem, halts: list[tuple[int, int]]) -> tuple[int, tuple[int, ...], list[str]]:
    """Departure, arrivals and missed windows. Leaves as late as the earliest possible return allows."""
    windows = problem.time_windows
    depot = halts[0][0]
    earliest = 0 if windows is None else int(windows[depot, 0])
    _, slack = _drive(problem, halts, earliest)
    start_s = earliest + slack
    arrive_s, _ = _drive(problem, halts, start_s)
    late = []
    if windows is not None:
        for (node, _), arrival in zip(halts[1:], arrive_s, strict=True):
            if arrival > windows[node, 1]:
                late.append(f"reaches {node} at {arrival}, after {int(windows[node, 1])}")
        if start_s > windows[depot, 1]:
            late.append(f"leaves {depot} at {start_s}, after {int(windows[depot, 1])}")
    return start_s, tuple(arrive_s), late


def _drive(problem: RoutingProblem, halts: list[tuple[int, int]], start_s: int) -> tuple[list[int], int]:
    """Arrivals when leaving at ``start_s``, and by how much one may leave later without loss.

    Leaving later is bounded by the waiting on the way (more only delays the return) and by every latest start.
    """
    windows = problem.time_windows
    arrivals: list[int] = []
    clock = start_s
    waited = 0
    room: int | None = None if windows is None else max(0, int(windows[halts[0][0], 1]) - start_s)
    for (a, stay_s), (b, _) in pairwise(halts):
        clock += stay_s + (int(problem.duration_s[a, b]) if a != b else 0)
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


def _returns_in_order(route: VehicleRoute) -> bool:
    """Whether every trip has a stop: returns ascend and lie between the first stop and the last."""
    return all(a < b for a, b in pairwise((0, *route.returns, len(route.stops))))


def _route_lines(problem: RoutingProblem, route: VehicleRoute) -> Iterator[str]:
    if not route.stops:
        yield "has no stop"
    elif not _returns_in_order(route):
        yield f"returns {route.returns} leave a trip without a stop"
    if problem.vehicle_types[route.vehicle_type].depot != route.depot:
        yield f"starts at {route.depot}, where its vehicle type has no depot"
    recount = recount_route(problem, route)
    yield from (broken.words for broken in recount.broken)
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
    yield from _note_lines(problem, result)
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


def _note_lines(problem: RoutingProblem, result: RoutingResult) -> Iterator[str]:
    """Every stop left out has one note with a reason that holds of the drive there and back."""
    given = Counter(note.stop for note in result.notes)
    unserved = set(result.unserved)
    for stop in sorted(unserved | set(given)):
        if given[stop] != 1:
            yield f"stop {stop} has {given[stop]} notes, not one"
    for note in result.notes:
        if (note.reason == "nothing_to_carry") == (note.stop in unserved):
            yield f"note {note.reason} on stop {note.stop}, which is {'not ' * (note.stop in unserved)}visited"
        elif note.stop not in problem.stops or not _true_of(problem, note):
            yield f"note {note.reason} does not hold of stop {note.stop}"


def _true_of(problem: RoutingProblem, note: StopNote) -> bool:
    """Whether the reason is one that this stop alone gives. For ``fleet``: some vehicle could, or none exists."""
    if note.reason == "nothing_to_carry":
        return not problem.deliveries[note.stop].any() and not problem.pickups[note.stop].any()
    kinds = [kind for kind, vehicle in enumerate(problem.vehicle_types) if vehicle.count != 0]
    alone = [_obstacles(problem, note.stop, kind) for kind in kinds]
    if note.reason == "fleet":
        return not alone or not all(alone)
    return bool(alone) and all(alone) and any(note.reason in obstacles for obstacles in alone)


def _obstacles(problem: RoutingProblem, stop: int, kind: int) -> set[StopReason]:
    """Everything that keeps a vehicle of this type from driving to ``stop`` alone and back."""
    alone = VehicleRoute(problem.vehicle_types[kind].depot, (stop,), kind, 0, 0, 0)
    return {broken.reason for broken in recount_route(problem, alone).broken}
