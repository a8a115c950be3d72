"""Roads that are closed in some months: out of the graph in those, in it in all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.errors import InputError
from planner.network import build_network, snap_points, travel_matrix
from planner.scenario import Network


@pytest.fixture
def county(build):
    """Two roads in a row; the second, R00001, is closed from November to January."""
    county = build.county([([(0, 0), (1, 0)], "county", False), ([(1, 0), (2, 0)], "county", False)])
    return replace(county, roads=(county.roads[0], replace(county.roads[1], closed_months=frozenset({11, 12, 1}))))


def at(network, *steps):
    return snap_points(network, [102.5 + 0.01 * x for x, _ in steps], [35.8 + 0.01 * y for _, y in steps], 500.0)


@pytest.mark.parametrize(("month", "edges", "nodes"), [(None, 2, 3), (2, 2, 3), (10, 2, 3), (1, 1, 2), (11, 1, 2)])
def test_a_road_is_out_of_the_graph_in_its_closed_months_only(county, month, edges, nodes):
    network = build_network(county, Network(month=month))
    assert (network.n_edges, network.n_nodes, network.weak_components.count) == (edges, nodes, 1)


def test_nobody_snaps_to_a_closed_road(county):
    summer, winter = (build_network(county, Network(month=month)) for month in (7, 1))
    point = (1.3, 0.1)
    assert at(summer, point).edge.tolist() == [1]
    snapped = at(winter, point)
    assert snapped.ok.tolist() == [True], "the end of the open road is 290 m away"
    assert winter.roads[int(winter.edge_road[snapped.edge[0]])].road_id == "R00000"
    assert at(winter, (1.9, 0)).ok.tolist() == [False]


def test_a_way_over_a_closed_road_is_not_found(build):
    """A ring of two ways round; with one closed all go the other way, with both nobody gets across."""
    county = build.county(
        [([(0, 0), (1, 1), (2, 0)], "county", False), ([(0, 0), (1, -3), (2, 0)], "county", False),
         ([(-1, 0), (0, 0)], "county", False), ([(2, 0), (3, 0)], "county", False)]
    )  # fmt: skip
    short, long = (
        replace(road, closed_months=frozenset(m)) for road, m in zip(county.roads, ({1, 2}, {2}), strict=False)
    )
    county = replace(county, roads=(short, long, *county.roads[2:]))

    def metres(month):
        network = build_network(county, Network(month=month))
        matrix = travel_matrix(network, at(network, (-1, 0)), at(network, (3, 0)))
        return matrix.lookup(0, 0), bool(matrix.connected[0])

    summer, january, february = metres(7), metres(1), metres(2)
    assert summer[1]
    assert january[1]
    assert january[0][0] > summer[0][0]
    assert february == (None, False)


def test_a_month_in_which_every_road_is_closed_is_an_input_error(build):
    county = build.county([([(0, 0), (1, 0)], "county", False)])
    county = replace(county, roads=(replace(county.roads[0], closed_months=frozenset({1})),))
    with pytest.raises(InputError, match=r"closed in month 1 .*network\.month"):
        build_network(county, Network(month=1))
    assert build_network(county, Network(month=2)).n_edges == 1


@pytest.mark.parametrize("seed", range(4))
def test_closing_roads_gives_the_distances_of_a_county_without_them(build, seed):
    county = build.county(list(_specs(seed)))
    rng = np.random.default_rng(seed)
    closed = rng.random(len(county.roads)) < 0.3
    marked = tuple(
        replace(road, closed_months=frozenset({5}) if shut else frozenset())
        for road, shut in zip(county.roads, closed, strict=True)
    )
    season = build_network(replace(county, roads=marked), Network(month=5))
    without = build_network(
        replace(county, roads=tuple(road for road, shut in zip(county.roads, closed, strict=True) if not shut)),
        Network(),
    )
    steps = [(x, y) for x in range(5) for y in range(5)]
    a, b = (travel_matrix(network, at(network, *steps), at(network, *steps)) for network in (season, without))
    assert a.indices.tolist() == b.indices.tolist()
    # A junction with a closed road cuts an open one in two, and each part is a whole number of millimetres.
    assert np.abs(a.distance_m - b.distance_m).max(initial=0) <= 1
    assert a.connected.tolist() == b.connected.tolist()


def _specs(seed):
    rng = np.random.default_rng([seed, 9])
    for x in range(5):
        for y in range(5):
            for to in ((x + 1, y), (x, y + 1)):
                if rng.random() < 0.8:
                    yield [(x, y), to], "county", bool(rng.random() < 0.2)
