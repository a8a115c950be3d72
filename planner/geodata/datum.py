"""Datums: GCJ-02, BD-09, CGCS2000 and projected coordinates → WGS84 longitude and latitude.

GCJ-02 (phone maps of AutoNavi and Tencent) shifts WGS84 by up to about 700 m within China; BD-09 (Baidu) shifts
GCJ-02 once more. Neither is published officially. The formulas are those that were reverse-engineered and have
been public since 2010 (the "EvilTransform" sample, and the BD-09 step published with it); they agree with the map
services' own converters to about 1 m. GCJ-02 is computed on the Krasovsky 1940 ellipsoid. The inverses have no
closed form; they are iterated to below a micrometre.

CGCS2000 and WGS84 differ by centimetres and are read alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

from planner.domain.county import Datum
from planner.geodata.crs import describe, earth_datum, refuse
from planner.geodata.log import DefectLog

CHINA_WEST, CHINA_SOUTH, CHINA_EAST, CHINA_NORTH = 72.004, 0.8293, 137.8347, 55.8271
"""The box outside which the public formula leaves WGS84 as it is, in degrees. China ends well inside it."""

KRASOVSKY_A_M: Final = 6378245.0
KRASOVSKY_E2: Final = 0.00669342162296594323
BD09_LON, BD09_LAT = 0.0065, 0.006
"""What BD-09 adds to GCJ-02, in degrees, after it has stretched and turned it about 0, 0."""

SHIFTED: Final = (Datum.GCJ02, Datum.BD09)
"""Datums that no file format can declare: a GeoJSON or GeoPackage in them says EPSG:4326."""

WEB_MERCATOR: Final = "3857"

_MARGIN = 0.05
"""No shift is as long as this, in degrees."""
_ROUNDING = 1e-11
"""Degrees by which a point on the edge of the box may miss it when its shift is undone."""
_CHUNK = 1 << 13
"""Points worked on at a time, so that intermediate arrays stay in the processor's cache."""

