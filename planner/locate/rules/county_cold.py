"""Cold stores between county and model: what the model is given, and what its stores mean for stations and villages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import ColdReach, ColdReason, ColdStore, County, SolveStatus
from planner.errors import NoSolutionInTimeError
from planner.locate.problem import ThreeTierProblem, ThreeTierResult
from planner.locate.rules.cold import ColdStores, cold_value, produce_reached
from planner.locate.solution import Network
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.locate.county import Gates
    from planner.network.matrix import TravelMatrix


def cold_stores(county: County, scenario: Scenario, access: TravelMatrix, target_centiparcels: int) -> ColdStores:
    """Where stores may stand, by the site's own volume what each costs, and which villages each reaches."""
    cold = scenario.cold
    near = access.distance_m <= cold.radius_m
    capex = [cold.capex_cny(site.cold_store_m3) for site in county.sites]
    return ColdStores(
        least_tier=int(cold.tier),
        target_centiparcels=target_centiparcels,
        produce_centiparcels=np.array(
            [scenario.demand.outbound_centiparcels(v.population) for v in county.administrative_villages],
            dtype=np.int64,
        ),
        reach_indptr=np.concatenate([[0], np.cumsum(near)])[access.indptr],
        reach_site=access.indices[near].astype(np.int64),
        capex_cny=np.array(capex, dtype=np.int64),
        annual_cost_cny=np.array([cold.annual_cost_cny(each) for each in capex], dtype=np.int64),
    )


def store_at(county: County, scenario: Scenario, result: ThreeTierResult, site: int) -> ColdStore | None:
    """The plan's cold store at a site; None when it has none there."""
    if result.cold is None or not result.cold[site]:
        return None
    cold, standing_m3 = scenario.cold, county.sites[site].cold_store_m3
    capex_cny = cold.capex_cny(standing_m3)
    return ColdStore(
        origin="new" if not standing_m3 else "existing" if standing_m3 >= cold.volume_m3 else "extended",
        volume_m3=max(standing_m3, cold.volume_m3),
        capex_cny=capex_cny,
        opex_cny_per_year=cold.opex_cny_per_year,
        annual_cost_cny=cold.annual_cost_cny(capex_cny),
    )


def cold_reaches(  # noqa: PLR0917 (what the county has and what was solved)
    county: County,
    scenario: Scenario,
    problem: ThreeTierProblem,
    result: ThreeTierResult,
    access: TravelMatrix,
    gates: Gates,
) -> list[ColdReach | None]:
    """For each village the nearest store by road, whether it is in reach, and if not, why; None where none are planned.

    The lowest site id counts among stores equally far.
    """
    if problem.cold is None or result.cold is None:
        return [None] * problem.n_villages
    network = Network(result.tier, result.station, result.parent, result.cold)
    reached = produce_reached(problem, network)
    reasons = _reasons(scenario, problem, result, network, gates)
    found: list[ColdReach | None] = []
    for i in range(problem.n_villages):
        row = access.row(i)
        there = np.flatnonzero(result.cold[row.indices])
        at, distance_m = None, None
        if len(there):
            best = there[np.argmin(row.distance_m[there])]
            at, distance_m = county.sites[int(row.indices[best])].site_id, int(row.distance_m[best])
        found.append(ColdReach(bool(reached[i]), at, distance_m, None if reached[i] else reasons[i]))
    return found


def _reasons(
    scenario: Scenario, problem: ThreeTierProblem, result: ThreeTierResult, network: Network, gates: Gates
) -> dict[int, ColdReason]:
    """Why each village without a store in reach has none, by position."""
    cold, reached = problem.cold, produce_reached(problem, network)
    assert cold is not None  # noqa: S101 (the caller asks)
    able = gates.open & (problem.max_tier >= cold.least_tier)
    near = np.zeros(problem.n_villages, dtype=bool)
    near[cold.reach_village[able[cold.reach_site]]] = True
    reasons: dict[int, ColdReason] = {}
    for i in np.flatnonzero(~reached).tolist():
        if not cold.produce_centiparcels[i]:
            reasons[i] = ColdReason.NO_PRODUCE
        elif not near[i]:
            reasons[i] = ColdReason.TOO_FAR
    left = [i for i in np.flatnonzero(~reached).tolist() if i not in reasons]
    if not left:
        return reasons
    if cold_value(problem, network) >= cold.target_centiparcels:
        return reasons | dict.fromkeys(left, ColdReason.TARGET)
    return reasons | _together(scenario, problem, result, left)


def _together(
    scenario: Scenario, problem: ThreeTierProblem, result: ThreeTierResult, left: list[int]
) -> dict[int, ColdReason]:
    """Budget, other rules, or the time limit: by the optimal plan without a budget."""
    if not _proven(result):
        return dict.fromkeys(left, ColdReason.TIME_LIMIT)
    if problem.budget_cny is None:
        return dict.fromkeys(left, ColdReason.OTHER_RULES)
    from planner.locate.stages import place_tiers

    freed, solver = replace(problem, budget_cny=None), scenario.solver
    try:
        other = place_tiers(freed, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
    except NoSolutionInTimeError:
        return dict.fromkeys(left, ColdReason.TIME_LIMIT)
    if not _proven(other):
        return dict.fromkeys(left, ColdReason.TIME_LIMIT)
    reached = produce_reached(freed, Network(other.tier, other.station, other.parent, other.cold))
    return {i: ColdReason.BUDGET if reached[i] else ColdReason.OTHER_RULES for i in left}


def _proven(result: ThreeTierResult) -> bool:
    """Whether it is certain that no plan of the same coverage has more produce in reach."""
    return all(
        report.status is SolveStatus.OPTIMAL
        for report in result.reports
        if report.stage in {"locate.priority", "locate.villages", "locate.people", "locate.cold"}
    )
