"""Whether any plan can meet the hard rules, and if not, which rule fails where and the smallest way out.

With no village covered, nothing is carried: a plan then is a county centre and one station in each township that
counts. So both questions are answered exactly by trying each possible centre (``docs/model.md`` §7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County, Tier
from planner.errors import InfeasibleError
from planner.locate.model import station_links
from planner.locate.problem import ThreeTierProblem

if TYPE_CHECKING:
    from planner.locate.county import Gates

SHARE_DIGITS = 10_000
"""A share is proposed to four decimals, rounded down so that it can be met."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What one county centre allows: which townships can have a station, and the least investment for those asked."""

    centre: int
    townships: frozenset[int]
    least_capex_cny: int


def demand_feasible(county: County, problem: ThreeTierProblem, gates: Gates) -> None:
    """Raise InfeasibleError, with names and a relaxation, when no plan meets the township rule and the budget."""
    if not (problem.max_tier == Tier.COUNTY).any():
        raise InfeasibleError([_no_centre(county, gates)], _centre_relaxation(county, gates))
    count = problem.required_township_count
    skeletons = [_skeleton(problem, centre) for centre in np.flatnonzero(problem.max_tier == Tier.COUNTY).tolist()]
    best = max(skeletons, key=lambda skeleton: (len(skeleton.townships), -skeleton.centre))
    if len(best.townships) < count:
        missing = [g for g in problem.required_townships.tolist() if g not in best.townships]
        share = len(best.townships) * SHARE_DIGITS // len(problem.required_townships) / SHARE_DIGITS
        raise InfeasibleError(
            [_why(county, problem, gates, g, best.centre) for g in missing],
            f"at most {len(best.townships)} of {len(problem.required_townships)} townships can have a station: "
            f"--set targets.township_outlets={share:g}",
        )
    least = min(skeleton.least_capex_cny for skeleton in skeletons if len(skeleton.townships) >= count)
    if problem.budget_cny is not None and problem.budget_cny < least:
        raise InfeasibleError(
            [f"the budget of {problem.budget_cny} yuan does not pay for a county centre and {count} township stations"],
            f"the least investment that does is {least} yuan (proven): --set budget_cny={least}",
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
    return Skeleton(centre, frozenset(cheapest), int(problem.capex_cny[centre, Tier.COUNTY - 1]) + sum(paid))


def _why(county: County, problem: ThreeTierProblem, gates: Gates, g: int, centre: int) -> str:
    """Why township ``g`` can have no station under ``centre``: the last gate at which its sites fail."""
    township = county.townships[g]
    name = f"township {township.code} {township.name} can have no station: "
    sites = np.array(
        [j for j, s in enumerate(county.sites) if s.township_code == township.code and s.max_tier >= Tier.TOWNSHIP],
        dtype=np.int64,
    )
    if not len(sites):
        return name + "it has no site of township tier"
    if not gates.road[sites].any():
        return name + "none of its sites of township tier is within the snap limit of a road"
    if not (gates.road & gates.broadband)[sites].any():
        return name + "none of its sites of township tier on a road has broadband"
    if not gates.open[sites].any():
        return name + "no road leads from a possible county centre to its sites of township tier"
    reach_km = problem.county_to_township_m / 1000
    return name + f"its sites are beyond the supply radius of {reach_km:g} km from {county.sites[centre].name}"


def _no_centre(county: County, gates: Gates) -> str:
    sites = np.array([j for j, site in enumerate(county.sites) if site.max_tier is Tier.COUNTY], dtype=np.int64)
    if not len(sites):
        return "no county centre is possible: no site is of county tier"
    if not gates.road[sites].any():
        return "no county centre is possible: no site of county tier is within the snap limit of a road"
    return "no county centre is possible: no site of county tier on a road has broadband"


def _centre_relaxation(county: County, gates: Gates) -> str:
    if any(site.max_tier is Tier.COUNTY and gates.road[j] for j, site in enumerate(county.sites)):
        return "open sites without broadband: --set require_broadband=false"
    if any(site.max_tier is Tier.COUNTY for site in county.sites):
        return "let points lie farther from the road: --set network.snap_limit_m=…"
    return "give one site in the stations file max_tier county"
