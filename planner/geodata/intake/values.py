"""Cells of raw files → numbers, degrees and words, every mistake told with the row and column of the raw file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from planner.geodata.cells import LARGEST_INTEGER, Problem
from planner.geodata.intake.columns import Table
from planner.geodata.intake.words import Words
from planner.geodata.log import DefectLog

T = TypeVar("T")

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,，][0-9]{3})+(?:\.0+)?")
_FORMULA_ERROR = re.compile(r"#(?:REF|DIV/0|VALUE|NAME|NUM|NULL|SPILL|CALC|N/A)[!?]?", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+[,，][0-9]+")
_NOT_FINITE = frozenset(
    ("nan", "inf", "+inf", "-inf", "infinity", "-infinity", "null", "none", "na", "n/a", "#n/a", "#value!")
)
_DMS = re.compile(
    r"(?P<before>东经|西经|北纬|南纬|[EWNS])?\s*"
    r"(?P<degrees>[0-9]{1,3})\s*[°度º˚]\s*"
    r"(?:(?P<minutes>[0-9]{1,2}(?:\.[0-9]+)?)\s*['′’‘分＇]\s*"
    r"(?:(?P<seconds>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:\"|″|”|“|秒|''|′′|’’|＂)\s*)?)?"
    r"(?P<after>[EWNS])?",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"(东经|西经|北纬|南纬|[EWNS])?\s*([0-9]+(?:\.[0-9]*)?)\s*°?\s*([EWNS])?", re.IGNORECASE)
_SIDES = {"东经": 1, "西经": -1, "北纬": 1, "南纬": -1, "e": 1, "n": 1, "w": -1, "s": -1}
_EAST_WEST = ("东经", "西经", "e", "w")

_DECIMAL_FIX = "write decimal degrees with a point, e.g. 102.481700"


def parse_column(
    table: Table, ours: str, parse: Callable[[str], T | Problem], missing: T, found: DefectLog, *, label: str = "name"
) -> list[T]:
    """``parse`` of each cell of ``ours``; ``missing`` where the cell is empty or, after an error, unreadable.

    Each distinct text is parsed once. ``label`` is the field whose text names the row in messages.
    """
    texts, results, labels = table.texts(ours), [], table.texts(label)
    known: dict[str, T | Problem] = {}
    for i, text in enumerate(texts):
        if not text:
            results.append(missing)
            continue
        value = known.get(text)
        if value is None:
            value = known[text] = parse(text)
        if isinstance(value, Problem):
            name = f"({labels[i]}) " if labels[i] else ""
            found.error(
                value.code, table.file, f"{name}{value.message}", value.fix,
                row=table.raw.rows[i], column=table.header(ours), value=text,
            )  # fmt: skip
            results.append(missing)
        else:
            results.append(value)
    found.fold(table.file, len(table))
    return results


def parse_words(table: Table, ours: str, words: Words, missing: str, found: DefectLog) -> list[str]:
    """Our word for each cell of ``ours``; one error for each distinct text that is no known word."""
    texts = table.texts(ours)
    meaning: dict[str, str] = {"": missing}
    unknown: dict[str, list[int]] = {}
    results = []
    for i, text in enumerate(texts):
        our_word = meaning.get(text)
        if our_word is None:
            our_word = meaning[text] = words.ours(text) or ""
        if text and not our_word:
            unknown.setdefault(text, []).append(table.raw.rows[i])
        results.append(our_word)
    for text, rows in unknown.items():
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        found.error(
            "unknown-word",
            table.file,
            f"is no {ours} that is known{more}",
            f"write one of {choices(words)}; or leave the column unread with --map {table.header(ours)}=-",
            row=rows[0],
            column=table.header(ours),
            value=text,
        )
    return results


def choices(words: Words) -> str:
    """The vocabulary in short, for messages: each of our words with the first two ways to say it."""
    return ", ".join(f"{'/'.join(texts[:2])} ({ours})" for ours, texts in words.accepted.items())


def whole_number(text: str) -> int | Problem:
    """A count from 0 up, also with separators of thousands (1,234) or 人 behind it, or what is wrong with it."""
    text = text.removesuffix("人").rstrip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "").replace("，", "")
    if not _INTEGER.fullmatch(text):
        return _no_number(text)
    value = int(text.partition(".")[0])
    if value < 0:
        return Problem("negative", "is negative", "write 0 or more")
    if value > LARGEST_INTEGER:
        return Problem("too-large", f"is more than {LARGEST_INTEGER:,}", "check the number and its unit")
    return value


def _no_number(text: str) -> Problem:
    if _FORMULA_ERROR.fullmatch(text):
        return Problem("not-a-number", "is the error of a formula", "mend the formula, or write the number")
    if _DECIMAL.fullmatch(text):
        return Problem("not-a-number", "is not a whole number", "write whole persons, trips or pieces")
    return Problem("not-a-number", "is not a number", "write digits only, without unit or text")


def coordinate(text: str) -> float | Problem:
    """A coordinate as a decimal number, or as degrees, minutes and seconds."""
    if _DECIMAL.fullmatch(text):
        value = float(text)
        return value if np.isfinite(value) else Problem("not-finite", "is too large to be a coordinate", _DECIMAL_FIX)
    sexagesimal = _DMS.fullmatch(text)
    if sexagesimal is not None:
        return _from_dms(sexagesimal)
    lettered = _LETTERED.fullmatch(text)
    if lettered is not None:
        return _side(lettered[1], lettered[3]) * float(lettered[2])
    return _no_coordinate(text)


def _no_coordinate(text: str) -> Problem:
    if text.lower() in _NOT_FINITE:
        return Problem("not-finite", "is not a number that a place can have", _DECIMAL_FIX)
    if _COMMA.fullmatch(text):
        return Problem("decimal-comma", "has a comma where the decimal point must be", _DECIMAL_FIX)
    return Problem("not-a-number", "is neither decimal degrees nor degrees, minutes and seconds", _DECIMAL_FIX)


def _from_dms(match: re.Match[str]) -> float | Problem:
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    if minutes >= 60 or seconds >= 60:
        return Problem("dms", "has 60 or more minutes or seconds", "correct it, or write decimal degrees")
    return _side(match["before"], match["after"]) * (int(match["degrees"]) + minutes / 60 + seconds / 3600)


def _side(before: str | None, after: str | None) -> int:
    return _SIDES[(before or after or "e").lower()]


def is_longitude(text: str) -> bool | None:
    """Whether a coordinate says itself that it is a longitude (东经, E); None when it does not say."""
    plain = text.strip()
    match = _LETTERED.fullmatch(plain)
    mark = (match[1] or match[3]) if match else None
    if mark is None and (dms := _DMS.fullmatch(plain)):
        mark = dms["before"] or dms["after"]
    return None if mark is None else mark.lower() in _EAST_WEST


def coordinate_pair(text: str) -> tuple[float, float] | Problem:
    """Two coordinates in one cell, divided by a comma, semicolon, slash or space."""
    parts = [part for part in re.split(r"\s*[,，;；/、|]\s*|\s+", text.strip("()（）[] ")) if part]
    if len(parts) != 2:
        return Problem("not-a-number", "is not a pair of coordinates", "write it as 102.481700,35.841200")
    first, second = coordinate(parts[0]), coordinate(parts[1])
    if isinstance(first, Problem):
        return first
    return second if isinstance(second, Problem) else (first, second)
