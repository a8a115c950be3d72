"""Choosing among listed routes: the set-partitioning model, solved to a proof.

    minimise Σ cost_r x_r + M Σ u_s   subject to   Σ_{r ∋ s} x_r + u_s = 1 for every stop s,
                                                   Σ_{r of type t} x_r ≤ count_t,   x, u ∈ {0, 1}

M is larger than any two plans' costs differ, so stops are left out only when they must be; where every stop
can go alone and no fleet is limited, u is left out of the model. The search branches on how many vehicles of
each type are used, which is what the tightened relaxation (`planner.route.relaxation`) leaves fractional most
often, then on whether two stops share a route (Ryan and Foster 1981). Columns whose reduced cost exceeds
the gap can't be in a better plan; CP-SAT chooses among the few that remain. Few stops and an unlimited fleet
take a shorter way to the same proof (`planner.route.subset_programme`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.route.columns import Columns
from planner.route.problem import IntArray, RoutingProblem
from planner.route.relaxation import Master, Relaxed, Row
from planner.route.shifts import ShiftColumns
from planner.route.subset_programme import MOST_WORK, choose_by_subsets, subset_work

AnyColumns = Columns | ShiftColumns

FEW_COLUMNS: Final = 120
MOST_COLUMNS: Final = 1500
MOST_NODES: Final = 100
MOST_SERVED: Final = 400_000
MOST_SERVED_LONG: Final = 60_000
"""Stops summed over all columns, where routes are short or long beside the whole."""
LEAST_FRACTION: Final = 1e-4
DETERMINISTIC_LIMIT: Final = 1.0
"""CP-SAT's own measure of work for one choice, about seconds on one core: a count, so runs repeat exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Columns chosen (indices), a bound on their cost plus M for each stop left out, and whether it is proven."""

    columns: tuple[int, ...]
    bound: int
    left_out_cost: int
    proven: bool


def cheapest_by_set(problem: RoutingProblem, columns: AnyColumns) -> AnyColumns:
    """For every set of stops the cheapest column, where the fleet is unlimited; else ``columns`` as they are."""
    if _limited_types(problem):
        return columns
    order = np.lexsort((columns.vehicle_type, columns.cost, columns.mask))
    mask = columns.mask[order]
    return columns.take(order[np.r_[True, mask[1:] != mask[:-1]]] if order.size else order)


def choose_columns(problem: RoutingProblem, columns: AnyColumns, *, patient: bool = True) -> Chosen | None:
    """The cheapest set of ``columns`` that serves every stop that can be served, each once. Deterministic.

    None when not ``patient`` and the choice promises to take long.
    """
    n_stops = len(problem.stops)
    if n_stops == 0:
        return Chosen((), 0, 0, proven=True)
    left_out_cost = 1 + n_stops * int(columns.cost.max(initial=0))
    cover = (columns.mask >> np.arange(n_stops)[:, None]) & 1
    singles = cover[:, cover.sum(axis=0) == 1].any(axis=1)
    cost = columns.cost
    if _limited_types(problem) or not singles.all():
        cover = np.hstack([cover, np.eye(n_stops, dtype=np.int64)])
        cost = np.r_[cost, np.full(n_stops, left_out_cost)]
    mask = (cover << np.arange(n_stops)[:, None]).sum(axis=0)
    easy = _by_subsets(problem, columns, mask, cost, left_out_cost)
    if easy is not None:
        return easy
    if not patient and _takes_long(columns, n_stops):
        return None
    types = _type_rows(problem, columns, cost.size)
    limits = [Row(types[kind], limit) for kind, limit in _limited_types(problem).items()]
    search = _Search(Master(cost, cover), types, limits)
    search.run()
    chosen = tuple(int(column) for column in search.best if column < columns.size)
    return Chosen(chosen, search.bound, left_out_cost, search.bound == search.best_cost)


