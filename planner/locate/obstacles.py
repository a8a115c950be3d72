"""Whether any plan can meet the hard rules, and if not, which rule fails where and the smallest way out.

With no village covered, nothing is carried: a plan then is a county centre and one station in each township that
counts. So both questions are answered exactly by trying each possible centre (``docs/model.md`` §7). Where sites must
be open, or there may be several centres, such networks are found by a solver (`planner.locate.skeleton`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.errors import InfeasibleError, Sentence
from planner.locate.locks import demand_locks
from planner.locate.model import station_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.skeleton import investment_cny, least_network, most_townships

if TYPE_CHECKING:
    from planner.locate.county import Gates
    from planner.scenario import Scenario

MOST_CENTRES = 20
"""As many county centres as a scenario may allow."""
SHARE_DIGITS = 10_000
"""A share is proposed to four decimals, rounded down so that it can be met."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What its county centres allow: which townships can have a station, and the least investment for those asked."""

    centres: tuple[int, ...]
    townships: frozenset[int]
    least_capex_cny: int


def demand_feasible(county: County, scenario: Scenario, problem: ThreeTierProblem, gates: Gates) -> None:
    """Raise InfeasibleError, with names and a relaxation, when no plan meets the hard rules."""
    if not (problem.max_tier == Tier.COUNTY).any():
        raise InfeasibleError([_no_centre(county, gates)], _centre_relaxation(county, gates))
    count = problem.required_township_count
    skeletons = [_skeleton(problem, centre) for centre in np.flatnonzero(problem.max_tier == Tier.COUNTY).tolist()]
    if problem.max_centres > 1:
        skeletons = [_of_several(problem, scenario.solver.seed)]
    best = max(skeletons, key=lambda skeleton: (len(skeleton.townships), [-centre for centre in skeleton.centres]))
    if len(best.townships) < count:
        missing = [g for g in problem.required_townships.tolist() if g not in best.townships]
        more = _more_centres(problem, scenario.solver.seed)
        share = len(best.townships) * SHARE_DIGITS // len(problem.required_townships) / SHARE_DIGITS
        raise InfeasibleError(
            [_why(county, problem, gates, g, best.centres) for g in missing],
            Sentence(
                f"at most {len(best.townships)} of {len(problem.required_townships)} townships can have a station: "
                f"--set targets.township_outlets={share:g}{more.en}",
                f"{len(problem.required_townships)} 个乡镇中最多 {len(best.townships)} 个能设站："
                f"--set targets.township_outlets={share:g}{more.zh}",
            ),
        )
    least = min(skeleton.least_capex_cny for skeleton in skeletons if len(skeleton.townships) >= count)
    if problem.locked_tier.any() or problem.site_unit is not None:
        least = demand_locks(county, scenario, problem, gates)
    _demand_budget(problem, least)


def _demand_budget(problem: ThreeTierProblem, least: int) -> None:
    count, locked = problem.required_township_count, int((problem.locked_tier > 0).sum())
    if problem.budget_cny is not None and problem.budget_cny < least:
        raise InfeasibleError(
            [
                Sentence(
                    f"the budget of {problem.budget_cny} yuan does not pay for a county centre and {count} townships' "
                    f"stations{f' and the {locked} sites that must be open' if locked else ''}",
                    f"投资上限 {problem.budget_cny} 元不足以建县级中心并让 {count} 个乡镇设站"
                    f"{f'，再加上必须设站的 {locked} 处' if locked else ''}",
                )
            ],
            Sentence(
                f"the least investment that does is {least} yuan (proven): --set budget_cny={least}",
                f"所需最少投资为 {least} 元（已证明）：--set budget_cny={least}",
            ),
        )


def _skeleton(problem: ThreeTierProblem, centre: int) -> Skeleton:
    """Townships that can have a station under ``centre``, and the cheapest way to give as many as asked for one."""
    links = station_links(problem)
    reached = problem.supply_child[links[problem.supply_parent[links] == centre]]
    home = int(problem.site_township[centre])
    cheapest: dict[int, int] = {}
    for g in problem.required_townships.tolist():
        if g == home:
            cheapest[g] = 0
            continue
        there = reached[problem.site_township[reached] == g]
        if len(there):
            cheapest[g] = int(problem.capex_cny[there, Tier.TOWNSHIP - 1].min())
    paid = sorted(cheapest.values())[: problem.required_township_count]
    return Skeleton((centre,), frozenset(cheapest), int(problem.capex_cny[centre, Tier.COUNTY - 1]) + sum(paid))


def _of_several(problem: ThreeTierProblem, seed: int) -> Skeleton:
    """What several centres allow at best; the investment is that of no plan when they give too few townships one."""
    widest = most_townships(problem, seed=seed)
    with_station = np.isin(problem.required_townships, problem.site_township[widest.tier >= Tier.TOWNSHIP])
    least = least_network(replace(problem, least_tier=None, site_unit=None), seed=seed)
    return Skeleton(
        tuple(np.flatnonzero(widest.tier == Tier.COUNTY).tolist()),
        frozenset(problem.required_townships[with_station].tolist()),
        0 if least is None else investment_cny(problem, least),
    )


