"""Many-to-many road distances with a cut-off: this package's kernel beside scipy and networkx.

Each peer gets the same graph (points already built in, built once, not timed), the same sources and targets
and the same cut-off, and is asked for the distance of every pair within it. Ours is timed as users call it,
`travel_matrix`: building the points in, the reduction, the search, and both weights. Distances are compared pair
by pair in the same run. networkx is timed on a sample of the sources and scaled up where it would take minutes.

    make bench
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Polygon

from planner.domain import County, Road, RoadClass, Surface
from planner.network import RoadNetwork, Snapped, build_network, insert_terminals, snap_points, travel_matrix
from planner.scenario import Network

SPACING_DEG = 0.004  # about 400 m between junctions
POINTS_PER_NODE = {20_000: (294, 592), 200_000: (2_930, 2_930)}
NETWORKX_SOURCES = 60


def synthetic_network(n_nodes: int, seed: int = 0) -> RoadNetwork:
    """A jittered grid with about 40 % of its links gone: rings, chains and dead ends as rural roads have them."""
    rng = np.random.default_rng(seed)
    side = round(n_nodes**0.5)
    lon = 102.0 + (np.arange(side)[:, None] + rng.uniform(-0.3, 0.3, (side, side))) * SPACING_DEG
    lat = 35.0 + (np.arange(side)[None, :] + rng.uniform(-0.3, 0.3, (side, side))) * SPACING_DEG
    classes = list(RoadClass)
    roads = []
    for i in range(side):
        for j in range(side):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < side and m < side and rng.random() > 0.4:
                    here, there = (lon[i, j], lat[i, j]), (lon[k, m], lat[k, m])
                    middle = ((here[0] + there[0]) / 2 + 0.0004, (here[1] + there[1]) / 2)
                    line = LineString([here, middle, there])
                    road_class = classes[int(rng.integers(4))]
                    oneway = bool(rng.random() < 0.02)
                    roads.append(Road(f"R{len(roads):07d}", "", road_class, Surface.PAVED, oneway, line))
    box = Polygon([(101, 34), (106, 34), (106, 39), (101, 39)])
    county = County("000000", "synthetic", {}, "EPSG:32648", box, (), (), (), tuple(roads), (), "synthetic")
    return build_network(county, Network())


def random_points(network: RoadNetwork, count: int, seed: int) -> Snapped:
    """Points within about 100 m of random junctions."""
    rng = np.random.default_rng(seed)
    at = rng.integers(network.n_nodes, size=count)
    lon = network.node_lon[at] + rng.uniform(-0.001, 0.001, count)
    lat = network.node_lat[at] + rng.uniform(-0.001, 0.001, count)
    return snap_points(network, lon, lat, 5_000.0)


class Peers:
    """The graph as scipy and networkx take it, in millimetres."""

    def __init__(self, network: RoadNetwork, origins: Snapped, destinations: Snapped, cutoff_m: int) -> None:
        graph = insert_terminals(network, origins, destinations)
        self.source, self.target = graph.terminals
        self.limit_mm = cutoff_m * 1000 + 499  # what rounds to the cut-off
        back = ~graph.oneway
        tail, head = np.concatenate([graph.tail, graph.head[back]]), np.concatenate([graph.head, graph.tail[back]])
        mm = np.concatenate([graph.mm, graph.mm[back]]).astype(float)
        self.matrix = csr_array((mm, (tail, head)), shape=(graph.n_nodes, graph.n_nodes))
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(graph.n_nodes))
        self.graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), mm.tolist(), strict=True))

    def scipy(self) -> np.ndarray:
        """Distances in mm, origins × destinations, infinite beyond the cut-off; in blocks to bound memory."""
        rows = [
            dijkstra(self.matrix, indices=block, limit=self.limit_mm)[:, self.target]
            for block in np.array_split(self.source, max(1, len(self.source) // 100))
        ]
        return np.vstack(rows)

    def networkx(self, sources: np.ndarray) -> list[dict[int, float]]:
        """Distances in mm from each source to every target within the cut-off."""
        wanted = set(self.target.tolist())
        found = []
        for source in sources.tolist():
            reached = nx.single_source_dijkstra_path_length(self.graph, source, cutoff=self.limit_mm)
            found.append({node: mm for node, mm in reached.items() if node in wanted})
        return found


def on_road(points: Snapped) -> Snapped:
    """The points moved onto the road, so that all parties measure the same thing: no access legs."""
    zero = np.zeros_like(points.distance_mm)
    return Snapped(
        points.lon, points.lat, points.x, points.y, points.edge, points.position_mm, zero, points.road_lon,
        points.road_lat, points.limit_m,
    )  # fmt: skip


def timed(call):
    begin = time.perf_counter()
    result = call()
    return time.perf_counter() - begin, result


def compare(n_nodes: int, cutoff_m: int) -> None:
    build_s, network = timed(lambda: synthetic_network(n_nodes))
    k, m = POINTS_PER_NODE.get(n_nodes, (n_nodes // 70, n_nodes // 70))
    origins, destinations = on_road(random_points(network, k, 1)), on_road(random_points(network, m, 2))
    print(f"{network.n_nodes} nodes, {network.n_edges} edges, {k} × {m} points, cut-off {cutoff_m / 1000:g} km", end="")
    print(f" (network built in {build_s:.1f} s)")
    ours = {}
    for threads in sorted({1, os.cpu_count() or 1}):
        runs = [
            timed(lambda t=threads: travel_matrix(network, origins, destinations, cutoff=cutoff_m, threads=t))
            for _ in range(3)
        ]
        ours[threads] = min(seconds for seconds, _ in runs)
        matrix = runs[0][1]
        print(f"  planner, {threads} thread(s)   {ours[threads]:8.3f} s   {matrix.nnz} pairs")
    best = min(ours.values())
    peers = Peers(network, origins, destinations, cutoff_m)
    scipy_s, mm = timed(peers.scipy)
    print(f"  scipy dijkstra(limit)   {scipy_s:8.3f} s   {scipy_s / best:6.1f} × ours")
    sample = np.linspace(0, k - 1, min(k, NETWORKX_SOURCES)).astype(int)
    networkx_s, reached = timed(lambda: peers.networkx(peers.source[sample]))
    networkx_s *= k / len(sample)
    print(
        f"  networkx                {networkx_s:8.3f} s   {networkx_s / best:6.1f} × ours (from {len(sample)} sources)"
    )
    metres = np.full(matrix.shape, np.inf)
    metres[matrix.rows(), matrix.indices] = matrix.distance_m
    if not np.array_equal(metres, np.floor((mm + 500) / 1000)):
        raise SystemExit("planner and scipy differ")
    targets = peers.target.tolist()
    from_networkx = np.array([[near.get(node, np.inf) for node in targets] for near in reached])
    if not np.array_equal(from_networkx, mm[sample]):
        raise SystemExit("networkx and scipy differ")
    print(f"  all equal: {matrix.nnz} pairs with scipy, {int(np.isfinite(from_networkx).sum())} of them with networkx")


def main(nodes: Sequence[int] = (20_000, 200_000), cutoff_m: int = 20_000) -> None:
    """Compare on one seeded network of each size."""
    for n_nodes in nodes:
        compare(n_nodes, cutoff_m)
