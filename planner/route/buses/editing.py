"""A depot's solved week with stops taken out or lightened: the same rounds, recounted, without solving anew.

Leaving a stop out shortens a round unless the direct road to the next stop is slower; such a week is refused. So is
one in which some part of a station's load would grow. What is left is a week that can be driven as it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import pairwise

from planner.domain import SolveStatus
from planner.route.county.carried import Stop
from planner.route.county.weeks import DepotWeek, Shift, Visit, Weeks, vehicle_type
from planner.route.problem import UNREACHABLE, VehicleType

Trip = tuple[int, ...]
"""Numbers of visits, from 1, between two calls at the depot."""


def lighter_week(weeks: Weeks, week: DepotWeek, gone: Collection[str], lighter: Mapping[str, Stop]) -> DepotWeek | None:
    """``week`` without the stations ``gone`` and with the loads of ``lighter``; None where that can't be told so."""
    kept: list[Visit] = []
    number_of: dict[int, int] = {}
    fresh = {site_id: list(weeks.visits(week.depot_id, stop)) for site_id, stop in lighter.items()}
    for number, visit in enumerate(week.visits, start=1):
        if visit.site_id in gone:
            continue
        if visit.site_id not in fresh:
            kept.append(visit)
        elif fresh[visit.site_id] and _fits(fresh[visit.site_id][0], visit):
            kept.append(fresh[visit.site_id].pop(0))
        else:
            return None
        number_of[number] = len(kept)
    if any(fresh.values()):
        return None
    touched = {k for k, visit in enumerate(week.visits, start=1) if visit.site_id in gone or visit.site_id in lighter}
    shifts = [
        _shift(weeks, week.depot_id, kept, shift, number_of)
        if not touched.isdisjoint(shift.stops)
        else replace(shift, stops=tuple(number_of[stop] for stop in shift.stops))
        for shift in week.shifts
    ]
    if any(shift is None for shift in shifts):
        return None
    driven = tuple(shift for shift in shifts if shift is not None and shift.stops)
    return replace(
        week,
        visits=tuple(kept),
        shifts=driven,
        unserved={site_id: reason for site_id, reason in week.unserved.items() if site_id not in gone},
        cost=sum(len(shift.days) * shift.cost for shift in driven),
        bound=None,
        status=SolveStatus.FEASIBLE,
    )


def _fits(new: Visit, old: Visit) -> bool:
    return (
        new.cold == old.cold
        and new.load.delivery_centiparcels <= old.load.delivery_centiparcels
        and new.load.pickup_centiparcels <= old.load.pickup_centiparcels
    )


def trips_of(shift: Shift) -> list[Trip]:
    """The stops of a shift, cut where it returns to its depot."""
    cuts = [0, *shift.returns, len(shift.stops)]
    return [shift.stops[a:b] for a, b in pairwise(cuts)]


def _shift(
    weeks: Weeks, depot_id: str, visits: list[Visit], shift: Shift, number_of: Mapping[int, int]
) -> Shift | None:
    """The shift over the visits that are left; without stops where none is, None where it can't be driven."""
    trips = [tuple(number_of[stop] for stop in trip if stop in number_of) for trip in trips_of(shift)]
    trips = [trip for trip in trips if trip]
    stops = tuple(stop for trip in trips for stop in trip)
    if not stops:
        return replace(shift, stops=(), returns=())
    returns, place = [], 0
    for trip in trips[:-1]:
        place += len(trip)
        returns.append(place)
    scenario = weeks.scenario
    vehicle = vehicle_type(scenario, scenario.service.fleet[shift.vehicle_type], None)
    driven = _driven(weeks, depot_id, visits, trips)
    if driven is None or not _within(vehicle, *driven):
        return None
    distance_m, duration_s = driven
    cost = vehicle.fixed_cost + vehicle.cost_per_m * distance_m + vehicle.cost_per_s * duration_s
    return replace(shift, stops=stops, returns=tuple(returns), distance_m=distance_m, duration_s=duration_s, cost=cost)


def _driven(weeks: Weeks, depot_id: str, visits: list[Visit], trips: list[Trip]) -> tuple[int, int] | None:
    """Metres and seconds of a shift: roads, service, and loading again between trips; None where no road leads."""
    roads = weeks.roads
    distance_m = duration_s = 0
    for trip in trips:
        names = [depot_id, *(visits[stop - 1].site_id for stop in trip), depot_id]
        for a, b in pairwise(roads.position[name] for name in names):
            leg_m, leg_s = int(roads.distance_m[a, b]), int(roads.duration_s[a, b])
            if UNREACHABLE in (leg_m, leg_s):
                return None
            distance_m += leg_m
            duration_s += leg_s
        duration_s += sum(visits[stop - 1].service_s for stop in trip)
    vehicle = vehicle_type(weeks.scenario, weeks.scenario.service.fleet[0], None)
    return distance_m, duration_s + (len(trips) - 1) * vehicle.reload_s


def _within(vehicle: VehicleType, distance_m: int, duration_s: int) -> bool:
    in_shift = vehicle.max_duration_s is None or duration_s <= vehicle.max_duration_s
    return in_shift and (vehicle.max_distance_m is None or distance_m <= vehicle.max_distance_m)
