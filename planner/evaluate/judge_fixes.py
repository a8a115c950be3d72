"""Whether what would bring a left-out village in would: the change is made on paper and every rule looked at again.

The judge counts costs, the site, its distance, its supply and its room. What it cannot recount: that no other change is
cheaper, a least budget's proof and yearly cost, and distances along roads that are not there today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.domain import Assignment, Broadband, Fix, FixCost, FixKind, ReasonCode, Site, SiteStatus, Tier
from planner.domain.fix import NEW_POINT
from planner.domain.schema import ASSIGNMENTS
from planner.errors import ScenarioError
from planner.evaluate.connecting import BROADBAND, MOBILE_4G, counted_connection, shut_out
from planner.evaluate.loads import chain
from planner.evaluate.recount import Way
from planner.evaluate.violation import Scene, Violation, differs, metres
from planner.scenario import CoverageMetric, Scenario

_RULE = "fix"
_SETTINGS = {
    FixKind.LIFT_BAN: ("sites.closed",),
    FixKind.TARGET: ("targets.villages",),
    FixKind.BUDGET: ("budget_cny", "phasing.yearly_budget_cny"),
    FixKind.OTHER_TOWNSHIP: ("sites.own_township",),
    FixKind.ONE_PER_VILLAGE: ("sites.one_per_village",),
    FixKind.SUPPLY_RADIUS: ("supply.county_to_township_km", "supply.township_to_village_km"),
    FixKind.BROADBAND_RULE: ("sites.broadband",),
    FixKind.MOBILE_RULE: ("sites.mobile_4g",),
    FixKind.CAPACITY: tuple(f"tiers.{tier.word}.capacity_parcels_per_day" for tier in Tier),
    FixKind.LEAST_VOLUME: tuple(f"tiers.{tier.word}.viable_rule" for tier in (Tier.VILLAGE, Tier.TOWNSHIP)),
    FixKind.OPEN_ROAD: ("network.month",),
    FixKind.MORE_TIME: ("solver.locate_time_limit_s",),
}
_VALUES = {
    FixKind.TARGET: "1", FixKind.OTHER_TOWNSHIP: "false", FixKind.ONE_PER_VILLAGE: "false",
    FixKind.BROADBAND_RULE: "ignore", FixKind.MOBILE_RULE: "ignore", FixKind.LEAST_VOLUME: "flag",
}  # fmt: skip
_STATION_ONLY = (
    FixKind.ROAD, FixKind.ROAD_AND_SITE, FixKind.OPEN_ROAD, FixKind.CONNECT_BROADBAND, FixKind.CONNECT_MOBILE,
    FixKind.CAPACITY,
)  # fmt: skip
_LINES = {FixKind.CONNECT_BROADBAND: BROADBAND, FixKind.CONNECT_MOBILE: MOBILE_4G}
_ON_NEW_ROADS = (FixKind.ROAD, FixKind.ROAD_AND_SITE)
_FOR_REASON = {
    FixKind.ROAD: (ReasonCode.NO_ROAD,),
    FixKind.ROAD_AND_SITE: (ReasonCode.NO_ROAD,),
    FixKind.CONNECT_ROADS: (ReasonCode.DISCONNECTED,),
    FixKind.TARGET: (ReasonCode.TARGET,),
    FixKind.MORE_TIME: (ReasonCode.TIME_LIMIT,),
}


def fix_violations(scene: Scene, assignment: Assignment) -> Iterator[Violation]:
    """Every way in which the distance missing and the fixes of a village left out are not as they are stated."""
    reason = assignment.reason
    if reason is None:
        return
    given = {"missing_m": reason.missing_m, "missing_s": reason.missing_s}
    counted = _missing(scene, assignment.village_code) if reason.code is ReasonCode.TOO_FAR else dict.fromkeys(given)
    if given != dict.fromkeys(given) or reason.fixes:
        yield from differs(ASSIGNMENTS.name, assignment.village_code, given, counted, _RULE)
    for fix in reason.fixes:
        yield from _fix(scene, assignment.village_code, reason.code, fix)


def _missing(scene: Scene, code: str) -> dict[str, int | None]:
    scenario = scene.scenario
    ways = [scene.travel.access.way(code, site.site_id) for site in scene.usable_sites]
    lengths = [_measure(scenario, way) for way in ways if way is not None]
    minutes = scenario.coverage_metric is CoverageMetric.MINUTES
    by = min(lengths) - (scenario.radius_s if minutes else scenario.radius_m) if lengths else None
    return {"missing_m": None if minutes else by, "missing_s": by if minutes else None}


def _measure(scenario: Scenario, way: Way) -> int:
    return {
        CoverageMetric.ROAD_KM: way.distance_m,
        CoverageMetric.STRAIGHT_KM: way.straight_m,
        CoverageMetric.MINUTES: way.duration_s,
    }[scenario.coverage_metric]


def _fix(scene: Scene, code: str, reason: ReasonCode, fix: Fix) -> Iterator[Violation]:
    for message in (*_shape(scene, reason, fix), *_references(scene, fix)):
        yield Violation(_RULE, code, f"fix {fix.kind}: {message}", ASSIGNMENTS.name, "fix", fix.kind, "another fix")
        return
    given = {
        "fix_value": fix.value, "fix_road_m": fix.road_m, "fix_capex_cny": fix.capex_cny,
        "fix_annual_cost_cny": fix.annual_cost_cny, "fix_over_budget_cny": fix.over_budget_cny,
    }  # fmt: skip
    counted = _figures(scene, code, fix)
    yield from differs(ASSIGNMENTS.name, code, given, counted, _RULE)
    if fix.site_id is None or given["fix_value"] != counted.get("fix_value", fix.value):
        return
    try:
        messages = list(_unreal(scene, code, fix))
    except ScenarioError as error:
        messages = [" ".join(str(error).split())]
    for message in messages:
        yield Violation(_RULE, code, f"fix {fix.kind}: {message}", ASSIGNMENTS.name, "fix", fix.kind, "another fix")


def _shape(scene: Scene, reason: ReasonCode, fix: Fix) -> Iterator[str]:
    """What a fix of its kind cannot look like."""
    if reason not in _FOR_REASON.get(fix.kind, (reason,)):
        yield f"is none for {reason}"
    if fix.kind is FixKind.OPEN_ROAD and scene.scenario.network.month is None:
        yield "opens roads that do not close"
    if fix.setting not in _settings(scene.scenario, fix):
        yield f"is not made by setting {fix.setting}"
    unknown = fix.capex_cny is None or fix.annual_cost_cny is None
    allowed = {FixCost.STATION_ONLY if fix.kind in _STATION_ONLY else FixCost.ADDED}
    if fix.kind is FixKind.BUDGET:
        allowed.add(FixCost.EXACT)
    if fix.kind in (FixKind.CONNECT_ROADS, FixKind.MORE_TIME) and unknown:
        allowed = {FixCost.UNKNOWN}
    if fix.cost not in allowed or unknown is not (fix.cost is FixCost.UNKNOWN):
        yield f"has a cost said to be {fix.cost}"
    if (fix.site_id is None) is not (fix.cost is FixCost.UNKNOWN):
        yield "does not say which site serves the village"
    new = fix.kind in (FixKind.NEW_SITE, FixKind.ROAD_AND_SITE)
    if new is not (fix.site_id == NEW_POINT) or new is not ((NEW_POINT, Tier.VILLAGE) in fix.opens):
        yield "opens a new point or does not"


def _settings(scenario: Scenario, fix: Fix) -> tuple[str | None, ...]:
    if fix.kind is FixKind.RADIUS:
        return ("radius_min",) if scenario.coverage_metric is CoverageMetric.MINUTES else ("radius_km",)
    return _SETTINGS.get(fix.kind, (None,))


def _references(scene: Scene, fix: Fix) -> Iterator[str]:
    for site_id in (fix.site_id, *(site_id for site_id, _ in fix.opens)):
        if site_id not in (None, NEW_POINT) and site_id not in scene.county.site_by_id:
            yield f"names {site_id}, which is no site of the county"
    if any(tier is Tier.COUNTY for _, tier in fix.opens):
        yield "opens a county centre"


def _figures(scene: Scene, code: str, fix: Fix) -> dict[str, object]:
    """What can be counted of the fix's figures."""
    counted: dict[str, object] = {"fix_road_m": None}
    if fix.kind in (FixKind.ROAD, FixKind.ROAD_AND_SITE):
        counted["fix_road_m"] = scene.travel.snap_m[code]
    spent = sum(station.capex_cny for station in scene.plan.stations)
    budget, over = scene.scenario.limit_cny, 0
    if fix.cost in (FixCost.ADDED, FixCost.STATION_ONLY):
        counted["fix_capex_cny"], counted["fix_annual_cost_cny"] = _cost(scene, fix)
        if budget is not None and fix.kind is not FixKind.BUDGET:
            over = max(0, spent + _cost(scene, fix)[0] - budget)
    counted["fix_over_budget_cny"] = over
    counted["fix_value"] = _value(scene, code, fix, spent)
    return counted


