"""Capacitated location: brute force split and single-source with every option, published values, refusals."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from planner.domain import SolveStatus
from planner.locate import capacitated_facility_location


def tiny_case(seed):
    """Costs (NaN where no way leads), demand, capacity, fixed cost, and options."""
    rng = np.random.default_rng(seed)
    n_demands, n_sites = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    costs = rng.integers(0, 20, (n_demands, n_sites)).astype(float)
    if seed % 3 == 1:
        costs = rng.random((n_demands, n_sites)) * 20
    if seed % 4 == 3:
        costs[rng.random(costs.shape) < 0.25] = np.nan
    demand = rng.integers(0, 6, n_demands).astype(float)
    capacity = np.full(n_sites, float(rng.integers(3, 12))) if seed % 2 else rng.integers(1, 12, n_sites).astype(float)
    fixed = rng.integers(0, 25, n_sites).astype(float)
    options = {}
    if seed % 5 >= 3:
        picks = rng.permutation(n_sites)
        options = {"required": picks[: rng.integers(0, 2)], "forbidden": picks[2:][: rng.integers(0, 2)]}
    return costs, demand, capacity, fixed, options


def as_given(costs):
    if not np.isnan(costs).any():
        return costs
    rows, columns = np.nonzero(~np.isnan(costs))
    return csr_array((costs[rows, columns], (rows, columns)), shape=costs.shape)


def served_split(costs, demand, capacity, sites):
    """Least cost of serving all demand from ``sites``, split as need be; None when impossible."""
    n_demands, n_sites = len(demand), len(sites)
    part = costs[:, sites]
    upper = np.where(np.isnan(part), 0.0, 1.0).ravel()
    each = np.kron(np.eye(n_demands), np.ones((1, n_sites)))
    load = np.kron(demand[None, :], np.eye(n_sites))
    solved = linprog(
        np.nan_to_num(part).ravel(), A_ub=load, b_ub=capacity[sites], A_eq=each, b_eq=np.ones(n_demands),
        bounds=np.column_stack([np.zeros_like(upper), upper]),
    )  # fmt: skip
    return float(solved.fun) if solved.status == 0 else None


def served_whole(costs, demand, capacity, sites):
    """As `served_split` with one site for each demand."""
    best = None
    for plan in product(sites, repeat=len(demand)):
        load = np.bincount(plan, weights=demand, minlength=len(capacity))
        paid = costs[np.arange(len(demand)), plan].sum()
        if (load <= capacity).all() and not np.isnan(paid):
            best = paid if best is None else min(best, paid)
    return best


def least_by_trying(costs, demand, capacity, fixed, *, serve, required=(), forbidden=()):
    allowed = [j for j in range(len(capacity)) if j not in set(np.asarray(forbidden).tolist())]
    best = None
    for size in range(1, len(allowed) + 1):
        for sites in combinations(allowed, size):
            if not set(np.asarray(required).tolist()) <= set(sites):
                continue
            paid = serve(costs, demand, capacity, list(sites))
            if paid is not None:
                total = paid + fixed[list(sites)].sum()
                best = total if best is None else min(best, total)
    return best


@pytest.mark.parametrize("single_source", [False, True])
@pytest.mark.parametrize("seed", range(200))
def test_the_optimum_is_the_one_found_by_trying_everything(seed, single_source):
    costs, demand, capacity, fixed, options = tiny_case(seed)
    result = capacitated_facility_location(
        as_given(costs), demand, capacity, fixed, single_source=single_source, **options
    )
    serve = served_whole if single_source else served_split
    best = least_by_trying(costs, demand, capacity, fixed, serve=serve, **options)
    if best is None:
        assert result.status is SolveStatus.INFEASIBLE
        assert result.objective is None
        assert result.bound is None
        return
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == pytest.approx(best, abs=1e-6)
    assert result.bound == result.objective
    opened = set(result.open_sites.tolist())
    assert set(np.asarray(options.get("required", ())).tolist()) <= opened
    assert not opened & set(np.asarray(options.get("forbidden", ())).tolist())
    shares = result.shares.toarray()
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert (demand @ shares <= capacity + 1e-6).all()
    assert set(np.flatnonzero(shares.sum(axis=0)).tolist()) <= opened
    assert (result.assignment == shares.argmax(axis=1)).all()
    if single_source:
        assert (shares.max(axis=1) == 1).all()
    paid = np.nansum(costs * shares) + fixed[result.open_sites].sum()
    assert paid == pytest.approx(result.objective, abs=1e-6)


def plane(n_demands, n_sites, seed):
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 50, n_demands).astype(float)
    away = cdist(rng.random((n_demands, 2)), rng.random((n_sites, 2))) * 1000
    return np.rint(away * demand[:, None]), demand, rng.integers(20_000, 60_000, n_sites).astype(float)


@pytest.mark.parametrize("single_source", [False, True])
def test_more_capacity_never_costs_more_and_splitting_never_costs_more(single_source):
    costs, demand, fixed = plane(40, 10, 1)
    needed = demand.sum()
    results = [
        capacitated_facility_location(costs, demand, np.full(10, needed / k), fixed, single_source=single_source)
        for k in (7.3, 4.6, 2.5, 1)
    ]
    assert all(result.status is SolveStatus.OPTIMAL for result in results)
    values = [result.objective for result in results]
    assert values == sorted(values, reverse=True)
    split = capacitated_facility_location(costs, demand, np.full(10, needed / 7.3), fixed)
    assert split.objective <= values[0] * (1 + 1e-9)
    again = capacitated_facility_location(costs, demand, np.full(10, needed / 7.3), fixed, single_source=single_source)
    assert again.open_sites.tolist() == results[0].open_sites.tolist()


@pytest.mark.parametrize("single_source", [False, True])
def test_without_time_nothing_is_called_optimal_and_the_bound_is_true(single_source):
    costs, demand, fixed = plane(80, 20, 2)
    capacity = np.full(20, demand.sum() / 5.4)
    whole = capacitated_facility_location(costs, demand, capacity, fixed, single_source=single_source)
    cut = capacitated_facility_location(costs, demand, capacity, fixed, single_source=single_source, time_limit_s=0)
    assert whole.status is SolveStatus.OPTIMAL
    assert cut.status in {SolveStatus.FEASIBLE, SolveStatus.NO_SOLUTION_IN_TIME}
    assert cut.bound is None or cut.bound <= whole.objective


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"assign_cost": [[np.nan, 1.0]]}, "assign_cost"),
        ({"assign_cost": [[np.inf, 1.0]]}, "assign_cost"),
        ({"assign_cost": [[-1.0, 1.0]]}, "assign_cost"),
        ({"demand": [-1.0]}, "demand"),
        ({"capacity": [1.0]}, "capacity"),
        ({"capacity": [1.0, np.nan]}, "capacity"),
        ({"fixed_cost": [1.0, np.inf]}, "fixed_cost"),
        ({"required": [2]}, "required"),
        ({"required": [0], "forbidden": [0]}, "both required and forbidden"),
    ],
)
def test_wrong_arguments_are_refused(change, message):
    given = {"assign_cost": [[1.0, 1.0]], "demand": [1.0], "capacity": [1.0, 1.0], "fixed_cost": [1.0, 1.0]} | change
    with pytest.raises(ValueError, match=message):
        capacitated_facility_location(**given)
