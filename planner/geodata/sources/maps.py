"""GeoPackage, GeoJSON and KML: what each must be before GDAL may open it.

GDAL picks a driver by content, and some drivers follow references to other files or to addresses. So a file is
handed over only when its first bytes are those of the format that its name says.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from planner.geodata.log import DefectLog
from planner.geodata.sources.files import read_bytes
from planner.geodata.sources.gdal import read_vector
from planner.geodata.sources.raw import RawTable
from planner.geodata.text import SAVE_OR_NAME, decode_as

_SQLITE = b"SQLite format 3\0"
_NOT_GEOJSON = ("gdal_streamed_alg",)
_EXPORT = "export it again as GeoPackage or GeoJSON in WGS84, UTF-8"


def read_map(
    path: Path, file: str, found: DefectLog, *, layer: str | None = None, encoding: str | None = None
) -> RawTable | None:
    """Read one layer of a GeoPackage, GeoJSON or KML file that exists."""
    suffix = path.suffix.lower()
    if suffix == ".gpkg":
        return _geopackage(path, file, found, layer)
    return _geojson(path, file, found, encoding)


def _geopackage(path: Path, file: str, found: DefectLog, layer: str | None) -> RawTable | None:
    with path.open("rb") as stream:
        if stream.read(len(_SQLITE)) != _SQLITE:
            found.error("vector", file, "is not a GeoPackage, though its name says so", _EXPORT)
            return None
    return read_vector(path, file, found, ("GPKG",), layer=layer)


def _geojson(path: Path, file: str, found: DefectLog, encoding: str | None) -> RawTable | None:
    data = read_bytes(path, file, found)
    decoded = None if data is None else decode_as(data, file, found, encoding, SAVE_OR_NAME)
    if decoded is None:
        return None
    if re.match(r"\s*\{", decoded.text) is None or any(word in decoded.text for word in _NOT_GEOJSON):
        found.error("vector", file, "cannot be read as a vector file: is not GeoJSON", _EXPORT)
        return None
    table = read_vector(decoded.text.encode(), file, found, ("GeoJSON",), encoding=decoded.encoding)
    return None if table is None else replace(table, layer="")
