"""Textbook models handed whole to HiGHS through OR-Tools: what the solvers here are measured against."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from scipy.sparse import coo_array, csr_array


@dataclass(frozen=True)
class Answer:
    """Value and bound as the solver gave them, whether it proved the value, and seconds."""

    value: float
    bound: float
    proven: bool
    seconds: float


def highs(
    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray | float]],
    rows: tuple[np.ndarray, np.ndarray],
    costs: np.ndarray,
    integer: np.ndarray,
    *,
    limit_s: float,
    gap: float = 1e-9,
) -> Answer:
    """Minimise over columns from 0 to 1 (or to 1e30 where not integer); ``blocks`` are (rows, columns, values)."""
    low, high = rows
    data = np.concatenate([np.broadcast_to(value, len(row)) for row, _, value in blocks])
    row, column = np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])
    matrix = csr_array(coo_array((data, (row, column)), shape=(len(low), len(costs))))
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(len(costs)))
    proto.variables.lower_bounds.extend(np.zeros(len(costs)).tolist())
    proto.variables.upper_bounds.extend(np.where(integer, 1.0, 1e30).tolist())
    proto.variables.integers.extend(integer.tolist())
    proto.linear_constraints.ids.extend(range(len(low)))
    proto.linear_constraints.lower_bounds.extend(low.tolist())
    proto.linear_constraints.upper_bounds.extend(high.tolist())
    proto.objective.linear_coefficients.ids.extend(range(len(costs)))
    proto.objective.linear_coefficients.values.extend(costs.tolist())
    proto.linear_constraint_matrix.row_ids.extend(np.repeat(np.arange(len(low)), np.diff(matrix.indptr)).tolist())
    proto.linear_constraint_matrix.column_ids.extend(matrix.indices.tolist())
    proto.linear_constraint_matrix.coefficients.extend(matrix.data.tolist())
    model = mathopt.Model.from_model_proto(proto)
    limits = mathopt.SolveParameters(time_limit=dt.timedelta(seconds=limit_s), relative_gap_tolerance=gap)
    started = time.perf_counter()
    solved = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
    spent = time.perf_counter() - started
    bounds = solved.termination.objective_bounds
    proven = solved.termination.reason is mathopt.TerminationReason.OPTIMAL
    return Answer(bounds.primal_bound, bounds.dual_bound, proven, spent)


def p_median(distance: np.ndarray, p: int, limit_s: float) -> Answer:
    """Σ_j x_ij = 1, x_ij ≤ y_j, Σ y = p."""
    m, n = distance.shape
    i, j = np.divmod(np.arange(m * n), n)
    x, link = n + np.arange(m * n), m + np.arange(m * n)
    blocks = [(i, x, 1.0), (link, x, 1.0), (link, j, -1.0), (np.full(n, m + m * n), np.arange(n), 1.0)]
    low = np.concatenate([np.ones(m), np.full(m * n, -np.inf), [p]])
    high = np.concatenate([np.ones(m), np.zeros(m * n), [p]])
    costs = np.concatenate([np.zeros(n), distance.ravel()])
    return highs(blocks, (low, high), costs, np.arange(len(costs)) < n, limit_s=limit_s)


def p_center(distance: np.ndarray, p: int, limit_s: float) -> Answer:
    """As the p-median, with the largest Σ_j d_ij x_ij as objective (Daskin 1995)."""
    m, n = distance.shape
    i, j = np.divmod(np.arange(m * n), n)
    x, link, far = n + np.arange(m * n), m + np.arange(m * n), m + m * n + np.arange(m)
    last, z = m + m * n + m, n + m * n
    blocks = [
        (i, x, 1.0), (link, x, 1.0), (link, j, -1.0), (far[i], x, distance.ravel()), (far, np.full(m, z), -1.0),
        (np.full(n, last), np.arange(n), 1.0),
    ]  # fmt: skip
    low = np.concatenate([np.ones(m), np.full(m * n + m, -np.inf), [p]])
    high = np.concatenate([np.ones(m), np.zeros(m * n + m), [p]])
    costs = np.append(np.zeros(n + m * n), 1.0)
    return highs(blocks, (low, high), costs, np.arange(len(costs)) < n, limit_s=limit_s)


def maximal_covering(coverage: csr_array, weights: np.ndarray, p: int, limit_s: float, gap: float) -> Answer:
    """z_i ≤ Σ y_j, Σ y ≤ p; demands that nothing covers left out."""
    some = np.flatnonzero(np.diff(coverage.indptr))
    part = coverage[some].tocoo()
    (i, j), (m, n) = part.coords, part.shape
    blocks = [(i, j, 1.0), (np.arange(m), n + np.arange(m), -1.0), (np.full(n, m), np.arange(n), 1.0)]
    low, high = np.append(np.zeros(m), -np.inf), np.append(np.full(m, np.inf), p)
    blocks.append((m + 1 + np.arange(m), n + np.arange(m), 1.0))
    low, high = np.append(low, np.zeros(m)), np.append(high, np.ones(m))
    costs = np.concatenate([np.zeros(n), -weights[some]])
    answer = highs(blocks, (low, high), costs, np.arange(n + m) < n, limit_s=limit_s, gap=gap)
    return Answer(-answer.value, -answer.bound, answer.proven, answer.seconds)


def capacitated(
    costs: np.ndarray, demand: np.ndarray, capacity: np.ndarray, fixed: np.ndarray, limit_s: float
) -> Answer:
    """Σ_j x_ij = 1, x_ij ≤ y_j, Σ_i d_i x_ij ≤ K_j y_j."""
    m, n = costs.shape
    i, j = np.divmod(np.arange(m * n), n)
    x, link, load = n + np.arange(m * n), m + np.arange(m * n), m + m * n
    blocks = [
        (i, x, 1.0), (link, x, 1.0), (link, j, -1.0), (load + j, x, demand[i]),
        (load + np.arange(n), np.arange(n), -capacity),
    ]  # fmt: skip
    low = np.concatenate([np.ones(m), np.full(m * n + n, -np.inf)])
    high = np.concatenate([np.ones(m), np.zeros(m * n + n)])
    objective = np.concatenate([fixed, costs.ravel()])
    return highs(blocks, (low, high), objective, np.arange(len(objective)) < n, limit_s=limit_s)
