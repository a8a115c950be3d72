"""From a county and a scenario to stations, assignments and proofs: the three-tier model with names and reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain import (
    Assignment,
    County,
    Outreach,
    Reason,
    ServiceKind,
    SolveReport,
    SolveStatus,
    Station,
    Tier,
    Township,
)
from planner.errors import ScenarioError
from planner.locate.problem import TENTHS, Ints, ThreeTierProblem, ThreeTierResult
from planner.locate.rules.connecting import connect_cny, passes_broadband, passes_mobile
from planner.locate.rules.county_cold import cold_reaches, cold_stores, store_at
from planner.locate.solution import Network, supply_lengths_m
from planner.scenario import CoverageMetric, Scenario

if TYPE_CHECKING:
    from planner.locate.rules.cold import ColdStores
    from planner.locate.sessions.session import LocationSession
    from planner.network.ground import Ground
    from planner.network.matrix import TravelMatrix
    from planner.network.snap import Snapped

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Siting:
    """Opened stations by site id, one assignment per administrative village by code, and what was proven."""

    stations: tuple[Station, ...]
    assignments: tuple[Assignment, ...]
    reports: tuple[SolveReport, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """Which sites pass which gate: broadband, a road within the snap limit, one from a possible centre, no ban, 4G."""

    broadband: Bools
    road: Bools
    linked: Bools
    allowed: Bools
    mobile: Bools

    @property
    def open(self) -> Bools:
        """Sites that may be opened at all."""
        return self.broadband & self.mobile & self.road & self.linked & self.allowed


@dataclass(frozen=True, slots=True, eq=False)
class SitingTask:
    """A county's siting problem, and what turns its answer into stations, assignments and reasons."""

    county: County
    scenario: Scenario
    access: TravelMatrix
    village_snaps: Snapped
    ground: Ground | None
    gates: Gates
    problem: ThreeTierProblem

    def siting(self, result: ThreeTierResult, *, with_reasons: bool = True) -> Siting:
        """The answer with names: stations and their years, assignments, and why each village left out is left out."""
        from planner.locate.phasing import with_build_years
        from planner.locate.reasons.left_out import reasons_left_out

        county, scenario, problem, gates = self.county, self.scenario, self.problem, self.gates
        reasons: dict[int, Reason] = {}
        if with_reasons:
            reasons = reasons_left_out(
                county, scenario, problem, result, self.access, self.village_snaps, gates, self.ground
            )
        assignments, proven = self._assignments(result, reasons)
        stations, reports = _stations(county, scenario, problem, result), result.reports
        if scenario.outreach.allowed:
            reports += (_outreach_report(result, assignments, proven=proven),)
        if scenario.phasing.n_years > 1:
            stations, years = with_build_years(county, scenario, stations, assignments)
            reports += years
        return Siting(stations, assignments, reports)

    def _assignments(
        self, result: ThreeTierResult, reasons: Mapping[int, Reason]
    ) -> tuple[tuple[Assignment, ...], bool]:
        """One assignment per village, and whether the choice of market days and vans is proven best."""
        from planner.locate.rules.outreach import outreach

        county, scenario, problem, access = self.county, self.scenario, self.problem, self.access
        cold = cold_reaches(county, scenario, problem, result, access, self.gates)
        served, proven = outreach(county, scenario, problem, result, access)
        with_station = {county.sites[j].village_code for j in np.flatnonzero(result.tier)}
        assignments = []
        for i, village in enumerate(county.administrative_villages):
            at = int(result.station[i])
            way = access.lookup(i, at) if at >= 0 else None
            assignments.append(
                Assignment(
                    village_code=village.code,
                    station_id=county.sites[at].site_id if way else None,
                    access_distance_m=way[0] if way else None,
                    access_time_s=way[1] if way else None,
                    own_station=village.code in with_station,
                    service_per_week=_days_of_outreach(scenario, served.get(i)),
                    snap_distance_m=_whole_metres(int(self.village_snaps.distance_mm[i])),
                    reason=reasons.get(i),
                    outreach=served.get(i),
                    cold=cold[i],
                )
            )
        return tuple(assignments), proven


