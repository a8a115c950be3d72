"""The order of the stages, and nothing else: prepare → place → route → evaluate → write.

`prepare` does what depends on the roads only, `solve_prepared` what a planner's settings change; `solve`
is both. A `CountyPlan` carries everything a caller may show or write.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from planner.domain import County, Plan, Station, Tier, UnservedReason
from planner.errors import Defect, Severity
from planner.network import (
    RoadNetwork,
    StraightLines,
    TravelMatrix,
    Way,
    build_network,
    network_notes,
    result_notes,
    shortest_ways,
    snap_points,
    straight_lines,
    travel_matrix,
)
from planner.network.snap import Snapped
from planner.policy import AppliedPack, apply_rule_pack
from planner.scenario import CoverageMetric, Default, Scenario
from planner.scenario import Network as NetworkParameters

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame
    from shapely import LineString

    from planner.domain.resilience import Resilience
    from planner.evaluate import Evaluation, Violation
    from planner.locate import LocationSession
    from planner.network.ground import Ground
    from planner.network.stops import NearStops

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


def _silent(stage: str) -> None:
    """The progress callback of callers that show none."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A county with its network and road distances: all that does not depend on radius, costs or budget.

    Distances are measured when they are first asked for, and kept: a check of a province's villages needs none.
    Where the scenario sets a detour factor, ``network`` are straight lines, and every point is its own place on the
    ground.
    """

    county: County
    parameters: NetworkParameters
    by: Literal["distance", "duration"]
    network: RoadNetwork | StraightLines
    village_snaps: Snapped
    site_snaps: Snapped

    @cached_property
    def access(self) -> TravelMatrix:
        """Administrative villages × sites, in the county's order, without a cut-off."""
        return _measured(self.network, self.village_snaps, self.site_snaps, self.by)

    @cached_property
    def supply(self) -> TravelMatrix:
        """Sites × sites (row = from), by distance, without a cut-off."""
        return _measured(self.network, self.site_snaps, self.site_snaps, "distance")

    @cached_property
    def connected(self) -> NDArray[np.bool_]:
        """Whether each administrative village reaches any site at all, however far; no distances are measured."""
        if isinstance(self.network, StraightLines):
            return np.full(len(self.village_snaps), len(self.site_snaps) > 0)
        reached = _measured(self.network, self.village_snaps, self.site_snaps, self.by, cutoff=0).connected
        doubtful = np.flatnonzero(self.village_snaps.ok & ~reached)  # a site beside the road may be walked to
        rest = _measured(self.network, self.village_snaps.take(doubtful), self.site_snaps, self.by)
        reached[doubtful] = rest.connected
        return reached

    @property
    def ground(self) -> Ground:
        """The same places and roads, to be measured further."""
        from planner.network.ground import Ground

        return Ground(self.county, self.parameters, self.by, self.network, self.village_snaps, self.site_snaps)

    @cached_property
    def session(self) -> LocationSession:
        """What near plans of this county leave behind for the next."""
        from planner.locate import LocationSession

        return LocationSession()

    def measured(self) -> Prepared:
        """Itself, with every distance measured now, and not when it is first asked for."""
        _ = self.access, self.supply
        return self

    def near_stops(self, scenario: Scenario, stations: Sequence[Station]) -> NearStops:
        """Sites near stops of the passenger lines that may carry parcels, within the scenario's radii."""
        from planner.network.stops import NearStops, near_stops
        from planner.route.buses import usable_lines

        line_ids = [line.line_id for line in usable_lines(self.county, scenario.buses)]
        if not line_ids:
            return NearStops()
        centres, buses = {s.site_id for s in stations if s.tier is Tier.COUNTY}, scenario.buses
        return near_stops(
            self.county, self.network, self.site_snaps, line_ids,
            lambda site: buses.centre_radius_m if site.site_id in centres else buses.stop_radius_m,
        )  # fmt: skip

    def fits(self, scenario: Scenario) -> bool:
        """Whether ``scenario`` (rule pack applied) asks for the same network and the same shortest paths."""
        return self.parameters == scenario.network and self.by == _shortest_by(scenario)


