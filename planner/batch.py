"""Many counties: one process each, going on past a failing one, and taking up where a stopped run left off."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from planner.domain import County
from planner.errors import PlannerError, UsageError
from planner.geodata import county_folder, read_county
from planner.network import result_label
from planner.scenario import Scenario


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One county of a batch.

    ``outcome`` is done, kept (already there, from the same input), or failed with ``error``. A plan that breaks
    a rule by the judge's count is written and fails, with the rules in ``error``.
    """

    county: str
    outcome: str
    code: str = ""
    name: str = ""
    status: str = ""
    townships: int | None = None
    townships_with_outlet: int | None = None
    villages: int | None = None
    villages_with_service: int | None = None
    villages_with_express: int | None = None
    stations: int | None = None
    capex_cny: int | None = None
    annual_cost_cny: int | None = None
    synthetic_layers: str = ""
    error: str = ""


def solve_batch(
    counties: Sequence[str], scenario: Scenario, directory: str | Path, *, workers: int = 1
) -> Iterator[BatchRow]:
    """Solve each county into ``directory``/<name>, yielding a row as each ends; `write_batch` makes the table.

    A county whose result is there already, from the same input files, scenario and program versions, is kept.
    The plan of a county does not depend on ``workers``. Counties that fail are reported, never skipped in silence.
    Raises UsageError when two counties would be written to the same folder.
    """
    directory = Path(directory)
    _refuse_shared_targets(counties)
    jobs = [(county, scenario.model_dump_json(exclude_unset=True), str(directory)) for county in counties]
    # One worker is a process too: whatever ends it, the others' results and the table stay.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_solve_one, *job): job[0] for job in jobs}
        for future in as_completed(waiting):
            error = future.exception()
            yield future.result() if error is None else BatchRow(waiting[future], "failed", error=_one_line(error))


def write_batch(directory: str | Path, rows: Sequence[BatchRow]) -> Path:
    """Write ``batch.csv``, one county a row in order of name, and return its path."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(BatchRow)], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in sorted(rows, key=lambda row: row.county))
    path = directory / "batch.csv"
    partial = path.with_suffix(".csv.part")
    partial.write_bytes(text.getvalue().encode("utf-8-sig"))
    partial.replace(path)
    return path


def _refuse_shared_targets(counties: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for county in counties:
        name = Path(county).resolve().name
        if name in seen:
            raise UsageError(f"{seen[name]} and {county} would both be written to the folder {name!r}: rename one")
        seen[name] = county


def _solve_one(name: str, scenario_json: str, directory: str) -> BatchRow:
    from planner.pipeline import program_versions, solve

    scenario = Scenario.model_validate_json(scenario_json)
    try:
        county = read_county(name)
        target = Path(directory) / county_folder(name).name
        key = _digest([county.digest, scenario_json, program_versions()])
        marker = target / ".batch-key"
        done = marker.read_text("utf-8").splitlines() if marker.is_file() else []
        kept = done[:1] == [key] and all((target / file).is_file() for file in done[1:])
        if not kept:
            marker.unlink(missing_ok=True)
            solved = solve(county, scenario)
            written = solved.write(target)
            if solved.violations:
                return BatchRow(name, "failed", error=" | ".join(map(str, solved.violations)))
            marker.write_text("\n".join([key, *(path.name for path in written)]), "utf-8")
        summary = json.loads((target / "summary.json").read_text("utf-8-sig"))
    except (PlannerError, OSError) as error:
        return BatchRow(name, "failed", error=_one_line(error))
    return _row(name, "kept" if kept else "done", county, summary)


def _row(name: str, outcome: str, county: County, summary: Mapping[str, Any]) -> BatchRow:
    shares, counts, costs = summary["indicators"], summary["counts"], summary["costs"]
    return BatchRow(
        county=name,
        outcome=outcome,
        code=county.code,
        name=county.name,
        status=summary["status"],
        townships=shares["township_outlet_coverage"]["denominator"],
        townships_with_outlet=shares["township_outlet_coverage"]["numerator"],
        villages=counts["villages"],
        villages_with_service=counts["villages_covered"],
        villages_with_express=shares["village_express_access"]["numerator"],
        stations=counts["stations"],
        capex_cny=costs["capex_cny"],
        annual_cost_cny=costs["total_cny_per_year"],
        synthetic_layers=result_label(county, Scenario.from_mapping(summary["scenario"]).network),
    )


def _digest(parts: object) -> str:
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _one_line(error: BaseException) -> str:
    return " | ".join((str(error) or type(error).__name__).splitlines())
