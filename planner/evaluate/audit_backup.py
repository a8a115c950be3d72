"""The loss of a station or a road, counted again: by the judge's own ways, and by closing every stretch in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import planner.network as roads
from planner.domain import Assignment, County, Plan
from planner.domain.resilience import CriticalLink, Resilience
from planner.domain.schema import CRITICAL_LINKS
from planner.evaluate.counted import row_label
from planner.evaluate.files import Difference, Row, read_rows
from planner.evaluate.recount import Travel
from planner.evaluate.violation import Scene
from planner.network.cache import Cache
from planner.network.cuts import stretch_ends
from planner.network.recount_cuts import RecountedCuts, recount_cuts
from planner.scenario import CoverageMetric, Scenario

MOST_CLOSURES = 4_000
"""Stretches closed one by one; when more lie on somebody's way, every so-manieth is, and only its rows are checked."""


@dataclass(frozen=True, slots=True)
class BackupAudit:
    """What was recounted (None where the folder does not measure it), what differs, and how many cells were read."""

    second_station: frozenset[str]
    resilience: Resilience | None
    differences: tuple[Difference, ...]
    checked: int


def audit_backup(  # noqa: PLR0917 (a folder and what it is checked against)
    directory: Path, summary: Mapping[str, Any], county: County, scenario: Scenario, plan: Plan, travel: Travel
) -> BackupAudit:
    """Recount the figures under ``backup`` and the rows of ``critical_links.csv``.

    A folder whose summary has no such figures (null) must not have the file.
    """
    scene = Scene(county, scenario, plan, travel)
    second = second_stations(scene)
    by_road = scenario.network.straight_line_factor is None
    if summary.get("backup") is None or not by_road:
        path = directory / CRITICAL_LINKS.name
        extra = (Difference(CRITICAL_LINKS.name, None, "", "a file", "none"),) if path.exists() else ()
        return BackupAudit(second, None if by_road else Resilience(second, None), extra, 0)
    rows, found = read_rows(directory, CRITICAL_LINKS)
    if found:
        return BackupAudit(second, Resilience(second, ()), tuple(found), 0)
    cuts, expected = _closed(scene)
    if cuts.complete:
        found = _row_differences(rows, [_cells(scene, link) for link in expected])
        links = tuple(expected)
    else:
        found = _sampled_differences(scene, rows, expected)
        links = tuple(_link(row) for row in rows)
    return BackupAudit(second, Resilience(second, links), tuple(found), sum(map(len, rows)))


def second_stations(scene: Scene) -> frozenset[str]:
    """Villages covered that have two open stations within the radius, each large enough for them."""
    return frozenset(
        assignment.village_code
        for assignment in scene.plan.assignments
        if assignment.covered
        and sum(_could_serve(scene, assignment, site_id) for site_id in scene.plan.station_by_id) > 1
    )


def _could_serve(scene: Scene, assignment: Assignment, site_id: str) -> bool:
    village = scene.county.village_by_code[assignment.village_code]
    way = scene.travel.access.way(village.code, site_id)
    if way is None or not scene.in_radius(way) or not _allowed(scene, village.code, site_id):
        return False
    demand = scene.scenario.demand
    parcels = demand.inbound_centiparcels(village.population) + demand.outbound_centiparcels(village.population)
    return parcels <= scene.plan.station_by_id[site_id].capacity_centiparcels


def _allowed(scene: Scene, code: str, site_id: str) -> bool:
    if not scene.scenario.sites.own_township:
        return True
    site = scene.county.site_by_id[site_id]
    return site.township_code == scene.county.village_by_code[code].township_code


