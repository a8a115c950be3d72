"""Every distance a plan states, measured again without the kernel that measured it first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import planner.network as roads
from planner.domain import County, FixKind, Plan, Tier
from planner.network.cache import Cache
from planner.scenario import CoverageMetric, Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.network.recount import StraightRecount


class Way(NamedTuple):
    """One way between two points: whole metres and seconds along it, and metres in a straight line."""

    distance_m: int
    duration_s: int
    straight_m: int


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways from origins to destinations by id; arrays origin × destination, −1 where there is no way."""

    origins: Mapping[str, int]
    destinations: Mapping[str, int]
    distance_m: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    straight_m: NDArray[np.int64]

    def way(self, origin: str, destination: str) -> Way | None:
        """The way from ``origin`` to ``destination``, None when there is none; KeyError for an id not measured."""
        cell = self.origins[origin], self.destinations[destination]
        if self.distance_m[cell] < 0:
            return None
        return Way(int(self.distance_m[cell]), int(self.duration_s[cell]), int(self.straight_m[cell]))


@dataclass(frozen=True, eq=False)
class Travel:
    """What the judge needs to know of the roads.

    ``access`` leads from administrative villages to all sites, the shortest by the scenario's metric;
    ``supply`` from open stations and every site that may supply others to all sites, the shortest by distance.
    ``snap_m`` is each village's distance to the nearest road; ``on_road`` holds villages and sites within the limit.
    ``to_village`` leads from stations that supply others to villages in which a fix puts a new point, None without one.
    ``to_stops`` leads from stations with bus routes to the stops that those use, ``from_stops`` back; None without any.
    """

    access: Ways
    supply: Ways
    snap_m: Mapping[str, int]
    on_road: frozenset[str]
    to_village: Ways | None = None
    to_stops: Ways | None = None
    from_stops: Ways | None = None


def recount_travel(county: County, scenario: Scenario, plan: Plan) -> Travel:
    """Measure ``county`` afresh under the scenario's network parameters, without a cut-off and without any cache.

    By scipy's Dijkstra along the roads, or over straight lines where the scenario sets a detour factor: then every
    place is on the ground where it stands, at no distance from it.
    """
    if scenario.network.straight_line_factor is not None:
        return _straight_travel(county, scenario, plan)
    network = roads.build_network(county, scenario.network, cache=Cache(None))
    limit_m = scenario.network.snap_limit_m
    villages = county.administrative_villages
    site_ids = [site.site_id for site in county.sites]
    codes = [village.code for village in villages]
    village_snaps = roads.snap_points(network, *_positions(villages), limit_m=limit_m)
    site_snaps = roads.snap_points(network, *_positions(county.sites), limit_m=limit_m)
    by_time = scenario.coverage_metric is CoverageMetric.MINUTES
    access = roads.recount_matrix(network, village_snaps, site_snaps, "duration" if by_time else "distance")
    sources = _sources(county, plan)
    supply = roads.recount_matrix(network, site_snaps.take(sources), site_snaps, "distance")

    def measured(origins: Sequence[_Place], destinations: Sequence[_Place]) -> roads.Recount:
        start, end = (
            roads.snap_points(network, *_positions(places), limit_m=limit_m) for places in (origins, destinations)
        )
        return roads.recount_matrix(network, start, end, "distance")

    ok = dict(zip(codes + site_ids, [*village_snaps.ok.tolist(), *site_snaps.ok.tolist()], strict=True))
    return Travel(
        access=Ways(_index(codes), _index(site_ids), access.distance_m, access.duration_s, access.straight_m),
        supply=Ways(
            _index([site_ids[index] for index in sources]),
            _index(site_ids),
            supply.distance_m,
            supply.duration_s,
            supply.straight_m,
        ),
        snap_m=dict(zip(codes, village_snaps.distance_m.tolist(), strict=True)),
        on_road=frozenset(name for name, fine in ok.items() if fine),
        to_village=_to_villages(
            plan,
            site_ids,
            codes,
            lambda above, there: roads.recount_matrix(
                network, site_snaps.take(above), village_snaps.take(there), "distance"
            ),
        ),
        **_stop_ways(county, plan, measured),
    )


