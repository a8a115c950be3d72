"""OpenStreetMap → what a county needs of it: boundary, townships, settlements, roads, facilities, buses, dwellings."""

from __future__ import annotations

from planner.geodata.osm.download import download_osm
from planner.geodata.osm.extract import (
    LICENCE,
    OsmArea,
    OsmDwellings,
    OsmExtract,
    OsmFacility,
    OsmRoads,
    OsmSeat,
    OsmSettlement,
)
from planner.geodata.osm.reader import read_osm

__all__ = [
    "LICENCE",
    "OsmArea",
    "OsmDwellings",
    "OsmExtract",
    "OsmFacility",
    "OsmRoads",
    "OsmSeat",
    "OsmSettlement",
    "download_osm",
    "read_osm",
]
