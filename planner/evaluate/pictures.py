"""``plan.geojson`` and ``plan.gpkg`` compared with the CSV files: the same rows, the same values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from planner.domain import Plan
from planner.domain.schema import ASSIGNMENTS, STATIONS
from planner.evaluate.files import Difference, Row, typed

Found = tuple[list[Difference], int]
"""Differences, and how many values were compared."""

_ID = {"stations": "station_id", "villages": "village_code", "links": "station_id", "routes": "route_id"}
_KIND = {"station": "stations", "village": "villages", "supply_link": "links", "route": "routes"}


def geojson_differences(path: Path, tables: Mapping[str, Sequence[Row]], plan: Plan) -> Found:
    """Compare the properties of every feature, and the position of every station."""
    try:
        features = json.loads(path.read_text("utf-8"))["features"]
        layers: dict[str, list[dict[str, Any]]] = {name: [] for name in _ID}
        for feature in features:
            properties = dict(feature["properties"])
            layer = _KIND[properties.pop("kind")]
            layers[layer].append(properties)
        places = [
            feature["geometry"]["coordinates"] for feature in features if feature["properties"]["kind"] == "station"
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [Difference(path.name, None, "", f"{type(error).__name__}: {error}", "a FeatureCollection")], 1
    found, checked = _layers(path.name, layers, tables, plan)
    for properties, place in zip(layers["stations"], places, strict=True):
        position = [properties.get("lon"), properties.get("lat")]
        if place != position:
            column = f"{properties.get('station_id')}.geometry"
            found.append(Difference(path.name, None, column, str(place), str(position)))
    return found, checked + 2 * len(places)


def geopackage_differences(path: Path, tables: Mapping[str, Sequence[Row]], plan: Plan) -> Found:
    """Compare the attributes of every row of every layer."""
    if not path.is_file():
        return [Difference(path.name, None, "", "missing", "a file")], 1
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            names = {row[0] for row in base.execute("SELECT table_name FROM gpkg_contents")}
            layers = {name: _rows(base, name) if name in names else [] for name in _ID}
    except sqlite3.Error as error:
        return [Difference(path.name, None, "", f"{type(error).__name__}: {error}", "a GeoPackage")], 1
    for row in layers["villages"]:
        row |= {
            name: bool(row[name]) for name in ("covered", "own_station", "cold_covered") if row.get(name) is not None
        }
    return _layers(path.name, layers, tables, plan)


def _rows(base: sqlite3.Connection, layer: str) -> list[dict[str, Any]]:
    rows = base.execute(f'SELECT * FROM "{layer}" ORDER BY fid')  # noqa: S608 (names are the constants above)
    return [{key: row[key] for key in row.keys() if key not in ("fid", "geom")} for row in rows]  # noqa: SIM118 (sqlite3.Row iterates over values)


def _layers(
    file: str, layers: Mapping[str, list[dict[str, Any]]], tables: Mapping[str, Sequence[Row]], plan: Plan
) -> Found:
    label = next((row["synthetic_layers"] or None for row in tables[STATIONS.name]), None)  # counted cell by cell
    expected = {
        "stations": [typed(STATIONS, row) for row in tables[STATIONS.name]],
        "villages": [typed(ASSIGNMENTS, row) for row in tables[ASSIGNMENTS.name]],
        "links": [
            {
                "parent_id": station.parent_id,
                "station_id": station.site_id,
                "tier": station.tier.word,
                "distance_to_parent_m": station.distance_to_parent_m,
                "synthetic_layers": label,
            }
            for station in plan.stations
            if station.parent_id is not None
        ],
        "routes": _routes(plan, label) if layers["routes"] else [],
    }
    found = [
        difference
        for layer, rows in expected.items()
        for difference in _layer(file, f"{layer}.", _ID[layer], (layers[layer], rows))
    ]
    return found, sum(len(row) for rows in expected.values() for row in rows)


def _routes(plan: Plan, label: str | None) -> list[dict[str, Any]]:
    texts = ("route_id", "echelon", "mode", "vehicle_type", "depot_id", "distance_m", "duration_s", "annual_cost_cny")
    return [
        {name: getattr(route, name) for name in texts}
        | {"days": "|".join(str(day) for day in route.days), "synthetic_layers": label}
        for route in plan.routes
    ]


def _layer(
    file: str, prefix: str, key: str, sides: tuple[list[dict[str, Any]], list[dict[str, Any]]]
) -> Iterator[Difference]:
    exported, recounted = sides
    ids = [[row.get(key) for row in rows] for rows in sides]
    if ids[0] != ids[1]:
        missing, extra = ([str(i) for i in a if i not in b] for a, b in (ids[::-1], ids))
        words = f"{len(ids[0])} features; missing: {', '.join(missing)}; not in the plan: {', '.join(extra)}"
        yield Difference(file, None, f"{prefix}{key}", words, f"{len(ids[1])} features")
        return
    for given, counted in zip(exported, recounted, strict=True):
        for column in [*counted, *(name for name in given if name not in counted)]:
            pair = given.get(column), counted.get(column)
            if pair[0] != pair[1]:
                yield Difference(file, None, f"{prefix}{given[key]}.{column}", str(pair[0]), str(pair[1]))
