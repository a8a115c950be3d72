"""A maximal covering problem as flat arrays, reduced."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from planner.locate.coverage.kernels import (
    Bools,
    Bytes,
    Floats,
    Ints,
    Ints32,
    add_greedily,
    drop_dominated,
    group_equal,
    interchange,
)


@dataclass(frozen=True, slots=True, eq=False)
class Covering:
    """Groups of demands that no open site covers yet, the sites that may cover them, and what they cost.

    ``state`` is 0 for a free site and -1 for one that is out: forbidden, too dear or dominated. Sites already open
    are out too, as nothing here is theirs. Sites keep their numbers.
    """

    site_at: Ints
    site_demand: Ints32
    demand_at: Ints
    demand_site: Ints32
    weights: Floats
    costs: Floats
    budget: float
    state: Bytes

    @classmethod
    def reduced(cls, coverage: csr_array, weights: Floats, costs: Floats, budget: float, usable: Bools) -> Covering:
        """Group equal demands, drop dominated sites, and group again (``docs/model.md`` §11.1)."""
        state = np.where(usable & (costs <= budget), 0, -1).astype(np.int8)
        problem = cls._grouped(coverage, weights, costs, budget, state)
        drop_dominated(*problem.arrays, costs, state)
        by_demand = csr_array(
            (np.ones(len(problem.demand_site), dtype=np.int64), problem.demand_site, problem.demand_at),
            shape=(len(problem.weights), len(costs)),
        )
        return cls._grouped(by_demand, problem.weights, costs, budget, state)

    @classmethod
    def _grouped(cls, coverage: csr_array, weights: Floats, costs: Floats, budget: float, state: Bytes) -> Covering:
        rows = np.repeat(np.arange(coverage.shape[0]), np.diff(coverage.indptr))
        kept = (state[coverage.indices] == 0) & (weights[rows] > 0)
        rows, sites = rows[kept], coverage.indices[kept].astype(np.int32)
        demands, row_of = np.unique(rows, return_inverse=True)
        at = np.concatenate([[0], np.cumsum(np.bincount(row_of, minlength=len(demands)))]).astype(np.int64)
        group, count = _groups(at, sites, len(costs))
        first = np.full(count, len(demands))
        np.minimum.at(first, group, np.arange(len(demands)))
        member = np.isin(row_of, first)
        lengths = np.diff(at)[first]
        total = np.bincount(group, weights=weights[demands], minlength=count).astype(np.float64)
        order = np.argsort(group[row_of[member]], kind="stable")
        by_demand = csr_array(
            (np.ones(int(lengths.sum()), dtype=np.int8), sites[member][order], np.concatenate([[0], lengths.cumsum()])),
            shape=(count, len(costs)),
        )
        by_site = by_demand.tocsc()
        return cls(
            by_site.indptr.astype(np.int64), by_site.indices.astype(np.int32), by_demand.indptr.astype(np.int64),
            by_demand.indices.astype(np.int32), total, costs, budget, state,
        )  # fmt: skip

    def with_budget(self, budget: float) -> Covering:
        """The same problem within another budget."""
        return replace(self, budget=budget)

    @property
    def arrays(self) -> tuple[Ints, Ints32, Ints, Ints32]:
        """Both layouts of the coverage."""
        return self.site_at, self.site_demand, self.demand_at, self.demand_site

    @property
    def n_sites(self) -> int:
        """Number of sites, those that are out included."""
        return len(self.costs)

    def greedy(self, opened: Bools) -> float:
        """Add sites greedily, in place; returns the weight covered."""
        return add_greedily(*self.arrays, self.weights, self.costs, self.budget, opened, self.state)

    def improve(self, opened: Bools) -> float:
        """Swap until no swap pays, in place; returns the weight covered."""
        return interchange(*self.arrays, self.weights, self.costs, self.budget, opened, self.state)

    def covered(self, opened: Bools) -> Bools:
        """Which demand groups the open sites cover."""
        rows = np.repeat(np.arange(len(self.weights)), np.diff(self.demand_at))
        return np.bincount(rows[opened[self.demand_site]], minlength=len(self.weights)) > 0


def _groups(at: Ints, sites: Ints32, n_sites: int) -> tuple[Ints, int]:
    """The group of each demand (every demand has a site) and their number."""
    group = np.zeros(len(at) - 1, dtype=np.int64)
    if not len(group):
        return group, 0
    marks = np.random.default_rng(0).integers(0, 2**62, n_sites, dtype=np.int64)
    order = np.argsort(np.add.reduceat(marks[sites], at[:-1]), kind="stable")
    return group, int(group_equal(at, sites, order, group))
