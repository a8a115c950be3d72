"""A seeded county of 300 villages, 600 sites and 20 townships, entirely made up, for timing the three-tier model.

Villages lie along three valleys from each township seat; roads are a winding tree with some loops; costs, capacities
and supply radii are those of the default scenario.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from planner.locate.problem import ThreeTierProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
N_VILLAGES, N_SITES, N_TOWNSHIPS = 300, 600, 20
SEAT_SITES = 4
"""Premises at each township seat: the first seat's may become the county centre."""
SIDE_M = 45_000.0
CAPEX_CNY = np.array([15_000, 60_000, 3_000_000])
OPEX_CNY = np.array([3_000, 36_000, 500_000])
CAPACITY_CENTIPARCELS = np.array([1_000, 15_000, 150_000]) * 100
CENTIPARCELS_A_PERSON = 21


@dataclass(frozen=True, slots=True, eq=False)
class MadeCounty:
    """Whole metres by road (villages × sites, sites × sites), residents, and what stands at each site."""

    access_m: Ints
    supply_m: Ints
    population: Ints
    site_township: Ints
    max_tier: Ints
    capex_cny: Ints

    def problem(self, radius_m: int) -> ThreeTierProblem:
        """The siting problem at a coverage radius."""
        return ThreeTierProblem.from_dense(
            access_m=np.where(self.access_m <= radius_m, self.access_m, -1), supply_m=self.supply_m,
            population=self.population, demand_centiparcels=self.population * CENTIPARCELS_A_PERSON,
            site_township=self.site_township, max_tier=self.max_tier, capex_cny=self.capex_cny,
            annual_cost_cny=self.capex_cny // 10 + OPEX_CNY, capacity_centiparcels=CAPACITY_CENTIPARCELS,
            county_to_township_m=100_000, township_to_village_m=30_000,
            required_townships=np.arange(N_TOWNSHIPS), required_township_count=N_TOWNSHIPS,
            target_villages=N_VILLAGES,
        )  # fmt: skip


def made_county(seed: int) -> MadeCounty:
    """The county called by ``seed``."""
    rng = np.random.default_rng(seed)
    seats = np.full((1, 2), SIDE_M / 2)  # the county town
    while len(seats) < N_TOWNSHIPS:
        trial = rng.uniform(0, SIDE_M, (30, 2))
        apart = np.linalg.norm(trial[:, None] - seats[None], axis=2).min(axis=1)
        seats = np.vstack([seats, trial[apart.argmax()]])
    township = np.sort(rng.integers(0, N_TOWNSHIPS, N_VILLAGES))
    valley = rng.uniform(0, 2 * np.pi, (N_TOWNSHIPS, 3))[township, rng.integers(0, 3, N_VILLAGES)]
    angle = valley + rng.normal(0, 0.25, N_VILLAGES)
    villages = (
        seats[township] + np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.gamma(2, 1_800, N_VILLAGES)[:, None]
    )
    at_seat = np.repeat(np.arange(N_TOWNSHIPS), SEAT_SITES)
    at_village = np.sort(rng.integers(0, N_VILLAGES, N_SITES - len(at_seat)))
    sites = np.vstack([seats[at_seat], villages[at_village]]) + rng.normal(0, 220, (N_SITES, 2))
    max_tier = np.concatenate([np.full(len(at_seat), 2), np.where(rng.random(len(at_village)) < 0.06, 2, 1)])
    max_tier[:SEAT_SITES] = 3
    share = rng.choice([0.0, 0.5, 1.0], N_SITES, p=[0.15, 0.45, 0.4])  # works today, can be fitted out, is to be built
    capex = np.round(CAPEX_CNY * share[:, None]).astype(np.int64)
    raised = (share == 0)[:, None] & (np.arange(1, 4)[None, :] > np.minimum(max_tier, 2)[:, None])
    capex[raised] = np.broadcast_to(CAPEX_CNY // 2, capex.shape)[raised]
    length = _by_road(np.vstack([seats, villages, sites]))
    first = N_TOWNSHIPS + N_VILLAGES
    population = np.clip(rng.lognormal(6.7, 0.5, N_VILLAGES), 80, 4_000).astype(np.int64)
    site_township = np.concatenate([at_seat, township[at_village]])
    return MadeCounty(
        length[N_TOWNSHIPS:first, first:], length[first:, first:], population, site_township, max_tier, capex
    )


def _by_road(points: Floats) -> Ints:
    """Shortest ways in whole metres over a spanning tree and all short edges of a triangulation."""
    apart = points + np.arange(len(points))[:, None] * 1e-3  # no two points in one place
    corners = Delaunay(apart).simplices
    edges = np.unique(np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0)
    length = np.linalg.norm(apart[edges[:, 0]] - apart[edges[:, 1]], axis=1) * 1.35 + 30
    shape = (len(points), len(points))
    tree = minimum_spanning_tree(coo_array((length, (edges[:, 0], edges[:, 1])), shape).tocsr())
    short = length < 6_000
    roads = coo_array((length[short], (edges[short, 0], edges[short, 1])), shape).tocsr().maximum(tree)
    return np.rint(dijkstra(roads, directed=False)).astype(np.int64)
