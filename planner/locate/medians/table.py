"""The costs of serving each demand from each site, laid out for the compiled loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.locate.medians.kernels import Bools, Bytes, Floats, Ints, Ints32, interchange, two_nearest


@dataclass(frozen=True, slots=True, eq=False)
class CostTable:
    """Costs by demand (each row cheapest first, lower site numbers first among equals) and by site.

    ``none`` stands for the cost of a demand that no open site can serve: more than every service together.
    """

    row_at: Ints
    row_site: Ints32
    row_cost: Floats
    col_at: Ints
    col_demand: Ints32
    col_cost: Floats
    none: float

    @classmethod
    def of(cls, costs: csr_array, ways: csr_array) -> CostTable:
        """Sort the rows of a demand × site table; among equal costs (no weight) the shorter of ``ways`` first."""
        n_demands = costs.shape[0]
        lengths = np.diff(costs.indptr)
        demand = np.repeat(np.arange(n_demands), lengths)
        order = np.lexsort((costs.indices, ways.data, costs.data, demand))
        by_site = costs.tocsc()
        by_site.sort_indices()
        row_cost = np.ascontiguousarray(costs.data[order], dtype=np.float64)
        ends = costs.indptr[1:].astype(np.int64)[lengths > 0]
        return cls(
            costs.indptr.astype(np.int64), np.ascontiguousarray(costs.indices[order], dtype=np.int32), row_cost,
            by_site.indptr.astype(np.int64), by_site.indices.astype(np.int32), by_site.data.astype(np.float64),
            1.0 + float(row_cost[ends - 1].sum()),
        )  # fmt: skip

    @property
    def n_demands(self) -> int:
        """Number of demands."""
        return len(self.row_at) - 1

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.col_at) - 1

    def serve(self, opened: Bools) -> tuple[Floats, Floats, Ints]:
        """Cost of the cheapest and second cheapest open site of each demand, and the cheapest (-1 for none)."""
        first, second = np.empty(self.n_demands), np.empty(self.n_demands)
        nearest = np.empty(self.n_demands, dtype=np.int64)
        two_nearest(self.row_at, self.row_site, self.row_cost, opened, self.none, first, second, nearest)
        return first, second, nearest

    def improve(self, opened: Bools, state: Bytes) -> float:
        """Swap until no swap pays, in place; returns the cost."""
        return interchange(
            self.row_at, self.row_site, self.row_cost, self.col_at, self.col_demand, self.col_cost,
            opened, state, self.none,
        )  # fmt: skip
