"""In which year each station of a finished plan is built: an exact lexicographic programme (``docs/model.md`` §13)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from planner.domain.plan import SolveStatus
from planner.errors import InfeasibleError, Sentence
from planner.locate.engine import Columns, Deadline, Floats, MatrixModel, minimise
from planner.locate.problem import Ints

GOALS = ("townships", "priority_villages", "villages", "people")
"""What each year raises, in this order, before the next year counts."""


@dataclass(frozen=True, slots=True, eq=False)
class PhaseProblem:
    """A finished plan and the money of each year.

    Parameters
    ----------
    parent
        Station that supplies each station, -1 for a county centre. Parents form a tree under each centre.
    capex_cny
        Investment of each station.
    villages, priority_villages, people
        What each station serves in the finished plan: villages, the priority ones among them, residents.
    township
        Number of the township for whose outlet rule a station counts, -1 for none.
    budgets_cny
        New money of each year; what is not spent is carried over.
    """

    parent: Ints
    capex_cny: Ints
    villages: Ints
    priority_villages: Ints
    people: Ints
    township: Ints
    budgets_cny: tuple[int, ...]

    @property
    def cumulative_cny(self) -> tuple[int, ...]:
        """Money there has been by the end of each year."""
        return tuple(accumulate(self.budgets_cny))


@dataclass(frozen=True, slots=True, eq=False)
class PhaseResult:
    """The year (0 = first) in which each station is built, and what is proven.

    ``values[t]`` are the four goals reached by the end of year ``t``; ``status[t]`` is ``optimal`` when they and those
    of all years before are proven to be the lexicographic optimum.
    """

    year: Ints
    values: tuple[tuple[int, ...], ...]
    status: tuple[SolveStatus, ...]


def build_order(problem: PhaseProblem, *, time_limit_s: float | None = None, seed: int = 0) -> PhaseResult:
    """Choose the year of each station: each year's goals (`GOALS`) in turn, earlier years before later ones.

    Of the orders that reach them, one in which no station is built earlier than it helps. Raises InfeasibleError when
    the first year's money does not pay for a county centre, or all years' money not for the plan.
    """
    _demand_money(problem)
    model = _model(problem)
    deadline = Deadline(time_limit_s)
    n_years, n_columns = len(problem.budgets_cny), model.matrix.shape[1]
    point = _last_moment(problem, n_columns)
    proven, status = True, []
    for year in range(n_years):
        for goal in GOALS:
            weights = _weights(problem, goal, year, n_columns)
            point, ended = _improved(model, -weights, point, deadline, seed)
            proven = proven and ended
            model = model.with_rows(csr_array(weights[None, :]), float(weights @ point), np.inf)
        status.append(SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE)
    if proven:
        early = np.zeros(n_columns)
        early[: n_years * len(problem.parent)] = 1
        point, _ = _improved(model, early, point, deadline, seed)
    built = point[: n_years * len(problem.parent)].reshape(n_years, -1) > 0.5
    year_built = n_years - built.sum(axis=0)
    _check(problem, year_built)
    return PhaseResult(year_built, tuple(goals_by(problem, year_built, t) for t in range(n_years)), tuple(status))


def goals_by(problem: PhaseProblem, year: Ints, by: int) -> tuple[int, ...]:
    """The four goals that the stations built up to year ``by`` reach, counted in integers."""
    there = year <= by
    townships = np.unique(problem.township[there & (problem.township >= 0)])
    return (
        len(townships),
        int(problem.priority_villages[there].sum()),
        int(problem.villages[there].sum()),
        int(problem.people[there].sum()),
    )


def _first_centre(problem: PhaseProblem) -> int:
    """The county centre of least investment, the first among equals: the least that must stand in the first year."""
    centres = np.flatnonzero(problem.parent < 0)
    return int(centres[np.argmin(problem.capex_cny[centres])])


def _demand_money(problem: PhaseProblem) -> None:
    centre = int(problem.capex_cny[_first_centre(problem)])
    first, total, needed = problem.budgets_cny[0], sum(problem.budgets_cny), int(problem.capex_cny.sum())
    if first < centre:
        raise InfeasibleError(
            [
                Sentence(
                    f"the first year's budget of {first} yuan does not pay for a county centre ({centre} yuan), "
                    "and nothing can work without one",
                    f"第一年预算 {first} 元不足以建县级中心（{centre} 元），没有中心其他站点无法运行",
                )
            ],
            Sentence(
                f"the least first-year budget for this plan is {centre} yuan (proven)",
                f"此方案第一年最少需要 {centre} 元（已证明）",
            ),
        )
    if total < needed:
        raise InfeasibleError(
            [
                Sentence(
                    f"the yearly budgets add up to {total} yuan, the plan takes {needed} yuan",
                    f"各年预算合计 {total} 元，方案需要 {needed} 元",
                )
            ],
            Sentence("raise the budgets or add years", "提高预算或增加年数"),
        )


def _model(problem: PhaseProblem) -> MatrixModel:
    """Columns b_jt (station j stands by the end of year t, year by year), then u_gt (township g has its station)."""
    n, n_years = len(problem.parent), len(problem.budgets_cny)
    townships = np.unique(problem.township[problem.township >= 0])
    n_columns = n_years * (n + len(townships))
    rows: list[tuple[Columns, Floats, float]] = []
    before = np.array([1.0, -1.0])
    for t, money in enumerate(problem.cumulative_cny):
        here = np.arange(t * n, (t + 1) * n)
        rows.append((here, problem.capex_cny.astype(float), float(money)))  # (P3)
        below = np.flatnonzero(problem.parent >= 0).tolist()
        rows.extend((here[[j, problem.parent[j]]], before, 0.0) for j in below)  # (P2)
        rows.extend((np.array([(t - 1) * n + j, t * n + j]), before, 0.0) for j in range(n if t else 0))  # (P1)
        for g, township in enumerate(townships.tolist()):
            stations = here[problem.township == township]
            column = n_years * n + t * len(townships) + g
            rows.append((np.append(stations, column), np.append(-np.ones(len(stations)), 1.0), 0.0))  # (P4)
    centres = np.flatnonzero(problem.parent < 0)
    rows.append((centres, -np.ones(len(centres)), -1.0))  # (P6)
    number = np.repeat(np.arange(len(rows)), [len(columns) for columns, _, _ in rows])
    columns = np.concatenate([columns for columns, _, _ in rows])
    entries = np.concatenate([values for _, values, _ in rows])
    low = np.zeros(n_columns)
    low[(n_years - 1) * n : n_years * n] = 1  # the plan is finished in the last year
    yes: NDArray[np.bool_] = np.ones(n_columns, dtype=bool)
    return MatrixModel(
        csr_array(coo_array((entries, (number, columns)), shape=(len(rows), n_columns))),
        np.full(len(rows), -np.inf), np.array([high for _, _, high in rows]),
        low, np.ones(n_columns), yes, ~yes,
    )  # fmt: skip


def _weights(problem: PhaseProblem, goal: str, year: int, n_columns: int) -> Floats:
    """What each column adds to the goal in the year."""
    n, n_years = len(problem.parent), len(problem.budgets_cny)
    weights = np.zeros(n_columns)
    if goal == "townships":
        n_townships = n_columns // n_years - n
        start = n_years * n + year * n_townships
        weights[start : start + n_townships] = 1
        return weights
    by_goal = {"priority_villages": problem.priority_villages, "villages": problem.villages, "people": problem.people}
    weights[year * n : (year + 1) * n] = by_goal[goal]
    return weights


def _last_moment(problem: PhaseProblem, n_columns: int) -> Floats:
    """The order that always works: the cheapest county centre first, all the rest in the last year."""
    n, n_years, centre = len(problem.parent), len(problem.budgets_cny), _first_centre(problem)
    point = np.zeros(n_columns)
    point[: n_years * n].reshape(n_years, n)[:, centre] = 1
    point[(n_years - 1) * n : n_years * n] = 1
    townships = np.unique(problem.township[problem.township >= 0])
    counted = point[n_years * n :].reshape(n_years, len(townships))
    counted[:, townships == problem.township[centre]] = 1
    counted[-1] = 1
    return point


def _improved(
    model: MatrixModel, objective: Floats, point: Floats, deadline: Deadline, seed: int
) -> tuple[Floats, bool]:
    """The minimum, or the better of ``point`` and what was found in time; and whether it is proven."""
    outcome = minimise(model, objective, deadline=deadline, seed=seed)
    if outcome.values is None:
        return point, False
    found = np.round(outcome.values)
    if objective @ found > objective @ point:
        return point, False
    return found, outcome.proven


def _check(problem: PhaseProblem, year: Ints) -> None:
    """Money, supply tree and completeness, in integers; AssertionError when the solver's point breaks one."""
    spent = [int(problem.capex_cny[year <= t].sum()) for t in range(len(problem.budgets_cny))]
    below = np.flatnonzero(problem.parent >= 0)
    if any(a > b for a, b in zip(spent, problem.cumulative_cny, strict=True)):
        raise AssertionError("the build order spends more than there is")
    if year[problem.parent < 0].min() > 0:
        raise AssertionError("the build order opens no county centre in the first year")
    if (year[problem.parent[below]] > year[below]).any() or (year >= len(problem.budgets_cny)).any():
        raise AssertionError("the build order opens a station before its parent, or never")
