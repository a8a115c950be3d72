"""Loads of a village point: every set of villages that one point can carry within its capacity.

A point that carries a few villages at most is modelled by the sets it can carry instead of by a capacity row:
the linear relaxation of the set form is far tighter (Dantzig-Wolfe; ``docs/model.md`` R6), and all sets can be
listed because a point's capacity is worth a handful of villages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.rules.volume import may_stand_idle, sets_large_enough

SETS_PER_SITE = 1_024
"""More sets than this at one site: its capacity stays a row of the matrix."""


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """All sets of villages that fit a point, for the sites in ``listed``; the empty one only where it may stand idle.

    Set ``s`` stands at ``site[s]`` and holds the access pairs ``pair[indptr[s]:indptr[s + 1]]``; ``maximal[s]``
    says that no further village of the site fits in, ``larger[s]`` is a maximal set that holds it (itself if maximal).
    """

    site: Ints
    indptr: Ints
    pair: Ints
    maximal: NDArray[np.bool_]
    larger: Ints
    listed: NDArray[np.bool_]


def list_patterns(problem: ThreeTierProblem, usable: NDArray[np.bool_], *, limit: int = SETS_PER_SITE) -> Patterns:
    """List the sets of every site that may be a point; ``usable`` marks access pairs a point may serve.

    A point that may stand idle (`may_stand_idle`) has the empty set among its sets, the last and never maximal.
    Sites whose capacity cannot bind, and sites with more than ``limit`` sets, are not listed.
    """
    capacity = int(problem.capacity_centiparcels[0])
    idle = may_stand_idle(problem)
    order = np.flatnonzero(usable)
    order = order[np.argsort(problem.access_site[order], kind="stable")]
    sites, starts = np.unique(problem.access_site[order], return_index=True)
    listed = np.zeros(problem.n_sites, dtype=bool)
    site: list[Ints] = []
    pair: list[Ints] = []
    size: list[Ints] = []
    maximal: list[NDArray[np.bool_]] = []
    larger: list[Ints] = []
    count = 0
    for j, pairs in zip(sites.tolist(), np.split(order, starts)[1:], strict=True):
        demand = problem.demand_centiparcels[problem.access_village[pairs]]
        if demand.sum() <= capacity:
            continue  # capacity cannot bind: assigning villages one by one is just as tight
        members, full = sets_within(demand, capacity, limit)
        if members is None:
            continue
        enough = sets_large_enough(problem, j, members @ demand)
        members, full = members[enough], full[enough]
        if idle[j]:
            members = np.concatenate([members, np.zeros((1, len(demand)), dtype=bool)])
            full = np.append(full, False)
        listed[j] = True
        row, column = np.nonzero(members)
        pair.append(pairs[column])
        size.append(np.bincount(row, minlength=len(members)))
        site.append(np.full(len(members), j))
        maximal.append(full)
        larger.append(count + _larger(members, full))
        count += len(members)
    empty = np.zeros(0, dtype=np.int64)
    sizes = np.concatenate([empty, *size])
    return Patterns(
        np.concatenate([empty, *site]), np.concatenate([[0], np.cumsum(sizes)]), np.concatenate([empty, *pair]),
        np.concatenate([np.zeros(0, dtype=bool), *maximal]), np.concatenate([empty, *larger]), listed,
    )  # fmt: skip


def sets_within(demand: Ints, capacity: int, limit: int) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_]]:
    """Set × village membership of the sets within ``capacity``, and which are maximal; None beyond ``limit``."""
    order = np.argsort(-demand, kind="stable")
    members = np.zeros((1, len(demand)), dtype=bool)
    load = np.zeros(1, dtype=np.int64)
    for position in order.tolist():
        fits = load + demand[position] <= capacity
        grown = members[fits]
        grown[:, position] = True
        members = np.concatenate([members, grown])
        load = np.concatenate([load, load[fits] + demand[position]])
        if len(members) > limit:
            return None, np.zeros(0, dtype=bool)
    spare = np.where(members, np.iinfo(np.int64).max, demand[None, :]).min(axis=1, initial=np.iinfo(np.int64).max)
    return members[1:], (spare > capacity - load)[1:]


def _larger(members: NDArray[np.bool_], full: NDArray[np.bool_]) -> Ints:
    """For each set (row) the number of a maximal one that holds it, its own when there is none."""
    maximal = np.flatnonzero(full)
    if not len(maximal):
        return np.arange(len(full))
    beyond = members.astype(np.float32) @ (~members[maximal]).T.astype(np.float32)
    return np.asarray(np.where(full, np.arange(len(full)), maximal[(beyond == 0).argmax(axis=1)]))
