"""Several carriers against one network, counted from their routes: money, kilometres, vehicles, CO₂."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from planner.domain import Carriage, County, Plan, Tier, all_together
from planner.evaluate.carried import transfer_cny_per_year
from planner.evaluate.loads import station_loads
from planner.scenario import WEEKS_PER_YEAR, Scenario


def carriage(county: County, scenario: Scenario, plan: Plan, name: str, share: Fraction) -> Carriage:
    """What the routes of ``plan`` take a year; ``scenario`` is that of the carrier, with its part of the parcels."""
    loads = station_loads(county, scenario, plan).values()
    parcels = sum(
        load.own_inbound + load.own_outbound + load.outreach_inbound + load.outreach_outbound for load in loads
    )
    vans = [route for route in plan.routes if not route.is_bus]
    grams = {vehicle.name: vehicle.co2_g_per_km for vehicle in scenario.service.fleet}
    emitted = [(grams.get(route.vehicle_type), len(route.days) * route.distance_m) for route in vans]
    co2 = None
    if all(rate is not None for rate, _ in emitted):
        co2 = WEEKS_PER_YEAR * sum(Fraction((rate or 0) * metres, 1000) for rate, metres in emitted)
    return Carriage(
        network=name,
        share=share,
        centiparcels_per_day=parcels,
        routes=len(plan.routes),
        vehicles=vehicles_of(plan),
        metres_per_year=WEEKS_PER_YEAR * sum(metres for _, metres in emitted),
        cny_per_year=sum(route.annual_cost_cny for route in plan.routes)
        + transfer_cny_per_year(county, scenario, plan),
        co2_g_per_year=None if co2 is None else int(co2 + Fraction(1, 2)),
        stations_unserved=len(plan.stations) - len(_visited(plan)),
    )


def vehicles_of(plan: Plan) -> int:
    """Vehicles that the busiest day of each depot and type needs, each staying with its depot, one route a day."""
    used: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for route in plan.routes:
        if not route.is_bus:
            used[route.depot_id, route.vehicle_type].update(route.days)
    return sum(max(days.values()) for days in used.values())


def compared(county: County, scenario: Scenario, plan: Plan) -> tuple[Carriage, ...]:
    """Each carrier, all of them (``separate``), and the plan's own routes (``pooled``); empty without carriers."""
    if not plan.carriers:
        return ()
    shares = scenario.carriers.exact
    parts = [
        carriage(county, scenario.of_carrier(k), each, str(k + 1), share)
        for k, (share, each) in enumerate(zip(shares, plan.carriers, strict=True))
    ]
    pooled = carriage(county, scenario, plan, "pooled", Fraction(1))
    return (*parts, all_together("separate", parts), pooled)


def _visited(plan: Plan) -> set[str]:
    """Stations with service: centres, and those at which a route stops."""
    centres = {station.site_id for station in plan.stations if station.tier is Tier.COUNTY}
    return centres | {stop.site_id for route in plan.routes for stop in route.visits}
