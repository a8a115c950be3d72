"""Location-routing on the instances of Prins, Prodhon and Wolfler Calvo (2006) and on seeded ones of the same kind.

Beside each: OR-Tools' routing search (guided local search), which is told the depots that we opened.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from planner.route import location_routing

TIME_LIMIT_S = 20
BEST_KNOWN = {
    "20-5-1": 54793, "20-5-2": 48908, "50-5-1": 90111, "50-5-2": 88293, "50-5-2b": 67308, "100-5-1": 274814,
}  # fmt: skip
"""Published values of plans for distances ⌈100 d⌉."""
SEEDED = ((50, 5, 3, 150), (100, 10, 0, 70), (100, 10, 3, 150))
"""Customers, depots, clusters (0: spread evenly), vehicle capacity."""


def instance(
    depots: np.ndarray,
    customers: np.ndarray,
    capacities: tuple[int, np.ndarray],
    demand: np.ndarray,
    costs: tuple[np.ndarray, int],
) -> dict:
    """Arguments of `location_routing`; distances are a hundred times the straight lines, rounded up."""
    points = np.vstack([depots, customers])
    gaps = points[:, None] - points[None]
    squared = (10_000 * gaps**2).sum(axis=2)
    return {
        "depot_cost": costs[0],
        "depot_capacity": capacities[1],
        "vehicle_cost": costs[1],
        "vehicle_capacity": capacities[0],
        "demand": demand,
        "distance": np.ceil(np.sqrt(squared)).astype(np.int64),
    }


def read_instance(path: Path) -> dict:
    """n, m, depots, customers, vehicle capacity, depots' capacities, demands, depots' costs, cost of a route."""
    words = [int(float(word)) for word in path.read_text("ascii").split()]
    n, m = words[:2]
    sizes = [2 * m, 2 * n, 1, m, n, m, 1]
    ends = np.cumsum([2, *sizes])
    depots, customers, vehicle, room, demand, cost, route = (np.array(words[a:b]) for a, b in pairwise(ends))
    capacities = (int(vehicle[0]), room)
    return instance(depots.reshape(m, 2), customers.reshape(n, 2), capacities, demand, (cost, int(route[0])))


def seeded(n: int, m: int, clusters: int, vehicle_capacity: int) -> dict:
    """On a square of 50: as the published ones, in demands 11 to 20 and depots of which two or three are enough."""
    random = np.random.default_rng([n, m, clusters, vehicle_capacity])
    customers = random.integers(0, 51, (n, 2))
    if clusters:
        centres = random.integers(8, 43, (clusters, 2))
        customers = centres[random.integers(0, clusters, n)] + random.integers(-7, 8, (n, 2))
    demand = random.integers(11, 21, n)
    room = np.ceil(demand.sum() * random.choice([0.35, 0.5, 0.6], m) / 70).astype(np.int64) * 70
    cost = random.integers(75, 130, m) * (100 if n <= 50 else 450)
    return instance(random.integers(0, 51, (m, 2)), customers, (vehicle_capacity, room), demand, (cost, 1000))


def ortools_cost(case: dict, depots: list[int], limit_s: int) -> int | None:
    """Cost that OR-Tools reaches with routes from the given depots, their costs included."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    demand, distance = case["demand"], case["distance"]
    m, capacity = len(case["depot_cost"]), case["vehicle_capacity"]
    nodes = [*depots, *range(m, m + len(demand))]
    base = [k for k, depot in enumerate(depots) for _ in range(-(-int(case["depot_capacity"][depot]) // capacity) + 1)]
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(base), base, base)
    routing = pywrapcp.RoutingModel(manager)
    matrix = distance[np.ix_(nodes, nodes)].tolist()
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(matrix))
    loads = [0] * len(depots) + demand.tolist()
    routing.AddDimension(routing.RegisterUnaryTransitVector(loads), 0, capacity, True, "load")
    routing.SetFixedCostOfAllVehicles(case["vehicle_cost"])
    load = routing.GetDimensionOrDie("load")
    for k, depot in enumerate(depots):
        ends = [load.CumulVar(routing.End(v)) for v in range(len(base)) if base[v] == k]
        routing.solver().Add(routing.solver().Sum(ends) <= int(case["depot_capacity"][depot]))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(limit_s)
    found = routing.SolveWithParameters(parameters)
    return None if found is None else found.ObjectiveValue() + int(case["depot_cost"][depots].sum())


def main(folder: Path | None) -> None:
    """Print one line per instance."""
    print(f"\nLocation-routing, {TIME_LIMIT_S} s each; OR-Tools is given our depots and the same time")
    print("instance           cost best known    gap    bound bound gap seconds  OR-Tools  ratio")
    paths = sorted(folder.glob("coord*.dat")) if folder else []
    cases = [(path.stem.removeprefix("coord"), read_instance(path)) for path in paths]
    cases += [("{}-{} c{} Q{}".format(*sizes), seeded(*sizes)) for sizes in SEEDED]
    for name, case in cases:
        found = location_routing(**case, time_limit_s=TIME_LIMIT_S)
        best = BEST_KNOWN.get(name)
        known = f"{best:10d} {100 * (found.cost / best - 1):5.2f}%" if best else f"{'-':>10} {'-':>6}"
        peer = ortools_cost(case, found.open_depots.tolist(), TIME_LIMIT_S)
        beside = f"{peer:9d} {peer / found.cost:6.3f}" if peer else "     none      -"
        gap = 100 * (1 - found.bound / found.cost)
        print(
            f"{name:15s} {found.cost:7d} {known} {found.bound:8d} {gap:8.2f}% {found.seconds:7.1f} {beside}", flush=True
        )
