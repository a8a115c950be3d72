"""What a plan is: opened stations, who is served by which, how the vans run, and how good the proof is.

Units: distances in whole metres, times in whole seconds, money in whole yuan (CNY), parcels in
hundredths of a parcel a day (``centiparcels``) so that every total is an exact sum of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, Literal

from planner.domain.bus_supply import BusFacts, BusTrip
from planner.domain.county import Tier
from planner.domain.fix import Fix
from planner.domain.together import Together

BUS: Final = "bus"
"""The mode of a route that is a ride on a passenger bus."""


class ReasonCode(StrEnum):
    """Why a village is not covered; exactly one reason is given per village left out."""

    NO_ROAD = "no_road"
    """The village lies farther from any road than the snap limit."""
    DISCONNECTED = "disconnected"
    """The village's road reaches no candidate site at all."""
    TOO_FAR = "too_far"
    """The nearest usable candidate is beyond the coverage radius."""
    BROADBAND = "broadband"
    """Every candidate within the radius lacks broadband and the gate is on."""
    MOBILE_4G = "mobile_4g"
    """Every candidate within the radius lacks 4G signal (some broadband too), which sites must have."""
    OTHER_TOWNSHIP = "other_township"
    """Every candidate within the radius is of another township, and only the village's own may serve it."""
    BANNED = "banned"
    """No candidate within the radius may be opened, and the scenario bans one there."""
    SUPPLY = "supply"
    """Every candidate within the radius is beyond the supply radius of any possible parent station."""
    CAPACITY = "capacity"
    """Candidates within the radius exist, but no open one has capacity left for the village."""
    BUDGET = "budget"
    """Covering the village would exceed the budget."""
    ONE_PER_VILLAGE = "one_per_village"
    """Covering the village would take a second site in some village, and only one may be opened."""
    VIABLE = "viable"
    """Covering the village would take a station below the least volume of its tier."""
    TARGET = "target"
    """The coverage target is met without the village, and it is cheaper to leave it out."""
    TIME_LIMIT = "time_limit"
    """The solver stopped before proving whether the village can be covered."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one village is left out, the nearest candidate site, by how much it misses, and what would help.

    ``nearest_distance_m`` is the road distance to ``nearest_site_id`` (access legs included); both are
    None when no site can be reached. For a village too far ``missing_m`` (``missing_s`` where the radius is a time)
    is by how much the radius would have to grow for the first usable site to come within it. ``fixes`` are single
    changes that would bring the village into the plan, the cheapest first.
    """

    code: ReasonCode
    nearest_site_id: str | None = None
    nearest_distance_m: int | None = None
    missing_m: int | None = None
    missing_s: int | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def cheapest(self) -> Fix | None:
        """The cheapest fix, None when none is known."""
        return self.fixes[0] if self.fixes else None


@dataclass(frozen=True, slots=True)
class ColdStore:
    """A cold store at a station: one that stands, one to enlarge, or a new one, and its part of the station's money."""

    origin: Literal["existing", "extended", "new"]
    volume_m3: int
    capex_cny: int
    opex_cny_per_year: int
    annual_cost_cny: int


class ColdReason(StrEnum):
    """Why no cold store lies within reach of a village; exactly one reason is given."""

    NO_PRODUCE = "no_produce"
    """The village sends nothing out."""
    TOO_FAR = "too_far"
    """No site that may be opened and carries the tier of cold stores lies within reach."""
    TARGET = "target"
    """The target is met without the village."""
    BUDGET = "budget"
    """A store in reach would exceed the budget."""
    OTHER_RULES = "other_rules"
    """Even without a budget the other rules leave no store in reach."""
    TIME_LIMIT = "time_limit"
    """The solver stopped before proving whether a store can be in reach."""


@dataclass(frozen=True, slots=True)
class ColdReach:
    """The nearest station with a cold store by road (None where no road leads to one), and whether it is in reach."""

    covered: bool
    station_id: str | None
    distance_m: int | None
    reason: ColdReason | None


class ServiceKind(StrEnum):
    """How a village is served."""

    FIXED = "fixed"
    """By a station within the coverage radius."""
    MARKET_DAY = "market_day"
    """On market days, at a station farther off."""
    MOBILE = "mobile"
    """By a van that calls from a station."""


