"""The least that is to be opened over a plan, nothing in it closed, so that one more village is served.

Everything follows from the plan's tiers, parents and loads by trying each way: no solver is needed, and what is found
is a network that keeps every rule but the budget (``docs/model.md`` §8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from planner.locate.cold import cold_costs
from planner.locate.problem import Ints, ThreeTierProblem, ThreeTierResult
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
    """The rules under which something may be added: supply radii, capacities by tier, one site a village or not.

    ``least`` are the least volumes by tier (M18), 0 for none.
    """

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
    centres: tuple[int, ...]
    spent_cny: int
    _rows: dict[int, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: ThreeTierProblem, result: ThreeTierResult) -> Standing:
        """The plan ``result`` of ``problem``."""
        network = Network(result.tier, result.station, result.parent, result.cold)
        opened = np.flatnonzero(result.tier)
        spent = int(problem.capex_cny[opened, result.tier[opened] - 1].sum()) + cold_costs(problem, network)[0]
        load = throughput_centiparcels(problem, network)
        return cls(problem, result.tier, result.parent, load, tuple(result.centres.tolist()), spent)

    def under(self, problem: ThreeTierProblem) -> Standing:
        """The same plan with the supply roads and the premises of another problem."""
        return replace(self, problem=problem, _rows={})

    def limits(self) -> Limits:
        """The rules of the scenario."""
        village, township, county = self.problem.capacity_centiparcels.tolist()
        return Limits(
            self.problem.township_to_village_m, self.problem.county_to_township_m,
            (village, township, county), self.problem.site_unit is not None, self._least_volumes(),
        )  # fmt: skip

    def _least_volumes(self) -> tuple[int, int, int]:
        least = self.problem.least_centiparcels
        village, township, county = (0, 0, 0) if least is None else least.tolist()
        return village, township, county

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

    def _to(self, child: int, parent: int) -> int:
        return self.supply_m(parent, child)

    def least(self, places: Iterable[Place], demand: int, limits: Limits) -> Addition | None:
        """The cheapest way to serve ``demand`` (centiparcels) from one of ``places``; None when there is none."""
        ways = (way for place in places for way in self._ways(place, demand, limits))
        return min(ways, key=lambda way: way.key, default=None)

    def parents(self) -> list[int]:
        """Open stations and the centre, by number."""
        return np.flatnonzero(self.tier >= 2).tolist()

    def _ways(self, place: Place, demand: int, limits: Limits) -> Iterator[Addition]:
        now = 0 if place.site == NEW else int(self.tier[place.site])
        if now and self._carries_more(place.site, demand, limits):
            yield Addition(place.site, (), 0, 0)
            return
        if not self._may_open(place.unit, place.site, limits):
            return
        if now < 2 <= place.max_tier:
            load = 0 if place.site == NEW else int(self.load[place.site])
            enough = self._enough(place.site, 2, load + demand, limits) and self._parent_keeps(place.site, limits)
            supplied = self._under_centre(place.site, place.from_parent_m, demand, limits)
            if supplied and load + demand <= limits.capacity[1] and enough:
                yield self._opened(place, 2)
        enough = self._enough(place.site, 1, demand, limits)
        if not now and place.max_tier >= 1 and demand <= limits.capacity[0] and enough:
            yield from self._as_point(place, demand, limits)

    def _as_point(self, place: Place, demand: int, limits: Limits) -> Iterator[Addition]:
        """As a village point: under an open station with room, else under one opened or raised for it."""
        for parent in self.parents():
            if place.from_parent_m(parent) <= limits.point_m and self._carries_more(parent, demand, limits):
                yield self._opened(place, 1)
                return
        for k in np.flatnonzero((self.problem.max_tier >= 2) & (self.tier < 2)).tolist():
            near = place.from_parent_m(k) <= limits.point_m
            room = int(self.load[k]) + demand <= limits.capacity[1]
            room = room and self._enough(k, 2, int(self.load[k]) + demand, limits) and self._parent_keeps(k, limits)
            room = room and self._under_centre(k, partial(self._to, k), demand, limits)
            above = self.place(k)
            apart = above.unit < 0 or above.unit != place.unit or not limits.one_per_unit
            if near and room and k != place.site and apart and self._may_open(above.unit, k, limits):
                yield self._opened(place, 1, self._opened(above, 2))

    def _opened(self, place: Place, tier: int, also: Addition | None = None) -> Addition:
        """Opening or raising ``place`` to ``tier``, together with what else is opened."""
        now = 0 if place.site == NEW else int(self.tier[place.site])
        capex = place.capex_cny[tier - 1] - (place.capex_cny[now - 1] if now else 0)
        annual = place.annual_cost_cny[tier - 1] - (place.annual_cost_cny[now - 1] if now else 0)
        if also is None:
            return Addition(place.site, ((place.site, tier),), capex, annual)
        opens = ((place.site, tier), *also.opens)
        return Addition(place.site, opens, capex + also.capex_cny, annual + also.annual_cost_cny)

    def _enough(self, j: int, tier: int, load: int, limits: Limits) -> bool:
        """Whether a site opened or raised to ``tier`` has its least volume with ``load``, or must be open anyway."""
        return load >= limits.least[tier - 1] or (j != NEW and bool(self.problem.locked_tier[j]))

    def _parent_keeps(self, j: int, limits: Limits) -> bool:
        """Whether the stations above ``j`` keep their least volumes when ``j`` is raised and leaves them.

        Of several centres it may come under another one.
        """
        above = -1 if j == NEW else int(self.parent[j])
        while above >= 0 and (self.tier[above] == 2 or len(self.centres) > 1):
            if not self._enough(above, int(self.tier[above]), int(self.load[above]) - int(self.load[j]), limits):
                return False
            above = int(self.parent[above])
        return True

    def _has_room(self, k: int, demand: int, limits: Limits) -> bool:
        return int(self.load[k]) + demand <= limits.capacity[int(self.tier[k]) - 1]

    def _carries_more(self, j: int, demand: int, limits: Limits) -> bool:
        """Whether an open site, the station that supplies it and their centre can carry so much more."""
        chain = [j]
        while self.parent[chain[-1]] >= 0:
            chain.append(int(self.parent[chain[-1]]))
        return all(self._has_room(k, demand, limits) for k in chain)

    def _under_centre(self, j: int, from_centre_m: Callable[[int], int], demand: int, limits: Limits) -> bool:
        """Whether some centre in reach has room for ``demand`` of a new station ``j``, and for what moves with it."""
        above, moved = j, 0
        while above != NEW and self.parent[above] >= 0:
            above = int(self.parent[above])
        if j != NEW and self.tier[j]:
            moved = int(self.load[j])
        return any(
            from_centre_m(centre) <= limits.station_m
            and self._has_room(centre, demand + (0 if centre == above else moved), limits)
            for centre in self.centres
        )

    def _may_open(self, unit: int, j: int, limits: Limits) -> bool:
        """Whether one site a village leaves ``j`` free to open (raising an open one is no further site)."""
        if not limits.one_per_unit or unit < 0 or (j != NEW and self.tier[j]):
            return True
        standing = self.problem.site_unit
        return standing is None or not bool(((standing == unit) & (self.tier > 0)).any())
