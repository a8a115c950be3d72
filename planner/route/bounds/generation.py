"""Column generation: trips are priced into the linear programme until none would lower it, or the work is used up.

Prices are taken between the programme's dual values and the best ones so far (Wentges 1997,
doi:10.1111/1475-3995.00034), which spares rounds. Every set of dual values proves a bound, the best one counts;
so a run that is ended early has a true bound too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from planner.route.bounds.master import LARGEST, Counts, Duals, Master, Solved, mixed
from planner.route.bounds.pricing import Found, Pricer
from planner.route.problem import IntArray

LOOSE_LABELS: Final = 300_000
MOST_LABELS: Final = 600_000
MOST_WORK_A_SEARCH: Final = 60_000_000
SMOOTHING: Final = 0.6
LEAST_SMOOTHING: Final = 0.2
ROUNDS: Final = 400
PRECISION: Final = 1e-7
"""Reduced costs above minus this share of a usual trip's cost count as none."""

CLOSE_ENOUGH: Final = 1e-6

LARGEST_SHARE: Final = 0.97
SHARES: Final = (0.98, 0.95, 0.92, 0.88, 0.8, 0.6)
"""Parts of what dual values pay for stops, tried one after the other where the values themselves prove too little."""


@dataclass(slots=True)
class Budget:
    """Work left, in legs and labels looked at (a count); ``over`` may end the run for a caller's clock too.

    ``reserve`` of the work is kept for a bound from what is known when all other work is done.
    """

    work: int
    over: Callable[[], bool] = field(default=lambda: False)
    reserve: int = 0

    @property
    def spent(self) -> bool:
        """Whether to stop."""
        return self.work <= self.reserve or self.over()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """What is known of all plans within ``counts``: a true bound (scaled), its duals, and the last optimum.

    ``proven`` is what the duals prove by themselves, at most ``bound``. ``finished``: more work would not raise it.
    """

    counts: Counts
    bound: int
    proven: int
    duals: Duals | None
    solved: Solved | None
    finished: bool


@dataclass(slots=True, eq=False)
class Generation:
    """The linear programme and one pricer a kind; nodes share the trips found."""

    master: Master
    full: tuple[Pricer, ...]
    budget: Budget
    rough: tuple[Pricer, ...] | None = None
    """For finding trips without proving anything, where the tables of the others take long."""
    pricers: list[Pricer] = field(init=False)

    def solve(self, counts: Counts, enough: int | None) -> Node:
        """Bound the plans within ``counts``; stops early once the bound reaches ``enough`` (scaled)."""
        self.pricers = list(self.full)
        self.master.set_counts(counts)
        best, best_duals, solved, finished = -LARGEST, None, None, False
        smoothing = SMOOTHING
        last: Duals | None = None
        for _ in range(ROUNDS):
            if self.budget.spent or (enough is not None and best >= enough):
                break
            again = self.master.solve()
            if again is None:
                break
            solved = again
            if best >= solved.value * self.master.scale * (1 - CLOSE_ENOUGH):
                finished = True
                break
            own = self.master.clipped(solved.duals)
            asked = own
            centre = best_duals if self.rough is None else last
            if centre is not None and smoothing > 0:
                asked = self.master.clipped(mixed(centre, own, smoothing))
            bound, added = self._loosely(asked, own, counts)
            if bound > best or best_duals is None:
                best, best_duals = bound, asked
            last = asked
            if added or asked is not own:
                smoothing = smoothing if added else smoothing / 2 if smoothing > LEAST_SMOOTHING else 0.0
                continue
            bound, finished = self._exactly(own, counts)
            if bound > best:
                best, best_duals = bound, own
            if finished:
                break
        if solved is not None and best < solved.value * self.master.scale * LARGEST_SHARE:
            bound, duals = self._shaved(last or self.master.clipped(solved.duals), counts)
            if bound > best:
                best, best_duals = bound, duals
        return Node(counts, best, best, best_duals, solved, finished)

    def _shaved(self, duals: Duals, counts: Counts) -> tuple[int, Duals]:
        """The bound of dual values that aren't final, by a part of what they pay for stops; uses up the reserve.

        Where hardly any trip has a negative reduced cost, that is soon proven.
        """
        best, best_duals = -LARGEST, duals
        self.budget.reserve, reserve = 0, self.budget.reserve
        for share in SHARES if reserve else ():
            if self.budget.spent:
                break
            asked = replace(duals, stop=np.floor(share * duals.stop).astype(np.int64))
            least = min(0, *(self._price(k, asked, loose=False).least for k in range(len(self.pricers))))
            bound = self.master.bound(asked, counts, least)
            if bound > best:
                best, best_duals = bound, asked
            if least >= -self._little:
                break
        return best, best_duals

    def _loosely(self, asked: Duals, own: Duals, counts: Counts) -> tuple[int, int]:
        """Price at ``asked`` by few labels; a bound there, and how many trips came in that help at ``own``."""
        least, added = 0, 0
        for number in range(len(self.pricers)):
            found = self._price(number, asked, loose=True)
            least = min(least, found.least)
            priced = self.master.reduced(number, own)
            for _, stops in found.trips:
                if _path_cost(priced, stops) < -self._little:
                    added += self.master.add(number, stops)
        return self.master.bound(asked, counts, least), added

    def _exactly(self, duals: Duals, counts: Counts) -> tuple[int, bool]:
        """Price every trip; the bound, and whether that is all that can be had."""
        least, added, too_long = 0, 0, []
        for number in range(len(self.pricers)):
            found = self._price(number, duals, loose=False)
            least = min(least, found.least)
            added += sum(self.master.add(number, stops) for _, stops in found.trips)
            if not found.complete:
                too_long.append(number)
        lighter = 0
        if not added:
            for number in too_long:
                pricer = self.pricers[number].lighter()
                if pricer is not None:
                    self.pricers[number] = pricer
                    lighter += 1
        return self.master.bound(duals, counts, least), not added and not lighter

    def _price(self, number: int, duals: Duals, *, loose: bool) -> Found:
        pricers = self.rough if loose and self.rough is not None else self.pricers
        found = pricers[number].price(
            self.master.reduced(number, duals),
            -self._little,
            most_labels=LOOSE_LABELS if loose else MOST_LABELS,
            most_work=max(1, min(MOST_WORK_A_SEARCH, self.budget.work)),
            loose=loose,
        )
        self.budget.work -= found.work
        return found

    @property
    def _little(self) -> int:
        return max(1, round(self.master.unit * self.master.scale * PRECISION))


def _path_cost(reduced: IntArray, stops: tuple[int, ...]) -> int:
    home = reduced.shape[0] - 1
    return sum(int(reduced[leg]) for leg in pairwise((home, *stops, home)))
