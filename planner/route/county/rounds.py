"""From depots' solved weeks to the routes of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from planner.domain import County, Route, RouteStop, SolveReport, Tier
from planner.route.county.carried import MICRO_PER_YUAN
from planner.route.county.roads import Roads
from planner.route.county.weeks import DepotWeek, Shift
from planner.route.loads import NOTHING, reload_s
from planner.scenario import METRES_PER_KM, WEEKS_PER_YEAR, Scenario, Vehicle, round_half_up

COUNTY_TOWNSHIP: Final = "county-township"
TOWNSHIP_VILLAGE: Final = "township-village"
COUNTY_VILLAGE: Final = "county-village"
COUNTY_MIXED: Final = "county-mixed"
MODE: Final = "van"
SECONDS_PER_HOUR: Final = 3600


def routes_of_week(
    scenario: Scenario, roads: Roads, week: DepotWeek, tier: Mapping[str, Tier], prefix: str
) -> list[Route]:
    """One route for each shift, numbered under ``prefix``."""
    routes = []
    for number, shift in enumerate(week.shifts, start=1):
        vehicle = scenario.service.fleet[shift.vehicle_type]
        routes.append(
            Route(
                route_id=f"{prefix}-{number:02d}",
                echelon=_echelon(week, shift, tier),
                mode=MODE,
                vehicle_type=vehicle.name,
                days=shift.days,
                depot_id=week.depot_id,
                stops=_stops(scenario, roads, week, shift),
                distance_m=shift.distance_m,
                duration_s=shift.duration_s,
                annual_cost_cny=annual_route_cost_cny(vehicle, shift.distance_m, shift.duration_s, len(shift.days)),
            )
        )
    return routes


def annual_route_cost_cny(vehicle: Vehicle, distance_m: int, duration_s: int, days_per_week: int) -> int:
    """Whole yuan a year: days a week × 52 × (km × cost per km + hours × cost per hour + the driver's day)."""
    day_cny = distance_m / METRES_PER_KM * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day
    day_cny += duration_s / SECONDS_PER_HOUR * vehicle.cost_cny_per_hour
    return round_half_up(days_per_week * WEEKS_PER_YEAR * day_cny)


def report_of_week(scenario: Scenario, week: DepotWeek, tier: Mapping[str, Tier]) -> SolveReport:
    """What the solver reached and proved for one depot."""
    return SolveReport(
        stage=f"route {tier[week.depot_id].word} {week.depot_id}",
        status=week.status,
        objective=week.cost / MICRO_PER_YUAN,
        bound=None if week.bound is None else week.bound / MICRO_PER_YUAN,
        unit="CNY/week",
        seconds=week.seconds,
        seed=scenario.solver.seed,
        engine=week.engine,
    )


def route_prefixes(county: County, depots: Sequence[str], tier: Mapping[str, Tier]) -> dict[str, str]:
    """What the ids of each depot's routes begin with: R1 for centres, R2 and its township for the others.

    A letter tells a second centre, or a township's second depot, apart.
    """
    prefixes: dict[str, str] = {}
    seen: dict[str, int] = {}
    for depot_id in depots:
        centre = tier[depot_id] is Tier.COUNTY
        stem = "R1" if centre else f"R2-{county.site_by_id[depot_id].township_code}"
        seen[stem] = seen.get(stem, 0) + 1
        prefixes[depot_id] = stem + ("" if seen[stem] == 1 else chr(ord("A") + seen[stem] - 1))
    return prefixes


def _echelon(week: DepotWeek, shift: Shift, tier: Mapping[str, Tier]) -> str:
    if tier[week.depot_id] is Tier.TOWNSHIP:
        return TOWNSHIP_VILLAGE
    tiers = {tier[week.visits[k - 1].site_id] for k in shift.stops}
    if len(tiers) > 1:
        return COUNTY_MIXED
    return COUNTY_TOWNSHIP if tiers == {Tier.TOWNSHIP} else COUNTY_VILLAGE


def _stops(scenario: Scenario, roads: Roads, week: DepotWeek, shift: Shift) -> tuple[RouteStop, ...]:
    """Times from the start of the shift and loads on board, stop by stop; depot first, last and between trips."""
    nodes = [0]
    for place, node in enumerate(shift.stops):
        nodes += [0, node] if place in shift.returns else [node]
    nodes.append(0)
    names = [week.depot_id if node == 0 else week.visits[node - 1].site_id for node in nodes]
    load = _loaded(week, nodes, 0)
    stops = [RouteStop(0, week.depot_id, 0, 0, load, 0)]
    clock = 0
    for number, (before, site_id) in enumerate(pairwise(names), start=1):
        leg = roads.position[before], roads.position[site_id]
        clock += int(roads.duration_s[leg])
        arrive, handed, cold = clock, NOTHING, 0
        if nodes[number]:
            visit = week.visits[nodes[number] - 1]
            clock, handed = clock + visit.service_s, visit.load
            load += handed.pickup_centiparcels - handed.delivery_centiparcels
            cold = handed.pickup_centiparcels if visit.cold else 0
        elif number < len(nodes) - 1:
            load = _loaded(week, nodes, number)
            clock += reload_s(scenario)
        leg_m = int(roads.distance_m[leg])
        parcels = handed.delivery_centiparcels, handed.pickup_centiparcels, cold
        stops.append(RouteStop(number, site_id, arrive, clock, load, leg_m, *parcels))
    return tuple(stops)


def _loaded(week: DepotWeek, nodes: Sequence[int], start: int) -> int:
    """Deliveries of the trip that begins at the depot at position ``start``."""
    end = nodes.index(0, start + 1)
    return sum(week.visits[node - 1].load.delivery_centiparcels for node in nodes[start + 1 : end])
