from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import UsageError
from planner.network import recount_matrix, snap_points, travel_matrix

LINE = [([(0, 0), (1, 0), (4, 0)], "county", False)]
seeds = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@seeds
@given(seed=st.integers(0, 10_000), by=st.sampled_from(["distance", "duration"]), turned=st.booleans())
def test_distances_and_times_equal_networkx_on_random_networks(build, seed, by, turned):
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 10), build.snapped(network, seed + 1, 16)
    if turned:
        origins, destinations = destinations, origins
    matrix = travel_matrix(network, origins, destinations, by=by)
    assert build.entries(matrix) == build.by_networkx(network, origins, destinations, by)


@seeds
@given(
    seed=st.integers(0, 10_000), by=st.sampled_from(["distance", "duration"]), cutoff=st.integers(0, 6_000),
    turned=st.booleans(),
)  # fmt: skip
def test_a_cutoff_leaves_exactly_the_entries_up_to_it(build, seed, by, cutoff, turned):
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 10), build.snapped(network, seed + 1, 16)
    if turned:
        origins, destinations = destinations, origins
    whole = travel_matrix(network, origins, destinations, by=by)
    cut = travel_matrix(network, origins, destinations, by=by, cutoff=cutoff)
    measure = 0 if by == "distance" else 1
    assert build.entries(cut) == {k: v for k, v in build.entries(whole).items() if v[measure] <= cutoff}
    assert np.array_equal(cut.connected, whole.connected)
    assert np.array_equal(cut.connected, np.diff(whole.indptr) > 0)


@seeds
@given(seed=st.integers(0, 10_000), by=st.sampled_from(["distance", "duration"]))
def test_the_recount_on_the_whole_graph_agrees(build, seed, by):
    network = build.random_network(seed)
    origins, destinations = build.snapped(network, seed, 10), build.snapped(network, seed + 1, 16)
    matrix = travel_matrix(network, origins, destinations, by=by)
    recount = recount_matrix(network, origins, destinations, by)
    rows, cols = matrix.rows(), matrix.indices
    assert recount.reachable.sum() == matrix.nnz
    assert np.array_equal(recount.distance_m[rows, cols], matrix.distance_m)
    assert np.array_equal(recount.duration_s[rows, cols], matrix.duration_s)
    assert np.array_equal(recount.straight_m[rows, cols], matrix.straight_m)
    assert (recount.distance_mm[~recount.reachable] == -1).all()


