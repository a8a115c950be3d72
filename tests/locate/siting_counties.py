"""A seeded county for siting tests: villages strung along valleys around township seats, several sites to a village.

Everything is made up; only the shape (few sites to a village at a small radius, many at a large one, a
handful of township premises, mixed existing / retrofit / new) is meant to resemble a highland county.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay
from scipy.spatial.distance import cdist

from planner.locate.problem import ThreeTierProblem

CAPEX_CNY = np.array([15_000, 60_000, 3_000_000])
OPEX_CNY = np.array([3_000, 36_000, 500_000])
CAPACITY = np.array([400, 5_000, 60_000]) * 100


@dataclass(frozen=True, eq=False)
class SyntheticCounty:
    """Distances in whole metres (access: village × site; supply: parent × child), and what stands at each site."""

    access_m: NDArray[np.int64]
    supply_m: NDArray[np.int64]
    population: NDArray[np.int64]
    village_township: NDArray[np.int64]
    site_township: NDArray[np.int64]
    max_tier: NDArray[np.int64]
    capex_cny: NDArray[np.int64]
    n_townships: int

    def problem(self, radius_m: int, **changes: object) -> ThreeTierProblem:
        """The siting problem at ``radius_m``; ``changes`` replace fields of ThreeTierProblem.from_dense."""
        arguments: dict[str, object] = {
            "population": self.population,
            "demand_centiparcels": self.population * 21,
            "site_township": self.site_township,
            "max_tier": self.max_tier,
            "capex_cny": self.capex_cny,
            "annual_cost_cny": self.capex_cny // 10 + OPEX_CNY,
            "capacity_centiparcels": CAPACITY,
            "access_m": np.where(self.access_m <= radius_m, self.access_m, -1),
            "supply_m": self.supply_m,
            "county_to_township_m": 100_000,
            "township_to_village_m": 30_000,
            "required_townships": np.arange(self.n_townships),
            "required_township_count": self.n_townships,
            "target_villages": len(self.population),
            "budget_cny": None,
        }
        return ThreeTierProblem.from_dense(**{**arguments, **changes})  # type: ignore[arg-type]  # fields by name


def synthetic_county(
    n_villages: int = 154, n_townships: int = 9, seed: int = 0, side_m: float = 42_000, n_sites: int | None = None
) -> SyntheticCounty:
    """Build the county called by ``seed``; about two sites a village unless ``n_sites`` says how many."""
    rng = np.random.default_rng(seed)
    seats = _spread(rng, n_townships, side_m)
    township = np.sort(rng.integers(0, n_townships, n_villages))
    arm = rng.integers(0, 3, n_villages)
    angle = rng.uniform(0, 2 * np.pi, (n_townships, 3))[township, arm] + rng.normal(0, 0.25, n_villages)
    reach = rng.gamma(2.0, 1_800, n_villages)
    villages = seats[township] + np.c_[np.cos(angle) * reach, np.sin(angle) * reach]
    sites, site_township, max_tier, status = _sites(rng, seats, villages, township, n_sites)
    distance = _road(np.vstack([seats, villages, sites]))
    first = n_townships + n_villages
    factor = np.array([0.0, 0.5, 1.0])[status]
    capex = np.round(CAPEX_CNY * factor[:, None]).astype(np.int64)
    raised = (status == 0)[:, None] & (np.arange(3)[None, :] >= np.where(max_tier > 1, max_tier, 1)[:, None])
    capex[raised] = np.broadcast_to(CAPEX_CNY // 2, capex.shape)[raised]
    return SyntheticCounty(
        access_m=distance[n_townships:first, first:],
        supply_m=distance[first:, first:],
        population=np.clip(rng.lognormal(6.7, 0.5, n_villages), 80, 4_000).astype(np.int64),
        village_township=township,
        site_township=site_township,
        max_tier=max_tier,
        capex_cny=capex,
        n_townships=n_townships,
    )


def _spread(rng: np.random.Generator, count: int, side_m: float) -> NDArray[np.float64]:
    points = [rng.uniform(0, side_m, 2)]
    while len(points) < count:
        trial = rng.uniform(0, side_m, (30, 2))
        points.append(trial[cdist(trial, np.array(points)).min(1).argmax()])
    return np.array(points)


def _sites(
    rng: np.random.Generator,
    seats: NDArray[np.float64],
    villages: NDArray[np.float64],
    township: NDArray[np.int64],
    n_sites: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Positions, township, highest tier, and status (0 existing, 1 retrofit, 2 new) of every site."""
    at_seat = np.repeat(np.arange(len(seats)), 4)
    each = rng.integers(1, 3, len(villages))
    if n_sites is not None:
        each = 1 + rng.multinomial(n_sites - len(at_seat) - len(villages), np.full(len(villages), 1 / len(villages)))
    at_village = np.repeat(np.arange(len(villages)), each)
    points = np.vstack([seats[at_seat], villages[at_village]]) + rng.normal(0, 220, (len(at_seat) + len(at_village), 2))
    tier = np.r_[np.full(len(at_seat), 2), np.where(rng.random(len(at_village)) < 0.06, 2, 1)]
    tier[:3] = 3
    status = np.r_[rng.integers(0, 3, len(at_seat)), rng.choice(3, len(at_village), p=[0.15, 0.45, 0.4])]
    return points, np.r_[at_seat, township[at_village]], tier, status


def _road(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Shortest road distances in whole metres over a winding tree with some loops."""
    jitter = points + np.arange(len(points))[:, None] * 1e-3
    triangles = Delaunay(jitter).simplices
    edges = np.unique(np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), 1), axis=0)
    length = np.hypot(*(jitter[edges[:, 0]] - jitter[edges[:, 1]]).T) * 1.35 + 30
    n = len(points)
    tree = minimum_spanning_tree(coo_array((length, (edges[:, 0], edges[:, 1])), (n, n)).tocsr())
    short = length < 6_000
    both = coo_array((length[short], (edges[short, 0], edges[short, 1])), (n, n)).tocsr().maximum(tree)
    return np.rint(dijkstra(both, directed=False)).astype(np.int64)
