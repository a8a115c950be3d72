"""Location-routing: which depots to open, and the vehicle routes from them, in one problem.

The compiled search is imported when something is solved, not before.
"""

from planner.route.location.judge import location_violations
from planner.route.location.problem import LocationRoutingProblem, LocationRoutingResult
from planner.route.location.solve import location_routing

__all__ = [
    "LocationRoutingProblem",
    "LocationRoutingResult",
    "location_routing",
    "location_violations",
]
