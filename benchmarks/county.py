"""The three tiers of a county: time to proof, and its cost and access stages handed whole to HiGHS, SCIP and CP-SAT.

The textbook model is that of ``docs/model.md`` §2 with (M7') for the parents: openings, assignments and capacity rows,
without listed loads, cuts or cores. Its access stage is given the least cost, which ours had to find first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from benchmarks.made_county import made_county
from planner.locate.engine import Deadline, minimise
from planner.locate.model import build
from planner.locate.problem import ThreeTierProblem, ThreeTierResult
from planner.locate.stages import place_tiers

ROOT = Path(__file__).parents[1]
LIMIT_S = 60.0
RADII_KM = np.arange(1.0, 8.01, 0.5)
MINUTES = (5, 10, 15, 20, 25)
SPEED_M_PER_MIN = 500
"""30 km/h on every road of a seeded county."""
SEEDS = 10
WHOLE_KM = (2.5, 4.0, 5.0)
"""Radii at which the textbook model of Xihe is handed over; of the seeded counties it is seed 0, 10 minutes."""


def xihe() -> Iterator[tuple[str, ThreeTierProblem]]:
    """The embedded county at every radius by road."""
    from planner.geodata import read_county
    from planner.locate.county import county_problem, site_gates
    from planner.pipeline import prepare
    from planner.policy import apply_rule_pack
    from planner.scenario import Scenario

    county = read_county(ROOT / "data" / "geo" / "xihe")
    prepared = prepare(county, Scenario())
    for radius_km in RADII_KM.tolist():
        scenario = apply_rule_pack(Scenario(radius_km=radius_km), county.code).scenario
        gates = site_gates(county, scenario, prepared.supply, prepared.site_snaps)
        yield f"xihe {radius_km:g} km", county_problem(county, scenario, prepared.access, prepared.supply, gates)


def seeded(seed: int) -> Iterator[tuple[str, ThreeTierProblem]]:
    """A made-up county of 300 villages, 600 sites and 20 townships, at several minutes by road."""
    county = made_county(seed)
    for minutes in MINUTES:
        yield f"seed {seed} {minutes} min", county.problem(minutes * SPEED_M_PER_MIN)


def ours(name: str, problem: ThreeTierProblem) -> ThreeTierResult:
    """Run all stages within the limit and print seconds, processor seconds and each stage's gap."""
    started, used = time.perf_counter(), time.process_time()
    result = place_tiers(problem, time_limit_s=LIMIT_S)
    spent, used = time.perf_counter() - started, time.process_time() - used
    gaps = {report.stage.removeprefix("locate."): report.gap for report in result.reports if report.gap != 0}
    open_gaps = ", ".join(f"{stage} {'?' if gap is None else f'{100 * gap:.2f} %'}" for stage, gap in gaps.items())
    print(f"{name:16} {spent:8.2f} {used:8.2f}  {open_gaps or 'all proven'}", flush=True)
    return result


def whole(name: str, problem: ThreeTierProblem, result: ThreeTierResult) -> None:
    """Hand the cost and access stages of the textbook model to the three solvers and print what they made of them."""
    layout, model = build(problem, with_links=False, with_flows=False, sets_per_site=0)
    covered = layout.covered[layout.covered >= 0]
    value = {report.stage.removeprefix("locate."): report for report in result.reports}
    if value["villages"].objective != len(covered):
        print(f"{name}: not all villages that can be covered can be covered together; no textbook model")
        return
    low = np.zeros(layout.n_columns)
    low[covered] = 1
    model = model.with_bounds(low, model.high)
    cost, access = np.zeros((2, layout.n_columns))
    cost[: len(layout.open_site)] = problem.annual_cost_cny[layout.open_site, layout.open_tier - 1]
    pairs = layout.serve >= 0
    access[layout.serve[pairs]] = (problem.access_m * problem.population[problem.access_village])[pairs]
    least = value["cost"].objective
    kept = model.with_rows(csr_array(cost[None, :]), -np.inf, least)
    our_s = {"cost": sum(value[stage].seconds for stage in value if stage not in {"access", "supply"})}
    our_s["access"] = value["access"].seconds
    for stage, part, objective in (("cost", model, cost), ("access", kept, access)):
        for solver in ("highs", "scip", "cp_sat"):
            started, used = time.perf_counter(), time.process_time()
            outcome = minimise(part, objective, deadline=Deadline(LIMIT_S), seed=0, solver=solver)
            spent, used = time.perf_counter() - started, time.process_time() - used
            found = None if outcome.values is None else float(objective @ np.round(outcome.values))
            gap = "no solution" if found is None else f"gap {100 * (1 - (outcome.bound or 0.0) / found):.2f} %"
            state = "proven" if outcome.proven else gap
            ratio = f"{'' if outcome.proven else 'over '}{spent / our_s[stage]:.1f} x ours ({our_s[stage]:.2f} s)"
            print(f"  {name} {stage:6} {solver:6} {spent:6.1f} s ({used:.1f} s CPU)  {state}, {ratio}", flush=True)


def main() -> None:
    """Print time to proof over radii and seeds, then the textbook model in the same run."""
    print(f"\nThree tiers of a county, limit {LIMIT_S:g} s\n{'':16}  seconds  CPU s")
    handed: list[tuple[str, ThreeTierProblem, ThreeTierResult]] = []
    wanted = {f"xihe {radius_km:g} km" for radius_km in WHOLE_KM} | {"seed 0 10 min"}
    spent: list[float] = []
    for source in (xihe(), *(seeded(seed) for seed in range(SEEDS))):
        for name, problem in source:
            started = time.perf_counter()
            result = ours(name, problem)
            spent.append(time.perf_counter() - started)
            if name in wanted:
                handed.append((name, problem, result))
    print(f"median {np.median(spent):.2f} s, longest {max(spent):.2f} s")
    for each in handed:
        whole(*each)


if __name__ == "__main__":
    main()
