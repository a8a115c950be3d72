"""One lexicographic stage after another over the same feasible set, each proven before the next begins.

A stage solves the linear relaxation (with cuts), guesses the optimum a little above the bound, keeps only the
columns that a solution that good could use, and solves that core as a mixed-integer program. A core optimum no
worse than the guess is the optimum; otherwise the guess is raised (``docs/model.md`` R7). What a stage proved, its
value as a row and the columns no optimum can use, narrows every later stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from planner.locate.cuts import triple_rows, violated_triples
from planner.locate.engine import Bools, Columns, Deadline, Floats, MatrixModel, Relaxation, minimise, relax
from planner.locate.narrow import NARROWED_ABOVE, Narrowed
from planner.locate.polish import Places, polish

SIFTED_ABOVE = 4_000
"""A relaxation with more columns than this is solved by sifting."""
FIRST_PER_ROW = 12
"""Columns per row that sifting begins with."""
CUT_ROUNDS = 12
STALLED_ROUNDS = 2
"""Rounds of cuts in a row without a better bound (by a ten-thousandth) after which no more are sought."""
GAP_GUESSES = (0.0, 0.003, 0.01, 0.02, 0.04)
"""Guesses of the gap between relaxation and optimum, as a share of the bound, tried in turn."""
WIDTHS = (0.003, 0.003, 0.003, 0.003, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1)
"""The same where cores are narrowed by cuts (R13): each from the bound that the one before left."""
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
    narrowed: Narrowed | None = None
    larger: Columns | None = None
    goal: float | None = None

    def stage(
        self,
        objective: Floats,
        *,
        larger: Columns | None = None,
        known: int | None = None,
        start: Floats | None = None,
    ) -> Found:
        """Minimise ``objective`` (integers, over the whole model's columns).

        ``larger[q]`` is a column that can stand in for ``q`` in every solution at no higher value, for this stage
        alone: an optimum lies among those that stand in for themselves. ``known`` is the value of a solution at hand,
        ``start`` a point (over the whole model's columns) that is worth polishing.
        """
        self._narrow_what_is_kept()
        scale, base, scaled = self._on_a_grid(objective)
        allowed = np.arange(len(self.columns))
        if larger is not None:
            allowed = np.flatnonzero(larger[self.columns] == self.columns)
        self.relaxation, self.narrowed = self._relax_with_cuts(scaled, allowed), None
        ceiling = math.inf if known is None else (known - base) // scale
        core = _CoreSearch(self.model, scaled, allowed, self.relaxation, self.deadline, self.seed)
        if start is not None and self.places is not None:
            core.start, core.places = start[self.columns], self.places.of(self.columns)
        core.run(ceiling)
        self.narrowed = core.narrowed
        self.larger = larger
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
        state, self.narrowed, self.goal = self.narrowed, None, float(goal)
        if state is not None and state.limit < goal:
            state = None
        if state is not None and self.larger is not None:
            number = np.full(len(self.one_of), -1)
            number[self.columns] = np.arange(len(self.columns))
            state = state.narrow(goal, self.deadline).extended(
                self.model, scaled, number[self.larger[self.columns]], self.deadline
            )
        if state is None and self.relaxation is not None:
            state = Narrowed.start(self.model, scaled, self.relaxation)
        if state is None:
            self.model = _at_most(self.model, scaled, goal)
        else:
            self._take(state.dropped(goal))

    def _take(self, state: Narrowed) -> None:
        """Go on with the columns and rows of a narrowed model, and with the value that it keeps as a row."""
        if self.goal is None:
            raise AssertionError("no stage is kept at its optimum")
        self.columns = self.columns[state.columns]
        self.model = _at_most(state.model, state.objective, self.goal)
        self.narrowed = replace(state, columns=np.arange(len(state.columns)))

    def _narrow_what_is_kept(self) -> None:
        """Narrow to the solutions that are optimal so far (R13): put off until something is sought among them."""
        if self.narrowed is not None and self.goal is not None:
            self._take(self.narrowed.narrow(self.goal, self.deadline))
        self.narrowed = self.goal = None

    def another(self, objective: Floats, listed: list[Floats]) -> Found:
        """A point of the narrowed set other than those ``listed`` (over the whole model's columns), or proof of none.

        Points that open and serve all that a listed one does, and more, are ruled out with it.
        """
        self._narrow_what_is_kept()
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
    narrowed: Narrowed | None = None

    def run(self, ceiling: float) -> None:
        """Search until proof, proven infeasibility, or the deadline; a solution of value ``ceiling`` is known."""
        if self.relaxed is None:
            self._solve(self.model.take(self.allowed), self.allowed, math.inf)
            return
        self.bound = floor = math.ceil(self.relaxed.bound - _slack(self.relaxed.bound))
        if len(self.allowed) > POLISHED_ABOVE:
            self._polish(self.relaxed)
        if len(self.allowed) > NARROWED_ABOVE and self.model.integer.all():
            ended = self._run_narrowed(ceiling)
        else:
            ended = self._run_plain(self.relaxed, floor, ceiling)
        if not ended and not self.deadline.passed:
            self._solve(self.model.take(self.allowed), self.allowed, math.inf)

    def _run_plain(self, relaxed: Relaxation, floor: int, ceiling: float) -> bool:
        """Solve one core after the other; whether that was all there is to do."""
        for share in GAP_GUESSES:
            guess = self._guess(share, floor, ceiling)
            within = relaxed.raised[self.allowed] <= guess - relaxed.bound + _core_slack(relaxed.bound)
            core = self.allowed[within]
            if len(core) > MOST * len(self.allowed):
                return False
            if not self._solve(self.model.take(core), core, guess) or self.proven:
                return True
        return False

    def _run_narrowed(self, ceiling: float) -> bool:
        """Narrow to what is left within a guess and solve that, guess after guess; as `_run_plain`."""
        if self.relaxed is None:
            return False
        rows = np.ones(self.model.matrix.shape[0], dtype=bool)
        relaxed = self.relaxed.of(self.allowed, rows)
        whole = Narrowed.start(self.model.only(self.allowed), self.objective[self.allowed], relaxed)
        for share in WIDTHS:
            guess = self._guess(share, round(self.bound), ceiling)
            state = whole.narrow(guess, self.deadline)
            self.bound = max(self.bound, min(math.ceil(state.relaxed.bound - _slack(state.relaxed.bound)), guess + 1))
            if self.value is not None and self.bound > self.value - 1:
                self.proven, self.bound = True, self.value
            elif self.bound > guess:
                continue
            self.narrowed = replace(state, columns=self.allowed[state.columns])
            if self.proven or not self._solve(state.model, self.narrowed.columns, guess) or self.proven:
                return True
        return False

    def _guess(self, share: float, floor: int, ceiling: float) -> float:
        """A value a share above the bound, but no larger than that of a solution at hand."""
        known = math.inf if self.value is None else self.value
        return min(floor + math.floor(share * max(1, abs(floor))), known, max(ceiling, floor))

    def _polish(self, relaxed: Relaxation) -> None:
        """Make the start better, so that its value limits the guesses (R12)."""
        if self.start is None or self.places is None:
            return
        self.point = polish(
            self.model, self.objective, self.start,
            places=self.places, relaxed=relaxed, deadline=self.deadline, seed=self.seed,
        )  # fmt: skip
        self.value = round(float(self.objective @ self.point))

    def _solve(self, model: MatrixModel, core: Columns, guess: float) -> bool:
        """Solve the model of a core, outside of which every solution is worse than ``guess``; whether that ended."""
        objective = self.objective[core]
        if math.isfinite(guess):
            model = _at_most(model, objective, guess)
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


def _at_most(model: MatrixModel, objective: Floats, value: float) -> MatrixModel:
    return model.with_rows(csr_array(objective[None, :]), -np.inf, value)


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
