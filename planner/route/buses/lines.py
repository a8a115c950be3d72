"""Passenger lines as carriers of parcels: when each trip calls at each stop, on which days, with how much space.

A line is used where its timetable and its free hold space are given, or the scenario assumes them. What was
assumed is kept with the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from typing import Final

import numpy as np

from planner.domain import County
from planner.domain.county import BusLine, BusStop
from planner.domain.timetable import departures_from
from planner.route.loads import CENTI
from planner.scenario import Buses

HOLD, DEPARTURES, TIMES = "hold_parcels", "departures", "minutes_from_start"
"""Columns of bus.csv whose values may be assumed."""

MINUTES_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One direction of a line. ``minutes`` are those of its stops after each of ``departures_min``; by ``days`` alike.

    ``assumed`` names what the scenario assumes, in the words of bus.csv.
    """

    line_id: str
    name: str
    minutes: tuple[int, ...]
    departures_min: tuple[int, ...]
    days: tuple[int, ...]
    hold_centiparcels: int
    assumed: tuple[str, ...] = ()

    def call_min(self, trip: int, position: int) -> int:
        """When trip number ``trip`` calls at stop number ``position`` (both from 0), in minutes after midnight."""
        return self.departures_min[trip] + self.minutes[position]


def usable_lines(county: County, buses: Buses) -> tuple[Line, ...]:
    """The lines that may carry parcels, in order of their ids; none where the scenario allows none."""
    return tuple(_usable(county, buses)) if buses.allowed else ()


def _usable(county: County, buses: Buses) -> Iterator[Line]:
    for line in county.bus_lines:
        hold = line.hold_parcels if line.hold_parcels is not None else buses.assumed_hold_parcels
        departures = line.departures_min
        if not departures and buses.assumed_departures is not None:
            departures = departures_from(buses.assumed_departures)
        minutes = _minutes(line, county.metric_crs, buses.assumed_speed_kmh)
        if not hold or minutes is None or len(departures) < max(1, buses.least_trips_per_day):
            continue
        given = {HOLD: line.hold_parcels is not None, DEPARTURES: bool(line.departures_min), TIMES: _has_minutes(line)}
        assumed = tuple(name for name, known in given.items() if not known)
        yield Line(line.line_id, line.name, minutes, departures, line.days, hold * CENTI, assumed)


def _has_minutes(line: BusLine) -> bool:
    return all(stop.minutes_from_start is not None for stop in line.stops)


def _minutes(line: BusLine, metric_crs: str, speed_kmh: float | None) -> tuple[int, ...] | None:
    """Minutes at each stop: as given, else along straight lines at the assumed speed, rounded up; None without one."""
    given = [stop.minutes_from_start for stop in line.stops if stop.minutes_from_start is not None]
    if len(given) == len(line.stops):
        return tuple(given)
    if speed_kmh is None:
        return None
    metres = accumulate(_straight_m(line.stops, metric_crs), initial=0.0)
    return tuple(ceil(round(m / 1000 / speed_kmh * MINUTES_PER_HOUR, 6)) for m in metres)


def _straight_m(stops: Sequence[BusStop], metric_crs: str) -> list[float]:
    from pyproj import Transformer

    to_metric = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    x, y = to_metric.transform([stop.lon for stop in stops], [stop.lat for stop in stops])
    return [float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(zip(x, y, strict=True))]
