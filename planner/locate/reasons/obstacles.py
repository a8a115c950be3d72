"""Whether any plan can meet the hard rules, and if not, which rule fails where and the smallest way out.

With no village covered, nothing is carried: a plan then is a county centre and one station in each township that
counts. So both questions are answered exactly by trying each possible centre (``docs/model.md`` §7). Where sites must
be open, or there may be several centres, such networks are found by a solver (`planner.locate.skeleton`). The smallest
set of demands to give up is that of `planner.locate.reasons.elastic`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.errors import Advice, InfeasibleError, Sentence
from planner.locate.county import county_problem, site_gates
from planner.locate.model import station_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.reasons.demands import demands_asked, described
from planner.locate.reasons.elastic import GivenUp, smallest_set
from planner.locate.rules.locks import lock_causes, lock_sentence
from planner.locate.skeleton import investment_cny, least_network, most_townships

if TYPE_CHECKING:
    from planner.locate.county import Gates
    from planner.network.ground import Ground
    from planner.network.matrix import TravelMatrix
    from planner.scenario import Scenario

MOST_CENTRES = 20
"""As many county centres as a scenario may allow."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What its county centres allow: which townships can have a station, and the least investment for those asked."""

    centres: tuple[int, ...]
    townships: frozenset[int]
    least_capex_cny: int


def demand_feasible(
    county: County,
    scenario: Scenario,
    problem: ThreeTierProblem,
    gates: Gates,
    closed: Callable[[], Sentence | None] = lambda: None,
) -> None:
    """Raise InfeasibleError, with names and the smallest set of demands to give up, when no plan meets the hard rules.

    ``closed`` names the roads that close in the month planned for as a cause, when they are one (`closed_roads`).
    Raises NoSolutionInTimeError when a small solve did not end.
    """
    reasons = _reasons(county, scenario, problem, gates)
    if not reasons:
        return
    season = closed()
    if season is not None:
        reasons.insert(0, season)
    asked = demands_asked(county, scenario, problem, gates)
    given_up = smallest_set(asked, seed=scenario.solver.seed)
    if given_up is None or not given_up.count:
        raise InfeasibleError(reasons, _centre_relaxation(county, gates))
    demands, advice = described(county, scenario, asked, _as_reasoned(problem, given_up, scenario.solver.seed))
    more = _more_centres(problem, scenario.solver.seed)
    if more is not None:
        words = Sentence(f"{more.en}; else {advice.words.en}", f"{more.zh}；否则{advice.words.zh}")
        advice = replace(advice, words=words)
    raise InfeasibleError(reasons, advice, demands)


def closed_roads(
    county: County, scenario: Scenario, access: TravelMatrix, ground: Ground | None
) -> Callable[[], Sentence | None]:
    """What says, when asked, how many roads close in the month planned for, if a plan exists with all of them open."""

    def asked() -> Sentence | None:
        month = scenario.network.month
        if ground is None or not ground.some_roads_are_closed or month is None:
            return None
        supply, site_snaps = ground.supply_all_open()
        gates = site_gates(county, scenario, supply, site_snaps)
        if _reasons(county, scenario, county_problem(county, scenario, access, supply, gates), gates):
            return None
        closed = [road.closed_months for road in county.roads if month in road.closed_months]
        months = sorted({each for months in closed for each in months})
        return Sentence(
            f"{len(closed)} of {len(county.roads)} roads are closed in month {month} (they close in months "
            f"{', '.join(map(str, months))}); with every road open a plan exists",
            f"{month} 月有 {len(closed)} 条道路封闭（共 {len(county.roads)} 条，封闭月份："
            f"{'、'.join(map(str, months))} 月）；所有道路通行时有方案",
        )

    return asked


def _reasons(county: County, scenario: Scenario, problem: ThreeTierProblem, gates: Gates) -> list[Sentence]:
    """What stands in the way of any plan; empty when nothing does."""
    if not (problem.max_tier == Tier.COUNTY).any():
        return [_no_centre(county, gates)]
    count = problem.required_township_count
    best = _best_skeleton(problem, scenario.solver.seed)
    if len(best.townships) < count:
        missing = [g for g in problem.required_townships.tolist() if g not in best.townships]
        return [_why(county, problem, gates, g, best.centres) for g in missing]
    least = _least_investment(problem, count, best)
    if problem.locked_tier.any() or problem.site_unit is not None:
        causes = lock_causes(county, problem, gates)
        if causes:
            return [lock_sentence(county, problem, j, cause) for j, cause in causes.items()]
        network = least_network(problem, seed=scenario.solver.seed)
        if network is None:
            return [_not_together(problem)]
        least = investment_cny(problem, network)
    return _too_little_money(problem, least)


