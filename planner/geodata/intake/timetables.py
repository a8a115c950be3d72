"""Timetables as offices write them: ``7:30、13:10`` and ``周一至周五`` → minutes of the day and days of the week."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from planner.domain.timetable import EVERY_DAY, departures_from
from planner.geodata.cells import Problem

_BETWEEN: Final = re.compile(r"[\s|,;/、]+")
_DAILY: Final = frozenset(("每天", "每日", "天天", "全周", "日班", "daily", "every day"))
_WORKING: Final = frozenset(("工作日", "weekdays", "working days"))
_NUMBER: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7} | {
    str(day): day for day in EVERY_DAY
}
_OF_THE_WEEK: Final = re.compile(r"周|星期|礼拜")
_EVERY_WEEK: Final = re.compile(r"每(?=周|星期|礼拜)")
_AS_WRITTEN: Final = re.compile(r"[1-7](?:\|[1-7])*")
_DAY: Final = re.compile(r"(?:周|星期|礼拜)?([一二三四五六日天1-7])")
_SPAN: Final = re.compile(r"(.+?)(?:至|到|-|—|–|~)(.+)")


def departures(text: str) -> tuple[int, ...] | Problem:
    """Departures in rising order, whatever stands between them, or what is wrong with them."""
    words = [word for word in _BETWEEN.split(unicodedata.normalize("NFKC", text).strip()) if word]
    try:
        return departures_from("|".join(words))
    except ValueError:
        fix = "write times of the day in rising order, e.g. 07:30|13:10"
        return Problem("departures", "is not a list of departures in rising order", fix)


def running_days(text: str) -> tuple[int, ...] | Problem:
    """Days of the week in words or numbers (每天, 周一至周五, 1、3、5), or what is wrong with them."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _DAILY:
        return EVERY_DAY
    if plain in _WORKING:
        return EVERY_DAY[:5]
    days: set[int] = set()
    for word in (word for word in _BETWEEN.split(plain) if word):
        span = _SPAN.fullmatch(word)
        ends = [_DAY.fullmatch(part) for part in (span.groups() if span else (word,))]
        numbers = [_NUMBER[end[1]] for end in ends if end is not None]
        if len(numbers) != len(ends) or numbers[0] > numbers[-1]:
            return _no_days()
        days.update(range(numbers[0], numbers[-1] + 1))
    return tuple(sorted(days)) if days else _no_days()


def market_days(text: str) -> tuple[int, ...] | Problem:
    """Days of the week of a market (周二、周五, 每周二、五, 每天, 2|5), or what is wrong with them.

    Bare numbers such as 二、五 or 2、5 may be days of the month or of the lunar month just as well: they are refused.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    days = running_days(_EVERY_WEEK.sub("", plain))
    sure = plain in _DAILY or _OF_THE_WEEK.search(plain) or _AS_WRITTEN.fullmatch(plain)
    if sure and not isinstance(days, Problem):
        return days
    return Problem(
        "market-days",
        "does not say days of the week",
        "write e.g. 周二、周五 or 2|5; leave it empty for a market that follows the date (逢一四七, 农历)",
    )


def _no_days() -> Problem:
    return Problem("bus-days", "is not a list of days of the week", "write e.g. 1|3|5, 周一至周五 or 每天; 1 is Monday")
