"""Polishing never breaks a rule, never makes a network worse, and never changes a proven value."""

import numpy as np
import pytest
from siting_brute import best_by_trying
from siting_counties import CAPACITY, SyntheticCounty, synthetic_county
from siting_judge import judge, order_key, values
from test_brute_force import tiny_problem

from planner.errors import InfeasibleError
from planner.locate import place_tiers, polish, search


@pytest.fixture(scope="module")
def county() -> SyntheticCounty:
    return synthetic_county(n_villages=40, n_townships=4, seed=3, side_m=20_000)


@pytest.fixture
def polished(monkeypatch):
    """Polish however small the model is; the calls, as (model, objective, point before, point after)."""
    calls = []

    def watched(model, objective, point, **others):
        after = polish.polish(model, objective, point, **others)
        calls.append((model, objective, point, after))
        return after

    monkeypatch.setattr(search, "POLISHED_ABOVE", -1)
    monkeypatch.setattr(search, "polish", watched)
    return calls


def keeps_every_row(model, point) -> bool:
    activity = model.matrix @ point
    within = (activity >= model.row_low - 1e-6) & (activity <= model.row_high + 1e-6)
    return bool(within.all() and (point >= model.low).all() and (point <= model.high).all())


@pytest.mark.parametrize("radius_m", [2_000, 3_000, 4_000])
def test_a_polished_point_keeps_every_row_and_is_no_worse(county, polished, radius_m):
    place_tiers(county.problem(radius_m))
    assert len(polished) == 1
    for model, objective, before, after in polished:
        assert keeps_every_row(model, before)
        assert keeps_every_row(model, after)
        assert set(np.unique(after)) <= {0.0, 1.0}
        assert objective @ after <= objective @ before


def test_polishing_makes_some_network_better(county, polished):
    for radius_m in (2_000, 3_000, 4_000):
        place_tiers(county.problem(radius_m))
    assert any(objective @ after < objective @ before for _, objective, before, after in polished)


@pytest.mark.parametrize("changes", [{}, {"capacity_centiparcels": np.array([90_000, CAPACITY[1], CAPACITY[2]])}])
def test_polishing_changes_no_proven_value(county, monkeypatch, changes):
    problem = county.problem(3_000, **changes)
    plain = place_tiers(problem)
    monkeypatch.setattr(search, "POLISHED_ABOVE", -1)
    result = place_tiers(problem)
    assert result.optimal
    assert [(r.stage, r.objective, r.bound) for r in result.reports] == [
        (r.stage, r.objective, r.bound) for r in plain.reports
    ]


@pytest.mark.parametrize("seed", range(60, 90))
def test_with_polishing_the_optimum_is_still_the_one_found_by_trying_everything(polished, seed):
    problem = tiny_problem(seed)
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(InfeasibleError):
            place_tiers(problem)
        return
    result = place_tiers(problem)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    assert order_key(problem, values(problem, *network)) == best
    assert result.optimal


def test_the_sites_around_one_are_the_nearest_by_road():
    near = polish.nearest_sites(3, np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]), np.array([0, 50, 20, 50, 0]))
    assert near[:, :3].tolist() == [[0, 2, 1], [1, 0, -1], [2, -1, -1]]