def place_county(  # noqa: PLR0917 (what the pipeline has, in its order)
    county: County,
    scenario: Scenario,
    access: TravelMatrix,
    supply: TravelMatrix,
    village_snaps: Snapped,
    site_snaps: Snapped,
    ground: Ground | None = None,
    session: LocationSession | None = None,
) -> Siting:
    """Place the county's three tiers and say why each village left out is left out.

    Parameters
    ----------
    access
        Administrative villages (in the county's order) × sites, without a cut-off; by duration when the coverage
        metric is minutes, else by distance.
    supply
        Sites × sites by distance, row = parent, column = child, without a cut-off.
    village_snaps, site_snaps
        Where the administrative villages and the sites meet the road.
    ground
        What is asked for distances that only the fixes of villages left out need; without it there are fewer fixes.
    session
        With one, the plan is its near answer (`LocationSession.solve`), and villages left out have no reason yet.

    Raises
    ------
    InfeasibleError
        No plan meets the township rule (or has a county centre) with these sites, or within the budget; the text
        names townships, causes and the smallest way out.
    NoSolutionInTimeError
        The time limit passed before any plan was found.
    ScenarioError
        The scenario names sites that the county does not have.
    """
    from planner.locate.stages import place_tiers

    task = siting_task(county, scenario, access, supply, village_snaps, site_snaps, ground)
    solver = scenario.solver
    if session is not None:
        near = session.solve(task.problem, time_limit_s=solver.locate_time_limit_s, seed=solver.seed)
        return task.siting(near, with_reasons=False)
    return task.siting(place_tiers(task.problem, time_limit_s=solver.locate_time_limit_s, seed=solver.seed))


def siting_task(  # noqa: PLR0917 (what the pipeline has, in its order)
    county: County,
    scenario: Scenario,
    access: TravelMatrix,
    supply: TravelMatrix,
    village_snaps: Snapped,
    site_snaps: Snapped,
    ground: Ground | None = None,
) -> SitingTask:
    """The county's siting problem, before it is solved; parameters and errors are those of `place_county`."""
    from planner.locate.reasons.obstacles import closed_roads, demand_feasible

    _check_named(county, scenario)
    gates = site_gates(county, scenario, supply, site_snaps)
    problem = county_problem(county, scenario, access, supply, gates)
    demand_feasible(county, scenario, problem, gates, closed_roads(county, scenario, access, ground))
    return SitingTask(county, scenario, access, village_snaps, ground, gates, problem)


def _days_of_outreach(scenario: Scenario, served: Outreach | None) -> int:
    """Market days or calls a week; 0 without either (the routes say how often a station is visited)."""
    if served is None:
        return 0
    rules = scenario.outreach
    return rules.mobile_visits_per_week if served.kind is ServiceKind.MOBILE else rules.market_days_per_week


def _outreach_report(result: ThreeTierResult, assignments: Sequence[Assignment], *, proven: bool) -> SolveReport:
    """What the market days and vans cost, and whether it is proven that no better choice serves as many."""
    cost_cny = float(sum(each.outreach.cost_cny_per_year for each in assignments if each.outreach))
    return SolveReport(
        stage="locate.outreach",
        status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE,
        objective=cost_cny,
        bound=cost_cny if proven else None,
        unit="CNY/year",
        seconds=0.0,
        seed=result.reports[-1].seed,
        engine=result.reports[-1].engine,
    )


