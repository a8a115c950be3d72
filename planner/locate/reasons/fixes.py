"""What would bring each village that is left out into the plan: every kind of single change, and the cheapest.

Nearly all of it is arithmetic on the plan as it stands (`planner.locate.reasons.additions`): the change is made, and
the least that is to be opened over the plan is found by trying. Only the least budget is solved for
(``docs/model.md`` §8).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from planner.domain import Broadband, Fix, FixCost, FixKind, ReasonCode, Tier
from planner.domain.fix import cheapest_first
from planner.locate.reasons.additions import Addition, Limits
from planner.locate.reasons.scene import Measured, Scene, metric_of
from planner.scenario import CoverageMetric

LARGEST_RADIUS_KM = 100
LARGEST_RADIUS_MIN = 600
LARGEST_SUPPLY_M = 10_000_000


def find_fixes(scene: Scene, reasons: dict[int, ReasonCode]) -> dict[int, tuple[Fix, ...]]:
    """Fixes of each village left out, the cheapest first; villages that nothing here helps have none.

    How many villages each brings in is left to `count_villages`.
    """
    measured = Measured(scene, reasons)
    return {
        i: cheapest_first(_of_village(scene, measured, i, code), too_far=code is ReasonCode.TOO_FAR)
        for i, code in sorted(reasons.items())
    }


def _of_village(scene: Scene, measured: Measured, i: int, code: ReasonCode) -> Iterator[Fix]:
    """Every fix of village ``i``, in no order."""
    if code is ReasonCode.DISCONNECTED:
        yield from _open_road(scene, measured, i)
        yield Fix(FixKind.CONNECT_ROADS, FixCost.UNKNOWN)
        return
    if code is ReasonCode.NO_ROAD:
        yield from _open_road(scene, measured, i)
        yield from _road(scene, measured, i)
        return
    as_it_is = scene.least(i, scene.may_serve(i))
    if code is ReasonCode.TARGET:
        if as_it_is is not None:
            yield scene.fix(FixKind.TARGET, as_it_is, "targets.villages", "1")
        return
    if code is ReasonCode.TIME_LIMIT:
        if as_it_is is None:
            yield Fix(FixKind.MORE_TIME, FixCost.UNKNOWN, "solver.locate_time_limit_s")
        else:
            yield scene.fix(FixKind.MORE_TIME, as_it_is, "solver.locate_time_limit_s")
    if as_it_is is not None:
        paying = scene.scenario.paying(scene.standing.spent_cny + as_it_is.capex_cny)
        if len(paying) == 1:  # two limits on money are no single change
            yield scene.fix(FixKind.BUDGET, as_it_is, *paying[0])
    for kind in (_radius, _banned, _unconnected, _other_township, _one_per_village, _supply_radius, _volume, _capacity):
        yield from kind(scene, i)
    yield from _new_site(scene, measured, i)
    yield from _open_road(scene, measured, i)


def _radius(scene: Scene, i: int) -> Iterator[Fix]:
    """The smallest radius at which some usable candidate can serve the village."""
    part = scene.row(i)
    minutes = scene.scenario.coverage_metric is CoverageMetric.MINUTES
    measure = metric_of(scene.scenario, scene.access)[part]
    sites = scene.access.indices[part]
    kept = np.flatnonzero(scene.home[part] & ~scene.near[part] & scene.gates.open[sites])
    for length in np.unique(measure[kept]).tolist():
        if length > (LARGEST_RADIUS_MIN * 60 if minutes else LARGEST_RADIUS_KM * 1000):
            return
        addition = scene.least(i, sites[kept[measure[kept] == length]].tolist())
        if addition is not None:
            setting = "radius_min" if minutes else "radius_km"
            value = minutes_text(length) if minutes else km_text(length)
            yield scene.fix(FixKind.RADIUS, addition, setting, value)
            return


def _banned(scene: Scene, i: int) -> Iterator[Fix]:
    """One banned site within the radius, each."""
    gates = scene.gates
    for j in scene.sites(i, scene.near & scene.home):
        if gates.road[j] and gates.linked[j] and gates.broadband[j] and gates.mobile[j] and not gates.allowed[j]:
            addition = scene.least(i, [j])
            if addition is not None:
                yield scene.fix(FixKind.LIFT_BAN, addition, "sites.closed", scene.county.sites[j].site_id)


def _unconnected(scene: Scene, i: int) -> Iterator[Fix]:
    """One site within the radius that lacks broadband alone, or 4G alone, each; and the two rules themselves."""
    gates = scene.gates
    fit = gates.road & gates.linked & gates.allowed
    for lacking, line, rule, setting in (
        (gates.mobile & ~gates.broadband, FixKind.CONNECT_BROADBAND, FixKind.BROADBAND_RULE, "sites.broadband"),
        (gates.broadband & ~gates.mobile, FixKind.CONNECT_MOBILE, FixKind.MOBILE_RULE, "sites.mobile_4g"),
    ):
        there = [j for j in scene.sites(i, scene.near & scene.home) if fit[j] and lacking[j]]
        for j in there:
            addition = scene.least(i, [j])
            if addition is not None:
                yield scene.fix(line, addition, cost=FixCost.STATION_ONLY)
        addition = scene.least(i, there)
        if addition is not None:
            yield scene.fix(rule, addition, setting, "ignore")


def _other_township(scene: Scene, i: int) -> Iterator[Fix]:
    if not scene.scenario.sites.own_township:
        return
    addition = scene.least(i, [j for j in scene.sites(i, scene.near & ~scene.home) if scene.gates.open[j]])
    if addition is not None:
        yield scene.fix(FixKind.OTHER_TOWNSHIP, addition, "sites.own_township", "false")


def _one_per_village(scene: Scene, i: int) -> Iterator[Fix]:
    if scene.problem.site_unit is None or scene.least(i, scene.may_serve(i)) is not None:
        return
    addition = scene.least(i, scene.may_serve(i), replace(scene.limits, one_per_unit=False))
    if addition is not None:
        yield scene.fix(FixKind.ONE_PER_VILLAGE, addition, "sites.one_per_village", "false")


def _supply_radius(scene: Scene, i: int) -> Iterator[Fix]:
    """The smallest supply radius, of either kind, at which a site within the coverage radius can be supplied."""
    sites = scene.may_serve(i)
    if not sites or scene.least(i, sites) is not None:
        return
    standing, limits = scene.standing, scene.limits
    above = np.flatnonzero(scene.problem.max_tier >= Tier.TOWNSHIP).tolist()
    point = [standing.supply_m(k, j) for k in above for j in sites]
    station = [standing.supply_m(centre, k) for centre in standing.centres() for k in {*above, *sites}]
    trials: tuple[tuple[str, list[int], int, Callable[[int], Limits]], ...] = (
        ("supply.township_to_village_km", point, limits.point_m, lambda metres: replace(limits, point_m=metres)),
        ("supply.county_to_township_km", station, limits.station_m, lambda metres: replace(limits, station_m=metres)),
    )
    for setting, lengths, now, eased in trials:
        longer = sorted({length for length in lengths if now < length <= LARGEST_SUPPLY_M})
        found = _smallest(scene, i, sites, [(metres, eased(metres)) for metres in longer])
        if found is not None:
            yield scene.fix(FixKind.SUPPLY_RADIUS, found[1], setting, km_text(found[0]))


def _volume(scene: Scene, i: int) -> Iterator[Fix]:
    """Stations of one tier below their least volume allowed, each tier by itself."""
    sites, least = scene.may_serve(i), scene.limits.least
    if not any(least) or not sites or scene.least(i, sites) is not None:
        return
    for tier in (Tier.VILLAGE, Tier.TOWNSHIP):
        eased = (0, *least[1:]) if tier is Tier.VILLAGE else (least[0], 0, least[2])
        addition = scene.least(i, sites, replace(scene.limits, least=eased)) if least[tier - 1] else None
        if addition is not None:
            yield scene.fix(FixKind.LEAST_VOLUME, addition, f"tiers.{tier.word}.viable_rule", "flag")


def _capacity(scene: Scene, i: int) -> Iterator[Fix]:
    """The smallest capacity, of each tier by itself, at which a site within the radius can carry the village."""
    sites = scene.may_serve(i)
    if not sites or scene.least(i, sites) is not None:
        return
    demand, capacity = scene.demand(i), scene.limits.capacity
    loads = {-(-(int(load) + demand) // 100) * 100 for load in (0, *scene.standing.load.tolist())}
    for tier in Tier:
        larger = sorted(load for load in loads if load > capacity[tier - 1])
        found = _smallest(scene, i, sites, [(room, _roomier(scene.limits, tier, room)) for room in larger])
        if found is not None:
            setting = f"tiers.{tier.word}.capacity_parcels_per_day"
            yield scene.fix(FixKind.CAPACITY, found[1], setting, str(found[0] // 100), cost=FixCost.STATION_ONLY)


def _roomier(limits: Limits, tier: Tier, room: int) -> Limits:
    capacity = tuple(room if at == tier - 1 else now for at, now in enumerate(limits.capacity))
    return replace(limits, capacity=capacity)  # type: ignore[arg-type]  # three in, three out


def _new_site(scene: Scene, measured: Measured, i: int) -> Iterator[Fix]:
    """A new village point where the village stands."""
    if not _new_sites_have_broadband(scene):
        return
    lengths = measured.lengths_to(i)
    if lengths is None:
        return
    addition = scene.standing.least([scene.new_point(i, lengths)], scene.demand(i), scene.limits)
    if addition is not None:
        yield scene.fix(FixKind.NEW_SITE, addition)


def _new_sites_have_broadband(scene: Scene) -> bool:
    """Whether a site that nobody has looked at may open as far as broadband goes."""
    required = scene.scenario.sites.broadband == "required"
    return not (required and scene.scenario.candidates.broadband is Broadband.NONE)


def _open_road(scene: Scene, measured: Measured, i: int) -> Iterator[Fix]:
    """All roads open that close in the month planned for."""
    sites, all_open = measured.sites_all_open(i), measured.all_open
    addition = None if sites is None or all_open is None else all_open.least(i, sites)
    if addition is not None:
        yield scene.fix(FixKind.OPEN_ROAD, addition, "network.month", cost=FixCost.STATION_ONLY)


def _road(scene: Scene, measured: Measured, i: int) -> Iterator[Fix]:
    """A road to the nearest road, and a new point in the village where that does not suffice."""
    ground, sites = scene.ground, measured.sites_by_new_road(i)
    if ground is None or sites is None:
        return
    road_m = int(ground.village_snaps.distance_m[i])
    addition = scene.least(i, sites)
    if addition is not None:
        yield scene.fix(FixKind.ROAD, addition, cost=FixCost.STATION_ONLY, road_m=road_m)
        return
    lengths = measured.lengths_by_new_road(i)
    if lengths is None or not _new_sites_have_broadband(scene):
        return
    addition = scene.standing.least([scene.new_point(i, lengths)], scene.demand(i), scene.limits)
    if addition is not None:
        yield scene.fix(FixKind.ROAD_AND_SITE, addition, cost=FixCost.STATION_ONLY, road_m=road_m)


def _smallest(scene: Scene, i: int, sites: list[int], trials: list[tuple[int, Limits]]) -> tuple[int, Addition] | None:
    """The first of ``trials`` (value and limits, ever looser) under which one of ``sites`` can serve village ``i``."""
    at = bisect_left(trials, True, key=lambda trial: scene.least(i, sites, trial[1]) is not None)
    if at == len(trials):
        return None
    value, limits = trials[at]
    addition = scene.least(i, sites, limits)
    return None if addition is None else (value, addition)


def km_text(metres: int) -> str:
    """Whole metres as km, exactly."""
    return f"{metres / 1000:.3f}".rstrip("0").rstrip(".")


def minutes_text(seconds: int) -> str:
    """Seconds as the least minutes in three decimals that are no fewer seconds once rounded."""
    thousandths = -(-seconds * 1000 // 60)
    return f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")


def count_villages(found: dict[int, tuple[Fix, ...]]) -> dict[int, tuple[Fix, ...]]:
    """Every fix with the number of villages left out that the same change brings in, each by itself."""
    return {
        i: tuple(replace(fix, villages=sum(_helps(fix, i, k, its) for k, its in found.items())) for fix in fixes)
        for i, fixes in found.items()
    }


_LEAST_VALUES = frozenset({FixKind.RADIUS, FixKind.SUPPLY_RADIUS, FixKind.CAPACITY})
_ON_ONE_SITE = frozenset({FixKind.LIFT_BAN, FixKind.CONNECT_BROADBAND, FixKind.CONNECT_MOBILE})
_ON_THE_SPOT = frozenset({FixKind.NEW_SITE, FixKind.ROAD, FixKind.ROAD_AND_SITE, FixKind.CONNECT_ROADS})


def _helps(fix: Fix, i: int, other: int, fixes: tuple[Fix, ...]) -> bool:
    """Whether ``fix`` of village ``i`` brings in village ``other``, whose fixes are ``fixes``."""
    if i == other or fix.kind in _ON_THE_SPOT:
        return i == other
    for its in fixes:
        if its.kind is not fix.kind or its.setting != fix.setting:
            continue
        if fix.kind in _LEAST_VALUES:
            if float(its.value or 0) <= float(fix.value or 0):
                return True
        elif fix.kind is FixKind.BUDGET:
            if (its.capex_cny or 0) <= (fix.capex_cny or 0):
                return True
        elif fix.kind not in _ON_ONE_SITE or its.site_id == fix.site_id:
            return True
    return False
