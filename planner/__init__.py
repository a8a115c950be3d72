"""Plans a county's rural e-commerce network: county centre, township stations, village points, and the routes.

>>> from planner import read_county, Scenario, solve
>>> plan = solve(read_county("xunhua"), Scenario(radius_km=2.5))
>>> plan.write("out/")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.geodata import read_county
    from planner.pipeline import CountyPlan, solve
    from planner.scenario import Scenario

__version__ = version("rural-network-planner")

__all__ = ["CountyPlan", "Scenario", "__version__", "read_county", "solve"]

_HOME = {
    "CountyPlan": "planner.pipeline",
    "Scenario": "planner.scenario",
    "read_county": "planner.geodata",
    "solve": "planner.pipeline",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that ``planner --help`` need not load the solvers."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
