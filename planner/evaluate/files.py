"""Exported files read back, strictly: what was not written by the rules of `planner.domain.schema` is a difference."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planner.domain import (
    Assignment,
    BusFacts,
    BusTrip,
    ColdReach,
    ColdReason,
    ColdStore,
    Fix,
    FixCost,
    FixKind,
    Outreach,
    Plan,
    Reason,
    ReasonCode,
    Route,
    RouteStop,
    ServiceKind,
    SolveReport,
    SolveStatus,
    Station,
    Tier,
    UnservedReason,
)
from planner.domain.fix import read_opens
from planner.domain.plan import BUS
from planner.domain.schema import BUS_SUPPLY, Column, Kind, Table
from planner.domain.timetable import departures_from
from planner.errors import UsageError
from planner.evaluate.judge_buses import bus_cost_cny
from planner.evaluate.judge_routes import route_cost_cny
from planner.scenario import Scenario

Row = dict[str, str]

PLAN = "plan"
_BOM = b"\xef\xbb\xbf"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that does not agree: where it is exported, what stands there, what was counted.

    ``row`` counts as a spreadsheet does (the header is row 1); None for JSON files and whole files.
    ``column`` is the column, or the dotted path in a JSON file. A rule that the plan as a whole breaks has the
    file ``plan``, the rule as its column, and what breaks it in ``exported``.
    """

    file: str
    row: int | None
    column: str
    exported: str
    recounted: str

    def __str__(self) -> str:
        if self.file == PLAN:
            return f"{PLAN} [{self.column}] {self.exported}"
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        column = f" [{self.column}]" if self.column else ""
        return f"{place}{column} exported: {self.exported or 'empty'}, recounted: {self.recounted or 'empty'}"


def read_summary(directory: Path, name: str = "summary.json") -> dict[str, Any]:
    """``summary.json`` (or ``name``) of a result folder; raises UsageError when there is none or it is not JSON."""
    path = directory / name
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as the summary of a result folder: {error}") from error
    if not isinstance(data, dict):
        raise UsageError(f"{path}: is not the summary of a result folder")
    return data


def read_rows(directory: Path, table: Table) -> tuple[list[Row], list[Difference]]:
    """The rows of one CSV, and everything in it that is not as the schema says.

    The guard apostrophe of texts that look like formulas is taken away.
    """
    path = directory / table.name
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        return [], [Difference(table.name, None, "", f"cannot be read: {error}", "a file")]
    except UnicodeDecodeError as error:
        return [], [Difference(table.name, None, "", f"not UTF-8: {error}", "UTF-8 with BOM")]
    found = [] if content.startswith(_BOM) else [Difference(table.name, None, "", "no BOM", "UTF-8 with BOM")]
    listed = list(csv.reader(io.StringIO(text, newline="")))
    if not listed or tuple(listed[0]) != table.names:
        header = ",".join(listed[0]) if listed else ""
        return [], [*found, Difference(table.name, 1, "", header, ",".join(table.names))]
    rows = []
    for number, cells in enumerate(listed[1:], start=2):
        if len(cells) != len(table.names):
            found.append(Difference(table.name, number, "", f"{len(cells)} cells", f"{len(table.names)} cells"))
            continue
        found += _cell_differences(table, number, cells)
        rows.append({column.name: _unguarded(column, cell) for column, cell in zip(table.columns, cells, strict=True)})
    return rows, found


def _cell_differences(table: Table, number: int, cells: Sequence[str]) -> Iterator[Difference]:
    for column, cell in zip(table.columns, cells, strict=True):
        wanted = _wanted(column, cell)
        if wanted:
            yield Difference(table.name, number, column.name, cell, wanted)


def _wanted(column: Column, cell: str) -> str:
    """What the schema wants in place of ``cell``; empty when it is fine."""
    if not cell:
        return f"{column.kind.value}, not empty" if column.required else ""
    if column.choices:
        return "" if cell in column.choices else " or ".join(column.choices)
    if column.kind is Kind.TEXT:
        return "'" + cell if cell.startswith(_FORMULA_STARTS[:-1]) else ""
    if column.kind is Kind.BOOLEAN:
        return "" if cell in ("true", "false") else "true or false"
    pattern = r"-?(0|[1-9]\d*)" + (rf"\.\d{{{column.decimals}}}" if column.kind is Kind.DECIMAL else "")
    places = f" with {column.decimals} decimals" if column.kind is Kind.DECIMAL else ""
    return "" if re.fullmatch(pattern, cell, re.ASCII) else f"{column.kind.value}{places}"


