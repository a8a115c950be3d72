"""The least that is to be opened over a plan, nothing in it closed, so that one more village is served.

Everything follows from the plan's tiers, parents and loads by trying each way: no solver is needed, and what is found
is a network that keeps every rule but the budget (``docs/model.md`` §8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from planner.locate.problem import Ints, ThreeTierProblem, ThreeTierResult
from planner.locate.rules.cold import cold_costs
from planner.locate.solution import Network, throughput_centiparcels

NEW = -1
"""Number of a site that the county does not have: the village's own place."""
NO_WAY = 2**60
"""Metres where no road leads."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is opened or raised, as (site, tier), for a site to serve a village, and what that adds to the plan."""

    site: int
    opens: tuple[tuple[int, int], ...]
    capex_cny: int
    annual_cost_cny: int

    @property
    def key(self) -> tuple[int, int, int, tuple[tuple[int, int], ...], int]:
        """Sorts additions: investment, yearly cost, number of openings, then the lowest numbers."""
        return self.capex_cny, self.annual_cost_cny, len(self.opens), self.opens, self.site


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules for what is added: supply radii, capacities and least volumes by tier, one site a village or not."""

    point_m: int
    station_m: int
    capacity: tuple[int, int, int]
    one_per_unit: bool
    least: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point may be opened: site number or `NEW`, tiers it may have, costs by tier, road from each parent."""

    site: int
    max_tier: int
    unit: int
    capex_cny: tuple[int, ...]
    annual_cost_cny: tuple[int, ...]
    from_parent_m: Callable[[int], int]


