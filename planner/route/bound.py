"""A lower bound that always holds, for problems too large to list their routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from planner.route.problem import UNREACHABLE, IntArray, RoutingProblem, VehicleType

_FAR: Final = 10**17
LARGEST_EXACT: Final = 2**45
"""The assignment is solved in floating point; sums of such numbers are still exact there."""


def simple_bound(problem: RoutingProblem) -> int:
    """What serving every stop costs at least: the assignment relaxation, in exact integers. Weak, but true.

    Every stop is entered once and left once, at the cheapest rates of any type; so many trips leave and enter a
    depot as the loads need of the largest vehicles, and more may. Each trip pays the smallest fixed cost; where
    vehicles may make several, only as many shifts as those trips and the hours of work need at least. Loops that
    never see a depot are allowed, which is what makes the bound weak.
    """
    fleet = _fleet(problem)
    stops = np.array(problem.stops, dtype=np.int64)
    if not fleet or not stops.size:
        return 0
    per_m, per_s = min(v.cost_per_m for v in fleet), min(v.cost_per_s for v in fleet)
    fixed = min(v.fixed_cost for v in fleet)
    fewest = fewest_trips(problem)
    shifts = _fewest_shifts(problem, fleet, fewest)
    service = per_s * int(problem.service_s.sum())
    if problem.makes_trips:
        return fixed * shifts + service + _least_sum(problem, fleet, (per_m, per_s, 0), fewest)
    return service + _least_sum(problem, fleet, (per_m, per_s, fixed), max(fewest, shifts))


def _least_sum(problem: RoutingProblem, fleet: Sequence[VehicleType], rates: tuple[int, int, int], fewest: int) -> int:
    """Least sum over all legs of ``rates`` for a metre, a second and a trip, with ``fewest`` trips or more."""
    per_m, per_s, per_trip = rates
    stops = np.array(problem.stops, dtype=np.int64)
    legs = np.where(problem.distance_m == UNREACHABLE, _FAR, per_m * problem.distance_m + per_s * problem.duration_s)
    depots = np.array(sorted({vehicle.depot for vehicle in fleet}), dtype=np.int64)
    between = legs[np.ix_(stops, stops)].copy()
    np.fill_diagonal(between, _FAR)
    out, home = legs[np.ix_(depots, stops)].min(axis=0) + per_trip, legs[np.ix_(stops, depots)].min(axis=1)
    return _assignment(between, out, home, fewest)


def fleet_max(problem: RoutingProblem) -> tuple[int, ...]:
    """Capacity of the largest vehicle there is, for each kind of load."""
    fleet = [vehicle.capacities for vehicle in problem.vehicle_types if vehicle.count != 0]
    return tuple(max(values) for values in zip(*fleet, strict=True)) if fleet else (0,) * problem.n_kinds


def fewest_vehicles(problem: RoutingProblem) -> int:
    """Vehicles that every plan needs at least, for the loads and the hours; 1 where there is nothing to say."""
    fleet, trips = _fleet(problem), fewest_trips(problem)
    shifts = _fewest_shifts(problem, fleet, trips) if fleet and problem.stops else 1
    return shifts if problem.makes_trips else max(trips, shifts)


def _fleet(problem: RoutingProblem) -> list[VehicleType]:
    return [vehicle for vehicle in problem.vehicle_types if vehicle.count != 0]


def fewest_trips(problem: RoutingProblem) -> int:
    """Trips needed for the loads alone, if all were the largest vehicle's."""
    loads = np.maximum(problem.deliveries.sum(axis=0), problem.pickups.sum(axis=0)).tolist()
    capacities = fleet_max(problem)
    return max(1, *(-(-load // most) if most else 1 for load, most in zip(loads, capacities, strict=True)))


def _fewest_shifts(problem: RoutingProblem, fleet: Sequence[VehicleType], trips: int) -> int:
    """Shifts that so many trips, and the driving, service and reloading of any plan, need at least.

    k shifts of at most D seconds with t trips hold t − k reloads of r seconds: k ≥ (work + t·r) / (D + r).
    """
    most = [vehicle.max_trips for vehicle in fleet]
    known = [number for number in most if number is not None]
    by_trips = -(-trips // max(known)) if len(known) == len(most) else 1
    lengths = [vehicle.max_duration_s for vehicle in fleet]
    limits = [length for length in lengths if length is not None]
    if len(limits) < len(lengths) or max(limits) == 0:
        return by_trips
    reload_s = min(vehicle.reload_s for vehicle in fleet) if problem.makes_trips else 0
    work_s = int(problem.service_s.sum()) + _least_sum(problem, fleet, (0, 1, 0), trips)
    return max(by_trips, -(-(work_s + trips * reload_s) // (max(limits) + reload_s)))


def _assignment(between: IntArray, out: IntArray, home: IntArray, fewest: int) -> int:
    """Cheapest successor of every stop and route start, one each; only starts beyond ``fewest`` may stay unused."""
    from scipy.optimize import linear_sum_assignment

    n = out.size
    starts = max(n, fewest)
    finite = [int(part[part < _FAR].max(initial=0)) for part in (between, out, home)]
    far = (n + starts) * max(finite) + 1
    if far > LARGEST_EXACT:
        return 0
    between, out, home = (np.minimum(part, far) for part in (between, out, home))
    table = np.full((n + starts, n + starts), far, dtype=np.int64)
    table[:n, :n] = between
    table[n:, :n] = out
    table[:n, n:] = home[:, None]
    table[n + fewest :, n + fewest :] = 0
    rows, columns = linear_sum_assignment(table)
    total = int(table[rows, columns].sum())
    return total if total < far else 0