def _unguarded(column: Column, cell: str) -> str:
    return cell[1:] if column.kind is Kind.TEXT and cell.startswith("'") else cell


def typed(table: Table, row: Row) -> dict[str, Any]:
    """A row with numbers and flags as such, None for an empty cell (as GeoJSON holds it)."""
    return {column.name: _typed(column.kind, row[column.name]) for column in table.columns}


def _typed(kind: Kind, cell: str) -> Any:
    if not cell:
        return None
    if kind is Kind.BOOLEAN:
        return cell == "true"
    return int(cell) if kind is Kind.INTEGER else float(cell) if kind is Kind.DECIMAL else cell


def rebuild_plan(scenario: Scenario, tables: Mapping[str, Sequence[Row]], summary: Mapping[str, Any]) -> Plan:
    """The plan that the CSV files of stations, villages and routes describe.

    ``reports`` are the summary's, which no recount can check. Raises KeyError or ValueError for words that no
    enumeration knows.
    """
    supply = {row["route_id"]: row for row in tables[BUS_SUPPLY.name]}
    return Plan(
        county_code=summary["county"]["code"],
        stations=tuple(_station(row) for row in tables["stations.csv"]),
        assignments=tuple(_assignment(row) for row in tables["assignments.csv"]),
        routes=tuple(
            _bus_route(scenario, rows, supply) if rows[0]["mode"] == BUS else read_route(scenario, rows)
            for rows in route_rows(tables["routes.csv"])
        ),
        reports=tuple(_report(entry) for entry in summary["reports"]),
        unserved={
            row["station_id"]: UnservedReason(row["unserved"]) for row in tables["stations.csv"] if row["unserved"]
        },
        buses=_bus_facts(tables[BUS_SUPPLY.name], summary),
    )


