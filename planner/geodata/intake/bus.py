"""Passenger lines with their stops in order, from a table or from OpenStreetMap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from planner.domain.county import BusLine, BusStop
from planner.domain.timetable import EVERY_DAY
from planner.geodata.intake.columns import Table
from planner.geodata.intake.positions import has_positions, place
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.timetables import departures, running_days
from planner.geodata.intake.values import parse_column, whole_number
from planner.geodata.log import DefectLog

T = TypeVar("T")


def bus_from_table(table: Table, request: ImportRequest, found: DefectLog) -> tuple[BusLine, ...] | None:
    """Lines of the table: rows of one id (or name) by their order; None after an error."""
    if not table.has("line_id") and not table.has("line_name"):
        found.error(
            "missing-column", table.file, f"names no line; its columns are {', '.join(table.raw.columns)}",
            "say which with --map 列名=line_name", column="line_name",
        )  # fmt: skip
        return None
    if not has_positions(table):
        found.error(
            "missing-column", table.file, "does not say where the stops lie; its columns are "
            f"{', '.join(table.raw.columns)}",
            "make it a table with a row for each stop of each line, with its longitude and latitude (a cell such as "
            "县城-街子镇 is not taken apart), or leave --bus out", column="lon",
        )  # fmt: skip
        return None
    placed = place(table, request, found)
    if placed is None:
        return None
    sequence = parse_column(table, "stop_seq", whole_number, None, found, label="line_name")
    trips = parse_column(table, "trips_per_day", whole_number, None, found, label="line_name")
    starts = parse_column(table, "departures", departures, None, found, label="line_name")
    minutes = parse_column(table, "minutes_from_start", whole_number, None, found, label="line_name")
    holds = parse_column(table, "hold_parcels", whole_number, None, found, label="line_name")
    days = parse_column(table, "days", running_days, None, found, label="line_name")
    names, stops = table.texts("line_name"), table.texts("stop_name")
    ids = table.texts("line_id") if table.has("line_id") else names
    rows: dict[str, list[int]] = defaultdict(list)
    for i, (line_id, known) in enumerate(zip(ids, placed.known.tolist(), strict=True)):
        if not line_id:
            found.error(
                "empty-cell", table.file, "belongs to no line", "fill it in", row=table.raw.rows[i],
                column=table.header("line_id" if table.has("line_id") else "line_name"),
            )  # fmt: skip
        elif known:
            rows[line_id].append(i)
    lines = []
    for line_id, members in rows.items():
        order = [sequence[i] for i in members]
        _check_order(table, line_id, members, order, found)
        _check_one_value(table, line_id, members, {"departures": starts, "hold_parcels": holds, "days": days}, found)
        ranked = np.argsort([i if value is None else value for i, value in enumerate(order)], kind="stable")
        at = [members[i] for i in ranked.tolist()]
        stops_in_order = tuple(BusStop(stops[i], float(placed.lon[i]), float(placed.lat[i]), minutes[i]) for i in at)
        lines.append(
            BusLine(
                line_id, names[at[0]] or line_id, stops_in_order, _first(trips, at), _first(starts, at) or (),
                _first(holds, at), _first(days, at) or EVERY_DAY,
            )
        )  # fmt: skip
    return tuple(sorted(lines, key=lambda line: line.line_id))


def _first(values: Sequence[T | None], members: Sequence[int]) -> T | None:
    """What the first row of a line says that says anything."""
    return next((value for i in members if (value := values[i]) is not None), None)


def _check_one_value(
    table: Table, line_id: str, members: list[int], columns: Mapping[str, Sequence[object]], found: DefectLog
) -> None:
    """A line's rows may leave its timetable out, but not give two."""
    for name, values in columns.items():
        given = [i for i in members if values[i] is not None]
        other = next((i for i in given if values[i] != values[given[0]]), None)
        if other is not None:
            found.error(
                "bus-line", table.file, f"line {line_id} has another {name} than in row {table.raw.rows[given[0]]}",
                "write the same in every row of a line, or give the other line an id of its own",
                row=table.raw.rows[other], column=table.header(name),
            )  # fmt: skip


def _check_order(table: Table, line_id: str, members: list[int], order: list[int | None], found: DefectLog) -> None:
    """Either every stop of a line has its own number, or none has and the order of the rows counts."""
    if not table.has("stop_seq"):
        return
    for i, value in zip(members, order, strict=True):
        if value is None or order.count(value) > 1:
            what = "has no number" if value is None else "has the number of another stop"
            found.error(
                "stop-order", table.file, f"({line_id}) {what} along the line", "number the stops 1, 2, 3, …",
                row=table.raw.rows[i], column=table.header("stop_seq"),
            )  # fmt: skip
