"""A plan as tables with exactly the columns of `planner.domain.schema`, and tables as CSV that Excel opens."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from planner.domain import Assignment, Carriage, County, Fix, Plan, Station, carrier_row
from planner.domain.fix_words import fix_cost_sentence, fix_sentence
from planner.domain.schema import (
    ASSIGNMENTS,
    BUS_SUPPLY,
    CARRIERS,
    CARRIERS_ROUTES,
    CRITICAL_LINKS,
    FIXES,
    FRONTIER_TABLES,
    RESULT_TABLES,
    ROUTES,
    STATIONS,
    Column,
    Kind,
    Table,
)
from planner.network import result_label
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.evaluate.backup import Backup

_DTYPES: Final = {Kind.TEXT: "object", Kind.INTEGER: "Int64", Kind.DECIMAL: "Float64", Kind.BOOLEAN: "bool"}
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "'")


def stations_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Opened stations in order of id, one a row, columns of ``stations.csv`` (`schema.STATIONS`)."""
    flows = _flows(county, scenario, plan)
    label = result_label(county, scenario.network)
    outreach = scenario.outreach.allowed
    rows = (_station_row(county, plan, flows, station, label, outreach=outreach) for station in plan.stations)
    return table_frame(STATIONS, rows)


def assignments_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Administrative villages in order of code, one a row, columns of ``assignments.csv`` (`schema.ASSIGNMENTS`)."""
    label = result_label(county, scenario.network)
    return table_frame(ASSIGNMENTS, (_assignment_row(county, assignment, label) for assignment in plan.assignments))


def routes_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Stops of routes in order of driving, one a row, columns of ``routes.csv`` (`schema.ROUTES`)."""
    return table_frame(ROUTES, _route_rows(plan, result_label(county, scenario.network)))


def carriers_table(county: County, scenario: Scenario, rows: Sequence[Carriage]) -> pd.DataFrame:
    """Each carrier by itself, all of them, and one network for all, columns of `schema.CARRIERS`."""
    label = result_label(county, scenario.network)
    return table_frame(CARRIERS, (carrier_row(row, label) for row in rows))


def carriers_routes_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Stops of every carrier's routes, columns of `schema.CARRIERS_ROUTES`."""
    label = result_label(county, scenario.network)
    rows = ({"carrier": str(k + 1), **row} for k, each in enumerate(plan.carriers) for row in _route_rows(each, label))
    return table_frame(CARRIERS_ROUTES, rows)


def critical_links_table(county: County, scenario: Scenario, backup: Backup) -> pd.DataFrame:
    """Stretches of road that villages depend on, worst first, columns of `schema.CRITICAL_LINKS`."""
    label = result_label(county, scenario.network)
    roads = {road.road_id: road for road in county.roads}
    rows = [
        {
            "road_id": link.road_id,
            "road_name": roads[link.road_id].name or None,
            "road_class": roads[link.road_id].road_class.value,
            "from_lon": link.from_lon,
            "from_lat": link.from_lat,
            "to_lon": link.to_lon,
            "to_lat": link.to_lat,
            "length_m": link.length_m,
            "villages_lost": loss.villages,
            "population_lost": loss.population,
            "village_codes": "|".join(link.village_codes),
            "village_names": "|".join(county.village_by_code[code].name for code in link.village_codes),
            "synthetic_layers": label or None,
        }
        for link, loss in zip(backup.links, backup.losses, strict=True)
    ]
    return table_frame(CRITICAL_LINKS, rows)


