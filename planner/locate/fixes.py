"""What would bring each village that is left out into the plan: every kind of single change, and the cheapest.

Nearly all of it is arithmetic on the plan as it stands (`planner.locate.additions`): the change is made, and the least
that is to be opened over the plan is found by trying. Only the least budget is solved for (``docs/model.md`` §8).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain import Broadband, County, Fix, FixCost, FixKind, ReasonCode, SiteStatus, Tier
from planner.domain.fix import NEW_POINT, by_cost
from planner.locate.additions import NEW, NO_WAY, Addition, Limits, Place, Standing
from planner.locate.county import Bools, Gates, same_township, within_radius
from planner.locate.problem import Ints, ThreeTierProblem
from planner.scenario import CoverageMetric, Scenario

if TYPE_CHECKING:
    from planner.network.ground import Ground
    from planner.network.matrix import TravelMatrix

LARGEST_RADIUS_KM = 100
LARGEST_RADIUS_MIN = 600
LARGEST_SUPPLY_M = 10_000_000
_NONE: Sequence[int] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """A plan, what it was made from, and the villages that it leaves out, by position."""

    county: County
    scenario: Scenario
    problem: ThreeTierProblem
    standing: Standing
    access: TravelMatrix
    gates: Gates
    left_out: Ints
    target_met: bool
    ground: Ground | None = None

    @cached_property
    def near(self) -> Bools:
        """Entries of the access matrix within the coverage radius."""
        return within_radius(self.scenario, self.access)

    @cached_property
    def home(self) -> Bools:
        """Entries of the access matrix that the rule of own townships lets serve."""
        if not self.scenario.sites.own_township:
            return np.ones(self.access.nnz, dtype=bool)
        return same_township(self.county, self.access)

    @cached_property
    def limits(self) -> Limits:
        """The rules of the scenario."""
        return self.standing.limits()

    def row(self, i: int) -> slice:
        """The entries of village ``i`` in the access matrix."""
        return slice(int(self.access.indptr[i]), int(self.access.indptr[i + 1]))

    def sites(self, i: int, mask: Bools) -> list[int]:
        """Sites of the village's entries that ``mask`` (over all entries) picks."""
        part = self.row(i)
        return self.access.indices[part][mask[part]].tolist()

    def may_serve(self, i: int) -> list[int]:
        """Sites that may serve the village under the scenario, whether they can be supplied or not."""
        part = self.row(i)
        kept = (self.near & self.home)[part] & self.gates.open[self.access.indices[part]]
        return self.access.indices[part][kept].tolist()

    def demand(self, i: int) -> int:
        """Centiparcels a day of village ``i``."""
        return int(self.problem.demand_centiparcels[i])

    def least(self, i: int, sites: Iterable[int], limits: Limits | None = None) -> Addition | None:
        """The least addition by which one of ``sites`` serves village ``i``."""
        places = (self.standing.place(j, int(self.county.sites[j].max_tier)) for j in sites)
        return self.standing.least(places, self.demand(i), limits or self.limits)

    def fix(
        self,
        kind: FixKind,
        addition: Addition,
        setting: str | None = None,
        value: str | None = None,
        *,
        cost: FixCost = FixCost.ADDED,
        road_m: int | None = None,
    ) -> Fix:
        """The fix that a change and the addition it allows make."""
        budget = self.problem.budget_cny
        spent = self.standing.spent_cny + addition.capex_cny
        over = 0 if budget is None or kind is FixKind.BUDGET else max(0, spent - budget)
        opens = tuple((self._site_id(j), Tier(tier)) for j, tier in addition.opens)
        return Fix(
            kind, cost, setting, value, self._site_id(addition.site), opens, road_m,
            addition.capex_cny, addition.annual_cost_cny, over,
        )  # fmt: skip

    def _site_id(self, j: int) -> str:
        return NEW_POINT if j == NEW else self.county.sites[j].site_id

    def new_point(self, i: int, lengths: Ints) -> Place:
        """A new village point where village ``i`` stands; ``lengths`` are road metres from every site."""
        tiers, code = self.scenario.tiers, self.county.administrative_villages[i].code
        capex = tuple(tiers.capex_cny(SiteStatus.NEW, None, tier) for tier in Tier)
        annual = tuple(tiers.annual_cost_cny(cny, tier) for cny, tier in zip(capex, Tier, strict=True))
        unit = -1
        if self.problem.site_unit is not None:
            same = [j for j, site in enumerate(self.county.sites) if site.village_code == code]
            unit = int(self.problem.site_unit[same[0]]) if same else -1
        return Place(NEW, int(Tier.VILLAGE), unit, capex, annual, lambda parent: int(lengths[parent]))


