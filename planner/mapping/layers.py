"""A county and a plan as GeoJSON layers, ready to be drawn. Positions are WGS84 degrees to 1e-5° (about 1 m)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from math import cos, hypot, radians
from statistics import median
from typing import TYPE_CHECKING, Any, Final, cast

from planner.domain import Assignment, BusLine, County, Plan, Route, Station, Surface, Tier
from planner.domain.clock import clock
from planner.domain.fix_words import fix_cost_sentence, fix_sentence
from planner.mapping.words import (
    BY_ROAD,
    DAYS,
    HOSTS,
    MAP,
    REASONS,
    STATUSES,
    TIERS,
    Word,
    Words,
    distance_words,
    route_words,
    say,
)

if TYPE_CHECKING:
    from shapely import LineString, MultiPolygon, Polygon

    from planner.domain.resilience import CriticalLink
    from planner.evaluate.backup import Backup, Loss

DECIMALS: Final = 5
ROUTE_TOLERANCE_DEG: Final = 5e-5
"""How far a drawn route may leave its road: about 5 m, less than a line is wide at any useful zoom."""

JUMP_DEG: Final = 0.027
"""Hops of a passenger line up to 3 km are never taken for jumps."""
JUMP_HOPS: Final = 5
"""A jump is this many times as long as the line's median hop."""

Feature = dict[str, Any]
FeatureCollection = dict[str, Any]


