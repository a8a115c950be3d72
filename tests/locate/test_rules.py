"""One rule at a time: a tiny county that just meets it, and the same one that just does not."""

from typing import Any

import numpy as np
import pytest
from siting_judge import judge

from planner.domain import SolveStatus
from planner.errors import InfeasibleError
from planner.locate import ThreeTierProblem, ThreeTierResult, place_tiers

FAR = -1


def line(**changes: Any) -> ThreeTierProblem:
    """Three villages, three sites in one township: 0 can be the centre, 1 a station, 2 a point; village i is at site i.

    Costs by tier 1, 10, 100 yuan (invested and a year), capacity 10, 100, 1000 parcels; each village sends 4.
    """
    fields: dict[str, Any] = {
        "population": np.array([20, 20, 20]),
        "demand_centiparcels": np.array([400, 400, 400]),
        "site_township": np.array([0, 0, 0]),
        "max_tier": np.array([3, 2, 1]),
        "capex_cny": np.tile([1, 10, 100], (3, 1)),
        "annual_cost_cny": np.tile([1, 10, 100], (3, 1)),
        "capacity_centiparcels": np.array([1_000, 10_000, 100_000]),
        "access_m": np.where(np.eye(3, dtype=bool), 0, FAR),
        "supply_m": np.array([[0, 500, 900], [500, 0, 400], [900, 400, 0]]),
        "county_to_township_m": 1_000,
        "township_to_village_m": 1_000,
        "required_townships": np.array([0]),
        "required_township_count": 1,
        "target_villages": 3,
    }
    return ThreeTierProblem.from_dense(**{**fields, **changes})


def solved(problem: ThreeTierProblem) -> ThreeTierResult:
    result = place_tiers(problem)
    assert judge(problem, result.tier.tolist(), result.station.tolist(), result.parent.tolist()) == []
    assert result.optimal
    return result


def value(result: ThreeTierResult, stage: str) -> float | None:
    return next(report.objective for report in result.reports if report.stage == f"locate.{stage}")


def test_the_plain_line_is_one_centre_and_two_points():
    result = solved(line())
    assert result.tier.tolist() == [3, 1, 1]
    assert result.station.tolist() == [0, 1, 2]
    assert result.parent.tolist() == [-1, 0, 0]
    assert value(result, "cost") == 102
    assert value(result, "supply") == 500 + 900


def test_one_centre_even_where_two_are_possible():
    result = solved(line(max_tier=np.array([3, 3, 1])))
    assert sorted(result.tier.tolist()) == [1, 1, 3]


def test_without_a_possible_centre_there_is_no_plan():
    with pytest.raises(InfeasibleError):
        place_tiers(line(max_tier=np.array([2, 2, 1])))


def test_a_site_is_not_opened_above_its_highest_tier():
    townships = {"site_township": np.array([0, 1, 1]), "required_townships": np.array([0, 1])}
    assert solved(line(**townships, required_township_count=2)).tier.tolist() == [3, 2, 1]
    with pytest.raises(InfeasibleError):
        place_tiers(line(**townships, required_township_count=2, max_tier=np.array([3, 1, 1])))


def test_a_share_of_the_townships_is_enough_where_the_rule_says_so():
    problem = line(
        site_township=np.array([0, 1, 1]), required_townships=np.array([0, 1]), required_township_count=1,
        max_tier=np.array([3, 1, 1]),
    )  # fmt: skip
    assert solved(problem).tier.tolist() == [3, 1, 1]


def test_a_village_is_served_within_the_radius_only():
    result = solved(line(access_m=np.array([[0, FAR, FAR], [FAR, 0, FAR], [FAR, FAR, FAR]])))
    assert result.station.tolist() == [0, 1, -1]
    assert result.tier.tolist() == [3, 1, 0]


