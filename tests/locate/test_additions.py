"""The least that is opened over a plan for one village more, against trying every way to open on top of it."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from siting_judge import facts, judge, may_supply
from test_brute_force import OPTIONS, tiny_problem

from planner.errors import InfeasibleError
from planner.locate import ThreeTierProblem, ThreeTierResult, place_tiers
from planner.locate.reasons.additions import Addition, Standing


def by_trying(problem: ThreeTierProblem, result: ThreeTierResult, i: int, reach: list[int]) -> tuple[int, int] | None:
    """The least (investment, yearly cost) over the plan for which village ``i`` is served from one of ``reach``.

    Nothing is closed or lowered, no village changes its station and no station its parent, unless it is raised itself.
    """
    wide = with_reach(problem, i, reach)
    known = facts(wide)
    now = result.tier.tolist()
    best = None
    for tiers in product(*[range(t, max(t, int(highest)) + 1) for t, highest in zip(now, wide.max_tier, strict=True)]):
        tier = list(tiers)
        changed = [j for j in range(wide.n_sites) if tier[j] != now[j]]
        cost = tuple(
            sum(int(table[j, tier[j] - 1]) - (int(table[j, now[j] - 1]) if now[j] else 0) for j in changed)
            for table in (wide.capex_cny, wide.annual_cost_cny)
        )
        if len(changed) > 2 or not 1 <= tier.count(3) <= wide.max_centres or (best is not None and cost >= best):
            continue
        choices = [
            [k for k in range(wide.n_sites) if may_supply(wide, known, tier, k, j)] if j in changed else [above]
            for j, above in enumerate(result.parent.tolist())
        ]
        for j, parent in product([j for j in reach if tier[j]], product(*choices)):
            station = result.station.tolist()
            station[i] = j
            if not judge(wide, tier, station, list(parent), known):
                best = cost
                break
    return best


def with_reach(problem: ThreeTierProblem, i: int, reach: list[int]) -> ThreeTierProblem:
    """The problem with village ``i`` within the radius of the sites of ``reach`` and no others."""
    rows = [
        reach if k == i else problem.access_site[problem.access_indptr[k] : problem.access_indptr[k + 1]].tolist()
        for k in range(problem.n_villages)
    ]
    lengths = [
        [1] * len(reach)
        if k == i
        else problem.access_m[problem.access_indptr[k] : problem.access_indptr[k + 1]].tolist()
        for k in range(problem.n_villages)
    ]
    return replace(
        problem,
        access_indptr=np.concatenate([[0], np.cumsum([len(row) for row in rows])]),
        access_site=np.array([j for row in rows for j in row], dtype=np.int64),
        access_m=np.array([metres for row in lengths for metres in row], dtype=np.int64),
    )


@pytest.mark.parametrize("seed", [*range(30), *(pytest.param(s, marks=pytest.mark.slow) for s in range(30, 200))])
@pytest.mark.parametrize("option", ["plain", "locked_and_one_per_unit", "several_centres", "least_volumes_and_locked"])
def test_nothing_cheaper_opened_on_top_of_the_plan_serves_the_village(option, seed):
    rng = np.random.default_rng([seed, 3])
    problem = replace(OPTIONS[option](tiny_problem(seed), rng), budget_cny=None)
    # A village that the plan does not know of: nobody in reach, until it is let in.
    i = int(rng.integers(0, problem.n_villages))
    problem = with_reach(problem, i, [])
    try:
        result = place_tiers(problem)
    except InfeasibleError:
        return
    reach = sorted(rng.choice(problem.n_sites, int(rng.integers(1, problem.n_sites + 1)), replace=False).tolist())
    standing = Standing.of(problem, result)
    demand = int(problem.demand_centiparcels[i])
    found = standing.least([standing.place(j) for j in reach], demand, standing.limits())
    expected = by_trying(problem, result, i, reach)
    assert (found is None) == (expected is None)
    if found is not None:
        assert (found.capex_cny, found.annual_cost_cny) == expected
        assert_serves(problem, result, i, reach, found)


def assert_serves(
    problem: ThreeTierProblem, result: ThreeTierResult, i: int, reach: list[int], found: Addition
) -> None:
    """The judge accepts the plan with what is opened, under some choice of parents for it."""
    wide = with_reach(problem, i, reach)
    known, tier, station = facts(wide), result.tier.tolist(), result.station.tolist()
    for j, opened in found.opens:
        tier[j] = opened
    station[i] = found.site
    changed = dict(found.opens)
    choices = [
        [k for k in range(wide.n_sites) if may_supply(wide, known, tier, k, j)] if j in changed else [above]
        for j, above in enumerate(result.parent.tolist())
    ]
    assert any(not judge(wide, tier, station, list(parent), known) for parent in product(*choices))


def test_the_trials_need_openings_of_every_kind():
    kinds = set()
    for seed in range(120):
        rng = np.random.default_rng([seed, 3])
        problem = with_reach(replace(tiny_problem(seed), budget_cny=None), 0, [])
        try:
            result = place_tiers(problem)
        except InfeasibleError:
            continue
        standing = Standing.of(problem, result)
        reach = rng.choice(problem.n_sites, 2, replace=False).tolist()
        demand = int(problem.demand_centiparcels[0])
        found = standing.least([standing.place(j) for j in reach], demand, standing.limits())
        kinds.add(None if found is None else tuple(sorted((int(result.tier[j]), t) for j, t in found.opens)))
    assert {None, (), ((0, 1),), ((0, 2),)} <= kinds
    assert any(kind is not None and len(kind) == 2 for kind in kinds)
