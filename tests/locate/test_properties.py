"""What must hold for any county: proofs at a useful size, and which way the answer moves when a parameter does."""

import numpy as np
import pytest
from siting_counties import CAPACITY, SyntheticCounty, synthetic_county
from siting_judge import judge, values

from planner.domain import SolveStatus
from planner.errors import InfeasibleError
from planner.locate import ThreeTierProblem, ThreeTierResult, place_tiers


@pytest.fixture(scope="module")
def county() -> SyntheticCounty:
    return synthetic_county(n_villages=40, n_townships=4, seed=3, side_m=20_000)


def proven(problem: ThreeTierProblem) -> tuple[ThreeTierResult, dict[str, float]]:
    result = place_tiers(problem)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    found = values(problem, *network)
    reported = {report.stage: report.objective for report in result.reports}
    assert result.optimal
    assert all(reported[stage] == value for stage, value in found.items() if stage in reported)
    return result, {stage: value for stage, value in reported.items() if value is not None}


def test_a_larger_radius_never_covers_less_nor_costs_more_for_the_same_villages(county):
    found = [proven(county.problem(radius))[1] for radius in (500, 1_000, 2_000, 4_000)]
    covered = [value["locate.villages"] for value in found]
    assert covered == sorted(covered)
    costs = [value["locate.cost"] for value in found if value["locate.villages"] == covered[-1]]
    assert len(costs) >= 2
    assert costs == sorted(costs, reverse=True)


def test_more_budget_never_covers_fewer_villages(county):
    whole = proven(county.problem(1_500))[0]
    opened = np.flatnonzero(whole.tier)
    needed = int(county.capex_cny[opened, whole.tier[opened] - 1].sum())
    least = _least_budget(county)
    budgets = np.linspace(least, max(least, needed), 6).astype(int)
    found = [proven(county.problem(1_500, budget_cny=int(budget)))[1] for budget in budgets]
    order = [(value["locate.villages"], value["locate.people"]) for value in found]
    with pytest.raises(InfeasibleError):
        place_tiers(county.problem(1_500, budget_cny=least - 1))
    assert order == sorted(order)
    assert order[0] < order[-1]


def _least_budget(county: SyntheticCounty) -> int:
    """The cheapest centre and the cheapest station of every other township, by plain search."""
    totals = []
    for centre in np.flatnonzero(county.max_tier == 3):
        others = [g for g in range(county.n_townships) if g != county.site_township[centre]]
        sites = [np.flatnonzero((county.site_township == g) & (county.max_tier >= 2)) for g in others]
        totals.append(county.capex_cny[centre, 2] + sum(county.capex_cny[there, 1].min() for there in sites))
    return int(min(totals))


def test_more_capacity_never_costs_more_for_the_same_villages(county):
    found = [
        proven(county.problem(3_000, capacity_centiparcels=np.array([point, CAPACITY[1], CAPACITY[2]])))[1]
        for point in (90_000, 120_000, 300_000)
    ]
    assert len({value["locate.villages"] for value in found}) == 1
    costs = [value["locate.cost"] for value in found]
    assert costs == sorted(costs, reverse=True)


def test_two_runs_give_the_same_network(county):
    first, second = place_tiers(county.problem(2_500)), place_tiers(county.problem(2_500))
    for name in ("tier", "station", "parent"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()


@pytest.mark.parametrize("limit_s", [1e-3, 0.05, 0.2])
def test_a_run_cut_short_is_feasible_with_true_bounds(county, limit_s):
    problem = county.problem(4_000)
    truth = proven(problem)[1]
    result = place_tiers(problem, time_limit_s=limit_s)
    assert judge(problem, result.tier.tolist(), result.station.tolist(), result.parent.tolist()) == []
    before_all_proven = True
    for report in result.reports:
        if before_all_proven and report.bound is not None:
            maximised = report.stage in {"locate.townships", "locate.villages", "locate.people"}
            best = truth[report.stage]
            assert report.bound >= best if maximised else report.bound <= best
        before_all_proven = before_all_proven and report.status is SolveStatus.OPTIMAL


def test_a_millisecond_is_never_called_optimal(county):
    result = place_tiers(county.problem(4_000), time_limit_s=1e-3)
    assert not result.optimal
    assert {report.stage for report in result.reports if report.status is SolveStatus.OPTIMAL} == {"locate.townships"}