def _cost(scene: Scene, fix: Fix) -> tuple[int, int]:
    """Investment and yearly cost of what is opened, over what the plan spends on the same sites."""
    tiers, capex, annual = scene.scenario.tiers, 0, 0
    for site_id, tier in fix.opens:
        site, now = scene.county.site_by_id.get(site_id), scene.plan.station_by_id.get(site_id)
        status, existing = (SiteStatus.NEW, None) if site is None else (site.status, site.existing_tier)
        line_cny = _connection_cny(scene, site)
        cny = tiers.capex_cny(status, existing, tier) + line_cny
        paid = None if now is None else tiers.capex_cny(status, existing, now.tier) + line_cny
        capex += cny - (paid or 0)
        annual += tiers.annual_cost_cny(cny, tier)
        annual -= 0 if now is None or paid is None else tiers.annual_cost_cny(paid, now.tier)
    return capex, annual


def _connection_cny(scene: Scene, site: Site | None) -> int:
    """What connecting a site, or a new one, takes."""
    if site is not None:
        found = counted_connection(site, scene.scenario)
        return 0 if found is None else found.connect_cny
    rules, dark = scene.scenario.sites, scene.scenario.candidates.broadband is Broadband.NONE
    return rules.connect_cost_cny if dark and rules.broadband == "connect" else 0


