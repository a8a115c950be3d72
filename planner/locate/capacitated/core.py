"""Capacitated location with one site a demand: cores of cheap columns, solved by HiGHS (``docs/model.md`` §11.4)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.arguments import common_step
from planner.locate.capacitated.kernels import Bytes, Floats, Ints
from planner.locate.capacitated.problem import Bools, Capacitated
from planner.locate.capacitated.search import ROOT_ROUNDS, CapacitatedSearch
from planner.locate.engine import Deadline, MatrixModel, Outcome, minimise

FIRST_GUESS = 0.01
"""The first core holds what the prices allow in solutions this share above the bound; each later one four times it."""
FINEST = 1e-8
"""Costs are handed over in units of at least this share of the bound: solvers distinguish no finer."""


class SingleSource:
    """One site per demand. ``opened`` and ``chosen`` (entry of each demand) are None until something is found."""

    def __init__(self, problem: Capacitated, given: Bytes, deadline: Deadline, seed: int) -> None:
        self.problem, self.deadline, self.seed = problem, deadline, seed
        self.relaxed = CapacitatedSearch(problem, given, deadline)
        self.given = given
        self.opened: Bools | None = None
        self.chosen: Ints | None = None
        self.value, self.bound = np.inf, -np.inf
        self.infeasible = False

    def run(self) -> bool:
        """Solve growing cores until one holds every column that a better solution could use."""
        state, dual = self.given.copy(), self.relaxed.first_prices()
        self.relaxed.ascend_and_try(state, dual, ROOT_ROUNDS)
        priced = self.problem.priced(state, dual)
        if not np.isfinite(priced.bound):
            self.infeasible = True
            return True
        self.bound = priced.bound
        penalty = self._entry_penalty(dual, priced.penalty * (priced.taken < 1.0))
        guess = FIRST_GUESS * abs(priced.bound) + 1e-9
        while not self.deadline.passed:
            allowed = (penalty <= guess) & (state[self.problem.site] >= 0)
            whole = bool((allowed == (state[self.problem.site] >= 0)).all())
            limit = priced.bound + guess
            outcome, unit = self._solve(np.flatnonzero(allowed), state)
            if outcome.bound is not None:
                floor = outcome.bound * unit
                self.bound = max(self.bound, floor if whole else min(floor, limit))
            if outcome.infeasible and whole:
                self.infeasible = True
                return True
            if outcome.proven and (whole or self.value <= limit):
                self.bound = self.value
                return True
            if not outcome.proven and not outcome.infeasible:
                return False
            guess *= 4
        return False

    def _entry_penalty(self, dual: Floats, site_penalty: Floats) -> Floats:
        """By how much serving a demand from a site raises the bound: its cost beyond the price of what is served."""
        problem = self.problem
        over = problem.col_cost - dual[problem.col_demand]
        penalty = np.zeros(len(over))
        for j in range(len(problem.capacity)):
            part = slice(problem.col_at[j], problem.col_at[j + 1])
            gain, load = over[part], problem.demand[problem.col_demand[part]]
            rate = gain / np.maximum(load, 1e-12)
            order = np.argsort(rate, kind="stable")
            reached = np.cumsum(np.where(gain < 0, load, 0.0)[order])
            full = np.flatnonzero(reached > problem.capacity[j])
            edge = rate[order[full[0]]] if len(full) else 0.0
            penalty[part] = np.maximum(gain - edge * load, 0.0) + site_penalty[j]
        return penalty

    def _solve(self, entries: Ints, state: Bytes) -> tuple[Outcome, float]:
        """Hand a core over; keeps its solution if it is the best."""
        problem = self.problem
        sites = np.flatnonzero(state >= 0)
        model = _model(problem, entries, sites, state)
        costs = np.concatenate([problem.fixed[sites], problem.col_cost[entries]])
        unit = max(common_step(costs), FINEST * max(abs(self.bound), 1e-300))
        outcome = minimise(model, costs / unit, deadline=self.deadline, seed=self.seed, solver="highs")
        if outcome.values is not None:
            on = outcome.values > 0.5
            chosen = entries[on[len(sites) :]]
            opened = np.zeros(len(problem.capacity), dtype=bool)
            opened[sites[on[: len(sites)]]] = True
            value = float(problem.fixed[opened].sum() + problem.col_cost[chosen].sum())
            if value < self.value:
                self.value, self.opened = value, opened
                self.chosen = chosen[np.argsort(problem.col_demand[chosen], kind="stable")]
        return outcome, unit


def _model(problem: Capacitated, entries: Ints, sites: Ints, state: Bytes) -> MatrixModel:
    """Rows: each demand once; loads within capacity; served only from open sites; enough size open."""
    n_demands, n_sites, count = len(problem.demand), len(sites), len(entries)
    place = np.zeros(len(problem.capacity), dtype=np.int64)
    place[sites] = np.arange(n_sites)
    demand, site = problem.col_demand[entries].astype(np.int64), place[problem.site[entries]]
    x, rows, columns, data = n_sites + np.arange(count), [], [], []
    load, link, last = n_demands, n_demands + n_sites, n_demands + n_sites + count
    for row, column, value in (
        (demand, x, np.ones(count)),
        (load + site, x, problem.demand[demand]),
        (load + np.arange(n_sites), np.arange(n_sites), -problem.capacity[sites]),
        (link + np.arange(count), x, np.ones(count)),
        (link + np.arange(count), site, -np.ones(count)),
        (np.full(n_sites, last), np.arange(n_sites), problem.size[sites]),
    ):
        rows.append(row)
        columns.append(column)
        data.append(value)
    total = n_sites + count
    matrix = csr_array(
        coo_array((np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=(last + 1, total))
    )
    low = np.concatenate([np.ones(n_demands), np.full(n_sites + count, -np.inf), [problem.need * (1 - 1e-9)]])
    high = np.concatenate([np.ones(n_demands), np.zeros(n_sites + count), [np.inf]])
    least = np.concatenate([(state[sites] == 1).astype(float), np.zeros(count)])
    return MatrixModel(
        matrix, low, high, least, np.ones(total), np.ones(total, dtype=bool), np.zeros(total, dtype=bool)
    )
