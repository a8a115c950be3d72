"""Vector files (GeoJSON, GeoPackage, shapefile, …) → geometries in WGS84 degrees, and field texts.

A file's features are counted from 1; that number is the ``row`` of a defect.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from planner.geodata.crs import CONVERT
from planner.geodata.datum import Frame
from planner.geodata.georef import Said, georeference
from planner.geodata.log import DefectLog, one_line
from planner.geodata.text import decode, spoilt_at

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_JSON = (".geojson", ".json")


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one file, in file order: ``geometries`` (None where absent) and field texts ("" where empty).

    Geometries are in WGS84 degrees; ``frame`` says what they were in before.
    """

    file: str
    geometries: Sequence[BaseGeometry | None]
    fields: Mapping[str, Sequence[str]]
    frame: Frame

    def __len__(self) -> int:
        return len(self.geometries)


def read_features(path: Path, file: str, found: DefectLog, said: Said | None = None) -> Features | None:
    """Read the only or first layer of ``path``; None after adding an error when it cannot be used as a whole.

    ``said`` is what is known of its coordinates besides the file; the geometries come out in WGS84 degrees.
    """
    raw = _read(path, file, found)
    if raw is None:
        return None
    meta, wkb, columns = raw
    if len(wkb) == 0:
        found.error("empty-file", file, "holds no features", "export the layer again and see that it is not empty")
        return None
    declared = _declared_crs(meta["crs"], file, found)
    if declared is False:
        return None
    geometries = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    placed = georeference(geometries, declared, said or Said(), file, found)
    if placed is None:
        return None
    names = [str(name) for name in meta["fields"]]
    fields = {name: [_text(value) for value in column] for name, column in zip(names, columns, strict=True)}
    if not _check_texts(fields, file, found):
        return None
    return Features(file, list(placed[0]), fields, placed[1])


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


def _declared_crs(text: str | None, file: str, found: DefectLog) -> CRS | Literal[False] | None:
    """The CRS that the file declares, None when it declares none, False after an error."""
    if text is None:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError:
        found.error("crs", file, f"names an unknown coordinate reference system: {text[:60]}", CONVERT)
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
