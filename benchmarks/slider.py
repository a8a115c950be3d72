"""A radius dragged over 40 positions: how long until a whole plan stands there, and how near to the best it is proven.

Each position is a new problem. The session answers it from what the last position left; beside it `place_tiers` begins
anew and goes to proof, at every eighth position. Times are the processor's, so that other work on the machine does not
count, and wall-clock beside them; building the problem from the scenario is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.made_county import N_SITES, N_TOWNSHIPS, N_VILLAGES, made_county
from planner.geodata import read_county
from planner.locate import LocationSession, ThreeTierProblem, ThreeTierResult, county_problem, place_tiers
from planner.locate.county import site_gates
from planner.locate.sessions.session import NEAR, cost_gap
from planner.pipeline import prepare
from planner.policy import apply_rule_pack
from planner.scenario import Scenario

RADII_M = tuple(range(1_000, 5_000, 100))
EMBEDDED = ("xunhua", "isle-of-wight", "xihe")
ANEW_EVERY = 8
ANEW_LIMIT_S = 20.0
"""Limit on each run of `place_tiers`; the ratio counts a run that it ended as if it had ended there."""

Problems = Callable[[int], ThreeTierProblem]


@dataclass(frozen=True, slots=True)
class Position:
    """One position of the drag: seconds, and the gaps of cost and of person-metres."""

    processor_s: float
    wall_s: float
    cost_gap: float
    access_gap: float
    ratio: float | None


def main() -> None:
    """Drag the radius on the embedded counties and on a made one, and print a table."""
    print(f"\nRadius dragged over {len(RADII_M)} positions, {RADII_M[0]}–{RADII_M[-1]} m: processor ms (wall ms)")
    print(
        f"{'county':<22}{'median':>14}{'p95':>16}{'worst':>16}  within {NEAR:.1%}  cost proven  worst gap"
        "  access gap (worst)  anew ÷ session"
    )
    for name, problems in [*((name, _embedded(name)) for name in EMBEDDED), (_made_name(), made_county(0).problem)]:
        print(_line(name, _drag(problems)), flush=True)


def _made_name() -> str:
    return f"made {N_VILLAGES} × {N_SITES} × {N_TOWNSHIPS}"


def _embedded(name: str) -> Problems:
    county = read_county(name)
    scenario = apply_rule_pack(Scenario(), county.code).scenario
    prepared = prepare(county, scenario)

    def at(radius_m: int) -> ThreeTierProblem:
        here = scenario.update({"radius_km": radius_m / 1000})
        gates = site_gates(county, here, prepared.supply, prepared.site_snaps)
        return county_problem(county, here, prepared.access, prepared.supply, gates)

    return at


def _drag(problems: Problems) -> list[Position]:
    LocationSession().solve(problems(RADII_M[0]))  # compiled functions are loaded, as in a running app
    session, positions = LocationSession(), []
    for number, radius_m in enumerate(RADII_M):
        begin, wall = time.process_time(), time.perf_counter()
        answer = session.solve(problems(radius_m))
        processor_s, wall_s = time.process_time() - begin, time.perf_counter() - wall
        ratio = None
        if number % ANEW_EVERY == 0:
            begin = time.process_time()
            place_tiers(problems(radius_m), time_limit_s=ANEW_LIMIT_S)
            ratio = (time.process_time() - begin) / processor_s
        gap = cost_gap(answer)
        positions.append(Position(processor_s, wall_s, 1.0 if gap is None else gap, _access_gap(answer), ratio))
    return positions


def _access_gap(answer: ThreeTierResult) -> float:
    gap = next(report.gap for report in answer.reports if report.stage == "locate.access")
    return 1.0 if gap is None else gap


def _line(name: str, positions: list[Position]) -> str:
    processor_ms = 1000 * np.array([position.processor_s for position in positions])
    wall_ms = 1000 * np.array([position.wall_s for position in positions])
    gaps = np.array([position.cost_gap for position in positions])
    access = np.array([position.access_gap for position in positions])
    ratios = [position.ratio for position in positions if position.ratio is not None]
    median, p95, worst = (
        f"{np.percentile(processor_ms, share):.0f} ({np.percentile(wall_ms, share):.0f})" for share in (50, 95, 100)
    )
    return (
        f"{name:<22}{median:>14}{p95:>16}{worst:>16}{(gaps <= NEAR).mean():>13.0%}{(gaps == 0).mean():>13.0%}"
        f"{gaps.max():>11.2%}{f'{np.median(access):.1%} ({access.max():.1%})':>20}{np.median(ratios):>16.1f}"
    )
