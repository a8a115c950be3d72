"""Cut roads: the fast search, the slow recount, and networkx on every stretch there is, agree on who is cut off."""

import networkx as nx
import numpy as np
import pytest

from planner.network.augment import insert_terminals
from planner.network.cuts import Group, Stretch, points_cut_off, stretch_ends
from planner.network.recount_cuts import recount_cuts

LADDER = [([(0, 0), (1, 0), (2, 0), (3, 0)], "county", False)]
RING = [*LADDER, ([(0, 0), (0, 1), (3, 1), (3, 0)], "county", False)]


def by_closing_everything(network, origins, destinations, groups, by):
    """Stretch → origins cut off, by networkx from every origin for every stretch closed."""
    graph = insert_terminals(network, origins, destinations)
    pieces = range(len(graph.tail))

    def covered(closed):
        roads = nx.MultiDiGraph()
        roads.add_nodes_from(range(graph.n_nodes))
        for k in pieces:
            if k != closed:
                weight = int((graph.mm if by == "distance" else graph.ms)[k])
                roads.add_edge(int(graph.tail[k]), int(graph.head[k]), weight=weight)
                if not graph.oneway[k]:
                    roads.add_edge(int(graph.head[k]), int(graph.tail[k]), weight=weight)
        return {i for group in groups for i in group.origins if has_one(roads, i, group)}

    def has_one(roads, i, group):
        if graph.terminals[0][i] < 0:
            return False
        ways = nx.single_source_dijkstra_path_length(roads, int(graph.terminals[0][i]))
        return any(within(ways, i, j, group.limit) for j in group.destinations if graph.terminals[1][j] >= 0)

    def within(ways, i, j, limit):
        legs = int(origins.distance_mm[i]), int(destinations.distance_mm[j])
        direct = np.hypot(origins.x[i] - destinations.x[j], origins.y[i] - destinations.y[j])
        if np.floor(direct * 1000 + 0.5) <= sum(legs):
            total = own(int(np.floor(direct * 1000 + 0.5)))
        elif int(graph.terminals[1][j]) in ways:
            total = ways[int(graph.terminals[1][j])] + sum(map(own, legs))
        else:
            return False
        return limit is None or (total + 500) // 1000 <= limit

    def own(mm):
        return mm if by == "distance" else int(np.floor(mm * 3.6 / network.access_speed_kmh + 0.5))

    always = covered(None)
    lost = {k: tuple(sorted(always - covered(k))) for k in pieces}
    places = {k: Stretch(int(graph.edge[k]), int(graph.from_mm[k]), int(graph.to_mm[k])) for k in pieces}
    return {places[k]: gone for k, gone in lost.items() if gone}


@pytest.mark.parametrize("by", ["distance", "duration"])
@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(s, marks=pytest.mark.slow) for s in range(4, 24))])
def test_who_is_cut_off_is_what_closing_every_stretch_shows(build, seed, by):
    rng = np.random.default_rng([seed, 2])
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 12), build.snapped(network, seed + 1, 9)
    limit = None if seed % 3 == 2 else int(rng.integers(1_000, 5_000) if by == "distance" else rng.integers(100, 700))
    half = rng.random(12) < 0.5
    near = rng.random(9) < 0.5
    groups = [
        Group(np.flatnonzero(half).tolist(), np.flatnonzero(near).tolist(), limit),
        Group(np.flatnonzero(~half).tolist(), np.flatnonzero(~near).tolist(), limit),
    ]
    expected = by_closing_everything(network, origins, destinations, groups, by)
    assert points_cut_off(network, origins, destinations, groups, by) == expected
    admissible = [frozenset(np.flatnonzero(near == side).tolist()) for side in half.tolist()]
    counted = recount_cuts(network, origins, destinations, admissible, by, limit, most=10_000)
    assert counted.complete
    assert counted.lost == expected
    assert set(expected) <= counted.tried


def test_the_random_cases_cut_somebody_off(build):
    network = build.random_network(0)
    origins, destinations = build.snapped(network, 0, 12), build.snapped(network, 1, 7)
    lost = points_cut_off(network, origins, destinations, [Group(range(12), range(7), 4_000)], "distance")
    assert lost
    assert len({origin for origins in lost.values() for origin in origins}) > 1


def test_on_one_road_every_stretch_to_the_station_counts(build):
    network = build.network(LADDER)
    village, station = build.at(network, (0.5, 0)), build.at(network, (2.5, 0))
    lost = points_cut_off(network, village, station, [Group([0], [0], 100_000)], "distance")
    assert set(lost.values()) == {(0,)}
    ends = sorted(tuple(stretch_ends(network, stretch)[:, 0].round(3)) for stretch in lost)
    assert ends == [(102.505, 102.525)]


def test_on_a_ring_no_single_stretch_counts_unless_the_other_way_is_too_long(build):
    network = build.network(RING)
    village, station = build.at(network, (1, 0)), build.at(network, (2, 0))
    assert points_cut_off(network, village, station, [Group([0], [0], 100_000)], "distance") == {}
    assert len(points_cut_off(network, village, station, [Group([0], [0], 1_500)], "distance")) == 1


def test_a_one_way_ring_has_no_other_way(build):
    one_way = [(points, kind, True) for points, kind, _ in RING]
    network = build.network(one_way)
    village, station = build.at(network, (1, 0)), build.at(network, (2, 0))
    assert points_cut_off(network, village, station, [Group([0], [0], 100_000)], "distance") != {}


def test_whoever_walks_needs_no_road(build):
    network = build.network(LADDER)
    village, station = build.at(network, (1.0, 0.2)), build.at(network, (1.05, 0.2))
    assert points_cut_off(network, village, station, [Group([0], [0], 100_000)], "distance") == {}


def test_a_sample_of_the_stretches_says_that_it_is_one(build):
    network = build.random_network(1)
    origins, destinations = build.snapped(network, 1, 12), build.snapped(network, 2, 7)
    everybody = [frozenset(range(7))] * 12
    whole = recount_cuts(network, origins, destinations, everybody, "distance", None, most=10_000)
    part = recount_cuts(network, origins, destinations, everybody, "distance", None, most=3)
    assert whole.complete
    assert not part.complete
    assert part.tried < whole.tried
    assert all(whole.lost.get(stretch, ()) == part.lost.get(stretch, ()) for stretch in part.tried)
