"""What branching left open, solved by HiGHS: one-echelon location with one site a demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.echelons.kernels import Floats, Ints
from planner.locate.echelons.problem import Bools, Echelon
from planner.locate.engine import Deadline, MatrixModel, minimise

FINEST = 1e-8
"""Costs are handed over in units of at least this share of the value sought: solvers distinguish no finer."""


@dataclass(frozen=True, slots=True, eq=False)
class CoreAnswer:
    """The best solution (None without one), a true bound or None, and whether the search ended by proof."""

    opened: Bools | None
    site_of: Ints | None
    value: float
    bound: float | None
    proven: bool


def solve_core(part: Echelon, enough: float, step: float, deadline: Deadline, seed: int) -> CoreAnswer:
    """Solve a one-echelon problem whole, looking only for values up to ``enough``."""
    model, costs, out = _model(part)
    unit = max(step, FINEST * (enough if np.isfinite(enough) else float(costs.sum())), 1e-300)
    if np.isfinite(enough):
        model = model.with_rows(csr_array((costs / unit)[None]), -np.inf, enough / unit)
    outcome = minimise(model, costs / unit, deadline=deadline, seed=seed, solver="highs")
    proven = outcome.proven or outcome.infeasible
    bound = None if outcome.bound is None else outcome.bound * unit
    if outcome.values is None:
        return CoreAnswer(None, None, np.inf, bound, proven)
    n_sites, n_ways = len(part.site), len(part.col_cost)
    on = outcome.values > 0.5
    opened, used, left = on[:n_sites], on[n_sites : n_sites + n_ways], on[n_sites + n_ways :]
    site_of = np.full(len(part.demand), -1)
    site_of[part.col_demand[used]] = part.way_site[used]
    value = part.fixed[opened].sum() + part.col_cost[used].sum() + part.unserved[out[left]].sum()
    return CoreAnswer(opened, site_of, float(value), bound, proven)


def _model(part: Echelon) -> tuple[MatrixModel, Floats, Ints]:
    """Rows: each demand once or left out; loads; served only from open sites; an open site in every group."""
    n_demands, n_sites, n_ways = len(part.demand), len(part.site), len(part.col_cost)
    out = np.flatnonzero(np.isfinite(part.unserved))
    site, x = part.way_site, n_sites + np.arange(n_ways)
    load, link, group = n_demands, n_demands + n_sites, n_demands + n_sites + n_ways
    grouped = np.flatnonzero(part.group >= 0)
    blocks = (
        (part.col_demand.astype(np.int64), x, np.ones(n_ways)),
        (out, n_sites + n_ways + np.arange(len(out)), np.ones(len(out))),
        (load + site, x, part.demand[part.col_demand]),
        (load + np.arange(n_sites), np.arange(n_sites), -part.capacity),
        (link + np.arange(n_ways), x, np.ones(n_ways)),
        (link + np.arange(n_ways), site, -np.ones(n_ways)),
        (group + part.group[grouped], grouped, np.ones(len(grouped))),
    )
    row, column, data = (np.concatenate([block[q] for block in blocks]) for q in range(3))
    total = n_sites + n_ways + len(out)
    matrix = csr_array(coo_array((data, (row, column)), shape=(group + len(part.least), total)))
    low = np.concatenate([np.ones(n_demands), np.full(n_sites + n_ways, -np.inf), part.least])
    high = np.concatenate([np.ones(n_demands), np.zeros(n_sites + n_ways), part.most])
    least = np.concatenate([(part.state == 1).astype(float), np.zeros(n_ways + len(out))])
    costs = np.concatenate([part.fixed, part.col_cost, part.unserved[out]])
    whole = np.ones(total, dtype=bool)
    return MatrixModel(matrix, low, high, least, np.ones(total), whole, ~whole), costs, out