Floats = NDArray[np.float64]
_Step = Callable[[Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the numbers of one file mean: degrees in ``datum``, or metres of ``crs`` computed from such degrees."""

    datum: Datum
    crs: CRS | None = None

    @property
    def converts(self) -> bool:
        """Whether reading changes the numbers."""
        return self.crs is not None or self.datum in SHIFTED

    @property
    def text(self) -> str:
        """The frame by name, e.g. ``GCJ-02`` or ``EPSG:4527 (CGCS2000 / 3-degree Gauss-Kruger zone 39)``."""
        if self.crs is None:
            return self.datum.value
        return f"{describe(self.crs)} on {self.datum}" if self.datum in SHIFTED else describe(self.crs)

    def points(self, lon_or_x: ArrayLike, lat_or_y: ArrayLike) -> tuple[Floats, Floats]:
        """WGS84 degrees of points; see `to_wgs84`."""
        return to_wgs84(lon_or_x, lat_or_y, self.datum, self.crs)

    def geometries(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """WGS84 geometries; see `geometries_to_wgs84`."""
        return geometries_to_wgs84(geometries, self.datum, self.crs)


def resolve_crs(
    declared: CRS | None, datum: Datum | None, file: str, found: DefectLog, *, default: Datum | None = None
) -> Frame | None:
    """What the numbers of ``file`` mean, from what it declares itself and what was said about it; or one error.

    Parameters
    ----------
    declared
        The CRS that the file declares; None when it declares none (a plain table never does).
    datum
        The datum said of this very file, if any. It goes before everything that the file declares.
    default
        The datum said of the county as a whole. Longitude and latitude of EPSG:4326 follow it, because no
        format can say GCJ-02 or BD-09; a projected layer does not, because it declares its own.

    A file that declares CGCS2000 or web Mercator in a county of GCJ-02 or BD-09 could be meant either way: that is
    an error that asks, as is a file that declares nothing when nothing was said of it.
    """
    if declared is None:
        if datum is None:
            fix = f"declare it (a shapefile needs its .prj), or say which datum its degrees are in: {', '.join(Datum)}"
            found.error("crs-missing", file, "does not say its coordinate reference system", fix)
            return None
        return Frame(datum)
    own = earth_datum(declared)
    if own is None:
        refuse(declared, file, found)
        return None
    crs = declared if declared.is_projected else None
    if datum is not None:
        return Frame(own if crs is not None and datum not in SHIFTED else datum, crs)
    web = crs is not None and (crs.to_authority() or ("", ""))[1] == WEB_MERCATOR
    if default in SHIFTED and (web or (crs is None and own is Datum.CGCS2000)):
        found.error(
            "datum-unclear",
            file,
            f"declares {describe(declared)} in a county that is in {default}: it may be in either",
            f'say which in its own entry: datum = "{default}" or datum = "{own}"',
        )
        return None
    return Frame(own if crs is not None else default or own, crs)


def to_wgs84(lon_or_x: ArrayLike, lat_or_y: ArrayLike, datum: Datum, crs: CRS | None = None) -> tuple[Floats, Floats]:
    """WGS84 longitude and latitude in degrees of points given in ``datum``.

    Parameters
    ----------
    lon_or_x, lat_or_y
        Equally shaped. Degrees; metres east and north when ``crs`` is projected. What is not finite stays so.
    crs
        A projected CRS on WGS84 or CGCS2000 (then ``datum`` says what its degrees are in), or None.

    For GCJ-02 and BD-09 each result r fulfils ``from_wgs84(r) == point`` to below 1e-6 m wherever r lies in the
    box of China. Outside the box points stay as they are. In a strip narrower than 1.5 km along the box's edge,
    where there is no Chinese land, a point can be the image of one inside and of one outside: the one inside is
    taken. Each result depends on its own point only, so vertices that agree go on to agree.
    """
    lon, lat = (np.array(values, dtype=np.float64) for values in (lon_or_x, lat_or_y))
    if lon.shape != lat.shape:
        raise ValueError(f"both coordinates must be equally shaped, got {lon.shape} and {lat.shape}")
    if crs is not None and crs.is_projected:
        lon, lat = (np.asarray(axis, dtype=np.float64) for axis in _to_degrees(crs).transform(lon, lat))
    steps = _STEPS.get(datum, ())
    return _by_chunks(lambda x, y: _undo_all(steps, x, y), lon, lat) if steps else (lon, lat)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Floats, Floats]:
    """Longitude and latitude in ``datum`` of WGS84 points, degrees; outside the box of China unchanged."""
    lon_deg, lat_deg = (np.array(values, dtype=np.float64) for values in (lon, lat))
    if lon_deg.shape != lat_deg.shape:
        raise ValueError(f"both coordinates must be equally shaped, got {lon_deg.shape} and {lat_deg.shape}")
    steps = _STEPS.get(datum, ())
    return _by_chunks(lambda x, y: _do_all(steps, x, y), lon_deg, lat_deg) if steps else (lon_deg, lat_deg)


def geometries_to_wgs84(geometries: NDArray[np.object_], datum: Datum, crs: CRS | None = None) -> NDArray[np.object_]:
    """Shapely geometries (None allowed) in ``datum`` or ``crs`` → WGS84 degrees, as `to_wgs84` does for points."""
    if datum not in SHIFTED and (crs is None or not crs.is_projected):
        return np.asarray(geometries, dtype=object)

    def moved(xy: Floats) -> Floats:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum, crs))

    return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), moved), dtype=object)


@lru_cache(maxsize=16)
def _to_degrees(crs: CRS) -> Transformer:
    """From a projected CRS to the degrees that it was computed from: no change of datum."""
    return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def in_china_box(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Which points lie where the public formula shifts; False for what is not finite."""
    return _in_box(lon, lat, 0.0)


def _in_box(lon: Floats, lat: Floats, margin: float) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (lon >= CHINA_WEST - margin) & (lon <= CHINA_EAST + margin)
        & (lat >= CHINA_SOUTH - margin) & (lat <= CHINA_NORTH + margin)
    )  # fmt: skip
    return inside


def _by_chunks(convert: _Step, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    shape = lon.shape
    lon, lat = lon.ravel(), lat.ravel()
    for start in range(0, len(lon), _CHUNK):
        part = slice(start, start + _CHUNK)
        lon[part], lat[part] = convert(lon[part], lat[part])
    return lon.reshape(shape), lat.reshape(shape)


def _do_all(steps: tuple[tuple[_Step, int], ...], lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    shifted = in_china_box(lon, lat)
    x, y = lon[shifted], lat[shifted]
    for step, _ in steps:
        x, y = step(x, y)
    return _put(lon, lat, shifted, x, y)


def _undo_all(steps: tuple[tuple[_Step, int], ...], lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    near = _in_box(lon, lat, _MARGIN)
    x, y = lon[near], lat[near]
    for step, rounds in reversed(steps):
        x, y = _undo(step, rounds, x, y)
    kept = ~_in_box(x, y, _ROUNDING) & ~in_china_box(lon[near], lat[near])
    x[kept], y[kept] = lon[near][kept], lat[near][kept]
    return _put(lon, lat, near, x, y)


def _put(lon: Floats, lat: Floats, where: NDArray[np.bool_], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    lon, lat = lon.copy(), lat.copy()
    lon[where], lat[where] = x, y
    return lon, lat


def _undo(step: _Step, rounds: int, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The points that ``step`` moves to the given ones: correct the guess by what the step still misses.

    A fixed number of rounds, not a test of convergence over the array, so that a point's result never depends
    on the points beside it.
    """
    x, y = lon.copy(), lat.copy()
    for _ in range(rounds):
        got_x, got_y = step(x, y)
        x += lon - got_x
        y += lat - got_y
    return x, y


def _gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS84 → GCJ-02 in degrees, the formula alone."""
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), x * y
    third_x, third_y = np.sin(np.pi / 3 * x), np.sin(np.pi / 3 * y)
    twice_x = np.sin(2 * np.pi * x)
    ripple = 20 * _triple(twice_x) + 20 * twice_x
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east_m += 2 / 3 * (ripple + 20 * _triple(third_x) + 40 * third_x)
    east_m += 2 / 3 * (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north_m += 2 / 3 * (ripple + 20 * _triple(third_y) + 40 * third_y)
    north_m += 2 / 3 * (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y))
    phi = np.radians(lat)
    w2 = 1 - KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_m = KRASOVSKY_A_M * (1 - KRASOVSKY_E2) / (w2 * np.sqrt(w2))
    parallel_m = KRASOVSKY_A_M / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)


def _triple(sine: Floats) -> Floats:
    """The sine of three times the angle: a third of the sines below follow from others."""
    return sine * (3 - 4 * sine * sine)


def _bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 → BD-09 in degrees, the formula alone."""
    wave = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + BD09_LON, radius * np.sin(angle) + BD09_LAT


# A round leaves less than 1/100 (GCJ-02) or 1/40 (BD-09) of the error. Only along 105° E and 35° N, where the square
# roots of GCJ-02 have their kinks, it takes all eight to come below a micrometre.
_STEPS: dict[Datum, tuple[tuple[_Step, int], ...]] = {
    Datum.GCJ02: ((_gcj02, 8),),
    Datum.BD09: ((_gcj02, 8), (_bd09, 6)),
}


def shift_m(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> Any:
    """How far ``datum`` moves WGS84 points: metres east and north, each shaped like the input."""
    from planner.geodata.crs import ELLIPSOID

    moved_lon, moved_lat = from_wgs84(lon, lat, datum)
    azimuth, _, metres = ELLIPSOID.inv(
        np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), moved_lon, moved_lat
    )
    return metres * np.sin(np.radians(azimuth)), metres * np.cos(np.radians(azimuth))
