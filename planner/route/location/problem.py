"""What a capacitated location-routing problem is, and what its answer looks like. Knows no solver."""

# ruff: noqa: PLR0917 (the problem takes what the published one takes)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.domain import SolveStatus
from planner.errors import UsageError
from planner.route.problem import UNREACHABLE, IntArray, StopNote

LARGEST_COST: Final = 2 * 10**17
"""No plan's cost times its number of customers may exceed this: all sums then stay exact in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class LocationRoutingResult:
    """Depots to open and routes from them.

    ``open_depots`` ascending, each with at least one route; ``routes`` pairs of a depot and the customers' nodes in
    driving order, sorted. ``cost`` and ``routes`` are None and empty where no plan was found. ``bound`` is a true lower
    bound on the cost of every plan that serves all customers but ``unserved``, or None. ``unserved`` lists the nodes of
    customers that no route at all can serve, ``notes`` why, one each: ``too_large`` for a vehicle or every depot, or
    ``unreachable``. ``status`` is ``optimal`` only when proven, and ``infeasible`` when it is proven that the other
    customers can't all be served.
    """

    open_depots: IntArray
    routes: tuple[tuple[int, tuple[int, ...]], ...]
    cost: int | None
    bound: int | None
    unserved: tuple[int, ...]
    notes: tuple[StopNote, ...]
    status: SolveStatus
    seconds: float
    engine: str


@dataclass(frozen=True, slots=True, eq=False)
class LocationRoutingProblem:
    """Depots that may be opened and customers to be served (LRP; Prins, Prodhon and Wolfler Calvo 2006).

    m depots and n customers; the depots are nodes 0 … m − 1 of ``distance``, the customers m … m + n − 1. All numbers
    are whole and of the caller's units. ``distance`` is (m + n) × (m + n), row = from, column = to, -1 where no way
    leads; the diagonal and the ways between depots are not read.
    """

    depot_cost: IntArray
    depot_capacity: IntArray
    vehicle_cost: int
    vehicle_capacity: int
    demand: IntArray
    distance: IntArray

    @classmethod
    def of(
        cls, depot_cost: npt.ArrayLike, depot_capacity: npt.ArrayLike, vehicle_cost: int, vehicle_capacity: int,
        demand: npt.ArrayLike, distance: npt.ArrayLike,
    ) -> LocationRoutingProblem:  # fmt: skip
        """The problem, or a UsageError that names everything wrong with the arguments."""
        arrays = {
            "depot_cost": np.asarray(depot_cost), "depot_capacity": np.asarray(depot_capacity),
            "demand": np.asarray(demand), "distance": np.asarray(distance),
        }  # fmt: skip
        numbers: dict[str, object] = {"vehicle_cost": vehicle_cost, "vehicle_capacity": vehicle_capacity}
        defects = [*_array_defects(arrays), *_number_defects(numbers)]
        if defects:
            raise UsageError("location routing: " + "; ".join(defects))
        problem = cls(
            _locked(arrays["depot_cost"]), _locked(arrays["depot_capacity"]), int(vehicle_cost), int(vehicle_capacity),
            _locked(arrays["demand"]), _locked(arrays["distance"]),
        )  # fmt: skip
        if problem.largest_cost * max(1, problem.n_customers) > LARGEST_COST:
            raise UsageError("location routing: costs and distances are too large to be summed exactly; scale them")
        return problem

    @property
    def n_depots(self) -> int:
        """Number of depots, m."""
        return int(self.depot_cost.size)

    @property
    def n_customers(self) -> int:
        """Number of customers, n."""
        return int(self.demand.size)

    @property
    def largest_cost(self) -> int:
        """What no plan's cost exceeds."""
        n = self.n_customers
        farthest = int(self.distance.max(initial=0))
        return int(sum(self.depot_cost.tolist())) + n * self.vehicle_cost + 2 * n * farthest

    def route_cost(self, depot: int, stops: tuple[int, ...]) -> int:
        """Cost of one route, in plain integers."""
        path = (depot, *stops, depot)
        legs = sum(int(self.distance[a, b]) for a, b in pairwise(path))
        return self.vehicle_cost + legs


def _locked(array: npt.NDArray[np.integer]) -> IntArray:
    copy = np.array(array, dtype=np.int64, order="C")
    copy.flags.writeable = False
    return copy


def _array_defects(arrays: dict[str, npt.NDArray[np.generic]]) -> Iterator[str]:
    m, n = arrays["depot_cost"].size, arrays["demand"].size
    wanted = {"depot_cost": (m,), "depot_capacity": (m,), "demand": (n,), "distance": (m + n, m + n)}
    for name, array in arrays.items():
        if array.shape != wanted[name]:
            yield f"{name} must have shape {wanted[name]} for {m} depots and {n} customers, got {array.shape}"
        if array.size and array.dtype.kind not in "iu":
            yield f"{name} must hold integers, got {array.dtype}"
            continue
        least = UNREACHABLE if name == "distance" else 0
        low = min(array.ravel().tolist(), default=0)
        if low < least:
            yield f"{name} must not be below {least}, got {low}"
        high = max(array.ravel().tolist(), default=0)
        if high > LARGEST_COST:
            yield f"{name} must not be above {LARGEST_COST:.0e}, got {high}"


def _number_defects(numbers: dict[str, object]) -> Iterator[str]:
    for name, value in numbers.items():
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not 0 <= int(value) <= LARGEST_COST:  # type: ignore[call-overload]  # whole is looked at first
            yield f"{name} must be a whole number from 0 to {LARGEST_COST:.0e}, got {value!r}"
