from dataclasses import replace

import pytest

from planner.domain import Plan
from planner.evaluate import INDICATORS, Ratio, evaluate
from planner.export.text import summary_lines


def test_the_four_indicators_are_kept_apart(county, scenario, plan):
    indicators = evaluate(county, scenario, plan).indicators
    assert indicators["township_outlet_coverage"] == Ratio(2, 2)
    assert indicators["village_express_access"] == Ratio(4, 5)
    assert indicators["village_station_coverage"] == Ratio(3, 5)
    assert indicators["village_service_coverage"] == Ratio(4, 5)


def test_people_and_reuse_are_counted(county, scenario, plan):
    indicators = evaluate(county, scenario, plan).indicators
    assert indicators["population_coverage"] == Ratio(2500, 2800)
    assert indicators["reuse_rate"] == Ratio(2, 3)
    assert set(indicators) == {definition.key for definition in INDICATORS}


def test_access_distances_weigh_people(county, scenario, plan):
    access = evaluate(county, scenario, plan).access
    assert access.mean == Ratio(400 * 1000 + 300 * 500 + 200 * 800 + 2400 * 200, 2500)
    assert (access.mean_m, access.p90_m, access.max_m) == (476, 400, 2400)


def test_p90_takes_the_first_distance_that_reaches_nine_tenths(county, scenario, plan):
    farther = [replace(a, access_distance_m=500) if a.access_distance_m == 200 else a for a in plan.assignments]
    # in order 300 (500), 400 (1500), 500 (2300 of 2500 people): 2250 are needed
    assert evaluate(county, scenario, replace(plan, assignments=tuple(farther))).access.p90_m == 500


def test_priority_villages_are_counted_on_their_own(county, scenario, plan):
    evaluation = evaluate(county, scenario, plan)
    assert evaluation.priority["village_service_coverage"] == Ratio(2, 2)
    assert evaluation.priority["population_coverage"] == Ratio(1800, 1800)
    assert evaluation.priority["reuse_rate"] == Ratio(2, 2)
    assert evaluation.priority_access.mean == Ratio(400 * 1000 + 200 * 800, 1800)
    assert evaluation.priority_access.max_m == 400


def test_no_priority_village_is_not_a_share_of_zero_or_one(county, scenario, plan):
    plain = replace(county, villages=tuple(replace(v, priority=frozenset()) for v in county.villages))
    evaluation = evaluate(plain, scenario, plan)
    assert evaluation.priority["village_service_coverage"] == Ratio(0, 0)
    assert evaluation.priority["village_service_coverage"].value is None
    assert evaluation.priority["village_service_coverage"].percent == "n/a"
    assert evaluation.priority_access.mean_m is None
    assert evaluation.priority_access.max_m is None


def test_subdistricts_count_only_when_switched_on(county, scenario, plan):
    with_them = scenario.with_settings(["targets.include_subdistricts=true"])
    assert evaluate(county, with_them, plan).indicators["township_outlet_coverage"] == Ratio(2, 3)


def test_express_needs_the_frequency_and_service_does_not(county, scenario, plan):
    daily = scenario.with_settings(["service.village_visits_per_week=4"])
    indicators = evaluate(county, daily, plan).indicators
    assert indicators["village_express_access"] == Ratio(3, 5)
    assert indicators["village_service_coverage"] == Ratio(4, 5)


def test_costs_are_whole_yuan_and_add_up(county, scenario, plan):
    costs = evaluate(county, scenario, plan).costs
    assert costs.capex_cny == 45_000
    assert costs.station_cny_per_year == 543_500
    assert costs.transport_cny_per_year == 59_488 + 33_072
    assert costs.total_cny_per_year == 636_060
    assert costs.cost_per_parcel_cny == Ratio(63_606_000, 52_500 * 365)
    assert costs.cost_per_parcel_cny.decimal(2) == "3.32"


def test_counts_are_exact(county, scenario, plan):
    counts = evaluate(county, scenario, plan).counts
    assert (counts.stations, counts.county_centres, counts.township_stations, counts.village_points) == (3, 1, 1, 1)
    assert (counts.townships, counts.villages, counts.villages_covered, counts.villages_without_road) == (2, 5, 4, 1)
    assert counts.routes == 2
    assert counts.route_km_per_week == Ratio(24_000 * 5 + 10_000 * 3, 1000)
    assert counts.inbound_parcels_per_day == Ratio(42_000, 100)
    assert counts.outbound_parcels_per_day == Ratio(10_500, 100)
    assert counts.demand_parcels_per_day == Ratio(58_800, 100)


def test_a_village_the_county_lacks_is_an_error(county, scenario, plan):
    stranger = replace(plan.assignments[0], village_code="999001101299")
    with pytest.raises(KeyError):
        evaluate(county, scenario, replace(plan, assignments=(stranger, *plan.assignments[1:])))


def test_a_plan_without_stations_has_nothing_to_reuse(county, scenario, plan):
    nobody = tuple(replace(a, station_id=None, access_distance_m=None) for a in plan.assignments)
    evaluation = evaluate(county, scenario, Plan(plan.county_code, (), nobody, (), ()))
    assert evaluation.indicators["reuse_rate"].value is None
    assert evaluation.indicators["village_service_coverage"].value == 0
    assert evaluation.costs.cost_per_parcel_cny.decimal() == "n/a"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(Ratio(2, 3), "66.6%"), (Ratio(9999, 10000), "99.9%"), (Ratio(5, 5), "100.0%"), (Ratio(0, 5), "0.0%")],
)
def test_only_a_full_share_reads_as_full(ratio, text):
    assert ratio.percent == text


def test_ratios_round_halves_up():
    assert Ratio(5, 2).rounded == 3
    assert Ratio(1, 8).decimal(2) == "0.13"


@pytest.mark.parametrize(
    ("viable", "alternative"),
    [
        (0, None),
        (105, None),
        (106, "shared"),
        (245, "shared"),
        (246, "market_day"),
        (735, "market_day"),
        (736, "mobile"),
    ],
)
def test_a_station_below_its_least_volume_is_flagged_with_what_could_stand_in_for_it(
    county, scenario, plan, viable, alternative
):
    """V3 has 105 parcels a day, 735 a week, and three visits."""
    chosen = scenario.with_settings([f"tiers.village.viable_parcels_per_day={viable}"])
    below = evaluate(county, chosen, plan).below_viable
    assert [(s.site_id, s.tier, s.alternative) for s in below] == (
        [("V3", "village", alternative)] if alternative else []
    )


def test_stations_below_their_least_volume_stand_in_the_summary_and_on_the_terminal(county, scenario, plan):
    chosen = scenario.with_settings(["tiers.township.viable_parcels_per_day=300"])
    evaluation = evaluate(county, chosen, plan)
    (entry,) = evaluation.as_json()["below_viable"]
    assert (entry["station_id"], entry["alternative"]) == ("T2", "market_day")
    lines = list(summary_lines(county, chosen, plan, evaluation))
    assert any("T2" in line and "market days" in line and "210.00 of 300" in line for line in lines)
