"""Column generation: trips are priced into the linear programme until none would lower it, or the work is used up.

Prices are taken between the programme's dual values and the best ones so far (Wentges 1997,
doi:10.1111/1475-3995.00034), which spares rounds. Every set of dual values proves a bound, the best one counts;
so a run that is ended early has a true bound too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

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


@dataclass(slots=True)
class Budget:
    """Work left, in legs and labels looked at (a count); ``over`` may end the run for a caller's clock too."""

    work: int
    over: Callable[[], bool] = field(default=lambda: False)

    @property
    def spent(self) -> bool:
        """Whether to stop."""
        return self.work <= 0 or self.over()


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
    pricers: list[Pricer] = field(init=False)

    def solve(self, counts: Counts, enough: int | None) -> Node:
        """Bound the plans within ``counts``; stops early once the bound reaches ``enough`` (scaled)."""
        self.pricers = list(self.full)
        self.master.set_counts(counts)
        best, best_duals, solved, finished = -LARGEST, None, None, False
        smoothing = SMOOTHING
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
            if best_duals is not None and smoothing > 0:
                asked = self.master.clipped(mixed(best_duals, own, smoothing))
            bound, added = self._loosely(asked, own, counts)
            if bound > best or best_duals is None:
                best, best_duals = bound, asked
            if added or asked is not own:
                smoothing = smoothing if added else smoothing / 2 if smoothing > LEAST_SMOOTHING else 0.0
                continue
            bound, finished = self._exactly(own, counts)
            if bound > best:
                best, best_duals = bound, own
            if finished:
                break
        return Node(counts, best, best, best_duals, solved, finished)

    def _loosely(self, asked: Duals, own: Duals, counts: Counts) -> tuple[int, int]:
        """Price at ``asked`` by few labels; the bound there, and how many trips came in that help at ``own``."""
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
        found = self.pricers[number].price(
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
