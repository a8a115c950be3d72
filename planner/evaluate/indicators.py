"""The indicators of a plan, counted from the plan and the county alone (no solver, no road network).

Definitions are those of `planner.domain.indicators`; the four that official statistics mix up are kept apart.
Every figure is an exact ratio of whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from planner.domain import (
    Assignment,
    County,
    Plan,
    ReasonCode,
    ServiceKind,
    SiteStatus,
    Tier,
    Township,
    Village,
)
from planner.domain.resilience import Resilience
from planner.evaluate.backup import count_backup
from planner.evaluate.buses import count_buses
from planner.evaluate.carried import transfer_cny_per_year
from planner.evaluate.carriers import compared
from planner.evaluate.connecting import stations_to_connect
from planner.evaluate.evenness import count_evenness, count_reuse
from planner.evaluate.figures import Access, Alternative, Costs, Counts, Evaluation, Ratio, Unviable
from planner.evaluate.loads import station_loads
from planner.evaluate.week import count_week
from planner.scenario import WEEKS_PER_YEAR, Scenario, round_half_up

DAYS_PER_YEAR = 365


def evaluate(county: County, scenario: Scenario, plan: Plan, resilience: Resilience | None = None) -> Evaluation:
    """Count every indicator, cost and quantity of ``plan``.

    ``resilience`` is what was measured of the loss of a station or road; without it those figures are left out.
    The plan must be one of this county: raises KeyError for a village or a site that the county lacks.
    """
    villages = county.administrative_villages
    priority = tuple(village for village in villages if village.priority)
    assignments = {assignment.village_code: assignment for assignment in plan.assignments}
    townships = counted_townships(county, scenario)
    priority_townships = {village.township_code for village in priority}
    serving_priority = {
        station_id for village in priority if (station_id := assignments[village.code].station_id) is not None
    }
    return Evaluation(
        indicators={
            "township_outlet_coverage": _outlet_coverage(county, plan, townships),
            **_village_shares(county, scenario, plan, villages),
            "reuse_rate": _reuse_rate(county, [station.site_id for station in plan.stations]),
            **_cold_shares(scenario, plan, villages),
        },
        priority={
            "township_outlet_coverage": _outlet_coverage(
                county, plan, [township for township in townships if township.code in priority_townships]
            ),
            **_village_shares(county, scenario, plan, priority),
            "reuse_rate": _reuse_rate(county, serving_priority),
            **_cold_shares(scenario, plan, priority),
        },
        access=_access(villages, plan.assignments),
        priority_access=_access(priority, plan.assignments),
        costs=_costs(county, scenario, plan),
        counts=_counts(county, scenario, plan),
        evenness=count_evenness(county, plan),
        reuse=count_reuse(county, scenario, plan),
        week=count_week(scenario, plan),
        below_viable=_below_viable(county, scenario, plan),
        to_connect=stations_to_connect(county, scenario, plan),
        carriers=compared(county, scenario, plan),
        backup=None if resilience is None else count_backup(county, plan, resilience),
        buses=count_buses(county, scenario, plan, townships, transfer_cny_per_year(county, scenario, plan)),
    )


def _below_viable(county: County, scenario: Scenario, plan: Plan) -> tuple[Unviable, ...]:
    """Stations with fewer parcels a day than their tier's least volume, and what could stand in for each."""
    loads, found = station_loads(county, scenario, plan), []
    for station in sorted(plan.stations, key=lambda station: station.site_id):
        viable = scenario.tiers.of(station.tier).viable_parcels_per_day
        centiparcels = loads[station.site_id].throughput
        if centiparcels < viable * 100:
            days = Fraction(7 * centiparcels, viable * 100)  # of a week, on which a viable volume comes together
            visits = scenario.service.village_visits_per_week
            if station.tier >= Tier.TOWNSHIP:
                visits = scenario.service.township_visits_per_week
            alternative = Alternative.MARKET_DAY if days >= 1 else Alternative.MOBILE
            if days >= visits:
                alternative = Alternative.SHARED
            found.append(Unviable(station.site_id, station.tier.word, Ratio(centiparcels, 100), viable, alternative))
    return tuple(found)


