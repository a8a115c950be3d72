"""What was said of a file's coordinates, what it declares itself, and whether its numbers agree → WGS84.

Nothing is guessed: numbers that cannot be what they are declared to be are an error, and where a usual mistake
explains them, its fix names the declaration that would put them into the county.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from planner.domain.county import Datum
from planner.geodata.crs import CONVERT, describe, missing_zone, of_a_place, zone_with_prefix, zones_inside
from planner.geodata.datum import Frame, resolve_crs
from planner.geodata.log import DefectLog
from planner.geodata.tables import Records

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What is known of a layer's coordinates besides the file: its datum, its county's, and where they must lie.

    ``boundary`` (WGS84 degrees) serves for hints only.
    """

    datum: Datum | None = None
    default: Datum | None = None
    boundary: BaseGeometry | None = None


def georeference(
    geometries: NDArray[Any], declared: CRS | None, said: Said, file: str, found: DefectLog
) -> tuple[NDArray[Any], Frame] | None:
    """The geometries in WGS84 degrees, and what they were before; None after adding an error."""
    xy = _finite(geometries)
    if declared is None and said.datum is None and _mostly_wild(xy):
        message = "holds metres or another unit, and does not say in which system"
        found.error("crs-missing", file, message, _declare(xy, said))
        return None
    frame = resolve_crs(declared, said.datum, file, found, default=said.default)
    if frame is None or not numbers_fit(geometries, frame, said, file, found):
        return None
    return frame.geometries(geometries), frame


def convert_points(rows: Records, frame: Frame) -> Records:
    """``rows`` with ``lon`` and ``lat`` in WGS84, where both could be read."""
    if not frame.converts:
        return rows
    at = [i for i, record in enumerate(rows) if record.number("lon") is not None and record.number("lat") is not None]
    lon, lat = frame.points(
        np.array([rows.records[i].values["lon"] for i in at], dtype=np.float64),
        np.array([rows.records[i].values["lat"] for i in at], dtype=np.float64),
    )
    records = list(rows.records)
    for i, x, y in zip(at, lon.tolist(), lat.tolist(), strict=True):
        records[i] = replace(records[i], values={**records[i].values, "lon": x, "lat": y})
    return replace(rows, records=tuple(records))


def zone_hint(boundary: BaseGeometry | None, x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """A sentence naming the zones that would put these metres into the boundary; empty when none would."""
    zones = () if boundary is None else zones_inside(boundary, x, y)
    if not zones:
        return ""
    return f"; these would put the points into the county, if one of them is what was used: {'; '.join(zones)}"


def _mostly_wild(xy: NDArray[np.float64]) -> bool:
    """Whether most numbers are too large for degrees; single wild vertices are left to the checks by feature."""
    return len(xy) > 0 and bool(((np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 180)).mean() > 0.5)


def _declare(xy: NDArray[np.float64], said: Said) -> str:
    """What to do about metres that are not declared."""
    hint = zone_hint(said.boundary, xy[:, 0], xy[:, 1])
    return f"declare the system it is in{hint}" if hint else CONVERT


def _finite(geometries: NDArray[Any]) -> NDArray[np.float64]:
    xy = shapely.get_coordinates(geometries)
    return np.asarray(xy[of_a_place(xy)], dtype=np.float64)


def numbers_fit(geometries: NDArray[Any], frame: Frame, said: Said, file: str, found: DefectLog) -> bool:
    """Whether the numbers can be what ``frame`` says they are; else one error."""
    xy = _finite(geometries)
    if len(xy) == 0:
        return True
    if frame.crs is None:
        if not _mostly_wild(xy):
            return True
        x, y = xy[(np.abs(xy) > 180).any(axis=1)][0]
        found.error(
            "crs",
            file,
            f"holds coordinates such as {x:.0f}, {y:.0f}: metres or another unit, though it says or implies degrees",
            _declare(xy, said),
        )
        return False
    if (np.abs(xy[:, 0]) <= 180).all() and (np.abs(xy[:, 1]) <= 90).all():
        found.error(
            "crs",
            file,
            f"declares {describe(frame.crs)} but holds degrees such as {xy[0, 0]:.6g}, {xy[0, 1]:.6g}",
            "declare longitude and latitude: EPSG:4326, or EPSG:4490 for CGCS2000",
        )
        return False
    zone = missing_zone(frame.crs, xy[:, 0])
    if zone is not None:
        found.error(
            "crs",
            file,
            f"has eastings such as {xy[0, 0]:.0f}, which begin with the zone number {zone}; those of "
            f"{describe(frame.crs)} do not",
            f"declare {zone_with_prefix(zone)}",
        )
        return False
    return True
