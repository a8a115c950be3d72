"""Parcels through every station, counted from the assignments up the supply links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from planner.domain import County, Plan
from planner.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Load:
    """Parcels of one station in hundredths a day: of its own villages, and of all it supplies as well.

    ``outreach_`` are those of villages that it serves on market days or by a van; no other figure has them.
    """

    villages: int = 0
    population: int = 0
    own_inbound: int = 0
    own_outbound: int = 0
    inbound: int = 0
    outbound: int = 0
    outreach_inbound: int = 0
    outreach_outbound: int = 0

    @property
    def throughput(self) -> int:
        """Inbound and outbound, own and supplied, in hundredths of a parcel a day."""
        return self.inbound + self.outbound

    @property
    def outreach(self) -> int:
        """Parcels of villages served on market days or by a van, in hundredths a day."""
        return self.outreach_inbound + self.outreach_outbound


def station_loads(county: County, scenario: Scenario, plan: Plan) -> Mapping[str, Load]:
    """Each station's load by site id.

    Every village counts once at its station and once at each station up the chain of supply. A chain that
    leads to no station or round in a circle ends there (the judge says so).
    """
    own: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    total: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for assignment in plan.assignments:
        population = county.village_by_code[assignment.village_code].population
        if assignment.station_id is None:
            if assignment.outreach is not None:
                total[assignment.outreach.station_id][2] += scenario.demand.inbound_centiparcels(population)
                total[assignment.outreach.station_id][3] += scenario.demand.outbound_centiparcels(population)
            continue
        inbound = scenario.demand.inbound_centiparcels(population)
        outbound = scenario.demand.outbound_centiparcels(population)
        for position, amount in enumerate((1, population, inbound, outbound)):
            own[assignment.station_id][position] += amount
        for site_id in chain(plan, assignment.station_id):
            total[site_id][0] += inbound
            total[site_id][1] += outbound
    return {station.site_id: Load(*own[station.site_id], *total[station.site_id]) for station in plan.stations}


def chain(plan: Plan, site_id: str) -> tuple[str, ...]:
    """The station, its parent, and so on up; cut where a parent is unknown or comes a second time."""
    links: list[str] = []
    current: str | None = site_id
    while current is not None and current in plan.station_by_id and current not in links:
        links.append(current)
        current = plan.station_by_id[current].parent_id
    return tuple(links)
