"""Result folders, written all or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.domain import County, Plan
from planner.domain.attribution import attributions
from planner.errors import UsageError
from planner.export.bus_supply import bus_supply_table
from planner.export.geo import geojson_text, plan_layers, write_geopackage
from planner.export.summary import Assumption, summary, summary_text
from planner.export.tables import (
    assignments_table,
    carriers_routes_table,
    carriers_table,
    critical_links_table,
    csv_bytes,
    fixes_table,
    routes_table,
    stations_table,
)
from planner.export.timetable import timetable_table
from planner.network import result_notes
from planner.scenario import Scenario

if TYPE_CHECKING:
    from shapely import LineString

    from planner.evaluate import Evaluation

RESULT_FILES: Final = (
    "stations.csv", "assignments.csv", "routes.csv", "timetable.csv", "bus_supply.csv", "fixes.csv",
    "critical_links.csv", "carriers.csv", "carriers_routes.csv", "summary.json", "plan.geojson", "plan.gpkg",
    "map.html", "route_sheets.html",
)  # fmt: skip
"""The files a result folder is made of; `write_plan` replaces or removes these and touches no other."""


def write_plan(
    directory: str | Path,
    county: County,
    scenario: Scenario,
    plan: Plan,
    evaluation: Evaluation,
    *,
    assumptions: Sequence[Assumption] | None = None,
    route_geometry: Mapping[str, LineString] | None = None,
    map_html: str | None = None,
    route_sheets_html: str | None = None,
    run_facts: Mapping[str, Any] | None = None,
) -> tuple[Path, ...]:
    """Write every result file into ``directory`` (made if missing) and return their paths.

    Either all files are there afterwards or ``directory`` is as it was. A file of an earlier result that
    this one does not have (``map.html`` without ``map_html``) is removed, so that a folder never mixes two
    plans; files with other names stay. Apart from ``run`` in ``summary.json`` and the names that folium gives to
    the elements of ``map.html``, the same plan gives the same bytes.

    ``assumptions`` default to `Scenario.assumptions`; ``run_facts`` go under ``run`` in ``summary.json``.
    Raises UsageError when ``directory`` is a file, or one of the files' names is taken by a folder.
    """
    texts = {
        "stations.csv": csv_bytes(stations_table(county, scenario, plan)),
        "assignments.csv": csv_bytes(assignments_table(county, scenario, plan)),
        "routes.csv": csv_bytes(routes_table(county, scenario, plan)),
        "timetable.csv": csv_bytes(timetable_table(county, scenario, plan)),
    }
    if plan.by_bus:
        texts["bus_supply.csv"] = csv_bytes(bus_supply_table(county, scenario, plan))
    if any(assignment.reason is not None and assignment.reason.fixes for assignment in plan.assignments):
        texts["fixes.csv"] = csv_bytes(fixes_table(county, scenario, plan))
    if evaluation.backup is not None and evaluation.backup.link is not None:
        texts["critical_links.csv"] = csv_bytes(critical_links_table(county, scenario, evaluation.backup))
    if plan.carriers:
        texts["carriers.csv"] = csv_bytes(carriers_table(county, scenario, evaluation.carriers))
        texts["carriers_routes.csv"] = csv_bytes(carriers_routes_table(county, scenario, plan))
    notes = scenario.assumptions() if assumptions is None else assumptions
    figures = summary(county, scenario, plan, evaluation, assumptions=notes, run_facts=run_facts or {})
    texts["summary.json"] = summary_text(figures).encode()
    layers = plan_layers(county, scenario, plan, route_geometry or {})
    warnings = [
        text for language in ("zh", "en") for text in result_notes(county, scenario.network, language, scenario.sites)
    ]
    owed = attributions(county)
    texts["plan.geojson"] = geojson_text(layers, warnings, owed).encode()
    pages = {"map.html": map_html, "route_sheets.html": route_sheets_html}
    texts |= {name: page.encode() for name, page in pages.items() if page is not None}

    def fill(fresh: Path) -> None:
        for name, content in texts.items():
            (fresh / name).write_bytes(content)
        write_geopackage(fresh / "plan.gpkg", layers, owed)

    return write_folder(directory, RESULT_FILES, fill)


def write_folder(directory: str | Path, owned: Sequence[str], fill: Callable[[Path], None]) -> tuple[Path, ...]:
    """Put what ``fill`` writes into ``directory`` (made if missing), all or nothing; returns the paths in order.

    ``owned`` are the names of the files that such a folder is made of: those of an earlier run are replaced or
    removed, others stay. Raises UsageError when ``directory`` is a file or one of the names is taken by a folder.
    """
    directory = Path(directory)
    _check_target(directory, owned)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent) as scratch:
        fresh = Path(scratch, "fresh")
        fresh.mkdir()
        fill(fresh)
        _move_in(fresh, directory, Path(scratch, "old"), owned)
    return tuple(directory / name for name in owned if (directory / name).exists())


def write_file(path: str | Path, content: bytes) -> Path:
    """Write one file, its folder made if missing: it is then whole, or as it was. Raises UsageError for a folder."""
    path = Path(path)
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
        fresh = Path(scratch, path.name)
        fresh.write_bytes(content)
        fresh.replace(path)
    return path


def _check_target(directory: Path, owned: Sequence[str]) -> None:
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory}: is a file; give a folder to write the result into")
    for name in owned:
        if (directory / name).is_dir():
            raise UsageError(f"{directory / name}: is a folder, and a result file has this name; move it away")


def _move_in(fresh: Path, directory: Path, old: Path, owned: Sequence[str]) -> None:
    """Put the files of ``fresh`` into ``directory`` in place of earlier results; on an error put those back."""
    if not directory.exists():
        fresh.rename(directory)
        return
    old.mkdir()
    moved_out, moved_in = [], []
    try:
        for name in owned:
            if (directory / name).exists():
                os.replace(directory / name, old / name)  # noqa: PTH105 (one spelling for all three moves)
                moved_out.append(name)
            if (fresh / name).exists():
                shutil.move(fresh / name, directory / name)
                moved_in.append(name)
    except OSError:
        for name in moved_in:
            (directory / name).unlink()
        for name in moved_out:
            (old / name).replace(directory / name)
        raise
