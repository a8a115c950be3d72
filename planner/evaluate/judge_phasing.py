"""The judge's rules for building year by year (P1) … (P3), (P5), (P6): parents first, no more spent than there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from planner.domain import Station, Tier
from planner.domain.schema import STATIONS
from planner.evaluate.violation import Scene, Violation
from planner.scenario import Scenario


def phasing_violations(scene: Scene) -> Iterator[Violation]:
    """Stations built outside the years, before their parent, or for more money than there has been."""
    first, years = scene.scenario.base_year, scene.scenario.phasing.n_years
    if years == 1:
        return  # all in the base year, which is judged with the station's figures
    stations, last = scene.plan.stations, first + years - 1
    for station in stations:
        name, year = station.site_id, station.build_year
        if not first <= year <= last:
            message = f"is built in {year}, building goes on from {first} to {last}"
            yield Violation("build-year", name, message, STATIONS.name, "build_year", str(year))
        above = scene.plan.station_by_id.get(station.parent_id or "")
        if above is not None and above.build_year > year:
            message = f"is built in {year}, before its parent {above.site_id} ({above.build_year})"
            yield Violation("build-year", name, message, STATIONS.name, "build_year", str(year))
    if not any(station.tier is Tier.COUNTY and station.build_year == first for station in stations):
        yield Violation("build-year", scene.county.code, f"has no county centre in {first}, the first year of building")
    money = list(accumulate(yearly_cny(scene.scenario, stations)))
    for year, there_is_cny in enumerate(money, start=first):
        spent_cny = sum(station.capex_cny for station in stations if station.build_year <= year)
        if spent_cny > there_is_cny:
            message = f"invests {spent_cny} CNY by the end of {year}, there is {there_is_cny}"
            yield Violation("yearly-budget", scene.county.code, message)


def yearly_cny(scenario: Scenario, stations: Sequence[Station]) -> tuple[int, ...]:
    """New money of each year; where the scenario names none, the investment in even parts after a county centre."""
    phasing = scenario.phasing
    if phasing.money_cny is not None:
        return phasing.money_cny
    total = sum(station.capex_cny for station in stations)
    if phasing.years == 1:
        return (total,)
    centre = min((station.capex_cny for station in stations if station.tier is Tier.COUNTY), default=0)
    first, parts = max((total + phasing.years - 1) // phasing.years, centre), phasing.years - 1
    rest = total - first
    return (first, *(rest * k // parts - rest * (k - 1) // parts for k in range(1, phasing.years)))
