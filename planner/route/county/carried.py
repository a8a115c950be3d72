"""What is to be carried to whom, and in which ways it may be done.

A *way* is how one station gets its parcels: whose vans stop at it, and through which other stations they pass
before. A *choice* gives every station that is supplied one of its ways; from it follows what each depot's vans load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from planner.domain import Assignment, County, Station, Tier
from planner.errors import UsageError
from planner.route.loads import CENTI, Load, children_by_parent, own_loads
from planner.scenario import DAYS_PER_WEEK, Scenario, round_half_up

MICRO_PER_YUAN: Final = 1_000_000

PARENT: Final = "parent"
"""By van from the station that supplies it."""
DIRECT: Final = "direct"
"""By van from its county centre, past its township station."""

Price = Callable[[Load], int | None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of supplying a station.

    ``depot_id`` is the station whose vans stop there (None where no van does). ``through`` are the stations at which
    its parcels are transferred: each is loaded with them on top of its own. ``price`` gives what the way costs a week
    in millionths of a yuan beyond the vans, for the station's load of a day, or None for a load it cannot take; without
    ``price`` it is free. Rules that bind several stations' ways together are the search's (`Options.allowed`).
    """

    kind: str
    depot_id: str | None
    through: tuple[str, ...] = ()
    price: Price | None = None


Choice = Mapping[str, Way]


@dataclass(frozen=True, slots=True)
class Stop:
    """A station on one depot's rounds: its load of a day, everything that passes through it included.

    From a ``cold`` station a share of what it sends travels cooled. ``market_days`` are among the days of its visits.
    """

    site_id: str
    daily: Load
    visits_per_week: int
    cold: bool = False
    market_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Stations with what each is to be brought itself, and the links of supply between them.

    From those in ``cold`` a share of what they send travels cooled. Stations in ``market_days`` are visited on these
    days of the week at least.
    """

    tier: Mapping[str, Tier]
    parent: Mapping[str, str]
    own: Mapping[str, Load]
    visits_per_week: Mapping[Tier, int]
    transfer_micro_cny: int
    cold: frozenset[str] = frozenset()
    market_days: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, county: County, scenario: Scenario, stations: Sequence[Station], assignments: Sequence[Assignment]
    ) -> Network:
        """Raises UsageError for a station without a higher parent, or no county centre at all."""
        if not any(station.tier is Tier.COUNTY for station in stations):
            raise UsageError("a plan to be routed has a county centre, this one has none")
        children = children_by_parent(stations)
        return cls(
            tier={station.site_id: station.tier for station in stations},
            parent={child.site_id: parent for parent, group in sorted(children.items()) for child in group},
            own=own_loads(county, scenario, stations, assignments),
            visits_per_week={
                Tier.TOWNSHIP: scenario.service.township_visits_per_week,
                Tier.VILLAGE: scenario.service.village_visits_per_week,
            },
            transfer_micro_cny=round_half_up(scenario.routing.transfer_cny_per_parcel * MICRO_PER_YUAN),
            cold=frozenset(s.site_id for s in stations if s.cold is not None and scenario.cold.route_share),
            market_days=_market_days(county, stations) if scenario.service.visit_on_market_days else {},
        )

    @property
    def depots(self) -> tuple[str, ...]:
        """Centres, then township stations, each by site id."""
        above = [site_id for site_id, tier in self.tier.items() if tier is not Tier.VILLAGE]
        return tuple(sorted(above, key=lambda site_id: (-self.tier[site_id], site_id)))

    def centre_of(self, site_id: str) -> str:
        """The county centre at the top of a station's chain of supply."""
        while site_id in self.parent:
            site_id = self.parent[site_id]
        return site_id

    def points_of(self, site_id: str) -> tuple[str, ...]:
        """Village points that a station supplies."""
        return tuple(
            child for child, parent in self.parent.items() if parent == site_id and self.tier[child] is Tier.VILLAGE
        )

    def by_parent(self, site_id: str) -> Way:
        """The way along the chain of supply."""
        parent = self.parent[site_id]
        above: list[str] = []
        current = parent
        while current in self.parent:
            above.append(current)
            current = self.parent[current]
        return Way(PARENT, parent, tuple(above), self._handling if above and self.transfer_micro_cny else None)

    def _handling(self, daily: Load) -> int:
        """A week's handling at the station where parcels change vans, per parcel in either direction."""
        weekly = DAYS_PER_WEEK * (daily.delivery_centiparcels + daily.pickup_centiparcels)
        return -(-weekly * self.transfer_micro_cny // CENTI)

    def loads(self, choice: Choice) -> dict[str, Load]:
        """Each station's load of a day: its own, and of all that passes through it."""
        through = dict(self.own)
        for site_id, way in choice.items():
            for above in way.through:
                through[above] += self.own[site_id]
        return through

    def stops(self, choice: Choice) -> dict[str, tuple[Stop, ...]]:
        """By depot, the stops of its vans in order of site id."""
        loads = self.loads(choice)
        found: dict[str, list[Stop]] = {}
        for site_id in sorted(choice):
            depot_id = choice[site_id].depot_id
            if depot_id is not None:
                found.setdefault(depot_id, []).append(self.stop(site_id, loads[site_id]))
        return {depot_id: tuple(found[depot_id]) for depot_id in self.depots if depot_id in found}

    def least_visits(self, site_id: str) -> int:
        """Visits a week that a station needs: those of its tier, and no fewer than it has market days."""
        return max(self.visits_per_week[self.tier[site_id]], len(self.market_days.get(site_id, ())))

    def stop(self, site_id: str, daily: Load) -> Stop:
        """A station on a depot's rounds with a load of a day."""
        market = self.market_days.get(site_id, ())
        return Stop(site_id, daily, self.least_visits(site_id), site_id in self.cold, market)


def _market_days(county: County, stations: Sequence[Station]) -> dict[str, tuple[int, ...]]:
    """Market days of the township of each township station, where there are any."""
    towns = {
        station.site_id: county.township_by_code[county.site_by_id[station.site_id].township_code]
        for station in stations
        if station.tier is Tier.TOWNSHIP
    }
    return {site_id: town.market_days for site_id, town in towns.items() if town.market_days}