def test_the_result_does_not_depend_on_the_number_of_threads(build):
    network = build.random_network(5)
    origins, destinations = build.snapped(network, 5, 300), build.snapped(network, 6, 350)
    one, *more = (travel_matrix(network, origins, destinations, cutoff=5_000, threads=threads) for threads in (1, 2, 5))
    assert one.nnz > 1_000
    for other in more:
        for name in ("indptr", "indices", "distance_m", "duration_s", "straight_m", "connected"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_among_equally_short_ways_the_quicker_counts(build):
    square = [([(0, 0), (0, 1), (1, 1)], "village", False), ([(0, 0), (-1, 0), (-1, 1)], "village", False)]
    twins = [([(0, 0), (1, 0)], "village", False), ([(0, 0), (1, 0)], "national_provincial", False)]
    network = build.network([*twins, *square])
    origin, destination = build.at(network, (0, 0)), build.at(network, (1, 0))
    metres, seconds = travel_matrix(network, origin, destination).lookup(0, 0)
    assert metres == (network.edge_mm[0] + 500) // 1000
    assert seconds == (network.edge_ms[1] + 500) // 1000 < network.edge_ms[0] // 1000


def test_a_one_way_street_is_driven_one_way_even_between_two_points_on_it(build):
    network = build.network([([(0, 0), (4, 0)], "county", True)])
    points = build.at(network, (1, 0), (3, 0))
    matrix = travel_matrix(network, points, points)
    assert matrix.lookup(0, 1) is not None
    assert matrix.lookup(1, 0) is None
    ring = build.network([([(0, 0), (4, 0)], "county", True), ([(4, 0), (2, 2), (0, 0)], "county", True)])
    points = build.at(ring, (1, 0), (3, 0))
    back = travel_matrix(ring, points, points).lookup(1, 0)
    there = travel_matrix(ring, points, points).lookup(0, 1)
    assert there[0] + back[0] == pytest.approx(int(ring.edge_mm.sum()) / 1000, abs=1)


def test_access_legs_count_in_distance_and_time(build):
    network = build.network(LINE)
    on_road, beside = build.at(network, (0, 0), (4, 0)), build.at(network, (0, 0.5), (4, 0.3))
    road = travel_matrix(network, on_road, on_road).lookup(0, 1)
    whole = travel_matrix(network, beside, beside).lookup(0, 1)
    legs_mm = int(beside.distance_mm.sum())
    assert whole[0] - road[0] == pytest.approx(legs_mm / 1000, abs=1)
    assert whole[1] - road[1] == pytest.approx(legs_mm / 1000 / (3 / 3.6), abs=1)


def test_one_goes_straight_where_that_is_no_longer_than_both_legs(build):
    network = build.network(LINE)
    near, far = build.at(network, (2, 0.5)), build.at(network, (2.2, 0.5), (3.9, 0.5))
    matrix = travel_matrix(network, near, far)
    straight_m = int(matrix.straight_m[0])
    assert matrix.lookup(0, 0) == (straight_m, round(straight_m * 3.6 / 3))
    assert matrix.lookup(0, 1)[0] > int(matrix.straight_m[1]) > near.distance_m[0] + far.distance_m[1]


def test_one_goes_straight_between_two_islands_too(build):
    network = build.network([([(0, 0), (4, 0)], "county", False), ([(0, 0.5), (4, 0.5)], "county", False)])
    matrix = travel_matrix(network, build.at(network, (2, 0.2)), build.at(network, (2, 0.3), (3, 0.3)))
    assert matrix.lookup(0, 0) is not None
    assert matrix.lookup(0, 1) is None
    assert matrix.connected.tolist() == [True]


def test_a_point_reaches_itself_in_no_time(build):
    network = build.network(LINE)
    points = build.at(network, (2, 0.5), (2, 0))
    matrix = travel_matrix(network, points, points)
    assert matrix.lookup(0, 0) == matrix.lookup(1, 1) == (0, 0)


def test_beyond_the_snap_limit_nothing_is_reached_not_even_the_same_place(build):
    network = build.network(LINE)
    points = build.at(network, (2, 5), (2, 0))
    matrix = travel_matrix(network, points, points)
    assert build.entries(matrix) == {(1, 1): (0, 0)}
    assert matrix.connected.tolist() == [False, True]


def test_unreachable_and_beyond_the_cutoff_are_told_apart(build):
    network = build.network([*LINE, ([(0, 9), (4, 9)], "county", False)])
    origins, destinations = build.at(network, (0, 0), (0, 9)), build.at(network, (4, 0))
    matrix = travel_matrix(network, origins, destinations, cutoff=1_000)
    assert matrix.nnz == 0
    assert matrix.connected.tolist() == [True, False]


def test_the_cutoff_is_on_the_rounded_whole_way(build):
    network = build.network(LINE)
    points = build.at(network, (0, 0.5), (4, 0.3))
    metres, seconds = travel_matrix(network, points, points).lookup(0, 1)
    for by, value in (("distance", metres), ("duration", seconds)):
        assert travel_matrix(network, points, points, by=by, cutoff=value).lookup(0, 1) is not None
        assert travel_matrix(network, points, points, by=by, cutoff=value - 1).lookup(0, 1) is None


def test_within_gives_the_coverage_and_refuses_what_was_cut_away(build):
    network = build.random_network(7)
    origins, destinations = build.snapped(network, 7, 20), build.snapped(network, 8, 30)
    matrix = travel_matrix(network, origins, destinations, cutoff=4_000)
    dense = matrix.within(2_500).toarray()
    assert {tuple(pair) for pair in np.argwhere(dense).tolist()} == {
        pair for pair, (metres, _) in build.entries(matrix).items() if metres <= 2_500
    }
    with pytest.raises(UsageError, match="4001"):
        matrix.within(4_001)


def test_rows_are_sorted_and_give_what_the_arrays_hold(build):
    network = build.random_network(7)
    matrix = travel_matrix(network, build.snapped(network, 7, 20), build.snapped(network, 8, 30))
    for origin in range(20):
        row = matrix.row(origin)
        assert (np.diff(row.indices) > 0).all()
        assert [matrix.lookup(origin, j) for j in row.indices.tolist()] == list(
            zip(row.distance_m.tolist(), row.duration_s.tolist(), strict=True)
        )
    assert (matrix.straight_m <= matrix.distance_m + 2).all()


@pytest.mark.parametrize("k", [0, 3])
def test_no_points_give_an_empty_matrix(build, k):
    network = build.network(LINE)
    none, some = snap_points(network, [], [], 500), build.at(network, *[(i, 0) for i in range(3)])
    for origins, destinations in ((none, some), (some, none), (none, none)):
        matrix = travel_matrix(network, origins, destinations, cutoff=k or None)
        assert (matrix.shape, matrix.nnz) == ((len(origins), len(destinations)), 0)
        assert not matrix.connected.any()


def test_arguments_that_make_no_sense_are_refused(build):
    network = build.network(LINE)
    points = build.at(network, (0, 0))
    with pytest.raises(UsageError, match="distance"):
        travel_matrix(network, points, points, by="minutes")
    with pytest.raises(UsageError, match="negative"):
        travel_matrix(network, points, points, cutoff=-1)


def test_a_way_too_long_to_count_is_an_error_not_a_wrong_number(build):
    roads = [([(250 * k, 0), (250 * (k + 1), 0)], "national_provincial", False) for k in range(-30, 0)]
    network = build.network(roads)
    ends = build.at(network, (-30 * 250, 0), (0, 0), (-250, 0))
    with pytest.raises(UsageError, match="1,879 km"):
        travel_matrix(network, ends, ends)
    near = travel_matrix(network, ends, ends, cutoff=300_000)
    assert near.lookup(2, 1) is not None
    assert near.lookup(0, 1) is None


def test_importing_the_package_costs_neither_numba_nor_networkx():
    code = (
        "import sys, planner.network; from planner.network import RoadNetwork, TravelMatrix, travel_matrix;"
        "sys.exit(bool({'numba', 'networkx', 'osmnx', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    light = "import sys, planner.network; sys.exit(bool({'numpy', 'shapely', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", light], check=False).returncode == 0
