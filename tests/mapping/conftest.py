"""A hand-made county of three villages, two sites in use and one plan: small enough to check every number by eye."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from shapely import LineString, Polygon

from planner.domain import (
    Assignment,
    Broadband,
    County,
    Host,
    PlaceKind,
    Plan,
    Reason,
    ReasonCode,
    Road,
    RoadClass,
    Route,
    RouteStop,
    Site,
    SiteStatus,
    SolveReport,
    SolveStatus,
    Station,
    Surface,
    Tier,
    Township,
    Village,
)
from planner.evaluate import Evaluation, evaluate
from planner.scenario import Scenario

HOSTILE_NAME = "</script><img src=http://evil.example/x onerror=alert(1)>村"


@dataclass(frozen=True)
class Case:
    county: County
    scenario: Scenario
    plan: Plan
    evaluation: Evaluation
    ways: dict[str, LineString]


def _village(number: int, name: str, lon: float, lat: float) -> Village:
    code = f"63022510{number // 100}{number % 100 + 200:03d}"
    return Village(code, name, "630225100", PlaceKind.ADMINISTRATIVE_VILLAGE, lon, lat, 500)


def _site(identity: str, name: str, status: SiteStatus, tier: Tier, at: tuple[float, float]) -> Site:
    existing = Tier.VILLAGE if status is SiteStatus.EXISTING else None
    return Site(identity, name, Host.POST_OFFICE, status, tier, existing, "630225100", None, *at, Broadband.CONNECTED)


def make_county(village_name: str = "甲村") -> County:
    return County(
        code="630225",
        name="循化撒拉族自治县",
        names={"en": "Xunhua"},
        metric_crs="EPSG:32648",
        boundary=Polygon([(102.0, 35.4), (102.8, 35.4), (102.8, 35.95), (102.0, 35.95)]),
        townships=(
            Township("630225100", "积石镇", 102.48, 35.85, {"en": "Jishi"}),
            Township("630225200", "道帏藏族乡", 102.65, 35.62),
        ),
        villages=(
            _village(1, village_name, 102.45, 35.83),
            _village(2, "乙村", 102.55, 35.75),
            _village(3, "丙村", 102.15, 35.5),
        ),
        sites=(
            _site("S1", "县物流园", SiteStatus.NEW, Tier.COUNTY, (102.48, 35.85)),
            _site("S2", "道帏邮政所", SiteStatus.EXISTING, Tier.TOWNSHIP, (102.65, 35.62)),
            _site("S3", "乙村便利店", SiteStatus.RETROFIT, Tier.VILLAGE, (102.55, 35.75)),
        ),
        roads=(
            Road(
                "R1", "G310", RoadClass.NATIONAL_PROVINCIAL, Surface.PAVED, False,
                LineString([(102.1, 35.8), (102.48, 35.85), (102.55, 35.75), (102.65, 35.62)]),
            ),
            Road("R2", "", RoadClass.VILLAGE, Surface.UNPAVED, False, LineString([(102.48, 35.85), (102.45, 35.83)])),
        ),
        layers=(),
        folder="",
    )  # fmt: skip


def make_plan(county: County, *, routes: bool = True) -> Plan:
    first, second, third = (village.code for village in county.villages)
    return Plan(
        county_code=county.code,
        stations=(
            Station("S1", Tier.COUNTY, None, None, 3_000_000, 500_000, 800_000, 6_000_000, 2026),
            Station("S2", Tier.TOWNSHIP, "S1", 31_000, 30_000, 36_000, 39_000, 500_000, 2026),
            Station("S3", Tier.VILLAGE, "S2", 16_400, 7_500, 3_000, 3_750, 40_000, 2026),
        ),
        assignments=(
            Assignment(first, "S1", 3_400, 400, False, 7 if routes else 0, 20, None),
            Assignment(second, "S3", 820, 90, True, 3 if routes else 0, 20, None),
            Assignment(third, None, None, None, False, 0, 2_600, Reason(ReasonCode.TOO_FAR, "S2", 52_300)),
        ),
        routes=(
            Route(
                "R-1", "county-township", "van", "minivan", (1, 2, 3, 4, 5), "S1",
                (
                    RouteStop(0, "S1", 0, 0, 100, 0),
                    RouteStop(1, "S2", 2_000, 2_300, 50, 31_000, 100, 50),
                    RouteStop(2, "S1", 4_300, 4_300, 50, 31_000),
                ),
                62_000, 4_300, 40_000,
            ),
        )
        if routes
        else (),
        reports=(SolveReport("locate", SolveStatus.OPTIMAL, 2.0, 2.0, "village", 0.1, 0, "test"),),
    )  # fmt: skip


def make_case(village_name: str = "甲村", *, routes: bool = True) -> Case:
    county = make_county(village_name)
    scenario, plan = Scenario(), make_plan(county, routes=routes)
    ways = {"R-1": LineString([(102.48, 35.85), (102.55, 35.75), (102.65, 35.62), (102.48, 35.85)])}
    return Case(county, scenario, plan, evaluate(county, scenario, plan), ways)


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def unrouted() -> Case:
    return make_case(routes=False)


@pytest.fixture
def hostile() -> Case:
    return make_case(HOSTILE_NAME)
