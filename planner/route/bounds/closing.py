"""Closing the gap: every trip that a better plan could have, listed, and the best plan of them.

A plan's cost is the dual objective plus its trips' reduced costs, none of them negative (Baldacci, Christofides
and Mingozzi 2008, doi:10.1007/s10107-007-0178-5). So a plan that is cheaper than the one at hand has no trip whose
reduced cost is the gap or more. Where the gap is small these trips are few, and `planner.route.partition` finds the
best plan among them: the plan at hand is proven optimal, or a better one takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.domain import SolveStatus
from planner.route.bound import simple_bound
from planner.route.bounds.generation import Node
from planner.route.bounds.pricing import Labels
from planner.route.bounds.search import WORK_LIMIT, CountSearch, prepare
from planner.route.columns import Columns
from planner.route.judge import recount_route
from planner.route.partition import MOST_COLUMNS, choose_among_few
from planner.route.parts import sorted_routes
from planner.route.problem import IntArray, RoutingProblem, RoutingResult, VehicleRoute
from planner.route.relaxation import BINDING, Master, Relaxed, Row

MOST_STOPS: Final = 62
"""Sets of stops are bits of one signed 64-bit integer."""

MOST_LABELS: Final = 400_000
LISTING_WORK: Final = 100_000_000
MOST_TRIPS: Final = 30_000
FEW_TRIPS: Final = 800
FIRST_COLUMNS: Final = 400
FILTER_ROUNDS: Final = 6
CUTS_A_FILTER: Final = 3


def can_close(problem: RoutingProblem) -> bool:
    """Whether trips say all about a plan: one trip a vehicle, and no waiting that costs or counts."""
    timed = any(vehicle.cost_per_s > 0 or vehicle.max_duration_s is not None for vehicle in problem.vehicle_types)
    return not problem.makes_trips and len(problem.stops) <= MOST_STOPS and (problem.time_windows is None or not timed)


def close_gap(
    problem: RoutingProblem,
    incumbent: RoutingResult,
    *,
    list_trips: bool = True,
    work_limit: int = WORK_LIMIT,
    time_limit_s: float | None = None,
) -> RoutingResult:
    """``incumbent`` with a better bound, proven optimal where that can be done, or a better plan in its place.

    Parameters
    ----------
    problem
        Any routing problem; the gap is closed only where `can_close` says so.
    incumbent
        A plan that keeps the problem's rules. One that leaves stops out is returned as it is.
    list_trips
        False for the better bound only.
    work_limit, time_limit_s
        As for `planner.route.bounds.lower_bound`; listing and choosing have limits of their own, counts as well.
    """
    if incumbent.unserved or incumbent.status is SolveStatus.OPTIMAL:
        return incumbent
    search = prepare(problem, incumbent.cost, work_limit, time_limit_s)
    if search is None:
        return incumbent
    bound = max(incumbent.bound or 0, simple_bound(problem), search.run())
    bound = min(bound, incumbent.cost)
    better = replace(incumbent, bound=bound)
    if list_trips and bound < incumbent.cost and can_close(problem):
        better = _of_trips_found(problem, search, better)
        search.upper = better.cost
        better = _closed(problem, search, better)
    return replace(better, status=SolveStatus.OPTIMAL) if better.bound == better.cost else better


def _of_trips_found(problem: RoutingProblem, search: CountSearch, incumbent: RoutingResult) -> RoutingResult:
    """The best plan of the trips that the bound needed, if it is better: the rounder the plan, the smaller the gap."""
    node = min(search.leaves, key=lambda leaf: leaf.bound)
    if node.duals is None:
        return incumbent
    ranked = []
    for place, trip in enumerate(search.master.trips):
        if len(set(trip.stops)) == len(trip.stops):
            ranked.append((search.master.reduced_cost(trip, node.duals), place))
    routes = []
    for _, place in sorted(ranked)[:MOST_COLUMNS]:
        trip = search.master.trips[place]
        kind = search.master.kinds[trip.kind].number
        route = _route(problem, kind, tuple(problem.stops[k] for k in trip.stops))
        if not recount_route(problem, route).broken:
            routes.append(route)
    routes += incumbent.routes
    columns = _of_routes(problem, routes)
    known = np.arange(columns.size - len(incumbent.routes), columns.size)
    chosen = choose_among_few(problem, columns, known)
    cost = int(columns.cost[list(chosen.columns)].sum())
    if cost >= incumbent.cost:
        return incumbent
    found = sorted_routes([routes[column] for column in chosen.columns])
    return replace(incumbent, cost=cost, bound=min(incumbent.bound or 0, cost), routes=found, engine="exact")


def _of_routes(problem: RoutingProblem, routes: list[VehicleRoute]) -> Columns:
    place = {stop: k for k, stop in enumerate(problem.stops)}
    mask = np.array([sum(1 << place[stop] for stop in route.stops) for route in routes], dtype=np.int64)
    kind, cost, depot = (
        np.array([getattr(route, name) for route in routes], dtype=np.int64)
        for name in ("vehicle_type", "cost", "depot")
    )
    return Columns(mask, kind, cost, depot, np.zeros_like(mask), np.zeros_like(mask), {})


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """Trips of one kind and branch: set, cost, reduced cost, and the label each ends with."""

    kind: int
    mask: IntArray
    cost: IntArray
    reduced: IntArray
    labels: Labels
    label: IntArray


def _closed(problem: RoutingProblem, search: CountSearch, incumbent: RoutingResult) -> RoutingResult:
    listed: list[_Listed] = []
    for node in search.leaves:
        for kind in range(len(search.master.kinds)):
            trips = _trips_within(search, node, kind)
            if trips is None or sum(part.mask.size for part in listed) + trips.mask.size > MOST_TRIPS:
                return incumbent
            listed.append(trips)
    candidates = _candidates(problem, search, listed, incumbent)
    bound = max(incumbent.bound or 0, candidates.tighten(problem, incumbent.cost, search.generation.budget.over))
    columns = candidates.columns
    if bound >= incumbent.cost or columns.size > MOST_COLUMNS:
        return replace(incumbent, bound=min(bound, incumbent.cost))
    chosen = choose_among_few(problem, columns, candidates.known)
    cost = int(columns.cost[list(chosen.columns)].sum())
    bound = cost if chosen.proven else min(bound, cost)
    if cost >= incumbent.cost:
        return replace(incumbent, bound=min(bound, incumbent.cost))
    routes = tuple(_route(problem, int(columns.vehicle_type[c]), candidates.stops[c]) for c in chosen.columns)
    return replace(incumbent, cost=cost, bound=bound, routes=sorted_routes(routes), engine="exact")


@dataclass(slots=True, eq=False)
class _Candidates:
    """Columns that a better plan can have, the most promising first and the ``n_known`` ones of the known plan last."""

    columns: Columns
    stops: list[tuple[int, ...]]
    n_known: int
    fewest: int

    @property
    def known(self) -> IntArray:
        """The known plan's columns."""
        return np.arange(self.columns.size - self.n_known, self.columns.size)

    def tighten(self, problem: RoutingProblem, cost_to_beat: int, over: Callable[[], bool]) -> int:
        """Drop what the relaxation, tightened by subset rows, rules out of any better plan; the bound it gives."""
        bound = 0
        rows = [Row(-np.ones_like(self.columns.cost), -self.fewest)]
        for _ in range(FILTER_ROUNDS):
            cover = (self.columns.mask >> np.arange(len(problem.stops))[:, None]) & 1
            master = Master(self.columns.cost, cover)
            master.pool = np.union1d(np.arange(min(FIRST_COLUMNS, self.columns.size)), self.known)
            before = len(rows)
            rows, relaxed = master.cut(rows, cost_to_beat, rounds=CUTS_A_FILTER)
            if relaxed is None:
                return bound
            bound = max(bound, min(relaxed.bound, cost_to_beat))
            if bound >= cost_to_beat or len(rows) == before or over():
                break
            rows = self._keep(rows, relaxed, cost_to_beat)
            if self.columns.size <= FEW_TRIPS:
                break
        return bound

    def _keep(self, rows: list[Row], relaxed: Relaxed, cost_to_beat: int) -> list[Row]:
        spill = min(0, int(relaxed.reduced.min()))
        near = np.flatnonzero(relaxed.bound + relaxed.reduced - spill < cost_to_beat)
        near = near[near < self.known[0]]
        near = near[np.argsort(relaxed.reduced[near], kind="stable")]
        kept = np.concatenate([near, self.known])
        self.columns, self.stops = self.columns.take(kept), [self.stops[k] for k in kept.tolist()]
        used = np.flatnonzero(relaxed.x > 1e-9)
        slack = [row.limit - float(row.coefficients[used] @ relaxed.x[used]) for row in rows]
        binding = [row for number, row in enumerate(rows) if number == 0 or slack[number] < BINDING]
        return [Row(row.coefficients[kept], row.limit) for row in binding]


