"""Set covering: hand-made covers, brute force, and what the reductions must not lose."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.domain import SolveStatus
from planner.locate import set_covering


def cheapest_by_trying(coverage, costs, required=(), forbidden=()):
    sites = [j for j in range(coverage.shape[1]) if j not in forbidden]
    found = [
        sum(costs[j] for j in chosen)
        for size in range(len(sites) + 1)
        for chosen in combinations(sites, size)
        if set(required) <= set(chosen) and coverage[:, list(chosen)].any(axis=1).all()
    ]
    return min(found, default=None)


def test_one_site_that_covers_all_is_enough():
    result = set_covering(np.array([[1, 0, 1], [0, 1, 1]]))
    assert result.open_sites.tolist() == [2]
    assert result.assignment.tolist() == [2, 2]
    assert (result.objective, result.bound, result.status) == (1, 1.0, SolveStatus.OPTIMAL)


def test_costs_can_make_two_sites_cheaper_than_one():
    result = set_covering(np.array([[1, 0, 1], [0, 1, 1]]), [1, 1, 3])
    assert result.open_sites.tolist() == [0, 1]
    assert result.objective == 2


def test_a_demand_that_nothing_covers_is_named():
    result = set_covering(np.array([[1, 0], [0, 0], [0, 1]]), forbidden=[1])
    assert result.status is SolveStatus.INFEASIBLE
    assert result.uncoverable.tolist() == [1, 2]
    assert result.objective is None
    assert result.assignment.tolist() == [-1, -1, -1]


def test_required_sites_are_open_and_paid():
    result = set_covering(np.array([[1, 0, 1], [0, 1, 1]]), required=[0])
    assert 0 in result.open_sites
    assert result.objective == 2


@pytest.mark.parametrize("seed", range(200))
def test_the_optimum_is_the_one_found_by_trying_everything(seed):
    rng = np.random.default_rng(seed)
    n_demands, n_sites = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    coverage = rng.random((n_demands, n_sites)) < rng.uniform(0.2, 0.7)
    costs = rng.integers(0, 5, n_sites) if seed % 2 else np.ones(n_sites, dtype=int)
    picks = rng.permutation(n_sites)
    required, forbidden = picks[: rng.integers(0, 2)], picks[n_sites - rng.integers(0, 2) :]
    forbidden = np.setdiff1d(forbidden, required)
    result = set_covering(csr_array(coverage), costs, required=required, forbidden=forbidden)
    best = cheapest_by_trying(coverage, costs.tolist(), required.tolist(), forbidden.tolist())
    assert result.objective == best
    if best is None:
        assert result.status is SolveStatus.INFEASIBLE
        return
    assert result.status is SolveStatus.OPTIMAL
    assert coverage[np.arange(n_demands), result.assignment].all()
    assert np.isin(result.assignment, result.open_sites).all()
    assert set(required) <= set(result.open_sites.tolist())


@pytest.mark.parametrize("nodes", [1, 2_500])
@pytest.mark.parametrize("seed", range(100))
def test_covers_that_prices_alone_do_not_prove(monkeypatch, seed, nodes):
    monkeypatch.setattr("planner.locate.covering.covers.NODES", nodes)
    rng = np.random.default_rng(seed)
    coverage = np.zeros((int(rng.integers(10, 40)), 10), dtype=bool)
    for row in coverage:
        row[rng.choice(10, int(rng.integers(2, 4)), replace=False)] = True
    costs = rng.integers(1, (2, 3, 7)[seed % 3], 10)
    result = set_covering(coverage, costs)
    assert result.objective == cheapest_by_trying(coverage, costs.tolist(), [], [])
    assert result.status is SolveStatus.OPTIMAL
    assert result.bound == result.objective


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_cover_problem_is_proven_and_repeats(seed):
    rng = np.random.default_rng(seed)
    coverage = rng.random((80, 120)) < 0.06
    coverage[np.arange(80), rng.integers(0, 120, 80)] = True
    costs = rng.integers(1, 100, 120)
    first, second = set_covering(coverage, costs), set_covering(coverage, costs)
    assert first.status is SolveStatus.OPTIMAL
    assert first.open_sites.tolist() == second.open_sites.tolist()
    assert coverage[:, first.open_sites].any(axis=1).all()


def test_no_time_is_never_optimal():
    rng = np.random.default_rng(0)
    coverage = rng.random((200, 300)) < 0.05
    coverage[:, 0] |= ~coverage.any(axis=1)
    result = set_covering(coverage, rng.integers(1, 100, 300), time_limit_s=1e-9)
    assert result.status in {SolveStatus.FEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME}


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        set_covering(np.ones((1, 2)), [1.5, 1])
    with pytest.raises(ValueError, match="infinity"):
        set_covering(np.ones((1, 2)), [np.inf, 1])
    with pytest.raises(ValueError, match="NaN"):
        set_covering(np.array([[np.nan, 1.0]]))
    with pytest.raises(ValueError, match="both required and forbidden"):
        set_covering(np.ones((1, 2)), required=[0], forbidden=[0])
    with pytest.raises(ValueError, match="site numbers"):
        set_covering(np.ones((1, 2)), required=[2])
