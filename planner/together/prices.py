"""What one stop more or less would change on a depot's rounds, read off the routes driven now: estimates, no proofs.

They order what a search tries and steer the siting model; whatever is kept is routed and counted in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import Route, Tier
from planner.locate.problem import Ints
from planner.scenario import DAYS_PER_WEEK, METRES_PER_KM, WEEKS_PER_YEAR, Scenario
from planner.together.costs import CENTRE, Member, Round, RoundCost

if TYPE_CHECKING:
    from planner.domain import County
    from planner.network import TravelMatrix

FAR_M = 10**9
"""Metres where no road leads: dearer than any way there is."""


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Road metres and seconds between all sites (`FAR_M` and seconds alike where no road leads), and what loads weigh.

    ``load`` is the larger of what a village sends and gets, in hundredths of a parcel a day.
    """

    metres: Ints
    seconds: Ints
    load: Ints
    number: dict[str, int]

    @classmethod
    def of(cls, county: County, scenario: Scenario, supply: TravelMatrix) -> Legs:
        """From the sparse matrix of ways between sites."""
        n = len(county.sites)
        metres, seconds = np.full((n, n), FAR_M, dtype=np.int64), np.full((n, n), FAR_M, dtype=np.int64)
        metres[supply.rows(), supply.indices] = supply.distance_m
        seconds[supply.rows(), supply.indices] = supply.duration_s
        np.fill_diagonal(metres, 0)
        np.fill_diagonal(seconds, 0)
        demand = scenario.demand
        load = [
            max(demand.inbound_centiparcels(v.population), demand.outbound_centiparcels(v.population))
            for v in county.administrative_villages
        ]
        return cls(
            metres, seconds, np.array(load, dtype=np.int64), {site.site_id: j for j, site in enumerate(county.sites)}
        )

    def daily(self, member: Member) -> int:
        """Hundredths of a parcel a day through a stop, in its larger direction."""
        return int(self.load[list(member.villages)].sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Driven:
    """One route as numbers: sites passed in order (depot first and last), yuan a year in all, per metre and per second.

    ``day_cny`` is what its driver costs a year, ``seconds`` how long a round takes, ``room`` what the vehicle could
    still take a visit.
    """

    path: Ints
    cny: float
    metre_cny: float
    day_cny: float
    seconds: int
    room: int


@dataclass(frozen=True, slots=True, eq=False)
class RoundPrices:
    """Estimates for one depot's rounds."""

    legs: Legs
    scenario: Scenario
    depot: int
    routes: tuple[_Driven, ...]
    members: dict[int, Member]

    @classmethod
    def of(cls, legs: Legs, scenario: Scenario, each: Round, cost: RoundCost) -> RoundPrices:
        """From the routes of a round."""
        driven = tuple(_driven(legs, scenario, route) for route in cost.routes)
        return cls(legs, scenario, each.depot, driven, {member.site: member for member in each.members})

    def removal(self, site: int) -> float:
        """Yuan a year that the rounds would cost less without a stop; of a driver's day its share of the time."""
        total = 0.0
        for route in self.routes:
            at = np.flatnonzero(route.path == site)
            if not len(at):
                continue
            stops = len(np.unique(route.path)) - 1
            if stops <= 1:
                total += route.cny
                continue
            before, after = route.path[at - 1], route.path[at + 1]
            saved_m = int((self._m(before, site) + self._m(site, after) - self._m(before, after)).sum())
            total += max(0, saved_m) * route.metre_cny + route.day_cny / stops
        return total

    def insertion(self, member: Member) -> float:
        """Yuan a year of a further stop: the shortest detour of a route with room, or a route of its own."""
        site, service = member.site, self.scenario.service
        visits = self._visits(member.tier)
        load = -(-self.legs.daily(member) * DAYS_PER_WEEK // visits)
        serve_s = service.stop_minutes * 60 + service.seconds_per_parcel * 2 * load / 100
        shift_s = service.shift_hours * 3600
        best = self._alone(site, load, visits)
        for route in self.routes:
            before, after = route.path[:-1], route.path[1:]
            detour = self._m(before, site) + self._m(site, after) - self._m(before, after)
            k = int(detour.argmin())
            more_s = int(self.legs.seconds[before[k], site] + self.legs.seconds[site, after[k]]) + serve_s
            if load <= route.room and route.seconds + more_s <= shift_s:
                best = min(best, max(0, int(detour[k])) * route.metre_cny)
        return best

    def carried(self, site: int) -> float:
        """Yuan a year for each hundredth of a parcel a day that the rounds bring to a stop: its part of each load."""
        daily = self.legs.daily(self.members[site])
        if not daily:
            return 0.0
        share = 0.0
        for route in self.routes:
            stops = {int(j) for j in route.path if j != self.depot}
            if site in stops:
                whole = sum(self.legs.daily(self.members[j]) for j in stops)
                share += route.cny * daily / whole if whole else 0.0
        return share / daily

    def _alone(self, site: int, load: int, visits: int) -> float:
        """A stop with routes of its own: as many as it takes of the vehicle that is cheapest for it."""
        metres = int(self.legs.metres[self.depot, site] + self.legs.metres[site, self.depot])
        return min(
            max(1, -(-load // (vehicle.capacity_parcels * 100)))
            * visits
            * WEEKS_PER_YEAR
            * (metres / METRES_PER_KM * vehicle.cost_cny_per_km + vehicle.driver_cny_per_day)
            for vehicle in self.scenario.service.fleet
        )

    def _visits(self, tier: int) -> int:
        service = self.scenario.service
        return service.township_visits_per_week if tier == Tier.TOWNSHIP else service.village_visits_per_week

    def _m(self, a: Ints | int, b: Ints | int) -> Ints:
        return np.asarray(self.legs.metres[a, b])


def _driven(legs: Legs, scenario: Scenario, route: Route) -> _Driven:
    vehicle = next(kind for kind in scenario.service.fleet if kind.name == route.vehicle_type)
    days = len(route.days) * WEEKS_PER_YEAR
    peak = max(stop.load_after_centiparcels for stop in route.stops)
    return _Driven(
        path=np.array([legs.number[stop.site_id] for stop in route.stops], dtype=np.int64),
        cny=float(route.annual_cost_cny),
        metre_cny=days * vehicle.cost_cny_per_km / METRES_PER_KM,
        day_cny=days * vehicle.driver_cny_per_day,
        seconds=route.duration_s,
        room=vehicle.capacity_parcels * 100 - peak,
    )


def estimated_change(before: Round, after: Round, prices: RoundPrices) -> float:
    """Yuan a year by which a depot's rounds change when some stops come, go, or carry more or less."""
    old, new = ({member.site: member for member in each.members} for each in (before, after))
    change = -sum(prices.removal(j) for j in old if j not in new)
    change += sum(prices.insertion(member) for j, member in new.items() if j not in old)
    for j, member in new.items():
        if j in old and old[j].villages != member.villages and member.tier < CENTRE:
            more = prices.legs.daily(member) - prices.legs.daily(old[j])
            change += more * prices.carried(j)
    return change
