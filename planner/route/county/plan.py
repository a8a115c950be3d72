"""The vans of one county over a week: county centre to township stations, and stations to their village points.

Each depot has one week (`planner.route.county.weeks`): a county centre with the stations that its vans stop at, a
township station with its village points. Parcels change vans at the township station and wait there for its next
round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain import Assignment, County, Route, SolveReport, Station, Tier
from planner.route.county.carried import Choice, Network
from planner.route.county.roads import Roads
from planner.route.county.rounds import report_of_week, route_prefixes, routes_of_week
from planner.route.county.weeks import DepotWeek, Weeks
from planner.scenario import DAYS_PER_WEEK, Scenario

if TYPE_CHECKING:
    from planner.network import TravelMatrix


@dataclass(frozen=True, eq=False)
class RoutePlan:
    """Routes of a county's week, and how often each station is visited.

    ``service_per_week`` counts, for every station, the different days on which a route stops there (7 at a county
    centre, 0 where none does). ``unserved`` are the stations no route could take in full, each with the reason.
    ``vehicles`` counts, for each type, the vehicles needed when each stays with its depot.
    """

    routes: tuple[Route, ...]
    reports: tuple[SolveReport, ...]
    service_per_week: Mapping[str, int]
    unserved: Mapping[str, str]
    vehicles: Mapping[str, int]


def route_county(
    county: County,
    scenario: Scenario,
    stations: Sequence[Station],
    assignments: Sequence[Assignment],
    supply: TravelMatrix,
) -> RoutePlan:
    """Route every supply link of a plan, with as many visits a week as the scenario asks for.

    ``supply`` holds road distances from every site (row) to every site (column), in the order of ``county.sites``.
    Limited vehicle counts are handed out in order: county centres first, then the other depots, by site id.

    Raises
    ------
    UsageError
        When stations have no county centre among them, or parents or assignments name no station.
    """
    stations = tuple(sorted(stations, key=lambda station: station.site_id))
    if not stations:
        return RoutePlan((), (), {}, {}, {vehicle.name: 0 for vehicle in scenario.service.fleet})
    network = Network.of(county, scenario, stations, assignments)
    roads = Roads.between(county, [station.site_id for station in stations], supply)
    weeks = Weeks(scenario, roads)
    choice = {site_id: network.by_parent(site_id) for site_id in sorted(network.parent)}
    solved = solve_choice(network, weeks, choice)
    prefixes = route_prefixes(county, [week.depot_id for week in solved.weeks], network.tier)
    routes = [
        route
        for week in solved.weeks
        for route in routes_of_week(scenario, roads, week, network.tier, prefixes[week.depot_id])
    ]
    return RoutePlan(
        routes=tuple(routes),
        reports=tuple(report_of_week(scenario, week, network.tier) for week in solved.weeks),
        service_per_week=_service(network, routes),
        unserved=solved.unserved,
        vehicles=solved.vehicles(scenario),
    )


@dataclass(frozen=True, slots=True, eq=False)
class SolvedChoice:
    """Every depot's week when each station is supplied in its chosen way."""

    weeks: tuple[DepotWeek, ...]
    unserved: Mapping[str, str]

    def vehicles(self, scenario: Scenario) -> dict[str, int]:
        """Vehicles of each type, those of all depots together."""
        names = [vehicle.name for vehicle in scenario.service.fleet]
        counts = [week.vehicles(len(names)) for week in self.weeks]
        return {name: sum(count[kind] for count in counts) for kind, name in enumerate(names)}


def solve_choice(network: Network, weeks: Weeks, choice: Choice) -> SolvedChoice:
    """Depot by depot, in the order in which limited vehicles are handed out.

    A depot that is not served itself drives no rounds: what it should hand on never comes.
    """
    left = tuple(vehicle.count for vehicle in weeks.scenario.service.fleet)
    solved: list[DepotWeek] = []
    unserved: dict[str, str] = {}
    for depot_id, stops in network.stops(choice).items():
        if depot_id in unserved:
            unserved |= {stop.site_id: "parent" for stop in stops}
            continue
        week = weeks.week(depot_id, stops, left)
        solved.append(week)
        unserved |= week.unserved
        used = week.vehicles(len(left))
        left = tuple(None if free is None else free - taken for free, taken in zip(left, used, strict=True))
    return SolvedChoice(tuple(solved), dict(sorted(unserved.items())))


def _service(network: Network, routes: Sequence[Route]) -> dict[str, int]:
    days: dict[str, set[int]] = {site_id: set() for site_id in network.tier}
    for route in routes:
        for stop in route.visits:
            days[stop.site_id].update(route.days)
    return {
        site_id: DAYS_PER_WEEK if network.tier[site_id] is Tier.COUNTY else len(visited)
        for site_id, visited in days.items()
    }
