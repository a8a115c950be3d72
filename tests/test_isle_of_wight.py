"""The embedded county that is real throughout: what it holds, that its plan is proven and audited, and its distances.

`tools/build_isle_of_wight.py` makes it from one pinned package; CI builds it again and compares the bytes.
"""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from planner import Scenario, read_county, solve
from planner.domain import PlaceKind, Provenance, RoadClass, SolveStatus
from planner.evaluate import audit
from planner.geodata import check_county
from planner.network import build_network, snap_points, to_osmnx, travel_matrix
from planner.scenario import Network

DATA = Path(__file__).resolve().parents[1] / "data"
SIX_MB = 6_000_000


@pytest.fixture(scope="module")
def island():
    return read_county("isle-of-wight")


def test_parishes_villages_premises_roads_and_buses_are_there(island):
    kinds = [village.kind for village in island.villages]
    assert len(island.townships) == 33
    assert (kinds.count(PlaceKind.ADMINISTRATIVE_VILLAGE), kinds.count(PlaceKind.RESIDENTS_COMMITTEE)) == (128, 9)
    hosts = [site.host.value for site in island.sites]
    assert hosts.count("post_office") == 40
    assert hosts.count("bus_station") == 3
    assert len(island.bus_lines) == 28
    assert sum(road.road_class is RoadClass.FERRY for road in island.roads) == 1  # the chain ferry at Cowes


def test_it_is_real_throughout_and_cites_openstreetmap(island):
    assert island.synthetic_layers == ()
    for layer in island.layers:
        sources = [layer.source, *layer.columns.values()]
        assert Provenance.SYNTHETIC not in {source.provenance for source in sources}
        assert "OpenStreetMap" in layer.source.licence


def test_what_was_assumed_about_it_is_said_on_every_row(island):
    assert "villages:assumed" in island.synthetic_label
    assert "sites:assumed broadband" in island.synthetic_label


def test_it_has_no_error_and_is_compact():
    assert check_county("isle-of-wight").errors == ()
    files = [*(DATA / "geo" / "isle-of-wight").iterdir(), DATA / "stations" / "isle-of-wight.csv"]
    assert sum(path.stat().st_size for path in files) < SIX_MB


@pytest.mark.slow
def test_its_plan_is_proven_and_the_audit_confirms_it(island, tmp_path):
    solved = solve(island, Scenario())
    assert solved.plan.status is SolveStatus.OPTIMAL
    assert solved.violations == ()
    solved.write(tmp_path)
    report = audit(tmp_path, island)
    assert report.checked > 5_000
    assert report.differences == ()


def test_fifty_sampled_distances_equal_networkx_on_the_same_graph(island):
    network = build_network(island, Network())
    villages, sites = (
        snap_points(network, [place.lon for place in places], [place.lat for place in places], 1_500.0)
        for places in (island.administrative_villages, island.sites)
    )
    matrix = travel_matrix(network, villages, sites)
    graph = to_osmnx(network)
    pairs = list(zip(matrix.rows().tolist(), matrix.indices.tolist(), matrix.distance_m.tolist(), strict=True))
    apart = [pair for pair in pairs if villages.edge[pair[0]] != sites.edge[pair[1]] and pair[2] > 500]
    for chosen in np.random.default_rng(2026).choice(len(apart), 50, replace=False).tolist():
        village, site, distance_m = apart[chosen]
        assert distance_m == by_networkx(graph, network, (villages, village), (sites, site))


def by_networkx(graph, network, origin, destination) -> int:
    """Whole metres between two snapped points: a leg, along the edge, the shortest path, and the same at the end."""
    (villages, village), (sites, site) = origin, destination
    best_mm = None
    for start, begin_mm in ways(network, villages, village, leaving=True):
        reached = nx.single_source_dijkstra_path_length(graph, start, weight="length_mm")
        for end, end_mm in ways(network, sites, site, leaving=False):
            if end in reached:
                total_mm = begin_mm + reached[end] + end_mm
                best_mm = total_mm if best_mm is None else min(best_mm, total_mm)
    assert best_mm is not None
    return int(best_mm + villages.distance_mm[village] + sites.distance_mm[site] + 500) // 1000


def ways(network, snapped, point, *, leaving):
    """The ends of the point's edge that can be driven to (or from), with the millimetres to each."""
    edge, position_mm = int(snapped.edge[point]), int(snapped.position_mm[point])
    tail = int(network.edge_tail[edge]), position_mm
    head = int(network.edge_head[edge]), int(network.edge_mm[edge]) - position_mm
    if not network.edge_oneway[edge]:
        return [tail, head]
    return [head] if leaving else [tail]
