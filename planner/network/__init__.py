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
    from planner.network.paths import path_geometry
    from planner.network.recount import Recount, recount_matrix
    from planner.network.snap import Snapped, snap_points

_HOME = {
    "AugmentedGraph": "augment",
    "By": "matrix",
    "Components": "graph",
    "Recount": "recount",
    "RoadNetwork": "graph",
    "Row": "matrix",
    "Snapped": "snap",
    "TravelMatrix": "matrix",
    "build_network": "graph",
    "insert_terminals": "augment",
    "path_geometry": "paths",
    "recount_matrix": "recount",
    "snap_points": "snap",
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
    "TravelMatrix",
    "build_network",
    "insert_terminals",
    "path_geometry",
    "recount_matrix",
    "snap_points",
    "to_osmnx",
    "travel_matrix",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
