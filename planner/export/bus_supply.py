"""``bus_supply.csv``: which station's parcels ride which trip, for how much, and what if the line stops."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from planner.domain import BusFacts, BusLine, County, Plan, Route
from planner.domain.clock import clock
from planner.domain.schema import BUS_SUPPLY
from planner.domain.timetable import SECONDS_PER_MINUTE, days_text
from planner.export.tables import table_frame
from planner.network import result_label
from planner.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


def bus_supply_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Bus routes in the plan's order, one a row, columns of ``bus_supply.csv`` (`schema.BUS_SUPPLY`)."""
    label = result_label(county, scenario.network)
    lines = {line.line_id: line for line in county.bus_lines}
    cost: Counter[str] = Counter()
    for route in plan.routes:
        if route.is_bus:
            cost[route.visits[0].site_id] += route.annual_cost_cny
    facts, rows = plan.buses or BusFacts(0), []
    seen: set[str] = set()
    for route in plan.routes:
        if route.bus is None:
            continue
        station_id = route.visits[0].site_id
        saving = None if station_id in seen else facts.saving_cny.get(station_id)
        seen.add(station_id)
        rows.append(
            _ride(county, scenario.service.day_starts_s, route, lines[route.bus.line_id])
            | {
                "van_cost_cny_per_year": None if saving is None else saving + cost[station_id],
                "saving_cny_per_year": saving,
                "fallback": facts.fallback.get((route.bus.line_id, station_id)),
                "line_cut_cny_per_year": facts.cut_cny.get(route.bus.line_id),
                "synthetic_layers": label or None,
            }
        )
    return table_frame(BUS_SUPPLY, rows)


def _ride(county: County, start_s: int, route: Route, line: BusLine) -> dict[str, Any]:
    trip, (visit,) = route.bus, route.visits
    assert trip is not None, "bus routes only"  # noqa: S101 (for the type checker)
    station = county.site_by_id[visit.site_id]
    return {
        "route_id": route.route_id,
        "station_id": visit.site_id,
        "station_name": station.name,
        "township_code": station.township_code,
        "supplied_by": route.depot_id,
        "direction": "out" if route.stops[0].site_id == route.depot_id else "back",
        "line_id": line.line_id,
        "line_name": line.name,
        "departure": clock(trip.departure_min * SECONDS_PER_MINUTE),
        "board_stop": trip.board,
        "board_stop_name": line.stops[trip.board - 1].name or None,
        "board_time": clock(start_s + route.stops[0].leave_s),
        "alight_stop": trip.alight,
        "alight_stop_name": line.stops[trip.alight - 1].name or None,
        "alight_time": clock(start_s + route.stops[1].arrive_s),
        "days": days_text(route.days),
        "parcels": (visit.delivery_centiparcels + visit.pickup_centiparcels) / 100,
        "cost_cny_per_year": route.annual_cost_cny,
        "assumed": "|".join(trip.assumed) or None,
    }