def find_fixes(scene: Scene, reasons: dict[int, ReasonCode]) -> dict[int, tuple[Fix, ...]]:
    """Fixes of each village left out, the cheapest first; villages that nothing here helps have none."""
    measured = Measured(scene, reasons)
    found: dict[int, list[Fix]] = {i: list(_of_village(scene, measured, i, code)) for i, code in reasons.items()}
    counted = _with_villages(scene, found)
    return {i: tuple(sorted(fixes, key=by_cost)) for i, fixes in counted.items()}


@dataclass(eq=False)
class Measured:
    """Distances that only fixes need, measured once for all villages that need them."""

    scene: Scene
    reasons: dict[int, ReasonCode]
    _position: dict[str, dict[int, int]] = field(default_factory=dict)

    def lengths_to(self, i: int) -> Ints | None:
        """Road metres from every site to village ``i``; None when nothing can be measured."""
        return self._lengths("supply", i, self._supply, self._on_road)

    def lengths_by_new_road(self, i: int) -> Ints | None:
        """The same with a road built to the village."""
        return self._lengths("new road", i, self._supply_by_new_road, self._off_road)

    def sites_by_new_road(self, i: int) -> list[int] | None:
        """Sites that may serve village ``i`` once a road is built to it."""
        return self._sites("new road", i, self._access_by_new_road, self._off_road)

    def sites_all_open(self, i: int) -> list[int] | None:
        """Sites that may serve village ``i`` when no road is closed."""
        ground = self.scene.ground
        if ground is None or not ground.some_roads_are_closed:
            return None
        return self._sites("all open", i, self._access_all_open, sorted(self.reasons))

    @cached_property
    def _off_road(self) -> list[int]:
        return sorted(i for i, code in self.reasons.items() if code is ReasonCode.NO_ROAD)

    @cached_property
    def _on_road(self) -> list[int]:
        return sorted(i for i, code in self.reasons.items() if code is not ReasonCode.NO_ROAD)

    @cached_property
    def _supply(self) -> TravelMatrix | None:
        ground = self.scene.ground
        return None if ground is None else ground.supply_to(np.array(self._on_road, dtype=np.int64))

    @cached_property
    def _supply_by_new_road(self) -> TravelMatrix | None:
        ground = self.scene.ground
        return None if ground is None else ground.supply_by_new_road(np.array(self._off_road, dtype=np.int64))

    @cached_property
    def _access_by_new_road(self) -> TravelMatrix | None:
        ground = self.scene.ground
        return None if ground is None else ground.access_by_new_road(np.array(self._off_road, dtype=np.int64))

    @cached_property
    def _access_all_open(self) -> TravelMatrix | None:
        ground = self.scene.ground
        return None if ground is None else ground.access_all_open(np.array(sorted(self.reasons), dtype=np.int64))

    def _at(self, name: str, i: int, villages: Sequence[int]) -> int:
        known = self._position.setdefault(name, {village: at for at, village in enumerate(villages)})
        return known[i]

    def _lengths(self, name: str, i: int, ways: TravelMatrix | None, villages: Sequence[int]) -> Ints | None:
        if ways is None:
            return None
        column = self._at(f"{name} lengths", i, villages)
        lengths = np.full(len(self.scene.county.sites), NO_WAY, dtype=np.int64)
        here = np.flatnonzero(ways.indices == column)
        lengths[ways.rows()[here]] = ways.distance_m[here]
        return lengths

    def _sites(self, name: str, i: int, ways: TravelMatrix | None, villages: Sequence[int]) -> list[int] | None:
        if ways is None:
            return None
        scene, at = self.scene, self._at(f"{name} sites", i, villages)
        part = slice(int(ways.indptr[at]), int(ways.indptr[at + 1]))
        sites = ways.indices[part]
        kept = within_radius(scene.scenario, ways)[part] & scene.gates.open[sites]
        if scene.scenario.sites.own_township:
            home = scene.county.administrative_villages[i].township_code
            kept &= np.array([scene.county.sites[j].township_code == home for j in sites.tolist()], dtype=bool)
        return sites[kept].tolist()


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
    if as_it_is is not None and scene.problem.budget_cny is not None:
        spent = scene.standing.spent_cny + as_it_is.capex_cny
        if spent > scene.problem.budget_cny:
            yield scene.fix(FixKind.BUDGET, as_it_is, "budget_cny", str(spent))
    for kind in (_radius, _banned, _unconnected, _other_township, _one_per_village, _supply_radius, _capacity):
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
        if gates.road[j] and gates.linked[j] and gates.broadband[j] and not gates.allowed[j]:
            addition = scene.least(i, [j])
            if addition is not None:
                yield scene.fix(FixKind.LIFT_BAN, addition, "sites.closed", scene.county.sites[j].site_id)


