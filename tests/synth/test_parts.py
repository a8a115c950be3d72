"""The parts of the generator on small ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from planner.synth.mesh import build_mesh, rough_noise
from planner.synth.network import NONE, VILLAGE, RoadBuilder
from planner.synth.outlets import villages_without_premises
from planner.synth.settlements import _share_out
from planner.synth.terrain import Course, shape_terrain

AREA = shapely.box(0, 0, 6000, 4000)
RIVER = Course(np.array([[3000.0, 3800.0, 2400.0], [3000.0, 200.0, 2000.0]]), 300.0, barrier=True)


@pytest.fixture(scope="module")
def mesh():
    return build_mesh(AREA, np.random.default_rng(1))


@pytest.fixture(scope="module")
def terrain(mesh):
    return shape_terrain(mesh, [RIVER], 0.5, 24.0, np.random.default_rng(2))


def test_mesh_edges_never_cross(mesh):
    legs = shapely.linestrings(mesh.xy[mesh.edges])
    one, other = shapely.STRtree(legs).query(legs, predicate="crosses")
    assert len(one) == len(other) == 0


def test_mesh_stays_inside_with_a_margin(mesh):
    assert AREA.buffer(-149.0).contains(shapely.MultiPoint(mesh.xy))


def test_noise_is_the_same_from_the_same_seed(mesh):
    one, two = (rough_noise(mesh.xy, 900.0, 3, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.std() > 0.1


def test_land_rises_away_from_the_river(mesh, terrain):
    away = np.abs(mesh.xy[:, 0] - 3000.0)
    assert terrain.height_m[away > 2000].mean() > terrain.height_m[away < 300].mean() + 100.0
    assert terrain.height_m.min() >= 1990.0


def test_all_water_reaches_the_river(terrain):
    assert terrain.drained_km2[terrain.is_river].max() == terrain.drained_km2.max()
    assert terrain.drained_km2.min() == pytest.approx(24.0 / len(terrain.drained_km2))


def test_a_great_river_is_crossed_at_a_bridge_only(mesh, terrain):
    west, east = mesh.nearest(np.array([[500.0, 2000.0], [5500.0, 2000.0]])).tolist()
    without = RoadBuilder(mesh, terrain, np.array([], dtype=np.int64), np.random.default_rng(3))
    water = np.flatnonzero(terrain.is_barrier)
    bridge = water[np.hypot(*(mesh.xy[water] - [3000.0, 2000.0]).T) < 250.0]
    with_bridge = RoadBuilder(mesh, terrain, bridge, np.random.default_rng(3))
    way = with_bridge.cheapest(west, east)
    assert set(way) & set(bridge.tolist())
    assert set(way) & set(water.tolist()) <= set(bridge.tolist())
    around = without.cheapest(west, east)
    assert not set(around) & set(water.tolist())


def test_an_existing_road_is_used_again(mesh, terrain):
    roads = RoadBuilder(mesh, terrain, np.array([], dtype=np.int64), np.random.default_rng(3))
    start, end = mesh.nearest(np.array([[400.0, 500.0], [2500.0, 3400.0]])).tolist()
    first = roads.cheapest(start, end)
    roads.lay(first, VILLAGE)
    assert roads.cheapest(start, end) == first
    assert (roads.rank > NONE).sum() == len(first) - 1


def test_shares_sum_to_the_total_by_largest_remainder():
    assert _share_out([1.0, 1.0, 1.0], 11) == [4.0, 4.0, 3.0]
    assert sum(_share_out([3.2, 1.1, 7.7, 0.4], 1009)) == 1009


def test_villages_without_premises_have_one_with_premises_in_reach():
    along = np.arange(40) * 1500.0
    by_road = np.abs(along[:, None] - along[None])
    codes = [f"{number:012d}" for number in range(40)]
    kept = frozenset(codes[:5])
    bare = villages_without_premises(by_road, codes, kept, np.random.default_rng(4))
    assert bare
    assert not bare & kept
    supplied = [number for number, code in enumerate(codes) if code not in bare]
    for code in bare:
        assert 1200.0 <= by_road[codes.index(code), supplied].min() <= 5000.0