def _value(scene: Scene, code: str, fix: Fix, spent: int) -> str | None:
    """The value that the setting must have."""
    if fix.kind is FixKind.BUDGET:
        return _money(scene.scenario, fix, spent + (fix.capex_cny or 0))
    if fix.kind is FixKind.LIFT_BAN:
        return fix.site_id
    if fix.kind is FixKind.RADIUS:
        return _radius(scene, scene.travel.access.way(code, fix.site_id or ""))
    if fix.kind in (FixKind.SUPPLY_RADIUS, FixKind.CAPACITY):
        possible = _supply_lengths(scene, fix) if fix.kind is FixKind.SUPPLY_RADIUS else _rooms(scene, code)
        return fix.value if fix.value in possible else "/".join(sorted(possible))
    return _VALUES.get(fix.kind)


def _money(scenario: Scenario, fix: Fix, needed: int) -> str:
    """The budget, or the yearly money with the last year's raised, that comes to ``needed`` yuan."""
    money = scenario.phasing.money_cny
    if fix.setting == "budget_cny" or money is None:
        return str(needed)
    earlier = money[:-1]
    return ",".join(str(each) for each in (*earlier, needed - sum(earlier)))


def _radius(scene: Scene, way: Way | None) -> str | None:
    """The least radius that reaches so far, in the setting's unit."""
    if way is None:
        return None
    if scene.scenario.coverage_metric is CoverageMetric.MINUTES:
        return _decimal(-(-way.duration_s * 1000 // 60))
    return _decimal(_measure(scene.scenario, way))


def _decimal(thousandths: int) -> str:
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def _supply_lengths(scene: Scene, fix: Fix) -> set[str]:
    """Supply roads from open or newly opened stations to the site that serves, or to what is opened, in km."""
    above = {s.site_id for s in scene.plan.stations if s.tier >= Tier.TOWNSHIP} | {s for s, t in fix.opens if t >= 2}
    below = {fix.site_id or ""} | {site_id for site_id, _ in fix.opens}
    ways = [scene.travel.supply.way(a, b) for a in above for b in below if a != b]
    return {_decimal(way.distance_m) for way in ways if way is not None}


def _rooms(scene: Scene, code: str) -> set[str]:
    """Parcels a day that the village and what passes through some station, or nothing else, come to."""
    demand = _demand(scene, code)
    loads = [0, *(load.throughput for load in scene.loads.values())]
    return {str(-(-(load + demand) // 100)) for load in loads}


def _demand(scene: Scene, code: str) -> int:
    population, demand = scene.county.village_by_code[code].population, scene.scenario.demand
    return demand.inbound_centiparcels(population) + demand.outbound_centiparcels(population)


def _eased(scene: Scene, fix: Fix) -> Scene:
    """The same plan under the scenario with the fix's setting, and where that opens roads, measured again."""
    if fix.kind is FixKind.OPEN_ROAD:
        return scene.all_open
    if fix.setting is None or fix.value is None or fix.kind is FixKind.TARGET:
        return scene
    if fix.kind is FixKind.LIFT_BAN:
        closed = [site_id for site_id in scene.scenario.sites.closed if site_id != fix.site_id]
        return replace(scene, scenario=scene.scenario.update({"sites": {"closed": closed}}))
    return replace(scene, scenario=scene.scenario.with_settings([f"{fix.setting}={fix.value}"]))


def _unreal(scene: Scene, code: str, fix: Fix) -> Iterator[str]:
    """Which rule of the eased scenario keeps the village from being served as the fix says."""
    eased = _eased(scene, fix)
    if fix.kind is FixKind.LIFT_BAN and fix.site_id not in scene.scenario.sites.closed:
        yield f"{fix.site_id} is not banned"
    if fix.cost is FixCost.EXACT:
        yield from _site_unreal(eased, code, fix)
        if scene.scenario.limit_cny is None or (eased.scenario.limit_cny or 0) <= scene.scenario.limit_cny:
            yield "the budget already pays for it"
        return
    if fix.site_id != NEW_POINT:
        yield from _site_unreal(eased, code, fix)
        if fix.site_id not in scene.plan.station_by_id and fix.site_id not in dict(fix.opens):
            yield f"{fix.site_id} is not open"
    for site_id, tier in fix.opens:
        yield from _opening_unreal(eased, code, fix, site_id, tier)
    yield from _room_unreal(eased, code, fix)


def _site_unreal(eased: Scene, code: str, fix: Fix) -> Iterator[str]:
    site = eased.county.site_by_id[fix.site_id or ""]
    if fix.kind in _LINES:
        if site not in eased.linked_sites or site.site_id in eased.scenario.sites.closed:
            yield f"{site.site_id} may not be opened for another reason too"
        if shut_out(site, eased.scenario) != (_LINES[fix.kind],):
            yield f"{site.site_id} needs no connection"
    elif site not in eased.usable_sites:
        yield f"{site.site_id} may not be opened"
    if eased.scenario.sites.own_township and site.township_code != eased.county.village_by_code[code].township_code:
        yield f"{site.site_id} is of another township"
    way = eased.travel.access.way(code, site.site_id)
    if fix.kind not in _ON_NEW_ROADS and (way is None or not eased.in_radius(way)):
        yield f"{site.site_id} is not within the radius"


def _opening_unreal(eased: Scene, code: str, fix: Fix, site_id: str, tier: Tier) -> Iterator[str]:
    """Which rule keeps a site from being opened at a tier on top of the plan."""
    site, now = eased.county.site_by_id.get(site_id), eased.plan.station_by_id.get(site_id)
    if site is not None and tier > site.max_tier:
        yield f"the premises of {site_id} carry {site.max_tier.word}"
    if now is not None and now.tier >= tier:
        yield f"{site_id} is open at {now.tier.word} already"
    if site_id != fix.site_id and (site not in eased.usable_sites or tier is not Tier.TOWNSHIP):
        yield f"{site_id} does not serve it"
    load = eased.loads[site_id].throughput if site_id in eased.loads else 0
    least = eased.scenario.tiers.of(tier).least_parcels_per_day * 100
    if load + _demand(eased, code) < least and site_id not in eased.scenario.sites.locked:
        yield f"{site_id} would pass less than the least volume of its tier"
    if not _parents(eased, code, fix, site_id, tier):
        yield f"no station can supply {site_id}"
    village = code if site is None else site.village_code
    if eased.scenario.sites.one_per_village and now is None and village in _standing(eased, fix, site_id):
        yield f"a second site in {village} may not be opened"


def _standing(eased: Scene, fix: Fix, but: str) -> set[str]:
    ids = {*eased.plan.station_by_id, *(site_id for site_id, _ in fix.opens)} - {but, NEW_POINT}
    return {eased.county.site_by_id[site_id].village_code or "" for site_id in ids} - {""}


def _parents(eased: Scene, code: str, fix: Fix, site_id: str, tier: Tier) -> list[str]:
    """Stations, open or opened by the fix, in supply reach of ``site_id``."""
    raised = dict(fix.opens)
    least, supply = (Tier.COUNTY if tier is Tier.TOWNSHIP else Tier.TOWNSHIP), eased.scenario.supply
    limit_m = metres(supply.county_to_township_km if tier is Tier.TOWNSHIP else supply.township_to_village_km)
    tiers = {station.site_id: station.tier for station in eased.plan.stations} | raised
    above = [name for name, its in tiers.items() if its >= least and name not in (site_id, NEW_POINT)]
    if site_id == NEW_POINT and (eased.travel.to_village is None or fix.kind is FixKind.ROAD_AND_SITE):
        return above
    ways = eased.travel.to_village if site_id == NEW_POINT else eased.travel.supply
    found = [(name, ways.way(name, code if site_id == NEW_POINT else site_id)) for name in above] if ways else []
    return [name for name, way in found if way is not None and way.distance_m <= limit_m]


def _room_unreal(eased: Scene, code: str, fix: Fix) -> Iterator[str]:
    """That no chain of stations could carry the village's parcels on top of the plan's."""
    demand, raised = _demand(eased, code), dict(fix.opens)
    tiers = {station.site_id: station.tier for station in eased.plan.stations} | raised

    def fits(site_id: str, more: int = 0) -> bool:
        load = eased.loads[site_id].throughput if site_id in eased.loads else 0
        return load + demand + more <= eased.scenario.tiers.of(tiers[site_id]).capacity_parcels_per_day * 100

    def upwards(site_id: str) -> bool:
        """Whether a station, open or opened by the fix, and what may supply it have room."""
        if site_id not in raised:
            return all(fits(link) for link in chain(eased.plan, site_id))
        before, moved = chain(eased.plan, site_id), eased.loads[site_id].throughput if site_id in eased.loads else 0
        above = _parents(eased, code, fix, site_id, raised[site_id])
        return fits(site_id) and any(
            upwards(link) if raised[site_id] is Tier.VILLAGE else fits(link, 0 if link in before else moved)
            for link in above
        )

    if fix.site_id in tiers and not fits(fix.site_id or ""):
        yield f"{fix.site_id} has no room for it"
    elif fix.site_id in tiers and not upwards(fix.site_id or ""):
        yield "no station that could supply it has room"
