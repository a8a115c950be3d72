"""The audit of ``bus_supply.csv``: read back with the routes, and every cell counted again that can be.

What a station's supply would cost by van, and what all would cost without a line, are answers of the planner's own
search: of these the sums are counted, and that nobody is said to save by losing a line's last choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from planner.domain import County, Plan
from planner.domain.schema import BUS_SUPPLY
from planner.evaluate.counted import row_label
from planner.evaluate.files import Difference, Row
from planner.evaluate.lines import timetable
from planner.scenario import Scenario


def bus_supply_differences(county: County, scenario: Scenario, plan: Plan, rows: Sequence[Row]) -> Iterator[Difference]:
    """Cells of ``bus_supply.csv`` that are not as counted, and rows without a bus route or routes without a row."""
    expected = list(_counted(county, scenario, plan, rows, row_label(county, scenario)))
    for number, (given, counted) in enumerate(zip_longest(rows, expected), start=2):
        if given is None or counted is None:
            shown = [None if row is None else row["route_id"] for row in (given, counted)]
            yield Difference(BUS_SUPPLY.name, number, "route_id", shown[0] or "no row", shown[1] or "no row")
            continue
        for column, value in counted.items():
            if given[column] != value:
                yield Difference(BUS_SUPPLY.name, number, column, given[column], value)


def _counted(county: County, scenario: Scenario, plan: Plan, rows: Sequence[Row], label: str) -> Iterator[Row]:
    cost: Counter[str] = Counter()
    for route in plan.routes:
        if route.is_bus and len(route.visits) == 1:
            cost[route.visits[0].site_id] += route.annual_cost_cny
    lines = {line.line_id: line for line in county.bus_lines}
    stated = {row["route_id"]: row for row in rows}
    seen: set[str] = set()
    for route in plan.routes:
        trip, line = route.bus, None if route.bus is None else lines.get(route.bus.line_id)
        table = None if line is None else timetable(county, scenario, line)
        if trip is None or line is None or table is None or len(route.visits) != 1:
            continue  # the judge names a bus route that is none
        if not 1 <= min(trip.board, trip.alight) <= max(trip.board, trip.alight) <= len(table.minutes):
            continue
        (visit,) = route.visits
        site = county.site_by_id[visit.site_id]
        first, saving = visit.site_id not in seen, stated[route.route_id]["saving_cny_per_year"]
        seen.add(visit.site_id)
        amount = visit.delivery_centiparcels + visit.pickup_centiparcels
        calls = [_clock(trip.departure_min + table.minutes[stop - 1]) for stop in (trip.board, trip.alight)]
        cells = {
            "route_id": route.route_id,
            "station_id": visit.site_id,
            "station_name": site.name,
            "township_code": site.township_code,
            "supplied_by": route.depot_id,
            "direction": "back" if route.stops[0] is visit else "out",
            "line_id": trip.line_id,
            "line_name": line.name,
            "departure": _clock(trip.departure_min),
            "board_stop_name": line.stops[trip.board - 1].name,
            "board_time": calls[0],
            "alight_stop_name": line.stops[trip.alight - 1].name,
            "alight_time": calls[1],
            "days": "|".join(str(day) for day in route.days),
            "parcels": f"{amount // 100}.{amount % 100:02d}",
            "cost_cny_per_year": str(route.annual_cost_cny),
            "van_cost_cny_per_year": str(int(saving) + cost[visit.site_id]) if first and saving else "",
            "assumed": "|".join(table.assumed),
            "synthetic_layers": label,
        }
        yield cells if first else cells | {"saving_cny_per_year": ""}


def _clock(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    return f"{rest // 60:02d}:{rest % 60:02d}" + (f"+{days}" if days else "")
