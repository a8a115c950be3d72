"""The routing bound: column generation, and a few branches on how many vehicles are used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from time import perf_counter
from typing import Final

import numpy as np

from planner.route.bound import fewest_vehicles, simple_bound
from planner.route.bounds.generation import Budget, Generation, Node
from planner.route.bounds.master import LARGEST, Counts, Master
from planner.route.bounds.pricing import Pricer
from planner.route.bounds.trips import FAR, TripKind, trip_kinds
from planner.route.problem import RoutingProblem

WORK_LIMIT: Final = 400_000_000
"""One or two seconds."""

MOST_NODES: Final = 16
ROUGHLY_FOUND: Final = 200
ROUGHLY_FOUND_PER_STOP: Final = 20
"""Trips that one rough search may hand over, in all and for one stop."""

RESERVE: Final = 0.4
"""Share of the work that is kept for proving a bound with what is known by then, where stops are visited often."""

FEW_WORK: Final = 20_000_000
"""Where stops are visited often, plans are split by their vehicles only if all of them took no more work than this."""

LEAST_FRACTION: Final = 0.005
LARGEST_SCALE: Final = 1 << 20
ROOM: Final = 1 << 56


def lower_bound(
    problem: RoutingProblem,
    *,
    upper: int | None = None,
    work_limit: int = WORK_LIMIT,
    time_limit_s: float | None = None,
) -> int:
    """What serving every stop of ``problem`` costs at least, in its unit of cost. At least as much as `simple_bound`.

    Parameters
    ----------
    problem
        Any routing problem. Where no plan serves every stop, every figure is a bound, so nothing is said of them.
    upper
        Cost of a plan, if one is known: no bound above it is looked for, and plans that cost more are left aside.
    work_limit
        Legs and labels to look at, a count: what is known by then is returned.
    time_limit_s
        Seconds after which the search ends likewise; None for no limit.
    """
    weak = simple_bound(problem)
    search = prepare(problem, upper, work_limit, time_limit_s)
    if search is None or (upper is not None and weak >= upper):
        return weak
    return max(weak, search.run())


def visits_bound(
    problem: RoutingProblem,
    visits: Visits,
    upper: int,
    *,
    work_limit: int = WORK_LIMIT,
    time_limit_s: float | None = None,
) -> int:
    """What ``visits`` of the stops of ``problem`` cost at least, if they can be made for ``upper`` or less.

    Vehicle counts of ``problem`` are for all visits together: of a day's vehicles, times days.
    """
    search = prepare(problem, upper, work_limit, time_limit_s, visits)
    return 0 if search is None else min(upper, max(0, search.run()))


def prepare(
    problem: RoutingProblem,
    upper: int | None,
    work_limit: int,
    time_limit_s: float | None = None,
    visits: Visits | None = None,
) -> CountSearch | None:
    """The search of a problem, None where there is nothing to search."""
    kinds = trip_kinds(problem)
    if not kinds or not problem.stops:
        return None
    ends = None if time_limit_s is None else perf_counter() + time_limit_s
    reserve = 0 if visits is None else int(RESERVE * work_limit)
    budget = Budget(work_limit, lambda: ends is not None and perf_counter() > ends, reserve)
    return CountSearch(problem, kinds, upper, budget, visits)


@dataclass(frozen=True, slots=True)
class Visits:
    """How often each stop is visited, and a number of vehicles that is needed for that at least.

    ``trips`` (vehicle type, stops) are those of a known plan, to begin with.
    """

    times: tuple[int, ...]
    fewest_vehicles: int
    trips: tuple[tuple[int, tuple[int, ...]], ...] = ()


class CountSearch:
    """Branch and bound on the number of vehicles, best bound first.

    With ``visits`` stops are visited more often than once (in a week, say), no trip calling at any of them twice:
    counts of vehicles and ``upper`` are then those of all visits together.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        kinds: tuple[TripKind, ...],
        upper: int | None,
        budget: Budget,
        visits: Visits | None = None,
    ) -> None:
        times = (1,) * len(problem.stops) if visits is None else visits.times
        n = sum(times)
        single = [_single(kind) for kind in kinds]
        usual = [min(costs) for costs in zip(*single, strict=True)]
        reachable = [cost for cost in usual if cost < FAR]
        unit = max(1, sorted(reachable)[len(reachable) // 2]) if reachable else 1
        dearest = max([upper or 0, *(2 * cost for cost in reachable), *(_dearest(kind) for kind in kinds)])
        scale = LARGEST_SCALE
        while scale > 1 and dearest * scale > ROOM // (n + 2) ** 2:
            scale //= 2
        self.upper, self.scale = upper, scale
        self.most_root_work = budget.work if visits is None else FEW_WORK
        self.master = Master(kinds, upper or 4 * max([unit, *reachable]), scale, unit, times)
        rough = None
        if visits is not None:
            rough = tuple(
                Pricer(kind.with_rough_tables(), most_found=ROUGHLY_FOUND, per_stop=ROUGHLY_FOUND_PER_STOP)
                for kind in kinds
            )
        self.generation = Generation(self.master, tuple(Pricer(kind) for kind in kinds), budget, rough)
        for number, costs in enumerate(single):
            for stop in np.flatnonzero(np.array(costs) < FAR).tolist():
                self.master.add(number, (stop,))
        limits = [n if kind.vehicle.count is None else min(n, kind.vehicle.count) for kind in kinds]
        numbers = [kind.number for kind in kinds]
        place = {stop: k for k, stop in enumerate(problem.stops)}
        for number, stops in () if visits is None else visits.trips:
            self.master.add(numbers.index(number), tuple(place[stop] for stop in stops))
        fewest = fewest_vehicles(problem) if visits is None else visits.fewest_vehicles
        self.root = Counts((min(n, fewest), *(0 for _ in kinds)), (n, *limits))
        self.leaves: list[Node] = []
        cheapest = max(1, min(_cheapest(kind) for kind in kinds))
        self.master.cheapest = min(_cheapest(kind) for kind in kinds)
        self.master.most_trips = n if upper is None else max(1, min(n, upper // cheapest))

    @property
    def upper_scaled(self) -> int:
        """Cost of the known plan, scaled; without one as good as unlimited."""
        return LARGEST if self.upper is None else self.upper * self.scale

    def run(self) -> int:
        """The bound on all plans, in cost.

        The branch with more vehicles is usually the harder to refute and solved first; the other one only until its
        bound is above, and taken up again when it has become the lowest.
        """
        enough = None if self.upper is None else (self.upper - 1) * self.scale + 1
        before = self.generation.budget.work
        open_nodes = [self.generation.solve(self.root, enough)]
        nodes = 1
        if before - self.generation.budget.work > self.most_root_work:
            nodes = MOST_NODES
        while True:
            open_nodes.sort(key=lambda node: node.bound)
            node = open_nodes[0]
            if (enough is not None and node.bound >= enough) or nodes >= MOST_NODES or self.generation.budget.spent:
                break
            others = open_nodes[1].bound if len(open_nodes) > 1 else None
            if not node.finished:
                open_nodes[0] = self._child(node, node.counts, _least(enough, others))
                nodes += 1
                continue
            branches = self._branches(node)
            if branches is None:
                break
            fewer, more = branches
            high = self._child(node, more, enough)
            open_nodes[:1] = [high, self._child(node, fewer, _least(enough, high.bound + 1))]
            nodes += 2
        self.leaves = open_nodes
        return -(-open_nodes[0].bound // self.scale)

    def _child(self, node: Node, counts: Counts, enough: int | None) -> Node:
        """A part of ``node``, whose bound holds there too."""
        child = self.generation.solve(counts, enough)
        return replace(child, bound=max(node.bound, child.bound))

    def _branches(self, node: Node) -> tuple[Counts, Counts] | None:
        """The node split by the number of vehicles in all, or of the kind that is most fractional."""
        if node.solved is None:
            return None
        numbers = (sum(node.solved.vehicles), *node.solved.vehicles)
        fractions = [min(number - floor(number), floor(number) + 1 - number) for number in numbers]
        place = 0 if fractions[0] > LEAST_FRACTION else int(np.argmax(fractions))
        if fractions[place] <= LEAST_FRACTION:
            return None
        split = floor(numbers[place])
        low, high = list(node.counts.low), list(node.counts.high)
        high[place], low[place] = split, split + 1
        return Counts(node.counts.low, tuple(high)), Counts(tuple(low), node.counts.high)


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _single(kind: TripKind) -> list[int]:
    """Cost of a trip to each stop alone, `FAR` where that is not allowed."""
    n = kind.n_stops
    out, home = kind.cost[n, :n], kind.cost[:n, n]
    allowed = (out < FAR) & (home < FAR)
    for resource in kind.resources:
        allowed &= resource.add[n, :n] + resource.add[:n, n] <= resource.limit
    if kind.window_s.size:
        serve = np.maximum(kind.first_clock_s + kind.leg_clock_s[n, :n], kind.window_s[:, 0])
        back = serve + kind.window_s[:, 2] + kind.leg_clock_s[:n, n]
        allowed &= (serve <= kind.window_s[:, 1]) & (back <= kind.last_clock_s)
    cost = np.where(allowed, np.minimum(out, FAR) + np.minimum(home, FAR) + kind.fixed_cost, FAR)
    return [int(value) for value in cost]


def _cheapest(kind: TripKind) -> int:
    """No trip costs less: out to some stop, home from some stop, and what is paid for the trip."""
    n = kind.n_stops
    out, home = int(kind.cost[n, :n].min(initial=FAR)), int(kind.cost[:n, n].min(initial=FAR))
    return kind.fixed_cost + min(out, FAR) + min(home, FAR)


def _dearest(kind: TripKind) -> int:
    """No trip that calls at every stop at most once costs more."""
    legs = kind.cost[kind.cost < FAR]
    return kind.vehicle.fixed_cost + (kind.n_stops + 1) * int(legs.max(initial=0))
