"""What a vehicle routing problem is, and what its answer looks like. Knows no solver.

The problem is the vehicle routing problem with simultaneous delivery and pickup (VRPSPD; Min 1989,
doi:10.1016/0191-2607(89)90085-X), a mixed fleet, limits on a route's duration and distance, optional
time windows and several depots. Units are the caller's as long as they are integers: the names say
metres and seconds; loads and money are any integer unit (the county layer takes hundredths of a parcel
and millionths of a yuan). Everything that must be scaled to integers is scaled before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.domain import SolveStatus
from planner.errors import UsageError

UNREACHABLE: Final = -1
"""Stands in a distance or duration matrix where no way leads from the row's node to the column's."""

LARGEST_VALUE: Final = 10**15
"""No cost of a route, distance, time or load may exceed this: sums then stay exact in 64 bits."""

LARGEST_TOTAL: Final = 4 * 10**18

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Vehicles that are alike: how many there are, what each carries, costs and may drive.

    ``count`` None means as many as needed. ``fixed_cost`` is paid once for each route driven, ``cost_per_m``
    and ``cost_per_s`` for its distance and its duration (driving, service and waiting). ``max_duration_s``
    and ``max_distance_m`` limit one route (None for no limit). ``depot`` is the node it starts from and returns to.
    """

    count: int | None
    capacity: int
    fixed_cost: int = 0
    cost_per_m: int = 1
    cost_per_s: int = 0
    max_duration_s: int | None = None
    max_distance_m: int | None = None
    depot: int = 0

    def __post_init__(self) -> None:
        for name in ("capacity", "fixed_cost", "cost_per_m", "cost_per_s", "depot"):
            _check_whole(name, getattr(self, name))
        for name in ("count", "max_duration_s", "max_distance_m"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name))


@dataclass(frozen=True, slots=True, eq=False, init=False)
class RoutingProblem:
    """Stops that want a delivery, a pickup or just a visit, the ways between them, and a fleet.

    Parameters
    ----------
    distance_m, duration_s
        Integer matrices, nodes × nodes, row = from, column = to; need not be symmetric. `UNREACHABLE` (−1) where no
        way leads; both matrices must agree on where. The diagonal is not read.
    delivery, pickup
        Integer loads, one per node; 0 at depots. Deliveries are on board from the depot to the stop, pickups from
        the stop to the depot, and their sum never exceeds the vehicle's capacity.
    vehicle_types
        The fleet, at least one type.
    service_s
        Seconds spent at a stop: one integer for every stop, or one per node (0 at depots).
    time_windows
        None, or integers nodes × 2: earliest and latest start of service, in seconds on one clock. One may wait for
        the earliest. At a depot: earliest departure and latest return.
    depots
        Nodes that are depots; every other node is a stop.

    Raises
    ------
    UsageError
        Naming everything that is wrong with the arguments.
    """

    distance_m: IntArray
    duration_s: IntArray
    delivery: IntArray
    pickup: IntArray
    vehicle_types: tuple[VehicleType, ...]
    service_s: IntArray
    time_windows: IntArray | None
    depots: tuple[int, ...]

    def __init__(  # noqa: PLR0917 (the published problem's parameters, in its order)
        self,
        distance_m: npt.ArrayLike,
        duration_s: npt.ArrayLike,
        delivery: npt.ArrayLike,
        pickup: npt.ArrayLike,
        vehicle_types: Sequence[VehicleType],
        service_s: npt.ArrayLike = 0,
        time_windows: npt.ArrayLike | None = None,
        depots: Sequence[int] = (0,),
    ) -> None:
        _set(self, "distance_m", _integers("distance_m", distance_m))
        _set(self, "duration_s", _integers("duration_s", duration_s))
        _set(self, "delivery", _integers("delivery", delivery))
        _set(self, "pickup", _integers("pickup", pickup))
        _set(self, "vehicle_types", tuple(vehicle_types))
        _set(self, "depots", tuple(int(depot) for depot in depots))
        service = _integers("service_s", service_s)
        if service.ndim == 0:
            spread = np.full(self.delivery.shape, service)
            spread[[depot for depot in self.depots if 0 <= depot < spread.size]] = 0
            service = _locked(spread)
        _set(self, "service_s", service)
        _set(self, "time_windows", None if time_windows is None else _integers("time_windows", time_windows))
        defects = tuple(_defects(self))
        if defects:
            raise UsageError("routing problem: " + "; ".join(defects))

    @property
    def n_nodes(self) -> int:
        """Number of nodes, depots included."""
        return int(self.delivery.size)

    @property
    def stops(self) -> tuple[int, ...]:
        """Every node that is not a depot, ascending."""
        return tuple(node for node in range(self.n_nodes) if node not in self.depots)


