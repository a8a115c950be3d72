"""Passenger lines as the judge reads them: timetable, days and free hold space, given or assumed by the scenario."""

from __future__ import annotations

import math
from typing import NamedTuple

from planner.domain import BusLine, County
from planner.domain.timetable import departures_from
from planner.scenario import Scenario


class Timetable(NamedTuple):
    """Minutes of each stop after each departure, days of the week, and centiparcels that fit on a trip."""

    minutes: tuple[int, ...]
    departures: tuple[int, ...]
    days: tuple[int, ...]
    hold: int
    assumed: tuple[str, ...]


def timetable(county: County, scenario: Scenario, line: BusLine) -> Timetable | None:
    """What holds for ``line``; None for one that may not carry parcels."""
    buses, assumed = scenario.buses, []
    hold, departures = line.hold_parcels, line.departures_min
    if hold is None:
        hold = buses.assumed_hold_parcels
        assumed.append("hold_parcels")
    if not departures:
        departures = departures_from(buses.assumed_departures) if buses.assumed_departures else ()
        assumed.append("departures")
    minutes: list[int] | None = [stop.minutes_from_start or 0 for stop in line.stops]
    if any(stop.minutes_from_start is None for stop in line.stops):
        minutes = _by_speed(county, line, buses.assumed_speed_kmh)
        assumed.append("minutes_from_start")
    usable = buses.allowed and hold and minutes is not None and len(departures) >= buses.least_trips_per_day
    if not usable or hold is None or minutes is None:
        return None
    return Timetable(tuple(minutes), departures, line.days, hold * 100, tuple(assumed))


def _by_speed(county: County, line: BusLine, speed_kmh: float | None) -> list[int] | None:
    """Minutes along straight lines from stop to stop, each rounded up."""
    from pyproj import Transformer

    if speed_kmh is None:
        return None
    project = Transformer.from_crs(4326, county.metric_crs, always_xy=True).transform
    places = [project(stop.lon, stop.lat) for stop in line.stops]
    way_m, minutes = 0.0, []
    for before, here in zip([places[0], *places], places, strict=False):
        way_m += math.dist(before, here)
        minutes.append(math.ceil(round(way_m * 60 / (1000 * speed_kmh), 6)))
    return minutes