def choose_among_few(problem: RoutingProblem, columns: Columns, known: IntArray) -> Chosen:
    """The same by CP-SAT alone, for up to `MOST_COLUMNS` columns of which ``known`` make a plan of every stop."""
    cover = (columns.mask >> np.arange(len(problem.stops))[:, None]) & 1
    master = Master(columns.cost, cover)
    types = _type_rows(problem, columns, columns.size)
    limits = [Row(types[kind], limit) for kind, limit in _limited_types(problem).items()]
    found, proven = _choose_integer(master, limits, np.arange(columns.size), known)
    cost = int(columns.cost[found].sum())
    return Chosen(tuple(found.tolist()), cost if proven else 0, 0, proven)


def _takes_long(columns: AnyColumns, n_stops: int) -> bool:
    """Whether branch and bound had better be left alone: a guess from the number and length of the columns.

    Routes that take more than half the stops make the relaxation slow (118 linear programmes of 0.1 s for 13 stops).
    """
    served = ((columns.mask[:, None] >> np.arange(n_stops)) & 1).sum(axis=1)
    longest = int(served.max(initial=0))
    return bool(served.sum() > (MOST_SERVED if 2 * longest <= n_stops else MOST_SERVED_LONG))


def _by_subsets(
    problem: RoutingProblem, columns: AnyColumns, mask: IntArray, cost: IntArray, left_out_cost: int
) -> Chosen | None:
    """The cheapest plan of a fleet without end, if it keeps the fleet's limits: then it is the cheapest with them too.

    None when it doesn't, or when the dynamic programme is the wrong method.
    """
    order = np.lexsort((cost, mask))
    useful = order[np.r_[True, mask[order][1:] != mask[order][:-1]]]
    if subset_work(mask[useful], len(problem.stops)) > MOST_WORK:
        return None
    best = useful[list(choose_by_subsets(mask[useful], cost[useful], len(problem.stops)))]
    chosen = tuple(int(column) for column in best if column < columns.size)
    used = np.bincount(columns.vehicle_type[list(chosen)], minlength=len(problem.vehicle_types))
    if any(used[kind] > count for kind, count in _limited_types(problem).items()):
        return None
    return Chosen(chosen, int(cost[best].sum()), left_out_cost, proven=True)


def _limited_types(problem: RoutingProblem) -> dict[int, int]:
    """Vehicle types of which there may be too few, with how many there are."""
    return {
        kind: vehicle.count
        for kind, vehicle in enumerate(problem.vehicle_types)
        if vehicle.count is not None and vehicle.count < len(problem.stops)
    }


def _type_rows(problem: RoutingProblem, columns: AnyColumns, n_columns: int) -> IntArray:
    """Which columns use a vehicle of each type: 0/1, types × columns."""
    rows = np.zeros((len(problem.vehicle_types), n_columns), dtype=np.int64)
    for kind in range(len(problem.vehicle_types)):
        rows[kind, : columns.size] = columns.vehicle_type == kind
    return rows


