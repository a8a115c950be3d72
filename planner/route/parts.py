"""Problems that fall apart: stops whose loads never fit one vehicle together are routed separately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.domain import SolveStatus
from planner.route.bound import fleet_max
from planner.route.problem import IntArray, RoutingProblem, RoutingResult, VehicleRoute


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A problem over some of the stops; ``nodes`` says which node of the whole each of its nodes is."""

    problem: RoutingProblem
    nodes: IntArray


def independent_parts(problem: RoutingProblem) -> tuple[Part, ...]:
    """Parts that share no vehicle in any plan, and no limited fleet; by smallest stop. At least one."""
    stops = np.array(problem.stops, dtype=np.int64)
    limited = any(vehicle.count is not None and vehicle.count < stops.size for vehicle in problem.vehicle_types)
    groups = [stops] if limited or problem.makes_trips or stops.size < 2 else _groups(problem, stops)
    if len(groups) == 1:
        return (Part(problem, np.arange(problem.n_nodes, dtype=np.int64)),)
    return tuple(part_of(problem, group.tolist()) for group in groups)


def join_results(
    problem: RoutingProblem, results: Sequence[tuple[Part, RoutingResult]], seconds: float
) -> RoutingResult:
    """The plan of the whole out of the plans of its parts."""
    whole = [(result, [renumbered(part, route) for route in result.routes]) for part, result in results]
    unserved = {int(part.nodes[stop]) for part, result in results for stop in result.unserved}
    bounds = [result.bound for result, _ in whole]
    known = [bound for bound in bounds if bound is not None]
    engines = sorted({result.engine for result, _ in whole})
    return RoutingResult(
        cost=sum(result.cost for result, _ in whole),
        bound=sum(known) if len(known) == len(bounds) else None,
        routes=sorted_routes([route for _, routes in whole for route in routes]),
        unserved=tuple(stop for stop in problem.stops if stop in unserved),
        status=_weakest([result.status for result, _ in whole]),
        seconds=seconds,
        engine="+".join(engines),
    )


def sorted_routes(routes: Sequence[VehicleRoute]) -> tuple[VehicleRoute, ...]:
    """By depot and smallest stop, so that the order says nothing about how they were found."""
    return tuple(sorted(routes, key=lambda route: (route.depot, min(route.stops), route.stops)))


def _groups(problem: RoutingProblem, stops: IntArray) -> list[IntArray]:
    """Stops joined wherever two of them fit the largest vehicle together."""
    capacity = np.array(fleet_max(problem), dtype=np.int64)
    group = np.arange(stops.size)
    together = np.ones((stops.size, stops.size), dtype=bool)
    for load in (problem.deliveries[stops], problem.pickups[stops]):
        together &= (load[:, None] + load[None, :] <= capacity).all(axis=2)
    np.fill_diagonal(together, val=True)
    while True:
        lowest = np.where(together, group[None, :], stops.size).min(axis=1)
        if (lowest == group).all():
            return [stops[group == number] for number in np.unique(group)]
        group = lowest


def part_of(problem: RoutingProblem, stops: Sequence[int], counts: Sequence[int | None] | None = None) -> Part:
    """The problem over ``stops`` alone, with ``counts`` vehicles of each type (as many as there are if not given)."""
    nodes = np.array([*problem.depots, *stops], dtype=np.int64)
    if counts is None:
        counts = [vehicle.count for vehicle in problem.vehicle_types]
    place = {depot: position for position, depot in enumerate(problem.depots)}
    return Part(
        RoutingProblem(
            problem.distance_m[np.ix_(nodes, nodes)],
            problem.duration_s[np.ix_(nodes, nodes)],
            problem.delivery[nodes],
            problem.pickup[nodes],
            [
                replace(vehicle, depot=place[vehicle.depot], count=count)
                for vehicle, count in zip(problem.vehicle_types, counts, strict=True)
            ],
            problem.service_s[nodes],
            None if problem.time_windows is None else problem.time_windows[nodes],
            tuple(range(len(problem.depots))),
        ),
        nodes,
    )


def renumbered(part: Part, route: VehicleRoute) -> VehicleRoute:
    """A route of the part in the numbers of the whole."""
    stops = tuple(int(part.nodes[stop]) for stop in route.stops)
    return replace(route, depot=int(part.nodes[route.depot]), stops=stops)


def _weakest(statuses: Sequence[SolveStatus]) -> SolveStatus:
    if SolveStatus.NO_SOLUTION_IN_TIME in statuses:
        return SolveStatus.NO_SOLUTION_IN_TIME
    return SolveStatus.OPTIMAL if all(s is SolveStatus.OPTIMAL for s in statuses) else SolveStatus.FEASIBLE