def counted_townships(county: County, scenario: Scenario) -> tuple[Township, ...]:
    """The townships that the township rule and indicator count: 街道 only when the scenario says so."""
    include = scenario.targets.include_subdistricts
    return tuple(township for township in county.townships if include or not township.is_subdistrict)


def share_of(share: float, count: int) -> int:
    """The least whole number that is at least ``share`` of ``count``; a share counts as it is written."""
    return math.ceil(Fraction(str(share)) * count)


def _outlet_coverage(county: County, plan: Plan, townships: Sequence[Township]) -> Ratio:
    with_outlet = {county.site_by_id[station.site_id].township_code for station in plan.stations}
    return Ratio(sum(township.code in with_outlet for township in townships), len(townships))


def _village_shares(county: County, scenario: Scenario, plan: Plan, villages: Sequence[Village]) -> dict[str, Ratio]:
    assignments = {assignment.village_code: assignment for assignment in plan.assignments}
    with_station = {county.site_by_id[station.site_id].village_code for station in plan.stations}
    visits = scenario.service.village_visits_per_week
    covered = [village for village in villages if assignments[village.code].covered]
    visited = [v for v in villages if assignments[v.code].service in {ServiceKind.FIXED, ServiceKind.MOBILE}]
    served = sum(assignments[village.code].service_per_week >= visits for village in visited)
    return {
        "village_express_access": Ratio(served, len(villages)),
        "village_station_coverage": Ratio(sum(village.code in with_station for village in villages), len(villages)),
        "village_service_coverage": Ratio(len(covered), len(villages)),
        "population_coverage": Ratio(_population(covered), _population(villages)),
    }


def _cold_shares(scenario: Scenario, plan: Plan, villages: Sequence[Village]) -> dict[str, Ratio]:
    """`COLD_INDICATORS`; nothing where no cold stores are planned."""
    if not scenario.cold.planned:
        return {}
    reached = {a.village_code for a in plan.assignments if a.cold is not None and a.cold.covered}
    produce = {village.code: scenario.demand.outbound_centiparcels(village.population) for village in villages}
    sending = [code for code, amount in produce.items() if amount]
    return {
        "cold_produce_coverage": Ratio(
            sum(produce[code] for code in sending if code in reached), sum(produce.values())
        ),
        "cold_village_coverage": Ratio(sum(code in reached for code in sending), len(sending)),
    }


def _reuse_rate(county: County, site_ids: Collection[str]) -> Ratio:
    reused = sum(county.site_by_id[site_id].status is not SiteStatus.NEW for site_id in site_ids)
    return Ratio(reused, len(site_ids))


def _access(villages: Iterable[Village], assignments: Iterable[Assignment]) -> Access:
    distance_m = {a.village_code: a.access_distance_m for a in assignments if a.access_distance_m is not None}
    ranked = sorted((distance_m[v.code], v.population) for v in villages if v.code in distance_m)
    people = sum(population for _, population in ranked)
    p90_m, within = None, 0
    for village_distance_m, population in ranked:
        within += population
        if people > 0 and 10 * within >= 9 * people:
            p90_m = village_distance_m
            break
    return Access(
        mean=Ratio(sum(metres * population for metres, population in ranked), people),
        p90_m=p90_m,
        max_m=ranked[-1][0] if ranked else None,
    )


