"""The judge of routes: every stop, load, leg, minute and yuan counted again from the plan and the roads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from planner.domain import Route, RouteStop, Tier
from planner.domain.schema import ASSIGNMENTS, ROUTES
from planner.evaluate.violation import Scene, Violation, differs
from planner.scenario import DAYS_PER_WEEK, WEEKS_PER_YEAR, Vehicle, round_half_up

COUNTY_ECHELON, VILLAGE_ECHELON = ROUTES.column("echelon").choices
_TIER_SERVED = {COUNTY_ECHELON: Tier.TOWNSHIP, VILLAGE_ECHELON: Tier.VILLAGE}


def route_violations(scene: Scene) -> Iterator[Violation]:
    """Every rule that the plan's routes break, then those about visits and vehicles over all routes."""
    visits = weekly_visits(scene)
    for times_id, times in Counter(route.route_id for route in scene.plan.routes).items():
        if times > 1:
            yield Violation("route-stops", times_id, f"is the id of {times} routes")
    for route in scene.plan.routes:
        shape = tuple(_shape(scene, route))
        yield from shape
        if not shape:
            yield from _drive(scene, route, visits)
    yield from _visits(scene, visits)
    yield from _vehicles(scene)


def weekly_visits(scene: Scene) -> Mapping[str, int]:
    """How often a week routes stop at each station, by site id (0 for a station that none visits)."""
    visits: Counter[str] = Counter()
    for route in scene.plan.routes:
        for stop in route.stops[1:-1]:
            visits[stop.site_id] += len(route.days)
    return visits


def _shape(scene: Scene, route: Route) -> Iterator[Violation]:
    """Whether the route is a loop from its depot over stations that the depot supplies, with a known vehicle."""
    name, sites = route.route_id, [stop.site_id for stop in route.stops]
    if len(sites) < 3 or sites[0] != route.depot_id or sites[-1] != route.depot_id:
        yield Violation("route-stops", name, f"is no loop from its depot {route.depot_id} over at least one station")
        return
    if [stop.stop_seq for stop in route.stops] != list(range(len(sites))):
        yield Violation("route-stops", name, "numbers its stops otherwise than 0, 1, 2, …")
    if len(set(sites[1:-1])) != len(sites) - 2:
        yield Violation("route-stops", name, "stops twice at one station")
    if not route.days or list(route.days) != sorted(set(route.days)) or not set(route.days) <= set(range(1, 8)):
        yield Violation("route-days", name, f"runs on days {route.days}, which are not days of one week in order")
    if route.mode not in ROUTES.column("mode").choices:
        yield Violation("route-mode", name, f"has the unknown mode {route.mode}", ROUTES.name, "mode", route.mode)
    if _vehicle(scene, route) is None:
        message = f"is driven by {route.vehicle_type}, which the fleet lacks"
        yield Violation("vehicle", name, message, ROUTES.name, "vehicle_type", route.vehicle_type)
    if route.echelon not in _TIER_SERVED:
        yield Violation("route-stops", name, f"is of the unknown echelon {route.echelon}", ROUTES.name, "echelon")
        return
    for site_id in sites[1:-1]:
        station = scene.plan.station_by_id[site_id]
        if station.tier is not _TIER_SERVED[route.echelon] or station.parent_id != route.depot_id:
            message = f"stops at {site_id}, a {station.tier.word} station supplied by {station.parent_id}"
            yield Violation("route-stops", name, f"{message}: not on a {route.echelon} route from {route.depot_id}")


def _drive(scene: Scene, route: Route, visits: Mapping[str, int]) -> Iterator[Violation]:
    """Count the loop stop by stop; a wrong stop is compared with what follows from the stated one before it."""
    vehicle = _vehicle(scene, route)
    assert vehicle is not None, "checked by _shape"  # noqa: S101 (for the type checker)
    handed = {stop.site_id: _handed_over(scene, stop.site_id, visits) for stop in route.stops[1:-1]}
    load = sum(delivery for delivery, _ in handed.values())
    yield from _stop(route, route.stops[0], {"arrive_s": 0, "leave_s": 0, "leg_distance_m": 0, "load": load})
    peak = load
    for before, stop in zip(route.stops, route.stops[1:], strict=False):
        way = scene.travel.supply.way(before.site_id, stop.site_id)
        if way is None:
            yield Violation("leg", route.route_id, f"no road leads from {before.site_id} to {stop.site_id}")
            return
        delivery, pickup = handed.get(stop.site_id, (0, 0))
        load += pickup - delivery
        peak = max(peak, load)
        arrive_s = before.leave_s + way.duration_s
        last = stop is route.stops[-1]
        leave_s = arrive_s if last else arrive_s + service_s(scene, delivery + pickup)
        counted = {"arrive_s": arrive_s, "leave_s": leave_s, "leg_distance_m": way.distance_m, "load": load}
        yield from _stop(route, stop, counted)
    yield from _limits(scene, route, vehicle, peak)
    yield from _totals(route, vehicle)


