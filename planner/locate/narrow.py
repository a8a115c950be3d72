"""Narrows a stage: cuts raise the bound, a higher bound rules out columns, and fewer columns make the next cuts cheap.

Everything here keeps all integer solutions of value at most a limit (``docs/model.md`` R13).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, vstack

from planner.locate.engine import Columns, Deadline, Floats, MatrixModel, Relaxation, relax
from planner.locate.gomory import Cuts, gomory_cuts

NARROWED_ABOVE = 1_500
"""Models with fewer columns than this are not worth narrowing."""
SIFTED_ABOVE = 8_000
"""Relaxations with more columns are solved by sifting, from the columns in use and the `FIRST` cheapest."""
FIRST = 4_000
MOST_ROUNDS = 15
STALLED_ROUNDS = 3
"""Rounds in a row that each close less than `WORTHWHILE` of the first gap to the limit, after which cutting ends."""
WORTHWHILE = 0.01
CLOSED = 3e-5
"""Gap to the limit, relative to it, below which no more cuts are sought."""
IDLE = 1e-6
"""Slack of a cut above which it is dropped again."""
COLUMN_SLACK = 1e-7
"""Relative slack by which more columns are kept than the bound asks: it costs nothing but columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed:
    """What is left: rows, cuts over them, ``columns`` of the model it came from, their objective, and the relaxation.

    All integer solutions of value at most ``limit`` are left; the relaxation's bound is a true lower bound on these.
    """

    rows: MatrixModel
    cuts: Cuts
    columns: Columns
    objective: Floats
    relaxed: Relaxation
    limit: float = math.inf

    @classmethod
    def start(cls, model: MatrixModel, objective: Floats, relaxed: Relaxation) -> Narrowed:
        """All of a model; ``relaxed`` is its relaxation for the objective, which must have integer values."""
        n_columns = model.matrix.shape[1]
        none = Cuts(csr_array((0, n_columns)), np.zeros(0))
        return cls(model, none, np.arange(n_columns), objective, relaxed)

    @property
    def model(self) -> MatrixModel:
        """Rows and cuts together."""
        return self.rows.with_rows(self.cuts.matrix, self.cuts.low, np.inf) if self.cuts.count else self.rows

    def extended(self, model: MatrixModel, objective: Floats, larger: Columns, deadline: Deadline) -> Narrowed | None:
        """The same over more columns of the model it came from; None when the relaxation fails.

        ``larger[q]`` is the column that can stand in for ``q`` in every solution at no higher cost. The cuts hold with
        the coefficient of the other in the place of its own, and a column whose stand-in is dropped is dropped.
        """
        number = np.full(model.matrix.shape[1], -1)
        number[self.columns] = np.arange(len(self.columns))
        kept = np.flatnonzero((larger >= 0) & (number[larger] >= 0))
        stand_in = number[larger[kept]]
        cuts = Cuts(csr_array(self.cuts.matrix[:, stand_in]), self.cuts.low)
        own = larger[kept] == kept
        values = np.where(own, self.relaxed.values[stand_in], 0.0)
        relaxed = Relaxation(values, self.relaxed.bound, self.relaxed.raised[stand_in], self.relaxed.price)
        whole = Narrowed(model.take(kept), cuts, kept, objective[kept], relaxed, self.limit)
        return whole.relax(deadline)

    def dropped(self, limit: float) -> Narrowed:
        """Without the columns whose use alone takes a solution beyond the limit."""
        bound = self.relaxed.bound
        room = max(0.0, limit - bound) + COLUMN_SLACK * max(1.0, abs(bound))
        kept = np.flatnonzero(self.relaxed.raised <= room)
        least = min(limit, self.limit)
        if len(kept) == len(self.columns):
            return replace(self, limit=least)
        part = self.rows.only(kept)
        needed = part.needed_rows
        relaxed = self.relaxed.of(kept, np.append(needed, np.ones(self.cuts.count, dtype=bool)))
        cuts = Cuts(csr_array(self.cuts.matrix[:, kept]), self.cuts.low)
        return Narrowed(part.of_rows(needed), cuts, self.columns[kept], self.objective[kept], relaxed, least)

    def without_idle_cuts(self) -> Narrowed:
        """Without the cuts that the relaxation's point is well within."""
        slack = self.cuts.matrix @ self.relaxed.values - self.cuts.low
        tight = slack <= IDLE
        if tight.all():
            return self
        rows = np.append(np.ones(self.rows.matrix.shape[0], dtype=bool), tight)
        every = np.arange(len(self.columns))
        cuts = Cuts(csr_array(self.cuts.matrix[np.flatnonzero(tight)]), self.cuts.low[tight])
        return replace(self, cuts=cuts, relaxed=self.relaxed.of(every, rows))

    def cut(self, limit: float, deadline: Deadline) -> Narrowed | None:
        """With a round of cuts, relaxed anew; None when there are no cuts, or the relaxation fails."""
        further = gomory_cuts(self.model, self.relaxed)
        if further is None:
            return None
        less = self.without_idle_cuts().dropped(limit)
        kept = np.searchsorted(self.columns, less.columns)
        matrix = csr_array(vstack([less.cuts.matrix, csr_array(further.matrix[:, kept])], format="csr"))
        return replace(less, cuts=Cuts(matrix, np.append(less.cuts.low, further.low))).relax(deadline)

    def relax(self, deadline: Deadline) -> Narrowed | None:
        """With the relaxation of rows and cuts; None when it fails or its bound is below the one known."""
        every = np.arange(len(self.columns))
        start = every
        if len(every) > SIFTED_ABOVE:
            cheap = np.argsort(self.relaxed.raised, kind="stable")[:FIRST]
            start = np.union1d(cheap, np.flatnonzero(self.relaxed.values > 0))
        solved = relax(self.model, self.objective, deadline=deadline, allowed=every, start=start)
        known = self.relaxed.bound
        if solved is None or solved.bound < known - COLUMN_SLACK * max(1.0, abs(known)):
            return None
        return replace(self, relaxed=solved)

    def narrow(self, limit: float, deadline: Deadline) -> Narrowed:
        """Cut and drop columns as long as it pays, keeping every integer solution of value at most ``limit``."""
        state = self.dropped(limit)
        if not self.rows.integer.all():
            return state
        stalled, gap = 0, limit - state.relaxed.bound
        for _ in range(MOST_ROUNDS):
            before = state.relaxed.bound
            if len(state.columns) <= NARROWED_ABOVE or before > limit - CLOSED * max(1.0, abs(limit)):
                break
            further = state.cut(limit, deadline)
            if further is None:
                break
            state = further.dropped(limit)
            stalled = stalled + 1 if state.relaxed.bound - before < WORTHWHILE * gap else 0
            if stalled == STALLED_ROUNDS or deadline.passed:
                break
        return state.without_idle_cuts()
