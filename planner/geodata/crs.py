"""Coordinate reference systems: which ones a county may use, and whether its metric one measures metres."""

from __future__ import annotations

from pyproj import CRS, Geod, Proj
from pyproj.exceptions import CRSError

from planner.geodata.folder import MANIFEST
from planner.geodata.log import DefectLog

GEOGRAPHIC_EPSG = (4326, 4979, 4490, 4480)
"""WGS84 and CGCS2000 longitude and latitude, each without and with height; centimetres apart, so read alike."""

MOST_SCALE_ERROR = 0.01
"""A metric CRS must measure lengths in the county to within this share (UTM and Gauss zones: 0.001)."""

ELLIPSOID = Geod(ellps="WGS84")


def is_accepted(crs: CRS) -> bool:
    """Whether ``crs`` is WGS84 or CGCS2000 in longitude and latitude, in whichever spelling."""
    if not crs.is_geographic:
        return False
    if crs.to_epsg() in GEOGRAPHIC_EPSG:
        return True
    authority = crs.to_authority()
    return authority is not None and authority in (("OGC", "CRS84"), ("OGC", "CRS84h"))


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