def _trips_within(search: CountSearch, node: Node, kind: int) -> _Listed | None:
    """Trips whose reduced cost is below what is left up to the known plan; None when they are too many to list."""
    from planner.route.bounds.kernel import SAME_SET

    if node.duals is None or node.duals.cuts.size:
        return None
    pricer = search.generation.full[kind]
    reduced = search.master.reduced(kind, node.duals)
    below = search.upper_scaled - node.proven
    if below <= 0:
        return _Listed(kind, *(np.zeros(0, dtype=np.int64),) * 3, _no_labels(), np.zeros(0, dtype=np.int64))
    pricer.tabulate(reduced)
    labels, _, complete = pricer.search(
        reduced, below, SAME_SET, most_labels=MOST_LABELS, most_work=LISTING_WORK, memory=False
    )
    if not complete:
        return None
    value = pricer.ends(labels, reduced)
    label = np.flatnonzero(value < below)
    mask = labels.seen[label, 0].astype(np.int64)
    order = np.lexsort((label, value[label], mask))
    order = order[np.r_[True, mask[order][1:] != mask[order][:-1]]] if order.size else order
    label = label[order]
    cost = [search.master.trip(kind, labels.stops(end)).cost for end in label.tolist()]
    return _Listed(kind, mask[order], np.array(cost, dtype=np.int64), value[label], labels, label)