def county_problem(
    county: County, scenario: Scenario, access: TravelMatrix, supply: TravelMatrix, gates: Gates
) -> ThreeTierProblem:
    """The county's siting problem as plain arrays: villages, sites and townships by position in the county."""
    villages, sites, townships = county.administrative_villages, county.sites, county.townships
    number = {township.code: g for g, township in enumerate(townships)}
    required = [number[township.code] for township in required_townships(county, scenario)]
    first = [connect_cny(site, scenario) or 0 for site in sites]
    capex = [
        [scenario.tiers.capex_cny(site.status, site.existing_tier, tier) + connection for tier in Tier]
        for site, connection in zip(sites, first, strict=True)
    ]
    cost = [[scenario.tiers.annual_cost_cny(row[tier - 1], tier) for tier in Tier] for row in capex]
    near = may_serve(county, scenario, access)
    demand = scenario.demand
    return ThreeTierProblem(
        population=_ints([village.population for village in villages]),
        demand_centiparcels=_ints(
            [demand.inbound_centiparcels(v.population) + demand.outbound_centiparcels(v.population) for v in villages]
        ),
        site_township=_ints([number.get(site.township_code, -1) for site in sites]),
        max_tier=np.where(gates.open, _ints([site.max_tier for site in sites]), 0),
        capex_cny=_ints(capex).reshape(len(sites), len(Tier)),
        annual_cost_cny=_ints(cost).reshape(len(sites), len(Tier)),
        capacity_centiparcels=_ints([scenario.tiers.of(tier).capacity_parcels_per_day * 100 for tier in Tier]),
        access_indptr=np.concatenate([[0], np.cumsum(near)])[access.indptr],
        access_site=access.indices[near].astype(np.int64),
        access_m=access.distance_m[near].astype(np.int64),
        supply_indptr=supply.indptr,
        supply_child=supply.indices.astype(np.int64),
        supply_m=supply.distance_m.astype(np.int64),
        county_to_township_m=metres(scenario.supply.county_to_township_km),
        township_to_village_m=metres(scenario.supply.township_to_village_km),
        required_townships=_ints(required),
        required_township_count=share_of(scenario.targets.township_outlets, len(required)),
        target_villages=share_of(scenario.targets.villages, len(villages)),
        budget_cny=scenario.limit_cny,
        least_tier=_least_tier(county, scenario),
        priority=_ints([bool(v.priority) for v in villages]) if scenario.targets.priority_first else None,
        site_unit=_site_unit(county) if scenario.sites.one_per_village else None,
        weight_tenths=_weights(county, scenario),
        max_centres=scenario.tiers.county.max_centres,
        least_centiparcels=_least_volumes(scenario),
        cold=_cold(county, scenario, access) if scenario.cold.planned else None,
        equity=None if scenario.targets.equity == "none" else scenario.targets.equity,
        village_township=_ints([number[village.township_code] for village in villages]),
        township_share=Fraction(str(scenario.targets.villages)),
        backup_villages=share_of(scenario.targets.backup_share, len(villages)) * (scenario.targets.backup == "station"),
    )


def _weights(county: County, scenario: Scenario) -> Ints | None:
    """How much each village counts, in tenths; None where all count alike."""
    tenths = round(scenario.targets.priority_weight * TENTHS)
    if tenths == TENTHS:
        return None
    return _ints([tenths if village.priority else TENTHS for village in county.administrative_villages])


def _least_volumes(scenario: Scenario) -> Ints | None:
    """Least throughput of each tier in hundredths of a parcel a day, None when nothing is refused for it."""
    least = [scenario.tiers.of(tier).least_parcels_per_day * 100 for tier in Tier]
    return _ints(least) if any(least) else None


def _cold(county: County, scenario: Scenario, access: TravelMatrix) -> ColdStores:
    produce = [scenario.demand.outbound_centiparcels(v.population) for v in county.administrative_villages]
    return cold_stores(county, scenario, access, share_of(scenario.cold.produce, sum(produce)))


def _least_tier(county: County, scenario: Scenario) -> Ints | None:
    """The lowest tier at which each site must be open, None when none must."""
    locked: dict[str, int] = dict(scenario.sites.locked)
    if scenario.sites.keep_existing == "required":
        closed = set(scenario.sites.closed)
        for site in county.sites:
            if site.existing_tier is not None and site.site_id not in closed:
                locked[site.site_id] = max(site.existing_tier, locked.get(site.site_id, 0))
    return _ints([locked.get(site.site_id, 0) for site in county.sites]) if locked else None


def _site_unit(county: County) -> Ints:
    """A number for each site's village-level unit, -1 for a site in none."""
    codes = sorted({site.village_code for site in county.sites if site.village_code})
    number = {code: position for position, code in enumerate(codes)}
    return _ints([number.get(site.village_code or "", -1) for site in county.sites])


def _check_named(county: County, scenario: Scenario) -> None:
    """Raise ScenarioError naming every site of the scenario that the county does not have."""
    wanted = {"sites.open": scenario.sites.locked, "sites.closed": scenario.sites.closed}
    lines = []
    for name, site_ids in wanted.items():
        for site_id in site_ids:
            if site_id not in county.site_by_id:
                near = get_close_matches(site_id, county.site_by_id, n=1, cutoff=0.6)
                lines.append(f"{name}: no site is called {site_id}{f' (did you mean {near[0]}?)' if near else ''}")
    if lines:
        raise ScenarioError("\n".join(lines))


def site_gates(county: County, scenario: Scenario, supply: TravelMatrix, site_snaps: Snapped) -> Gates:
    """Which gates each site passes. A possible centre is a site of county tier that passes the others."""
    sites = county.sites
    broadband, mobile = passes_broadband(county, scenario.sites), passes_mobile(county, scenario.sites)
    road = np.asarray(site_snaps.ok, dtype=bool)
    banned = set(scenario.sites.closed)
    allowed = np.array([site.site_id not in banned for site in sites], dtype=bool)
    centre = np.array([site.max_tier is Tier.COUNTY for site in sites], dtype=bool)
    centre &= broadband & mobile & road & allowed
    linked = centre.copy()
    linked[supply.indices[centre[supply.rows()]]] = True
    return Gates(broadband, road, linked, allowed, mobile)


