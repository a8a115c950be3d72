"""What one depot's week is as a routing problem, and what its answer looks like. Knows no solver.

The periodic vehicle routing problem (PVRP; Christofides and Beasley 1984, doi:10.1002/net.3230140205): every stop
is visited on the days of one of its allowed patterns, and each day's visits are routed by that day's vehicles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy.typing as npt

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route.problem import RoutingProblem, StopNote, VehicleRoute, VehicleType
from planner.scenario import DAYS_PER_WEEK

Pattern = tuple[int, ...]
"""Days of the week, ascending, 1 = Monday."""

WEEK: Final[Pattern] = tuple(range(1, DAYS_PER_WEEK + 1))


@dataclass(frozen=True, slots=True, eq=False, init=False)
class PeriodicProblem:
    """Stops of one depot (node 0) to be visited on certain days of the week, and the vehicles of a day.

    Parameters
    ----------
    distance_m, duration_s, delivery, pickup, vehicle_types, service_s
        As in `RoutingProblem`. Loads are those of one visit; a vehicle type's count is that of each day.
    visits
        One integer per node: visits a week, 1–7; 0 at the depot.
    patterns
        For every node its allowed patterns, each of ``visits`` days; none at the depot. Their order says what is
        preferred where nothing else decides.
    groups
        None, or one label per node: stops with the same label (parts of one station) are visited on the same days,
        and all of them or none. The depot's label is not read.

    ``routing`` holds one visit of every stop as a routing problem, ``groups`` the groups as tuples of stops,
    ascending, and ``allowed`` the patterns that all stops of a group share.

    Raises
    ------
    UsageError
        Naming everything that is wrong with the arguments.
    """

    routing: RoutingProblem
    visits: tuple[int, ...]
    patterns: tuple[tuple[Pattern, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    allowed: tuple[tuple[Pattern, ...], ...]

    def __init__(  # noqa: PLR0917 (a routing problem's parameters in its order, and the week's)
        self,
        distance_m: npt.ArrayLike,
        duration_s: npt.ArrayLike,
        delivery: npt.ArrayLike,
        pickup: npt.ArrayLike,
        visits: Sequence[int],
        patterns: Sequence[Sequence[Sequence[int]]],
        vehicle_types: Sequence[VehicleType],
        service_s: npt.ArrayLike = 0,
        groups: Sequence[int] | None = None,
    ) -> None:
        routing = RoutingProblem(distance_m, duration_s, delivery, pickup, vehicle_types, service_s)
        _set(self, "routing", routing)
        _set(self, "visits", tuple(int(number) for number in visits))
        days = tuple(tuple(dict.fromkeys(tuple(int(d) for d in p) for p in allowed)) for allowed in patterns)
        _set(self, "patterns", days)
        labels = tuple(range(routing.n_nodes)) if groups is None else tuple(int(label) for label in groups)
        defects = tuple(_defects(routing.n_nodes, self.visits, days, labels))
        if defects:
            raise UsageError("periodic problem: " + "; ".join(defects))
        members: dict[int, list[int]] = {}
        for stop in range(1, routing.n_nodes):
            members.setdefault(labels[stop], []).append(stop)
        _set(self, "groups", tuple(tuple(group) for group in members.values()))
        shared = tuple(
            tuple(p for p in days[group[0]] if all(p in days[stop] for stop in group)) for group in self.groups
        )
        _set(self, "allowed", shared)
        if not all(shared):
            first = self.groups[shared.index(())]
            raise UsageError(f"periodic problem: the stops {first} are one group and share no pattern")

    @property
    def n_nodes(self) -> int:
        """Number of nodes, the depot included."""
        return self.routing.n_nodes

    @property
    def vehicle_types(self) -> tuple[VehicleType, ...]:
        """The vehicles of a day."""
        return self.routing.vehicle_types

    def visit_load(self, stop: int) -> int:
        """What one visit of ``stop`` hands over and takes in, all compartments together."""
        return int(self.routing.deliveries[stop].sum() + self.routing.pickups[stop].sum())


@dataclass(frozen=True, slots=True)
class DayRoute:
    """One loop driven alike on each of ``days``."""

    days: Pattern
    route: VehicleRoute


@dataclass(frozen=True, slots=True)
class DayLoad:
    """What one day of the week comes to: vehicles out, seconds of all their routes, and load handed over and taken."""

    day: int
    routes: int
    duration_s: int
    load: int


@dataclass(frozen=True, slots=True)
class PeriodicResult:
    """A week of routes: fewest stops left out, then least ``cost`` found, then few vehicles and even days.

    ``cost`` sums over routes and days; ``bound`` is a true lower bound on the cost of every week that leaves out no
    more stops, or None. ``status`` is optimal only when number of stops left out and cost are both proven. ``patterns``
    holds the days of every node: none at the depot and at stops left out. ``vehicles`` counts for each type the most
    routes of one day; ``day_load`` has one entry for each day of the week.
    """

    cost: int
    bound: int | None
    routes: tuple[DayRoute, ...]
    patterns: tuple[Pattern, ...]
    unserved: tuple[int, ...]
    notes: tuple[StopNote, ...]
    status: SolveStatus
    seconds: float
    engine: str
    vehicles: tuple[int, ...]
    day_load: tuple[DayLoad, ...]


def _set(target: object, name: str, value: object) -> None:
    object.__setattr__(target, name, value)


def _defects(
    n_nodes: int, visits: tuple[int, ...], patterns: tuple[tuple[Pattern, ...], ...], labels: tuple[int, ...]
) -> Iterator[str]:
    sizes = {"visits": len(visits), "patterns": len(patterns), "groups": len(labels)}
    for name, size in sizes.items():
        if size != n_nodes:
            yield f"{name} must have one entry for each of {n_nodes} nodes, got {size}"
    if set(sizes.values()) != {n_nodes}:
        return
    if visits[0] != 0 or patterns[0]:
        yield "node 0 is the depot: no visits and no patterns"
    for stop in range(1, n_nodes):
        if not 1 <= visits[stop] <= DAYS_PER_WEEK:
            yield f"visits must be from 1 to {DAYS_PER_WEEK}, got {visits[stop]} at node {stop}"
        elif not patterns[stop]:
            yield f"node {stop} has no pattern"
        for pattern in patterns[stop]:
            if list(pattern) != sorted(set(pattern) & set(WEEK)) or len(pattern) != visits[stop]:
                yield f"a pattern of node {stop} must be {visits[stop]} days from 1 to 7, ascending, got {pattern}"
