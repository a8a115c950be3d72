"""Small changes to a network, each a whole network again: other parents, sites closed, opened, raised or exchanged.

A change names sites and their new tiers; what loses its station or parent by it gets the nearest that has room or is
of the right tier. Whether all rules are kept is for the judge of networks (`planner.locate.solution.violations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.model import openable, point_links, station_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.solution import Network
from planner.together.costs import CENTRE, POINT, STATION, Villages, villages_of

PARENTS_TRIED = 6
"""Nearest other stations that a site is tried under."""
PLACES_TRIED = 8
"""Sites that an open one is exchanged for."""

LEAST_PARENT = {POINT: STATION, STATION: CENTRE}
"""Tier that a parent must have at least."""

Bools = NDArray[np.bool_]
Ways = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """New tiers of sites (0 closes one), and new parents and stations where they are not to be the nearest."""

    tier: Mapping[int, int]
    parent: Mapping[int, int] = field(default_factory=dict)
    station: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Who may serve and supply whom, each row the nearest first (the lowest number among equals).

    ``serving`` has sites by village, ``served`` villages by site, ``above_point`` and ``above_station`` possible
    parents by site.
    """

    problem: ThreeTierProblem
    may_open: Ints
    serving: Ways
    served: Ways
    above_point: Ways
    above_station: Ways

    @classmethod
    def of(cls, problem: ThreeTierProblem) -> Reach:
        """All ways of a problem that a network may use."""
        may_open = openable(problem)
        village, site, metres = problem.access_village, problem.access_site, problem.access_m
        usable = np.flatnonzero(may_open[site].any(axis=1))
        village, site, metres = village[usable], site[usable], metres[usable]
        return cls(
            problem,
            may_open.astype(np.int64),
            _rows(problem.n_villages, village, site, metres),
            _rows(problem.n_sites, site, village, metres),
            _parents(problem, point_links(problem), may_open[:, 1] | may_open[:, 2]),
            _parents(problem, station_links(problem), may_open[:, 2]),
        )

    def parents(self, tier: int, j: int) -> tuple[int, ...]:
        """Possible parents of a site that is open at a tier, the nearest first."""
        return self.above_point[j] if tier == POINT else self.above_station[j] if tier == STATION else ()

    def changed(self, network: Network, change: Change) -> Network | None:
        """The network after a change; None where a village or a site is left with nothing in reach."""
        tier = network.tier.copy()
        for j, at in change.tier.items():
            if at and not self.may_open[j, at - 1]:
                return None
            tier[j] = at
        station, parent = network.station.copy(), network.parent.copy()
        for i, j in change.station.items():
            if tier[station[i]] == 0:
                station[i] = j
        opened = [j for j in change.tier if tier[j] and not network.tier[j]]
        if not self._assign(tier, station, opened) or not self._supply(tier, parent, change):
            return None
        return replace(network, tier=tier, station=station, parent=parent)

    def _assign(self, tier: Ints, station: Ints, opened: Sequence[int]) -> bool:
        """Give villages whose station is closed now the nearest with room, and those nearer to one ``opened`` that one.

        A station that is raised or lowered keeps its villages.
        """
        problem = self.problem
        lost = np.flatnonzero((station >= 0) & (tier[station] == 0))
        nearer = [(k, i) for k in opened for i in self.served[k] if station[i] >= 0 and station[i] != k]
        if not len(lost) and not nearer:
            return True
        kept = np.flatnonzero((station >= 0) & (tier[station] > 0))
        load = np.zeros(problem.n_sites, dtype=np.int64)
        np.add.at(load, station[kept], problem.demand_centiparcels[kept])
        capacity = np.concatenate([[0], problem.capacity_centiparcels])[tier]
        for i in lost.tolist():
            demand = int(problem.demand_centiparcels[i])
            at = next((j for j in self.serving[i] if tier[j] and load[j] + demand <= capacity[j]), -1)
            if at < 0:
                return False
            station[i] = at
            load[at] += demand
        for k, i in nearer:
            demand, row = int(problem.demand_centiparcels[i]), self.serving[i]
            if row.index(k) < row.index(int(station[i])) and load[k] + demand <= capacity[k]:
                load[station[i]] -= demand
                load[k] += demand
                station[i] = k
        return True

    def _supply(self, tier: Ints, parent: Ints, change: Change) -> bool:
        """Give every open site without a parent of the right tier in reach the nearest one."""
        parent[(tier == 0) | (tier == CENTRE)] = -1
        for j, given in change.parent.items():
            parent[j] = given
        opened = np.flatnonzero((tier > 0) & (tier < CENTRE))
        above = parent[opened]
        right = np.where(tier[opened] == POINT, tier[above] >= STATION, tier[above] == CENTRE) & (above >= 0)
        changed = np.isin(opened, np.array([*change.tier, -1]))  # reach differs by tier
        for j in opened[~right | changed].tolist():
            possible = [k for k in self.parents(int(tier[j]), j) if tier[k] >= LEAST_PARENT[int(tier[j])]]
            if not possible:
                return False
            if parent[j] not in possible:
                parent[j] = possible[0]
        return True


