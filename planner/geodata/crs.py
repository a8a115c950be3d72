"""Coordinate reference systems: which ones a county may use, and whether its metric one measures metres."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Proj
from pyproj.exceptions import CRSError

from planner.domain.county import Datum
from planner.geodata.folder import MANIFEST
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MOST_SCALE_ERROR = 0.01
"""A metric CRS must measure lengths in the county to within this share (UTM and Gauss zones: 0.001)."""

ELLIPSOID = Geod(ellps="WGS84")

FARTHEST: Final = 1e9
"""No coordinate in any system is as large; with larger ones the computing of lengths and areas overflows."""

METRES_PER_DEGREE: Final = 111_195.0
"""Of a great circle on a sphere of the earth's mean radius: good to 0.6 % for distances that need no more."""

_SPELLINGS: Final = {
    "worldgeodeticsystem1984": Datum.WGS84, "wgs1984": Datum.WGS84, "wgs84": Datum.WGS84,
    "china2000": Datum.CGCS2000, "chinageodeticcoordinatesystem2000": Datum.CGCS2000, "cgcs2000": Datum.CGCS2000,
    "chinese2000": Datum.CGCS2000,
}  # fmt: skip
_INVERSE_FLATTENING: Final = {Datum.WGS84: 298.257223563, Datum.CGCS2000: 298.257222101}
_SEMI_MAJOR_M: Final = 6_378_137.0

_NO_PUBLIC_WAY: Final = ("xian1980", "beijing1954", "newbeijing")
"""Datums whose transformations to WGS84 are good to some metres at best in public, and secret where better."""

CONVERT: Final = "reproject it to WGS84 (EPSG:4326) in a GIS and save it again"
"""What to do with a layer in a system that cannot be read."""

CGCS2000_ZONES: Final = (*range(4491, 4555),)
"""EPSG codes of the projected zones of CGCS2000: 6 and 3 degrees wide, with and without the zone in the easting."""

_UTM_ZONES: Final = (*range(32643, 32654),)
_PREFIX_FROM_M: Final = 3_000_000.0
"""No easting counted from a zone's own meridian is as far from its false easting as this."""


