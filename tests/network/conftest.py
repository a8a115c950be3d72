from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from shapely import LineString, Polygon

from planner.domain import County, Road, RoadClass, Surface
from planner.network import RoadNetwork, Snapped, TravelMatrix, build_network, snap_points
from planner.scenario import Network

LON, LAT = 102.5, 35.8
STEP = 0.01  # degrees; about 900 m east, 1110 m north

RoadSpec = tuple[Sequence[tuple[float, float]], str, bool]


def toy_county(specs: Sequence[RoadSpec], surface: Surface = Surface.PAVED) -> County:
    """Roads given in steps of STEP degrees from (LON, LAT): (points, road class, one-way)."""
    roads = tuple(
        Road(
            f"R{i:05d}", f"road {i}", RoadClass(road_class), surface, oneway,
            LineString([(LON + x * STEP, LAT + y * STEP) for x, y in points]),
        )
        for i, (points, road_class, oneway) in enumerate(specs)
    )  # fmt: skip
    box = Polygon([(102, 35), (104, 35), (104, 37), (102, 37)])
    return County("630225", "toy", {}, "EPSG:32648", box, (), (), (), roads, (), "toy")


def toy_network(specs: Sequence[RoadSpec], **parameters: float) -> RoadNetwork:
    return build_network(toy_county(specs), Network(**parameters))


def random_specs(seed: int, side: int = 6, drop: float = 0.35) -> list[RoadSpec]:
    """A jittered grid with gaps, one-ways, parallel roads, loops, chains and an island."""
    rng = np.random.default_rng(seed)
    at = {
        (i, j): (i + float(rng.choice([0, 0, 0.2, -0.2])), j + float(rng.choice([0, 0, 0.2, -0.2])))
        for i in range(side) for j in range(side)
    }  # fmt: skip
    classes = ["national_provincial", "county", "township", "village"]
    specs: list[RoadSpec] = []
    for (i, j), here in at.items():
        for there in ((i + 1, j), (i, j + 1)):
            if there in at and rng.random() > drop:
                points = [here, at[there]]
                if rng.random() < 0.5:
                    middle = ((here[0] + at[there][0]) / 2 + 0.1, (here[1] + at[there][1]) / 2 - 0.1)
                    points.insert(1, middle)
                if rng.random() < 0.5:
                    points.reverse()
                specs.append((points, str(rng.choice(classes)), bool(rng.random() < 0.3)))
                if rng.random() < 0.2:
                    specs.append((points, str(rng.choice(classes)), False))
                if rng.random() < 0.2:  # longer and mostly quicker, or the other way round
                    detour = ((here[0] + at[there][0]) / 2 - 0.2, (here[1] + at[there][1]) / 2 + 0.2)
                    specs.append(([here, detour, at[there]], str(rng.choice(classes)), bool(rng.random() < 0.3)))
        if rng.random() < 0.1:
            x, y = here
            specs.append(([here, (x + 0.3, y + 0.1), (x + 0.1, y + 0.3), here], "village", bool(rng.random() < 0.5)))
    specs.append(([(side + 3, 0), (side + 3, 1), (side + 4, 1)], "village", False))
    return specs


