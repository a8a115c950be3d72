"""The synthetic layers of a county, made from its real ones: the same input and seed give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from planner.domain.county import BusLine, PlaceKind, Road, Site, Village
from planner.synth.buses import bus_lines
from planner.synth.drawing import draw_roads
from planner.synth.ground import Ground, prepare_ground
from planner.synth.network import CLASS_WORDS, RoadBuilder, connect_villages, link_neighbours
from planner.synth.outlets import Places, draft_sites, finish_sites, villages_without_premises
from planner.synth.recipes import RECIPES
from planner.synth.settlements import ROADLESS_CLEAR_M, divide_land, poor_villages, populate, roadless_places, settle
from planner.synth.streets import hamlet_roads, one_way_pair, town_streets, village_streets

if TYPE_CHECKING:
    from numpy.random import Generator

    from planner.synth.mesh import IntArray
    from planner.synth.real import RealLayers

POINT_MARGIN_M = 90.0
STREET_REACH_M = 330.0
SEAT_REACH_M = 700.0
TOWN_HALF_M = 680.0
RANK_OF = {word: rank for rank, word in CLASS_WORDS.items()}


@dataclass(frozen=True, eq=False)
class SyntheticLayers:
    """What is made up: positions and population of villages, roads, sites, passenger lines. Each sorted by its id."""

    villages: tuple[Village, ...]
    roads: tuple[Road, ...]
    sites: tuple[Site, ...]
    bus_lines: tuple[BusLine, ...] = ()


def build_synthetic_layers(real: RealLayers, seed: int | None = None) -> SyntheticLayers:
    """Villages' positions and residents, roads, candidate sites and passenger lines for ``real``'s county.

    ``seed`` defaults to the recipe's. Raises KeyError when no recipe is known for the county.
    """
    recipe = RECIPES[real.code]
    seed = recipe.seed if seed is None else seed
    ground = prepare_ground(real, recipe, _stream(seed, 1), _stream(seed, 2))
    roads = RoadBuilder(ground.mesh, ground.terrain, ground.bridges, _stream(seed, 3))
    through = _main_roads(ground, roads)
    land = divide_land(ground, roads)
    roadless = roadless_places(ground, land, roads.on_road(), _stream(seed, 4))
    settled = settle(ground, land, roadless, roads.on_road(), _stream(seed, 5))
    connected = {code: node for code, node in sorted(settled.items()) if code not in roadless}
    lonely = cKDTree(ground.mesh.xy[list(roadless.values())])
    roads.forbid(np.asarray(lonely.query(ground.mesh.xy)[0] < ROADLESS_CLEAR_M))
    _finish_network(ground, roads, np.array(list(connected.values())), through, _stream(seed, 6))
    centres = _village_points(ground, settled, frozenset(roadless), _stream(seed, 7))
    sites = _sites(ground, roads, connected, centres, _stream(seed, 8))
    people = populate(ground, land, settled, _stream(seed, 9))
    poor = poor_villages(ground, land, settled, _stream(seed, 10))
    degrees = dict(zip(centres, ground.projection.to_degrees(list(centres.values())), strict=True))
    villages = tuple(
        Village(
            code=village.code,
            name=village.name,
            township_code=village.township_code,
            kind=village.kind,
            lon=degrees[village.code][0],
            lat=degrees[village.code][1],
            population=people[village.code],
            priority=frozenset({"poverty"} if village.code in poor else ()),
        )
        for village in real.villages
    )
    drawn = draw_roads(roads, ground.projection, real.code, ground.mesh.xy[ground.seats])
    lines = bus_lines(ground, roads, connected, sites, _stream(seed, 11))
    return SyntheticLayers(villages, drawn, sites, lines)


def _stream(seed: int, stage: int) -> Generator:
    """Random numbers of one stage, so that a change in one does not shuffle the others."""
    return np.random.default_rng([seed, stage])


def _main_roads(ground: Ground, roads: RoadBuilder) -> list[int]:
    """Lay the recipe's main roads; gives the points of the first one, which runs through the county town."""
    seats = {township.code: (township.lon, township.lat) for township in ground.real.townships}
    first: list[int] = []
    for road in ground.recipe.main_roads:
        places = [seats[stop] if isinstance(stop, str) else stop for stop in road.stops]
        stops = ground.points(places, roads.usable).tolist()
        path = [stops[0]]
        for start, end in pairwise(stops):
            path += roads.cheapest(start, end)[1:]
        roads.lay(path, RANK_OF[road.road_class], road.name, paved=road.paved)
        first = first or path
    return first


def _finish_network(ground: Ground, roads: RoadBuilder, nodes: IntArray, through: list[int], rng: Generator) -> None:
    """From main roads to the whole network: villages, loops, streets, the county town, hamlets."""
    recipe = ground.recipe
    connect_villages(roads, nodes.tolist(), rng)
    link_neighbours(roads, nodes, rng)
    village_streets(roads, nodes, rng)
    town_streets(roads, ground.county_seat, TOWN_HALF_M)
    target_m = recipe.laid_density * ground.boundary.area / 1e8 * 1000.0
    hamlet_roads(roads, ground.terrain, recipe.unpaved_share, target_m, rng)
    one_way_pair(roads, ground.county_seat, through, recipe.main_roads[0].name)


def _village_points(
    ground: Ground, settled: dict[str, int], roadless: frozenset[str], rng: Generator
) -> dict[str, tuple[float, float]]:
    """Village centres (metres), by code: a little off the road they stand on, inside the boundary."""
    inner = ground.boundary.buffer(-POINT_MARGIN_M)
    centres: dict[str, tuple[float, float]] = {}
    for code in sorted(settled):
        x, y = (float(value) for value in ground.mesh.xy[settled[code]])
        angle, off = float(rng.uniform(0, 6.283)), float(rng.uniform(25, 90))
        moved = (round(x + off * float(np.cos(angle)), 2), round(y + off * float(np.sin(angle)), 2))
        centres[code] = moved if code not in roadless and inner.contains(shapely.Point(moved)) else (x, y)
    return centres


def _sites(
    ground: Ground,
    roads: RoadBuilder,
    connected: dict[str, int],
    centres: dict[str, tuple[float, float]],
    rng: Generator,
) -> tuple[Site, ...]:
    """Candidate sites in the villages with a road and at the seats."""
    xy = ground.mesh.xy
    seats = {
        township.code: (float(x), float(y))
        for township, (x, y) in zip(ground.real.townships, xy[ground.seats], strict=True)
    }
    kept = {code for code in connected if np.hypot(*np.subtract(centres[code], seats[code[:9]])) < SEAT_REACH_M}
    kept |= {village.code for village in ground.real.villages if village.kind is PlaceKind.RESIDENTS_COMMITTEE}
    by_road = roads.road_distances(np.array(list(connected.values())), 12_000.0)
    bare = villages_without_premises(by_road, list(connected), frozenset(kept), rng)
    on_road = xy[roads.on_road()]
    tree = cKDTree(on_road)
    streets = {
        code: [(float(x), float(y)) for x, y in on_road[sorted(tree.query_ball_point(xy[node], STREET_REACH_M))]]
        for code, node in connected.items()
    }
    drafts = draft_sites(ground, Places(centres, seats, streets), frozenset(connected) - bare, rng)
    return finish_sites(ground.real.code, drafts, ground.projection.to_degrees([draft.spot for draft in drafts]), rng)