def _candidates(
    problem: RoutingProblem, search: CountSearch, listed: Iterable[_Listed], incumbent: RoutingResult
) -> _Candidates:
    """All trips as columns, each once, the known plan's own last."""
    place = {stop: k for k, stop in enumerate(problem.stops)}
    own = [(sum(1 << place[stop] for stop in route.stops), route.vehicle_type) for route in incumbent.routes]
    rows: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
    for _, mask, number, cost, stops in sorted(_rows(search, listed)):
        if (mask, number) not in rows or cost < rows[mask, number][0]:
            rows[mask, number] = cost, tuple(problem.stops[k] for k in stops)
    found = [(mask, number, *row) for (mask, number), row in rows.items()]
    found += [(mask, kind, route.cost, route.stops) for (mask, kind), route in zip(own, incumbent.routes, strict=True)]
    masks, kinds, costs = (np.array([row[k] for row in found], dtype=np.int64) for k in range(3))
    none = np.zeros_like(masks)
    depot = np.array([problem.vehicle_types[kind].depot for kind in kinds.tolist()], dtype=np.int64)
    columns = Columns(masks, kinds, costs, depot, none, none, {})
    fewest = min(node.counts.low[0] for node in search.leaves)
    return _Candidates(columns, [row[3] for row in found], len(own), fewest)


def _rows(search: CountSearch, listed: Iterable[_Listed]) -> Iterator[tuple[int, int, int, int, tuple[int, ...]]]:
    """Reduced cost, set, vehicle type, cost and stops of every trip."""
    for part in listed:
        number = search.master.kinds[part.kind].number
        arrays = (part.reduced, part.mask, part.cost, part.label)
        for reduced, mask, cost, label in zip(*(array.tolist() for array in arrays), strict=True):
            yield reduced, mask, number, cost, part.labels.stops(label)


def _no_labels() -> Labels:
    none = np.zeros(0, dtype=np.int64)
    return Labels(none, none, none, none.reshape(0, 1), none.reshape(0, 1).astype(np.uint64))


def _route(problem: RoutingProblem, kind: int, stops: tuple[int, ...]) -> VehicleRoute:
    route = VehicleRoute(problem.vehicle_types[kind].depot, stops, kind, 0, 0, 0)
    recount = recount_route(problem, route)
    return replace(route, cost=recount.cost, distance_m=recount.distance_m, duration_s=recount.duration_s)
