"""The vans of one county: what is carried to whom in which way, each depot's week, and the routes they give."""

from planner.route.county.plan import RoutePlan, route_county

__all__ = ["RoutePlan", "route_county"]
