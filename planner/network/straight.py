"""Counties without roads: every way is the straight line times a detour factor, only where the scenario says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from shapely import LineString

from planner.errors import UsageError
from planner.network.matrix import By, TravelMatrix
from planner.network.paths import Stretch, StretchKind, Way
from planner.network.rounding import MS_PER_MM_AT_1_KMH, half_up
from planner.network.snap import Snapped, finite_positions
from planner.network.topology import to_metric

if TYPE_CHECKING:
    from planner.domain.county import County
    from planner.scenario import Network


@dataclass(frozen=True, slots=True)
class StraightLines:
    """The ground where no road is known: ``factor`` times the straight line in ``metric_crs``, at ``speed_kmh``."""

    metric_crs: str
    factor: float
    speed_kmh: float

    def place(self, lon: ArrayLike, lat: ArrayLike, limit_m: float) -> Snapped:
        """Points as they stand: each is its own place on the ground, at no distance from it.

        Raises ValueError as `snap_points` does.
        """
        lon_deg, lat_deg = finite_positions(lon, lat)
        x, y = (np.asarray(axis, np.float64) for axis in to_metric(self.metric_crs).transform(lon_deg, lat_deg))
        none = np.zeros(len(lon_deg), np.int64)
        return Snapped(
            lon=lon_deg, lat=lat_deg, x=x, y=y, edge=none.astype(np.int32), position_mm=none, distance_mm=none,
            road_lon=lon_deg, road_lat=lat_deg, limit_m=float(limit_m),
        )  # fmt: skip

    def matrix(self, origins: Snapped, destinations: Snapped, by: By) -> TravelMatrix:
        """Every way from every origin to every destination, whole metres and seconds rounded half up, no cut-off.

        ``straight_m`` is the line without the factor.
        """
        shape = len(origins), len(destinations)
        metres = np.hypot(
            origins.x[:, None] - destinations.x[None, :], origins.y[:, None] - destinations.y[None, :]
        ).ravel()
        along_m = self.factor * metres
        return TravelMatrix(
            indptr=np.arange(shape[0] + 1, dtype=np.int64) * shape[1],
            indices=np.tile(np.arange(shape[1], dtype=np.int32), shape[0]),
            distance_m=half_up(along_m).astype(np.int32),
            duration_s=half_up(along_m * MS_PER_MM_AT_1_KMH / self.speed_kmh).astype(np.int32),
            straight_m=half_up(metres).astype(np.int32),
            connected=np.full(shape[0], shape[1] > 0),
            shape=shape,
            by=by,
            cutoff=None,
        )

    def ways(self, origins: Snapped, destinations: Snapped, pairs: Iterable[tuple[int, int]]) -> list[Way]:
        """The straight lines of ``pairs`` (origin index, destination index), each one stretch unless it is 0 m long."""
        ways = []
        for i, j in pairs:
            line = LineString([(origins.lon[i], origins.lat[i]), (destinations.lon[j], destinations.lat[j])])
            along = self.factor * np.hypot(origins.x[i] - destinations.x[j], origins.y[i] - destinations.y[j])
            metres = int(half_up(np.array([along]))[0])
            stretch = Stretch(StretchKind.STRAIGHT_LINE, "", None, metres)
            ways.append(Way(line, (stretch,) if metres else ()))
        return ways


def straight_lines(county: County, parameters: Network) -> StraightLines:
    """The ground of ``county`` under ``parameters``. Raises UsageError when they set no detour factor."""
    if parameters.straight_line_factor is None:
        raise UsageError("distances are straight lines only when network.straight_line_factor is set")
    speed_kmh = parameters.straight_line_kmh * parameters.mountain_factor
    return StraightLines(county.metric_crs, parameters.straight_line_factor, speed_kmh)
