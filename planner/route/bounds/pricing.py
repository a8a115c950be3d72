"""Trips of least reduced cost, by labels: exact within the ng-route relaxation, or a bound where that is long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.route.bounds.trips import FAR, TripKind, locked
from planner.route.problem import IntArray

NEIGHBOURS: Final = 8
"""Stops that a label at a stop remembers: its nearest ones, itself included."""

FEWER_NEIGHBOURS: Final = 5
CELLS: Final = 24
MANY_CELLS: Final = 200
SET_CELLS: Final = 1 << 15
STEPS: Final = (2, 6, 20, 100)
MOST_FOUND: Final = 80
MOST_LOOKED_AT: Final = 500
TRIPS_PER_STOP: Final = 8
"""Of the trips found, so many at most call at any one stop: different ones help the linear programme more."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: trips (reduced cost, stops in order), cheapest first, and how sure it is.

    ``least``: no trip that calls at each stop at most once has a lower reduced cost. ``complete``: labels ran out.
    """

    trips: tuple[tuple[int, tuple[int, ...]], ...]
    least: int
    complete: bool
    work: int


@dataclass(slots=True, eq=False)
class Pricer:
    """Searches trips of one kind; the buffers are kept from search to search."""

    kind: TripKind
    neighbours: int = NEIGHBOURS
    most_found: int = MOST_FOUND
    per_stop: int = TRIPS_PER_STOP
    memory: npt.NDArray[np.uint64] = field(init=False)
    add: IntArray = field(init=False)
    limit: IntArray = field(init=False)
    picked_as: IntArray = field(init=False)
    weights: tuple[IntArray, ...] = field(init=False)
    tables: tuple[IntArray, IntArray, IntArray] = field(init=False)

    def __post_init__(self) -> None:
        kind = self.kind
        self.memory = _nearest(kind.cost, self.neighbours)
        self.add = locked(np.array([resource.add for resource in kind.resources]))
        self.limit = np.array([resource.limit for resource in kind.resources], dtype=np.int64)
        self.picked_as = np.array([resource.picked_as for resource in kind.resources], dtype=np.int64)
        numbers = range(len(kind.resources))
        self.weights = tuple(locked(kind.weights(number)) for number in numbers)
        shape = (len(kind.resources), max(kind.rows(number) for number in numbers), kind.n_stops)
        self.tables = (np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape, np.int64))

    def lighter(self) -> Pricer | None:
        """A weaker relaxation with fewer labels, None when this is the weakest."""
        if self.neighbours <= FEWER_NEIGHBOURS:
            return None
        return Pricer(self.kind.coarser(), FEWER_NEIGHBOURS)

    def tabulate(self, reduced: IntArray) -> int:
        """Fill the completion tables for these reduced costs; a bound on the reduced cost of every trip."""
        from planner.route.bounds.kernel import complete  # numba is loaded when first needed

        kind, n = self.kind, self.kind.n_stops
        first = np.full(n, -FAR, dtype=np.int64)
        for number in range(len(kind.resources)):
            rows = kind.rows(number)
            best, after, second = (table[number, :rows] for table in self.tables)
            complete(reduced, self.weights[number], best, after, second)
            size, extra = kind.units[number].tolist()
            room = self.limit[number] - self.add[number, n, :n]
            rest = np.clip(room // size + extra * (kind.most_stops - 1), 0, rows - 1)
            way = np.where(room < 0, FAR, best[rest, np.arange(n)])
            first = np.maximum(first, np.minimum(reduced[n, :n], FAR) + np.minimum(way, FAR))
        return int(first.min(initial=FAR))

    def search(
        self,
        reduced: IntArray,
        threshold: int,
        mode: int,
        *,
        most_labels: int,
        most_work: int,
        memory: bool = True,
        cells: int = CELLS,
    ) -> tuple[Labels, int, bool]:
        """Labels of every trip that may cost less than ``threshold``; after `tabulate` of the same costs."""
        from planner.route.bounds.kernel import SAME_SET, extend_all

        kind, n = self.kind, self.kind.n_stops
        width = len(kind.resources) + (1 if kind.window_s.size else 0)
        labels = Labels(
            np.empty(most_labels, np.int64), np.empty(most_labels, np.int64), np.empty(most_labels, np.int64),
            np.empty((most_labels, width), np.int64), np.empty((most_labels, self.memory.shape[1]), np.uint64),
        )  # fmt: skip
        heads = np.full((1, SET_CELLS) if mode == SAME_SET else (n, cells), -1, dtype=np.int64)
        everything = np.full_like(self.memory, np.iinfo(np.uint64).max)
        rules = np.array([threshold, mode, kind.most_stops, kind.first_clock_s, most_work], dtype=np.int64)
        count, work, complete = extend_all(
            reduced, self.add, self.limit, kind.least_home, self.picked_as, locked(kind.leg_clock_s), kind.window_s,
            kind.units, *self.tables, heads, self.memory if memory else everything, rules,
            labels.cost, labels.previous, labels.node, labels.used, labels.seen,
            np.full(most_labels, -1, dtype=np.int64), np.zeros((kind.most_stops + 1, 2), dtype=np.int64),
        )  # fmt: skip
        return labels.first(int(count)), int(work), bool(complete)

    def ends(self, labels: Labels, reduced: IntArray) -> IntArray:
        """Reduced cost of each label driven home, `FAR` where it may not."""
        kind, n = self.kind, self.kind.n_stops
        value = labels.cost + np.minimum(reduced[labels.node, n], FAR)
        allowed = (labels.node < n) & (value < FAR // 2)
        for number in range(len(kind.resources)):
            allowed &= labels.used[:, number] + self.add[number, labels.node, n] <= self.limit[number]
        if kind.window_s.size:
            allowed &= labels.used[:, -1] + kind.leg_clock_s[labels.node, n] <= kind.last_clock_s
        return np.where(allowed, value, FAR)

    def price(self, reduced: IntArray, threshold: int, *, most_labels: int, most_work: int, loose: bool) -> Found:
        """Trips with a reduced cost below ``threshold`` (negative), the best of them.

        The exact search asks for very cheap trips first and for less cheap ones when there is none: far from the
        optimum almost every label could lead to some trip, near it few do.
        """
        from planner.route.bounds.kernel import EXACT, LOOSE

        least = self.tabulate(reduced)
        work = sum(weight.size * self.kind.rows(number) for number, weight in enumerate(self.weights))
        if loose:
            tries = [(threshold, LOOSE, CELLS), (threshold, LOOSE, MANY_CELLS)]
        else:
            steps = [least // step for step in STEPS if least // step < threshold]
            tries = [(step, EXACT, CELLS) for step in (*steps, threshold)]
        for step, mode, cells in tries:
            if least >= step:
                continue
            labels, took, complete = self.search(
                reduced, step, mode, most_labels=most_labels, most_work=most_work - work, cells=cells
            )
            work += took
            value = self.ends(labels, reduced)
            if complete and mode == EXACT:
                least = max(least, min(step, int(value.min(initial=FAR))))
            below = np.flatnonzero(value < step)
            if below.size or (mode == EXACT and not complete):
                below = below[np.argsort(value[below], kind="stable")]
                return Found(self._different(labels, below, value), least, complete, work)
        return Found((), least, complete=True, work=work)

    def _different(self, labels: Labels, ranked: IntArray, value: IntArray) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The first of ``ranked`` whose stops aren't in too many earlier ones already."""
        times = [0] * self.kind.n_stops
        trips: list[tuple[int, tuple[int, ...]]] = []
        for label in ranked[:MOST_LOOKED_AT].tolist():
            stops = labels.stops(label)
            if max(times[stop] for stop in stops) < self.per_stop:
                trips.append((int(value[label]), stops))
                for stop in stops:
                    times[stop] += 1
                if len(trips) >= self.most_found:
                    break
        return tuple(trips)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Partial trips, one a row; see the kernel. Row 0 is the depot."""

    cost: IntArray
    previous: IntArray
    node: IntArray
    used: IntArray
    seen: npt.NDArray[np.uint64]

    def first(self, count: int) -> Labels:
        """The first ``count`` rows."""
        return Labels(self.cost[:count], self.previous[:count], self.node[:count], self.used[:count], self.seen[:count])

    def stops(self, label: int) -> tuple[int, ...]:
        """Stops of one label in driving order."""
        order = []
        while label > 0:
            order.append(int(self.node[label]))
            label = int(self.previous[label])
        return tuple(reversed(order))


def _nearest(cost: IntArray, count: int) -> npt.NDArray[np.uint64]:
    """Bits of the ``count`` stops nearest to each stop, there and back, itself among them: stops × words."""
    n = cost.shape[0] - 1
    apart = np.minimum(cost[:n, :n], FAR) + np.minimum(cost[:n, :n].T, FAR)
    np.fill_diagonal(apart, -1)
    near = np.argsort(apart, axis=1, kind="stable")[:, :count]
    words = np.zeros((n, max(1, -(-n // 64))), dtype=np.uint64)
    for stop in range(n):
        for other in near[stop].tolist():
            words[stop, other >> 6] |= np.uint64(1 << (other & 63))
    return words
