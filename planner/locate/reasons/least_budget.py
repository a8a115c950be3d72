"""The least budget at which all that a plan covers and one village more is covered: solved for, village by village."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.domain import Fix, FixCost, FixKind, ReasonCode, SolveStatus
from planner.domain.fix import cheapest_first
from planner.errors import NoSolutionInTimeError
from planner.locate.engine import Deadline
from planner.locate.frontier import FrontierPoint, least_investment_covering
from planner.locate.problem import ThreeTierResult
from planner.locate.reasons.scene import Scene

MOST_SOLVED = 5
"""Villages whose least budget is solved for, the most people first; a count, so that runs repeat. The others' is at
most what it costs to add them to the plan."""


def with_least_budgets(
    scene: Scene, result: ThreeTierResult, codes: dict[int, ReasonCode], fixes: dict[int, tuple[Fix, ...]]
) -> dict[int, tuple[Fix, ...]]:
    """``fixes`` with the budget of those that the budget leaves out proven, for so many of them as time allows."""
    if scene.problem.cold is not None:  # the least investment knows no cold stores, and the plan's would be lost
        return dict(fixes)
    blocked = [i for i, code in codes.items() if code is ReasonCode.BUDGET]
    blocked.sort(key=lambda i: (-int(scene.problem.population[i]), i))
    solver, done = scene.scenario.solver, dict(fixes)
    deadline = Deadline(solver.locate_time_limit_s)
    for i in blocked[:MOST_SOLVED]:
        wanted = np.append(np.flatnonzero(result.station >= 0), i)
        free = replace(scene.problem, budget_cny=None)
        try:
            point = least_investment_covering(free, wanted, time_limit_s=deadline.left_s(), seed=solver.seed)
        except NoSolutionInTimeError:
            break
        if point is None:
            continue
        paying = scene.scenario.paying(point.investment_cny)
        if len(paying) != 1:  # two limits on money are no single change
            continue
        solved = _fix(scene, result, i, point, paying[0])
        others = [fix for fix in fixes[i] if fix.kind is not FixKind.BUDGET]
        known = [fix for fix in fixes[i] if fix.kind is FixKind.BUDGET]
        best = cheapest_first([solved, *known], too_far=False)[0]
        done[i] = cheapest_first([*others, best], too_far=False)
    return done


def _fix(scene: Scene, result: ThreeTierResult, i: int, point: FrontierPoint, paying: tuple[str, str]) -> Fix:
    """A budget that pays for the network found; proven to be the least when its stages were."""
    proven = point.status is SolveStatus.OPTIMAL
    opened = np.flatnonzero(result.tier)
    annual = int(scene.problem.annual_cost_cny[opened, result.tier[opened] - 1].sum())
    return Fix(
        FixKind.BUDGET,
        FixCost.EXACT if proven else FixCost.ADDED,
        *paying,
        scene.county.sites[int(point.network.station[i])].site_id,
        capex_cny=point.investment_cny - scene.standing.spent_cny,
        annual_cost_cny=point.annual_cost_cny - annual,
    )
