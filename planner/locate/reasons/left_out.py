"""Why each village that the plan leaves out is left out: exactly one reason, and the nearest candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain import County, Reason, ReasonCode, SolveStatus
from planner.errors import NoSolutionInTimeError
from planner.locate.county import Bools, Gates, may_serve, within_radius
from planner.locate.model import can_carry, openable
from planner.locate.problem import ThreeTierProblem, ThreeTierResult
from planner.locate.reasons.additions import Standing
from planner.locate.reasons.fixes import count_villages, find_fixes
from planner.locate.reasons.least_budget import with_least_budgets
from planner.locate.reasons.scene import Scene, metric_of
from planner.locate.stages import place_tiers
from planner.scenario import CoverageMetric, Scenario

if TYPE_CHECKING:
    from planner.network.ground import Ground
    from planner.network.matrix import TravelMatrix
    from planner.network.snap import Snapped

NO_LIMIT = 2**50
"""A capacity in centiparcels that nothing reaches."""


def reasons_left_out(  # noqa: PLR0917 (what the county has and what was solved)
    county: County,
    scenario: Scenario,
    problem: ThreeTierProblem,
    result: ThreeTierResult,
    access: TravelMatrix,
    village_snaps: Snapped,
    gates: Gates,
    ground: Ground | None = None,
) -> dict[int, Reason]:
    """The reason of each village without a station, by position, with what would bring it into the plan.

    What blocks a village by itself comes first, in the order no road, disconnected, too far, other township, banned,
    broadband, 4G, supply, capacity; a village that could be covered by itself is left out for the target, the budget,
    or what all villages together ask of capacities and supply radii, found by solving again without the budget, then
    without the rule of one site a village, then without least volumes, then without capacities. The nearest site is the
    nearest usable one for a village too far, else the nearest of all. ``ground`` is asked for the distances that only
    fixes need; without it there are no fixes by a new point or road.
    """
    if (result.station >= 0).all():
        return {}
    codes = _codes(county, scenario, problem, result, access, village_snaps, gates)
    standing = Standing.of(problem, result)
    scene = Scene(county, scenario, problem, standing, access, gates, ground)
    fixes = count_villages(with_least_budgets(scene, result, codes, find_fixes(scene, codes)))
    reasons = {}
    for i, code in sorted(codes.items()):
        usable = gates.open if code is ReasonCode.TOO_FAR else None
        reason = _with_nearest(county, access, i, code, usable)
        missing_m, missing_s = _missing(scene, i) if code is ReasonCode.TOO_FAR else (None, None)
        reasons[i] = replace(reason, missing_m=missing_m, missing_s=missing_s, fixes=fixes[i])
    return reasons


def _codes(  # noqa: PLR0917 (what the county has and what was solved)
    county: County,
    scenario: Scenario,
    problem: ThreeTierProblem,
    result: ThreeTierResult,
    access: TravelMatrix,
    village_snaps: Snapped,
    gates: Gates,
) -> dict[int, ReasonCode]:
    """Why each village is left out, by position."""
    near, own = within_radius(scenario, access), may_serve(county, scenario, access)
    alone = _coverable(problem)
    codes: dict[int, ReasonCode] = {}
    together: list[int] = []
    for i in np.flatnonzero(result.station < 0).tolist():
        code = _alone(problem, access, near, own, gates, i, on_road=bool(village_snaps.ok[i]), coverable=bool(alone[i]))
        if code is None:
            together.append(i)
        else:
            codes[i] = code
    return codes | _together(scenario, problem, result, together)


def _missing(scene: Scene, i: int) -> tuple[int | None, int | None]:
    """By how much the radius misses the first usable site, in metres or, where it is a time, in seconds."""
    part = scene.row(i)
    measure = metric_of(scene.scenario, scene.access)[part][scene.gates.open[scene.access.indices[part]]]
    if not len(measure):
        return None, None
    if scene.scenario.coverage_metric is CoverageMetric.MINUTES:
        return None, int(measure.min()) - scene.scenario.radius_s
    return int(measure.min()) - scene.scenario.radius_m, None


def _coverable(problem: ThreeTierProblem) -> Bools:
    """Which villages could be covered if no other were."""
    possible = (can_carry(problem) & openable(problem)[problem.access_site]).any(axis=1)
    covered = np.zeros(problem.n_villages, dtype=bool)
    covered[problem.access_village[possible]] = True
    return covered


def _alone(  # noqa: PLR0917 (what blocks a village by itself depends on all of it)
    problem: ThreeTierProblem,
    access: TravelMatrix,
    near: Bools,
    own: Bools,
    gates: Gates,
    i: int,
    *,
    on_road: bool,
    coverable: bool,
) -> ReasonCode | None:
    """What keeps village ``i`` from being covered by itself; None when nothing does."""
    part = slice(int(access.indptr[i]), int(access.indptr[i + 1]))
    sites = access.indices[part][own[part]]
    if not on_road:
        return ReasonCode.NO_ROAD
    if not access.connected[i]:
        return ReasonCode.DISCONNECTED
    if coverable:
        return None
    if not gates.open[sites].any():
        if not len(sites):
            return ReasonCode.OTHER_TOWNSHIP if near[part].any() else ReasonCode.TOO_FAR
        return _gated(gates, sites)
    pairs = slice(int(problem.access_indptr[i]), int(problem.access_indptr[i + 1]))
    carried = can_carry(problem)[pairs].any()
    return ReasonCode.SUPPLY if carried else ReasonCode.CAPACITY


def _gated(gates: Gates, sites: NDArray[np.integer]) -> ReasonCode:
    """Why none of ``sites`` may be opened: a ban before broadband alone before 4G before the road from a centre."""
    linked = sites[(gates.road & gates.linked)[sites]]
    if not gates.allowed[linked].all():
        return ReasonCode.BANNED
    if gates.mobile[linked].any():
        return ReasonCode.BROADBAND
    return ReasonCode.MOBILE_4G if len(linked) else ReasonCode.SUPPLY


def _together(
    scenario: Scenario, problem: ThreeTierProblem, result: ThreeTierResult, left: list[int]
) -> dict[int, ReasonCode]:
    """Why villages that could each be covered alone are not covered together."""
    if not left:
        return {}
    covered = int((result.station >= 0).sum())
    if covered >= problem.target_villages:
        return dict.fromkeys(left, ReasonCode.TARGET)
    if not _coverage_proven(result):
        return dict.fromkeys(left, ReasonCode.TIME_LIMIT)
    reasons: dict[int, ReasonCode] = {}
    for code, freed in _freed(replace(problem, equity=None, backup_villages=0)):
        rest = [i for i in left if i not in reasons]
        if not rest:
            break
        try:
            other = place_tiers(freed, time_limit_s=scenario.solver.locate_time_limit_s, seed=scenario.solver.seed)
        except NoSolutionInTimeError:
            return {**reasons, **dict.fromkeys(rest, ReasonCode.TIME_LIMIT)}
        reasons |= {i: code for i in rest if other.station[i] >= 0}
        if not _coverage_proven(other):
            return {i: reasons.get(i, ReasonCode.TIME_LIMIT) for i in left}
    return {i: reasons.get(i, ReasonCode.SUPPLY) for i in left}


def _coverage_proven(result: ThreeTierResult) -> bool:
    """Whether it is certain that no more or other villages could have been covered."""
    return all(
        report.status is SolveStatus.OPTIMAL
        for report in result.reports
        if report.stage in {"locate.priority", "locate.villages", "locate.weighted", "locate.people"}
    )


def _freed(problem: ThreeTierProblem) -> list[tuple[ReasonCode, ThreeTierProblem]]:
    """The problem with one limit after another lifted, and the reason a village has that is covered then."""
    steps: list[tuple[ReasonCode, ThreeTierProblem]] = []
    if problem.budget_cny is not None:
        problem = replace(problem, budget_cny=None)
        steps.append((ReasonCode.BUDGET, problem))
    if problem.site_unit is not None:
        problem = replace(problem, site_unit=None)
        steps.append((ReasonCode.ONE_PER_VILLAGE, problem))
    if problem.least_centiparcels is not None:
        problem = replace(problem, least_centiparcels=None)
        steps.append((ReasonCode.VIABLE, problem))
    roomy = replace(problem, capacity_centiparcels=np.full_like(problem.capacity_centiparcels, NO_LIMIT))
    return [*steps, (ReasonCode.CAPACITY, roomy)]


def _with_nearest(county: County, access: TravelMatrix, i: int, code: ReasonCode, usable: Bools | None) -> Reason:
    """The reason with the nearest site by road (lowest id among equals), of the usable ones if any is reached."""
    row = access.row(i)
    kept = np.ones(len(row.indices), dtype=bool) if usable is None else usable[row.indices]
    if not kept.any():
        kept[:] = True
    if not len(row.indices):
        return Reason(code)
    sites, length = row.indices[kept], row.distance_m[kept]
    best = int(np.argmin(length))
    return Reason(code, county.sites[int(sites[best])].site_id, int(length[best]))
