"""A three-tier network as arrays: reading it off a solver's point, its exact values, and whether it keeps the rules.

Nothing here solves anything; all arithmetic is on integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.engine import Floats
from planner.locate.model import Layout, point_links, station_links
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.rules.cold import cold_costs, cold_misplaced, cold_value
from planner.locate.rules.fair_rows import P90, with_second
from planner.locate.rules.volume import below_least


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Tier of each site (0 closed), station of each village and parent of each open site (-1 for none).

    ``cold`` is 1 for a site with a cold store, None where none are planned.
    """

    tier: Ints
    station: Ints
    parent: Ints
    cold: Ints | None = None


def read_point(problem: ThreeTierProblem, layout: Layout, values: Floats) -> Network:
    """The network a 0/1 point stands for: each covered village goes to the nearest of the stations that serve it.

    Points left without a village are closed, but for those that must be open, those with a cold store, or where second
    stations count. Parents are read off the links when the site has any, else they are the nearest open ones.
    """
    on = values > 0.5
    tier = np.zeros(problem.n_sites, dtype=np.int64)
    opened = np.flatnonzero(on[: len(layout.open_site)])
    tier[layout.open_site[opened]] = layout.open_tier[opened]
    served = np.zeros(len(problem.access_site), dtype=bool)
    served[layout.serve >= 0] = on[layout.serve[layout.serve >= 0]]
    served[layout.pattern_pair[on[layout.pattern_column]]] = True
    counted = np.zeros(problem.n_villages, dtype=bool)
    counted[layout.covered >= 0] = on[layout.covered[layout.covered >= 0]]
    pairs = np.flatnonzero(served & counted[problem.access_village])
    pairs = pairs[np.lexsort((problem.access_site[pairs], problem.access_m[pairs], problem.access_village[pairs]))]
    village, first = np.unique(problem.access_village[pairs], return_index=True)
    station = np.full(problem.n_villages, -1)
    station[village] = problem.access_site[pairs[first]]
    stores = np.zeros(problem.n_sites, dtype=np.int64)
    stores[layout.cold.site >= 0] = on[layout.cold.site[layout.cold.site >= 0]]
    if not problem.backup_villages:  # else an idle point may be somebody's second station
        idle = (tier == 1) & (problem.locked_tier == 0) & (stores == 0)
        tier[np.setdiff1d(np.flatnonzero(idle), station)] = 0
    parent = nearest_parents(problem, tier)
    for columns, child_tier in ((layout.link, 1), (layout.centre_link, 2)):
        links = np.flatnonzero(columns >= 0)
        links = links[on[columns[links]] & (tier[problem.supply_child[links]] == child_tier)]
        parent[problem.supply_child[links]] = problem.supply_parent[links]
    return Network(tier, station, parent, None if problem.cold is None else stores)


def nearest_parents(problem: ThreeTierProblem, tier: Ints) -> Ints:
    """The nearest open station in supply reach of each open site (lowest number among equals), -1 for none."""
    parent = np.full(problem.n_sites, -1)
    for links, child_tier, parent_tier in ((point_links(problem), 1, 2), (station_links(problem), 2, 3)):
        above, child = problem.supply_parent[links], problem.supply_child[links]
        kept = (tier[child] == child_tier) & (tier[above] >= parent_tier)
        above, child, length = above[kept], child[kept], problem.supply_m[links[kept]]
        order = np.lexsort((above, length, child))
        children, first = np.unique(child[order], return_index=True)
        parent[children] = above[order[first]]
    return parent


def throughput_centiparcels(problem: ThreeTierProblem, network: Network) -> Ints:
    """Parcels through each site: its villages' and those of all that it supplies; at the only centre, all covered."""
    covered = np.flatnonzero(network.station >= 0)
    load = np.zeros(problem.n_sites, dtype=np.int64)
    np.add.at(load, network.station[covered], problem.demand_centiparcels[covered])
    own = load.copy()
    points = np.flatnonzero((network.tier == 1) & (network.parent >= 0))
    np.add.at(load, network.parent[points], own[points])
    centres = np.flatnonzero(network.tier == 3)
    if len(centres) == 1:
        load[centres] = problem.demand_centiparcels[covered].sum()
    else:
        stations = np.flatnonzero((network.tier == 2) & (network.parent >= 0))
        np.add.at(load, network.parent[stations], load[stations])
    return load


def overloaded(problem: ThreeTierProblem, network: Network) -> Ints:
    """Open sites whose throughput exceeds their tier's capacity."""
    capacity = np.concatenate([[0], problem.capacity_centiparcels])[network.tier]
    return np.flatnonzero((throughput_centiparcels(problem, network) > capacity) & (network.tier > 0))


def misloaded(problem: ThreeTierProblem, network: Network) -> Ints:
    """Open sites whose throughput exceeds their tier's capacity or is below its least volume (M18)."""
    wrong = below_least(problem, network.tier, throughput_centiparcels(problem, network))
    wrong[overloaded(problem, network)] = True
    return np.flatnonzero(wrong)


