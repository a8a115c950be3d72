"""Roads of the county: from any vector file with a column for the class, else from OpenStreetMap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.county import Surface
from planner.geodata.cells import Problem
from planner.geodata.crs import of_a_place
from planner.geodata.georef import Said, numbers_fit
from planner.geodata.intake.boundary import DECIMALS
from planner.geodata.intake.columns import Table, listed
from planner.geodata.intake.draft import Roads
from planner.geodata.intake.positions import frame_of
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.review import Review
from planner.geodata.intake.values import parse_column, parse_words
from planner.geodata.intake.words import ONEWAY, ROAD_CLASSES, SURFACES
from planner.geodata.log import FOLD_FROM_ROWS, DefectLog
from planner.geodata.roads import components, line_lengths_m

if TYPE_CHECKING:
    from planner.geodata.osm import OsmRoads

_LINE, _MULTILINE = 1, 5
_NAN = float("nan")
_LIMIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:km/h|kmh|公里/小时|千米/小时|公里|码)?", re.IGNORECASE)
_MONTHS = re.compile(r"[|、,，;；\s]+|和")
_RANGE = re.compile(r"([0-9]{1,2})月?\s*[-—–~至到]\s*(?:次年)?([0-9]{1,2})月?")
_MONTHS_FIX = "write months 1–12, e.g. 11-3 or 12、1、2"
_FTB = frozenset(("F", "T", "B", ""))


def roads_from_table(table: Table, request: ImportRequest, found: DefectLog, review: Review) -> Roads | None:
    """Stretches as the file draws them, cut nowhere; a MultiLineString becomes several. None after an error."""
    raw = table.raw
    if raw.geometries is None:
        found.error("no-geometry", raw.file, "is a table without geometry", "give a map file with lines")
        return None
    if not table.has("road_class"):
        found.error(
            "missing-column",
            raw.file,
            f"has no column for the class of the roads; its columns are {listed(raw.columns)}",
            "say which with --map 列名=road_class",
            column="road_class",
        )
        return None
    frame = frame_of(table, request, found)
    usable = _usable(table, raw.geometries, found)
    classes = parse_words(table, "road_class", ROAD_CLASSES, "", found)
    _tell_empty_classes(table, classes, found)
    surfaces = _surfaces(table, found, review)
    ways = _directions(table, found, review)
    limits = parse_column(table, "speed_limit_kmh", _limit, _NAN, found)
    months = parse_column(table, "closed_months", closed_months, "", found)
    _tell_repeated(table, found)
    if frame is None or not usable.all() or not numbers_fit(raw.geometries, frame, Said(), table.file, found):
        return None
    if found.has_errors():
        return None
    lines = frame.geometries(raw.geometries)
    reverse = np.array([way == "reverse" for way in ways])
    if reverse.any():
        lines[reverse] = shapely.reverse(lines[reverse])
    ids = [text or f"R{i:06d}" for i, text in enumerate(table.texts("road_id"), start=1)]
    if _repeated(table, ids, found) or not _in_degrees(table, lines, found):
        return None
    roads = Roads(
        ids, table.texts("name"), classes, [surface or Surface.PAVED.value for surface in surfaces],
        np.array([way != "false" for way in ways], dtype=bool), np.array(limits, dtype=np.float64), months, lines,
        row=np.asarray(raw.rows, dtype=np.int64),
        assumed={
            "surface": np.array([not surface for surface in surfaces], dtype=bool),
            "oneway": np.full(len(ids), not table.has("oneway")),
        },
    )  # fmt: skip
    return rounded(split_parts(roads))


def _in_degrees(table: Table, lines: NDArray[np.object_], found: DefectLog) -> bool:
    """Whether every vertex lies on the globe; each road that leaves it is an error."""
    bounds = shapely.bounds(lines)
    x = np.abs(bounds[:, [0, 2]]).max(axis=1)
    y = np.abs(bounds[:, [1, 3]]).max(axis=1)
    wild = (x > 180) | (y > 90)
    swapped = wild & (x <= 90) & (y <= 180)
    if swapped.all() and len(lines) >= FOLD_FROM_ROWS:
        message = f"longitude and latitude are swapped in all {len(lines)} roads"
        found.error("swapped", table.file, message, "swap them (GeoJSON wants longitude first)")
        return False
    names, ids = table.texts("name"), table.texts("road_id")
    for i in np.flatnonzero(wild).tolist():
        road = " ".join(text for text in ("road", ids[i], f"({names[i]})" if names[i] else "") if text)
        if swapped[i]:
            message, fix = f"{road} has longitude and latitude swapped", "swap them (GeoJSON wants longitude first)"
            found.error("swapped", table.file, message, fix, row=table.raw.rows[i])
        else:
            message = f"{road} has a vertex outside −180…180, −90…90 degrees"
            found.error("range", table.file, message, "delete or correct that vertex", row=table.raw.rows[i])
    return not wild.any()


def _usable(table: Table, geometries: NDArray[np.object_], found: DefectLog) -> NDArray[np.bool_]:
    """Which features are lines of finite vertices with a length; each other one is an error."""
    kinds = shapely.get_type_id(geometries)
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    lines = (kinds == _LINE) | (kinds == _MULTILINE)
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    wild = np.bincount(owner, weights=~of_a_place(xy), minlength=len(geometries)) > 0
    flat = lines & ~empty & ~wild
    flat[flat] = shapely.length(geometries[flat]) == 0
    rows = table.raw.rows
    for i in np.flatnonzero(empty | ~lines | wild | flat).tolist():
        if empty[i]:
            found.error("empty-geometry", table.file, "has no geometry", "delete it or draw it again", row=rows[i])
        elif not lines[i]:
            kind = geometries[i].geom_type
            found.error("not-a-line", table.file, f"is a {kind}, not a line", "keep lines only", row=rows[i])
        elif wild[i]:
            message = "has a vertex that is not a number, or far too large"
            found.error("not-finite", table.file, message, "delete it", row=rows[i])
        else:
            found.error(
                "invalid-line", table.file, "has no length: its vertices all lie in one place", "delete the feature",
                row=rows[i],
            )  # fmt: skip
    found.fold(table.file, len(rows))
    return np.asarray(~(empty | ~lines | wild | flat), dtype=bool)


def _tell_repeated(table: Table, found: DefectLog) -> None:
    """An error for each id that an earlier row has."""
    first: dict[str, int] = {}
    for i, road_id in enumerate(table.texts("road_id")):
        earlier = first.setdefault(road_id, i)
        if road_id and earlier != i:
            found.error(
                "duplicate-id", table.file, f"repeats the id of row {table.raw.rows[earlier]}",
                "give each road its own, or leave the column unread with --map "
                f"{table.header('road_id')}=-", row=table.raw.rows[i], column=table.header("road_id"), value=road_id,
            )  # fmt: skip
    found.fold(table.file, len(table))


def _repeated(table: Table, ids: Sequence[str], found: DefectLog) -> bool:
    """Whether an id occurs twice: one error for all such, with the first two rows."""
    first: dict[str, int] = {}
    again = [(i, text) for i, text in enumerate(ids) if first.setdefault(text, i) != i]
    if again:
        i, text = again[0]
        rows, others = table.raw.rows, len({text for _, text in again}) - 1
        more = f" (and {others} more ids likewise)" if others else ""
        found.error(
            "duplicate-id", table.file, f"is the id of row {rows[first[text]]} too{more}",
            f"give each road its own, or leave the column unread with --map {table.header('road_id')}=-",
            row=rows[i], column=table.header("road_id"), value=text,
        )  # fmt: skip
    return bool(again)


def _tell_empty_classes(table: Table, classes: Sequence[str], found: DefectLog) -> None:
    empty = [i for i, text in enumerate(table.texts("road_class")) if not text and not classes[i]]
    if empty:
        found.error(
            "empty-cell", table.file, f"has no class ({len(empty)} such roads in all)", "fill it in: 国道 … 村道",
            row=table.raw.rows[empty[0]], column=table.header("road_class"),
        )  # fmt: skip


def _surfaces(table: Table, found: DefectLog, review: Review) -> list[str]:
    """Surfaces as the file says; empty where it says nothing, which is then taken as paved and said in review.csv."""
    surfaces = parse_words(table, "surface", SURFACES, "", found)
    missing = sum(not surface for surface in surfaces)
    if missing:
        _assume(table, "surface", f"paved for {missing} of {len(table)} roads", found, review)
    return surfaces


def _directions(table: Table, found: DefectLog, review: Review) -> list[str]:
    """``true``, ``false`` or ``reverse``; F, T and B are forward, against and both where B occurs."""
    texts = table.texts("oneway")
    if {text.upper() for text in set(texts)} <= _FTB and any(text.upper() == "B" for text in set(texts)):
        meaning = {"F": "true", "T": "reverse", "B": "false", "": "false"}
        return [meaning[text.upper()] for text in texts]
    ways = parse_words(table, "oneway", ONEWAY, "false", found)
    if not table.has("oneway"):
        _assume(table, "oneway", f"both ways for all {len(table)} roads", found, review)
    return ways


def _assume(table: Table, column: str, guess: str, found: DefectLog, review: Review) -> None:
    review.add(column, table.file, guess, "the file does not say")
    found.warning(
        "assumed-road", table.file, f"does not say it for every road; assumed: {guess}",
        "add a column, or see that the assumption holds", column=column,
    )  # fmt: skip


def _limit(text: str) -> float | Problem:
    match = _LIMIT.fullmatch(text)
    if match is None:
        return Problem("not-a-number", "is not a speed in km/h", "write a number of km/h, or leave it empty")
    value = float(match[1])
    if value > 200:
        return Problem("too-large", "is no speed limit in km/h", "write km/h")
    return value or _NAN  # 0 is how road files say "none"


def closed_months(text: str) -> str | Problem:
    """Months 1–12 divided by ``|``, from lists and ranges: ``11月至次年3月``, ``12、1、2``, ``11-2``."""
    months: set[int] = set()
    for part in _MONTHS.split(text):
        if not part:
            continue
        span = _RANGE.fullmatch(part)
        single = part.removesuffix("月份").removesuffix("月")
        if span is not None:
            first, last = int(span[1]), int(span[2])
            if not (1 <= first <= 12 and 1 <= last <= 12):
                return Problem("not-a-month", "holds a month that is not 1–12", _MONTHS_FIX)
            months |= {(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)}
        elif single.isdigit():
            months.add(int(single))
        else:
            return Problem("not-a-month", "is not a list of months", _MONTHS_FIX)
    if not months <= set(range(1, 13)):
        return Problem("not-a-month", "holds a month that is not 1–12", _MONTHS_FIX)
    return "|".join(str(month) for month in sorted(months))


def roads_from_osm(osm: OsmRoads, review: Review, file: str) -> Roads:
    """The extract's roads; surfaces that no tag states are assumed from the kind of road."""
    untagged = int((~osm.surface_tagged).sum())
    if untagged:
        review.add("surface", file, f"{untagged} of {len(osm)} roads", "no tag says it: tracks unpaved, others paved")
    roads = Roads(
        osm.road_ids, list(osm.name), list(osm.road_class), list(osm.surface), osm.oneway, osm.speed_limit_kmh,
        [""] * len(osm), osm.geometry, assumed={"surface": ~osm.surface_tagged},
    )  # fmt: skip
    return rounded(roads)


