"""The audit: every figure of a result folder, recounted from its files and the county's data alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.domain import County, Plan, SolveStatus
from planner.domain.schema import ASSIGNMENTS, BUS_SUPPLY, RESULT_TABLES, ROUTES, STATIONS, TIMETABLE
from planner.errors import ScenarioError, UsageError
from planner.evaluate.audit_backup import audit_backup
from planner.evaluate.audit_buses import bus_supply_differences
from planner.evaluate.audit_carriers import audit_carriers
from planner.evaluate.audit_fixes import fix_differences, with_listed_fixes
from planner.evaluate.audit_timetable import timetable_differences
from planner.evaluate.comparing import SUMMARY, AuditReport, compare, leaves, one_line, scenario_differences
from planner.evaluate.counted import counted_cells, counted_objectives, counted_summary
from planner.evaluate.files import PLAN, Difference, Row, read_rows, read_summary, rebuild_plan
from planner.evaluate.judge import check_plan
from planner.evaluate.pictures import geojson_differences, geopackage_differences
from planner.evaluate.recount import Travel, recount_travel
from planner.evaluate.together import TOGETHER_STAGE, counted_together, together_differences
from planner.evaluate.violation import Scene, Violation
from planner.scenario import Scenario

_FREE_KEYS = frozenset({"run", "reports", "assumptions", "scenario_set"})
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_PROVEN_GAP = 1e-6
_KEY_COLUMN = {STATIONS.name: "station_id", ASSIGNMENTS.name: "village_code", ROUTES.name: "route_id"}


def recorded_county(directory: str | Path, name: str = SUMMARY) -> str:
    """The county folder that ``summary.json`` (or ``name``) names; its last part when that folder is not there.

    Raises UsageError when ``directory`` is no result folder.
    """
    try:
        folder = str(read_summary(Path(directory), name)["county"]["folder"])
    except (KeyError, TypeError) as error:
        raise UsageError(f"{directory}: {name} names no county") from error
    return folder if Path(folder).is_dir() else Path(folder).name


def audit(directory: str | Path, county: County, *, travel: Travel | None = None) -> AuditReport:
    """Recount a result folder against ``county``, the data that it says it was made from.

    Read are the CSV files, ``summary.json``, ``plan.geojson`` and ``plan.gpkg``. The plan is rebuilt from the CSV
    files, judged by every rule, and every other cell and figure counted again; every stretch of road on somebody's
    way is closed anew. Of the solvers' ``reports`` values and gaps are counted, but no bound can be; nor can what is
    under ``run``. A county whose files have changed since gives a difference for each changed file. ``travel`` spares
    measuring the roads again.

    Raises UsageError when ``directory`` has no readable ``summary.json``.
    """
    directory = Path(directory)
    summary = read_summary(directory)
    differences: list[Difference] = []
    try:
        scenario = Scenario.from_mapping(summary["scenario"], where=SUMMARY)
        Scenario.from_mapping(summary["scenario_set"], where=SUMMARY)
    except (KeyError, TypeError, ScenarioError) as error:
        return AuditReport((Difference(SUMMARY, None, "scenario", one_line(error), "a scenario"),), 1)
    tables: dict[str, list[Row]] = {}
    for table in RESULT_TABLES:
        tables[table.name], found = read_rows(directory, table)
        differences += found
    tables[BUS_SUPPLY.name] = []
    if any(row["mode"] == "bus" for row in tables[ROUTES.name] if "mode" in row):
        tables[BUS_SUPPLY.name], found = read_rows(directory, BUS_SUPPLY)
        differences += found
    checked = sum(len(row) for rows in tables.values() for row in rows)
    if differences:
        return AuditReport(tuple(differences), checked)
    try:
        plan = rebuild_plan(scenario, tables, summary)
    except _MALFORMED as error:
        return AuditReport((Difference(PLAN, None, "", one_line(error), "values that make a plan"),), checked)
    plan, listed = with_listed_fixes(directory, plan)
    differences += listed.differences
    checked += sum(map(len, listed.rows))
    travel = recount_travel(county, scenario, plan) if travel is None else travel
    violations = check_plan(county, scenario, plan, travel=travel)
    differences += [_located(violation, tables) for violation in violations]
    if not _broken_references(violations):
        differences += _cells(county, scenario, plan, tables)
        differences += timetable_differences(county, scenario, plan, tables[TIMETABLE.name])
        differences += bus_supply_differences(county, scenario, plan, tables[BUS_SUPPLY.name])
        differences += fix_differences(county, scenario, plan, listed.rows)
        plan, found, cells = audit_carriers(directory, Scene(county, scenario, plan, travel))
        differences += found
        checked += cells
        plan, found = _with_together(county, scenario, plan, summary)
        differences += found
        backup = audit_backup(directory, summary, county, scenario, plan, travel)
        differences += backup.differences
        counted = counted_summary(county, scenario, plan, backup.resilience)
        differences += compare("", _without(summary, _FREE_KEYS), counted)
        differences += _well_formed("together", lambda: together_differences(summary, scenario, plan.together))
        objectives = counted_objectives(county, scenario, plan, backup.second_station)
        differences += _well_formed("reports", lambda: _report_differences(summary, objectives))
        checked += leaves(summary) + backup.checked
    differences += _well_formed("assumptions", lambda: scenario_differences(summary, scenario))
    for found, count in (
        geojson_differences(directory / "plan.geojson", tables, plan),
        geopackage_differences(directory / "plan.gpkg", tables, plan),
    ):
        differences += found
        checked += count
    return AuditReport(tuple(differences), checked)


def _with_together(
    county: County, scenario: Scenario, plan: Plan, summary: Mapping[str, Any]
) -> tuple[Plan, list[Difference]]:
    """The plan with what it saves over stations first, where the summary states it."""
    if "together" not in summary:
        return plan, []
    try:
        return replace(plan, together=counted_together(county, scenario, plan, summary["together"])), []
    except _MALFORMED as error:
        return plan, [Difference(SUMMARY, None, "together", one_line(error), "the shape that `write_plan` gives it")]


def _well_formed(part: str, look: Callable[[], Iterator[Difference]]) -> list[Difference]:
    """What ``look`` finds in a part of the summary; one difference when the part has not even its shape."""
    try:
        return list(look())
    except _MALFORMED as error:
        return [Difference(SUMMARY, None, part, one_line(error), "the shape that `write_plan` gives it")]


def _broken_references(violations: Sequence[Violation]) -> bool:
    """Whether the judge stopped at ids that do not exist, so that nothing can be counted."""
    rules = {"county", "site", "village", "open-station"}
    return any(violation.rule in rules for violation in violations)


def _located(violation: Violation, tables: Mapping[str, Sequence[Row]]) -> Difference:
    """A violation as a difference, with the row of its subject where it has one."""
    subject, _, stop = violation.subject.partition(" stop ")
    row = None
    if violation.file:
        key = _KEY_COLUMN[violation.file]
        matches = (
            number
            for number, cells in enumerate(tables[violation.file], start=2)
            if cells[key] == subject and (not stop or cells["stop_seq"] == stop)
        )
        row = next(matches, None)
    return Difference(
        file=violation.file or PLAN,
        row=row,
        column=violation.column or violation.rule,
        exported=violation.given if violation.counted else f"{violation.subject} {violation.message}",
        recounted=violation.counted or "no violation",
    )


def _cells(county: County, scenario: Scenario, plan: Plan, tables: Mapping[str, Sequence[Row]]) -> Iterator[Difference]:
    for name, expected in counted_cells(county, scenario, plan).items():
        for number, (given, counted) in enumerate(zip(tables[name], expected, strict=True), start=2):
            for column, value in counted.items():
                if given[column] != value:
                    yield Difference(name, number, column, given[column], value)


def _without(summary: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """The summary without what no recount can check; the county's folder may have moved."""
    rest = {key: value for key, value in summary.items() if key not in keys}
    rest["county"] = {key: value for key, value in rest["county"].items() if key != "folder"}
    return rest


