"""Columns and rows of evenness and of stations in reserve: (M14) to (M17) of ``docs/model.md``.

They are there only while an objective of evenness is pursued or kept, or a second station in reach is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem

if TYPE_CHECKING:
    from planner.locate.engine import Floats
    from planner.locate.model import Columns, Layout

FREE = np.inf
P90 = (9, 10)
"""Share of the people covered that the 90th percentile speaks of, as a fraction."""


class Rows(Protocol):
    """Rows being collected, as `planner.locate.model` does."""

    def open(self, count: int, low: float | Floats, high: float | Floats) -> Ints:
        """Add empty rows and return their numbers."""

    def put(self, row: Ints, column: Columns, value: float | Ints | Floats) -> None:
        """Add entries; those whose column is -1 are dropped."""


def carries(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Access pair × tier: whether the site may open at the tier and one such station can carry the village alone."""
    tier = np.arange(1, N_TIERS + 1)
    may_open = problem.max_tier[problem.access_site][:, None] >= tier[None, :]
    demand = problem.demand_centiparcels[problem.access_village]
    return np.asarray(may_open & (demand[:, None] <= problem.capacity_centiparcels[None, :]))


def near_enough(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Access pairs that may become assignments under the limit on distance (M14)."""
    if problem.farthest_m is None:
        return np.ones(len(problem.access_m), dtype=bool)
    return np.asarray(problem.access_m <= problem.farthest_m)


def fair_columns(
    problem: ThreeTierProblem, coverable: NDArray[np.bool_], listed: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which villages may count as near (M15) or as having a second station (M17), and points that need a column.

    A point modelled by its sets has no column of its own that says that it stands; a second station needs one.
    """
    near, second = np.zeros((2, problem.n_villages), dtype=bool)
    stands = np.zeros(problem.n_sites, dtype=bool)
    if problem.near_m is not None:
        near[problem.access_village[problem.access_m <= problem.near_m]] = True
        near &= coverable
    if problem.backup_villages:
        pairs = carries(problem).any(axis=1)
        second = coverable & (np.bincount(problem.access_village[pairs], minlength=problem.n_villages) > 1)
        stands = listed.copy()
    return near, second, stands


def near_rows(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M15) Nine tenths of the people covered are served within the distance."""
    if problem.near_m is None:
        return
    pairs = problem.access_m <= problem.near_m
    number = rows.open(problem.n_villages, -FREE, 0)
    village = problem.access_village
    rows.put(number, layout.near, 1)
    rows.put(number[village], np.where(pairs, layout.serve, -1), -1)
    sets = pairs[layout.pattern_pair]
    rows.put(number[village[layout.pattern_pair[sets]]], layout.pattern_column[sets], -1)
    number = rows.open(problem.n_villages, -FREE, 0)
    rows.put(number, layout.near, 1)
    rows.put(number, np.where(layout.near >= 0, layout.covered, -1), -1)
    share = rows.open(1, 0, FREE)
    rows.put(share, layout.near, P90[1] * problem.population)
    rows.put(share, layout.covered, -P90[0] * problem.population)


def township_rows(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M16) Every township has as many villages covered as its share asks for."""
    if problem.least_covered is None or problem.village_township is None:
        return
    number = rows.open(len(problem.least_covered), problem.least_covered.astype(float), FREE)
    rows.put(number[problem.village_township], layout.covered, 1)


def second_rows(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M17) A village has a second station: it is covered, and two stations stand that can carry it."""
    if not problem.backup_villages:
        return
    kept = layout.second >= 0
    number = rows.open(problem.n_villages, -FREE, 0)
    rows.put(number, layout.second, 1)
    rows.put(number, np.where(kept, layout.covered, -1), -1)
    number = rows.open(problem.n_villages, -FREE, 0)
    rows.put(number, layout.second, 1)
    rows.put(number, np.where(kept, layout.covered, -1), 1)
    carried, village, site = carries(problem), problem.access_village, problem.access_site
    for tier in range(1, N_TIERS + 1):
        column = np.full(problem.n_sites, -1)
        opening = layout.opening(tier)
        opening = opening[~layout.by_itself[opening]]
        column[layout.open_site[opening]] = opening
        if tier == 1:
            column = np.where(layout.stands >= 0, layout.stands, column)
        rows.put(number[village], np.where(carried[:, tier - 1] & kept[village], column[site], -1), -1)
    number = rows.open(problem.n_sites, -FREE, 0)
    rows.put(number, layout.stands, 1)
    sets = np.flatnonzero(layout.by_itself)
    sets = sets[layout.stands[layout.open_site[sets]] >= 0]
    rows.put(number[layout.open_site[sets]], sets, -1)
    if kept.sum() > problem.backup_villages:
        rows.put(rows.open(1, -FREE, problem.backup_villages), layout.second, 1)


def with_second(problem: ThreeTierProblem, tier: Ints, station: Ints) -> NDArray[np.bool_]:
    """Villages that are served and have a further open station within the radius that can carry them."""
    open_tier = tier[problem.access_site]
    demand = problem.demand_centiparcels[problem.access_village]
    room = np.concatenate([[-1], problem.capacity_centiparcels])[open_tier]
    usable = (open_tier > 0) & (demand <= room)
    stations = np.bincount(problem.access_village[usable], minlength=problem.n_villages)
    return np.asarray((station >= 0) & (stations > 1))
