"""`planner import`: raw files of several bureaus and OpenStreetMap → a county folder, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.geodata.intake.importer import import_county
    from planner.geodata.intake.report import ImportReport
    from planner.geodata.intake.request import ImportRequest

__all__ = ["ImportReport", "ImportRequest", "import_county"]

_LAZY = {
    "ImportReport": "planner.geodata.intake.report",
    "ImportRequest": "planner.geodata.intake.request",
    "import_county": "planner.geodata.intake.importer",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
