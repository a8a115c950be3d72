"""A plan as points and lines: GeoJSON for the web, GeoPackage for a GIS. Everything is WGS84 longitude, latitude."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyogrio
from geopandas import GeoDataFrame, points_from_xy
from shapely import LineString

from planner.domain import County, Plan
from planner.export.tables import assignments_table, plain_rows, stations_table
from planner.network import result_label
from planner.scenario import Scenario

DECIMALS: Final = 6
_FIXED_DATE: Final = "2000-01-01T00:00:00.000Z"
_KINDS: Final = {"stations": "station", "villages": "village", "links": "supply_link", "routes": "route"}


def stations_frame(county: County, scenario: Scenario, plan: Plan) -> GeoDataFrame:
    """`stations_table` as a GeoDataFrame of points, EPSG:4326."""
    table = stations_table(county, scenario, plan)
    points = points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def plan_layers(
    county: County, scenario: Scenario, plan: Plan, route_geometry: Mapping[str, LineString]
) -> dict[str, GeoDataFrame]:
    """The picture's layers by name, EPSG:4326: stations, villages (points), links and routes (lines).

    Stations and villages carry the columns of their CSV, and all layers ``synthetic_layers``. Links run straight from
    parent to station; routes follow ``route_geometry`` (by route id), and a route without geometry is left out.
    """
    assignments = assignments_table(county, scenario, plan)
    villages = [county.village_by_code[code] for code in assignments["village_code"]]
    points = points_from_xy([village.lon for village in villages], [village.lat for village in villages])
    return {
        "stations": stations_frame(county, scenario, plan),
        "villages": GeoDataFrame(assignments, geometry=points, crs="EPSG:4326"),
        "links": _links(county, plan, result_label(county, scenario.network)),
        "routes": _routes(plan, route_geometry, result_label(county, scenario.network)),
    }


def geojson_text(layers: Mapping[str, GeoDataFrame], warnings: Sequence[str], owed: Sequence[str] = ()) -> str:
    """The layers as one FeatureCollection; each feature's ``kind`` is station, village, supply_link or route.

    ``warnings`` and ``owed`` (`planner.domain.attribution`) stand beside the features as members of their own.
    """
    features = [
        {"type": "Feature", "properties": {"kind": _KINDS[name], **row}, "geometry": _geometry(shape)}
        for name, frame in layers.items()
        for row, shape in zip(plain_rows(frame.drop(columns="geometry")), frame.geometry, strict=True)
    ]
    notes = {"attribution": list(owed), "warnings": list(warnings)}
    collection = {"type": "FeatureCollection", "name": "plan", **notes, "features": features}
    return json.dumps(collection, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_geopackage(path: Path, layers: Mapping[str, GeoDataFrame], owed: Sequence[str] = ()) -> None:
    """Write every layer to a new GeoPackage, routes only when there are any; the same layers give the same bytes.

    ``owed`` (`planner.domain.attribution`) becomes the description of each layer.
    """
    options = {"DESCRIPTION": "; ".join(owed)} if owed else {}
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        for name, frame in layers.items():
            if name == "routes" and frame.empty:
                continue
            geometry_type = "Point" if name in ("stations", "villages") else "LineString"
            pyogrio.write_dataframe(
                frame, path, layer=name, driver="GPKG", geometry_type=geometry_type, layer_options=options
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _links(county: County, plan: Plan, label: str) -> GeoDataFrame:
    supplied = [(station, station.parent_id) for station in plan.stations if station.parent_id is not None]
    table = pd.DataFrame(
        {
            "parent_id": pd.Series([parent_id for _, parent_id in supplied], dtype="object"),
            "station_id": pd.Series([station.site_id for station, _ in supplied], dtype="object"),
            "tier": pd.Series([station.tier.word for station, _ in supplied], dtype="object"),
            "distance_to_parent_m": pd.array([s.distance_to_parent_m for s, _ in supplied], dtype="Int64"),
            "synthetic_layers": pd.Series([label or None] * len(supplied), dtype="object"),
        }
    )
    ends = [(county.site_by_id[parent_id], county.site_by_id[station.site_id]) for station, parent_id in supplied]
    lines = [LineString([(site.lon, site.lat) for site in pair]) for pair in ends]
    return GeoDataFrame(table, geometry=lines, crs="EPSG:4326")


def _routes(plan: Plan, route_geometry: Mapping[str, LineString], label: str) -> GeoDataFrame:
    drawn = [route for route in plan.routes if route.route_id in route_geometry]
    texts = ("route_id", "echelon", "mode", "vehicle_type", "depot_id")
    numbers = ("distance_m", "duration_s", "annual_cost_cny")
    table = pd.DataFrame(
        {name: pd.Series([getattr(route, name) for route in drawn], dtype="object") for name in texts}
        | {"days": pd.Series(["|".join(str(day) for day in route.days) for route in drawn], dtype="object")}
        | {name: pd.array([getattr(route, name) for route in drawn], dtype="Int64") for name in numbers}
        | {"synthetic_layers": pd.Series([label or None] * len(drawn), dtype="object")}
    )
    return GeoDataFrame(table, geometry=[route_geometry[route.route_id] for route in drawn], crs="EPSG:4326")


def _geometry(shape: Any) -> dict[str, Any]:
    points = [[round(float(x), DECIMALS), round(float(y), DECIMALS)] for x, y in shape.coords]
    return {"type": shape.geom_type, "coordinates": points[0] if shape.geom_type == "Point" else points}
