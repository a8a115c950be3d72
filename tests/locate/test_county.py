"""From a county to stations, assignments and reasons: a hand-made county whose distances are given, not computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shapely import box

from planner.domain import Broadband, County, Host, PlaceKind, ReasonCode, Site, SiteStatus, Tier, Township, Village
from planner.errors import InfeasibleError
from planner.locate import place_county
from planner.network import Snapped, TravelMatrix
from planner.scenario import Scenario

FAR = -1
TOWNS = ("630225100", "630225101")


def site(number: int, tier: Tier, township: str = TOWNS[0], **changes: Any) -> Site:
    fields: dict[str, Any] = {
        "site_id": f"S{number}", "name": f"site {number}", "host": Host.SHOP, "status": SiteStatus.NEW,
        "max_tier": tier, "existing_tier": None, "township_code": township,
        "village_code": f"{TOWNS[0]}{200 + number}", "lon": 102.0, "lat": 35.0, "broadband": Broadband.CONNECTED,
    }  # fmt: skip
    return Site(**{**fields, **changes})


def county(sites: list[Site], n_villages: int, populations: list[int] | None = None) -> County:
    villages = tuple(
        Village(
            f"{TOWNS[0]}{200 + i}", f"village {i}", TOWNS[0], PlaceKind.ADMINISTRATIVE_VILLAGE, 102.0, 35.0,
            populations[i] if populations else 100,
        )
        for i in range(n_villages)
    )  # fmt: skip
    townships = tuple(Township(code, f"town {code}", 102.0, 35.0) for code in TOWNS)
    return County(
        "630225",
        "县",
        {},
        "EPSG:32648",
        box(101, 34, 103, 36),
        townships,
        villages,
        tuple(sites),
        (),
        (),
        "made by hand",
    )


def matrix(lengths_m: list[list[int]], seconds_per_metre: float = 0.5) -> TravelMatrix:
    dense = np.array(lengths_m)
    row, column = np.nonzero(dense != FAR)
    length = dense[row, column].astype(np.int32)
    return TravelMatrix(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(dense)))]).astype(np.int64),
        indices=column.astype(np.int32), distance_m=length,
        duration_s=np.rint(length * seconds_per_metre).astype(np.int32), straight_m=(length // 2).astype(np.int32),
        connected=(dense != FAR).any(axis=1), shape=dense.shape, by="distance", cutoff=None,
    )  # fmt: skip


def snapped(count: int, off_road: tuple[int, ...] = ()) -> Snapped:
    edge = np.zeros(count, dtype=np.int32)
    edge[list(off_road)] = -1
    zero = np.zeros(count)
    return Snapped(
        lon=zero, lat=zero, x=zero, y=zero, edge=edge, position_mm=np.zeros(count, dtype=np.int64),
        distance_mm=np.where(edge < 0, 2_345_600, 1_500).astype(np.int64),
        road_lon=zero, road_lat=zero, limit_m=1_500.0,
    )  # fmt: skip


BOTH = [site(0, Tier.COUNTY), site(1, Tier.TOWNSHIP, TOWNS[1]), site(2, Tier.VILLAGE)]
"""The least that meets the township rule, and one point."""
SUPPLY = [[0, 9_000, 8_000], [9_000, 0, 1_000], [8_000, 1_000, 0]]


def place(sites: list[Site], access: list[list[int]], supply: list[list[int]] = SUPPLY, **options: Any) -> Any:
    settings = options.pop("settings", ())
    off_road, sites_off_road = options.pop("off_road", ()), options.pop("sites_off_road", ())
    populations, ground = options.pop("populations", None), options.pop("ground", None)
    assert not options
    scenario = Scenario(rule_pack="none").with_settings(settings)
    return place_county(
        county(sites, len(access), populations), scenario, matrix(access), matrix(supply),
        snapped(len(access), off_road), snapped(len(sites), sites_off_road), ground,
    )  # fmt: skip


def given_up(error: InfeasibleError) -> list[str]:
    """The settings that the error advises."""
    return [f"{setting.key}={setting.value}" for setting in error.advice.settings]


def reasons(siting: Any) -> list[ReasonCode | None]:
    return [assignment.reason.code if assignment.reason else None for assignment in siting.assignments]


@pytest.mark.parametrize(("stands_in", "own"), [(f"{TOWNS[0]}201", True), (None, False)])
def test_a_village_has_its_own_station_when_one_stands_in_it_even_if_it_goes_elsewhere(stands_in, own):
    sites = [BOTH[0], replace(BOTH[1], village_code=stands_in), BOTH[2]]
    assignment = place(sites, [[0, FAR, FAR], [FAR, FAR, 700]]).assignments[1]
    assert (assignment.station_id, assignment.own_station) == ("S2", own)


def test_stations_and_assignments_carry_what_the_files_need():
    siting = place(BOTH, [[0, FAR, FAR], [FAR, FAR, 700]])
    by_id = {station.site_id: station for station in siting.stations}
    assert {k: s.tier for k, s in by_id.items()} == {"S0": Tier.COUNTY, "S1": Tier.TOWNSHIP, "S2": Tier.VILLAGE}
    assert (by_id["S0"].parent_id, by_id["S0"].distance_to_parent_m) == (None, None)
    assert (by_id["S2"].parent_id, by_id["S2"].distance_to_parent_m) == ("S1", 1_000)
    assert (by_id["S2"].capex_cny, by_id["S2"].annual_cost_cny, by_id["S2"].build_year) == (15_000, 4_500, 2026)
    own, shared = siting.assignments
    assert (own.station_id, own.own_station, own.access_distance_m, own.snap_distance_m) == ("S0", True, 0, 2)
    assert (shared.station_id, shared.access_distance_m) == ("S2", 700)
    assert shared.access_time_s == 350
    assert [report.stage.removeprefix("locate.") for report in siting.reports] == [
        "townships", "villages", "people", "cost", "access", "supply",
    ]  # fmt: skip


def test_a_village_off_the_road_has_no_road():
    siting = place(BOTH, [[0, 9, 9], [FAR, FAR, FAR]], off_road=(1,))
    assert reasons(siting) == [None, ReasonCode.NO_ROAD]
    assert siting.assignments[1].reason.nearest_site_id is None
    assert siting.assignments[1].snap_distance_m == 2_346


def test_a_village_whose_road_reaches_no_site_is_disconnected():
    assert reasons(place(BOTH, [[0, 9, 9], [FAR, FAR, FAR]])) == [None, ReasonCode.DISCONNECTED]


def test_a_village_too_far_is_told_the_nearest_usable_site():
    sites = [*BOTH, site(3, Tier.VILLAGE, broadband=Broadband.NONE)]
    supply = [[*row, 5_000] for row in SUPPLY] + [[5_000, 5_000, 5_000, 0]]
    siting = place(sites, [[0, 9, 9, 9], [9_000, 8_000, 2_501, 2_600]], supply)
    reason = siting.assignments[1].reason
    assert (reason.code, reason.nearest_site_id, reason.nearest_distance_m) == (ReasonCode.TOO_FAR, "S2", 2_501)
    near = place(sites, [[0, 9, 9, 9], [9_000, 8_000, 2_500, 2_600]], supply)
    assert reasons(near) == [None, None]


def test_broadband_is_the_reason_when_only_sites_without_it_are_near():
    sites = [*BOTH, site(3, Tier.VILLAGE, broadband=Broadband.NONE)]
    supply = [[*row, 5_000] for row in SUPPLY] + [[5_000, 5_000, 5_000, 0]]
    access = [[0, 9, 9, 9], [9_000, 8_000, 7_000, 400]]
    siting = place(sites, access, supply)
    reason = siting.assignments[1].reason
    assert (reason.code, reason.nearest_site_id, reason.nearest_distance_m) == (ReasonCode.BROADBAND, "S3", 400)
    assert reasons(place(sites, access, supply, settings=["require_broadband=false"])) == [None, None]


def test_supply_is_the_reason_when_no_parent_can_reach_the_only_near_site():
    access = [[0, 9, FAR], [FAR, FAR, 700]]
    supply = [[0, 9_000, 8_000], [9_000, 0, 7_000], [8_000, 7_000, 0]]
    assert reasons(place(BOTH, access, supply, settings=["supply.township_to_village_km=7"])) == [None, None]
    assert reasons(place(BOTH, access, supply, settings=["supply.township_to_village_km=6.999"])) == [
        None, ReasonCode.SUPPLY,
    ]  # fmt: skip


def test_capacity_is_the_reason_when_the_village_alone_is_too_much():
    access = [[0, FAR, FAR], [FAR, FAR, 700]]
    limit = ["tiers.village.capacity_parcels_per_day=210"]
    assert reasons(place(BOTH, access, populations=[100, 1_000], settings=limit)) == [None, None]
    assert reasons(place(BOTH, access, populations=[100, 1_001], settings=limit)) == [None, ReasonCode.CAPACITY]


def test_capacity_is_the_reason_when_the_villages_together_are_too_much():
    access = [[0, FAR, FAR], [FAR, FAR, 700], [FAR, FAR, 600]]
    limit = ["tiers.village.capacity_parcels_per_day=40"]
    assert reasons(place(BOTH, access, populations=[100, 90, 100], settings=limit)) == [None, None, None]
    assert reasons(place(BOTH, access, populations=[100, 91, 100], settings=limit)) == [None, ReasonCode.CAPACITY, None]


def test_budget_is_the_reason_only_where_money_would_help():
    access = [[0, FAR, FAR], [FAR, FAR, 700], [FAR, FAR, 600]]
    enough = 3_000_000 + 60_000 + 15_000
    assert reasons(place(BOTH, access, settings=[f"budget_cny={enough}"])) == [None, None, None]
    assert reasons(place(BOTH, access, settings=[f"budget_cny={enough - 1}"])) == [
        None, ReasonCode.BUDGET, ReasonCode.BUDGET,
    ]  # fmt: skip
    limit = [f"budget_cny={enough}", "tiers.village.capacity_parcels_per_day=40"]
    assert reasons(place(BOTH, access, populations=[100, 91, 100], settings=limit)) == [None, ReasonCode.CAPACITY, None]


def test_the_target_is_the_reason_when_it_is_met_without_the_village():
    access = [[0, FAR, FAR], [FAR, FAR, 700]]
    assert reasons(place(BOTH, access, settings=["targets.villages=0.5"])) == [None, ReasonCode.TARGET]


def test_minutes_and_straight_lines_measure_the_radius_too():
    access = [[0, FAR, FAR], [FAR, FAR, 4_000]]
    assert reasons(place(BOTH, access)) == [None, ReasonCode.TOO_FAR]
    assert reasons(place(BOTH, access, settings=["coverage_metric=straight_km", "radius_km=2"])) == [None, None]
    assert reasons(place(BOTH, access, settings=["coverage_metric=minutes", "radius_min=34"])) == [None, None]
    assert reasons(place(BOTH, access, settings=["coverage_metric=minutes", "radius_min=33"])) == [
        None, ReasonCode.TOO_FAR,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_tier": Tier.VILLAGE}, "no site of township tier"),
        ({"broadband": Broadband.NONE}, "has broadband"),
        ({"off_road": True}, "snap limit"),
        ({"lonely": True}, "no road leads from a possible county centre"),
        ({"lonely": True, "tier": Tier.COUNTY}, "no road leads from site 0"),
        ({"settings": ["supply.county_to_township_km=8.999"]}, "supply radius of 8.999 km"),
    ],
)
def test_a_township_without_a_possible_station_is_named_with_the_cause(change, words):
    sites_off_road = (1,) if change.pop("off_road", False) else ()
    supply = [[0, FAR, 8_000], [FAR, 0, FAR], [8_000, FAR, 0]] if change.pop("lonely", False) else SUPPLY
    settings = change.pop("settings", ())
    sites = [BOTH[0], site(1, **{"tier": Tier.TOWNSHIP, "township": TOWNS[1], **_as_site(change)}), BOTH[2]]
    with pytest.raises(InfeasibleError) as caught:
        place(sites, [[0, FAR, FAR]], supply, sites_off_road=sites_off_road, settings=settings)
    (reason,) = caught.value.reasons
    assert TOWNS[1] in reason.en
    assert TOWNS[1] in reason.zh
    assert words in reason.en
    assert reason.zh.isascii() is False
    (demand,) = caught.value.demands
    within = "supply.county_to_township_km" in "".join(settings)
    assert (demand.subject, demand.short_by) == (("supply.county_to_township_km", 1) if within else (TOWNS[1], 1))
    eased = [*settings, *given_up(caught.value)]
    assert eased[-1] == ("supply.county_to_township_km=9" if within else "targets.township_outlets=0.5")
    assert place(sites, [[0, FAR, FAR]], supply, sites_off_road=sites_off_road, settings=eased).stations


def _as_site(change: dict[str, Any]) -> dict[str, Any]:
    return {"tier": change["max_tier"]} if "max_tier" in change else change


def test_without_a_site_of_county_tier_the_error_says_so():
    with pytest.raises(InfeasibleError, match="no site is of county tier"):
        place([site(0, Tier.TOWNSHIP), *BOTH[1:]], [[0, FAR, FAR]])


def test_a_budget_too_small_for_the_township_rule_names_the_least_that_is_enough():
    with pytest.raises(InfeasibleError) as caught:
        place(BOTH, [[0, FAR, FAR]], settings=["budget_cny=3059999"])
    assert "--set budget_cny=3060000" in caught.value.relaxation.en
    assert place(BOTH, [[0, FAR, FAR]], settings=["budget_cny=3060000"]).stations


def test_a_share_that_a_third_of_nine_cannot_spell_is_rounded_down():
    from planner.locate.county import share_of

    assert share_of(0.8888, 9) == 8
    assert share_of(0.8889, 9) == 9
    assert share_of(0.07, 100) == 7
