"""The build order against trying every order, on random tiny plans."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.errors import InfeasibleError
from planner.locate import PhaseProblem, build_order
from planner.locate.phases import goals_by


def tiny_plan(seed: int, n_years: int = 3) -> PhaseProblem:
    """A centre, two or three township stations and points below any of them; money binds in the first years."""
    rng = np.random.default_rng(seed)
    n_stations, n_points = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    n = 1 + n_stations + n_points
    capex = rng.integers(0, 9, n)
    total = int(capex.sum())
    budgets = [int(capex[0]) + int(rng.integers(0, 6)), *(int(rng.integers(0, 9)) for _ in range(n_years - 2))]
    budgets.append(max(0, total - sum(budgets)) + int(rng.integers(0, 3)))
    villages = np.r_[rng.integers(0, 3, 1 + n_stations), rng.integers(1, 4, n_points)]
    return PhaseProblem(
        parent=np.r_[-1, np.zeros(n_stations, int), rng.integers(0, 1 + n_stations, n_points)],
        capex_cny=capex,
        villages=villages,
        priority_villages=rng.integers(0, villages + 1),
        people=villages * rng.integers(10, 99, n),
        township=np.r_[0, rng.integers(-1, 3, n_stations), np.full(n_points, -1)],
        budgets_cny=tuple(budgets),
    )


def two_centres(problem: PhaseProblem, seed: int) -> PhaseProblem:
    """The first township station is a second centre, and some stations hang on it."""
    rng = np.random.default_rng([seed, 1])
    parent = problem.parent.copy()
    parent[1] = -1
    parent[2:] = np.where((parent[2:] == 0) & (rng.random(len(parent) - 2) < 0.5), 1, parent[2:])
    first = max(problem.budgets_cny[0], int(problem.capex_cny[:2].min()))
    return replace(problem, parent=parent, budgets_cny=(first, *problem.budgets_cny[1:]))


def lawful(problem: PhaseProblem, year: np.ndarray) -> bool:
    spent = [int(problem.capex_cny[year <= t].sum()) for t in range(len(problem.budgets_cny))]
    below = np.flatnonzero(problem.parent >= 0)
    if year[problem.parent < 0].min() > 0:
        return False
    return all(a <= b for a, b in zip(spent, problem.cumulative_cny, strict=True)) and bool(
        (year[problem.parent[below]] <= year[below]).all()
    )


def best_by_trying(problem: PhaseProblem) -> tuple[tuple[int, ...], ...]:
    years = range(len(problem.budgets_cny))
    orders = (np.array(order) for order in product(years, repeat=len(problem.parent)))
    return max(tuple(goals_by(problem, order, t) for t in years) for order in orders if lawful(problem, order))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("several", [False, True])
def test_the_order_is_the_best_found_by_trying_everything(seed, several):
    problem = two_centres(tiny_plan(seed), seed) if several else tiny_plan(seed)
    result = build_order(problem)
    assert lawful(problem, result.year)
    assert result.values == best_by_trying(problem)
    assert set(result.status) == {SolveStatus.OPTIMAL}


def test_the_trials_meet_orders_of_several_years():
    used = [len(set(build_order(tiny_plan(seed)).year.tolist())) for seed in range(12)]
    assert max(used) == 3


def test_more_money_in_the_first_year_never_makes_it_worse():
    problem = tiny_plan(5)
    values = []
    for extra in range(0, 12, 3):
        first, *rest = problem.budgets_cny
        richer = PhaseProblem(
            problem.parent, problem.capex_cny, problem.villages, problem.priority_villages, problem.people,
            problem.township, (first + extra, *rest),
        )  # fmt: skip
        values.append(build_order(richer).values[0])
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_what_is_not_spent_is_carried_over():
    """A point of 5 with 3 a year: nothing in the second year, the point in the third."""
    problem = PhaseProblem(
        np.array([-1, 0]), np.array([4, 5]), np.array([1, 2]), np.array([0, 0]), np.array([10, 20]),
        np.array([0, -1]), (4, 3, 3),
    )  # fmt: skip
    assert build_order(problem).year.tolist() == [0, 2]


def test_an_order_that_is_best_in_the_first_year_looks_ahead_among_equals():
    """Two points of equal worth now; only one of them is a township station that lets the next year build."""
    problem = PhaseProblem(
        np.array([-1, 0, 0, 1]), np.array([1, 2, 2, 1]), np.array([0, 1, 1, 3]), np.zeros(4, int),
        np.array([0, 10, 10, 30]), np.array([0, -1, -1, -1]), (3, 1, 2),
    )  # fmt: skip
    assert build_order(problem).year.tolist() == [0, 0, 2, 1]


def test_a_first_year_without_money_for_the_centre_names_the_least_that_has():
    problem = PhaseProblem(
        np.array([-1, 0]), np.array([40, 5]), np.array([1, 2]), np.array([0, 0]), np.array([10, 20]),
        np.array([0, -1]), (39, 50),
    )  # fmt: skip
    with pytest.raises(InfeasibleError) as caught:
        build_order(problem)
    for said in (caught.value.relaxation.en, caught.value.relaxation.zh):
        assert "40" in said


def test_of_several_centres_the_first_year_need_pay_for_the_cheapest_only():
    problem = PhaseProblem(
        np.array([-1, -1, 0]), np.array([40, 30, 5]), np.array([1, 2, 1]), np.zeros(3, int), np.array([10, 20, 9]),
        np.array([0, 1, -1]), (30, 45),
    )  # fmt: skip
    assert build_order(problem).year.tolist() == [1, 0, 1]
    with pytest.raises(InfeasibleError, match="30 yuan"):
        build_order(replace(problem, budgets_cny=(29, 50)))


def test_years_that_do_not_pay_for_the_plan_are_refused():
    problem = PhaseProblem(
        np.array([-1, 0]), np.array([40, 5]), np.array([1, 2]), np.array([0, 0]), np.array([10, 20]),
        np.array([0, -1]), (40, 4),
    )  # fmt: skip
    with pytest.raises(InfeasibleError, match="add up to 44"):
        build_order(problem)
