"""The weekly timetable (线路表): one row a route, with its days, its clock, its stops and what it carries and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.domain import County, Plan, Route
from planner.domain.clock import DAY_NAMES, clock
from planner.domain.schema import TIMETABLE
from planner.export.tables import table_frame
from planner.network import result_label
from planner.scenario import DAYS_PER_WEEK, METRES_PER_KM, Scenario, round_half_up

if TYPE_CHECKING:
    import pandas as pd


def timetable_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Routes in the plan's order, one a row, columns of ``timetable.csv`` (`schema.TIMETABLE`)."""
    label = result_label(county, scenario.network)
    return table_frame(TIMETABLE, [_row(county, scenario, route, label) for route in plan.routes])


def _row(county: County, scenario: Scenario, route: Route, label: str) -> dict[str, Any]:
    first, last = route.stops[0], route.stops[-1]
    names = {stop.site_id: county.site_by_id[stop.site_id].name for stop in route.stops}
    out = sum(stop.delivery_centiparcels for stop in route.stops)
    back = sum(stop.pickup_centiparcels for stop in route.stops)
    starts_s = scenario.service.day_starts_s
    return {
        "route_id": route.route_id,
        "echelon": route.echelon,
        "mode": route.mode,
        "vehicle_type": route.vehicle_type,
        "from_id": first.site_id,
        "from_name": names[first.site_id],
        "to_id": last.site_id,
        "to_name": names[last.site_id],
        **{name.lower(): day in route.days for day, (_, name) in enumerate(DAY_NAMES, start=1)},
        "days_per_week": len(route.days),
        "start": clock(starts_s + first.leave_s),
        "back": clock(starts_s + last.arrive_s),
        "trips": route.trips,
        "stops": len(route.visits),
        "stop_ids": "|".join(stop.site_id for stop in route.called_at),
        "stop_names": "|".join(names[stop.site_id] for stop in route.called_at),
        "distance_km": route.distance_m / METRES_PER_KM,
        "duration_h": round_half_up(route.duration_s / 36) / 100,
        "parcels_out": out / 100,
        "parcels_in": back / 100,
        "parcels_per_day": round_half_up((out + back) * len(route.days) / DAYS_PER_WEEK) / 100,
        "annual_cost_cny": route.annual_cost_cny,
        "synthetic_layers": label or None,
    }
