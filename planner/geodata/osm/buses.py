"""Bus lines: route relations → stops in order of travel, with their names and positions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from planner.domain.county import BusLine, BusStop
from planner.domain.timetable import departures_from
from planner.domain.wording import number_of
from planner.geodata.osm.clip import Clip, distance_m
from planner.geodata.osm.relations import MappedRelation, Member, Spots
from planner.geodata.osm.tags import Tags, listed, name_of

SAME_STOP_M: Final = 100.0
"""A stop and the platform beside it are one stop of the line when no farther apart."""

LEAP_M: Final = 5_000.0
LEAP_TIMES: Final = 5
"""A way between neighbouring stops that is longer than this, and this many times the line's median, is told: such
relations often list their stops in another order than that of travel."""

_STOP_ROLE = re.compile(r"(?:(forward|backward)[:_-])?(?:stop|platform)(?:[:_]\w+|[0-9]+)?")


def stop_members(relation: MappedRelation) -> list[Member]:
    """Members that may be stops, in order: by role, or by being a node without one.

    Both public transport schemas are read. Where a relation of the older one holds both directions
    (``forward_stop``, ``backward_stop``), the one with more stops is taken, the forward one when they tie.
    """
    members = [member for member in relation.members if member.kind in ("n", "w") and _may_stop(member)]
    directions = [_direction(member) for member in members]
    other = "forward" if directions.count("backward") > directions.count("forward") else "backward"
    return [member for member, direction in zip(members, directions, strict=True) if direction != other]


def _direction(member: Member) -> str:
    match = _STOP_ROLE.fullmatch(member.role)
    return (match[1] or "") if match else ""


def _may_stop(member: Member) -> bool:
    return bool(_STOP_ROLE.fullmatch(member.role)) or (member.kind == "n" and member.role == "")


def bus_lines(relations: Sequence[MappedRelation], spots: Spots, clip: Clip) -> tuple[tuple[BusLine, ...], list[str]]:
    """Lines with at least two stops in or near the county, sorted by relation; and sentences about the others."""
    lines, short = [], []
    far_stops = missing_stops = far_lines = 0
    for relation in sorted(relations, key=lambda relation: relation.number):
        members = stop_members(relation)
        stops = _stops(members, spots)
        near = [stop for stop in stops if clip.is_near(stop.lon, stop.lat)]
        if stops and not near:
            far_lines += 1
            continue
        missing_stops += sum(bool(member.role) and (member.kind, member.ref) not in spots for member in members)
        far_stops += len(stops) - len(near)
        if len(near) < 2:
            short.append(relation.label)
        else:
            times = _departures(relation.tags)
            timetable = times if len(near) == len(stops) and list(times) == sorted(set(times)) else ()
            lines.append(
                BusLine(
                    relation.osm_id,
                    _line_name(relation.tags),
                    tuple(near),
                    len(times) or None,
                    departures_min=timetable,
                )
            )
    facts = (
        [f"Bus lines: {len(lines)} with {sum(len(line.stops) for line in lines)} stops in all."] if relations else []
    )
    if short:
        facts.append(f"Bus lines with fewer than two stops that have a position, left out: {listed(short)}.")
    if far_stops:
        facts.append(f"Dropped from their lines: {number_of(far_stops, 'stop')} more than 5 km outside the county.")
    if missing_stops:
        stops_told = number_of(missing_stops, "stop")
        facts.append(f"Not located: {stops_told} of these lines, not in the file or no stop by its tags.")
    if far_lines:
        facts.append(f"Left out: {number_of(far_lines, 'bus line')} of other places.")
    leaping = [f"{line.line_id} ({line.name})" for line in lines if _leaps(line)]
    if leaping:
        facts.append(f"Bus lines with leaps between stops, perhaps not listed in order of travel: {listed(leaping)}.")
    if lines and all(line.trips_per_day is None for line in lines):
        facts.append("No bus line is tagged with its departures, so trips a day are unknown.")
    return tuple(lines), facts


def _leaps(line: BusLine) -> bool:
    ways_m = [distance_m(a.lon, a.lat, b.lon, b.lat) for a, b in pairwise(line.stops)]
    return max(ways_m) > max(LEAP_M, LEAP_TIMES * median(ways_m))


def _stops(members: Sequence[Member], spots: Spots) -> list[BusStop]:
    """Stops in order. A platform beside a stop of the line is that stop; another platform is a stop itself."""
    spotted = [(member, spots[member.kind, member.ref]) for member in members if (member.kind, member.ref) in spots]
    spotted = [(member, spot) for member, spot in spotted if member.role or _is_stop(spot.tags)]
    all_stops = [BusStop(name_of(spot.tags), spot.lon, spot.lat) for _, spot in spotted]
    on_platform = ["platform" in (member.role or spot.tags.get("public_transport", "")) for member, spot in spotted]
    platforms = [stop for stop, platform in zip(all_stops, on_platform, strict=True) if platform]
    halts = [stop for stop, platform in zip(all_stops, on_platform, strict=True) if not platform]
    return [
        stop if platform else BusStop(stop.name or _name_beside(stop, platforms), stop.lon, stop.lat)
        for stop, platform in zip(all_stops, on_platform, strict=True)
        if not platform or not any(_same(stop, halt) for halt in halts)
    ]


def _name_beside(stop: BusStop, platforms: Sequence[BusStop]) -> str:
    return next((platform.name for platform in platforms if platform.name and _same(stop, platform)), "")


def _is_stop(tags: Tags) -> bool:
    return tags.get("highway") == "bus_stop" or tags.get("public_transport") in ("stop_position", "platform")


def _same(stop: BusStop, other: BusStop) -> bool:
    named_alike = not stop.name or not other.name or stop.name == other.name
    return named_alike and distance_m(stop.lon, stop.lat, other.lon, other.lat) <= SAME_STOP_M


def _line_name(tags: Tags) -> str:
    name, number = name_of(tags), tags.get("ref", "").strip()
    return name if number in name else f"{number} {name}".strip()


def _departures(tags: Tags) -> tuple[int, ...]:
    """Departures in minutes after midnight where they are listed one by one; an interval alone says nothing."""
    words = [part.strip() for part in re.split(r"[;,]", tags.get("departures", "")) if part.strip()]
    try:
        return tuple(minutes for word in words for minutes in departures_from(word))
    except ValueError:
        return ()
