"""What every later stage stands on: real layers, recipe, mesh, relief and the seats' places in the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from planner.synth.mesh import BoolArray, IntArray, Mesh, build_mesh
from planner.synth.real import Projection
from planner.synth.terrain import Course, Terrain, shape_terrain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from shapely import MultiPolygon, Polygon

    from planner.synth.real import RealLayers
    from planner.synth.recipes import Recipe

BRIDGE_REACH_M = 170.0


@dataclass(frozen=True, eq=False)
class Ground:
    """One county before anything is built on it; ``boundary`` in metres, ``seats`` mesh points by township."""

    real: RealLayers
    recipe: Recipe
    projection: Projection
    boundary: Polygon | MultiPolygon
    mesh: Mesh
    terrain: Terrain
    seats: IntArray
    bridges: IntArray

    @property
    def county_seat(self) -> int:
        """Mesh point of the county town's seat."""
        return int(self.seats[[town.code for town in self.real.townships].index(self.recipe.county_seat)])

    def points(self, places: Sequence[tuple[float, float]], allowed: BoolArray) -> IntArray:
        """The ``allowed`` mesh point nearest to each place (degrees)."""
        return _points(self.mesh, self.projection, places, allowed)


def prepare_ground(real: RealLayers, recipe: Recipe, mesh_rng: Generator, terrain_rng: Generator) -> Ground:
    """Mesh and relief inside the real boundary."""
    projection = Projection(recipe.metric_crs)
    boundary = projection.polygon(real.boundary)
    mesh = build_mesh(boundary, mesh_rng)
    rivers = [
        Course(
            np.array([[*projection.to_metric(lon, lat), height] for lon, lat, height in river.points]),
            river.floor_m,
            river.barrier,
        )
        for river in recipe.rivers
    ]
    terrain = shape_terrain(mesh, rivers, recipe.stream_km2, boundary.area / 1e6, terrain_rng)
    seats = _points(mesh, projection, [(t.lon, t.lat) for t in real.townships], ~terrain.is_barrier)
    at = _points(mesh, projection, recipe.bridges, terrain.is_barrier)
    tree = cKDTree(mesh.xy)
    near = {node for here in at for node in tree.query_ball_point(mesh.xy[here], BRIDGE_REACH_M)}
    bridges = np.array(sorted(node for node in near if terrain.is_barrier[node]), dtype=np.int64)
    return Ground(real, recipe, projection, boundary, mesh, terrain, seats, bridges)


def _points(mesh: Mesh, projection: Projection, places: Sequence[tuple[float, float]], allowed: BoolArray) -> IntArray:
    if not places:
        return np.array([], dtype=np.int64)
    numbers = np.flatnonzero(allowed)
    metric = np.array([projection.to_metric(lon, lat) for lon, lat in places])
    return np.asarray(numbers[cKDTree(mesh.xy[numbers]).query(metric)[1]], dtype=np.int64)
