"""Maximal covering: brute force with every option, properties, what the reductions must not lose, refusals."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from planner.domain import SolveStatus
from planner.locate import maximal_covering


def tiny_case(seed):
    rng = np.random.default_rng(seed)
    n_demands, n_sites = int(rng.integers(1, 10)), int(rng.integers(1, 9))
    coverage = rng.random((n_demands, n_sites)) < rng.uniform(0.15, 0.6)
    weights = rng.random(n_demands) if seed % 3 == 1 else rng.integers(0, 9, n_demands)
    picks = rng.permutation(n_sites)
    options = {}
    if seed % 2:
        costs = rng.random(n_sites) * 4 if seed % 5 == 0 else rng.integers(0, 5, n_sites)
        options |= {"costs": costs, "budget": float(rng.integers(0, 9))}
    else:
        options["max_sites"] = int(rng.integers(1, n_sites + 1))
    if seed % 4 >= 2:
        options |= {"required": picks[: rng.integers(0, 3)], "forbidden": picks[2:][: rng.integers(0, 3)]}
    return coverage, weights, options


def most_by_trying(coverage, weights, *, costs=None, budget=None, max_sites=None, required=(), forbidden=()):
    n_sites = coverage.shape[1]
    costs = np.ones(n_sites) if costs is None else costs
    limit = max_sites if budget is None else budget
    allowed = [j for j in range(n_sites) if j not in set(np.asarray(forbidden).tolist())]
    found = [
        float(weights[coverage[:, list(chosen)].any(axis=1)].sum())
        for size in range(len(allowed) + 1)
        for chosen in combinations(allowed, size)
        if set(np.asarray(required).tolist()) <= set(chosen) and costs[list(chosen)].sum() <= limit + 1e-9
    ]
    return max(found, default=None)


@pytest.mark.parametrize("seed", range(200))
def test_the_optimum_is_the_one_found_by_trying_everything(seed):
    coverage, weights, options = tiny_case(seed)
    result = maximal_covering(csr_array(coverage) if seed % 7 else coverage, weights, **options)
    best = most_by_trying(coverage, weights, **options)
    if best is None:
        assert result.status is SolveStatus.INFEASIBLE
        assert result.objective is None
        return
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == pytest.approx(best)
    assert result.bound == result.objective
    opened = set(result.open_sites.tolist())
    assert set(np.asarray(options.get("required", ())).tolist()) <= opened
    assert not opened & set(np.asarray(options.get("forbidden", ())).tolist())
    costs = options.get("costs", np.ones(coverage.shape[1]))
    assert costs[result.open_sites].sum() <= options.get("budget", options.get("max_sites")) + 1e-9
    served = result.assignment >= 0
    assert (served == coverage[:, result.open_sites].any(axis=1)).all()
    assert coverage[served, result.assignment[served]].all()
    assert weights[served].sum() == pytest.approx(result.objective)


def plane(n_demands, n_sites, radius, seed):
    rng = np.random.default_rng(seed)
    places = rng.random((n_demands, 2))
    sites = places[rng.choice(n_demands, n_sites, replace=False)]
    return csr_array(cdist(places, sites) <= radius), rng.integers(1, 1000, n_demands)


def test_more_sites_never_cover_less_and_the_result_repeats():
    coverage, weights = plane(400, 150, 0.06, 1)
    results = [maximal_covering(coverage, weights, max_sites=p) for p in (1, 2, 5, 10, 20, 40, 80, 150)]
    values = [result.objective for result in results]
    assert all(result.status is SolveStatus.OPTIMAL for result in results)
    assert values == sorted(values)
    again = maximal_covering(coverage, weights, max_sites=20)
    assert again.open_sites.tolist() == results[4].open_sites.tolist()


def test_a_budget_with_equal_costs_is_a_number_of_sites():
    coverage, weights = plane(300, 100, 0.07, 2)
    counted = maximal_covering(coverage, weights, max_sites=12)
    paid = maximal_covering(coverage, weights, budget=36.5, costs=np.full(100, 3.0))
    assert counted.objective == paid.objective


def test_a_larger_radius_never_covers_less():
    rng = np.random.default_rng(3)
    away = cdist(rng.random((300, 2)), rng.random((80, 2)))
    values = [maximal_covering(csr_array(away <= r), np.ones(300), max_sites=8).objective for r in (0.02, 0.05, 0.1)]
    assert values == sorted(values)


def test_without_time_nothing_is_called_optimal_and_the_bound_is_true():
    coverage, weights = plane(2000, 500, 0.03, 4)
    cut = maximal_covering(coverage, weights, max_sites=60, time_limit_s=0)
    whole = maximal_covering(coverage, weights, max_sites=60)
    assert cut.status is SolveStatus.FEASIBLE
    assert whole.status is SolveStatus.OPTIMAL
    assert cut.objective <= whole.objective <= cut.bound


def test_a_large_problem_is_nearly_closed_within_a_limit():
    coverage, weights = plane(20_000, 2_500, 0.006, 5)
    result = maximal_covering(coverage, weights, max_sites=500, time_limit_s=1.5)
    assert result.gap <= 0.02  # uniform points are the hard case; `benchmarks` has the provincial one


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 0]], [1.0], {}), "either budget or max_sites"),
        (([[1, 0]], [1.0], {"budget": 1, "max_sites": 1}), "either budget or max_sites"),
        (([[1, 0]], [1.0], {"max_sites": 1, "costs": [1, 1]}), "costs go with budget"),
        (([[1, 0]], [1.0], {"max_sites": 0}), "max_sites"),
        (([[1, 0]], [1.0], {"budget": np.nan}), "budget"),
        (([[1, 0]], [1.0], {"budget": -1}), "budget"),
        (([[1, 0]], [1.0], {"budget": 1, "costs": [1, np.inf]}), "costs"),
        (([[1, 0]], [np.nan], {"max_sites": 1}), "weights"),
        (([[1, 0]], [-1.0], {"max_sites": 1}), "weights"),
        (([[1, 0]], [1.0, 2.0], {"max_sites": 1}), "weights"),
        (([[np.nan, 0]], [1.0], {"max_sites": 1}), "coverage"),
        (([[1, 0]], [1.0], {"max_sites": 1, "required": [5]}), "required"),
        (([[1, 0]], [1.0], {"max_sites": 1, "required": [1], "forbidden": [1]}), "both required and forbidden"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    coverage, weights, options = arguments
    with pytest.raises(ValueError, match=message):
        maximal_covering(np.array(coverage), weights, **options)
