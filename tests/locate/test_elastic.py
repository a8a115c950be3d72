"""The smallest set of demands to give up, against trying every network; and that giving it up leaves one."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from siting_judge import facts
from test_brute_force import tiny_problem

from planner.locate import ThreeTierProblem
from planner.locate.reasons.elastic import WEIGHTS, Asked, DemandKind, GivenUp, smallest_set
from planner.locate.skeleton import investment_cny, least_network


def asked(seed: int) -> Asked:
    """A tiny county of which much is asked: locks, bans, broadband, one site a village, short radii, little money."""
    rng = np.random.default_rng([seed, 7])
    problem = tiny_problem(seed)
    n = problem.n_sites
    locked = np.where(rng.random(n) < 0.35, rng.integers(1, 4, n), 0)
    banned, dark = rng.random(n) < 0.25, rng.random(n) < 0.25
    silent = rng.random(n) < (0.25 if seed % 3 == 0 else 0)
    points = rng.random() < 0.3  # all must be open as points, which only a longer supply radius allows
    if points:
        locked[:] = 1
    locked[banned] = 0
    strict = replace(
        problem,
        max_tier=np.where(banned | dark | silent, 0, problem.max_tier),
        max_centres=1 + seed % 2,
        least_tier=locked,
        site_unit=rng.integers(-1, 3, n) if rng.random() < 0.5 else None,
        county_to_township_m=int(rng.integers(100, 900)),
        township_to_village_m=int(rng.integers(50, 600)) // (8 if points else 1),
        budget_cny=None if rng.random() < 0.3 else int(rng.integers(6, 26)),
    )
    return Asked(strict, problem.max_tier, banned, dark, np.zeros(n, dtype=np.int64), silent)


def broken(question: Asked, tier: list[int], known) -> tuple[int, int] | None:
    """How many demands a network breaks, and their weight; None when no road makes it a network at all."""
    problem = question.problem
    centre = tier.index(3)
    count = dict.fromkeys(DemandKind, 0)
    for j, t in enumerate(tier):
        if t in {1, 2}:
            above = [k for k, its in enumerate(tier) if its == 3 or (t == 1 and its == 2)]
            ways = [known.supply[k, j] for k in above if k != j and (k, j) in known.supply]
            if not ways:
                return None
            radius = problem.county_to_township_m if t == 2 else problem.township_to_village_m
            kind = DemandKind.COUNTY_RADIUS if t == 2 else DemandKind.VILLAGE_RADIUS
            count[kind] |= int(min(ways) > radius)
        if t:
            count[DemandKind.BANNED] += int(question.banned[j])
            count[DemandKind.BROADBAND] |= int(question.dark[j])
            count[DemandKind.MOBILE_4G] |= int(question.silent[j])
        count[DemandKind.LOCKED] += int(t < problem.locked_tier[j])
    if problem.site_unit is not None:
        units = [int(problem.site_unit[j]) for j, t in enumerate(tier) if t and problem.site_unit[j] >= 0]
        count[DemandKind.ONE_PER_VILLAGE] = int(len(set(units)) < len(units))
    met = {int(problem.site_township[j]) for j, t in enumerate(tier) if t >= 2}
    has = sum(int(g) in met for g in problem.required_townships)
    count[DemandKind.TOWNSHIP] = max(0, problem.required_township_count - has)
    spent = sum(int(problem.capex_cny[j, t - 1]) for j, t in enumerate(tier) if t)
    count[DemandKind.BUDGET] = int(problem.budget_cny is not None and spent > problem.budget_cny)
    assert centre >= 0
    return sum(count.values()), sum(WEIGHTS[kind] * times for kind, times in count.items())


def by_trying(question: Asked) -> tuple[int, int] | None:
    known = facts(question.problem)
    tried = [
        broken(question, list(tiers), known)
        for tiers in product(*[range(int(highest) + 1) for highest in question.max_tier])
        if 1 <= tiers.count(3) <= question.problem.max_centres
    ]
    return min((each for each in tried if each is not None), default=None)


def eased(question: Asked, given: GivenUp) -> ThreeTierProblem:
    """The problem once these demands are given up."""
    problem = question.problem
    barred = question.banned.copy()
    barred[list(given.banned)] = False
    if DemandKind.BROADBAND not in given.rules:
        barred |= question.dark
    if DemandKind.MOBILE_4G not in given.rules:
        barred |= question.silent
    locked = problem.locked_tier.copy()
    locked[list(given.locked)] = 0
    return replace(
        problem,
        max_tier=np.where(barred, 0, question.max_tier),
        least_tier=locked,
        site_unit=None if DemandKind.ONE_PER_VILLAGE in given.rules else problem.site_unit,
        county_to_township_m=given.county_m or problem.county_to_township_m,
        township_to_village_m=given.village_m or problem.township_to_village_m,
        required_township_count=problem.required_township_count - len(given.townships),
        budget_cny=problem.budget_cny if given.least_capex_cny is None else given.least_capex_cny,
    )


def possible(problem: ThreeTierProblem) -> bool:
    if not (problem.max_tier == 3).any():
        return False
    network = least_network(problem)
    return network is not None and (
        problem.budget_cny is None or investment_cny(problem, network) <= problem.budget_cny
    )


@pytest.mark.parametrize("seed", [*range(40), *(pytest.param(s, marks=pytest.mark.slow) for s in range(40, 200))])
def test_no_smaller_set_of_demands_leaves_a_network_and_this_one_does(seed):
    question = asked(seed)
    best, found = by_trying(question), smallest_set(question)
    if best is None:
        assert found is None
        return
    assert (found.count, found.weight) == best
    assert possible(eased(question, found))
    assert possible(question.problem) is (found.count == 0)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_missing_is_missing_to_the_yuan_and_metre(seed):
    question = asked(seed)
    found = smallest_set(question)
    if found is None:
        return
    problem = eased(question, found)
    if found.least_capex_cny is not None:
        assert not possible(replace(problem, budget_cny=found.least_capex_cny - 1))
    if found.village_m is not None:
        assert not possible(replace(problem, township_to_village_m=found.village_m - 1, budget_cny=None)) or (
            found.least_capex_cny is None and not possible(replace(problem, township_to_village_m=found.village_m - 1))
        )
    if found.county_m is not None and found.village_m is None:
        assert not possible(replace(problem, county_to_township_m=found.county_m - 1)) or (
            found.least_capex_cny is not None
        )


def test_the_trials_give_up_every_kind_of_demand():
    found = [each for each in (smallest_set(asked(seed)) for seed in range(200)) if each is not None]
    rules = {kind for each in found for kind in each.rules}
    assert rules == {
        DemandKind.BUDGET, DemandKind.COUNTY_RADIUS, DemandKind.VILLAGE_RADIUS, DemandKind.ONE_PER_VILLAGE,
        DemandKind.BROADBAND, DemandKind.MOBILE_4G,
    }  # fmt: skip
    assert any(each.townships for each in found)
    assert any(each.locked for each in found)
    assert any(each.banned for each in found)
    assert any(each.count == 0 for each in found)
    assert any(each.count > 2 for each in found)
