"""Better solutions from one at hand: everything stays as it is but for a few neighbouring sites, which are solved anew.

A window search (large neighbourhood search, Shaw 1998) for a stage whose proof takes long. It proves nothing: its
value only tells the exact search which columns can still matter (``docs/model.md`` R12). Windows end by a count of
nodes and not by a clock, so that a run repeats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.engine import Bools, Columns, Deadline, Floats, MatrixModel, Relaxation, minimise
from planner.locate.problem import Ints

WINDOW_SITES = 25
"""Sites that a window frees: those nearest to its middle by road."""
WORTHWHILE = 0.01
"""Columns whose use would raise the bound by more than this share of it stay out of a window."""
NODES = 5
"""Branch and bound nodes spent on a window."""
SWEEPS = 2
SHARE_OF_TIME = 0.4
"""Most of the time left that is spent here when there is a limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the columns of the whole model stand.

    ``site`` is the site a column opens or serves from (-1 for other columns), ``opens`` whether it opens it.
    ``near`` lists for each site the sites around it, itself first, nearest first; shape (sites, `WINDOW_SITES`), -1
    where there are fewer.
    """

    site: Ints
    opens: Bools
    near: Ints

    def of(self, columns: Columns) -> Places:
        """The same for some of the columns."""
        return Places(self.site[columns], self.opens[columns], self.near)


def nearest_sites(n_sites: int, parent: Ints, child: Ints, length_m: Ints) -> Ints:
    """`Places.near` from pairs of sites and the road metres between them."""
    near = np.full((n_sites, WINDOW_SITES), -1, dtype=np.int64)
    near[:, 0] = np.arange(n_sites)
    apart = parent != child
    parent, child, length_m = parent[apart], child[apart], length_m[apart]
    order = np.lexsort((child, length_m, parent))
    rank = np.arange(len(order)) - np.searchsorted(parent[order], parent[order]) + 1
    kept = rank < WINDOW_SITES
    near[parent[order[kept]], rank[kept]] = child[order[kept]]
    return near


def polish(
    model: MatrixModel,
    objective: Floats,
    point: Floats,
    *,
    places: Places,
    relaxed: Relaxation,
    deadline: Deadline,
    seed: int,
) -> Floats:
    """A 0/1 point of the model that is no worse than the 0/1 point given; all over the model's columns."""
    left_s = deadline.left_s()
    own = Deadline(None if left_s is None else left_s * SHARE_OF_TIME)
    worthwhile = relaxed.raised <= WORTHWHILE * max(1.0, abs(relaxed.bound))
    nowhere = np.zeros(len(point), dtype=bool)
    point = _anew(model, objective, point, _at_open_sites(point, places) & worthwhile, nowhere, own, seed)
    for _ in range(SWEEPS):
        before = float(objective @ point)
        for middle in np.unique(places.site[(point > 0.5) & places.opens]).tolist():
            inside = np.isin(places.site, places.near[middle][places.near[middle] >= 0])
            free = inside | (~places.opens & _at_open_sites(point, places))
            settled = (point > 0.5) & places.opens & ~inside
            point = _anew(model, objective, point, free & worthwhile, settled, own, seed)
            if own.passed:
                return point
        if float(objective @ point) >= before:
            break
    return point


def _at_open_sites(point: Floats, places: Places) -> Bools:
    """Columns that open, or serve from, a site that the point opens."""
    return np.isin(places.site, places.site[(point > 0.5) & places.opens])


def _anew(  # noqa: PLR0917 (a stage's problem and its window)
    model: MatrixModel, objective: Floats, point: Floats, free: Bools, settled: Bools, deadline: Deadline, seed: int
) -> Floats:
    """The best found over the columns ``free`` and those that are 1; the columns ``settled`` stay 1."""
    window = np.flatnonzero(free | (point > 0.5))
    part = model.with_bounds(np.where(settled, 1.0, model.low), model.high).take(window)
    outcome = minimise(part, objective[window], deadline=deadline, seed=seed, nodes=NODES)
    if outcome.values is None:
        return point
    found = np.zeros_like(point)
    found[window] = np.round(outcome.values)
    return found if objective @ found < objective @ point else point
