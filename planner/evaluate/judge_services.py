"""Least volumes, cold stores, market days and calling vans, recounted from the plan, the county and the roads."""

from __future__ import annotations

from collections.abc import Iterator

from planner.domain import Assignment, ColdReach, ColdReason, ColdStore, Outreach, ServiceKind, Site, Station, Tier
from planner.domain.schema import ASSIGNMENTS, STATIONS
from planner.evaluate.violation import Scene, Violation, differs, metres
from planner.scenario import Scenario


def service_violations(scene: Scene) -> Iterator[Violation]:
    """Every broken rule of what cold stores reach and of outreach; none of these asked for, none broken."""
    yield from _cold(scene)
    yield from _outreach_room(scene)
    for assignment in scene.plan.assignments:
        yield from _outreach(scene, assignment)


def outreach_days(scenario: Scenario, kind: ServiceKind) -> int:
    """Calls of the van or market days, a week."""
    mobile = kind is ServiceKind.MOBILE
    return scenario.outreach.mobile_visits_per_week if mobile else scenario.outreach.market_days_per_week


def counted_store(scenario: Scenario, site: Site) -> ColdStore:
    """The cold store that a plan may have at a site, with its money."""
    cold, standing_m3 = scenario.cold, site.cold_store_m3
    capex_cny = cold.capex_cny(standing_m3)
    return ColdStore(
        origin="new" if standing_m3 == 0 else "extended" if standing_m3 < cold.volume_m3 else "existing",
        volume_m3=max(cold.volume_m3, standing_m3),
        capex_cny=capex_cny,
        opex_cny_per_year=cold.opex_cny_per_year,
        annual_cost_cny=cold.annual_cost_cny(capex_cny),
    )


def store_cells(store: ColdStore | None) -> dict[str, object]:
    """A store as the columns of ``stations.csv``."""
    return {
        "cold_store": None if store is None else store.origin,
        "cold_store_m3": None if store is None else store.volume_m3,
        "cold_capex_cny": None if store is None else store.capex_cny,
        "cold_opex_cny_per_year": None if store is None else store.opex_cny_per_year,
        "cold_annual_cost_cny": None if store is None else store.annual_cost_cny,
    }


def least_volumes(scene: Scene) -> Iterator[Violation]:
    """Stations below a least volume that refuses them, unless they must be open."""
    must_be_open = set(scene.scenario.sites.locked)
    if scene.scenario.sites.keep_existing == "required":
        must_be_open |= {site.site_id for site in scene.county.sites if site.existing_tier is not None}
    must_be_open -= set(scene.scenario.sites.closed)
    for station in scene.plan.stations:
        least = scene.scenario.tiers.of(station.tier).least_parcels_per_day * 100
        load = scene.loads[station.site_id].throughput
        if load < least and station.site_id not in must_be_open:
            message = f"passes {load / 100:.2f} parcels a day, the least volume of its tier is {least / 100:.2f}"
            yield Violation("least-volume", station.site_id, message)


def stores(scene: Scene) -> Iterator[Violation]:
    """Cold stores where none may stand, or with other figures than their site gives."""
    planned = scene.scenario.cold.planned
    for station in scene.plan.stations:
        if station.cold is None:
            continue
        if not planned or station.tier < scene.scenario.cold.tier:
            message = (
                f"has a cold store at tier {station.tier.word}" if planned else "has a cold store, none is planned"
            )
            yield Violation("cold-store", station.site_id, message)
            continue
        counted = store_cells(counted_store(scene.scenario, scene.county.site_by_id[station.site_id]))
        yield from differs(STATIONS.name, station.site_id, store_cells(station.cold), counted, "station-figures")


def _cold(scene: Scene) -> Iterator[Violation]:
    planned = scene.scenario.cold.planned
    reached = _produce_reached(scene)
    for assignment in scene.plan.assignments:
        if planned:
            yield from _cold_reach(scene, assignment, reached)
        elif assignment.cold is not None:
            yield Violation("cold", assignment.village_code, "has a cold store stated, none is planned")


def _nearest_store(scene: Scene, code: str) -> tuple[int, str] | None:
    ways = (
        (scene.travel.access.way(code, station.site_id), station.site_id)
        for station in scene.plan.stations
        if station.cold is not None
    )
    return min(((way.distance_m, site_id) for way, site_id in ways if way is not None), default=None)


def _in_reach(scene: Scene, code: str) -> bool:
    nearest = _nearest_store(scene, code)
    return nearest is not None and nearest[0] <= metres(scene.scenario.cold.radius_km)


def produce_centiparcels(scene: Scene, code: str) -> int:
    """What a village sends out, in hundredths of a parcel a day."""
    return scene.scenario.demand.outbound_centiparcels(scene.county.village_by_code[code].population)


def _produce_reached(scene: Scene) -> tuple[int, int]:
    """Produce within reach of a cold store, and of all villages."""
    codes = [assignment.village_code for assignment in scene.plan.assignments]
    amounts = {code: produce_centiparcels(scene, code) for code in codes}
    return sum(amounts[code] for code in codes if _in_reach(scene, code)), sum(amounts.values())


def _cold_reach(scene: Scene, assignment: Assignment, reached: tuple[int, int]) -> Iterator[Violation]:
    code, stated = assignment.village_code, assignment.cold
    nearest = _nearest_store(scene, code)
    counted = {
        "cold_covered": _in_reach(scene, code),
        "cold_store_id": None if nearest is None else nearest[1],
        "cold_distance_m": None if nearest is None else nearest[0],
    }
    yield from differs(ASSIGNMENTS.name, code, _reach_cells(stated), counted, "cold")
    possible = _possible_cold_reasons(scene, code, reached)
    given = None if stated is None else stated.reason
    if given not in possible:
        words = " or ".join(sorted(reason.value if reason else "none" for reason in possible))
        said = given.value if given else "none"
        message = f"has {said} as the reason for no cold store in reach, but it is {words}"
        yield Violation("cold-reason", code, message, ASSIGNMENTS.name, "cold_reason", said, words)


