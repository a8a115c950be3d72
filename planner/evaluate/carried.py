"""What routes carry, counted from the plan: from which depot each station is supplied, and its load of a day.

Siting's loads (`planner.evaluate.loads`) follow the links of supply; these follow the routes: parcels of a village
point that vans bring straight from the centre do not pass its township station.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from planner.domain import County, Plan, Tier
from planner.evaluate.loads import chain, station_loads
from planner.scenario import DAYS_PER_WEEK, WEEKS_PER_YEAR, Scenario, round_half_up

MICRO_PER_YUAN: Final = 1_000_000


class Part(NamedTuple):
    """Centiparcels that one stop hands over and takes in."""

    delivery: int
    pickup: int


def depots_of(plan: Plan) -> Mapping[str, frozenset[str]]:
    """By station, the depots whose routes stop there."""
    found: dict[str, set[str]] = {station.site_id: set() for station in plan.stations}
    for route in plan.routes:
        for stop in route.visits:
            found.setdefault(stop.site_id, set()).add(route.depot_id)
    return {site_id: frozenset(depots) for site_id, depots in found.items()}


def carried_loads(county: County, scenario: Scenario, plan: Plan) -> Mapping[str, Part]:
    """Centiparcels a day that a station's routes bring and take: its own, and of points that go on from there.

    A point goes on from its parent unless a route from another depot stops at it.
    """
    own = _own(county, scenario, plan)
    total = dict(own)
    for site_id in _transferred(plan):
        for above in chain(plan, site_id)[1:]:
            total[above] = Part(*(a + b for a, b in zip(total[above], own[site_id], strict=True)))
    return total


def transfer_micro_cny_per_week(county: County, scenario: Scenario, plan: Plan) -> int:
    """Handling at township stations of parcels for village points that routes from there supply, millionths of a yuan.

    Rounded up to a whole millionth for each point.
    """
    rate = round_half_up(scenario.routing.transfer_cny_per_parcel * MICRO_PER_YUAN)
    own, depots = _own(county, scenario, plan), depots_of(plan)
    parents = {station.site_id: plan.station_by_id.get(str(station.parent_id)) for station in plan.stations}
    return sum(
        -(-DAYS_PER_WEEK * sum(own[site_id]) * rate // 100)
        for site_id in _transferred(plan)
        if depots[site_id] and (above := parents[site_id]) is not None and above.tier is Tier.TOWNSHIP
    )


def transfer_cny_per_year(county: County, scenario: Scenario, plan: Plan) -> int:
    """The same in whole yuan a year."""
    return round_half_up(WEEKS_PER_YEAR * transfer_micro_cny_per_week(county, scenario, plan) / MICRO_PER_YUAN)


def _own(county: County, scenario: Scenario, plan: Plan) -> dict[str, Part]:
    return {
        site_id: Part(load.own_inbound + load.outreach_inbound, load.own_outbound + load.outreach_outbound)
        for site_id, load in station_loads(county, scenario, plan).items()
    }


def _transferred(plan: Plan) -> list[str]:
    """Village points whose parcels come by way of their parent."""
    depots = depots_of(plan)
    return [
        station.site_id
        for station in plan.stations
        if station.tier is Tier.VILLAGE and depots[station.site_id] <= {station.parent_id}
    ]