def _costs(county: County, scenario: Scenario, plan: Plan) -> Costs:
    station_cny = sum(station.annual_cost_cny for station in plan.stations)
    transport_cny = sum(route.annual_cost_cny for route in plan.routes)
    transfer_cny = transfer_cny_per_year(county, scenario, plan)
    outreach_cny = sum(a.outreach.cost_cny_per_year for a in plan.assignments if a.outreach)
    stores = [station.cold for station in plan.stations if station.cold]
    served = [county.village_by_code[a.village_code] for a in plan.assignments if a.service]
    inbound, outbound = _parcels(scenario, served)
    return Costs(
        capex_cny=sum(station.capex_cny for station in plan.stations),
        connect_cny=sum(station.connect_cny or 0 for station in plan.stations),
        station_opex_cny_per_year=sum(station.opex_cny_per_year for station in plan.stations),
        station_cny_per_year=station_cny,
        transport_cny_per_year=transport_cny,
        transfer_cny_per_year=transfer_cny,
        ways_saved_cny_per_year=_ways_saved(plan),
        cost_per_parcel_cny=Ratio(
            (station_cny + transport_cny + transfer_cny + outreach_cny) * 100, (inbound + outbound) * DAYS_PER_YEAR
        ),
        outreach_cny_per_year=outreach_cny,
        cold_capex_cny=sum(store.capex_cny for store in stores),
        cold_cny_per_year=sum(store.annual_cost_cny for store in stores),
    )


def _ways_saved(plan: Plan) -> int:
    """Yuan a year between the routes echelon by echelon and those planned together, as the solver reports them."""
    weekly = {report.stage: report.objective for report in plan.reports if report.stage.startswith("ways.")}
    first, joint = weekly.get("ways.echelons"), weekly.get("ways.joint")
    return 0 if first is None or joint is None else max(0, round_half_up(WEEKS_PER_YEAR * (first - joint)))


def _counts(county: County, scenario: Scenario, plan: Plan) -> Counts:
    villages, covered = county.administrative_villages, _covered(county, plan)
    inbound, outbound = _parcels(scenario, covered)
    tiers = [station.tier for station in plan.stations]
    return Counts(
        townships=len(counted_townships(county, scenario)),
        villages=len(villages),
        villages_covered=len(covered),
        villages_without_road=sum(
            a.reason is not None and a.reason.code is ReasonCode.NO_ROAD for a in plan.assignments
        ),
        population=_population(villages),
        population_covered=_population(covered),
        stations=len(tiers),
        county_centres=tiers.count(Tier.COUNTY),
        township_stations=tiers.count(Tier.TOWNSHIP),
        village_points=tiers.count(Tier.VILLAGE),
        routes=sum(not route.is_bus for route in plan.routes),
        route_km_per_week=Ratio(sum(route.distance_m * len(route.days) for route in plan.routes), 1000),
        inbound_parcels_per_day=Ratio(inbound, 100),
        outbound_parcels_per_day=Ratio(outbound, 100),
        demand_parcels_per_day=Ratio(sum(_parcels(scenario, villages)), 100),
        villages_on_market_days=sum(a.service is ServiceKind.MARKET_DAY for a in plan.assignments),
        villages_by_van=sum(a.service is ServiceKind.MOBILE for a in plan.assignments),
        cold_stores=sum(station.cold is not None for station in plan.stations),
        points_direct=sum(
            station.tier is Tier.VILLAGE
            and station.site_id not in plan.by_bus
            and plan.depot_by_station.get(station.site_id, station.parent_id) != station.parent_id
            for station in plan.stations
        ),
        stations_unserved=len(plan.unserved),
    )


def _covered(county: County, plan: Plan) -> tuple[Village, ...]:
    return tuple(county.village_by_code[a.village_code] for a in plan.assignments if a.covered)


def _population(villages: Iterable[Village]) -> int:
    return sum(village.population for village in villages)


def _parcels(scenario: Scenario, villages: Sequence[Village]) -> tuple[int, int]:
    """Inbound and outbound centiparcels a day of ``villages``."""
    demand = scenario.demand
    return (
        sum(demand.inbound_centiparcels(village.population) for village in villages),
        sum(demand.outbound_centiparcels(village.population) for village in villages),
    )
