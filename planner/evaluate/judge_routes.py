"""The judge of routes: every stop, load, leg, minute and yuan counted again from the plan and the roads.

A visit hands over a week's parcels of its station divided by its visits a week, rounded up to hundredths of a parcel.
It may be cut into parts, each a stop of its own on the same day.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise, takewhile
from typing import Final

from planner.domain import Route, RouteStop, Station, Tier, UnservedReason
from planner.domain.schema import ASSIGNMENTS, ROUTES, STATIONS
from planner.evaluate.carried import carried_loads, depots_of
from planner.evaluate.indicators import share_of
from planner.evaluate.judge_buses import bus_shape, bus_violations
from planner.evaluate.judge_services import outreach_days
from planner.evaluate.loads import chain
from planner.evaluate.violation import Scene, Violation, differs, metres
from planner.scenario import DAYS_PER_WEEK, WEEKS_PER_YEAR, Vehicle, round_half_up

_TIERS_SERVED: Final = {
    "county-township": {Tier.TOWNSHIP},
    "county-village": {Tier.VILLAGE},
    "county-mixed": {Tier.TOWNSHIP, Tier.VILLAGE},
    "township-village": {Tier.VILLAGE},
}


def route_violations(scene: Scene) -> Iterator[Violation]:
    """Every rule that the plan's routes break, then those about visits and vehicles over all routes."""
    for route_id, times in Counter(route.route_id for route in scene.plan.routes).items():
        if times > 1:
            yield Violation("route-stops", route_id, f"is the id of {times} routes")
    shapes = [tuple(_shape(scene, route)) for route in scene.plan.routes]
    yield from (violation for shape in shapes for violation in shape)
    if not any(shapes):
        for route in scene.plan.routes:
            if not route.is_bus:
                yield from _drive(scene, route)
        yield from bus_violations(scene)
        yield from _loads(scene)
    yield from _visits(scene)
    yield from _market_days(scene)
    yield from _unserved(scene)
    yield from _vehicles(scene)


def weekly_visits(scene: Scene) -> Mapping[str, int]:
    """On how many days a week routes stop at each station, by site id (0 for a station that none visits)."""
    return {site_id: len(visited) for site_id, visited in _visited_days(scene).items()}


def _visited_days(scene: Scene) -> Mapping[str, set[int]]:
    """The days on which routes stop at each station, by site id."""
    days: dict[str, set[int]] = {station.site_id: set() for station in scene.plan.stations}
    for route in scene.plan.routes:
        for stop in route.visits:
            days[stop.site_id].update(route.days)
    return days


def _shape(scene: Scene, route: Route) -> Iterator[Violation]:
    """Whether the route is a round from its depot over stations that it may supply, with a known vehicle."""
    if route.is_bus:
        yield from bus_shape(scene, route)
        return
    name, sites = route.route_id, [stop.site_id for stop in route.stops]
    if len(sites) < 3 or sites[0] != route.depot_id or sites[-1] != route.depot_id:
        yield Violation("route-stops", name, f"is no loop from its depot {route.depot_id} over at least one station")
        return
    if any(pair == (route.depot_id, route.depot_id) for pair in pairwise(sites)):
        yield Violation("route-stops", name, f"has a trip from {route.depot_id} without a stop")
    if [stop.stop_seq for stop in route.stops] != list(range(len(sites))):
        yield Violation("route-stops", name, "numbers its stops otherwise than 0, 1, 2, …")
    if not route.days or list(route.days) != sorted(set(route.days)) or not set(route.days) <= set(range(1, 8)):
        yield Violation("route-days", name, f"runs on days {route.days}, which are not days of one week in order")
    if route.mode not in ROUTES.column("mode").choices:
        yield Violation("route-mode", name, f"has the unknown mode {route.mode}", ROUTES.name, "mode", route.mode)
    if _vehicle(scene, route) is None:
        message = f"is driven by {route.vehicle_type}, which the fleet lacks"
        yield Violation("vehicle", name, message, ROUTES.name, "vehicle_type", route.vehicle_type)
    if route.echelon not in _TIERS_SERVED:
        yield Violation("route-stops", name, f"is of the unknown echelon {route.echelon}", ROUTES.name, "echelon")
        return
    yield from _served(scene, route)