def _stop_ways(county: County, plan: Plan, measure: _Measure) -> dict[str, Ways]:
    """Ways between stations with bus routes and the stops of lines that these use."""
    used = {
        (route.bus.line_id, position)
        for route in plan.routes
        if route.bus is not None
        for position in (route.bus.board, route.bus.alight)
    }
    places = {
        f"{line.line_id}#{position}": stop
        for line in county.bus_lines
        for position, stop in enumerate(line.stops, start=1)
        if (line.line_id, position) in used
    }
    if not places:
        return {}
    at = {stop.site_id for route in plan.routes if route.bus is not None for stop in route.stops}
    sites = [site for site in county.sites if site.site_id in at]
    site_ids, stops = _index([site.site_id for site in sites]), _index(list(places))
    there, back = measure(sites, list(places.values())), measure(list(places.values()), sites)
    return {
        "to_stops": Ways(site_ids, stops, there.distance_m, there.duration_s, there.straight_m),
        "from_stops": Ways(stops, site_ids, back.distance_m, back.duration_s, back.straight_m),
    }


def _to_villages(
    plan: Plan,
    site_ids: list[str],
    codes: list[str],
    measure: Callable[[list[int], list[int]], roads.Recount | StraightRecount],
) -> Ways | None:
    """Ways from stations that supply others, or would, to villages in which a fix puts a new point."""
    fixes = {a.village_code: a.reason.fixes for a in plan.assignments if a.reason is not None}
    new = {code for code, its in fixes.items() if any(fix.kind is FixKind.NEW_SITE for fix in its)}
    if not new:
        return None
    raised = {site_id for its in fixes.values() for fix in its for site_id, tier in fix.opens if tier >= Tier.TOWNSHIP}
    raised |= {station.site_id for station in plan.stations if station.tier >= Tier.TOWNSHIP}
    above = [index for index, site_id in enumerate(site_ids) if site_id in raised]
    there = [index for index, code in enumerate(codes) if code in new]
    ways = measure(above, there)
    return Ways(
        _index([site_ids[index] for index in above]),
        _index([codes[index] for index in there]),
        ways.distance_m,
        ways.duration_s,
        ways.straight_m,
    )


def _straight_travel(county: County, scenario: Scenario, plan: Plan) -> Travel:
    villages, sites, parameters = county.administrative_villages, county.sites, scenario.network
    suppliers = [sites[index] for index in _sources(county, plan)]
    factor, speed_kmh = parameters.straight_line_factor, parameters.straight_line_kmh * parameters.mountain_factor
    assert factor is not None  # noqa: S101 (the caller asks)

    def measured(origins: Sequence[_Place], names: Sequence[str]) -> Ways:
        counted = roads.recount_straight(
            county.metric_crs, _positions(origins), _positions(sites), factor=factor, speed_kmh=speed_kmh
        )
        ids = _index([site.site_id for site in sites])
        return Ways(_index(names), ids, counted.distance_m, counted.duration_s, counted.straight_m)

    codes = [village.code for village in villages]
    return Travel(
        access=measured(villages, codes),
        supply=measured(suppliers, [site.site_id for site in suppliers]),
        snap_m=dict.fromkeys(codes, 0),
        on_road=frozenset([*codes, *(site.site_id for site in sites)]),
        to_village=_to_villages(
            plan,
            [site.site_id for site in sites],
            codes,
            lambda above, there: roads.recount_straight(
                county.metric_crs,
                _positions([sites[index] for index in above]),
                _positions([villages[index] for index in there]),
                factor=factor,
                speed_kmh=speed_kmh,
            ),
        ),
        **_stop_ways(
            county,
            plan,
            lambda origins, destinations: roads.recount_straight(
                county.metric_crs, _positions(origins), _positions(destinations), factor=factor, speed_kmh=speed_kmh
            ),
        ),
    )


def _sources(county: County, plan: Plan) -> list[int]:
    """Sites that may supply others or are open, by position."""
    return [
        index
        for index, site in enumerate(county.sites)
        if site.max_tier >= Tier.TOWNSHIP or site.site_id in plan.station_by_id
    ]


class _Place(Protocol):
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...


_Measure = Callable[["Sequence[_Place]", "Sequence[_Place]"], "roads.Recount | StraightRecount"]


def _positions(places: Sequence[_Place]) -> tuple[list[float], list[float]]:
    return [place.lon for place in places], [place.lat for place in places]


def _index(names: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(names)}
