"""Days of routes exchanged at no cost, so that few vehicles are needed and the days' work is even.

Routes that share a stop, or stops of one group, belong together: a *block*. The days of a block may be exchanged as
long as every stop keeps an allowed pattern; what is driven on one day stays together, so the cost stays the same.
Of all such exchanges the best has, in this order,

1. the fewest vehicles: over all types, the sum of the most routes of one day,
2. the shortest longest day (seconds of all routes), then the least sum of squared days,
3. the smallest largest load of a day, then the least sum of squared loads.

Few blocks are enumerated, many are dealt out longest first and then improved by changes of one block and exchanges
between two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Final

import numpy as np

from planner.route.problem import IntArray
from planner.route.week.problem import WEEK, DayRoute, Pattern, PeriodicProblem

MOST_ENUMERATED: Final = 4096
"""Ways to choose for all blocks that are looked at one by one; beyond it is local search."""

MOST_PASSES: Final = 50
PAIRED_BLOCKS: Final = 40
"""Exchanges between two blocks are tried among so many longest blocks."""

_Days = tuple[Pattern, ...]
"""For each route of a block, its days."""


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Routes that belong together, the days they may have (``ways``, the first being today's), and what these make.

    ``figures`` has one row per way: routes of each type and day, then seconds of each day, then loads of each day.
    """

    routes: tuple[int, ...]
    ways: tuple[_Days, ...]
    figures: IntArray


def even_out(problem: PeriodicProblem, routes: Sequence[DayRoute]) -> tuple[DayRoute, ...]:
    """``routes`` with days exchanged as above; vehicle counts are kept wherever ``routes`` can keep them at all."""
    blocks = [_block(problem, routes, members) for members in _blocks(problem, routes)]
    chosen = _choose(problem, blocks)
    days: dict[int, Pattern] = {}
    for block, way in zip(blocks, chosen, strict=True):
        days.update(zip(block.routes, block.ways[way], strict=True))
    return tuple(DayRoute(days[number], driven.route) for number, driven in enumerate(routes))