def _reach_cells(reach: ColdReach | None) -> dict[str, object]:
    return {
        "cold_covered": None if reach is None else reach.covered,
        "cold_store_id": None if reach is None else reach.station_id,
        "cold_distance_m": None if reach is None else reach.distance_m,
    }


def _possible_cold_reasons(scene: Scene, code: str, reached: tuple[int, int]) -> set[ColdReason | None]:
    """The one reason that roads and gates force, else those that only a solver can tell apart."""
    cold = scene.scenario.cold
    if _in_reach(scene, code):
        return {None}
    if not produce_centiparcels(scene, code):
        return {ColdReason.NO_PRODUCE}
    ways = (scene.travel.access.way(code, site.site_id) for site in scene.usable_sites if site.max_tier >= cold.tier)
    if not any(way is not None and way.distance_m <= metres(cold.radius_km) for way in ways):
        return {ColdReason.TOO_FAR}
    if reached[0] >= _target(scene, reached[1]):
        return {ColdReason.TARGET}
    possible: set[ColdReason | None] = {ColdReason.OTHER_RULES, ColdReason.TIME_LIMIT}
    return possible if scene.scenario.budget_cny is None else possible | {ColdReason.BUDGET}


def _target(scene: Scene, produce: int) -> int:
    from planner.evaluate.indicators import share_of

    return share_of(scene.scenario.cold.produce, produce)


def _outreach(scene: Scene, assignment: Assignment) -> Iterator[Violation]:
    """The service stated is allowed, near enough and costs what it says; and none better is left out."""
    code, stated = assignment.village_code, assignment.outreach
    if assignment.station_id is not None:
        if stated is not None:
            yield Violation("outreach", code, f"is covered and yet served by {stated.kind.value}")
        return
    ways = _ways(scene, code)
    best = min((way.cost_cny_per_year for way in ways if _has_room(scene, code, way, stated)), default=None)
    if stated is None:
        if best is not None:
            yield Violation(
                "outreach", code, "is served by nobody, although a market day or a van with room is allowed"
            )
        return
    given = {
        "outreach_distance_m": stated.distance_m, "outreach_cost_cny_per_year": stated.cost_cny_per_year,
    }  # fmt: skip
    match = [way for way in ways if (way.kind, way.station_id) == (stated.kind, stated.station_id)]
    if not match:
        message = (
            f"is served by {stated.kind.value} from {stated.station_id}, which is not allowed, open or near enough"
        )
        yield Violation("outreach", code, message)
        return
    counted = {
        "outreach_distance_m": match[0].distance_m, "outreach_cost_cny_per_year": match[0].cost_cny_per_year,
    }  # fmt: skip
    yield from differs(ASSIGNMENTS.name, code, given, counted, "outreach")
    if best is not None and best < stated.cost_cny_per_year:
        message = f"costs {stated.cost_cny_per_year} CNY a year, a way with room costs {best}"
        yield Violation("outreach", code, message)


def _ways(scene: Scene, code: str) -> list[Outreach]:
    """Every way in which the scenario lets a village left out be served."""
    rules, found = scene.scenario.outreach, []
    for station in scene.plan.stations:
        way = scene.travel.access.way(code, station.site_id)
        if way is None or station.tier < Tier.TOWNSHIP:
            continue
        if rules.market_day and way.distance_m <= metres(rules.market_day_radius_km):
            cost = rules.market_day_cny_per_year
            found.append(Outreach(ServiceKind.MARKET_DAY, station.site_id, way.distance_m, cost))
        if rules.mobile and way.distance_m <= metres(rules.mobile_radius_km):
            cost = rules.mobile_cny_per_year(way.distance_m)
            found.append(Outreach(ServiceKind.MOBILE, station.site_id, way.distance_m, cost))
    return found


def _has_room(scene: Scene, code: str, way: Outreach, now: Outreach | None) -> bool:
    """Whether the village's parcels fit the station and the centre, if it left where it is served ``now``."""
    demand = scene.scenario.demand
    people = scene.county.village_by_code[code].population
    parcels = demand.inbound_centiparcels(people) + demand.outbound_centiparcels(people)
    station = scene.plan.station_by_id[way.station_id]
    more = 0 if now is not None and now.station_id == way.station_id else parcels
    if _load(scene, station) + more > station.capacity_centiparcels:
        return False
    more = 0 if now is not None else parcels
    centres = [station for station in scene.plan.stations if station.tier is Tier.COUNTY]
    return all(_load(scene, centre) + more <= centre.capacity_centiparcels for centre in centres)


def _load(scene: Scene, station: Station) -> int:
    """Throughput with outreach: at the centre that of all stations."""
    if station.tier is not Tier.COUNTY:
        return scene.loads[station.site_id].throughput + scene.loads[station.site_id].outreach
    return scene.loads[station.site_id].throughput + sum(load.outreach for load in scene.loads.values())


def _outreach_room(scene: Scene) -> Iterator[Violation]:
    for station in scene.plan.stations:
        load = _load(scene, station)
        own = scene.loads[station.site_id].throughput
        if load > station.capacity_centiparcels >= own:
            message = f"passes {load / 100:.2f} parcels a day with market days and vans, more than its capacity"
            yield Violation("capacity", station.site_id, message)
