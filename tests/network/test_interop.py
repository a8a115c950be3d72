from __future__ import annotations

import networkx as nx
import osmnx as ox
import pytest
from shapely import get_coordinates

from planner.domain.county import RoadClass
from planner.network import to_osmnx


def test_osmnx_finds_nodes_and_ways_on_the_exported_graph(build):
    network = build.random_network(1)
    graph = to_osmnx(network)
    assert graph.graph["crs"] == "epsg:4326"
    main = [n for n in range(network.n_nodes) if network.strong_components.label[n] == 0]
    first, last = main[0], main[-1]
    found = ox.distance.nearest_nodes(
        ox.projection.project_graph(graph), *ox_point(graph, first)
    )  # scikit-learn is not needed on a projected graph
    assert found == first
    way = ox.routing.shortest_path(graph, first, last, weight="length")
    assert way[0] == first
    assert way[-1] == last
    length = sum(ox.routing.route_to_gdf(graph, way)["length"])
    assert length == pytest.approx(nx.shortest_path_length(graph, first, last, weight="length_mm") / 1000)


def test_every_class_of_road_has_a_highway_value_and_a_ferry_says_so(build):
    specs = [([(k, 0), (k + 1, 0)], road_class, False) for k, road_class in enumerate(RoadClass)]
    graph = to_osmnx(build.network(specs))
    values = nx.get_edge_attributes(graph, "highway").values()
    assert len(set(values)) == len(RoadClass)
    assert "ferry" in values
    assert {round(kph) for *_, kph in graph.edges(data="speed_kph")} == {55, 40, 30, 20, 5}


def ox_point(graph, node):
    projected = ox.projection.project_graph(graph)
    return projected.nodes[node]["x"], projected.nodes[node]["y"]


def test_one_ways_parallel_roads_and_geometry_survive_the_export(build):
    network = build.network(
        [
            ([(0, 0), (1, 0)], "county", True),
            ([(0, 0), (0.5, 0.5), (1, 0)], "village", False),
            ([(1, 0), (2, 0), (2, 1), (1, 0)], "township", False),
        ]
    )
    graph = to_osmnx(network)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (2, 1 + 2 + 2)
    for tail, _, arc in graph.edges(data=True):
        start = get_coordinates(arc["geometry"])[0]
        assert tuple(start) == (graph.nodes[tail]["x"], graph.nodes[tail]["y"])
        assert arc["length"] == arc["length_mm"] / 1000
    forward = [arc for *_, arc in graph.edges(data=True) if arc["osmid"] == "R00000"]
    assert [(arc["oneway"], arc["reversed"], arc["highway"]) for arc in forward] == [(True, False, "secondary")]


def test_the_exported_graph_makes_tables_and_back(build):
    graph = to_osmnx(build.random_network(2))
    nodes, edges = ox.convert.graph_to_gdfs(graph)
    again = ox.convert.graph_from_gdfs(nodes, edges)
    assert (len(nodes), len(edges)) == (graph.number_of_nodes(), graph.number_of_edges())
    assert again.number_of_edges() == graph.number_of_edges()