def eligible_sites(county: County, scenario: Scenario, supply: TravelMatrix, site_snaps: Snapped) -> Bools:
    """Which sites may be opened at all, in the county's order; see `site_gates`."""
    return site_gates(county, scenario, supply, site_snaps).open


def within_radius(scenario: Scenario, access: TravelMatrix) -> Bools:
    """Which entries of the access matrix lie within the coverage radius, by the scenario's metric."""
    if scenario.coverage_metric is CoverageMetric.MINUTES:
        return np.asarray(access.duration_s <= scenario.radius_s)
    if scenario.coverage_metric is CoverageMetric.STRAIGHT_KM:
        return np.asarray(access.straight_m <= scenario.radius_m)
    return np.asarray(access.distance_m <= scenario.radius_m)


def may_serve(county: County, scenario: Scenario, access: TravelMatrix) -> Bools:
    """Which entries of the access matrix may become assignments: in the radius and, where asked, in one township."""
    near = within_radius(scenario, access)
    return near & same_township(county, access) if scenario.sites.own_township else near


def same_township(county: County, access: TravelMatrix) -> Bools:
    """Which entries of the access matrix join a village with a site of its own township."""
    village = np.array([village.township_code for village in county.administrative_villages], dtype=str)
    site = np.array([site.township_code for site in county.sites], dtype=str)
    return np.asarray(village[access.rows()] == site[access.indices])


def required_townships(county: County, scenario: Scenario) -> tuple[Township, ...]:
    """Townships under the outlet rule: all but the 街道, unless those count too."""
    every = scenario.targets.include_subdistricts
    return tuple(township for township in county.townships if every or not township.is_subdistrict)


def share_of(share: float, count: int) -> int:
    """Least whole number that is at least ``share`` of ``count``, taking the share as the decimal it is written as."""
    return math.ceil(Fraction(str(share)) * count)


def metres(km: float) -> int:
    """Kilometres as whole metres, halves up."""
    return int(Fraction(str(km)) * 1000 + Fraction(1, 2))


def _stations(
    county: County, scenario: Scenario, problem: ThreeTierProblem, result: ThreeTierResult
) -> tuple[Station, ...]:
    length = supply_lengths_m(problem, Network(result.tier, result.station, result.parent))
    stations = []
    for j in np.flatnonzero(result.tier).tolist():
        tier, above = Tier(int(result.tier[j])), int(result.parent[j])
        cold = store_at(county, scenario, result, j)
        cold_capex, cold_opex, cold_annual = (
            (cold.capex_cny, cold.opex_cny_per_year, cold.annual_cost_cny) if cold else (0, 0, 0)
        )
        stations.append(
            Station(
                site_id=county.sites[j].site_id,
                tier=tier,
                parent_id=county.sites[above].site_id if above >= 0 else None,
                distance_to_parent_m=int(length[j]) if above >= 0 else None,
                capex_cny=int(problem.capex_cny[j, tier - 1]) + cold_capex,
                opex_cny_per_year=scenario.tiers.of(tier).opex_cny_per_year + cold_opex,
                annual_cost_cny=int(problem.annual_cost_cny[j, tier - 1]) + cold_annual,
                capacity_centiparcels=int(problem.capacity_centiparcels[tier - 1]),
                build_year=scenario.base_year,
                connect_cny=connect_cny(county.sites[j], scenario),
                cold=cold,
            )
        )
    return tuple(stations)


def plan_network(county: County, stations: Sequence[Station], assignments: Sequence[Assignment]) -> Network:
    """A plan as arrays over the county's sites and administrative villages, in their order."""
    number = {site.site_id: j for j, site in enumerate(county.sites)}
    tier, parent = np.zeros(len(number), dtype=np.int64), np.full(len(number), -1, dtype=np.int64)
    for station in stations:
        tier[number[station.site_id]] = station.tier
        parent[number[station.site_id]] = -1 if station.parent_id is None else number[station.parent_id]
    at = {assignment.village_code: assignment.station_id for assignment in assignments}
    served = [at[village.code] for village in county.administrative_villages]
    return Network(tier, _ints([-1 if station_id is None else number[station_id] for station_id in served]), parent)


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int64)


def _whole_metres(millimetres: int) -> int:
    return (millimetres + 500) // 1000
