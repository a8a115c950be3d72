"""What of a plan's coverage survives the loss of one station or one road, measured with the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.domain import County, Plan
from planner.domain.resilience import CriticalLink, Resilience
from planner.network.cuts import Group, Stretch, points_cut_off, stretch_line
from planner.network.graph import RoadNetwork
from planner.network.matrix import TravelMatrix
from planner.network.snap import Snapped
from planner.network.straight import StraightLines
from planner.scenario import CoverageMetric, Scenario

PLACES = 6


def measure_resilience(  # noqa: PLR0917 (a plan and what its distances were measured on)
    county: County,
    scenario: Scenario,
    plan: Plan,
    network: RoadNetwork | StraightLines,
    village_snaps: Snapped,
    site_snaps: Snapped,
    access: TravelMatrix,
    usable: NDArray[np.bool_],
) -> Resilience:
    """Which villages have a second station, and which stretches of road no village covered can do without.

    Parameters
    ----------
    access, usable
        Administrative villages × sites, and which of its entries lie within the radius (and the own township where
        that is asked).
    """
    stations = {station.site_id: station for station in plan.stations}
    position = {site.site_id: j for j, site in enumerate(county.sites)}
    opened = np.array(sorted(position[site_id] for site_id in stations), dtype=np.int64)
    capacity = np.full(len(county.sites), -1, np.int64)
    capacity[opened] = [stations[county.sites[j].site_id].capacity_centiparcels for j in opened.tolist()]
    covered = [i for i, assignment in enumerate(plan.assignments) if assignment.covered]
    admissible = [access.indices[part][usable[part]] for part in _rows(access, covered)]
    second = set()
    for i, near in zip(covered, admissible, strict=True):
        village = county.administrative_villages[i]
        demand = scenario.demand
        parcels = demand.inbound_centiparcels(village.population) + demand.outbound_centiparcels(village.population)
        if (capacity[near] >= parcels).sum() > 1:
            second.add(village.code)
    if isinstance(network, StraightLines):
        return Resilience(frozenset(second), None)
    rank = {int(j): k for k, j in enumerate(opened)}
    stations_near = [tuple(rank[j] for j in near.tolist() if j in rank) for near in admissible]
    codes = [county.administrative_villages[i].code for i in covered]
    groups = _groups(county, scenario, codes, stations_near, [county.sites[j].township_code for j in opened.tolist()])
    lost = points_cut_off(network, village_snaps.take(covered), site_snaps.take(opened), groups, access.by)
    return Resilience(frozenset(second), _links(county, network, lost, codes))


def _rows(access: TravelMatrix, origins: Sequence[int]) -> list[slice]:
    return [slice(int(access.indptr[i]), int(access.indptr[i + 1])) for i in origins]


def _groups(
    county: County,
    scenario: Scenario,
    codes: Sequence[str],
    stations_near: Sequence[tuple[int, ...]],
    station_township: Sequence[str],
) -> list[Group]:
    """Villages that may go to the same stations, by position among the villages covered and the stations open."""
    if scenario.coverage_metric is CoverageMetric.STRAIGHT_KM:
        sets: dict[tuple[int, ...], list[int]] = {}
        for k, near in enumerate(stations_near):
            sets.setdefault(near, []).append(k)
        return [Group(villages, near, None) for near, villages in sets.items()]
    by_time = scenario.coverage_metric is CoverageMetric.MINUTES
    limit = scenario.radius_s if by_time else scenario.radius_m
    if not scenario.sites.own_township:
        return [Group(range(len(codes)), range(len(station_township)), limit)]
    homes = [county.village_by_code[code].township_code for code in codes]
    return [
        Group(
            [k for k, home in enumerate(homes) if home == township],
            [k for k, home in enumerate(station_township) if home == township],
            limit,
        )
        for township in sorted(set(homes))
    ]


def _links(
    county: County, network: RoadNetwork, lost: Mapping[Stretch, Sequence[int]], codes: Sequence[str]
) -> tuple[CriticalLink, ...]:
    """The stretches as links: those that cost most villages (then most people) first, then by road and place."""
    links = []
    for stretch, villages in lost.items():
        line = [(lon, lat) for lon, lat in stretch_line(network, stretch).round(PLACES).tolist()]
        (from_lon, from_lat), (to_lon, to_lat) = line[0], line[-1]
        links.append(
            CriticalLink(
                road_id=network.roads[int(network.edge_road[stretch.edge])].road_id,
                from_lon=from_lon, from_lat=from_lat, to_lon=to_lon, to_lat=to_lat,
                length_m=(stretch.to_mm - stretch.from_mm + 500) // 1000,
                village_codes=tuple(sorted(codes[k] for k in villages)),
                line=tuple(line),
            )
        )  # fmt: skip
    return tuple(sorted(links, key=lambda link: link_order(county, link)))


def link_order(county: County, link: CriticalLink) -> tuple[object, ...]:
    """The place of a link among others."""
    people = sum(county.village_by_code[code].population for code in link.village_codes)
    ends = (link.from_lon, link.from_lat, link.to_lon, link.to_lat)
    return (-len(link.village_codes), -people, link.road_id, *ends, link.length_m, link.village_codes)
