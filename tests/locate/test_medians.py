"""p-median and p-center: brute force with every option, published values, properties, refusals."""

from itertools import pairwise

import numpy as np
import pytest
from median_cases import as_given, best_by_trying, tiny_case
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from planner.domain import SolveStatus
from planner.locate import p_center, p_median

SOLVERS = [(p_median, np.sum), (p_center, np.max)]


@pytest.mark.parametrize("seed", range(200))
@pytest.mark.parametrize(("solver", "total"), SOLVERS)
def test_the_optimum_is_the_one_found_by_trying_everything(solver, total, seed):
    distance, options = tiny_case(seed)
    result = solver(as_given(distance, seed), **options)
    best = best_by_trying(distance, total, **options)
    if best is None:
        assert result.status is SolveStatus.INFEASIBLE
        assert result.objective is None
        assert (result.assignment == -1).all()
        return
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == pytest.approx(best)
    assert result.bound == result.objective
    check_solution(distance, total, result, **options)


def check_solution(distance, total, result, *, p, weights=1, required=(), forbidden=()):
    opened = set(result.open_sites.tolist())
    assert len(opened) == min(p, distance.shape[1] - len(set(np.asarray(forbidden).tolist())))
    assert set(np.asarray(required).tolist()) <= opened
    assert not opened & set(np.asarray(forbidden).tolist())
    paid = distance[np.arange(len(distance)), result.assignment]
    assert set(result.assignment.tolist()) <= opened
    assert total(paid * weights) == pytest.approx(result.objective)
    assert (paid <= np.nanmin(distance[:, sorted(opened)], axis=1)).all()


def plane(n_demands, n_sites, seed):
    rng = np.random.default_rng(seed)
    return np.rint(cdist(rng.random((n_demands, 2)), rng.random((n_sites, 2))) * 1000)


@pytest.mark.parametrize(("solver", "total"), SOLVERS)
def test_one_more_site_is_never_worse_and_repeats(solver, total):
    distance = plane(60, 30, 1)
    values = [solver(distance, p) for p in range(1, 9)]
    assert all(result.status is SolveStatus.OPTIMAL for result in values)
    assert all(a.objective >= b.objective for a, b in pairwise(values))
    again = solver(distance, 5)
    assert again.open_sites.tolist() == values[4].open_sites.tolist()


@pytest.mark.parametrize(("solver", "total"), SOLVERS)
def test_without_time_nothing_is_called_optimal_and_the_bound_is_true(solver, total):
    distance = plane(150, 150, 2)
    cut, whole = solver(distance, 12, time_limit_s=0), solver(distance, 12)
    assert cut.status in {SolveStatus.FEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME}
    assert whole.status is SolveStatus.OPTIMAL
    assert cut.bound is None or cut.bound <= whole.objective
    assert cut.objective is None or cut.objective >= whole.objective


@pytest.mark.parametrize(("solver", "total"), SOLVERS)
def test_a_demand_without_a_way_is_infeasible(solver, total):
    ways = csr_array(([1.0, 2.0], ([0, 1], [0, 1])), shape=(3, 2))
    assert solver(ways, 2).status is SolveStatus.INFEASIBLE


def test_a_stored_zero_is_a_way_of_no_length():
    ways = csr_array(([0.0, 2.0, 0.0], ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    assert p_median(ways, 2).objective == 0
    assert p_median(ways, 1).objective == 2
    assert p_center(ways, 1).objective == 2


@pytest.mark.parametrize(("solver", "total"), SOLVERS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, np.nan]], 1, {}), "NaN"),
        (([[1.0, np.inf]], 1, {}), "infinity"),
        (([[1.0, -1.0]], 1, {}), "negative"),
        (([[1.0, 1.0]], 0, {}), "p must"),
        (([[1.0, 1.0]], 1.5, {}), "p must"),
        (([[1.0, 1.0]], 1, {"weights": [1.0, 2.0]}), "shape"),
        (([[1.0, 1.0]], 1, {"weights": [np.nan]}), "NaN"),
        (([[1.0, 1.0]], 1, {"required": [2]}), "required"),
        (([[1.0, 1.0]], 1, {"required": [1], "forbidden": [1]}), "both required and forbidden"),
        (([[1.0, 1.0]], 1, {"time_limit_s": -1.0}), "time_limit_s"),
    ],
)
def test_wrong_arguments_are_refused(solver, total, arguments, message):
    distance, p, options = arguments
    with pytest.raises(ValueError, match=message):
        solver(np.array(distance), p, **options)


def test_costs_that_are_no_whole_numbers_are_proven_too():
    rng = np.random.default_rng(3)
    distance = cdist(rng.random((200, 2)), rng.random((80, 2)))
    result = p_median(distance, 10, weights=rng.lognormal(0, 1, 200))
    assert result.status is SolveStatus.OPTIMAL
