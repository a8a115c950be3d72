"""Where the rows of a raw file lie: columns or geometries in the declared datum → WGS84 degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.county import Datum
from planner.geodata.cells import Problem
from planner.geodata.crs import of_a_place
from planner.geodata.datum import Frame, resolve_crs
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.columns import Table
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.values import coordinate, coordinate_pair, is_longitude, parse_column
from planner.geodata.location import check_located, locate
from planner.geodata.log import DefectLog
from planner.geodata.tables import Record, Records

if TYPE_CHECKING:
    import pyproj
    from shapely.geometry.base import BaseGeometry

    from planner.domain.schema import Table as Schema

_POINT, _POLYGON, _MULTIPOINT, _MULTIPOLYGON = 0, 3, 4, 6
_NAN = float("nan")
Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
ZONE_MARGIN = 3.0
"""Degrees around the area of use of a projected CRS in which its numbers are still believed."""

ELSEWHERE = "give them in another file with --positions"
"""Advice on villages without coordinates."""


@dataclass(frozen=True, eq=False)
class Placed:
    """WGS84 degrees of each row (NaN where a defect was told), and its polygon where the file draws areas."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    polygons: NDArray[np.object_] | None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows whose position could be read."""
        return np.isfinite(self.lon) & np.isfinite(self.lat)


def frame_of(table: Table, request: ImportRequest, found: DefectLog) -> Frame | None:
    """What the numbers of ``table`` mean; None after an error. Nothing is guessed."""
    single, common = request.datums.get(table.role), request.datum
    declared = single or common
    if table.datum and declared is not None and declared.datum not in (None, Datum(table.datum)):
        found.error(
            "datum-unclear",
            table.file,
            f"says {table.datum} in its header, but {declared.datum} was declared",
            f"say which with --datum {table.role}={table.datum} after correcting the header",
            column=table.header("lon"),
        )
        return None
    plain = table.raw.geometries is None
    if declared is None and plain:
        if table.datum:
            return Frame(Datum(table.datum))
        found.error(
            "datum-missing",
            table.file,
            "holds coordinates and does not say in which datum",
            f"declare --datum {table.role}=… with one of {', '.join(Datum)}; nothing is guessed",
        )
        return None
    crs = table.raw.crs
    if single is not None and single.crs is not None:
        crs = single.crs
    elif crs is None and declared is not None:
        crs = declared.crs
    own = None if single is None else single.datum
    default = None if common is None else common.datum
    if crs is None:
        own = own or default
    return _resolve(table, crs, own, default, found)


def _resolve(
    table: Table, crs: pyproj.CRS | None, own: Datum | None, default: Datum | None, found: DefectLog
) -> Frame | None:
    """`resolve_crs`, with advice that fits a command line."""
    asked = DefectLog()
    frame = resolve_crs(crs, own, table.file, asked, default=default)
    advice = {
        "datum-unclear": f"say which with --datum {table.role}={default}, or --datum {table.role}=… as it declares",
        "crs-missing": f"declare --datum {table.role}=… with one of {', '.join(Datum)}, or the EPSG code of its zone",
    }
    for defect in asked.defects:
        found.defects.append(replace(defect, fix=advice.get(defect.code, defect.fix)))
    return frame


def has_positions(table: Table) -> bool:
    """Whether the file says where its rows lie, in whichever way."""
    return table.raw.geometries is not None or bool(_columns(table))


def _columns(table: Table) -> tuple[str, ...]:
    """The fields that hold the position, empty when there are none."""
    if table.has("lon") and table.has("lat"):
        return ("lon", "lat")
    return next(((column,) for column in ("lon_lat", "lat_lon") if table.has(column)), ())


def lacks_position(table: Table) -> NDArray[np.bool_]:
    """Rows of a table that give no position at all, where others or another file may."""
    lacking = np.full(len(table), table.raw.geometries is None)
    for column in _columns(table) if table.raw.geometries is None else ():
        lacking &= np.array([not text for text in table.texts(column)], dtype=bool)
    return lacking


def place(table: Table, request: ImportRequest, found: DefectLog, *, may_lack: bool = False) -> Placed | None:
    """The rows' positions; None after an error that concerns the file as a whole.

    A row without any position is an error, unless it ``may_lack`` one.
    """
    lacking = lacks_position(table)
    half = table.raw.geometries is None and table.has("lon") != table.has("lat") and not _columns(table)
    if may_lack and lacking.all() and not half:
        return Placed(np.full(len(table), _NAN), np.full(len(table), _NAN), None)
    if table.raw.geometries is None and not _has_columns(table, found):
        return None
    frame = frame_of(table, request, found)
    if frame is None:
        return None
    if table.raw.geometries is not None:
        return _from_geometries(table, table.raw.geometries, frame, found)
    x, y = _numbers(table, lacking if may_lack else np.zeros_like(lacking), found)
    lon, lat = frame.points(x, y)
    if _northing_first(table, frame, (x, y), found):
        return None
    _tell_nowhere(table, np.isfinite(x) & np.isfinite(y), lon, lat, found)
    return Placed(lon, lat, None)


