"""The vans of one county: centre to township stations, and stations to their village points, over a week.

Every loop serves the supply links of the plan: each county centre visits the township stations it supplies
(``county-township``), and each station with village points visits them (``township-village``; a centre
too, for points it supplies itself). Money in the solver is in millionths of a yuan: a cost of 1.2 CNY/km is
1,200 a metre. A stop whose load exceeds the largest vehicle is cut into full loads and the rest
(`planner.route.loads.cut_load`), each a visit of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain import Assignment, County, Route, RouteStop, SolveReport, Station, Tier
from planner.errors import UsageError
from planner.route.loads import CENTI, NOTHING, Load, children_by_parent, cut_load, daily_loads, per_visit, service_s
from planner.route.problem import UNREACHABLE, IntArray, RoutingProblem, RoutingResult, VehicleRoute, VehicleType
from planner.route.solve import solve_routes
from planner.route.week import day_patterns, share_out_days, vehicles_needed
from planner.scenario import DAYS_PER_WEEK, METRES_PER_KM, WEEKS_PER_YEAR, Scenario, Vehicle, round_half_up

if TYPE_CHECKING:
    from planner.network import TravelMatrix

MICRO_PER_YUAN: Final = 1_000_000
COUNTY_TOWNSHIP: Final = "county-township"
TOWNSHIP_VILLAGE: Final = "township-village"
MODE: Final = "van"


@dataclass(frozen=True, eq=False)
class RoutePlan:
    """Routes of a county's week, and how often each station is visited.

    ``service_per_week`` counts, for every station, the different days on which a route stops there (7 at a county
    centre, 0 where none does). ``unserved`` are the stations no route could take in full, with the points behind
    them. ``vehicles`` counts, for each type, the vehicles needed when each stays with its depot and drives at most
    one route a day.
    """

    routes: tuple[Route, ...]
    reports: tuple[SolveReport, ...]
    service_per_week: Mapping[str, int]
    unserved: tuple[str, ...]
    vehicles: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One stop to be routed: a station, or a part of one whose load exceeds a vehicle."""

    site_id: str
    load: Load
    service_s: int


