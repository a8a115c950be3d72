"""Evenness and second stations on a tiny line of villages, and true bounds when time is short."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from siting_brute import best_by_trying
from siting_counties import synthetic_county
from siting_judge import judge, values
from test_brute_force import tiny_problem

from planner.domain import SolveStatus
from planner.locate import ThreeTierProblem, place_tiers

FAR = -1


def line(**changes: Any) -> ThreeTierProblem:
    """Three villages of townships 0, 0, 1; site 0 is the centre and reaches all, 1 and 2 are points beside 1 and 2."""
    fields: dict[str, Any] = {
        "population": np.array([20, 20, 20]),
        "demand_centiparcels": np.array([400, 400, 400]),
        "site_township": np.array([0, 0, 0]),
        "max_tier": np.array([3, 1, 1]),
        "capex_cny": np.tile([1, 10, 100], (3, 1)),
        "annual_cost_cny": np.tile([1, 10, 100], (3, 1)),
        "capacity_centiparcels": np.array([1_000, 10_000, 100_000]),
        "access_m": np.array([[0, FAR, FAR], [800, 100, FAR], [900, FAR, 50]]),
        "supply_m": np.array([[0, 500, 900], [500, 0, 400], [900, 400, 0]]),
        "county_to_township_m": 1_000,
        "township_to_village_m": 1_000,
        "required_townships": np.array([0]),
        "required_township_count": 1,
        "target_villages": 3,
        "village_township": np.array([0, 0, 1]),
    }
    return ThreeTierProblem.from_dense(**{**fields, **changes})


def solved(problem: ThreeTierProblem) -> dict[str, float]:
    result = place_tiers(problem)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    assert result.optimal
    return {report.stage.removeprefix("locate."): report.objective for report in result.reports}


def test_without_a_rule_the_cheapest_plan_lets_everybody_walk():
    assert solved(line())["cost"] == 100


def test_the_longest_way_is_shortened_before_cost_counts():
    found = solved(line(equity="max_distance"))
    assert (found["max_distance"], found["cost"]) == (100, 102)


def test_nine_tenths_of_the_people_and_not_the_last_tenth():
    found = solved(line(equity="p90", population=np.array([50, 45, 5])))
    assert (found["p90"], found["cost"]) == (100, 101)


def test_a_budget_limits_how_even_it_gets():
    assert solved(line(equity="max_distance", budget_cny=101))["max_distance"] == 800


def test_the_worst_township_counts_where_not_all_are_covered():
    """One yuan is left for a point: at village 1, which is one of two in its township, or at 2, which is all of 1."""
    far = {"access_m": np.array([[0, FAR, FAR], [FAR, 100, FAR], [FAR, FAR, 50]]), "budget_cny": 101}
    crowded = np.array([20, 30, 20])
    assert solved(line(**far, population=crowded))["people"] == 50
    found = solved(line(**far, population=crowded, equity="worst_township"))
    assert (found["worst_township"], found["people"]) == (0.5, 40)


def test_a_township_counts_up_to_the_target_only():
    far = {"access_m": np.array([[0, FAR, FAR], [FAR, 100, FAR], [FAR, FAR, 50]]), "target_villages": 2}
    assert solved(line(**far, equity="worst_township", township_share=Fraction(1, 2)))["cost"] == 101
    assert solved(line(**far, equity="worst_township"))["cost"] == 102


def test_second_stations_are_counted_up_to_the_share_asked_for():
    found = solved(line(backup_villages=3))
    assert (found["backup"], found["cost"]) == (2, 102)
    found = solved(line(backup_villages=1))
    assert (found["backup"], found["cost"]) == (1, 101)


def test_a_point_may_stand_idle_as_a_second_station():
    """The point's own village is served from nearer by; the point stands for the case that this fails."""
    idle = np.array([[0, FAR, FAR], [50, 100, FAR], [900, FAR, FAR]])
    result = place_tiers(line(backup_villages=1, access_m=idle))
    assert result.tier.tolist() == [3, 1, 0]
    assert result.station.tolist() == [0, 0, 0]


def test_a_station_too_small_for_a_village_is_no_second_one():
    assert solved(line(backup_villages=3, capacity_centiparcels=np.array([300, 10_000, 100_000])))["backup"] == 0


def test_evenness_by_township_needs_to_know_the_townships():
    with pytest.raises(ValueError, match="village_township"):
        line(equity="worst_township", village_township=None)


@pytest.mark.parametrize("measure", ["max_distance", "p90", "worst_township"])
@pytest.mark.parametrize("seed", range(6))
def test_in_a_short_time_the_bound_is_true(seed, measure):
    township = np.array([0, 0, 1, 1, 1])
    problem = tiny_problem(seed)
    problem = ThreeTierProblem(
        **{name: getattr(problem, name) for name in ThreeTierProblem.__slots__}
        | {"equity": measure, "village_township": township, "backup_villages": 3}
    )
    best = best_by_trying(problem)
    if best is None:
        pytest.skip("no network at all")
    result = place_tiers(problem, time_limit_s=0.01)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    assert judge(problem, *network) == []
    stages = {report.stage: report for report in result.reports}
    even = stages[f"locate.{measure}"]
    assert stages["locate.backup"].objective is not None
    if even.status is SolveStatus.OPTIMAL:
        assert even.objective == float(values(problem, *network)[f"locate.{measure}"])


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["max_distance", "p90", "worst_township"])
def test_a_county_with_tight_points_is_proven(measure):
    county = synthetic_county(seed=3)
    problem = county.problem(
        3_000, equity=measure, village_township=county.village_township, backup_villages=80, target_villages=140
    )
    assert place_tiers(problem, time_limit_s=300).optimal