def _served(scene: Scene, route: Route) -> Iterator[Violation]:
    """A stop is a child of the depot or, where the scenario lets points be supplied direct, a point below it."""
    name, plan = route.route_id, scene.plan
    wanted = "township" if route.echelon == "township-village" else "county"
    if plan.station_by_id[route.depot_id].tier is not Tier.from_word(wanted):
        yield Violation("route-stops", name, f"starts at {route.depot_id}, which is no {wanted} station")
    for stop in route.visits:
        station = plan.station_by_id[stop.site_id]
        direct = scene.scenario.routing.direct and _is_direct(scene, station, route.depot_id)
        if station.parent_id != route.depot_id and not direct:
            message = f"stops at {stop.site_id}, a {station.tier.word} station supplied by {station.parent_id}"
            yield Violation("route-stops", name, f"{message}: not on a {route.echelon} route from {route.depot_id}")
        if station.tier not in _TIERS_SERVED[route.echelon]:
            message = f"stops at {stop.site_id}, a {station.tier.word} station: not on a {route.echelon} route"
            yield Violation("route-stops", name, message)
    tiers = {plan.station_by_id[stop.site_id].tier for stop in route.visits}
    if not tiers >= _TIERS_SERVED[route.echelon]:
        words = " and ".join(tier.word for tier in sorted(tiers))
        message = f"stops at {words} stations only, which is no {route.echelon} route"
        yield Violation("route-stops", name, message, ROUTES.name, "echelon", route.echelon)


def _is_direct(scene: Scene, station: Station, depot_id: str) -> bool:
    return station.tier is Tier.VILLAGE and depot_id == chain(scene.plan, station.site_id)[-1]


def _drive(scene: Scene, route: Route) -> Iterator[Violation]:
    """Count the round stop by stop; a wrong stop is compared with what follows from the stated one before it."""
    vehicle = _vehicle(scene, route)
    assert vehicle is not None, "checked by _shape"  # noqa: S101 (for the type checker)
    load = peak = _loaded(route, 0)
    cold = most_cold = 0
    yield from _stop(route, route.stops[0], {"arrive_s": 0, "leave_s": 0, "leg_distance_m": 0}, load)
    for before, stop in pairwise(route.stops):
        way = scene.travel.supply.way(before.site_id, stop.site_id)
        if way is None:
            yield Violation("leg", route.route_id, f"no road leads from {before.site_id} to {stop.site_id}")
            return
        leave_s = arrive_s = before.leave_s + way.duration_s
        if stop.site_id != route.depot_id:
            load += stop.pickup_centiparcels - stop.delivery_centiparcels
            cold += stop.cold_pickup_centiparcels
            if not 0 <= stop.cold_pickup_centiparcels <= stop.pickup_centiparcels:
                message = f"takes in more cooled parcels than parcels at stop {stop.stop_seq}"
                yield Violation("load", route.route_id, message)
            leave_s += service_s(scene, stop.pickup_centiparcels + stop.delivery_centiparcels)
        elif stop is not route.stops[-1]:
            load, cold = _loaded(route, stop.stop_seq), 0
            leave_s += reload_s(scene)
        peak, most_cold = max(peak, load - cold), max(most_cold, cold)
        times = {"arrive_s": arrive_s, "leave_s": leave_s, "leg_distance_m": way.distance_m}
        yield from _stop(route, stop, times, load)
    yield from _limits(scene, route, vehicle, peak, most_cold)
    yield from _totals(route, vehicle)


def _loaded(route: Route, start: int) -> int:
    """Deliveries on board when leaving the depot at stop number ``start``: those up to the next return."""
    trip = takewhile(lambda stop: stop.site_id != route.depot_id, route.stops[start + 1 :])
    return sum(stop.delivery_centiparcels for stop in trip)


def _stop(route: Route, stop: RouteStop, times: Mapping[str, int], load: int) -> Iterator[Violation]:
    """``load`` in centiparcels on leaving. At the depot nothing is handed over or taken in."""
    subject = f"{route.route_id} stop {stop.stop_seq}"
    yield from differs(ROUTES.name, subject, {name: getattr(stop, name) for name in times}, times, "route-figures")
    given, counted = {"load_after_parcels": stop.load_after_centiparcels}, {"load_after_parcels": load}
    if stop.site_id == route.depot_id:
        given |= {"delivery_parcels": stop.delivery_centiparcels, "pickup_parcels": stop.pickup_centiparcels}
        given |= {"cold_pickup_parcels": stop.cold_pickup_centiparcels}
        counted |= {"delivery_parcels": 0, "pickup_parcels": 0, "cold_pickup_parcels": 0}
    stated, wanted = ({name: f"{amount / 100:.2f}" for name, amount in each.items()} for each in (given, counted))
    yield from differs(ROUTES.name, subject, stated, wanted, "load")


