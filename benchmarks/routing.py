"""Vehicle routing on published instances, our engine and OR-Tools alone at equal time, gap to the best known value.

CVRPLIB X (capacitated) and Dethloff's instances with simultaneous delivery and pickup (VRPSPD).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from planner.route import RoutingProblem, VehicleType, route_violations, solve_routes

SMALL = 200
"""Customers up to which an instance gets the shorter time."""
TIME_LIMITS_S = (10.0, 60.0)
DETHLOFF_TIME_LIMIT_S = 10.0
DETHLOFF_SCALE = 10_000
DETHLOFF_BEST = {"CON3-0": 616.52, "CON3-1": 554.47, "SCA3-0": 635.62, "SCA8-0": 961.50}
"""Best known values of the instances at hand; of others only the two engines are compared."""


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


def read_pickup_instance(path: Path) -> RoutingProblem:
    """Dethloff's: a full matrix, then one row a node whose last two columns are pickup and delivery."""
    words = path.read_text("ascii").split()
    n, capacity = (int(words[words.index(name) + 2]) for name in ("DIMENSION", "CAPACITY"))
    start = words.index("EDGE_WEIGHT_SECTION") + 1
    distance = np.array(words[start : start + n * n], dtype=np.int64).reshape(n, n)
    start = words.index("PICKUP_AND_DELIVERY_SECTION") + 1
    rows = np.array(words[start : start + 7 * n], dtype=np.int64).reshape(n, 7)
    return RoutingProblem(distance, distance, rows[:, 6], rows[:, 5], [VehicleType(None, capacity)])


def main(folder: Path) -> None:
    """Print one line per capacitated instance, and the means."""
    print(f"\nCVRP, {TIME_LIMITS_S[0]:g} s each up to {SMALL} customers, {TIME_LIMITS_S[1]:g} s above")
    print("instance            cost     best     gap  engine  OR-Tools alone     gap")
    gaps = []
    for path in sorted(folder.glob("*.vrp")):
        distance, demand, capacity, best = read_instance(path)
        problem = RoutingProblem(distance, distance, demand, np.zeros_like(demand), [VehicleType(None, capacity)])
        limit_s = TIME_LIMITS_S[0] if len(demand) - 1 <= SMALL else TIME_LIMITS_S[1]
        gaps.append(_compare(path.stem, problem, limit_s, best, 1))
    _print_means(gaps)


def pickups(folder: Path) -> None:
    """Print one line per instance with pickups, and the means."""
    print(f"\nVRPSPD (Dethloff), {DETHLOFF_TIME_LIMIT_S:g} s each")
    print("instance            cost     best     gap  engine  OR-Tools alone     gap")
    gaps = []
    for path in sorted(folder.glob("*.vrpspd")):
        problem = read_pickup_instance(path)
        best = DETHLOFF_BEST.get(path.stem)
        gaps.append(_compare(path.stem, problem, DETHLOFF_TIME_LIMIT_S, best, DETHLOFF_SCALE))
    _print_means(gaps)


def _compare(
    name: str, problem: RoutingProblem, limit_s: float, best: float | None, scale: int
) -> tuple[float, float] | None:
    """Gaps in per cent of our engine and of OR-Tools, both judged; None where no best value is known."""
    ours = solve_routes(problem, time_limit_s=limit_s)
    alone = solve_routes(problem, time_limit_s=limit_s, engine="ortools")
    for result in (ours, alone):
        broken = [*route_violations(problem, result), *(f"{stop} left out" for stop in result.unserved)]
        if broken:
            raise RuntimeError(f"{name}, {result.engine}: " + "; ".join(broken))
    costs = [result.cost / scale for result in (ours, alone)]
    gaps = None if best is None else tuple(100 * (cost / best - 1) for cost in costs)
    shown = ["" if gaps is None else f"{gap:6.2f}%" for gap in gaps or (0.0, 0.0)]
    known = "unknown" if best is None else f"{best:g}"
    print(f"{name:14s} {costs[0]:9.8g} {known:>8s} {shown[0]:>7s}  {ours.engine:6s} {costs[1]:15.8g} {shown[1]:>7s}")
    return gaps


def _print_means(gaps: list[tuple[float, float] | None]) -> None:
    known = np.array([gap for gap in gaps if gap is not None])
    if known.size:
        ours, alone = known.mean(axis=0)
        print(f"mean gap {ours:.2f} %, OR-Tools alone {alone:.2f} %")