def _closed(scene: Scene) -> tuple[RecountedCuts, list[CriticalLink]]:
    """Every stretch closed in turn, and the links found so, in the order of the file."""
    county, scenario, travel = scene.county, scene.scenario, scene.travel
    network = roads.build_network(county, scenario.network, cache=Cache(None))
    limit_m = scenario.network.snap_limit_m
    codes = [assignment.village_code for assignment in scene.plan.assignments if assignment.covered]
    site_ids = sorted(scene.plan.station_by_id)
    villages = [county.village_by_code[code] for code in codes]
    sites = [county.site_by_id[site_id] for site_id in site_ids]
    metric = scenario.coverage_metric
    straight = metric is CoverageMetric.STRAIGHT_KM

    def admissible(code: str, site_id: str) -> bool:
        way = travel.access.way(code, site_id)
        return _allowed(scene, code, site_id) and (not straight or (way is not None and scene.in_radius(way)))

    cuts = recount_cuts(
        network,
        roads.snap_points(network, [each.lon for each in villages], [each.lat for each in villages], limit_m),
        roads.snap_points(network, [each.lon for each in sites], [each.lat for each in sites], limit_m),
        [frozenset(k for k, site_id in enumerate(site_ids) if admissible(code, site_id)) for code in codes],
        "duration" if metric is CoverageMetric.MINUTES else "distance",
        None if straight else scenario.radius_s if metric is CoverageMetric.MINUTES else scenario.radius_m,
        most=MOST_CLOSURES,
    )
    links = []
    for stretch in cuts.tried:
        (from_lon, from_lat), (to_lon, to_lat) = stretch_ends(network, stretch).round(6).tolist()
        lost = tuple(sorted(codes[i] for i in cuts.lost.get(stretch, ())))
        road_id = network.roads[int(network.edge_road[stretch.edge])].road_id
        length_m = (stretch.to_mm - stretch.from_mm + 500) // 1000
        links.append(CriticalLink(road_id, from_lon, from_lat, to_lon, to_lat, length_m, lost))
    if cuts.complete:
        links = [link for link in links if link.village_codes]
    return cuts, sorted(links, key=lambda link: _order(county, link))


def _order(county: County, link: CriticalLink) -> tuple[int, int, str, tuple[float, ...], int, tuple[str, ...]]:
    people = sum(county.village_by_code[code].population for code in link.village_codes)
    ends = (link.from_lon, link.from_lat, link.to_lon, link.to_lat)
    return -len(link.village_codes), -people, link.road_id, ends, link.length_m, link.village_codes


def _cells(scene: Scene, link: CriticalLink) -> Row:
    county = scene.county
    road = next(road for road in county.roads if road.road_id == link.road_id)
    villages = [county.village_by_code[code] for code in link.village_codes]
    return {
        "road_id": road.road_id,
        "road_name": road.name,
        "road_class": road.road_class.value,
        "from_lon": f"{link.from_lon:.6f}",
        "from_lat": f"{link.from_lat:.6f}",
        "to_lon": f"{link.to_lon:.6f}",
        "to_lat": f"{link.to_lat:.6f}",
        "length_m": str(link.length_m),
        "villages_lost": str(len(villages)),
        "population_lost": str(sum(village.population for village in villages)),
        "village_codes": "|".join(village.code for village in villages),
        "village_names": "|".join(village.name for village in villages),
        "synthetic_layers": row_label(county, scene.scenario),
    }


def _row_differences(rows: Sequence[Row], expected: Sequence[Row]) -> list[Difference]:
    name = CRITICAL_LINKS.name
    if len(rows) != len(expected):
        return [Difference(name, None, "", f"{len(rows)} rows", f"{len(expected)} rows")]
    return [
        Difference(name, number, column, given[column], value)
        for number, (given, counted) in enumerate(zip(rows, expected, strict=True), start=2)
        for column, value in counted.items()
        if given[column] != value
    ]


_PLACE = ("road_id", "from_lon", "from_lat", "to_lon", "to_lat", "length_m")


def _sampled_differences(scene: Scene, rows: Sequence[Row], tried: Sequence[CriticalLink]) -> list[Difference]:
    """Differences in the rows of the stretches that were closed; rows of other stretches are taken as they are."""
    name, there = CRITICAL_LINKS.name, {tuple(row[key] for key in _PLACE): k for k, row in enumerate(rows)}
    found = []
    for link in tried:
        counted = _cells(scene, link)
        k = there.get(tuple(counted[key] for key in _PLACE))
        if k is None and link.village_codes:
            found.append(Difference(name, None, "", "no row", f"{link.road_id}: {counted['village_codes']}"))
        elif k is not None and not link.village_codes:
            found.append(Difference(name, k + 2, "village_codes", rows[k]["village_codes"], "nobody"))
        elif k is not None:
            found += [
                Difference(name, k + 2, column, rows[k][column], value)
                for column, value in counted.items()
                if rows[k][column] != value
            ]
    return found


def _link(row: Row) -> CriticalLink:
    return CriticalLink(
        row["road_id"], float(row["from_lon"]), float(row["from_lat"]), float(row["to_lon"]), float(row["to_lat"]),
        int(row["length_m"]), tuple(row["village_codes"].split("|")),
    )  # fmt: skip
