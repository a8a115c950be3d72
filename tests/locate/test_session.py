"""A session's answers: whole networks with true bounds at once, and the proven values of `place_tiers` when asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from siting_brute import _parents, _stations, best_by_trying
from siting_counties import SyntheticCounty, synthetic_county
from siting_judge import facts, judge, order_key, values
from test_brute_force import OPTIONS, tiny_problem

from planner import Scenario, read_county
from planner.domain import SolveStatus
from planner.errors import InfeasibleError
from planner.locate import LocationSession, ThreeTierProblem, ThreeTierResult, county_problem, place_tiers
from planner.locate.county import site_gates
from planner.locate.engine import Deadline
from planner.locate.sessions.session import NEAR, cost_gap, near_instead, unknown_rules, within
from planner.pipeline import prepare
from planner.policy import apply_rule_pack

ANSWERED_NEAR = (
    "plain", "locked", "one_per_unit", "locked_and_one_per_unit", "priority_first", "priority_first_below_all",
    "every_option",
)  # fmt: skip
"""Rules that near answers know; a problem with another goes to proof at once."""
CASES = [
    *((option, seed) for seed in range(3) for option in ANSWERED_NEAR),
    *(pytest.param(option, seed, marks=pytest.mark.slow) for seed in range(3, 20) for option in ANSWERED_NEAR),
    *(pytest.param("every_option", seed, marks=pytest.mark.slow) for seed in range(20, 200)),
]


def small_county(seed: int) -> SyntheticCounty:
    return synthetic_county(40, 4, seed=seed, side_m=25_000)


def by_stage(result: ThreeTierResult) -> dict[str, tuple[float | None, float | None]]:
    return {report.stage: (report.objective, report.bound) for report in result.reports}


def proven_values(result: ThreeTierResult) -> dict[str, float | None]:
    assert result.optimal
    return {report.stage: report.objective for report in result.reports}


def beaten(problem: ThreeTierProblem, result: ThreeTierResult) -> list[str]:
    """Bounds that some network beats although it is as good in every stage reported before, by trying everything."""
    known, reported = facts(problem), [r for r in result.reports if r.stage != "locate.townships"]
    wrong = []
    for tiers in product(*[range(int(highest) + 1) for highest in problem.max_tier]):
        tier = list(tiers)
        if sum(t == 3 for t in tier) != 1:
            continue
        for station in product(*_stations(problem, known, tier)):
            for parent in product(*_parents(problem, known, tier)):
                found = values(problem, tier, list(station), list(parent), known)
                for report in reported:
                    sign = -1 if report.stage in {"locate.priority", "locate.villages", "locate.people"} else 1
                    value = sign * found[report.stage]
                    if report.bound is not None and value < sign * report.bound:
                        if not judge(problem, tier, list(station), list(parent), known):
                            wrong.append(f"{report.stage}: {found[report.stage]} beats the bound {report.bound}")
                        break
                    if value > sign * (report.objective or 0):
                        break
    return wrong


@pytest.mark.parametrize("gap", [NEAR, 0.3])
@pytest.mark.parametrize(("option", "seed"), CASES)
def test_a_near_answer_keeps_every_rule_and_no_network_beats_its_bounds(option, seed, gap):
    problem = OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1]))
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(InfeasibleError):
            LocationSession().solve(problem, gap=gap)
        return
    result = LocationSession().solve(problem, gap=gap)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    found = values(problem, *network)
    for report in result.reports:
        if report.stage in found and report.stage != "locate.people":
            assert report.objective == found[report.stage]
        assert report.status is not SolveStatus.OPTIMAL or report.objective == report.bound
    assert order_key(problem, found)[:2] == best[:2]
    assert within(result, gap)
    assert beaten(problem, result) == []


@pytest.mark.parametrize(("option", "seed"), CASES)
def test_proof_from_a_session_is_the_optimum_found_by_trying_everything(option, seed):
    problem = OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1]))
    best = best_by_trying(problem)
    session = LocationSession()
    if best is None:
        with pytest.raises(InfeasibleError):
            session.solve(problem, gap=0)
        return
    session.solve(problem)
    result = session.solve(problem, gap=0)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    assert order_key(problem, values(problem, *network)) == best
    assert proven_values(result) == proven_values(place_tiers(problem))


RADII_M = (1_500, 2_500, 2_000, 4_000, 1_000)


def test_proof_does_not_depend_on_what_was_asked_before():
    county, session = small_county(5), LocationSession()
    for radius_m in RADII_M:
        session.solve(county.problem(radius_m))
    for radius_m in RADII_M:
        problem = county.problem(radius_m)
        assert proven_values(session.solve(problem, gap=0)) == proven_values(place_tiers(problem))


def test_near_answers_in_any_order_lie_within_the_gap_of_the_same_optimum():
    county = synthetic_county(60, 5, seed=2, side_m=30_000)
    forth, back = LocationSession(), LocationSession()
    first = {radius_m: forth.solve(county.problem(radius_m)) for radius_m in RADII_M}
    for radius_m in reversed(RADII_M):
        problem = county.problem(radius_m)
        least = proven_values(place_tiers(problem))
        for answer in (first[radius_m], back.solve(problem)):
            cost, bound = by_stage(answer)["locate.cost"]
            assert bound <= least["locate.cost"] <= cost
            assert by_stage(answer)["locate.villages"][0] == least["locate.villages"]
            assert by_stage(answer)["locate.people"][0] == least["locate.people"]
            assert within(answer, NEAR)


@dataclass(frozen=True)
class Change:
    """A setting other than the radius, as fields of the problem."""

    name: str
    fields: dict[str, object]


def changes(problem: ThreeTierProblem) -> list[Change]:
    least = np.zeros(problem.n_sites, dtype=int)
    least[np.flatnonzero(problem.max_tier == 1)[:2]] = 1
    closed = problem.max_tier.copy()
    closed[np.flatnonzero(problem.max_tier == 1)[5:15]] = 0
    spent = int(problem.capex_cny[:, 0].sum())
    return [
        Change("nothing", {}), Change("sites that must be open", {"least_tier": least}),
        Change("sites that are closed", {"max_tier": closed}), Change("budget", {"budget_cny": 2_000_000 + spent // 4}),
        Change("target", {"target_villages": problem.n_villages // 2}), Change("nothing again", {}),
    ]  # fmt: skip


def test_locks_budget_and_target_leave_nothing_behind():
    problem, session = small_county(9).problem(2_500), LocationSession()
    for change in changes(problem):
        changed = replace(problem, **change.fields)
        near = session.solve(changed)
        proven = session.solve(changed, gap=0)
        expected = proven_values(place_tiers(changed))
        assert proven_values(proven) == expected, change.name
        assert by_stage(near)["locate.cost"][1] <= expected["locate.cost"], change.name
        assert by_stage(near)["locate.villages"][0] == expected["locate.villages"], change.name


def test_more_radius_never_raises_the_bound_above_a_smaller_radius_cost():
    county, session = small_county(1), LocationSession()
    small, large = (session.solve(county.problem(r, target_villages=30)) for r in (2_500, 4_000))
    assert by_stage(large)["locate.cost"][1] <= by_stage(small)["locate.cost"][0]


def test_an_answer_given_once_is_given_again():
    county, session = small_county(5), LocationSession()
    near = session.solve(county.problem(2_000))
    assert session.solve(county.problem(2_000)) is near or near.optimal
    proven = session.solve(county.problem(2_000), gap=0)
    assert session.solve(county.problem(2_000)) is proven
    assert session.solve(county.problem(2_000), gap=0) is proven


def test_an_answer_within_the_gap_is_not_called_optimal():
    gaps = []
    session = LocationSession()
    for seed in range(8):
        answer = session.solve(small_county(seed).problem(2_500), gap=0.2)
        gaps.append(cost_gap(answer))
        status = {report.stage: report.status for report in answer.reports}
        if gaps[-1]:
            assert status["locate.cost"] is SolveStatus.FEASIBLE
            assert status["locate.access"] is SolveStatus.FEASIBLE
    assert any(gaps)


def test_a_rule_that_near_answers_do_not_know_is_solved_whole(monkeypatch):
    monkeypatch.setattr("planner.locate.sessions.session.KNOWN_FIELDS", frozenset({"population"}))
    problem = replace(small_county(5).problem(2_000), budget_cny=20_000_000)
    assert "budget_cny" in unknown_rules(problem)
    assert proven_values(LocationSession().solve(problem)) == proven_values(place_tiers(problem))


@pytest.mark.parametrize("option", OPTIONS)
def test_rules_are_either_known_or_solved_whole(option):
    for seed in range(3):
        problem = OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1]))
        if option in ANSWERED_NEAR:
            assert unknown_rules(problem) == ()
        elif unknown_rules(problem) and best_by_trying(problem) is not None:
            assert proven_values(LocationSession().solve(problem)) == proven_values(place_tiers(problem))


def test_stations_that_are_full_get_help_within_the_bound():
    """Points carry three villages at most, and many villages lie around each: nearest stations overflow."""
    county, session = synthetic_county(80, 4, seed=4, side_m=15_000), LocationSession()
    problem = county.problem(4_000, capacity_centiparcels=np.array([600, 5_000, 60_000]) * 100)
    answer = session.solve(problem)
    assert judge(problem, answer.tier.tolist(), answer.station.tolist(), answer.parent.tolist()) == []
    cost, bound = by_stage(answer)["locate.cost"]
    assert bound <= cost


def test_answers_with_cold_stores_are_told_apart_by_every_number():
    """A thousand numbers and more are not written out in full, so that comparing texts would not do."""
    from planner.locate import ColdStores
    from planner.locate.sessions.session import _digest

    problem = small_county(5).problem(2_000)
    long = np.zeros(problem.n_villages * 60, dtype=int)
    reach = np.arange(problem.n_villages + 1) * 60
    stores = ColdStores(
        2, 1, np.ones(problem.n_villages, dtype=int), reach, long, np.zeros(problem.n_sites, dtype=int),
        np.zeros(problem.n_sites, dtype=int),
    )  # fmt: skip
    other = long.copy()
    other[len(long) // 2] = 1
    one, two = (replace(problem, cold=each) for each in (stores, replace(stores, reach_site=other)))
    assert len({_digest(problem, 0), _digest(one, 0), _digest(two, 0)}) == 3
    assert _digest(one, 0) == _digest(replace(problem, cold=stores), 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xunhua", "isle-of-wight"])
def test_a_drag_over_an_embedded_county_stays_within_the_gap_and_ends_in_the_proven_values(name):
    county = read_county(name)
    scenario = apply_rule_pack(Scenario(), county.code).scenario
    prepared, session = prepare(county, scenario), LocationSession()
    for radius_km in np.arange(1.0, 5.0, 0.5).tolist():
        here = scenario.update({"radius_km": radius_km})
        gates = site_gates(county, here, prepared.supply, prepared.site_snaps)
        problem = county_problem(county, here, prepared.access, prepared.supply, gates)
        near, proven = session.solve(problem), proven_values(place_tiers(problem))
        assert within(near, NEAR)
        cost, bound = by_stage(near)["locate.cost"]
        assert bound <= proven["locate.cost"] <= cost
        if cost == proven["locate.cost"]:
            access, least = by_stage(near)["locate.access"]
            assert least <= proven["locate.access"] <= access
        assert proven_values(session.solve(problem, gap=0)) == proven


def test_a_near_answer_stands_in_for_a_proof_that_found_less_and_never_for_one_that_found_more():
    problem = small_county(1).problem(2_000)
    proven, poor = place_tiers(problem), place_tiers(problem, time_limit_s=1e-6)
    instead = near_instead(problem, poor, Deadline(None), 0)
    assert by_stage(instead)["locate.villages"][0] == by_stage(proven)["locate.villages"][0]
    assert by_stage(instead)["locate.villages"][0] > by_stage(poor)["locate.villages"][0]
    assert not instead.optimal
    assert near_instead(problem, proven, Deadline(None), 0) is proven
    with_weights = replace(problem, weight_tenths=np.full(problem.n_villages, 20))
    assert near_instead(with_weights, poor, Deadline(None), 0) is poor