def _unconnected(scene: Scene, i: int) -> Iterator[Fix]:
    """One site within the radius that lacks broadband, each; and the rule itself."""
    gates = scene.gates
    there = [
        j
        for j in scene.sites(i, scene.near & scene.home)
        if gates.road[j] and gates.linked[j] and gates.allowed[j] and not gates.broadband[j]
    ]
    for j in there:
        addition = scene.least(i, [j])
        if addition is not None:
            yield scene.fix(FixKind.CONNECT_BROADBAND, addition, cost=FixCost.STATION_ONLY)
    addition = scene.least(i, there)
    if addition is not None:
        yield scene.fix(FixKind.BROADBAND_RULE, addition, "require_broadband", "false")


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
    station = [standing.supply_m(standing.centre, k) for k in {*above, *sites}]
    for setting, name, lengths, now in (
        ("supply.township_to_village_km", "point_m", point, limits.point_m),
        ("supply.county_to_township_km", "station_m", station, limits.station_m),
    ):
        longer = sorted({length for length in lengths if now < length <= LARGEST_SUPPLY_M})
        found = _smallest(longer, lambda metres, name=name: scene.least(i, sites, replace(limits, **{name: metres})))
        if found is not None:
            yield scene.fix(FixKind.SUPPLY_RADIUS, found[1], setting, km_text(found[0]))


