"""Source files of any accepted format → `RawTable`: texts as written, one clear line for whatever is wrong."""

from __future__ import annotations

from planner.geodata.sources.raw import RawTable, Texts
from planner.geodata.sources.read import ACCEPTED, read_raw

__all__ = ["ACCEPTED", "RawTable", "Texts", "read_raw"]
