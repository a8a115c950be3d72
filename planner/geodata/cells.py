"""One cell of a table → a value of the type that the schema gives its column, or what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from planner.domain import schema
from planner.domain.codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_code
from planner.domain.timetable import days_from, departures_from

Value = str | int | float | bool | None

CODE_DIGITS: Mapping[tuple[str, str], int] = {
    (schema.TOWNSHIPS.name, "code"): TOWNSHIP_DIGITS,
    (schema.VILLAGES.name, "code"): VILLAGE_DIGITS,
    (schema.VILLAGES.name, "township_code"): TOWNSHIP_DIGITS,
    (schema.SITES.name, "township_code"): TOWNSHIP_DIGITS,
    (schema.SITES.name, "village_code"): VILLAGE_DIGITS,
}
"""Digits of the columns that hold division codes, by (table, column)."""

_UNITS = {COUNTY_DIGITS: "county", TOWNSHIP_DIGITS: "township", VILLAGE_DIGITS: "village"}
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_DATE = re.compile(r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?(?:[T ][0-9:.]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = ("nan", "inf", "+inf", "-inf", "infinity", "-infinity", "null", "none", "na", "n/a", "#n/a", "#value!")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell cannot be used, and what to write instead."""

    code: str
    message: str
    fix: str


def parse_cell(table: schema.Table, column: schema.Column, text: str) -> Value | Problem:
    """The value of ``text`` (not empty, stripped) in ``column`` of ``table``, or its Problem."""
    digits = CODE_DIGITS.get((table.name, column.name))
    if digits is not None:
        return text if is_code(text, digits) else code_problem(text, digits)
    if column.choices and text not in column.choices:
        return Problem("unknown-choice", "is not an allowed value", f"write one of {', '.join(column.choices)}")
    return _BY_KIND[column.kind](table, column, text)


def _text(table: schema.Table, column: schema.Column, text: str) -> str | Problem:
    rule = _TEXT_RULES.get((table.name, column.name))
    return text if rule is None else rule(text)


def _boolean(_: schema.Table, __: schema.Column, text: str) -> bool | Problem:
    value = _BOOLEANS.get(text.lower())
    return Problem("not-boolean", "is not true or false", "write true or false") if value is None else value


def code_problem(text: str, digits: int) -> Problem:
    """Why ``text`` is no code of ``digits`` digits."""
    what = f"{_UNITS[digits]} code of {digits} digits"
    if _SCIENTIFIC.fullmatch(text):
        return Problem(
            "code-scientific",
            f"is scientific notation, not a {what}: a spreadsheet has rounded it",
            "take the code from the original and format the column as text before typing or pasting it",
        )
    if text.endswith(".0") and is_code(text[:-2], digits):
        return Problem("code-number", f"is a decimal number, not a {what}", f"write {text[:-2]}; keep codes as text")
    if _INTEGER.fullmatch(text):
        return Problem("code-length", f"has {len(text)} digits and is not a {what}", "write the full code, as text")
    if _DATE.fullmatch(text):
        return Problem("code-digits", f"is a date, not a {what}", "write the code, and format the column as text")
    return Problem("code-digits", f"is not a {what}", "write digits only, no spaces, quotes or letters")


LARGEST_INTEGER = 100_000_000
"""No village or township has more residents; larger numbers are slips."""


def _integer(_: schema.Table, column: schema.Column, text: str) -> int | Problem:
    if not _INTEGER.fullmatch(text):
        return Problem("not-a-number", "is not a whole number", "write digits only, without separators, unit or text")
    value = int(text)
    if value < 0:
        return Problem("negative", f"is negative: {column.meaning.split(',')[0]} cannot be", "write 0 or more")
    if value > LARGEST_INTEGER:
        return Problem("too-large", f"is more than {LARGEST_INTEGER:,}", "check the number and its unit")
    return value


