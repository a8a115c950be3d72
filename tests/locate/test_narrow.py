"""Gomory cuts keep every integer point, narrowing every solution within the limit; no proven value changes."""

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array
from siting_brute import best_by_trying
from siting_counties import synthetic_county
from siting_judge import judge, order_key, values
from test_brute_force import tiny_problem

from planner.domain.plan import SolveStatus
from planner.errors import InfeasibleError
from planner.locate import narrow, place_tiers, search
from planner.locate.engine import Deadline, MatrixModel, relax
from planner.locate.gomory import gomory_cuts
from planner.locate.model import can_carry
from planner.locate.patterns import list_patterns

NO_LIMIT = Deadline(None)


@pytest.fixture
def narrowed(monkeypatch):
    """Narrow however small the model is; the bounds before and after."""
    calls = []
    original = narrow.Narrowed.narrow

    def watched(self, limit, deadline):
        after = original(self, limit, deadline)
        calls.append((self.relaxed.bound, after.relaxed.bound, after.cuts.count))
        return after

    monkeypatch.setattr(search, "NARROWED_ABOVE", -1)
    monkeypatch.setattr(narrow, "NARROWED_ABOVE", -1)
    monkeypatch.setattr(narrow.Narrowed, "narrow", watched)
    return calls


def odd_cover(seed: int) -> tuple[MatrixModel, np.ndarray]:
    """A covering model with a cost row, one column that is fixed and one that has a bound of its own."""
    rng = np.random.default_rng(seed)
    n, m = 9, 10
    cover = np.zeros((m, n))
    for row in cover:
        row[rng.choice(n, 2, replace=False)] = 1
    cost = rng.integers(2, 7, n).astype(float)
    matrix = csr_array(np.vstack([cover, cost]))
    low, implied = np.zeros(n), np.ones(n, dtype=bool)
    low[0], implied[:3] = seed % 2, False
    row_low, row_high = np.append(np.ones(m), -np.inf), np.append(np.full(m, np.inf), np.floor(0.7 * cost.sum()))
    integer = np.ones(n, dtype=bool)
    return MatrixModel(matrix, row_low, row_high, low, np.ones(n), integer, implied), rng.integers(3, 9, n).astype(
        float
    )


def integer_points(model: MatrixModel) -> np.ndarray:
    points = np.array(list(product((0.0, 1.0), repeat=len(model.low))))
    activity = points @ model.matrix.toarray().T
    kept = ((activity >= model.row_low) & (activity <= model.row_high)).all(axis=1) & (points >= model.low).all(axis=1)
    return points[kept]


def relaxed(model: MatrixModel, objective: np.ndarray):
    every = np.arange(len(objective))
    return relax(model, objective, deadline=NO_LIMIT, allowed=every, start=every)


def test_cuts_keep_every_integer_point_and_break_the_relaxation() -> None:
    seen = 0
    for seed in range(120):
        model, objective = odd_cover(seed)
        relaxation = relaxed(model, objective)
        if relaxation is None:
            continue
        cuts = gomory_cuts(model, relaxation)
        if cuts is None:
            continue
        seen += cuts.count
        assert (cuts.matrix @ relaxation.values < cuts.low).all(), seed
        assert (integer_points(model) @ cuts.matrix.toarray().T >= cuts.low - 1e-9).all(), seed
    assert seen > 20


def test_columns_that_need_not_be_integer_get_no_cuts() -> None:
    fractional = next(
        (model, relaxation)
        for model, objective in (odd_cover(seed) for seed in range(120))
        if (relaxation := relaxed(model, objective)) is not None and gomory_cuts(model, relaxation) is not None
    )
    model, relaxation = fractional
    part = np.arange(len(model.low)) != 3
    loose = MatrixModel(model.matrix, model.row_low, model.row_high, model.low, model.high, part, model.implied)
    assert gomory_cuts(loose, relaxation) is None


def test_narrowing_keeps_every_solution_within_the_limit(narrowed) -> None:
    raised = 0
    for seed in range(120):
        model, objective = odd_cover(seed)
        points = integer_points(model)
        relaxation = relaxed(model, objective)
        if relaxation is None or not len(points):
            continue
        worth = points @ objective
        limit = float(np.sort(worth)[min(2, len(worth) - 1)])
        left = narrow.Narrowed.start(model, objective, relaxation).narrow(limit, NO_LIMIT)
        good = points[worth <= limit]
        dropped = np.setdiff1d(np.arange(len(objective)), left.columns)
        assert not good[:, dropped].any(), seed
        activity = good[:, left.columns] @ left.model.matrix.toarray().T
        assert (activity >= left.model.row_low - 1e-9).all(), seed
        assert (activity <= left.model.row_high + 1e-9).all(), seed
        assert min(left.relaxed.bound, limit + 1) <= worth.min() + 1e-6, seed
        raised += left.relaxed.bound > relaxation.bound + 1e-6
    assert raised > 10


def test_every_set_of_a_point_has_a_maximal_one_that_holds_it() -> None:
    problem = synthetic_county(n_villages=40, n_townships=4, seed=3, side_m=20_000).problem(2_000)
    patterns = list_patterns(problem, can_carry(problem)[:, 0])
    sets = [set(patterns.pair[a:b].tolist()) for a, b in zip(patterns.indptr, patterns.indptr[1:], strict=False)]
    assert len(sets) > 50
    assert not patterns.maximal.all()
    for s, other in enumerate(patterns.larger.tolist()):
        assert patterns.maximal[other]
        assert patterns.site[other] == patterns.site[s]
        assert sets[s] <= sets[other]


@pytest.mark.parametrize("block", range(4))
def test_narrowed_stages_find_what_trying_everything_finds(narrowed, block: int) -> None:
    for seed in range(25 * block, 25 * block + 25):
        problem = tiny_problem(seed)
        expected = best_by_trying(problem)
        try:
            result = place_tiers(problem)
        except InfeasibleError:
            assert expected is None, seed
            continue
        assert expected is not None, seed
        network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
        assert judge(problem, *network) == []
        assert order_key(problem, values(problem, *network)) == expected, seed
    assert narrowed


def test_a_county_narrowed_has_the_same_proven_values(narrowed, monkeypatch) -> None:
    problem = synthetic_county(n_villages=60, n_townships=5, seed=8, side_m=24_000).problem(3_000)
    with_cuts = place_tiers(problem)
    assert any(after > before + 0.5 and cuts for before, after, cuts in narrowed)
    monkeypatch.setattr(search, "NARROWED_ABOVE", 10**9)
    monkeypatch.setattr(narrow, "NARROWED_ABOVE", 10**9)
    without = place_tiers(problem)
    assert [r.objective for r in with_cuts.reports] == [r.objective for r in without.reports]
    assert {r.status for r in with_cuts.reports} == {SolveStatus.OPTIMAL}