def fixes_table(county: County, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """What would bring each village left out in, the cheapest first, columns of ``fixes.csv`` (`schema.FIXES`)."""
    label = result_label(county, scenario.network)
    rows = []
    for assignment in plan.uncovered:
        village, reason = county.village_by_code[assignment.village_code], assignment.reason
        for rank, fix in enumerate(reason.fixes if reason else (), start=1):
            what, cost = fix_sentence(county, fix), fix_cost_sentence(fix)
            rows.append(
                {
                    "village_code": village.code,
                    "name": village.name,
                    "township_code": village.township_code,
                    "reason": reason.code.value if reason else None,
                    "rank": rank,
                    **_fix_cells(fix),
                    "villages": fix.villages,
                    "what_zh": what.zh,
                    "what_en": what.en,
                    "cost_zh": cost.zh,
                    "cost_en": cost.en,
                    "synthetic_layers": label or None,
                }
            )
    return table_frame(FIXES, rows)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """``table`` as CSV: UTF-8 with BOM, CRLF, empty for a missing value, ``true``/``false``.

    Columns of the result tables are written with the decimals of the schema, other numbers as they are.
    A text that a spreadsheet would run as a formula (first character one of = + - @ tab return), or that
    starts with an apostrophe, gets an apostrophe in front; readers take exactly one away again.
    """
    known = (*RESULT_TABLES, BUS_SUPPLY, FIXES, CRITICAL_LINKS, CARRIERS, CARRIERS_ROUTES, *FRONTIER_TABLES)
    schema = next((each for each in known if each.names == tuple(table.columns)), None)
    decimals = {column.name: column.decimals for column in schema.columns} if schema else {}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    columns = [[_cell(value, decimals.get(str(name))) for value in table[name]] for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8-sig")


def plain_rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of ``table`` as plain Python values, None for a missing one."""
    columns = [[_plain(value) for value in table[name]] for name in table.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(table.columns, values, strict=True))


def _cell(value: object, decimals: int | None) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str):
        return f"'{plain}" if plain.startswith(_FORMULA_STARTS) else plain
    return str(plain) if decimals is None else f"{plain:.{decimals}f}"


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 (only NaN differs from itself)
        return None
    return value.item() if hasattr(value, "item") else value


def table_frame(table: Table, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with exactly the columns of ``table``, in its order and types."""
    listed = list(rows)
    return pd.DataFrame(
        {column.name: pd.Series([row[column.name] for row in listed], dtype=_dtype(column)) for column in table.columns}
    )


def _dtype(column: Column) -> str:
    may_be_empty = column.kind is Kind.BOOLEAN and not column.required
    return "boolean" if may_be_empty else _DTYPES[column.kind]


def _flows(county: County, scenario: Scenario, plan: Plan) -> Mapping[str, Counter[str]]:
    """Villages, people and centiparcels at each station, by site id, ``throughput`` with all it supplies.

    ``outreach`` are those of villages that it serves on market days or by a van.
    """
    flows: dict[str, Counter[str]] = {station.site_id: Counter() for station in plan.stations}
    for assignment in plan.assignments:
        population = county.village_by_code[assignment.village_code].population
        inbound = scenario.demand.inbound_centiparcels(population)
        outbound = scenario.demand.outbound_centiparcels(population)
        if assignment.outreach is not None:
            flows[assignment.outreach.station_id]["outreach"] += inbound + outbound
        if assignment.station_id is None:
            continue
        flows[assignment.station_id].update(villages=1, population=population, inbound=inbound, outbound=outbound)
        link: str | None = assignment.station_id
        while link is not None:
            flows[link]["throughput"] += inbound + outbound
            link = plan.station_by_id[link].parent_id
    return flows


def _way(plan: Plan, station: Station, depot_id: str | None) -> str | None:
    if depot_id is None:
        return None
    if station.site_id in plan.by_bus:
        return "bus"
    return "parent" if depot_id == station.parent_id else "direct"


def _station_row(
    county: County, plan: Plan, flows: Mapping[str, Counter[str]], station: Station, label: str, *, outreach: bool
) -> dict[str, Any]:
    site, flow, cold = county.site_by_id[station.site_id], flows[station.site_id], station.cold
    depot_id, unserved = plan.depot_by_station.get(station.site_id), plan.unserved.get(station.site_id)
    return {
        "station_id": site.site_id,
        "name": site.name,
        "tier": station.tier.word,
        "host": site.host.value,
        "status": site.status.value,
        "township_code": site.township_code,
        "village_code": site.village_code,
        "lon": round(site.lon, 6),
        "lat": round(site.lat, 6),
        "parent_id": station.parent_id,
        "distance_to_parent_m": station.distance_to_parent_m,
        "villages_served": flow["villages"],
        "population_served": flow["population"],
        "inbound_parcels_per_day": flow["inbound"] / 100,
        "outbound_parcels_per_day": flow["outbound"] / 100,
        "throughput_parcels_per_day": flow["throughput"] / 100,
        "capacity_parcels_per_day": station.capacity_centiparcels / 100,
        "capex_cny": station.capex_cny,
        "connect_cny": station.connect_cny,
        "opex_cny_per_year": station.opex_cny_per_year,
        "annual_cost_cny": station.annual_cost_cny,
        "build_year": station.build_year,
        "cold_store": cold.origin if cold else None,
        "cold_store_m3": cold.volume_m3 if cold else None,
        "cold_capex_cny": cold.capex_cny if cold else None,
        "cold_opex_cny_per_year": cold.opex_cny_per_year if cold else None,
        "cold_annual_cost_cny": cold.annual_cost_cny if cold else None,
        "outreach_parcels_per_day": flow["outreach"] / 100 if outreach else None,
        "supplied_by": depot_id,
        "way": _way(plan, station, depot_id),
        "unserved": unserved.value if unserved else None,
        "synthetic_layers": label or None,
    }


def _assignment_row(county: County, assignment: Assignment, label: str) -> dict[str, Any]:
    village, reason = county.village_by_code[assignment.village_code], assignment.reason
    service, outreach, cold = assignment.service, assignment.outreach, assignment.cold
    return {
        "village_code": village.code,
        "name": village.name,
        "township_code": village.township_code,
        "population": village.population,
        "covered": assignment.covered,
        "station_id": assignment.station_id,
        "access_distance_m": assignment.access_distance_m,
        "access_time_s": assignment.access_time_s,
        "own_station": assignment.own_station,
        "service_per_week": assignment.service_per_week,
        "reason": reason.code.value if reason else None,
        "nearest_site_id": reason.nearest_site_id if reason else None,
        "nearest_distance_m": reason.nearest_distance_m if reason else None,
        "missing_m": reason.missing_m if reason else None,
        "missing_s": reason.missing_s if reason else None,
        **_fix_cells(reason.cheapest if reason else None),
        "snap_distance_m": assignment.snap_distance_m,
        "service": service.value if service else None,
        "outreach_station_id": outreach.station_id if outreach else None,
        "outreach_distance_m": outreach.distance_m if outreach else None,
        "outreach_cost_cny_per_year": outreach.cost_cny_per_year if outreach else None,
        "cold_covered": cold.covered if cold else None,
        "cold_store_id": cold.station_id if cold else None,
        "cold_distance_m": cold.distance_m if cold else None,
        "cold_reason": cold.reason.value if cold and cold.reason else None,
        "synthetic_layers": label or None,
    }


def _fix_cells(fix: Fix | None) -> dict[str, Any]:
    return {
        "fix": fix.kind.value if fix else None,
        "fix_setting": fix.setting if fix else None,
        "fix_value": fix.value if fix else None,
        "fix_site_id": fix.site_id if fix else None,
        "fix_opens": (fix.opens_text or None) if fix else None,
        "fix_road_m": fix.road_m if fix else None,
        "fix_capex_cny": fix.capex_cny if fix else None,
        "fix_annual_cost_cny": fix.annual_cost_cny if fix else None,
        "fix_cost": fix.cost.value if fix else None,
        "fix_over_budget_cny": fix.over_budget_cny if fix else None,
    }


def _route_rows(plan: Plan, label: str) -> Iterator[dict[str, Any]]:
    for route in plan.routes:
        for stop in route.stops:
            yield {
                "route_id": route.route_id,
                "echelon": route.echelon,
                "mode": route.mode,
                "vehicle_type": route.vehicle_type,
                "days": "|".join(str(day) for day in route.days),
                "stop_seq": stop.stop_seq,
                "node_id": stop.site_id,
                "arrive_s": stop.arrive_s,
                "leave_s": stop.leave_s,
                "delivery_parcels": stop.delivery_centiparcels / 100,
                "pickup_parcels": stop.pickup_centiparcels / 100,
                "cold_pickup_parcels": stop.cold_pickup_centiparcels / 100,
                "load_after_parcels": stop.load_after_centiparcels / 100,
                "leg_distance_m": stop.leg_distance_m,
                "synthetic_layers": label or None,
            }
