"""The best network of a tiny problem by trying everything."""

from __future__ import annotations

from itertools import combinations, product

from siting_judge import Facts, facts, judge, judge_whole, may_supply, order_key, produce_in_reach, values

from planner.locate.problem import ThreeTierProblem


def best_by_trying(problem: ThreeTierProblem) -> tuple[int, ...] | None:
    """Lexicographic optimum (see `order_key`) over all tiers, assignments, parents; None when nothing is feasible."""
    known = facts(problem)
    best: tuple[int, ...] | None = None
    for tiers in product(*[range(int(highest) + 1) for highest in problem.max_tier]):
        tier = list(tiers)
        if judge_whole(problem, tier):
            continue
        cold = _best_stores(problem, tier)
        for stations in product(*_stations(problem, known, tier)):
            for parents in product(*_parents(problem, known, tier)):
                station, parent = list(stations), list(parents)
                key = order_key(problem, values(problem, tier, station, parent, known, cold))
                if (best is None or key < best) and not judge(problem, tier, station, parent, known, cold):
                    best = key
    return best


def _stations(problem: ThreeTierProblem, known: Facts, tier: list[int]) -> list[list[int]]:
    sites = range(problem.n_sites)
    return [[-1, *(j for j in sites if tier[j] and (i, j) in known.access)] for i in range(problem.n_villages)]


def _parents(problem: ThreeTierProblem, known: Facts, tier: list[int]) -> list[list[int]]:
    sites = range(problem.n_sites)
    return [[p for p in sites if may_supply(problem, known, tier, p, j)] if tier[j] in {1, 2} else [-1] for j in sites]


def _best_stores(problem: ThreeTierProblem, tier: list[int]) -> list[int]:
    """The cold stores that suit these tiers best within the budget, whatever is assigned to whom."""
    if problem.cold is None:
        return []
    sites = [j for j, t in enumerate(tier) if t >= problem.cold.least_tier]
    spent = sum(int(problem.capex_cny[j, t - 1]) for j, t in enumerate(tier) if t)
    best = ((0, 0), ())
    for chosen in (each for count in range(len(sites) + 1) for each in combinations(sites, count)):
        if problem.budget_cny is not None and spent + problem.cold.capex_cny[list(chosen)].sum() > problem.budget_cny:
            continue
        cost = int(problem.cold.annual_cost_cny[list(chosen)].sum())
        best = min(best, ((-produce_in_reach(problem, list(chosen)), cost), chosen))
    return list(best[1])
