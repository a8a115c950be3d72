"""p-median and p-center on OR-Library's pmed instances and on seeded ones of the same kind, beside plain HiGHS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import shortest_path

from benchmarks import plain
from planner.locate import p_center, p_median

HIGHS_LIMIT_S = 60.0
HIGHS_NODES = 300
"""Plain models of more nodes are left out: they do not end within the limit and take gigabytes."""
LIKE = ((400, 40), (600, 5), (600, 60), (700, 70), (800, 5), (900, 90))
"""Nodes and p of the seeded instances: like pmed18, 26, 28, 33, 35 and 40."""


def read_instance(path: Path) -> tuple[np.ndarray, int]:
    """All-pairs distances and p of an OR-Library file; of an edge given twice the last cost holds."""
    numbers = np.array(path.read_text("ascii").split(), dtype=np.int64)
    n, _, p = numbers[:3]
    costs = {}
    for a, b, cost in numbers[3:].reshape(-1, 3).tolist():
        costs[min(a, b), max(a, b)] = cost
    return _distances(int(n), costs), int(p)


def like_pmed(n: int, seed: int) -> np.ndarray:
    """Distances in a random connected graph with n²/50 edges of cost 1 to 100, as OR-Library's were drawn."""
    random = np.random.default_rng(seed)
    order = random.permutation(n)
    pairs = [(int(order[k]), int(order[random.integers(0, k)])) for k in range(1, n)]
    while len(set(pairs)) < n * n // 50:
        a, b = random.integers(0, n, 2).tolist()
        if a != b:
            pairs.append((a, b))
    return _distances(n, {(min(p) + 1, max(p) + 1): int(random.integers(1, 101)) for p in dict.fromkeys(pairs)})


def _distances(n: int, costs: dict[tuple[int, int], int]) -> np.ndarray:
    graph = np.zeros((n, n))
    for (a, b), cost in costs.items():
        graph[a - 1, b - 1] = graph[b - 1, a - 1] = cost
    return shortest_path(graph, method="D", directed=False)


def main(folder: Path | None) -> None:
    """Print one line per instance and problem, and the totals where HiGHS ended."""
    cases = []
    if folder is not None:
        found = sorted(folder.glob("pmed*.txt"), key=lambda path: int(path.stem[4:]))
        cases = [(path.stem, *read_instance(path)) for path in found]
    cases += [(f"like {n} p={p}", like_pmed(n, seed), p) for seed, (n, p) in enumerate(LIKE)]
    for name, solver, peer in (("p-median", p_median, plain.p_median), ("p-center", p_center, plain.p_center)):
        print(f"\n{name}, ours against plain HiGHS ({HIGHS_LIMIT_S:.0f} s)")
        print("instance        nodes    p    value  status     ours s  HiGHS s  ratio")
        ours, theirs = 0.0, 0.0
        for label, distance, p in cases:
            result = solver(distance, p)
            line = f"{label:14s} {len(distance):6d} {p:4d} {result.objective:8.0f}  {result.status:9s}"
            line += f" {result.seconds:7.2f}"
            if len(distance) > HIGHS_NODES:
                print(f"{line}        -")
                continue
            answer = peer(distance, p, HIGHS_LIMIT_S)
            if answer.proven:
                ours, theirs = ours + result.seconds, theirs + answer.seconds
                if abs(answer.value - (result.objective or 0)) > 0.5:
                    raise AssertionError(f"{label}: ours {result.objective}, HiGHS {answer.value}")
            end = f"{answer.seconds:8.2f} {answer.seconds / result.seconds:6.1f}" if answer.proven else "   > limit"
            print(f"{line} {end}", flush=True)
        if ours:
            print(f"total where HiGHS ended: ours {ours:.2f} s, HiGHS {theirs:.2f} s, ratio {theirs / ours:.1f}")
