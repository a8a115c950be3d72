"""Capacitated vehicle routing on CVRPLIB instances: our gap to the best known value at a fixed time limit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from planner.route import RoutingProblem, VehicleType, solve_routes

TIME_LIMIT_S = 5.0


def read_instance(path: Path) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Distances rounded to the nearest integer (EUC_2D), demands, vehicle capacity, best known cost."""
    text = path.read_text("ascii")
    capacity = int(re.search(r"CAPACITY\s*:\s*(\d+)", text)[1])
    rows = re.search(r"NODE_COORD_SECTION(.*?)DEMAND_SECTION(.*?)DEPOT_SECTION", text, re.DOTALL)
    points = np.array([line.split()[1:3] for line in rows[1].strip().splitlines()], float)
    demand = np.array([line.split()[1] for line in rows[2].strip().splitlines()], int)
    gaps = points[:, None] - points[None]
    distance = np.floor(np.hypot(gaps[..., 0], gaps[..., 1]) + 0.5).astype(np.int64)
    best = int(re.search(r"Cost\s+(\d+)", path.with_suffix(".sol").read_text("ascii"))[1])
    return distance, demand, capacity, best


def main(folder: Path) -> None:
    """Print one line per instance."""
    print(f"\nCVRP, {TIME_LIMIT_S:g} s each, gap to the best known value")
    print("instance          cost     best   gap  engine")
    for path in sorted(folder.glob("*.vrp")):
        distance, demand, capacity, best = read_instance(path)
        fleet = (VehicleType(len(demand), capacity, 0, 1, 0, 10**9, 10**9),)
        problem = RoutingProblem(distance, distance, demand, np.zeros_like(demand), fleet)
        found = solve_routes(problem, time_limit_s=TIME_LIMIT_S)
        print(f"{path.stem:14s} {found.cost:8.0f} {best:8d} {100 * (found.cost / best - 1):5.1f}%  {found.engine}")