def random_points(seed: int, count: int, side: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Points in and around the grid; one repeated, two on grid corners, two at the island, one far off."""
    rng = np.random.default_rng([seed, 1])
    x = rng.uniform(-0.5, side - 0.5, count)
    y = rng.uniform(-0.5, side - 0.5, count)
    x[4:7], y[4:7] = (side + 3, side + 3.5, 30), (0.1, 1.1, 30)
    x[:2], y[:2] = np.round(x[:2]), np.round(y[:2])
    x[2], y[2] = x[3], y[3]
    return LON + x * STEP, LAT + y * STEP


def random_network(seed: int) -> RoadNetwork:
    return toy_network(random_specs(seed))


def random_snapped(network: RoadNetwork, seed: int, count: int, limit_m: float = 500.0) -> Snapped:
    lon, lat = random_points(seed, count)
    return snap_points(network, lon, lat, limit_m)


def at(network: RoadNetwork, *places: tuple[float, float], limit_m: float = 1500.0) -> Snapped:
    """Points given in steps, as roads are."""
    lon, lat = [LON + x * STEP for x, _ in places], [LAT + y * STEP for _, y in places]
    return snap_points(network, lon, lat, limit_m)


def by_networkx(
    network: RoadNetwork, origins: Snapped, destinations: Snapped, by: str
) -> dict[tuple[int, int], tuple[int, int]]:
    """What networkx finds, point to point: {(origin, destination): (metres, seconds)}.

    The graph is built here from edges and positions, sharing nothing with the package but the snapping.
    """
    graph = _cut_graph(network, (origins, destinations), by)
    found = {}
    for i in np.flatnonzero(origins.ok).tolist():
        reached = _two_weight_dijkstra(graph, _place(network, origins, i))
        for j in np.flatnonzero(destinations.ok).tolist():
            road = reached.get(_place(network, destinations, j))
            if road is not None and by == "duration":
                road = road[::-1]
            total = _with_access(network, (origins, i), (destinations, j), road)
            if total is not None:
                found[i, j] = ((total[0] + 500) // 1000, (total[1] + 500) // 1000)
    return found


def _place(network: RoadNetwork, points: Snapped, i: int) -> object:
    return _node(network, int(points.edge[i]), int(points.position_mm[i]))


def _node(network: RoadNetwork, e: int, p: int) -> object:
    if p == 0:
        return int(network.edge_tail[e])
    return int(network.edge_head[e]) if p == network.edge_mm[e] else (e, p)


def _cut_graph(network: RoadNetwork, groups: Sequence[Snapped], by: str) -> nx.DiGraph:
    graph = nx.DiGraph()
    stops: dict[int, set[int]] = {e: {0, int(network.edge_mm[e])} for e in range(network.n_edges)}
    for points in groups:
        for i in np.flatnonzero(points.ok).tolist():
            stops[int(points.edge[i])].add(int(points.position_mm[i]))

    def add(a: object, b: object, weight: tuple[int, int]) -> None:
        if not graph.has_edge(a, b) or weight < graph[a][b]["weight"]:
            graph.add_edge(a, b, weight=weight)

    for e, cuts in stops.items():
        mm, ms = int(network.edge_mm[e]), int(network.edge_ms[e])
        for p, q in pairwise(sorted(cuts)):
            piece_ms = (2 * q * ms + mm) // (2 * mm) - (2 * p * ms + mm) // (2 * mm)
            weight = (q - p, piece_ms) if by == "distance" else (piece_ms, q - p)
            add(_node(network, e, p), _node(network, e, q), weight)
            if not network.edge_oneway[e]:
                add(_node(network, e, q), _node(network, e, p), weight)
    return graph


def _two_weight_dijkstra(graph: nx.DiGraph, source: object) -> dict[object, tuple[int, int]]:
    """Primary by networkx; secondary by networkx on the arcs that lie on a shortest way."""
    if source not in graph:
        return {source: (0, 0)}
    first = nx.single_source_dijkstra_path_length(graph, source, weight=lambda _a, _b, arc: arc["weight"][0])
    tight = nx.DiGraph()
    tight.add_node(source)
    for a, b, (primary, secondary) in graph.edges(data="weight"):
        if a in first and first[a] + primary == first[b]:
            tight.add_edge(a, b, weight=secondary)
    second = nx.single_source_dijkstra_path_length(tight, source)
    return {place: (first[place], second[place]) for place in first}


def _with_access(
    network: RoadNetwork, here: tuple[Snapped, int], there: tuple[Snapped, int], road: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Millimetres and milliseconds with both legs, or straight where that is no longer."""

    def ms(mm: int) -> int:
        return math.floor(mm * 3.6 / network.access_speed_kmh + 0.5)

    (origins, i), (destinations, j) = here, there
    legs = [int(origins.distance_mm[i]), int(destinations.distance_mm[j])]
    metres = math.dist((origins.x[i], origins.y[i]), (destinations.x[j], destinations.y[j]))
    direct = math.floor(metres * 1000 + 0.5)
    if direct <= sum(legs):
        return direct, ms(direct)
    return None if road is None else (road[0] + sum(legs), road[1] + ms(legs[0]) + ms(legs[1]))


def entries(matrix: TravelMatrix) -> dict[tuple[int, int], tuple[int, int]]:
    """{(origin, destination): (metres, seconds)} of a travel matrix."""
    keys = zip(matrix.rows().tolist(), matrix.indices.tolist(), strict=True)
    values = zip(matrix.distance_m.tolist(), matrix.duration_s.tolist(), strict=True)
    return dict(zip(keys, values, strict=True))


@pytest.fixture
def build():
    """Everything above by name: helpers are fixtures because test folders are not packages."""
    return SimpleNamespace(
        county=toy_county, network=toy_network, random_network=random_network, snapped=random_snapped, at=at,
        by_networkx=by_networkx, entries=entries,
    )  # fmt: skip