def assumptions(roads: Roads) -> dict[str, tuple[str, str]]:
    """What was assumed of a column of ``roads`` as they are written, in English and Chinese."""
    told, total = {}, len(roads)
    for column, where in roads.assumed.items():
        count = int(where.sum())
        if not count:
            continue
        if column == "oneway":
            told[column] = f"both ways for {count:,} of {total:,} roads", f"{total:,} 条中有 {count:,} 条按双向通行计"
        elif roads.row is None:
            told[column] = (
                f"tracks unpaved, others paved, for {count:,} of {total:,} roads",
                f"{total:,} 条中有 {count:,} 条无标注：机耕路按未硬化、其余按硬化计",
            )
        else:
            told[column] = f"paved for {count:,} of {total:,} roads", f"{total:,} 条中有 {count:,} 条按硬化路面计"
    return told


def split_parts(roads: Roads) -> Roads:
    """Each part of a MultiLineString as a road of its own, ids with ``-1``, ``-2``, … ."""
    many = shapely.get_num_geometries(roads.geometry)
    if len(roads) == 0 or (shapely.get_type_id(roads.geometry) == _LINE).all():
        return roads
    parts, owner = shapely.get_parts(roads.geometry, return_index=True)
    number = np.arange(len(owner)) - np.searchsorted(owner, owner) + 1
    return take(roads, owner, parts, [0 if many[o] == 1 else n for o, n in zip(owner, number.tolist(), strict=True)])


