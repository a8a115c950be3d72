"""What lies in the county and what lies near it, in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from planner.geodata.crs import ELLIPSOID

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

NEAR_M: Final = 5_000.0
"""Roads and bus stops up to this far outside the boundary are kept: the short way may lead round the outside."""


@dataclass(frozen=True, eq=False)
class Clip:
    """The county's boundary, the same widened by `NEAR_M`, and the box around that (west, south, east, north)."""

    boundary: Polygon | MultiPolygon
    near: BaseGeometry
    bounds: tuple[float, float, float, float]

    @classmethod
    def around(cls, boundary: Polygon | MultiPolygon) -> Clip:
        """Prepare both outlines for many tests."""
        near = buffered(boundary, NEAR_M)
        shapely.prepare(boundary)
        shapely.prepare(near)
        return cls(boundary, near, near.bounds)

    def inside(self, lon: Any, lat: Any) -> NDArray[np.bool_]:
        """Which points lie in the county or on its boundary."""
        return np.asarray(shapely.intersects_xy(self.boundary, lon, lat))

    def is_inside(self, lon: float, lat: float) -> bool:
        """Whether one point lies in the county or on its boundary."""
        return bool(shapely.intersects_xy(self.boundary, lon, lat))

    def is_near(self, lon: float, lat: float) -> bool:
        """Whether one point lies in the county or within `NEAR_M` of it."""
        return bool(shapely.intersects_xy(self.near, lon, lat))

    def in_bounds(self, lon: float, lat: float, margin_degrees: float = 0.0) -> bool:
        """Whether one point lies in the box around the near surroundings: a quick test before a true one."""
        west, south, east, north = self.bounds
        wide = margin_degrees
        return west - wide <= lon <= east + wide and south - wide <= lat <= north + wide

    def touches(self, geometries: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Which geometries reach the county or its surroundings within `NEAR_M`."""
        return np.asarray(shapely.intersects(self.near, geometries))


def buffered(geometry: BaseGeometry, distance_m: float) -> BaseGeometry:
    """``geometry`` (WGS84 degrees) widened by ``distance_m``, or narrowed when it is negative.

    Measured in an azimuthal equidistant projection about its middle: over 200 km true to 0.1 %.
    """
    west, south, east, north = geometry.bounds
    local = f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +datum=WGS84"
    there = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    back = Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    flat = shapely.transform(geometry, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
    return shapely.transform(flat.buffer(distance_m), lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Geodesic distance between two points in metres."""
    return float(ELLIPSOID.inv(lon, lat, other_lon, other_lat)[2])


def middles(rings: NDArray[np.object_]) -> NDArray[np.float64]:
    """Centroids (n, 2) of lines; a closed line counts as the area it encloses."""
    closed = np.asarray(shapely.is_closed(rings)) & (shapely.get_num_coordinates(rings) >= 4)
    shapes = rings.copy()
    if closed.any():
        xy, owner = shapely.get_coordinates(rings[closed], return_index=True)
        shapes[closed] = shapely.polygons(shapely.linearrings(xy, indices=owner))
    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def filled(line: BaseGeometry) -> BaseGeometry:
    """The area that a closed line encloses; an open line as it is."""
    closed = line.geom_type == "LineString" and line.is_closed and shapely.get_num_coordinates(line) >= 4
    return shapely.make_valid(shapely.Polygon(shapely.get_coordinates(line))) if closed else line


def point_inside(shape: BaseGeometry) -> tuple[float, float]:
    """A point inside an area; the middle vertex of an open line."""
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)
