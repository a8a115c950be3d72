"""The demands of a county's scenario as `planner.locate.reasons.elastic` takes them, and those given up in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.domain.fix_words import TIER_WORDS
from planner.errors import Advice, Demand, Sentence, Setting
from planner.locate.problem import ThreeTierProblem
from planner.locate.reasons.elastic import Asked, DemandKind, GivenUp
from planner.locate.reasons.fixes import km_text

if TYPE_CHECKING:
    from planner.locate.county import Gates
    from planner.scenario import Scenario

SHARE_DIGITS = 10_000
"""A share is proposed to four decimals, rounded down so that it can be met."""
_KEYS = {
    DemandKind.BUDGET: "budget_cny",
    DemandKind.COUNTY_RADIUS: "supply.county_to_township_km",
    DemandKind.VILLAGE_RADIUS: "supply.township_to_village_km",
    DemandKind.ONE_PER_VILLAGE: "sites.one_per_village",
    DemandKind.BROADBAND: "sites.broadband",
    DemandKind.MOBILE_4G: "sites.mobile_4g",
}


def demands_asked(county: County, scenario: Scenario, problem: ThreeTierProblem, gates: Gates) -> Asked:
    """All that the scenario asks of a network, bans and broadband included."""
    kept = scenario.sites.keep_existing == "required"
    held = [(site.existing_tier or 0) if kept else 0 for site in county.sites]
    highest = np.array([site.max_tier for site in county.sites], dtype=np.int64)
    return Asked(
        problem,
        np.where(gates.road, highest, 0),
        banned=~gates.allowed,
        dark=~gates.broadband,
        least_tier=np.where(gates.allowed, 0, np.array(held, dtype=np.int64)),
        silent=~gates.mobile,
    )


def described(county: County, scenario: Scenario, asked: Asked, given_up: GivenUp) -> tuple[tuple[Demand, ...], Advice]:
    """The demands given up, by names and numbers, and the settings that give them up."""
    demands = (
        *_rules(asked.problem, given_up),
        *_sites(county, scenario, asked.problem, given_up),
        *_townships(county, asked.problem, given_up),
    )
    count = len(given_up.townships) + len(given_up.locked) + len(given_up.banned) + len(given_up.rules)
    words = Sentence(
        "a plan exists once this is given up" if count == 1 else f"a plan exists once these {count} are given up",
        "放弃这项要求后即有方案" if count == 1 else f"放弃这 {count} 项要求后即有方案",
    )
    return demands, Advice(words, tuple(_settings(county, scenario, asked.problem, given_up)))


def _rules(problem: ThreeTierProblem, given_up: GivenUp) -> list[Demand]:
    demands = []
    if given_up.least_capex_cny is not None and problem.budget_cny is not None:
        least, short = given_up.least_capex_cny, given_up.least_capex_cny - problem.budget_cny
        words = Sentence(
            f"the budget of {problem.budget_cny:,} yuan: it takes {least:,} yuan (proven least), {short:,} yuan more",
            f"投资上限 {problem.budget_cny:,} 元：所需最少投资为 {least:,} 元（已证明），差 {short:,} 元",
        )
        demands.append(Demand(DemandKind.BUDGET, _KEYS[DemandKind.BUDGET], words, short, "CNY"))
    for kind, metres, now, en, zh in (
        (
            DemandKind.COUNTY_RADIUS, given_up.county_m, problem.county_to_township_m,
            "from county centre to township station", "县到乡",
        ),
        (
            DemandKind.VILLAGE_RADIUS, given_up.village_m, problem.township_to_village_m,
            "from station to village point", "乡到村",
        ),
    ):  # fmt: skip
        if metres is not None:
            words = Sentence(
                f"the supply radius {en} of {km_text(now)} km: it takes {km_text(metres)} km, {metres - now:,} m more",
                f"{zh}最远供货距离 {km_text(now)} 公里：需要 {km_text(metres)} 公里，差 {metres - now:,} 米",
            )
            demands.append(Demand(kind, _KEYS[kind], words, metres - now, "m"))
    plain = {
        DemandKind.ONE_PER_VILLAGE: Sentence("one site a village at most", "一村只设一站"),
        DemandKind.BROADBAND: Sentence("broadband at every station", "站点须有宽带"),
        DemandKind.MOBILE_4G: Sentence("4G signal at every station", "站点须有4G信号"),
    }
    demands += [Demand(kind, _KEYS[kind], words) for kind, words in plain.items() if kind in given_up.rules]
    return demands


def _sites(county: County, scenario: Scenario, problem: ThreeTierProblem, given_up: GivenUp) -> list[Demand]:
    demands = []
    for j in given_up.banned:
        site = county.sites[j]
        words = Sentence(f"the ban on site {site.site_id} {site.name}", f"{site.name}（{site.site_id}）不得设站")
        demands.append(Demand(DemandKind.BANNED, site.site_id, words))
    for j in given_up.locked:
        site, tier = county.sites[j], TIER_WORDS[Tier(int(problem.locked_tier[j]))]
        why = ("", "") if site.site_id in scenario.sites.locked else (", as it works today", "（现有网点须保留）")
        words = Sentence(
            f"that site {site.site_id} {site.name} is open as a {tier.en} or higher{why[0]}",
            f"{site.name}（{site.site_id}）须设为{tier.zh}或更高层级{why[1]}",
        )
        demands.append(Demand(DemandKind.LOCKED, site.site_id, words))
    return demands


def _townships(county: County, problem: ThreeTierProblem, given_up: GivenUp) -> list[Demand]:
    """By name where every township must have a station, else by number."""
    if problem.required_township_count < len(problem.required_townships):
        count, asked = len(given_up.townships), problem.required_township_count
        words = Sentence(
            f"stations in {asked} of {len(problem.required_townships)} townships: {asked - count} are possible",
            f"{len(problem.required_townships)} 个乡镇中 {asked} 个设站：能做到 {asked - count} 个",
        )
        return [Demand(DemandKind.TOWNSHIP, "targets.township_outlets", words, count, "township")] if count else []
    demands = []
    for g in given_up.townships:
        township = county.townships[g]
        words = Sentence(
            f"a station in township {township.code} {township.name}", f"{township.name}（{township.code}）设站"
        )
        demands.append(Demand(DemandKind.TOWNSHIP, township.code, words, 1, "township"))
    return demands


def _settings(county: County, scenario: Scenario, problem: ThreeTierProblem, given_up: GivenUp) -> list[Setting]:
    settings = []
    if given_up.least_capex_cny is not None:
        settings += [Setting(key, value) for key, value in scenario.paying(given_up.least_capex_cny)]
    if given_up.county_m is not None:
        settings.append(Setting(_KEYS[DemandKind.COUNTY_RADIUS], km_text(given_up.county_m)))
    if given_up.village_m is not None:
        settings.append(Setting(_KEYS[DemandKind.VILLAGE_RADIUS], km_text(given_up.village_m)))
    off = {DemandKind.ONE_PER_VILLAGE: "false", DemandKind.BROADBAND: "ignore", DemandKind.MOBILE_4G: "ignore"}
    settings += [Setting(_KEYS[kind], value) for kind, value in off.items() if kind in given_up.rules]
    settings += _site_settings(county, scenario, given_up)
    if given_up.townships:
        possible, number = problem.required_township_count - len(given_up.townships), len(problem.required_townships)
        share = possible * SHARE_DIGITS // number / SHARE_DIGITS
        settings.append(Setting("targets.township_outlets", f"{share:g}"))
    return settings


def _site_settings(county: County, scenario: Scenario, given_up: GivenUp) -> list[Setting]:
    """What is left of ``sites.open`` and ``sites.closed``; an outlet that was to be kept goes into the latter."""
    free = {county.sites[j].site_id for j in given_up.locked}
    allowed = {county.sites[j].site_id for j in given_up.banned}
    entries = list(zip(scenario.sites.open, scenario.sites.locked, strict=True))
    opened = [entry for entry, site_id in entries if site_id not in free]
    kept = scenario.sites.keep_existing == "required"
    working = {site.site_id for site in county.sites if site.existing_tier is not None} if kept else set()
    closed = [site_id for site_id in scenario.sites.closed if site_id not in allowed] + sorted(free & working)
    settings = []
    if len(opened) < len(entries):
        settings.append(Setting("sites.open", ",".join(opened)))
    if closed != list(scenario.sites.closed):
        settings.append(Setting("sites.closed", ",".join(closed)))
    return settings
