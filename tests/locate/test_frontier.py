"""The frontier against trying every network, on random tiny counties; and what must hold at a useful size."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from siting_brute import _parents, _stations
from siting_counties import synthetic_county
from siting_judge import facts, judge
from test_brute_force import least_volumes, locked_and_one_per_unit, several_centres, tiny_problem

from planner.domain import SolveStatus
from planner.errors import InfeasibleError, NoSolutionInTimeError
from planner.locate import ThreeTierProblem, budget_frontier, least_investment, most_villages


def best_by_investment(problem: ThreeTierProblem) -> dict[int, tuple[int, int, int]]:
    """For each investment of some feasible network the most (villages, people, -yearly cost), by trying everything."""
    known, best = facts(problem), {}
    for tiers in product(*[range(int(highest) + 1) for highest in problem.max_tier]):
        tier = list(tiers)
        if not 1 <= sum(t == 3 for t in tier) <= problem.max_centres:
            continue
        capex = sum(int(problem.capex_cny[j, t - 1]) for j, t in enumerate(tier) if t)
        cost = sum(int(problem.annual_cost_cny[j, t - 1]) for j, t in enumerate(tier) if t)
        for stations in product(*_stations(problem, known, tier)):
            covered = [i for i, j in enumerate(stations) if j >= 0]
            key = (len(covered), sum(int(problem.population[i]) for i in covered), -cost)
            if capex in best and key <= best[capex]:
                continue
            if any(
                not judge(problem, tier, list(stations), list(parents), known)
                for parents in product(*_parents(problem, known, tier))
            ):
                best[capex] = key
    return best


def nondominated(best: dict[int, tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Pairs of investment and villages that no other beats, with their people and yearly cost."""
    kept: list[tuple[int, int, int, int]] = []
    for capex, (villages, people, cost) in sorted(best.items()):
        if not kept or villages > kept[-1][1]:
            kept.append((capex, villages, people, -cost))
    return kept


def plain(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return problem


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("option", [plain, locked_and_one_per_unit, several_centres, least_volumes])
def test_the_frontier_is_the_one_found_by_trying_everything(option, seed):
    problem = option(replace(tiny_problem(seed), budget_cny=None), np.random.default_rng(seed))
    expected = nondominated(best_by_investment(problem))
    if not expected:
        with pytest.raises(InfeasibleError):
            list(budget_frontier(problem, problem.n_villages, most_points=50))
        return
    found = list(budget_frontier(problem, expected[-1][1], most_points=50))
    assert [(p.investment_cny, p.villages, p.people, p.annual_cost_cny) for p in found] == expected
    for point in found:
        network = [array.tolist() for array in (point.network.tier, point.network.station, point.network.parent)]
        assert judge(problem, *network) == []
        assert point.status is SolveStatus.OPTIMAL
        assert point.investment_bound == point.investment_cny
        assert point.villages_bound == point.villages
    assert least_investment(problem, problem.n_villages + 1) is None
    for capex, villages, *_ in expected:
        assert most_villages(replace(problem, budget_cny=capex)).villages == villages
    assert most_villages(replace(problem, budget_cny=expected[0][0] - 1)) is None


def test_the_trials_meet_frontiers_of_several_points_and_counties_without_any():
    lengths = [len(nondominated(best_by_investment(replace(tiny_problem(seed), budget_cny=None)))) for seed in range(8)]
    assert max(lengths) >= 3
    assert 0 in [
        len(nondominated(best_by_investment(replace(tiny_problem(seed), budget_cny=None)))) for seed in (*range(24),)
    ]


@pytest.fixture(scope="module")
def problem() -> ThreeTierProblem:
    return synthetic_county(n_villages=40, n_townships=4, seed=3, side_m=20_000).problem(1_500)


@pytest.fixture(scope="module")
def points(problem):
    top = most_villages(problem).villages
    return list(budget_frontier(problem, top, most_points=100))


def test_money_and_coverage_rise_together_from_the_least_to_the_most(problem, points):
    assert len(points) >= 5
    for before, after in pairwise(points):
        assert after.investment_cny > before.investment_cny
        assert after.villages > before.villages
    assert points[-1].villages == most_villages(problem).villages
    with pytest.raises(InfeasibleError):
        list(budget_frontier(replace(problem, county_to_township_m=0), 1, most_points=5))
    assert least_investment(replace(problem, budget_cny=points[0].investment_cny - 1)) is None


def test_a_thinned_frontier_is_a_part_of_the_whole_with_the_same_ends(problem, points):
    top = points[-1].villages
    thin = list(budget_frontier(problem, top, most_points=4))
    pairs = [(p.investment_cny, p.villages, p.people, p.annual_cost_cny) for p in points]
    few = [(p.investment_cny, p.villages, p.people, p.annual_cost_cny) for p in thin]
    assert 3 <= len(few) <= 4
    assert set(few) <= set(pairs)
    assert (few[0], few[-1]) == (pairs[0], pairs[-1])


def test_no_time_is_said_and_not_called_a_point(problem):
    with pytest.raises(NoSolutionInTimeError):
        least_investment(problem, 10, time_limit_s=1e-4)


@pytest.mark.parametrize("limit_s", [0.02, 0.08, 0.3])
def test_a_point_cut_short_has_true_bounds_or_is_none(problem, points, limit_s):
    wanted = points[len(points) // 2]
    try:
        found = least_investment(problem, wanted.villages, time_limit_s=limit_s)
    except NoSolutionInTimeError:
        return
    assert found.villages >= wanted.villages
    assert found.investment_cny >= wanted.investment_cny
    assert found.investment_bound is None or found.investment_bound <= wanted.investment_cny
    if found.status is SolveStatus.OPTIMAL:
        assert (found.investment_cny, found.people) == (wanted.investment_cny, wanted.people)
