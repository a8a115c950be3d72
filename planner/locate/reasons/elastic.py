"""The smallest set of demands whose giving up leaves some network possible, found as a small integer programme.

With no village covered nothing is carried, so a network is a centre, its township stations and the sites that must be
open. Every demand on it has a column of its own that says "given up" (``docs/model.md`` §7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from planner.errors import NoSolutionInTimeError
from planner.locate.engine import Bools, Deadline, Floats, MatrixModel, minimise
from planner.locate.problem import Ints, ThreeTierProblem

LIMIT_S = 20.0
"""Seconds for one solve; each takes a small fraction of one."""


class DemandKind(StrEnum):
    """A kind of demand, in the order in which one is given up sooner than another: what touches least comes first."""

    BUDGET = "budget"
    LOCKED = "open"
    BANNED = "closed"
    COUNTY_RADIUS = "county_to_township_km"
    VILLAGE_RADIUS = "township_to_village_km"
    ONE_PER_VILLAGE = "one_per_village"
    TOWNSHIP = "township_outlets"
    BROADBAND = "broadband"
    MOBILE_4G = "mobile_4g"


WEIGHTS = {kind: position for position, kind in enumerate(DemandKind, start=1)}
"""Of sets with equally many demands the one with the least sum is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The demands: a siting problem, with what the gates keep out let in again.

    ``max_tier`` is the highest tier of each site on a road, banned or without broadband as it may be; ``banned`` and
    ``dark`` mark such sites (``dark`` none where broadband is not asked for). ``least_tier`` is the lowest tier at
    which a site may open: above 1 only for a banned outlet that would have to be kept at its tier were it not banned.
    ``silent`` marks sites without 4G signal where that is asked for, None for no such site.
    """

    problem: ThreeTierProblem
    max_tier: Ints
    banned: Bools
    dark: Bools
    least_tier: Ints
    silent: Bools | None = None

    @property
    def lacking(self) -> dict[DemandKind, Bools]:
        """The sites that each rule of connection keeps closed, by the demand; without rules that close none."""
        known = {DemandKind.BROADBAND: self.dark, DemandKind.MOBILE_4G: self.silent}
        return {kind: sites for kind, sites in known.items() if sites is not None and sites.any()}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Demands given up, and how far they are missed.

    ``townships`` are the numbers of required townships that stay without a station beyond what the share allows,
    ``locked`` and ``banned`` sites. ``least_capex_cny``, ``county_m`` and ``village_m`` are the least budget and supply
    radii that then suffice, None where that demand is kept.
    """

    rules: frozenset[DemandKind]
    townships: tuple[int, ...]
    locked: tuple[int, ...]
    banned: tuple[int, ...]
    least_capex_cny: int | None = None
    county_m: int | None = None
    village_m: int | None = None

    @property
    def count(self) -> int:
        """How many demands are given up."""
        return len(self.rules) + len(self.townships) + len(self.locked) + len(self.banned)

    @property
    def weight(self) -> int:
        """The sum of their weights, which decides between sets of equal number."""
        single = {DemandKind.TOWNSHIP: self.townships, DemandKind.LOCKED: self.locked, DemandKind.BANNED: self.banned}
        return sum(WEIGHTS[kind] for kind in self.rules) + sum(WEIGHTS[k] * len(each) for k, each in single.items())


def smallest_set(asked: Asked, *, seed: int = 0) -> GivenUp | None:
    """The fewest demands to give up, and of those the least weight; None when giving up all of them does not help.

    The budget is kept or given up as a whole, without a large number in the model: the two answers are compared.
    Raises NoSolutionInTimeError when the solver did not end.
    """
    best = _fewest(asked, paid=True, seed=seed)
    if asked.problem.budget_cny is not None and (best is None or best.count):
        free = _fewest(asked, paid=False, seed=seed)
        if free is not None:
            free = replace(free, rules=free.rules | {DemandKind.BUDGET})
        sets = [each for each in (best, free) if each is not None]
        best = min(sets, key=lambda each: (each.count, each.weight), default=None)
    return None if best is None else _with_amounts(asked, best, seed)


