"""Figures of supply by passenger bus: stations, lines, townships on a line, money."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from planner.domain import County, Plan, Township
from planner.evaluate.figures import Ratio
from planner.scenario import Scenario


@dataclass(frozen=True, slots=True)
class BusFigures:
    """Supply by bus. ``townships_on_line`` counts townships with a cooperation line, one that carries parcels.

    That is a township of whose seat or villages one lies within `Buses.stop_radius_m`, in a straight line, of a stop
    of such a line (客货邮线路覆盖率). ``without_cny_per_year`` is what all routes would cost by vans alone, as the
    planner's search found it.
    """

    stations: int
    lines: int
    rides_per_week: int
    parcels_per_week: Ratio
    cny_per_year: int
    without_cny_per_year: int
    saving_cny_per_year: int
    townships_on_line: Ratio

    def as_json(self) -> dict[str, Any]:
        """Every figure by its name."""
        return {
            "stations": self.stations,
            "lines": self.lines,
            "rides_per_week": self.rides_per_week,
            "parcels_per_week": self.parcels_per_week.as_json(),
            "cny_per_year": self.cny_per_year,
            "without_buses_cny_per_year": self.without_cny_per_year,
            "saving_cny_per_year": self.saving_cny_per_year,
            "townships_on_line": self.townships_on_line.as_json(),
        }


def count_buses(
    county: County, scenario: Scenario, plan: Plan, townships: tuple[Township, ...], transfer_cny: int
) -> BusFigures | None:
    """None for a plan that was not searched with buses. ``transfer_cny`` is handling at township stations a year."""
    if plan.buses is None:
        return None
    rides = [route for route in plan.routes if route.is_bus]
    lines = {route.bus.line_id for route in rides if route.bus is not None}
    centiparcels = sum(
        len(route.days) * sum(stop.delivery_centiparcels + stop.pickup_centiparcels for stop in route.visits)
        for route in rides
    )
    moved = sum(route.annual_cost_cny for route in plan.routes) + transfer_cny
    return BusFigures(
        stations=len(plan.by_bus),
        lines=len(lines),
        rides_per_week=sum(len(route.days) for route in rides),
        parcels_per_week=Ratio(centiparcels, 100),
        cny_per_year=sum(route.annual_cost_cny for route in rides),
        without_cny_per_year=moved + plan.buses.total_saving_cny,
        saving_cny_per_year=plan.buses.total_saving_cny,
        townships_on_line=Ratio(_on_line(county, scenario, lines, townships), len(townships)),
    )


def _on_line(county: County, scenario: Scenario, lines: set[str], townships: tuple[Township, ...]) -> int:
    """Townships with a seat or village within the radius of a stop of ``lines``."""
    from pyproj import Transformer

    project = Transformer.from_crs(4326, county.metric_crs, always_xy=True).transform
    stops = [project(stop.lon, stop.lat) for line in county.bus_lines if line.line_id in lines for stop in line.stops]
    places = [(town.code, town.lon, town.lat) for town in county.townships]
    places += [(village.township_code, village.lon, village.lat) for village in county.villages]
    radius_m = scenario.buses.stop_radius_m
    reached = {
        code for code, lon, lat in places if any(math.dist(project(lon, lat), stop) <= radius_m for stop in stops)
    }
    return sum(town.code in reached for town in townships)
