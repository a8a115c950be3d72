"""One lexicographic stage after another over the same feasible set, each proven before the next begins.

A stage solves the linear relaxation (with cuts), guesses the optimum a little above the bound, keeps only the
columns that a solution that good could use, and solves that core as a mixed-integer program. A core optimum no
worse than the guess is the optimum; otherwise the guess is raised (``docs/model.md`` R7). What a stage proved, its
value as a row and the columns no optimum can use, narrows every later stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from planner.locate.cuts import triple_rows, violated_triples
from planner.locate.engine import Bools, Columns, Deadline, Floats, MatrixModel, Relaxation, minimise, relax
from planner.locate.polish import Places, polish

SIFTED_ABOVE = 4_000
"""A relaxation with more columns than this is solved by sifting."""
FIRST_PER_ROW = 12
"""Columns per row that sifting begins with."""
CUT_ROUNDS = 12
STALLED_ROUNDS = 2
"""Rounds of cuts in a row without a better bound (by a ten-thousandth) after which no more are sought."""
GAP_GUESSES = (0.0, 0.003, 0.01, 0.02, 0.04, math.inf)
"""Guesses of the gap between relaxation and optimum, as a share of the bound, tried in turn."""
POLISHED_ABOVE = 50_000
"""With more columns than this the solution at hand is polished (R12) first; smaller models are solved sooner."""
MOST = 0.8
"""A core of more than this share of the columns is widened to all of them."""
SLACK = 1e-10
"""Rounding slack on bounds of integer objectives, relative to their size and at least 1e-6."""
CORE_SLACK = 1e-7
"""Slack, relative, by which a core is taken wider than the bound asks: it costs nothing but columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a stage found: value and point (None without a solution), a true bound or None, and the two verdicts.

    ``values`` runs over the whole model's columns.
    """

    value: int | None
    values: Floats | None
    bound: float | None
    proven: bool
    infeasible: bool = False


@dataclass(slots=True, eq=False)
class Search:
    """The feasible set as narrowed so far. ``columns`` are the numbers of its columns in the whole model.

    ``one_of`` marks the whole model's columns of which exactly one is 1 (none, where there may be more centres than
    one). ``coverage`` (village × column of the
    whole model) is given when every coverable village is to be covered: it carries the cuts. ``places`` says where
    the whole model's columns stand, for polishing.
    """

    model: MatrixModel
    columns: Columns
    one_of: Bools
    deadline: Deadline
    seed: int
    coverage: csr_array | None = None
    places: Places | None = None
    triples: set[tuple[int, int, int]] = field(default_factory=set)
    relaxation: Relaxation | None = None

    def stage(
        self,
        objective: Floats,
        *,
        preferred: Bools | None = None,
        known: int | None = None,
        start: Floats | None = None,
    ) -> Found:
        """Minimise ``objective`` (integers, over the whole model's columns).

        ``preferred`` marks columns among which an optimum is known to lie, for this stage alone. ``known`` is the
        value of a solution at hand, ``start`` a point (over the whole model's columns) that is worth polishing.
        """
        scale, base, scaled = self._on_a_grid(objective)
        allowed = np.arange(len(self.columns)) if preferred is None else np.flatnonzero(preferred[self.columns])
        self.relaxation = self._relax_with_cuts(scaled, allowed)
        ceiling = math.inf if known is None else (known - base) // scale
        core = _CoreSearch(self.model, scaled, allowed, self.relaxation, self.deadline, self.seed)
        if start is not None and self.places is not None:
            core.start, core.places = start[self.columns], self.places.of(self.columns)
        core.run(ceiling)
        values = None
        if core.point is not None:
            values = np.zeros(len(self.one_of))
            values[self.columns] = core.point
        value = None if core.value is None else core.value * scale + base
        bound = core.bound * scale + base if math.isfinite(core.bound) else None
        if bound is not None and known is not None and bound > known:
            bound = None  # a bound that a known solution beats is rounding gone wrong: claim nothing
        return Found(value, values, bound, proven=core.proven, infeasible=core.infeasible)

    def keep_optimal(self, objective: Floats, value: int) -> None:
        """Hold the last stage's ``objective`` at its optimum from now on, and drop columns that no optimum uses."""
        scale, base, scaled = self._on_a_grid(objective)
        goal = (value - base) // scale
        if self.relaxation is not None:
            slack = _core_slack(self.relaxation.bound)
            kept = np.flatnonzero(self.relaxation.raised <= goal - self.relaxation.bound + slack)
            self.model, self.columns, scaled = self.model.take(kept), self.columns[kept], scaled[kept]
        self.model = self.model.with_rows(csr_array(scaled[None, :]), -np.inf, float(goal))

    def another(self, objective: Floats, listed: list[Floats]) -> Found:
        """A point of the narrowed set other than those ``listed`` (over the whole model's columns), or proof of none.

        Points that open and serve all that a listed one does, and more, are ruled out with it.
        """
        chosen = np.array([point[self.columns] for point in listed]) > 0.5
        chosen &= self.model.implied[None, :]
        model = self.model.with_rows(csr_array(chosen.astype(float)), -np.inf, chosen.sum(axis=1) - 1.0)
        outcome = minimise(model, self._on_a_grid(objective)[2], deadline=self.deadline, seed=self.seed)
        if outcome.values is None:
            return Found(None, None, None, proven=False, infeasible=outcome.infeasible)
        values = np.zeros(len(self.one_of))
        values[self.columns] = np.round(outcome.values)
        return Found(None, values, None, proven=False)

    def _on_a_grid(self, objective: Floats) -> tuple[int, int, Floats]:
        """Scale, base and scaled objective, with ``objective = scale * scaled + base`` on every solution (R9).

        Of columns of which exactly one is 1 the least coefficient is a constant part.
        """
        shifted = objective[self.columns].copy()
        one_of = np.flatnonzero(self.one_of[self.columns])
        base = int(shifted[one_of].min()) if len(one_of) else 0
        shifted[one_of] -= base
        scale = max(1, int(np.gcd.reduce(np.abs(shifted).astype(np.int64), initial=0)))
        return scale, base, shifted / scale

    def _relax_with_cuts(self, scaled: Floats, allowed: Columns) -> Relaxation | None:
        """Relax the model over ``allowed`` columns, adding violated cuts to it as long as there are any."""
        start = allowed if len(allowed) <= SIFTED_ABOVE else _first_columns(self.model, scaled, allowed)
        turns = CUT_ROUNDS if self.coverage is not None else 0
        relaxed = relax(self.model, scaled, deadline=self.deadline, allowed=allowed, start=start)
        stalled = 0
        for _ in range(turns):
            if relaxed is None or self.coverage is None or stalled == STALLED_ROUNDS:
                break
            before = relaxed.bound
            triples = violated_triples(csr_array(self.coverage[:, self.columns]), relaxed.values, self.triples)
            if not len(triples):
                break
            self.triples.update((int(a), int(b), int(c)) for a, b, c in triples)
            rows = triple_rows(csr_array(self.coverage[:, self.columns]), triples)
            self.model = self.model.with_rows(rows, 2, np.inf)
            if len(allowed) > SIFTED_ABOVE:
                cheap = np.argsort(relaxed.raised[allowed], kind="stable")[:SIFTED_ABOVE]
                start = np.union1d(allowed[cheap], np.flatnonzero(relaxed.values > 0))
            relaxed = relax(self.model, scaled, deadline=self.deadline, allowed=allowed, start=start)
            stalled = stalled + 1 if relaxed is not None and relaxed.bound <= before + 1e-4 * abs(before) else 0
        return relaxed


@dataclass(slots=True, eq=False)
class _CoreSearch:
    """Solves one stage exactly by cores of growing width; `value`, `point`, `bound` and the verdicts are its result.

    ``bound`` is -inf as long as nothing is known. Everything is on the scaled objective.
    """

    model: MatrixModel
    objective: Floats
    allowed: Columns
    relaxed: Relaxation | None
    deadline: Deadline
    seed: int
    value: int | None = None
    point: Floats | None = None
    bound: float = -math.inf
    proven: bool = False
    infeasible: bool = False
    start: Floats | None = None
    places: Places | None = None

    def run(self, ceiling: float) -> None:
        """Search until proof, proven infeasibility, or the deadline; a solution of value ``ceiling`` is known."""
        if self.relaxed is None:
            self._solve(self.allowed, math.inf)
            return
        self.bound = floor = math.ceil(self.relaxed.bound - _slack(self.relaxed.bound))
        if len(self.allowed) > POLISHED_ABOVE:
            self._polish(self.relaxed)
        for share in GAP_GUESSES:
            guess = floor + math.floor(share * max(1, abs(floor))) if math.isfinite(share) else math.inf
            guess = min(guess, math.inf if self.value is None else self.value, max(ceiling, floor))
            within = self.relaxed.raised[self.allowed] <= guess - self.relaxed.bound + _core_slack(self.relaxed.bound)
            core = self.allowed[within]
            if len(core) > MOST * len(self.allowed):
                core, guess = self.allowed, math.inf
            if not self._solve(core, guess) or self.proven or self.infeasible:
                return

    def _polish(self, relaxed: Relaxation) -> None:
        """Make the start better, so that its value limits the guesses (R12)."""
        if self.start is None or self.places is None:
            return
        self.point = polish(
            self.model, self.objective, self.start,
            places=self.places, relaxed=relaxed, deadline=self.deadline, seed=self.seed,
        )  # fmt: skip
        self.value = round(float(self.objective @ self.point))

    def _solve(self, core: Columns, guess: float) -> bool:
        """Solve over ``core``, outside of which every solution is worse than ``guess``; whether it ended by itself."""
        model, objective = self.model.take(core), self.objective[core]
        if math.isfinite(guess):
            model = model.with_rows(csr_array(objective[None, :]), -np.inf, guess)
        outcome = minimise(model, objective, deadline=self.deadline, seed=self.seed)
        if outcome.values is not None:
            rounded = np.round(outcome.values)
            value = round(float(objective @ rounded))
            if self.value is None or value < self.value:
                self.value = value
                self.point = np.zeros(len(self.objective))
                self.point[core] = rounded
        inside = -math.inf if outcome.bound is None else math.ceil(outcome.bound - _slack(outcome.bound))
        if outcome.infeasible:
            inside = math.inf
            self.infeasible = math.isinf(guess)
        if not self.infeasible:
            self.bound = max(self.bound, min(inside, guess + 1))
        if self.value is not None and self.bound > self.value - 1:
            self.proven, self.bound = True, self.value
        return outcome.proven or outcome.infeasible


def _slack(bound: float) -> float:
    return max(1e-6, SLACK * abs(bound))


def _core_slack(bound: float) -> float:
    return CORE_SLACK * max(1.0, abs(bound))


def _first_columns(model: MatrixModel, objective: Floats, allowed: Columns) -> Columns:
    """Columns to begin sifting with: for each row the few that reach most rows for their cost."""
    part = csr_array(model.matrix[:, allowed])
    merit = objective[allowed] / np.maximum(1, np.bincount(part.indices, minlength=len(allowed)))
    row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    order = np.lexsort((part.indices, merit[part.indices], row))
    rank = np.arange(len(order)) - part.indptr[row]
    first: Columns = allowed[np.unique(part.indices[order[rank < FIRST_PER_ROW]])]
    return first
