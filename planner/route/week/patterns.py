"""Which days of the week a route is driven, and which route gets which days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from planner.errors import UsageError
from planner.scenario import DAYS_PER_WEEK

LAST_COMMON_DAY = 6
"""Patterns with room to choose keep Sunday free."""


def day_patterns(visits_per_week: int) -> tuple[tuple[int, ...], ...]:
    """Patterns of ``visits_per_week`` days, 1 = Monday, that share no day: a vehicle can drive one route on each.

    From five visits on the working days come first (1–5, 1–6, 1–7). Fewer are spread as evenly over the seven days
    as whole days allow: 1|3|5 and 2|4|6, or 1|4, 2|5 and 3|6.
    """
    if not 1 <= visits_per_week <= DAYS_PER_WEEK:
        raise UsageError(f"visits per week must be from 1 to {DAYS_PER_WEEK}, got {visits_per_week}")
    if visits_per_week >= 5:
        return (tuple(range(1, visits_per_week + 1)),)
    even = tuple(k * DAYS_PER_WEEK // visits_per_week for k in range(visits_per_week))
    patterns: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for first in range(1, LAST_COMMON_DAY + 1):
        days = tuple(first + offset for offset in even)
        if days[-1] <= LAST_COMMON_DAY and taken.isdisjoint(days):
            patterns.append(days)
            taken.update(days)
    return tuple(patterns)


def patterns_for(visits_per_week: int, must_include: Sequence[int] = ()) -> tuple[tuple[int, ...], ...]:
    """Patterns of ``visits_per_week`` days that hold the days ``must_include`` (market days, say).

    Those of `day_patterns` that hold them. Where none does, every pattern that holds them and keeps Sunday free (as
    long as Sunday is no market day and is not needed) with the most even gaps from visit to visit around the week:
    the least sum of squares. Two visits with a market on Monday and Tuesday are 1|2; three with one on Tuesday
    and Friday are 1|2|5 and 2|5|6.

    Raises
    ------
    UsageError
        When more days must be included than there are visits, or a day is not from 1 to 7.
    """
    common = day_patterns(visits_per_week)
    market = set(must_include)
    if not market <= set(range(1, DAYS_PER_WEEK + 1)):
        raise UsageError(f"days to include must be from 1 (Monday) to {DAYS_PER_WEEK}, got {sorted(market)}")
    if len(market) > visits_per_week:
        raise UsageError(f"{visits_per_week} visits a week can't include the days {sorted(market)}; plan more visits")
    holding = tuple(pattern for pattern in common if market <= set(pattern))
    if holding:
        return holding
    last = LAST_COMMON_DAY if DAYS_PER_WEEK not in market else DAYS_PER_WEEK
    candidates = [days for days in combinations(range(1, last + 1), visits_per_week) if market <= set(days)]
    least = min(map(_unevenness, candidates))
    return tuple(days for days in candidates if _unevenness(days) == least)


def _unevenness(days: tuple[int, ...]) -> int:
    """Sum of the squared gaps from each visit to the next, the week taken as a circle."""
    following = (*days[1:], days[0] + DAYS_PER_WEEK)
    return sum((after - day) ** 2 for day, after in zip(days, following, strict=True))


def share_out_days(
    patterns: Sequence[tuple[int, ...]], vehicle_types: Sequence[int], durations_s: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Days for each route of one depot, so that few vehicles are needed and the days' work is even.

    Longest route first, each to the pattern with the fewest routes of its vehicle type so far, then the fewest
    seconds in all, then the earliest. A type so never has two routes more on one pattern than on another.
    """
    chosen: dict[int, tuple[int, ...]] = {}
    routes: Counter[tuple[int, tuple[int, ...]]] = Counter()
    seconds: Counter[tuple[int, ...]] = Counter()
    for number in sorted(range(len(durations_s)), key=lambda k: (-durations_s[k], k)):
        kind = vehicle_types[number]
        days = min(patterns, key=lambda pattern: (routes[kind, pattern], seconds[pattern], pattern))
        chosen[number] = days
        routes[kind, days] += 1
        seconds[days] += durations_s[number]
    return tuple(chosen[number] for number in range(len(durations_s)))


def vehicles_needed(days_of_routes: Sequence[tuple[int, ...]]) -> int:
    """Most of these routes driven on one day: vehicles of their depot and type, one route a vehicle and day."""
    return max(Counter(day for days in days_of_routes for day in days).values(), default=0)
