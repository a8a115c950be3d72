"""What a vehicle routing problem is, and what its answer looks like. Knows no solver.

The problem is the vehicle routing problem with simultaneous delivery and pickup (VRPSPD; Min 1989,
doi:10.1016/0191-2607(89)90085-X) with any number of kinds of load (compartments), a mixed fleet, several
trips a shift, limits on a shift's duration and distance, optional time windows and several depots. Units are
the caller's as long as they are integers: the names say metres and seconds; loads and money are any integer
unit (the county layer takes hundredths of a parcel and millionths of a yuan). Everything that must be scaled
to integers is scaled before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

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

    ``count`` None means as many as needed. ``capacity`` is one number, or one for each kind of load. ``fixed_cost``
    is paid once for each vehicle used (a driver's day), ``cost_per_m`` and ``cost_per_s`` for the distance and the
    duration of its shift (driving, service, reloading and waiting). ``max_duration_s`` and ``max_distance_m`` limit
    the shift (None for no limit). ``depot`` is the node it starts from and returns to. A shift has up to
    ``max_trips`` trips (None for as many as fit); between two trips the vehicle stands ``reload_s`` at its depot.
    """

    count: int | None
    capacity: int | tuple[int, ...]
    fixed_cost: int = 0
    cost_per_m: int = 1
    cost_per_s: int = 0
    max_duration_s: int | None = None
    max_distance_m: int | None = None
    depot: int = 0
    max_trips: int | None = 1
    reload_s: int = 0

    def __post_init__(self) -> None:
        for name in ("fixed_cost", "cost_per_m", "cost_per_s", "depot", "reload_s"):
            _check_whole(name, getattr(self, name))
        for name in ("count", "max_duration_s", "max_distance_m", "max_trips"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name))
        for value in self.capacities:
            _check_whole("capacity", value)
        if not self.capacities:
            raise UsageError("vehicle type: capacity must have at least one number, got ()")
        if self.max_trips == 0:
            raise UsageError("vehicle type: max_trips must be at least 1, or None for as many as fit, got 0")

    @property
    def capacities(self) -> tuple[int, ...]:
        """Capacity for each kind of load."""
        return self.capacity if isinstance(self.capacity, tuple) else (self.capacity,)

    @property
    def makes_trips(self) -> bool:
        """Whether a shift may have more than one trip."""
        return self.max_trips is None or self.max_trips > 1


