"""Broadband and 4G: a gate, an investment that comes first, or nothing."""

from dataclasses import replace

import numpy as np
import pytest
from test_county import BOTH, FAR, SUPPLY, TOWNS, county, matrix, place, reasons, site, snapped

from planner.domain import Broadband, ReasonCode, SiteStatus, Tier
from planner.errors import InfeasibleError
from planner.locate.county import county_problem, site_gates
from planner.scenario import Scenario

ACCESS = [[0, FAR, FAR], [FAR, FAR, 700]]
CONNECT, MOBILE = "sites.broadband=connect", "sites.mobile_4g=connect"


def with_point(**changes):
    return [*BOTH[:2], site(2, Tier.VILLAGE, **changes)]


DARK = with_point(broadband=Broadband.NONE)


def point(sites, *settings):
    return next((s for s in place(sites, ACCESS, SUPPLY, settings=settings).stations if s.site_id == "S2"), None)


def test_a_site_without_broadband_opens_once_it_may_be_connected_and_its_cost_is_investment():
    assert point(DARK) is None
    connected = point(DARK, CONNECT)
    assert (connected.capex_cny, connected.connect_cny) == (15_000 + 20_000, 20_000)
    assert connected.annual_cost_cny == 3_500 + 3_000
    free = point(DARK, "sites.broadband=ignore")
    assert (free.capex_cny, free.connect_cny) == (15_000, None)


def test_the_sites_own_figure_wins_and_an_outlet_in_place_is_connected_too():
    own = with_point(broadband=Broadband.NONE, connect_cost_cny=7_000)
    assert point(own, CONNECT).connect_cny == 7_000
    existing = with_point(broadband=Broadband.NONE, status=SiteStatus.EXISTING, existing_tier=Tier.VILLAGE)
    assert (point(existing, CONNECT).capex_cny, point(existing, CONNECT).connect_cny) == (20_000, 20_000)


def test_sites_that_lack_nothing_cost_nothing_more_whatever_they_state():
    assert point(with_point(connect_cost_cny=9_000, mobile_4g=True), CONNECT, MOBILE).connect_cny is None
    assert point(with_point(broadband=Broadband.INSTALLABLE), CONNECT).connect_cny is None


def test_4g_counts_only_where_it_is_asked_for_and_known_to_be_missing():
    without, unknown = with_point(mobile_4g=False), with_point()
    assert point(without).connect_cny is None
    assert point(without, "sites.mobile_4g=required") is None
    assert point(without, MOBILE).connect_cny == 100_000
    assert point(unknown, "sites.mobile_4g=required").connect_cny is None
    both = with_point(mobile_4g=False, broadband=Broadband.NONE)
    assert point(both, CONNECT, MOBILE).connect_cny == 120_000
    assert point(both, MOBILE) is None


def test_the_budget_counts_what_connecting_costs():
    assert point(DARK, CONNECT, "budget_cny=3094999") is None
    assert point(DARK, CONNECT, "budget_cny=3095000") is not None


def test_a_village_whose_sites_lack_4g_says_so():
    settings = ["sites.mobile_4g=required"]
    siting = place(with_point(mobile_4g=False), ACCESS, SUPPLY, settings=settings)
    assert reasons(siting) == [None, ReasonCode.MOBILE_4G]
    neither = with_point(mobile_4g=False, broadband=Broadband.NONE)
    assert reasons(place(neither, ACCESS, SUPPLY, settings=settings)) == [None, ReasonCode.MOBILE_4G]
    assert reasons(place(DARK, ACCESS, SUPPLY, settings=settings)) == [None, ReasonCode.BROADBAND]


def test_a_county_whose_centre_lacks_something_names_the_rule_to_give_up():
    for changes, setting in (
        ({"broadband": Broadband.NONE}, "sites.broadband"),
        ({"mobile_4g": False}, "sites.mobile_4g"),
    ):
        sites = [site(0, Tier.COUNTY, **changes), *BOTH[1:]]
        with pytest.raises(InfeasibleError) as caught:
            place(sites, ACCESS, SUPPLY, settings=["sites.mobile_4g=required"])
        for words in (caught.value.relaxation.en, caught.value.relaxation.zh):
            assert f"--set {setting}=ignore" in words
        assert place(sites, ACCESS, SUPPLY, settings=[CONNECT, MOBILE]).stations


def test_a_township_or_a_locked_site_without_4g_is_named():
    sites = [BOTH[0], replace(BOTH[1], mobile_4g=False), BOTH[2]]
    with pytest.raises(InfeasibleError, match="4G signal"):
        place(sites, ACCESS, SUPPLY, settings=["sites.mobile_4g=required"])
    with pytest.raises(InfeasibleError, match="no 4G signal"):
        place(with_point(mobile_4g=False), ACCESS, SUPPLY, settings=["sites.mobile_4g=required", "sites.open=S2"])


@pytest.mark.parametrize("seed", range(200))
def test_connecting_only_opens_sites_and_raises_their_investment(seed):
    """So the problem is one without the rule, and the solver's brute force covers it."""
    rng = np.random.default_rng(seed)
    sites = [
        site(
            j, Tier(int(rng.integers(1, 4))) if j else Tier.COUNTY, TOWNS[j % 2],
            broadband=list(Broadband)[rng.integers(3)], mobile_4g=(True, False, None)[rng.integers(3)],
            connect_cost_cny=None if rng.random() < 0.5 else int(rng.integers(0, 9)) * 1_000,
        )
        for j in range(4)
    ]  # fmt: skip
    rules = {key: str(rng.choice(["required", "connect", "ignore"])) for key in ("broadband", "mobile_4g")}
    scenario = Scenario.from_mapping({"rule_pack": "none", "sites": rules})
    of, supply, access = county(sites, 1), matrix([[0, 1, 1, 1]] * 4), matrix([[5, 5, 5, 5]])
    gates = site_gates(of, scenario, supply, snapped(4))
    problem = county_problem(of, scenario, access, supply, gates)
    lacks = [
        {
            key
            for key, missing in (("broadband", s.broadband is Broadband.NONE), ("mobile_4g", s.mobile_4g is False))
            if missing
        }
        for s in sites
    ]
    shut = np.array([any(rules[key] == "required" for key in lack) for lack in lacks])
    centres = [s.max_tier is Tier.COUNTY and not out for s, out in zip(sites, shut, strict=True)]
    assert (problem.max_tier > 0).tolist() == [not out and any(centres) for out in shut]
    price = {"broadband": 20_000, "mobile_4g": 100_000}
    for j, (s, lack) in enumerate(zip(sites, lacks, strict=True)):
        paid = [price[key] for key in sorted(lack) if rules[key] == "connect"]
        extra = 0 if not paid else sum(paid) if s.connect_cost_cny is None else s.connect_cost_cny
        assert problem.capex_cny[j].tolist() == [capex + extra for capex in (15_000, 60_000, 3_000_000)]