def test_two_villages_share_a_point_as_long_as_it_can_carry_both():
    reach = np.array([[0, FAR, FAR], [FAR, 0, FAR], [FAR, 300, FAR]])
    assert solved(line(access_m=reach)).station.tolist() == [0, 1, 1]
    heavy = np.array([400, 400, 700])
    raised = solved(line(access_m=reach, demand_centiparcels=heavy))
    assert raised.tier.tolist() == [3, 2, 0]
    left_out = solved(line(access_m=reach, demand_centiparcels=heavy, max_tier=np.array([3, 1, 1])))
    assert value(left_out, "villages") == 2


def test_a_capacity_that_is_a_row_of_the_matrix_holds_like_one_that_is_listed():
    rng = np.random.default_rng(1)
    demand = rng.integers(20, 80, 14)
    reach = np.full((14, 3), FAR)
    reach[:, 2] = 10
    problem = line(
        population=demand, demand_centiparcels=demand, access_m=reach, target_villages=14,
        capacity_centiparcels=np.array([demand.sum() - 1, 10_000, 100_000]),
    )  # fmt: skip
    assert value(solved(problem), "villages") == 13


def test_all_parcels_pass_through_the_centre():
    assert value(solved(line(capacity_centiparcels=np.array([1_000, 10_000, 1_200]))), "villages") == 3
    assert value(solved(line(capacity_centiparcels=np.array([1_000, 10_000, 1_199]))), "villages") == 2


def test_a_station_lies_within_reach_of_the_centre():
    far = {"site_township": np.array([0, 1, 1]), "required_townships": np.array([0, 1]), "required_township_count": 2}
    assert solved(line(**far, county_to_township_m=500)).parent[1] == 0
    with pytest.raises(InfeasibleError):
        place_tiers(line(**far, county_to_township_m=499))


def test_a_point_beyond_reach_of_the_centre_needs_a_station_in_reach():
    assert solved(line(township_to_village_m=900)).tier.tolist() == [3, 1, 1]
    result = solved(line(township_to_village_m=500))
    assert result.tier.tolist() == [3, 2, 1]
    assert result.parent.tolist() == [-1, 0, 1]
    alone = solved(line(township_to_village_m=399))
    assert alone.station.tolist() == [0, 1, -1]


def test_a_supply_road_is_used_in_its_own_direction():
    one_way = np.array([[0, 500, FAR], [500, 0, FAR], [900, 400, 0]])
    assert solved(line(supply_m=one_way)).station.tolist() == [0, 1, -1]


def test_what_a_station_passes_on_counts_against_its_capacity():
    """Two points can only be supplied by the station, which carries its own village and 400 or 800 more."""
    fields = {
        "population": np.array([20] * 4), "demand_centiparcels": np.array([400] * 4),
        "site_township": np.zeros(4, dtype=int), "max_tier": np.array([3, 2, 1, 1]),
        "capex_cny": np.tile([1, 10, 100], (4, 1)), "annual_cost_cny": np.tile([1, 10, 100], (4, 1)),
        "access_m": np.where(np.eye(4, dtype=bool), 0, FAR), "target_villages": 4,
        "supply_m": np.array([[0, 500, 900, 900], [500, 0, 400, 300], [0, 0, 0, FAR], [0, 0, FAR, 0]]),
        "township_to_village_m": 600,
    }  # fmt: skip
    roomy = solved(line(**fields, capacity_centiparcels=np.array([1_000, 1_200, 100_000])))
    assert value(roomy, "villages") == 4
    tight = solved(line(**fields, capacity_centiparcels=np.array([1_000, 1_199, 100_000])))
    assert value(tight, "villages") == 3


