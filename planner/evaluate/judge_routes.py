"""The judge of routes: every stop, load, leg, minute and yuan counted again from the plan and the roads.

A visit hands over a week's parcels of its station divided by the visits a week, rounded up. A load too large for
one vehicle may be cut into parts, each a stop of its own: full loads of the largest vehicle and the rest, or equal
parts. Which part a stop takes is not exported, and read off its stated load and time.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from planner.domain import Route, RouteStop, Tier
from planner.domain.schema import ASSIGNMENTS, ROUTES
from planner.evaluate.judge_services import outreach_days
from planner.evaluate.violation import Scene, Violation, differs
from planner.scenario import DAYS_PER_WEEK, WEEKS_PER_YEAR, Vehicle, round_half_up

COUNTY_ECHELON, VILLAGE_ECHELON = ROUTES.column("echelon").choices


class Part(NamedTuple):
    """Centiparcels that one stop hands over and takes in."""

    delivery: int
    pickup: int


_TIER_SERVED = {COUNTY_ECHELON: Tier.TOWNSHIP, VILLAGE_ECHELON: Tier.VILLAGE}


def route_violations(scene: Scene) -> Iterator[Violation]:
    """Every rule that the plan's routes break, then those about visits and vehicles over all routes."""
    for route_id, times in Counter(route.route_id for route in scene.plan.routes).items():
        if times > 1:
            yield Violation("route-stops", route_id, f"is the id of {times} routes")
    shapes = [tuple(_shape(scene, route)) for route in scene.plan.routes]
    yield from (violation for shape in shapes for violation in shape)
    if not any(shapes):
        parts = visit_parts(scene)
        for number, route in enumerate(scene.plan.routes):
            yield from _drive(scene, route, [parts[number, seq] for seq in range(1, len(route.stops) - 1)])
    yield from _visits(scene)
    yield from _vehicles(scene)


def weekly_visits(scene: Scene) -> Mapping[str, int]:
    """On how many days a week routes stop at each station, by site id (0 for a station that none visits)."""
    days: dict[str, set[int]] = {station.site_id: set() for station in scene.plan.stations}
    for route in scene.plan.routes:
        for stop in route.stops[1:-1]:
            days[stop.site_id].update(route.days)
    return {site_id: len(visited) for site_id, visited in days.items()}