@dataclass(frozen=True, slots=True, eq=False, init=False)
class RoutingProblem:
    """Stops that want a delivery, a pickup or just a visit, the ways between them, and a fleet.

    Parameters
    ----------
    distance_m, duration_s
        Integer matrices, nodes × nodes, row = from, column = to; need not be symmetric. `UNREACHABLE` (−1) where no
        way leads; both matrices must agree on where. The diagonal is not read.
    delivery, pickup
        Integer loads, one per node, or nodes × kinds of load (dry and cold, say: each has its own compartment); 0 at
        depots. Deliveries are on board from the depot to the stop, pickups from the stop to the depot, and for every
        kind their sum never exceeds the vehicle's capacity for that kind.
    vehicle_types
        The fleet, at least one type.
    service_s
        Seconds spent at a stop: one integer for every stop, or one per node (0 at depots).
    time_windows
        None, or integers nodes × 2: earliest and latest start of service, in seconds on one clock. One may wait for
        the earliest. At a depot: earliest departure and latest return (also between two trips).
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
            spread = np.full(self.delivery.shape[:1], service)
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
        return int(self.delivery.shape[0])

    @property
    def n_kinds(self) -> int:
        """Number of kinds of load."""
        return 1 if self.delivery.ndim == 1 else int(self.delivery.shape[1])

    @property
    def deliveries(self) -> IntArray:
        """Deliveries, nodes × kinds of load, however they were given."""
        return self.delivery.reshape(self.n_nodes, self.n_kinds)

    @property
    def pickups(self) -> IntArray:
        """Pickups, nodes × kinds of load, however they were given."""
        return self.pickup.reshape(self.n_nodes, self.n_kinds)

    @property
    def makes_trips(self) -> bool:
        """Whether any vehicle may make more than one trip a shift."""
        return any(vehicle.makes_trips for vehicle in self.vehicle_types)

    @property
    def stops(self) -> tuple[int, ...]:
        """Every node that is not a depot, ascending."""
        return tuple(node for node in range(self.n_nodes) if node not in self.depots)


@dataclass(frozen=True, slots=True)
class VehicleRoute:
    """One vehicle's shift: from ``depot`` over ``stops`` in order and back, by a vehicle of type ``vehicle_type``.

    ``returns`` are the positions in ``stops`` before which it goes back to its depot, unloads what it picked up and
    loads the deliveries of its next trip. ``duration_s`` counts driving, service, reloading and unavoidable waiting,
    with the latest departure that keeps it shortest.
    """

    depot: int
    stops: tuple[int, ...]
    vehicle_type: int
    cost: int
    distance_m: int
    duration_s: int
    returns: tuple[int, ...] = ()

    @property
    def trips(self) -> tuple[tuple[int, ...], ...]:
        """Stops of each trip."""
        return tuple(self.stops[start:end] for start, end in pairwise((0, *self.returns, len(self.stops))))

    @property
    def path(self) -> tuple[int, ...]:
        """Every node in driving order, the depot first, last and between trips."""
        return (self.depot, *(node for trip in self.trips for node in (*trip, self.depot)))


StopReason = Literal["nothing_to_carry", "too_large", "unreachable", "too_far", "shift", "window", "fleet"]


@dataclass(frozen=True, slots=True)
class StopNote:
    """What there is to say about one stop, by the drive from a depot to this stop alone and back.

    ``nothing_to_carry``: no load, visited all the same. The others say why it is left out: ``unreachable`` (no way
    there, or none back), ``too_large`` (its load exceeds a vehicle), ``too_far`` (a vehicle's range), ``shift``
    (driving and service exceed a shift), ``window`` (its window or the depot's can't be met), ``fleet`` (a vehicle
    could, but all there are serve other stops, or there is none). With several vehicle types the obstacle is that of
    the vehicle that comes nearest, in this order.
    """

    stop: int
    reason: StopReason


@dataclass(frozen=True, slots=True)
class RoutingResult:
    """Routes that serve as many stops as the engine could, at the least cost it found.

    The objective is lexicographic: fewest stops left out, then least ``cost`` (sum over routes). ``unserved`` lists
    the stops left out. ``status`` is optimal only when both are proven. ``bound`` is a true lower bound on the cost
    of every plan that leaves out no more stops than this one, or None. ``notes`` has one note for every stop left
    out, and one for every stop visited with nothing to carry.
    """

    cost: int
    bound: int | None
    routes: tuple[VehicleRoute, ...]
    unserved: tuple[int, ...]
    status: SolveStatus
    seconds: float
    engine: str
    notes: tuple[StopNote, ...] = ()


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
    shape = problem.delivery.shape
    if len(shape) not in (1, 2) or 0 in shape[1:]:
        yield f"delivery must have shape (nodes,) or (nodes, kinds of load), got {shape}"
        return
    n = shape[0]
    wanted = {"distance_m": (n, n), "duration_s": (n, n), "pickup": shape, "service_s": (n,)}
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
        if len(vehicle.capacities) != problem.n_kinds:
            yield (
                f"vehicle type {number} has {len(vehicle.capacities)} capacities for {problem.n_kinds} kinds of load; "
                "give one for each"
            )


def _value_defects(problem: RoutingProblem) -> Iterator[str]:
    depots = list(problem.depots)
    for name in ("delivery", "pickup", "service_s"):
        values: IntArray = getattr(problem, name)
        if values.size and values.min() < 0:
            node = int(values.argmin()) // (values.size // problem.n_nodes)
            yield f"{name} must not be negative, got {values.min()} at node {node}"
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
    legs = 2 * (n + 1) if problem.makes_trips else n + 1
    longest_m = legs * max(_largest(problem.distance_m), 0)
    longest_s = legs * max(_largest(problem.duration_s), 0) + int(problem.service_s.sum())
    longest_s += _largest(problem.time_windows)
    for vehicle in problem.vehicle_types:
        longest_s += n * vehicle.reload_s
        most = vehicle.fixed_cost + longest_m * vehicle.cost_per_m + longest_s * vehicle.cost_per_s
        if most * (n + 1) ** 2 > LARGEST_TOTAL:
            yield "costs are too large for exact 64-bit sums; use a coarser unit"
            return
    if _total(problem.delivery.flat) + _total(problem.pickup.flat) > LARGEST_VALUE:
        yield "loads are too large for exact 64-bit sums; use a coarser unit"


def _largest(values: IntArray | None) -> int:
    return int(values.max()) if values is not None and values.size else 0


def _total(values: Iterable[np.int64]) -> int:
    return sum(int(value) for value in values)
