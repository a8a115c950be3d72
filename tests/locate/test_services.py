"""Least volumes, cold stores, and market days or vans: a feasible and an infeasible case of each rule, by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from test_county import BOTH, FAR, place, reasons, site
from test_site_choices import tiers

from planner.domain import ColdReason, ReasonCode, ServiceKind, SiteStatus, Tier
from planner.errors import InfeasibleError, ScenarioError
from planner.locate import ColdStores, place_tiers
from planner.locate.rules.outreach import OutreachProblem, choose_outreach
from planner.scenario import Scenario

ACCESS = [[0, FAR, FAR, FAR], [FAR, FAR, 700, 800]]
SUPPLY = [[0, 9_000, 8_000, 8_100], [9_000, 0, 1_000, 900], [8_000, 1_000, 0, 300], [8_100, 900, 300, 0]]
SITES = [*BOTH, site(3, Tier.TOWNSHIP)]
FREE = "targets.township_outlets=0.5"
REFUSE = "tiers.village.viable_rule=refuse"


def plan(*settings, sites=SITES, access=ACCESS, **options):
    """Two villages of 100 people, 21 parcels a day each: one at the centre S0, one near S2 and S3."""
    return place(sites, access, SUPPLY, settings=(FREE, *settings), **options)


@pytest.mark.parametrize(("least", "covered"), [(21, True), (22, False)])
def test_a_point_opens_only_with_its_least_volume(least, covered):
    siting = plan(f"tiers.village.viable_parcels_per_day={least}", REFUSE, "sites.closed=S3")
    assert ("S2" in tiers(siting)) is covered
    assert reasons(siting) == [None, None if covered else ReasonCode.VIABLE]


def test_flagging_opens_it_all_the_same():
    assert "S2" in tiers(plan("tiers.village.viable_parcels_per_day=22", "sites.closed=S3"))


def test_a_station_that_must_be_open_needs_no_volume():
    siting = plan("tiers.village.viable_parcels_per_day=500", REFUSE, "sites.open=S2")
    assert tiers(siting)["S2"] is Tier.VILLAGE


def test_a_township_station_counts_what_it_passes_on():
    township = ["tiers.township.viable_rule=refuse", "targets.township_outlets=1"]
    assert set(tiers(plan("tiers.township.viable_parcels_per_day=21", *township, "sites.closed=S3"))) == {
        "S0",
        "S1",
        "S2",
    }
    with pytest.raises(InfeasibleError) as caught:
        plan("tiers.township.viable_parcels_per_day=22", *township, "sites.closed=S3")
    assert "least volumes" in caught.value.reasons[0].en
    assert "--set tiers.township.viable_rule=flag" in caught.value.relaxation.zh


def test_the_centre_counts_every_covered_village():
    county = "tiers.county.viable_rule=refuse"
    assert "S2" in tiers(plan("tiers.county.viable_parcels_per_day=42", county))
    with pytest.raises(InfeasibleError):
        plan("tiers.county.viable_parcels_per_day=43", county)


def test_a_least_volume_above_the_capacity_is_refused_with_both_numbers():
    with pytest.raises(ScenarioError, match=r"viable_parcels_per_day = 11.*capacity_parcels_per_day = 10"):
        Scenario().with_settings(
            [REFUSE, "tiers.village.viable_parcels_per_day=11", "tiers.village.capacity_parcels_per_day=10"]
        )


COLD = ("cold.planned=true", "cold.radius_km=0.75", "cold.least_tier=village")


def cold(siting):
    return [
        None if a.cold is None else (a.cold.covered, a.cold.station_id, a.cold.distance_m) for a in siting.assignments
    ]


def stores(siting):
    return {s.site_id: (s.cold.origin, s.cold.capex_cny) for s in siting.stations if s.cold}


def test_without_cold_stores_nothing_is_said_of_them():
    assert cold(plan()) == [None, None]
    assert stores(plan()) == {}


def test_stores_reach_the_produce_asked_for_and_no_more():
    siting = plan(*COLD, "cold.produce=0.5")
    assert len(stores(siting)) == 1
    assert [a.cold.reason for a in siting.assignments if not a.cold.covered] == [ColdReason.TARGET]
    siting = plan(*COLD, "cold.produce=1")
    assert cold(siting) == [(True, "S0", 0), (True, "S2", 700)]
    assert stores(siting) == {"S0": ("new", 129_000), "S2": ("new", 129_000)}
    money = {s.site_id: (s.capex_cny, s.opex_cny_per_year, s.annual_cost_cny) for s in siting.stations}
    assert money["S2"] == (15_000 + 129_000, 3_000 + 12_000, 1_500 + 3_000 + 12_900 + 12_000)


def test_a_store_stands_at_its_tier_or_above_only():
    siting = plan("cold.planned=true", "cold.radius_km=0.75", "cold.produce=1")
    assert stores(siting) == {"S0": ("new", 129_000)}
    assert siting.assignments[1].cold.reason is ColdReason.TOO_FAR
    siting = plan("cold.planned=true", "cold.radius_km=0.85", "cold.produce=1")
    assert tiers(siting)["S3"] is Tier.TOWNSHIP
    assert cold(siting)[1] == (True, "S3", 800)


def test_a_point_may_stand_for_its_store_alone():
    """S2 is the only site in reach of a store, and the village has its station at S3, as S2 is too far for that."""
    access = [[0, FAR, FAR, FAR], [FAR, FAR, 2_900, 800]]
    sites = [*BOTH, site(3, Tier.VILLAGE)]
    siting = plan(*COLD[::2], "cold.radius_km=3", "cold.produce=1", "sites.closed=S3", sites=sites, access=access)
    assert siting.assignments[1].station_id is None
    assert tiers(siting)["S2"] is Tier.VILLAGE
    assert cold(siting)[1] == (True, "S2", 2_900)


def test_what_stands_is_not_paid_for_and_what_is_missing_is():
    small = [*BOTH, replace(SITES[3], status=SiteStatus.RETROFIT, cold_store_m3=100)]
    siting = plan(*COLD, "cold.radius_km=0.85", "cold.produce=1", "sites.closed=S2", sites=small)
    assert stores(siting)["S3"] == ("extended", 86_000)
    large = [*BOTH, replace(SITES[3], status=SiteStatus.RETROFIT, cold_store_m3=300)]
    siting = plan(*COLD, "cold.radius_km=0.85", "cold.produce=1", sites=large)
    assert stores(siting)["S3"] == ("existing", 0)


def test_the_budget_pays_for_stores_and_says_so():
    free = plan(*COLD, "cold.produce=1")
    spent = sum(station.capex_cny for station in free.stations)
    assert len(stores(plan(*COLD, "cold.produce=1", f"budget_cny={spent}"))) == 2
    siting = plan(*COLD, "cold.produce=1", f"budget_cny={spent - 1}")
    assert len(stores(siting)) == 1
    assert [a.cold.reason for a in siting.assignments if not a.cold.covered] == [ColdReason.BUDGET]
    assert reasons(siting) == [None, None]


def test_stages_of_cold_stores_are_proven():
    reports = {report.stage: report for report in plan(*COLD, "cold.produce=1").reports}
    assert reports["locate.cold"].objective == reports["locate.cold"].bound == 2 * 420


def test_cold_stores_that_do_not_fit_the_problem_are_refused():
    from test_brute_force import tiny_problem

    none = np.zeros(0, dtype=int)
    wrong = ColdStores(2, 1, np.ones(4, dtype=int), np.zeros(5, dtype=int), none, none, none)
    with pytest.raises(ValueError, match="5 villages"):
        place_tiers(replace(tiny_problem(0), cold=wrong))
    with pytest.raises(ValueError, match="negative"):
        ColdStores(2, 1, -np.ones(4, dtype=int), np.zeros(5, dtype=int), none, none, none)


FAR_OFF = [[0, 9_000, FAR, FAR], [16_000, 6_000, FAR, FAR]]


def served(siting):
    return [
        None if a.outreach is None else (a.outreach.kind, a.outreach.station_id, a.outreach.cost_cny_per_year)
        for a in siting.assignments
    ]


def test_a_village_left_out_is_served_the_cheapest_way_that_is_allowed():
    outlets = "targets.township_outlets=1"
    assert served(plan(outlets, access=FAR_OFF)) == [None, None]
    siting = plan(outlets, "outreach.mobile=true", access=FAR_OFF)
    assert served(siting) == [None, (ServiceKind.MOBILE, "S1", round(104 * (15 + 12 * 1.2)))]
    assert siting.assignments[1].service is ServiceKind.MOBILE
    assert siting.assignments[1].reason.code is ReasonCode.TOO_FAR
    assert siting.assignments[1].service_per_week == 2
    both = plan(outlets, "outreach.mobile=true", "outreach.market_day=true", access=FAR_OFF)
    assert served(both) == [None, (ServiceKind.MARKET_DAY, "S1", 2_000)]
    near = plan(outlets, "outreach.market_day=true", "outreach.market_day_radius_km=5.9", access=FAR_OFF)
    assert served(near) == [None, None]
    assert [r.stage for r in both.reports][-1] == "locate.outreach"
    assert both.reports[-1].objective == 2_000


def test_a_full_station_serves_nobody_more():
    settings = ["targets.township_outlets=1", "outreach.mobile=true", "tiers.township.capacity_parcels_per_day=20"]
    siting = plan(*settings, access=FAR_OFF)
    assert served(siting)[1][1] == "S0"
    assert served(plan(*settings, "tiers.county.capacity_parcels_per_day=41", access=FAR_OFF)) == [None, None]


def _random(seed):
    rng = np.random.default_rng(seed)
    n_villages, n_stations, n_ways = int(rng.integers(1, 5)), 3, int(rng.integers(1, 9))
    ways = sorted(zip(*(rng.integers(0, n, n_ways).tolist() for n in (n_villages, 5, 4, n_stations)), strict=True))
    village, cost, metres, station = (np.array(column) for column in zip(*ways, strict=True))
    return OutreachProblem(
        village=village, station=station, cost_cny=cost, distance_m=metres,
        population=rng.integers(1, 5, n_villages), demand_centiparcels=rng.integers(1, 6, n_villages),
        room_centiparcels=rng.integers(0, 9, n_stations), room_in_all_centiparcels=int(rng.integers(0, 15)),
    )  # fmt: skip


def _value(problem, ways):
    """What the four objectives give for one way (or none) a village; None when there is no room."""
    ways = np.array([q for q in ways if q >= 0], dtype=int)
    demand = problem.demand_centiparcels[problem.village[ways]]
    load = np.bincount(problem.station[ways], weights=demand, minlength=3)
    if (load > problem.room_centiparcels).any() or demand.sum() > problem.room_in_all_centiparcels:
        return None
    people = int(problem.population[problem.village[ways]].sum())
    return (-len(ways), -people, int(problem.cost_cny[ways].sum()), int(problem.distance_m[ways].sum()))


@pytest.mark.parametrize("block", range(4))
def test_the_choice_of_market_days_and_vans_is_the_best_of_all(block):
    for seed in range(50 * block, 50 * block + 50):
        problem = _random(seed)
        options = [[-1, *np.flatnonzero(problem.village == i).tolist()] for i in range(len(problem.population))]
        best = min(value for ways in product(*options) if (value := _value(problem, ways)) is not None)
        chosen, proven = choose_outreach(problem)
        assert proven
        assert _value(problem, chosen.tolist()) == best