@dataclass(frozen=True, eq=False)
class CountyPlan:
    """A solved county: the plan, the scenario in force (rule pack applied), and every indicator.

    ``near`` marks a plan to be looked at while the proven one is worked out: without routes, hence without service
    and transport costs, without reasons for villages left out, and without what survives the loss of a road.
    """

    prepared: Prepared
    applied: AppliedPack
    plan: Plan
    evaluation: Evaluation
    near: bool = False

    @property
    def county(self) -> County:
        """The county planned."""
        return self.prepared.county

    @property
    def scenario(self) -> Scenario:
        """The scenario in force, with what the rule pack filled in."""
        return self.applied.scenario

    def stations(self) -> GeoDataFrame:
        """Opened stations, one a row, columns of ``stations.csv``, points in EPSG:4326."""
        from planner.export import stations_frame

        return stations_frame(self.county, self.scenario, self.plan)

    def assignments(self) -> pd.DataFrame:
        """Administrative villages, one a row, columns of ``assignments.csv``."""
        from planner.export import assignments_table

        return assignments_table(self.county, self.scenario, self.plan)

    def routes(self) -> pd.DataFrame:
        """Stops of routes, one a row, columns of ``routes.csv``."""
        from planner.export import routes_table

        return routes_table(self.county, self.scenario, self.plan)

    def timetable(self) -> pd.DataFrame:
        """Routes of the week, one a row, columns of ``timetable.csv``."""
        from planner.export import timetable_table

        return timetable_table(self.county, self.scenario, self.plan)

    def timetable_csv(self) -> bytes:
        """The bytes of ``timetable.csv`` exactly as `write` puts them on disk."""
        from planner.export import csv_bytes

        return csv_bytes(self.timetable())

    def stations_csv(self) -> bytes:
        """The bytes of ``stations.csv`` exactly as `write` puts them on disk."""
        from planner.export import csv_bytes, stations_table

        return csv_bytes(stations_table(self.county, self.scenario, self.plan))

    def assumptions(self) -> tuple[tuple[str, Any, Default], ...]:
        """Every value in force that nobody has verified: unset defaults and what the rule pack filled in."""
        return self.applied.assumptions()

    def notes(self, language: str) -> tuple[str, ...]:
        """Sentences (``zh`` or ``en``) that must stand beside every figure: see `planner.network.result_notes`."""
        return result_notes(self.county, self.scenario.network, language, self.scenario.sites)

    @property
    def run_notes(self) -> tuple[str, ...]:
        """What is to be said of this run alone, e.g. of a cache entry that could not be used."""
        network = self.prepared.network
        return network.notes if isinstance(network, RoadNetwork) else ()

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Hard rules that the plan breaks by the judge's own count; empty for a plan that may be handed in.

        Siting never breaks one. A fleet too small or a shift too short can leave stations without a route.
        """
        from planner.evaluate import check_plan

        return check_plan(self.county, self.scenario, self.plan)

    def route_geometry(self) -> Mapping[str, LineString]:
        """Each route's way along real roads, by route id, WGS84; a ride by bus runs straight from stop to stop."""
        return self._route_lines

    def route_ways(self) -> Mapping[str, tuple[Way, ...]]:
        """The way of each leg of each route of the plan's own vehicles, by route id, with the roads that it follows."""
        return self._route_ways

    @cached_property
    def _route_ways(self) -> Mapping[str, tuple[Way, ...]]:
        return _route_ways(self.prepared, self.plan)

    @cached_property
    def _route_lines(self) -> Mapping[str, LineString]:
        vans = {route_id: _joined(ways) for route_id, ways in self._route_ways.items()}
        return vans | bus_rides(self.county, self.plan)

    def map_html(self, language: str = "zh") -> str:
        """A map that opens from disk with no network."""
        from planner.mapping import plan_map, standalone_html

        picture = plan_map(
            self.county,
            self.scenario,
            self.plan,
            self.evaluation,
            language,
            notes=self.notes(language),
            route_geometry=self.route_geometry(),
        )
        return standalone_html(picture)

    def route_sheets_html(self, language: str = "zh") -> str:
        """One printable page a route for its driver, in one file that opens from disk with no network."""
        from planner.mapping import route_sheets_html

        return route_sheets_html(
            self.county,
            self.scenario,
            self.plan,
            self.route_ways(),
            language,
            notes=self.notes(language),
            assumed=len(self.assumptions()),
        )

    def write(self, directory: str | Path, *, language: str = "zh") -> tuple[Path, ...]:
        """Write every result file into ``directory`` (made if missing), all or nothing; returns their paths."""
        from planner.export import write_plan

        return write_plan(
            Path(directory),
            self.county,
            self.scenario,
            self.plan,
            self.evaluation,
            assumptions=self.assumptions(),
            route_geometry=self.route_geometry(),
            map_html=self.map_html(language),
            route_sheets_html=self.route_sheets_html(language),
            run_facts={"notes": list(self.run_notes)} if self.run_notes else None,
        )


