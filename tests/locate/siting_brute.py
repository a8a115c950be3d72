"""The best network of a tiny problem by trying everything."""

from __future__ import annotations

from itertools import product

from siting_judge import Facts, facts, judge, judge_whole, may_supply, order_key, values

from planner.locate.problem import ThreeTierProblem


def best_by_trying(problem: ThreeTierProblem) -> tuple[int, ...] | None:
    """Lexicographic optimum (see `order_key`) over all tiers, assignments, parents; None when nothing is feasible."""
    known = facts(problem)
    best: tuple[int, ...] | None = None
    for tiers in product(*[range(int(highest) + 1) for highest in problem.max_tier]):
        tier = list(tiers)
        if judge_whole(problem, tier):
            continue
        for stations in product(*_stations(problem, known, tier)):
            for parents in product(*_parents(problem, known, tier)):
                station, parent = list(stations), list(parents)
                key = order_key(problem, values(problem, tier, station, parent, known))
                if (best is None or key < best) and not judge(problem, tier, station, parent, known):
                    best = key
    return best


def _stations(problem: ThreeTierProblem, known: Facts, tier: list[int]) -> list[list[int]]:
    sites = range(problem.n_sites)
    return [[-1, *(j for j in sites if tier[j] and (i, j) in known.access)] for i in range(problem.n_villages)]


def _parents(problem: ThreeTierProblem, known: Facts, tier: list[int]) -> list[list[int]]:
    sites = range(problem.n_sites)
    return [[p for p in sites if may_supply(problem, known, tier, p, j)] if tier[j] in {1, 2} else [-1] for j in sites]
