"""What a visit carries: weekly parcels into visits, service time, and loads cut to what one vehicle can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from planner.domain import Assignment, County, Station, Tier
from planner.errors import UsageError
from planner.scenario import DAYS_PER_WEEK, Scenario

CENTI = 100
"""Hundredths of a parcel in a parcel."""

MOST_EQUAL_PARTS = 500
"""A stop whose visit would need more vehicles than this because of time is reported as unserved."""


@dataclass(frozen=True, slots=True)
class Load:
    """Hundredths of a parcel brought to and taken from a station, per day or per visit as the name says."""

    delivery_centiparcels: int
    pickup_centiparcels: int

    def __add__(self, other: Load) -> Load:
        return Load(
            self.delivery_centiparcels + other.delivery_centiparcels,
            self.pickup_centiparcels + other.pickup_centiparcels,
        )

    @property
    def larger_centiparcels(self) -> int:
        """The larger direction: what the vehicle must hold on a trip to this stop alone."""
        return max(self.delivery_centiparcels, self.pickup_centiparcels)


NOTHING = Load(0, 0)


def own_loads(
    county: County, scenario: Scenario, stations: Sequence[Station], assignments: Sequence[Assignment]
) -> dict[str, Load]:
    """Parcels a day of the villages that each station serves itself.

    Villages that a station serves on market days or by a van count as its own.
    """
    own = {station.site_id: NOTHING for station in stations}
    for assignment in assignments:
        at = assignment.station_id
        if at is None and assignment.outreach is not None:
            at = assignment.outreach.station_id
        if at is None:
            continue
        if at not in own:
            raise UsageError(f"village {assignment.village_code} is assigned to {at}, not a station")
        people = county.village_by_code[assignment.village_code].population
        demand = scenario.demand
        own[at] += Load(demand.inbound_centiparcels(people), demand.outbound_centiparcels(people))
    return own


def per_visit(daily: Load, visits_per_week: int) -> Load:
    """A week's parcels shared equally among its visits, rounded up to hundredths of a parcel."""
    return Load(
        -(-daily.delivery_centiparcels * DAYS_PER_WEEK // visits_per_week),
        -(-daily.pickup_centiparcels * DAYS_PER_WEEK // visits_per_week),
    )


def cold_part(scenario: Scenario, visit: Load) -> tuple[Load, Load]:
    """A visit of a station with a cold store: what travels as it is, and what travels cooled (`cold.route_share`).

    Only produce travels cooled, so that the second has pickups alone; rounded up to hundredths of a parcel.
    """
    cold = ceil(Fraction(str(scenario.cold.route_share)) * visit.pickup_centiparcels)
    return Load(visit.delivery_centiparcels, visit.pickup_centiparcels - cold), Load(0, cold)


def service_s(scenario: Scenario, load: Load) -> int:
    """Whole seconds at a stop, rounded up: the stop itself, and every parcel handed over or taken in."""
    parcels = (load.delivery_centiparcels + load.pickup_centiparcels) / CENTI
    seconds = scenario.service.stop_minutes * 60 + scenario.service.seconds_per_parcel * parcels
    return ceil(round(seconds, 6))


def reload_s(scenario: Scenario) -> int:
    """Whole seconds at the depot between two trips of a shift, rounded up."""
    return ceil(round(scenario.service.reload_minutes * 60, 6))


def cut_load(scenario: Scenario, load: Load, capacity_centiparcels: int, drive_s: int | None) -> tuple[Load, ...]:
    """``load`` in as few parts as one vehicle can take each: full ones and the rest, or equal parts if time binds.

    ``drive_s`` is the time there and back (None when there is no way). A load that fits is returned whole, and so is
    one that no cutting makes fit: the router then reports the stop as unserved.
    """
    shift_s = scenario.service.shift_hours * 3600
    least_s = service_s(scenario, NOTHING) + (drive_s or 0)
    if drive_s is None or capacity_centiparcels == 0 or least_s > shift_s:
        return (load,)
    parts = max(1, -(-load.larger_centiparcels // capacity_centiparcels))
    full_first = _full_first(load, parts, capacity_centiparcels)
    if _fits(scenario, full_first, drive_s, shift_s):
        return full_first
    while parts < min(load.larger_centiparcels, MOST_EQUAL_PARTS):
        parts += 1
        even = _evenly(load, parts)
        if _fits(scenario, even, drive_s, shift_s):
            return even
    return (load,)


def _fits(scenario: Scenario, parts: Sequence[Load], drive_s: int, shift_s: float) -> bool:
    return all(drive_s + service_s(scenario, part) <= shift_s for part in parts)


def _full_first(load: Load, parts: int, capacity: int) -> tuple[Load, ...]:
    return tuple(
        Load(
            min(capacity, max(0, load.delivery_centiparcels - k * capacity)),
            min(capacity, max(0, load.pickup_centiparcels - k * capacity)),
        )
        for k in range(parts)
    )


def _evenly(load: Load, parts: int) -> tuple[Load, ...]:
    """Parts that differ by a hundredth of a parcel at most.

    What is left over of deliveries goes to the first parts, of pickups to the last: so parts that differ at all
    differ in pickup less delivery, and a plan's loads can be told apart from the outside.
    """
    delivery, more = divmod(load.delivery_centiparcels, parts)
    pickup, also = divmod(load.pickup_centiparcels, parts)
    return tuple(Load(delivery + (k < more), pickup + (k >= parts - also)) for k in range(parts))


def children_by_parent(stations: Sequence[Station]) -> Mapping[str, tuple[Station, ...]]:
    """Stations that each station supplies, in order of site id; raises UsageError for one without a higher parent."""
    tier = {station.site_id: station.tier for station in stations}
    children: dict[str, list[Station]] = {}
    for station in sorted(stations, key=lambda station: station.site_id):
        if station.tier is Tier.COUNTY:
            continue
        above = None if station.parent_id is None else tier.get(station.parent_id)
        if above is None or above <= station.tier or (station.tier is Tier.TOWNSHIP and above is not Tier.COUNTY):
            parent = "nothing" if station.parent_id is None else station.parent_id
            raise UsageError(
                f"{station.tier.word} station {station.site_id} is supplied by {parent}, no higher station"
            )
        children.setdefault(str(station.parent_id), []).append(station)
    return {parent: tuple(members) for parent, members in children.items()}
