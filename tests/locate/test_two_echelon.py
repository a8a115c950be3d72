"""Two-echelon location: brute force with every option, properties, limits, refusals."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.domain import SolveStatus
from planner.locate import two_echelon_facility_location


def tiny_case(seed):
    """Arguments with NaN where no way leads, and options; every third with costs that are no whole numbers."""
    rng = np.random.default_rng(seed)
    n_demands, n_sites, n_hubs = int(rng.integers(1, 6)), int(rng.integers(1, 6)), int(rng.integers(1, 4))
    costs = rng.integers(0, 25, (n_demands, n_sites)).astype(float)
    if seed % 3 == 1:
        costs = rng.random((n_demands, n_sites)) * 25
    if seed % 2:
        costs[rng.random(costs.shape) < 0.3] = np.nan
    demand = rng.integers(0, 6, n_demands).astype(float)
    capacity = rng.integers(1, 12, n_sites).astype(float)
    fixed = rng.integers(0, 20, n_sites).astype(float)
    hub_cost = rng.integers(0, 20, n_hubs).astype(float)
    trunk = rng.integers(0, 15, (n_sites, n_hubs)).astype(float)
    if seed % 5 > 2:
        trunk[rng.random(trunk.shape) < 0.3] = np.inf
    options = {"max_hubs": 1 + seed % 3}
    if seed % 4 < 3:
        options["unserved_cost"] = rng.integers(0, 40, n_demands).astype(float)
    if seed % 7 > 2:
        options["group"] = rng.integers(-1, 3, n_sites)
    if seed % 6 > 3:
        picks = rng.permutation(n_sites)
        options |= {"required": picks[: rng.integers(0, 2)], "forbidden": picks[2:][: rng.integers(0, 2)]}
    return (costs, demand, capacity, fixed, hub_cost, trunk), options


def as_given(costs):
    if not np.isnan(costs).any():
        return costs
    rows, columns = np.nonzero(~np.isnan(costs))
    return csr_array((costs[rows, columns], (rows, columns)), shape=costs.shape)


def least_by_serving(costs, demand, capacity, unserved):
    """Least cost of serving from all of these sites, demand after demand; infinity when it cannot be done."""
    states = {tuple(capacity.tolist()): 0.0}
    for row, load, out in zip(costs, demand, unserved, strict=True):
        reached = {}
        for rooms, paid in states.items():
            ways = [(rooms, out)]
            for j, cost in enumerate(row):
                if not np.isnan(cost) and rooms[j] >= load:
                    ways.append((rooms[:j] + (rooms[j] - load,) + rooms[j + 1 :], cost))
            for left, cost in ways:
                reached[left] = min(reached.get(left, np.inf), paid + cost)
        states = reached
    return min(states.values())


def least_by_trying(case, max_hubs, unserved_cost=None, group=None, required=(), forbidden=()):
    costs, demand, capacity, fixed, hub_cost, trunk = case
    n_sites, n_hubs = trunk.shape
    out = np.full(len(demand), np.inf) if unserved_cost is None else unserved_cost
    label = np.full(n_sites, -1) if group is None else group
    needed, best = set(label[label >= 0].tolist()), np.inf
    hub_sets = [list(hubs) for size in range(max_hubs + 1) for hubs in combinations(range(n_hubs), size)]
    for choice in product([False, True], repeat=n_sites):
        sites = np.flatnonzero(choice)
        if not set(np.asarray(required).tolist()) <= set(sites.tolist()) or set(forbidden) & set(sites.tolist()):
            continue
        if needed - set(label[sites].tolist()):
            continue
        above = min(
            hub_cost[hubs].sum() + (trunk[sites][:, hubs].min(axis=1, initial=np.inf).sum() if len(sites) else 0.0)
            for hubs in hub_sets
        )
        served = least_by_serving(costs[:, sites], demand, capacity[sites], out)
        best = min(best, above + fixed[sites].sum() + served)
    return best


def check_plan(case, result, max_hubs, unserved_cost=None, group=None, required=(), forbidden=()):
    """The plan keeps every rule and costs what it says."""
    costs, demand, capacity, fixed, hub_cost, trunk = case
    opened = set(result.open_sites.tolist())
    assert set(np.asarray(required).tolist()) <= opened
    assert not set(np.asarray(forbidden).tolist()) & opened
    assert len(result.open_hubs) <= max_hubs
    assert set(result.hub_of[result.open_sites].tolist()) <= set(result.open_hubs.tolist())
    assert (np.delete(result.hub_of, result.open_sites) == -1).all()
    if group is not None:
        assert set(group[group >= 0].tolist()) <= set(group[result.open_sites].tolist())
    served = np.flatnonzero(result.assignment >= 0)
    assert set(result.assignment[served].tolist()) <= opened
    load = np.bincount(result.assignment[served], weights=demand[served], minlength=len(capacity))
    assert (load <= capacity).all()
    paid = fixed[result.open_sites].sum() + hub_cost[result.open_hubs].sum()
    paid += trunk[result.open_sites, result.hub_of[result.open_sites]].sum()
    paid += costs[served, result.assignment[served]].sum()
    left = np.flatnonzero(result.assignment < 0)
    if unserved_cost is None:
        assert not len(left)
    else:
        paid += unserved_cost[left].sum()
    assert paid == pytest.approx(result.objective, abs=1e-6)


@pytest.mark.parametrize("seed", range(210))
def test_the_optimum_is_the_one_found_by_trying_everything(seed):
    case, options = tiny_case(seed)
    result = two_echelon_facility_location(as_given(case[0]), *case[1:], **options)
    best = least_by_trying(case, **options)
    if not np.isfinite(best):
        assert result.status is SolveStatus.INFEASIBLE
        assert result.objective is None
        assert result.bound is None
        return
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == pytest.approx(best, abs=1e-6)
    assert result.bound == result.objective
    check_plan(case, result, **options)