def prepare(county: County, scenario: Scenario | None = None, *, progress: Progress = _silent) -> Prepared:
    """Build the road network, snap villages and sites, and measure every road distance once.

    With ``network.straight_line_factor`` set, distances are straight lines times that factor, roads or none.
    Raises InputError when there is no road to measure along.
    """
    progress("network")
    prepared = lay_out(county, scenario)
    progress("distances")
    return prepared.measured()


def lay_out(county: County, scenario: Scenario | None = None) -> Prepared:
    """Build the road network and snap villages and sites to it; distances wait until they are asked for.

    Raises InputError when there is no road to measure along.
    """
    scenario = apply_rule_pack(scenario or Scenario(), county.code).scenario
    straight = scenario.network.straight_line_factor is not None
    network = straight_lines(county, scenario.network) if straight else build_network(county, scenario.network)
    limit_m = scenario.network.snap_limit_m
    village_snaps = _placed(network, county.administrative_villages, limit_m)
    site_snaps = _placed(network, county.sites, limit_m)
    return Prepared(county, scenario.network, _shortest_by(scenario), network, village_snaps, site_snaps)


def solve_prepared(
    prepared: Prepared, scenario: Scenario | None = None, *, routes: bool = True, progress: Progress = _silent
) -> CountyPlan:
    """Place the three tiers, route them unless ``routes`` is false, and evaluate.

    Raises InfeasibleError when a hard rule cannot be met, and NoSolutionInTimeError when siting ran out
    of time before any plan. A scenario that asks for another network is prepared anew.
    """
    from planner.evaluate import evaluate

    applied = apply_rule_pack(scenario or Scenario(), prepared.county.code)
    if not prepared.fits(applied.scenario):
        prepared = prepare(prepared.county, applied.scenario, progress=progress)
    county, scenario = prepared.county, applied.scenario
    progress("siting")
    if routes and scenario.routing.siting_rounds:
        plan = _together(prepared, scenario)
    else:
        plan = _one_after_the_other(prepared, scenario, routes=routes, progress=progress)
    if routes and scenario.carriers.shares:
        progress("carriers")
        plan = replace(plan, carriers=_carriers(prepared, scenario, plan))
    progress("indicators")
    return CountyPlan(prepared, applied, plan, evaluate(county, scenario, plan, _resilience(prepared, scenario, plan)))


def _one_after_the_other(prepared: Prepared, scenario: Scenario, *, routes: bool, progress: Progress) -> Plan:
    """Siting first, by itself; routes after it."""
    from planner.locate import place_county

    siting = place_county(
        prepared.county, scenario, prepared.access, prepared.supply, prepared.village_snaps, prepared.site_snaps,
        prepared.ground,
    )  # fmt: skip
    plan = replace(_empty(prepared), stations=siting.stations, assignments=siting.assignments, reports=siting.reports)
    if not routes:
        return plan
    progress("routing")
    return _routed(prepared, scenario, plan)


def _together(prepared: Prepared, scenario: Scenario) -> Plan:
    """Siting and routes in rounds, beginning with siting by itself."""
    from planner.locate.county import siting_task
    from planner.together import Rounds

    task = siting_task(
        prepared.county, scenario, prepared.access, prepared.supply, prepared.village_snaps, prepared.site_snaps,
        prepared.ground,
    )  # fmt: skip
    rounds = Rounds(task, prepared.supply, lambda plan: _routed(prepared, scenario, plan))
    return rounds.place(scenario.routing.siting_rounds, _empty(prepared))


def _carriers(prepared: Prepared, scenario: Scenario, plan: Plan) -> tuple[Plan, ...]:
    """The same stations with each carrier's own routes for its part of the parcels."""
    bare = replace(plan, routes=(), reports=(), unserved={}, buses=None, together=None)
    return tuple(_routed(prepared, scenario.of_carrier(k), bare) for k in range(len(scenario.carriers.shares)))


def _empty(prepared: Prepared) -> Plan:
    return Plan(prepared.county.code, (), (), (), (), program_versions())


