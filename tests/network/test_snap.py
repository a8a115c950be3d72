from __future__ import annotations

import numpy as np
import pytest

from planner.network import insert_terminals, snap_points

LINE = [([(0, 0), (1, 0), (4, 0)], "county", False)]


def test_a_point_meets_the_nearest_place_of_the_nearest_road(build):
    network = build.network([*LINE, ([(0, 1), (4, 1)], "county", False)])
    snapped = build.at(network, (2, 0.25))
    assert snapped.edge.tolist() == [0]
    assert snapped.position_mm[0] == pytest.approx(network.edge_mm[0] / 2, rel=1e-4)
    assert snapped.distance_mm[0] == pytest.approx(0.0025 * 110_950_000, rel=2e-3)
    assert snapped.road_lon[0] == pytest.approx(102.52, abs=2e-6)


def test_beyond_the_limit_is_explicit_and_the_distance_is_still_told(build):
    snapped = build.at(build.network(LINE), (2, 1), (2, 0.1), limit_m=500)
    assert snapped.edge.tolist() == [-1, 0]
    assert snapped.position_mm[0] == -1
    assert snapped.ok.tolist() == [False, True]
    assert 1_100 < snapped.distance_m[0] < 1_120


def test_the_limit_itself_is_within(build):
    network = build.network(LINE)
    distance_m = build.at(network, (2, 0.2)).distance_mm[0] / 1000
    assert build.at(network, (2, 0.2), limit_m=distance_m).ok.all()
    assert not build.at(network, (2, 0.2), limit_m=distance_m - 0.001).ok.any()


def test_at_a_junction_the_lowest_edge_is_taken(build):
    star = [([(0, 0), (0, 1)], "county", False), ([(0, 0), (1, 0)], "county", False)]
    for specs in (star, star[::-1]):
        snapped = build.at(build.network(specs), (-0.1, -0.1))
        assert (snapped.edge.tolist(), snapped.position_mm.tolist()) == ([0], [0])


def test_positions_that_are_not_finite_or_do_not_pair_are_refused(build):
    network = build.network(LINE)
    with pytest.raises(ValueError, match="finite"):
        snap_points(network, [102.5, np.nan], [35.8, 35.8], 500)
    with pytest.raises(ValueError, match="equally long"):
        snap_points(network, [102.5, 102.6], [35.8], 500)


def test_pieces_of_a_cut_edge_sum_to_the_edge(build):
    network = build.random_network(3)
    points = build.snapped(network, 3, 200)
    graph = insert_terminals(network, points.take(range(100)), points.take(range(100, 200)))
    assert np.array_equal(np.bincount(graph.edge, graph.mm, network.n_edges), network.edge_mm)
    assert np.array_equal(np.bincount(graph.edge, graph.ms, network.n_edges), network.edge_ms)
    assert (graph.mm >= 1).all()
    assert (graph.ms >= 0).all()
    assert np.array_equal(graph.oneway, network.edge_oneway[graph.edge])
    assert graph.n_nodes > network.n_nodes


def test_points_at_one_place_share_a_node_and_points_at_an_end_have_the_nodes(build):
    network = build.network(LINE)
    graph = insert_terminals(network, build.at(network, (2, 0.1), (2, 0.1), (-0.1, 0), (4.1, 0), (2, 9)))
    first, second, start, end, none = graph.terminals[0].tolist()
    assert first == second == network.n_nodes
    assert (start, end) == (network.edge_tail[0], network.edge_head[0])
    assert none == -1
    assert graph.n_nodes == network.n_nodes + 1


def test_no_points_leave_the_network_as_it_is(build):
    network = build.network(LINE)
    graph = insert_terminals(network, snap_points(network, [], [], 500))
    assert graph.n_nodes == network.n_nodes
    assert np.array_equal(graph.mm, network.edge_mm)
