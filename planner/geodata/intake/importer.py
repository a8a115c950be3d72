"""Raw files → a county folder: read, understand, put together, check, write."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import UsageError
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.assembly import Assembly
from planner.geodata.intake.columns import Table, check_maps, recognise
from planner.geodata.intake.documents import InputFile, county_toml, sources_text
from planner.geodata.intake.layers import (
    ROADS_FILE,
    boundary_bytes,
    bus_bytes,
    sites_bytes,
    townships_bytes,
    villages_bytes,
    write_roads,
)
from planner.geodata.intake.report import ImportReport
from planner.geodata.intake.request import ImportRequest, check_request
from planner.geodata.intake.tidy import filled_down, records_only
from planner.geodata.intake.writing import Target, check_target, fill, move_in, staged
from planner.geodata.manifest import digest
from planner.geodata.report import order_defects
from planner.geodata.sources import read_raw

if TYPE_CHECKING:
    from planner.geodata.sources import RawTable

Progress = Callable[[str], None]


def import_county(request: ImportRequest, progress: Progress = lambda _: None) -> ImportReport:
    """Make a county folder of the request's files, or report everything that stands against it.

    Raises UsageError for a request that makes no sense, whatever the files hold.
    """
    check_request(request)
    target = Target.of(request.out)
    check_target(target, request.replace)
    work = Assembly(request)
    raws = _read_files(work, progress)
    if request.osm is not None or request.place is not None:
        progress(f"reading {request.place if request.osm is None else request.osm.name}")
    else:
        progress("putting together")
    work.run()
    inputs = _inputs(work, raws)
    if work.found.has_errors():
        return _refused(work, inputs)
    progress("writing and checking")
    return _write(work, target, inputs)


def _read_files(work: Assembly, progress: Progress) -> list[tuple[Role, RawTable]]:
    """Read every file and understand its columns; OpenStreetMap is read by the assembly, which knows the boundary."""
    raws = []
    for role, path in work.request.files.items():
        progress(f"reading {path.name}")
        raw = read_raw(
            path, str(path), work.found, layer=work.request.layers.get(role), encoding=work.request.encoding(role, path)
        )
        if raw is not None:
            raw = records_only(raw, work.found)
            raws.append((role, raw))
            work.read[role] = raw
            table = recognise(raw, role, work.request.maps, work.found)
            if table is not None:
                table = work.tables[role] = filled_down(table, work.found)
                _note_columns(work, table)
    check_maps(work.request.maps, raws, work.found)
    return raws


def _note_columns(work: Assembly, table: Table) -> None:
    """What each column was taken for, into review.csv."""
    for ours, header in table.headers.items():
        why = "said with --map" if ours in table.mapped else "recognised by its header"
        work.review.add("column", table.file, ours, why, row=1, name=header)
    for header in table.unread if table.role is not Role.BOUNDARY else ():
        work.review.add("column", table.file, "left unread", "not said, and not recognised", row=1, name=header)


def _inputs(work: Assembly, raws: list[tuple[Role, RawTable]]) -> tuple[InputFile, ...]:
    files = []
    for role, raw in raws:
        parts = [f"sheet or layer {raw.layer}" if raw.layer else "", raw.encoding, work.conversions.get(role, "")]
        table = work.tables.get(role)
        columns = "" if table is None or role is Role.BOUNDARY else table.guess()
        read_as = ", ".join(part for part in parts if part)
        files.append(InputFile(role, raw.file, digest(work.request.files[role]), read_as, columns))
    if work.osm is not None:
        stand = f"state of {work.osm.timestamp}" if work.osm.timestamp else "date unknown"
        files.append(InputFile("osm", work.osm_file, work.osm.sha256, stand))
    if work.request.elevation is not None:
        files.append(InputFile("elevation", str(work.request.elevation), digest(work.request.elevation)))
    return tuple(files)


def _refused(work: Assembly, inputs: tuple[InputFile, ...]) -> ImportReport:
    order = [given.file for given in inputs]
    return ImportReport(
        work.request.out, False, inputs, tuple(work.draft.facts), defects=order_defects(work.found.defects, order)
    )


def _write(work: Assembly, target: Target, inputs: tuple[InputFile, ...]) -> ImportReport:
    from planner.geodata.reader import check_county

    draft, review = work.draft, work.review
    assert draft.boundary is not None  # noqa: S101 (without one there is an error, and we are not here)
    files = {"boundary": "boundary.geojson", "townships": "townships.csv", "villages": "villages.csv"}
    if draft.roads is not None:
        files["roads"] = ROADS_FILE
    files["sites"] = target.stations_entry
    if draft.bus:
        files["bus"] = "bus.csv"
    contents = {
        "county.toml": county_toml(draft, files),
        "boundary.geojson": boundary_bytes(draft.boundary, draft.code),
        "townships.csv": townships_bytes(draft.townships),
        "villages.csv": villages_bytes(draft.villages),
        "review.csv": review.csv_bytes(),
        "SOURCES.md": sources_text(draft, inputs, files, review.counts(), _today()),
    }
    if draft.bus:
        contents["bus.csv"] = bus_bytes(draft.bus)

    def more(folder: Path) -> None:
        if draft.roads is not None:
            write_roads(folder / ROADS_FILE, draft.roads)

    with staged(target) as inner:
        fill(inner, contents, sites_bytes(draft, draft.sites, work.request.candidates.broadband), more)
        checked = check_county(inner.folder)
        work.found.defects.extend(work.translate(defect) for defect in checked.defects)
        if not work.found.has_errors():
            move_in(inner, target, work.request.replace)
    if work.found.has_errors():
        return _refused(work, inputs)
    counts = {
        "townships": len(draft.townships), "villages": len(draft.villages), "sites": len(draft.sites),
        "stretches of road": 0 if draft.roads is None else len(draft.roads), "bus lines": len(draft.bus),
    }  # fmt: skip
    order = [given.file for given in inputs]
    return ImportReport(
        target.folder, True, inputs, tuple(draft.facts), counts, review.counts(),
        order_defects(work.found.defects, order),
    )  # fmt: skip


def _today() -> str:
    """The day of the import; ``SOURCE_DATE_EPOCH`` sets it, so that a build can be repeated byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return dt.datetime.now(dt.UTC).date().isoformat()
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch}: give whole seconds since 1970, or unset it") from error
