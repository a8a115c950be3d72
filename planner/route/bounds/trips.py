"""What one trip of each vehicle type may do, as arrays that the pricing kernels read.

Rows and columns 0 … n−1 are the problem's stops in order, row and column n the type's depot. A resource is
something a trip has only so much of: load, time, distance. Each is kept exactly by the labels; one that can't
bind on any trip that calls at every stop once is left out. A trip that mixes deliveries and pickups has two
resources a compartment: what has been picked up, and the peak on board (Dell'Amico, Righini and Salani 2006).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.problem import UNREACHABLE, IntArray, RoutingProblem, VehicleType

FAR: Final = 1 << 60
TABLE_WORK: Final = 1_000_000
FEWEST_ROWS: Final = 128
MOST_ROWS: Final = 1024
"""A completion table has as many rows as its work (rows × stops²) allows; more rows prune more and take longer."""

COARSE_ROWS: Final = 48
ROUGH_ROWS: Final = 32
NOT_PICKED: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """``add[i, j]`` of it is used on the leg i → j, never more than ``limit``; ``picked_as`` see the kernel."""

    add: IntArray
    limit: int
    picked_as: int = NOT_PICKED


@dataclass(frozen=True, slots=True, eq=False)
class TripKind:
    """Trips of vehicle type ``number``: legs, resources and the tables' units.

    ``cost`` is what a leg costs by distance and time, the service at its end included, `FAR` where there is none;
    ``leg_m`` and ``leg_s`` (service included) are 0 there. ``fixed_cost`` is paid per trip where a vehicle drives one
    trip only, else 0. ``units`` has for each resource the size of a table's unit and whether a unit is added for every
    stop (rounding down would otherwise let a trip call for nothing).
    """

    number: int
    vehicle: VehicleType
    fixed_cost: int
    cost: IntArray
    leg_m: IntArray
    leg_s: IntArray
    resources: tuple[Resource, ...]
    units: IntArray
    least_home: IntArray
    leg_clock_s: IntArray
    window_s: IntArray
    first_clock_s: int
    last_clock_s: int
    most_stops: int

    @property
    def n_stops(self) -> int:
        """Number of stops of the problem."""
        return int(self.cost.shape[0]) - 1

    def weights(self, number: int) -> IntArray:
        """Units of resource ``number`` that each leg takes in a completion table."""
        size, extra = (int(value) for value in self.units[number])
        weight: IntArray = self.resources[number].add // size + extra
        weight[:, -1] -= extra
        return weight

    def rows(self, number: int) -> int:
        """Rows of the completion table of resource ``number``."""
        size, extra = (int(value) for value in self.units[number])
        return self.resources[number].limit // size + extra * self.most_stops + 1

    def with_rough_tables(self) -> TripKind:
        """The same trips with completion tables of `ROUGH_ROWS` rows or fewer: quicker to fill, worse at pruning."""
        units = [_unit(self, resource, ROUGH_ROWS) for resource in self.resources]
        return replace(self, units=np.array(units, dtype=np.int64).reshape(-1, 2))

    def coarser(self) -> TripKind:
        """The same trips with one resource only, in coarse units: fewer labels, a weaker relaxation."""
        resource = self.resources[0]
        size = max(1, -(-resource.limit // COARSE_ROWS))
        lighter = Resource(resource.add // size, resource.limit // size)
        none = np.zeros((0, 3), dtype=np.int64)
        return _kind(self, (lighter,), none, self.most_stops)


def trip_kinds(problem: RoutingProblem) -> tuple[TripKind, ...]:
    """One kind of trip for every vehicle type of which there are any."""
    return tuple(
        _trip_kind(problem, number, vehicle)
        for number, vehicle in enumerate(problem.vehicle_types)
        if vehicle.count != 0
    )


def _trip_kind(problem: RoutingProblem, number: int, vehicle: VehicleType) -> TripKind:
    nodes = np.array([*problem.stops, vehicle.depot], dtype=np.int64)
    n = nodes.size - 1
    leg_m = problem.distance_m[np.ix_(nodes, nodes)].copy()
    drive_s = problem.duration_s[np.ix_(nodes, nodes)].copy()
    missing = leg_m == UNREACHABLE
    np.fill_diagonal(missing, val=True)
    leg_m[missing], drive_s[missing] = 0, 0
    service_s = problem.service_s[nodes].copy()
    leg_s = np.where(missing, 0, drive_s + service_s)
    cost = np.where(missing, FAR, vehicle.cost_per_m * leg_m + vehicle.cost_per_s * leg_s)
    windows = problem.time_windows
    timed = windows is not None
    bare = TripKind(
        number=number,
        vehicle=vehicle,
        fixed_cost=0 if vehicle.makes_trips else vehicle.fixed_cost,
        cost=cost,
        leg_m=leg_m,
        leg_s=leg_s,
        resources=(),
        units=np.zeros((0, 2), dtype=np.int64),
        least_home=np.zeros((0, n), dtype=np.int64),
        leg_clock_s=drive_s,
        window_s=np.zeros((0, 3), dtype=np.int64),
        first_clock_s=int(windows[vehicle.depot, 0]) if windows is not None else 0,
        last_clock_s=int(windows[vehicle.depot, 1]) if windows is not None else FAR,
        most_stops=n,
    )
    resources = _resources(problem, bare, nodes)
    most_stops = min([n, *(_most_stops(bare, resource) for resource in resources)])
    if not resources:
        one = np.ones((n + 1, n + 1), dtype=np.int64)
        one[:, n] = 0
        resources = (Resource(one, most_stops),)
    window_s = bare.window_s
    if timed and windows is not None:
        window_s = np.ascontiguousarray(np.column_stack([windows[nodes[:n]], service_s[:n]]))
    return _kind(bare, resources, window_s, most_stops)


def _kind(like: TripKind, resources: tuple[Resource, ...], window_s: IntArray, most_stops: int) -> TripKind:
    units = np.array([_unit(like, resource) for resource in resources], dtype=np.int64).reshape(-1, 2)
    missing = like.cost >= FAR
    homes = [_least_home(np.where(missing, FAR, resource.add)) for resource in resources]
    return TripKind(
        like.number, like.vehicle, like.fixed_cost, like.cost, like.leg_m, like.leg_s, resources, units,
        np.array(homes, dtype=np.int64).reshape(len(resources), -1), like.leg_clock_s, window_s,
        like.first_clock_s, like.last_clock_s, most_stops,
    )  # fmt: skip


def _resources(problem: RoutingProblem, kind: TripKind, nodes: IntArray) -> tuple[Resource, ...]:
    """Time, distance and the load of each compartment, those that can bind; the tightest first."""
    groups = sorted((*_limits(kind), *_loads(problem, kind, nodes)), key=lambda group: _most_stops(kind, group[0]))
    resources: list[Resource] = []
    for group in groups:
        resources.append(group[0])
        resources += [replace(peak, picked_as=len(resources) - 1) for peak in group[1:]]
    return tuple(resources)


def _limits(kind: TripKind) -> Iterator[tuple[Resource, ...]]:
    for add, limit in ((kind.leg_s, kind.vehicle.max_duration_s), (kind.leg_m, kind.vehicle.max_distance_m)):
        if limit is not None and limit < int(add.max(axis=0, initial=0).sum()):
            yield (Resource(add, limit),)


def _loads(problem: RoutingProblem, kind: TripKind, nodes: IntArray) -> Iterator[tuple[Resource, ...]]:
    """One resource a compartment, or two (picked up, peak) where some stops give more and others take more."""
    delivery, pickup = problem.deliveries[nodes], problem.pickups[nodes]
    for k, capacity in enumerate(kind.vehicle.capacities):
        out, back = delivery[:, k], pickup[:, k]
        if (out >= back).all() or (back >= out).all():
            larger = np.maximum(out, back)
            if int(larger.sum()) > capacity:
                yield (Resource(_by_head(larger), capacity),)
        elif int(out.sum()) + int(back.sum()) > capacity:
            yield Resource(_by_head(back), capacity), Resource(_by_head(out), capacity)


def _by_head(load: IntArray) -> IntArray:
    """A leg takes what is loaded or unloaded at its end; the depot, last, has nothing."""
    return np.ascontiguousarray(np.broadcast_to(load, (load.size, load.size)))


def _most_stops(kind: TripKind, resource: Resource) -> int:
    """How many stops a trip can have for this resource: those that take least, one after the other."""
    n = kind.n_stops
    add = np.where(kind.cost >= FAR, resource.limit + 1, resource.add)
    least = np.sort(add[:, :n].min(axis=0, initial=resource.limit + 1))
    home = int(add[:n, n].min(initial=resource.limit + 1))
    return max(1, int((np.cumsum(least) + home <= resource.limit).sum()))


def _unit(kind: TripKind, resource: Resource, most_rows: int = MOST_ROWS) -> tuple[int, int]:
    """Size of a table's unit, and whether every stop takes a unit more (some leg would take none)."""
    n = kind.n_stops
    rows = min(most_rows, max(FEWEST_ROWS, TABLE_WORK // max(1, n) ** 2))
    size = max(1, -(-resource.limit // rows))
    legs = resource.add[:n, :n][kind.cost[:n, :n] < FAR]
    return size, int((legs < size).any())


def _least_home(add: IntArray) -> IntArray:
    """Least of a resource that still has to be used from every stop on: the shortest way home (Bellman–Ford)."""
    leg, least = add[:-1, :-1], add[:-1, -1]
    for _ in range(least.size):
        shorter = np.minimum(least, np.minimum((leg + least).min(axis=1, initial=FAR), FAR))
        if (shorter == least).all():
            break
        least = shorter
    return least


def locked(values: npt.NDArray[np.int64]) -> IntArray:
    """Contiguous 64-bit integers, as the kernels want them."""
    return np.ascontiguousarray(values, dtype=np.int64)
