"""County folders on disk → `County`, with every defect of every file in one report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.geodata.folder import county_folder, list_counties

if TYPE_CHECKING:
    from planner.geodata.reader import check_county, read_county
    from planner.geodata.report import CheckReport, Facts

__all__ = ["CheckReport", "Facts", "check_county", "county_folder", "list_counties", "read_county"]

_LAZY = {
    "CheckReport": "planner.geodata.report",
    "Facts": "planner.geodata.report",
    "check_county": "planner.geodata.reader",
    "read_county": "planner.geodata.reader",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
