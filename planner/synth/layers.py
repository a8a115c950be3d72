"""The synthetic layers of a county, made from its real ones: the same input and seed give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from planner.domain.county import Road, Site, Village
from planner.synth.drawing import draw_roads
from planner.synth.mesh import Mesh, build_mesh
from planner.synth.network import (
    CLASS_WORDS, RoadBuilder, connect_villages, hamlet_roads, link_neighbours, one_way_pair, town_streets,
    village_streets,
)  # fmt: skip
from planner.synth.outlets import draft_sites, finish_sites, villages_without_premises
from planner.synth.real import Projection, RealLayers
from planner.synth.recipes import RECIPES, Recipe
from planner.synth.settlements import (
    ROADLESS_CLEAR_M, Land, divide_land, poor_villages, populate, roadless_places, settle,
)  # fmt: skip
from planner.synth.terrain import Course, Terrain, shape_terrain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from planner.synth.mesh import BoolArray, FloatArray, IntArray

POINT_MARGIN_M = 90.0
RANK_OF = {word: rank for rank, word in CLASS_WORDS.items()}


@dataclass(frozen=True, eq=False)
class SyntheticLayers:
    """What is made up: positions and population of villages, roads, candidate sites. Each sorted by its id."""

    villages: tuple[Village, ...]
    roads: tuple[Road, ...]
    sites: tuple[Site, ...]


def build_synthetic_layers(real: RealLayers, seed: int | None = None) -> SyntheticLayers:
    """Villages' positions and residents, roads and candidate sites for ``real``'s county.

    ``seed`` defaults to the recipe's. Raises KeyError when no recipe is known for the county.
    """
    recipe = RECIPES[real.code]
    seed = recipe.seed if seed is None else seed
    projection = Projection(recipe.metric_crs)
    boundary = projection.polygon(real.boundary)
    mesh = build_mesh(boundary, _stream(seed, 1))
    terrain = _terrain(mesh, recipe, projection, boundary.area / 1e6, _stream(seed, 2))
    bridges = _bridges(mesh, recipe, projection, terrain)
    roads = RoadBuilder(mesh, terrain, bridges, _stream(seed, 3))
    seats = _points(mesh, [(t.lon, t.lat) for t in real.townships], projection, ~terrain.is_barrier)
    through = _main_roads(roads, recipe, real, projection)
    land = divide_land(mesh, roads, seats)
    roadless = roadless_places(mesh, terrain, land, recipe, real, roads.on_road(), _stream(seed, 4))
    settled = settle(mesh, terrain, land, recipe, real, roadless, roads.on_road(), _stream(seed, 5))
    _finish_network(roads, terrain, recipe, settled, roadless, through, seats, real, boundary.area, _stream(seed, 6))
    centres = _village_points(roads, settled, roadless, boundary, _stream(seed, 7))
    sites = _sites(roads, recipe, real, settled, roadless, centres, seats, projection, _stream(seed, 8))
    people = populate(terrain, land, recipe, real, settled, _stream(seed, 9))
    poor = poor_villages(terrain, land, recipe, real, settled, _stream(seed, 10))
    degrees = dict(zip(centres, projection.to_degrees(list(centres.values())), strict=True))
    villages = tuple(
        Village(
            village.code, village.name, village.township_code, village.kind, *degrees[village.code],
            people[village.code], frozenset({"poverty"} if village.code in poor else ()),
        )
        for village in real.villages
    )  # fmt: skip
    return SyntheticLayers(villages, draw_roads(roads, projection, real.code, mesh.xy[seats]), sites)


def _stream(seed: int, stage: int) -> Generator:
    """Random numbers of one stage, so that a change in one does not shuffle the others."""
    return np.random.default_rng([seed, stage])


def _points(
    mesh: Mesh, places: Sequence[tuple[float, float]], projection: Projection, allowed: BoolArray
) -> IntArray:
    """The ``allowed`` mesh point nearest to each place (degrees)."""
    if not places:
        return np.array([], dtype=np.int64)
    numbers = np.flatnonzero(allowed)
    metric = np.array([projection.to_metric(lon, lat) for lon, lat in places])
    return np.asarray(numbers[cKDTree(mesh.xy[numbers]).query(metric)[1]], dtype=np.int64)


def _bridges(mesh: Mesh, recipe: Recipe, projection: Projection, terrain: Terrain) -> IntArray:
    """Points of great rivers within 170 m of a bridge."""
    at = _points(mesh, recipe.bridges, projection, terrain.is_barrier)
    near = {node for here in at for node in cKDTree(mesh.xy).query_ball_point(mesh.xy[here], 170.0)}
    return np.array(sorted(node for node in near if terrain.is_barrier[node]), dtype=np.int64)


def _terrain(mesh: Mesh, recipe: Recipe, projection: Projection, area_km2: float, rng: Generator) -> Terrain:
    rivers = [
        Course(
            np.array([[*projection.to_metric(lon, lat), height] for lon, lat, height in river.points]),
            river.floor_m, river.barrier,
        )
        for river in recipe.rivers
    ]  # fmt: skip
    return shape_terrain(mesh, rivers, recipe.stream_km2, area_km2, rng)


def _main_roads(roads: RoadBuilder, recipe: Recipe, real: RealLayers, projection: Projection) -> list[int]:
    """Lay the recipe's main roads; gives the points of the first one, which runs through the county town."""
    seats = {township.code: (township.lon, township.lat) for township in real.townships}
    first: list[int] = []
    for road in recipe.main_roads:
        places = [seats[stop] if isinstance(stop, str) else stop for stop in road.stops]
        stops = _points(roads.mesh, places, projection, roads.usable).tolist()
        path = [stops[0]]
        for start, end in zip(stops, stops[1:], strict=False):
            path += roads.cheapest(start, end)[1:]
        roads.lay(path, RANK_OF[road.road_class], road.name, paved=road.paved)
        first = first or path
    return first


