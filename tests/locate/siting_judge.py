"""A judge of three-tier networks that shares nothing with the solver: rules and objective values in plain loops."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from planner.locate.problem import ThreeTierProblem


@dataclass(frozen=True)
class Facts:
    """The problem as dictionaries."""

    access: dict[tuple[int, int], int]
    supply: dict[tuple[int, int], int]


def facts(problem: ThreeTierProblem) -> Facts:
    access = {
        (i, int(problem.access_site[e])): int(problem.access_m[e])
        for i in range(problem.n_villages)
        for e in range(problem.access_indptr[i], problem.access_indptr[i + 1])
    }
    supply = {
        (p, int(problem.supply_child[k])): int(problem.supply_m[k])
        for p in range(problem.n_sites)
        for k in range(problem.supply_indptr[p], problem.supply_indptr[p + 1])
    }
    return Facts(access, supply)


def may_supply(problem: ThreeTierProblem, known: Facts, tier: list[int], parent: int, child: int) -> bool:
    """Whether the open site ``parent`` may supply the open site ``child`` under (M7) and (M8)."""
    length = known.supply.get((parent, child))
    if length is None or parent == child:
        return False
    if tier[child] == 1:
        return tier[parent] >= 2 and length <= problem.township_to_village_m
    return tier[child] == 2 and tier[parent] == 3 and length <= problem.county_to_township_m


def judge(  # noqa: PLR0917 (the problem and a network)
    problem: ThreeTierProblem,
    tier: list[int],
    station: list[int],
    parent: list[int],
    known: Facts | None = None,
    cold: list[int] | None = None,
) -> list[str]:
    """Every rule that the network breaks."""
    known = known or facts(problem)
    opened = [j for j, t in enumerate(tier) if t > 0]
    wrong = [f"site {j} above its highest tier" for j in opened if tier[j] > problem.max_tier[j]]
    load = dict.fromkeys(opened, 0)
    for i, j in enumerate(station):
        if j < 0:
            continue
        if (i, j) not in known.access or j not in load:
            wrong.append(f"village {i} assigned to {j}")
            continue
        load[j] += int(problem.demand_centiparcels[i])
    for j in sorted(opened, key=lambda j: tier[j]):  # points before stations before centres: loads go up the tree
        if tier[j] == 3:
            continue
        if not may_supply(problem, known, tier, parent[j], j):
            wrong.append(f"site {j} cannot be supplied by {parent[j]}")
        else:
            load[parent[j]] += load[j]
    for j in opened:
        if load[j] > problem.capacity_centiparcels[tier[j] - 1]:
            wrong.append(f"site {j} over capacity")
        if load[j] < _least_volume(problem, j, tier[j]):
            wrong.append(f"site {j} below its least volume")
    return wrong + judge_whole(problem, tier, cold or [])


def _least_volume(problem: ThreeTierProblem, site: int, tier: int) -> int:
    must_be_open = problem.least_tier is not None and problem.least_tier[site] > 0
    return 0 if problem.least_centiparcels is None or must_be_open else int(problem.least_centiparcels[tier - 1])


def judge_whole(problem: ThreeTierProblem, tier: list[int], cold: list[int] | None = None) -> list[str]:
    """Every rule that the tiers (and stores) alone break."""
    cold = cold or []
    opened = [j for j, t in enumerate(tier) if t > 0]
    wrong = [f"store at {j}" for j in cold if problem.cold is None or tier[j] < problem.cold.least_tier]
    if not 1 <= sum(t == 3 for t in tier) <= problem.max_centres:
        wrong.append("no centre or too many")
    if problem.least_tier is not None:
        wrong += [f"site {j} not open as asked" for j, t in enumerate(problem.least_tier.tolist()) if tier[j] < t]
    if problem.site_unit is not None:
        units = [u for u, t in zip(problem.site_unit.tolist(), tier, strict=True) if t and u >= 0]
        wrong += ["two sites open in one unit"] * (len(units) - len(set(units)))
    met = {int(problem.site_township[j]) for j in opened if tier[j] >= 2} & set(problem.required_townships.tolist())
    if len(met) < problem.required_township_count:
        wrong.append("township rule")
    capex = sum(int(problem.capex_cny[j, tier[j] - 1]) for j in opened)
    if problem.cold is not None:
        capex += sum(int(problem.cold.capex_cny[j]) for j in cold)
    if problem.budget_cny is not None and capex > problem.budget_cny:
        wrong.append("budget")
    return wrong


def values(  # noqa: PLR0917 (the problem and a network)
    problem: ThreeTierProblem,
    tier: list[int],
    station: list[int],
    parent: list[int],
    known: Facts | None = None,
    cold: list[int] | None = None,
) -> dict[str, int]:
    """The objective values, by stage."""
    known = known or facts(problem)
    covered = [i for i, j in enumerate(station) if j >= 0]
    return {
        **(_evenness(problem, station, covered, known) if problem.equity else {}),
        "locate.backup": min(problem.backup_villages, sum(_second(problem, tier, i, known) for i in covered))
        if problem.backup_villages
        else 0,
        "locate.priority": sum(problem.priority is not None and problem.priority[i] > 0 for i in covered),
        "locate.villages": min(len(covered), problem.target_villages),
        "locate.weighted": 0
        if problem.weight_tenths is None
        else sum(int(problem.weight_tenths[i]) for i in covered) / 10,
        "locate.people": sum(int(problem.population[i]) for i in covered),
        "locate.cold": produce_in_reach(problem, cold or []),
        "locate.cost": sum(int(problem.annual_cost_cny[j, t - 1]) for j, t in enumerate(tier) if t > 0)
        + sum(int(problem.cold.annual_cost_cny[j]) for j in cold or [] if problem.cold is not None),
        "locate.access": sum(int(problem.population[i]) * known.access[i, station[i]] for i in covered),
        "locate.supply": sum(known.supply[p, j] for j, p in enumerate(parent) if p >= 0),
    }


def produce_in_reach(problem: ThreeTierProblem, cold: list[int]) -> int:
    """Produce of villages with a cold store in reach, up to the target."""
    if problem.cold is None:
        return 0
    total, indptr = 0, problem.cold.reach_indptr.tolist()
    for i, produce in enumerate(problem.cold.produce_centiparcels.tolist()):
        if set(problem.cold.reach_site[indptr[i] : indptr[i + 1]].tolist()) & set(cold):
            total += produce
    return min(total, problem.cold.target_centiparcels)


def _second(problem: ThreeTierProblem, tier: list[int], village: int, known: Facts) -> bool:
    """Whether two open stations are near enough and large enough for the village."""
    demand = problem.demand_centiparcels[village]
    return sum(
        (village, j) in known.access and demand <= problem.capacity_centiparcels[t - 1]
        for j, t in enumerate(tier) if t
    ) > 1  # fmt: skip


def _evenness(
    problem: ThreeTierProblem, station: list[int], covered: list[int], known: Facts
) -> dict[str, int | Fraction]:
    """The three measures of evenness, however they are used."""
    ways = sorted((known.access[i, station[i]], int(problem.population[i])) for i in covered)
    people, within, p90 = sum(count for _, count in ways), 0, 0
    for metres, count in ways:
        within += count
        if people and within * 10 >= people * 9:
            p90 = metres
            break
    found: dict[str, int | Fraction] = {
        "locate.max_distance": max((metres for metres, _ in ways), default=0),
        "locate.p90": p90,
    }
    if problem.village_township is not None:
        homes = problem.village_township.tolist()
        found["locate.worst_township"] = min(
            problem.township_share, *(Fraction(sum(homes[i] == g for i in covered), homes.count(g)) for g in set(homes))
        )
    return found


def order_key(problem: ThreeTierProblem, value: dict[str, int]) -> tuple[int, ...]:
    """What the lexicographic order compares, smaller is better (model.md: the target decides the place of people)."""
    villages, people = value["locate.villages"], value["locate.people"]
    if problem.weight_tenths is not None:  # then coverage is what the weights say, whatever it is in villages
        villages = 0
    first, last = -value["locate.priority"] - value["locate.weighted"], (value["locate.access"], value["locate.supply"])
    backup, cold, cost = -value["locate.backup"], -value["locate.cold"], value["locate.cost"]
    ways = value[f"locate.{problem.equity}"] if problem.equity in {"max_distance", "p90"} else 0
    townships = -value["locate.worst_township"] if problem.equity == "worst_township" else 0
    if problem.target_villages < problem.n_villages and villages == problem.target_villages:
        return (first, -villages, townships, ways, backup, cold, cost, -people, *last)
    return (first, -villages, townships, -people, ways, backup, cold, cost, *last)
