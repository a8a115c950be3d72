"""Buses in the county's plan: the search from the best plan by van, and what its answer is worth.

What a single station's buses or a single line is worth comes of searching again without them, by the same rules.
Smaller depots whose rounds have changed are solved anew at the end, and what is found taken where it is cheaper.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from planner.domain import BusFacts
from planner.domain.plan import BUS
from planner.route.buses.search import BusSearch, State, lines_of, start_state, with_weeks
from planner.route.buses.services import MICRO_PER_YUAN
from planner.route.buses.ways import BusWays
from planner.route.county.carried import Network
from planner.route.county.joint import CountyTask, Joint, MoreWays, SolvedChoice, ways_of
from planner.route.county.search import Limits, improve
from planner.route.county.weeks import DepotWeek, Weeks
from planner.scenario import WEEKS_PER_YEAR, round_half_up

RESOLVED_UP_TO: Final = 30
"""Stops of a depot whose changed week is solved anew; more take seconds, and hardly gain anything."""

SMALL: Final = 12
"""A county with no more supplied stations is searched on, by the true cost of every neighbouring choice of ways."""

SMALL_EFFORT: Final = 3_000
"""Stops in weeks that may be solved anew for that."""


def plan_with_buses(network: Network, weeks: Weeks, vans: Joint, buses: BusWays) -> tuple[Joint, BusFacts]:
    """The plan with buses, never worse than ``vans``, and what they save."""
    start = start_state(vans.solved.choice, vans.solved.weeks, vans.solved.score)
    planner = _Planner(network, weeks, buses, start, BusSearch(network, weeks, buses, start))
    found = planner.best()
    while True:
        by_bus = sorted(site_id for site_id, way in found.choice.items() if way.kind == BUS)
        lines = sorted({line for site_id in by_bus for line in lines_of(found.choice[site_id])})
        cuts = {line: planner.best(lines=(line,)) for line in lines}
        withouts = {site_id: planner.best(stations=(site_id,)) for site_id in by_bus}
        best = min([*cuts.values(), *withouts.values()], key=lambda state: state.score, default=found)
        if best.score >= found.score:
            break
        found = best  # a search that had to do without something came out cheaper
    if not by_bus:
        return vans, BusFacts(0)
    final = planner.solved_anew(found)
    facts = BusFacts(
        total_saving_cny=_a_year(start, final),
        saving_cny={site_id: _a_year(state, found) for site_id, state in withouts.items()},
        cut_cny={line: _a_year(cut, found) for line, cut in cuts.items()},
        fallback={
            (line, site_id): planner.word(cut, site_id)
            for line, cut in cuts.items()
            for site_id in by_bus
            if line in lines_of(found.choice[site_id])
        },
    )
    solved = SolvedChoice(
        final.choice,
        tuple(final.weeks[depot_id] for depot_id in network.depots if depot_id in final.weeks),
        planner.search.unserved(final.choice, final.weeks),
        final.score.cost - sum(week.cost for week in final.weeks.values()),
    )
    return Joint(solved, vans.first, max(vans.free, len(buses.ways))), facts


@dataclass(slots=True, eq=False)
class _Planner:
    """One county's plans by van and bus, with or without some lines or some stations' buses."""

    network: Network
    weeks: Weeks
    buses: BusWays
    start: State
    search: BusSearch

    def best(self, lines: Collection[str] = (), stations: Collection[str] = ()) -> State:
        """The best plan found without the ``lines`` and with the ``stations`` by van."""
        found = self.search.best(lines, stations)
        if len(self.network.parent) > SMALL:
            return found
        ways = {
            site_id: (
                found.choice[site_id],
                *(
                    way
                    for way in its
                    if way != found.choice[site_id]
                    and not (way.kind == BUS and site_id in stations)
                    and not set(lines_of(way)).intersection(lines)
                ),
            )
            for site_id, its in ways_of(
                self.network, self.weeks.scenario, MoreWays(self.buses.ways, self.buses.allowed)
            ).items()
        }
        task = CountyTask(self.network, self.weeks, ways, self.buses.allowed)
        if task.score((0,) * len(task.items)) is None:
            return found
        solved = task.solve(improve(task, Limits(effort=SMALL_EFFORT)).choice)
        better = start_state(solved.choice, solved.weeks, solved.score)
        return better if better.score < found.score else found

    def solved_anew(self, found: State) -> State:
        """Weeks that the search has changed, solved anew where that is cheaper; weeks without any stop left go."""
        stops = self.network.stops(found.choice)
        found = replace(found, weeks={key: week for key, week in found.weeks.items() if key in stops})
        fleet = self.weeks.scenario.service.fleet
        if any(vehicle.count is not None for vehicle in fleet):
            return found
        fresh: dict[str, DepotWeek] = {}
        for depot_id, week in found.weeks.items():
            if week is self.start.weeks.get(depot_id) or len(stops[depot_id]) > RESOLVED_UP_TO:
                continue
            solved = self.weeks.week(depot_id, stops[depot_id], (None,) * len(fleet))
            if not solved.unserved and solved.cost < week.cost:
                fresh[depot_id] = solved
        return with_weeks(found, fresh)

    def word(self, plan: State, site_id: str) -> str:
        """How a station is supplied: by van from its parent, direct, by bus, or not at all."""
        unserved = self.search.unserved(plan.choice, plan.weeks)
        return "unserved" if site_id in unserved else plan.choice[site_id].kind


def _a_year(without: State, plan: State) -> int:
    """Whole yuan a year that ``plan`` costs less."""
    return round_half_up(WEEKS_PER_YEAR * (without.score.cost - plan.score.cost) / MICRO_PER_YUAN)