def script_json(value: object) -> str:
    """``value`` as JSON that may stand inside a script: no tag can be closed, and no text looks like an address."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(character, escape)
    return text.replace("\u2029", "\\u2029").replace("://", "\\u003a//")


def county_layers(county: County, language: str) -> dict[str, Any]:
    """What does not change with the plan: ``boundary``, ``roads`` and ``bus`` as features, ``townships`` as labels."""
    return {
        "boundary": _collection([_feature(_polygon(county.boundary), "boundary")]),
        "roads": _collection(
            [
                _feature(
                    _line(_rounded(road.geometry)),
                    f"road-{road.road_class}" + ("-unpaved" if road.surface is Surface.UNPAVED else ""),
                )
                for road in county.roads
            ]
        ),
        "bus": _collection([feature for line in county.bus_lines if len(line.stops) > 1 for feature in _bus(line)]),
        "committees": _collection(
            [_feature(_point(village), "committee") for village in county.villages if not village.is_administrative]
        ),
        "townships": [
            {
                "lat": round(township.lat, DECIMALS),
                "lon": round(township.lon, DECIMALS),
                "name": township.name,
                "second": township.names.get(language, "") if language != "zh" else "",
            }
            for township in county.townships
        ],
    }


def plan_layers(
    county: County,
    plan: Plan,
    language: str,
    route_geometry: Mapping[str, LineString] | None = None,
    way: Words = BY_ROAD,
    *,
    backup: Backup | None = None,
    starts_s: int | None = None,
) -> dict[str, FeatureCollection]:
    """What the plan draws, by layer: supply, routes (if with geometry), access, villages, uncovered, stations.

    ``way`` says how distances are spoken of (`planner.mapping.words.way_words`); ``backup`` gives the layer of critical
    stretches of road. Routes say their clock where ``starts_s``, the start of the shift in seconds after midnight, is
    given.
    """
    geometry = route_geometry or {}
    covered = [assignment for assignment in plan.assignments if assignment.covered]
    return {
        "supply": _collection([_supply(county, station) for station in plan.stations if station.parent_id is not None]),
        "routes": _collection(
            [
                _route(county, route, geometry[route.route_id], language, starts_s)
                for route in plan.routes
                if route.route_id in geometry
            ]
        ),
        "critical": _collection(
            [_link(county, *pair, language) for pair in zip(backup.links, backup.losses, strict=True)] if backup else []
        ),
        "access": _collection([_access(county, assignment) for assignment in covered]),
        "villages": _collection([_village(county, assignment, language, way) for assignment in covered]),
        "uncovered": _collection([_village(county, assignment, language, way) for assignment in plan.uncovered]),
        "stations": _collection(_stations(county, plan, language)),
    }


def reason_sentences(county: County, assignment: Assignment, language: str, way: Words = BY_ROAD) -> tuple[str, ...]:
    """Why a village is left out and the nearest site to it, in words; empty for a covered village."""
    if assignment.covered or assignment.reason is None:
        return ()
    reason = assignment.reason
    sentences = [say(REASONS[reason.code], language)]
    if reason.nearest_site_id is not None:
        site = county.site_by_id[reason.nearest_site_id]
        distance = say(way, language).format(distance=distance_words(reason.nearest_distance_m, language))
        sentences.append(
            say((f"最近候选点：{site.name}，{distance}", f"nearest site: {site.name}, {distance}"), language)
        )
    if reason.cheapest is not None:
        words, cost = fix_sentence(county, reason.cheapest), fix_cost_sentence(reason.cheapest)
        sentences.append(say((f"最省办法：{words.zh}；{cost.zh}", f"cheapest fix: {words.en}; {cost.en}"), language))
    return tuple(sentences)


def _stations(county: County, plan: Plan, language: str) -> list[Feature]:
    served: dict[str, list[Assignment]] = {}
    for assignment in plan.assignments:
        if assignment.station_id is not None:
            served.setdefault(assignment.station_id, []).append(assignment)
    # Higher tiers are drawn last, on top.
    ordered = sorted(plan.stations, key=lambda station: (station.tier, station.site_id))
    return [_station(county, station, served.get(station.site_id, []), language) for station in ordered]


def _station(county: County, station: Station, served: Sequence[Assignment], language: str) -> Feature:
    site = county.site_by_id[station.site_id]
    people = sum(county.village_by_code[assignment.village_code].population for assignment in served)
    lines = [
        site.name,
        " · ".join(say(words, language) for words in (TIERS[station.tier], HOSTS[site.host], STATUSES[site.status])),
        say(
            (
                f"服务 {len(served)} 个建制村，{people:,} 人",
                f"serves {len(served)} {'village' if len(served) == 1 else 'villages'}, {people:,} people",
            ),
            language,
        ),
    ]
    if station.parent_id is not None:
        parent = county.site_by_id[station.parent_id].name
        distance = distance_words(station.distance_to_parent_m, language)
        lines.append(say((f"上级站点：{parent}，{distance}", f"supplied from {parent}, {distance}"), language))
    return _feature(_point(site), f"station-{station.tier.word}", lines, station.site_id)


def _village(county: County, assignment: Assignment, language: str, way: Words) -> Feature:
    village = county.village_by_code[assignment.village_code]
    township = county.township_by_code[village.township_code]
    lines = [
        village.name,
        say(
            (f"{township.name} · {village.population:,} 人", f"{township.name} · {village.population:,} people"),
            language,
        ),
    ]
    if assignment.station_id is None:
        lines += [say(MAP[Word.VILLAGE_UNCOVERED], language), *reason_sentences(county, assignment, language, way)]
        return _feature(_point(village), "village-uncovered", lines, village.code)
    station = county.site_by_id[assignment.station_id].name
    distance = say(way, language).format(distance=distance_words(assignment.access_distance_m, language))
    lines.append(say((f"由{station}服务，{distance}", f"served by {station}, {distance}"), language))
    return _feature(_point(village), "village-covered", lines, village.code)


def _access(county: County, assignment: Assignment) -> Feature:
    assert assignment.station_id is not None  # noqa: S101 (callers pass covered villages)
    village, site = county.village_by_code[assignment.village_code], county.site_by_id[assignment.station_id]
    return _feature(_line([_position(village), _position(site)]), "access")


def _supply(county: County, station: Station) -> Feature:
    assert station.parent_id is not None  # noqa: S101 (callers pass stations with a parent)
    parent, site = county.site_by_id[station.parent_id], county.site_by_id[station.site_id]
    style = "supply-village" if station.tier is Tier.VILLAGE else "supply-township"
    return _feature(_line([_position(parent), _position(site)]), style)


STOPS_NAMED: Final = 10
"""Stops whose names a route's tip gives; of further ones it says how many."""


