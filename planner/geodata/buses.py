"""Passenger lines: rows of stops → lines with their stops in order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import shapely

from planner.domain.county import BusLine, BusStop
from planner.domain.timetable import EVERY_DAY, MINUTES_PER_DAY, days_from, departures_from
from planner.geodata.crs import METRES_PER_DEGREE
from planner.geodata.location import check_located, locate
from planner.geodata.log import DefectLog
from planner.geodata.places import point
from planner.geodata.tables import Record, Records

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

FAR_STOP_M: Final = 5000.0
"""Lines may leave the county; a stop farther out than this is said once a file, and kept."""


def stops_by_line(rows: Records) -> Mapping[str, list[Record]]:
    """The rows of each line, in order of the stops."""
    lines: dict[str, list[Record]] = defaultdict(list)
    for record in rows:
        line_id = record.text("line_id")
        if line_id is not None:
            lines[line_id].append(record)
    for records in lines.values():
        records.sort(key=lambda record: (record.integer("stop_seq") or 0, record.row))
    return lines


def check_lines(rows: Records, found: DefectLog) -> None:
    """Each line has two stops or more, uses no stop number twice, and is the same line in all its rows."""
    for line_id, records in stops_by_line(rows).items():
        if len(records) < 2:
            message = f"line {line_id} has one stop only"
            found.error("bus-line", rows.file, message, "add its other stops, or delete it", row=records[0].row)
        first: dict[int, Record] = {}
        for record in records:
            number = record.integer("stop_seq")
            earlier = record if number is None else first.setdefault(number, record)
            if earlier is not record:
                found.error(
                    "bus-line",
                    rows.file,
                    f"line {line_id} has stop {number} in row {earlier.row} already",
                    "number the stops in the order of travel; give the way back an id of its own",
                    row=record.row,
                    column="stop_seq",
                    value=str(number),
                )
        for column in ("line_name", "trips_per_day", "departures", "hold_parcels", "days"):
            _check_same(line_id, records, column, rows.file, found)
        _check_trips(line_id, records, rows.file, found)
        _check_minutes(line_id, records, rows.file, found)


def _check_trips(line_id: str, records: list[Record], file: str, found: DefectLog) -> None:
    """As many departures as trips a day, where both are given."""
    record = records[0]
    trips, departures = record.integer("trips_per_day"), record.text("departures")
    if trips is None or departures is None or len(departures_from(departures)) == trips:
        return
    found.error(
        "bus-line",
        file,
        f"line {line_id} has {trips} trips a day and {len(departures_from(departures))} departures",
        "correct one of them in every row of the line, or leave trips_per_day empty",
        row=record.row,
        column="departures",
        value=departures,
    )


def _check_minutes(line_id: str, records: list[Record], file: str, found: DefectLog) -> None:
    """Minutes at all stops of a line or at none: 0 at the first, never falling, and within a day."""
    readable = [record for record in records if "minutes_from_start" in record.values]
    if all(record.integer("minutes_from_start") is None for record in readable):
        return
    before = 0
    for record in readable:
        value = record.integer("minutes_from_start")
        problem = _minutes_problem(value, before, first=record is records[0])
        if problem is not None:
            found.error(
                "bus-line",
                file,
                f"line {line_id} {problem[0]}",
                problem[1],
                row=record.row,
                column="minutes_from_start",
                value=None if value is None else str(value),
            )
        before = max(before, value or 0)


def _minutes_problem(value: int | None, before: int, *, first: bool) -> tuple[str, str] | None:
    """What is wrong with the minutes at a stop, after ``before`` at the one before it, and what to do."""
    if value is None:
        return "has no time at this stop", "fill it in at every stop of the line, or at none"
    if first and value != 0:
        return "does not begin at 0", "count the minutes from the departure at the first stop"
    if value < before:
        return f"is here after {value} minutes, at an earlier stop after {before}", "number the stops in order of time"
    if value > MINUTES_PER_DAY:
        return f"needs more than {MINUTES_PER_DAY} minutes to this stop", "write minutes, not seconds"
    return None


def _check_same(line_id: str, records: list[Record], column: str, file: str, found: DefectLog) -> None:
    by_row = sorted((record for record in records if column in record.values), key=lambda record: record.row)
    for record in by_row:
        if record.values[column] != by_row[0].values[column]:
            found.error(
                "bus-line",
                file,
                f"line {line_id} has another {column} than in row {by_row[0].row}, {by_row[0].values[column]}",
                "write the same in every row of a line, or give the other line an id of its own",
                row=record.row,
                column=column,
                value=str(record.values[column]),
            )
            return


def check_stops_placed(rows: Records, boundary: BaseGeometry, found: DefectLog, *, converted: bool = False) -> None:
    """Stops lie in the county or near it; swapped and impossible coordinates are errors, far stops a warning."""
    located = locate(_widened(boundary, FAR_STOP_M), rows)
    far = ~located.inside & ~located.swapped & (np.abs(located.lon) <= 180) & (np.abs(located.lat) <= 90)
    if located.all_elsewhere:
        far[:] = False
    check_located(located.take(~far), boundary, rows.file, found, converted=converted)
    if far.any():
        first = located.records[int(np.flatnonzero(far)[0])]
        found.warning(
            "far-stop",
            rows.file,
            f"{int(far.sum())} of {len(far)} stops lie more than {FAR_STOP_M / 1000:.0f} km outside the county, first "
            f"{first.text('stop_name') or '?'} of line {first.text('line_id') or '?'}",
            "see that they belong to these lines; a line that leaves the county may keep them",
            row=first.row,
        )


def _widened(boundary: BaseGeometry, by_m: float) -> BaseGeometry:
    """``boundary`` (degrees) with a margin, to about 1 %."""
    centre = boundary.centroid
    scale = np.array([math.cos(math.radians(centre.y)), 1.0]) * METRES_PER_DEGREE
    metric = shapely.buffer(shapely.transform(boundary, lambda xy: xy * scale), by_m)
    return cast("BaseGeometry", shapely.transform(metric, lambda xy: xy / scale))


def build_lines(rows: Records) -> list[BusLine]:
    """The lines of rows without defects, in order of their ids."""
    lines = []
    for line_id, records in sorted(stops_by_line(rows).items()):
        stops = tuple(
            BusStop(record.text("stop_name") or "", *point(record), record.integer("minutes_from_start"))
            for record in records
        )
        first = records[0]
        departures, days = first.text("departures"), first.text("days")
        lines.append(
            BusLine(
                line_id,
                first.text("line_name") or "",
                stops,
                first.integer("trips_per_day"),
                () if departures is None else departures_from(departures),
                first.integer("hold_parcels"),
                EVERY_DAY if days is None else days_from(days),
            )
        )
    return lines
