"""Checks between layers. Each builds only on columns that are clean, so that one defect is not told twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from planner.domain import schema
from planner.geodata import buses, places, sites
from planner.geodata.crs import check_scale
from planner.geodata.datum import Frame
from planner.geodata.folder import MANIFEST
from planner.geodata.location import Located, check_located, locate
from planner.geodata.log import DefectLog
from planner.geodata.manifest import Manifest
from planner.geodata.roads import RoadRecords, check_placed, check_split_ids
from planner.geodata.shift import check_shift
from planner.geodata.tables import Records

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from planner.geodata.report import Facts

_KEYS = {schema.TOWNSHIPS.name: "code", schema.VILLAGES.name: "code", schema.SITES.name: "site_id"}

CLOSE_M = 50.0
"""Two villages nearer to each other than this are probably one, or one has the other's coordinates."""


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers as read; None where a layer could not be read at all."""

    boundary: Polygon | MultiPolygon | None
    townships: Records | None
    villages: Records | None
    sites: Records | None
    roads: RoadRecords | None
    bus: Records | None = None
    frames: Mapping[str, Frame] = field(default_factory=dict)
    """What the file of each layer had its coordinates in; everything here is in WGS84 degrees."""

    def converted(self, name: str) -> bool:
        """Whether reading has changed the numbers of layer ``name``."""
        return name in self.frames and self.frames[name].converts

    def tables(self) -> tuple[Records, ...]:
        """The tables of townships, villages and sites that could be read."""
        return tuple(self.named_tables().values())

    def named_tables(self) -> Mapping[str, Records]:
        """`tables` by the names of their layers."""
        named = {"townships": self.townships, "villages": self.villages, "sites": self.sites}
        return {name: rows for name, rows in named.items() if rows is not None}


def check_layers(manifest: Manifest, layers: Layers, found: DefectLog) -> None:
    """Run every check that needs more than one cell."""
    for rows in layers.tables():
        places.check_duplicates(rows, _KEYS[rows.table.name], found)
    if layers.roads is not None:
        places.check_duplicates(layers.roads.rows, "road_id", found)
        check_split_ids(layers.roads, found)
    elif "roads" not in manifest.layers:
        found.warning(
            "no-roads",
            MANIFEST,
            "names no roads: nothing can be planned along them",
            "add [layers.roads]; or set network.straight_line_factor in the scenario, and say so with every result",
            column="layers",
        )
    if layers.bus is not None:
        buses.check_lines(layers.bus, found)
    _check_codes(manifest, layers, found)
    if layers.sites is not None:
        _check_sites(layers.sites, layers.townships, found)
    if layers.villages is not None:
        places.check_priority(layers.villages, found)
    if layers.boundary is not None:
        _check_positions(manifest, layers, layers.boundary, found)


def _check_codes(manifest: Manifest, layers: Layers, found: DefectLog) -> None:
    """Codes start with the county's, nest, and exist in the table that they name."""
    if manifest.code is not None:
        places.check_provisional([manifest.code], MANIFEST, found)
    for rows in (layers.townships, layers.villages):
        if rows is not None:
            places.check_provisional(sorted(_texts(rows, "code")), rows.file, found)
    wrong = _check_county(manifest, layers, found)
    townships, villages, site_rows = layers.townships, layers.villages, layers.sites
    if villages is not None:
        wrong[villages.file] = places.check_village_codes(villages, wrong[villages.file], found)
    if site_rows is not None:
        wrong[site_rows.file] = sites.check_village_in_township(site_rows, wrong[site_rows.file], found)
    if townships is not None and found.clean(townships.file, "code"):
        known = places.Known(townships.file, _texts(townships, "code"))
        for rows in layers.tables():
            if rows is not townships:
                places.check_known(rows, "township_code", known, wrong[rows.file], found)
        if villages is not None and found.clean(villages.file, "code", "township_code"):
            places.check_townships_used(townships, villages, found)
    if villages is not None and site_rows is not None and found.clean(villages.file, "code"):
        known = places.Known(villages.file, _texts(villages, "code"))
        places.check_known(site_rows, "village_code", known, wrong[site_rows.file], found)