@dataclass(frozen=True, slots=True)
class Outreach:
    """Service of a village without a station within the radius, the station that gives it, and its cost."""

    kind: ServiceKind
    station_id: str
    distance_m: int
    cost_cny_per_year: int


@dataclass(frozen=True, slots=True)
class Station:
    """A site opened at a tier. ``parent_id`` is the station that supplies it (None for a county centre).

    ``distance_to_parent_m`` is the shortest road distance from parent to station. ``connect_cny`` is the part of the
    investment that brings broadband or 4G to the site, None where nothing is to be connected. Investment and costs
    include those of the cold store, where the plan has one there.
    """

    site_id: str
    tier: Tier
    parent_id: str | None
    distance_to_parent_m: int | None
    capex_cny: int
    opex_cny_per_year: int
    annual_cost_cny: int
    capacity_centiparcels: int
    build_year: int
    connect_cny: int | None = None
    cold: ColdStore | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """How one administrative village is served: by which station, how far, how often.

    ``service_per_week`` counts the weekly visits of the route that serves its station, and is 0 for a
    village that is not covered or whose station no route reaches; with ``outreach`` it counts market days or the
    calls of the van. ``cold`` is None where no cold stores are planned. ``snap_distance_m`` is the straight
    distance from the village to the nearest road, known for every village.
    """

    village_code: str
    station_id: str | None
    access_distance_m: int | None
    access_time_s: int | None
    own_station: bool
    service_per_week: int
    snap_distance_m: int
    reason: Reason | None
    outreach: Outreach | None = None
    cold: ColdReach | None = None

    @property
    def service(self) -> ServiceKind | None:
        """How the village is served, None when it is not."""
        if self.station_id is not None:
            return ServiceKind.FIXED
        return None if self.outreach is None else self.outreach.kind

    @property
    def covered(self) -> bool:
        """Whether the village has a station of its own or shared within the radius."""
        return self.station_id is not None


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop of a route; ``stop_seq`` 0 and the last are the depot. Times count from the start of the shift.

    ``load_after_centiparcels`` is what the vehicle carries when it leaves the stop: what is still to be
    delivered plus what has been picked up. ``leg_distance_m`` is the road from the previous stop (0 at the first).
    ``delivery_centiparcels`` are handed over at the stop and ``pickup_centiparcels`` taken in; 0 at the depot, where
    a trip's goods are loaded and unloaded. ``cold_pickup_centiparcels`` is the part of the latter that travels in the
    cooled compartment.
    """

    stop_seq: int
    site_id: str
    arrive_s: int
    leave_s: int
    load_after_centiparcels: int
    leg_distance_m: int
    delivery_centiparcels: int = 0
    pickup_centiparcels: int = 0
    cold_pickup_centiparcels: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A vehicle's shift from its depot over stations and back, driven on each of ``days`` (1 = Monday … 7).

    ``depot_id`` is the station it starts from. Where it passes its depot in between it unloads, loads again and sets
    out on a further trip. ``echelon`` is ``county-township`` (over township stations), ``county-village`` (over village
    points) or ``county-mixed`` (over both) for one from a county centre, ``township-village`` for one from a township
    station.

    A route of mode ``bus`` is a ride of one station's parcels on a trip of a passenger line, ``bus``: ``stops`` are the
    depot that hands them over and the station, or the station and the depot for what it sends. Its ``vehicle_type`` is
    the line's id, its times may be before the start of the shift (negative), and it adds no distance: the bus runs
    anyway.
    """

    route_id: str
    echelon: str
    mode: str
    vehicle_type: str
    days: tuple[int, ...]
    depot_id: str
    stops: tuple[RouteStop, ...]
    distance_m: int
    duration_s: int
    annual_cost_cny: int
    bus: BusTrip | None = None

    @property
    def is_bus(self) -> bool:
        """Whether it is a ride on a passenger bus."""
        return self.mode == BUS

    @property
    def visits(self) -> tuple[RouteStop, ...]:
        """Stops other than the depot."""
        return tuple(stop for stop in self.stops if stop.site_id != self.depot_id)

    @property
    def called_at(self) -> tuple[RouteStop, ...]:
        """Its stops in order without the depot at either end; the depot is among them where a further trip begins."""
        ends = (0, len(self.stops) - 1)
        return tuple(s for place, s in enumerate(self.stops) if place not in ends or s.site_id != self.depot_id)

    @property
    def trips(self) -> int:
        """How often it leaves the depot: once, and once more for each time that it passes it in between."""
        return 1 + sum(stop.site_id == self.depot_id for stop in self.stops[1:-1])


