"""Why a stop is left out, and the stops that an engine need not have left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from planner.route.judge import recount_route
from planner.route.problem import RoutingProblem, StopNote, StopReason, VehicleRoute

ORDER: Final[tuple[StopReason, ...]] = ("unreachable", "too_large", "too_far", "shift", "window")
"""Obstacles in the order in which they are looked at: a later one is only met when the earlier ones are not there."""


def notes_on(problem: RoutingProblem, unserved: Sequence[int]) -> tuple[StopNote, ...]:
    """One note for every stop left out and every stop visited with nothing to carry, by stop."""
    left_out = set(unserved)
    notes = []
    for stop in problem.stops:
        if stop in left_out:
            notes.append(StopNote(stop, obstacle(problem, stop) or "fleet"))
        elif not problem.deliveries[stop].any() and not problem.pickups[stop].any():
            notes.append(StopNote(stop, "nothing_to_carry"))
    return tuple(notes)


def obstacle(problem: RoutingProblem, stop: int) -> StopReason | None:
    """What keeps every vehicle there is from driving to ``stop`` alone and back; None when one can, or there is none.

    Where types differ, the obstacle of the one that comes farthest in `ORDER`.
    """
    first = [_first_obstacle(problem, stop, kind) for kind, v in enumerate(problem.vehicle_types) if v.count != 0]
    met = [reason for reason in first if reason is not None]
    return max(met, key=ORDER.index) if met and len(met) == len(first) else None


def _first_obstacle(problem: RoutingProblem, stop: int, kind: int) -> StopReason | None:
    reasons = {broken.reason for broken in recount_route(problem, _alone(problem, stop, kind)).broken}
    return min(reasons, key=ORDER.index, default=None)


def _alone(problem: RoutingProblem, stop: int, kind: int) -> VehicleRoute:
    return VehicleRoute(problem.vehicle_types[kind].depot, (stop,), kind, 0, 0, 0)


def serve_alone(problem: RoutingProblem, routes: Sequence[VehicleRoute]) -> list[VehicleRoute]:
    """``routes``, and routes to single stops that no route serves, cheapest vehicle first, while vehicles last."""
    routes = list(routes)
    used = Counter(route.vehicle_type for route in routes)
    served = {stop for route in routes for stop in route.stops}
    for stop in problem.stops:
        if stop in served:
            continue
        best: VehicleRoute | None = None
        for kind, vehicle in enumerate(problem.vehicle_types):
            if vehicle.count is not None and used[kind] >= vehicle.count:
                continue
            recount = recount_route(problem, _alone(problem, stop, kind))
            if not recount.broken and (best is None or recount.cost < best.cost):
                best = VehicleRoute(vehicle.depot, (stop,), kind, recount.cost, recount.distance_m, recount.duration_s)
        if best is not None:
            routes.append(best)
            used[best.vehicle_type] += 1
    return routes
