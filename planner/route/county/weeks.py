"""The week of one depot: which vehicle drives which round on which days, solved once for each set of stops.

Money in the solver is in millionths of a yuan: a cost of 1.2 CNY/km is 1,200 a metre. A stop whose load exceeds the
largest vehicle is cut into full loads and the rest (`planner.route.loads.cut_load`), each a visit of its own, all
on the same days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from planner.domain import SolveStatus
from planner.route.county.carried import MICRO_PER_YUAN, Stop
from planner.route.county.roads import Roads
from planner.route.loads import CENTI, Load, cut_load, per_visit, service_s
from planner.route.problem import RoutingProblem, VehicleRoute, VehicleType
from planner.route.solve import solve_routes
from planner.route.week import day_patterns, share_out_days, vehicles_needed
from planner.scenario import METRES_PER_KM, Scenario, Vehicle, round_half_up

Left = tuple[int | None, ...]
"""Vehicles still free, by type; None for as many as needed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop to be routed: a station, or a part of one whose load exceeds a vehicle."""

    site_id: str
    load: Load
    service_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """What one vehicle drives on each of ``days``: ``stops`` number the visits, from 1.

    Before the stops at the positions in ``returns`` it goes back to the depot and loads again.
    """

    days: tuple[int, ...]
    vehicle_type: int
    stops: tuple[int, ...]
    returns: tuple[int, ...]
    distance_m: int
    duration_s: int
    cost: int


@dataclass(frozen=True, slots=True, eq=False)
class DepotWeek:
    """The rounds of one depot. ``cost`` and ``bound`` are of a week, in millionths of a yuan."""

    depot_id: str
    visits: tuple[Visit, ...]
    shifts: tuple[Shift, ...]
    unserved: Mapping[str, str]
    cost: int
    bound: int | None
    status: SolveStatus
    seconds: float
    engine: str

    def vehicles(self, n_types: int) -> tuple[int, ...]:
        """Vehicles of each type that the busiest day needs."""
        return tuple(
            vehicles_needed([shift.days for shift in self.shifts if shift.vehicle_type == kind])
            for kind in range(n_types)
        )


@dataclass(slots=True)
class Weeks:
    """Depots' weeks, each solved once for the same stops, loads and vehicles."""

    scenario: Scenario
    roads: Roads
    solved: dict[tuple[str, tuple[Stop, ...], Left], DepotWeek] = field(default_factory=dict)
    work: int = 0
    """Stops of all weeks solved so far: what the search counts its effort by."""

    def week(self, depot_id: str, stops: tuple[Stop, ...], left: Left) -> DepotWeek:
        """The week of one depot whose vans call at ``stops``, with the vehicles that are ``left``."""
        key = depot_id, stops, left
        if key not in self.solved:
            self.work += len(stops)
            self.solved[key] = self._solve(*key)
        return self.solved[key]

    def is_solved(self, depot_id: str, stops: tuple[Stop, ...], left: Left) -> bool:
        """Whether asking for this week costs no work."""
        return (depot_id, stops, left) in self.solved

    def visits(self, depot_id: str, stop: Stop) -> tuple[Visit, ...]:
        """One visit of a station, in as many parts as the vehicles need."""
        trip = self.roads.round_trip(depot_id, stop.site_id)
        capacity = largest_capacity(self.scenario, None if trip is None else trip[0])
        load = per_visit(stop.daily, stop.visits_per_week)
        return tuple(
            Visit(stop.site_id, part, service_s(self.scenario, part))
            for part in cut_load(self.scenario, load, capacity, None if trip is None else trip[1])
        )

    def _solve(self, depot_id: str, stops: tuple[Stop, ...], left: Left) -> DepotWeek:
        weeks: list[DepotWeek] = []
        for frequency in sorted({stop.visits_per_week for stop in stops}, reverse=True):
            same = [stop for stop in stops if stop.visits_per_week == frequency]
            weeks.append(self._solve_same(depot_id, same, frequency, left))
            used = weeks[-1].vehicles(len(left))
            left = tuple(None if free is None else free - taken for free, taken in zip(left, used, strict=True))
        return _joined(depot_id, weeks)

    def _solve_same(self, depot_id: str, stops: Sequence[Stop], frequency: int, left: Left) -> DepotWeek:
        """All stops visited equally often. One of which only a part could be served is left out whole."""
        patterns = day_patterns(frequency)
        fleet = tuple(
            vehicle_type(self.scenario, vehicle, None if free is None else free * len(patterns))
            for vehicle, free in zip(self.scenario.service.fleet, left, strict=True)
        )
        wanted = list(stops)
        unserved: dict[str, str] = {}
        while True:
            visits = tuple(visit for stop in wanted for visit in self.visits(depot_id, stop))
            problem = self._problem(depot_id, visits, fleet)
            solver = self.scenario.solver
            result = solve_routes(problem, seed=solver.seed, solution_limit=solver.route_solution_limit)
            missed = {visits[stop - 1].site_id for stop in result.unserved}
            unserved |= {site_id: self._reason(depot_id, site_id, visits) for site_id in sorted(missed)}
            if all(visits[stop - 1].site_id not in missed for route in result.routes for stop in route.stops):
                break
            wanted = [stop for stop in wanted if stop.site_id not in missed]
        days = _days(patterns, visits, result.routes)
        shifts = tuple(
            Shift(days[k], route.vehicle_type, route.stops, (), route.distance_m, route.duration_s, route.cost)
            for k, route in enumerate(result.routes)
        )
        return DepotWeek(
            depot_id, visits, shifts, unserved, frequency * result.cost,
            None if result.bound is None else frequency * result.bound, result.status, result.seconds, result.engine,
        )  # fmt: skip

    def _problem(self, depot_id: str, visits: Sequence[Visit], fleet: Sequence[VehicleType]) -> RoutingProblem:
        """Node 0 is the depot, node k the k-th visit."""
        distance_m, duration_s = self.roads.legs([depot_id, *(visit.site_id for visit in visits)])
        return RoutingProblem(
            distance_m,
            duration_s,
            [0, *(visit.load.delivery_centiparcels for visit in visits)],
            [0, *(visit.load.pickup_centiparcels for visit in visits)],
            fleet,
            [0, *(visit.service_s for visit in visits)],
        )

    def _reason(self, depot_id: str, site_id: str, visits: Sequence[Visit]) -> str:
        """Why not even a round to this station alone could be driven, else that vehicles are too few."""
        trip = self.roads.round_trip(depot_id, site_id)
        if trip is None:
            return "unreachable"
        fleet = self.scenario.service.fleet
        if all(vehicle.count == 0 for vehicle in fleet):
            return "fleet"
        if all(vehicle.range_km is not None and trip[0] > range_m(vehicle.range_km) for vehicle in fleet):
            return "too_far"
        longest = max(visit.service_s for visit in visits if visit.site_id == site_id)
        if trip[1] + longest > self.scenario.service.shift_hours * 3600:
            return "shift"
        return "fleet"


