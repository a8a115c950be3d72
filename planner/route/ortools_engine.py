"""Routes by local search: OR-Tools' routing library with guided local search, made to repeat exactly.

Vehicles of a type share one cost matrix, handed over whole (Python callbacks per leg are many times slower).
The run ends after ``solution_limit`` accepted solutions, or a thousand times as many dead ends; both are
counts. The time limit is only a safety net.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from planner.route.problem import UNREACHABLE, IntArray, RoutingProblem

SAFETY_TIME_LIMIT_S: Final = 600.0
"""Never reached in normal runs: a clock in the result would make it differ from machine to machine."""

FAILURES_PER_SOLUTION: Final = 1000
"""Dead ends allowed for each solution; a usual run has under ten."""

Orders = list[tuple[int, tuple[int, ...]]]
"""For each route its vehicle type and its stops in order."""


@dataclass(frozen=True, slots=True)
class _Vehicles:
    """Vehicle number → vehicle type number. Unlimited types get as many vehicles as there are stops."""

    types: tuple[int, ...]

    @classmethod
    def of(cls, problem: RoutingProblem) -> _Vehicles:
        most = len(problem.stops)
        counts = [most if v.count is None else min(v.count, most) for v in problem.vehicle_types]
        return cls(tuple(kind for kind, count in enumerate(counts) for _ in range(count)))


def leave_out_penalty(problem: RoutingProblem) -> int:
    """More than the costs of any two plans differ, so that stops are left out only when they must be."""
    nodes = problem.n_nodes
    longest_m, longest_s = int(problem.distance_m.max(initial=0)), int(problem.duration_s.max(initial=0))
    service_s = int(problem.service_s.sum())
    horizon_s = 0 if problem.time_windows is None else int(problem.time_windows.max(initial=0))
    dearest = max(
        (nodes + 1) * (v.fixed_cost + 2 * longest_m * v.cost_per_m)
        + v.cost_per_s * (2 * (nodes + 1) * longest_s + service_s + nodes * v.reload_s + (nodes + 1) * horizon_s)
        for v in problem.vehicle_types
    )
    return 1 + dearest


def search_routes(problem: RoutingProblem, *, solution_limit: int, time_limit_s: float | None) -> Orders | None:
    """Routes found by guided local search, the best over the run; None when the time limit came before any plan."""
    vehicles = _Vehicles.of(problem)
    if not vehicles.types or not problem.stops:
        return []
    # Imported here because it is slow; OR-Tools ships no types for its routing library.
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # type: ignore[import-untyped]  # no stubs

    depots = [problem.vehicle_types[kind].depot for kind in vehicles.types]
    manager = pywrapcp.RoutingIndexManager(problem.n_nodes, len(vehicles.types), depots, depots)
    routing = pywrapcp.RoutingModel(manager)
    penalty = leave_out_penalty(problem)
    _add_costs(routing, problem, vehicles, penalty)
    _add_loads(routing, problem, vehicles)
    _add_times(routing, manager, problem, vehicles)
    _add_distances(routing, problem, vehicles)
    _forbid_missing_legs(routing, manager, problem, vehicles)
    for depot in problem.depots:
        if depot not in depots:
            index = manager.NodeToIndex(depot)
            routing.AddDisjunction([index], 0)
            routing.ActiveVar(index).SetValue(0)
    for stop in problem.stops:
        routing.AddDisjunction([manager.NodeToIndex(stop)], penalty)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    # Measured on county loops of 20–40 stops: 1–2 % from the best after 200 solutions, where the insertion
    # strategies, which start with a vehicle per stop, are still 20–100 % away.
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.solution_limit = solution_limit
    parameters.time_limit.FromMilliseconds(round(1000 * (time_limit_s or SAFETY_TIME_LIMIT_S)))
    # Where no move is left the search would go round without ever finding the next solution to count.
    routing.AddSearchMonitor(routing.solver().FailuresLimit(FAILURES_PER_SOLUTION * (solution_limit + 10)))
    return _orders(routing, manager, vehicles, routing.SolveWithParameters(parameters))


def _add_costs(routing: Any, problem: RoutingProblem, vehicles: _Vehicles, penalty: int) -> None:
    """Leg costs and fixed costs by vehicle type; service is charged with the leg that leaves the stop."""
    missing = problem.distance_m == UNREACHABLE
    evaluators = []
    for vehicle in problem.vehicle_types:
        legs = vehicle.cost_per_m * problem.distance_m
        if problem.time_windows is None:
            legs = legs + vehicle.cost_per_s * (problem.duration_s + problem.service_s[:, None])
        evaluators.append(_register(routing, np.where(missing, penalty, legs)))
    for number, kind in enumerate(vehicles.types):
        routing.SetArcCostEvaluatorOfVehicle(evaluators[kind], number)
        routing.SetFixedCostOfVehicle(problem.vehicle_types[kind].fixed_cost, number)


def _add_loads(routing: Any, problem: RoutingProblem, vehicles: _Vehicles) -> None:
    """Load on board within capacity at every point, for each kind of load.

    Where every stop takes at least what it gives (or the reverse) the load is greatest at one end of the route and
    one dimension says it all. Otherwise the net load must start at the sum of the route's deliveries.
    """
    for number_of_kind in range(problem.n_kinds):
        _add_load(routing, problem, vehicles, number_of_kind)


def _add_load(routing: Any, problem: RoutingProblem, vehicles: _Vehicles, number_of_kind: int) -> None:
    capacities = [problem.vehicle_types[kind].capacities[number_of_kind] for kind in vehicles.types]
    deliveries, pickups = problem.deliveries[:, number_of_kind], problem.pickups[:, number_of_kind]
    names = [f"{what} {number_of_kind}" for what in ("delivered", "picked", "load")]
    for name, loads in zip(names, (deliveries, pickups), strict=False):
        routing.AddDimensionWithVehicleCapacity(_register_vector(routing, loads), 0, capacities, True, name)
    change = pickups - deliveries
    if (change <= 0).all() or (change >= 0).all():
        return
    routing.AddDimensionWithVehicleCapacity(_register_vector(routing, change), 0, capacities, False, names[2])
    delivered, load = routing.GetDimensionOrDie(names[0]), routing.GetDimensionOrDie(names[2])
    solver = routing.solver()
    for number in range(len(vehicles.types)):
        start, end = routing.Start(number), routing.End(number)
        solver.Add(load.CumulVar(start) == delivered.CumulVar(end))


def _add_times(routing: Any, manager: Any, problem: RoutingProblem, vehicles: _Vehicles) -> None:
    """Shift limits and time windows."""
    fleet = [problem.vehicle_types[kind] for kind in vehicles.types]
    windows = problem.time_windows
    if windows is None and all(vehicle.max_duration_s is None for vehicle in fleet):
        return
    transit = np.where(problem.duration_s == UNREACHABLE, 0, problem.duration_s) + problem.service_s[:, None]
    np.fill_diagonal(transit, 0)
    evaluator = _register(routing, transit)
    longest = int(transit.max(initial=0)) * (problem.n_nodes + 1)
    if windows is None:
        limits = [longest if v.max_duration_s is None else min(v.max_duration_s, longest) for v in fleet]
        routing.AddDimensionWithVehicleCapacity(evaluator, 0, limits, True, "time")
        return
    horizon = int(windows.max(initial=0))
    routing.AddDimension(evaluator, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for stop in problem.stops:
        time.CumulVar(manager.NodeToIndex(stop)).SetRange(int(windows[stop, 0]), int(windows[stop, 1]))
    for number, vehicle in enumerate(fleet):
        for index in (routing.Start(number), routing.End(number)):
            time.CumulVar(index).SetRange(int(windows[vehicle.depot, 0]), int(windows[vehicle.depot, 1]))
        if vehicle.max_duration_s is not None:
            time.SetSpanUpperBoundForVehicle(vehicle.max_duration_s, number)
        if vehicle.cost_per_s:
            time.SetSpanCostCoefficientForVehicle(vehicle.cost_per_s, number)


def _add_distances(routing: Any, problem: RoutingProblem, vehicles: _Vehicles) -> None:
    fleet = [problem.vehicle_types[kind] for kind in vehicles.types]
    if all(vehicle.max_distance_m is None for vehicle in fleet):
        return
    legs = np.where(problem.distance_m == UNREACHABLE, 0, problem.distance_m)
    longest = int(legs.max(initial=0)) * (problem.n_nodes + 1)
    limits = [longest if v.max_distance_m is None else min(v.max_distance_m, longest) for v in fleet]
    routing.AddDimensionWithVehicleCapacity(_register(routing, legs), 0, limits, True, "distance")


def _forbid_missing_legs(routing: Any, manager: Any, problem: RoutingProblem, vehicles: _Vehicles) -> None:
    """Takes every unreachable leg out of the search, rather than pricing it."""
    missing = (problem.distance_m == UNREACHABLE) & ~np.eye(problem.n_nodes, dtype=bool)
    if not missing.any():
        return
    starts: dict[int, list[int]] = {depot: [] for depot in problem.depots}
    ends: dict[int, list[int]] = {depot: [] for depot in problem.depots}
    for number, kind in enumerate(vehicles.types):
        depot = problem.vehicle_types[kind].depot
        starts[depot].append(routing.Start(number))
        ends[depot].append(routing.End(number))
    for row, column in np.argwhere(missing).tolist():
        tails = starts[row] if row in starts else [manager.NodeToIndex(row)]
        heads = ends[column] if column in ends else [manager.NodeToIndex(column)]
        for tail in tails:
            routing.NextVar(tail).RemoveValues(heads)


def _register(routing: Any, matrix: IntArray) -> int:
    np.fill_diagonal(matrix, 0)
    return int(routing.RegisterTransitMatrix(matrix.tolist()))


def _register_vector(routing: Any, values: IntArray) -> int:
    return int(routing.RegisterUnaryTransitVector(values.tolist()))


def _orders(routing: Any, manager: Any, vehicles: _Vehicles, solution: Any) -> Orders | None:
    if solution is None:
        return None
    orders: Orders = []
    for number, kind in enumerate(vehicles.types):
        index = solution.Value(routing.NextVar(routing.Start(number)))
        stops = []
        while not routing.IsEnd(index):
            stops.append(int(manager.IndexToNode(index)))
            index = solution.Value(routing.NextVar(index))
        if stops:
            orders.append((kind, tuple(stops)))
    return orders