def _loads(scene: Scene) -> Iterator[Violation]:
    """On each of a station's days its stops hand over and take in one visit's parcels together, and what is cooled."""
    loads, visits = carried_loads(scene.county, scene.scenario, scene.plan), weekly_visits(scene)
    stops: dict[str, list[tuple[Route, RouteStop]]] = defaultdict(list)
    for route in scene.plan.routes:
        for stop in route.visits:
            stops[stop.site_id].append((route, stop))
    for site_id, at in stops.items():
        wanted = [-(-DAYS_PER_WEEK * amount // visits[site_id]) for amount in loads[site_id]]
        has_store = scene.plan.station_by_id[site_id].cold is not None
        wanted.append(share_of(scene.scenario.cold.route_share, wanted[1]) if has_store else 0)
        for day in sorted({day for route, _ in at for day in route.days}):
            today = [stop for route, stop in at if day in route.days]
            given = [sum(s.delivery_centiparcels for s in today), sum(s.pickup_centiparcels for s in today)]
            given.append(sum(s.cold_pickup_centiparcels for s in today))
            for word, amount, least in zip(("delivered", "picked up", "cooled"), given, wanted, strict=True):
                if amount != least:
                    message = f"{amount / 100:.2f} parcels are {word} on day {day}, a visit is {least / 100:.2f}"
                    yield Violation("load", site_id, message)


def _limits(scene: Scene, route: Route, vehicle: Vehicle, peak: int, most_cold: int) -> Iterator[Violation]:
    """``peak`` and ``most_cold`` are the most centiparcels on board outside and inside the cooled compartment."""
    service = scene.scenario.service
    if most_cold > vehicle.cold_parcels * 100:
        message = f"carries {most_cold / 100:.2f} parcels cooled, {vehicle.name} takes {vehicle.cold_parcels}"
        yield Violation("cold-capacity", route.route_id, message)
    if peak > vehicle.capacity_parcels * 100:
        message = f"carries {peak / 100:.2f} parcels, {vehicle.name} takes {vehicle.capacity_parcels}"
        yield Violation("vehicle-capacity", route.route_id, message)
    shift_s = round_half_up(service.shift_hours * 3600)
    if route.stops[-1].leave_s > shift_s:
        message = f"is back after {route.stops[-1].leave_s} s, the shift ends after {shift_s} s"
        yield Violation("shift", route.route_id, message)
    distance_m = sum(stop.leg_distance_m for stop in route.stops)
    if vehicle.range_km is not None and distance_m > metres(vehicle.range_km):
        message = f"drives {distance_m} m, {vehicle.name} has a range of {vehicle.range_km:g} km"
        yield Violation("vehicle-range", route.route_id, message)
    if service.trips_per_shift is not None and route.trips > service.trips_per_shift:
        message = f"leaves its depot {route.trips} times, {service.trips_per_shift} are the most a shift"
        yield Violation("trips", route.route_id, message)


def _totals(route: Route, vehicle: Vehicle) -> Iterator[Violation]:
    distance_m, duration_s = sum(stop.leg_distance_m for stop in route.stops), route.stops[-1].leave_s
    counted = {
        "distance_m": distance_m,
        "duration_s": duration_s,
        "annual_cost_cny": route_cost_cny(len(route.days), distance_m, duration_s, vehicle),
    }
    given = {name: getattr(route, name) for name in counted}
    yield from differs(ROUTES.name, route.route_id, given, counted, "route-figures")


def route_cost_cny(days_per_week: int, distance_m: int, duration_s: int, vehicle: Vehicle) -> int:
    """Yearly cost of a route in whole yuan: kilometres, hours and drivers' days over 52 weeks."""
    day_cny = distance_m / 1000 * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day
    day_cny += duration_s / 3600 * vehicle.cost_cny_per_hour
    return round_half_up(days_per_week * WEEKS_PER_YEAR * day_cny)


def service_s(scene: Scene, centiparcels: int) -> int:
    """Whole seconds at a stop: the fixed time and that for each parcel handed over or taken in, rounded up."""
    service = scene.scenario.service
    return math.ceil(round(service.stop_minutes * 60 + service.seconds_per_parcel * centiparcels / 100, 6))


def reload_s(scene: Scene) -> int:
    """Whole seconds at the depot between two trips, rounded up."""
    return math.ceil(round(scene.scenario.service.reload_minutes * 60, 6))


def _visits(scene: Scene) -> Iterator[Violation]:
    visits, service = weekly_visits(scene), scene.scenario.service
    for site_id, depots in depots_of(scene.plan).items():
        if len(depots) > 1:
            message = f"is supplied from {' and '.join(sorted(depots))}, not from one depot"
            yield Violation("ways", site_id, message)
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


def _market_days(scene: Scene) -> Iterator[Violation]:
    """A township station that is served at all is visited on each market day of its township."""
    if not scene.scenario.service.visit_on_market_days:
        return
    visited, county = _visited_days(scene), scene.county
    for station in scene.plan.stations:
        if station.tier is not Tier.TOWNSHIP or not visited[station.site_id]:
            continue
        town = county.township_by_code[county.site_by_id[station.site_id].township_code]
        for day in town.market_days:
            if day not in visited[station.site_id]:
                message = f"is not visited on day {day}, a market day of {town.name}"
                yield Violation("market-day", station.site_id, message)


def _unserved(scene: Scene) -> Iterator[Violation]:
    """A station has a reason for being unserved exactly when no route stops there, and one that holds."""
    plan, visits = scene.plan, weekly_visits(scene)
    for station in plan.stations:
        reason = plan.unserved.get(station.site_id)
        served = station.tier is Tier.COUNTY or visits[station.site_id] > 0
        message = ""
        if served and reason is not None:
            message = f"is unserved ({reason}), but has service"
        elif not served and reason is None:
            message = "has no route, and no reason is given"
        elif reason is not None:
            message = _wrong_reason(scene, station, reason)
        if message:
            yield Violation("unserved", station.site_id, message, STATIONS.name, "unserved", reason or "")


def _wrong_reason(scene: Scene, station: Station, reason: UnservedReason) -> str:
    """What speaks against a reason that can be counted: no road, too far for every vehicle or the shift."""
    parent, service = str(station.parent_id), scene.scenario.service
    if reason is UnservedReason.PARENT:
        return "" if parent in scene.plan.unserved else f"is unserved because {parent} is, which has service"
    there, back = (scene.travel.supply.way(*pair) for pair in ((parent, station.site_id), (station.site_id, parent)))
    if there is None or back is None:
        wrong = reason is not UnservedReason.UNREACHABLE
        return f"is unserved ({reason}), but no road leads there and back" if wrong else ""
    trip_m, trip_s = there.distance_m + back.distance_m, there.duration_s + back.duration_s
    within = any(kind.range_km is None or trip_m <= metres(kind.range_km) for kind in service.fleet)
    excluded = {
        UnservedReason.UNREACHABLE: True,
        UnservedReason.TOO_FAR: within,
        UnservedReason.SHIFT: trip_s + service_s(scene, 0) <= round_half_up(service.shift_hours * 3600)
        and not carried_loads(scene.county, scene.scenario, scene.plan)[station.site_id].delivery,
    }
    return f"is unserved ({reason}), but a vehicle can drive there and back" if excluded.get(reason) else ""


def _vehicles(scene: Scene) -> Iterator[Violation]:
    """No more vehicles of a type than the fleet has; each stays with its depot and drives one route a day."""
    used: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for route in scene.plan.routes:
        if not route.is_bus:
            used[route.vehicle_type][route.depot_id].update(route.days)
    for vehicle in scene.scenario.service.fleet:
        needed = sum(max(days.values(), default=0) for days in used[vehicle.name].values())
        if vehicle.count is not None and needed > vehicle.count:
            yield Violation("vehicle-count", vehicle.name, f"{needed} are needed, the fleet has {vehicle.count}")


def _vehicle(scene: Scene, route: Route) -> Vehicle | None:
    return next((kind for kind in scene.scenario.service.fleet if kind.name == route.vehicle_type), None)