FASTEST_KMH = 130.0
"""No road in reach of the planner has a higher signed limit; larger numbers are slips, or in another unit."""


def _decimal(table: schema.Table, column: schema.Column, text: str) -> float | Problem:
    place = column.unit == "degree"
    fix = "write decimal degrees, e.g. 102.481700" if place else f"write a number in {column.unit}, e.g. 40"
    if text.lower() in _NOT_FINITE:
        return Problem("not-finite", f"is not a number that {'a place' if place else 'this column'} can have", fix)
    if not _DECIMAL.fullmatch(text):
        return Problem("not-a-number", "is not a decimal number", fix)
    value = float(text)
    if not math.isfinite(value):
        return Problem("not-finite", f"is too large to be {'a coordinate' if place else 'true'}", fix)
    rule = _RULES.get((table.name, column.name))
    return value if rule is None else rule(value)


def _speed_limit(value: float) -> float | Problem:
    if 0 < value <= FASTEST_KMH:
        return value
    return Problem(
        "speed-limit",
        f"is not a speed limit of more than 0 and at most {FASTEST_KMH:.0f} km/h",
        "write it in km/h, or leave it empty where none is signed",
    )


def _climb(value: float) -> float | Problem:
    return value if value >= 0 else Problem("negative", "is negative: rise and fall count alike", "write 0 or more")


def _closed_months(text: str) -> str | Problem:
    try:
        closed_months(text)
    except ValueError:
        return Problem(
            "closed-months",
            "is not a list of months",
            "write numbers 1–12 divided by |, e.g. 11|12|1 for November to January",
        )
    return text


@lru_cache(maxsize=4096)
def closed_months(text: str) -> frozenset[int]:
    """The months in a cell such as ``11|12|1``; empty for "". Raises ValueError for anything but 1–12 and ``|``."""
    months = frozenset(int(word) for word in text.split("|")) if text else frozenset()
    if not months <= set(range(1, 13)) or not text.isascii() or re.search(r"[^0-9| ]", text):
        raise ValueError(text)
    return months


def _departures(text: str) -> str | Problem:
    try:
        departures_from(text)
    except ValueError:
        return Problem(
            "departures",
            "is not a list of departures in rising order",
            "write times of the day from 00:00 to 23:59 divided by |, e.g. 07:30|13:10",
        )
    return text


def _days(text: str) -> str | Problem:
    try:
        days_from(text)
    except ValueError:
        return Problem(
            "bus-days",
            "is not a list of days of the week",
            "write numbers from 1 (Monday) to 7 in rising order, divided by |, e.g. 1|3|5",
        )
    return text


def _market_days(text: str) -> str | Problem:
    try:
        days_from(text)
    except ValueError:
        return Problem(
            "market-days",
            "is not a list of days of the week",
            "write numbers from 1 (Monday) to 7 in rising order, divided by |, e.g. 2|5; leave it empty for a market "
            "that follows the date (逢一四七, 农历)",
        )
    return text


_TEXT_RULES: Mapping[tuple[str, str], Callable[[str], str | Problem]] = {
    (schema.ROADS.name, "closed_months"): _closed_months,
    (schema.BUS.name, "departures"): _departures,
    (schema.BUS.name, "days"): _days,
    (schema.TOWNSHIPS.name, "market_days"): _market_days,
}
"""What a text must be, by (table, column)."""

_RULES: Mapping[tuple[str, str], Callable[[float], float | Problem]] = {
    (schema.ROADS.name, "speed_limit_kmh"): _speed_limit,
    (schema.ROADS.name, "climb_m"): _climb,
}
"""What a number must be beyond being one, by (table, column)."""

_BY_KIND: Mapping[schema.Kind, Callable[[schema.Table, schema.Column, str], Value | Problem]] = {
    schema.Kind.TEXT: _text,
    schema.Kind.INTEGER: _integer,
    schema.Kind.DECIMAL: _decimal,
    schema.Kind.BOOLEAN: _boolean,
}
