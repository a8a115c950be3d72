"""A plan and the villages that it leaves out, with all that is asked when a change is tried on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain import County, Fix, FixCost, FixKind, ReasonCode, SiteStatus, Tier
from planner.domain.fix import NEW_POINT
from planner.locate.county import Bools, Gates, same_township, site_gates, within_radius
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.reasons.additions import NEW, NO_WAY, Addition, Limits, Place, Standing
from planner.locate.rules.connecting import new_site_connect_cny
from planner.scenario import CoverageMetric, Scenario

if TYPE_CHECKING:
    from planner.network.ground import Ground
    from planner.network.matrix import TravelMatrix


@dataclass(frozen=True, eq=False)
class Scene:
    """A plan and what it was made from. Villages and sites go by position."""

    county: County
    scenario: Scenario
    problem: ThreeTierProblem
    standing: Standing
    access: TravelMatrix
    gates: Gates
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
        return _numbers(self.access.indices[part][mask[part]])

    def may_serve(self, i: int) -> list[int]:
        """Sites that may serve the village under the scenario, whether they can be supplied or not."""
        part = self.row(i)
        kept = (self.near & self.home)[part] & self.gates.open[self.access.indices[part]]
        return _numbers(self.access.indices[part][kept])

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
        first = new_site_connect_cny(self.scenario)
        capex = tuple(tiers.capex_cny(SiteStatus.NEW, None, tier) + first for tier in Tier)
        annual = tuple(tiers.annual_cost_cny(cny, tier) for cny, tier in zip(capex, Tier, strict=True))
        unit = -1
        if self.problem.site_unit is not None:
            same = [j for j, site in enumerate(self.county.sites) if site.village_code == code]
            unit = int(self.problem.site_unit[same[0]]) if same else -1
        return Place(NEW, int(Tier.VILLAGE), unit, capex, annual, lambda parent: int(lengths[parent]))


def _numbers(values: NDArray[np.integer]) -> list[int]:
    return [int(value) for value in values]


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
        """Sites that may serve village ``i`` when no road is closed; None when none is closed now."""
        if self.all_open is None:
            return None
        return self._sites("all open", i, self._access_all_open, sorted(self.reasons))

    @cached_property
    def all_open(self) -> Scene | None:
        """The same plan with the supply roads, and the gates, of a year in which no road closes."""
        scene, ground = self.scene, self.scene.ground
        if ground is None or not ground.some_roads_are_closed:
            return None
        supply, site_snaps = ground.supply_all_open()
        gates = site_gates(scene.county, scene.scenario, supply, site_snaps)
        highest = np.array([site.max_tier for site in scene.county.sites], dtype=np.int64)
        problem = replace(
            scene.problem,
            max_tier=np.where(gates.open, highest, 0),
            supply_indptr=supply.indptr,
            supply_child=supply.indices.astype(np.int64),
            supply_m=supply.distance_m.astype(np.int64),
        )
        return replace(scene, problem=problem, standing=scene.standing.under(problem), gates=gates)

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
        scene = self.all_open if name == "all open" and self.all_open is not None else self.scene
        at = self._at(f"{name} sites", i, villages)
        part = slice(int(ways.indptr[at]), int(ways.indptr[at + 1]))
        sites = ways.indices[part]
        kept = within_radius(scene.scenario, ways)[part] & scene.gates.open[sites]
        if scene.scenario.sites.own_township:
            home = scene.county.administrative_villages[i].township_code
            kept &= np.array([scene.county.sites[j].township_code == home for j in sites.tolist()], dtype=bool)
        return _numbers(sites[kept])


def metric_of(scenario: Scenario, access: TravelMatrix) -> NDArray[np.int32]:
    """What the coverage radius limits, of every entry: metres by road or straight, or seconds."""
    return {
        CoverageMetric.ROAD_KM: access.distance_m,
        CoverageMetric.STRAIGHT_KM: access.straight_m,
        CoverageMetric.MINUTES: access.duration_s,
    }[scenario.coverage_metric]