def _check_county(manifest: Manifest, layers: Layers, found: DefectLog) -> dict[str, set[int]]:
    """Rows by file whose code is not of this county; one line in all when every code is of the same other one."""
    columns = {rows.file: "township_code" if rows is layers.sites else "code" for rows in layers.tables()}
    if manifest.code is None:
        return {file: set() for file in columns}
    shared = places.common_county([(rows, columns[rows.file]) for rows in layers.tables()])
    if shared is not None and shared != manifest.code:
        if places.check_other_vintage(manifest.code, shared, found):
            return {file: set() for file in columns}
        found.error(
            "wrong-county",
            MANIFEST,
            f"is not the county of the files: every code in them starts with {shared}",
            f'write code = "{shared}", or replace the files',
            column="code",
            value=manifest.code,
        )
        return {file: set() for file in columns}
    places.check_vintage(manifest.code, found)
    return {
        rows.file: places.check_county_prefix(rows, columns[rows.file], manifest.code, found)
        for rows in layers.tables()
    }


def _texts(rows: Records, column: str) -> set[str]:
    return {text for record in rows if (text := record.text(column)) is not None}


def _check_sites(site_rows: Records, townships: Records | None, found: DefectLog) -> None:
    sites.check_tiers(site_rows, found)
    sites.check_cold_stores(site_rows, found)
    if found.clean(site_rows.file, "max_tier", "township_code"):
        known = townships if townships is not None and found.clean(townships.file, "code") else None
        sites.check_capable(site_rows, known, found)


def _check_positions(manifest: Manifest, layers: Layers, boundary: Polygon | MultiPolygon, found: DefectLog) -> None:
    """Points and roads lie in the county; the metric CRS fits it; no two villages share a place."""
    point = boundary.representative_point()
    metric = manifest.metric_crs
    if metric is not None and not check_scale(metric, point.x, point.y, found):
        metric = None
    located = {rows.file: locate(boundary, rows) for rows in layers.tables()}
    everywhere_else = [points.all_elsewhere for points in located.values()]
    if len(everywhere_else) > 1 and all(everywhere_else):
        found.error(
            "outside",
            manifest.layers["boundary"].file,
            "no township, village or site lies in this boundary",
            "see that it is this county's boundary, longitude first",
        )
        return
    for name, rows in layers.named_tables().items():
        check_located(located[rows.file], boundary, rows.file, found, converted=layers.converted(name))
    if layers.bus is not None:
        buses.check_stops_placed(layers.bus, boundary, found, converted=layers.converted("bus"))
    if layers.roads is not None:
        check_placed(layers.roads, boundary, found)
    _check_shifts(layers, located, found)
    if metric is not None and layers.villages is not None:
        _check_close(located[layers.villages.file], metric, layers.villages.file, found)


def _check_shifts(layers: Layers, located: Mapping[str, Located], found: DefectLog) -> None:
    """Warn of files whose points lie in the county, but shifted against the roads."""
    roads = layers.roads
    if roads is None or not roads.geometries or not found.clean(roads.rows.file):
        return
    lines = np.array(list(roads.geometries.values()), dtype=object)
    for name, rows in layers.named_tables().items():
        points, frame = located[rows.file], layers.frames.get(name, roads.frame)
        check_shift(
            points.lon[points.inside],
            points.lat[points.inside],
            lines,
            rows.file,
            found,
            declared=(frame.datum, roads.frame.datum),
            roads_file=roads.rows.file,
        )


def _check_close(located: Located, metric_crs: str, file: str, found: DefectLog) -> None:
    """Warn of villages within `CLOSE_M` of one another, once a pair, at the later row."""
    keep = np.flatnonzero(located.inside)
    if len(keep) < 2:
        return
    to_metric = Transformer.from_crs("EPSG:4326", metric_crs, always_xy=True)
    x, y = to_metric.transform(located.lon[keep], located.lat[keep])
    points = shapely.points(x, y)
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=CLOSE_M)
    for i, j in sorted((int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b):
        earlier, later = located.records[keep[i]], located.records[keep[j]]
        found.warning(
            "close-villages",
            file,
            f"({later.label}) lies {shapely.distance(points[i], points[j]):.0f} m from "
            f"row {earlier.row} ({earlier.label})",
            "see whether one was copied from the other",
            row=later.row,
            column="lon, lat",
            value=f"{later.number('lon'):.6f}, {later.number('lat'):.6f}",
        )


def check_components(facts: Facts, file: str, found: DefectLog) -> None:
    """Warn of roads that no other road leads to: places on them reach only one another."""
    if facts.road_components > 1:
        found.warning(
            "road-parts",
            file,
            f"the roads fall into {facts.road_components} unconnected parts, "
            f"{facts.road_km_outside_largest:.1f} km of them outside the largest",
            "join the lines at a shared vertex where the roads meet",
        )