def route_rows(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of ``routes.csv`` route by route; rows of one id that do not follow each other are separate routes."""
    groups: list[list[Row]] = []
    for row in rows:
        if not groups or groups[-1][-1]["route_id"] != row["route_id"]:
            groups.append([])
        groups[-1].append(row)
    return groups


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None


def _hundredths(cell: str) -> int:
    """Centiparcels of a cell with two decimals, without going through binary fractions."""
    return int(cell.replace(".", ""))


def _station(row: Row) -> Station:
    return Station(
        site_id=row["station_id"],
        tier=Tier.from_word(row["tier"]),
        parent_id=row["parent_id"] or None,
        distance_to_parent_m=_whole(row["distance_to_parent_m"]),
        capex_cny=int(row["capex_cny"]),
        opex_cny_per_year=int(row["opex_cny_per_year"]),
        annual_cost_cny=int(row["annual_cost_cny"]),
        capacity_centiparcels=_hundredths(row["capacity_parcels_per_day"]),
        build_year=int(row["build_year"]),
        connect_cny=_whole(row["connect_cny"]),
        cold=_cold_store(row),
    )


def _cold_store(row: Row) -> ColdStore | None:
    if not any(row[name] for name in ("cold_store", "cold_store_m3", "cold_capex_cny", "cold_annual_cost_cny")):
        return None
    return ColdStore(
        origin=row["cold_store"],  # type: ignore[arg-type]  # its choices are checked with the cells
        volume_m3=int(row["cold_store_m3"]),
        capex_cny=int(row["cold_capex_cny"]),
        opex_cny_per_year=int(row["cold_opex_cny_per_year"]),
        annual_cost_cny=int(row["cold_annual_cost_cny"]),
    )


def _assignment(row: Row) -> Assignment:
    reason = None
    if row["reason"]:
        code, nearest = ReasonCode(row["reason"]), row["nearest_site_id"] or None
        fix = read_fix(row)
        reason = Reason(
            code, nearest, _whole(row["nearest_distance_m"]), _whole(row["missing_m"]), _whole(row["missing_s"]),
            () if fix is None else (fix,),
        )  # fmt: skip
    return Assignment(
        village_code=row["village_code"],
        station_id=row["station_id"] or None,
        access_distance_m=_whole(row["access_distance_m"]),
        access_time_s=_whole(row["access_time_s"]),
        own_station=row["own_station"] == "true",
        service_per_week=int(row["service_per_week"]),
        snap_distance_m=int(row["snap_distance_m"]),
        reason=reason,
        outreach=_outreach(row),
        cold=_cold_reach(row),
    )


def _outreach(row: Row) -> Outreach | None:
    if not row["outreach_station_id"]:
        return None
    kind, distance_m = ServiceKind(row["service"]), int(row["outreach_distance_m"])
    return Outreach(kind, row["outreach_station_id"], distance_m, int(row["outreach_cost_cny_per_year"]))


def _cold_reach(row: Row) -> ColdReach | None:
    names = ("cold_covered", "cold_store_id", "cold_distance_m", "cold_reason")
    if not any(row[name] for name in names):
        return None
    return ColdReach(
        covered=row["cold_covered"] == "true",
        station_id=row["cold_store_id"] or None,
        distance_m=_whole(row["cold_distance_m"]),
        reason=ColdReason(row["cold_reason"]) if row["cold_reason"] else None,
    )


def read_fix(row: Row, villages: int = 1) -> Fix | None:
    """The fix that a row states, if any."""
    if not row["fix"]:
        return None
    return Fix(
        FixKind(row["fix"]), FixCost(row["fix_cost"]), row["fix_setting"] or None, row["fix_value"] or None,
        row["fix_site_id"] or None, read_opens(row["fix_opens"]), _whole(row["fix_road_m"]),
        _whole(row["fix_capex_cny"]), _whole(row["fix_annual_cost_cny"]), int(row["fix_over_budget_cny"]), villages,
    )  # fmt: skip


def read_route(scenario: Scenario, rows: Sequence[Row]) -> Route:
    """The route that rows of ``routes.csv`` describe."""
    first, distance_m = rows[0], sum(int(row["leg_distance_m"]) for row in rows)
    duration_s = int(rows[-1]["leave_s"])
    days = tuple(int(day) for day in first["days"].split("|"))
    vehicle = next((kind for kind in scenario.service.fleet if kind.name == first["vehicle_type"]), None)
    return Route(
        route_id=first["route_id"],
        echelon=first["echelon"],
        mode=first["mode"],
        vehicle_type=first["vehicle_type"],
        days=days,
        depot_id=first["node_id"],
        stops=tuple(
            RouteStop(
                int(row["stop_seq"]), row["node_id"], int(row["arrive_s"]), int(row["leave_s"]),
                _hundredths(row["load_after_parcels"]), int(row["leg_distance_m"]),
                _hundredths(row["delivery_parcels"]), _hundredths(row["pickup_parcels"]),
                _hundredths(row["cold_pickup_parcels"]),
            )
            for row in rows
        ),
        distance_m=distance_m,
        duration_s=duration_s,
        annual_cost_cny=0 if vehicle is None else route_cost_cny(len(days), distance_m, duration_s, vehicle),
    )  # fmt: skip


def _report(entry: Mapping[str, Any]) -> SolveReport:
    return SolveReport(
        stage=entry["stage"],
        status=SolveStatus(entry["status"]),
        objective=entry["objective"],
        bound=entry["bound"],
        unit=entry["unit"],
        seconds=0.0,
        seed=entry["seed"],
        engine=entry["engine"],
    )


def _bus_route(scenario: Scenario, rows: Sequence[Row], supply: Mapping[str, Row]) -> Route:
    """A ride: its trip and the station that hands the parcels over stand in ``bus_supply.csv``."""
    route, row = read_route(scenario, rows), supply.get(rows[0]["route_id"])
    parcels = sum(stop.delivery_centiparcels + stop.pickup_centiparcels for stop in route.stops)
    route = replace(
        route,
        duration_s=route.duration_s - int(rows[0]["leave_s"]),
        annual_cost_cny=bus_cost_cny(scenario, len(route.days), parcels),
    )
    if row is None:
        return route
    trip = BusTrip(
        row["line_id"], departures_from(row["departure"])[0], int(row["board_stop"]), int(row["alight_stop"]),
        tuple(word for word in row["assumed"].split("|") if word),
    )  # fmt: skip
    return replace(route, depot_id=row["supplied_by"], bus=trip)


def _bus_facts(rows: Sequence[Row], summary: Mapping[str, Any]) -> BusFacts | None:
    """What the planner's search said of the plan's buses; None for a plan without."""
    buses = summary.get("buses")
    if buses is None:
        return None
    return BusFacts(
        total_saving_cny=int(buses["saving_cny_per_year"]),
        saving_cny={row["station_id"]: int(row["saving_cny_per_year"]) for row in rows if row["saving_cny_per_year"]},
        cut_cny={row["line_id"]: int(row["line_cut_cny_per_year"]) for row in rows},
        fallback={(row["line_id"], row["station_id"]): row["fallback"] for row in rows},
    )
