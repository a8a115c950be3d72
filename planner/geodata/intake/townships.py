"""Townships of the county: from a table or a map file, else from the areas of OpenStreetMap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely

from planner.domain.codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_code
from planner.geodata.cells import Problem
from planner.geodata.divisions import NameIndex, normalise_code
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Note, Township
from planner.geodata.intake.positions import place
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.timetables import market_days
from planner.geodata.intake.values import parse_column, whole_number
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

    from planner.geodata.osm import OsmArea


def township_code(text: str) -> str | Problem:
    """A 9-digit code, longer codes padded with zeros cut."""
    return normalise_code(text, TOWNSHIP_DIGITS)


def village_code(text: str) -> str | Problem:
    """A 12-digit code."""
    return normalise_code(text, VILLAGE_DIGITS)


def need_names(table: Table, what: str, found: DefectLog) -> bool:
    """Whether ``table`` has a column of names; each row without one is an error."""
    if not table.has("name"):
        found.error(
            "missing-column",
            table.file,
            f"has no column for the name of the {what}; its columns are {', '.join(table.raw.columns) or 'none'}",
            "say which with --map 列名=name",
            column="name",
        )
        return False
    for row, name in zip(table.raw.rows, table.texts("name"), strict=True):
        if not name:
            found.error("empty-cell", table.file, "has no name", "fill it in", row=row, column=table.header("name"))
    found.fold(table.file, len(table))
    return True


def townships_from_table(table: Table, request: ImportRequest, found: DefectLog) -> list[Township] | None:
    """Townships at their seats; an area's seat is a point inside it, said in review.csv. None after an error."""
    named = need_names(table, "township", found)
    placed = place(table, request, found)
    if placed is None or not named:
        return None
    codes = parse_column(table, "code", township_code, "", found)
    populations = parse_column(table, "population", whole_number, None, found)
    markets = parse_column(table, "market_days", market_days, None, found)
    names, english = table.texts("name"), table.texts("name_en")
    townships = []
    for i in range(len(table)):
        township = Township(
            names[i], float(placed.lon[i]), float(placed.lat[i]), codes[i], english[i], populations[i],
            file=table.file, row=table.raw.rows[i], market_days=markets[i] or (),
        )  # fmt: skip
        if placed.polygons is not None and placed.polygons[i] is not None:
            township.polygon = cast("Polygon | MultiPolygon", placed.polygons[i])
            township.notes.append(_inside())
        townships.append(township)
    return townships


def townships_by_name(
    table: Table, areas: Sequence[OsmArea], boundary: BaseGeometry, file: str, found: DefectLog
) -> list[Township] | None:
    """Rows of a list without positions, each with seat and area of the OpenStreetMap area of its name."""
    if not need_names(table, "township", found):
        return None
    codes = parse_column(table, "code", township_code, "", found)
    populations = parse_column(table, "population", whole_number, None, found)
    markets = parse_column(table, "market_days", market_days, None, found)
    mapped = townships_from_osm(areas, boundary, file)
    index = NameIndex([township.name for township in mapped])
    townships = []
    for name, english, code, population, market, row in zip(
        table.texts("name"), table.texts("name_en"), codes, populations, markets, table.raw.rows, strict=True
    ):
        hits = index.find(name)
        if len(hits) != 1:
            what = "several areas" if hits else "no area"
            found.error(
                "no-position", table.file, f"({name}) has no position, and {what} of that name in {file}",
                "give its longitude and latitude in the file", row=row, column=table.header("name"), value=name,
            )  # fmt: skip
            continue
        like = mapped[hits[0]]
        townships.append(
            replace(
                like, name=name, name_en=english or like.name_en, code=code,
                population=like.population if population is None else population, file=table.file, row=row,
                notes=list(like.notes), market_days=market or (),
            )
        )  # fmt: skip
    return townships


def _inside() -> Note:
    return Note("seat", "a point inside its area", "the file draws the area, not the seat")


def townships_from_osm(areas: Sequence[OsmArea], boundary: BaseGeometry, file: str) -> list[Township]:
    """The areas with their seats; a seat that is only a point inside the area is told.

    A seat that lies outside the county (its boundary was given, or the node is misplaced) is not used.
    """
    townships = []
    for area in areas:
        township = Township(
            area.name, area.seat_lon, area.seat_lat, area.code if is_code(area.code, TOWNSHIP_DIGITS) else "",
            area.names.get("en", ""), area.population, area.polygon, file,
        )  # fmt: skip
        if not shapely.intersects_xy(boundary, area.seat_lon, area.seat_lat):
            point = shapely.intersection(area.polygon, boundary).representative_point()
            if not point.is_empty:
                township.lon, township.lat = point.x, point.y
            township.notes.append(Note("seat", "a point inside its area", f"{area.seat_from} lies outside the county"))
        elif area.seat_from not in ("admin_centre", "label"):
            named = f" {area.seat_name}" if area.seat_name else ""
            township.notes.append(Note("seat", f"{area.seat_from}{named}", f"{area.osm_id} names no admin_centre"))
        townships.append(township)
    return townships


def drop_unusable(townships: list[Township]) -> list[Township]:
    """Those whose position could be read (the others were told as errors)."""
    return [township for township in townships if np.isfinite(township.lon) and np.isfinite(township.lat)]
