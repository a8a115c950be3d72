"""The week of a plan's routes, day by day: vehicles, drivers' hours, kilometres, parcels, and how even it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.domain import Plan, Route
from planner.evaluate.figures import Ratio
from planner.scenario import DAYS_PER_WEEK, Scenario


@dataclass(frozen=True, slots=True)
class Day:
    """What happens on one day of the week (1 = Monday).

    ``vehicles`` by type, ``driver_s`` and ``distance_m`` are those of the plan's own vehicles; ``bus_runs`` counts
    loads that passenger lines carry. Parcels are those handed over and taken in at stops, in hundredths: one that
    changes vehicles at a station counts on each.
    """

    day: int
    routes: int
    trips: int
    bus_runs: int
    vehicles: Mapping[str, int]
    driver_s: int
    distance_m: int
    delivery_centiparcels: int
    pickup_centiparcels: int

    @property
    def parcels(self) -> Ratio:
        """Handed over and taken in."""
        return Ratio(self.delivery_centiparcels + self.pickup_centiparcels, 100)

    def as_json(self) -> dict[str, Any]:
        """Every figure by its name."""
        return {
            "day": self.day,
            "routes": self.routes,
            "trips": self.trips,
            "bus_runs": self.bus_runs,
            "vehicles": dict(self.vehicles),
            "driver_hours": Ratio(self.driver_s, 3600).as_json(),
            "km": Ratio(self.distance_m, 1000).as_json(),
            "parcels_out": Ratio(self.delivery_centiparcels, 100).as_json(),
            "parcels_in": Ratio(self.pickup_centiparcels, 100).as_json(),
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """The largest and smallest day by one figure, among days on which anything is driven; the earliest of equals."""

    largest_day: int
    largest: Ratio
    smallest_day: int
    smallest: Ratio

    @classmethod
    def over(cls, days: Sequence[tuple[int, Ratio]]) -> Spread:
        """Of ``days`` (day, figure), at least one; the figures have one denominator."""
        largest = max(days, key=lambda each: (each[1].numerator, -each[0]))
        smallest = min(days, key=lambda each: (each[1].numerator, each[0]))
        return cls(*largest, *smallest)

    def as_json(self) -> dict[str, Any]:
        """Both days with their figure."""
        return {
            "largest": {"day": self.largest_day, **self.largest.as_json()},
            "smallest": {"day": self.smallest_day, **self.smallest.as_json()},
        }


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, the vehicles that they take, and the largest and smallest day; both None when nothing is driven.

    ``vehicles`` counts, for each type, the vehicles needed when each stays with its depot and drives one route a day.
    """

    days: tuple[Day, ...]
    vehicles: Mapping[str, int]
    driver_hours: Spread | None
    parcels: Spread | None

    @property
    def driver_hours_total(self) -> Ratio:
        """Drivers' hours of the whole week."""
        return Ratio(sum(day.driver_s for day in self.days), 3600)

    def as_json(self) -> dict[str, Any]:
        """Every figure by its name."""
        return {
            "days": [day.as_json() for day in self.days],
            "vehicles": dict(self.vehicles),
            "driver_hours": None if self.driver_hours is None else self.driver_hours.as_json(),
            "parcels": None if self.parcels is None else self.parcels.as_json(),
        }


def count_week(scenario: Scenario, plan: Plan) -> Week:
    """Count the week of ``plan`` from its routes."""
    kinds = [vehicle.name for vehicle in scenario.service.fleet]
    days = tuple(
        _day(number, kinds, [route for route in plan.routes if number in route.days])
        for number in range(1, DAYS_PER_WEEK + 1)
    )
    driven = [day for day in days if day.routes]
    return Week(
        days=days,
        vehicles={kind: _needed(kind, plan.routes) for kind in kinds},
        driver_hours=Spread.over([(day.day, Ratio(day.driver_s, 3600)) for day in driven]) if driven else None,
        parcels=Spread.over([(day.day, day.parcels) for day in driven]) if driven else None,
    )


def _day(number: int, kinds: Sequence[str], routes: Sequence[Route]) -> Day:
    own = [route for route in routes if not route.is_bus]
    counted = Counter(route.vehicle_type for route in own)
    stops = [stop for route in routes for stop in route.stops]
    return Day(
        day=number,
        routes=len(routes),
        trips=sum(1 + sum(stop.site_id == route.depot_id for stop in route.stops[1:-1]) for route in own),
        bus_runs=len(routes) - len(own),
        vehicles={kind: counted[kind] for kind in kinds},
        driver_s=sum(route.duration_s for route in own),
        distance_m=sum(route.distance_m for route in own),
        delivery_centiparcels=sum(stop.delivery_centiparcels for stop in stops),
        pickup_centiparcels=sum(stop.pickup_centiparcels for stop in stops),
    )


def _needed(kind: str, routes: Sequence[Route]) -> int:
    """Vehicles of a type: at each depot the most on any day, added up."""
    by_depot: dict[str, Counter[int]] = {}
    for route in routes:
        if route.vehicle_type == kind and not route.is_bus:
            by_depot.setdefault(route.depot_id, Counter()).update(route.days)
    return sum(max(days.values(), default=0) for days in by_depot.values())