def _fewest(asked: Asked, *, paid: bool, seed: int) -> GivenUp | None:
    """The smallest set of demands other than the budget, which is kept when ``paid`` and else no rule."""
    programme = _Programme(asked, asked.problem.county_to_township_m, asked.problem.township_to_village_m)
    budget = asked.problem.budget_cny if paid else None
    values = programme.solve(programme.giving_up(), budget, seed)
    return None if values is None else programme.read(values)


def _with_amounts(asked: Asked, found: GivenUp, seed: int) -> GivenUp:
    """The least supply radii and the least budget that suffice once the rest of ``found`` is given up."""
    problem = asked.problem
    budget = None if DemandKind.BUDGET in found.rules else problem.budget_cny
    rest = replace(found, rules=found.rules - {DemandKind.COUNTY_RADIUS, DemandKind.VILLAGE_RADIUS, DemandKind.BUDGET})
    longest = int(problem.supply_m.max(initial=0))
    county_m, village_m = problem.county_to_township_m, problem.township_to_village_m

    def possible(county: int, village: int) -> bool:
        programme = _Programme(asked, county, village, kept_but=rest)
        return programme.solve(np.zeros(programme.n_columns), budget, seed) is not None

    if DemandKind.COUNTY_RADIUS in found.rules:
        far = longest if DemandKind.VILLAGE_RADIUS in found.rules else village_m
        county_m = _least(problem.supply_m, county_m, lambda metres: possible(metres, far))
    if DemandKind.VILLAGE_RADIUS in found.rules:
        village_m = _least(problem.supply_m, village_m, lambda metres: possible(county_m, metres))
    capex = None
    if DemandKind.BUDGET in found.rules:
        programme = _Programme(asked, county_m, village_m, kept_but=rest)
        values = programme.solve(programme.investment(), None, seed)
        if values is None:
            raise AssertionError("the network that gives up these demands has vanished")
        capex = round(float(programme.investment() @ np.round(values)))
    return replace(
        found,
        least_capex_cny=capex,
        county_m=county_m if DemandKind.COUNTY_RADIUS in found.rules else None,
        village_m=village_m if DemandKind.VILLAGE_RADIUS in found.rules else None,
    )


def _least(lengths: Ints, above: int, possible: Callable[[int], bool]) -> int:
    """The least of ``lengths`` beyond ``above`` that is possible, given that longer ones only allow more."""
    longer = np.unique(lengths[lengths > above])
    low, high = 0, len(longer) - 1
    while low < high:
        middle = (low + high) // 2
        if possible(int(longer[middle])):
            high = middle
        else:
            low = middle + 1
    return int(longer[low])


