"""GeoPackage and GeoJSON: what each must be before GDAL may open it.

GDAL picks a driver by content, and some drivers follow references to other files or to addresses. So a file is
handed over only when its first bytes are those of the format that its name says.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.files import read_bytes
from planner.geodata.sources.gdal import PROJECT, crs_of, read_vector
from planner.geodata.sources.raw import RawTable
from planner.geodata.text import SAVE_OR_NAME, decode_as

_SQLITE = b"SQLite format 3\0"
_NOT_GEOJSON = ("gdal_streamed_alg",)
"""A file of this kind has GDAL run a command."""
_MOST_LOOKED_AT = 50_000_000
"""Characters of a GeoJSON file that is looked at again to say what is wrong with it."""
_STATED_CRS = re.compile(
    r'"crs"\s*:\s*\{\s*("type"\s*:\s*"\w*"\s*,\s*)?"properties"\s*:\s*\{\s*'
    r'("(name|code)"\s*:\s*"?(?P<name>[^"}]{0,200})|(?P<other>[^}]{0,200}))'
)
"""The ``crs`` member of the GeoJSON of 2008, which many programs still write."""
_EXPORT = "export it again as GeoPackage or GeoJSON in WGS84, UTF-8"


def read_geopackage(path: Path, file: str, found: DefectLog, *, layer: str | None = None) -> RawTable | None:
    """Read the layer called ``layer``, or else the only one that holds anything."""
    with path.open("rb") as stream:
        if stream.read(len(_SQLITE)) != _SQLITE:
            found.error("vector", file, "is not a GeoPackage, though its name says so", _EXPORT)
            return None
    if not _only_stored_tables(path, file, found):
        return None
    return read_vector(path, file, found, ("GPKG",), layer=layer)


def _only_stored_tables(path: Path, file: str, found: DefectLog) -> bool:
    """Whether every table lies in the file: a virtual one may have GDAL read another file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            query = "SELECT name FROM sqlite_master WHERE sql LIKE 'create virtual%' AND sql NOT LIKE '%using%rtree%'"
            virtual = database.execute(query).fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found.error("vector", file, f"cannot be read as a vector file: {one_line(str(error), 80)}", _EXPORT)
        return False
    if virtual is not None:
        message = f"holds a virtual table '{virtual[0]}', whose content lies elsewhere"
        found.error("vector", file, message, _EXPORT)
        return False
    return True


def read_geojson(path: Path, file: str, found: DefectLog, *, encoding: str | None = None) -> RawTable | None:
    """Read a GeoJSON file; it has one layer, in WGS84 unless it names another CRS."""
    data = read_bytes(path, file, found)
    decoded = None if data is None else decode_as(data, file, found, encoding, SAVE_OR_NAME)
    if decoded is None:
        return None
    if re.match(r"\s*\{", decoded.text) is None or any(word in decoded.text for word in _NOT_GEOJSON):
        found.error("vector", file, "cannot be read as a vector file: it is not GeoJSON", _EXPORT)
        return None
    if not _knows_crs(decoded.text, file, found):
        return None
    tried = DefectLog()
    table = read_vector(decoded.text.encode(), file, tried, ("GeoJSON",), encoding=decoded.encoding, single=True)
    wrong = _wrong_json(decoded.text) if any(defect.code == "vector" for defect in tried.defects) else None
    if wrong is not None:
        found.error("vector", file, f"cannot be read as GeoJSON: {wrong}", _EXPORT)
        return None
    found.defects.extend(tried.defects)
    return table


def _knows_crs(text: str, file: str, found: DefectLog) -> bool:
    """Whether the CRS that the file names, if any, is known: GDAL would read an unknown one as WGS84."""
    from pyproj.exceptions import CRSError

    stated = _STATED_CRS.search(text)
    if stated is None:
        return True
    name = (stated["name"] or stated["other"] or "").strip()
    try:
        crs_of(f"EPSG:{name}" if name.isdecimal() else name)
    except CRSError:
        found.error("crs", file, f"names an unknown coordinate reference system: {name[:60]}", PROJECT)
        return False
    return True


def _wrong_json(text: str) -> str | None:
    """What is wrong with ``text`` as JSON, which GDAL does not say; None when it is JSON, or too long to look at."""
    try:
        json.loads(text if len(text) <= _MOST_LOOKED_AT else "0", parse_float=_finite, parse_constant=_finite)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, character {error.colno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return None


def _finite(word: str) -> float:
    if not math.isfinite(float(word)):
        raise ValueError(f"{word[:20]} stands in place of a number")
    return 0.0