@dataclass(frozen=True, slots=True)
class VehicleRoute:
    """One loop: from ``depot`` over ``stops`` in order and back, by a vehicle of type number ``vehicle_type``.

    ``duration_s`` counts driving, service and unavoidable waiting, with the latest departure that keeps it shortest.
    """

    depot: int
    stops: tuple[int, ...]
    vehicle_type: int
    cost: int
    distance_m: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class RoutingResult:
    """Routes that serve as many stops as the engine could, at the least cost it found.

    The objective is lexicographic: fewest stops left out, then least ``cost`` (sum over routes). ``unserved`` lists
    the stops left out. ``status`` is optimal only when both are proven. ``bound`` is a true lower bound on the cost
    of every plan that leaves out no more stops than this one, or None.
    """

    cost: int
    bound: int | None
    routes: tuple[VehicleRoute, ...]
    unserved: tuple[int, ...]
    status: SolveStatus
    seconds: float
    engine: str


def _set(target: object, name: str, value: object) -> None:
    object.__setattr__(target, name, value)


def _check_whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= LARGEST_VALUE:
        raise UsageError(f"vehicle type: {name} must be a whole number from 0 to {LARGEST_VALUE:.0e}, got {value!r}")


def _locked(array: npt.NDArray[np.integer]) -> IntArray:
    copy = np.array(array, dtype=np.int64)
    copy.flags.writeable = False
    return copy


def _integers(name: str, values: npt.ArrayLike) -> IntArray:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise UsageError(f"routing problem: {name} must hold integers, got {array.dtype}")
    return _locked(array)


def _defects(problem: RoutingProblem) -> Iterator[str]:
    shapes = list(_shape_defects(problem))
    yield from shapes
    if not shapes:
        yield from _fleet_defects(problem)
        yield from _value_defects(problem)


def _shape_defects(problem: RoutingProblem) -> Iterator[str]:
    n = problem.delivery.size
    wanted = {"distance_m": (n, n), "duration_s": (n, n), "delivery": (n,), "pickup": (n,), "service_s": (n,)}
    if problem.time_windows is not None:
        wanted["time_windows"] = (n, 2)
    for name, shape in wanted.items():
        found = getattr(problem, name).shape
        if found != shape:
            yield f"{name} must have shape {shape}, got {found}"
    depots = problem.depots
    if not depots or len(set(depots)) != len(depots) or not all(0 <= depot < n for depot in depots):
        yield f"depots must be different nodes from 0 to {n - 1}, at least one, got {depots}"


def _fleet_defects(problem: RoutingProblem) -> Iterator[str]:
    if not problem.vehicle_types:
        yield "at least one vehicle type is needed"
    for number, vehicle in enumerate(problem.vehicle_types):
        if vehicle.depot not in problem.depots:
            yield f"vehicle type {number} starts at node {vehicle.depot}, which is not a depot"


def _value_defects(problem: RoutingProblem) -> Iterator[str]:
    depots = list(problem.depots)
    for name in ("delivery", "pickup", "service_s"):
        values: IntArray = getattr(problem, name)
        if values.size and values.min() < 0:
            yield f"{name} must not be negative, got {values.min()} at node {int(values.argmin())}"
        if values[depots].any():
            yield f"{name} must be 0 at depots"
    for name in ("distance_m", "duration_s"):
        legs: IntArray = getattr(problem, name)
        if (legs < UNREACHABLE).any():
            yield f"{name} must not be negative (unreachable is {UNREACHABLE})"
    off_diagonal = ~np.eye(problem.n_nodes, dtype=bool)
    differ = ((problem.distance_m == UNREACHABLE) != (problem.duration_s == UNREACHABLE)) & off_diagonal
    if differ.any():
        row, column = (int(index) for index in np.argwhere(differ)[0])
        yield f"distance_m and duration_s disagree on whether {column} can be reached from {row}"
    windows = problem.time_windows
    if windows is not None and ((windows < 0).any() or (windows[:, 0] > windows[:, 1]).any()):
        yield "time_windows must be earliest ≤ latest and not negative"
    yield from _size_defects(problem)


def _size_defects(problem: RoutingProblem) -> Iterator[str]:
    """Longest conceivable route × dearest rate × (nodes + 1)² bounds every total, and must fit in 64 bits."""
    n = problem.n_nodes
    longest_m = (n + 1) * max(_largest(problem.distance_m), 0)
    longest_s = (n + 1) * max(_largest(problem.duration_s), 0) + int(problem.service_s.sum())
    longest_s += _largest(problem.time_windows)
    for vehicle in problem.vehicle_types:
        most = vehicle.fixed_cost + longest_m * vehicle.cost_per_m + longest_s * vehicle.cost_per_s
        if most * (n + 1) ** 2 > LARGEST_TOTAL:
            yield "costs are too large for exact 64-bit sums; use a coarser unit"
            return
    if _total(problem.delivery) + _total(problem.pickup) > LARGEST_VALUE:
        yield "loads are too large for exact 64-bit sums; use a coarser unit"


def _largest(values: IntArray | None) -> int:
    return int(values.max()) if values is not None and values.size else 0


def _total(values: Iterable[np.int64]) -> int:
    return sum(int(value) for value in values)