class UnservedReason(StrEnum):
    """Why no route stops at a station."""

    TOO_LARGE = "too_large"
    """Its parcels fit no vehicle."""
    UNREACHABLE = "unreachable"
    """No road leads there and back."""
    TOO_FAR = "too_far"
    """It lies beyond the range of every vehicle."""
    SHIFT = "shift"
    """A round there takes longer than a shift."""
    WINDOW = "window"
    """It can't be reached when it is open."""
    FLEET = "fleet"
    """There are not enough vehicles."""
    PARENT = "parent"
    """The station that should hand its parcels on is unserved itself."""


UNSERVED_WORDS: Final[Mapping[UnservedReason, tuple[str, str]]] = {
    UnservedReason.TOO_LARGE: ("件量超过任何车辆", "its parcels fit no vehicle"),
    UnservedReason.UNREACHABLE: ("没有往返道路", "no road leads there and back"),
    UnservedReason.TOO_FAR: ("超出所有车辆的续航", "beyond the range of every vehicle"),
    UnservedReason.SHIFT: ("往返超过一个班次", "a round there takes longer than a shift"),
    UnservedReason.WINDOW: ("营业时间内无法到达", "it can't be reached when it is open"),
    UnservedReason.FLEET: ("车辆不够", "there are not enough vehicles"),
    UnservedReason.PARENT: ("上级站点无线路到达", "the station that should hand its parcels on has no route"),
}
"""In Chinese and in English."""


class SolveStatus(StrEnum):
    """What a solver can honestly say. A run that hit its limit is never ``optimal``."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION_IN_TIME = "no_solution_in_time"


@dataclass(frozen=True, slots=True)
class SolveReport:
    """What one optimisation proved: value reached, bound proven, and under which limits.

    ``bound`` is a true bound on the best possible ``objective`` or None. ``gap`` is
    ``|objective − bound| / max(1, |objective|)``, or None without a bound.
    """

    stage: str
    status: SolveStatus
    objective: float | None
    bound: float | None
    unit: str
    seconds: float
    seed: int
    engine: str

    @property
    def gap(self) -> float | None:
        """Relative distance between value and bound (0.0 when proven), None without both."""
        if self.objective is None or self.bound is None:
            return None
        return abs(self.objective - self.bound) / max(1.0, abs(self.objective))


@dataclass(frozen=True, eq=False)
class Plan:
    """The whole network of one county: stations by site id, one assignment per administrative village.

    ``unserved`` are the stations at which no route stops, by site id; empty, too, before routes are planned.
    """

    county_code: str
    stations: tuple[Station, ...]
    assignments: tuple[Assignment, ...]
    routes: tuple[Route, ...]
    reports: tuple[SolveReport, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    carriers: tuple[Plan, ...] = ()
    """The same stations with the routes of each carrier that drives for itself, where they are compared."""
    together: Together | None = None
    """What planning stations and routes together saved; None where stations came first and routes after."""
    unserved: Mapping[str, UnservedReason] = field(default_factory=dict)
    buses: BusFacts | None = None

    @cached_property
    def by_bus(self) -> frozenset[str]:
        """Stations supplied by passenger bus."""
        return frozenset(stop.site_id for route in self.routes if route.is_bus for stop in route.visits)

    @cached_property
    def station_by_id(self) -> Mapping[str, Station]:
        """Opened stations by site id."""
        return {station.site_id: station for station in self.stations}

    @cached_property
    def depot_by_station(self) -> Mapping[str, str]:
        """Where the routes that stop at a station start, for every station at which one stops."""
        return {stop.site_id: route.depot_id for route in self.routes for stop in route.visits}

    @property
    def status(self) -> SolveStatus:
        """The weakest status of the siting stages (routes are judged on their own)."""
        siting = [report.status for report in self.reports if report.stage.startswith("locate")]
        return SolveStatus.OPTIMAL if siting and all(s is SolveStatus.OPTIMAL for s in siting) else SolveStatus.FEASIBLE

    @property
    def uncovered(self) -> tuple[Assignment, ...]:
        """Villages left out, each with its reason."""
        return tuple(assignment for assignment in self.assignments if not assignment.covered)
