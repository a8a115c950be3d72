"""Echelon by echelon first, then all depots together: the search over ways, fed with depots' weeks.

Closing a township station's rounds altogether can save a driver's day where moving any single point saves nothing;
hence moves of all its points at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from planner.domain import Tier
from planner.route.county.carried import DIRECT, PARENT, Choice, Network, Way
from planner.route.county.guess import Guesses
from planner.route.county.search import Limits, Options, Score, improve
from planner.route.county.weeks import DepotWeek, Weeks
from planner.scenario import Scenario

EFFORT: Final = 2_400
"""How long the search may solve weeks anew, in the unit of `Weeks.work`: about as long as one large week takes."""

GUESSES_AN_ITEM: Final = 100
"""Guesses beyond the first descent for each station with a choice."""

GUESSES: Final = 15_000_000
"""Most of them, times the square of the county's stations: the more there are, the longer a guess takes."""


def always(choice: Choice) -> bool:
    """No rule binds stations' ways together."""
    del choice
    return True


@dataclass(frozen=True, slots=True)
class MoreWays:
    """Further ways of supply for some stations, and whether a choice keeps what binds them together.

    A bus line's offers, say: each is a `Way` with its price and without a depot, and ``allowed`` watches its hold.
    """

    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    allowed: Callable[[Choice], bool] = always


@dataclass(frozen=True, slots=True, eq=False)
class SolvedChoice:
    """Every depot's week when each station is supplied in its chosen way.

    ``prices`` are what ways cost beyond the vans, in millionths of a yuan a week.
    """

    choice: Choice
    weeks: tuple[DepotWeek, ...]
    unserved: Mapping[str, str]
    prices: int

    @property
    def score(self) -> Score:
        """Unserved stations, and the cost of a week."""
        return Score(len(self.unserved), self.prices + sum(week.cost for week in self.weeks))

    def vehicles(self, scenario: Scenario) -> dict[str, int]:
        """Vehicles of each type, those of all depots together."""
        names = [vehicle.name for vehicle in scenario.service.fleet]
        counts = [week.vehicles(len(names)) for week in self.weeks]
        return {name: sum(count[kind] for count in counts) for kind, name in enumerate(names)}


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """The plan found, and what the plan echelon by echelon comes to; ``free`` stations had more than one way."""

    solved: SolvedChoice
    first: Score
    free: int


def plan_jointly(network: Network, weeks: Weeks, more: MoreWays) -> Joint:
    """The best choice of ways found, never worse than every station by its parent."""
    task = CountyTask(network, weeks, ways_of(network, weeks.scenario, more), more.allowed)
    guesses = min(GUESSES_AN_ITEM * len(task.items), GUESSES // max(1, len(network.tier) ** 2))
    found = improve(task, Limits(effort=EFFORT, guesses=guesses, seed=weeks.scenario.solver.seed))
    return Joint(task.solve(found.choice), found.first, len(task.items))


def ways_of(network: Network, scenario: Scenario, more: MoreWays) -> dict[str, tuple[Way, ...]]:
    """All ways of each supplied station, by its parent first."""
    ways: dict[str, tuple[Way, ...]] = {}
    for site_id in sorted(network.parent):
        own = [network.by_parent(site_id)]
        centre = network.centre_of(site_id)
        if scenario.routing.direct and network.tier[site_id] is Tier.VILLAGE and network.parent[site_id] != centre:
            own.append(Way(DIRECT, centre))
        ways[site_id] = (*own, *more.ways.get(site_id, ()))
    return ways


class CountyTask:
    """A county's choice of ways as the search sees it: items are the stations that have more than one."""

    def __init__(
        self, network: Network, weeks: Weeks, ways: Mapping[str, tuple[Way, ...]], allowed: Callable[[Choice], bool]
    ) -> None:
        self.network, self.weeks, self.ways, self.allowed = network, weeks, ways, allowed
        self.items = tuple(site_id for site_id, options in ways.items() if len(options) > 1)
        self.guesses = Guesses(weeks)
        self._solved: dict[Options, SolvedChoice] = {}

    @cached_property
    def kinds(self) -> tuple[tuple[str, ...], ...]:
        """The kind of each option of each item."""
        return tuple(tuple(way.kind for way in self.ways[site_id]) for site_id in self.items)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Items with the same parent."""
        found: dict[str, list[int]] = {}
        for number, site_id in enumerate(self.items):
            found.setdefault(self.network.parent[site_id], []).append(number)
        return tuple(tuple(group) for group in found.values())

    @property
    def effort(self) -> int:
        """What weeks have cost so far."""
        return self.weeks.work

    def choice(self, options: Options) -> dict[str, Way]:
        """Ways by station."""
        chosen = {site_id: ways[0] for site_id, ways in self.ways.items()}
        return chosen | {
            site_id: self.ways[site_id][option] for site_id, option in zip(self.items, options, strict=True)
        }

    def score(self, options: Options) -> Score | None:
        """A station that is not served goes by its parent, so that what its parent carries can be told from routes."""
        choice = self.choice(options)
        if not self.allowed(choice) or self._prices(choice) is None:
            return None
        solved = self.solve(options)
        if any(choice[site_id].kind != PARENT for site_id in solved.unserved):
            return None
        return solved.score

    def estimate(self, options: Options) -> float:
        """About the cost of a week."""
        choice = self.choice(options)
        prices = self._prices(choice)
        if prices is None or not self.allowed(choice):
            return float("inf")
        return prices + sum(self.guesses.cost(*each) for each in self.network.stops(choice).items())

    def solve(self, options: Options) -> SolvedChoice:
        """Depot by depot, in the order in which limited vehicles are handed out.

        A depot that is not served itself drives no rounds: what it should hand on never comes.
        """
        if options not in self._solved:
            self._solved[options] = self._solve(self.choice(options))
        return self._solved[options]

    def _solve(self, choice: Choice) -> SolvedChoice:
        left = tuple(vehicle.count for vehicle in self.weeks.scenario.service.fleet)
        solved: list[DepotWeek] = []
        unserved: dict[str, str] = {}
        for depot_id, stops in self.network.stops(choice).items():
            if depot_id in unserved:
                unserved |= {stop.site_id: "parent" for stop in stops}
                continue
            week = self.weeks.week(depot_id, stops, left)
            solved.append(week)
            unserved |= week.unserved
            used = week.vehicles(len(left))
            left = tuple(None if free is None else free - taken for free, taken in zip(left, used, strict=True))
        unserved |= {  # by bus, from a station that itself gets nothing
            site_id: "parent"
            for site_id, way in choice.items()
            if site_id not in unserved and not unserved.keys().isdisjoint(way.through)
        }
        return SolvedChoice(choice, tuple(solved), dict(sorted(unserved.items())), self._prices(choice) or 0)

    def _prices(self, choice: Choice) -> int | None:
        """What the ways cost beyond the vans, None where one can't take its load."""
        loads = self.network.loads(choice)
        total = 0
        for site_id, way in choice.items():
            price = way.price(loads[site_id]) if way.price is not None else 0
            if price is None:
                return None
            total += price
        return total
