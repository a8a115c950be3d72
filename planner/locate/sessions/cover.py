"""The three-tier model as far as coverage and cost go, in covering form: a column says which villages it covers.

Coverage and cost do not ask who serves whom. So where capacity cannot bind, an opening covers every village it may
serve, without a column for each pair; a point with listed loads has a column for each largest load (R6). Only sites
in ``paired`` keep pairs and a capacity row. That is a fraction of the rows and columns of `planner.locate.model`, with
the same optima (``docs/model.md`` R15).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.locate.engine import Bools, Columns
from planner.locate.model import Layout, _numbered, can_carry, openable
from planner.locate.patterns import SETS_PER_SITE, sets_within
from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem
from planner.locate.rules.cold import cold_columns
from planner.locate.rules.fair_rows import fair_columns

MOST_KEPT = 50_000
"""Sites whose loads are kept: many drags' worth."""


@dataclass(slots=True, eq=False)
class Loads:
    """The largest loads of points, kept between problems: a site whose villages have not changed is not listed anew.

    For a site, its villages' demands and a capacity: number and place of each entry of its largest loads, or None
    where there are too many to list.
    """

    known: dict[tuple[bytes, int], tuple[Ints, Ints] | None] = field(default_factory=dict)

    def largest(self, demand: Ints, capacity: int) -> tuple[Ints, Ints] | None:
        """The loads within ``capacity`` that nothing more fits into, as (load, position in ``demand``) pairs."""
        key = (demand.tobytes(), capacity)
        if key not in self.known:
            if len(self.known) >= MOST_KEPT:
                self.known.clear()
            members, full = sets_within(demand, capacity, SETS_PER_SITE)
            self.known[key] = None if members is None else tuple(np.nonzero(members[full]))  # type: ignore[assignment]
        return self.known[key]


@dataclass(frozen=True, slots=True, eq=False)
class CoverForm:
    """The layout of the covering form, and its sites whose capacity it leaves out.

    ``unlimited`` marks sites (site × tier) that may be given more villages than they carry: a plan that uses one has
    to be checked. Where none is overloaded the form is exact.
    """

    layout: Layout
    unlimited: Bools


def cover_form(problem: ThreeTierProblem, paired: Bools, loads: Loads) -> CoverForm:
    """The columns of the covering form; sites in ``paired`` keep pairs and capacity rows at tiers that can bind.

    Columns that cover villages by themselves come first, as the layout asks, and all are ``maximal``.
    """
    may_open = openable(problem)
    allowed = can_carry(problem) & may_open[problem.access_site]
    site = problem.access_site
    demand = problem.demand_centiparcels[problem.access_village]
    most = np.stack([np.bincount(site, demand * allowed[:, t], problem.n_sites) for t in range(N_TIERS)], axis=1)
    binding = may_open & (most > problem.capacity_centiparcels[None, :])
    listed = _listed(problem, allowed[:, 0], binding[:, 0], loads)
    binding[:, 0] &= ~listed.done
    by_pairs = binding & paired[:, None]
    whole_site, whole_tier, whole_pair, whole_column = _whole(allowed, may_open & ~by_pairs, listed.done, site)
    pair_site, pair_tier = np.nonzero(by_pairs)
    n_listed, n_whole = len(listed.site), len(whole_site)
    column = np.concatenate([listed.column, n_listed + whole_column])
    counts = np.bincount(column, minlength=n_listed + n_whole)
    start = n_listed + n_whole + len(pair_site)
    indptr = np.concatenate([[0], np.cumsum(counts), np.full(len(pair_site), len(column))])
    coverable = np.zeros(problem.n_villages, dtype=bool)
    coverable[problem.access_village[allowed.any(axis=1)]] = True
    share = problem.required_township_count < len(problem.required_townships)
    sharing = np.full(len(problem.required_townships), share)
    fair = fair_columns(problem, coverable, listed.done)
    by_pair: Bools = np.asarray((allowed & by_pairs[site]).any(axis=1))
    plain, start = _numbered((by_pair, coverable, sharing, *fair), start)
    serve, covered, counted, near, second, stands = plain
    none = np.full(len(problem.supply_m), -1, dtype=np.int64)
    layout = Layout(
        np.concatenate([listed.site, whole_site, pair_site]),
        np.concatenate([np.ones(n_listed, dtype=np.int64), whole_tier, pair_tier + 1]),
        indptr, np.concatenate([listed.pair, whole_pair]), n_listed + n_whole, np.ones(len(indptr) - 1, dtype=bool),
        np.arange(len(indptr) - 1),
        serve, covered, counted, near, second, stands, cold_columns(problem, may_open, start),
        none, none, none, none, start,
    )  # fmt: skip
    return CoverForm(layout, binding & ~by_pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """Listed loads: the site of each, the access pairs of each (by column, in order), and which sites have theirs."""

    site: Ints
    pair: Ints
    column: Ints
    done: Bools


def _listed(problem: ThreeTierProblem, usable: Bools, binding: Bools, loads: Loads) -> _Listed:
    """The largest loads of every point in ``binding`` that can be listed; ``usable`` marks pairs a point may serve."""
    order = np.flatnonzero(usable & binding[problem.access_site])
    order = order[np.argsort(problem.access_site[order], kind="stable")]
    demand = problem.demand_centiparcels[problem.access_village[order]]
    sites, starts = np.unique(problem.access_site[order], return_index=True)
    ends = np.searchsorted(problem.access_site[order], sites, side="right")
    done = np.zeros(problem.n_sites, dtype=bool)
    site: list[Ints] = [np.zeros(0, dtype=np.int64)]
    pair, column = list(site), list(site)
    count = 0
    for j, first, last in zip(sites.tolist(), starts.tolist(), ends.tolist(), strict=True):
        found = loads.largest(demand[first:last], int(problem.capacity_centiparcels[0]))
        if found is None:
            continue
        load, position = found
        n_loads = int(load[-1]) + 1
        done[j] = True
        site.append(np.full(n_loads, j))
        pair.append(order[first:last][position])
        column.append(count + load)
        count += n_loads
    return _Listed(np.concatenate(site), np.concatenate(pair), np.concatenate(column), done)


def _whole(allowed: Bools, may_open: Bools, listed: Bools, site: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Openings that cover all they may serve: site and tier of each, and the pairs of each, by column and in order."""
    opens = may_open.copy()
    opens[:, 0] &= ~listed
    tier, at = np.nonzero(opens.T)
    number = np.full(opens.T.shape, -1, dtype=np.int64)
    number[tier, at] = np.arange(len(at))
    pair_tier, pair = np.nonzero(allowed.T)
    column = number[pair_tier, site[pair]]
    kept = column >= 0
    order = np.argsort(column[kept], kind="stable")
    return at, tier + 1, pair[kept][order], column[kept][order]


def open_tiers(problem: ThreeTierProblem, layout: Layout, columns: Columns) -> NDArray[np.bool_]:
    """Site × tier (0 unused): whether one of ``columns`` opens the site at the tier."""
    opening = columns[columns < len(layout.open_site)]
    there = np.zeros((problem.n_sites, N_TIERS + 1), dtype=bool)
    there[layout.open_site[opening], layout.open_tier[opening]] = True
    return there
