"""Tiny timetables and what can be said of them by trying everything."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations, product

from planner.network.stops import NearStops
from planner.route.buses import BusOffer, Line
from planner.route.loads import Load
from planner.route.week.patterns import day_patterns

CENTRE = "C"
STATIONS = ("S1", "S2", "S3")


@dataclass(frozen=True)
class Case:
    """Lines, which sites lie near which of their stops, and what each station gets and sends in a day."""

    lines: tuple[Line, ...]
    near: NearStops
    daily: dict[str, Load]


def tiny_case(seed: int) -> Case:
    """Up to four lines of a few stops, three stations, small holds."""
    chance = random.Random(seed)  # noqa: S311 (cases to try, no secrets)
    lines = tuple(_line(chance, f"L{number}") for number in range(chance.randint(2, 4)))
    boarding, alighting = ({site: _near(chance, lines) for site in (CENTRE, *STATIONS)} for _ in range(2))
    daily = {station: Load(chance.choice([0, 50, 100, 250]), chance.choice([0, 0, 50, 150])) for station in STATIONS}
    return Case(lines, NearStops(boarding, alighting), daily)


def _line(chance: random.Random, line_id: str) -> Line:
    minutes = [0]
    for _ in range(chance.randint(2, 4)):
        minutes.append(minutes[-1] + chance.randint(0, 9))
    departures = sorted(chance.sample(range(400, 900), chance.randint(1, 3)))
    days = sorted(chance.sample(range(1, 8), chance.randint(2, 7)))
    return Line(line_id, line_id, tuple(minutes), tuple(departures), tuple(days), chance.choice([200, 300, 500]))


def _near(chance: random.Random, lines: tuple[Line, ...]) -> dict[str, tuple[int, ...]]:
    found = {}
    for line in lines:
        at = tuple(stop for stop in range(len(line.minutes)) if chance.random() < 0.4)
        if at:
            found[line.line_id] = at
    return found


def rides(case: Case, start: str, end: str) -> Iterator[tuple[Line, int, int, int]]:
    """Every ride there is: line, trip, stop of boarding and a stop of alighting that the same trip calls at later."""
    for line in case.lines:
        for trip in range(len(line.departures_min)):
            calls = [line.call_min(trip, stop) for stop in range(len(line.minutes))]
            for board in case.near.boarding.get(start, {}).get(line.line_id, ()):
                for alight in case.near.alighting.get(end, {}).get(line.line_id, ()):
                    if board < alight:
                        assert calls[board] <= calls[alight]
                        yield line, trip, board, alight


def gap(days: tuple[int, ...]) -> int:
    """Squared days from one visit to the next, added up on a strip that ends with the next week's first visit."""
    strip = [*days, days[0] + 7]
    return sum((b - a) * (b - a) for a, b in pairwise(strip))


def even_days(running: set[int], visits: int) -> list[tuple[int, ...]]:
    """The first two sets of days: those on which vans drive, then the most even."""
    every = list(combinations(sorted(running), visits))
    least = min(map(gap, every))
    ranked = [days for days in day_patterns(visits) if running.issuperset(days)]
    ranked += [days for days in every if gap(days) == least and days not in ranked]
    return ranked[:2]


def split(amount: int, hold: int) -> list[int]:
    """Full holds and the rest."""
    parts = []
    while amount > hold:
        parts.append(hold)
        amount -= hold
    return [*parts, amount]


def placements(service, daily: Load) -> Iterator[list[tuple[str, int, int, int, int]]]:
    """Every way of putting a service's visits on days and trips: (line, day, trip, segment, amount) of each."""
    week = [-(-7 * amount // service.visits) for amount in (daily.delivery_centiparcels, daily.pickup_centiparcels)]
    legs = [(service.out, week[0])] + ([] if service.back is None else [(service.back, week[1])])
    running = set.intersection(*(set(leg.line.days) for leg, _ in legs))
    for days in even_days(running, service.visits):
        choices = []
        for leg, amount in legs:
            parts = split(amount, leg.line.hold_centiparcels)
            trips = permutations(range(len(leg.line.departures_min)), len(parts))
            choices.append([(leg, list(zip(its, parts, strict=True))) for its in trips])
        for chosen in product(*choices):
            yield [
                (leg.line.line_id, day, trip, segment, part)
                for leg, its in chosen
                for trip, part in its
                for day in days
                for segment in range(leg.board, leg.alight)
            ]


def holds(taken: list[tuple[str, int, int, int, int]], lines: tuple[Line, ...]) -> bool:
    """Whether every segment of every trip has room for all that is on board."""
    on_board: Counter[tuple[str, int, int, int]] = Counter()
    for *segment, amount in taken:
        on_board[tuple(segment)] += amount
    room = {line.line_id: line.hold_centiparcels for line in lines}
    return all(amount <= room[segment[0]] for segment, amount in on_board.items())


def on_board(offers: tuple[BusOffer, ...]) -> list[tuple[str, int, int, int, int]]:
    """What offers put where."""
    return [
        (ride.line_id, day, ride.trip, segment, ride.centiparcels)
        for offer in offers
        for ride in (*offer.out, *offer.back)
        for day in offer.days
        for segment in range(ride.board, ride.alight)
    ]
