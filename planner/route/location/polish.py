"""The best plan of the depots that are open, made of routes already met: set partitioning.

    minimise Σ_r c_r x_r   subject to   Σ_{r ∋ i} x_r = 1 for every customer i,
    Σ_{r of d} q_r x_r ≤ K_d for every open depot d,   x ∈ {0, 1}

The linear relaxation is solved first; a route whose reduced cost exceeds the distance between relaxation and best known
plan is in no better plan of these routes, and HiGHS chooses among the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.plan import Ground, Pool, Routes
from planner.route.problem import IntArray

NEWEST: Final = 20_000
"""So many routes are looked at, those met last."""
MOST_COLUMNS: Final = 3_000
"""So many routes of least reduced cost are chosen among."""
MOST_NODES: Final = 60
"""Nodes of HiGHS' search without a time limit: a count, so that runs repeat."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Routes of open depots as columns: cost, and the rows of the model. ``cover`` customers × routes, ``loads``."""

    entries: IntArray
    cost: Floats
    cover: Any
    loads: Any

    @classmethod
    def of(cls, ground: Ground, pool: Pool, opened: list[int]) -> _Columns:
        from scipy.sparse import csc_array

        problem = ground.problem
        facts = pool.facts[: int(pool.count[0])]
        entries = np.flatnonzero(np.isin(facts[:, 1], opened))[-NEWEST:]
        sizes = pool.at[entries + 1] - pool.at[entries]
        rows = np.repeat(pool.at[entries] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        customers = pool.stops[rows + np.arange(int(sizes.sum()))].astype(np.int64) - problem.n_depots
        column = np.repeat(np.arange(entries.size), sizes)
        cover = csc_array((np.ones(column.size), (customers, column)), shape=(problem.n_customers, entries.size))
        load = np.bincount(column, weights=problem.demand[customers].astype(np.float64), minlength=entries.size)
        where = (facts[entries, 1], np.arange(entries.size))
        loads = csc_array((load, where), shape=(problem.n_depots, entries.size))
        return cls(entries, facts[entries, 0].astype(np.float64), cover, loads)

    def take(self, which: IntArray) -> _Columns:
        """Only the columns ``which``."""
        return _Columns(self.entries[which], self.cost[which], self.cover[:, which], self.loads[:, which])


def best_of_pool(ground: Ground, pool: Pool, known: Routes, known_cost: int, time_s: float | None) -> Routes | None:
    """A plan of the same depots, or fewer, cheaper than ``known`` and made of the pool's routes; None: none found."""
    pool.add(ground, known)
    opened = sorted({depot for depot, _ in known})
    cost_to_beat = float(known_cost - int(ground.problem.depot_cost[opened].sum()))
    columns = _Columns.of(ground, pool, opened)
    relaxed = _relax(ground, columns, time_s)
    if relaxed is None:
        return None
    bound, reduced = relaxed
    order = np.argsort(reduced, kind="stable")[:MOST_COLUMNS]
    near = columns.take(np.sort(order[reduced[order] <= cost_to_beat - bound + 1e-6]))
    picked = _choose(ground, near, cost_to_beat, time_s)
    return None if picked is None else tuple(pool.route(int(entry)) for entry in picked)


def _relax(ground: Ground, columns: _Columns, time_s: float | None) -> tuple[float, Floats] | None:
    """Value of the linear relaxation, and the reduced cost of every route."""
    from scipy.optimize import linprog

    problem = ground.problem
    cost: Any = columns.cost
    options: Any = {} if time_s is None else {"time_limit": max(0.1, time_s)}
    answer: Any = linprog(
        cost,
        A_ub=columns.loads,
        b_ub=problem.depot_capacity.astype(np.float64),
        A_eq=columns.cover,
        b_eq=np.ones(problem.n_customers),
        method="highs-ds",
        options=options,
    )
    if answer.status != 0:
        return None
    prices, rates = answer.eqlin.marginals, answer.ineqlin.marginals
    return float(answer.fun), columns.cost - columns.cover.T @ prices - columns.loads.T @ rates


def _choose(ground: Ground, columns: _Columns, cost_to_beat: float, time_s: float | None) -> IntArray | None:
    """Entries of the cheapest plan found that costs less than ``cost_to_beat``."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    count = columns.cost.size
    if count == 0:
        return None
    limit = {"node_limit": MOST_NODES} if time_s is None else {"time_limit": max(0.1, time_s)}
    options: Any = {"mip_rel_gap": 0.0, **limit}
    answer = milp(
        columns.cost,
        integrality=np.ones(count, np.int64),
        bounds=Bounds(0.0, 1.0),
        constraints=[
            LinearConstraint(columns.cover, 1.0, 1.0),
            LinearConstraint(columns.loads, -np.inf, ground.problem.depot_capacity.astype(np.float64)),
        ],
        options=options,
    )
    if answer.x is None or float(columns.cost @ np.rint(answer.x)) > cost_to_beat - 0.5:
        return None
    return columns.entries[np.flatnonzero(answer.x > 0.5)]
