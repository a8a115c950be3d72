"""A two-echelon location problem as flat arrays, and the one-echelon problem of a set of hubs."""

# ruff: noqa: PLR0917 (a problem is its arrays)

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
from scipy.sparse import csr_array

from planner.locate.arguments import common_step
from planner.locate.echelons.kernels import Bytes, Floats, Ints, Ints32, penalties, price

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

MOST_SETS = 20_000
"""Sets of hubs are listed, so many at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Echelon:
    """Sites and demands below a choice of hubs; ``site`` holds the numbers of the sites in the whole problem.

    ``fixed`` includes trunk costs, ``constant`` is what is paid in any case; ``row_way`` is where, by site, each way
    by demand stands. ``unserved`` is infinite for a demand that must be served, ``order`` the demands by size. Other
    fields as in ``kernels``.
    """

    row_at: Ints
    row_site: Ints32
    row_cost: Floats
    row_way: Ints
    col_at: Ints
    col_demand: Ints32
    col_cost: Floats
    demand: Floats
    capacity: Floats
    fixed: Floats
    group: Ints
    least: Ints
    most: Ints
    unserved: Floats
    order: Ints
    state: Bytes
    site: Ints
    constant: float

    @property
    def arrays(self) -> tuple[Ints, Ints32, Floats, Ints, Ints32, Floats, Floats, Floats, Floats, Ints, Ints, Ints]:
        """What the compiled loops take first."""
        return (
            self.row_at, self.row_site, self.row_cost, self.col_at, self.col_demand, self.col_cost, self.demand,
            self.capacity, self.fixed, self.group, self.least, self.most,
        )  # fmt: skip

    @property
    def way_site(self) -> Ints:
        """The site of each way, ways standing by site."""
        return np.repeat(np.arange(len(self.site)), np.diff(self.col_at))

    def priced(self, dual: Floats) -> Priced:
        """The bound of prices, without the constant, and what it leaves."""
        n_sites, n_ways = len(self.site), len(self.col_cost)
        worth, load, edge, slack = (np.empty(n_sites) for _ in range(4))
        filled, taken = np.zeros(n_ways), np.zeros(n_sites, dtype=np.bool_)
        bound = price(*self.arrays, self.state, dual, worth, load, filled, edge, slack, taken)
        site_penalty, way_penalty = np.empty(n_sites), np.empty(n_ways)
        penalties(
            self.col_at, self.col_demand, self.col_cost, self.demand, self.group, self.least, self.most, self.state,
            dual, worth, edge, slack, taken, site_penalty, way_penalty,
        )  # fmt: skip
        return Priced(float(bound), worth, taken, site_penalty, way_penalty)

    def only(self, state: Bytes, ways: Bools) -> Echelon:
        """The problem without the sites that are out and without the ways not marked (by site)."""
        kept = state >= 0
        place = np.cumsum(kept, dtype=np.int32) - 1
        ways = ways & np.repeat(kept, np.diff(self.col_at))
        by_demand = ways[self.row_way]
        before, before_by_demand = (np.concatenate([[0], np.cumsum(mask)]) for mask in (ways, by_demand))
        col_at = np.append(before[self.col_at[:-1]][kept], before[-1])
        return replace(
            self, row_at=before_by_demand[self.row_at], row_site=place[self.row_site[by_demand]],
            row_cost=self.row_cost[by_demand], row_way=before[self.row_way[by_demand]], col_at=col_at,
            col_demand=self.col_demand[ways], col_cost=self.col_cost[ways], capacity=self.capacity[kept],
            fixed=self.fixed[kept], group=self.group[kept], state=state[kept], site=self.site[kept],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """A bound, each site's worth, whether it is taken, and by how much other use of sites and ways raises the bound."""

    bound: float
    worth: Floats
    taken: Bools
    site_penalty: Floats
    way_penalty: Floats


@dataclass(frozen=True, slots=True, eq=False)
class TwoEchelon:
    """``base``: the sites and demands without trunk costs; ``sets``: one row of hubs each, filled up with -1."""

    base: Echelon
    hub_cost: Floats
    trunk: Floats
    sets: Ints
    step: float

    @classmethod
    def of(
        cls, costs: csr_array, demand: Floats, capacity: Floats, fixed: Floats, hub_cost: Floats, trunk: Floats,
        max_hubs: int, unserved: Floats, group: Ints, state: Bytes,
    ) -> TwoEchelon:  # fmt: skip
        """Ways that cost more than leaving the demand out, or whose site is too small or out, are left out."""
        by_site = costs.tocsc()
        by_site.sort_indices()
        site_of = np.repeat(np.arange(len(capacity), dtype=np.int32), np.diff(by_site.indptr))
        demand_of, cost = by_site.indices.astype(np.int32), by_site.data.astype(np.float64)
        useful = (cost < unserved[demand_of]) & (demand[demand_of] <= capacity[site_of]) & (state[site_of] >= 0)
        site_of, demand_of, cost = site_of[useful], demand_of[useful], cost[useful]
        by_demand = np.lexsort((cost, demand_of))
        at = [
            np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=number))])
            for ends, number in ((demand_of, len(demand)), (site_of, len(capacity)))
        ]
        names, place = np.unique(np.maximum(group, -1), return_inverse=True)
        least = (names >= 0).astype(np.int64)
        base = Echelon(
            at[0], site_of[by_demand], cost[by_demand], by_demand, at[1], demand_of, cost, demand, capacity, fixed,
            place.astype(np.int64), least, np.full(len(names), len(capacity)), unserved,
            np.argsort(-demand, kind="stable"), state, np.arange(len(capacity)), 0.0,
        )  # fmt: skip
        figures = [fixed, cost, hub_cost, trunk[np.isfinite(trunk)], unserved[np.isfinite(unserved)]]
        return cls(base, hub_cost, trunk, hub_sets(len(hub_cost), max_hubs), common_step(np.concatenate(figures)))

    def below(self, number: int) -> Echelon | None:
        """The one-echelon problem of a set of hubs; None when a site that must be open has no link."""
        hubs = self.sets[number][self.sets[number] >= 0]
        trunk = self.trunk[:, hubs].min(axis=1, initial=np.inf)
        state = self.base.state.copy()
        linked = np.isfinite(trunk)
        if (~linked & (state == 1)).any():
            return None
        state[~linked] = -1
        fixed = np.where(linked, self.base.fixed + np.where(linked, trunk, 0.0), 0.0)
        return replace(self.base, fixed=fixed, state=state, constant=float(self.hub_cost[hubs].sum()))


def hub_sets(n_hubs: int, max_hubs: int) -> Ints:
    """All sets of at most ``max_hubs`` hubs, the empty one first."""
    most = min(n_hubs, max_hubs)
    if sum(comb(n_hubs, size) for size in range(most + 1)) > MOST_SETS:
        raise ValueError(
            f"{n_hubs} hubs give more than {MOST_SETS} sets of at most {max_hubs}: give fewer hubs or a lower max_hubs"
        )
    listed = [hubs for size in range(most + 1) for hubs in combinations(range(n_hubs), size)]
    sets = np.full((len(listed), max(most, 1)), -1)
    for row, hubs in enumerate(listed):
        sets[row, : len(hubs)] = hubs
    return sets