def _resilience(prepared: Prepared, scenario: Scenario, plan: Plan) -> Resilience:
    from planner.locate.county import may_serve
    from planner.network.resilience import measure_resilience

    access = prepared.access
    return measure_resilience(
        prepared.county, scenario, plan, prepared.network, prepared.village_snaps, prepared.site_snaps,
        access, may_serve(prepared.county, scenario, access),
    )  # fmt: skip


def near_possible(prepared: Prepared, scenario: Scenario | None = None) -> bool:
    """Whether `near_plan` knows every rule that the scenario asks for: else the proven plan has to be waited for."""
    from planner.locate import county_problem
    from planner.locate.county import site_gates
    from planner.locate.sessions.session import unknown_rules

    scenario = apply_rule_pack(scenario or Scenario(), prepared.county.code).scenario
    if scenario.outreach.allowed or scenario.phasing.n_years > 1 or not prepared.fits(scenario):
        return False
    gates = site_gates(prepared.county, scenario, prepared.supply, prepared.site_snaps)
    return not unknown_rules(county_problem(prepared.county, scenario, prepared.access, prepared.supply, gates))


def near_plan(prepared: Prepared, scenario: Scenario | None = None) -> CountyPlan:
    """A whole network within half a percent of the least cost, coverage proven, in a fraction of the time.

    It is to be looked at while `solve_prepared` works: its reports carry true bounds, see ``CountyPlan.near`` for what
    it lacks. ``prepared.session`` holds what the next near plan is answered from. Raises as `solve_prepared` does.
    """
    from planner.evaluate import evaluate
    from planner.locate import place_county

    applied = apply_rule_pack(scenario or Scenario(), prepared.county.code)
    if not prepared.fits(applied.scenario):
        prepared = prepare(prepared.county, applied.scenario)
    county, scenario = prepared.county, applied.scenario
    siting = place_county(
        county, scenario, prepared.access, prepared.supply, prepared.village_snaps, prepared.site_snaps,
        session=prepared.session,
    )  # fmt: skip
    plan = Plan(
        county_code=county.code, stations=siting.stations, assignments=siting.assignments, routes=(),
        reports=siting.reports, versions=program_versions(),
    )  # fmt: skip
    return CountyPlan(prepared, applied, plan, evaluate(county, scenario, plan), near=True)


def solve(county: County, scenario: Scenario | None = None, *, progress: Progress = _silent) -> CountyPlan:
    """Plan a county from its layers to its indicators. Same input, scenario and versions give the same plan."""
    return solve_prepared(prepare(county, scenario, progress=progress), scenario, progress=progress)


def network_defects(prepared: Prepared, rows: Mapping[tuple[str, str], int] | None = None) -> tuple[Defect, ...]:
    """Villages and sites beyond the snap limit, as warnings: they are planned as having no road.

    ``rows`` gives the row that each stands in, by layer (``villages``, ``sites``) and code or site id, where known.
    """
    limit_m, month = prepared.parameters.snap_limit_m, prepared.parameters.month
    road = "any road" if month is None else f"any road open in month {month}"
    fix = "add the missing road, correct the position, or raise network.snap_limit_m"
    defects = []
    county = prepared.county
    villages = [(village.name, village.code) for village in county.administrative_villages]
    sites = [(site.name, site.site_id) for site in county.sites]
    for kind, places, snaps in (("villages", villages, prepared.village_snaps), ("sites", sites, prepared.site_snaps)):
        file = county.layer(kind).file
        for (name, identity), distance_mm, ok in zip(places, snaps.distance_mm, snaps.ok, strict=True):
            if not ok:
                message = f"{name} ({identity}) is {distance_mm / 1000:.0f} m from {road}, limit {limit_m:g} m"
                row = (rows or {}).get((kind, identity))
                defects.append(Defect("no-road", file, message, fix, row=row, severity=Severity.WARNING))
    return tuple(defects)


