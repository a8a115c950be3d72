"""The layers of a county as files: CSV as UTF-8 with byte-order mark and CRLF, GeoJSON, GeoPackage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import shapely
from shapely.geometry import mapping

from planner.domain.county import Broadband, BusLine, PlaceKind
from planner.domain.csvtext import table_bytes
from planner.domain.schema import BUS, SITES, TOWNSHIPS, VILLAGES
from planner.domain.timetable import EVERY_DAY, days_text, departures_text
from planner.geodata.intake.draft import Draft, Facility, Roads, Township, Village
from planner.geodata.log import one_line

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

P = TypeVar("P", Township, Village)

ROADS_FILE: Final = "roads.gpkg"
FIXED_DATE: Final = "2000-01-01T00:00:00Z"
"""Written as the time of last change into GeoPackages, so that the same roads give the same bytes."""


def _by_code(places: Sequence[P]) -> list[P]:
    return sorted(places, key=lambda place: place.code)


def townships_bytes(townships: Sequence[Township]) -> bytes:
    """townships.csv."""
    return table_bytes(
        TOWNSHIPS,
        (
            (t.code, t.name, t.name_en, t.lon, t.lat, t.population, days_text(t.market_days) or None)
            for t in _by_code(townships)
        ),
    )


def villages_bytes(villages: Sequence[Village]) -> bytes:
    """villages.csv."""
    return table_bytes(
        VILLAGES,
        (
            (v.code, v.name, v.code[:9], (v.kind or PlaceKind.ADMINISTRATIVE_VILLAGE).value, v.lon, v.lat,
             v.population, v.priority)
            for v in _by_code(villages)
        ),
    )  # fmt: skip


def sites_bytes(draft: Draft, sites: Sequence[Facility], assumed: Broadband) -> bytes:
    """The stations file."""
    return table_bytes(SITES, (_site(site, draft, assumed) for site in sorted(sites, key=lambda s: s.site_id)))


def _site(site: Facility, draft: Draft, assumed: Broadband) -> tuple[object, ...]:
    return (
        site.site_id, site.name, site.host.value, site.status.value, "village" if site.max_tier is None
        else site.max_tier.word, None if site.tier is None else site.tier.word, draft.townships[site.township].code,
        draft.villages[site.village].code if site.village >= 0 else None, site.lon, site.lat,
        (site.broadband or assumed).value, site.mobile_4g, site.connect_cost_cny, site.cold_store_m3,
    )  # fmt: skip


def bus_bytes(lines: Sequence[BusLine]) -> bytes:
    """bus.csv."""
    return table_bytes(
        BUS,
        (
            (
                line.line_id, line.name, number, stop.name, stop.lon, stop.lat, line.trips_per_day,
                departures_text(line.departures_min) or None, stop.minutes_from_start, line.hold_parcels,
                None if line.days == EVERY_DAY else days_text(line.days),
            )
            for line in lines
            for number, stop in enumerate(line.stops, start=1)
        ),
    )  # fmt: skip


def boundary_bytes(boundary: Polygon | MultiPolygon, code: str) -> bytes:
    """boundary.geojson."""
    feature = {"type": "Feature", "properties": {"code": code}, "geometry": mapping(boundary)}
    collection = {"type": "FeatureCollection", "name": "boundary", "features": [feature]}
    return (json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def write_roads(path: Path, roads: Roads) -> None:
    """roads.gpkg with one layer ``roads``, EPSG:4326; optional columns only when they hold something."""
    import pyogrio
    from pyogrio import raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    columns: dict[str, object] = {
        "road_id": _texts(roads.road_id),
        "name": _texts(roads.name),
        "road_class": _texts(roads.road_class),
        "surface": _texts(roads.surface),
        "oneway": roads.oneway.astype(bool),
    }
    for name, numbers in (
        ("speed_limit_kmh", roads.speed_limit_kmh), ("climb_m", roads.climb_m), ("altitude_m", roads.altitude_m),
    ):  # fmt: skip
        if numbers is not None and np.isfinite(numbers).any():
            columns[name] = numbers.astype(np.float64)
    if any(roads.closed_months):
        columns["closed_months"] = _texts(roads.closed_months)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        raw.write(
            path, shapely.to_wkb(roads.geometry), list(columns.values()), list(columns), layer="roads",
            driver="GPKG", geometry_type="LineString", crs="EPSG:4326", nan_as_null=True,
            layer_options={"SPATIAL_INDEX": "NO"},
        )  # fmt: skip
    except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
        raise OSError(f"{path.name} could not be written: {one_line(str(error), 120)}") from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _texts(texts: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    column = np.empty(len(texts), dtype=object)
    column[:] = [str(text) for text in texts]
    return column
