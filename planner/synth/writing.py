"""How the layers of a county are spelt on disk: CSV as UTF-8 with BOM and CRLF, GeoJSON with 6 decimals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping

from planner.domain.csvtext import table_bytes
from planner.domain.schema import BUS, SITES, TOWNSHIPS, VILLAGES, Table
from planner.domain.timetable import EVERY_DAY, days_text, departures_text
from planner.synth.county_file import county_toml
from planner.synth.recipes import RECIPES
from planner.synth.sources_text import sources_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from planner.synth.layers import SyntheticLayers
    from planner.synth.real import RealLayers


def csv_text(table: Table, rows: Iterable[Mapping[str, object]]) -> bytes:
    """``rows`` as the file of ``table``: its columns, decimals as the schema says, None as an empty cell."""
    return table_bytes(table, ([row.get(name) for name in table.names] for row in rows))


def geojson_text(name: str, features: Iterable[Mapping[str, Any]]) -> bytes:
    """A FeatureCollection with one feature a line."""
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    head = f'{{"type":"FeatureCollection","name":{json.dumps(name, ensure_ascii=False)},"features":[\n'
    return (head + ",\n".join(lines) + "\n]}\n").encode()


def boundary_text(real: RealLayers) -> bytes:
    """boundary.geojson."""
    geometry = mapping(real.boundary)
    geometry = {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}
    return geojson_text("boundary", [{"type": "Feature", "properties": {"code": real.code}, "geometry": geometry}])


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(float(coordinates), 6)
    return [_rounded(part) for part in coordinates]


def townships_text(real: RealLayers) -> bytes:
    """townships.csv."""
    return csv_text(TOWNSHIPS, [
        {"code": t.code, "name": t.name, "name_en": t.name_en, "lon": t.lon, "lat": t.lat, "population": t.population}
        for t in real.townships
    ])  # fmt: skip


def villages_text(real: RealLayers, synthetic: SyntheticLayers | None) -> bytes:
    """villages.csv; without ``synthetic`` the position and population columns stay empty."""
    made = {} if synthetic is None else {village.code: village for village in synthetic.villages}
    rows: list[dict[str, object]] = []
    for village in real.villages:
        row: dict[str, object] = {
            "code": village.code, "name": village.name, "township_code": village.township_code,
            "kind": village.kind.value,
        }  # fmt: skip
        if village.code in made:
            settled = made[village.code]
            row |= {"lon": settled.lon, "lat": settled.lat, "population": settled.population}
            row["priority"] = "|".join(sorted(settled.priority))
        rows.append(row)
    return csv_text(VILLAGES, rows)


def sites_text(synthetic: SyntheticLayers) -> bytes:
    """data/stations/<county>.csv."""
    return csv_text(SITES, [
        {
            "site_id": site.site_id, "name": site.name, "host": site.host.value, "status": site.status.value,
            "max_tier": site.max_tier.word,
            "existing_tier": None if site.existing_tier is None else site.existing_tier.word,
            "township_code": site.township_code, "village_code": site.village_code,
            "lon": site.lon, "lat": site.lat, "broadband": site.broadband.value,
        }
        for site in synthetic.sites
    ])  # fmt: skip


def roads_text(synthetic: SyntheticLayers) -> bytes:
    """roads.geojson."""
    return geojson_text("roads", [
        {
            "type": "Feature",
            "properties": {
                "road_id": road.road_id, "name": road.name, "road_class": road.road_class.value,
                "surface": road.surface.value, "oneway": road.oneway,
            },
            "geometry": {"type": "LineString", "coordinates": _rounded(road.geometry.coords)},
        }
        for road in synthetic.roads
    ])  # fmt: skip


def bus_text(synthetic: SyntheticLayers) -> bytes:
    """bus.csv."""
    return csv_text(BUS, [
        {
            "line_id": line.line_id, "line_name": line.name, "stop_seq": number, "stop_name": stop.name,
            "lon": stop.lon, "lat": stop.lat, "trips_per_day": line.trips_per_day,
            "departures": departures_text(line.departures_min), "minutes_from_start": stop.minutes_from_start,
            "hold_parcels": line.hold_parcels, "days": None if line.days == EVERY_DAY else days_text(line.days),
        }
        for line in synthetic.bus_lines
        for number, stop in enumerate(line.stops, start=1)
    ])  # fmt: skip


def county_files(real: RealLayers, synthetic: SyntheticLayers, seed: int | None = None) -> dict[str, bytes]:
    """Every file of a county by its path under data/: geo/<county>/… and stations/<county>.csv."""
    recipe = RECIPES[real.code]
    seed = recipe.seed if seed is None else seed
    home = f"geo/{recipe.folder}"
    return {
        f"{home}/county.toml": county_toml(recipe, seed),
        f"{home}/SOURCES.md": sources_text(recipe, real, synthetic, seed),
        f"{home}/boundary.geojson": boundary_text(real),
        f"{home}/townships.csv": townships_text(real),
        f"{home}/villages.csv": villages_text(real, synthetic),
        f"{home}/roads.geojson": roads_text(synthetic),
        f"{home}/bus.csv": bus_text(synthetic),
        f"stations/{recipe.folder}.csv": sites_text(synthetic),
    }


def write_county(data: Path, real: RealLayers, synthetic: SyntheticLayers, seed: int | None = None) -> list[Path]:
    """Write `county_files` under ``data`` and give their paths; missing folders are made."""
    paths = []
    for name, content in county_files(real, synthetic, seed).items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(path)
    return paths
