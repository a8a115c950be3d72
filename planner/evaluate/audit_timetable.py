"""The audit of ``timetable.csv``: every cell counted again from the routes that ``routes.csv`` describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from planner.domain import County, Plan, Route
from planner.domain.schema import TIMETABLE
from planner.evaluate.counted import row_label
from planner.evaluate.files import Difference, Row
from planner.scenario import DAYS_PER_WEEK, Scenario

_MIDNIGHT_MIN = 24 * 60


def timetable_differences(county: County, scenario: Scenario, plan: Plan, rows: Sequence[Row]) -> Iterator[Difference]:
    """Cells of ``timetable.csv`` that are not as counted, and rows without a route or routes without a row."""
    label = row_label(county, scenario)
    start = scenario.service.day_starts_at
    expected = [_cells(county, route, start, label) for route in plan.routes]
    for number, (given, counted) in enumerate(zip_longest(rows, expected), start=2):
        if given is None or counted is None:
            shown = [None if row is None else row["route_id"] for row in (given, counted)]
            yield Difference(TIMETABLE.name, number, "route_id", shown[0] or "no row", shown[1] or "no row")
            continue
        for column, value in counted.items():
            if given[column] != value:
                yield Difference(TIMETABLE.name, number, column, given[column], value)


def _cells(county: County, route: Route, day_starts_at: str, label: str) -> Row:
    ids = [stop.site_id for stop in route.stops]
    metres, hundredths_h, days = route.distance_m, (route.duration_s + 18) // 36, len(route.days)
    depots, between = ids[1:-1].count(route.depot_id), list(ids)
    for end in (0, -1):
        if between and between[end] == route.depot_id:
            del between[end]
    out = sum(stop.delivery_centiparcels for stop in route.stops)
    back = sum(stop.pickup_centiparcels for stop in route.stops)
    a_day = (2 * (out + back) * days + DAYS_PER_WEEK) // (2 * DAYS_PER_WEEK)
    flags = {
        name: "true" if day in route.days else "false"
        for day, name in enumerate(
            ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), start=1
        )
    }
    return {
        "route_id": route.route_id,
        "echelon": route.echelon,
        "mode": route.mode,
        "vehicle_type": route.vehicle_type,
        "from_id": ids[0],
        "from_name": _name(county, ids[0]),
        "to_id": ids[-1],
        "to_name": _name(county, ids[-1]),
        **flags,
        "days_per_week": str(days),
        "start": _time(day_starts_at, route.stops[0].leave_s),
        "back": _time(day_starts_at, route.stops[-1].arrive_s),
        "trips": str(depots + 1),
        "stops": str(len(between) - depots),
        "stop_ids": "|".join(between),
        "stop_names": "|".join(_name(county, site_id) for site_id in between),
        "distance_km": f"{metres // 1000}.{metres % 1000:03d}",
        "duration_h": f"{hundredths_h // 100}.{hundredths_h % 100:02d}",
        "parcels_out": f"{out // 100}.{out % 100:02d}",
        "parcels_in": f"{back // 100}.{back % 100:02d}",
        "parcels_per_day": f"{a_day // 100}.{a_day % 100:02d}",
        "annual_cost_cny": str(route.annual_cost_cny),
        "synthetic_layers": label,
    }


def _name(county: County, site_id: str) -> str:
    """The site's name; empty for one that there is not, which the judge names."""
    site = county.site_by_id.get(site_id)
    return "" if site is None else site.name


def _time(day_starts_at: str, seconds: int) -> str:
    """The clock ``seconds`` after ``day_starts_at``, whole minutes gone by; days later are added behind."""
    minutes = int(day_starts_at[:2]) * 60 + int(day_starts_at[3:]) + seconds // 60
    later = minutes // _MIDNIGHT_MIN
    minutes -= later * _MIDNIGHT_MIN
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + ("" if later == 0 else f"{later:+d}")
