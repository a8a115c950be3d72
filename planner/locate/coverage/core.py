"""A core of the maximal covering problem handed to a solver: few sites free, the others as they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.coverage.kernels import Bools, Floats, Ints
from planner.locate.coverage.problem import Covering
from planner.locate.engine import Deadline, MatrixModel, minimise


@dataclass(frozen=True, slots=True, eq=False)
class CoreAnswer:
    """Best sites found in the core (None for none) and a true bound on the weight any of its solutions covers."""

    opened: Bools | None
    bound: float | None


def solve_core(
    problem: Covering,
    free: Bools,
    opened: Bools,
    step: float,
    *,
    deadline: Deadline,
    seed: int,
    nodes: int | None = None,
    price: float = 0.0,
) -> CoreAnswer:
    """Cover most, less a ``price`` for each free site open, with the ``free`` sites anew and others as in ``opened``.

    Groups that a fixed site covers count in full, those that only one free site covers are added to that site.
    ``step`` is the unit of the weights.
    """
    fixed = opened & ~free
    done = problem.covered(fixed)
    rows = np.repeat(np.arange(len(problem.weights)), np.diff(problem.demand_at))
    kept = free[problem.demand_site] & ~done[rows]
    rows, sites = rows[kept], problem.demand_site[kept]
    columns = np.flatnonzero(free)
    place = np.zeros(problem.n_sites, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    times = np.bincount(rows, minlength=len(problem.weights))
    alone = times[rows] == 1
    own = np.bincount(place[sites[alone]], weights=problem.weights[rows[alone]], minlength=len(columns))
    groups, row_of = np.unique(rows[~alone], return_inverse=True)
    budget = problem.budget - float(problem.costs[fixed].sum())
    model = _model(row_of, place[sites[~alone]], problem.costs[columns], budget, len(groups))
    gains = np.concatenate([own - price, problem.weights[groups]]) / step
    hint = np.concatenate([opened[columns].astype(float), np.full(len(groups), np.nan)])
    outcome = minimise(model, -gains, deadline=deadline, seed=seed, nodes=nodes, hint=hint)
    base = float(problem.weights[done].sum())
    bound = None
    if outcome.bound is not None:
        most = -outcome.bound
        bound = base + step * (math.floor(most + 1e-6) if (gains == np.rint(gains)).all() else most)
    if outcome.values is None:
        return CoreAnswer(None, bound)
    best = fixed.copy()
    best[columns] = outcome.values[: len(columns)] > 0.5
    return CoreAnswer(best if problem.costs[best].sum() <= problem.budget * (1 + 1e-12) else None, bound)


def _model(rows: Ints, sites: Ints, costs: Floats, budget: float, n_groups: int) -> MatrixModel:
    """Rows: each group's sites minus its own column at least 0; all costs at most the budget."""
    n_sites = len(costs)
    data = np.concatenate([np.ones(len(rows)), -np.ones(n_groups), costs])
    row = np.concatenate([rows, np.arange(n_groups), np.full(n_sites, n_groups)])
    column = np.concatenate([sites, n_sites + np.arange(n_groups), np.arange(n_sites)])
    matrix = csr_array(coo_array((data, (row, column)), shape=(n_groups + 1, n_sites + n_groups)))
    high = np.ones(n_sites + n_groups)
    return MatrixModel(
        matrix, np.append(np.zeros(n_groups), -np.inf), np.append(np.full(n_groups, np.inf), budget),
        np.zeros(n_sites + n_groups), high, np.arange(n_sites + n_groups) < n_sites, np.zeros(len(high), dtype=bool),
    )  # fmt: skip
