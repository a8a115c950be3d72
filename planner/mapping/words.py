"""The words of the vocabulary as people read them, in Chinese and English: tiers, hosts, reasons, road classes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from planner.domain import ColdReason, Host, ReasonCode, RoadClass, Route, ServiceKind, SiteStatus, Tier
from planner.domain.indicators import COLD_INDICATORS, HEADLINE
from planner.scenario import CoverageMetric, Scenario

LANGUAGES: Final = ("zh", "en")

Words = tuple[str, str]
"""One expression as (Chinese, English)."""

TIERS: Final[dict[Tier, Words]] = {
    Tier.COUNTY: ("县级中心", "County centre"),
    Tier.TOWNSHIP: ("乡镇站", "Township station"),
    Tier.VILLAGE: ("村级点", "Village point"),
}
HOSTS: Final[dict[Host, Words]] = {
    Host.POST_OFFICE: ("邮政所", "post office"),
    Host.SUPPLY_COOP: ("供销社", "supply and marketing co-op"),
    Host.BUS_STATION: ("客运站", "bus station"),
    Host.SHOP: ("便利店/万村千乡农家店", "shop"),
    Host.VILLAGE_COMMITTEE: ("村委会", "village committee"),
    Host.INFO_STATION: ("益农信息社", "information service station"),
    Host.LOGISTICS_PARK: ("物流园", "logistics park"),
    Host.NEW_BUILDING: ("新建用房", "new building"),
}
STATUSES: Final[dict[SiteStatus, Words]] = {
    SiteStatus.EXISTING: ("现有网点", "existing outlet"),
    SiteStatus.RETROFIT: ("改造", "retrofit"),
    SiteStatus.NEW: ("新建", "new build"),
}
ROADS: Final[dict[RoadClass, Words]] = {
    RoadClass.NATIONAL_PROVINCIAL: ("国省道", "National/provincial road"),
    RoadClass.COUNTY: ("县道", "County road"),
    RoadClass.TOWNSHIP: ("乡道", "Township road"),
    RoadClass.VILLAGE: ("村道", "Village road"),
    RoadClass.FERRY: ("渡口", "Ferry"),
}
REASONS: Final[dict[ReasonCode, Words]] = {
    ReasonCode.NO_ROAD: ("村庄附近没有道路", "no road within reach of the village"),
    ReasonCode.DISCONNECTED: ("道路不通往任何候选点", "its road reaches no candidate site"),
    ReasonCode.TOO_FAR: ("最近的可用候选点超出覆盖半径", "the nearest usable site is beyond the coverage radius"),
    ReasonCode.BROADBAND: ("半径内的候选点都没有宽带", "no candidate site within the radius has broadband"),
    ReasonCode.MOBILE_4G: ("半径内的候选点都没有4G信号", "no candidate site within the radius has 4G signal"),
    ReasonCode.OTHER_TOWNSHIP: (
        "半径内的候选点都属于其他乡镇",
        "every site within the radius belongs to another township",
    ),
    ReasonCode.BANNED: (
        "半径内的候选点被指定不设站",
        "the scenario bans the sites within the radius",
    ),
    ReasonCode.SUPPLY: (
        "半径内的候选点都超出上级站点的供货距离",
        "every site within the radius is beyond the supply distance of any parent station",
    ),
    ReasonCode.CAPACITY: ("半径内的站点处理能力已满", "the stations within the radius have no capacity left"),
    ReasonCode.BUDGET: ("受投资预算限制", "covering it would exceed the budget"),
    ReasonCode.ONE_PER_VILLAGE: ("受一村一站限制", "it would take a second site in one village"),
    ReasonCode.VIABLE: (
        "设站则低于最低业务量",
        "it would take a station below the least volume of its tier",
    ),
    ReasonCode.TARGET: ("目标已达到，省去该村更节省", "the target is met without it, and leaving it out is cheaper"),
    ReasonCode.TIME_LIMIT: ("求解时间已到，尚未证明能否覆盖", "time ran out before it was proven either way"),
}

SERVICES: Final[dict[ServiceKind, Words]] = {
    ServiceKind.FIXED: ("固定站点", "station"),
    ServiceKind.MARKET_DAY: ("赶集日服务", "market days"),
    ServiceKind.MOBILE: ("流动服务车", "van that calls"),
}
COLD_STORES: Final[dict[str, Words]] = {
    "existing": ("现有冷库", "standing cold store"),
    "extended": ("扩建冷库", "cold store to enlarge"),
    "new": ("新建冷库", "new cold store"),
}
COLD_REASONS: Final[dict[ColdReason, Words]] = {
    ColdReason.NO_PRODUCE: ("无上行件", "nothing is sent out"),
    ColdReason.TOO_FAR: ("半径内没有可设冷库的候选点", "no site that could have a cold store is in reach"),
    ColdReason.TARGET: ("目标已达到，省去更节省", "the target is met without it, and leaving it out is cheaper"),
    ColdReason.BUDGET: ("受投资预算限制", "a store in reach would exceed the budget"),
    ColdReason.OTHER_RULES: ("受其他规则限制", "the other rules leave no store in reach"),
    ColdReason.TIME_LIMIT: ("求解时间已到，尚未证明", "time ran out before it was proven either way"),
}

COLD: Final[dict[str, Words]] = {defined.key: (defined.zh, defined.en) for defined in COLD_INDICATORS}
"""The shares that a plan with cold stores has, by their keys in an evaluation."""
INDICATORS: Final[dict[str, Words]] = {defined.key: (defined.zh, defined.en) for defined in HEADLINE}
"""The four indicators that official statistics mix up, by their keys in an evaluation; always shown together."""
DAYS: Final[tuple[Words, ...]] = (
    ("周一", "Mo"), ("周二", "Tu"), ("周三", "We"), ("周四", "Th"), ("周五", "Fr"), ("周六", "Sa"), ("周日", "Su"),
)  # fmt: skip


class Word(StrEnum):
    """What the map itself says."""

    VILLAGE_COVERED = "village_covered"
    VILLAGE_UNCOVERED = "village_uncovered"
    COMMITTEE = "committee"
    STATIONS = "stations"
    VILLAGES = "villages"
    UNCOVERED = "uncovered"
    ACCESS = "access"
    SUPPLY = "supply"
    SUPPLY_COUNTY = "supply_county"
    SUPPLY_TOWNSHIP = "supply_township"
    ROUTES = "routes"
    ROUTE_COUNTY = "route_county"
    ROUTE_TOWNSHIP = "route_township"
    ROUTE_DIRECT = "route_direct"
    ROUTE_MIXED = "route_mixed"
    ROUTE_BUS = "route_bus"
    WEEK_COUNTY = "week_county"
    WEEK_TOWNSHIP = "week_township"
    CRITICAL = "critical"
    ROADS = "roads"
    BUS = "bus"
    TOWNSHIPS = "townships"
    BOUNDARY = "boundary"
    UNPAVED = "unpaved"


MAP: Final[dict[Word, Words]] = {
    Word.VILLAGE_COVERED: ("已覆盖建制村", "Village covered"),
    Word.VILLAGE_UNCOVERED: ("未覆盖建制村", "Village not covered"),
    Word.COMMITTEE: ("居委会（不计入指标）", "Residents' committee (not counted)"),
    Word.STATIONS: ("站点", "Stations"),
    Word.VILLAGES: ("已覆盖建制村", "Villages covered"),
    Word.UNCOVERED: ("未覆盖建制村", "Villages not covered"),
    Word.ACCESS: ("村到站点", "Village to its station"),
    Word.SUPPLY: ("上下级供货关系", "Supply links"),
    Word.SUPPLY_COUNTY: ("县—乡供货关系", "County–township supply"),
    Word.SUPPLY_TOWNSHIP: ("乡—村供货关系", "Township–village supply"),
    Word.ROUTES: ("配送线路", "Delivery routes"),
    Word.ROUTE_COUNTY: ("县—乡配送线路", "County–township route"),
    Word.ROUTE_TOWNSHIP: ("乡—村配送线路", "Township–village route"),
    Word.ROUTE_DIRECT: ("县—村直达线路", "County–village route"),
    Word.ROUTE_MIXED: ("县—乡、村混合线路", "County route to townships and villages"),
    Word.ROUTE_BUS: ("客运班线带货", "Carried by passenger line"),
    Word.WEEK_COUNTY: ("县级中心一周配送", "Week of the county centre"),
    Word.WEEK_TOWNSHIP: ("乡镇站一周配送", "Week of the township station"),
    Word.CRITICAL: ("关键路段（中断则有村失去服务）", "Critical roads (villages lose service if cut)"),
    Word.ROADS: ("道路", "Roads"),
    Word.BUS: ("客运班线（站间直线）", "Bus lines (straight between stops)"),
    Word.TOWNSHIPS: ("乡镇名称", "Township names"),
    Word.BOUNDARY: ("县界", "County boundary"),
    Word.UNPAVED: ("未铺装路面", "Unpaved"),
}


ECHELONS: Final[dict[str, Words]] = {
    "county-township": MAP[Word.ROUTE_COUNTY],
    "county-village": MAP[Word.ROUTE_DIRECT],
    "county-mixed": MAP[Word.ROUTE_MIXED],
    "township-village": MAP[Word.ROUTE_TOWNSHIP],
}
"""What a route of the plan's own vehicles is called, by its echelon."""


