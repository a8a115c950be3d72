"""Writes docs/parameters.md: every scenario parameter with default, unit, source and confidence.

python tools/parameters_doc.py
"""

from __future__ import annotations

from pathlib import Path

from planner.scenario import Scenario, Vehicle

HEAD = """# Parameters

Every parameter of a scenario that says something about the world, in the order of `planner/scenario/`, with its
default and what stands behind it. Set one with `--set name=value`, in a scenario file (TOML, the dots are tables), or
in the app. Written by `tools/parameters_doc.py`.

Besides these there are choices of the planner's own, which need no source: `rule_pack`, `budget_cny` (none),
`base_year`, `phasing.years` (1: all is built in the base year), `phasing.yearly_budget_cny` (none: the investment is
split evenly over the years; one number, or one for each year), `solver.seed`, `solver.locate_time_limit_s`,
`solver.route_solution_limit`, `service.trips_per_shift` (none: as many as the shift holds), a vehicle's `count`
(none: as many as needed), `range_km` (none: no limit) and `cost_cny_per_hour` (0), `routing.siting_rounds` (0:
stations first, routes after; else the most rounds in which stations are moved to where they cost less together with
their routes), `buses.assumed_hold_parcels`, `buses.assumed_departures`, `buses.assumed_speed_kmh` (none: bus lines
without timetable or free hold space carry nothing), `carriers.shares` (none: no carriers are compared; else each
carrier's share of the parcels, together 1), `network.month` (none: every road is open all year),
`network.straight_line_factor` (none: distances are measured along roads), `targets.backup_share` (1: the share of
villages for which a second station counts with `targets.backup`), `sites.open` (none: sites that must be open, at
village tier or above; `ID:township` asks for a tier) and `sites.closed` (none: sites that may not be opened), both
lists of site ids: `--set sites.open=SITE1,SITE2:township`.

Confidence: **H** official or computed from official data, **M** press or one county's plan, **L** machine-translated
or undated, **A** an assumption (假设) that nobody has verified. Every result lists the values in force that rest on
A or L. A rule pack (`planner/policy/packs/`) may replace a default that the scenario leaves unset; the result says so.
No letter: a rule that is off until a planner asks for it.

| parameter | default | unit | confidence | source |
|---|---|---|---|---|
"""


def document() -> str:
    """The page as text."""
    rows = (
        f"| `{name}` | {_shown(value)} | {default.unit} | {default.confidence} | {default.source} |"
        for name, value, default in Scenario().facts()
    )
    return HEAD + "\n".join(rows) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_vehicle(entry) for entry in value if isinstance(entry, Vehicle))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _vehicle(vehicle: Vehicle) -> str:
    return (
        f"{vehicle.name}: {vehicle.capacity_parcels} parcels, {vehicle.cost_cny_per_km:g} CNY/km, "
        f"{vehicle.driver_cny_per_day:g} CNY/day, {vehicle.co2_g_per_km} g CO₂/km"
    )


if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("docs", "parameters.md").write_text(document(), "utf-8")