def changes(reach: Reach, network: Network) -> Iterator[Change]:
    """Every change tried from ``network``, in a fixed order: points first, then stations, then centres."""
    served = villages_of(network)
    locked = reach.problem.locked_tier
    fixed = (locked > 0) | (np.zeros_like(locked) if network.cold is None else network.cold > 0)
    for j in np.flatnonzero(network.tier == POINT).tolist():
        yield from _other_parents(reach, network, j)
        if not fixed[j]:
            yield Change({j: 0})
            yield from _exchanged_point(reach, network, j, served.get(j, ()))
        yield Change({j: STATION})
    for j in np.flatnonzero(network.tier == STATION).tolist():
        yield from _other_parents(reach, network, j)
        if not fixed[j]:
            yield Change({j: 0})
            yield Change({j: POINT})
            yield from _exchanged_station(reach, network, j)
    for j in np.flatnonzero(network.tier == CENTRE).tolist():
        if not fixed[j]:
            yield from _exchanged_centre(reach, network, j)
    for j in np.flatnonzero((network.tier == 0) & (reach.may_open[:, POINT - 1] > 0)).tolist():
        yield Change({j: POINT})


def _other_parents(reach: Reach, network: Network, j: int) -> Iterator[Change]:
    tier = int(network.tier[j])
    least = STATION if tier == POINT else CENTRE
    others = [k for k in reach.parents(tier, j) if network.tier[k] >= least and k != network.parent[j]]
    centre = [k for k in others[PARENTS_TRIED:] if network.tier[k] == CENTRE]
    for k in (*others[:PARENTS_TRIED], *centre):
        yield Change({}, {j: k})


def _exchanged_point(reach: Reach, network: Network, j: int, served: Villages) -> Iterator[Change]:
    """A closed site in its place, those first that can serve most of its villages, then the nearest to them."""
    rank: dict[int, list[int]] = {}
    for i in served:
        for place, k in enumerate(reach.serving[i]):
            if network.tier[k] == 0:
                rank.setdefault(k, []).append(place)
    order = sorted(rank, key=lambda k: (-len(rank[k]), sum(rank[k]), k))
    above = int(network.parent[j])
    for k in order[:PLACES_TRIED]:
        own = {i: k for i in served if k in reach.serving[i]}
        keep = {k: above} if above in reach.above_point[k] else {}
        yield Change({j: 0, k: POINT}, keep, own)


def _exchanged_station(reach: Reach, network: Network, j: int) -> Iterator[Change]:
    """Another site of its township in its place; it closes or becomes a point."""
    problem = reach.problem
    near = np.flatnonzero((problem.site_township == problem.site_township[j]) & (network.tier <= POINT))
    children = np.flatnonzero(network.parent == j).tolist()
    for k in near[reach.may_open[near, STATION - 1] > 0].tolist():
        inherits = {p: k for p in children if p != k and k in reach.above_point[p]}
        for left in (0, POINT):
            yield Change({j: left, k: STATION}, inherits)


def _exchanged_centre(reach: Reach, network: Network, j: int) -> Iterator[Change]:
    """Another site as a centre in its place; it closes, or becomes a point or a township station."""
    children = np.flatnonzero(network.parent == j).tolist()
    for k in np.flatnonzero((reach.may_open[:, CENTRE - 1] > 0) & (network.tier < CENTRE)).tolist():
        inherits = {p: k for p in children if p != k and k in reach.parents(int(network.tier[p]), p)}
        for left in (0, POINT, STATION):
            yield Change({j: left, k: CENTRE}, inherits)


def _rows(count: int, row: Ints, value: Ints, metres: Ints) -> Ways:
    found: list[list[int]] = [[] for _ in range(count)]
    order = np.lexsort((value, metres, row))
    for at, each in zip(row[order].tolist(), value[order].tolist(), strict=True):
        found[at].append(each)
    return tuple(map(tuple, found))


def _parents(problem: ThreeTierProblem, links: Ints, able: Bools) -> Ways:
    links = links[able[problem.supply_parent[links]]]
    return _rows(problem.n_sites, problem.supply_child[links], problem.supply_parent[links], problem.supply_m[links])