@dataclass(slots=True, eq=False)
class Standing:
    """A plan as it stands: its tiers, its loads, and the supply roads between its stations and every site."""

    problem: ThreeTierProblem
    tier: Ints
    parent: Ints
    load: Ints
    spent_cny: int
    _rows: dict[int, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: ThreeTierProblem, result: ThreeTierResult) -> Standing:
        """The plan ``result`` of ``problem``."""
        network = Network(result.tier, result.station, result.parent, result.cold)
        opened = np.flatnonzero(result.tier)
        spent = int(problem.capex_cny[opened, result.tier[opened] - 1].sum()) + cold_costs(problem, network)[0]
        load = throughput_centiparcels(problem, network)
        return cls(problem, result.tier, result.parent, load, spent)

    def under(self, problem: ThreeTierProblem) -> Standing:
        """The same plan with the supply roads and the premises of another problem."""
        return replace(self, problem=problem, _rows={})

    def limits(self) -> Limits:
        """The rules of the scenario."""
        village, township, county = self.problem.capacity_centiparcels.tolist()
        least = (0, 0, 0)
        if self.problem.least_centiparcels is not None:
            point, station, centre = self.problem.least_centiparcels.tolist()
            least = (point, station, centre)
        return Limits(
            self.problem.township_to_village_m, self.problem.county_to_township_m,
            (village, township, county), self.problem.site_unit is not None, least,
        )  # fmt: skip

    def place(self, j: int, max_tier: int | None = None) -> Place:
        """Site ``j``, with the tiers that the problem allows it or those given."""
        problem = self.problem
        return Place(
            j,
            int(problem.max_tier[j]) if max_tier is None else max_tier,
            -1 if problem.site_unit is None else int(problem.site_unit[j]),
            tuple(problem.capex_cny[j].tolist()),
            tuple(problem.annual_cost_cny[j].tolist()),
            lambda parent: self.supply_m(parent, j),
        )

    def supply_m(self, parent: int, child: int) -> int:
        """Road metres from ``parent`` to ``child``, `NO_WAY` where no road leads or they are one."""
        row = self._rows.get(parent)
        if row is None:
            row = np.full(self.problem.n_sites, NO_WAY, dtype=np.int64)
            part = slice(int(self.problem.supply_indptr[parent]), int(self.problem.supply_indptr[parent + 1]))
            row[self.problem.supply_child[part]] = self.problem.supply_m[part]
            row[parent] = NO_WAY
            self._rows[parent] = row
        return int(row[child])

    def least(self, places: Iterable[Place], demand: int, limits: Limits) -> Addition | None:
        """The cheapest way to serve ``demand`` (centiparcels) from one of ``places``; None when there is none."""
        ways = (way for place in places for way in self._ways(place, demand, limits))
        return min(ways, key=lambda way: way.key, default=None)

    def parents(self) -> list[int]:
        """Open stations and centres, by number."""
        return [int(j) for j in np.flatnonzero(self.tier >= 2)]

    def centres(self) -> list[int]:
        """County centres, by number."""
        return [int(j) for j in np.flatnonzero(self.tier == 3)]

    def _ways(self, place: Place, demand: int, limits: Limits) -> Iterator[Addition]:
        now = 0 if place.site == NEW else int(self.tier[place.site])
        if now and self._carries_more(place.site, demand, limits):
            yield Addition(place.site, (), 0, 0)
            return
        if not self._may_open(place.unit, place.site, limits):
            return
        if now < 2 <= place.max_tier and self._can_be_station(place, demand, limits):
            yield self._opened(place, 2)
        fits = self._least(place.site, 1, limits) <= demand <= limits.capacity[0]
        if not now and place.max_tier >= 1 and fits:
            yield from self._as_point(place, demand, limits)

    def _as_point(self, place: Place, demand: int, limits: Limits) -> Iterator[Addition]:
        """As a village point: under an open station with room, else under one opened or raised for it."""
        for parent in self.parents():
            if place.from_parent_m(parent) <= limits.point_m and self._carries_more(parent, demand, limits):
                yield self._opened(place, 1)
                return
        for k in np.flatnonzero((self.problem.max_tier >= 2) & (self.tier < 2)).tolist():
            above = self.place(k)
            apart = above.unit < 0 or above.unit != place.unit or not limits.one_per_unit
            near = k != place.site and place.from_parent_m(k) <= limits.point_m
            if near and apart and self._may_open(above.unit, k, limits) and self._can_be_station(above, demand, limits):
                yield self._opened(place, 1, self._opened(above, 2))

    def _can_be_station(self, place: Place, demand: int, limits: Limits) -> bool:
        """Whether a site that is closed or a point could be a station that carries so much more, under some centre."""
        load, now = (0, NEW) if place.site == NEW else (int(self.load[place.site]), self._centre_of(place.site))
        if not self._least(place.site, 2, limits) <= load + demand <= limits.capacity[1]:
            return False
        above = NEW if place.site == NEW else int(self.parent[place.site])
        if above >= 0 and int(self.load[above]) - load < self._least(above, int(self.tier[above]), limits):
            return False  # the station that supplies the point today would pass on too little without it
        return any(
            place.from_parent_m(centre) <= limits.station_m
            and self._has_room(centre, demand if centre == now else load + demand, limits)
            for centre in self.centres()
        )

    def _opened(self, place: Place, tier: int, also: Addition | None = None) -> Addition:
        """Opening or raising ``place`` to ``tier``, together with what else is opened."""
        now = 0 if place.site == NEW else int(self.tier[place.site])
        capex = place.capex_cny[tier - 1] - (place.capex_cny[now - 1] if now else 0)
        annual = place.annual_cost_cny[tier - 1] - (place.annual_cost_cny[now - 1] if now else 0)
        if also is None:
            return Addition(place.site, ((place.site, tier),), capex, annual)
        opens = ((place.site, tier), *also.opens)
        return Addition(place.site, opens, capex + also.capex_cny, annual + also.annual_cost_cny)

    def _has_room(self, k: int, demand: int, limits: Limits) -> bool:
        return int(self.load[k]) + demand <= limits.capacity[int(self.tier[k]) - 1]

    def _carries_more(self, j: int, demand: int, limits: Limits) -> bool:
        """Whether an open site, the station that supplies it and their centre can carry so much more."""
        while j >= 0:
            if not self._has_room(j, demand, limits):
                return False
            j = int(self.parent[j])
        return True

    def _least(self, j: int, tier: int, limits: Limits) -> int:
        """The least throughput of a site at a tier, 0 for one that must be open."""
        return 0 if j != NEW and self.problem.locked_tier[j] else limits.least[tier - 1]

    def _centre_of(self, j: int) -> int:
        """The centre from which an open site is supplied in the end; `NEW` for a closed one."""
        if not self.tier[j]:
            return NEW
        while self.parent[j] >= 0:
            j = int(self.parent[j])
        return j

    def _may_open(self, unit: int, j: int, limits: Limits) -> bool:
        """Whether one site a village leaves ``j`` free to open (raising an open one is no further site)."""
        if not limits.one_per_unit or unit < 0 or (j != NEW and self.tier[j]):
            return True
        standing = self.problem.site_unit
        return standing is None or not bool(((standing == unit) & (self.tier > 0)).any())
