"""The judge of buses: every ride against the timetable, every trip's hold, every yuan, counted from the plan.

A ride boards near the station that hands the parcels over and alights, at a later stop of the same trip, near the one
that takes them. All that rides a trip over a segment on one day fits its free hold space.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from planner.domain import BusLine, Plan, Route, Tier
from planner.domain.clock import clock
from planner.domain.schema import ROUTES
from planner.evaluate.lines import Timetable, timetable
from planner.evaluate.loads import chain
from planner.evaluate.violation import Scene, Violation, differs
from planner.scenario import WEEKS_PER_YEAR, Scenario, round_half_up

MICRO: Final = 1_000_000


def bus_shape(scene: Scene, route: Route) -> Iterator[Violation]:
    """Whether a bus route is a ride between its depot and a station that the depot may supply, on a line there is."""
    name, sites = route.route_id, [stop.site_id for stop in route.stops]
    line = _line(scene, route)
    if route.bus is None or line is None:
        yield Violation("bus", name, f"rides {route.vehicle_type}, no passenger line", ROUTES.name, "vehicle_type")
        return
    if len(sites) != 2 or sites.count(route.depot_id) != 1 or [stop.stop_seq for stop in route.stops] != [0, 1]:
        yield Violation("route-stops", name, f"is no ride between its depot {route.depot_id} and one station")
        return
    if route.vehicle_type != line.line_id:
        message = f"is of line {route.vehicle_type}, its ride of {line.line_id}"
        yield Violation("bus", name, message, ROUTES.name, "vehicle_type", route.vehicle_type, line.line_id)
    station = scene.plan.station_by_id[route.visits[0].site_id]
    wanted = "county-township" if station.tier is Tier.TOWNSHIP else "county-village"
    if scene.plan.station_by_id[route.depot_id].tier is Tier.TOWNSHIP:
        wanted = "township-village"
    if route.depot_id not in chain(scene.plan, station.site_id)[1:]:
        yield Violation("route-stops", name, f"rides to {station.site_id}, which {route.depot_id} may not supply")
    yield from differs(ROUTES.name, name, {"echelon": route.echelon}, {"echelon": wanted}, "route-stops")
    table = timetable(scene.county, scene.scenario, line)
    if table is None:
        yield Violation("bus", name, f"rides line {line.line_id}, whose timetable or hold space nobody knows")
        return
    if route.bus.assumed != table.assumed:
        words = [" and ".join(each) or "nothing" for each in (route.bus.assumed, table.assumed)]
        yield Violation("bus", name, f"says that {words[0]} of line {line.line_id} is assumed, it is {words[1]}")
    yield from _trip(route, table)


def _trip(route: Route, table: Timetable) -> Iterator[Violation]:
    name, trip = route.route_id, route.bus
    assert trip is not None, "checked by bus_shape"  # noqa: S101 (for the type checker)
    if trip.departure_min not in table.departures:
        message = f"rides a trip that departs at {clock(60 * trip.departure_min)}, which line {trip.line_id} has not"
        yield Violation("bus-timetable", name, message)
    if not 1 <= trip.board < trip.alight <= len(table.minutes):
        message = f"boards at stop {trip.board} and alights at stop {trip.alight}: not a later stop of line"
        yield Violation("bus-timetable", name, f"{message} {trip.line_id}, which has {len(table.minutes)}")
    days = list(route.days)
    if not days or days != sorted(set(days)) or not set(days) <= set(table.days):
        yield Violation("route-days", name, f"rides on days {route.days}, line {trip.line_id} runs on {table.days}")


def bus_violations(scene: Scene) -> Iterator[Violation]:
    """Of bus routes of the right shape: times, stops near their stations, loads, hold space and money."""
    on_board: Counter[tuple[str, int, int, int]] = Counter()
    holds: dict[str, int] = {}
    for route in scene.plan.routes:
        line = _line(scene, route)
        if not route.is_bus or route.bus is None or line is None:
            continue
        table = timetable(scene.county, scene.scenario, line)
        assert table is not None, "checked by bus_shape"  # noqa: S101 (for the type checker)
        holds[line.line_id] = table.hold
        yield from _ride(scene, route, table)
        yield from _near(scene, route)
        trip, amount = route.bus, sum(s.delivery_centiparcels + s.pickup_centiparcels for s in route.visits)
        for day in route.days:
            for segment in range(trip.board, trip.alight):
                on_board[line.line_id, day, trip.departure_min, segment] += amount
    for (line_id, day, departure, segment), amount in sorted(on_board.items()):
        if amount > holds[line_id]:
            message = f"carries {amount / 100:.2f} parcels after stop {segment} on day {day}, departure"
            room = f"{clock(60 * departure)}; {holds[line_id] / 100:.2f} fit"
            yield Violation("bus-hold", line_id, f"{message} {room}")
    yield from _services(scene)


def _ride(scene: Scene, route: Route, table: Timetable) -> Iterator[Violation]:
    """Times and loads follow from the timetable and what the station gets or sends; the cost from the tariff."""
    trip = route.bus
    assert trip is not None, "checked by bus_shape"  # noqa: S101 (for the type checker)
    out = route.stops[0].site_id == route.depot_id
    (station,) = route.visits
    load = station.delivery_centiparcels if out else station.pickup_centiparcels
    for stop, position in zip(route.stops, (trip.board, trip.alight), strict=True):
        at_s = (trip.departure_min + table.minutes[position - 1]) * 60 - scene.scenario.service.day_starts_s
        at_station = stop is station
        counted = {
            "arrive_s": at_s,
            "leave_s": at_s,
            "leg_distance_m": 0,
            "delivery_parcels": _parcels(load if at_station and out else 0),
            "pickup_parcels": _parcels(load if at_station and not out else 0),
            "load_after_parcels": _parcels(load if stop is route.stops[0] else 0),
        }
        given = {
            "arrive_s": stop.arrive_s,
            "leave_s": stop.leave_s,
            "leg_distance_m": stop.leg_distance_m,
            "delivery_parcels": _parcels(stop.delivery_centiparcels),
            "pickup_parcels": _parcels(stop.pickup_centiparcels),
            "load_after_parcels": _parcels(stop.load_after_centiparcels),
        }
        yield from differs(ROUTES.name, f"{route.route_id} stop {stop.stop_seq}", given, counted, "route-figures")
    counted = {
        "distance_m": 0,
        "duration_s": (table.minutes[trip.alight - 1] - table.minutes[trip.board - 1]) * 60,
        "annual_cost_cny": bus_cost_cny(scene.scenario, len(route.days), load),
    }
    yield from differs(
        ROUTES.name, route.route_id, {name: getattr(route, name) for name in counted}, counted, "route-figures"
    )


def bus_cost_cny(scenario: Scenario, days_per_week: int, centiparcels: int) -> int:
    """Yearly cost of a ride in whole yuan: so much a parcel and so much a handing-over, over 52 weeks."""
    return round_half_up(days_per_week * WEEKS_PER_YEAR * _day_micro(scenario, centiparcels) / MICRO)


def _day_micro(scenario: Scenario, centiparcels: int) -> int:
    buses = scenario.buses
    parcels = round_half_up(centiparcels * round_half_up(buses.cny_per_parcel * MICRO) / 100)
    return parcels + round_half_up(buses.handover_cny * MICRO)


def bus_micro_cny_per_week(scenario: Scenario, plan: Plan) -> int:
    """What all rides cost a week, in millionths of a yuan."""
    return sum(
        len(route.days)
        * _day_micro(scenario, sum(s.delivery_centiparcels + s.pickup_centiparcels for s in route.visits))
        for route in plan.routes
        if route.is_bus
    )


def _near(scene: Scene, route: Route) -> Iterator[Violation]:
    """Both stops lie near the stations between which the parcels ride, in the direction in which they are carried."""
    trip, buses = route.bus, scene.scenario.buses
    assert trip is not None, "checked by bus_shape"  # noqa: S101 (for the type checker)
    board, alight = (stop_key(trip.line_id, position) for position in (trip.board, trip.alight))
    start, end = (stop.site_id for stop in route.stops)
    for site_id, stop, ways in ((start, board, scene.travel.to_stops), (end, alight, scene.travel.from_stops)):
        pair = (site_id, stop) if stop == board else (stop, site_id)
        way = None if ways is None else ways.way(*pair)
        centre = scene.plan.station_by_id[site_id].tier is Tier.COUNTY
        limit_m = round_half_up(buses.centre_radius_m if centre else buses.stop_radius_m)
        if way is None or way.distance_m > limit_m:
            far = "no road leads" if way is None else f"{way.distance_m} m lie"
            message = f"{far} between {site_id} and stop {stop} of its line, {limit_m} m are the most"
            yield Violation("bus-stop", route.route_id, message)


def stop_key(line_id: str, position: int) -> str:
    """How measured ways name a stop of a line, numbered from 1."""
    return f"{line_id}#{position}"


def _services(scene: Scene) -> Iterator[Violation]:
    """A station goes by bus or by van, not both; all its rides run on the same days, each on a trip of its own."""
    modes: dict[str, set[str]] = defaultdict(set)
    rides: dict[str, list[Route]] = defaultdict(list)
    for route in scene.plan.routes:
        for stop in route.visits:
            modes[stop.site_id].add(route.mode)
            if route.is_bus:
                rides[stop.site_id].append(route)
    for site_id, its in sorted(rides.items()):
        if len(modes[site_id]) > 1:
            yield Violation("ways", site_id, "is supplied by bus and by van")
        if len({route.days for route in its}) > 1:
            yield Violation("route-days", site_id, "has rides on different days")
        for trip, times in Counter((r.vehicle_type, r.bus.departure_min) for r in its if r.bus).items():
            if times > 1:
                yield Violation("bus", site_id, f"has {times} rides on the trip of {trip[0]} at {clock(60 * trip[1])}")


def used_stops(plan: Plan) -> Mapping[tuple[str, int], None]:
    """Line and stop (from 1) of every stop at which parcels are handed over."""
    return {
        (route.bus.line_id, position): None
        for route in plan.routes
        if route.bus is not None
        for position in (route.bus.board, route.bus.alight)
    }


def _line(scene: Scene, route: Route) -> BusLine | None:
    wanted = None if route.bus is None else route.bus.line_id
    return next((line for line in scene.county.bus_lines if line.line_id == wanted), None)


def _parcels(centiparcels: int) -> str:
    return f"{centiparcels / 100:.2f}"
