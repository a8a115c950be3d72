"""What the routes driven now say of every site: yuan a year on top of its own cost, for the siting model to weigh.

An open site is charged what the routes would cost less without its stop. A closed one is charged what the open site
costs that it would stand in for, and the longer or shorter way to it. These are estimates: they steer, and nothing of
them is ever reported as a cost.
"""

from __future__ import annotations

import numpy as np

from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem
from planner.locate.solution import Network
from planner.scenario import METRES_PER_KM, WEEKS_PER_YEAR, Scenario
from planner.together.costs import CENTRE, POINT, STATION, RoundCosts, villages_of
from planner.together.moves import Reach
from planner.together.prices import FAR_M, Legs, RoundPrices

GRID_CNY = 50
"""Charges are rounded to this: costs on a coarse grid are proven sooner."""


def surcharges(problem: ThreeTierProblem, reach: Reach, legs: Legs, costs: RoundCosts, network: Network) -> Ints:
    """Site × tier: yuan a year, none negative, multiples of `GRID_CNY`."""
    charges = np.zeros((problem.n_sites, N_TIERS))
    prices = {each.depot: RoundPrices.of(legs, costs.scenario, each, costs.of(each)) for each in costs.rounds(network)}
    stops = {site: prices[depot].removal(site) for depot in prices for site in prices[depot].members}
    metre_cny = _metre_cny(costs.scenario)
    _charge_points(charges, reach, legs, network, stops, metre_cny)
    _charge_stations(charges, problem, legs, network, stops, metre_cny)
    _charge_centres(charges, problem, legs, network, metre_cny)
    charges -= np.minimum(0, charges.min(axis=0))
    return np.asarray(np.round(charges / GRID_CNY) * GRID_CNY, dtype=np.int64)


def _metre_cny(scenario: Scenario) -> tuple[float, float]:
    """Yuan a year for each metre that a visit to a point, and to a station, is farther off, by the cheapest vehicle."""
    per_m = min(vehicle.cost_cny_per_km for vehicle in scenario.service.fleet) / METRES_PER_KM * WEEKS_PER_YEAR
    service = scenario.service
    return per_m * service.village_visits_per_week, per_m * service.township_visits_per_week


def _charge_points(  # noqa: PLR0917 (what all charges are made from)
    charges: np.ndarray, reach: Reach, legs: Legs, network: Network, stops: dict[int, float], cny: tuple[float, float]
) -> None:
    """A closed point stands in for the open one that shares most villages with it."""
    served = villages_of(network)
    at = network.station
    usual = float(np.median([stops.get(j, 0.0) for j in np.flatnonzero(network.tier == POINT).tolist()] or [0.0]))
    for q in np.flatnonzero(reach.may_open[:, POINT - 1]).tolist():
        if network.tier[q] == POINT:
            charges[q, POINT - 1] = stops.get(q, 0.0)
            continue
        shared = [int(at[i]) for i in reach.served[q] if at[i] >= 0 and network.tier[at[i]] == POINT]
        if not shared:
            charges[q, POINT - 1] = usual
            continue
        other = max(sorted(set(shared)), key=lambda j: (shared.count(j), -len(served[j])))
        depot = int(network.parent[other])
        charges[q, POINT - 1] = stops.get(other, usual) + cny[0] * _farther(legs, depot, q, other)


def _charge_stations(  # noqa: PLR0917 (what all charges are made from)
    charges: np.ndarray, problem: ThreeTierProblem, legs: Legs, network: Network,
    stops: dict[int, float], cny: tuple[float, float],
) -> None:  # fmt: skip
    """A closed station stands in for the open one of its township: the way from the centre, and to the points."""
    opened = np.flatnonzero(network.tier == STATION)
    for q in np.flatnonzero(problem.max_tier >= STATION).tolist():
        same = opened[problem.site_township[opened] == problem.site_township[q]]
        if network.tier[q] == STATION or not len(same):
            charges[q, STATION - 1] = stops.get(q, 0.0)
            continue
        other = int(same[0])
        charge = stops.get(other, 0.0) + cny[1] * _farther(legs, int(network.parent[other]), q, other)
        points = np.flatnonzero((network.parent == other) & (network.tier == POINT))
        charge += cny[0] * sum(legs_between(legs, q, int(p)) - legs_between(legs, other, int(p)) for p in points) / 2
        charges[q, STATION - 1] = charge


def _charge_centres(
    charges: np.ndarray, problem: ThreeTierProblem, legs: Legs, network: Network, cny: tuple[float, float]
) -> None:
    """A centre is charged the ways to all that the present ones supply."""
    below = np.flatnonzero(np.isin(network.parent, np.flatnonzero(network.tier == CENTRE)))
    for q in np.flatnonzero(problem.max_tier >= CENTRE).tolist():
        charges[q, CENTRE - 1] = sum(
            cny[1 if network.tier[j] == STATION else 0] * legs_between(legs, q, int(j)) for j in below
        )


def _farther(legs: Legs, depot: int, q: int, other: int) -> float:
    """Metres by which ``q`` is farther from the depot than ``other``, one way: a round shares its way."""
    return (legs_between(legs, depot, q) - legs_between(legs, depot, other)) / 2


def legs_between(legs: Legs, a: int, b: int) -> int:
    """Metres there and back; twice a county's width where no road leads."""
    there = int(legs.metres[a, b] + legs.metres[b, a])
    return there if there < FAR_M else 10**6
