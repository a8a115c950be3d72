"""Vector files (GeoJSON, GeoPackage, shapefile, …) → geometries and field texts, refused unless in degrees of WGS84.

A file's features are counted from 1; that number is the ``row`` of a defect.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from planner.geodata.crs import is_accepted
from planner.geodata.log import DefectLog, one_line
from planner.geodata.text import decode, spoilt_at

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_JSON = (".geojson", ".json")
_CONVERT = "reproject it to WGS84 (EPSG:4326) in a GIS and save it again"


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one file, in file order: ``geometries`` (None where absent) and field texts ("" where empty)."""

    file: str
    geometries: Sequence[BaseGeometry | None]
    fields: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.geometries)


def read_features(path: Path, file: str, found: DefectLog) -> Features | None:
    """Read the only or first layer of ``path``; None after adding an error when it cannot be used as a whole."""
    raw = _read(path, file, found)
    if raw is None:
        return None
    meta, wkb, columns = raw
    if len(wkb) == 0:
        found.error("empty-file", file, "holds no features", "export the layer again and see that it is not empty")
        return None
    if not _check_crs(meta["crs"], file, found):
        return None
    geometries = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    if not _check_degrees(geometries, file, found):
        return None
    names = [str(name) for name in meta["fields"]]
    fields = {name: [_text(value) for value in column] for name, column in zip(names, columns, strict=True)}
    if not _check_texts(fields, file, found):
        return None
    return Features(file, list(geometries), fields)


def _check_texts(fields: Mapping[str, Sequence[str]], file: str, found: DefectLog) -> bool:
    """Whether the texts can be read: a shapefile in GBK that does not say so comes out as mojibake."""
    for name, texts in fields.items():
        for row, text in enumerate(texts, start=1):
            if not text.isascii() and spoilt_at(text) is not None:
                found.error(
                    "mojibake",
                    file,
                    "was read in the wrong encoding",
                    "a shapefile needs a .cpg file that names its encoding (GBK); else save it as GeoJSON in UTF-8",
                    row=row,
                    column=name,
                    value=text[:40],
                )
                return False
    return True


def _read(path: Path, file: str, found: DefectLog) -> tuple[dict[str, Any], NDArray[Any], list[NDArray[Any]]] | None:
    from pyogrio import list_layers, raw  # 0.5 s, and brings pandas
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    source: Path | bytes = path
    if path.suffix.lower() in _JSON:
        text = decode(path.read_bytes(), file, found)
        if text is None:
            return None
        source = text.encode()
    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always")
            layers = list_layers(source)
            meta, _, geometries, columns = raw.read(source, layer=0)
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, UnicodeDecodeError, ValueError) as error:
        reason = "its texts are in another encoding than it says" if isinstance(error, ValueError) else _short(error)
        message = f"cannot be read as a vector file: {reason}"
        found.error("vector", file, message, "export it again as GeoJSON in WGS84, UTF-8")
        return None
    if len(layers) > 1:
        others = ", ".join(str(layer[0]) for layer in layers[1:])
        found.warning(
            "many-layers", file, f"holds several layers; {layers[0][0]} was read, not {others}", "keep one layer a file"
        )
    for note in notes:
        found.warning("vector-note", file, one_line(str(note.message)), "see whether the file is complete")
    if geometries is None:
        found.error("empty-geometry", file, "has no geometry at all", "export it again with its geometry")
        return None
    return meta, geometries, columns


def _check_crs(text: str | None, file: str, found: DefectLog) -> bool:
    if text is None:
        found.error(
            "crs-missing",
            file,
            "does not say its coordinate reference system",
            f"declare it (a shapefile needs its .prj); if it is not WGS84, {_CONVERT}",
        )
        return False
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        found.error("crs", file, f"names an unknown coordinate reference system: {text[:60]}", _CONVERT)
        return False
    if is_accepted(crs):
        return True
    authority = crs.to_authority()
    name = f"{':'.join(authority)} ({crs.name})" if authority else crs.name
    found.error("crs", file, f"is in {name}, not in WGS84 or CGCS2000 degrees", _CONVERT)
    return False


def _check_degrees(geometries: NDArray[Any], file: str, found: DefectLog) -> bool:
    """Whether the numbers can be degrees; single wild or infinite vertices are left to the checks by feature."""
    xy = shapely.get_coordinates(geometries)
    finite = xy[np.isfinite(xy).all(axis=1)]
    if len(finite) == 0:
        return True
    wild = (np.abs(finite[:, 0]) > 180) | (np.abs(finite[:, 1]) > 180)
    if wild.mean() <= 0.5:
        return True
    x, y = finite[wild][0]
    found.error(
        "crs",
        file,
        f"holds coordinates such as {x:.0f}, {y:.0f}: metres or another unit, though the file says or implies degrees",
        _CONVERT,
    )
    return False


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip()


def _short(error: Exception) -> str:
    """GDAL's words without the path it read and its advice to programmers."""
    words = re.sub(r"^'[^']*' ", "", one_line(str(error)))
    return words.split(";")[0].rstrip(".")[:160]