def network_facts(prepared: Prepared) -> tuple[str, ...]:
    """Sentences about the road network for ``planner check``: size, parts, snap distances, who reaches nothing."""
    network, county = prepared.network, prepared.county
    facts = [note.en for note in network_notes(county, prepared.parameters)]
    if isinstance(network, StraightLines):
        return tuple(facts)
    facts = [*network.facts(), *facts]
    for kind, snaps in (("villages", prepared.village_snaps), ("sites", prepared.site_snaps)):
        if not len(snaps):
            continue
        metres = np.sort(snaps.distance_mm) / 1000
        median, p90 = (metres[int(share * (len(metres) - 1))] for share in (0.5, 0.9))
        facts.append(
            f"{kind}: {len(metres)} snapped to roads, distance median {median:.0f} m, P90 {p90:.0f} m, "
            f"largest {metres[-1]:.0f} m; {int((~snaps.ok).sum())} beyond the limit of "
            f"{prepared.parameters.snap_limit_m:g} m"
        )
    cut_off = [
        village.name
        for village, ok, connected in zip(
            county.administrative_villages, prepared.village_snaps.ok, prepared.connected, strict=True
        )
        if ok and not connected
    ]
    if cut_off:
        facts.append(f"villages whose road reaches no site: {'、'.join(cut_off)}")
    return tuple(facts)


def _shortest_by(scenario: Scenario) -> Literal["distance", "duration"]:
    return "duration" if scenario.coverage_metric is CoverageMetric.MINUTES else "distance"


def _placed(network: RoadNetwork | StraightLines, places: tuple[Any, ...], limit_m: float) -> Snapped:
    lon = np.array([place.lon for place in places], float)
    lat = np.array([place.lat for place in places], float)
    if isinstance(network, StraightLines):
        return network.place(lon, lat, limit_m)
    return snap_points(network, lon, lat, limit_m)


def _measured(
    network: RoadNetwork | StraightLines,
    origins: Snapped,
    destinations: Snapped,
    by: Literal["distance", "duration"],
    cutoff: int | None = None,
) -> TravelMatrix:
    if isinstance(network, StraightLines):
        return network.matrix(origins, destinations, by)
    return travel_matrix(network, origins, destinations, by=by, cutoff=cutoff)


def _routed(prepared: Prepared, scenario: Scenario, plan: Plan) -> Plan:
    from planner.route import route_county

    near = prepared.near_stops(scenario, plan.stations)
    routed = route_county(prepared.county, scenario, plan.stations, plan.assignments, prepared.supply, near=near)
    assignments = tuple(
        assignment
        if assignment.station_id is None  # nobody, or by a service that is no route's
        else replace(
            assignment,
            service_per_week=routed.service_per_week.get(assignment.station_id, 0),
        )
        for assignment in plan.assignments
    )
    return replace(
        plan,
        assignments=assignments,
        routes=routed.routes,
        reports=plan.reports + routed.reports,
        unserved={site_id: UnservedReason(reason) for site_id, reason in routed.unserved.items()},
        buses=routed.buses,
    )


def _route_ways(prepared: Prepared, plan: Plan) -> dict[str, tuple[Way, ...]]:
    index = {site.site_id: position for position, site in enumerate(prepared.county.sites)}
    legs = [
        (route.route_id, (index[a.site_id], index[b.site_id]))
        for route in plan.routes
        if not route.is_bus
        for a, b in pairwise(route.stops)
    ]
    network, snaps, pairs = prepared.network, prepared.site_snaps, [pair for _, pair in legs]
    if isinstance(network, StraightLines):
        found = network.ways(snaps, snaps, pairs)
    else:
        found = shortest_ways(network, snaps, snaps, pairs)
    ways: dict[str, list[Way]] = {route.route_id: [] for route in plan.routes if not route.is_bus}
    for (route_id, _), way in zip(legs, found, strict=True):
        ways[route_id].append(way)
    return {route_id: tuple(each) for route_id, each in ways.items()}


def _joined(ways: Sequence[Way]) -> LineString:
    """The lines of ways that follow each other as one."""
    from shapely import LineString

    points: list[tuple[float, float]] = []
    for way in ways:
        more = [(float(x), float(y)) for x, y in way.line.coords]
        points.extend(more[1:] if points and points[-1] == more[0] else more)
    return LineString(points)


def bus_rides(county: County, plan: Plan) -> dict[str, LineString]:
    """Rides by bus from the stop boarded at to the stop alighted at, straight between stops, by route id, WGS84."""
    from shapely import LineString

    lines = {line.line_id: line for line in county.bus_lines}
    return {
        route.route_id: LineString([(s.lon, s.lat) for s in lines[trip.line_id].stops[trip.board - 1 : trip.alight]])
        for route in plan.routes
        if (trip := route.bus) is not None
    }


def program_versions() -> dict[str, str]:
    """Versions of Python, of this program and of the packages that its numbers depend on."""
    packages = ("rural-network-planner", "ortools", "numba", "numpy", "shapely", "pyproj")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