def supply_lengths_m(problem: ThreeTierProblem, network: Network) -> Ints:
    """Road metres from parent to each open site (0 for a centre, -1 where no supply pair is known)."""
    length = np.where(network.parent >= 0, -1, 0)
    pair = np.flatnonzero(network.parent[problem.supply_child] == problem.supply_parent)
    length[problem.supply_child[pair]] = problem.supply_m[pair]
    return length


def access_lengths_m(problem: ThreeTierProblem, network: Network) -> Ints:
    """Road metres from each village to its station (0 where it has none, -1 where the pair is out of the radius)."""
    length = np.where(network.station >= 0, -1, 0)
    pair = np.flatnonzero(network.station[problem.access_village] == problem.access_site)
    length[problem.access_village[pair]] = problem.access_m[pair]
    return length


def stage_values(problem: ThreeTierProblem, network: Network) -> dict[str, int]:
    """Exact value of each stage's objective but (LE), by the stage's short name."""
    covered = network.station >= 0
    opened = np.flatnonzero(network.tier > 0)
    return {
        "priority": int((covered & problem.comes_first).sum()),
        "villages": int(covered.sum()),
        "weighted": int(problem.weights[covered].sum()),
        "people": int(problem.population[covered].sum()),
        "backup": min(int(with_second(problem, network.tier, network.station).sum()), problem.backup_villages),
        "cold": cold_value(problem, network),
        "cost": int(problem.annual_cost_cny[opened, network.tier[opened] - 1].sum()) + cold_costs(problem, network)[1],
        "access": int((access_lengths_m(problem, network) * problem.population).sum()),
        "supply": int(supply_lengths_m(problem, network).sum()),
    }


def violations(problem: ThreeTierProblem, network: Network) -> tuple[str, ...]:
    """Rules (M1) … (M21) that the network breaks, in words; empty when it is feasible."""
    tier, station, parent = network.tier, network.station, network.parent
    covered = station[station >= 0]
    opened = np.flatnonzero(tier > 0)
    has_station = np.unique(problem.site_township[tier >= 2])
    met = int(np.isin(problem.required_townships, has_station).sum())
    length = supply_lengths_m(problem, network)
    wrong_parent = ((tier == 1) & (tier[parent] < 2)) | ((tier == 2) & (tier[parent] != 3))
    wrong_parent |= (tier == 3) & (parent >= 0)
    reach = np.where(tier == 1, problem.township_to_village_m, problem.county_to_township_m)
    capex = int(problem.capex_cny[opened, tier[opened] - 1].sum()) + cold_costs(problem, network)[0]
    throughput = throughput_centiparcels(problem, network)
    checks = {
        "a site is opened above its highest tier": bool((tier > problem.max_tier).any()),
        "a site that must be open is not, or at too low a tier": bool((tier < problem.locked_tier).any()),
        "two sites are open in one village": _crowded(problem, tier),
        "no county centre, or more than allowed": not 1 <= int((tier == 3).sum()) <= problem.max_centres,
        "a village is assigned to a closed site": bool((tier[covered] == 0).any()),
        "a village is assigned beyond the radius": bool((access_lengths_m(problem, network) < 0).any()),
        "too few townships have a station": met < problem.required_township_count,
        "a station is over capacity": bool(len(overloaded(problem, network))),
        "a station is below its least volume": bool(below_least(problem, tier, throughput).any()),
        "a cold store stands where it may not": cold_misplaced(problem, network),
        "a station has no parent": bool(((tier > 0) & (tier < 3) & (parent < 0)).any()),
        "a station's parent is of the wrong tier": bool(wrong_parent.any()),
        "a station is beyond the supply radius": bool(((length < 0) | ((length > reach) & (tier > 0))).any()),
        "coverage or ways are less even than reached": _uneven(problem, network),
        "the budget is exceeded": problem.budget_cny is not None and capex > problem.budget_cny,
    }
    return tuple(text for text, broken in checks.items() if broken)


def _crowded(problem: ThreeTierProblem, tier: Ints) -> bool:
    """Whether two sites of one village-level unit are open although only one may be (M13)."""
    if problem.site_unit is None:
        return False
    units = problem.site_unit[(tier > 0) & (problem.site_unit >= 0)]
    return len(np.unique(units)) < len(units)


def _uneven(problem: ThreeTierProblem, network: Network) -> bool:
    """Whether the network breaks (M14), (M15) or (M16)."""
    covered = network.station >= 0
    way_m = access_lengths_m(problem, network)
    broken = problem.farthest_m is not None and bool((way_m > problem.farthest_m).any())
    if problem.near_m is not None:
        near = problem.population[covered & (way_m <= problem.near_m)].sum()
        broken = broken or bool(P90[1] * near < P90[0] * problem.population[covered].sum())
    if problem.least_covered is not None and problem.village_township is not None:
        counts = np.bincount(problem.village_township[covered], minlength=len(problem.least_covered))
        broken = broken or bool((counts < problem.least_covered).any())
    return broken
