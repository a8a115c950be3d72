"""Points lie where they claim to: in the county, with longitude and latitude the right way round.

One mistake gives one line: a point with swapped coordinates is not also reported as outside, and a file whose
points are all wrong in the same way gives one line for the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.geodata.boundary import inside
from planner.geodata.crs import ELLIPSOID
from planner.geodata.georef import zone_hint
from planner.geodata.log import FOLD_FROM_ROWS, DefectLog
from planner.geodata.tables import Record, Records

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_BOTH = "lon, lat"


@dataclass(frozen=True, eq=False)
class Located:
    """Where the records of one file lie. Arrays are over the records whose two coordinates could be read."""

    records: tuple[Record, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    inside: NDArray[np.bool_]
    swapped: NDArray[np.bool_]

    def take(self, keep: NDArray[np.bool_]) -> Located:
        """The records at which ``keep`` is true."""
        records = tuple(record for record, kept in zip(self.records, keep.tolist(), strict=True) if kept)
        return Located(records, self.lon[keep], self.lat[keep], self.inside[keep], self.swapped[keep])

    @property
    def all_elsewhere(self) -> bool:
        """Whether no point lies in the county, and swapping would not mend it either."""
        return len(self.records) >= FOLD_FROM_ROWS and not self.inside.any() and not self.swapped.any()


def locate(boundary: BaseGeometry, rows: Records) -> Located:
    """Compare the points of ``rows`` with the boundary, as they stand and with the coordinates exchanged."""
    placed = [record for record in rows if record.number("lon") is not None and record.number("lat") is not None]
    lon = np.array([record.number("lon") for record in placed], dtype=np.float64)
    lat = np.array([record.number("lat") for record in placed], dtype=np.float64)
    within = inside(boundary, lon, lat)
    return Located(tuple(placed), lon, lat, within, inside(boundary, lat, lon) & ~within)


def check_located(
    located: Located, boundary: BaseGeometry, file: str, found: DefectLog, *, converted: bool = False
) -> None:
    """Add one defect for each point out of place, or one for the file when all are out in the same way.

    ``converted`` says that the numbers shown are not those of the file but WGS84 made of them.
    """
    if _whole_file(located, boundary, file, found):
        return
    for i, record in enumerate(located.records):
        value = f"{located.lon[i]:.6g}, {located.lat[i]:.6g}" + (" in WGS84" if converted else "")
        if located.inside[i]:
            continue
        if located.swapped[i]:
            found.error(
                "swapped",
                file,
                f"({record.label}) longitude and latitude are swapped: exchanged, the point lies in the county",
                "exchange the two values",
                row=record.row,
                column=_BOTH,
                value=value,
            )
        elif _in_range(located.lon[i], located.lat[i]):
            km = _distance_km(boundary, located.lon[i], located.lat[i])
            found.error(
                "outside",
                file,
                f"({record.label}) lies {km:.1f} km outside the county's boundary",
                "correct the coordinates, or the boundary if it is too coarse",
                row=record.row,
                column=_BOTH,
                value=value,
            )
        else:
            found.error(
                "range",
                file,
                f"({record.label}) is not a longitude and latitude in degrees",
                "write decimal degrees: longitude −180…180, latitude −90…90",
                row=record.row,
                column=_BOTH,
                value=value,
            )


def _whole_file(located: Located, boundary: BaseGeometry, file: str, found: DefectLog) -> bool:
    count = len(located.records)
    if count < FOLD_FROM_ROWS:
        return False
    if located.swapped.all():
        found.error(
            "swapped",
            file,
            f"longitude and latitude are swapped in all {count} rows",
            "exchange the headers lon and lat",
            row=1,
            column=_BOTH,
        )
        return True
    if located.all_elsewhere:
        first = f"{located.lon[0]:.6g}, {located.lat[0]:.6g}"
        row = located.records[0].row
        if any(not _in_range(*point) for point in zip(located.lon, located.lat, strict=True)):
            found.error(
                "range",
                file,
                f"none of the {count} rows holds degrees of this county: metres of a projection, perhaps",
                "convert the points to WGS84 longitude and latitude" + zone_hint(boundary, located.lon, located.lat),
                row=row,
                column=_BOTH,
                value=first,
            )
        else:
            found.error(
                "outside",
                file,
                f"none of the {count} points lies in the county",
                "see that file, boundary and datum belong to the same county",
                row=row,
                column=_BOTH,
                value=first,
            )
        return True
    return False


def _in_range(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def _distance_km(boundary: BaseGeometry, lon: float, lat: float) -> float:
    """Rough geodesic distance in km from a point to the boundary (nearest point found in degrees)."""
    nearest = shapely.shortest_line(boundary, shapely.Point(lon, lat)).coords[0]
    _, _, metres = ELLIPSOID.inv(nearest[0], nearest[1], lon, lat)
    return float(metres) / 1000
