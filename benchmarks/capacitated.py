"""Capacitated location on OR-Library's cap instances and on seeded ones of 100 sites × 1,000 demands, beside HiGHS."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import plain
from planner.locate import capacitated_facility_location

HIGHS_LIMIT_S = 60.0
LARGE = ((8_000, 1), (5_000, 4), (14_000, 4))
"""Capacity, and how dear sites are, of the seeded instances."""


def read_instance(path: Path, capacity: float | None = None) -> tuple[np.ndarray, ...]:
    """Service cost (demand × site), demand, capacity, fixed cost; ``capacity`` where the file leaves it open."""
    words = path.read_text("ascii").split()
    n, m = int(words[0]), int(words[1])
    sites = np.array([capacity if word == "capacity" else float(word) for word in words[2 : 2 + 2 * n]]).reshape(n, 2)
    rows = np.array(words[2 + 2 * n :], dtype=float).reshape(m, n + 1)
    return rows[:, 1:], rows[:, 0], sites[:, 0], sites[:, 1]


def seeded(capacity: float, dear: float, seed: int) -> tuple[np.ndarray, ...]:
    """100 sites and 1,000 demands on a square of 1,000: cost = distance × demand × 1 to 1.25."""
    random = np.random.default_rng(seed)
    sites, places = random.random((100, 2)) * 1000, random.random((1000, 2)) * 1000
    demand = random.integers(1, 101, 1000).astype(float)
    away = np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1))
    costs = np.round(away * demand[:, None] * random.uniform(1, 1.25, away.shape), 3)
    return costs, demand, np.full(100, float(capacity)), (random.uniform(3e5, 1e6, 100) * dear).round(2)


def main(folder: Path | None) -> None:
    """Print one line per instance."""
    print(f"\nCapacitated location, ours against plain HiGHS ({HIGHS_LIMIT_S:.0f} s)")
    print("instance             value  status     ours s  HiGHS s  ratio")
    cases = [(path.stem, read_instance(path)) for path in sorted(folder.glob("cap7*.txt"))] if folder else []
    cases += [(f"100x1000 {k} {dear}", seeded(k, dear, seed)) for seed, (k, dear) in enumerate(LARGE)]
    for label, case in cases:
        result = capacitated_facility_location(*case)
        answer = plain.capacitated(*case, HIGHS_LIMIT_S)
        if answer.proven and abs(answer.value - result.objective) > 1e-6 * answer.value:
            raise AssertionError(f"{label}: ours {result.objective}, HiGHS {answer.value}")
        end = f"{answer.seconds:8.2f} {answer.seconds / result.seconds:6.1f}" if answer.proven else "   > limit"
        print(f"{label:14s} {result.objective:12.2f}  {result.status:9s} {result.seconds:7.2f} {end}", flush=True)
