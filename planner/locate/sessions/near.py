"""A stage solved until its value is near enough to its bound, from the prices and cuts of the problem before.

The relaxation begins with the columns that the last problem's prices favour and the cuts that it needed. Any solution
within the gap will do: it is sought among the few columns that the relaxation favours; where there is none, further
cuts raise the bound, and only then are all columns looked at that may matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from planner.locate.cuts import triple_rows, violated_triples
from planner.locate.engine import Bools, Columns, Floats, Outcome, Relaxation, minimise, relax
from planner.locate.model import Layout
from planner.locate.problem import N_TIERS, ThreeTierProblem
from planner.locate.search import Found, Search

FIRST_COLUMNS = 1_200
"""Openings that the relaxation begins with, and that the first core has."""
CORES = (1_200, 1_200, 2_400)
"""Columns of the cores searched in turn, with further cuts between, until a value is near enough."""
NODES = 50
"""Branch and bound nodes spent on a core."""
INNER_GAP = 0.4
"""A core's search ends at this share of the gap allowed."""
SLACK = 1e-7
"""Relative slack by which bounds are lowered and cores widened against rounding."""

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Row prices of a cost relaxation by what they stand for, in yuan.

    Each village, what else an opening pays (site × tier), and each cut on three villages (R8). For another problem of
    the same county they are a guess of its prices.
    """

    village: Floats
    opening: Floats
    triples: dict[Triple, float] = field(default_factory=dict)

    def reduced_cny(self, problem: ThreeTierProblem, layout: Layout, cuts: csr_array | None) -> Floats:
        """What each opening of ``layout`` costs at these prices; ``cuts`` are the rows of ``triples``, in order."""
        at = layout.open_site, layout.open_tier - 1
        reduced = problem.annual_cost_cny[at] - self.opening[at] - _covers(problem, layout, self.village)
        if cuts is not None and self.triples:
            reduced -= (cuts.T @ np.array(list(self.triples.values())))[: len(reduced)]
        return np.asarray(reduced)


def prices_paid(problem: ThreeTierProblem, layout: Layout, search: NearSearch) -> Prices | None:
    """The prices of the last relaxation; None when its rows are not those that the covering form begins with."""
    if search.relaxation is None or len(search.columns) < layout.n_columns:
        return None
    if len(search.relaxation.price) != search.model.matrix.shape[0]:
        return None
    price = search.relaxation.price * search.scale
    start = problem.n_sites + 1  # one row a site, one for the centre, then the villages'
    village = price[start : start + problem.n_villages]
    by_triple = price[len(price) - len(search.cut_rows) :]
    body = price.copy()
    body[len(price) - len(search.cut_rows) :] = 0
    paid = (search.model.matrix.T @ body)[: len(layout.open_site)]
    opening = np.zeros((problem.n_sites, N_TIERS))
    opening[layout.open_site, layout.open_tier - 1] = paid - _covers(problem, layout, village)
    used = {triple: float(value) for triple, value in zip(search.cut_rows, by_triple, strict=True) if value > 0}
    return Prices(village, opening, used)


def _covers(problem: ThreeTierProblem, layout: Layout, village: Floats) -> Floats:
    """The prices of the villages that each opening covers, together."""
    weights = village[problem.access_village[layout.pattern_pair]]
    return np.bincount(layout.pattern_column, weights, minlength=len(layout.open_site)).astype(np.float64)


@dataclass(slots=True, eq=False)
class NearSearch(Search):
    """A search whose cost stage ends within a gap. The model's rows stay in place; cuts are its last rows."""

    cut_rows: list[Triple] = field(default_factory=list)
    scale: int = 1

    def begin_with(self, triples: list[Triple]) -> csr_array | None:
        """Add cuts that an earlier problem needed; returns their rows."""
        if self.coverage is None or not triples:
            return None
        rows = triple_rows(csr_array(self.coverage[:, self.columns]), np.array(triples, dtype=np.int64))
        self._add(rows, triples)
        return rows

    def near_optimum(self, objective: Floats, gap: float, first: Floats | None) -> Found:
        """Minimise to a value at most ``gap`` (a share of it) above a true bound.

        ``first`` guesses the reduced cost of the columns that open something.
        """
        self.scale, base, scaled = self._on_a_grid(objective)
        everything = np.arange(len(self.columns))
        start = everything if len(everything) <= 2 * FIRST_COLUMNS or first is None else _least(first, FIRST_COLUMNS)
        relaxed = self._relaxed(scaled, start)
        if relaxed is None:
            return self.stage(objective)
        point: Floats | None = None
        bound = -math.inf
        for size in CORES:
            floor, width = self._aim(relaxed, base, gap)
            point, inside = self._better(scaled, relaxed, point, size, width)
            bound = max(bound, floor, inside)
            if point is not None and scaled @ point <= bound + width:
                break
            if self._cut(relaxed):
                near = np.union1d(_least(relaxed.raised, FIRST_COLUMNS), np.flatnonzero(relaxed.values))
                relaxed = self._relaxed(scaled, near) or relaxed
        floor, width = self._aim(relaxed, base, gap)
        if point is None:
            return self._whole(scaled, floor, width, base)
        return self._found(scaled, point, max(bound, floor), base)

    def _better(
        self, scaled: Floats, relaxed: Relaxation, point: Floats | None, size: int, width: int
    ) -> tuple[Floats | None, float]:
        """A better point than the one at hand from a core of about ``size`` columns, else the one at hand.

        The second number is a true bound where the core has all columns that a better point could use, else -inf.
        """
        value = math.inf if point is None else round(float(scaled @ point))
        matter = relaxed.raised <= value - 1 - relaxed.bound + _slack(relaxed.bound)
        core = _core(relaxed, matter, size)
        outcome = self._outcome(core, scaled, value - 1, width, nodes=NODES)
        found = self._solution(outcome, core)
        bound = -math.inf
        if len(core) == matter.sum():
            inside = math.inf if outcome.infeasible else outcome.bound
            bound = (
                -math.inf if inside is None else min(value, inside - _slack(inside) if inside < math.inf else inside)
            )
        better = point if found is None else found
        return better, float(math.ceil(bound)) if better is not None and math.isfinite(bound) else -math.inf

    def _whole(self, scaled: Floats, floor: int, width: int, base: int) -> Found:
        """Search all columns: no core had a solution."""
        everything = np.arange(len(self.columns))
        outcome = self._outcome(everything, scaled, math.inf, width, nodes=None)
        point = self._solution(outcome, everything)
        bound = float(floor) if outcome.bound is None else max(floor, math.ceil(outcome.bound - _slack(outcome.bound)))
        if point is not None:
            return self._found(scaled, point, bound, base)
        return Found(None, None, bound * self.scale + base, proven=False, infeasible=outcome.infeasible)

    def _relaxed(self, scaled: Floats, start: Columns) -> Relaxation | None:
        everything = np.arange(len(self.columns))
        self.relaxation = relax(self.model, scaled, deadline=self.deadline, allowed=everything, start=start)
        return self.relaxation

    def _aim(self, relaxed: Relaxation, base: int, gap: float) -> tuple[int, int]:
        """The bound rounded up, and how far above it a value may lie."""
        floor = math.ceil(relaxed.bound - _slack(relaxed.bound))
        return floor, math.floor(gap * max(0, floor * self.scale + base) / self.scale)

    def _found(self, scaled: Floats, point: Floats, bound: float, base: int) -> Found:
        value = round(float(scaled @ point))
        values = np.zeros(len(self.one_of))
        values[self.columns] = point
        least = float(min(bound, value) * self.scale + base)
        return Found(value * self.scale + base, values, least, proven=bound >= value)

    def _cut(self, relaxed: Relaxation) -> bool:
        """Add the cuts that the relaxation's point breaks; False when there are none."""
        if self.coverage is None:
            return False
        coverage = csr_array(self.coverage[:, self.columns])
        triples = violated_triples(coverage, relaxed.values, set(self.cut_rows))
        if len(triples):
            self._add(triple_rows(coverage, triples), [(int(a), int(b), int(c)) for a, b, c in triples])
        return len(triples) > 0

    def _add(self, rows: csr_array, triples: list[Triple]) -> None:
        self.model = self.model.with_rows(rows, 2, np.inf)
        self.cut_rows = [*self.cut_rows, *triples]

    def _outcome(self, core: Columns, scaled: Floats, guess: float, width: int, *, nodes: int | None) -> Outcome:
        """Search the columns of ``core`` for a solution worth at most ``guess``."""
        model = self.model.take(core)
        if math.isfinite(guess):
            model = model.with_rows(csr_array(scaled[core][None, :]), -np.inf, guess)
        gap = max(0.999, INNER_GAP * width)
        return minimise(model, scaled[core], deadline=self.deadline, seed=self.seed, nodes=nodes, gap=gap)

    def _solution(self, outcome: Outcome, core: Columns) -> Floats | None:
        if outcome.values is None:
            return None
        point = np.zeros(len(self.columns))
        point[core] = np.round(outcome.values)
        return point


def _core(relaxed: Relaxation, matter: Bools, size: int) -> Columns:
    """About ``size`` of the columns that matter, those first whose use raises the bound least; all when nearly all."""
    whole: Columns = np.flatnonzero(matter)
    if 2 * size >= len(whole):
        return whole
    least = np.partition(relaxed.raised[whole], size)[size]
    core: Columns = whole[relaxed.raised[whole] <= least]
    return whole if 2 * len(core) >= len(whole) else core


def _least(first: Floats, count: int) -> Columns:
    """The columns of least guessed cost."""
    return np.sort(np.argsort(first, kind="stable")[:count])


def _slack(bound: float) -> float:
    return SLACK * max(1.0, abs(bound))
