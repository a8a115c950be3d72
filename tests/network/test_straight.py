"""Distances without roads: straight lines times a detour factor, and nothing of the roads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pyproj import Transformer

from planner.errors import UsageError
from planner.network import StraightLines, recount_straight, straight_lines
from planner.scenario import Network


@pytest.fixture
def ground():
    return StraightLines("EPSG:32648", 1.4, 30.0)


def points(seed, count):
    rng = np.random.default_rng(seed)
    return rng.uniform(102.3, 102.9, count), rng.uniform(35.6, 36.0, count)


def test_every_distance_is_the_rounded_line_times_the_factor(ground):
    here, there = points(1, 7), points(2, 11)
    matrix = ground.matrix(ground.place(*here, 1500.0), ground.place(*there, 1500.0), "distance")
    project = Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True).transform
    assert matrix.shape == (7, 11)
    assert matrix.nnz == 77
    for i in range(7):
        for j in range(11):
            metres = math.dist(project(here[0][i], here[1][i]), project(there[0][j], there[1][j]))
            row = matrix.row(i)
            assert row.indices[j] == j
            assert row.distance_m[j] == math.floor(1.4 * metres + 0.5)
            assert row.duration_s[j] == math.floor(1.4 * metres * 3.6 / 30 + 0.5)
            assert row.straight_m[j] == math.floor(metres + 0.5)


def test_with_factor_one_the_distance_is_the_straight_line():
    ground = StraightLines("EPSG:32648", 1.0, 30.0)
    snapped = ground.place(*points(3, 40), 1500.0)
    matrix = ground.matrix(snapped, snapped, "duration")
    assert matrix.distance_m.tolist() == matrix.straight_m.tolist()
    assert matrix.by == "duration"


def test_everybody_is_on_the_ground_and_connected_however_small_the_snap_limit(ground):
    snapped = ground.place(*points(4, 5), 0.0)
    assert snapped.ok.all()
    assert snapped.distance_m.tolist() == [0] * 5
    matrix = ground.matrix(snapped, snapped, "distance")
    assert matrix.connected.all()
    assert matrix.lookup(2, 2) == (0, 0)
    empty = ground.place([], [], 0.0)
    assert ground.matrix(empty, snapped, "distance").shape == (0, 5)
    assert not ground.matrix(snapped, empty, "distance").connected.any()


def test_a_way_is_drawn_straight(ground):
    snapped = ground.place([102.5, 102.6], [35.8, 35.9], 1.0)
    (way,) = ground.ways(snapped, snapped, [(0, 1)])
    line = way.line
    assert list(line.coords) == [(102.5, 35.8), (102.6, 35.9)]


def test_the_recount_agrees_to_the_metre_and_second(ground):
    here, there = points(5, 60), points(6, 80)
    matrix = ground.matrix(ground.place(*here, 1.0), ground.place(*there, 1.0), "distance")
    counted = recount_straight("EPSG:32648", here, there, factor=1.4, speed_kmh=30.0)
    for name in ("distance_m", "duration_s", "straight_m"):
        assert getattr(counted, name).ravel().tolist() == getattr(matrix, name).tolist()


def test_the_ground_of_a_county_takes_factor_and_speed_from_the_scenario(build):
    county = build.county([])
    assert straight_lines(county, Network(straight_line_factor=1.3, mountain_factor=0.5)) == StraightLines(
        "EPSG:32648", 1.3, 15.0
    )
    with pytest.raises(UsageError, match="straight_line_factor"):
        straight_lines(county, Network())


def test_positions_must_be_finite_here_too(ground):
    with pytest.raises(ValueError, match="finite"):
        ground.place([math.nan], [35.8], 1.0)


def test_a_way_without_roads_is_one_stretch_of_the_matrix_metres(ground):
    snapped = ground.place([102.0, 102.1], [35.5, 35.6], 1000)
    there, still = ground.ways(snapped, snapped, [(0, 1), (1, 1)])
    assert [stretch.kind for stretch in there.stretches] == ["straight_line"]
    assert there.distance_m == ground.matrix(snapped, snapped, "distance").lookup(0, 1)[0]
    assert still.stretches == ()
