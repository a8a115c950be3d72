"""``carriers.csv`` and ``carriers_routes.csv`` counted again: each carrier's routes judged by every rule of routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from planner.domain import Plan, carrier_row
from planner.domain.schema import CARRIERS, CARRIERS_ROUTES, Kind, Table
from planner.evaluate.carriers import compared
from planner.evaluate.counted import row_label
from planner.evaluate.files import Difference, Row, read_route, read_rows, route_rows
from planner.evaluate.judge_routes import route_violations
from planner.evaluate.violation import Scene

_OF_THE_PLAN = frozenset({"visits", "unserved"})
"""Rules about what the plan says of its stations: a carrier's routes state nothing of the kind."""


def audit_carriers(directory: Path, scene: Scene) -> tuple[Plan, list[Difference], int]:
    """The plan with its carriers' routes, what differs, and how many cells were read."""
    plan, shares = scene.plan, scene.scenario.carriers.exact
    if not shares or not plan.routes:
        tables = (CARRIERS, CARRIERS_ROUTES)
        extra = [Difference(t.name, None, "", "a file", "none") for t in tables if (directory / t.name).exists()]
        return plan, extra, 0
    (rows, found), (stops, wrong) = (read_rows(directory, table) for table in (CARRIERS, CARRIERS_ROUTES))
    checked = sum(map(len, rows)) + sum(map(len, stops))
    if found or wrong:
        return plan, [*found, *wrong], checked
    names = [str(k + 1) for k in range(len(shares))]
    strange = sorted({row["carrier"] for row in stops} - set(names))
    if strange:
        return plan, [Difference(CARRIERS_ROUTES.name, None, "carrier", ", ".join(strange), ", ".join(names))], checked
    carriers = tuple(_carrier(scene, [row for row in stops if row["carrier"] == name]) for name in names)
    whole = replace(plan, carriers=carriers)
    label = row_label(scene.county, scene.scenario)
    differences = [*_judged(scene, carriers), *_labels(stops, label)]
    expected = [_cells(CARRIERS, carrier_row(row, label)) for row in compared(scene.county, scene.scenario, whole)]
    return whole, [*differences, *_row_differences(rows, expected)], checked


def _carrier(scene: Scene, rows: Sequence[Row]) -> Plan:
    routes = tuple(read_route(scene.scenario, group) for group in route_rows(rows))
    return replace(scene.plan, routes=routes, reports=(), unserved={}, buses=None, together=None)


def _judged(scene: Scene, carriers: Sequence[Plan]) -> Iterator[Difference]:
    known = set(scene.plan.station_by_id)
    for k, plan in enumerate(carriers):
        name = CARRIERS_ROUTES.name
        strange = sorted({stop.site_id for route in plan.routes for stop in route.stops} - known)
        if strange:
            yield Difference(name, None, "node_id", f"carrier {k + 1}: {', '.join(strange)}", "open stations")
            continue
        own = Scene(scene.county, scene.scenario.of_carrier(k), plan, scene.travel)
        for violation in route_violations(own):
            if violation.rule not in _OF_THE_PLAN:
                yield Difference(name, None, violation.rule, f"carrier {k + 1}: {violation}", "no violation")


def _labels(rows: Sequence[Row], label: str) -> Iterator[Difference]:
    for number, row in enumerate(rows, start=2):
        if row["synthetic_layers"] != label:
            yield Difference(CARRIERS_ROUTES.name, number, "synthetic_layers", row["synthetic_layers"], label)


def _cells(table: Table, row: object) -> Row:
    assert isinstance(row, dict)  # noqa: S101 (for the type checker)
    cells = {}
    for column in table.columns:
        value = row[column.name]
        shown = "" if value is None else str(value)
        cells[column.name] = f"{value:.{column.decimals}f}" if shown and column.kind is Kind.DECIMAL else shown
    return cells


def _row_differences(rows: Sequence[Row], expected: Sequence[Row]) -> Iterator[Difference]:
    if len(rows) != len(expected):
        yield Difference(CARRIERS.name, None, "", f"{len(rows)} rows", f"{len(expected)} rows")
        return
    for number, (given, counted) in enumerate(zip(rows, expected, strict=True), start=2):
        for column, value in counted.items():
            if given[column] != value:
                yield Difference(CARRIERS.name, number, column, given[column], value)