def _route(county: County, route: Route, way: LineString, language: str, starts_s: int | None) -> Feature:
    names = [county.site_by_id[stop.site_id].name for stop in route.called_at]
    more = len(names) - STOPS_NAMED
    if more > 0:
        names = [*names[:STOPS_NAMED], say((f"另 {more} 处", f"{more} more"), language)]
    stops, trips = len(route.visits), route.trips
    days = " ".join(say(DAYS[day - 1], language) for day in route.days)
    minutes = round(route.duration_s / 60)
    hours = ""
    if starts_s is not None:
        hours = f" {clock(starts_s + route.stops[0].leave_s)}–{clock(starts_s + route.stops[-1].arrive_s)}"
    lines = [
        f"{say(route_words(route), language)} {route.route_id}",
        say((f"每周：{days}{hours}", f"{days}{hours}"), language),
        f"{distance_words(route.distance_m, language)}{say((f'，{minutes} 分钟', f', {minutes} min'), language)}",
        say(
            (
                f"从{county.site_by_id[route.depot_id].name}出发，{stops} 站"
                + (f"，分 {trips} 趟" if trips > 1 else ""),
                f"from {county.site_by_id[route.depot_id].name}, {stops} {'stop' if stops == 1 else 'stops'}"
                + (f" in {trips} trips" if trips > 1 else ""),
            ),
            language,
        ),
        " → ".join(names),
    ]
    drawn = cast("LineString", way.simplify(ROUTE_TOLERANCE_DEG))
    style = "route-bus" if route.is_bus else f"route-{route.echelon}"
    return _feature(_line(_rounded(drawn)), style, lines, route.route_id)


def _link(county: County, link: CriticalLink, loss: Loss, language: str) -> Feature:
    names = say(("、", ", "), language).join(county.village_by_code[code].name for code in link.village_codes)
    lines = [
        say((f"关键路段 {link.road_id}", f"Critical stretch of {link.road_id}"), language),
        say(
            (
                f"中断则 {loss.villages} 个村、{loss.population:,} 人失去服务",
                f"cut: {loss.villages} villages, {loss.population:,} people without service",
            ),
            language,
        ),
        names,
    ]
    return _feature(_line([(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in link.line]), "critical", lines)


def _bus(line: BusLine) -> list[Feature]:
    """A passenger line from stop to stop, with the stops.

    A jump, as from the end of one direction to the start of the other, is drawn fainter: no bus goes that way.
    """
    hops = [(_position(stop), _position(after)) for stop, after in pairwise(line.stops)]
    lengths_deg = [hypot((b[0] - a[0]) * cos(radians(a[1])), b[1] - a[1]) for a, b in hops]
    jump_deg = max(JUMP_DEG, JUMP_HOPS * median(lengths_deg))
    features = [
        _feature(_line([hop[0] for hop in run] + [run[-1][1]]), "bus-jump" if jump else "bus")
        for jump, group in groupby(zip(hops, lengths_deg, strict=True), key=lambda each: each[1] > jump_deg)
        for run in [[hop for hop, _ in group]]
    ]
    return features + [_feature(_point(stop), "bus-stop") for stop in line.stops]


def _feature(geometry: dict[str, Any], style: str, tip: Sequence[str] = (), identity: str = "") -> Feature:
    properties: dict[str, Any] = {"style": style}
    if tip:
        properties |= {"tip": list(tip), "id": identity}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(features: list[Feature]) -> FeatureCollection:
    return {"type": "FeatureCollection", "features": features}


def _position(place: Any) -> tuple[float, float]:
    return round(place.lon, DECIMALS), round(place.lat, DECIMALS)


def _point(place: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _position(place)}


def _line(coordinates: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": coordinates}


def _rounded(line: LineString) -> list[tuple[float, float]]:
    return [(round(float(x), DECIMALS), round(float(y), DECIMALS)) for x, y, *_ in line.coords]


def _polygon(boundary: Polygon | MultiPolygon) -> dict[str, Any]:
    parts = list(boundary.geoms) if boundary.geom_type == "MultiPolygon" else [boundary]
    rings = [
        [
            [(round(x, DECIMALS), round(y, DECIMALS)) for x, y, *_ in ring.coords]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in parts
    ]
    return {"type": "MultiPolygon", "coordinates": rings}
