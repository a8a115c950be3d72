"""Market days and calling vans for villages left out: an exact choice after siting (``docs/model.md`` §16).

Stations and assignments stay as they are. Most villages first, then most people, then least cost, then least distance,
within the room that stations and centre have left (O1) … (O4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from planner.domain import County, Outreach, ServiceKind
from planner.locate.engine import Deadline, Floats, MatrixModel, minimise
from planner.locate.problem import Ints, ThreeTierProblem, ThreeTierResult
from planner.locate.solution import Network, throughput_centiparcels
from planner.scenario import Scenario, round_half_up

if TYPE_CHECKING:
    from planner.network.matrix import TravelMatrix

_KINDS = (ServiceKind.MOBILE, ServiceKind.MARKET_DAY)


@dataclass(frozen=True, slots=True, eq=False)
class OutreachProblem:
    """Ways to serve villages left out, in rising order of village, cost, distance, kind and station.

    Parameters
    ----------
    village, station, cost_cny, distance_m
        Per way: number of the village left out, of the station, its yearly cost, its road.
    population, demand_centiparcels
        Per village left out: residents; parcels in and out, in hundredths a day.
    room_centiparcels
        Per station: throughput that its capacity leaves over.
    room_in_all_centiparcels
        The same at the county centre, through which all parcels pass.
    """

    village: Ints
    station: Ints
    cost_cny: Ints
    distance_m: Ints
    population: Ints
    demand_centiparcels: Ints
    room_centiparcels: Ints
    room_in_all_centiparcels: int


def choose_outreach(problem: OutreachProblem, *, seed: int = 0, deadline: Deadline | None = None) -> tuple[Ints, bool]:
    """The way chosen for each village, -1 for none; and whether the choice is proven best.

    Each village's cheapest way, where all of them together leave no station without room: nothing can be better.
    """
    n_villages = len(problem.population)
    chosen = np.full(n_villages, -1)
    villages, first = np.unique(problem.village, return_index=True)
    chosen[villages] = first
    if _fits(problem, chosen):
        return chosen, True
    model = _model(problem)
    point, proven = np.zeros(len(problem.village)), True
    for objective in _objectives(problem):
        outcome = minimise(model, objective, deadline=deadline or Deadline(None), seed=seed)
        found = point if outcome.values is None else np.round(outcome.values)
        proven = proven and outcome.proven
        point = found if objective @ found <= objective @ point else point
        model = model.with_rows(csr_array(objective[None, :]), -np.inf, float(objective @ point))
    chosen[:] = -1
    taken = np.flatnonzero(point > 0.5)
    chosen[problem.village[taken]] = taken
    if not _fits(problem, chosen):
        raise AssertionError("the choice of market days and vans takes more room than there is")
    return chosen, proven


def _objectives(problem: OutreachProblem) -> tuple[Floats, ...]:
    """(O1) … (O4), to be minimised."""
    people = -problem.population[problem.village].astype(float)
    each = -np.ones(len(problem.village))
    return each, people, problem.cost_cny.astype(float), problem.distance_m.astype(float)


def _fits(problem: OutreachProblem, chosen: Ints) -> bool:
    ways = chosen[chosen >= 0]
    demand = problem.demand_centiparcels[problem.village[ways]]
    taken = np.zeros(len(problem.room_centiparcels), dtype=np.int64)
    np.add.at(taken, problem.station[ways], demand)
    return bool((taken <= problem.room_centiparcels).all()) and int(demand.sum()) <= problem.room_in_all_centiparcels


def _model(problem: OutreachProblem) -> MatrixModel:
    """One way a village at most; the room of each station, and of the centre."""
    n_ways, n_villages, n_stations = len(problem.village), len(problem.population), len(problem.room_centiparcels)
    way = np.arange(n_ways)
    demand = problem.demand_centiparcels[problem.village]
    row = np.concatenate([problem.village, n_villages + problem.station, np.full(n_ways, n_villages + n_stations)])
    value = np.concatenate([np.ones(n_ways), demand, demand])
    shape = (n_villages + n_stations + 1, n_ways)
    yes: NDArray[np.bool_] = np.ones(n_ways, dtype=bool)
    return MatrixModel(
        csr_array(coo_array((value, (row, np.tile(way, 3))), shape=shape)),
        np.full(shape[0], -np.inf),
        np.concatenate([np.ones(n_villages), problem.room_centiparcels, [problem.room_in_all_centiparcels]]),
        np.zeros(n_ways), np.ones(n_ways), yes, yes,
    )  # fmt: skip


def outreach(  # noqa: PLR0917 (what the county has and what was solved)
    county: County,
    scenario: Scenario,
    problem: ThreeTierProblem,
    result: ThreeTierResult,
    access: TravelMatrix,
    deadline: Deadline | None = None,
) -> tuple[dict[int, Outreach], bool]:
    """How villages without a station are served all the same, by position; and whether the choice is proven best."""
    if not scenario.outreach.allowed:
        return {}, True
    stations = np.flatnonzero(result.tier >= 2)
    left = np.flatnonzero(result.station < 0)
    ways = _ways(county, scenario, access, left, stations)
    number_of_station = np.full(problem.n_sites, -1)
    number_of_station[stations] = np.arange(len(stations))
    number_of_village = np.full(problem.n_villages, -1)
    number_of_village[left] = np.arange(len(left))
    load = throughput_centiparcels(problem, Network(result.tier, result.station, result.parent))
    room = np.concatenate([[0], problem.capacity_centiparcels])[result.tier] - load
    chosen, proven = choose_outreach(
        OutreachProblem(
            village=_column([number_of_village[way.village] for way in ways]),
            station=_column([number_of_station[way.site] for way in ways]),
            cost_cny=_column([way.cost_cny for way in ways]),
            distance_m=_column([way.distance_m for way in ways]),
            population=problem.population[left],
            demand_centiparcels=problem.demand_centiparcels[left],
            room_centiparcels=room[stations],
            room_in_all_centiparcels=int(room[result.centres].sum()),  # there is one: the scenario sees to it
        ),
        seed=scenario.solver.seed,
        deadline=deadline,
    )
    found = {}
    for way in (ways[q] for q in chosen[chosen >= 0].tolist()):
        found[way.village] = Outreach(way.kind, county.sites[way.site].site_id, way.distance_m, way.cost_cny)
    return found, proven


@dataclass(frozen=True, slots=True, order=True)
class _Way:
    village: int
    cost_cny: int
    distance_m: int
    kind_rank: int
    site: int

    @property
    def kind(self) -> ServiceKind:
        return _KINDS[self.kind_rank]


def _ways(county: County, scenario: Scenario, access: TravelMatrix, left: Ints, stations: Ints) -> list[_Way]:
    """Every way that the scenario allows, in the order of `OutreachProblem`."""
    rules, open_at = scenario.outreach, np.zeros(len(county.sites), dtype=bool)
    open_at[stations] = True
    radius = {
        ServiceKind.MOBILE: rules.mobile_radius_km if rules.mobile else -1.0,
        ServiceKind.MARKET_DAY: rules.market_day_radius_km if rules.market_day else -1.0,
    }
    ways = []
    for i in left.tolist():
        row = access.row(i)
        for at in np.flatnonzero(open_at[row.indices]).tolist():
            site, distance_m = int(row.indices[at]), int(row.distance_m[at])
            for rank, kind in enumerate(_KINDS):
                if distance_m <= round_half_up(radius[kind] * 1000):
                    mobile = kind is ServiceKind.MOBILE
                    cost = rules.mobile_cny_per_year(distance_m) if mobile else rules.market_day_cny_per_year
                    ways.append(_Way(i, cost, distance_m, rank, site))
    return sorted(ways)


def _column(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
