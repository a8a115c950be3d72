"""Each reason and kind of fix: the fix is made, the county planned again, the village covered at that cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from test_county import BOTH, FAR, SUPPLY, TOWNS, matrix, place, reasons, site, snapped

from planner.domain import Broadband, Fix, FixCost, FixKind, ReasonCode, SiteStatus, Tier
from planner.domain.fix import NEW_POINT, cheapest_first
from planner.locate.reasons.least_budget import MOST_SOLVED

ONLY_FIRST = [[0, FAR, FAR], [FAR, FAR, 700]]
"""Village 0 at the centre; village 1 within the radius of the point S2 alone."""
OTHERS = [[*row, 5_000] for row in SUPPLY] + [[5_000, 5_000, 5_000, 0]]
"""Supply roads with a fourth site, 5 km from all."""


@dataclass
class Ground:
    """Further distances, given by hand: rows of sites for supply, rows of villages for access."""

    supply: list[list[int]] | None = None
    access: list[list[int]] | None = None
    open_access: list[list[int]] | None = None
    n_villages: int = 2

    @property
    def village_snaps(self) -> Any:
        return snapped(self.n_villages, (1,))

    @property
    def some_roads_are_closed(self) -> bool:
        return self.open_access is not None

    def supply_to(self, villages: np.ndarray) -> Any:
        return matrix([[row[0]] * len(villages) for row in self.supply or []])

    supply_by_new_road = supply_to

    def access_by_new_road(self, villages: np.ndarray) -> Any:
        return matrix([(self.access or [])[0]] * len(villages))

    def supply_all_open(self) -> Any:
        return matrix(SUPPLY), snapped(len(SUPPLY))

    def access_all_open(self, villages: np.ndarray) -> Any:
        return matrix([(self.open_access or [])[0]] * len(villages))


def money(siting: Any) -> tuple[int, int]:
    """Investment and yearly cost of a plan."""
    return sum(s.capex_cny for s in siting.stations), sum(s.annual_cost_cny for s in siting.stations)


def fix_of(siting: Any, kind: FixKind, village: int = 1) -> Fix:
    return next(fix for fix in siting.assignments[village].reason.fixes if fix.kind is kind)


def setting(fix: Fix) -> str:
    return f"{fix.setting}={fix.value}"


def check(before: Any, after: Any, fix: Fix, village: int = 1) -> None:
    """After the fix the village is covered, by the site named, and the plan costs as much more as was said."""
    assert after.assignments[village].station_id == fix.site_id
    assert (fix.capex_cny, fix.annual_cost_cny) == tuple(
        new - old for new, old in zip(money(after), money(before), strict=True)
    )


def test_a_radius_raised_to_the_metre_covers_a_village_too_far():
    access = [[0, FAR, FAR], [FAR, FAR, 2_731]]
    before = place(BOTH, access)
    fix = fix_of(before, FixKind.RADIUS)
    assert (setting(fix), fix.cost) == ("radius_km=2.731", FixCost.ADDED)
    assert before.assignments[1].reason.missing_m == 231
    check(before, place(BOTH, access, settings=[setting(fix)]), fix)
    assert reasons(place(BOTH, access, settings=["radius_km=2.73"]))[1] is ReasonCode.TOO_FAR


def test_a_radius_in_minutes_and_in_straight_kilometres_too():
    access = [[0, FAR, FAR], [FAR, FAR, 4_001]]
    minutes = ["coverage_metric=minutes", "radius_min=30"]
    before = place(BOTH, access, settings=minutes)
    fix = fix_of(before, FixKind.RADIUS)
    assert (fix.setting, before.assignments[1].reason.missing_s) == ("radius_min", 200)
    assert before.assignments[1].reason.missing_m is None
    check(before, place(BOTH, access, settings=[*minutes, setting(fix)]), fix)
    straight = ["coverage_metric=straight_km", "radius_km=1.9"]
    before = place(BOTH, access, settings=straight)
    fix = fix_of(before, FixKind.RADIUS)
    assert (setting(fix), before.assignments[1].reason.missing_m) == ("radius_km=2", 100)
    check(before, place(BOTH, access, settings=[*straight, setting(fix)]), fix)


def test_a_station_that_is_open_serves_a_village_too_far_for_nothing():
    before = place(BOTH, [[0, FAR, FAR], [FAR, 2_600, FAR]])
    fix = before.assignments[1].reason.cheapest
    assert (fix.kind, fix.opens, fix.capex_cny, fix.annual_cost_cny) == (FixKind.RADIUS, (), 0, 0)
    check(before, place(BOTH, [[0, FAR, FAR], [FAR, 2_600, FAR]], settings=[setting(fix)]), fix)


@pytest.mark.parametrize(
    ("access", "sites", "settings", "code"),
    [
        ([FAR, FAR, 2_731], BOTH, [], ReasonCode.TOO_FAR),
        ([FAR, FAR, 700], [*BOTH[:2], replace(BOTH[2], broadband=Broadband.NONE)], [], ReasonCode.BROADBAND),
        ([FAR, FAR, 700], BOTH, ["sites.closed=S2"], ReasonCode.BANNED),
        ([FAR, 700, FAR], BOTH, ["sites.own_township=true"], ReasonCode.OTHER_TOWNSHIP),
        ([FAR, FAR, 700], BOTH, ["supply.township_to_village_km=0.95"], ReasonCode.SUPPLY),
    ],
)
def test_a_new_point_in_the_village_covers_it(access, sites, settings, code):
    roads = [[8_800], [900], [FAR]]
    before = place(sites, [[0, FAR, FAR], access], settings=settings, ground=Ground(roads))
    assert reasons(before) == [None, code]
    fix = fix_of(before, FixKind.NEW_SITE)
    assert (fix.site_id, fix.opens, fix.capex_cny) == (NEW_POINT, ((NEW_POINT, Tier.VILLAGE),), 15_000)
    built = site(3, Tier.VILLAGE, site_id=NEW_POINT)
    supply = [[*row, roads[j][0]] for j, row in enumerate(SUPPLY)] + [[FAR, FAR, FAR, 0]]
    after = place([*sites, built], [[0, FAR, FAR, FAR], [*access, 0]], supply, settings=settings)
    check(before, after, fix)


def test_no_new_point_where_nothing_can_supply_it_or_it_can_carry_the_village():
    access = [[0, FAR, FAR], [FAR, FAR, 2_731]]
    far = place(BOTH, access, ground=Ground([[30_001], [30_001], [FAR]]))
    assert FixKind.NEW_SITE not in {fix.kind for fix in far.assignments[1].reason.fixes}
    settings = ["tiers.village.capacity_parcels_per_day=20"]
    small = place(BOTH, access, settings=settings, ground=Ground([[900], [900], [FAR]]))
    assert FixKind.NEW_SITE not in {fix.kind for fix in small.assignments[1].reason.fixes}


def test_lifting_the_ban_on_the_site_named_covers_the_village():
    banned = ["sites.closed=S2,S3"]
    sites, access = [*BOTH, site(3, Tier.VILLAGE)], [[0, FAR, FAR, FAR], [FAR, FAR, 700, FAR]]
    before = place(sites, access, OTHERS, settings=banned)
    fix = fix_of(before, FixKind.LIFT_BAN)
    assert (fix.setting, fix.value) == ("sites.closed", "S2")
    check(before, place(sites, access, OTHERS, settings=["sites.closed=S3"]), fix)


def test_broadband_at_one_site_or_everywhere_covers_the_village():
    dark = [*BOTH[:2], replace(BOTH[2], broadband=Broadband.NONE)]
    before = place(dark, ONLY_FIRST)
    rule, line = fix_of(before, FixKind.BROADBAND_RULE), fix_of(before, FixKind.CONNECT_BROADBAND)
    assert line.cost is FixCost.STATION_ONLY
    check(before, place(dark, ONLY_FIRST, settings=[setting(rule)]), rule)
    check(before, place(BOTH, ONLY_FIRST), line)


def test_stations_of_other_townships_cover_the_village():
    own, access = ["sites.own_township=true"], [[0, FAR, FAR], [FAR, 700, FAR]]
    before = place(BOTH, access, settings=own)
    fix = before.assignments[1].reason.cheapest
    assert fix.kind is FixKind.OTHER_TOWNSHIP
    check(before, place(BOTH, access, settings=[*own, setting(fix)]), fix)


def test_a_second_site_in_one_village_covers_the_village():
    one = ["sites.one_per_village=true"]
    sites = [BOTH[0], replace(BOTH[1], village_code=f"{TOWNS[0]}290"), replace(BOTH[2], village_code=f"{TOWNS[0]}290")]
    before = place(sites, ONLY_FIRST, settings=one)
    assert reasons(before) == [None, ReasonCode.ONE_PER_VILLAGE]
    fix = fix_of(before, FixKind.ONE_PER_VILLAGE)
    check(before, place(sites, ONLY_FIRST, settings=[*one, setting(fix)]), fix)


def test_a_supply_radius_raised_to_the_metre_covers_the_village():
    supply = [[0, 9_000, 8_000], [9_000, 0, 7_003], [8_000, 7_000, 0]]
    short = ["supply.township_to_village_km=6"]
    before = place(BOTH, ONLY_FIRST, supply, settings=short)
    assert reasons(before) == [None, ReasonCode.SUPPLY]
    fix = fix_of(before, FixKind.SUPPLY_RADIUS)
    assert setting(fix) == "supply.township_to_village_km=7.003"
    check(before, place(BOTH, ONLY_FIRST, supply, settings=[*short, setting(fix)]), fix)


def test_a_longer_way_from_the_centre_lets_a_station_serve_the_village():
    sites = [*BOTH, site(3, Tier.TOWNSHIP)]
    access = [[0, FAR, FAR, FAR], [FAR, FAR, FAR, 700]]
    supply = [[0, 9_000, 8_000, 12_000], [9_000, 0, 1_000, 14_000], [FAR] * 4, [FAR, FAR, FAR, 0]]
    short = ["supply.county_to_township_km=10", "supply.township_to_village_km=11"]
    before = place(sites, access, supply, settings=short)
    assert reasons(before) == [None, ReasonCode.SUPPLY]
    fixes = {fix.setting: fix for fix in before.assignments[1].reason.fixes if fix.kind is FixKind.SUPPLY_RADIUS}
    assert {s: f.value for s, f in fixes.items()} == {
        "supply.county_to_township_km": "12", "supply.township_to_village_km": "12",
    }  # fmt: skip
    for fix in fixes.values():
        check(before, place(sites, access, supply, settings=[*short, setting(fix)]), fix)


def test_a_tier_with_more_capacity_carries_a_village_that_is_too_much_alone():
    limit = ["tiers.village.capacity_parcels_per_day=210"]
    before = place(BOTH, ONLY_FIRST, populations=[100, 1_001], settings=limit)
    assert reasons(before) == [None, ReasonCode.CAPACITY]
    fix = fix_of(before, FixKind.CAPACITY)
    assert (setting(fix), fix.cost) == ("tiers.village.capacity_parcels_per_day=211", FixCost.STATION_ONLY)
    check(before, place(BOTH, ONLY_FIRST, populations=[100, 1_001], settings=[*limit, setting(fix)]), fix)


def test_a_tier_with_more_capacity_carries_villages_that_are_too_much_together():
    access = [[0, FAR, FAR], [FAR, FAR, 700], [FAR, FAR, 600]]
    limit, people = ["tiers.village.capacity_parcels_per_day=40"], [100, 91, 100]
    before = place(BOTH, access, populations=people, settings=limit)
    assert reasons(before) == [None, ReasonCode.CAPACITY, None]
    fix = fix_of(before, FixKind.CAPACITY)
    assert setting(fix) == "tiers.village.capacity_parcels_per_day=41"
    check(before, place(BOTH, access, populations=people, settings=[*limit, setting(fix)]), fix)


def test_a_full_centre_is_raised_too():
    limit, people = ["tiers.county.capacity_parcels_per_day=40"], [150, 91]
    before = place(BOTH, ONLY_FIRST, populations=people, settings=limit)
    (left,) = [i for i, code in enumerate(reasons(before)) if code]
    fix = fix_of(before, FixKind.CAPACITY, left)
    assert setting(fix) == "tiers.county.capacity_parcels_per_day=51"
    check(before, place(BOTH, ONLY_FIRST, populations=people, settings=[*limit, setting(fix)]), fix, left)


def test_a_point_below_its_least_volume_covers_the_village_where_it_is_only_flagged():
    refused = ["tiers.village.viable_parcels_per_day=30", "tiers.village.viable_rule=refuse"]
    before = place(BOTH, ONLY_FIRST, settings=refused)
    assert reasons(before) == [None, ReasonCode.VIABLE]
    fix = fix_of(before, FixKind.LEAST_VOLUME)
    assert setting(fix) == "tiers.village.viable_rule=flag"
    check(before, place(BOTH, ONLY_FIRST, settings=[*refused, setting(fix)]), fix)
    small = place(BOTH, ONLY_FIRST, settings=refused, ground=Ground([[900]] * 3))
    assert FixKind.NEW_SITE not in {fix.kind for fix in small.assignments[1].reason.fixes}


def test_a_target_of_all_covers_the_village_at_what_adding_it_costs():
    before = place(BOTH, ONLY_FIRST, settings=["targets.villages=0.5"])
    (fix,) = before.assignments[1].reason.fixes
    assert (fix.kind, setting(fix)) == (FixKind.TARGET, "targets.villages=1")
    check(before, place(BOTH, ONLY_FIRST, settings=[setting(fix)]), fix)


def test_the_least_budget_is_exact():
    budget = [f"budget_cny={3_060_000 + 14_999}"]
    before = place(BOTH, ONLY_FIRST, settings=budget)
    assert reasons(before) == [None, ReasonCode.BUDGET]
    fix = fix_of(before, FixKind.BUDGET)
    assert (setting(fix), fix.cost, fix.capex_cny) == ("budget_cny=3075000", FixCost.EXACT, 15_000)
    check(before, place(BOTH, ONLY_FIRST, settings=[setting(fix)]), fix)


def test_the_least_budget_is_less_than_adding_to_the_plan_where_another_network_does_it():
    """One point serves both villages; the plan within the budget has the cheaper one that serves one of them."""
    sites = [*BOTH[:2], site(2, Tier.VILLAGE, status=SiteStatus.RETROFIT), site(3, Tier.VILLAGE)]
    access = [[0, FAR, FAR, FAR], [FAR, FAR, 500, 600], [FAR, FAR, FAR, 600]]
    cheap = 3_060_000 + 7_500
    before = place(sites, access, OTHERS, settings=[f"budget_cny={cheap}"])
    left = next(i for i, code in enumerate(reasons(before)) if code)
    fix = fix_of(before, FixKind.BUDGET, left)
    assert (fix.value, fix.cost) == ("3075000", FixCost.EXACT)
    after = place(sites, access, OTHERS, settings=[setting(fix)])
    check(before, after, fix, left)
    assert fix.capex_cny == 7_500


def test_beyond_a_number_of_villages_budgets_are_what_adding_costs():
    n = MOST_SOLVED + 2
    sites = [*BOTH[:2], *(site(2 + k, Tier.VILLAGE) for k in range(n))]
    access = [[0, *[FAR] * (n + 1)]] + [[FAR, FAR, *(500 if k == at else FAR for k in range(n))] for at in range(n)]
    supply = [[0 if a == b else 5_000 for b in range(n + 2)] for a in range(n + 2)]
    before = place(sites, access, supply, settings=["budget_cny=3060000"])
    costs = [fix_of(before, FixKind.BUDGET, 1 + k).cost for k in range(n)]
    assert costs.count(FixCost.EXACT) == MOST_SOLVED
    assert costs.count(FixCost.ADDED) == 2


def test_a_fix_that_needs_money_the_budget_lacks_says_so():
    access = [[0, FAR, FAR], [FAR, FAR, 2_731]]
    before = place(BOTH, access, settings=["budget_cny=3065000"])
    fix = fix_of(before, FixKind.RADIUS)
    assert fix.over_budget_cny == 10_000
    after = place(BOTH, access, settings=[setting(fix), "budget_cny=3075000"])
    check(before, after, fix)


def test_a_road_to_the_village_is_as_long_as_the_straight_line_and_has_no_cost_of_its_own():
    off = {"off_road": (1,)}
    before = place(BOTH, [[0, FAR, FAR], [FAR] * 3], **off, ground=Ground([[900]] * 3, access=[[FAR, FAR, 2_400]]))
    assert reasons(before) == [None, ReasonCode.NO_ROAD]
    (fix,) = before.assignments[1].reason.fixes
    assert (fix.kind, fix.road_m, fix.cost) == (FixKind.ROAD, 2_346, FixCost.STATION_ONLY)
    check(before, place(BOTH, [[0, FAR, FAR], [FAR, FAR, 2_400]]), fix)


def test_a_road_that_leads_to_no_station_needs_a_point_in_the_village_too():
    ground = Ground([[9_900], [900], [FAR]], access=[[FAR, FAR, 2_501]])
    before = place(BOTH, [[0, FAR, FAR], [FAR] * 3], off_road=(1,), ground=ground)
    (fix,) = before.assignments[1].reason.fixes
    assert (fix.kind, fix.site_id, fix.capex_cny) == (FixKind.ROAD_AND_SITE, NEW_POINT, 15_000)
    supply = [[*row, (ground.supply or [])[j][0]] for j, row in enumerate(SUPPLY)] + [[FAR, FAR, FAR, 0]]
    sites = [*BOTH, site(3, Tier.VILLAGE, site_id=NEW_POINT)]
    check(before, place(sites, [[0, FAR, FAR, FAR], [FAR, FAR, 2_501, 0]], supply), fix)


def test_roads_that_stay_open_cover_a_village_cut_off_in_that_month():
    ground = Ground([[FAR]] * 3, access=[[FAR] * 3], open_access=[[FAR, 300, FAR]])
    for off_road, code in (((1,), ReasonCode.NO_ROAD), ((), ReasonCode.DISCONNECTED)):
        before = place(BOTH, [[0, FAR, FAR], [FAR] * 3], off_road=off_road, ground=ground)
        assert reasons(before) == [None, code]
        fix = before.assignments[1].reason.cheapest
        assert (fix.kind, fix.setting, fix.value) == (FixKind.OPEN_ROAD, "network.month", None)
        check(before, place(BOTH, [[0, FAR, FAR], [FAR, 300, FAR]]), fix)


def test_roads_that_stay_open_supply_a_site_cut_off_in_that_month():
    winter = [[0, 9_000, FAR], [9_000, 0, FAR], [FAR, FAR, 0]]
    ground = Ground([[FAR]] * 3, open_access=[[FAR, FAR, 700]])
    before = place(BOTH, ONLY_FIRST, winter, ground=ground)
    assert reasons(before) == [None, ReasonCode.SUPPLY]
    fix = fix_of(before, FixKind.OPEN_ROAD)
    check(before, place(BOTH, ONLY_FIRST), fix)


def test_a_village_whose_road_leads_nowhere_is_told_so_without_a_figure():
    (fix,) = place(BOTH, [[0, FAR, FAR], [FAR] * 3]).assignments[1].reason.fixes
    assert (fix.kind, fix.cost, fix.capex_cny) == (FixKind.CONNECT_ROADS, FixCost.UNKNOWN, None)


def test_time_that_ran_out_is_asked_for():
    before = place(BOTH, ONLY_FIRST, settings=["solver.locate_time_limit_s=1e-9"])
    assert reasons(before) == [None, ReasonCode.TIME_LIMIT]
    fix = fix_of(before, FixKind.MORE_TIME)
    check(before, place(BOTH, ONLY_FIRST), fix)


def test_how_many_villages_a_change_brings_in():
    access = [[0, FAR, FAR], [FAR, FAR, 2_731], [FAR, FAR, 3_100], [FAR, 2_600, FAR]]
    before = place(BOTH, access)
    villages = [fix_of(before, FixKind.RADIUS, i).villages for i in (1, 2, 3)]
    assert villages == [2, 3, 1]
    covered = [code is None for code in reasons(place(BOTH, access, settings=["radius_km=2.731"]))]
    assert covered == [True, True, False, True]


def test_a_known_cost_comes_before_an_unknown_and_what_the_budget_pays_before_what_it_does_not():
    cheap, dear = Fix(FixKind.RADIUS, FixCost.ADDED, capex_cny=5), Fix(FixKind.NEW_SITE, FixCost.ADDED, capex_cny=9)
    line = Fix(FixKind.CONNECT_BROADBAND, FixCost.STATION_ONLY, capex_cny=0)
    over, none = replace(cheap, over_budget_cny=1), Fix(FixKind.CONNECT_ROADS, FixCost.UNKNOWN)
    assert cheapest_first([none, line, over, dear, cheap], too_far=True) == (cheap, dear, over, line, none)
    assert cheapest_first([none, line, over, dear, cheap], too_far=False) == (dear, cheap, over, line, none)
    equal = replace(dear, capex_cny=5)
    assert cheapest_first([cheap, equal], too_far=True)[0] is equal