@dataclass(frozen=True, slots=True)
class _Loop:
    """All routes of one depot on one echelon."""

    depot_id: str
    echelon: str
    prefix: str
    visits_per_week: int
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Roads:
    """Dense road distances and times between named sites."""

    position: Mapping[str, int]
    distance_m: IntArray
    duration_s: IntArray

    @classmethod
    def between(cls, county: County, site_ids: Sequence[str], supply: TravelMatrix) -> _Roads:
        """Legs among ``site_ids`` out of the sparse matrix; what is absent there is unreachable here."""
        row_of = {site.site_id: row for row, site in enumerate(county.sites)}
        rows = np.array([row_of[site_id] for site_id in site_ids], dtype=np.int64)
        place = np.full(len(county.sites), -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        distance_m = np.full((rows.size, rows.size), UNREACHABLE, dtype=np.int64)
        duration_s = distance_m.copy()
        for k, row in enumerate(rows):
            part = slice(int(supply.indptr[row]), int(supply.indptr[row + 1]))
            to = place[supply.indices[part]]
            distance_m[k, to[to >= 0]] = supply.distance_m[part][to >= 0]
            duration_s[k, to[to >= 0]] = supply.duration_s[part][to >= 0]
        np.fill_diagonal(distance_m, 0)
        np.fill_diagonal(duration_s, 0)
        return cls({site_id: k for k, site_id in enumerate(site_ids)}, distance_m, duration_s)

    def legs(self, site_ids: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Distance and time matrices in the order of ``site_ids``; a site may come twice, at no distance."""
        index = np.array([self.position[site_id] for site_id in site_ids], dtype=np.int64)
        return self.distance_m[np.ix_(index, index)], self.duration_s[np.ix_(index, index)]

    def round_trip_s(self, a: str, b: str) -> int | None:
        """Seconds from ``a`` to ``b`` and back, None when either way is missing."""
        there = int(self.duration_s[self.position[a], self.position[b]])
        back = int(self.duration_s[self.position[b], self.position[a]])
        return None if UNREACHABLE in (there, back) else there + back


def route_county(
    county: County,
    scenario: Scenario,
    stations: Sequence[Station],
    assignments: Sequence[Assignment],
    supply: TravelMatrix,
) -> RoutePlan:
    """Route every supply link of a plan, with as many visits a week as the scenario asks for.

    ``supply`` holds road distances from every site (row) to every site (column), in the order of ``county.sites``.
    Limited vehicle counts are handed out in order: the county centres' loops first, then the others, by site id.

    Raises
    ------
    UsageError
        When stations have no county centre among them, or parents or assignments name no station.
    """
    stations = tuple(sorted(stations, key=lambda station: station.site_id))
    if not stations:
        return RoutePlan((), (), {}, (), {vehicle.name: 0 for vehicle in scenario.service.fleet})
    centres = _centres(stations)
    loops = _loops(county, scenario, stations)
    daily = daily_loads(county, scenario, stations, assignments)
    roads = _Roads.between(county, [station.site_id for station in stations], supply)
    routes: list[Route] = []
    reports: list[SolveReport] = []
    used = [0] * len(scenario.service.fleet)
    missed: set[str] = set()
    for loop in loops:
        if loop.depot_id in missed:
            missed.update(loop.children)
            continue
        found, report, left_out = _route_loop(scenario, loop, daily, roads, used)
        routes += found
        reports.append(report)
        missed |= left_out
        for kind, vehicle in enumerate(scenario.service.fleet):
            used[kind] += vehicles_needed([route.days for route in found if route.vehicle_type == vehicle.name])
    return RoutePlan(
        routes=tuple(routes),
        reports=tuple(reports),
        service_per_week=_service(stations, centres, routes),
        unserved=tuple(sorted(missed)),
        vehicles={vehicle.name: used[kind] for kind, vehicle in enumerate(scenario.service.fleet)},
    )


def _centres(stations: Sequence[Station]) -> frozenset[str]:
    centres = frozenset(station.site_id for station in stations if station.tier is Tier.COUNTY)
    if not centres:
        raise UsageError("a plan to be routed has a county centre, this one has none")
    return centres


def _loops(county: County, scenario: Scenario, stations: Sequence[Station]) -> list[_Loop]:
    """Each centre's loop over its township stations, then each depot's loop over its village points, by site id."""
    tier = {station.site_id: station.tier for station in stations}
    upper_loops: list[_Loop] = []
    loops: list[_Loop] = []
    per_township: dict[str, int] = {}
    for parent, children in sorted(children_by_parent(stations).items()):
        upper = tuple(child.site_id for child in children if tier[child.site_id] is Tier.TOWNSHIP)
        lower = tuple(child.site_id for child in children if tier[child.site_id] is Tier.VILLAGE)
        if upper:
            prefix = f"R1{_letter(len(upper_loops) + 1)}"
            visits = scenario.service.township_visits_per_week
            upper_loops.append(_Loop(parent, COUNTY_TOWNSHIP, prefix, visits, upper))
        if lower:
            township = county.site_by_id[parent].township_code
            per_township[township] = per_township.get(township, 0) + 1
            prefix = f"R2-{township}{_letter(per_township[township])}"
            loops.append(_Loop(parent, TOWNSHIP_VILLAGE, prefix, scenario.service.village_visits_per_week, lower))
    return [*upper_loops, *loops]


def _letter(number: int) -> str:
    """What tells route ids of a second centre, or of a township's second depot, apart: B, C, …; the first has none."""
    return "" if number == 1 else chr(ord("A") + number - 1)


def _route_loop(
    scenario: Scenario, loop: _Loop, daily: Mapping[str, Load], roads: _Roads, used: Sequence[int]
) -> tuple[list[Route], SolveReport, set[str]]:
    """Routes of one depot, the report, and the stations left out.

    A station of which only a part could be served is left out whole, and the rest routed again.
    """
    patterns = day_patterns(loop.visits_per_week)
    capacity = max((v.capacity_parcels for v in scenario.service.fleet if v.count != 0), default=0) * CENTI
    visits = [
        _Visit(site_id, part, service_s(scenario, part))
        for site_id in loop.children
        for part in cut_load(
            scenario,
            per_visit(daily[site_id], loop.visits_per_week),
            capacity,
            roads.round_trip_s(loop.depot_id, site_id),
        )
    ]
    fleet = _fleet(scenario, used, len(patterns))
    left_out: set[str] = set()
    while True:
        wanted = [visit for visit in visits if visit.site_id not in left_out]
        problem = _problem(loop.depot_id, wanted, roads, fleet)
        result = solve_routes(problem, seed=scenario.solver.seed, solution_limit=scenario.solver.route_solution_limit)
        missed = {wanted[stop - 1].site_id for stop in result.unserved}
        left_out |= missed
        if all(wanted[stop - 1].site_id not in missed for route in result.routes for stop in route.stops):
            break
    kinds = [route.vehicle_type for route in result.routes]
    days = share_out_days(patterns, kinds, [route.duration_s for route in result.routes])
    routes = [
        Route(
            route_id=f"{loop.prefix}-{number:02d}",
            echelon=loop.echelon,
            mode=MODE,
            vehicle_type=scenario.service.fleet[route.vehicle_type].name,
            days=days_of_route,
            depot_id=loop.depot_id,
            stops=_stops(loop, problem, wanted, route),
            distance_m=route.distance_m,
            duration_s=route.duration_s,
            annual_cost_cny=annual_route_cost_cny(
                scenario.service.fleet[route.vehicle_type], route.distance_m, len(days_of_route)
            ),
        )
        for number, (route, days_of_route) in enumerate(zip(result.routes, days, strict=True), start=1)
    ]
    return routes, _report(loop, result, scenario), left_out


def _fleet(scenario: Scenario, used: Sequence[int], n_patterns: int) -> tuple[VehicleType, ...]:
    """Vehicles still free; one vehicle drives one route on each of the disjoint day patterns."""
    shift_s = int(scenario.service.shift_hours * 3600)
    return tuple(
        _vehicle_type(vehicle, None if vehicle.count is None else max(0, vehicle.count - taken) * n_patterns, shift_s)
        for vehicle, taken in zip(scenario.service.fleet, used, strict=True)
    )


def _problem(
    depot_id: str, visits: Sequence[_Visit], roads: _Roads, vehicle_types: Sequence[VehicleType]
) -> RoutingProblem:
    """Node 0 is the depot, node k the k-th visit."""
    distance_m, duration_s = roads.legs([depot_id, *(visit.site_id for visit in visits)])
    return RoutingProblem(
        distance_m,
        duration_s,
        [0, *(visit.load.delivery_centiparcels for visit in visits)],
        [0, *(visit.load.pickup_centiparcels for visit in visits)],
        vehicle_types,
        [0, *(visit.service_s for visit in visits)],
    )


def _vehicle_type(vehicle: Vehicle, count: int | None, shift_s: int) -> VehicleType:
    """Costs in millionths of a yuan, rounded once, here."""
    return VehicleType(
        count=count,
        capacity=vehicle.capacity_parcels * CENTI,
        fixed_cost=round_half_up(vehicle.driver_cny_per_day * MICRO_PER_YUAN),
        cost_per_m=round_half_up(vehicle.cost_cny_per_km * MICRO_PER_YUAN / METRES_PER_KM),
        max_duration_s=shift_s,
    )


def annual_route_cost_cny(vehicle: Vehicle, distance_m: int, days_per_week: int) -> int:
    """Whole yuan a year: days a week × 52 × (kilometres × cost per km + the driver's day)."""
    day_cny = distance_m / METRES_PER_KM * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day
    return round_half_up(days_per_week * WEEKS_PER_YEAR * day_cny)


def _stops(
    loop: _Loop, problem: RoutingProblem, visits: Sequence[_Visit], route: VehicleRoute
) -> tuple[RouteStop, ...]:
    """Times from the start of the shift and loads on board, stop by stop; depot first and last."""
    load = sum(visits[node - 1].load.delivery_centiparcels for node in route.stops)
    stops = [RouteStop(0, loop.depot_id, 0, 0, load, 0)]
    before, clock = 0, 0
    for number, node in enumerate((*route.stops, 0), start=1):
        clock += int(problem.duration_s[before, node])
        arrive, carried = clock, NOTHING
        if node:
            visit = visits[node - 1]
            clock, carried = clock + visit.service_s, visit.load
            load += carried.pickup_centiparcels - carried.delivery_centiparcels
        site_id = visits[node - 1].site_id if node else loop.depot_id
        leg_m = int(problem.distance_m[before, node])
        handed = carried.delivery_centiparcels, carried.pickup_centiparcels
        stops.append(RouteStop(number, site_id, arrive, clock, load, leg_m, *handed))
        before = node
    return tuple(stops)


def _report(loop: _Loop, result: RoutingResult, scenario: Scenario) -> SolveReport:
    return SolveReport(
        stage=f"route {loop.echelon} {loop.depot_id}",
        status=result.status,
        objective=result.cost / MICRO_PER_YUAN,
        bound=None if result.bound is None else result.bound / MICRO_PER_YUAN,
        unit="CNY for one visit of every station",
        seconds=result.seconds,
        seed=scenario.solver.seed,
        engine=result.engine,
    )


def _service(stations: Sequence[Station], centres: frozenset[str], routes: Sequence[Route]) -> dict[str, int]:
    days: dict[str, set[int]] = {station.site_id: set() for station in stations}
    for route in routes:
        for stop in route.stops[1:-1]:
            days[stop.site_id].update(route.days)
    return {site_id: DAYS_PER_WEEK if site_id in centres else len(visited) for site_id, visited in days.items()}
