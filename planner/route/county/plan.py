"""The vans of one county over a week: county centre to township stations, and stations to their village points.

Each depot has one week (`planner.route.county.weeks`): a county centre with the stations that its vans stop at, a
township station with its village points. Parcels change vans at the township station and wait there for its next
round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain import Assignment, BusFacts, County, Route, SolveReport, SolveStatus, Station, Tier
from planner.route.buses.lines import usable_lines
from planner.route.county.carried import MICRO_PER_YUAN, Network, Way
from planner.route.county.joint import Joint, MoreWays, plan_jointly
from planner.route.county.roads import Roads
from planner.route.county.rounds import report_of_week, route_prefixes, routes_of_week
from planner.route.county.weeks import Weeks
from planner.scenario import DAYS_PER_WEEK, WEEKS_PER_YEAR, Scenario, round_half_up

if TYPE_CHECKING:
    from planner.network import TravelMatrix
    from planner.network.stops import NearStops
    from planner.route.buses.lines import Line


@dataclass(frozen=True, eq=False)
class RoutePlan:
    """Routes of a county's week, and how often each station is visited.

    ``service_per_week`` counts, for every station, the different days on which a route stops there (7 at a county
    centre, 0 where none does). ``unserved`` are the stations no route could take in full, each with the reason.
    ``vehicles`` counts, for each type, the vehicles needed when each stays with its depot. ``ways`` says in which way
    each station is supplied, and ``saved_cny_per_year`` what the chosen ways save against every station by its parent
    (0 as well when nothing but fewer unserved stations was gained). ``buses`` is None where no passenger line may carry
    parcels.
    """

    routes: tuple[Route, ...]
    reports: tuple[SolveReport, ...]
    service_per_week: Mapping[str, int]
    unserved: Mapping[str, str]
    vehicles: Mapping[str, int]
    ways: Mapping[str, Way]
    saved_cny_per_year: int
    buses: BusFacts | None = None


def route_county(
    county: County,
    scenario: Scenario,
    stations: Sequence[Station],
    assignments: Sequence[Assignment],
    supply: TravelMatrix,
    *,
    more: MoreWays | None = None,
    near: NearStops | None = None,
    with_bounds: bool = True,
) -> RoutePlan:
    """Route every station of a plan, with as many visits a week as the scenario asks for, in the cheapest way found.

    ``supply`` holds road distances from every site (row) to every site (column), in the order of ``county.sites``.
    ``more`` are ways of supply besides vans from the parent or the centre; ``near`` says which sites lie near stops of
    passenger lines, which then may supply them. ``with_bounds`` says whether weeks that aren't proven get a
    bound; searches over many plans do without. Limited vehicle counts are handed out in
    order: county centres first, then the other depots, by site id.

    Raises
    ------
    UsageError
        When stations have no county centre among them, or parents or assignments name no station.
    """
    stations = tuple(sorted(stations, key=lambda station: station.site_id))
    if not stations:
        return RoutePlan((), (), {}, {}, {vehicle.name: 0 for vehicle in scenario.service.fleet}, {}, 0)
    network = Network.of(county, scenario, stations, assignments)
    roads = Roads.between(county, [station.site_id for station in stations], supply)
    weeks = Weeks(scenario, roads)
    joint = plan_jointly(network, weeks, more or MoreWays())
    rides: tuple[Route, ...] = ()
    facts: BusFacts | None = None
    if near is not None and (lines := usable_lines(county, scenario.buses)):
        joint, facts, rides = _with_buses(network, weeks, joint, lines, near)
    solved = joint.solved
    if with_bounds:
        solved = replace(solved, weeks=weeks.with_bounds(solved.weeks, network.stops(solved.choice)))
    prefixes = route_prefixes(county, [week.depot_id for week in solved.weeks], network.tier)
    routes = [
        route
        for week in solved.weeks
        for route in routes_of_week(scenario, roads, week, network.tier, prefixes[week.depot_id])
    ]
    routes += rides
    return RoutePlan(
        routes=tuple(routes),
        reports=(
            *(report_of_week(scenario, week, network.tier) for week in solved.weeks),
            *_reports_of_ways(scenario, joint),
        ),
        service_per_week=_service(network, routes),
        unserved=solved.unserved,
        vehicles=solved.vehicles(scenario),
        ways=solved.choice,
        saved_cny_per_year=round_half_up(
            WEEKS_PER_YEAR * max(0, joint.first.cost - solved.score.cost) / MICRO_PER_YUAN
        ),
        buses=facts,
    )


def _with_buses(
    network: Network, weeks: Weeks, vans: Joint, lines: tuple[Line, ...], near: NearStops
) -> tuple[Joint, BusFacts, tuple[Route, ...]]:
    """The plan with buses too, what they save, and their rides."""
    from planner.route.buses.plan import plan_with_buses
    from planner.route.buses.ways import bus_ways

    buses = bus_ways(network, weeks.scenario, lines, near)
    if not buses.ways:
        return vans, BusFacts(0), ()
    joint, facts = plan_with_buses(network, weeks, vans, buses)
    return joint, facts, buses.routes(joint.solved.choice)


def _reports_of_ways(scenario: Scenario, joint: Joint) -> list[SolveReport]:
    """Cost of the week echelon by echelon and as planned, where stations had a choice of ways."""
    costs = (("echelons", joint.first.cost), ("joint", joint.solved.score.cost))
    return [
        SolveReport(
            stage=f"ways.{name}",
            status=SolveStatus.FEASIBLE,
            objective=cost / MICRO_PER_YUAN,
            bound=None,
            unit="CNY/week",
            seconds=0.0,
            seed=scenario.solver.seed,
            engine="local search",
        )
        for name, cost in costs
        if joint.free
    ]


def _service(network: Network, routes: Sequence[Route]) -> dict[str, int]:
    days: dict[str, set[int]] = {site_id: set() for site_id in network.tier}
    for route in routes:
        for stop in route.visits:
            days[stop.site_id].update(route.days)
    return {
        site_id: DAYS_PER_WEEK if network.tier[site_id] is Tier.COUNTY else len(visited)
        for site_id, visited in days.items()
    }
