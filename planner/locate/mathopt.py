"""One call of a MathOpt solver: a ModelProto in, arrays out.

The solution is read from the answer's own arrays. MathOpt's result objects hold a dictionary entry for every column
and row, which takes longer than solving a small model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ortools.math_opt import (  # type: ignore[import-untyped]  # no stubs
        model_parameters_pb2,
        model_pb2,
        parameters_pb2,
    )

    from planner.locate.stopping import StopFlag

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Solver = Literal["scip", "glop", "highs", "cp_sat"]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one solver call gave: values by column, prices by row (None where there are none), a true bound or -inf.

    ``basis`` marks the basic columns and the rows whose slacks are basic; None from a solver that has none.
    """

    values: Floats | None
    prices: Floats | None
    bound: float
    proven: bool
    infeasible: bool
    basis: tuple[Bools, Bools] | None = None


def solve_proto(
    model: model_pb2.ModelProto,
    solver: Solver,
    parameters: parameters_pb2.SolveParametersProto,
    *,
    start: model_parameters_pb2.ModelSolveParametersProto | None = None,
    flag: StopFlag | None = None,
) -> Answer:
    """Solve to the limits in ``parameters``. Column and row ids are their positions; the objective is minimised.

    Raises StoppedError when ``flag`` is set before the solver ends: GLOP at once, the others when they are done.
    """
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2, result_pb2, solution_pb2
    from ortools.math_opt.core.python import solver as core  # type: ignore[import-untyped]  # no stubs

    kinds = {
        "scip": parameters_pb2.SOLVER_TYPE_GSCIP, "glop": parameters_pb2.SOLVER_TYPE_GLOP,
        "highs": parameters_pb2.SOLVER_TYPE_HIGHS, "cp_sat": parameters_pb2.SOLVER_TYPE_CP_SAT,
    }  # fmt: skip
    if flag is not None:
        flag.check()
    result = core.solve(
        model, kinds[solver], parameters_pb2.SolverInitializerProto(), parameters,
        start or model_parameters_pb2.ModelSolveParametersProto(), None,
        callback_pb2.CallbackRegistrationProto(), None,
        # SCIP (of OR-Tools 9.15) cannot register the event that hears an interrupter, and says so on every call
        flag.interrupter().pybind_interrupter if flag is not None and solver == "glop" else None,
    )  # fmt: skip
    if flag is not None:
        flag.check()
    values = prices = basis = None
    n_columns, n_rows = len(model.variables.ids), len(model.linear_constraints.ids)
    if result.solutions:
        first, there = result.solutions[0], solution_pb2.SOLUTION_STATUS_FEASIBLE
        if first.primal_solution.feasibility_status == there:
            values = _dense(first.primal_solution.variable_values, n_columns)
        if first.dual_solution.feasibility_status == there:
            prices = _dense(first.dual_solution.dual_values, n_rows)
        if first.HasField("basis"):
            basic = solution_pb2.BASIS_STATUS_BASIC
            of_column = _dense(first.basis.variable_status, n_columns) == basic
            basis = of_column, _dense(first.basis.constraint_status, n_rows) == basic
    ended, bound = result.termination.reason, float(result.termination.objective_bounds.dual_bound)
    return Answer(
        values, prices, bound if math.isfinite(bound) else -math.inf,
        proven=ended == result_pb2.TERMINATION_REASON_OPTIMAL,
        infeasible=ended == result_pb2.TERMINATION_REASON_INFEASIBLE,
        basis=basis,
    )  # fmt: skip


def _dense(vector: Any, length: int) -> Floats:
    """A sparse vector of a solver's answer written out."""
    dense = np.zeros(length)
    dense[np.fromiter(vector.ids, np.int64, len(vector.ids))] = np.fromiter(vector.values, float, len(vector.values))
    return dense
