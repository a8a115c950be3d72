"""The ground a synthetic county is drawn on: an irregular planar mesh of points inside the real boundary.

Roads, streams and villages are all subsets of one triangulation, so that roads can meet only at shared
points and never cross elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import Delaunay, cKDTree

if TYPE_CHECKING:
    from numpy.random import Generator
    from shapely import MultiPolygon, Polygon

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

SPACING_M = 110.0
BOUNDARY_MARGIN_M = 150.0
LONGEST_EDGE_M = 330.0
WARP_WAVELENGTH_M = 360.0
WARP_AMPLITUDE_M = 150.0


@dataclass(frozen=True, eq=False)
class Mesh:
    """Points (n x 2, metres in the county's metric CRS) and undirected edges (m x 2, smaller index first).

    ``plain_m`` is an edge's length before the ground was warped: what a road builder thinks it costs.
    """

    xy: FloatArray
    edges: IntArray
    length_m: FloatArray
    plain_m: FloatArray

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.xy)

    def graph(self, weight: FloatArray) -> csr_array:
        """Symmetric n x n matrix with one ``weight`` an edge; infinite weights are left out."""
        keep = np.isfinite(weight)
        first, second = self.edges[keep, 0], self.edges[keep, 1]
        rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
        values = np.concatenate([weight[keep], weight[keep]])
        return csr_array((values, (rows, columns)), shape=(self.size, self.size))

    def nearest(self, xy: FloatArray) -> IntArray:
        """Index of the point nearest to each row of ``xy``."""
        return np.asarray(cKDTree(self.xy).query(xy)[1], dtype=np.int64)

    def edge_index(self) -> dict[tuple[int, int], int]:
        """Edge number by its two points, smaller first."""
        return {(int(a), int(b)): number for number, (a, b) in enumerate(self.edges)}


def build_mesh(boundary: Polygon | MultiPolygon, rng: Generator) -> Mesh:
    """A triangulation of jittered points, about 110 m apart, inside ``boundary`` (metres) less a margin.

    Every edge lies inside the boundary. The ground is warped after its plain lengths are taken, so that a
    shortest way in plain lengths winds as mountain roads do.
    """
    inner = boundary.buffer(-BOUNDARY_MARGIN_M)
    west, south, east, north = boundary.bounds
    columns = np.arange(west, east, SPACING_M)
    rows = np.arange(south, north, SPACING_M * 0.9)
    grid_x, grid_y = np.meshgrid(columns, rows)
    grid_x = grid_x + (np.arange(len(rows)) % 2)[:, None] * SPACING_M / 2
    xy = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    xy = xy + rng.uniform(-0.36, 0.36, xy.shape) * SPACING_M
    plain, xy = xy, xy.copy()
    for axis in (0, 1):
        xy[:, axis] += WARP_AMPLITUDE_M * (2 * smooth_noise(plain, WARP_WAVELENGTH_M, rng) - 1)
    xy = np.round(xy, 2)
    shapely.prepare(inner)
    inside = shapely.contains_xy(inner, xy[:, 0], xy[:, 1])
    plain, xy = plain[inside], xy[inside]
    triangles = Delaunay(xy).simplices
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    edges = np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)
    edges = edges[_lengths(xy, edges) < LONGEST_EDGE_M]
    edges = edges[shapely.contains(inner, shapely.linestrings(xy[edges]))]
    return Mesh(xy, edges, _lengths(xy, edges), _lengths(plain, edges))


def _lengths(xy: FloatArray, edges: IntArray) -> FloatArray:
    return np.asarray(np.round(np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T), 3), dtype=np.float64)


def smooth_noise(xy: FloatArray, wavelength_m: float, rng: Generator) -> FloatArray:
    """Smooth random field in [0, 1] at the rows of ``xy``: bicubic-eased value noise on a square lattice."""
    scaled = (xy - xy.min(axis=0)) / wavelength_m
    cell = np.floor(scaled).astype(np.int64)
    ease = scaled - cell
    ease = ease * ease * (3 - 2 * ease)
    lattice = rng.random((int(cell[:, 0].max()) + 2, int(cell[:, 1].max()) + 2))
    column, row = cell[:, 0], cell[:, 1]
    south = lattice[column, row] * (1 - ease[:, 0]) + lattice[column + 1, row] * ease[:, 0]
    north = lattice[column, row + 1] * (1 - ease[:, 0]) + lattice[column + 1, row + 1] * ease[:, 0]
    return np.asarray(south * (1 - ease[:, 1]) + north * ease[:, 1], dtype=np.float64)


def rough_noise(xy: FloatArray, wavelength_m: float, octaves: int, rng: Generator) -> FloatArray:
    """Fractal field around 0 (about -1 to 1): ``octaves`` of `smooth_noise`, each half as wide and as high."""
    total = np.zeros(len(xy))
    for octave in range(octaves):
        total += (2 * smooth_noise(xy, wavelength_m / 2**octave, rng) - 1) / 2**octave
    return total