@dataclass(slots=True, eq=False)
class _Programme:
    """Columns and rows of the elastic network; ``kept_but`` fixes which demands are given up, None leaves it open."""

    asked: Asked
    county_m: int
    village_m: int
    kept_but: GivenUp | None = None
    n_columns: int = 0
    opening: dict[tuple[int, int], int] = field(default_factory=dict)
    rule: dict[DemandKind, int] = field(default_factory=dict)
    township: dict[int, int] = field(default_factory=dict)
    locked: dict[int, int] = field(default_factory=dict)
    banned: dict[int, int] = field(default_factory=dict)
    _row: list[int] = field(default_factory=list)
    _column: list[int] = field(default_factory=list)
    _value: list[int] = field(default_factory=list)
    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open_sites()
        self._give_up_demands()
        self._single_sites()
        self._township_rule()
        self._one_per_unit()
        self._reach(2, self.county_m, DemandKind.COUNTY_RADIUS)
        self._reach(1, self.village_m, DemandKind.VILLAGE_RADIUS)

    def giving_up(self) -> Floats:
        """The number of demands given up, and below it, never outweighing one, their weights."""
        columns = {**{self.rule[kind]: WEIGHTS[kind] for kind in self.rule}}
        for kind, single in (
            (DemandKind.TOWNSHIP, self.township), (DemandKind.LOCKED, self.locked), (DemandKind.BANNED, self.banned),
        ):  # fmt: skip
            columns |= dict.fromkeys(single.values(), WEIGHTS[kind])
        base = max(WEIGHTS.values()) * (len(columns) + 1)
        row = np.zeros(self.n_columns)
        for column, weight in columns.items():
            row[column] = base + weight
        return row

    def investment(self) -> Floats:
        """Investment of a network in whole yuan."""
        row = np.zeros(self.n_columns)
        for (j, tier), column in self.opening.items():
            row[column] = self.asked.problem.capex_cny[j, tier - 1]
        return row

    def solve(self, objective: Floats, budget_cny: int | None, seed: int) -> Floats | None:
        """A best point within the budget; None when there is none."""
        model = self._model()
        if budget_cny is not None:
            model = model.with_rows(coo_array(self.investment()[None, :]).tocsr(), -np.inf, float(budget_cny))
        outcome = minimise(model, objective, deadline=Deadline(LIMIT_S), seed=seed)
        if outcome.infeasible:
            return None
        if outcome.values is None or not outcome.proven:
            raise NoSolutionInTimeError("the time limit passed before the smallest set of demands to give up was known")
        return outcome.values

    def read(self, values: Floats) -> GivenUp:
        """The demands that a point gives up."""
        on = values > 0.5
        return GivenUp(
            frozenset(kind for kind, column in self.rule.items() if on[column]),
            tuple(g for g, column in self.township.items() if on[column]),
            tuple(j for j, column in self.locked.items() if on[column]),
            tuple(j for j, column in self.banned.items() if on[column]),
        )

    def _model(self) -> MatrixModel:
        shape = (len(self._low), self.n_columns)
        matrix = coo_array((np.array(self._value, dtype=float), (self._row, self._column)), shape=shape).tocsr()
        low, high = np.zeros(self.n_columns), np.ones(self.n_columns)
        if self.kept_but is not None:
            given = self.kept_but
            high[[column for kind, column in self.rule.items() if kind not in given.rules]] = 0
            for numbers, single in (
                (given.townships, self.township), (given.locked, self.locked), (given.banned, self.banned),
            ):  # fmt: skip
                high[[column for number, column in single.items() if number not in numbers]] = 0
        whole: NDArray[np.bool_] = np.ones(self.n_columns, dtype=bool)
        return MatrixModel(matrix, np.array(self._low), np.array(self._high), low, high, whole, ~whole)

    def _new(self) -> int:
        self.n_columns += 1
        return self.n_columns - 1

    def _put(self, entries: list[tuple[int, int]], low: float, high: float) -> None:
        """Add a row ``low <= sum of value * column <= high`` of entries (column, value)."""
        row = len(self._low)
        for column, value in entries:
            self._row.append(row)
            self._column.append(column)
            self._value.append(value)
        self._low.append(low)
        self._high.append(high)

    def _open_sites(self) -> None:
        """Columns for stations and centres, and for points that must be open; (M1), (M2)."""
        locked = self.asked.problem.locked_tier
        for j, highest in enumerate(self.asked.max_tier.tolist()):
            for tier in range(max(1, int(self.asked.least_tier[j])), highest + 1):
                if tier > 1 or locked[j] == 1:
                    self.opening[j, tier] = self._new()
        for j in sorted({j for j, _ in self.opening}):
            self._put([(column, 1) for column in self._of(j)], -np.inf, 1)
        self._put(
            [(column, 1) for (_, tier), column in self.opening.items() if tier == 3], 1, self.asked.problem.max_centres
        )

    def _of(self, j: int, least: int = 1) -> list[int]:
        return [self.opening[j, tier] for tier in range(least, 4) if (j, tier) in self.opening]

    def _give_up_demands(self) -> None:
        """A column for each demand that there is."""
        asked, problem = self.asked, self.asked.problem
        self.rule = {kind: self._new() for kind in (DemandKind.COUNTY_RADIUS, DemandKind.VILLAGE_RADIUS)}
        if problem.site_unit is not None:
            self.rule[DemandKind.ONE_PER_VILLAGE] = self._new()
        self.rule |= {kind: self._new() for kind in asked.lacking}
        self.township = {g: self._new() for g in problem.required_townships.tolist()}
        self.locked = {int(j): self._new() for j in np.flatnonzero(problem.locked_tier)}
        self.banned = {int(j): self._new() for j in np.flatnonzero(asked.banned)}

    def _single_sites(self) -> None:
        """(M12), bans, broadband and 4G, each unless given up."""
        for j, column in self.locked.items():
            least = int(self.asked.problem.locked_tier[j])
            self._put([*((opening, 1) for opening in self._of(j, least)), (column, 1)], 1, np.inf)
        for j in sorted({j for j, _ in self.opening}):
            openings = [(opening, 1) for opening in self._of(j)]
            if j in self.banned:
                self._put([*openings, (self.banned[j], -1)], -np.inf, 0)
            for kind, sites in self.asked.lacking.items():
                if sites[j]:
                    self._put([*openings, (self.rule[kind], -1)], -np.inf, 0)

    def _township_rule(self) -> None:
        """(M5) A township counts as having its station, or is given up; enough of them do."""
        problem = self.asked.problem
        counted = []
        for g, given_up in self.township.items():
            has = self._new()
            there = [c for (j, tier), c in self.opening.items() if tier >= 2 and problem.site_township[j] == g]
            self._put([*((column, 1) for column in there), (has, -1)], 0, np.inf)
            self._put([(has, 1), (given_up, 1)], -np.inf, 1)
            counted += [(has, 1), (given_up, 1)]
        if counted:
            self._put(counted, problem.required_township_count, np.inf)

    def _one_per_unit(self) -> None:
        """(M13), unless given up as a whole."""
        units = self.asked.problem.site_unit
        if units is None:
            return
        rule = self.rule[DemandKind.ONE_PER_VILLAGE]
        for unit in np.unique(units[units >= 0]).tolist():
            sites = [j for j in np.flatnonzero(units == unit).tolist() if self._of(j)]
            if len(sites) > 1:
                openings = [(column, 1) for j in sites for column in self._of(j)]
                self._put([*openings, (rule, 1 - len(sites))], -np.inf, 1)

    def _reach(self, tier: int, radius_m: int, kind: DemandKind) -> None:
        """(M7'), (M8): a parent in reach, or farther along some road when the radius is given up."""
        problem = self.asked.problem
        above: dict[int, tuple[list[int], list[int]]] = {j: ([], []) for j, t in self.opening if t == tier}
        parents = sorted({j for j, t in self.opening if t > tier})
        for k in parents:
            columns = self._of(k, tier + 1)
            part = slice(int(problem.supply_indptr[k]), int(problem.supply_indptr[k + 1]))
            for child, length in zip(problem.supply_child[part].tolist(), problem.supply_m[part].tolist(), strict=True):
                if child != k and child in above:
                    above[child][int(length > radius_m)].extend(columns)
        for j, (near, far) in above.items():
            row = [(self.opening[j, tier], 1), *((column, -1) for column in near)]
            if far:
                beyond = self._new()
                self._put([(beyond, 1), (self.rule[kind], -1)], -np.inf, 0)
                self._put([(beyond, 1), *((column, -1) for column in far)], -np.inf, 0)
                row.append((beyond, -1))
            self._put(row, -np.inf, 0)
