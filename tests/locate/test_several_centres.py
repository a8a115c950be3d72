"""More county centres than one: what they make possible, and what is said when they are too few."""

import pytest
from test_county import FAR, TOWNS, place, site

from planner.domain import Tier
from planner.errors import InfeasibleError
from planner.scenario import Scenario

TWO = "tiers.county.max_centres=2"
SITES = [site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.COUNTY, TOWNS[1])]
SUPPLY = [[0, 120_000, 110_000], [120_000, 0, 5_000], [110_000, 5_000, 0]]
ACCESS = [[0, FAR, FAR], [FAR, 100, FAR]]


def plan(*settings, sites=SITES, supply=SUPPLY):
    return {s.site_id: (s.tier, s.parent_id) for s in place(sites, ACCESS, supply, settings=settings).stations}


NEAR = [[0, 20_000, 30_000], [20_000, 0, 5_000], [30_000, 5_000, 0]]


def test_one_centre_is_opened_unless_more_are_allowed_and_needed():
    assert plan(supply=NEAR) == plan(TWO, supply=NEAR)
    assert {tier for tier, _ in plan(supply=NEAR).values()} == {Tier.COUNTY, Tier.TOWNSHIP}


def test_two_centres_give_townships_a_station_that_one_cannot_reach():
    far = [site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.COUNTY)]
    farther = [[0, 120_000, 110_000], [120_000, 0, 5_000], [110_000, 5_000, 0]]
    here = [[0, FAR, FAR], [FAR, 100, FAR]]
    one = place(far, here, farther, settings=[])
    assert [a.station_id for a in one.assignments] == [None, "S1"]
    two = {s.site_id: s.parent_id for s in place(far, here, farther, settings=[TWO]).stations}
    assert two == {"S0": None, "S1": "S2", "S2": None}


def test_too_few_centres_for_the_township_rule_name_how_many_would_do():
    towns = [
        site(0, Tier.COUNTY, TOWNS[0]), site(1, Tier.TOWNSHIP, TOWNS[1]),
        site(2, Tier.COUNTY, "630225900"), site(3, Tier.TOWNSHIP, TOWNS[0]),
    ]  # fmt: skip
    supply = [[0, FAR, FAR, 1_000], [FAR, 0, 1_000, FAR], [FAR, 1_000, 0, FAR], [1_000, FAR, FAR, 0]]
    access = [[0, FAR, FAR, FAR], [FAR, 100, FAR, FAR]]
    with pytest.raises(InfeasibleError) as caught:
        place(towns, access, supply)
    assert "tiers.county.max_centres=2" in caught.value.relaxation.en
    assert "允许 2 个县级中心" in caught.value.relaxation.zh
    assert {s.site_id for s in place(towns, access, supply, settings=[TWO]).stations} == {"S0", "S1", "S2"}


def test_several_centres_still_too_few_are_named_with_the_share_that_they_reach():
    supply = [[0, FAR, 1_000], [FAR, 0, FAR], [1_000, FAR, 0]]
    sites = [site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.COUNTY)]
    with pytest.raises(InfeasibleError) as caught:
        plan(TWO, sites=sites, supply=supply)
    assert TOWNS[1] in caught.value.reasons[0].en
    assert "targets.township_outlets=0.5" in caught.value.relaxation.en
    assert "max_centres" not in caught.value.relaxation.en


def test_sites_that_must_be_open_may_name_several_centres():
    both = "sites.open=S0:county,S2:county"
    assert plan(both, TWO)["S0"] == plan(both, TWO)["S2"] == (Tier.COUNTY, None)
    with pytest.raises(InfeasibleError) as caught:
        plan(both, supply=NEAR)
    (reason,) = caught.value.reasons
    assert "tiers.county.max_centres; 2 must be open" in reason.en
    assert "必须开设 2 个" in reason.zh


def test_the_least_budget_for_two_centres_is_exact():
    far = [site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.COUNTY, "630225900")]
    supply = [[0, FAR, FAR], [FAR, 0, 5_000], [FAR, 5_000, 0]]
    with pytest.raises(InfeasibleError, match="budget_cny=6060000"):
        plan(TWO, "budget_cny=6059999", sites=far, supply=supply)
    assert len(plan(TWO, "budget_cny=6060000", sites=far, supply=supply)) == 3


def test_a_station_far_from_the_nearer_but_full_centre_is_supplied_by_the_other():
    """Each centre has room for one station's parcels only, and both stations lie nearer to the first."""
    sites = [
        site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.TOWNSHIP, TOWNS[1]),
        site(3, Tier.COUNTY, "630225900"),
    ]  # fmt: skip
    supply = [[0, 1_000, 1_100, 9_000], [1_000, 0, 500, 5_000], [1_100, 500, 0, 5_050], [9_000, 5_000, 5_050, 0]]
    access = [[FAR, 100, FAR, FAR], [FAR, FAR, 100, FAR]]
    settings = [TWO, "sites.open=S0:county,S3:county", "tiers.county.capacity_parcels_per_day=30",
                "tiers.township.capacity_parcels_per_day=30"]  # fmt: skip
    siting = place(sites, access, supply, settings=settings)
    assert {s.site_id: s.parent_id for s in siting.stations} == {"S0": None, "S1": "S0", "S2": "S3", "S3": None}
    assert all(report.status.value == "optimal" for report in siting.reports)


def test_a_scenario_allows_one_to_twenty_centres():
    assert Scenario().tiers.county.max_centres == 1
    for wrong in (0, 21):
        with pytest.raises(Exception, match="max_centres"):
            Scenario().with_settings([f"tiers.county.max_centres={wrong}"])
