"""The linear programme over the trips found so far, and the bound that whole-number dual values prove.

    minimise Σ cost_r x_r + Σ fixed_t y_t   subject to   Σ_r a_ir x_r = f_i for every stop i,
                                                         low ≤ vehicles ≤ high, in all and of each type

a_ir counts how often trip r calls at stop i, and f_i how often it is visited: once, or in a week on so many days (a
vehicle is then one on one day). Vehicles of a type that drives one trip only are its trips; of
another type t they are y_t, with Σ (duration_r + reload) x_r ≤ (shift + reload) y_t, Σ x_r ≤ trips y_t and
Σ distance_r x_r ≤ range y_t. For any dual values a plan's cost is the dual objective plus its trips' and
vehicles' reduced costs, and it has only so many trips: `Master.bound` sums that up in integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from planner.route.bounds.trips import FAR, TripKind
from planner.route.problem import IntArray

LARGEST: Final = 1 << 58


@dataclass(frozen=True, slots=True)
class Trip:
    """A column: stops (positions, may come twice) by ``kind`` (position among the kinds); cost without scale."""

    kind: int
    stops: tuple[int, ...]
    cost: int
    distance_m: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Least and most vehicles, all limits finite: in all first, then of each kind."""

    low: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """Whole numbers in scaled cost: per stop; per count (in all, then each kind); per kind and use (time, trips, way).

    ``use`` is what a second, a trip and a metre cost, not negative. ``cuts`` not negative.
    """

    stop: IntArray
    count: IntArray
    use: IntArray
    cuts: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Optimum over the trips at hand: value (unscaled), duals, trips' and vehicles' amounts."""

    value: float
    duals: Duals
    amounts: tuple[float, ...]
    vehicles: tuple[float, ...]
    missing: float


class Master:
    """The linear programme, kept warm from trip to trip (GLOP, OR-Tools); ``times`` are the visits of every stop."""

    def __init__(
        self, kinds: Sequence[TripKind], big: int, scale: int, unit: int, times: Sequence[int] | None = None
    ) -> None:
        self.kinds = tuple(kinds)
        self.n_stops = kinds[0].n_stops
        self.times = np.ones(self.n_stops, dtype=np.int64) if times is None else np.array(times, dtype=np.int64)
        self.n_visits = int(self.times.sum())
        self.scale, self.unit = scale, max(1, unit)
        self.trips: list[Trip] = []
        self.known: set[tuple[int, tuple[int, ...]]] = set()
        self.cut_sets: list[tuple[IntArray, int]] = []
        self.most_trips = self.n_visits
        """Trips that a plan can have which is worth finding; every trip calls somewhere."""
        self.cheapest = 0
        """No trip costs less, unscaled."""
        self._big = big
        self._limits = Counts((0,) * (len(kinds) + 1), (self.n_visits,) * (len(kinds) + 1))
        self._build()

    def _build(self) -> None:
        """The programme from scratch, with everything that has been found so far."""
        from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # it ships no types

        self._solver: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._parameters: Any = pywraplp.MPSolverParameters()
        self._parameters.SetIntegerParam(self._parameters.PRESOLVE, self._parameters.PRESOLVE_OFF)
        self._optimal = pywraplp.Solver.OPTIMAL
        self._objective: Any = self._solver.Objective()
        self._objective.SetMinimization()
        self._cover = [self._solver.Constraint(float(often), float(often)) for often in self.times]
        self._counts = [self._solver.Constraint(0.0, self._solver.infinity()) for _ in range(len(self.kinds) + 1)]
        self._use: dict[tuple[int, int], Any] = {}
        self._cuts: list[Any] = []
        self._x: list[Any] = []
        self._y: dict[int, Any] = {}
        self._missing = [self._variable(self._big / self.unit) for _ in range(self.n_stops)]
        for cover, missing in zip(self._cover, self._missing, strict=True):
            cover.SetCoefficient(missing, 1.0)
        for number, kind in enumerate(self.kinds):
            if kind.vehicle.makes_trips:
                self._add_vehicles(number, kind)
        self.set_counts(self._limits)
        for trip in self.trips:
            self._add_column(trip)
        for inside, least in self.cut_sets:
            self._add_row(inside, least)

    def set_counts(self, counts: Counts) -> None:
        """Least and most vehicles from now on."""
        self._limits = counts
        for row, low, high in zip(self._counts, counts.low, counts.high, strict=True):
            row.SetBounds(float(low), float(high))

    def trip(self, kind: int, stops: tuple[int, ...]) -> Trip:
        """A column with its measures."""
        home = self.n_stops
        legs = list(pairwise((home, *stops, home)))
        matrices = self.kinds[kind]
        cost, way, time = (sum(int(m[leg]) for leg in legs) for m in (matrices.cost, matrices.leg_m, matrices.leg_s))
        return Trip(kind, stops, cost + matrices.fixed_cost, way, time)

    def add(self, kind: int, stops: tuple[int, ...]) -> bool:
        """Take a trip in; False when it is there already."""
        if (kind, stops) in self.known:
            return False
        self.known.add((kind, stops))
        trip = self.trip(kind, stops)
        self.trips.append(trip)
        variable = self._add_column(trip)
        for row, (inside, _) in zip(self._cuts, self.cut_sets, strict=True):
            row.SetCoefficient(variable, float(entries(stops, inside)))
        return True

    def _add_column(self, trip: Trip) -> Any:
        variable = self._variable(trip.cost / self.unit)
        self._x.append(variable)
        for stop in set(trip.stops):
            self._cover[stop].SetCoefficient(variable, float(trip.stops.count(stop)))
        if trip.kind in self._y:
            for use, amount in enumerate(self._uses(trip)):
                if (trip.kind, use) in self._use:
                    self._use[trip.kind, use].SetCoefficient(variable, float(amount))
        else:
            self._counts[0].SetCoefficient(variable, 1.0)
            self._counts[trip.kind + 1].SetCoefficient(variable, 1.0)
        return variable

    def add_cut(self, inside: IntArray, least: int) -> None:
        """Trips enter the stops where ``inside`` (0/1, one each) at least ``least`` times in all."""
        self.cut_sets.append((inside, least))
        self._add_row(inside, least)

    def _add_row(self, inside: IntArray, least: int) -> None:
        row = self._solver.Constraint(float(least), self._solver.infinity())
        for trip, variable in zip(self.trips, self._x, strict=True):
            row.SetCoefficient(variable, float(entries(trip.stops, inside)))
        for stop in np.flatnonzero(inside).tolist():
            row.SetCoefficient(self._missing[stop], 1.0)
        self._cuts.append(row)

    def solve(self) -> Solved | None:
        """Solve over the trips at hand; None when GLOP can't, warm or afresh (numbers of trips that go in circles)."""
        if self._solver.Solve(self._parameters) != self._optimal:
            self._build()
            if self._solver.Solve() != self._optimal:
                return None
        size = float(self.unit) * self.scale
        stop = _whole([row.dual_value() * size for row in self._cover])
        count = _whole([row.dual_value() * size for row in self._counts])
        use = np.zeros((len(self.kinds), 3), dtype=np.int64)
        for (kind, number), row in self._use.items():
            use[kind, number] = max(0, int(np.floor(-row.dual_value() * size)))
        cuts = np.maximum(_whole([row.dual_value() * size for row in self._cuts]), 0)
        amounts = tuple(float(x.solution_value()) for x in self._x)
        vehicles = [0.0] * len(self.kinds)
        for trip, amount in zip(self.trips, amounts, strict=True):
            if trip.kind not in self._y:
                vehicles[trip.kind] += amount
        for kind, y in self._y.items():
            vehicles[kind] = float(y.solution_value())
        missing = sum(float(u.solution_value()) for u in self._missing)
        return Solved(
            self._objective.Value() * self.unit, Duals(stop, count, use, cuts), amounts, tuple(vehicles), missing
        )

    def reduced(self, number: int, duals: Duals) -> IntArray:
        """Reduced cost of every leg of one kind, the trip's own costs on its first leg."""
        kind, n = self.kinds[number], self.n_stops
        time, trips, way = duals.use[number].tolist()
        legs = np.where(kind.cost >= FAR, 0, kind.cost) * self.scale + time * kind.leg_s + way * kind.leg_m
        legs[:, :n] -= duals.stop
        for (inside, _), dual in zip(self.cut_sets, duals.cuts.tolist(), strict=True):
            if dual:
                legs[:, :n] -= dual * np.outer(np.append(1 - inside, 1), inside)
        first = kind.fixed_cost * self.scale + trips + time * kind.vehicle.reload_s
        if number not in self._y:
            first -= int(duals.count[0] + duals.count[number + 1])
        legs[n] += first
        return np.ascontiguousarray(np.where(kind.cost >= FAR, FAR, legs))

    def reduced_cost(self, trip: Trip, duals: Duals) -> int:
        """Reduced cost of one trip, scaled (without what vehicles of several trips cost and without cuts)."""
        count = 0 if trip.kind in self._y else int(duals.count[0] + duals.count[trip.kind + 1])
        return trip.cost * self.scale - int(duals.stop[list(trip.stops)].sum()) - count

    def bound(self, duals: Duals, counts: Counts, least: int) -> int:
        """What every plan within ``counts`` costs at least, scaled, when no trip's reduced cost is below ``least``.

        The better of two figures. Either every trip takes ``least`` off, or all duals are scaled down by
        c / (c − least), c being the cheapest trip's cost, after which no trip's reduced cost is negative (and what
        vehicles of several trips take off is scaled down no less, as their fixed costs aren't negative).
        """
        total: int = int(self.times @ duals.stop)
        for dual, low, high in zip(duals.count.tolist(), counts.low, counts.high, strict=True):
            total += dual * (low if dual > 0 else high)
        total += sum(dual * least_ for dual, (_, least_) in zip(duals.cuts.tolist(), self.cut_sets, strict=True))
        for number in self._y:
            most = min(self.n_visits, counts.high[0], counts.high[number + 1])
            total += most * min(0, self._reduced_vehicle(number, duals))
        most_trips = self.most_trips if self._y else min(self.most_trips, counts.high[0])
        taken_off = int(total + most_trips * min(0, least))
        if least >= 0 or total <= 0:
            return taken_off
        cheapest = self.cheapest * self.scale
        return max(taken_off, total * cheapest // (cheapest - least))

    def clipped(self, duals: Duals) -> Duals:
        """Duals whose sums stay in 64 bits; any such duals are good for a bound."""
        most = LARGEST // ((self.n_visits + 2) ** 2)
        return Duals(
            np.clip(duals.stop, -most, most),
            np.clip(duals.count, -most, most),
            duals.use,
            np.minimum(duals.cuts, most),
        )

    def _reduced_vehicle(self, number: int, duals: Duals) -> int:
        vehicle = self.kinds[number].vehicle
        value = vehicle.fixed_cost * self.scale - int(duals.count[0] + duals.count[number + 1])
        return value - sum(
            int(dual) * room for dual, room in zip(duals.use[number], _rooms(self.kinds[number]), strict=True) if room
        )

    def _add_vehicles(self, number: int, kind: TripKind) -> None:
        """How many vehicles of a kind are used, where one may drive several trips."""
        y = self._variable(kind.vehicle.fixed_cost / self.unit)
        self._y[number] = y
        self._counts[0].SetCoefficient(y, 1.0)
        self._counts[number + 1].SetCoefficient(y, 1.0)
        for use, room in enumerate(_rooms(kind)):
            if room is not None:
                row = self._solver.Constraint(-self._solver.infinity(), 0.0)
                row.SetCoefficient(y, -float(room))
                self._use[number, use] = row

    def _uses(self, trip: Trip) -> tuple[int, int, int]:
        reload_s = self.kinds[trip.kind].vehicle.reload_s
        return trip.duration_s + reload_s, 1, trip.distance_m

    def _variable(self, cost: float) -> Any:
        variable = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._objective.SetCoefficient(variable, cost)
        return variable


def entries(stops: tuple[int, ...], inside: IntArray) -> int:
    """How often a trip enters the set."""
    where = [0, *(int(inside[stop]) for stop in stops)]
    return sum(not a and b for a, b in pairwise(where))


def mixed(one: Duals, other: Duals, share: float) -> Duals:
    """``share`` of one and the rest of the other, in whole numbers."""

    def mix(a: IntArray, b: IntArray) -> IntArray:
        return np.rint(share * a + (1 - share) * b).astype(np.int64)

    n_cuts = other.cuts.size
    cuts = np.concatenate([one.cuts, np.zeros(n_cuts - one.cuts.size, dtype=np.int64)])
    return Duals(mix(one.stop, other.stop), mix(one.count, other.count), mix(one.use, other.use), mix(cuts, other.cuts))


def _rooms(kind: TripKind) -> tuple[int | None, int | None, int | None]:
    """What one vehicle of several trips has of time, trips and way."""
    vehicle = kind.vehicle
    shift_s = None if vehicle.max_duration_s is None else vehicle.max_duration_s + vehicle.reload_s
    return shift_s, vehicle.max_trips, vehicle.max_distance_m


def _whole(values: Sequence[float]) -> IntArray:
    return np.rint(np.array(values, dtype=np.float64)).astype(np.int64)
