"""A first plan where the depots are so full that the search finds none: give each customer a depot, one route each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.route.location.plan import Bools, Routes
from planner.route.location.problem import LocationRoutingProblem

DETERMINISTIC_LIMIT: Final = 20.0
"""CP-SAT's own measure of work, about seconds on one core: a count, so that runs repeat."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Routes of one customer each within the depots' capacities (None: none found), and whether none can exist."""

    routes: Routes | None
    impossible: bool


def pack(problem: LocationRoutingProblem, reachable: Bools, time_s: float | None) -> Packed:
    """Cheapest depots and customers' depots by their round trips, vehicles' loads left out of account.

    ``reachable`` is depots × customers: whether the depot can serve the customer at all.
    """
    from ortools.sat.python import cp_model

    m, n = problem.n_depots, problem.n_customers
    model = cp_model.CpModel()
    opened = [model.new_bool_var("") for _ in range(m)]
    served = {(d, c): model.new_bool_var("") for d in range(m) for c in range(n) if reachable[d, c]}
    for c in range(n):
        model.add_exactly_one([served[d, c] for d in range(m) if reachable[d, c]])
    for d in range(m):
        mine = [(c, served[d, c]) for c in range(n) if reachable[d, c]]
        load = sum(int(problem.demand[c]) * variable for c, variable in mine)
        model.add(load <= int(problem.depot_capacity[d]) * opened[d])
    trips = problem.distance[:m, m:] + problem.distance[m:, :m].T
    share = problem.demand / max(1, problem.vehicle_capacity)
    rate = np.rint(trips * share[None]).astype(np.int64)
    model.minimize(
        sum(int(problem.depot_cost[d]) * opened[d] for d in range(m))
        + sum(int(rate[d, c]) * variable for (d, c), variable in served.items())
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.relative_gap_limit = 0.02
    solver.parameters.max_deterministic_time = DETERMINISTIC_LIMIT
    if time_s is not None:
        solver.parameters.max_time_in_seconds = max(1.0, time_s)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Packed(None, impossible=status == cp_model.INFEASIBLE)
    return Packed(tuple((d, (m + c,)) for (d, c), variable in served.items() if solver.boolean_value(variable)), False)