def _northing_first(table: Table, frame: Frame, xy: Pair, found: DefectLog) -> bool:
    """Whether no row lies in the zone declared, but every one does once its two numbers are exchanged: an error."""
    rows, crs = np.isfinite(xy[0]) & np.isfinite(xy[1]), frame.crs
    if crs is None or not rows.any() or _columns(table) != ("lon", "lat"):
        return False
    x, y = xy[0][rows], xy[1][rows]
    if _in_zone(crs, *frame.points(x, y)).any() or not _in_zone(crs, *frame.points(y, x)).all():
        return False
    lon, lat = table.header("lon"), table.header("lat")
    found.error(
        "swapped", table.file, f"has northings in the column taken for eastings, in all {int(rows.sum())} rows: "
        "surveyors call the northing X and the easting Y",
        f"exchange them: --map {table.role}:{lat}=lon --map {table.role}:{lon}=lat", column=f"{lon}, {lat}",
    )  # fmt: skip
    return True


def _in_zone(crs: pyproj.CRS, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which positions lie in the area of use of ``crs`` or near it."""
    area = crs.area_of_use
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds
    with np.errstate(invalid="ignore"):  # what cannot be converted is no number
        near = (lon >= west - ZONE_MARGIN) & (lon <= east + ZONE_MARGIN)
        return np.asarray(near & (lat >= south - ZONE_MARGIN) & (lat <= north + ZONE_MARGIN), dtype=bool)


def _tell_nowhere(
    table: Table, given: NDArray[np.bool_], lon: NDArray[np.float64], lat: NDArray[np.float64], found: DefectLog
) -> None:
    """An error for each row whose numbers are readable (``given``) but no place on earth in the file's CRS."""
    nowhere = given & ~(np.isfinite(lon) & np.isfinite(lat))
    names = table.texts("name")
    columns = ", ".join(table.header(column) for column in _columns(table)) if table.raw.geometries is None else None
    for i in np.flatnonzero(nowhere).tolist():
        name = f"({names[i]}) " if names[i] else ""
        value = ", ".join(table.texts(column)[i] for column in _columns(table)) if columns else None
        found.error(
            "range", table.file, f"{name}lies nowhere on earth in the projection that was declared",
            "correct the numbers, or the zone with --datum", row=table.raw.rows[i], column=columns, value=value,
        )  # fmt: skip
    found.fold(table.file, len(table))


def _conversion(frame: Frame) -> str:
    return f"converted from {frame.text} to WGS84" if frame.converts else f"in {frame.text}, taken as it is"


def conversion_of(table: Table, request: ImportRequest) -> str:
    """How the numbers of a file are read, for people; empty when that is unknown (told elsewhere)."""
    if table.role is not Role.BOUNDARY and not has_positions(table):
        return ""
    frame = frame_of(table, request, DefectLog())
    return "" if frame is None else _conversion(frame)


def _has_columns(table: Table, found: DefectLog) -> bool:
    if _columns(table):
        return True
    missing = [name for name, label in (("lon", "longitude"), ("lat", "latitude")) if not table.has(name) and label]
    found.error(
        "missing-column",
        table.file,
        f"has no column for {' and '.join(missing)}; its columns are {', '.join(table.raw.columns)}",
        "say which with --map 经度=lon --map 纬度=lat, or give a map file (shapefile, GeoPackage, GeoJSON)"
        + (f", or {ELSEWHERE}" if table.role is Role.VILLAGES else ""),
        column=missing[0],
    )
    return False


def _numbers(
    table: Table, lacking: NDArray[np.bool_], found: DefectLog
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north of each row as written, NaN where unreadable (told) or empty (told unless ``lacking``)."""
    if table.has("lon") and table.has("lat"):
        x = parse_column(table, "lon", _longitude, _NAN, found)
        y = parse_column(table, "lat", _latitude, _NAN, found)
        _tell_empty(table, ("lon", "lat"), lacking, found)
        return np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    column = "lon_lat" if table.has("lon_lat") else "lat_lon"
    pairs = np.array(parse_column(table, column, coordinate_pair, (_NAN, _NAN), found), dtype=np.float64)
    _tell_empty(table, (column,), lacking, found)
    pairs = pairs.reshape(-1, 2)
    return (pairs[:, 0], pairs[:, 1]) if column == "lon_lat" else (pairs[:, 1], pairs[:, 0])


def _longitude(text: str) -> float | Problem:
    if is_longitude(text) is False:
        return Problem("swapped", "says that it is a latitude", "exchange the two values")
    return coordinate(text)


def _latitude(text: str) -> float | Problem:
    if is_longitude(text) is True:
        return Problem("swapped", "says that it is a longitude", "exchange the two values")
    return coordinate(text)


def _tell_empty(table: Table, columns: Sequence[str], lacking: NDArray[np.bool_], found: DefectLog) -> None:
    """One error for each row whose position is empty, also when both cells are; none where it may be ``lacking``."""
    texts = [table.texts(column) for column in columns]
    names = table.texts("name")
    for i, cells in enumerate(zip(*texts, strict=True)):
        if not all(cells) and not lacking[i]:
            name = f"({names[i]}) " if names[i] else ""
            empty = next(column for column, cell in zip(columns, cells, strict=True) if not cell)
            found.error(
                "empty-cell", table.file, f"{name}has no position",
                "fill in both coordinates, or " + (ELSEWHERE if table.role is Role.VILLAGES else "delete the row"),
                row=table.raw.rows[i], column=table.header(empty),
            )  # fmt: skip
    found.fold(table.file, len(table))


def _from_geometries(table: Table, raw: NDArray[np.object_], frame: Frame, found: DefectLog) -> Placed:
    """Points as they are; an area stands at its centroid, or at a point inside it when the centroid is not."""
    kinds = shapely.get_type_id(raw)
    single = (kinds == _MULTIPOINT) & (shapely.get_num_geometries(raw) == 1)
    areas = (kinds == _POLYGON) | (kinds == _MULTIPOLYGON)
    xy, owner = shapely.get_coordinates(raw, return_index=True)
    bad = np.bincount(owner, weights=~of_a_place(xy), minlength=len(raw)) > 0
    broken = areas & ~bad
    broken[broken] = ~shapely.is_valid(raw[broken])
    usable = ((kinds == _POINT) | single | areas) & ~shapely.is_empty(raw) & ~broken
    _tell_unusable(table, raw, usable, found)
    finite = usable & ~bad
    for i in np.flatnonzero(usable & bad).tolist():
        found.error(
            "not-finite", table.file, "has a coordinate that is not a number, or far too large", "draw it again",
            row=table.raw.rows[i],
        )  # fmt: skip
    converted = raw.copy()
    converted[~finite] = None
    converted = frame.geometries(converted)
    points = converted.copy()
    drawn = areas & finite
    if drawn.any():
        centre = shapely.centroid(converted[drawn])
        within = shapely.contains(converted[drawn], centre)
        points[drawn] = np.where(within, centre, shapely.point_on_surface(converted[drawn]))
    points[single & finite] = shapely.get_geometry(points[single & finite], 0)
    polygons = None
    if drawn.any():
        polygons = converted.copy()
        polygons[~drawn] = None
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    _tell_nowhere(table, finite, lon, lat, found)
    return Placed(lon, lat, polygons)


def _tell_unusable(table: Table, raw: NDArray[np.object_], usable: NDArray[np.bool_], found: DefectLog) -> None:
    for i in np.flatnonzero(~usable).tolist():
        geometry: BaseGeometry | None = raw[i]
        if geometry is None or geometry.is_empty:
            found.error(
                "empty-geometry", table.file, "has no geometry", "delete the feature or draw it again",
                row=table.raw.rows[i],
            )  # fmt: skip
        elif geometry.geom_type in ("Polygon", "MultiPolygon"):
            found.error(
                "invalid-polygon", table.file, f"is no valid area: {shapely.is_valid_reason(geometry)}",
                "mend it in a GIS (Fix geometries)", row=table.raw.rows[i],
            )  # fmt: skip
        else:
            found.error(
                "not-a-point", table.file, f"is a {geometry.geom_type}, not a point or an area", "draw it as a point",
                row=table.raw.rows[i],
            )  # fmt: skip
    found.fold(table.file, len(raw))


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one file for the check against the boundary: row, name and WGS84 degrees of each."""

    file: str
    schema: Schema
    rows: Sequence[int]
    names: Sequence[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def check_inside(boundary: BaseGeometry, points: Points, found: DefectLog) -> None:
    """One error for each point that lies outside ``boundary``, or one for the file when all do."""
    records = tuple(
        Record(int(row), {"name": name or None, "lon": float(x), "lat": float(y)})
        for row, name, x, y in zip(points.rows, points.names, points.lon, points.lat, strict=True)
        if np.isfinite(x) and np.isfinite(y)
    )
    if records:
        check_located(locate(boundary, Records(points.file, points.schema, records)), boundary, points.file, found)
