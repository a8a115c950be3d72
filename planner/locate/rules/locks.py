"""Sites that must be open: which of them cannot be, which cannot be together, and what they cost at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.errors import Sentence
from planner.locate.model import openable
from planner.locate.problem import ThreeTierProblem

if TYPE_CHECKING:
    from planner.locate.county import Gates

_TIER_ZH = {Tier.VILLAGE: "村级点", Tier.TOWNSHIP: "乡镇站", Tier.COUNTY: "县级中心"}


def lock_causes(county: County, problem: ThreeTierProblem, gates: Gates) -> dict[int, Sentence]:
    """Why each site that must be open and cannot be, whatever else is, cannot; by its number."""
    locked = np.flatnonzero(problem.locked_tier).tolist()
    return {j: cause for j in locked if (cause := _alone(county, problem, gates, j)) is not None}


def lock_sentence(county: County, problem: ThreeTierProblem, j: int, cause: Sentence) -> Sentence:
    """That site ``j`` must be open and cannot be, and why."""
    site, tier = county.sites[j], Tier(int(problem.locked_tier[j]))
    return Sentence(
        f"site {site.site_id} {site.name} must be open at tier {tier.word} and cannot be: {cause.en}",
        f"{site.name}（{site.site_id}）要求设为{_TIER_ZH[tier]}，但无法做到：{cause.zh}",
    )


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
