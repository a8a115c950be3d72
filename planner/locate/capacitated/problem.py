"""A capacitated facility location problem as flat arrays, and the transport problem of a set of open sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.locate.capacitated.kernels import Bytes, Floats, Ints, Ints32, price
from planner.locate.engine import Deadline, MatrixModel, relax

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
NEAREST = 4
"""The transport problem starts with the ways to so many of each demand's cheapest open sites."""


@dataclass(frozen=True, slots=True, eq=False)
class Capacitated:
    """Costs by site; ``size`` and ``need`` say which sets of sites are large enough (``docs/model.md`` §11.4)."""

    col_at: Ints
    col_demand: Ints32
    col_cost: Floats
    demand: Floats
    capacity: Floats
    fixed: Floats
    size: Floats
    need: float

    @classmethod
    def of(cls, costs: csr_array, demand: Floats, capacity: Floats, fixed: Floats) -> Capacitated:
        """With equal capacities sites are counted, else their capacities are added up to the whole demand."""
        by_site = costs.tocsc()
        by_site.sort_indices()
        size, need = capacity, float(demand.sum())
        if len(capacity) and capacity.min() == capacity.max() > 0:
            size, need = np.ones(len(capacity)), float(np.ceil(need / capacity[0] - 1e-9))
        return cls(
            by_site.indptr.astype(np.int64), by_site.indices.astype(np.int32), by_site.data.astype(np.float64),
            demand, capacity, fixed, size, need,
        )  # fmt: skip

    @property
    def site(self) -> Ints:
        """The site of each entry."""
        return np.repeat(np.arange(len(self.capacity)), np.diff(self.col_at))

    @property
    def arrays(self) -> tuple[Ints, Ints32, Floats, Floats, Floats, Floats, Floats, float]:
        """What the compiled loops take first."""
        return (
            self.col_at, self.col_demand, self.col_cost, self.demand, self.capacity, self.fixed, self.size, self.need,
        )  # fmt: skip

    def priced(self, state: Bytes, dual: Floats) -> Priced:
        """The bound of prices and what it leaves."""
        n_sites = len(self.capacity)
        worth, taken, filled, rate = np.zeros(n_sites), np.zeros(n_sites), np.zeros(len(self.col_cost)), np.zeros(1)
        bound = price(*self.arrays, state, dual, worth, filled, taken, rate)
        return Priced(float(bound), np.abs(worth - rate[0] * self.size), taken)

    def transport(self, opened: Bools, deadline: Deadline) -> Transport | None:
        """Serve all demand from the open sites at least cost; None when that is impossible or time ran out."""
        entries = np.flatnonzero(opened[self.site])
        model, costs = self._transport_model(entries)
        order = np.lexsort((costs, self.col_demand[entries]))
        counts = np.bincount(self.col_demand[entries], minlength=len(self.demand))
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        start = order[rank < NEAREST]
        solved = relax(model, costs, deadline=deadline, allowed=np.arange(len(entries)), start=start)
        if solved is None:
            return None
        flow = np.zeros(len(self.col_cost))
        flow[entries] = np.clip(solved.values, 0.0, 1.0)
        paid = float(self.fixed[opened].sum())
        return Transport(flow, paid + float(costs @ flow[entries]), paid + solved.bound)

    def _transport_model(self, entries: Ints) -> tuple[MatrixModel, Floats]:
        n_demands, n_sites, count = len(self.demand), len(self.capacity), len(entries)
        demand = self.col_demand[entries]
        data = np.concatenate([np.ones(count), self.demand[demand]])
        rows, columns = np.concatenate([demand, n_demands + self.site[entries]]), np.tile(np.arange(count), 2)
        matrix = csr_array(coo_array((data, (rows, columns)), shape=(n_demands + n_sites, count)))
        low = np.concatenate([np.ones(n_demands), np.full(n_sites, -np.inf)])
        high = np.concatenate([np.ones(n_demands), self.capacity])
        no = np.zeros(count, dtype=bool)
        return MatrixModel(matrix, low, high, np.zeros(count), np.ones(count), no, ~no), self.col_cost[entries]


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """A bound, by how much using each free site otherwise would raise it, and the share of each site taken."""

    bound: float
    penalty: Floats
    taken: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """The share of its demand that each entry carries, the whole cost, and a bound on it."""

    flow: Floats
    cost: float
    bound: float
