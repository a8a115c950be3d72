from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from planner.domain import Surface
from planner.errors import InputError
from planner.network import build_network
from planner.scenario import Network


def test_roads_join_at_shared_vertices_and_nowhere_else(build):
    crossing = build.network([([(0, 1), (2, 1)], "county", False), ([(1, 0), (1, 2)], "county", False)])
    assert (crossing.n_nodes, crossing.n_edges, crossing.weak_components.count) == (4, 2, 2)  # a bridge
    junction = build.network([([(0, 1), (1, 1), (2, 1)], "county", False), ([(1, 0), (1, 1), (1, 2)], "county", False)])
    assert (junction.n_nodes, junction.n_edges, junction.weak_components.count) == (5, 4, 1)


def test_vertices_within_a_centimetre_are_the_same(build):
    network = build.network([([(0, 0), (1, 0)], "county", False), ([(1 + 2e-6, 0), (2, 0)], "county", False)])
    assert network.n_nodes == 3
    apart = build.network([([(0, 0), (1, 0)], "county", False), ([(1 + 2e-4, 0), (2, 0)], "county", False)])
    assert apart.n_nodes == 4


def test_a_road_that_touches_itself_gets_a_node_there(build):
    lollipop = build.network([([(0, 0), (1, 0), (2, 0), (2, 1), (1, 0)], "county", False)])
    assert (lollipop.n_nodes, lollipop.n_edges) == (2, 2)
    assert int((lollipop.edge_tail == lollipop.edge_head).sum()) == 1


def test_parallel_roads_stay_separate(build):
    network = build.network([([(0, 0), (1, 0)], "county", False), ([(0, 0), (0.5, 0.2), (1, 0)], "village", False)])
    assert (network.n_nodes, network.n_edges) == (2, 2)
    assert network.edge_mm[1] > network.edge_mm[0]


def test_lengths_are_geodesic_millimetres_and_times_follow_class_and_surface(build):
    specs = [([(0, 0), (1, 0), (1, 1)], "county", False)]
    network = build.network(specs)
    metres = Geod(ellps="WGS84").line_length([102.5, 102.51, 102.51], [35.8, 35.8, 35.81])
    assert network.edge_mm.tolist() == [round(metres * 1000)]
    assert network.edge_ms.tolist() == [round(metres * 1000 * 3.6 / 40)]
    unpaved = build_network(build.county(specs, Surface.UNPAVED), Network(mountain_factor=0.5))
    assert unpaved.edge_ms.tolist() == [round(metres * 1000 * 3.6 / 7.5)]


def test_components_name_islands_and_one_way_traps(build):
    network = build.network(
        [
            ([(0, 0), (1, 0), (1, 1), (0, 0)], "county", False),
            ([(1, 1), (2, 2)], "county", True),
            ([(5, 5), (6, 5)], "county", False),
        ]
    )
    assert network.weak_components.sizes.tolist() == [3, 2]
    assert network.strong_components.sizes.tolist() == [2, 2, 1]  # two ends of the ring, the island, the trap
    text = "\n".join(network.facts())
    assert "1 apart from the main network, with 2 nodes" in text
    assert "one-ways" in text


def test_nodes_lie_along_a_curve_so_that_neighbours_have_near_numbers(build):
    specs = [([(i, j), (i + 1, j)], "county", False) for i in range(31) for j in range(32)]
    specs += [([(i, j), (i, j + 1)], "county", False) for i in range(32) for j in range(31)]
    network = build.network(specs)
    gap = np.abs(network.edge_tail - network.edge_head)
    assert np.median(gap) <= 3
    assert (gap == 1).sum() >= network.n_nodes / 2


def test_a_road_without_length_is_left_out_and_named(build):
    network = build.network([([(0, 0), (1, 0)], "county", False), ([(3, 3), (3, 3)], "county", False)])
    assert network.n_edges == 1
    assert network.degenerate_road_ids == ("R00001",)


@pytest.mark.parametrize("specs", [[], [([(3, 3), (3, 3)], "county", False)]])
def test_a_county_without_roads_is_an_input_error(build, specs):
    with pytest.raises(InputError, match="no roads"):
        build.network(specs)


def test_an_edge_too_long_for_the_kernel_is_refused_by_name(build):
    with pytest.raises(InputError, match="R00000"):
        build.network([([(0, 0), (400, 0)], "county", False)])
