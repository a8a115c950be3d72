"""Evenness over townships, reuse of premises, and what survives a loss, on the county counted by hand."""

from dataclasses import replace

from planner.domain.resilience import CriticalLink, Resilience
from planner.evaluate import evaluate
from planner.evaluate.figures import Ratio


def test_the_worst_township_has_the_least_share_of_its_villages_covered(county, scenario, plan, codes):
    worst = evaluate(county, scenario, plan).evenness.worst
    assert (worst.code, worst.villages, worst.people) == (codes.A, Ratio(2, 3), Ratio(1500, 1800))
    assert worst.mean == Ratio(1000 * 400 + 500 * 300, 1500)


def test_the_farthest_township_is_that_of_the_longest_mean_way(county, scenario, plan, codes):
    farthest = evaluate(county, scenario, plan).evenness.farthest
    assert (farthest.code, farthest.mean) == (codes.B, Ratio(800 * 200 + 200 * 2_400, 1000))


def test_a_township_without_administrative_villages_is_not_the_worst(county, scenario, plan, codes):
    nobody = replace(
        plan, stations=(), routes=(), assignments=tuple(replace(a, station_id=None) for a in plan.assignments)
    )
    evenness = evaluate(county, scenario, nobody).evenness
    assert evenness.worst.code != codes.S
    assert evenness.worst.villages.numerator == 0
    assert evenness.farthest is None


def test_savings_are_the_same_stations_all_built_new_less_what_they_cost(county, scenario, plan):
    reuse = evaluate(county, scenario, plan).reuse
    assert reuse.statuses == {"existing": 1, "retrofit": 1, "new": 1}
    assert reuse.hosts["supply_coop"] == {"existing": 0, "retrofit": 1, "new": 0}
    assert reuse.capex_cny == 45_000
    assert reuse.all_new_capex_cny == 3_000_000 + 60_000 + 15_000
    assert reuse.saved_capex_cny == 3_030_000
    assert reuse.all_new_cny_per_year == 3_075_000 // 10 + 500_000 + 36_000 + 3_000
    assert reuse.saved_cny_per_year == 303_000


def test_what_was_not_measured_is_left_out(county, scenario, plan):
    assert evaluate(county, scenario, plan).backup is None


def test_shares_that_survive_count_all_villages(county, scenario, plan, codes):
    link = CriticalLink("r1", 102.0, 35.5, 102.055, 35.5, 5_000, (codes.A2, codes.B2))
    backup = evaluate(county, scenario, plan, Resilience(frozenset({codes.A1}), (link,))).backup
    assert backup.station == Ratio(1, 5)
    assert backup.station_population == Ratio(1000, 2800)
    assert backup.link == Ratio(2, 5)
    assert backup.link_population == Ratio(1800, 2800)
    assert (backup.losses[0].villages, backup.losses[0].population) == (2, 700)


def test_the_worst_station_is_the_one_most_villages_have_alone(county, scenario, plan, codes):
    site_id, loss = evaluate(county, scenario, plan, Resilience(frozenset({codes.A1}), None)).backup.worst_station
    assert (site_id, loss.villages, loss.population) == ("T2", 2, 1000)


def test_without_roads_nothing_is_said_of_links(county, scenario, plan):
    figures = evaluate(county, scenario, plan, Resilience(frozenset(), None)).backup.as_json()
    assert figures["villages_surviving_any_link"] is None
    assert figures["critical_links"] is None