def of_a_place(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which coordinates (n, 2) can be those of a place at all: numbers, and not beyond all measure."""
    return np.asarray((np.abs(xy) < FARTHEST).all(axis=1), dtype=bool)


def earth_datum(crs: CRS) -> Datum | None:
    """WGS84 or CGCS2000 when ``crs`` measures degrees or metres on one of them, in whichever spelling; else None."""
    bare = _bare(crs)
    if bare is None or bare.datum is None or bare.ellipsoid is None or not (bare.is_geographic or bare.is_projected):
        return None
    name = re.sub(r"[^a-z0-9]", "", bare.datum.name.lower()).removesuffix("ensemble")
    datum = next((datum for word, datum in _SPELLINGS.items() if name in (word, f"d{word}")), None)
    if datum is None and name.startswith("worldgeodeticsystem1984"):  # a realisation: … (G1762)
        datum = Datum.WGS84
    if datum is None or (bare.prime_meridian is not None and bare.prime_meridian.longitude != 0):
        return None
    same = (
        abs(bare.ellipsoid.semi_major_metre - _SEMI_MAJOR_M) < 1e-3
        and abs(bare.ellipsoid.inverse_flattening - _INVERSE_FLATTENING[datum]) < 1e-5
    )
    in_degrees = bare.is_projected or all(
        math.isclose(axis.unit_conversion_factor, math.pi / 180, rel_tol=1e-9) for axis in bare.axis_info[:2]
    )
    return datum if same and in_degrees else None


def _bare(crs: CRS) -> CRS | None:
    """``crs`` without heights, and without a shift to WGS84 written beside it when that shift is nothing."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if not crs.is_bound:
        return crs
    operation = crs.coordinate_operation
    if operation is not None and any(operation.towgs84):
        return None
    return crs.source_crs


def describe(crs: CRS) -> str:
    """Authority and name of ``crs``, e.g. ``EPSG:4527 (CGCS2000 / 3-degree Gauss-Kruger zone 39)``."""
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else crs.name


def refuse(crs: CRS, file: str, found: DefectLog) -> None:
    """Add the error for a CRS that is neither on WGS84 nor on CGCS2000."""
    bare = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    name = bare.datum.name if bare.datum is not None else bare.name
    if re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("d") in _NO_PUBLIC_WAY:
        found.error(
            "crs",
            file,
            f"is in {describe(crs)}: no public transformation from {name} to WGS84 is accurate enough",
            "have the surveying authority convert it to CGCS2000, with the parameters of the place",
        )
        return
    found.error("crs", file, f"is in {describe(crs)}, on neither WGS84 nor CGCS2000", CONVERT)


def zones_inside(boundary: BaseGeometry, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[str, ...]:
    """Projected zones of CGCS2000 and WGS84 that would put nearly all points (metres) into the boundary (degrees).

    Each as text, e.g. ``EPSG:4543 (CGCS2000 / 3-degree Gauss-Kruger CM 102E)``, with a word when east and north
    would have to be exchanged. A hint for people: several zones may fit, and none is ever taken by itself.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite][:500], y[finite][:500]
    if len(x) == 0:
        return ()
    shapely.prepare(boundary)
    fitting = []
    for code in (*CGCS2000_ZONES, *_UTM_ZONES):
        crs = CRS.from_epsg(code)
        to_degrees = Proj(crs)
        for east, north, word in ((x, y, ""), (y, x, ", first column north, second east")):
            lon, lat = to_degrees(east, north, inverse=True)
            if (
                np.mean(shapely.intersects_xy(boundary, np.nan_to_num(lon, posinf=999), np.nan_to_num(lat, posinf=999)))
                >= 0.9
            ):
                fitting.append(describe(crs) + word)
    return tuple(fitting)


def missing_zone(crs: CRS, x: NDArray[np.float64]) -> int | None:
    """The zone number that eastings carry before them (39 in 39,512,345 m) though ``crs`` has none; else None."""
    operation = crs.coordinate_operation
    if operation is None:
        return None
    false_easting = next((float(p.value) for p in operation.params if p.name == "False easting"), 0.0)
    x = x[np.isfinite(x)]
    zones = np.floor(x / 1e6)
    if len(x) == 0 or not np.all(np.abs(x - false_easting) > _PREFIX_FROM_M) or not np.all(zones == zones[0]):
        return None
    return int(zones[0]) if 13 <= zones[0] <= 45 and zones[0] != 24 else None


def zone_with_prefix(zone: int) -> str:
    """The CGCS2000 zone whose eastings begin with ``zone``: 13–23 are 6 degrees wide, 25–45 are 3."""
    return describe(CRS.from_epsg(4491 + zone - 13 if zone <= 23 else 4513 + zone - 25))


def check_metric_crs(text: str | None, found: DefectLog) -> str | None:
    """``text`` when it names a projected CRS in metres, else None after adding an error."""
    if text is None:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        found.error(
            "metric-crs",
            MANIFEST,
            "is not a known coordinate reference system",
            "name a UTM zone on WGS84, e.g. EPSG:32648",
            column="metric_crs",
            value=text,
        )
        return None
    if not crs.is_projected:
        problem = "is not projected: lengths in degrees mean nothing"
    elif any(axis.unit_name not in ("metre", "meter") for axis in crs.axis_info[:2]):
        problem = f"measures in {crs.axis_info[0].unit_name}, not in metres"
    else:
        return text
    found.error(
        "metric-crs", MANIFEST, problem, "name a UTM zone on WGS84, e.g. EPSG:32648", column="metric_crs", value=text
    )
    return None


def check_scale(text: str, lon: float, lat: float, found: DefectLog) -> bool:
    """Whether the metric CRS measures true lengths at a point of the county (WGS84 degrees)."""
    factors = Proj(CRS.from_user_input(text)).get_factors(lon, lat)
    errors = [abs(scale - 1) for scale in (factors.meridional_scale, factors.parallel_scale)]
    if all(error <= MOST_SCALE_ERROR for error in errors):
        return True
    zone = int((lon + 180) // 6) + 1
    found.error(
        "metric-crs",
        MANIFEST,
        f"stretches lengths in this county by {max(errors):.0%}",
        f"use the county's own UTM zone, EPSG:{(32600 if lat >= 0 else 32700) + zone}",
        column="metric_crs",
        value=text,
    )
    return False
