"""Hands sparse linear and mixed-integer models to OR-Tools and says what was proven.

Models go over whole, as a ModelProto filled from numpy arrays: MathOpt's operator style takes ten times as long
to build. SCIP and GLOP run on one thread with a fixed seed, so a run that ends by proof repeats exactly.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from planner.locate.mathopt import solve_proto
from planner.locate.stopping import current_flag

if TYPE_CHECKING:
    from ortools.math_opt import (  # type: ignore[import-untyped]  # no stubs
        model_parameters_pb2,
        model_pb2,
        parameters_pb2,
    )

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = NDArray[np.int64]

PRICE_TOLERANCE = 1e-7
"""A column left out of the relaxation is taken in when its reduced cost is below minus this (relative to the costs)."""
LARGEST_COST = 12
"""A relaxation's objective is scaled down until its coefficients are below 2 to the power of this."""
EXACT_ABOVE = 1e5
"""An objective with larger coefficients is solved with a feasibility tolerance of `FEASIBILITY` instead of 1e-6."""
FEASIBILITY = 1e-9
"""A column that is integer but for a millionth would make a value in the millions wrong by several units."""
COLUMNS_AT_ONCE = 3_000
"""Most columns taken into the relaxation in one round of sifting."""


class Deadline:
    """A shared limit of wall-clock seconds, None never passes; and the flag that ends the work from outside, if any."""

    def __init__(self, limit_s: float | None) -> None:
        self.flag = current_flag()
        self._end = None if limit_s is None else time.perf_counter() + limit_s

    def left_s(self) -> float | None:
        """Seconds left (not below 0), None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.perf_counter())

    def nearly(self) -> Deadline:
        """Most of what is left: the solvers look at their clocks only now and then."""
        left_s = self.left_s()
        return Deadline(None if left_s is None else 0.9 * left_s)

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self._end is not None and time.perf_counter() >= self._end


@dataclass(frozen=True, slots=True, eq=False)
class MatrixModel:
    """Rows ``row_low <= matrix @ x <= row_high`` over columns ``low <= x <= high``, some of them integer.

    ``implied`` marks columns whose upper bound follows from the rows. The linear relaxation leaves it out there,
    so that its price falls on the rows, which columns not yet looked at share.
    """

    matrix: csr_array
    row_low: Floats
    row_high: Floats
    low: Floats
    high: Floats
    integer: Bools
    implied: Bools

    def with_rows(self, matrix: csr_array, row_low: float | Floats, row_high: float | Floats) -> MatrixModel:
        """A copy with further rows."""
        count = matrix.shape[0]
        return MatrixModel(
            csr_array(vstack([self.matrix, matrix], format="csr")),
            np.concatenate([self.row_low, np.broadcast_to(np.asarray(row_low, dtype=float), (count,))]),
            np.concatenate([self.row_high, np.broadcast_to(np.asarray(row_high, dtype=float), (count,))]),
            self.low, self.high, self.integer, self.implied,
        )  # fmt: skip

    def with_bounds(self, low: Floats, high: Floats) -> MatrixModel:
        """A copy with other column bounds."""
        return MatrixModel(self.matrix, self.row_low, self.row_high, low, high, self.integer, self.implied)

    def only(self, columns: Columns) -> MatrixModel:
        """The model of these columns alone, the others at 0, with every row kept."""
        return MatrixModel(
            csr_array(self.matrix[:, columns]), self.row_low, self.row_high,
            self.low[columns], self.high[columns], self.integer[columns], self.implied[columns],
        )  # fmt: skip

    def take(self, columns: Columns) -> MatrixModel:
        """The model of these columns alone, the others at 0; rows that became empty and are met by 0 are dropped."""
        part = self.only(columns)
        return part.of_rows(part.needed_rows)

    @property
    def needed_rows(self) -> Bools:
        """Rows that have entries, or that 0 does not meet."""
        return np.asarray((np.diff(self.matrix.indptr) > 0) | (self.row_low > 0) | (self.row_high < 0))

    def of_rows(self, rows: Bools) -> MatrixModel:
        """The model with these rows alone."""
        return MatrixModel(
            csr_array(self.matrix[rows]), self.row_low[rows], self.row_high[rows],
            self.low, self.high, self.integer, self.implied,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one mixed-integer solve gave. ``values`` is None when nothing was found; ``bound`` is a true bound or None.

    ``infeasible`` is set only when infeasibility was proven, ``proven`` when the optimum was.
    """

    values: Floats | None
    bound: float | None
    infeasible: bool
    proven: bool


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """The basis of a linear relaxation solved over ``columns``: which of these, and which rows' slacks, are basic."""

    columns: Columns
    basic_column: Bools
    basic_row: Bools

    def of(self, columns: Columns, rows: Bools) -> Basis:
        """The same for some columns and rows; columns left out must be nonbasic, rows left out have a basic slack."""
        number = np.full(int(max(self.columns.max(initial=-1), columns.max(initial=-1))) + 1, -1)
        number[columns] = np.arange(len(columns))
        kept = number[self.columns] >= 0
        return Basis(number[self.columns[kept]], self.basic_column[kept], self.basic_row[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """The linear relaxation: its point, a true lower bound, and by how much use of a column would raise it.

    Bound and ``raised`` follow from the row prices alone by Lagrangian duality, so they hold however exactly the
    relaxation was solved (``docs/model.md`` R7). ``raised[q]`` is 0 unless column ``q`` is 0 in the bound. ``price``
    has the sign that each row allows. ``basis`` is None when the solver gave none.
    """

    values: Floats
    bound: float
    raised: Floats
    price: Floats
    basis: Basis | None = None

    def of(self, columns: Columns, rows: Bools) -> Relaxation:
        """The same for some columns and rows of the model; see `Basis.of` for what may be left out."""
        basis = None if self.basis is None else self.basis.of(columns, rows)
        return Relaxation(self.values[columns], self.bound, self.raised[columns], self.price[rows], basis)


def minimise(
    model: MatrixModel, objective: Floats, *, deadline: Deadline, seed: int, nodes: int | None = None,
    hint: Floats | None = None, solver: Literal["scip", "highs", "cp_sat"] = "scip", gap: float = 0.999,
) -> Outcome:  # fmt: skip
    """Minimise an objective of integer coefficients over integer-valued solutions, to proof (absolute gap below 1).

    With a wider ``gap`` the search ends as soon as solution and bound are that near. ``nodes`` limits the branch and
    bound, for a search that wants a good solution and no proof. ``hint`` is a solution to begin with (NaN where the
    solver shall complete it). SCIP suits covering, HiGHS assignments; CP-SAT with its 8 workers is there to be
    measured against.
    """
    if deadline.passed:
        return Outcome(None, None, infeasible=False, proven=False)
    parameters = _parameters(deadline)
    parameters.relative_gap_tolerance, parameters.absolute_gap_tolerance = 0.0, gap
    parameters.random_seed = seed
    if solver != "highs":
        parameters.threads = {"scip": 1, "cp_sat": 8}[solver]
    if nodes is not None:
        parameters.node_limit = nodes
    if np.abs(objective).max(initial=0.0) > EXACT_ABOVE:
        parameters.gscip.real_params["numerics/feastol"] = FEASIBILITY
    start = None if hint is None else _hint(hint)
    answer = solve_proto(_proto(model, objective), solver, parameters, start=start, flag=deadline.flag)
    return Outcome(
        answer.values, answer.bound if math.isfinite(answer.bound) else None,
        infeasible=answer.infeasible, proven=answer.proven and gap < 1,
    )  # fmt: skip


def relax(
    model: MatrixModel, objective: Floats, *, deadline: Deadline, allowed: Columns, start: Columns
) -> Relaxation | None:
    """Solve the linear relaxation over the columns ``allowed``; None if it is infeasible or out of time.

    Sifting: solve over the columns ``start``, price the rest, take in those that pay, until none does. Columns that
    must not be 0 are in from the start: left out they would count as 0, and pricing never sees what that costs. The
    bound and ``raised`` are for the whole model, whatever was allowed.
    """
    inside = (model.low > 0) | (model.high < 0)
    inside[start] = True
    outside = np.zeros(len(objective), dtype=bool)
    outside[allowed] = True
    tolerance = PRICE_TOLERANCE * max(1.0, float(np.abs(objective).max(initial=0.0)))
    while True:
        columns = np.flatnonzero(inside)
        outside[columns] = False
        solved = _linear(model.only(columns), objective[columns], deadline)
        if solved is None and outside.any() and not deadline.passed:
            inside |= outside
            continue
        if solved is None:
            return None
        values, price, basic = solved
        reduced = objective - model.matrix.T @ _signed(model, price)
        paying = np.flatnonzero((reduced < -tolerance) & outside)
        if not len(paying):
            everywhere = np.zeros(len(objective))
            everywhere[columns] = values
            basis = None if basic is None else Basis(columns, *basic)
            return Relaxation(everywhere, *price_bound(model, objective, price), _signed(model, price), basis)
        best = np.argsort(reduced[paying], kind="stable")[:COLUMNS_AT_ONCE]
        inside[paying[best]] = True


def price_bound(model: MatrixModel, objective: Floats, price: Floats) -> tuple[float, Floats]:
    """The Lagrangian bound of row prices, first cut to the sign their row allows, and what each column raises it by."""
    price = _signed(model, price)
    reduced = objective - model.matrix.T @ price
    side = np.where(price > 0, model.row_low, model.row_high)
    used = price != 0
    from_columns = np.where(reduced > 0, reduced * model.low, reduced * model.high).sum()
    raised = np.where((model.low == 0) & (reduced > 0), reduced, 0.0)
    return float((price[used] * side[used]).sum() + from_columns), raised


def _signed(model: MatrixModel, price: Floats) -> Floats:
    price = np.where(np.isneginf(model.row_low), np.minimum(price, 0.0), price)
    return np.asarray(np.where(np.isposinf(model.row_high), np.maximum(price, 0.0), price))


def _linear(
    model: MatrixModel, objective: Floats, deadline: Deadline
) -> tuple[Floats, Floats, tuple[Bools, Bools] | None] | None:
    """Point, row prices and basic columns and rows of the linear relaxation; None when infeasible or out of time.

    The objective is scaled by a power of 2, which is exact: coefficients in the millions make GLOP imprecise.
    """
    if deadline.passed:
        return None
    high = np.where(model.implied, np.inf, model.high)
    continuous = MatrixModel(
        model.matrix, model.row_low, model.row_high, model.low, high, np.zeros_like(model.integer), model.implied
    )
    largest = float(np.abs(objective).max(initial=0.0))
    scale = 2.0 ** min(0, LARGEST_COST - math.frexp(largest)[1])
    answer = solve_proto(_proto(continuous, objective * scale), "glop", _parameters(deadline), flag=deadline.flag)
    if not answer.proven or answer.values is None or answer.prices is None:
        return None
    return answer.values, answer.prices / scale, answer.basis


def _parameters(deadline: Deadline) -> parameters_pb2.SolveParametersProto:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto()
    left_s = deadline.left_s()
    if left_s is not None:
        parameters.time_limit.FromTimedelta(dt.timedelta(seconds=max(1e-3, left_s)))
    return parameters


def _hint(values: Floats) -> model_parameters_pb2.ModelSolveParametersProto:
    """A solution to begin with; columns of NaN are left to the solver."""
    from ortools.math_opt import model_parameters_pb2

    start = model_parameters_pb2.ModelSolveParametersProto()
    known = np.flatnonzero(~np.isnan(values))
    hint = start.solution_hints.add().variable_values
    hint.ids.extend(known.tolist())
    hint.values.extend(values[known].tolist())
    return start


def _proto(model: MatrixModel, objective: Floats) -> model_pb2.ModelProto:
    from ortools.math_opt import model_pb2

    n_rows, n_columns = model.matrix.shape
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(n_columns))
    proto.variables.lower_bounds.extend(model.low.tolist())
    proto.variables.upper_bounds.extend(model.high.tolist())
    proto.variables.integers.extend(model.integer.tolist())
    proto.linear_constraints.ids.extend(range(n_rows))
    proto.linear_constraints.lower_bounds.extend(model.row_low.tolist())
    proto.linear_constraints.upper_bounds.extend(model.row_high.tolist())
    used = np.flatnonzero(objective)
    proto.objective.linear_coefficients.ids.extend(used.tolist())
    proto.objective.linear_coefficients.values.extend(objective[used].tolist())
    entries = proto.linear_constraint_matrix
    matrix = model.matrix.sorted_indices()
    entries.row_ids.extend(np.repeat(np.arange(n_rows), np.diff(matrix.indptr)).tolist())
    entries.column_ids.extend(matrix.indices.tolist())
    entries.coefficients.extend(matrix.data.tolist())
    return proto
