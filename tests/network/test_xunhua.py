from __future__ import annotations

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from planner.network import build_network, path_geometry, recount_matrix, snap_points, to_osmnx, travel_matrix
from planner.scenario import Network


@pytest.fixture(scope="module")
def roads(xunhua):
    network = build_network(xunhua, Network())
    places = [
        snap_points(network, [p.lon for p in group], [p.lat for p in group], 1_500.0)
        for group in (xunhua.administrative_villages, xunhua.sites)
    ]
    return SimpleNamespace(network=network, villages=places[0], sites=places[1], graph=to_osmnx(network))


@pytest.mark.parametrize(("by", "weight"), [("distance", "length_mm"), ("duration", "time_ms")])
def test_distances_between_junctions_equal_networkx(roads, by, weight):
    network = roads.network
    sample = np.random.default_rng(0).choice(network.n_nodes, 60, replace=False)
    points = snap_points(network, network.node_lon[sample], network.node_lat[sample], 0.01)
    assert points.ok.all()
    matrix = travel_matrix(network, points, points, by=by)
    found = {(int(i), int(j)): int(v) for i, j, v in zip(matrix.rows(), matrix.indices, matrix.primary, strict=True)}
    expected = {}
    for i, source in enumerate(sample.tolist()):
        reached = nx.single_source_dijkstra_path_length(roads.graph, source, weight=weight)
        expected |= {(i, j): (reached[n] + 500) // 1000 for j, n in enumerate(sample.tolist()) if n in reached}
    assert found == expected


@pytest.mark.parametrize("by", ["distance", "duration"])
def test_village_to_site_distances_equal_the_recount(roads, by):
    matrix = travel_matrix(roads.network, roads.villages, roads.sites, by=by)
    recount = recount_matrix(roads.network, roads.villages, roads.sites, by)
    rows, cols = matrix.rows(), matrix.indices
    assert matrix.nnz == recount.reachable.sum() > 10_000
    assert np.array_equal(matrix.distance_m, recount.distance_m[rows, cols])
    assert np.array_equal(matrix.duration_s, recount.duration_s[rows, cols])


def test_villages_without_a_road_are_known_by_name_and_reach_nothing(xunhua, roads):
    matrix = travel_matrix(roads.network, roads.villages, roads.sites)
    left_out = [v.name for v, ok in zip(xunhua.administrative_villages, roads.villages.ok, strict=True) if not ok]
    assert 0 < len(left_out) < 10
    assert (roads.villages.distance_mm[~roads.villages.ok] > 1_500_000).all()
    assert (np.diff(matrix.indptr)[~roads.villages.ok] == 0).all()
    assert not matrix.connected[~roads.villages.ok].any()


def test_routes_can_be_drawn_along_the_roads(roads):
    matrix = travel_matrix(roads.network, roads.villages, roads.sites, cutoff=5_000)
    pairs = list(zip(matrix.rows().tolist(), matrix.indices.tolist(), strict=True))[::50]
    lines = path_geometry(roads.network, roads.villages, roads.sites, pairs)
    assert all(line.is_valid or line.length == 0 for line in lines)
    assert sum(len(line.coords) > 4 for line in lines) > len(lines) / 2
