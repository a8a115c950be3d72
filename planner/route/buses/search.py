"""Which stations go by bus: from the plan by van, the moves to buses that save most, one after another.

A move takes one station off its rounds, or all stations of one round together (which saves the driver's day), and
puts their parcels on buses. What it saves is what the rounds cost less with these stops left out, as they are
(`lighter_week`), less the price of the rides: a plan that can be driven, without solving anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from planner.domain.plan import BUS
from planner.route.buses.editing import lighter_week
from planner.route.buses.ways import BusPrice, BusWays
from planner.route.county.carried import Network, Stop, Way
from planner.route.county.search import Score
from planner.route.county.weeks import DepotWeek, Weeks

LARGEST_MOVE: Final = 8
"""Most stations that change to buses in one move."""

Move = tuple[tuple[str, Way], ...]
"""Stations and the ways by bus that they change to."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A plan during the search: ways, every depot's week, and what it costs a week with unserved stations first."""

    choice: Mapping[str, Way]
    weeks: Mapping[str, DepotWeek]
    score: Score


@dataclass(slots=True, eq=False)
class BusSearch:
    """Moves to buses from one plan by van; first gains are worked out once for all searches from it."""

    network: Network
    weeks: Weeks
    buses: BusWays
    start: State
    first: dict[Move, Score] = field(default_factory=dict)

    def best(self, lines: Collection[str] = (), stations: Collection[str] = ()) -> State:
        """The plan after all moves that pay, with neither the ``lines`` nor, by bus, the ``stations`` left out here.

        The move that promises most is judged anew before it is made; one that has fallen behind waits its turn.
        """
        state = self.start
        moves = [move for move in self._moves() if self._open(move, lines, stations)]
        promised = [(self._first_score(move), number) for number, move in enumerate(moves)]
        waiting = sorted(entry for entry in promised if entry[0] < (0, 0))
        while waiting:
            _, number = waiting.pop(0)
            after = self._after(state, moves[number])
            gain = None if after is None else _less(after.score, state.score)
            if after is None or gain is None or gain >= (0, 0):
                continue
            if waiting and gain > waiting[0][0]:
                waiting = sorted([*waiting, (gain, number)])
                continue
            state = after
        return state

    def _first_score(self, move: Move) -> Score:
        """Change of the score by a move made first; none for one that can't be made."""
        if move not in self.first:
            after = self._after(self.start, move)
            self.first[move] = Score(0, 0) if after is None else _less(after.score, self.start.score)
        return self.first[move]

    @staticmethod
    def _open(move: Move, lines: Collection[str], stations: Collection[str]) -> bool:
        return all(site_id not in stations and not set(lines_of(way)).intersection(lines) for site_id, way in move)

    def _moves(self) -> Iterator[Move]:
        """Single stations by each of their ways, then the stations of each round together, every line's cheapest."""
        seen: set[Move] = set()
        for site_id, ways in self.buses.ways.items():
            for way in ways:
                yield ((site_id, way),)
        for week in self.start.weeks.values():
            for shift in week.shifts:
                members = tuple(sorted({week.visits[stop - 1].site_id for stop in shift.stops}))
                if not 1 < len(members) <= LARGEST_MOVE or not all(site_id in self.buses.ways for site_id in members):
                    continue
                for rank in range(2):
                    move = tuple((m, self.buses.ways[m][min(rank, len(self.buses.ways[m]) - 1)]) for m in members)
                    if move not in seen:
                        seen.add(move)
                        yield move

    def _after(self, state: State, move: Move) -> State | None:
        """The plan with a move made; None where it changes nothing, or can't be told without solving anew."""
        changes = {site_id: way for site_id, way in move if state.choice[site_id].kind != BUS}
        if not changes:
            return None
        choice = {**state.choice, **changes}
        prices = self._prices(choice)
        if prices is None or not self.buses.allowed(choice):
            return None
        before, now = self.network.loads(state.choice), self.network.loads(choice)
        gone: dict[str, set[str]] = {}
        lighter: dict[str, dict[str, Stop]] = {}
        for site_id in changes:
            gone.setdefault(str(state.choice[site_id].depot_id), set()).add(site_id)
        for site_id, way in choice.items():
            if way.depot_id is not None and now[site_id] != before[site_id]:
                lighter.setdefault(way.depot_id, {})[site_id] = self.network.stop(site_id, now[site_id])
        weeks = dict(state.weeks)
        for depot_id in sorted({*gone, *lighter}):
            if depot_id not in weeks:
                continue  # unserved itself: nothing is driven from there
            week = lighter_week(self.weeks, weeks[depot_id], gone.get(depot_id, ()), lighter.get(depot_id, {}))
            if week is None:
                return None
            weeks[depot_id] = week
        unserved = self.unserved(choice, weeks)
        if any(choice[site_id].kind == BUS for site_id in unserved):
            return None
        cost = prices + sum(week.cost for week in weeks.values())
        return State(choice, weeks, Score(len(unserved), cost))

    def _prices(self, choice: Mapping[str, Way]) -> int | None:
        loads, total = self.network.loads(choice), 0
        for site_id, way in choice.items():
            price = 0 if way.price is None else way.price(loads[site_id])
            if price is None:
                return None
            total += price
        return total

    @staticmethod
    def unserved(choice: Mapping[str, Way], weeks: Mapping[str, DepotWeek]) -> dict[str, str]:
        """Stations that nothing reaches, with the reason; what hangs on one is unserved too."""
        found = {site_id: reason for week in weeks.values() for site_id, reason in week.unserved.items()}
        for site_id, way in choice.items():
            above = {*way.through, way.depot_id}
            if site_id not in found and not found.keys().isdisjoint(above):
                found[site_id] = "parent"
        return dict(sorted(found.items()))


def start_state(choice: Mapping[str, Way], weeks: tuple[DepotWeek, ...], score: Score) -> State:
    """The plan by van."""
    return State(choice, {week.depot_id: week for week in weeks}, score)


def lines_of(way: Way) -> tuple[str, ...]:
    """Lines that a way rides; none by van."""
    if not isinstance(way.price, BusPrice):
        return ()
    return tuple(leg.line.line_id for leg in way.price.service.legs)


def _less(after: Score, before: Score) -> Score:
    return Score(after.unserved - before.unserved, after.cost - before.cost)


def with_weeks(state: State, fresh: Mapping[str, DepotWeek]) -> State:
    """The same plan with some depots' weeks replaced."""
    weeks = {depot_id: fresh.get(depot_id, week) for depot_id, week in state.weeks.items()}
    cost = state.score.cost + sum(week.cost - state.weeks[depot_id].cost for depot_id, week in fresh.items())
    return replace(state, weeks=weeks, score=Score(state.score.unserved, cost))
