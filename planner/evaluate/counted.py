"""What the exported files should say, counted from the plan and the county: cells, summary and picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import accumulate
from typing import Any, Final

from planner.domain import Assignment, County, Layer, Plan
from planner.domain.attribution import attributions
from planner.domain.resilience import Resilience
from planner.domain.schema import ASSIGNMENTS, ROUTES, STATIONS
from planner.evaluate.carried import depots_of, transfer_micro_cny_per_week
from planner.evaluate.files import Row
from planner.evaluate.indicators import counted_townships, evaluate, share_of
from planner.evaluate.judge_buses import bus_micro_cny_per_week
from planner.evaluate.loads import station_loads
from planner.evaluate.together import TOGETHER_STAGE, yearly_costs
from planner.network import result_notes
from planner.scenario import Scenario, round_half_up

MICRO_PER_YUAN: Final = 1_000_000
_OUTREACH_CELLS: Final = ("outreach_station_id", "outreach_distance_m", "outreach_cost_cny_per_year")


def counted_cells(county: County, scenario: Scenario, plan: Plan) -> Mapping[str, list[Row]]:
    """For each CSV and row in order, the cells that follow from the county and the plan's decisions.

    Cells that the judge counts (distances, times, money) are not repeated here.
    """
    label = row_label(county, scenario)
    return {
        STATIONS.name: _station_cells(county, scenario, plan, label),
        ASSIGNMENTS.name: _assignment_cells(county, plan, label),
        ROUTES.name: _route_cells(plan, label),
    }


def row_label(county: County, scenario: Scenario) -> str:
    """What every row must say of what it rests on."""
    names = []
    for layer in county.layers:
        assumed = [column for column, source in layer.columns.items() if source.assumes]
        if layer.rests_on_synthetic:
            names.append(layer.name)
        elif assumed:
            names.append(f"{layer.name}:assumed {'+'.join(assumed)}")
    factor = scenario.network.straight_line_factor
    if factor is not None:
        names.append(f"distances:straight line × {factor:.10g}")
    return "|".join(names)


def _station_cells(county: County, scenario: Scenario, plan: Plan, label: str) -> list[Row]:
    loads, depots, cells = station_loads(county, scenario, plan), depots_of(plan), []
    for site_id in sorted(station.site_id for station in plan.stations):
        site, load = county.site_by_id[site_id], loads[site_id]
        cells.append(
            {
                "station_id": site_id,
                "name": site.name,
                "host": site.host.value,
                "status": site.status.value,
                "township_code": site.township_code,
                "village_code": site.village_code or "",
                "lon": f"{site.lon:.6f}",
                "lat": f"{site.lat:.6f}",
                "villages_served": str(load.villages),
                "population_served": str(load.population),
                "inbound_parcels_per_day": _parcels(load.own_inbound),
                "outbound_parcels_per_day": _parcels(load.own_outbound),
                "throughput_parcels_per_day": _parcels(load.throughput),
                "outreach_parcels_per_day": _parcels(load.outreach) if scenario.outreach.allowed else "",
                "supplied_by": "|".join(sorted(depots[site_id])),
                "way": _way(plan, site_id, depots[site_id]),
                "synthetic_layers": label,
            }
        )
    return cells


def _way(plan: Plan, site_id: str, depots: Collection[str]) -> str:
    """Whether a station goes by bus, or by van from its parent or from elsewhere; empty where no route stops."""
    if not depots:
        return ""
    if any(route.mode == "bus" and stop.site_id == site_id for route in plan.routes for stop in route.visits):
        return "bus"
    return "parent" if set(depots) == {plan.station_by_id[site_id].parent_id} else "direct"


def _assignment_cells(county: County, plan: Plan, label: str) -> list[Row]:
    by_code, cells = {assignment.village_code: assignment for assignment in plan.assignments}, []
    for village in county.administrative_villages:
        covered = by_code[village.code].covered
        cells.append(
            {
                "village_code": village.code,
                "name": village.name,
                "township_code": village.township_code,
                "population": str(village.population),
                "covered": "true" if covered else "false",
                "service": service.value if (service := by_code[village.code].service) else "",
                "cold_covered": "" if (cold := by_code[village.code].cold) is None else str(cold.covered).lower(),
                "synthetic_layers": label,
            }
            | (dict.fromkeys(_OF_REASON, "") if covered else {})
            | ({} if _has_fix(by_code[village.code]) else dict.fromkeys(_OF_FIX, ""))
            | ({} if by_code[village.code].outreach else dict.fromkeys(_OUTREACH_CELLS, ""))
        )
    return cells


_OF_REASON: Final = ("reason", "nearest_site_id", "nearest_distance_m", "missing_m", "missing_s")
_OF_FIX: Final = tuple(name for name in ASSIGNMENTS.names if name == "fix" or name.startswith("fix_"))


def _has_fix(assignment: Assignment) -> bool:
    return assignment.reason is not None and assignment.reason.cheapest is not None


def _route_cells(plan: Plan, label: str) -> list[Row]:
    return [
        {
            "route_id": route.route_id,
            "echelon": route.echelon,
            "mode": route.mode,
            "vehicle_type": route.vehicle_type,
            "days": "|".join(str(day) for day in route.days),
            "synthetic_layers": label,
        }
        for route in plan.routes
        for _ in route.stops
    ]


def counted_summary(
    county: County, scenario: Scenario, plan: Plan, resilience: Resilience | None = None
) -> dict[str, Any]:
    """The keys of ``summary.json`` that can be counted or read again, as they should be."""
    return {
        **counted_groundwork(county, scenario),
        "status": plan.status.value,
        **evaluate(county, scenario, plan, resilience).as_json(),
        **({} if plan.together is None else {"together": plan.together.as_json()}),
        "scenario": scenario.model_dump(mode="json"),
        "warnings": {
            language: list(result_notes(county, scenario.network, language, scenario.sites))
            for language in ("zh", "en")
        },
    }


def counted_groundwork(county: County, scenario: Scenario) -> dict[str, Any]:
    """The keys of ``summary.json`` and ``frontier.json`` that say what a result rests on."""
    return {
        "format": 1,
        "county": {"code": county.code, "name": county.name, "names": dict(county.names)},
        "radius": scenario.radius_label,
        "inputs": [_input(layer) for layer in county.layers],
        "attribution": list(attributions(county)),
    }


def counted_objectives(
    county: County, scenario: Scenario, plan: Plan, second_station: Collection[str] = ()
) -> Mapping[str, float]:
    """The value of each optimisation by the name of its stage, as the plan has it.

    Siting: townships that must have a station, priority villages covered, villages covered (no more than the target
    counts), people covered, the longest way, the way of nine tenths of the people and the worst township's share,
    villages with a second station (no more than asked for), produce in reach of a cold store (no more than the target
    counts), yuan a year, person-metres, supply metres; yuan a year of market days and vans. Building year by year:
    villages served by the end of each year. Routing: yuan for the week of a depot,
    and of all of them with what is transferred.
    """
    village_by_code = county.village_by_code
    people = {village.code: village.population for village in county.administrative_villages}
    covered = [assignment for assignment in plan.assignments if assignment.covered]
    targets = scenario.targets
    weight = round_half_up(targets.priority_weight * 10)  # in tenths, so that sums are exact
    objectives = {
        "locate.townships": share_of(targets.township_outlets, len(counted_townships(county, scenario))),
        "locate.priority": sum(bool(village_by_code[a.village_code].priority) for a in covered),
        "locate.villages": min(len(covered), share_of(targets.villages, len(people))),
        "locate.weighted": sum(weight if village_by_code[a.village_code].priority else 10 for a in covered) / 10,
        "locate.people": sum(people[assignment.village_code] for assignment in covered),
        **_evenness(county, scenario, plan),
        "locate.backup": min(len(second_station), share_of(targets.backup_share, len(people))),
        "locate.cold": min(*_produce(county, scenario, plan)),
        "locate.outreach": sum(a.outreach.cost_cny_per_year for a in plan.assignments if a.outreach),
        "locate.cost": sum(station.annual_cost_cny for station in plan.stations),
        "locate.access": sum(people[a.village_code] * (a.access_distance_m or 0) for a in covered),
        "locate.supply": sum(station.distance_to_parent_m or 0 for station in plan.stations),
        TOGETHER_STAGE: yearly_costs(county, scenario, plan).total_cny,
    }
    if scenario.phasing.n_years > 1:
        first, built = scenario.base_year, {station.site_id: station.build_year for station in plan.stations}
        for year in range(first, first + scenario.phasing.n_years):
            objectives[f"build {year}"] = sum(built[a.station_id] <= year for a in covered if a.station_id)
    rounds: Counter[str] = Counter()
    fleet = {vehicle.name: vehicle for vehicle in scenario.service.fleet}
    for route in plan.routes:
        vehicle, depot = fleet.get(route.vehicle_type), plan.station_by_id.get(route.depot_id)
        if vehicle is None or depot is None or route.is_bus:
            continue  # the judge names it
        metre_cny = round_half_up(vehicle.cost_cny_per_km * MICRO_PER_YUAN / 1000)
        second_cny = round_half_up(vehicle.cost_cny_per_hour * MICRO_PER_YUAN / 3600)
        day_cny = round_half_up(vehicle.driver_cny_per_day * MICRO_PER_YUAN)
        day_cny += metre_cny * route.distance_m + second_cny * route.duration_s
        rounds[f"route {depot.tier.word} {route.depot_id}"] += len(route.days) * day_cny
    rounds["ways.joint"] = (
        rounds.total() + bus_micro_cny_per_week(scenario, plan) + transfer_micro_cny_per_week(county, scenario, plan)
    )
    return {name: float(value) for name, value in objectives.items()} | {
        name: micro / MICRO_PER_YUAN for name, micro in rounds.items()
    }


def _evenness(county: County, scenario: Scenario, plan: Plan) -> dict[str, float]:
    """The values of the stages of evenness; distances are 0 when nobody is covered, a township counts to the target."""
    walks = sorted(
        (assignment.access_distance_m or 0, county.village_by_code[assignment.village_code].population)
        for assignment in plan.assignments
        if assignment.covered
    )
    people = sum(population for _, population in walks)
    within = list(accumulate(population for _, population in walks))
    p90 = next((walk[0] for walk, sofar in zip(walks, within, strict=True) if people and 10 * sofar >= 9 * people), 0)
    homes = Counter(village.township_code for village in county.administrative_villages)
    covered = Counter(
        county.village_by_code[assignment.village_code].township_code
        for assignment in plan.assignments
        if assignment.covered
    )
    return {
        "locate.max_distance": walks[-1][0] if walks else 0,
        "locate.p90": p90,
        "locate.worst_township": min(scenario.targets.villages, *(covered[code] / homes[code] for code in homes)),
    }


def _produce(county: County, scenario: Scenario, plan: Plan) -> tuple[int, int]:
    """Produce in reach of a cold store, and what is asked for, in hundredths of a parcel a day."""
    amounts = {
        village.code: scenario.demand.outbound_centiparcels(village.population)
        for village in county.administrative_villages
    }
    reached = sum(amounts[a.village_code] for a in plan.assignments if a.cold is not None and a.cold.covered)
    return reached, share_of(scenario.cold.produce, sum(amounts.values()))


def _input(layer: Layer) -> dict[str, Any]:
    source = layer.source
    return {
        "layer": layer.name,
        "file": layer.file,
        "sha256": layer.sha256,
        "provenance": source.provenance.value,
        "source": source.text,
        "licence": source.licence,
        "vintage": source.vintage,
        "columns": {column: about.provenance.value for column, about in layer.columns.items()},
        "assumes": {column: about.assumes for column, about in layer.columns.items() if about.assumes},
    }


def _parcels(centiparcels: int) -> str:
    return f"{centiparcels // 100}.{centiparcels % 100:02d}"
