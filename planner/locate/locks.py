"""Sites that must be open: which of them cannot be, which cannot be together, and what they cost at least."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.errors import InfeasibleError, Sentence
from planner.locate.model import openable
from planner.locate.problem import ThreeTierProblem
from planner.locate.skeleton import investment_cny, least_network, locks_in_the_way

if TYPE_CHECKING:
    from planner.locate.county import Gates
    from planner.scenario import Scenario

_TIER_ZH = {Tier.VILLAGE: "村级点", Tier.TOWNSHIP: "乡镇站", Tier.COUNTY: "县级中心"}


def demand_locks(county: County, scenario: Scenario, problem: ThreeTierProblem, gates: Gates) -> int:
    """The least investment of a network in which every site that must be open is, in whole yuan.

    Raises InfeasibleError naming each site that cannot be open by itself, else the fewest that would have to be
    given up; NoSolutionInTimeError when the solver did not end.
    """
    locked = np.flatnonzero(problem.locked_tier).tolist()
    causes = {j: cause for j in locked if (cause := _alone(county, problem, gates, j)) is not None}
    if causes:
        reasons = [_named(county, problem, j, cause) for j, cause in causes.items()]
        raise InfeasibleError(reasons, _relaxation(county, scenario, list(causes)))
    network = least_network(problem, seed=scenario.solver.seed)
    if network is None:
        raise _together(county, scenario, problem)
    return investment_cny(problem, network)


def _together(county: County, scenario: Scenario, problem: ThreeTierProblem) -> InfeasibleError:
    """The error that names the fewest sites to give up, and the rule of one site a village where that is in the way."""
    seed, off = scenario.solver.seed, "--set sites.one_per_village=false"
    more = Sentence(f"allow more sites a village: {off}", f"允许一村多站：{off}")
    freed = locks_in_the_way(problem, seed=seed)
    if freed is None:  # even with no site that must be open
        nobody = Sentence(
            "no choice of sites gives the townships their stations with one site a village",
            "在一村一站的限制下，无法让各乡镇都设站",
        )
        return InfeasibleError([nobody], more)
    crowded = problem.site_unit is not None and least_network(replace(problem, site_unit=None), seed=seed) is not None
    cause = Sentence(
        "not together with the other sites that must be open, the townships' stations"
        f"{', one site a village' if crowded else ''} and {_centres(problem).en}",
        f"与其他必须设站的候选点、乡镇设站要求{'、一村一站' if crowded else ''}和{_centres(problem).zh}不能同时满足",
    )
    way = _relaxation(county, scenario, freed.tolist())
    if crowded:
        way = Sentence(f"{way.en}; or {more.en}", f"{way.zh}；或{more.zh}")
    asked = int((problem.locked_tier == Tier.COUNTY).sum())
    if asked > problem.max_centres:
        setting = f"--set tiers.county.max_centres={asked}"
        way = Sentence(
            f"{way.en}; or allow {asked} county centres: {setting}", f"{way.zh}；或允许 {asked} 个县级中心：{setting}"
        )
    return InfeasibleError([_named(county, problem, j, cause) for j in freed.tolist()], way)


def _centres(problem: ThreeTierProblem) -> Sentence:
    most = problem.max_centres
    if most == 1:
        return Sentence("one county centre", "唯一的县级中心")
    return Sentence(f"at most {most} county centres", f"最多 {most} 个县级中心")


def _alone(county: County, problem: ThreeTierProblem, gates: Gates, j: int) -> Sentence | None:
    """Why site ``j`` cannot be open at the tier asked for, whatever else is; None when it can."""
    tier, site = int(problem.locked_tier[j]), county.sites[j]
    gates_and_causes = (
        (
            tier <= site.max_tier,
            f"its premises carry tier {site.max_tier.word} at most", f"场所最高只能作{_TIER_ZH[site.max_tier]}",
        ),
        (gates.road[j], "no road lies within the snap limit", "离道路超过捕捉上限"),
        (gates.broadband[j], "it has no broadband", "没有宽带"),
        (gates.mobile[j], "it has no 4G signal", "没有4G信号"),
        (gates.allowed[j], "the scenario bans it", "已被指定不设站"),
        (
            gates.linked[j],
            "no road leads to it from a possible county centre", "没有道路从可作县级中心的候选点通到这里",
        ),
        (
            openable(problem)[j, tier - 1 :].any(),
            "no station that could supply it lies within the supply radius", "供货半径内没有可给它供货的站点",
        ),
    )  # fmt: skip
    return next((Sentence(en, zh) for passed, en, zh in gates_and_causes if not passed), None)


def _named(county: County, problem: ThreeTierProblem, j: int, cause: Sentence) -> Sentence:
    site, tier = county.sites[j], Tier(int(problem.locked_tier[j]))
    return Sentence(
        f"site {site.site_id} {site.name} must be open at tier {tier.word} and cannot be: {cause.en}",
        f"{site.name}（{site.site_id}）要求设为{_TIER_ZH[tier]}，但无法做到：{cause.zh}",
    )


def _relaxation(county: County, scenario: Scenario, given_up: list[int]) -> Sentence:
    """What to change: the entries of ``sites.open``, and the outlets that are kept because they work today."""
    names = [county.sites[j].site_id for j in given_up]
    chosen = ", ".join(name for name in names if name in scenario.sites.locked)
    kept = ", ".join(name for name in names if name not in scenario.sites.locked)
    english, chinese = [], []
    if chosen:
        english.append(f"take these out of sites.open: {chosen}")
        chinese.append(f"从 sites.open 中去掉：{chosen}")
    if kept:
        english.append(f"let these outlets close: --set sites.closed={kept.replace(' ', '')}, or keep none by force")
        chinese.append(f"允许关闭这些现有网点：--set sites.closed={kept.replace(' ', '')}，或不强制保留现有网点")
        english[-1] += ": --set sites.keep_existing=free"
        chinese[-1] += "：--set sites.keep_existing=free"
    return Sentence("; ".join(english), "；".join(chinese))
