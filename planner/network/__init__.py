"""The road network: building it, snapping points to it, and shortest paths between many points.

Names are loaded on first use, so that ``import planner.network`` costs nothing and numba is loaded only
when a travel matrix is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.network.augment import AugmentedGraph, insert_terminals
    from planner.network.graph import Components, RoadNetwork, build_network
    from planner.network.interop import to_osmnx
    from planner.network.matrix import By, Row, TravelMatrix, travel_matrix
    from planner.network.notes import network_notes, result_label, result_notes
    from planner.network.paths import Stretch, StretchKind, Way, path_geometry, shortest_ways
    from planner.network.recount import Recount, recount_matrix, recount_straight
    from planner.network.snap import Snapped, snap_points
    from planner.network.straight import StraightLines, straight_lines

_HOME = {
    "AugmentedGraph": "augment",
    "By": "matrix",
    "Components": "graph",
    "Recount": "recount",
    "RoadNetwork": "graph",
    "Row": "matrix",
    "Snapped": "snap",
    "StraightLines": "straight",
    "Stretch": "paths",
    "StretchKind": "paths",
    "TravelMatrix": "matrix",
    "Way": "paths",
    "build_network": "graph",
    "insert_terminals": "augment",
    "network_notes": "notes",
    "path_geometry": "paths",
    "recount_matrix": "recount",
    "recount_straight": "recount",
    "result_label": "notes",
    "result_notes": "notes",
    "shortest_ways": "paths",
    "snap_points": "snap",
    "straight_lines": "straight",
    "to_osmnx": "interop",
    "travel_matrix": "matrix",
}

__all__ = [
    "AugmentedGraph",
    "By",
    "Components",
    "Recount",
    "RoadNetwork",
    "Row",
    "Snapped",
    "StraightLines",
    "Stretch",
    "StretchKind",
    "TravelMatrix",
    "Way",
    "build_network",
    "insert_terminals",
    "network_notes",
    "path_geometry",
    "recount_matrix",
    "recount_straight",
    "result_label",
    "result_notes",
    "shortest_ways",
    "snap_points",
    "straight_lines",
    "to_osmnx",
    "travel_matrix",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
