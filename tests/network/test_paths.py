from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod
from shapely import LineString, get_coordinates

from planner.errors import UsageError
from planner.network import path_geometry, travel_matrix

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
