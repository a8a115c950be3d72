"""Routes: the vehicle routing problem, its engines and its judge, location-routing, and the two echelons of a county.

The solvers are imported when something is solved, not before.
"""

from planner.route.county import RoutePlan, route_county
from planner.route.judge import JudgeError, recount_cost, route_violations
from planner.route.location import LocationRoutingResult, location_routing
from planner.route.problem import (
    UNREACHABLE,
    RoutingProblem,
    RoutingResult,
    StopNote,
    StopReason,
    VehicleRoute,
    VehicleType,
)
from planner.route.solve import solve_routes

__all__ = [
    "UNREACHABLE",
    "JudgeError",
    "LocationRoutingResult",
    "RoutePlan",
    "RoutingProblem",
    "RoutingResult",
    "StopNote",
    "StopReason",
    "VehicleRoute",
    "VehicleType",
    "location_routing",
    "recount_cost",
    "route_county",
    "route_violations",
    "solve_routes",
]
