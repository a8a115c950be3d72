"""GeoPackage, GeoJSON, KML and the geometry of shapefiles, through GDAL; the layer is never chosen by chance."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from planner.errors import Severity
from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.arrow import texts_of
from planner.geodata.sources.grid import MOST_COLUMNS
from planner.geodata.sources.raw import RawTable, Texts

if TYPE_CHECKING:
    import pyproj

MOST_FEATURES = 10_000_000
_EXPORT = "export it again as GeoPackage or GeoJSON in WGS84, UTF-8"
PROJECT = "reproject it to WGS84 (EPSG:4326) in a GIS and save it again"
"""What to do with a layer whose CRS nobody knows."""
_UNDEFINED = re.compile(r"undefined|unknown", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a file: its place and name, its number of features, and whether they have geometry."""

    index: int
    name: str
    features: int
    spatial: bool


def read_vector(
    source: Path | bytes,
    file: str,
    found: DefectLog,
    drivers: Sequence[str],
    *,
    layer: str | None = None,
    encoding: str = "",
    single: bool = False,
) -> RawTable | None:
    """Read one layer of ``source`` (bytes: its content), which must open with one of GDAL's ``drivers``.

    ``single`` says that files of this format have one layer, which spares a look at the others.
    """
    layers = list_layers(source, file, found, drivers, single=single)
    taken = None if layers is None else choose_layer(layers, layer, file, found)
    if taken is None:
        return None
    with reporting(file, found):
        read = _read(source, taken)
        if read is None:
            found.error("vector", file, "cannot be read as a vector file", _EXPORT)
            return None
        meta, columns, wkb = read
        crs = crs_of(meta["crs"])
        geometries = None if wkb is None else shapes_of(wkb)
        count = taken.features if geometries is None else len(geometries)
        count = len(next(iter(columns.values()))) if columns else count
        return RawTable(file, columns, range(1, count + 1), geometries, crs, encoding, taken.name)
    return None


@contextmanager
def reporting(file: str, found: DefectLog) -> Iterator[None]:
    """GDAL's errors become one defect, its remarks a warning each; what it has failed on ends the block.

    Remarks on what has failed say the same again, and are left out.
    """
    import pyarrow as pa
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
    from pyproj.exceptions import CRSError

    before = len(found.defects)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            yield
        except UnboundLocalError:  # what pyogrio comes to when the system's definition is no UTF-8
            found.error("crs", file, "declares a coordinate reference system in bytes that are no text", PROJECT)
        except CRSError as error:
            found.error("crs", file, f"names an unknown coordinate reference system: {_short(error)[:60]}", PROJECT)
        except (
            DataSourceError, DataLayerError, FeatureError, GeometryError, pa.ArrowException, ShapelyError,
            UnicodeDecodeError, ValueError, RuntimeError, OSError,
        ) as error:  # fmt: skip
            texts = "its texts are in another encoding than it says"
            reason = texts if isinstance(error, UnicodeDecodeError) else _short(error)
            found.error("vector", file, f"cannot be read as a vector file: {reason}", _EXPORT)
    failed = any(defect.severity is Severity.ERROR for defect in found.defects[before:])
    for text in () if failed else dict.fromkeys(_short(note.message) for note in notes):
        found.warning("vector-note", file, text, "see whether the file is complete")


def list_layers(
    source: Path | bytes, file: str, found: DefectLog, drivers: Sequence[str], *, single: bool = False
) -> list[Layer] | None:
    """The layers of ``source``; None after an error, also when another driver than the suffix says would read it."""
    from pyogrio import list_layers as names_of
    from pyogrio import read_info

    with reporting(file, found):
        layers = []
        for index, name in enumerate([""] if single else [str(name) for name, _ in names_of(source)]):
            info = read_info(source, layer=index, force_feature_count=True)
            if info["driver"] not in drivers:
                message = f"is not what its name says, but a file of kind {info['driver']}"
                found.error("vector", file, message, "export it again, or correct its suffix")
                return None
            if len(info["fields"]) > MOST_COLUMNS or info["features"] > MOST_FEATURES:
                message = f"has {info['features']:,} features with {len(info['fields']):,} fields: more than are read"
                found.error("file-size", file, message, "keep only this county's part")
                return None
            layers.append(Layer(index, name, int(info["features"]), info["geometry_type"] is not None))
        return layers
    return None


def choose_layer(layers: Sequence[Layer], name: str | None, file: str, found: DefectLog) -> Layer | None:
    """The layer called ``name``, or else the only one that holds anything; None after an error."""
    listed = ", ".join(layer.name for layer in layers[:10]) + (", …" if len(layers) > 10 else "")
    if name is not None:
        taken = next((layer for layer in layers if layer.name == name), None)
        if taken is None:
            found.error("no-layer", file, f"has no layer called '{name}'", f"name one of: {listed or 'it has none'}")
        return taken
    full = [layer for layer in layers if layer.features]
    if not full:
        found.error("empty-file", file, "holds no features", "export the layer again and see that it is not empty")
        return None
    full = [layer for layer in full if layer.spatial] or full
    if len(full) > 1:
        listed = ", ".join(f"{layer.name} ({layer.features:,})" for layer in full[:10])
        found.error("many-layers", file, f"holds several layers: {listed}", "keep one, or name it with --layer")
        return None
    return full[0]


def _read(source: Path | bytes, layer: Layer) -> tuple[dict[str, Any], dict[str, Texts], NDArray[Any] | None] | None:
    from pyogrio import raw  # 0.5 s, and brings pandas

    meta, table = raw.read_arrow(source, layer=layer.index)
    if table.num_rows > MOST_FEATURES:
        return None
    names = [str(name) for name in meta["fields"]]
    shape = next((i for i, name in enumerate(table.column_names) if i >= len(names)), None)
    columns = {}
    for i, name in enumerate(names):
        columns[name.strip()] = texts_of(table.column(i))
    wkb = None
    if layer.spatial and shape is not None:
        wkb = table.column(shape).combine_chunks().to_numpy(zero_copy_only=False)
    return meta, columns, wkb


def crs_of(text: str | None) -> pyproj.CRS | None:
    """The CRS that a file declares, without its heights; None when it declares none.

    Raises pyproj's CRSError for an unknown one.
    """
    from pyproj import CRS

    if text is None:
        return None
    crs = CRS.from_user_input(text)
    if _UNDEFINED.match(crs.name):
        return None
    return crs.to_2d() if crs.is_geographic and len(crs.axis_info) == 3 else crs


def shapes_of(wkb: NDArray[Any]) -> NDArray[np.object_]:
    """Geometries of WKB; None where it is absent or damaged. Coordinates that are no numbers are kept."""
    with np.errstate(invalid="ignore"):  # what is not a number is for the consumer to report, with its row
        return flat(shapely.from_wkb(wkb, on_invalid="ignore"))


def flat(geometries: NDArray[Any]) -> NDArray[np.object_]:
    """``geometries`` without heights and measures."""
    deep = shapely.has_z(geometries) | shapely.has_m(geometries)
    return np.asarray(shapely.force_2d(geometries) if deep.any() else geometries, dtype=object)


def _short(error: object) -> str:
    """GDAL's words without the path it read and its advice to programmers."""
    words = re.sub(r"^'[^']*' ", "", one_line(str(error)))
    words = re.sub(r"( (on|in|of|for|file))? '?/\S+", "", words)
    return words.split(";")[0].strip().rstrip(".")[:160]
