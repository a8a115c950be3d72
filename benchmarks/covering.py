"""Set covering on OR-Library instances: ours against the plain model in the same solver (SCIP), in one run."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from ortools.linear_solver import pywraplp
from scipy import sparse

from planner.locate import set_covering

LIKE = {"4": (200, 1000, 0.02), "5": (200, 2000, 0.02), "6": (200, 1000, 0.05), "a": (300, 3000, 0.02)}
LIKE |= {"b": (300, 3000, 0.05), "c": (400, 4000, 0.02)}
"""Rows, columns and density of seeded instances like OR-Library's scp4, 5, 6, a, b and c; costs from 1 to 100."""


def like_scp(rows: int, columns: int, density: float, seed: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    """A random instance in which every row has two columns at least, every column a row."""
    random = np.random.default_rng(seed)
    covers = random.random((rows, columns)) < density
    for row in np.flatnonzero(covers.sum(axis=1) < 2):
        covers[row, random.choice(columns, 2, replace=False)] = True
    bare = np.flatnonzero(~covers.any(axis=0))
    covers[random.integers(0, rows, len(bare)), bare] = True
    return sparse.csr_matrix(covers), random.integers(1, 101, columns)


def read_instance(path: Path) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Rows, columns, column costs, then for each row its count and its 1-based columns."""
    numbers = iter(int(token) for token in path.read_text("ascii").split())
    rows, columns = next(numbers), next(numbers)
    costs = np.array([next(numbers) for _ in range(columns)])
    indptr, indices = [0], []
    for _ in range(rows):
        indices += [next(numbers) - 1 for _ in range(next(numbers))]
        indptr.append(len(indices))
    return sparse.csr_matrix((np.ones(len(indices), bool), indices, indptr), shape=(rows, columns)), costs


def plain_scip(coverage: sparse.csr_matrix, costs: np.ndarray) -> float:
    """The textbook model handed to SCIP as it is."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    opened = [solver.BoolVar("") for _ in costs]
    for start, end in zip(coverage.indptr, coverage.indptr[1:], strict=False):
        solver.Add(sum(opened[column] for column in coverage.indices[start:end]) >= 1)
    solver.Minimize(sum(int(cost) * column for cost, column in zip(costs, opened, strict=True)))
    solver.Solve()
    return solver.Objective().Value()


def main(folder: Path | None) -> None:
    """Print one line per instance: value, status, seconds, ratio."""
    cases = [(path.stem, read_instance(path)) for path in sorted(folder.glob("*.txt"))] if folder else []
    cases += [(f"like {name} {seed}", like_scp(*size, seed)) for name, size in LIKE.items() for seed in range(2)]
    set_covering(*cases[0][1])
    print("\nSet covering, ours against plain SCIP\ninstance      value  status     ours s  SCIP s  ratio")
    for name, (coverage, costs) in cases:
        start = time.perf_counter()
        ours = set_covering(coverage, costs)
        middle = time.perf_counter()
        theirs = plain_scip(coverage, costs)
        end = time.perf_counter()
        if round(theirs) != round(ours.objective or -1):
            raise AssertionError(f"{name}: ours {ours.objective}, SCIP {theirs}")
        seconds, peer = middle - start, end - middle
        print(f"{name:10s} {ours.objective:8.0f}  {ours.status:9s} {seconds:7.2f} {peer:7.2f} {peer / seconds:6.1f}")
