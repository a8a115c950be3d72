"""(L4) in a hurry: villages brought nearer by exchanging sites, and a true bound by Lagrangian prices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.model import can_carry, point_links, station_links
from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem
from planner.locate.solution import Network, nearest_parents, stage_values

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

SWEEPS = 4
ROUNDS = 150
"""Subgradient rounds: more hardly raise the bound."""
NO_LIMIT = np.iinfo(np.int64).max // 4


@dataclass(slots=True, eq=False)
class AccessPrices:
    """Lagrangian prices of (L4): person-metres for serving each village, and for the cost of a typical point."""

    village: Floats
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Access pairs with their person-metres, by village and by site."""

    site: Ints
    length: Floats
    by_site: Ints
    village_at: Ints
    length_at: Floats

    @staticmethod
    def of(problem: ThreeTierProblem) -> Pairs:
        """The pairs of a problem."""
        village = problem.access_village
        length = (problem.access_m * problem.population[village]).astype(float)
        order = np.argsort(problem.access_site, kind="stable")
        by_site = np.searchsorted(problem.access_site[order], np.arange(problem.n_sites + 1)).astype(np.int64)
        return Pairs(problem.access_site.copy(), length, by_site, village[order], length[order])


def brought_nearer(problem: ThreeTierProblem, network: Network, pairs: Pairs) -> Network:
    """The network with sites exchanged for others of no higher total cost, as long as villages get nearer.

    Coverage, townships, capacities of own villages, units, locks, the budget and supply reach are kept.
    """
    from planner.locate.sessions.move_kernel import exchange

    links = point_links(problem)
    reach, far_reach = np.zeros((2, problem.n_sites, problem.n_sites), dtype=bool)
    reach[problem.supply_parent[links], problem.supply_child[links]] = True
    links = station_links(problem)
    far_reach[problem.supply_parent[links], problem.supply_child[links]] = True
    opened = np.flatnonzero(network.tier)
    spent = int(problem.capex_cny[opened, network.tier[opened] - 1].sum())
    tier, station = network.tier.copy(), network.station.copy()
    may_open = np.stack([problem.max_tier >= t for t in range(1, N_TIERS + 1)], axis=1)
    unit = np.full(problem.n_sites, -1) if problem.site_unit is None else problem.site_unit.copy()
    capacity = np.concatenate([[0], problem.capacity_centiparcels])
    exchange(
        problem.access_indptr.copy(), pairs.site, pairs.length, pairs.by_site, pairs.village_at, pairs.length_at,
        problem.demand_centiparcels.copy(), capacity, tier, station, problem.annual_cost_cny.copy(),
        problem.capex_cny.copy(), 0, NO_LIMIT if problem.budget_cny is None else problem.budget_cny - spent,
        np.ascontiguousarray(may_open), reach, problem.locked_tier.copy(), unit, problem.site_township.copy(),
        far_reach, SWEEPS,
    )  # fmt: skip
    return Network(tier, station, nearest_parents(problem, tier))


def access_bound(  # noqa: PLR0917 (a network and where the search for its bound begins)
    problem: ThreeTierProblem,
    network: Network,
    may_open: Bools,
    pairs: Pairs,
    prices: AccessPrices | None,
    tilt_cny: Floats,
) -> tuple[int, AccessPrices]:
    """A true bound on (L4) given the coverage and at most the cost of ``network``; and the prices it was found at.

    ``may_open`` (site × tier) are the openings that a network of no higher cost can use. Relaxed are capacity (sites
    are divided knapsacks), supply links, budget and units.
    """
    from planner.locate.sessions.access_kernel import ascend

    values = stage_values(problem, network)
    useful = (can_carry(problem) & may_open[problem.access_site]).any(axis=1)
    coverable = np.zeros(problem.n_villages, dtype=bool)
    coverable[problem.access_village[useful]] = True
    costs = problem.annual_cost_cny.astype(float)
    unit = max(1.0, float(np.median(costs[may_open[:, 0], 0])) if may_open[:, 0].any() else 1.0)
    number = np.full(int(max(problem.site_township.max(initial=0), problem.required_townships.max(initial=0))) + 2, -1)
    number[problem.required_townships] = np.arange(len(problem.required_townships))
    goal = float(values["access"])
    if prices is None:
        served = network.station >= 0
        typical = goal / max(1, int(served.sum()))
        prices = AccessPrices(np.where(coverable, 1.5 * typical, 0.0), typical)
    price, best, cost_price = prices.village.copy(), np.zeros(problem.n_villages), np.array([prices.cost])
    demand = problem.demand_centiparcels[pairs.village_at].astype(float)
    bound = ascend(
        pairs.by_site, pairs.village_at, pairs.length_at, demand, np.ascontiguousarray(may_open), costs / unit,
        problem.capacity_centiparcels.astype(float), problem.locked_tier.copy(), number[problem.site_township],
        len(problem.required_townships), problem.required_township_count, values["cost"] / unit, coverable,
        values["villages"], goal, price, best, ROUNDS, cost_price, tilt_cny / unit,
    )  # fmt: skip
    least = 0 if not math.isfinite(bound) else max(0, math.ceil(bound - 1e-9 * max(1.0, abs(bound)) - 1e-6))
    return min(least, values["access"]), AccessPrices(price, float(cost_price[0]))
