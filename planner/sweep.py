"""One county at many coverage radii: what each kilometre of radius costs in stations, yuan and walking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from planner.domain import County, SolveStatus
from planner.domain.attribution import attributions
from planner.domain.steps import parse_steps
from planner.errors import UsageError
from planner.network import result_label, result_notes
from planner.pipeline import CountyPlan, Prepared, Progress, prepare, solve_prepared
from planner.policy import apply_rule_pack
from planner.scenario import CoverageMetric, Scenario


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One radius of a sweep.

    ``minimum_stations`` is the LSCP optimum over ``common_villages``, the villages that can be covered at
    the sweep's smallest radius: for these it can only fall as the radius grows.
    """

    radius_km: float
    coverage_metric: str
    villages: int
    villages_covered: int
    population_covered: int
    townships_with_station: int
    county_centres: int
    township_stations: int
    village_points: int
    stations: int
    common_villages: int
    minimum_stations: int | None
    minimum_stations_status: str
    capex_cny: int
    station_cost_cny_per_year: int
    mean_access_m: int | None
    max_access_m: int | None
    status: str
    synthetic_layers: str


MOST_KM = 100.0
"""Largest radius a scenario allows."""


def parse_radii(text: str) -> tuple[float, ...]:
    """``first:last:step`` in km (both ends included), or a comma list, as increasing radii.

    Raises UsageError for anything else, a step that is not positive, or more than 200 radii.
    """
    hint = f"--radius-km {text}: write first:last:step, e.g. 1:8:0.5, or a list, e.g. 1,2.5,5"
    radii = parse_steps(text, 200, hint)
    if not all(radius.is_finite() for radius in radii):
        raise UsageError(hint)
    kilometres = tuple(float(radius) for radius in radii)
    if not 1 <= len(kilometres) <= 200 or not all(0 < km <= MOST_KM for km in kilometres):
        raise UsageError(f"{hint} (1 to 200 radii, above 0 and up to {MOST_KM:g} km)")
    return kilometres


def sweep(
    county: County, scenario: Scenario, radii_km: Sequence[float], *, progress: Progress | None = None
) -> Iterator[SweepRow]:
    """Solve the county at each radius (metric road_km or straight_km), one row each, without routes.

    The road distances are measured once. Raises UsageError under the metric minutes.
    """
    if scenario.coverage_metric is CoverageMetric.MINUTES:
        raise UsageError("a sweep is over kilometres: set coverage_metric to road_km or straight_km")
    prepared = prepare(county, scenario)
    resolved = apply_rule_pack(scenario, county.code).scenario
    common = _coverage(prepared, resolved.update({"radius_km": min(radii_km)})).getnnz(axis=1) > 0
    for radius_km in sorted(radii_km):
        if progress is not None:
            progress(f"{radius_km:g} km")
        at_radius = scenario.update({"radius_km": radius_km})
        yield _row(radius_km, solve_prepared(prepared, at_radius, routes=False), common)


def sweep_notes(county: County, scenario: Scenario, language: str) -> tuple[str, ...]:
    """Sentences (``zh`` or ``en``) that must stand beside every row and under the picture."""
    in_force = apply_rule_pack(scenario, county.code).scenario
    return result_notes(county, in_force.network, language, in_force.sites)


def write_sweep(directory: str | Path, county: County, rows: Sequence[SweepRow], note: str) -> tuple[Path, ...]:
    """Write ``sweep.csv`` and the trade-off picture ``sweep.png``; ``note`` and attributions stand below."""
    import pandas as pd

    from planner.export import csv_bytes, write_folder
    from planner.export.picture import sweep_picture

    table = pd.DataFrame([asdict(row) for row in rows])
    for column in ("minimum_stations", "mean_access_m", "max_access_m"):
        table[column] = table[column].astype("Int64")

    def fill(fresh: Path) -> None:
        (fresh / "sweep.csv").write_bytes(csv_bytes(table))
        sweep_picture(table, fresh / "sweep.png", title=county.name, note=note, owed=attributions(county))

    return write_folder(directory, ("sweep.csv", "sweep.png"), fill)


def _coverage(prepared: Prepared, scenario: Scenario) -> sparse.csr_matrix:
    """Villages × sites that may serve them under the scenario, over the sites that may be opened."""
    from planner.locate import eligible_sites, may_serve

    access = prepared.access
    open_sites = eligible_sites(prepared.county, scenario, prepared.supply, prepared.site_snaps)
    keep = may_serve(prepared.county, scenario, access) & open_sites[access.indices]
    rows = np.repeat(np.arange(access.shape[0]), np.diff(access.indptr))[keep]
    ones = np.ones(len(rows), bool)
    return sparse.csr_matrix((ones, (rows, access.indices[keep])), shape=access.shape)


def _row(radius_km: float, solved: CountyPlan, common: np.ndarray) -> SweepRow:
    from planner.locate import set_covering

    evaluation, counts, costs = solved.evaluation, solved.evaluation.counts, solved.evaluation.costs
    cover = set_covering(_coverage(solved.prepared, solved.scenario)[np.flatnonzero(common)])
    proven = cover.status is SolveStatus.OPTIMAL
    return SweepRow(
        radius_km=radius_km,
        coverage_metric=solved.scenario.coverage_metric.value,
        villages=counts.villages,
        villages_covered=counts.villages_covered,
        population_covered=counts.population_covered,
        townships_with_station=evaluation.indicators["township_outlet_coverage"].numerator,
        county_centres=counts.county_centres,
        township_stations=counts.township_stations,
        village_points=counts.village_points,
        stations=counts.stations,
        common_villages=int(common.sum()),
        minimum_stations=len(cover.open_sites) if proven else None,
        minimum_stations_status=cover.status.value,
        capex_cny=costs.capex_cny,
        station_cost_cny_per_year=costs.station_cny_per_year,
        mean_access_m=evaluation.access.mean_m,
        max_access_m=evaluation.access.max_m,
        status=solved.plan.status.value,
        synthetic_layers=result_label(solved.county, solved.scenario.network),
    )
