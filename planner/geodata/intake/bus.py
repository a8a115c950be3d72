"""Passenger lines with their stops in order, from a table or from OpenStreetMap."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from planner.domain.county import BusLine, BusStop
from planner.geodata.intake.columns import Table
from planner.geodata.intake.positions import has_positions, place
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.values import parse_column, whole_number
from planner.geodata.log import DefectLog


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
        ranked = np.argsort([i if value is None else value for i, value in enumerate(order)], kind="stable")
        at = [members[i] for i in ranked.tolist()]
        stops_in_order = tuple(BusStop(stops[i], float(placed.lon[i]), float(placed.lat[i])) for i in at)
        known_trips = [count for i in at if (count := trips[i]) is not None]
        lines.append(BusLine(line_id, names[at[0]] or line_id, stops_in_order, known_trips[0] if known_trips else None))
    return tuple(sorted(lines, key=lambda line: line.line_id))


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
