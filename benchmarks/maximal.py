"""Maximal covering: a seeded province of 40,000 demands × 5,000 sites beside HiGHS, a county also beside spopt.

spopt runs in a process of its own, in the environment whose interpreter ``--spopt`` names (pip install spopt).
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, load_npz, save_npz
from scipy.spatial import cKDTree

from benchmarks import plain
from planner.locate import maximal_covering

HIGHS_LIMIT_S = 240.0
RADIUS = {"province": 0.012, "county": 0.06}


def settlements(n_demands: int, n_sites: int, radius: float, seed: int) -> tuple[csr_array, np.ndarray]:
    """Villages in small clusters along valleys, sites in the largest ones; who lies within the radius of which."""
    random = np.random.default_rng(seed)
    spots = random.random((4 * n_demands, 2))
    height = sum(np.sin(2 * np.pi * k * (spots @ random.normal(size=2)) + random.random() * 6) for k in (5, 9, 16, 30))
    chance = np.exp(-1.5 * height)
    centres = spots[random.choice(len(spots), n_demands // 12, replace=False, p=chance / chance.sum())]
    places = centres[random.integers(0, len(centres), n_demands)] + random.normal(0, radius * 0.6, (n_demands, 2))
    people = random.lognormal(6.8, 0.7, n_demands).round()
    sites = places[np.argsort(-people)[:n_sites]]
    near = cKDTree(places).query_ball_point(sites, radius)
    columns = np.repeat(np.arange(n_sites), [len(each) for each in near])
    rows = np.concatenate([np.array(each, dtype=np.int64) for each in near])
    return csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n_demands, n_sites)), people


def spopt_seconds(python: Path, coverage: csr_array, weights: np.ndarray, p: int) -> tuple[float, float]:
    """Value and seconds (model building included) of spopt's MCLP with its default solver."""
    script = (
        "import sys, time, numpy as np, pulp\n"
        "from scipy.sparse import load_npz\n"
        "from spopt.locate import MCLP\n"
        "away = 1.0 - load_npz(sys.argv[1] + '/c.npz').toarray(); w = np.load(sys.argv[1] + '/w.npy')\n"
        "t = time.perf_counter()\n"
        "m = MCLP.from_cost_matrix(away, w, 0.5, p_facilities=int(sys.argv[2]))\n"
        "m = m.solve(pulp.PULP_CBC_CMD(msg=False), results=False)\n"
        "print(abs(m.problem.objective.value()), time.perf_counter() - t)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        save_npz(f"{folder}/c.npz", coverage)
        np.save(f"{folder}/w.npy", weights)
        load_npz(f"{folder}/c.npz")
        done = subprocess.run([str(python), "-c", script, folder, str(p)], capture_output=True, text=True, check=True)
    value, seconds = done.stdout.split()[-2:]
    return float(value), float(seconds)


def main(spopt: Path | None) -> None:
    """Print what is proven within 1, 10 and 60 s, what HiGHS needs for the same, and a county beside spopt."""
    coverage, weights = settlements(40_000, 5_000, RADIUS["province"], 0)
    print(
        f"\nMaximal covering, {coverage.shape[0]} demands x {coverage.shape[1]} sites, p = 1000, {coverage.nnz} pairs"
    )
    print("limit s   covered      bound  gap %  seconds")
    gap = 1.0
    maximal_covering(coverage, weights, max_sites=1000, time_limit_s=0.1)
    for limit_s in (1.0, 10.0, 60.0):
        result = maximal_covering(coverage, weights, max_sites=1000, time_limit_s=limit_s)
        gap = result.gap if limit_s == 1.0 else gap
        line = f"{limit_s:7.0f} {result.objective:10.0f} {result.bound:10.0f} {100 * result.gap:6.3f}"
        print(f"{line} {result.seconds:8.2f}", flush=True)
    answer = plain.maximal_covering(coverage, weights, 1000, HIGHS_LIMIT_S, max(gap, 1e-9))
    reached = (answer.bound - answer.value) / answer.value
    print(f"HiGHS, asked for our gap after 1 s: {100 * reached:.3f} % in {answer.seconds:.1f} s")
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")
    coverage, weights = settlements(600, 600, RADIUS["county"], 1)
    maximal_covering(coverage, weights, max_sites=15)
    started = time.perf_counter()
    result = maximal_covering(coverage, weights, max_sites=15)
    ours = time.perf_counter() - started
    print(f"county 600 x 600, p = 15: {result.objective:.0f} {result.status} in {ours:.3f} s", end="")
    if spopt is None:
        print("; spopt left out, no --spopt interpreter given")
        return
    value, seconds = spopt_seconds(spopt, coverage, weights, 15)
    if abs(value - result.objective) > 0.5:
        raise AssertionError(f"ours {result.objective}, spopt {value}")
    print(f"; spopt {seconds:.2f} s, ratio {seconds / ours:.0f}")
