"""Clock times and days of the week as tables spell them: ``07:30|13:10`` and ``1|3|5`` (1 = Monday)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from planner.domain.clock import clock

EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)
MINUTES_PER_DAY: Final = 1440
SECONDS_PER_MINUTE: Final = 60

_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def departures_from(text: str) -> tuple[int, ...]:
    """Minutes after midnight of ``07:30|13:10``, ascending; raises ValueError for anything else, twice the same too."""
    times = tuple(_minutes(word.strip()) for word in text.split("|"))
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise ValueError(text)
    return times


def departures_text(minutes: Iterable[int]) -> str:
    """The inverse of `departures_from`."""
    return "|".join(clock(value * SECONDS_PER_MINUTE) for value in minutes)


def days_from(text: str) -> tuple[int, ...]:
    """Days of ``1|3|5``, ascending; raises ValueError for anything but different days from 1 to 7 between ``|``."""
    words = [word.strip() for word in text.split("|")]
    days = tuple(int(word) for word in words if word in "1234567" and word)
    if len(days) != len(words) or list(days) != sorted(set(days)):
        raise ValueError(text)
    return days


def days_text(days: Iterable[int]) -> str:
    """The inverse of `days_from`."""
    return "|".join(map(str, days))


def _minutes(word: str) -> int:
    match = _CLOCK.fullmatch(word)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(word)
    return int(match[1]) * 60 + int(match[2])
