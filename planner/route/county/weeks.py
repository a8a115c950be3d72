"""The week of one depot: which vehicle drives which round on which days, solved once for each set of stops.

Money in the solver is in millionths of a yuan: a cost of 1.2 CNY/km is 1,200 a metre. A stop whose load exceeds the
largest vehicle is cut into full loads and the rest (`planner.route.loads.cut_load`), each a visit of its own, all
on the same days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

import numpy as np

from planner.domain import SolveStatus
from planner.route.county.carried import MICRO_PER_YUAN, Stop
from planner.route.county.roads import Roads
from planner.route.loads import CENTI, NOTHING, Load, cold_part, cut_load, per_visit, reload_s, service_s
from planner.route.problem import IntArray, VehicleType
from planner.route.week import PeriodicProblem, patterns_for, solve_week, trips_of, vehicles_needed, week_bound
from planner.scenario import METRES_PER_KM, Scenario, Vehicle, round_half_up

FULL_SEARCH: Final = 20
"""Visits up to which a week gets the scenario's whole limit of solutions; a solution of a larger one takes longer."""

LARGE_WEEK: Final = 50
"""Solving a week takes about the square of its visits, up to so many; from there on searches end by their limits."""

BOUND_WORK: Final = 350_000_000
BOUND_WORK_A_VISIT: Final = 4_800_000
"""Legs and labels that the bounds of a county's weeks may look at, and that of a week for each visit: one or two
seconds."""

