"""Two-echelon location: brute force with every option, properties, limits, refusals."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

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
                    ways.append(((*rooms[:j], rooms[j] - load, *rooms[j + 1 :]), cost))
            for left, cost in ways:
                reached[left] = min(reached.get(left, np.inf), paid + cost)
        states = reached
    return min(states.values())


def least_by_trying(case, max_hubs, *, unserved_cost=None, group=None, required=(), forbidden=()):
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


def check_plan(case, result, max_hubs, *, unserved_cost=None, group=None, required=(), forbidden=()):
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


def plane(n_demands, n_sites, seed, *, room=6.0, reach=0.4, unserved=True):
    """A seeded county on a square: arguments, NaN for ways beyond ``reach``, and options; all costs whole numbers.

    All capacities together are about ``room`` times the demand.
    """
    rng = np.random.default_rng(seed)
    demands, sites, hubs = rng.random((n_demands, 2)), rng.random((n_sites, 2)), rng.random((5, 2))
    demand = rng.integers(1, 50, n_demands).astype(float)
    away = cdist(demands, sites)
    costs = np.where(away <= reach, np.rint(away * demand[:, None] * 10), np.nan)
    capacity = np.ceil(rng.integers(1, 4, n_sites) * demand.sum() * room / (2 * n_sites))
    fixed = rng.integers(60, 140, n_sites).astype(float)
    trunk = np.rint(cdist(sites, hubs) * 120)
    options = {"max_hubs": 2, "group": (sites[:, 0] * 3).astype(int) * 2 + (sites[:, 1] * 2).astype(int)}
    if unserved:
        options["unserved_cost"] = demand * 6 + 20
    return (costs, demand, capacity, fixed, rng.integers(80, 200, 5).astype(float), trunk), options


def least_by_milp(case, max_hubs, group, unserved_cost):
    """The textbook model, solved whole."""
    costs, demand, capacity, fixed, hub_cost, trunk = case
    (m, n), h = costs.shape, len(hub_cost)
    y, x, z = np.arange(n), n + np.arange(m * n).reshape(m, n), n + m * n + np.arange(n * h).reshape(n, h)
    hub, out = n + m * n + n * h + np.arange(h), n + m * n + n * h + h + np.arange(m)
    total = out[-1] + 1
    rows, low, high = [], [], []

    def add(columns, values, least, most):
        row = np.zeros(total)
        row[columns] = values
        rows.append(row)
        low.append(least)
        high.append(most)

    for i in range(m):
        add([*x[i], out[i]], 1.0, 1, 1)
        for j in range(n):
            add([x[i, j], j], [1, -1], -np.inf, 0)
    for j in range(n):
        add([*x[:, j], j], [*demand, -capacity[j]], -np.inf, 0)
        add([*z[j], j], [*np.ones(h), -1], 0, 0)
        for k in range(h):
            add([z[j, k], hub[k]], [1, -1], -np.inf, 0)
    add(hub, 1.0, 0, max_hubs)
    for label in set(group.tolist()):
        add(y[group == label], 1.0, 1, np.inf)
    objective = np.concatenate([fixed, np.nan_to_num(costs, nan=1e4).ravel(), trunk.ravel(), hub_cost, unserved_cost])
    solved = milp(
        objective, constraints=LinearConstraint(csr_array(np.array(rows)), low, high), integrality=np.ones(total),
        bounds=Bounds(0, 1), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    assert solved.status == 0
    return round(solved.fun)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_is_that_of_the_textbook_model(seed):
    case, options = plane(30 + seed, 14, seed, room=(4.0, 6.0)[seed % 2])
    result = two_echelon_facility_location(as_given(case[0]), *case[1:], **options)
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == least_by_milp(case, **options)
    check_plan(case, result, **options)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_a_county_is_proven_and_a_larger_fleet_of_hubs_never_costs_more(seed):
    case, options = plane(200, 300, seed, room=20.0, reach=0.2)
    values = []
    for most in (1, 2, 3):
        result = two_echelon_facility_location(as_given(case[0]), *case[1:], **(options | {"max_hubs": most}))
        assert result.status is SolveStatus.OPTIMAL
        check_plan(case, result, **(options | {"max_hubs": most}))
        values.append(result.objective)
    assert values == sorted(values, reverse=True)


def test_it_may_stop_at_a_gap_and_says_so():
    case, options = plane(60, 40, 3)
    whole = two_echelon_facility_location(as_given(case[0]), *case[1:], **options)
    early = two_echelon_facility_location(as_given(case[0]), *case[1:], **options, gap=0.2)
    assert whole.status is SolveStatus.OPTIMAL
    assert early.bound <= whole.objective <= early.objective
    assert early.objective - early.bound <= 0.2 * early.objective
    assert early.status is (SolveStatus.OPTIMAL if early.bound == early.objective else SolveStatus.FEASIBLE)
    check_plan(case, early, **options)


def test_every_demand_is_served_when_none_may_be_left_out():
    case, options = plane(40, 20, 4, unserved=False, reach=2.0)
    result = two_echelon_facility_location(as_given(case[0]), *case[1:], **options)
    assert result.status is SolveStatus.OPTIMAL
    check_plan(case, result, **options)
    dear = two_echelon_facility_location(as_given(case[0]), *case[1:], **options, unserved_cost=np.full(40, 1e6))
    assert dear.objective == result.objective


def test_without_time_nothing_is_called_optimal_and_the_bound_is_true():
    case, options = plane(60, 40, 5)
    whole = two_echelon_facility_location(as_given(case[0]), *case[1:], **options)
    cut = two_echelon_facility_location(as_given(case[0]), *case[1:], **options, time_limit_s=0)
    assert whole.status is SolveStatus.OPTIMAL
    assert cut.status is SolveStatus.NO_SOLUTION_IN_TIME
    assert cut.objective is None
    assert cut.bound <= whole.objective


def test_the_same_arguments_give_the_same_plan():
    case, options = plane(50, 30, 6)
    first, second = (two_echelon_facility_location(as_given(case[0]), *case[1:], **options) for _ in range(2))
    assert first.open_sites.tolist() == second.open_sites.tolist()
    assert first.assignment.tolist() == second.assignment.tolist()
    assert first.hub_of.tolist() == second.hub_of.tolist()


def test_nothing_is_opened_when_leaving_all_out_is_cheapest():
    result = two_echelon_facility_location(
        [[1.0]], [1.0], [1.0], [5.0], [5.0], [[0.0]], max_hubs=1, unserved_cost=[3.0]
    )
    assert result.objective == 3.0
    assert result.open_sites.tolist() == []
    assert result.open_hubs.tolist() == []
    assert result.assignment.tolist() == [-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"assign_cost": [[np.nan, 1.0]]}, "assign_cost"),
        ({"demand": [-1.0]}, "demand"),
        ({"capacity": [1.0]}, "capacity"),
        ({"fixed_cost": [1.0, np.inf]}, "fixed_cost"),
        ({"hub_cost": [[1.0]]}, "hub_cost"),
        ({"hub_cost": [-1.0]}, "hub_cost"),
        ({"trunk_cost": [[1.0]]}, "trunk_cost"),
        ({"trunk_cost": [[1.0], [np.nan]]}, "trunk_cost"),
        ({"trunk_cost": [[1.0], [-np.inf]]}, "trunk_cost"),
        ({"max_hubs": 0}, "max_hubs"),
        ({"unserved_cost": [np.inf]}, "unserved_cost"),
        ({"group": [0]}, "group"),
        ({"group": [0.5, 1.0]}, "group"),
        ({"required": [2]}, "required"),
        ({"required": [0], "forbidden": [0]}, "both required and forbidden"),
        ({"gap": -0.1}, "gap"),
        ({"hub_cost": np.ones(40), "trunk_cost": np.ones((2, 40)), "max_hubs": 9}, "sets of at most 9"),
    ],
)
def test_wrong_arguments_are_refused(change, message):
    given = {
        "assign_cost": [[1.0, 1.0]], "demand": [1.0], "capacity": [1.0, 1.0], "fixed_cost": [1.0, 1.0],
        "hub_cost": [1.0], "trunk_cost": [[1.0], [1.0]], "max_hubs": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        two_echelon_facility_location(**(given | change))
