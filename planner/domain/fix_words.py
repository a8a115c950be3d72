"""What a fix asks for and what it costs, in words for people, English and Chinese."""

from __future__ import annotations

from typing import Final

from planner.domain.county import County, Tier
from planner.domain.fix import NEW_POINT, Fix, FixCost, FixKind
from planner.errors import Sentence

TIER_WORDS: Final = {
    Tier.COUNTY: Sentence("county centre", "县级中心"),
    Tier.TOWNSHIP: Sentence("township station", "乡镇站"),
    Tier.VILLAGE: Sentence("village point", "村级点"),
}
_WITHOUT: Final = {
    FixKind.ROAD: Sentence("the road", "修路"),
    FixKind.ROAD_AND_SITE: Sentence("the road", "修路"),
    FixKind.OPEN_ROAD: Sentence("keeping the roads open", "保通道路"),
    FixKind.CONNECT_BROADBAND: Sentence("the connection", "接通宽带"),
    FixKind.CONNECT_MOBILE: Sentence("the signal", "接通4G信号"),
    FixKind.CAPACITY: Sentence("larger premises", "扩容"),
}
_FIXED: Final = {
    FixKind.NEW_SITE: Sentence("add a village point in the village itself", "在本村新设村级点"),
    FixKind.TARGET: Sentence("raise the coverage target to 100 %", "把建制村覆盖目标提高到 100%"),
    FixKind.ONE_PER_VILLAGE: Sentence("allow more than one site a village", "允许一村多站"),
    FixKind.BROADBAND_RULE: Sentence("let sites without broadband open", "允许没有宽带的候选点设站"),
    FixKind.MOBILE_RULE: Sentence("let sites without 4G signal open", "允许没有4G信号的候选点设站"),
    FixKind.OPEN_ROAD: Sentence(
        "keep the roads open that close in the month planned for", "让规划月份封闭的道路保持通行"
    ),
    FixKind.CONNECT_ROADS: Sentence("join its road with the rest of the network", "把本村道路与路网连通"),
    FixKind.MORE_TIME: Sentence("give the solver more time", "延长求解时间"),
}
_SUPPLY: Final = {
    "supply.county_to_township_km": Sentence("from centre to township station", "县到乡"),
    "supply.township_to_village_km": Sentence("from station to village point", "乡到村"),
}


def fix_sentence(county: County, fix: Fix) -> Sentence:
    """What is to be done, and who then serves the village."""
    asked, site = _asked(county, fix), _name(county, fix.site_id)
    served = fix.site_id not in (None, NEW_POINT) and fix.kind not in (
        FixKind.LIFT_BAN,
        FixKind.CONNECT_BROADBAND,
        FixKind.CONNECT_MOBILE,
    )
    english, chinese = asked.en, asked.zh
    tiers = dict(fix.opens)
    own = tiers.pop(fix.site_id or "", None)
    if served:
        opened = ("", "") if own is None else (f", opened as a {TIER_WORDS[own].en}", f"（设为{TIER_WORDS[own].zh}）")
        english, chinese = f"{english}; {site} then serves it{opened[0]}", f"{chinese}，由{site}{opened[1]}服务"
    for site_id, tier in tiers.items():
        english += f", and {_name(county, site_id)} is opened as a {TIER_WORDS[tier].en} to supply it"
        chinese += f"，并把{_name(county, site_id)}设为{TIER_WORDS[tier].zh}为其供货"
    return Sentence(english, chinese)


def fix_cost_sentence(fix: Fix) -> Sentence:
    """What it adds to the plan's cost, and how sure that is."""
    if fix.capex_cny is None or fix.annual_cost_cny is None:
        return Sentence("cost not calculated", "费用未计算")
    capex, annual = fix.capex_cny, fix.annual_cost_cny
    if not capex and not annual:
        words = Sentence("at no cost to the plan", "方案成本不增加")
    elif fix.cost is FixCost.EXACT:
        words = Sentence(
            f"{capex:,} CNY of investment (proven least), {annual:,} CNY a year",
            f"投资增加 {capex:,} 元（已证明最少）、年成本增加 {annual:,} 元",
        )
    else:
        words = Sentence(
            f"at most {capex:,} CNY of investment and {annual:,} CNY a year",
            f"投资最多增加 {capex:,} 元、年成本最多增加 {annual:,} 元",
        )
    english, chinese = words.en, words.zh
    if fix.cost is FixCost.STATION_ONLY:
        what = _WITHOUT[fix.kind]
        english, chinese = f"{english}; no cost is known for {what.en}", f"{chinese}；{what.zh}的费用未知"
    if fix.over_budget_cny:
        english += f"; {fix.over_budget_cny:,} CNY over the budget"
        chinese += f"；超出投资上限 {fix.over_budget_cny:,} 元"
    return Sentence(english, chinese)


def _asked(county: County, fix: Fix) -> Sentence:
    value, site, road_m = fix.value or "", _name(county, fix.site_id), fix.road_m or 0
    if fix.kind is FixKind.RADIUS:
        unit = Sentence("min", "分钟") if fix.setting == "radius_min" else Sentence("km", "公里")
        return Sentence(f"raise the coverage radius to {value} {unit.en}", f"把覆盖半径放宽到 {value} {unit.zh}")
    if fix.kind is FixKind.SUPPLY_RADIUS:
        way = _SUPPLY[fix.setting or ""]
        return Sentence(f"raise the supply radius {way.en} to {value} km", f"把{way.zh}最远供货距离放宽到 {value} 公里")
    if fix.kind in (FixKind.CAPACITY, FixKind.LEAST_VOLUME):
        return _of_tier(fix, TIER_WORDS[Tier.from_word((fix.setting or "").split(".")[1])])
    if fix.kind is FixKind.BUDGET:
        total = sum(int(part) for part in value.split(","))
        return Sentence(f"raise the budget to {total:,} CNY", f"把投资上限提高到 {total:,} 元")
    if fix.kind in (FixKind.ROAD, FixKind.ROAD_AND_SITE):
        english = f"build a road to the nearest road, {road_m:,} m in a straight line"
        chinese = f"修路连通最近道路（直线 {road_m:,} 米）"
        if fix.kind is FixKind.ROAD_AND_SITE:
            english, chinese = f"{english}, and a village point in the village", f"{chinese}，并在本村新设村级点"
        return Sentence(english, chinese)
    on_site = {
        FixKind.LIFT_BAN: Sentence(f"let {site} open", f"允许{site}设站"),
        FixKind.CONNECT_BROADBAND: Sentence(f"connect {site} to broadband", f"给{site}接通宽带"),
        FixKind.CONNECT_MOBILE: Sentence(f"bring 4G signal to {site}", f"给{site}接通4G信号"),
        FixKind.OTHER_TOWNSHIP: Sentence("let stations of other townships serve it", "允许由其他乡镇的站点服务"),
    }
    return on_site.get(fix.kind) or _FIXED[fix.kind]


def _of_tier(fix: Fix, tier: Sentence) -> Sentence:
    if fix.kind is FixKind.LEAST_VOLUME:
        return Sentence(f"let a {tier.en} open below its least volume", f"允许低于最低业务量的{tier.zh}设站")
    parcels = int(fix.value or 0)
    return Sentence(
        f"raise the capacity of a {tier.en} to {parcels:,} parcels a day",
        f"把{tier.zh}的处理能力提高到每天 {parcels:,} 件",
    )


def _name(county: County, site_id: str | None) -> str:
    if site_id is None or site_id == NEW_POINT:
        return ""
    return county.site_by_id[site_id].name
