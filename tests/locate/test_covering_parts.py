"""Maximal covering part by part: the priced search against brute force, parts put together, bounds when time ends."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array

from planner.domain import SolveStatus
from planner.locate import maximal_covering
from planner.locate.coverage.kernels_branching import polish, solve_priced


def odd_case(seed):
    """Sites joined by demands of two or three of them, so that the relaxation is fractional; in one to three parts."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 5, int(rng.integers(1, 4)))
    rows = [
        start + rng.choice(size, min(size, int(rng.integers(2, 4))), replace=False)
        for size, start in zip(sizes, np.cumsum(sizes) - sizes, strict=True)
        for _ in range(int(rng.integers(size, 4 * size)))
    ]
    coverage = np.zeros((len(rows), int(sizes.sum())), dtype=bool)
    for row, sites in enumerate(rows):
        coverage[row, sites] = True
    return rng, coverage, rng.integers(1, 50, len(rows)).astype(float)


def priced(seed, floor=-np.inf, nodes=100_000):
    """Every set of sites with its worth, and what the search says."""
    rng, coverage, weights = odd_case(seed)
    own = -rng.integers(0, 100, coverage.shape[1]).astype(float)
    every = (np.arange(2 ** coverage.shape[1])[:, None] >> np.arange(coverage.shape[1]) & 1).astype(bool)
    worth = every @ own + (every.astype(int) @ coverage.T > 0) @ weights
    rows = csr_array(coverage)
    opened, out, left = np.zeros(coverage.shape[1], dtype=bool), np.empty(1), np.array([nodes])
    dual = weights * rng.random(len(weights))
    found = solve_priced(
        rows.indptr.astype(np.int64), rows.indices.astype(np.int32), own, weights, dual, floor, 0.999999, 5, opened,
        out, left,
    )  # fmt: skip
    assert found == pytest.approx(own[opened].sum() + weights[coverage[:, opened].any(axis=1)].sum())
    return worth.max(), found, out[0]


@pytest.mark.parametrize("seed", range(200))
def test_the_priced_search_finds_the_best_of_all_sets(seed):
    best, found, bound = priced(seed)
    assert found == pytest.approx(best)
    assert bound == pytest.approx(best)


@pytest.mark.parametrize("seed", range(60))
def test_a_search_without_nodes_left_still_has_a_true_bound(seed):
    best, found, bound = priced(seed, nodes=2)
    assert found <= best + 1e-6
    assert bound >= best - 1e-6


@pytest.mark.parametrize("seed", range(60))
def test_a_search_for_more_than_the_best_says_that_there_is_none(seed):
    best = priced(seed)[0]
    assert priced(seed, floor=best + 3)[2] < best + 4


@pytest.mark.parametrize("seed", range(200))
def test_parts_put_together_give_the_optimum(seed):
    _, coverage, weights = odd_case(seed)
    sites = min(coverage.shape[1], 2 + seed % 4)
    best = max(
        weights[coverage[:, list(chosen)].any(axis=1)].sum() for chosen in combinations(range(coverage.shape[1]), sites)
    )
    result = maximal_covering(coverage, weights, max_sites=sites)
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == best


def test_windows_never_make_a_solution_worse():
    _, coverage, weights = odd_case(3)
    rows, columns = csr_array(coverage), csr_array(coverage.T)
    n_sites = coverage.shape[1]
    opened = np.ones(n_sites, dtype=bool)
    own = np.full(n_sites, -20.0)
    worth = polish(
        columns.indptr.astype(np.int64), columns.indices.astype(np.int32), rows.indptr.astype(np.int64),
        rows.indices.astype(np.int32), own, weights, weights * 0.5, 3, 0.999999, 100, opened,
    )  # fmt: skip
    assert worth == pytest.approx(own[opened].sum() + weights[coverage[:, opened].any(axis=1)].sum())
    assert worth >= weights.sum() - 20.0 * n_sites


def test_a_part_too_large_for_compiled_search_goes_to_the_solver(monkeypatch):
    monkeypatch.setattr("planner.locate.coverage.parts.SMALL", 2)
    _, coverage, weights = odd_case(11)
    twice = csr_array(np.kron(np.eye(2), coverage))
    result = maximal_covering(twice, np.concatenate([weights, weights]), max_sites=5)
    monkeypatch.undo()
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == maximal_covering(twice, np.concatenate([weights, weights]), max_sites=5).objective


def test_sites_that_share_nothing_are_taken_by_weight():
    weights = np.arange(1.0, 31.0)
    result = maximal_covering(eye_array(30), weights, max_sites=7)
    assert result.objective == weights[-7:].sum()
    assert result.status is SolveStatus.OPTIMAL
