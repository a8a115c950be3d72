"""The embedded counties: seconds of routing, and what stations and routes together save over one after the other."""

from __future__ import annotations

import time
from pathlib import Path

from planner.geodata import read_county
from planner.pipeline import Prepared, prepare, solve_prepared
from planner.route import route_county
from planner.scenario import Scenario

ROOT = Path(__file__).parents[1]
COUNTIES = ("xunhua", "xihe", "isle-of-wight")
MOST_S = 10.0
"""Routing a county is to take no longer."""
ROUNDS = 2


def main() -> None:
    """Print one line per county."""
    print(f"\nCounty routes: to be routed in {MOST_S:g} s; stations and routes together in at most {ROUNDS} rounds")
    print("county         sites  routing   first CNY/yr  together CNY/yr    gain  rounds  seconds")
    for name in COUNTIES:
        ready = prepare(read_county(ROOT / "data" / "geo" / name))
        ready.measured()
        print(_line(name, ready))


def _line(name: str, ready: Prepared) -> str:
    first = solve_prepared(ready)
    near = ready.near_stops(first.scenario, first.plan.stations)
    began = time.perf_counter()
    route_county(ready.county, first.scenario, first.plan.stations, first.plan.assignments, ready.supply, near=near)
    routing_s = time.perf_counter() - began
    began = time.perf_counter()
    together = solve_prepared(ready, Scenario().with_settings([f"routing.siting_rounds={ROUNDS}"]))
    seconds = time.perf_counter() - began
    saved = together.plan.together
    assert saved is not None, "it was asked for"  # noqa: S101 (for the type checker)
    assert saved.gain_cny >= 0, "together is never dearer"  # noqa: S101 (what is measured)
    return (
        f"{name:14s} {len(ready.county.sites):5d}  {routing_s:5.1f} s  {saved.first.total_cny:13,d}"
        f"  {saved.kept.total_cny:15,d}  {100 * saved.gain_share:5.1f}%  {saved.rounds:6d}  {seconds:7.1f}"
    )