def _blocks(problem: PeriodicProblem, routes: Sequence[DayRoute]) -> list[tuple[int, ...]]:
    """Route numbers of each block, joined through the groups of their stops."""
    group_of = {stop: number for number, group in enumerate(problem.groups) for stop in group}
    parent = list(range(len(problem.groups)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for driven in routes:
        first = root(group_of[driven.route.stops[0]])
        for stop in driven.route.stops[1:]:
            parent[root(group_of[stop])] = first
    blocks: dict[int, list[int]] = {}
    for number, driven in enumerate(routes):
        blocks.setdefault(root(group_of[driven.route.stops[0]]), []).append(number)
    return [tuple(members) for members in blocks.values()]


def _block(problem: PeriodicProblem, routes: Sequence[DayRoute], members: tuple[int, ...]) -> _Block:
    ways = _ways(problem, [routes[number] for number in members])
    figures = np.zeros((len(ways), (len(problem.vehicle_types) + 2) * len(WEEK)), dtype=np.int64)
    seconds_at, load_at = (np.array([-14, -7]) + figures.shape[1]).tolist()
    for way, days_of_routes in enumerate(ways):
        for number, days in zip(members, days_of_routes, strict=True):
            route = routes[number].route
            on = np.array(days) - 1
            figures[way, route.vehicle_type * len(WEEK) + on] += 1
            figures[way, seconds_at + on] += route.duration_s
            figures[way, load_at + on] += sum(problem.visit_load(stop) for stop in route.stops)
    return _Block(members, ways, figures)


def _ways(problem: PeriodicProblem, routes: Sequence[DayRoute]) -> tuple[_Days, ...]:
    """Every exchange of the block's days that leaves each stop an allowed pattern; as it is now comes first."""
    today = tuple(driven.days for driven in routes)
    contents: dict[tuple[int, ...], list[int]] = {}
    for day in WEEK:
        content = tuple(number for number, days in enumerate(today) if day in days)
        if content:
            contents.setdefault(content, []).append(day)
    kinds: list[tuple[int, ...]] = list(contents)
    wanted: set[tuple[tuple[int, ...], frozenset[Pattern]]] = set()
    for stop in {stop for driven in routes for stop in driven.route.stops}:
        serving = {number for number, driven in enumerate(routes) if stop in driven.route.stops}
        on = tuple(k for k, content in enumerate(kinds) if serving & set(content))
        wanted.add((on, frozenset(problem.patterns[stop])))
    ways = [today]
    if len(kinds) == 1:
        shared = [p for p in problem.patterns[routes[0].route.stops[0]] if all(p in allowed for _, allowed in wanted)]
        return (*ways, *((p,) * len(routes) for p in shared if p != today[0]))
    for placed in _placings([len(contents[kind]) for kind in kinds], WEEK):
        if all(tuple(sorted(day for k in on for day in placed[k])) in allowed for on, allowed in wanted):
            way = tuple(
                tuple(sorted(day for k, content in enumerate(kinds) if number in content for day in placed[k]))
                for number in range(len(routes))
            )
            if way != today:
                ways.append(way)
    return tuple(ways)


def _placings(sizes: Sequence[int], free: Pattern) -> Iterator[tuple[Pattern, ...]]:
    """Disjoint sets of days of the given sizes, in every way."""
    if not sizes:
        yield ()
        return
    for days in combinations(free, sizes[0]):
        left = tuple(day for day in free if day not in days)
        for rest in _placings(sizes[1:], left):
            yield (days, *rest)


def _choose(problem: PeriodicProblem, blocks: Sequence[_Block]) -> list[int]:
    """The way of each block."""
    if prod(len(block.ways) for block in blocks) <= MOST_ENUMERATED:
        return _enumerated(problem, blocks)
    return _searched(problem, blocks)


def _enumerated(problem: PeriodicProblem, blocks: Sequence[_Block]) -> list[int]:
    totals = np.zeros((1, (len(problem.vehicle_types) + 2) * len(WEEK)), dtype=np.int64)
    for block in blocks:
        totals = (totals[:, None, :] + block.figures[None, :, :]).reshape(-1, totals.shape[1])
    best = np.arange(totals.shape[0])
    for measure in _measures(problem, totals).T:
        best = best[measure[best] == measure[best].min()]
    return [int(way) for way in np.unravel_index(int(best[0]), [len(block.ways) for block in blocks])] if blocks else []


def _measures(problem: PeriodicProblem, totals: IntArray) -> IntArray:
    """What counts, most important first, rows as ``totals``: vehicles too many, vehicles, seconds, loads.

    Squares are of units coarse enough for 64 bits.
    """
    week = totals.reshape(totals.shape[0], -1, len(WEEK))
    most = week[:, :-2].max(axis=2)
    limit = np.array([most.max(initial=0) if v.count is None else v.count for v in problem.vehicle_types])
    seconds, loads = week[:, -2], week[:, -1]
    columns = [
        np.maximum(most - limit, 0).sum(axis=1),
        most.sum(axis=1),
        seconds.max(axis=1),
        _squares(seconds),
        loads.max(axis=1),
        _squares(loads),
    ]
    return np.stack(columns, axis=1)


def _squares(values: IntArray) -> IntArray:
    """Sum of squares in each row, in whole units large enough that none exceeds 2³⁰."""
    unit = 1 + int(values.max(initial=0)) // 2**30
    squares: IntArray = ((values // unit) ** 2).sum(axis=1)
    return squares


def _searched(problem: PeriodicProblem, blocks: Sequence[_Block]) -> list[int]:
    """Longest block first, each the way that is best so far; then single changes and exchanges until none helps."""
    chosen = [0] * len(blocks)
    total = np.zeros(blocks[0].figures.shape[1], dtype=np.int64)
    order = sorted(range(len(blocks)), key=lambda b: (-int(blocks[b].figures[0, -14:-7].sum()), b))
    for b in order:
        chosen[b] = _best_row(problem, total + blocks[b].figures)
        total = total + blocks[b].figures[chosen[b]]
    free = [b for b in order if len(blocks[b].ways) > 1]
    for _ in range(MOST_PASSES):
        before = list(chosen)
        for b in free:
            total = _change(problem, blocks, chosen, total, (b,))
        for pair in combinations(free[:PAIRED_BLOCKS], 2):
            total = _change(problem, blocks, chosen, total, pair)
        if chosen == before:
            break
    return chosen


def _change(
    problem: PeriodicProblem, blocks: Sequence[_Block], chosen: list[int], total: IntArray, members: Sequence[int]
) -> IntArray:
    """Choose anew for ``members`` together, where that is better; the total that follows."""
    rest = total - sum(blocks[b].figures[chosen[b]] for b in members)
    rows = rest[None, :]
    for b in members:
        rows = (rows[:, None, :] + blocks[b].figures[None, :, :]).reshape(-1, rest.size)
    sizes = [len(blocks[b].ways) for b in members]
    now = int(np.ravel_multi_index([chosen[b] for b in members], sizes))
    best = _best_row(problem, rows, now)
    if best != now:
        for b, way in zip(members, np.unravel_index(best, sizes), strict=True):
            chosen[b] = int(way)
    return np.asarray(rows[best])


def _best_row(problem: PeriodicProblem, totals: IntArray, now: int | None = None) -> int:
    """The first row with the least measures; ``now`` where it is as good."""
    best = np.arange(totals.shape[0])
    for measure in _measures(problem, totals).T:
        best = best[measure[best] == measure[best].min()]
    return now if now is not None and now in best else int(best[0])
