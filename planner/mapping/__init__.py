"""Maps of a plan that need no network: for the app, and as one file that opens from disk."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.mapping.assets import standalone_html
    from planner.mapping.check_page import check_html
    from planner.mapping.county_map import base_map, plan_layer, plan_map
    from planner.mapping.route_sheets import route_sheets_html

__all__ = ["base_map", "check_html", "plan_layer", "plan_map", "route_sheets_html", "standalone_html"]

_HOMES = {
    "base_map": "planner.mapping.county_map",
    "check_html": "planner.mapping.check_page",
    "plan_layer": "planner.mapping.county_map",
    "plan_map": "planner.mapping.county_map",
    "route_sheets_html": "planner.mapping.route_sheets",
    "standalone_html": "planner.mapping.assets",
}


def __getattr__(name: str) -> Any:
    # folium takes a second to import; whoever draws no map does not pay for it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
