"""A county small enough to count by hand: two townships and a 街道, five villages, five sites, one road.

On the road (1 unit = 1 km): C1 stands in a1, V3 in a2, T2 in b1. b2 goes 2.4 km to T2; a3 has no road.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from shapely import LineString, Polygon

from planner.domain import (
    Assignment,
    Broadband,
    ColdReach,
    ColdReason,
    ColdStore,
    County,
    Host,
    Layer,
    Outreach,
    PlaceKind,
    Plan,
    Provenance,
    Reason,
    ReasonCode,
    Road,
    RoadClass,
    Route,
    RouteStop,
    ServiceKind,
    Site,
    SiteStatus,
    SolveReport,
    SolveStatus,
    Source,
    Station,
    Surface,
    Tier,
    Township,
    Village,
)
from planner.evaluate.recount import Travel, Ways
from planner.scenario import Scenario

A, B, S = "999001101", "999001201", "999001001"
A1, A2, A3, B1, B2 = f"{A}201", f"{A}202", f"{A}203", f"{B}201", f"{B}202"
COMMITTEE = f"{A}001"


def _village(code, name, lon, population, *priority, lat=35.5, kind=PlaceKind.ADMINISTRATIVE_VILLAGE):
    return Village(code, name, code[:9], kind, lon, lat, population, frozenset(priority))


def _site(site_id, name, host, status, *, at, tier, broadband=Broadband.CONNECTED, existing=None):
    village, lon = at
    return Site(site_id, name, host, status, tier, existing, village[:9], village, lon, 35.5, broadband)


def make_county():
    villages = (
        _village(COMMITTEE, "街道口居委会", 102.001, 3000, kind=PlaceKind.RESIDENTS_COMMITTEE),
        _village(A1, "甲一村", 102.004, 1000, "poverty"),
        _village(A2, "甲二村", 102.053, 500),
        _village(A3, "甲三村", 102.10, 300, lat=35.55),
        _village(B1, "乙一村", 102.132, 800, "border"),
        _village(B2, "乙二村", 102.159, 200),
    )
    sites = (
        _site(
            "C1", "县中心邮政所", Host.POST_OFFICE, SiteStatus.EXISTING,
            at=(A1, 102.0), tier=Tier.COUNTY, existing=Tier.COUNTY,
        ),
        _site("T2", "=乙乡供销社", Host.SUPPLY_COOP, SiteStatus.RETROFIT, at=(B1, 102.132), tier=Tier.TOWNSHIP),
        _site("V3", "甲二村便利店", Host.SHOP, SiteStatus.NEW, at=(A2, 102.055), tier=Tier.VILLAGE),
        _site("V4", "乙二村委会", Host.VILLAGE_COMMITTEE, SiteStatus.NEW, at=(B2, 102.159), tier=Tier.VILLAGE),
        _site(
            "X5", "甲三村委会", Host.VILLAGE_COMMITTEE, SiteStatus.NEW,
            at=(A3, 102.07), tier=Tier.TOWNSHIP, broadband=Broadband.NONE,
        ),
    )  # fmt: skip
    road = Road(
        "r1", "", RoadClass.COUNTY, Surface.PAVED, oneway=False,
        geometry=LineString([(101.99, 35.5), (102.06, 35.5), (102.13, 35.5), (102.20, 35.5)]),
    )  # fmt: skip
    real, synthetic = Source(Provenance.REAL, "official codes"), Source(Provenance.SYNTHETIC, "made up")
    layers = (
        Layer("townships", "townships.csv", real, {}, "aa"),
        Layer("villages", "villages.csv", real, {"lon": synthetic, "lat": synthetic}, "bb"),
        Layer("roads", "roads.geojson", synthetic, {}, "cc"),
        Layer("sites", "sites.csv", synthetic, {}, "dd"),
    )
    return County(
        code="999001",
        name="测试县",
        names={"en": "Test County"},
        metric_crs="EPSG:32648",
        boundary=Polygon([(101.9, 35.4), (102.3, 35.4), (102.3, 35.6), (101.9, 35.6)]),
        townships=(
            Township(S, "城关街道", 102.0, 35.5),
            Township(A, "甲镇", 102.0, 35.5),
            Township(B, "乙乡", 102.13, 35.5),
        ),
        villages=villages,
        sites=sites,
        roads=(road,),
        layers=layers,
        folder="tiny",
    )


def make_plan():
    stations = (
        Station("C1", Tier.COUNTY, None, None, 0, 500_000, 500_000, 15_000_000, 2026),
        Station("T2", Tier.TOWNSHIP, "C1", 12_000, 30_000, 36_000, 39_000, 1_500_000, 2026),
        Station("V3", Tier.VILLAGE, "C1", 5_000, 15_000, 3_000, 4_500, 100_000, 2026),
    )
    assignments = (
        Assignment(A1, "C1", 400, 480, True, 7, 10, None),
        Assignment(A2, "V3", 300, 360, True, 3, 20, None),
        Assignment(A3, None, None, None, False, 0, 5_560, Reason(ReasonCode.NO_ROAD)),
        Assignment(B1, "T2", 200, 240, True, 5, 0, None),
        Assignment(B2, "T2", 2_400, 290, False, 5, 0, None),
    )
    routes = (
        # T2 passes on 168.00 in and 42.00 out a day: 7/5 of that a visit; 300 s and 2 s for each of 294 parcels
        Route(
            "R1", "county-township", "van", "minivan", (1, 2, 3, 4, 5), "C1",
            (
                RouteStop(0, "C1", 0, 0, 23_520, 0),
                RouteStop(1, "T2", 900, 1_788, 5_880, 12_000, 23_520, 5_880),
                RouteStop(2, "C1", 2_688, 2_688, 5_880, 12_000),
            ),
            24_000, 2_688, 59_488,
        ),
        # V3 passes on 84.00 in and 21.00 out a day: 7/3 of that a visit
        Route(
            "R2", "county-village", "van", "minivan", (1, 3, 5), "C1",
            (
                RouteStop(0, "C1", 0, 0, 19_600, 0),
                RouteStop(1, "V3", 600, 1_390, 4_900, 5_000, 19_600, 4_900),
                RouteStop(2, "C1", 1_990, 1_990, 4_900, 5_000),
            ),
            10_000, 1_990, 33_072,
        ),
    )  # fmt: skip
    reports = (
        SolveReport("locate.townships", SolveStatus.OPTIMAL, 2.0, 2.0, "township", 0.125, 0, "test"),
        SolveReport("locate.villages", SolveStatus.OPTIMAL, 4.0, 4.0, "village", 0.25, 0, "test"),
        SolveReport("locate.people", SolveStatus.OPTIMAL, 2_500.0, 2_500.0, "person", 0.25, 0, "test"),
        SolveReport("locate.cost", SolveStatus.OPTIMAL, 543_500.0, 543_500.0, "CNY/year", 0.25, 0, "test"),
        SolveReport("locate.access", SolveStatus.OPTIMAL, 1_190_000.0, 1_190_000.0, "person-metre", 0.25, 0, "test"),
        SolveReport("locate.supply", SolveStatus.OPTIMAL, 17_000.0, 17_000.0, "metre", 0.25, 0, "test"),
        SolveReport("route county C1", SolveStatus.FEASIBLE, 1_780.0, None, "CNY/week", 0.5, 0, "test"),
    )
    return Plan("999001", stations, assignments, routes, reports, {"python": "3"})


@pytest.fixture(scope="session")
def county():
    return make_county()


@pytest.fixture(scope="session")
def scenario():
    return Scenario(rule_pack="none")


@pytest.fixture(scope="session")
def plan():
    return make_plan()


COLD_AND_OUTREACH = (
    "radius_km=2", "sites.closed=V4", "cold.planned=true", "cold.radius_km=8", "cold.produce=0.5",
    "outreach.market_day=true", "outreach.mobile=true",
)  # fmt: skip


def make_rich_plan():
    """T2 has a new cold store that reaches all but a1 and a3; b2 is left out and goes to T2 on market days."""
    plan, too_far = make_plan(), ColdReason.TOO_FAR
    cold = ColdStore("new", 300, 129_000, 12_000, 24_900)
    stations = tuple(
        replace(s, capex_cny=159_000, opex_cny_per_year=48_000, annual_cost_cny=63_900, cold=cold)
        if s.site_id == "T2"
        else s
        for s in plan.stations
    )
    reach = (
        ColdReach(False, "T2", 12_400, ColdReason.TARGET), ColdReach(True, "T2", 7_300, None),
        ColdReach(False, None, None, too_far), ColdReach(True, "T2", 200, None), ColdReach(True, "T2", 2_400, None),
    )  # fmt: skip
    assignments = [replace(a, cold=each) for a, each in zip(plan.assignments, reach, strict=True)]
    assignments[4] = replace(
        assignments[4],
        station_id=None,
        access_distance_m=None,
        access_time_s=None,
        service_per_week=2,
        reason=Reason(ReasonCode.BANNED, "V4", 100),
        outreach=Outreach(ServiceKind.MARKET_DAY, "T2", 2_400, 2_000),
    )
    values = {"villages": 3.0, "people": 2_300.0, "cost": 568_400.0, "access": 710_000.0}
    reports = [
        replace(report, objective=value, bound=value)
        if (value := values.get(report.stage.removeprefix("locate.")))
        else report
        for report in plan.reports
    ]
    for stage, value, unit in (("cold", 5_880.0, "centiparcel/day"), ("outreach", 2_000.0, "CNY/year")):
        reports.append(SolveReport(f"locate.{stage}", SolveStatus.OPTIMAL, value, value, unit, 0.25, 0, "test"))
    return replace(plan, stations=stations, assignments=tuple(assignments), reports=tuple(reports))


@pytest.fixture(scope="session")
def rich_scenario(scenario):
    return scenario.with_settings(COLD_AND_OUTREACH)


@pytest.fixture(scope="session")
def rich_plan():
    return make_rich_plan()


@pytest.fixture(scope="session")
def codes():
    return SimpleNamespace(A=A, B=B, S=S, A1=A1, A2=A2, A3=A3, B1=B1, B2=B2, COMMITTEE=COMMITTEE)


def make_travel():
    """Hand-made ways that `make_plan` follows; b2 also reaches V4, 100 m away but not opened."""
    villages, sites = [A1, A2, A3, B1, B2], ["C1", "T2", "V3", "V4", "X5"]
    none = (-1, -1)
    access = [
        [(400, 480), (12_400, 1_400), (5_400, 1_100), (14_800, 1_600), none],
        [(5_300, 900), (7_300, 1_000), (300, 360), (9_700, 1_200), none],
        [none] * 5,
        [(12_200, 1_140), (200, 240), (7_200, 900), (2_600, 430), none],
        [(14_400, 1_190), (2_400, 290), (9_600, 1_050), (100, 120), none],
    ]
    supply = [
        [(0, 0), (12_000, 900), (5_000, 600), (14_400, 1_100), none],
        [(12_000, 900), (0, 0), (7_000, 800), (2_400, 300), none],
        [(5_000, 600), (7_000, 800), (0, 0), (9_400, 1_000), none],
        [none] * 5,
    ]

    def ways(names, rows):
        measured = np.array(rows, np.int64)
        straight_m = np.where(measured[..., 0] < 0, 99_999, measured[..., 0] * 9 // 10)
        index = {name: position for position, name in enumerate(names)}
        columns = {name: position for position, name in enumerate(sites)}
        return Ways(index, columns, measured[..., 0], measured[..., 1], straight_m)

    return Travel(
        access=ways(villages, access),
        supply=ways(["C1", "T2", "V3", "X5"], supply),
        snap_m={A1: 10, A2: 20, A3: 5_560, B1: 0, B2: 0},
        on_road=frozenset({A1, A2, B1, B2, *sites}),
    )


@pytest.fixture(scope="session")
def travel():
    return make_travel()
