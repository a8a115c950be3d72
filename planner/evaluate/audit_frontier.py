"""The audit of a frontier's folder: every point and every year recounted from the tables and the county's data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

from planner.domain import Assignment, County, Plan, Station, Tier
from planner.domain.schema import (
    FRONTIER,
    FRONTIER_STATIONS,
    FRONTIER_TABLES,
    FRONTIER_VILLAGES,
    PHASE_VILLAGES,
    PHASES,
    YEARS,
)
from planner.errors import ScenarioError
from planner.evaluate.comparing import AuditReport, compare, leaves, one_line, scenario_differences
from planner.evaluate.counted import counted_groundwork, row_label
from planner.evaluate.files import PLAN, Difference, Row, read_rows, read_summary
from planner.evaluate.indicators import counted_townships, evaluate
from planner.evaluate.judge import check_network
from planner.evaluate.judge_phasing import yearly_cny
from planner.evaluate.judge_services import counted_store
from planner.evaluate.recount import Travel, recount_travel
from planner.evaluate.violation import Violation
from planner.scenario import Scenario

FRONTIER_JSON = "frontier.json"
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_FREE_KEYS = frozenset({"run", "assumptions", "scenario_set", "scenario", "thinned", "warnings"})
_OPTIMAL = "optimal"

Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, eq=False)
class _Network:
    """One network of the folder: its plan, and the rows it was read from with their numbers in their files."""

    plan: Plan
    stations: Sequence[tuple[int, Row]]
    villages: Sequence[tuple[int, Row]]
    station_file: str
    village_file: str


def audit_frontier(directory: str | Path, county: County, *, travel: Travel | None = None) -> AuditReport:
    """Recount the folder that `planner frontier` wrote against ``county``, the data that it says it was made from.

    Every point is a network that is judged by the rules (but the budget), every year what stands of the phased plan
    by then. Values, prices and gaps are counted; bounds cannot be, but must not contradict a value.
    Raises UsageError when there is no readable ``frontier.json``.
    """
    directory = Path(directory)
    facts = read_summary(directory, FRONTIER_JSON)
    try:
        scenario = Scenario.from_mapping(facts["scenario"], where=FRONTIER_JSON)
        Scenario.from_mapping(facts["scenario_set"], where=FRONTIER_JSON)
    except (KeyError, TypeError, ScenarioError) as error:
        return AuditReport((Difference(FRONTIER_JSON, None, "scenario", one_line(error), "a scenario"),), 1)
    tables: dict[str, list[Row]] = {}
    differences: list[Difference] = []
    for table in FRONTIER_TABLES:
        tables[table.name], found = read_rows(directory, table)
        differences += found
    checked = leaves(facts) + sum(len(row) for rows in tables.values() for row in rows)
    if differences:
        return AuditReport(tuple(differences), checked)
    try:
        differences += _groundwork(facts, county, scenario)
        differences += _counted(county, scenario, tables, travel)
    except _MALFORMED as error:
        differences.append(Difference(PLAN, None, "", one_line(error), "values that make networks"))
    return AuditReport(tuple(differences), checked)


def _groundwork(facts: Mapping[str, Any], county: County, scenario: Scenario) -> Iterator[Difference]:
    given = {key: value for key, value in facts.items() if key not in _FREE_KEYS}
    given["county"] = {key: value for key, value in given["county"].items() if key != "folder"}
    yield from compare("", given, counted_groundwork(county, scenario), FRONTIER_JSON)
    yield from scenario_differences(facts, scenario, FRONTIER_JSON)


def _counted(county: County, scenario: Scenario, tables: Tables, travel: Travel | None) -> Iterator[Difference]:
    numbers = [row["point"] for row in tables[FRONTIER.name]]
    opened = [row for name in (FRONTIER_STATIONS.name, PHASES.name) for row in tables[name]]
    if travel is None:
        anywhere = {row["station_id"]: _station(county, scenario, row) for row in opened}
        travel = recount_travel(county, scenario, Plan(county.code, tuple(anywhere.values()), (), (), ()))
    ungated = scenario.update({"budget_cny": None, "phasing": {"years": 1, "yearly_budget_cny": None}})
    points = {number: _point(county, ungated, tables, travel, number) for number in numbers}
    phased = _phased(county, scenario, tables, travel)
    stray = {row["point"] for name in (FRONTIER_STATIONS.name, FRONTIER_VILLAGES.name) for row in tables[name]}
    for number in sorted(stray - set(numbers)):
        yield Difference(FRONTIER_STATIONS.name, None, "point", number, "a point of frontier.csv")
    for network, rules in [*((network, ungated) for network in points.values()), (phased, scenario)]:
        broken = check_network(county, rules, network.plan, travel)
        yield from (_located(violation, network) for violation in broken)
        if not any(violation.rule in {"county", "site", "village", "open-station"} for violation in broken):
            yield from _station_cells(county, scenario, network)
    yield from _village_cells(county, scenario, phased)
    yield from _point_rows(county, scenario, tables[FRONTIER.name], points)
    yield from _year_rows(county, scenario, tables[YEARS.name], phased)


def _point(county: County, scenario: Scenario, tables: Tables, travel: Travel, number: str) -> _Network:
    stations = _numbered(tables[FRONTIER_STATIONS.name], number)
    villages = _numbered(tables[FRONTIER_VILLAGES.name], number)
    plan = _plan(county, scenario, travel, [row for _, row in stations], [row for _, row in villages])
    return _Network(plan, stations, villages, FRONTIER_STATIONS.name, FRONTIER_VILLAGES.name)


def _phased(county: County, scenario: Scenario, tables: Tables, travel: Travel) -> _Network:
    stations, villages = _numbered(tables[PHASES.name]), _numbered(tables[PHASE_VILLAGES.name])
    served = [row for _, row in villages if row["station_id"]]
    plan = _plan(county, scenario, travel, [row for _, row in stations], served)
    return _Network(plan, stations, villages, PHASES.name, PHASE_VILLAGES.name)


def _numbered(rows: Sequence[Row], point: str | None = None) -> list[tuple[int, Row]]:
    """Rows (of one point) with their number as a spreadsheet counts them."""
    return [(number, row) for number, row in enumerate(rows, start=2) if point is None or row["point"] == point]


def _plan(county: County, scenario: Scenario, travel: Travel, stations: Sequence[Row], served: Sequence[Row]) -> Plan:
    """The network that the rows describe; what they do not say is as it should be."""
    by_code = {row["village_code"]: row for row in served}
    standing = {county.site_by_id[row["station_id"]].village_code for row in stations}
    assignments = []
    for village in county.administrative_villages:
        row = by_code.get(village.code)
        way = None if row is None else travel.access.way(village.code, row["station_id"])
        assignments.append(
            Assignment(
                village_code=village.code,
                station_id=None if row is None else row["station_id"],
                access_distance_m=None if row is None else int(row["access_distance_m"]),
                access_time_s=None if way is None else way.duration_s,
                own_station=village.code in standing,
                service_per_week=0,
                snap_distance_m=travel.snap_m[village.code],
                reason=None,
            )
        )
    opened = []
    for row in stations:
        station = _station(county, scenario, row)
        way = None if station.parent_id is None else travel.supply.way(station.parent_id, station.site_id)
        opened.append(replace(station, distance_to_parent_m=None if way is None else way.distance_m))
    return Plan(county.code, tuple(opened), tuple(assignments), (), ())


def _station(county: County, scenario: Scenario, row: Row) -> Station:
    tier = Tier.from_word(row["tier"])
    parameters = scenario.tiers.of(tier)
    site = county.site_by_id.get(row["station_id"])
    cold = counted_store(scenario, site) if site is not None and row["cold_store"] else None
    return Station(
        site_id=row["station_id"],
        tier=tier,
        parent_id=row["parent_id"] or None,
        distance_to_parent_m=None,
        capex_cny=int(row["capex_cny"]),
        opex_cny_per_year=parameters.opex_cny_per_year + (cold.opex_cny_per_year if cold else 0),
        annual_cost_cny=int(row["annual_cost_cny"]),
        capacity_centiparcels=parameters.capacity_parcels_per_day * 100,
        build_year=int(row.get("build_year", scenario.base_year)),
        connect_cny=int(row["connect_cny"]) if row["connect_cny"] else None,
        cold=cold,
    )


def _located(violation: Violation, network: _Network) -> Difference:
    """A violation as a difference, in the file and row of its subject where it has one."""
    places = (
        (network.station_file, "station_id", network.stations),
        (network.village_file, "village_code", network.villages),
    )
    for file, key, rows in places:
        for number, row in rows:
            if row[key] == violation.subject:
                counted = violation.counted or "no violation"
                given = violation.given if violation.counted else violation.message
                return Difference(file, number, violation.column or violation.rule, given, counted)
    return Difference(PLAN, None, violation.rule, f"{violation.subject} {violation.message}", "no violation")


def _station_cells(county: County, scenario: Scenario, network: _Network) -> Iterator[Difference]:
    """What each station's row says of its site and of whom it serves; and what the served villages' rows say."""
    label = row_label(county, scenario)
    serves: dict[str, list[str]] = defaultdict(list)
    for assignment in network.plan.assignments:
        serves[assignment.station_id or ""].append(assignment.village_code)
    for number, row in network.stations:
        site = county.site_by_id[row["station_id"]]
        villages = [county.village_by_code[code] for code in serves[site.site_id]]
        counted = {
            "name": site.name,
            "township_code": site.township_code,
            "villages_served": str(len(villages)),
            "priority_villages_served": str(sum(bool(village.priority) for village in villages)),
            "population_served": str(sum(village.population for village in villages)),
            "cold_store": counted_store(scenario, site).origin if row["cold_store"] else "",
            "synthetic_layers": label,
        }
        yield from _cells(network.station_file, number, row, counted)
    for number, row in network.villages:
        yield from _cells(network.village_file, number, row, {"synthetic_layers": label})


def _village_cells(county: County, scenario: Scenario, phased: _Network) -> Iterator[Difference]:
    """Every administrative village once and in order, with its own figures and the year of its station."""
    year = {station.site_id: str(station.build_year) for station in phased.plan.stations}
    villages = county.administrative_villages
    codes = [row["village_code"] for _, row in phased.villages]
    if codes != [village.code for village in villages]:
        yield Difference(PHASE_VILLAGES.name, None, "village_code", f"{len(codes)} rows", "every village in order")
        return
    for village, (number, row) in zip(villages, phased.villages, strict=True):
        served = row["station_id"]
        counted = {
            "name": village.name,
            "township_code": village.township_code,
            "population": str(village.population),
            "priority": "true" if village.priority else "false",
            "served_from_year": year.get(served, "") if served else "",
        }
        if not served:
            counted["access_distance_m"] = ""
        yield from _cells(PHASE_VILLAGES.name, number, row, counted)


def _point_rows(
    county: County, scenario: Scenario, rows: Sequence[Row], points: Mapping[str, _Network]
) -> Iterator[Difference]:
    before: Row | None = None
    for number, row in enumerate(rows, start=2):
        evaluation = evaluate(county, scenario, points[row["point"]].plan)
        counts, costs = evaluation.counts, evaluation.costs
        counted = {
            "point": str(number - 1),
            "budget_cny": str(costs.capex_cny),
            "villages": str(counts.villages),
            "villages_covered": str(counts.villages_covered),
            "population_covered": str(counts.population_covered),
            "townships_with_station": str(_townships(county, scenario, points[row["point"]].plan)),
            "county_centres": str(counts.county_centres),
            "township_stations": str(counts.township_stations),
            "village_points": str(counts.village_points),
            "stations": str(counts.stations),
            "marginal_cny_per_village": _marginal(before, row),
            "station_cost_cny_per_year": str(costs.station_cny_per_year),
            "synthetic_layers": row_label(county, scenario),
        }
        yield from _cells(FRONTIER.name, number, row, counted)
        yield from _bounds(number, row, before)
        before = row


def _marginal(before: Row | None, row: Row) -> str:
    """The price of a further village over the point before, to the cent."""
    if before is None or row["kind"] != "frontier":
        return ""
    villages = int(row["villages_covered"]) - int(before["villages_covered"])
    if villages <= 0:
        return ""
    return f"{float(Fraction(int(row['budget_cny']) - int(before['budget_cny']), villages)):.2f}"


def _bounds(number: int, row: Row, before: Row | None) -> Iterator[Difference]:
    """Bounds contradict no value, proven points have none to spare, and points rise."""
    investment, villages = int(row["budget_cny"]), int(row["villages_covered"])
    least = int(row["bound_cny"]) if row["bound_cny"] else None
    most = int(row["villages_bound"]) if row["villages_bound"] else None
    if least is not None and least > investment:
        yield Difference(FRONTIER.name, number, "bound_cny", row["bound_cny"], f"at most {investment}")
    if most is not None and most < villages:
        yield Difference(FRONTIER.name, number, "villages_bound", row["villages_bound"], f"at least {villages}")
    if row["kind"] == "frontier" and row["status"] == _OPTIMAL and (least, most) != (investment, villages):
        yield Difference(FRONTIER.name, number, "status", f"{_OPTIMAL} with a gap to its bounds", "feasible")
    if row["limit_cny"] and investment > int(row["limit_cny"]):
        yield Difference(FRONTIER.name, number, "budget_cny", str(investment), f"at most {row['limit_cny']}")
    if before is None or row["status"] != _OPTIMAL or before["status"] != _OPTIMAL:
        return
    rises = (
        villages >= int(before["villages_covered"])
        if row["limit_cny"] or row["kind"] == "plan"
        else (villages > int(before["villages_covered"]))
    )
    if not rises or investment < int(before["budget_cny"]):
        yield Difference(FRONTIER.name, number, "villages_covered", str(villages), "more than the point before")


def _year_rows(county: County, scenario: Scenario, rows: Sequence[Row], phased: _Network) -> Iterator[Difference]:
    first, plan = scenario.base_year, phased.plan
    money = yearly_cny(scenario, plan.stations)
    if len(rows) != len(money):
        yield Difference(YEARS.name, None, "year", f"{len(rows)} rows", f"{len(money)} years")
        return
    total = list(accumulate(money))
    spent = [sum(s.capex_cny for s in plan.stations if s.build_year == first + t) for t in range(len(money))]
    for t, row in enumerate(rows):
        counted = _year_counted(county, scenario, _standing(county, plan, first + t))
        counted |= {
            "year": str(first + t),
            "budget_cny": str(money[t]),
            "spent_cny": str(spent[t]),
            "carried_over_cny": str(total[t] - sum(spent[: t + 1])),
            "total_budget_cny": str(total[t]),
            "total_spent_cny": str(sum(spent[: t + 1])),
            "stations_built": str(sum(station.build_year == first + t for station in plan.stations)),
            "gap_villages": str(int(row["own_optimum_villages"]) - int(row["villages_covered"])),
            "synthetic_layers": row_label(county, scenario),
        }
        yield from _cells(YEARS.name, t + 2, row, counted)
        yield from _own_optimum(t + 2, row)


def _year_counted(county: County, scenario: Scenario, plan: Plan) -> dict[str, str]:
    evaluation = evaluate(county, scenario, plan)
    counts, priority = evaluation.counts, [v for v in county.administrative_villages if v.priority]
    covered = {assignment.village_code for assignment in plan.assignments if assignment.covered}
    return {
        "county_centres": str(counts.county_centres),
        "township_stations": str(counts.township_stations),
        "village_points": str(counts.village_points),
        "stations": str(counts.stations),
        "townships": str(len(counted_townships(county, scenario))),
        "townships_with_station": str(_townships(county, scenario, plan)),
        "priority_villages": str(len(priority)),
        "priority_villages_covered": str(sum(village.code in covered for village in priority)),
        "villages": str(counts.villages),
        "villages_covered": str(counts.villages_covered),
        "villages_with_own_station": str(sum(assignment.own_station for assignment in plan.assignments)),
        "population": str(counts.population),
        "population_covered": str(counts.population_covered),
        "mean_access_m": "" if evaluation.access.mean_m is None else str(evaluation.access.mean_m),
        "max_access_m": "" if evaluation.access.max_m is None else str(evaluation.access.max_m),
        "station_cost_cny_per_year": str(evaluation.costs.station_cny_per_year),
    }


def _own_optimum(number: int, row: Row) -> Iterator[Difference]:
    own = int(row["own_optimum_villages"])
    bound = int(row["own_optimum_bound"]) if row["own_optimum_bound"] else None
    if own < int(row["villages_covered"]):
        yield Difference(YEARS.name, number, "own_optimum_villages", str(own), f"at least {row['villages_covered']}")
    if bound is not None and bound < own:
        yield Difference(YEARS.name, number, "own_optimum_bound", str(bound), f"at least {own}")
    status = _OPTIMAL if bound == own else "feasible"
    if row["own_optimum_status"] != status:
        yield Difference(YEARS.name, number, "own_optimum_status", row["own_optimum_status"], status)


def _standing(county: County, plan: Plan, year: int) -> Plan:
    """What stands by the end of ``year``, and whom it serves."""
    stations = tuple(station for station in plan.stations if station.build_year <= year)
    there = {station.site_id for station in stations}
    within = {county.site_by_id[site_id].village_code for site_id in there}
    assignments = tuple(
        replace(
            a,
            station_id=a.station_id if a.station_id in there else None,
            access_distance_m=a.access_distance_m if a.station_id in there else None,
            own_station=a.village_code in within,
        )
        for a in plan.assignments
    )
    return replace(plan, stations=stations, assignments=assignments)


def _townships(county: County, scenario: Scenario, plan: Plan) -> int:
    """Townships under the outlet rule with a station of township tier or higher."""
    high = {county.site_by_id[s.site_id].township_code for s in plan.stations if s.tier >= Tier.TOWNSHIP}
    return sum(township.code in high for township in counted_townships(county, scenario))


def _cells(file: str, number: int, row: Row, counted: Mapping[str, str]) -> Iterator[Difference]:
    for column, value in counted.items():
        if row[column] != value:
            yield Difference(file, number, column, row[column], value)
