"""What the exported files should say, counted from the plan and the county: cells, summary and picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.domain import County, Layer, Plan
from planner.domain.provenance import provenance_warnings
from planner.domain.schema import ASSIGNMENTS, ROUTES, STATIONS
from planner.evaluate.files import Row
from planner.evaluate.indicators import evaluate
from planner.evaluate.loads import station_loads
from planner.scenario import Scenario


def counted_cells(county: County, scenario: Scenario, plan: Plan) -> Mapping[str, list[Row]]:
    """For each CSV and row in order, the cells that follow from the county and the plan's decisions.

    Cells that the judge counts (distances, times, money) are not repeated here.
    """
    return {
        STATIONS.name: _station_cells(county, scenario, plan),
        ASSIGNMENTS.name: _assignment_cells(county, plan),
        ROUTES.name: _route_cells(plan),
    }


def _station_cells(county: County, scenario: Scenario, plan: Plan) -> list[Row]:
    loads, cells = station_loads(county, scenario, plan), []
    for site_id in sorted(station.site_id for station in plan.stations):
        site, load = county.site_by_id[site_id], loads[site_id]
        cells.append(
            {
                "station_id": site_id,
                "name": site.name,
                "host": site.host.value,
                "status": site.status.value,
                "township_code": site.township_code,
                "village_code": site.village_code or "",
                "lon": f"{site.lon:.6f}",
                "lat": f"{site.lat:.6f}",
                "villages_served": str(load.villages),
                "population_served": str(load.population),
                "inbound_parcels_per_day": _parcels(load.own_inbound),
                "outbound_parcels_per_day": _parcels(load.own_outbound),
                "throughput_parcels_per_day": _parcels(load.throughput),
            }
        )
    return cells


def _assignment_cells(county: County, plan: Plan) -> list[Row]:
    by_code, cells = {assignment.village_code: assignment for assignment in plan.assignments}, []
    for village in county.administrative_villages:
        covered = by_code[village.code].covered
        cells.append(
            {
                "village_code": village.code,
                "name": village.name,
                "township_code": village.township_code,
                "population": str(village.population),
                "covered": "true" if covered else "false",
            }
            | ({"reason": "", "nearest_site_id": "", "nearest_distance_m": ""} if covered else {})
        )
    return cells


def _route_cells(plan: Plan) -> list[Row]:
    return [
        {
            "route_id": route.route_id,
            "echelon": route.echelon,
            "mode": route.mode,
            "vehicle_type": route.vehicle_type,
            "days": "|".join(str(day) for day in route.days),
        }
        for route in plan.routes
        for _ in route.stops
    ]


def counted_summary(county: County, scenario: Scenario, plan: Plan) -> dict[str, Any]:
    """The keys of ``summary.json`` that can be counted or read again, as they should be."""
    return {
        "format": 1,
        "county": {"code": county.code, "name": county.name, "names": dict(county.names)},
        "status": plan.status.value,
        **evaluate(county, scenario, plan).as_json(),
        "scenario": scenario.model_dump(mode="json"),
        "radius": scenario.radius_label,
        "inputs": [_input(layer) for layer in county.layers],
        "warnings": {language: list(provenance_warnings(county, language)) for language in ("zh", "en")},
    }


def _input(layer: Layer) -> dict[str, Any]:
    source = layer.source
    return {
        "layer": layer.name,
        "file": layer.file,
        "sha256": layer.sha256,
        "provenance": source.provenance.value,
        "source": source.text,
        "licence": source.licence,
        "vintage": source.vintage,
        "columns": {column: about.provenance.value for column, about in layer.columns.items()},
    }


def _parcels(centiparcels: int) -> str:
    return f"{centiparcels // 100}.{centiparcels % 100:02d}"
