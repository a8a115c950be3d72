"""Heuristic search: a race between sets of depots, long walks on the best of them, a choice among all routes met."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.location.depot_sets import DepotSet, depot_sets, neighbours
from planner.route.location.pack import pack
from planner.route.location.plan import Bools, Ground, Pool, Routes, Walk
from planner.route.location.polish import best_of_pool

ROUNDS: Final = 4_000_000
"""Rounds of ruin and recreate without a time limit, for up to 100 customers; above, as many as take the same time."""
FIRST_SPEED: Final = 1.5e7
"""Rounds a second times customers, before any is measured; low, so that a first look is short."""
RACE_SHARES: Final = (0.10, 0.08, 0.08, 0.06)
"""Shares of the work for the laps of the race; the rest goes to the bound and to long walks."""
RACE_KEEPS: Final = (16, 5, 3)
LEAST_LAP: Final = 1_500
"""A look at a set of depots takes at least so many rounds."""
LONGEST_LAP: Final = 300
"""A lap takes at most so many rounds times the square of the number of customers: more do not pay."""
MOST_SETS: Final = 400
"""Sets that are looked at in a lap at most."""
LONG_WALK: Final = 400
"""A long walk takes so many rounds times the square of the number of customers, if there is time for several turns."""
FEWEST_TURNS: Final = 3
MOST_TURNS: Final = 10
"""Times that long walks, two at a time, are made."""
HOT: Final = 1.0
"""Temperature at the start of a walk, as a share of a quarter of the mean distance, which is about a plan's leg."""
WARM: Final = 0.3
"""The same of a walk that goes on from the best plan."""
COLD: Final = 0.03
"""At the end of every walk."""
CHUNK: Final = 2_000_000
"""Rounds times customers between two looks at the clock."""
LEAST_MEASURED_S: Final = 0.02
"""Shorter work does not tell the speed."""
NOT_WALKED: Final = 4 * 10**18
POLISH_S: Final = 4.0
LEAST_POLISH_S: Final = 0.2
POLISH_SHARE: Final = 0.1
LAST_POLISH_SHARE: Final = 0.8
"""Time for choosing among routes: at most, at least (else it is left out), as shares of what is left, and at last."""
THREADS: Final = 2


@dataclass(slots=True)
class Clock:
    """Seconds since the start, and the limit (None: work is counted, and clocks are not looked at)."""

    limit_s: float | None
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.started

    def left_s(self) -> float | None:
        """Seconds left; None without limit."""
        return None if self.limit_s is None else max(0.0, self.limit_s - self.seconds)

    @property
    def late(self) -> bool:
        """Whether the limit has passed."""
        return self.limit_s is not None and self.seconds >= self.limit_s

    def share(self, part: float) -> Clock:
        """A clock that has a part of the time left."""
        left_s = self.left_s()
        return Clock(None if left_s is None else part * left_s)


@dataclass(slots=True, eq=False)
class _Task:
    """One walk: allowed depots, random numbers, where to start (None: from nothing), and how it ended."""

    depots: DepotSet
    random: NDArray[np.uint64]
    start: Routes | None
    cost: int = NOT_WALKED
    routes: Routes | None = None


