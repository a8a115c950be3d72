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


def _no_days() -> Problem:
    return Problem("bus-days", "is not a list of days of the week", "write e.g. 1|3|5, 周一至周五 or 每天; 1 is Monday")