def take(
    roads: Roads, owner: NDArray[np.int64], geometry: NDArray[np.object_], number: Sequence[int], mark: str = "-"
) -> Roads:
    """Roads made of pieces of ``roads``: each with its owner's columns, ids numbered where ``number`` is not 0."""
    at = owner.tolist()
    return Roads(
        [f"{roads.road_id[o]}{mark}{n}" if n else roads.road_id[o] for o, n in zip(at, number, strict=True)],
        [roads.name[o] for o in at],
        [roads.road_class[o] for o in at],
        [roads.surface[o] for o in at],
        roads.oneway[owner],
        roads.speed_limit_kmh[owner],
        [roads.closed_months[o] for o in at],
        geometry,
        row=None if roads.row is None else roads.row[owner],
        assumed={column: where[owner] for column, where in roads.assumed.items()},
    )


def rounded(roads: Roads) -> Roads:
    """Vertices rounded to `DECIMALS` of a degree, so that roads that met still meet in the file."""
    xy, owner = shapely.get_coordinates(roads.geometry, return_index=True)
    lines = np.asarray(shapely.linestrings(np.round(xy, DECIMALS), indices=owner), dtype=object)
    return replace(roads, geometry=lines)


def without_points(roads: Roads, file: str, review: Review) -> Roads:
    """Roads without those of no length after rounding, each told in review.csv."""
    short = shapely.length(roads.geometry) == 0
    if not short.any():
        return roads
    for i in np.flatnonzero(short).tolist():
        review.add("no-length", file, "left out", "its vertices lie within 1 cm", name=roads.road_id[i])
    kept = np.flatnonzero(~short)
    return take(roads, kept, roads.geometry[kept], [0] * len(kept))


def without_islands(roads: Roads, most_km: float, file: str, review: Review) -> tuple[Roads, str]:
    """Roads without the unconnected parts of up to ``most_km`` km, each told in review.csv; and a sentence."""
    lines = list(roads.geometry)
    part, metres = components(lines), line_lengths_m(lines)
    length = np.bincount(part, weights=metres)
    out = (length <= most_km * 1000) & (np.arange(len(length)) != int(length.argmax()))
    for number in np.flatnonzero(out).tolist():
        members = np.flatnonzero(part == number)
        review.add(
            "road-island", file, "left out", f"{len(members)} roads that nothing joins to the main network",
            name=roads.road_id[int(members[0])], distance_m=float(length[number]),
        )  # fmt: skip
    kept = np.flatnonzero(~out[part])
    sentence = (
        f"roads: {int(out.sum())} unconnected parts of up to {most_km:g} km, {length[out].sum() / 1000:.1f} km in all, "
        f"were left out (--drop-islands-km); {int((~out).sum()) - 1} longer ones are kept"
    )
    return take(roads, kept, roads.geometry[kept], [0] * len(kept)), sentence