def visit_parts(scene: Scene) -> Mapping[tuple[int, int], Part]:
    """What each stop hands over and takes in, by number of the route and of the stop in it."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, route in enumerate(scene.plan.routes):
        for seq, stop in enumerate(route.stops[1:-1], start=1):
            places[stop.site_id].append((number, seq))
    return {place: part for site_id, at in places.items() for place, part in _match(scene, site_id, at)}


def _match(scene: Scene, site_id: str, places: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Part]]:
    """The parts of one station's visit for its stops: the cut whose loads and times are those stated, if any is."""
    load, visits = scene.loads[site_id], len(scene.plan.routes[places[0][0]].days)
    inbound, outbound = load.inbound + load.outreach_inbound, load.outbound + load.outreach_outbound
    whole = Part(-(-DAYS_PER_WEEK * inbound // visits), -(-DAYS_PER_WEEK * outbound // visits))
    capacity = max((kind.capacity_parcels * 100 for kind in scene.scenario.service.fleet if kind.count != 0), default=0)
    cuts = [_full_loads(whole, len(places), capacity), _equal_parts(whole, len(places))]
    stated = sorted((_stated(scene, place), place) for place in places)
    for cut in cuts:
        ranked = sorted((_signature(scene, part), part) for part in cut)
        if [signature for signature, _ in ranked] == [signature for signature, _ in stated]:
            yield from zip((place for _, place in stated), (part for _, part in ranked), strict=True)
            return
    yield from zip(places, cuts[0], strict=True)


def _full_loads(whole: Part, count: int, capacity: int) -> list[Part]:
    if count == 1:
        return [whole]
    return [Part(*(min(capacity, max(0, amount - capacity * k)) for amount in whole)) for k in range(count)]


def _equal_parts(whole: Part, count: int) -> list[Part]:
    delivery, first = divmod(whole.delivery, count)
    pickup, last = divmod(whole.pickup, count)
    return [Part(delivery + (k < first), pickup + (k >= count - last)) for k in range(count)]


def _signature(scene: Scene, part: Part) -> tuple[int, int]:
    """By how much a stop changes the load, and how long it takes."""
    return part.pickup - part.delivery, service_s(scene, part.pickup + part.delivery)


def _stated(scene: Scene, place: tuple[int, int]) -> tuple[int, int]:
    stops, seq = scene.plan.routes[place[0]].stops, place[1]
    change = stops[seq].load_after_centiparcels - stops[seq - 1].load_after_centiparcels
    return change, stops[seq].leave_s - stops[seq].arrive_s


def _shape(scene: Scene, route: Route) -> Iterator[Violation]:
    """Whether the route is a loop from its depot over stations that the depot supplies, with a known vehicle."""
    name, sites = route.route_id, [stop.site_id for stop in route.stops]
    if len(sites) < 3 or sites[0] != route.depot_id or sites[-1] != route.depot_id:
        yield Violation("route-stops", name, f"is no loop from its depot {route.depot_id} over at least one station")
        return
    if [stop.stop_seq for stop in route.stops] != list(range(len(sites))):
        yield Violation("route-stops", name, "numbers its stops otherwise than 0, 1, 2, …")
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


def _drive(scene: Scene, route: Route, parts: Sequence[Part]) -> Iterator[Violation]:
    """Count the loop stop by stop; a wrong stop is compared with what follows from the stated one before it."""
    vehicle = _vehicle(scene, route)
    assert vehicle is not None, "checked by _shape"  # noqa: S101 (for the type checker)
    load = sum(part.delivery for part in parts)
    yield from _stop(route, route.stops[0], {"arrive_s": 0, "leave_s": 0, "leg_distance_m": 0}, load, None)
    peak = load
    for before, stop, part in zip(route.stops, route.stops[1:], [*parts, None], strict=False):
        way = scene.travel.supply.way(before.site_id, stop.site_id)
        if way is None:
            yield Violation("leg", route.route_id, f"no road leads from {before.site_id} to {stop.site_id}")
            return
        leave_s = arrive_s = before.leave_s + way.duration_s
        if part is not None:
            load += part.pickup - part.delivery
            leave_s += service_s(scene, part.delivery + part.pickup)
        peak = max(peak, load)
        times = {"arrive_s": arrive_s, "leave_s": leave_s, "leg_distance_m": way.distance_m}
        yield from _stop(route, stop, times, load, part)
    yield from _limits(scene, route, vehicle, peak)
    yield from _totals(route, vehicle)


def _stop(route: Route, stop: RouteStop, times: Mapping[str, int], load: int, part: Part | None) -> Iterator[Violation]:
    """``load`` in centiparcels on leaving; ``part`` is None at the depot, which hands over and takes in nothing."""
    subject = f"{route.route_id} stop {stop.stop_seq}"
    yield from differs(ROUTES.name, subject, {name: getattr(stop, name) for name in times}, times, "route-figures")
    delivery, pickup = part or Part(0, 0)
    stated = (stop.load_after_centiparcels, stop.delivery_centiparcels, stop.pickup_centiparcels)
    names = ("load_after_parcels", "delivery_parcels", "pickup_parcels")
    given, counted = (
        {name: f"{amount / 100:.2f}" for name, amount in zip(names, amounts, strict=True)}
        for amounts in (stated, (load, delivery, pickup))
    )
    yield from differs(ROUTES.name, subject, given, counted, "load")


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
    """Whole seconds at a stop: the fixed time and that for each parcel handed over or taken in, rounded up."""
    service = scene.scenario.service
    return math.ceil(round(service.stop_minutes * 60 + service.seconds_per_parcel * centiparcels / 100, 6))


def _visits(scene: Scene) -> Iterator[Violation]:
    visits, service = weekly_visits(scene), scene.scenario.service
    for site_id, counts in _days_of_routes(scene).items():
        if len(counts) > 1:
            message = (
                f"is on routes of {' and '.join(map(str, sorted(counts)))} days a week, so its loads differ by day"
            )
            yield Violation("visits", site_id, message)
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
        elif assignment.outreach is not None:
            counted = outreach_days(scene.scenario, assignment.outreach.kind)
        given = {"service_per_week": assignment.service_per_week}
        yield from differs(ASSIGNMENTS.name, assignment.village_code, given, {"service_per_week": counted}, "visits")


def _days_of_routes(scene: Scene) -> Mapping[str, set[int]]:
    """How many days a week the routes of each station run: one number, unless the plan is uneven."""
    counts: dict[str, set[int]] = defaultdict(set)
    for route in scene.plan.routes:
        for stop in route.stops[1:-1]:
            counts[stop.site_id].add(len(route.days))
    return counts


def _vehicles(scene: Scene) -> Iterator[Violation]:
    """No more vehicles of a type than the fleet has; each stays with its depot and drives one route a day."""
    used: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for route in scene.plan.routes:
        used[route.vehicle_type][route.depot_id].update(route.days)
    for vehicle in scene.scenario.service.fleet:
        needed = sum(max(days.values(), default=0) for days in used[vehicle.name].values())
        if vehicle.count is not None and needed > vehicle.count:
            yield Violation("vehicle-count", vehicle.name, f"{needed} are needed, the fleet has {vehicle.count}")


def _vehicle(scene: Scene, route: Route) -> Vehicle | None:
    return next((kind for kind in scene.scenario.service.fleet if kind.name == route.vehicle_type), None)