@dataclass(slots=True, eq=False)
class Search:
    """One search. ``routes`` and ``cost`` are the best plan found so far; ``impossible``: proven that there is none.

    ``finalists``: sets of depots, best first; ``excluded``: sets that open no better plan for certain.
    """

    ground: Ground
    reachable: Bools
    clock: Clock
    seed: int
    routes: Routes | None = None
    cost: int = field(init=False)
    impossible: bool = False
    finalists: list[DepotSet] = field(default_factory=list)
    excluded: set[DepotSet] = field(default_factory=set)
    pool: Pool = field(default_factory=Pool)
    _leg: float = field(init=False)
    _walks: int = 0
    _speed: float = FIRST_SPEED

    def __post_init__(self) -> None:
        self.cost = self.ground.missing
        problem = self.ground.problem
        known = problem.distance[problem.n_depots :]
        self._leg = max(1e-3, float(known[known >= 0].mean()) / 4)

    def start(self) -> None:
        """Find a good plan: the race between sets of depots."""
        self.finalists = self._race(depot_sets(self.ground))
        if self.routes is None:
            self._pack()

    def finish(self) -> None:
        """Use up the work or the time on the best sets."""
        if self.routes is None:
            return
        for turn in range(turns := self._turns()):
            self._long_walks(turn, turns)
            if self.clock.limit_s is not None or turn == turns - 1:
                self._polish(LAST_POLISH_SHARE if turn == turns - 1 else POLISH_SHARE)

    def _turns(self) -> int:
        """How often two long walks are made: as often as they end in time, within limits."""
        n, left_s = self.ground.problem.n_customers, self.clock.left_s()
        if left_s is None:
            return FEWEST_TURNS
        return int(min(MOST_TURNS, max(FEWEST_TURNS, left_s * self._speed / n / (LONG_WALK * n**2))))

    def _race(self, sets: list[DepotSet]) -> list[DepotSet]:
        """Look at all sets shortly, at the best of them longer, and so on; the best sets, best first."""
        standing: dict[DepotSet, int] = {}
        lap_sets = sets
        for lap, share in enumerate(RACE_SHARES):
            lap_clock = Clock(None if self.clock.limit_s is None else share * self.clock.limit_s)
            rounds = min(self._rounds(share), LONGEST_LAP * self.ground.problem.n_customers**2)
            lap_sets = lap_sets[: max(4, min(MOST_SETS, rounds // LEAST_LAP))]
            each = max(LEAST_LAP, int(rounds / max(1, len(lap_sets))))
            for chosen, cost in zip(lap_sets, self._go(lap_sets, each, lap_clock), strict=True):
                standing[chosen] = min(cost, standing.get(chosen, cost))
            ranked = sorted(standing, key=lambda chosen: (standing[chosen], len(chosen), chosen))
            if lap < len(RACE_KEEPS):
                new = [chosen for chosen in neighbours(self.ground, self._opened(ranked[0])) if chosen not in standing]
                lap_sets = ranked[: RACE_KEEPS[lap]] + new[: RACE_KEEPS[lap]]
        return sorted(standing, key=lambda chosen: (standing[chosen], len(chosen), chosen))

    def _long_walks(self, turn: int, turns: int) -> None:
        """Two walks: one from nothing, and one on another set of depots (first) or from the best plan."""
        n, left_s = self.ground.problem.n_customers, self.clock.left_s()
        if left_s is None:
            rounds = min(LONG_WALK * n**2, self._rounds((1.0 - sum(RACE_SHARES)) / turns) // 2)
        else:
            rounds = int((1.0 - POLISH_SHARE) * left_s / (turns - turn) * self._speed / n)
        finalists = [chosen for chosen in self.finalists if chosen not in self.excluded]
        best = self._opened(())
        second = next((chosen for chosen in finalists if not set(best) <= set(chosen)), best)
        wide = next((chosen for chosen in finalists if set(best) < set(chosen)), best)
        first = (best, best, wide)[turn % 3]
        other = (second, best, best)[turn % 3]
        starts: list[Routes | None] = [None, self.routes if turn > 0 else None]
        self._go([first, other], max(LEAST_LAP, rounds), self.clock, starts)

    def _opened(self, otherwise: DepotSet) -> DepotSet:
        """Depots of the best plan; ``otherwise`` without a plan."""
        return otherwise if self.routes is None else tuple(sorted({depot for depot, _ in self.routes}))

    def _rounds(self, share: float) -> int:
        """Rounds that a share of all work comes to."""
        n = max(1, self.ground.problem.n_customers)
        if self.clock.limit_s is None:
            return int(share * ROUNDS * min(1.0, 100 / n))
        return int(share * self.clock.limit_s * self._speed * THREADS / n)

    def _go(
        self, sets: Sequence[DepotSet], rounds: int, clock: Clock, starts: Sequence[Routes | None] | None = None
    ) -> list[int]:
        """Costs of one walk for each set of depots, two at a time; the same walks whatever the number of threads."""
        tasks = []
        for number, chosen in enumerate(sets):
            self._walks += 1
            random = np.random.default_rng([self.seed, self._walks]).integers(1, 2**63, 1, dtype=np.uint64)
            tasks.append(_Task(chosen, random, None if starts is None else starts[number]))
        pools = [self.pool, Pool()]
        begun = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            lanes = [
                threads.submit(self._lane, tasks[lane::THREADS], rounds, pools[lane], clock) for lane in range(THREADS)
            ]
            done = sum(lane.result() for lane in lanes)
        spent = time.perf_counter() - begun
        if spent > LEAST_MEASURED_S:
            self._speed = done * self.ground.problem.n_customers / spent / THREADS
        self.pool.add_all(pools[1], self.ground)
        for task in tasks:
            if task.routes is not None and task.cost < self.cost:
                self.cost, self.routes = task.cost, task.routes
        return [task.cost for task in tasks]

    def _lane(self, tasks: Sequence[_Task], rounds: int, pool: Pool, clock: Clock) -> int:
        """Walk one task after the other in chunks, until the time is up; rounds made."""
        problem = self.ground.problem
        chunk = max(200, CHUNK // max(1, problem.n_customers))
        made = 0
        for task in tasks:
            if made and clock.late:
                break
            allowed = np.zeros(problem.n_depots, np.bool_)
            allowed[list(task.depots)] = True
            walk = Walk(self.ground, allowed, task.random)
            if task.start is not None:
                walk.start_at(task.start)
            hot = HOT if task.start is None else WARM
            at = 0
            while at < rounds and not (made and clock.late):
                step = min(chunk, rounds - at)
                heat, cool_to = (self._leg * hot * (COLD / hot) ** (k / rounds) for k in (at, at + step))
                walk.go(heat, cool_to, step, pool)
                at += step
                made += step
            task.cost, task.routes = walk.cost, walk.routes() if walk.complete else None
        return made

    def _pack(self) -> None:
        """Start from customers packed into depots, where no walk found a plan."""
        packed = pack(self.ground.problem, self.reachable, self.clock.left_s())
        self.impossible = packed.impossible
        if packed.routes is None:
            return
        chosen = tuple(sorted({depot for depot, _ in packed.routes}))
        rounds = max(LEAST_LAP, self._rounds(RACE_SHARES[0]))
        self._go([chosen, chosen], rounds, self.clock, [packed.routes] * 2)

    def _polish(self, share: float) -> None:
        """Choose among the routes met, in a share of the time left."""
        if self.routes is None or self.clock.late:
            return
        left_s = self.clock.left_s()
        time_s = POLISH_S if left_s is None else min(POLISH_S, share * left_s)
        if time_s < LEAST_POLISH_S:
            return
        better = best_of_pool(self.ground, self.pool, self.routes, self.cost, None if left_s is None else time_s)
        if better is not None:
            self.take(better)

    def take(self, routes: Routes) -> None:
        """Look at a plan found elsewhere."""
        walk = Walk(self.ground, np.ones(self.ground.problem.n_depots, np.bool_), np.ones(1, np.uint64))
        walk.start_at(routes)
        if walk.complete and walk.cost < self.cost:
            self.cost, self.routes = walk.cost, routes
