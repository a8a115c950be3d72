"""Where the outlets go: covering, and the exact three-tier model of a county (``docs/model.md``).

Names are loaded on first use, so that importing this package costs nothing and OR-Tools is loaded only when
something is solved.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.locate.county import Siting, county_problem, eligible_sites, may_serve, place_county, within_radius
    from planner.locate.covering import CoverResult, set_covering
    from planner.locate.problem import ThreeTierProblem, ThreeTierResult
    from planner.locate.stages import place_tiers

_HOME = {
    "CoverResult": "covering",
    "Siting": "county",
    "ThreeTierProblem": "problem",
    "ThreeTierResult": "problem",
    "county_problem": "county",
    "eligible_sites": "county",
    "may_serve": "county",
    "place_county": "county",
    "place_tiers": "stages",
    "set_covering": "covering",
    "within_radius": "county",
}

__all__ = [
    "CoverResult",
    "Siting",
    "ThreeTierProblem",
    "ThreeTierResult",
    "county_problem",
    "eligible_sites",
    "may_serve",
    "place_county",
    "place_tiers",
    "set_covering",
    "within_radius",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
