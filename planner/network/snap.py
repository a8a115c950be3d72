"""Putting points on the road: the nearest point of the nearest edge, and how far away it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from planner.network.graph import RoadNetwork
from planner.network.rounding import half_up


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """Points and where each of them meets the road. Every array has one entry per point.

    Attributes
    ----------
    lon, lat
        float64, the points themselves, WGS84 degrees.
    x, y
        float64, the points in the county's metric CRS, metres.
    edge
        int32, index of the nearest edge; −1 for a point farther from every road than ``limit_m``. 0 for every
        point where distances are straight lines and there are no edges.
    position_mm
        int64, place on that edge in millimetres from its tail, 0 to ``edge_mm``; −1 where ``edge`` is −1.
    distance_mm
        int64, straight distance to the nearest road in the county's metric CRS, for every point, also
        beyond the limit.
    road_lon, road_lat
        float64, the nearest point on the road for every point, WGS84 degrees.
    limit_m
        The limit that was applied.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    edge: NDArray[np.int32]
    position_mm: NDArray[np.int64]
    distance_mm: NDArray[np.int64]
    road_lon: NDArray[np.float64]
    road_lat: NDArray[np.float64]
    limit_m: float

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def ok(self) -> NDArray[np.bool_]:
        """bool: whether the point is on the network."""
        return self.edge >= 0

    @property
    def distance_m(self) -> NDArray[np.int32]:
        """int32: the snap distance in whole metres, rounded half up."""
        return ((self.distance_mm + 500) // 1000).astype(np.int32)

    def take(self, index: Sequence[int] | NDArray[np.integer]) -> Snapped:
        """The points at ``index``, in that order; repeats allowed."""
        at = np.asarray(index, dtype=np.int64)
        return Snapped(
            self.lon[at], self.lat[at], self.x[at], self.y[at], self.edge[at], self.position_mm[at],
            self.distance_mm[at], self.road_lon[at], self.road_lat[at], self.limit_m,
        )  # fmt: skip


def snap_points(network: RoadNetwork, lon: ArrayLike, lat: ArrayLike, limit_m: float) -> Snapped:
    """Snap points to the nearest point of the nearest edge.

    Distances are measured in the county's metric CRS. Among edges at the same distance (a junction) the one
    with the lowest index is taken. Nothing is snapped farther than ``limit_m`` (inclusive, to the millimetre).

    Parameters
    ----------
    lon, lat
        Equally long, WGS84 degrees.
    limit_m
        Longest access leg in metres.

    Raises
    ------
    ValueError
        A position is not finite, or ``lon`` and ``lat`` differ in length.
    """
    lon_deg, lat_deg = finite_positions(lon, lat)
    x, y = (np.asarray(axis, dtype=np.float64) for axis in network.to_metric.transform(lon_deg, lat_deg))
    points = np.asarray(shapely.points(x, y), dtype=object)
    nearest, distance_m = _nearest_edges(network, points)
    position_mm, road_lonlat = _locate(network, nearest, points)
    distance_mm = half_up(distance_m * 1000.0)
    ok = distance_mm <= int(limit_m * 1000.0 + 0.5)
    return Snapped(
        lon=lon_deg,
        lat=lat_deg,
        x=x,
        y=y,
        edge=np.where(ok, nearest, -1).astype(np.int32),
        position_mm=np.where(ok, position_mm, -1),
        distance_mm=distance_mm,
        road_lon=road_lonlat[:, 0].copy(),
        road_lat=road_lonlat[:, 1].copy(),
        limit_m=float(limit_m),
    )


def finite_positions(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions as two float64 arrays. Raises ValueError when one is not finite or they differ in length."""
    lon_deg = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    lat_deg = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if lon_deg.shape != lat_deg.shape or lon_deg.ndim != 1:
        raise ValueError(f"lon and lat must be equally long, got shapes {lon_deg.shape} and {lat_deg.shape}")
    if not (np.isfinite(lon_deg).all() and np.isfinite(lat_deg).all()):
        raise ValueError("every position must be finite")
    return lon_deg, lat_deg


def _nearest_edges(network: RoadNetwork, points: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each point the lowest-numbered nearest edge, and the distance to it in metres."""
    nearest = np.full(len(points), network.n_edges, np.int64)
    distance_m = np.zeros(len(points))
    if len(points):
        (point, edge), gap = network.edge_tree.query_nearest(points, return_distance=True, all_matches=True)
        np.minimum.at(nearest, point, edge)
        distance_m[point] = gap
    return nearest, distance_m


def _locate(
    network: RoadNetwork, edge: NDArray[np.int64], points: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where on its edge each point's foot lies: millimetres from the tail, and WGS84 degrees (n, 2)."""
    first, last = network.vertex_start[edge], network.vertex_start[edge + 1] - 1
    running_m = network.vertex_running_m
    place_m = running_m[first] + shapely.line_locate_point(network.edge_lines[edge], points)
    before = np.clip(np.searchsorted(running_m, place_m, side="right") - 1, first, last - 1)
    step_m = running_m[before + 1] - running_m[before]
    share = np.clip((place_m - running_m[before]) / step_m, 0.0, 1.0)
    start_mm, end_mm = network.vertex_mm[before], network.vertex_mm[before + 1]
    position_mm = np.clip(half_up(start_mm + share * (end_mm - start_mm)), 0, network.edge_mm[edge])
    start, end = network.vertex_lonlat[before], network.vertex_lonlat[before + 1]
    return position_mm, start + share[:, None] * (end - start)