def _more_centres(problem: ThreeTierProblem, seed: int) -> Sentence:
    """How few more centres would give the townships asked for their station, after "or"; empty when none would."""
    bare = replace(problem, least_tier=None, site_unit=None)
    highest = min(MOST_CENTRES, int((problem.max_tier == Tier.COUNTY).sum()))
    if highest <= problem.max_centres or least_network(replace(bare, max_centres=highest), seed=seed) is None:
        return Sentence("", "")
    for most in range(problem.max_centres + 1, highest + 1):
        if least_network(replace(bare, max_centres=most), seed=seed) is not None:
            setting = f"--set tiers.county.max_centres={most}"
            return Sentence(f"; or allow {most} county centres: {setting}", f"；或允许 {most} 个县级中心：{setting}")
    return Sentence("", "")


def _reached(problem: ThreeTierProblem, centres: tuple[int, ...]) -> Ints:
    """Sites to which some road leads from one of ``centres``, however far."""
    return problem.supply_child[np.isin(problem.supply_parent, centres)]


def _why(county: County, problem: ThreeTierProblem, gates: Gates, g: int, centres: tuple[int, ...]) -> Sentence:
    """Why township ``g`` can have no station under ``centres``: the last gate at which its sites fail."""
    township = county.townships[g]
    sites = np.array(
        [j for j, s in enumerate(county.sites) if s.township_code == township.code and s.max_tier >= Tier.TOWNSHIP],
        dtype=np.int64,
    )
    reach_km = problem.county_to_township_m / 1000
    names = [county.sites[centre].name for centre in centres]
    name, name_zh = " or ".join(names), "、".join(names)
    if not len(sites):
        cause = Sentence("it has no site of township tier", "没有可作乡镇站的候选点")
    elif not gates.road[sites].any():
        cause = Sentence(
            "none of its sites of township tier is within the snap limit of a road",
            "可作乡镇站的候选点离道路都超过捕捉上限",
        )
    elif not gates.allowed[sites].any():
        cause = Sentence("the scenario bans all its sites of township tier", "可作乡镇站的候选点都被指定不设站")
    elif not (gates.road & gates.broadband & gates.allowed)[sites].any():
        cause = Sentence(
            "none of its sites of township tier on a road that may be opened has broadband",
            "道路旁可作乡镇站的候选点都没有宽带",
        )
    elif not (gates.road & gates.broadband & gates.mobile & gates.allowed)[sites].any():
        cause = Sentence(
            "none of its sites of township tier on a road that may be opened has 4G signal (and broadband)",
            "道路旁可作乡镇站的候选点都没有4G信号（或缺宽带）",
        )
    elif not gates.open[sites].any():
        cause = Sentence(
            "no road leads from a possible county centre to its sites of township tier",
            "没有道路从可作县级中心的候选点通到可作乡镇站的候选点",
        )
    elif not np.isin(sites[gates.open[sites]], _reached(problem, centres)).any():
        cause = Sentence(
            f"no road leads from {name} to its sites of township tier (planner check names the unconnected roads)",
            f"没有道路从{name_zh}通到可作乡镇站的候选点（planner check 列出不连通的道路）",
        )
    else:
        cause = Sentence(
            f"its sites are beyond the supply radius of {reach_km:g} km from {name}",
            f"候选点距 {name_zh} 超过供货半径 {reach_km:g} 公里",
        )
    return Sentence(
        f"township {township.code} {township.name} can have no station: {cause.en}",
        f"{township.name}（{township.code}）无法设站：{cause.zh}",
    )


def _no_centre(county: County, gates: Gates) -> Sentence:
    sites = np.array([j for j, site in enumerate(county.sites) if site.max_tier is Tier.COUNTY], dtype=np.int64)
    if not len(sites):
        cause = Sentence("no site is of county tier", "没有可作县级中心的候选点")
    elif not gates.road[sites].any():
        cause = Sentence(
            "no site of county tier is within the snap limit of a road", "可作县级中心的候选点离道路都超过捕捉上限"
        )
    elif not gates.allowed[sites].any():
        cause = Sentence("the scenario bans every site of county tier", "可作县级中心的候选点都被指定不设站")
    elif not (gates.road & gates.broadband & gates.allowed)[sites].any():
        cause = Sentence("no site of county tier on a road has broadband", "道路旁可作县级中心的候选点都没有宽带")
    else:
        cause = Sentence("no site of county tier on a road has 4G signal", "道路旁可作县级中心的候选点都没有4G信号")
    return Sentence(f"no county centre is possible: {cause.en}", f"无法设县级中心：{cause.zh}")


def _centre_relaxation(county: County, gates: Gates) -> Sentence:
    centres = [j for j, site in enumerate(county.sites) if site.max_tier is Tier.COUNTY]
    fit = gates.road & gates.broadband & gates.mobile & ~gates.allowed
    banned = [county.sites[j].site_id for j in centres if fit[j]]
    if banned:
        names = ", ".join(banned)
        return Sentence(f"take one of {names} out of sites.closed", f"从 sites.closed 中去掉 {names} 之一")
    if any(site.max_tier is Tier.COUNTY and gates.road[j] for j, site in enumerate(county.sites)):
        dark = not any(gates.broadband[j] for j in centres if gates.road[j])
        word, word_zh, key = ("broadband", "宽带", "broadband") if dark else ("4G signal", "4G信号", "mobile_4g")
        return Sentence(
            f"connect sites without {word} first: --set sites.{key}=connect",
            f"先为没有{word_zh}的候选点通网：--set sites.{key}=connect",
        )
    if any(site.max_tier is Tier.COUNTY for site in county.sites):
        return Sentence(
            "let points lie farther from the road: --set network.snap_limit_m=…",
            "放宽到道路的距离：--set network.snap_limit_m=…",
        )
    return Sentence(
        "give one site in the stations file max_tier county", "在站点文件中把一个候选点的 max_tier 写为 county"
    )
