"""What a network costs a year with its routes: counted in full, or depot by depot to compare many networks quickly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.domain import Assignment, Route, Station, Tier
from planner.locate.solution import Network

if TYPE_CHECKING:
    from planner.domain import County
    from planner.network import TravelMatrix
    from planner.route import RoutePlan
    from planner.scenario import Scenario

CENTRE, STATION, POINT = int(Tier.COUNTY), int(Tier.TOWNSHIP), int(Tier.VILLAGE)
Villages = tuple[int, ...]


class Member(NamedTuple):
    """A station that a depot's vans stop at: number and tier of its site, villages whose parcels go there."""

    site: int
    tier: int
    villages: Villages


@dataclass(frozen=True, slots=True)
class Round:
    """One depot and all that it supplies, by number of the site, ascending."""

    depot: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class RoundCost:
    """Routes of one depot, villages behind stations that none of them reaches, and whole yuan a year."""

    routes: tuple[Route, ...]
    missed: int
    cny: int


@dataclass(slots=True, eq=False)
class RoundCosts:
    """Yearly costs of depots' rounds, each routed once by `route_county` as if there were no other depot.

    The sum guides a search; what is kept is routed as a whole, which may join what is apart here.
    """

    county: County
    scenario: Scenario
    supply: TravelMatrix
    direct: frozenset[int] = frozenset()
    """Villages whose points the routes last planned for the whole county supply straight from the centre."""
    effort: int = 0
    """What effort is counted by: the squares of the numbers of stations of all rounds routed so far."""
    _known: dict[Round, RoundCost] = field(default_factory=dict)

    def of(self, each: Round) -> RoundCost:
        """Cost of one depot's rounds."""
        known = self._known.get(each)
        if known is None:
            self.effort += len(each.members) ** 2
            known = self._known[each] = self._route(each)
        return known

    def total(self, network: Network) -> tuple[int, int]:
        """Villages missed and yuan a year, the sum over all depots of a network."""
        costs = [self.of(each) for each in self.rounds(network)]
        return sum(cost.missed for cost in costs), sum(cost.cny for cost in costs)

    def rounds(self, network: Network) -> list[Round]:
        """Every depot of a network with whom its vans stop at, points of ``direct`` villages at the centre's."""
        return rounds_of(network, self.direct)

    def _route(self, each: Round) -> RoundCost:
        from planner.route import route_county

        sites, villages = self.county.sites, self.county.administrative_villages
        depot = sites[each.depot].site_id
        stations = [_bare_station(depot, Tier.COUNTY, None)]
        stations += [_bare_station(sites[member.site].site_id, Tier(member.tier), depot) for member in each.members]
        assignments = [
            Assignment(villages[i].code, sites[member.site].site_id, 0, 0, False, 0, 0, None)
            for member in each.members
            for i in member.villages
        ]
        routed = route_county(self.county, self.scenario, stations, assignments, self.supply, with_bounds=False)
        cny = sum(route.annual_cost_cny for route in routed.routes)
        return RoundCost(routed.routes, missed_villages(routed, assignments), cny)


def missed_villages(routed: RoutePlan, assignments: Sequence[Assignment]) -> int:
    """How many villages are assigned to stations that no route takes in full."""
    missed = set(routed.unserved)
    return sum(assignment.station_id in missed for assignment in assignments)


def rounds_of(network: Network, direct: frozenset[int] = frozenset()) -> list[Round]:
    """Every depot of a network with those it supplies; points that serve a ``direct`` village are the centre's."""
    served = villages_of(network)
    children: dict[int, list[int]] = {}
    for j in np.flatnonzero(network.parent >= 0).tolist():
        depot = int(network.parent[j])
        if network.tier[j] == POINT and network.parent[depot] >= 0 and not direct.isdisjoint(served.get(j, ())):
            depot = int(network.parent[depot])
        children.setdefault(depot, []).append(j)
    through = {
        j: tuple(sorted(i for p in (j, *children.get(j, ())) for i in served.get(p, ())))
        for j in np.flatnonzero(network.tier == STATION).tolist()
    }
    return [
        Round(
            depot,
            tuple(Member(j, int(network.tier[j]), through.get(j) or served.get(j, ())) for j in members),
        )
        for depot, members in children.items()
    ]


def villages_of(network: Network) -> dict[int, Villages]:
    """Villages assigned to each site that has any, by number."""
    found: dict[int, list[int]] = {}
    for i, j in enumerate(network.station.tolist()):
        if j >= 0:
            found.setdefault(j, []).append(i)
    return {j: tuple(members) for j, members in found.items()}


def _bare_station(site_id: str, tier: Tier, parent_id: str | None) -> Station:
    """A station with what routing asks of one; money and capacity play no part."""
    return Station(site_id, tier, parent_id, None, 0, 0, 0, 0, 0)