def _stop(route: Route, stop: RouteStop, counted: Mapping[str, int]) -> Iterator[Violation]:
    load = counted["load"]
    times = {name: value for name, value in counted.items() if name != "load"}
    subject = f"{route.route_id} stop {stop.stop_seq}"
    yield from differs(ROUTES.name, subject, {name: getattr(stop, name) for name in times}, times, "route-figures")
    given = {"load_after_parcels": f"{stop.load_after_centiparcels / 100:.2f}"}
    yield from differs(ROUTES.name, subject, given, {"load_after_parcels": f"{load / 100:.2f}"}, "load")


def _limits(scene: Scene, route: Route, vehicle: Vehicle, peak: int) -> Iterator[Violation]:
    if peak > vehicle.capacity_parcels * 100:
        message = f"carries {peak / 100:.2f} parcels, {vehicle.name} takes {vehicle.capacity_parcels}"
        yield Violation("vehicle-capacity", route.route_id, message)
    shift_s = round_half_up(scene.scenario.service.shift_hours * 3600)
    if route.stops[-1].leave_s > shift_s:
        message = f"is back after {route.stops[-1].leave_s} s, the shift ends after {shift_s} s"
        yield Violation("shift", route.route_id, message)


def _totals(route: Route, vehicle: Vehicle) -> Iterator[Violation]:
    distance_m = sum(stop.leg_distance_m for stop in route.stops)
    counted = {
        "distance_m": distance_m,
        "duration_s": route.stops[-1].leave_s,
        "annual_cost_cny": route_cost_cny(len(route.days), distance_m, vehicle),
    }
    given = {name: getattr(route, name) for name in counted}
    yield from differs(ROUTES.name, route.route_id, given, counted, "route-figures")


def route_cost_cny(days_per_week: int, distance_m: int, vehicle: Vehicle) -> int:
    """Yearly cost of a route in whole yuan: kilometres and drivers' days over 52 weeks."""
    day_cny = distance_m / 1000 * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day
    return round_half_up(days_per_week * WEEKS_PER_YEAR * day_cny)


def service_s(scene: Scene, centiparcels: int) -> int:
    """Whole seconds at a stop: the fixed time and that for each parcel handed over or taken in, halves up."""
    service = scene.scenario.service
    return round_half_up(service.stop_minutes * 60 + service.seconds_per_parcel * centiparcels / 100)


def _handed_over(scene: Scene, site_id: str, visits: Mapping[str, int]) -> tuple[int, int]:
    """Centiparcels delivered and picked up at one visit: a week's divided by its visits, rounded up."""
    load, times = scene.loads[site_id], visits[site_id]
    return -(-DAYS_PER_WEEK * load.inbound // times), -(-DAYS_PER_WEEK * load.outbound // times)


def _visits(scene: Scene, visits: Mapping[str, int]) -> Iterator[Violation]:
    service = scene.scenario.service
    least = {Tier.TOWNSHIP: service.township_visits_per_week, Tier.VILLAGE: service.village_visits_per_week}
    for station in scene.plan.stations:
        wanted = least.get(station.tier, 0)
        if visits[station.site_id] < wanted:
            message = f"is visited {visits[station.site_id]} times a week, {wanted} are the least"
            yield Violation("visits", station.site_id, message)
    for assignment in scene.plan.assignments:
        counted = 0
        if assignment.station_id is not None:
            centre = scene.plan.station_by_id[assignment.station_id].tier is Tier.COUNTY
            counted = DAYS_PER_WEEK if centre else visits[assignment.station_id]
        given = {"service_per_week": assignment.service_per_week}
        yield from differs(ASSIGNMENTS.name, assignment.village_code, given, {"service_per_week": counted}, "visits")


def _vehicles(scene: Scene) -> Iterator[Violation]:
    """No more vehicles of a type on any day than the fleet has; a vehicle drives one route a day."""
    used: dict[str, Counter[int]] = defaultdict(Counter)
    for route in scene.plan.routes:
        used[route.vehicle_type].update(route.days)
    for vehicle in scene.scenario.service.fleet:
        most = max(used[vehicle.name].values(), default=0)
        if vehicle.count is not None and most > vehicle.count:
            yield Violation("vehicle-count", vehicle.name, f"{most} drive on one day, the fleet has {vehicle.count}")


def _vehicle(scene: Scene, route: Route) -> Vehicle | None:
    return next((kind for kind in scene.scenario.service.fleet if kind.name == route.vehicle_type), None)
