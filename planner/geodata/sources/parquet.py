"""GeoParquet and plain Parquet tables; a GeoParquet file without a declared CRS is OGC:CRS84 by its standard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.geodata.log import DefectLog
from planner.geodata.sources.arrow import texts_of
from planner.geodata.sources.files import MIB
from planner.geodata.sources.gdal import MOST_FEATURES, flat, reporting, shapes_of
from planner.geodata.sources.grid import MOST_COLUMNS
from planner.geodata.sources.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa
    import pyproj

_MOST_UNPACKED_MIB = 4096
_MAGIC = b"PAR1"
_EXPORT = "export it again as GeoParquet or GeoPackage"


def read_parquet(path: Path, file: str, found: DefectLog) -> RawTable | None:
    """Read a Parquet file, with its primary geometry column where it declares one."""
    with path.open("rb") as stream:
        if stream.read(4) != _MAGIC:
            found.error("vector", file, "is not a Parquet file, though its name says so", _EXPORT)
            return None
    with reporting(file, found):
        import pyarrow.parquet as pq

        source = pq.ParquetFile(path, memory_map=False)
        if not _is_sane(source.metadata, file, found):
            return None
        table = source.read()
        source.close()
        table.validate(full=True)
        return _table(table, file, found)
    return None


def _table(table: pa.Table, file: str, found: DefectLog) -> RawTable | None:
    if table.num_rows == 0:
        found.error("empty-file", file, "holds no rows", "export it again and see that it is not empty")
        return None
    geo = _geo(table.schema.metadata, table.column_names)
    shapes = geo.get("columns", {})
    columns = {name.strip(): texts_of(table.column(name)) for name in table.column_names if name not in shapes}
    rows = range(1, table.num_rows + 1)
    if not shapes:
        return RawTable(file, columns, rows)
    about = shapes[geo["primary_column"]]
    geometries = _geometries(table.column(geo["primary_column"]), about)
    return RawTable(file, columns, rows, geometries, _crs(about))


def _is_sane(metadata: Any, file: str, found: DefectLog) -> bool:
    """Whether rows, columns and unpacked size are within bounds, as the file itself states them."""
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    names = [metadata.schema.column(i).path for i in range(min(metadata.num_columns, MOST_COLUMNS + 1))]
    if metadata.num_rows > MOST_FEATURES or len(names) > MOST_COLUMNS or unpacked > _MOST_UNPACKED_MIB * MIB:
        message = f"has {metadata.num_rows:,} rows with {metadata.num_columns:,} columns: more than are read"
        found.error("file-size", file, message, "keep only this county's part")
        return False
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        found.error("duplicate-column", file, "is the name of two columns", "rename one of them", column=twice)
        return False
    return True


def _geo(metadata: Mapping[bytes, bytes] | None, names: Sequence[str]) -> dict[str, Any]:
    """The ``geo`` entry of the file's metadata; empty for a plain table. Raises ValueError when it makes no sense."""
    text = (metadata or {}).get(b"geo")
    if text is None:
        return {}
    geo = json.loads(text)
    primary, columns = (geo.get(key) if isinstance(geo, dict) else None for key in ("primary_column", "columns"))
    described = isinstance(columns, dict) and isinstance(primary, str) and isinstance(columns.get(primary), dict)
    if not described or primary not in names:
        raise ValueError("its geo metadata does not describe a column of the file")
    return dict(geo)


def _geometries(column: pa.ChunkedArray, about: Mapping[str, Any]) -> NDArray[np.object_]:
    """Shapely objects of a WKB column, or of a column of nested coordinates (GeoParquet 1.1)."""
    if about.get("encoding", "WKB") == "WKB":
        wkb = column.combine_chunks().to_numpy(zero_copy_only=False)
        return shapes_of(wkb)
    return flat(_nested(column.combine_chunks(), str(about["encoding"]).lower()))


def _nested(array: pa.Array, encoding: str) -> NDArray[np.object_]:
    """Geometries of a GeoArrow-encoded column: coordinates in structs, below as many lists as the kind has levels."""
    import pyarrow as pa

    kinds = {"point": 0, "multipoint": 1, "linestring": 1, "multilinestring": 2, "polygon": 2, "multipolygon": 3}
    kind = shapely.GeometryType[encoding.upper()] if encoding in kinds else None
    if kind is None:
        raise ValueError(f"its geometry encoding '{encoding[:20]}' is not known")
    present = np.asarray(array.is_valid())
    inner = array.drop_null()
    offsets = []
    for _ in range(kinds[encoding]):
        if not (pa.types.is_list(inner.type) or pa.types.is_large_list(inner.type)):
            raise ValueError("its geometry column is not what its metadata say")
        starts = inner.offsets.to_numpy(zero_copy_only=False)
        offsets.append((starts - starts[0]).astype(np.int64))
        inner = inner.flatten()
    if not pa.types.is_struct(inner.type):
        raise ValueError("its geometry column is not what its metadata say")
    xy = np.column_stack([inner.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y")])
    geometries = np.full(len(array), None, dtype=object)
    geometries[present] = shapely.from_ragged_array(kind, xy.astype(np.float64), tuple(reversed(offsets)) or None)
    return geometries


def _crs(about: Mapping[str, Any]) -> pyproj.CRS | None:
    """The CRS of a geometry column: OGC:CRS84 when it says none, None when it says null."""
    from pyproj import CRS

    if "crs" not in about:
        return CRS.from_user_input("OGC:CRS84")
    stated = about["crs"]
    return None if stated is None else CRS.from_user_input(stated)
