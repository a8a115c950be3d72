"""What the planner settles about sites beforehand: open, closed; with reasons and ways out where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from siting_brute import best_by_trying
from siting_judge import judge
from test_brute_force import OPTIONS, agrees_with_trying, tiny_problem
from test_county import BOTH, FAR, TOWNS, given_up, place, reasons, site
from test_rules import line

from planner.domain import Broadband, ReasonCode, SiteStatus, SolveStatus, Tier
from planner.errors import InfeasibleError, ScenarioError
from planner.locate import place_tiers
from planner.locate.skeleton import investment_cny, least_network
from planner.scenario import Scenario

ACCESS = [[0, FAR, FAR, FAR], [FAR, FAR, 700, 800]]
SUPPLY = [[0, 9_000, 8_000, 8_100], [9_000, 0, 1_000, 900], [8_000, 1_000, 0, 300], [8_100, 900, 300, 0]]
SITES = [*BOTH, site(3, Tier.TOWNSHIP)]


def tiers(siting):
    return {station.site_id: station.tier for station in siting.stations}


def plan(*settings, sites=SITES, **options):
    return place(sites, ACCESS, SUPPLY, settings=settings, **options)


def test_without_a_choice_the_nearer_site_is_opened():
    assert set(tiers(plan())) == {"S0", "S1", "S2"}


def test_a_site_that_must_be_open_is_at_village_tier_or_the_tier_asked_for():
    assert tiers(plan("sites.open=['S3']"))["S3"] is Tier.VILLAGE
    assert tiers(plan("sites.open=S3:township"))["S3"] is Tier.TOWNSHIP


def test_a_site_that_must_be_open_is_open_even_when_it_serves_nobody():
    siting = place(SITES, [[0, FAR, FAR, FAR], [FAR, FAR, FAR, FAR]], SUPPLY, settings=["sites.open=S2,S3"])
    assert {"S2", "S3"} <= set(tiers(siting))
    assert all(station.parent_id for station in siting.stations if station.tier is not Tier.COUNTY)


def test_a_banned_site_stays_closed():
    assert set(tiers(plan("sites.closed=S2"))) == {"S0", "S1", "S3"}


def test_a_village_whose_sites_are_banned_says_so():
    siting = plan("sites.closed=S2,S3")
    assert reasons(siting) == [None, ReasonCode.BANNED]
    assert siting.assignments[1].reason.nearest_site_id == "S2"
    dark = [*BOTH[:2], site(2, Tier.VILLAGE, broadband=Broadband.NONE), SITES[3]]
    assert reasons(plan("sites.closed=S3", sites=dark)) == [None, ReasonCode.BANNED]
    assert reasons(plan("sites.open=S0", sites=[*dark[:3], site(3, Tier.VILLAGE, broadband=Broadband.NONE)])) == [
        None, ReasonCode.BROADBAND,
    ]  # fmt: skip


def test_sites_that_the_county_lacks_are_all_named():
    with pytest.raises(ScenarioError) as caught:
        plan("sites.open=S9,S3", "sites.closed=T4")
    assert "sites.open: no site is called S9" in str(caught.value)
    assert "sites.closed: no site is called T4" in str(caught.value)


def test_a_site_both_open_and_closed_is_refused():
    with pytest.raises(ScenarioError, match="S3"):
        Scenario().with_settings(["sites.open=S3:township", "sites.closed=S3"])


def test_what_follows_a_colon_and_is_no_tier_belongs_to_the_id():
    assert Scenario().with_settings(["sites.open=a:1,b:county"]).sites.locked == {"a:1": Tier.VILLAGE, "b": Tier.COUNTY}


@pytest.mark.parametrize(
    ("lock", "changes", "options", "words"),
    [
        ("S2:township", {}, {}, "premises carry tier village"),
        ("S3", {}, {"sites_off_road": (3,)}, "snap limit"),
        ("S3", {"broadband": Broadband.NONE}, {}, "no broadband"),
        (
            "S3:township",
            {},
            {"settings": ["supply.county_to_township_km=8.05", "targets.township_outlets=0.5"]},
            "supply",
        ),
    ],
)
def test_a_site_that_cannot_be_open_is_named_with_the_cause_and_the_way_out(lock, changes, options, words):
    settings = [f"sites.open={lock}", *options.pop("settings", ())]
    sites = [*BOTH, site(3, Tier.TOWNSHIP, **changes)]
    with pytest.raises(InfeasibleError) as caught:
        plan(*settings, sites=sites, **options)
    (reason,) = caught.value.reasons
    site_id = lock.partition(":")[0]
    assert words in reason.en
    assert site_id in reason.en
    assert site_id in reason.zh
    (demand,) = caught.value.demands
    assert demand.subject == site_id
    assert site_id in demand.words.en
    assert site_id in demand.words.zh
    assert given_up(caught.value) == ["sites.open="]
    assert plan(*settings, *given_up(caught.value), sites=sites, **options).stations


def test_two_centres_that_must_be_open_give_up_one():
    with pytest.raises(InfeasibleError) as caught:
        plan("sites.open=S0:county,S3:county", sites=[*BOTH, site(3, Tier.COUNTY)])
    (reason,) = caught.value.reasons
    assert "not together" in reason.en
    (demand,) = caught.value.demands
    assert demand.subject in {"S0", "S3"}


def test_the_budget_counts_the_sites_that_must_be_open():
    with pytest.raises(InfeasibleError) as caught:
        plan("sites.open=S2", "budget_cny=3074999")
    assert "--set budget_cny=3075000" in caught.value.relaxation.en
    assert "1 sites that must be open" in caught.value.reasons[0].en
    assert "S2" in tiers(plan("sites.open=S2", "budget_cny=3075000"))


def test_a_township_whose_sites_are_all_banned_says_so():
    with pytest.raises(InfeasibleError) as caught:
        plan("sites.closed=S1")
    assert TOWNS[1] in caught.value.reasons[0].en
    assert "bans" in caught.value.reasons[0].en


def test_a_county_whose_centres_are_all_banned_says_which():
    with pytest.raises(InfeasibleError) as caught:
        plan("sites.closed=S0")
    assert "bans every site of county tier" in caught.value.reasons[0].en
    assert [demand.subject for demand in caught.value.demands] == ["S0"]
    assert plan("sites.closed=S0", *given_up(caught.value)).stations


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("option", ["locked", "one_per_unit"])
def test_the_least_network_decides_whether_there_is_a_plan_and_what_it_costs(option, seed):
    problem = OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1]))
    free = replace(problem, budget_cny=None)
    network = least_network(problem)
    assert (network is None) == (best_by_trying(free) is None)
    if network is None:
        return
    assert judge(free, network.tier.tolist(), network.station.tolist(), network.parent.tolist()) == []
    least = investment_cny(problem, network)
    assert best_by_trying(replace(problem, budget_cny=least)) is not None
    assert best_by_trying(replace(problem, budget_cny=least - 1)) is None


KEPT = "sites.keep_existing=required"


def existing(tier, **changes):
    return [*BOTH, site(3, tier, status=SiteStatus.EXISTING, existing_tier=tier, **changes)]


def test_outlets_that_work_today_stay_open_only_when_they_must():
    far = [[0, FAR, FAR, FAR], [FAR, FAR, 700, FAR]]
    free, kept = (place(existing(Tier.TOWNSHIP), far, SUPPLY, settings=s) for s in ((), (KEPT,)))
    assert "S3" not in tiers(free)
    assert tiers(kept)["S3"] is Tier.TOWNSHIP
    closed = place(existing(Tier.TOWNSHIP), far, SUPPLY, settings=[KEPT, "sites.closed=S3"])
    assert "S3" not in tiers(closed)


def test_an_outlet_that_cannot_be_kept_is_named_with_the_way_out():
    with pytest.raises(InfeasibleError) as caught:
        plan(KEPT, sites=existing(Tier.VILLAGE, broadband=Broadband.NONE))
    assert "S3" in caught.value.reasons[0].en
    assert "--set sites.closed=S3" in caught.value.relaxation.en
    assert "现有网点" in caught.value.demands[0].words.zh
    assert plan(KEPT, "sites.closed=S3", sites=existing(Tier.VILLAGE, broadband=Broadband.NONE)).stations


ONE = "sites.one_per_village=true"


def in_one_village(*numbers):
    """The sites, those named all in one village of their own."""
    return [replace(s, village_code=f"{TOWNS[0]}290") if j in numbers else s for j, s in enumerate(SITES)]


def test_one_site_a_village_where_the_scenario_says_so():
    far = [[0, FAR, FAR, FAR], [FAR, FAR, 700, FAR], [FAR, FAR, FAR, 700]]
    free, one = (place(in_one_village(2, 3), far, SUPPLY, settings=s) for s in ((), (ONE,)))
    assert {"S2", "S3"} <= set(tiers(free))
    assert len({"S2", "S3"} & set(tiers(one))) == 1
    assert sorted(reasons(one), key=str) == [None, None, ReasonCode.ONE_PER_VILLAGE]
    assert {"S2", "S3"} <= set(tiers(place(SITES, far, SUPPLY, settings=[ONE])))


def test_two_sites_of_a_village_that_must_both_be_open_are_no_plan():
    with pytest.raises(InfeasibleError) as caught:
        plan(ONE, "sites.open=S2,S3", sites=in_one_village(2, 3))
    assert len(caught.value.reasons) == 1
    (demand,) = caught.value.demands
    assert demand.subject in {"S2", "S3"}
    assert plan(ONE, *given_up(caught.value), sites=in_one_village(2, 3)).stations
    assert plan("sites.open=S2,S3", sites=in_one_village(2, 3)).stations


def test_stations_of_two_townships_in_one_village_are_no_plan():
    with pytest.raises(InfeasibleError) as caught:
        plan(ONE, sites=in_one_village(0, 1))
    assert "one site a village" in caught.value.reasons[0].en
    assert "sites.one_per_village=false" in caught.value.relaxation.zh


def test_priority_villages_are_covered_first_only_where_the_scenario_says_so():
    problem = line(budget_cny=101, population=np.array([20, 20, 21]))
    assert place_tiers(problem).station.tolist() == [0, -1, 2]
    first = place_tiers(replace(problem, priority=np.array([0, 1, 0])))
    assert first.station.tolist() == [0, 1, -1]
    values = {report.stage: (report.objective, report.bound) for report in first.reports}
    assert values["locate.priority"] == (1, 1)
    assert values["locate.villages"] == (2, 2)


def test_a_weight_says_how_many_villages_a_priority_village_is_worth():
    """The budget pays for the second village, which has priority, or for the third, which has more people."""
    problem = line(budget_cny=101, population=np.array([20, 20, 21]))
    heavier = place_tiers(replace(problem, weight_tenths=np.array([10, 11, 10])))
    assert heavier.station.tolist() == [0, 1, -1]
    values = {report.stage: (report.objective, report.bound, report.unit) for report in heavier.reports}
    assert values["locate.weighted"] == (2.1, 2.1, "weighted village")
    assert "locate.villages" not in values
    alike = place_tiers(replace(problem, weight_tenths=np.array([10, 10, 10])))
    assert alike.station.tolist() == place_tiers(problem).station.tolist() == [0, -1, 2]


@pytest.mark.parametrize("changes", [{"target_villages": 2}, {"priority": np.array([0, 1, 0])}])
def test_weights_beside_what_makes_them_senseless_are_refused(changes):
    with pytest.raises(ValueError, match="weight_tenths"):
        replace(line(), weight_tenths=np.array([10, 20, 10]), **changes)


def test_a_priority_village_is_covered_though_the_target_is_met_without_it():
    problem = line(target_villages=1)
    assert (place_tiers(problem).station >= 0).sum() == 1
    assert place_tiers(replace(problem, priority=np.array([0, 0, 1]))).station[2] == 2


def test_without_time_stations_serve_whom_they_can_within_their_room():
    result = place_tiers(line(), time_limit_s=1e-9)
    assert result.tier.tolist() == [3, 0, 0]
    assert result.station.tolist() == [0, -1, -1]
    by_stage = {report.stage: report for report in result.reports}
    assert (by_stage["locate.villages"].objective, by_stage["locate.villages"].bound) == (1, 3)
    assert by_stage["locate.villages"].status is SolveStatus.FEASIBLE
    assert by_stage["locate.townships"].status is SolveStatus.OPTIMAL
    full = place_tiers(line(capacity_centiparcels=np.array([1_000, 10_000, 399])), time_limit_s=1e-9)
    assert full.station.tolist() == [-1, -1, -1]


OWN = "sites.own_township=true"


def test_villages_are_served_by_their_own_township_only_where_the_scenario_says_so():
    reach = [[0, FAR, FAR, FAR], [FAR, 300, 700, FAR], [FAR, 300, FAR, FAR]]
    free, own = (place(SITES, reach, SUPPLY, settings=s) for s in ((), (OWN,)))
    assert [a.station_id for a in free.assignments] == ["S0", "S1", "S1"]
    assert [a.station_id for a in own.assignments] == ["S0", "S2", None]
    assert reasons(own)[2] is ReasonCode.OTHER_TOWNSHIP
    assert own.assignments[2].reason.nearest_site_id == "S1"


def test_a_village_beyond_the_radius_of_everything_is_too_far_under_own_townships_too():
    assert reasons(place(SITES, [[0, FAR, FAR, FAR], [FAR, 2_501, 2_600, FAR]], SUPPLY, settings=[OWN])) == [
        None, ReasonCode.TOO_FAR,
    ]  # fmt: skip


def test_a_ban_in_the_own_township_is_the_reason_even_when_another_township_is_near():
    siting = place(SITES, [[0, FAR, FAR, FAR], [FAR, 300, 700, FAR]], SUPPLY, settings=[OWN, "sites.closed=S2"])
    assert reasons(siting) == [None, ReasonCode.BANNED]


@pytest.mark.parametrize("seed", range(12))
def test_own_townships_agree_with_trying_everything(seed):
    """Own townships only drop pairs, so the problem is the one without them, and brute force solves that."""
    rng = np.random.default_rng(seed)
    problem = tiny_problem(seed)
    home = rng.integers(0, 2, problem.n_villages)
    own = home[problem.access_village] == problem.site_township[problem.access_site]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(problem.access_village[own], minlength=problem.n_villages))])
    agrees_with_trying(
        replace(problem, access_indptr=indptr, access_site=problem.access_site[own], access_m=problem.access_m[own])
    )