def _days(
    patterns: Sequence[tuple[int, ...]], visits: Sequence[Visit], routes: Sequence[VehicleRoute]
) -> list[tuple[int, ...]]:
    """Days of each route; those that carry parts of one station have the same."""
    bundle = list(range(len(routes)))
    first: dict[str, int] = {}
    for number, route in enumerate(routes):
        for stop in route.stops:
            old, new = bundle[first.setdefault(visits[stop - 1].site_id, number)], bundle[number]
            bundle = [old if each == new else each for each in bundle]
    names = list(dict.fromkeys(bundle))
    seconds = [sum(r.duration_s for r, b in zip(routes, bundle, strict=True) if b == name) for name in names]
    shared = dict(zip(names, share_out_days(patterns, [0] * len(names), seconds), strict=True))
    return [shared[name] for name in bundle]


def largest_capacity(scenario: Scenario, round_trip_m: int | None) -> int:
    """Hundredths of a parcel in the largest vehicle there is that can drive there and back."""
    fleet = [vehicle for vehicle in scenario.service.fleet if vehicle.count != 0]
    if round_trip_m is not None:
        fleet = [v for v in fleet if v.range_km is None or round_trip_m <= range_m(v.range_km)] or fleet
    return max((vehicle.capacity_parcels for vehicle in fleet), default=0) * CENTI


def range_m(range_km: float) -> int:
    """A vehicle's range in whole metres."""
    return round_half_up(range_km * METRES_PER_KM)


def vehicle_type(scenario: Scenario, vehicle: Vehicle, count: int | None) -> VehicleType:
    """Costs in millionths of a yuan, rounded once, here."""
    return VehicleType(
        count=count,
        capacity=vehicle.capacity_parcels * CENTI,
        fixed_cost=round_half_up(vehicle.driver_cny_per_day * MICRO_PER_YUAN),
        cost_per_m=round_half_up(vehicle.cost_cny_per_km * MICRO_PER_YUAN / METRES_PER_KM),
        cost_per_s=round_half_up(vehicle.cost_cny_per_hour * MICRO_PER_YUAN / 3600),
        max_duration_s=round_half_up(scenario.service.shift_hours * 3600),
        max_distance_m=None if vehicle.range_km is None else range_m(vehicle.range_km),
    )


def _joined(depot_id: str, weeks: Sequence[DepotWeek]) -> DepotWeek:
    """The rounds of several weeks side by side; proven only when all are."""
    visits: tuple[Visit, ...] = ()
    shifts: list[Shift] = []
    for week in weeks:
        moved = len(visits)
        shifts += [
            Shift(s.days, s.vehicle_type, tuple(k + moved for k in s.stops), (), s.distance_m, s.duration_s, s.cost)
            for s in week.shifts
        ]
        visits += week.visits
    bounds = [week.bound for week in weeks if week.bound is not None]
    statuses = [week.status for week in weeks]
    proven = all(status is SolveStatus.OPTIMAL for status in statuses)
    return DepotWeek(
        depot_id=depot_id,
        visits=visits,
        shifts=tuple(shifts),
        unserved={site_id: reason for week in weeks for site_id, reason in week.unserved.items()},
        cost=sum(week.cost for week in weeks),
        bound=sum(bounds) if len(bounds) == len(weeks) else None,
        status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE,
        seconds=sum(week.seconds for week in weeks),
        engine="+".join(dict.fromkeys(week.engine for week in weeks)),
    )