def _capacity(scene: Scene, i: int) -> Iterator[Fix]:
    """The smallest capacity, of each tier by itself, at which a site within the radius can carry the village."""
    sites = scene.may_serve(i)
    if not sites or scene.least(i, sites) is not None:
        return
    demand, capacity = scene.demand(i), scene.limits.capacity
    loads = {-(-(int(load) + demand) // 100) * 100 for load in (0, *scene.standing.load.tolist())}
    for tier in Tier:
        larger = sorted(load for load in loads if load > capacity[tier - 1])
        found = _smallest(larger, lambda room, tier=tier: scene.least(i, sites, _roomier(scene.limits, tier, room)))
        if found is not None:
            setting = f"tiers.{tier.word}.capacity_parcels_per_day"
            yield scene.fix(
                FixKind.CAPACITY, found[1], setting, str(found[0] // 100), cost=FixCost.STATION_ONLY
            )


def _roomier(limits: Limits, tier: Tier, room: int) -> Limits:
    capacity = tuple(room if at == tier - 1 else now for at, now in enumerate(limits.capacity))
    return replace(limits, capacity=capacity)  # type: ignore[arg-type]  # three in, three out


def _new_site(scene: Scene, measured: Measured, i: int) -> Iterator[Fix]:
    """A new village point where the village stands."""
    if scene.scenario.require_broadband and scene.scenario.candidates.broadband is Broadband.NONE:
        return
    lengths = measured.lengths_to(i)
    if lengths is None:
        return
    addition = scene.standing.least([scene.new_point(i, lengths)], scene.demand(i), scene.limits)
    if addition is not None:
        yield scene.fix(FixKind.NEW_SITE, addition)


def _open_road(scene: Scene, measured: Measured, i: int) -> Iterator[Fix]:
    """All roads open that close in the month planned for."""
    sites = measured.sites_all_open(i)
    addition = None if sites is None else scene.least(i, sites)
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
    if lengths is None or (scene.scenario.require_broadband and scene.scenario.candidates.broadband is Broadband.NONE):
        return
    addition = scene.standing.least([scene.new_point(i, lengths)], scene.demand(i), scene.limits)
    if addition is not None:
        yield scene.fix(FixKind.ROAD_AND_SITE, addition, cost=FixCost.STATION_ONLY, road_m=road_m)


def _smallest(values: list[int], way: Callable[[int], Addition | None]) -> tuple[int, Addition] | None:
    """The smallest of rising ``values`` at which there is a way, given that larger ones only allow more."""
    at = bisect_left(values, True, key=lambda value: way(value) is not None)
    if at == len(values):
        return None
    addition = way(values[at])
    return None if addition is None else (values[at], addition)


def metric_of(scenario: Scenario, access: TravelMatrix) -> NDArray[np.int32]:
    """What the coverage radius limits, of every entry: metres by road or straight, or seconds."""
    return {
        CoverageMetric.ROAD_KM: access.distance_m,
        CoverageMetric.STRAIGHT_KM: access.straight_m,
        CoverageMetric.MINUTES: access.duration_s,
    }[scenario.coverage_metric]


def km_text(metres: int) -> str:
    """Whole metres as km, exactly."""
    return f"{metres / 1000:.3f}".rstrip("0").rstrip(".")


def minutes_text(seconds: int) -> str:
    """Seconds as the least minutes in three decimals that are no fewer seconds once rounded."""
    thousandths = -(-seconds * 1000 // 60)
    return f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")


def _with_villages(scene: Scene, found: dict[int, list[Fix]]) -> dict[int, list[Fix]]:
    """Every fix with the number of villages left out that the same change brings in, each by itself."""
    return {i: [replace(fix, villages=sum(_helps(fix, i, o, v) for o, v in found.items())) for fix in fixes]
            for i, fixes in found.items()}  # fmt: skip


_LEAST_VALUES = frozenset({FixKind.RADIUS, FixKind.SUPPLY_RADIUS, FixKind.CAPACITY, FixKind.BUDGET})
_ON_ONE_SITE = frozenset({FixKind.LIFT_BAN, FixKind.CONNECT_BROADBAND})
_ON_THE_SPOT = frozenset({FixKind.NEW_SITE, FixKind.ROAD, FixKind.ROAD_AND_SITE, FixKind.CONNECT_ROADS})


def _helps(fix: Fix, i: int, other: int, fixes: list[Fix]) -> bool:
    """Whether ``fix`` of village ``i`` brings in village ``other``, whose fixes are ``fixes``."""
    if i == other or fix.kind in _ON_THE_SPOT:
        return i == other
    for its in fixes:
        if its.kind is not fix.kind or its.setting != fix.setting:
            continue
        if fix.kind in _LEAST_VALUES:
            if float(its.value or 0) <= float(fix.value or 0):
                return True
        elif fix.kind not in _ON_ONE_SITE or its.site_id == fix.site_id:
            return True
    return False
