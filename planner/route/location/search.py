"""Heuristic search: a race between sets of depots, long walks on the best of them, a choice among all routes met."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from planner.route.location.depot_sets import DepotSet, depot_sets, neighbours
from planner.route.location.pack import pack
from planner.route.location.plan import Bools, Ground, Pool, Routes, Walk
from planner.route.location.polish import best_of_pool

ROUNDS: Final = 1_600_000
"""Rounds of ruin and recreate without a time limit, for up to 100 customers; above, as many as take the same time."""
FIRST_SPEED: Final = 1.5e7
"""Rounds a second times customers, before any is measured; low, so that a first look is short."""
RACE_SHARES: Final = (0.10, 0.08, 0.08, 0.06)
"""Shares of the work for the laps of the race; the rest goes to the bound and to long walks."""
RACE_KEEPS: Final = (16, 5, 3)
LEAST_LAP: Final = 1_500
"""A look at a set of depots takes at least so many rounds."""
LONG_WALKS: Final = 3
"""Times that long walks, two at a time, are made."""
HOT: Final = 1.0
"""Temperature at the start of a walk, as a share of a quarter of the mean distance, which is about a plan's leg."""
WARM: Final = 0.3
"""The same of a walk that goes on from the best plan."""
COLD: Final = 0.03
"""At the end of every walk."""
CHUNK: Final = 2_000_000
"""Rounds times customers between two looks at the clock."""
POLISH_S: Final = 4.0
POLISH_SHARE: Final = 0.1
"""Time for choosing among routes, each time and in all: a limit, and a share of what is left."""
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
class Search:
    """One search. ``routes`` and ``cost`` are the best plan found so far; ``impossible``: proven that there is none."""

    ground: Ground
    reachable: Bools
    clock: Clock
    seed: int
    routes: Routes | None = None
    cost: int = field(init=False)
    impossible: bool = False
    finalists: list[DepotSet] = field(default_factory=list)
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
        for turn in range(LONG_WALKS):
            self._long_walks(self.finalists, turn)
            self._polish()

    def _race(self, sets: list[DepotSet]) -> list[DepotSet]:
        """Look at all sets shortly, at the best of them longer, and so on; the best sets, best first."""
        standing: dict[DepotSet, int] = {}
        lap_sets = sets
        for lap, share in enumerate(RACE_SHARES):
            lap_clock = Clock(None if self.clock.limit_s is None else share * self.clock.limit_s)
            rounds = self._rounds(share)
            most = max(4, int(rounds / LEAST_LAP))
            lap_sets = lap_sets[:most]
            each = max(LEAST_LAP, int(rounds / max(1, len(lap_sets))))
            for allowed, walk in zip(lap_sets, self._go(lap_sets, each, lap_clock), strict=True):
                standing[allowed] = min(walk.cost, standing.get(allowed, walk.cost))
                self._keep(walk)
            ranked = sorted(standing, key=lambda chosen: (standing[chosen], len(chosen), chosen))
            if lap == 0:
                new = [each_set for each_set in neighbours(self.ground, ranked[0]) if each_set not in standing]
                lap_sets = ranked[: RACE_KEEPS[0]] + new[: RACE_KEEPS[0]]
            elif lap < len(RACE_KEEPS):
                lap_sets = ranked[: RACE_KEEPS[lap]]
        return sorted(standing, key=lambda chosen: (standing[chosen], len(chosen), chosen))

    def _long_walks(self, finalists: list[DepotSet], turn: int) -> None:
        """Two walks: one from nothing, and one more, at last from the best plan."""
        left_s = self.clock.left_s()
        if left_s is None:
            rounds = self._rounds((1.0 - sum(RACE_SHARES)) / LONG_WALKS) // 2
        else:
            left_s -= POLISH_SHARE * left_s
            rounds = int(left_s / (LONG_WALKS - turn) * self._speed / max(1, self.ground.problem.n_customers))
        best = tuple(sorted({depot for depot, _ in self.routes or ()}))
        second = next((chosen for chosen in finalists if not set(best) <= set(chosen)), best)
        wide = next((chosen for chosen in finalists if set(best) < set(chosen)), best)
        first = (best, best, wide)[turn % 3]
        other = (second, best, best)[turn % 3]
        starts: list[Routes | None] = [None, self.routes if turn > 0 else None]
        for walk in self._go([first, other], max(LEAST_LAP, rounds), self.clock, starts):
            self._keep(walk)

    def _rounds(self, share: float) -> int:
        """Rounds that a share of all work comes to."""
        n = max(1, self.ground.problem.n_customers)
        if self.clock.limit_s is None:
            return int(share * ROUNDS * min(1.0, 100 / n))
        return int(share * self.clock.limit_s * self._speed * THREADS / n)

    def _go(
        self, sets: Sequence[DepotSet], rounds: int, clock: Clock, starts: Sequence[Routes | None] | None = None
    ) -> list[Walk]:
        """One walk for each set of depots, two at a time; the same walks whatever the number of threads."""
        walks = []
        for number, chosen in enumerate(sets):
            allowed = np.zeros(self.ground.problem.n_depots, np.bool_)
            allowed[list(chosen)] = True
            self._walks += 1
            random = np.random.default_rng([self.seed, self._walks]).integers(1, 2**63, 1, dtype=np.uint64)
            walk = Walk(self.ground, allowed, random)
            start = starts[number] if starts is not None else None
            if start is not None:
                walk.start_at(start)
            walks.append(walk)
        heats = [HOT if starts is None or starts[k] is None else WARM for k in range(len(walks))]
        pools = [self.pool, Pool()]
        begun = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            lanes = [
                threads.submit(self._lane, walks[lane::THREADS], heats[lane::THREADS], rounds, pools[lane], clock)
                for lane in range(THREADS)
            ]
            done = sum(lane.result() for lane in lanes)
        spent = time.perf_counter() - begun
        if spent > 0.02:
            self._speed = done * self.ground.problem.n_customers / spent / THREADS
        self.pool.add_all(pools[1], self.ground)
        return walks

    def _lane(self, walks: Sequence[Walk], heats: Sequence[float], rounds: int, pool: Pool, clock: Clock) -> int:
        """Walk one after the other in chunks, until the time is up; rounds made."""
        chunk = max(200, CHUNK // max(1, self.ground.problem.n_customers))
        made = 0
        for walk, hot in zip(walks, heats, strict=True):
            at = 0
            while at < rounds:
                if made and clock.late:
                    break
                step = min(chunk, rounds - at)
                heat, cool_to = (self._leg * hot * (COLD / hot) ** (k / rounds) for k in (at, at + step))
                walk.go(heat, cool_to, step, pool)
                at += step
                made += step
        return made

    def _keep(self, walk: Walk) -> None:
        if walk.complete and walk.cost < self.cost:
            self.cost, self.routes = walk.cost, walk.routes()

    def _pack(self) -> None:
        """Start from customers packed into depots, where no walk found a plan."""
        packed = pack(self.ground.problem, self.reachable, self.clock.left_s())
        self.impossible = packed.impossible
        if packed.routes is None:
            return
        chosen = tuple(sorted({depot for depot, _ in packed.routes}))
        for walk in self._go(
            [chosen, chosen], max(LEAST_LAP, self._rounds(RACE_SHARES[0])), self.clock, [packed.routes] * 2
        ):
            self._keep(walk)

    def _polish(self) -> None:
        """Choose among the routes met."""
        if self.routes is None or self.clock.late:
            return
        left_s = self.clock.left_s()
        time_s = POLISH_S if left_s is None else min(POLISH_S, 0.3 * left_s)
        better = best_of_pool(self.ground, self.pool, self.routes, self.cost, None if left_s is None else time_s)
        if better is not None:
            self.take(better)

    def take(self, routes: Routes) -> None:
        """Look at a plan found elsewhere."""
        walk = Walk(self.ground, np.ones(self.ground.problem.n_depots, np.bool_), np.ones(1, np.uint64))
        walk.start_at(routes)
        self._keep(walk)
