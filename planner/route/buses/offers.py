"""Services put on trips: what each trip carries over each segment, never more than its free hold space.

Several stations share the trips. `pack` finds each part of each load a trip, days and trips together, so that
every segment of every trip on every day holds what is on board: a bin packing with intervals, by best fit with
backtracking up to a limit of steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.buses.lines import Line
from planner.route.buses.services import BusService, Leg
from planner.route.loads import Load
from planner.scenario import DAYS_PER_WEEK, Buses

PACKING_STEPS: Final = 400
"""Placements tried before a set of services is given up as too large; never more than that many for one answer."""

Segment = tuple[str, int, int, int]
"""Line id, day of the week, number of the trip, number of the stop at its beginning (trips and stops from 0)."""


@dataclass(frozen=True, slots=True)
class BusRide:
    """Parcels on one trip of a line, from stop ``board`` to the later stop ``alight`` (numbers from 0)."""

    line_id: str
    trip: int
    board: int
    alight: int
    centiparcels: int


@dataclass(frozen=True, slots=True)
class BusOffer:
    """One way to supply ``station_id`` from ``origin_id`` by bus, and what a week of it costs.

    ``out`` brings goods to the station, ``back`` takes what it sends, on each of ``days``.
    """

    station_id: str
    origin_id: str
    days: tuple[int, ...]
    out: tuple[BusRide, ...]
    back: tuple[BusRide, ...]
    weekly_micro_yuan: int

    @property
    def rides(self) -> tuple[BusRide, ...]:
        """All rides of one day."""
        return self.out + self.back

    def space(self) -> Iterator[tuple[Segment, int]]:
        """Hundredths of a parcel on board over every segment that it rides, on every day."""
        for ride in self.rides:
            for day in self.days:
                for stop in range(ride.board, ride.alight):
                    yield (ride.line_id, day, ride.trip, stop), ride.centiparcels


def bus_offers(services: Iterable[BusService], buses: Buses, daily: Load) -> tuple[BusOffer, ...]:
    """What these services offer a station for a daily load on empty buses, cheapest first: the first trips and days."""
    offers: list[BusOffer] = []
    for service in services:
        packed = pack([(service, daily)], buses)
        if packed is not None:
            offers += packed
    return tuple(sorted(offers, key=lambda offer: offer.weekly_micro_yuan))


def overfull(chosen: Iterable[BusOffer], lines: Iterable[Line]) -> dict[Segment, int]:
    """By how many hundredths of a parcel each segment of a trip would exceed its free hold space; empty when none."""
    hold = {line.line_id: line.hold_centiparcels for line in lines}
    taken: Counter[Segment] = Counter()
    for offer in chosen:
        for segment, amount in offer.space():
            taken[segment] += amount
    return {
        segment: amount - hold[segment[0]] for segment, amount in sorted(taken.items()) if amount > hold[segment[0]]
    }


def pack(
    wanted: Sequence[tuple[BusService, Load]], buses: Buses, steps: int = PACKING_STEPS
) -> tuple[BusOffer, ...] | None:
    """An offer for each service and daily load, all together within the hold space; None where none was found.

    Larger loads are placed first. With ``steps`` large enough None means that there is none.
    """
    costs = [service.weekly_micro_yuan(buses, daily) for service, daily in wanted]
    parts = [service.parts(daily) for service, daily in wanted]
    if any(part is None for part in parts):
        return None
    space = _Space(service for service, _ in wanted)
    order = sorted(
        range(len(wanted)), key=lambda k: (-max(max(its) for its in parts[k] or ((0,),)), wanted[k][0].station_id)
    )
    tasks = [(wanted[k][0], parts[k] or ()) for k in order]
    placed = _place(space, tasks, [steps])
    if placed is None:
        return None
    offers: list[BusOffer | None] = [None] * len(wanted)
    for k, (days, trips) in zip(order, placed, strict=True):
        offers[k] = _offer(wanted[k][0], parts[k] or (), days, trips, costs[k] or 0)
    return tuple(offer for offer in offers if offer is not None)


Parts = tuple[tuple[int, ...], ...]
Trips = tuple[tuple[int, ...], ...]
"""Parts of a load, or the trips they ride, for each leg of a service."""


def _offer(service: BusService, parts: Parts, days: tuple[int, ...], trips: Trips, cost: int) -> BusOffer:
    rides = [
        tuple(
            BusRide(leg.line.line_id, trip, leg.board, leg.alight, part)
            for trip, part in sorted(zip(its_trips, its_parts, strict=True))
        )
        for leg, its_trips, its_parts in zip(service.legs, trips, parts, strict=True)
    ]
    back = rides[1] if len(rides) > 1 else ()
    return BusOffer(service.station_id, service.origin_id, days, rides[0], back, cost)


def _place(
    space: _Space, tasks: Sequence[tuple[BusService, Parts]], steps: list[int]
) -> list[tuple[tuple[int, ...], Trips]] | None:
    """Days and trips for every task, the first that fit together in depth-first order; ``steps`` are counted down."""
    if not tasks:
        return []
    service, parts = tasks[0]
    for days in service.day_sets():
        for trips in product(*(space.trips(leg, days, its) for leg, its in zip(service.legs, parts, strict=True))):
            if steps[0] <= 0:
                return None
            steps[0] -= 1
            if not space.take(service, days, trips, parts):
                continue
            rest = _place(space, tasks[1:], steps)
            if rest is not None:
                return [(days, trips), *rest]
            space.give_back(service, days, trips, parts)
    return None


class _Space:
    """Hundredths of a parcel on board by line, in arrays day × trip × segment."""

    def __init__(self, services: Iterable[BusService]) -> None:
        lines = {leg.line.line_id: leg.line for service in services for leg in service.legs}
        self._taken: dict[str, NDArray[np.int64]] = {
            line_id: np.zeros((DAYS_PER_WEEK, len(line.departures_min), len(line.minutes) - 1), dtype=np.int64)
            for line_id, line in lines.items()
        }

    def trips(self, leg: Leg, days: tuple[int, ...], parts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Different trips with room for each part: the fullest that has room first, then the earliest."""
        taken = self._taken[leg.line.line_id][[day - 1 for day in days], :, leg.board : leg.alight]
        free = (leg.line.hold_centiparcels - taken.max(axis=(0, 2))).tolist()
        yield from _chosen(free, parts, ())

    def take(self, service: BusService, days: tuple[int, ...], trips: Trips, parts: Parts) -> bool:
        """Put the parts on board; false, and nothing is, where two legs of one line together exceed the hold."""
        self._add(service, days, trips, parts, 1)
        for leg, its_trips in zip(service.legs, trips, strict=True):
            taken = self._taken[leg.line.line_id][:, list(its_trips), leg.board : leg.alight]
            if taken.size and taken.max() > leg.line.hold_centiparcels:
                self.give_back(service, days, trips, parts)
                return False
        return True

    def give_back(self, service: BusService, days: tuple[int, ...], trips: Trips, parts: Parts) -> None:
        """Take the parts off again."""
        self._add(service, days, trips, parts, -1)

    def _add(self, service: BusService, days: tuple[int, ...], trips: Trips, parts: Parts, sign: int) -> None:
        rows = [day - 1 for day in days]
        for leg, its_trips, its_parts in zip(service.legs, trips, parts, strict=True):
            taken = self._taken[leg.line.line_id]
            for trip, part in zip(its_trips, its_parts, strict=True):
                taken[rows, trip, leg.board : leg.alight] += sign * part


def _chosen(free: Sequence[int], parts: Sequence[int], before: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(before) == len(parts):
        yield before
        return
    part = parts[len(before)]
    room = sorted((space, trip) for trip, space in enumerate(free) if space >= part and trip not in before)
    for _, trip in room:
        yield from _chosen(free, parts, (*before, trip))