def test_a_full_station_hands_a_point_to_the_next_one():
    """The nearest parents of both points are station 1; only one fits, so the cheaper detour goes to the centre."""
    fields = {
        "population": np.array([20] * 4), "demand_centiparcels": np.array([400] * 4),
        "site_township": np.array([0, 1, 1, 1]), "required_townships": np.array([0, 1]),
        "required_township_count": 2, "max_tier": np.array([3, 2, 1, 1]),
        "capex_cny": np.tile([1, 10, 100], (4, 1)), "annual_cost_cny": np.tile([1, 10, 100], (4, 1)),
        "access_m": np.where(np.eye(4, dtype=bool), 0, FAR), "target_villages": 4,
        "supply_m": np.array([[0, 500, 700, 900], [500, 0, 400, 300], [0, 0, 0, FAR], [0, 0, FAR, 0]]),
    }  # fmt: skip
    roomy = solved(line(**fields, capacity_centiparcels=np.array([1_000, 1_200, 100_000])))
    assert roomy.parent.tolist() == [-1, 0, 1, 1]
    tight = solved(line(**fields, capacity_centiparcels=np.array([1_000, 1_199, 100_000])))
    assert tight.parent.tolist() == [-1, 0, 0, 1]
    assert value(tight, "supply") == 500 + 700 + 300


def test_the_budget_limits_investment():
    assert value(solved(line(budget_cny=102)), "villages") == 3
    assert value(solved(line(budget_cny=101)), "villages") == 2
    with pytest.raises(InfeasibleError):
        place_tiers(line(budget_cny=99))


def test_with_a_budget_the_larger_of_two_villages_is_covered():
    result = solved(line(budget_cny=101, population=np.array([20, 20, 21])))
    assert result.station.tolist() == [0, -1, 2]


def test_a_target_below_all_leaves_the_costliest_out():
    costs = np.array([[1, 10, 100], [5, 10, 100], [1, 10, 100]])
    result = solved(line(target_villages=2, annual_cost_cny=costs))
    assert result.station.tolist() == [0, -1, 2]
    assert value(result, "cost") == 101


def test_a_village_covered_at_no_further_cost_is_covered_beyond_the_target():
    reach = np.array([[0, FAR, FAR], [250, 0, FAR], [FAR, FAR, 0]])
    result = solved(line(target_villages=1, access_m=reach))
    assert result.station.tolist() == [0, 0, -1]


def test_among_equal_costs_people_walk_less():
    reach = np.array([[0, FAR, FAR], [FAR, 200, 300], [FAR, 900, 100]])
    result = solved(line(access_m=reach))
    assert result.tier.tolist() == [3, 0, 1]
    assert value(result, "access") == 20 * (300 + 100)


def test_among_equal_walks_stations_are_near_their_parents():
    reach = np.array([[0, FAR, FAR], [FAR, 200, 200], [FAR, FAR, FAR]])
    assert solved(line(access_m=reach)).tier.tolist() == [3, 1, 0]


def test_the_same_problem_gives_the_same_result():
    rng = np.random.default_rng(5)
    problem = line(access_m=rng.integers(0, 9, (3, 3)) * 100)
    first, second = place_tiers(problem), place_tiers(problem)
    assert first.tier.tolist() == second.tier.tolist()
    assert first.station.tolist() == second.station.tolist()
    assert first.parent.tolist() == second.parent.tolist()


def test_a_millisecond_is_never_called_optimal():
    result = place_tiers(line(), time_limit_s=1e-6)
    assert any(report.status is SolveStatus.FEASIBLE for report in result.reports)


def test_bad_arrays_are_refused():
    with pytest.raises(ValueError, match="integers"):
        line(population=np.array([1.5, 2.0, 3.0]))
    with pytest.raises(ValueError, match="shape"):
        line(demand_centiparcels=np.array([1, 2]))
    with pytest.raises(ValueError, match="negative"):
        line(population=np.array([1, -2, 3]))
    with pytest.raises(ValueError, match="max_tier"):
        line(max_tier=np.array([4, 2, 1]))
    with pytest.raises(ValueError, match="target_villages"):
        line(target_villages=4)
    with pytest.raises(ValueError, match="distinct"):
        line(required_townships=np.array([0, 0]))
