"""A plan as files: CSV tables, summary, GeoJSON, GeoPackage, map. Loaded on first use, for pandas is slow to import."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain.provenance import provenance_warnings
    from planner.export.geo import stations_frame
    from planner.export.tables import assignments_table, csv_bytes, routes_table, stations_table, table_frame
    from planner.export.timetable import timetable_table
    from planner.export.writer import RESULT_FILES, write_file, write_folder, write_plan

_HOME = {
    "RESULT_FILES": "planner.export.writer",
    "assignments_table": "planner.export.tables",
    "csv_bytes": "planner.export.tables",
    "provenance_warnings": "planner.domain.provenance",
    "routes_table": "planner.export.tables",
    "stations_frame": "planner.export.geo",
    "stations_table": "planner.export.tables",
    "table_frame": "planner.export.tables",
    "timetable_table": "planner.export.timetable",
    "write_file": "planner.export.writer",
    "write_folder": "planner.export.writer",
    "write_plan": "planner.export.writer",
}

__all__ = [
    "RESULT_FILES",
    "assignments_table",
    "csv_bytes",
    "provenance_warnings",
    "routes_table",
    "stations_frame",
    "stations_table",
    "table_frame",
    "timetable_table",
    "write_file",
    "write_folder",
    "write_plan",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
