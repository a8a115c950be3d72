from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod
from shapely import LineString, get_coordinates

from planner.errors import UsageError
from planner.network import StretchKind, path_geometry, shortest_ways, travel_matrix

LINE = [([(0, 0), (1, 0), (1, 1), (4, 1)], "county", False)]


def metres(line: LineString) -> float:
    return Geod(ellps="WGS84").geometry_length(line)


@pytest.mark.parametrize("by", ["distance", "duration"])
@pytest.mark.parametrize("seed", range(6))
def test_every_line_is_as_long_as_its_way_and_joins_its_ends(build, seed, by):
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 10), build.snapped(network, seed + 1, 12)
    matrix = travel_matrix(network, origins, destinations, by=by)
    pairs = list(zip(matrix.rows().tolist(), matrix.indices.tolist(), strict=True))[::-1]
    lines = path_geometry(network, origins, destinations, pairs, by=by)
    assert len(lines) == len(pairs) > 0
    for (i, j), line in zip(pairs, lines, strict=True):
        ends = get_coordinates(line)
        assert tuple(ends[0]) == (origins.lon[i], origins.lat[i])
        assert tuple(ends[-1]) == (destinations.lon[j], destinations.lat[j])
        # legs are measured in the metric CRS (scale 0.9996 and up), roads on the ellipsoid
        assert metres(line) == pytest.approx(matrix.lookup(i, j)[0], rel=6e-4, abs=1.5)


def test_a_line_follows_the_bends_of_the_road(build):
    network = build.network(LINE)
    points = build.at(network, (0.5, 0), (2, 1))
    line = path_geometry(network, points, points, [(0, 1), (1, 0)])
    corner = [(102.51, 35.8), (102.51, 35.81)]
    there, back = (np.round(get_coordinates(part), 7).tolist() for part in line)
    assert [tuple(xy) for xy in there[1:-1] if tuple(xy) in corner] == corner
    assert there == back[::-1]


def test_going_straight_and_standing_still_are_lines_too(build):
    network = build.network(LINE)
    points = build.at(network, (2, 1.5), (2.2, 1.5))
    straight, still = path_geometry(network, points, points, [(0, 1), (0, 0)])
    assert len(straight.coords) == 2
    assert still.length == 0


def test_no_way_is_an_error(build):
    network = build.network([*LINE, ([(0, 5), (1, 5)], "county", False)])
    points = build.at(network, (0, 0), (0, 5), (0, 9))
    for pair in ((0, 1), (0, 2), (2, 0), (2, 2)):
        with pytest.raises(UsageError, match="no way"):
            path_geometry(network, points, points, [pair])


@pytest.mark.parametrize("by", ["distance", "duration"])
@pytest.mark.parametrize("seed", range(6))
def test_stretches_add_up_to_the_metres_of_the_matrix(build, seed, by):
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 10), build.snapped(network, seed + 1, 12)
    matrix = travel_matrix(network, origins, destinations, by=by)
    pairs = list(zip(matrix.rows().tolist(), matrix.indices.tolist(), strict=True))
    for (i, j), way in zip(pairs, shortest_ways(network, origins, destinations, pairs, by=by), strict=True):
        assert way.distance_m == matrix.lookup(i, j)[0]
        assert all(stretch.distance_m > 0 for stretch in way.stretches)
        assert all((a.kind, a.name) != (b.kind, b.name) for a, b in pairwise(way.stretches))


def test_roads_are_named_in_the_order_of_driving_and_joined_where_they_go_on(build):
    network = build.network(
        [
            ([(0, 0), (1, 0)], "county", False),
            ([(1, 0), (1, 1)], "township", False),
            ([(1, 1), (3, 1)], "county", False),
        ]
    )
    points = build.at(network, (0, 0), (2.5, 1.0))
    there, back = shortest_ways(network, points, points, [(0, 1), (1, 0)])
    assert [(s.name, s.road_class) for s in there.stretches] == [
        ("road 0", "county"), ("road 1", "township"), ("road 2", "county"),
    ]  # fmt: skip
    assert [s.name for s in back.stretches] == ["road 2", "road 1", "road 0"]
    assert [s.kind for s in there.stretches] == [StretchKind.ROAD] * 3
    assert there.distance_m == back.distance_m


def test_roads_of_one_class_without_a_name_are_one_stretch(build):
    network = build.network([([(0, 0), (1, 0)], "village", False), ([(1, 0), (2, 0)], "village", False)])
    nameless = replace(network, roads=tuple(replace(road, name="") for road in network.roads))
    points = build.at(nameless, (0, 0), (2, 0))
    assert len(shortest_ways(network, points, points, [(0, 1)])[0].stretches) == 2
    (way,) = shortest_ways(nameless, points, points, [(0, 1)])
    assert [(s.kind, s.name, s.road_class) for s in way.stretches] == [("road", "", "village")]


def test_the_legs_off_the_road_are_listed(build):
    network = build.network(LINE)
    points = build.at(network, (0.5, 0.03), (3, 1.04), (3, 1.05))
    (way,) = shortest_ways(network, points, points, [(0, 1)])
    assert [s.kind for s in way.stretches] == ["access", "road", "access"]
    assert way.stretches[0].distance_m == round(points.distance_mm[0] / 1000)
    direct, still = shortest_ways(network, points, points, [(1, 2), (0, 0)])
    assert [s.kind for s in direct.stretches] == ["direct"]
    assert still.stretches == ()
