"""Buses as further ways of supply for the county's search, and the routes of those that it chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from planner.domain import BusTrip, Route, RouteStop, Tier
from planner.domain.plan import BUS
from planner.domain.timetable import SECONDS_PER_MINUTE
from planner.route.buses.lines import Line
from planner.route.buses.offers import BusOffer, BusRide, pack
from planner.route.buses.services import MICRO_PER_YUAN, BusService, bus_services, parcels_micro_yuan
from planner.route.county.carried import Choice, Network, Price, Way
from planner.route.loads import Load
from planner.scenario import WEEKS_PER_YEAR, Buses, Scenario, round_half_up

if TYPE_CHECKING:
    from planner.network.stops import NearStops

MOST_SERVICES: Final = 3
"""Services of a station from one origin that the search may choose from: the cheapest."""


@dataclass(frozen=True, slots=True)
class BusPrice:
    """What a service costs a week in millionths of a yuan, for a station's load of a day; None: it can't take it."""

    service: BusService
    buses: Buses
    handling: Price | None = None
    """What handling at a township station costs on top, where the parcels change there from van to bus."""

    def __call__(self, daily: Load) -> int | None:
        """The price for a load of a day."""
        price = self.service.weekly_micro_yuan(self.buses, daily)
        more = 0 if self.handling is None else self.handling(daily)
        return None if price is None or more is None else price + more


@dataclass(slots=True, eq=False)
class BusWays:
    """Ways by bus of each station that a line reaches, and whether a choice of them fits the buses' hold space."""

    network: Network
    scenario: Scenario
    lines: tuple[Line, ...]
    ways: Mapping[str, tuple[Way, ...]]
    packed: dict[tuple[tuple[str, BusService, Load], ...], tuple[BusOffer, ...] | None] = field(default_factory=dict)

    def allowed(self, choice: Choice) -> bool:
        """Whether all parcels that a choice puts on buses find room there."""
        return self.offers(choice) is not None

    def offers(self, choice: Choice) -> tuple[BusOffer, ...] | None:
        """An offer for each station by bus, all within the hold space together; None where none was found."""
        chosen = {site_id: way.price.service for site_id, way in choice.items() if isinstance(way.price, BusPrice)}
        if not chosen:
            return ()
        loads = self.network.loads(choice)
        key = tuple((site_id, service, loads[site_id]) for site_id, service in sorted(chosen.items()))
        if key not in self.packed:
            self.packed[key] = pack([(service, load) for _, service, load in key], self.scenario.buses)
        return self.packed[key]

    def routes(self, choice: Choice) -> tuple[Route, ...]:
        """The rides of all stations by bus, by line, trip and stop."""
        lines = {line.line_id: line for line in self.lines}
        rides = sorted(_rides(self.offers(choice) or ()), key=_by_trip)
        number: Counter[str] = Counter()
        routes = []
        for ride, offer, out in rides:
            number[ride.line_id] += 1
            route_id = f"B-{ride.line_id}-{number[ride.line_id]:02d}"
            routes.append(self._route(route_id, lines[ride.line_id], ride, offer, out=out))
        return tuple(routes)

    def _route(self, route_id: str, line: Line, ride: BusRide, offer: BusOffer, *, out: bool) -> Route:
        board_s, alight_s = (
            line.call_min(ride.trip, stop) * SECONDS_PER_MINUTE - self.scenario.service.day_starts_s
            for stop in (ride.board, ride.alight)
        )
        start, end = (offer.origin_id, offer.station_id) if out else (offer.station_id, offer.origin_id)
        amount = ride.centiparcels
        return Route(
            route_id=route_id,
            echelon=self._echelon(offer),
            mode=BUS,
            vehicle_type=line.line_id,
            days=offer.days,
            depot_id=offer.origin_id,
            stops=(
                RouteStop(0, start, board_s, board_s, amount, 0, 0, 0 if out else amount),
                RouteStop(1, end, alight_s, alight_s, 0, 0, amount if out else 0, 0),
            ),
            distance_m=0,
            duration_s=alight_s - board_s,
            annual_cost_cny=annual_ride_cost_cny(self.scenario.buses, amount, len(offer.days)),
            bus=BusTrip(
                line.line_id, line.departures_min[ride.trip], ride.board + 1, ride.alight + 1, line.assumed
            ),
        )  # fmt: skip

    def _echelon(self, offer: BusOffer) -> str:
        if self.network.tier[offer.origin_id] is Tier.TOWNSHIP:
            return "township-village"
        return "county-township" if self.network.tier[offer.station_id] is Tier.TOWNSHIP else "county-village"


def annual_ride_cost_cny(buses: Buses, centiparcels: int, days_per_week: int) -> int:
    """Whole yuan a year: days a week × 52 × (what its parcels cost + a handing-over)."""
    day_micro = parcels_micro_yuan(buses, centiparcels) + round_half_up(buses.handover_cny * MICRO_PER_YUAN)
    return round_half_up(days_per_week * WEEKS_PER_YEAR * day_micro / MICRO_PER_YUAN)


_Ride = tuple[BusRide, BusOffer, bool]
"""A ride, whose it is, and whether it brings goods to the station."""


def _rides(offers: Sequence[BusOffer]) -> Iterator[_Ride]:
    for offer in offers:
        for out, rides in ((True, offer.out), (False, offer.back)):
            for ride in rides:
                yield ride, offer, out


def _by_trip(entry: _Ride) -> tuple[str, int, int, int, str, bool]:
    ride, offer, out = entry
    return ride.line_id, ride.trip, ride.board, ride.alight, offer.station_id, out


def bus_ways(network: Network, scenario: Scenario, lines: tuple[Line, ...], near: NearStops) -> BusWays:
    """Ways by bus from a station's parent, and for a village point from its county centre too.

    None for a station that sends cooled produce: that needs a vehicle with a compartment.
    """
    loads = network.loads({site_id: network.by_parent(site_id) for site_id in network.parent})
    ways: dict[str, tuple[Way, ...]] = {}
    for site_id in sorted(network.parent.keys() - network.cold):
        least, market = network.least_visits(site_id), network.market_days.get(site_id, ())
        found: list[Way] = []
        for origin_id in dict.fromkeys((network.parent[site_id], network.centre_of(site_id))):
            van = network.by_parent(site_id) if origin_id == network.parent[site_id] else Way(BUS, None)
            services = bus_services(lines, near, origin_id, site_id, least, market_days=market)
            found += [
                Way(BUS, None, van.through, BusPrice(service, scenario.buses, van.price))
                for service in _cheapest(services, scenario.buses, (network.own[site_id], loads[site_id]))
            ]
        if found:
            ways[site_id] = tuple(found)
    return BusWays(network, scenario, lines, ways)


def _cheapest(services: Sequence[BusService], buses: Buses, loads: Sequence[Load]) -> list[BusService]:
    """For each load the cheapest services that can take it, one for each pair of lines."""
    kept: dict[BusService, None] = {}
    for load in loads:
        prices = [(service.weekly_micro_yuan(buses, load), number) for number, service in enumerate(services)]
        pairs: dict[tuple[str, str], BusService] = {}
        for _, number in sorted((price, number) for price, number in prices if price is not None):
            service = services[number]
            back = "" if service.back is None else service.back.line.line_id
            pairs.setdefault((service.out.line.line_id, back), service)
        kept |= dict.fromkeys(list(pairs.values())[:MOST_SERVICES])
    return list(kept)
