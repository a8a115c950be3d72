"""Buses in the county's plan: a search that begins with the best ways by van, and what its answer is worth.

The saving is that of the whole search; what a single station or line is worth comes of planning again without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.domain import BusFacts
from planner.domain.plan import BUS
from planner.route.buses.services import MICRO_PER_YUAN
from planner.route.buses.ways import BusPrice, BusWays
from planner.route.county.carried import Choice, Network, Way
from planner.route.county.joint import EFFORT, CountyTask, Joint, MoreWays, SolvedChoice, ways_of
from planner.route.county.search import Limits, Score, improve
from planner.route.county.weeks import Weeks
from planner.scenario import WEEKS_PER_YEAR, round_half_up

EFFORT_WITHOUT_LINE: Final = 60
"""Stops in weeks that may be solved anew to supply the stations of a line that stops running."""

Ways = Mapping[str, tuple[Way, ...]]


def plan_with_buses(network: Network, weeks: Weeks, vans: Joint, buses: BusWays) -> tuple[Joint, BusFacts]:
    """The plan with buses, never worse than ``vans``, and what they save."""
    ways = ways_of(network, weeks.scenario, MoreWays(buses.ways, buses.allowed))
    task = CountyTask(network, weeks, _first(ways, vans.solved.choice), buses.allowed)
    found = improve(task, Limits(effort=EFFORT))
    solved = task.solve(found.choice)
    lines = sorted({line for way in solved.choice.values() for line in lines_of(way)})
    cuts = {line: _without_line(network, weeks, (ways, vans.solved.choice, solved), buses, line) for line in lines}
    facts = BusFacts(
        total_saving_cny=_a_year(vans.solved.score.cost - solved.score.cost),
        saving_cny=_savings(network, weeks, ways, solved, buses),
        cut_cny={line: _a_year(cut.score.cost - solved.score.cost) for line, cut in cuts.items()},
        fallback={
            (line, site_id): _word(cut, site_id)
            for line, cut in cuts.items()
            for site_id, way in solved.choice.items()
            if line in lines_of(way)
        },
    )
    return Joint(solved, vans.first, max(vans.free, len(task.items))), facts


def lines_of(way: Way) -> tuple[str, ...]:
    """Lines that a way rides; none by van."""
    if not isinstance(way.price, BusPrice):
        return ()
    return tuple(leg.line.line_id for leg in way.price.service.legs)


def _first(ways: Ways, choice: Choice) -> dict[str, tuple[Way, ...]]:
    """The same ways, each station's chosen one in front: where a search begins."""
    return {
        site_id: (choice[site_id], *(way for way in its if way != choice[site_id])) for site_id, its in ways.items()
    }


def _savings(network: Network, weeks: Weeks, ways: Ways, solved: SolvedChoice, buses: BusWays) -> dict[str, int]:
    """By station by bus, what all routes cost more a year when it alone goes by its best van.

    A station that no van can serve has no such figure.
    """
    found: dict[str, int] = {}
    for site_id, way in solved.choice.items():
        if way.kind != BUS:
            continue
        scores: list[Score] = []
        for other in (each for each in ways[site_id] if each.kind != BUS):
            task = _task(network, weeks, {**solved.choice, site_id: other}, buses)
            score = task.score((0,) * len(task.items))
            if score is not None and score.unserved <= solved.score.unserved:
                scores.append(score)
        if scores:
            found[site_id] = _a_year(min(scores).cost - solved.score.cost)
    return found


def _task(network: Network, weeks: Weeks, choice: Choice, buses: BusWays) -> CountyTask:
    """One choice alone, to be scored."""
    return CountyTask(network, weeks, {site_id: (way,) for site_id, way in choice.items()}, buses.allowed)


def _without_line(
    network: Network, weeks: Weeks, plan: tuple[Ways, Choice, SolvedChoice], buses: BusWays, line_id: str
) -> SolvedChoice:
    """The plan once a line has stopped: its stations begin with their best van and look for better; others stay."""
    ways, vans, solved = plan
    options: dict[str, tuple[Way, ...]] = {}
    for site_id, way in solved.choice.items():
        if line_id in lines_of(way):
            others = (each for each in ways[site_id] if line_id not in lines_of(each) and each != vans[site_id])
            options[site_id] = (vans[site_id], *others)
        else:
            options[site_id] = (way,)
    task = CountyTask(network, weeks, options, buses.allowed)
    if task.score((0,) * len(task.items)) is None:
        return task.solve((0,) * len(task.items))
    return task.solve(improve(task, Limits(effort=EFFORT_WITHOUT_LINE)).choice)


def _word(cut: SolvedChoice, site_id: str) -> str:
    """How a station is then supplied: by its parent, direct, by another bus, or not at all."""
    return "unserved" if site_id in cut.unserved else cut.choice[site_id].kind


def _a_year(weekly_micro_yuan: int) -> int:
    return round_half_up(WEEKS_PER_YEAR * weekly_micro_yuan / MICRO_PER_YUAN)
