"""The road network as other libraries know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shapely import LineString

from planner.domain.county import RoadClass

if TYPE_CHECKING:
    import networkx as nx

    from planner.network.graph import RoadNetwork

HIGHWAY: Final = {
    RoadClass.NATIONAL_PROVINCIAL: "primary",
    RoadClass.COUNTY: "secondary",
    RoadClass.TOWNSHIP: "tertiary",
    RoadClass.VILLAGE: "unclassified",
    RoadClass.FERRY: "ferry",
}
"""OpenStreetMap highway values by administrative class (OSM wiki, "China/Road classification"); a ferry, which OSM
draws as ``route=ferry``, says so."""


def to_osmnx(network: RoadNetwork) -> nx.MultiDiGraph[int]:
    """The network as a ``networkx.MultiDiGraph`` in OSMnx's conventions.

    Nodes carry ``x``, ``y`` (WGS84 degrees); arcs ``osmid`` (the road's id), ``name``, ``highway``, ``oneway``,
    ``reversed``, ``length`` (m), ``speed_kph``, ``travel_time`` (s), ``geometry`` in the direction of travel, and
    the exact ``length_mm`` and ``time_ms``. The graph's ``crs`` is ``epsg:4326``. Node numbers are the network's;
    an arc's ``edge`` is the network's edge index.
    """
    import networkx as nx  # half a second that only this function needs

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for node, (lon, lat) in enumerate(zip(network.node_lon.tolist(), network.node_lat.tolist(), strict=True)):
        graph.add_node(node, x=lon, y=lat)
    for edge in range(network.n_edges):
        tail, head = int(network.edge_tail[edge]), int(network.edge_head[edge])
        lonlat = network.lonlat_of(edge)
        graph.add_edge(tail, head, **_attributes(network, edge), reversed=False, geometry=LineString(lonlat))
        if not network.edge_oneway[edge]:
            back = LineString(lonlat[::-1])
            graph.add_edge(head, tail, **_attributes(network, edge), reversed=True, geometry=back)
    return graph


def _attributes(network: RoadNetwork, edge: int) -> dict[str, Any]:
    road = network.roads[int(network.edge_road[edge])]
    length_mm, time_ms = int(network.edge_mm[edge]), int(network.edge_ms[edge])
    return {
        "osmid": road.road_id,
        "name": road.name,
        "highway": HIGHWAY[road.road_class],
        "oneway": bool(network.edge_oneway[edge]),
        "length": length_mm / 1000,
        "speed_kph": length_mm / time_ms * 3.6,
        "travel_time": time_ms / 1000,
        "length_mm": length_mm,
        "time_ms": time_ms,
        "edge": edge,
    }