def _report_differences(summary: Mapping[str, Any], objectives: Mapping[str, float]) -> Iterator[Difference]:
    """Each report's gap must follow from its objective and bound, and a proof leave no gap.

    The value of a stage that is proven, or of a routing stage, must be the plan's. (A siting stage that was cut
    short may be bettered by a later one.)
    """
    for position, entry in enumerate(summary["reports"]):
        objective, bound = entry["objective"], entry["bound"]
        gap = None if objective is None or bound is None else abs(objective - bound) / max(1.0, abs(objective))
        yield from compare(f"reports[{position}].gap", entry.get("gap"), gap)
        if entry["stage"] not in objectives and not entry["stage"].startswith(("route ", "ways.")):
            yield Difference(
                SUMMARY, None, f"reports[{position}].stage", entry["stage"], "a stage of siting or routing"
            )
        proven = entry["status"] == SolveStatus.OPTIMAL
        if entry["stage"] in objectives and (proven or entry["stage"].startswith(("route ", "ways.", TOGETHER_STAGE))):
            yield from compare(f"reports[{position}].objective", objective, objectives[entry["stage"]])
        if proven and gap is not None and gap > _PROVEN_GAP:
            yield Difference(SUMMARY, None, f"reports[{position}].status", f"optimal with a gap of {gap}", "feasible")