def route_words(route: Route) -> Words:
    """What a route is called: by its echelon, or by the passenger line that carries it. KeyError for an unknown one."""
    return MAP[Word.ROUTE_BUS] if route.is_bus else ECHELONS[route.echelon]


def say(words: Words, language: str) -> str:
    """``words`` in ``language`` (``zh`` or ``en``); raises ValueError for any other language."""
    if language not in LANGUAGES:
        raise ValueError(f"no words in language {language!r}; there are {', '.join(LANGUAGES)}")
    return words[LANGUAGES.index(language)]


def data_words(attributions: Sequence[str], language: str) -> str:
    """Whom the data is owed to, on one line for a map or picture; empty when nobody must be named."""
    return say(("数据：", "Data: "), language) + " · ".join(attributions) if attributions else ""


def radius_words(scenario: Scenario, language: str) -> str:
    """The coverage radius with its metric, e.g. ``道路距离 2.5 公里`` or ``2.5 km by road``."""
    if language == "en":
        return scenario.radius_label
    factor = scenario.network.straight_line_factor
    way = "道路" if factor is None else f"直线×{factor:.10g} "
    return {
        CoverageMetric.ROAD_KM: f"{way}距离 {scenario.radius_km:g} 公里",
        CoverageMetric.STRAIGHT_KM: f"直线距离 {scenario.radius_km:g} 公里",
        CoverageMetric.MINUTES: f"{way}时间 {scenario.radius_min:g} 分钟",
    }[scenario.coverage_metric]


BY_ROAD: Final[Words] = ("沿路 {distance}", "{distance} by road")


def way_words(scenario: Scenario) -> Words:
    """How a distance is spoken of, with a place for it: by road, or by straight lines where the scenario says so."""
    factor = scenario.network.straight_line_factor
    if factor is None:
        return BY_ROAD
    return f"直线×{factor:.10g} {{distance}}", f"{{distance}}, {scenario.network.straight_words}"


def distance_words(distance_m: int | None, language: str) -> str:
    """A distance for people: ``820 米``, ``3.4 公里`` / ``820 m``, ``3.4 km``; a dash when there is none."""
    if distance_m is None:
        return "—"
    if distance_m < 1000:
        return f"{distance_m} {say(('米', 'm'), language)}"
    return f"{distance_m / 1000:.1f} {say(('公里', 'km'), language)}"
