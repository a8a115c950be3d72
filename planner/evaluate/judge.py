"""The judge: every hard rule of the model, checked on a plan without any solver.

It shares no code with what made the plan, and measures every distance again (`recount_travel`). What it
accepts is feasible and adds up; whether it is the cheapest is the solver's proof to give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from planner.domain import Assignment, County, Plan, ReasonCode, Site, Station, Tier
from planner.domain.schema import ASSIGNMENTS, STATIONS
from planner.evaluate.connecting import BROADBAND, MOBILE_4G, counted_connection, shut_out
from planner.evaluate.indicators import counted_townships, share_of
from planner.evaluate.judge_fixes import fix_violations
from planner.evaluate.judge_phasing import phasing_violations
from planner.evaluate.judge_routes import route_violations
from planner.evaluate.judge_services import counted_store, least_volumes, service_violations, stores
from planner.evaluate.recount import Travel, Way, recount_travel
from planner.evaluate.violation import Scene, Violation, differs, metres
from planner.scenario import Scenario


def check_plan(
    county: County, scenario: Scenario, plan: Plan, *, travel: Travel | None = None
) -> tuple[Violation, ...]:
    """Every rule that ``plan`` breaks, in order of stations, villages, routes; empty when it is feasible.

    ``travel`` are distances measured before by `recount_travel`, which is called when they are not given. A
    plan that names sites, stations or villages that do not exist gets only those violations: nothing
    else can be counted on it.
    """
    broken = (*_station_references(county, plan), *_village_references(county, plan))
    if broken:
        return broken
    scene = Scene(county, scenario, plan, travel or recount_travel(county, scenario, plan))
    return (
        *_network(scene),
        *(violation for assignment in plan.assignments for violation in _assignment(scene, assignment)),
        *service_violations(scene),
        *route_violations(scene),
    )


def check_network(county: County, scenario: Scenario, plan: Plan, travel: Travel) -> tuple[Violation, ...]:
    """As `check_plan`, for stations and the villages they serve alone: no routes, no reasons for those left out."""
    broken = (*_station_references(county, plan), *_village_references(county, plan))
    if broken:
        return broken
    scene = Scene(county, scenario, plan, travel)
    return (
        *_network(scene),
        *(violation for a in plan.assignments if a.covered for violation in _assignment(scene, a)),
    )


def _network(scene: Scene) -> Iterator[Violation]:
    yield from _county_centres(scene)
    yield from _township_rule(scene)
    for station in scene.plan.stations:
        yield from _station(scene, station)
    yield from _budget(scene)
    yield from phasing_violations(scene)
    yield from _locked(scene)
    yield from _one_per_village(scene)
    yield from least_volumes(scene)
    yield from stores(scene)


def _station_references(county: County, plan: Plan) -> Iterator[Violation]:
    if plan.county_code != county.code:
        yield Violation("county", plan.county_code, f"the plan is of another county than {county.code}")
    file = STATIONS.name
    for site_id, times in Counter(station.site_id for station in plan.stations).items():
        if site_id not in county.site_by_id:
            yield Violation("site", site_id, "is no site of the county", file, "station_id", site_id)
        if times > 1:
            yield Violation("site", site_id, f"is opened {times} times", file, "station_id", site_id)
    for station in plan.stations:
        if station.parent_id is not None and station.parent_id not in plan.station_by_id:
            message = f"is supplied by {station.parent_id}, which is not open"
            yield Violation("supply-parent", station.site_id, message, file, "parent_id", station.parent_id)
    for route in plan.routes:
        for site_id in sorted({route.depot_id, *(stop.site_id for stop in route.stops)} - set(plan.station_by_id)):
            yield Violation("route-stops", route.route_id, f"stops at {site_id}, which is not open")


def _village_references(county: County, plan: Plan) -> Iterator[Violation]:
    file = ASSIGNMENTS.name
    planned = Counter(assignment.village_code for assignment in plan.assignments)
    expected = {village.code for village in county.administrative_villages}
    for code in sorted(expected | set(planned)):
        if code not in expected:
            yield Violation("village", code, "is no administrative village of the county", file, "village_code", code)
        elif planned[code] != 1:
            yield Violation("village", code, f"is in the plan {planned[code]} times, not once", file, "village_code")
    for assignment in plan.assignments:
        station_id = assignment.station_id
        if station_id is not None and station_id not in plan.station_by_id:
            message = f"is served by {station_id}, which is not open"
            yield Violation("open-station", assignment.village_code, message, file, "station_id", station_id)


def _county_centres(scene: Scene) -> Iterator[Violation]:
    centres = [station.site_id for station in scene.plan.stations if station.tier is Tier.COUNTY]
    most = scene.scenario.tiers.county.max_centres
    if not 1 <= len(centres) <= most:
        wanted, names = "1" if most == 1 else f"1 to {most}", ", ".join(centres) or "none"
        message = f"has {len(centres)} county centres ({names}), not {wanted}"
        yield Violation("county-centres", scene.county.code, message)


def _township_rule(scene: Scene) -> Iterator[Violation]:
    townships = counted_townships(scene.county, scene.scenario)
    served = {
        scene.county.site_by_id[station.site_id].township_code
        for station in scene.plan.stations
        if station.tier >= Tier.TOWNSHIP
    }
    needed = share_of(scene.scenario.targets.township_outlets, len(townships))
    missing = [township for township in townships if township.code not in served]
    if len(townships) - len(missing) < needed:
        for township in missing:
            message = f"{township.name} has no station of township tier or higher; {needed} townships must have one"
            yield Violation("township-rule", township.code, message)


def _station(scene: Scene, station: Station) -> Iterator[Violation]:
    site = scene.county.site_by_id[station.site_id]
    name = station.site_id
    if station.tier > site.max_tier:
        yield Violation(
            "max-tier", name, f"is opened at tier {station.tier.word}, its premises carry {site.max_tier.word}"
        )
    for what in shut_out(site, scene.scenario):
        yield Violation(what, name, f"is opened without {'broadband' if what == BROADBAND else '4G signal'}")
    if name in scene.scenario.sites.closed:
        yield Violation("banned", name, "is opened although the scenario bans it")
    if name not in scene.travel.on_road:
        yield Violation("site-road", name, "is opened beyond the snap limit: no road reaches it")
    yield from _money(scene, site, station)
    yield from _supply(scene, station)
    load = scene.loads[name].throughput
    if load > station.capacity_centiparcels:
        message = f"passes {load / 100:.2f} parcels a day, its capacity is {station.capacity_centiparcels / 100:.2f}"
        yield Violation("capacity", name, message)


def _money(scene: Scene, site: Site, station: Station) -> Iterator[Violation]:
    tiers, tier = scene.scenario.tiers, station.tier
    connection = counted_connection(site, scene.scenario)
    connect_cny = None if connection is None else connection.connect_cny
    capex_cny = tiers.capex_cny(site.status, site.existing_tier, tier) + (connect_cny or 0)
    cold = None if station.cold is None else counted_store(scene.scenario, site)
    counted = {
        "capacity_centiparcels": tiers.of(tier).capacity_parcels_per_day * 100,
        "capex_cny": capex_cny + (cold.capex_cny if cold else 0),
        "connect_cny": connect_cny,
        "opex_cny_per_year": tiers.of(tier).opex_cny_per_year + (cold.opex_cny_per_year if cold else 0),
        "annual_cost_cny": tiers.annual_cost_cny(capex_cny, tier) + (cold.annual_cost_cny if cold else 0),
    }
    if scene.scenario.phasing.n_years == 1:
        counted["build_year"] = scene.scenario.base_year
    given = {name: getattr(station, name) for name in counted}
    yield from differs(STATIONS.name, station.site_id, given, counted, "station-figures")


def _supply(scene: Scene, station: Station) -> Iterator[Violation]:
    name, given = station.site_id, {"distance_to_parent_m": station.distance_to_parent_m}
    if station.tier is Tier.COUNTY:
        if station.parent_id is not None:
            yield Violation("supply-parent", name, f"is a county centre and yet supplied by {station.parent_id}")
        yield from differs(STATIONS.name, name, given, {"distance_to_parent_m": None}, "supply-distance")
        return
    if station.parent_id is None or station.parent_id == name:
        yield Violation("supply-parent", name, f"is a {station.tier.word} station that no other station supplies")
        return
    parent = scene.plan.station_by_id[station.parent_id]
    least = Tier.COUNTY if station.tier is Tier.TOWNSHIP else Tier.TOWNSHIP
    if parent.tier < least:
        message = f"is supplied by {parent.site_id} of tier {parent.tier.word}; it takes tier {least.word}"
        yield Violation("supply-parent", name, message)
    way = scene.travel.supply.way(parent.site_id, name)
    if way is None:
        yield Violation("supply-distance", name, f"no road leads to it from {parent.site_id}")
        return
    yield from differs(STATIONS.name, name, given, {"distance_to_parent_m": way.distance_m}, "supply-distance")
    supply = scene.scenario.supply
    township = station.tier is Tier.TOWNSHIP
    limit_m = metres(supply.county_to_township_km if township else supply.township_to_village_km)
    if way.distance_m > limit_m:
        yield Violation("supply-radius", name, f"is {way.distance_m} m from {parent.site_id}, the limit is {limit_m} m")


def _budget(scene: Scene) -> Iterator[Violation]:
    budget_cny = scene.scenario.limit_cny
    spent_cny = sum(station.capex_cny for station in scene.plan.stations)
    if budget_cny is not None and spent_cny > budget_cny:
        yield Violation("budget", scene.county.code, f"invests {spent_cny} CNY, the budget is {budget_cny}")


def _locked(scene: Scene) -> Iterator[Violation]:
    for site_id, tier in scene.scenario.sites.locked.items():
        station = scene.plan.station_by_id.get(site_id)
        if station is None:
            yield Violation("locked", site_id, "is not open although the scenario says that it must be")
        elif station.tier < tier:
            yield Violation(
                "locked", site_id, f"is open at tier {station.tier.word}, the scenario asks for {tier.word}"
            )
    if scene.scenario.sites.keep_existing == "free":
        return
    for site in scene.county.sites:
        if site.existing_tier is None or site.site_id in scene.scenario.sites.closed:
            continue
        station = scene.plan.station_by_id.get(site.site_id)
        if station is None or station.tier < site.existing_tier:
            now = "closed" if station is None else f"of tier {station.tier.word}"
            message = f"works at tier {site.existing_tier.word} today and is {now}, but must be kept"
            yield Violation("keep-existing", site.site_id, message)


def _one_per_village(scene: Scene) -> Iterator[Violation]:
    if not scene.scenario.sites.one_per_village:
        return
    opened: dict[str, list[str]] = {}
    for station in scene.plan.stations:
        code = scene.county.site_by_id[station.site_id].village_code
        if code:
            opened.setdefault(code, []).append(station.site_id)
    for code, site_ids in opened.items():
        if len(site_ids) > 1:
            yield Violation("one-per-village", code, f"has {len(site_ids)} open sites ({', '.join(site_ids)}), not 1")


def _assignment(scene: Scene, assignment: Assignment) -> Iterator[Violation]:
    code = assignment.village_code
    standing = {scene.county.site_by_id[station.site_id].village_code for station in scene.plan.stations}
    counted = {"own_station": code in standing, "snap_distance_m": scene.travel.snap_m[code]}
    given = {name: getattr(assignment, name) for name in counted}
    yield from differs(ASSIGNMENTS.name, code, given, counted)
    if assignment.station_id is None:
        yield from _left_out(scene, assignment)
        return
    if assignment.reason is not None:
        message = f"is covered and yet has a reason for being left out ({assignment.reason.code.value})"
        yield Violation("reason", code, message)
    if not _of_own_township(scene, code, {assignment.station_id}):
        yield Violation("own-township", code, f"is served by {assignment.station_id} of another township")
    way = scene.travel.access.way(code, assignment.station_id)
    if way is None:
        yield Violation("radius", code, f"no road leads to its station {assignment.station_id}")
        return
    stated = {"access_distance_m": assignment.access_distance_m, "access_time_s": assignment.access_time_s}
    measured = {"access_distance_m": way.distance_m, "access_time_s": way.duration_s}
    yield from differs(ASSIGNMENTS.name, code, stated, measured, "access")
    if not scene.in_radius(way):
        message = f"is {_length(way)} from its station {assignment.station_id}, beyond {scene.scenario.radius_label}"
        yield Violation("radius", code, message)


def _left_out(scene: Scene, assignment: Assignment) -> Iterator[Violation]:
    code, reason = assignment.village_code, assignment.reason
    stated = {"access_distance_m": assignment.access_distance_m, "access_time_s": assignment.access_time_s}
    yield from differs(ASSIGNMENTS.name, code, stated, dict.fromkeys(stated), "access")
    if reason is None:
        yield Violation("reason", code, "is left out without a reason", ASSIGNMENTS.name, "reason")
        return
    possible = _possible_reasons(scene, code)
    if reason.code not in possible:
        words = " or ".join(sorted(possible))
        message = f"is left out as {reason.code.value}, but the reason is {words}"
        yield Violation("reason", code, message, ASSIGNMENTS.name, "reason", reason.code.value, words)
    site_id, distance_m = _nearest(scene, code, reason.code)
    given = {"nearest_site_id": reason.nearest_site_id, "nearest_distance_m": reason.nearest_distance_m}
    counted = {"nearest_site_id": site_id, "nearest_distance_m": distance_m}
    yield from differs(ASSIGNMENTS.name, code, given, counted, "reason")
    yield from fix_violations(scene, assignment)


def _possible_reasons(scene: Scene, code: str) -> set[ReasonCode]:
    """The one reason that the roads and the gates force, else those that only a solver can tell apart."""
    forced = _forced_reason(scene, code)
    if forced is not None:
        return {forced}
    possible = {ReasonCode.SUPPLY, ReasonCode.CAPACITY}
    usable = {site.site_id for site in scene.usable_sites} & scene.suppliable
    if not _of_own_township(scene, code, _near(scene, code)) & usable:
        return possible
    covered = sum(assignment.covered for assignment in scene.plan.assignments)
    if covered >= share_of(scene.scenario.targets.villages, len(scene.plan.assignments)):
        return possible | {ReasonCode.TARGET}
    if scene.scenario.limit_cny is not None:
        possible.add(ReasonCode.BUDGET)
    if scene.scenario.sites.one_per_village:
        possible.add(ReasonCode.ONE_PER_VILLAGE)
    if any(scene.scenario.tiers.of(tier).least_parcels_per_day for tier in Tier):
        possible.add(ReasonCode.VIABLE)
    return possible | {ReasonCode.TIME_LIMIT}


def _forced_reason(scene: Scene, code: str) -> ReasonCode | None:
    if code not in scene.travel.on_road:
        return ReasonCode.NO_ROAD
    if not any(scene.travel.access.way(code, site.site_id) for site in scene.county.sites):
        return ReasonCode.DISCONNECTED
    near = _near(scene, code)
    if not near:
        return ReasonCode.TOO_FAR
    own = _of_own_township(scene, code, near)
    return _gated_reason(scene, own) if own else ReasonCode.OTHER_TOWNSHIP


def _gated_reason(scene: Scene, site_ids: set[str]) -> ReasonCode | None:
    """Why none of the sites may be opened; None when one may."""
    if site_ids & {site.site_id for site in scene.usable_sites}:
        return None
    linked = site_ids & {site.site_id for site in scene.linked_sites}
    if linked & set(scene.scenario.sites.closed):
        return ReasonCode.BANNED
    if any(MOBILE_4G not in shut_out(scene.county.site_by_id[site_id], scene.scenario) for site_id in linked):
        return ReasonCode.BROADBAND
    return ReasonCode.MOBILE_4G if linked else ReasonCode.SUPPLY


def _near(scene: Scene, code: str) -> set[str]:
    """Sites within the coverage radius of a village."""
    ways = ((site.site_id, scene.travel.access.way(code, site.site_id)) for site in scene.county.sites)
    return {site_id for site_id, way in ways if way is not None and scene.in_radius(way)}


def _of_own_township(scene: Scene, code: str, site_ids: set[str]) -> set[str]:
    """Those of the sites that may serve a village: all, or under the rule of own townships those of its own."""
    if not scene.scenario.sites.own_township:
        return site_ids
    home = scene.county.village_by_code[code].township_code
    return {site_id for site_id in site_ids if scene.county.site_by_id[site_id].township_code == home}


def _nearest(scene: Scene, code: str, reason: ReasonCode) -> tuple[str | None, int | None]:
    """The nearest site by road and how far it is; the lowest id among equals.

    For a village too far the nearest that may be opened, if it reaches any.
    """
    ways = ((site.site_id, scene.travel.access.way(code, site.site_id)) for site in scene.county.sites)
    reached = [(way.distance_m, site_id) for site_id, way in ways if way is not None]
    if reason is ReasonCode.TOO_FAR:
        usable = {site.site_id for site in scene.usable_sites}
        reached = [pair for pair in reached if pair[1] in usable] or reached
    if not reached:
        return None, None
    distance_m, site_id = min(reached)
    return site_id, distance_m


def _length(way: Way) -> str:
    return f"{way.distance_m} m and {way.duration_s} s away ({way.straight_m} m straight)"
