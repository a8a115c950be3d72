"""Climb and height of each stretch of road, from an elevation raster. Stretches are cut where roads meet first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from planner.geodata.intake.draft import Roads
from planner.geodata.intake.review import Review
from planner.geodata.intake.roads import take
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_M = 50.0
"""Heights are read at least this often along a road."""

MOST_CELLS = 200_000_000
"""Cells of the raster that are held at a time: 0.8 GB."""

_CHUNK = 100_000
"""Stretches worked on at a time."""

Floats = NDArray[np.float64]


def add_elevation(
    roads: Roads, path: Path, metric_crs: str, found: DefectLog, review: Review
) -> tuple[Roads, str] | None:
    """``roads`` cut at junctions, with ``climb_m`` and ``altitude_m``, and a sentence about it; None after an error."""
    cut = cut_at_junctions(roads)
    heights = _open(path, cut, found)
    if heights is None:
        return None
    climb, altitude = np.full(len(cut), np.nan), np.full(len(cut), np.nan)
    for start in range(0, len(cut), _CHUNK):
        part = slice(start, start + _CHUNK)
        climb[part], altitude[part] = _profiles(cut.geometry[part], metric_crs, heights)
    unknown = int(np.isnan(climb).sum())
    if unknown:
        review.add("no-elevation", path.name, f"{unknown} of {len(cut)} stretches left empty", "no value in the raster")
    sentence = (
        f"elevation: {path.name}, sampled every {STEP_M:.0f} m or less along {len(cut):,} stretches "
        f"({len(roads):,} before they were cut at junctions); no value for {unknown:,}"
    )
    return replace(cut, climb_m=np.round(climb, 1), altitude_m=np.round(altitude, 1)), sentence


def cut_at_junctions(roads: Roads) -> Roads:
    """Roads cut at every vertex that two of them share, or one passes twice; ids with ``.1``, ``.2``, … ."""
    xy, owner = shapely.get_coordinates(roads.geometry, return_index=True)
    first = np.r_[True, owner[1:] != owner[:-1]]
    last = np.r_[first[1:], True]
    _, vertex, count = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    cuts = (count[vertex.ravel()] > 1) & ~first & ~last
    # An inner cut vertex ends one piece and begins the next: it is written twice.
    repeats = np.where(cuts, 2, 1)
    place = np.repeat(np.arange(len(xy)), repeats)
    second = np.r_[False, place[1:] == place[:-1]]
    piece = np.cumsum(second | first[place]) - 1
    lines = np.asarray(shapely.linestrings(xy[place], indices=piece), dtype=object)
    owner_of = owner[place][np.r_[True, piece[1:] != piece[:-1]]]
    pieces = np.bincount(owner_of, minlength=len(roads))
    number = np.arange(len(owner_of)) - np.searchsorted(owner_of, owner_of) + 1
    number[pieces[owner_of] == 1] = 0
    cut = take(roads, owner_of, lines, number.tolist(), mark=".")
    kept = np.flatnonzero(shapely.length(lines) > 0)
    return cut if len(kept) == len(cut) else take(cut, kept, lines[kept], [0] * len(kept))


def _profiles(lines: NDArray[np.object_], metric_crs: str, heights: Callable[[Floats, Floats], Floats]) -> Any:
    """Rise and fall added up, and mean height along each line (WGS84 degrees); NaN where a height is missing."""
    to_metres = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    to_degrees = Transformer.from_crs(metric_crs, "EPSG:4326", always_xy=True)
    flat = shapely.transform(lines, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))
    dense, owner = shapely.get_coordinates(shapely.segmentize(flat, STEP_M), return_index=True)
    lon, lat = to_degrees.transform(dense[:, 0], dense[:, 1])
    z = heights(lon, lat)
    same = owner[1:] == owner[:-1]
    at = owner[1:][same]
    rise = np.abs(np.diff(z))[same]
    length = np.hypot(*np.diff(dense, axis=0).T)[same]
    middle = ((z[1:] + z[:-1]) / 2)[same]
    total = np.bincount(at, weights=length, minlength=len(lines))
    climb = np.bincount(at, weights=rise, minlength=len(lines))
    altitude = np.bincount(at, weights=middle * length, minlength=len(lines)) / np.where(total > 0, total, np.nan)
    return climb, altitude


def _open(path: Path, roads: Roads, found: DefectLog) -> Callable[[Floats, Floats], Floats] | None:
    """A function from WGS84 degrees to heights in metres, NaN where there is none; None after an error."""
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError:
        found.error(
            "no-rasterio", str(path), "cannot be read: the package rasterio is not installed",
            "install it with: pip install 'rural-network-planner[elevation]'",
        )  # fmt: skip
        return None
    try:
        with rasterio.open(path) as raster:
            return _read(raster, path, roads, found)
    except (RasterioError, CRSError) as error:
        found.error(
            "raster", str(path), f"cannot be read as a raster: {error}", "give a GeoTIFF with heights in metres"
        )
        return None


def _read(raster: Any, path: Path, roads: Roads, found: DefectLog) -> Callable[[Floats, Floats], Floats] | None:
    from rasterio.windows import Window

    if raster.crs is None:
        found.error("crs-missing", str(path), "does not say its coordinate reference system", "declare it in a GIS")
        return None
    crs = CRS.from_wkt(raster.crs.to_wkt())
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xy = shapely.get_coordinates(roads.geometry)
    inverse = ~raster.transform
    column, row = _apply(inverse, *transformer.transform(xy[:, 0], xy[:, 1]))
    left, right = _span(column, raster.width)
    top, bottom = _span(row, raster.height)
    if right <= left or bottom <= top:
        found.error("raster", str(path), "covers none of the roads", "give the raster of this county")
        return None
    if (right - left) * (bottom - top) > MOST_CELLS:
        found.error("raster", str(path), "has too many cells over the county", "resample it to 10 m or coarser")
        return None
    window = Window(left, top, right - left, bottom - top)
    grid = raster.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)

    def heights(lon: Floats, lat: Floats) -> Floats:
        x, y = _apply(inverse, *transformer.transform(lon, lat))
        return bilinear(grid, x - left - 0.5, y - top - 0.5)

    return heights


def _apply(transform: Any, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Six coefficients applied to points; the package's own operator for this is about to change its sign."""
    return transform.a * x + transform.b * y + transform.c, transform.d * x + transform.e * y + transform.f


def _span(positions: Floats, size: int) -> tuple[int, int]:
    """The cells from the first to the last position and two more on each side, within the raster."""
    finite = positions[np.isfinite(positions)]
    if not len(finite):
        return 0, 0
    return max(0, int(np.floor(finite.min())) - 2), min(size, int(np.ceil(finite.max())) + 2)


def bilinear(grid: NDArray[np.float32], x: Floats, y: Floats) -> Floats:
    """Values between the centres of cells, at column ``x`` and row ``y``; NaN outside, or beside a missing cell."""
    rows, columns = grid.shape
    inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    j, i = np.minimum(x.astype(np.int64), max(columns - 2, 0)), np.minimum(y.astype(np.int64), max(rows - 2, 0))
    u, v = x - j, y - i
    below, right = np.minimum(i + 1, rows - 1), np.minimum(j + 1, columns - 1)
    value = (
        grid[i, j] * (1 - u) * (1 - v) + grid[i, right] * u * (1 - v) + grid[below, j] * (1 - u) * v
        + grid[below, right] * u * v
    )  # fmt: skip
    return np.where(inside, value, np.nan).astype(np.float64)
