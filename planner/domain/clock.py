"""Times of day and days of the week, as timetables write them."""

from __future__ import annotations

from typing import Final

DAY_S: Final = 24 * 3600

DAY_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
    ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip
"""Days of the week in Chinese and English; day 1 comes first."""


def clock(second_of_day: int) -> str:
    """A time of day as a clock shows it, cut to the minute: ``08:05``; ``00:10+1`` is ten past midnight a day later."""
    days, rest = divmod(second_of_day, DAY_S)
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}" + (f"{days:+d}" if days else "")
