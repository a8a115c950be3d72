"""The county as a plane in metres: distances between places, and which of them are near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from planner.geodata.intake.draft import Facility, Township, Village, lon_lat

Metres = NDArray[np.float64]


class Plane:
    """WGS84 degrees → metres of the county's metric CRS."""

    def __init__(self, metric_crs: str) -> None:
        self._transformer = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)

    def points(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Metres:
        """(n, 2) metres of WGS84 degrees."""
        return np.column_stack(self._transformer.transform(lon, lat)).reshape(-1, 2)

    def xy(self, places: Sequence[Township | Village | Facility]) -> Metres:
        """(n, 2) metres of places."""
        return self.points(*lon_lat(places))


def nearest(points: Metres, targets: Metres) -> tuple[Metres, NDArray[np.int64]]:
    """Distance in metres from each point to its nearest target, and which that is; infinite and −1 without targets."""
    from scipy.spatial import cKDTree

    if not len(points) or not len(targets):
        return np.full(len(points), np.inf), np.full(len(points), -1, dtype=np.int64)
    metres, which = cKDTree(targets).query(points)
    return np.asarray(metres, dtype=np.float64), np.asarray(which, dtype=np.int64)


def within(points: Metres, targets: Metres, metres: float) -> list[list[int]]:
    """For each point the targets no farther than ``metres``, in order."""
    from scipy.spatial import cKDTree

    if not len(points) or not len(targets):
        return [[] for _ in points]
    hits = cKDTree(points).query_ball_tree(cKDTree(targets), metres)
    return [sorted(int(hit) for hit in found) for found in hits]
