"""How a station may be supplied by bus: which line brings its goods, which takes what it sends, how often, for what.

Goods ride a trip from a stop near the supplying station (a county centre, or the township station of a village
point) to a later stop of the same trip near the station; what the station sends rides a trip of a line back, from
a stop near the station to a later one near its supplier. Both run on every day of the visits. A visit's load goes
whole on one trip where one can hold it, else in full holds and the rest, each part on a trip of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Final

from planner.route.buses.lines import Line
from planner.route.loads import CENTI, Load, per_visit
from planner.route.week.patterns import day_patterns
from planner.scenario import DAYS_PER_WEEK, Buses, round_half_up

if TYPE_CHECKING:
    from planner.network.stops import NearStops, Stops

MICRO_PER_YUAN: Final = 1_000_000
DAY_CHOICES: Final = 2
"""Sets of days tried for as many visits."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A line that leads from near one place to near another, from stop ``board`` to the later stop ``alight``."""

    line: Line
    board: int
    alight: int


@dataclass(frozen=True, slots=True)
class BusService:
    """A line out to a station and one back (None for a station that sends nothing), ``visits`` days a week.

    ``market_days`` are among these days.
    """

    station_id: str
    origin_id: str
    out: Leg
    back: Leg | None
    visits: int
    market_days: tuple[int, ...] = ()

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Out, and back where there is one."""
        return (self.out,) if self.back is None else (self.out, self.back)

    def parts(self, daily: Load) -> tuple[tuple[int, ...], ...] | None:
        """Parts of one visit's load for the trips of each leg; None where the trips of a day are too few for them.

        None also where the station sends something and no line leads back, or the other way round.
        """
        load = per_visit(daily, self.visits)
        if (self.back is None) != (load.pickup_centiparcels == 0):
            return None
        loads = (load.delivery_centiparcels, load.pickup_centiparcels)
        parts = tuple(hold_parts(load, leg.line.hold_centiparcels) for leg, load in zip(self.legs, loads, strict=False))
        enough = all(len(part) <= len(leg.line.departures_min) for leg, part in zip(self.legs, parts, strict=True))
        return parts if enough else None

    def day_sets(self) -> tuple[tuple[int, ...], ...]:
        """Days on which both legs run, as even over the week as can be.

        Empty where they run on too few, or not on a market day.
        """
        running = set(self.out.line.days).intersection(*(leg.line.days for leg in self.legs))
        return day_choices(tuple(sorted(running)), self.visits, self.market_days)

    def weekly_micro_yuan(self, buses: Buses, daily: Load) -> int | None:
        """Millionths of a yuan a week: so much a parcel and so much a handing-over, on each day; None: impossible."""
        parts = self.parts(daily)
        if parts is None:
            return None
        rides = [part for its in parts for part in its]
        a_handover = round_half_up(buses.handover_cny * MICRO_PER_YUAN)
        return self.visits * sum(parcels_micro_yuan(buses, ride) + a_handover for ride in rides)


def parcels_micro_yuan(buses: Buses, centiparcels: int) -> int:
    """What is paid for the parcels of one ride."""
    return round_half_up(centiparcels * round_half_up(buses.cny_per_parcel * MICRO_PER_YUAN) / CENTI)


def hold_parts(centiparcels: int, hold: int) -> tuple[int, ...]:
    """A load in as few parts as trips can take: full holds, then the rest. At least one part, be it empty."""
    full, rest = divmod(centiparcels, hold)
    return (hold,) * full + ((rest,) if rest or not full else ())


@lru_cache(maxsize=4096)
def day_choices(
    running: tuple[int, ...], visits: int, must_include: tuple[int, ...] = ()
) -> tuple[tuple[int, ...], ...]:
    """Sets of ``visits`` days among ``running`` that hold ``must_include``.

    First the vans' usual ones (`day_patterns`), then the most even. These have the least sum of squared gaps over the
    week; the earliest come first.
    """
    holding = (days for days in combinations(running, visits) if set(must_include) <= set(days))
    ranked = sorted(holding, key=lambda days: (_unevenness(days), days))
    usual = [days for days in day_patterns(visits) if set(must_include) <= set(days) <= set(running)]
    even = [days for days in ranked if _unevenness(days) == _unevenness(ranked[0])]
    return tuple(dict.fromkeys([*usual, *even]))[:DAY_CHOICES]


def _unevenness(days: tuple[int, ...]) -> int:
    """Sum of the squares of the days from each of ``days`` to the next, over the end of the week too."""
    return sum(((b - a - 1) % DAYS_PER_WEEK + 1) ** 2 for a, b in zip(days, days[1:] + days[:1], strict=True))


def bus_services(
    lines: Sequence[Line],
    near: NearStops,
    origin_id: str,
    station_id: str,
    least_visits: int,
    *,
    market_days: tuple[int, ...] = (),
) -> tuple[BusService, ...]:
    """Every service from ``origin_id`` to ``station_id``: each line out with each line back, by number of visits.

    Only such as run on all ``market_days``.
    """
    backs = (None, *legs(lines, near, station_id, origin_id))
    services = [
        BusService(station_id, origin_id, out, back, visits, market_days)
        for visits in range(least_visits, DAYS_PER_WEEK + 1)
        for out in legs(lines, near, origin_id, station_id)
        for back in backs
    ]
    return tuple(service for service in services if service.day_sets())


def legs(lines: Sequence[Line], near: NearStops, start_id: str, end_id: str) -> tuple[Leg, ...]:
    """Lines that pass near ``start_id`` and later near ``end_id``, each by the pair of stops with the quickest ride.

    Among equally quick pairs the one over fewest segments counts, then the earliest: it takes the least space.
    """
    found = []
    for line in lines:
        pairs = [
            (line.minutes[alight] - line.minutes[board], alight - board, board)
            for board in _at(near.boarding, start_id, line)
            for alight in _at(near.alighting, end_id, line)
            if alight > board
        ]
        if pairs:
            _, segments, board = min(pairs)
            found.append(Leg(line, board, board + segments))
    return tuple(found)


def _at(stops: Stops, site_id: str, line: Line) -> tuple[int, ...]:
    return stops.get(site_id, {}).get(line.line_id, ())
