"""Where the outlets go: covering, and the exact three-tier model of a county (``docs/model.md``).

Names are loaded on first use, so that importing this package costs nothing and OR-Tools is loaded only when
something is solved.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.locate.capacitated.solve import CapacitatedResult, capacitated_facility_location
    from planner.locate.center import p_center
    from planner.locate.county import Siting, county_problem, eligible_sites, may_serve, place_county, within_radius
    from planner.locate.coverage.solve import maximal_covering
    from planner.locate.covering.solve import CoverResult, set_covering
    from planner.locate.echelons.solve import TwoEchelonResult, two_echelon_facility_location
    from planner.locate.frontier import FrontierPoint, budget_frontier, least_investment, most_villages
    from planner.locate.medians.solve import p_median
    from planner.locate.phases import PhaseProblem, PhaseResult, build_order
    from planner.locate.problem import ThreeTierProblem, ThreeTierResult
    from planner.locate.result import SitingResult
    from planner.locate.rules.cold import ColdStores
    from planner.locate.sessions.session import LocationSession
    from planner.locate.stages import place_tiers

_HOME = {
    "CapacitatedResult": "capacitated.solve",
    "ColdStores": "rules.cold",
    "CoverResult": "covering.solve",
    "FrontierPoint": "frontier",
    "LocationSession": "sessions.session",
    "PhaseProblem": "phases",
    "PhaseResult": "phases",
    "Siting": "county",
    "SitingResult": "result",
    "ThreeTierProblem": "problem",
    "ThreeTierResult": "problem",
    "TwoEchelonResult": "echelons.solve",
    "budget_frontier": "frontier",
    "build_order": "phases",
    "capacitated_facility_location": "capacitated.solve",
    "county_problem": "county",
    "eligible_sites": "county",
    "least_investment": "frontier",
    "maximal_covering": "coverage.solve",
    "may_serve": "county",
    "most_villages": "frontier",
    "p_center": "center",
    "p_median": "medians.solve",
    "place_county": "county",
    "place_tiers": "stages",
    "set_covering": "covering.solve",
    "two_echelon_facility_location": "echelons.solve",
    "within_radius": "county",
}

__all__ = [
    "CapacitatedResult",
    "ColdStores",
    "CoverResult",
    "FrontierPoint",
    "LocationSession",
    "PhaseProblem",
    "PhaseResult",
    "Siting",
    "SitingResult",
    "ThreeTierProblem",
    "ThreeTierResult",
    "TwoEchelonResult",
    "budget_frontier",
    "build_order",
    "capacitated_facility_location",
    "county_problem",
    "eligible_sites",
    "least_investment",
    "maximal_covering",
    "may_serve",
    "most_villages",
    "p_center",
    "p_median",
    "place_county",
    "place_tiers",
    "set_covering",
    "two_echelon_facility_location",
    "within_radius",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