def _as_reasoned(problem: ThreeTierProblem, given_up: GivenUp, seed: int) -> GivenUp:
    """The same number of townships, but those that the reasons name, where nothing else is given up or asked.

    Under the centre from which most townships can have a station the others can: a set as small.
    """
    plain = not problem.locked_tier.any() and problem.site_unit is None and problem.budget_cny is None
    if not plain or given_up.count != len(given_up.townships) or not (problem.max_tier == Tier.COUNTY).any():
        return given_up
    best = _best_skeleton(problem, seed)
    missing = tuple(g for g in problem.required_townships.tolist() if g not in best.townships)
    return replace(given_up, townships=missing) if len(missing) == given_up.count else given_up


def _skeletons(problem: ThreeTierProblem) -> list[Skeleton]:
    return [_skeleton(problem, centre) for centre in np.flatnonzero(problem.max_tier == Tier.COUNTY).tolist()]


def _best_skeleton(problem: ThreeTierProblem, seed: int) -> Skeleton:
    """That of the centre (or centres) from which most townships can have a station, the first of equal ones."""
    if problem.max_centres > 1:
        return _of_several(problem, seed)
    return max(_skeletons(problem), key=lambda skeleton: (len(skeleton.townships), -skeleton.centres[0]))


def _least_investment(problem: ThreeTierProblem, count: int, best: Skeleton) -> int:
    """The least investment that gives ``count`` townships their station; ``best`` does."""
    if problem.max_centres > 1:
        return best.least_capex_cny
    return min(skeleton.least_capex_cny for skeleton in _skeletons(problem) if len(skeleton.townships) >= count)


def _not_together(problem: ThreeTierProblem) -> Sentence:
    """That what is asked of single sites cannot be had at once."""
    locked, single = bool(problem.locked_tier.any()), problem.site_unit is not None
    english = [*(["the sites that must be open"] if locked else []), "the townships' stations"]
    chinese = [*(["必须设站的候选点"] if locked else []), "乡镇设站要求"]
    if single:
        english.append("one site a village")
        chinese.append("一村一站")
    centres = _at_most(problem)
    return Sentence(
        f"{', '.join(english)} and {centres.en} are not together possible, though each is by itself",
        f"{'、'.join(chinese)}和{centres.zh}单独看都可行，但不能同时满足",
    )


def _too_little_money(problem: ThreeTierProblem, least: int) -> list[Sentence]:
    count, locked = problem.required_township_count, int((problem.locked_tier > 0).sum())
    if problem.budget_cny is None or problem.budget_cny >= least:
        return []
    return [
        Sentence(
            f"the budget of {problem.budget_cny:,} yuan does not pay for a county centre and {count} townships' "
            f"stations{f' and the {locked} sites that must be open' if locked else ''}: at least {least:,} (proven)",
            f"投资上限 {problem.budget_cny:,} 元不足以建县级中心并让 {count} 个乡镇设站"
            f"{f'，再加上必须设站的 {locked} 处' if locked else ''}：至少需要 {least:,} 元（已证明）",
        )
    ]


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


def _at_most(problem: ThreeTierProblem) -> Sentence:
    """How many county centres there may be, and how many are asked for where that is more."""
    most, asked = problem.max_centres, int((problem.locked_tier == Tier.COUNTY).sum())
    en, zh = (
        ("one county centre", "唯一的县级中心") if most == 1 else (f"at most {most} centres", f"最多 {most} 个县级中心")
    )
    if asked > most:
        en = f"{en} (tiers.county.max_centres; {asked} must be open)"
        zh = f"{zh}（tiers.county.max_centres；必须开设 {asked} 个）"
    return Sentence(en, zh)


def _more_centres(problem: ThreeTierProblem, seed: int) -> Sentence | None:
    """How few more centres would give the townships asked for their station; None when none would or need."""

    def enough(centres: int) -> bool:
        bare = replace(problem, max_centres=centres, least_tier=None, site_unit=None)
        return least_network(bare, seed=seed) is not None

    most, highest = problem.max_centres, min(MOST_CENTRES, int((problem.max_tier == Tier.COUNTY).sum()))
    if highest <= most or enough(most) or not enough(highest):
        return None
    least = next(centres for centres in range(most + 1, highest + 1) if enough(centres))
    return Sentence(
        f"with {least} county centres (tiers.county.max_centres={least}) the townships asked for could have their "
        "station",
        f"若允许 {least} 个县级中心（tiers.county.max_centres={least}），所要求的乡镇都能设站",
    )


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


def _centre_relaxation(county: County, gates: Gates) -> Advice:
    """What to mend where no demand given up makes a county centre possible."""
    if any(site.max_tier is Tier.COUNTY and not gates.road[j] for j, site in enumerate(county.sites)):
        return Advice(
            Sentence(
                "give a site of county tier a road, or let points lie farther from the road with network.snap_limit_m",
                "为可作县级中心的候选点修路，或用 network.snap_limit_m 放宽到道路的距离",
            )
        )
    return Advice(
        Sentence(
            "give one site in the stations file max_tier county", "在站点文件中把一个候选点的 max_tier 写为 county"
        )
    )
