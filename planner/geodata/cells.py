"""One cell of a table → a value of the type that the schema gives its column, or what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from planner.domain import schema
from planner.domain.codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_code

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
    if column.kind is schema.Kind.INTEGER:
        return _integer(column, text)
    if column.kind is schema.Kind.DECIMAL:
        return _decimal(text)
    if column.kind is schema.Kind.BOOLEAN:
        value = _BOOLEANS.get(text.lower())
        return Problem("not-boolean", "is not true or false", "write true or false") if value is None else value
    return text


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
    return Problem("code-digits", f"is not a {what}", "write digits only, no spaces, quotes or letters")


LARGEST_INTEGER = 100_000_000
"""No village or township has more residents; larger numbers are slips."""


def _integer(column: schema.Column, text: str) -> int | Problem:
    if not _INTEGER.fullmatch(text):
        return Problem("not-a-number", "is not a whole number", "write digits only, without separators, unit or text")
    value = int(text)
    if value < 0:
        return Problem("negative", f"is negative: {column.meaning.split(',')[0]} cannot be", "write 0 or more")
    if value > LARGEST_INTEGER:
        return Problem("too-large", f"is more than {LARGEST_INTEGER:,}", "check the number and its unit")
    return value


def _decimal(text: str) -> float | Problem:
    if text.lower() in _NOT_FINITE:
        return Problem("not-finite", "is not a number that a place can have", "write decimal degrees, e.g. 102.481700")
    if not _DECIMAL.fullmatch(text):
        return Problem("not-a-number", "is not a decimal number", "write decimal degrees, e.g. 102.481700")
    value = float(text)
    if not math.isfinite(value):
        return Problem("not-finite", "is too large to be a coordinate", "write decimal degrees, e.g. 102.481700")
    return value