class _Search:
    """Branch and bound, depth first, the child with the lower bound first."""

    def __init__(self, master: Master, types: IntArray, limits: list[Row]) -> None:
        self.master = master
        self.types = types
        self.limits = limits
        n_stops = master.n_stops
        alone = np.arange(master.cost.size - n_stops, master.cost.size) if limits else _alone(master)
        self.best = alone
        self.best_cost = int(master.cost[alone].sum())
        self.bound = 0
        self._nodes = 0

    def run(self) -> None:
        """Solve from the root; afterwards ``best`` is the best plan and ``bound`` a true bound on every plan."""
        fewest = self.master.fewest_routes(self.limits)
        rows = [*self.limits, Row(-np.ones_like(self.master.cost), -fewest)]
        rows, relaxed = self.master.cut(rows, self.best_cost)
        if relaxed is None:
            raise RuntimeError("the routing model has no solution, though every stop may be left out")
        self.bound = min(self._explore(rows, relaxed), self.best_cost)

    def _explore(self, rows: list[Row], relaxed: Relaxed | None) -> int:
        """A bound on every plan below this node; at least ``best_cost`` when none is better."""
        self._nodes += 1
        if relaxed is None or relaxed.bound >= self.best_cost:
            return self.best_cost
        spill = min(0, int(relaxed.reduced.min()))
        self._choose(np.argsort(relaxed.reduced, kind="stable")[:FEW_COLUMNS])
        near = np.flatnonzero(relaxed.bound + relaxed.reduced - spill < self.best_cost)
        split = self._fractional(relaxed)
        if near.size <= FEW_COLUMNS or split is None or self._nodes >= MOST_NODES:
            proven = near.size == 0 or (near.size <= MOST_COLUMNS and self._choose(near))
            return self.best_cost if proven else min(relaxed.bound, self.best_cost)
        row, count = split
        children = []
        for child in (Row(row, count), Row(-row, -count - 1)):
            child_rows, child_relaxed = self.master.cut([*rows, child], self.best_cost)
            children.append((child_relaxed.bound if child_relaxed else self.best_cost, child_rows, child_relaxed))
        children.sort(key=lambda child: child[0])
        return min(self._explore(child_rows, child_relaxed) for _, child_rows, child_relaxed in children)

    def _fractional(self, relaxed: Relaxed) -> tuple[IntArray, int] | None:
        """The type, or all types together, whose number of vehicles is most fractional, and that number's floor."""
        candidates = [self.types.sum(axis=0), *self.types]
        numbers = [float(row @ relaxed.x) for row in candidates]
        fractions = [min(number - np.floor(number), np.ceil(number) - number) for number in numbers]
        most = int(np.argmax(fractions))
        if fractions[most] >= LEAST_FRACTION:
            return candidates[most], int(np.floor(numbers[most]))
        return self._shared_or_not(relaxed)

    def _shared_or_not(self, relaxed: Relaxed) -> tuple[IntArray, int] | None:
        """The pair of stops of which it is least clear whether they share a route."""
        used = np.flatnonzero(relaxed.x > 1e-9)
        cover = self.master.cover[:, used]
        together = np.triu((cover * relaxed.x[used]) @ cover.T, k=1)
        first, second = np.unravel_index(int(np.argmin(np.abs(together - 0.5))), together.shape)
        if abs(together[first, second] - 0.5) > 0.5 - LEAST_FRACTION:
            return None
        return self.master.cover[first] * self.master.cover[second], 0

    def _choose(self, among: IntArray) -> bool:
        """Look for a better plan made of the columns ``among``; whether it is proven that none is left there."""
        columns = np.union1d(among, self.best)
        found, proven = _choose_integer(self.master, self.limits, columns, self.best)
        cost = int(self.master.cost[found].sum())
        if cost < self.best_cost:
            self.best, self.best_cost = found, cost
        return proven


def _alone(master: Master) -> IntArray:
    """The plan that serves every stop by itself, or leaves it out: the cheapest single column of each.

    Only where no fleet is limited.
    """
    single = np.flatnonzero(master.cover.sum(axis=0) == 1)
    stop = master.cover[:, single].argmax(axis=0)
    order = np.lexsort((single, master.cost[single], stop))
    first = np.r_[True, stop[order][1:] != stop[order][:-1]]
    return np.sort(single[order][first])


def _choose_integer(master: Master, limits: list[Row], columns: IntArray, hint: IntArray) -> tuple[IntArray, bool]:
    """The best plan made of ``columns`` (which hold a plan, ``hint``), and whether it is proven best."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(columns.size)]
    for row in master.cover[:, columns]:
        model.add_exactly_one([taken[k] for k in np.flatnonzero(row)])
    for limit in limits:
        model.add(cp_model.LinearExpr.weighted_sum(taken, limit.coefficients[columns].tolist()) <= limit.limit)
    model.minimize(cp_model.LinearExpr.weighted_sum(taken, master.cost[columns].tolist()))
    for variable, hinted in zip(taken, np.isin(columns, hint).tolist(), strict=True):
        model.add_hint(variable, hinted)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = DETERMINISTIC_LIMIT
    solver.parameters.relative_gap_limit = 0.0
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint, False
    picked = np.flatnonzero([solver.boolean_value(variable) for variable in taken])
    return columns[picked], status == cp_model.OPTIMAL
