from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.network import insert_terminals
from planner.network.kernel import PART_LIMIT, PRIMARY_LIMIT, pack, search, unpack
from planner.network.reduce import reduce_graph


def reduced(graph, nodes, **options):
    nodes = np.array(nodes, np.int32)
    return reduce_graph(graph, pack(graph.mm, graph.ms), nodes, nodes, **options)


def weights(reduction, nodes):
    """{(from, to): packed weight} between ``nodes`` on the reduced graph."""
    start = reduction.new_number[np.array(nodes)]
    rank = np.full(len(reduction.first_arc) - 1, -1, np.int32)
    rank[start] = np.arange(len(nodes), dtype=np.int32)
    limits = np.full(len(nodes), PRIMARY_LIMIT, np.int64)
    counts, reached, weight, overflow = search(
        reduction.first_arc, reduction.arc_head, reduction.arc_weight, start, limits, rank, len(nodes), True
    )
    assert not overflow
    source = np.repeat(np.arange(len(nodes)), counts)
    return {(nodes[a], nodes[b]): w for a, b, w in zip(source, reached, weight.tolist(), strict=True)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), data=st.data())
def test_reduction_keeps_both_weights_between_terminals(build, seed, data):
    network = build.random_network(seed)
    graph = insert_terminals(network)
    every = list(range(network.n_nodes))
    terminals = sorted(data.draw(st.sets(st.sampled_from(every), min_size=1, max_size=8)))
    whole = weights(reduced(graph, every), every)
    reduction = reduced(graph, terminals)
    assert weights(reduction, terminals) == {
        (a, b): w for (a, b), w in whole.items() if a in terminals and b in terminals
    }
    backward = weights(reduced(graph, terminals, backward=True), terminals)
    assert {(b, a): w for (a, b), w in backward.items()} == weights(reduction, terminals)


def test_dead_ends_chains_and_rings_without_terminals_disappear(build):
    network = build.network(
        [
            ([(0, 0), (1, 0)], "county", False), ([(1, 0), (2, 0)], "county", False),  # a chain between the terminals
            ([(1, 0), (1, 1)], "county", False), ([(1, 1), (2, 1)], "county", False),  # a tree that leads nowhere
            ([(1, 1), (0, 1)], "county", False),
            ([(2, 0), (3, 0)], "county", False), ([(3, 0), (4, 1)], "county", False),  # a ring on a stalk
            ([(4, 1), (4, -1)], "county", False), ([(4, -1), (3, 0)], "county", False),
        ]
    )  # fmt: skip
    places = list(zip(network.node_lon.tolist(), network.node_lat.tolist(), strict=True))
    ends = [places.index((102.5, 35.8)), places.index((102.52, 35.8))]
    result = reduced(insert_terminals(network), sorted(ends))
    assert (len(result.first_arc) - 1, len(result.arc_head)) == (2, 2)


def test_a_chain_of_opposing_one_ways_is_no_way(build):
    network = build.network([([(0, 0), (1, 0)], "county", True), ([(2, 0), (1, 0)], "county", True)])
    ends = [n for n in range(3) if abs(network.node_lon[n] - 102.51) > 1e-6]
    result = reduced(insert_terminals(network), ends)
    assert len(result.arc_head) == 0


def test_a_one_way_chain_keeps_its_direction(build):
    network = build.network([([(0, 0), (1, 0)], "county", True), ([(1, 0), (2, 0)], "county", False)])
    first, last = (int(np.flatnonzero(network.node_lon == lon)[0]) for lon in (102.5, 102.52))
    found = weights(reduced(insert_terminals(network), sorted([first, last])), [first, last])
    assert (first, last) in found
    assert (last, first) not in found
    assert unpack(np.array([found[first, last]]))[0][0] == network.edge_mm.sum()


def test_a_chain_too_long_for_one_arc_is_kept_in_two(build):
    network = build.network([([(0, 0), (200, 0)], "county", False), ([(200, 0), (400, 0)], "county", False)])
    ends = [n for n in range(3) if abs(network.node_lon[n] - 104.5) > 1]
    result = reduced(insert_terminals(network), ends)
    assert len(result.first_arc) - 1 == 3
    assert network.edge_mm.sum() > PART_LIMIT
    primary, _ = unpack(np.array([weights(result, ends)[ends[0], ends[1]]]))
    assert primary[0] == network.edge_mm.sum()


@pytest.mark.parametrize("part", [0, 1, PART_LIMIT])
def test_packing_weights_loses_nothing(part):
    primary, secondary = np.array([part, 5], np.int64), np.array([7, part], np.int64)
    again = unpack(pack(primary, secondary))
    assert np.array_equal(again[0], primary)
    assert np.array_equal(again[1], secondary)


def test_an_arc_of_no_primary_still_betters_the_secondary():
    """0 → 1 (5, 9), 0 → 2 (5, 1), 2 → 1 (0, 1): node 1 may be expanded before its label is final."""
    arcs = pack(np.array([5, 5, 0], np.int64), np.array([9, 1, 1], np.int64))
    for heads in ([1, 2, 1], [2, 1, 1]):
        weight = arcs if heads[0] == 1 else arcs[[1, 0, 2]]
        counts, reached, found, overflow = search(
            np.array([0, 2, 2, 3], np.int32), np.array(heads, np.int32), weight, np.array([0], np.int32),
            np.array([100], np.int64), np.array([-1, 0, -1], np.int32), 1, True,
        )  # fmt: skip
        assert (counts.tolist(), reached.tolist(), overflow) == ([1], [0], False)
        assert found.tolist() == pack(np.array([5], np.int64), np.array([2], np.int64)).tolist()