Left = tuple[int | None, ...]
"""Vehicles still free, by type; None for as many as needed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop to be routed: a station, a part of one whose load exceeds a vehicle, or what travels ``cold``."""

    site_id: str
    load: Load
    service_s: int
    cold: bool = False


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
    """Depots' weeks, each solved once for the same stops, loads and vehicles; bounds are for the chosen ones only."""

    scenario: Scenario
    roads: Roads
    solved: dict[tuple[str, tuple[Stop, ...], Left], DepotWeek] = field(default_factory=dict)
    work: int = 0
    """What the weeks solved so far have cost: the search counts its effort by it (`LARGE_WEEK`)."""

    def week(self, depot_id: str, stops: tuple[Stop, ...], left: Left) -> DepotWeek:
        """The week of one depot whose vans call at ``stops``, with the vehicles that are ``left``."""
        key = depot_id, stops, left
        if key not in self.solved:
            self.solved[key] = self._solve(*key)
        return self.solved[key]

    def with_bounds(self, weeks: Sequence[DepotWeek], stops: Mapping[str, tuple[Stop, ...]]) -> tuple[DepotWeek, ...]:
        """``weeks`` with bounds where nothing is proven yet; ``stops`` are those of each depot.

        Work goes to each in the ratio of its visits squared.
        """
        sizes = [len(week.visits) ** 2 if is_open(week) else 0 for week in weeks]
        work = [
            min(BOUND_WORK * size // max(1, sum(sizes)), BOUND_WORK_A_VISIT * len(week.visits))
            for week, size in zip(weeks, sizes, strict=True)
        ]
        return tuple(
            self._with_bound(week, stops[week.depot_id], limit) if limit else week
            for week, limit in zip(weeks, work, strict=True)
        )

    def _with_bound(self, week: DepotWeek, stops: tuple[Stop, ...], work_limit: int) -> DepotWeek:
        """The bound holds for all of the county's vehicles, whatever other depots leave of them."""
        started = perf_counter()
        counts = tuple(vehicle.count for vehicle in self.scenario.service.fleet)
        problem = self._problem(week.depot_id, stops, week.visits, counts)
        trips = [trip for s in week.shifts for trip in trips_of(s.vehicle_type, s.stops, s.returns)]
        bound = max(week.bound or 0, week_bound(problem, week.cost, trips=trips, work_limit=work_limit))
        status = SolveStatus.OPTIMAL if bound == week.cost else week.status
        return replace(week, bound=bound, status=status, seconds=week.seconds + perf_counter() - started)

    def visits(self, depot_id: str, stop: Stop) -> tuple[Visit, ...]:
        """One visit of a station, in as many parts as the vehicles need; what travels cooled in parts of its own."""
        trip_m, trip_s = self.roads.round_trip(depot_id, stop.site_id) or (None, None)
        whole = per_visit(stop.daily, stop.visits_per_week)
        plain, cold = cold_part(self.scenario, whole) if stop.cold else (whole, NOTHING)
        loads = [(plain, False)] if cold == NOTHING or plain != NOTHING else []
        loads += [(cold, True)] if cold != NOTHING else []
        return tuple(
            Visit(stop.site_id, part, service_s(self.scenario, part), is_cold)
            for load, is_cold in loads
            for part in cut_load(self.scenario, load, largest_capacity(self.scenario, trip_m, cold=is_cold), trip_s)
        )

    def _solve(self, depot_id: str, stops: tuple[Stop, ...], left: Left) -> DepotWeek:
        visits = tuple(visit for stop in stops for visit in self.visits(depot_id, stop))
        problem = self._problem(depot_id, stops, visits, left)
        solver = self.scenario.solver
        limit = solution_limit(solver.route_solution_limit, len(visits))
        self.work += min(len(visits), LARGE_WEEK) ** 2
        result = solve_week(problem, seed=solver.seed, solution_limit=limit, with_bound=False)
        missed = set(result.unserved)
        return DepotWeek(
            depot_id=depot_id,
            visits=visits,
            shifts=tuple(
                Shift(
                    driven.days,
                    driven.route.vehicle_type,
                    driven.route.stops,
                    driven.route.returns,
                    driven.route.distance_m,
                    driven.route.duration_s,
                    driven.route.cost,
                )
                for driven in result.routes
            ),
            unserved={visits[note.stop - 1].site_id: note.reason for note in result.notes if note.stop in missed},
            cost=result.cost,
            bound=result.bound,
            status=result.status,
            seconds=result.seconds,
            engine=result.engine,
        )

    def _problem(self, depot_id: str, stops: Sequence[Stop], visits: Sequence[Visit], left: Left) -> PeriodicProblem:
        """Node 0 is the depot, node k the k-th visit; parts of one station are a group."""
        distance_m, duration_s = self.roads.legs([depot_id, *(visit.site_id for visit in visits)])
        by_site = {stop.site_id: stop for stop in stops}
        label = {stop.site_id: number for number, stop in enumerate(stops, start=1)}
        stop_of = [by_site[visit.site_id] for visit in visits]
        delivery, pickup = self._loads(visits)
        return PeriodicProblem(
            distance_m,
            duration_s,
            delivery,
            pickup,
            visits=[0, *(stop.visits_per_week for stop in stop_of)],
            patterns=[(), *(patterns_for(stop.visits_per_week, stop.market_days) for stop in stop_of)],
            vehicle_types=[
                vehicle_type(self.scenario, vehicle, count)
                for vehicle, count in zip(self.scenario.service.fleet, left, strict=True)
            ],
            service_s=[0, *(visit.service_s for visit in visits)],
            groups=[0, *(label[visit.site_id] for visit in visits)],
        )

    def _loads(self, visits: Sequence[Visit]) -> tuple[IntArray, IntArray]:
        """Deliveries and pickups by node, int64; two kinds of load, the second cooled, where any may be."""
        delivery = np.array([0, *(visit.load.delivery_centiparcels for visit in visits)], np.int64)
        pickup = np.array([0, *(visit.load.pickup_centiparcels for visit in visits)], np.int64)
        if not self.scenario.cold.route_share:
            return delivery, pickup
        cold = np.array([False, *(visit.cold for visit in visits)])
        kinds = np.column_stack([~cold, cold])
        return delivery[:, None] * kinds, pickup[:, None] * kinds


def is_open(week: DepotWeek) -> bool:
    """Whether a bound says something of a week: nothing is left out, and it is not proven the best already."""
    return bool(week.visits) and not week.unserved and week.status is not SolveStatus.OPTIMAL


def solution_limit(limit: int, n_visits: int) -> int:
    """How many solutions a week may try: ``limit``, in weeks of more than `FULL_SEARCH` visits less in proportion."""
    return max(1, limit * FULL_SEARCH // max(FULL_SEARCH, n_visits))


def largest_capacity(scenario: Scenario, round_trip_m: int | None, *, cold: bool = False) -> int:
    """Hundredths of a parcel in the largest vehicle (or cooled compartment) there is that can drive there and back."""
    fleet = [vehicle for vehicle in scenario.service.fleet if vehicle.count != 0]
    if round_trip_m is not None:
        fleet = [v for v in fleet if v.range_km is None or round_trip_m <= range_m(v.range_km)] or fleet
    return max((v.cold_parcels if cold else v.capacity_parcels for v in fleet), default=0) * CENTI


def range_m(range_km: float) -> int:
    """A vehicle's range in whole metres."""
    return round_half_up(range_km * METRES_PER_KM)


def vehicle_type(scenario: Scenario, vehicle: Vehicle, count: int | None) -> VehicleType:
    """Costs in millionths of a yuan, rounded once, here."""
    plain, cold = vehicle.capacity_parcels * CENTI, vehicle.cold_parcels * CENTI
    return VehicleType(
        count=count,
        capacity=(plain, cold) if scenario.cold.route_share else plain,
        fixed_cost=round_half_up(vehicle.driver_cny_per_day * MICRO_PER_YUAN),
        cost_per_m=round_half_up(vehicle.cost_cny_per_km * MICRO_PER_YUAN / METRES_PER_KM),
        cost_per_s=round_half_up(vehicle.cost_cny_per_hour * MICRO_PER_YUAN / 3600),
        max_duration_s=round_half_up(scenario.service.shift_hours * 3600),
        max_distance_m=None if vehicle.range_km is None else range_m(vehicle.range_km),
        max_trips=scenario.service.trips_per_shift,
        reload_s=reload_s(scenario),
    )
