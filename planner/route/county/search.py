"""A local search over ways of supply: which station is carried how, so that all depots' weeks together cost least.

It knows neither roads nor vehicles. An item has a number of options, the first being where the search begins; items
of one group (the points of one township station) also move together. Two judgements of a choice are asked for: a
cheap estimate that orders and prunes, and the true score, of which only so many are afforded. What the search returns
is never worse by the true score than where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

JUMPS: Final = 3
"""Choices along the estimate's descent that are scored, the last first, each time half as far, until one is better."""

WORTH: Final = 0.005
"""Share by which an estimate must be lower to be believed, as estimates err by a hundredth or two."""

KICKED: Final = 4
"""Items that a kick gives any of their options."""

Options = tuple[int, ...]
"""For each item the number of the option chosen."""


class Score(NamedTuple):
    """Fewer unserved stations come first, then less cost."""

    unserved: int
    cost: int


class Task(Protocol):
    """What is searched over."""

    @property
    def kinds(self) -> Sequence[Sequence[str]]:
        """The kind of each option of each item."""

    @property
    def groups(self) -> Sequence[Sequence[int]]:
        """Items that also move together."""

    @property
    def effort(self) -> int:
        """What true scores have cost so far, in any unit."""

    def score(self, choice: Options) -> Score | None:
        """The true score; None for a choice that is not allowed."""

    def estimate(self, choice: Options) -> float:
        """About what a choice costs; infinite for one that is not allowed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a search may try, in counts and not by the clock."""

    effort: int
    """Neighbours are scored until the task's effort has grown by this."""
    guesses: int = 0
    """Estimates asked for beyond those of the first descent."""
    seed: int = 0
    tries: int = 40
    """Neighbours of the best choice that are scored, the most hopeful first, before the search gives up."""
    swaps_up_to: int = 24
    """Pairs of items of one group change places only where there are no more items than this in all."""


@dataclass(frozen=True, slots=True)
class Improved:
    """The best choice found, and where the search began."""

    choice: Options
    score: Score
    first: Score


def improve(task: Task, limits: Limits) -> Improved:
    """Choose the best of a descent by the estimate and of steps to better neighbours by the true score."""
    start: Options = (0,) * len(task.kinds)
    first = task.score(start)
    if first is None:
        raise ValueError("the first option of every item must be allowed together")
    best, score = start, first
    most = task.effort + limits.effort
    path = _descent(task, start)
    kicked = _kicked(task, path[-1] if path else start, limits)
    if kicked != (path[-1] if path else start):
        path.append(kicked)
    for _ in range(JUMPS):
        if not path:
            break
        found = task.score(path[-1])
        if found is not None and found < score:
            best, score = path[-1], found
            break
        path = path[: len(path) // 2]
    while task.effort < most:
        better = _better_neighbour(task, best, score, limits, most)
        if better is None:
            break
        best, score = better
    return Improved(best, score, first)


def _better_neighbour(
    task: Task, best: Options, score: Score, limits: Limits, most: int
) -> tuple[Options, Score] | None:
    """The first neighbour that scores better, tried from the lowest estimate up."""
    swaps = len(best) <= limits.swaps_up_to
    ranked = sorted((task.estimate(other), other) for other in neighbours(task, best, swaps=swaps))
    for _, other in ranked[: limits.tries]:
        if task.effort >= most:
            return None
        found = task.score(other)
        if found is not None and found < score:
            return other, found
    return None


def _descent(task: Task, start: Options) -> list[Options]:
    """Choices of falling estimate from ``start`` on, which is left out: whole groups first, then single items."""
    path: list[Options] = []
    least = task.estimate(start)
    current = start
    # Groups in the order of what each would save alone.
    alone = sorted((task.estimate(other), other) for other in _group_moves(task, start))
    moves = [_changes(start, other) for _, other in alone]
    singles = _singles(task)
    for sweep in (moves, moves, singles, singles):
        for move in sweep:
            other = _with(current, move)
            if other != current and (estimate := task.estimate(other)) < least:
                least, current = estimate, other
                path.append(current)
    return path


def _kicked(task: Task, start: Options, limits: Limits) -> Options:
    """A choice of a much lower estimate, found by kicks (a group to one kind, or a few items) and descents after each.

    Else ``start``: an estimate lower by less than `WORTH` says nothing.
    """
    rng = np.random.default_rng(limits.seed)
    best, first = start, task.estimate(start)
    least, guesses = first, limits.guesses
    n_items = len(start)
    while guesses > 0 and n_items:
        groups = list(_group_moves(task, best)) if rng.random() < 0.5 else []
        few = rng.permutation(n_items)[:KICKED].tolist()
        if groups:
            current = groups[int(rng.integers(len(groups)))]
        else:
            current = _with(best, {item: int(rng.integers(len(task.kinds[item]))) for item in few})
        estimate, before = task.estimate(current), float("inf")
        while estimate < before and guesses > 0:
            before, moves = estimate, _singles(task)
            sweep = [moves[k] for k in rng.permutation(len(moves)).tolist()]
            sweep += [_changes(current, other) for other in _group_moves(task, current)]
            for move in sweep:
                other = _with(current, move)
                if other != current:
                    guesses -= 1
                    if (found := task.estimate(other)) < estimate:
                        estimate, current = found, other
        if estimate < least:
            best, least = current, estimate
    return best if least < first * (1 - WORTH) else start


def neighbours(task: Task, choice: Options, *, swaps: bool) -> Iterator[Options]:
    """Choices one move away: a group to one kind, an item to another option, and two of a group changing places."""
    seen = {choice}
    for other in _moves(task, choice, swaps=swaps):
        if other not in seen:
            seen.add(other)
            yield other


def _moves(task: Task, choice: Options, *, swaps: bool) -> Iterator[Options]:
    yield from _group_moves(task, choice)
    for item in range(len(choice)):
        yield from _single_moves(task, choice, item)
    if not swaps:
        return
    for group in task.groups:
        for place, a in enumerate(group):
            for b in group[place + 1 :]:
                if choice[a] != choice[b] and choice[b] < len(task.kinds[a]) and choice[a] < len(task.kinds[b]):
                    yield _with(choice, {a: choice[b], b: choice[a]})


def _singles(task: Task) -> list[dict[int, int]]:
    return [{item: option} for item, kinds in enumerate(task.kinds) for option in range(len(kinds))]


def _group_moves(task: Task, choice: Options) -> Iterator[Options]:
    for group in task.groups:
        kinds = dict.fromkeys(kind for item in group for kind in task.kinds[item])
        for kind in kinds:
            moved = {item: task.kinds[item].index(kind) for item in group if kind in task.kinds[item]}
            other = _with(choice, moved)
            if other != choice:
                yield other


def _single_moves(task: Task, choice: Options, item: int) -> Iterator[Options]:
    for option in range(len(task.kinds[item])):
        if option != choice[item]:
            yield _with(choice, {item: option})


def _changes(before: Options, after: Options) -> dict[int, int]:
    return {item: new for item, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}


def _with(choice: Options, changes: dict[int, int]) -> Options:
    return tuple(changes.get(item, option) for item, option in enumerate(choice))