def _finish_network(
    roads: RoadBuilder, terrain: Terrain, recipe: Recipe, settled: dict[str, int], roadless: dict[str, int],
    through: list[int], seats: IntArray, real: RealLayers, area_m2: float, rng: Generator,
) -> None:
    """From main roads to the whole network: villages, loops, streets, the county town, hamlets."""
    mesh = roads.mesh
    lonely = np.array(list(roadless.values()))
    roads.forbid(cKDTree(mesh.xy[lonely]).query(mesh.xy)[0] < ROADLESS_CLEAR_M)
    nodes = np.array([settled[code] for code in sorted(settled) if code not in roadless])
    connect_villages(roads, nodes.tolist(), rng)
    link_neighbours(roads, nodes, rng)
    village_streets(roads, nodes, rng)
    seat = int(seats[[township.code for township in real.townships].index(recipe.county_seat)])
    town_streets(roads, seat, 680.0)
    hamlet_roads(roads, terrain, recipe.unpaved_share, recipe.road_density * area_m2 / 1e8 * 1000.0, rng)
    one_way_pair(roads, seat, through)


def _village_points(
    roads: RoadBuilder, settled: dict[str, int], roadless: dict[str, int], boundary: shapely.Polygon, rng: Generator
) -> dict[str, tuple[float, float]]:
    """Village centres (metres), by code: a little off the road they stand on, inside the boundary."""
    inner = boundary.buffer(-POINT_MARGIN_M)
    centres: dict[str, tuple[float, float]] = {}
    for code in sorted(settled):
        x, y = (float(value) for value in roads.mesh.xy[settled[code]])
        angle, off = float(rng.uniform(0, 6.283)), float(rng.uniform(25, 90))
        moved = (round(x + off * float(np.cos(angle)), 2), round(y + off * float(np.sin(angle)), 2))
        centres[code] = moved if code not in roadless and inner.contains(shapely.Point(moved)) else (x, y)
    return centres


def _sites(
    roads: RoadBuilder, recipe: Recipe, real: RealLayers, settled: dict[str, int], roadless: dict[str, int],
    centres: dict[str, tuple[float, float]], seats: IntArray, projection: Projection, rng: Generator,
) -> tuple[Site, ...]:
    connected = [code for code in sorted(settled) if code not in roadless]
    by_road: FloatArray = roads.road_distances(np.array([settled[code] for code in connected]), 12_000.0)
    seat_xy = {t.code: (float(x), float(y)) for t, (x, y) in zip(real.townships, roads.mesh.xy[seats], strict=True)}
    at_seat = {
        code for code in connected if np.hypot(*np.subtract(centres[code], seat_xy[code[:9]])) < 700.0
    }  # fmt: skip
    committees = {village.code for village in real.villages if village.kind.value == "residents_committee"}
    bare = villages_without_premises(by_road, connected, frozenset(at_seat | committees), rng)
    on_road = roads.mesh.xy[roads.on_road()]
    tree = cKDTree(on_road)
    streets = {
        code: [(float(x), float(y)) for x, y in on_road[sorted(tree.query_ball_point(roads.mesh.xy[settled[code]], 330.0))]]
        for code in connected
    }  # fmt: skip
    drafts = draft_sites(recipe, real, centres, seat_xy, streets, bare, frozenset(roadless), rng)
    return finish_sites(real.code, drafts, projection.to_degrees([draft.spot for draft in drafts]), rng)
