"""Townships and villages: their codes nest, no code is used twice, and kinds agree with the coding rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from planner.domain import schema
from planner.domain.codes import (
    is_administrative_village,
    is_provisional,
    is_residents_committee,
)
from planner.domain.county import PlaceKind, Township, Village
from planner.domain.timetable import days_from
from planner.geodata.divisions import Recoding, recoded, rests_on_provisional
from planner.geodata.folder import MANIFEST
from planner.geodata.log import DefectLog
from planner.geodata.tables import Record, Records


def check_duplicates(rows: Records, column: str, found: DefectLog) -> None:
    """Add one line for each row whose ``column`` repeats an earlier row's, naming both."""
    first: dict[str, Record] = {}
    for record in rows:
        key = record.text(column)
        if key is None:
            continue
        earlier = first.setdefault(key, record)
        if earlier is not record:
            found.error(
                "duplicate-code" if column == "code" else "duplicate-id",
                rows.file,
                f"({record.label}) repeats the {column} of row {earlier.row} ({earlier.label})",
                "give each row its own, or delete one of the two",
                row=record.row,
                column=column,
                value=key,
            )


def check_county_prefix(rows: Records, column: str, county_code: str, found: DefectLog) -> set[int]:
    """Add a line for each code that does not start with the county's; returns the rows found wrong."""
    wrong = [record for record in rows if not (record.text(column) or county_code).startswith(county_code)]
    for record in wrong:
        change = recoded(record.text(column) or "")
        if change is not None and change.new == county_code:
            found.error(
                "code-vintage",
                rows.file,
                f"({record.label}) {_replaced(change)}",
                f"take the codes from a list of {change.year} or later",
                row=record.row,
                column=column,
                value=record.text(column),
            )
            continue
        found.error(
            "wrong-county",
            rows.file,
            f"({record.label}) does not start with the county's code {county_code}",
            "correct the code, or move the row to its own county",
            row=record.row,
            column=column,
            value=record.text(column),
        )
    found.fold(rows.file, len(rows))
    return {record.row for record in wrong}


def _replaced(change: Recoding) -> str:
    return f"is of before {change.year}, when {change.old} became {change.new} ({change.name})"


def check_vintage(county_code: str, found: DefectLog) -> None:
    """Warn of a county code that is no longer in use."""
    change = recoded(county_code)
    if change is not None:
        found.warning(
            "code-vintage",
            MANIFEST,
            _replaced(change),
            "fine with tables of the same age; tables of today need today's code",
            column="code",
            value=county_code,
        )


def check_other_vintage(county_code: str, shared: str, found: DefectLog) -> bool:
    """Whether the files' county is this one under its old or its new code; adds the error then.

    ``shared`` is the county code that every code in the files starts with.
    """
    for change in (recoded(county_code), recoded(shared)):
        if change is not None and {change.old, change.new} == {county_code, shared}:
            found.error(
                "code-vintage",
                MANIFEST,
                f"is not of the same year as the files, whose codes start with {shared}: "
                f"{change.old} became {change.new} ({change.name}) in {change.year}",
                f'write code = "{shared}", or take the codes in the files from another year',
                column="code",
                value=county_code,
            )
            return True
    return False


def check_provisional(codes: Sequence[str], file: str, found: DefectLog) -> None:
    """Warn once a file of codes that are not official but were made for an import."""
    made = [code for code in codes if rests_on_provisional(code)]
    if made:
        found.warning(
            "provisional-codes",
            file,
            f"holds {len(made)} codes that are not official, first {made[0]}: they were made because none were known"
            if len(made) > 1
            else f"holds a code that is not official, {made[0]}: it was made because none was known",
            "replace by official codes before the plan is filed",
            column="code",
        )


def common_county(tables: list[tuple[Records, str]]) -> str | None:
    """The 6-digit prefix that every code in ``tables`` shares, or None when they differ or there are none."""
    prefixes = {code[:6] for rows, column in tables for record in rows if (code := record.text(column)) is not None}
    return prefixes.pop() if len(prefixes) == 1 else None


def check_village_codes(villages: Records, skip: set[int], found: DefectLog) -> set[int]:
    """Village codes start with their township's, and their fourth segment agrees with the kind.

    ``skip`` holds rows whose code is known to be wrong already; returns them with the ones found here.
    """
    wrong = set(skip)
    for record in villages:
        code, township = record.text("code"), record.text("township_code")
        if code is None or record.row in skip:
            continue
        if township is not None and not code.startswith(township):
            found.error(
                "township-not-prefix",
                villages.file,
                f"({record.label}) is not the township of village {code}, whose code starts with {code[:9]}",
                f"write {code[:9]}, or correct the village's code",
                row=record.row,
                column="township_code",
                value=township,
            )
            wrong.add(record.row)
        _check_kind(record, code, villages.file, found)
    return wrong


def _check_kind(record: Record, code: str, file: str, found: DefectLog) -> None:
    kind, segment = record.text("kind"), code[9:12]
    if is_provisional(code):
        return
    if kind == PlaceKind.ADMINISTRATIVE_VILLAGE and not is_administrative_village(code):
        expected = "200–399 for an administrative village"
    elif kind == PlaceKind.RESIDENTS_COMMITTEE and not is_residents_committee(code):
        expected = "001–199 for a residents' committee"
    else:
        return
    found.warning(
        "kind-segment",
        file,
        f"({record.label}) has a code ending in {segment}; the coding rules give {expected}",
        "see which of code and kind is right",
        row=record.row,
        column="kind",
        value=kind,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that a file holds."""

    file: str
    codes: set[str]


def check_known(rows: Records, column: str, known: Known, skip: set[int], found: DefectLog) -> None:
    """Add one line for each code in ``column`` that ``known`` lacks, however many rows name it."""
    missing: dict[str, list[Record]] = defaultdict(list)
    for record in rows:
        code = record.text(column)
        if code is not None and record.row not in skip and code not in known.codes:
            missing[code].append(record)
    for code, records in missing.items():
        more = f" and {len(records) - 1} more rows" if len(records) > 1 else ""
        found.error(
            "unknown-code",
            rows.file,
            f"({records[0].label}{more}) names a code that {known.file} lacks",
            f"add it to {known.file}, or correct it",
            row=records[0].row,
            column=column,
            value=code,
        )


def check_townships_used(townships: Records, villages: Records, found: DefectLog) -> None:
    """Warn of townships without any village-level unit. Call only when the codes of both files are clean."""
    used = {record.text("township_code") for record in villages}
    for record in townships:
        if record.text("code") not in used:
            found.warning(
                "township-without-village",
                townships.file,
                f"({record.label}) has no village in {villages.file}",
                "see whether villages are missing",
                row=record.row,
                column="code",
                value=record.text("code"),
            )


def check_priority(villages: Records, found: DefectLog) -> None:
    """Warn of priority words that nothing in the planner knows."""
    for record in villages:
        for word in priority_words(record):
            if word not in schema.PRIORITIES:
                found.warning(
                    "unknown-priority",
                    villages.file,
                    f"({record.label}) bears the unknown word '{word}'",
                    f"use {', '.join(schema.PRIORITIES)}, divided by |",
                    row=record.row,
                    column="priority",
                    value=record.text("priority"),
                )


def priority_words(record: Record) -> frozenset[str]:
    """The words in a village's priority cell."""
    return frozenset(word.strip() for word in (record.text("priority") or "").split("|") if word.strip())


def build_township(record: Record) -> Township:
    """The township of a record without defects."""
    name, name_en = _need(record, "name"), record.text("name_en")
    names = {"zh": name} if name_en is None else {"zh": name, "en": name_en}
    market = record.text("market_days")
    days = () if market is None else days_from(market)
    return Township(_need(record, "code"), name, *point(record), names, record.integer("population"), days)


def build_village(record: Record) -> Village:
    """The village-level unit of a record without defects."""
    lon, lat = point(record)
    return Village(
        code=_need(record, "code"),
        name=_need(record, "name"),
        township_code=_need(record, "township_code"),
        kind=PlaceKind(_need(record, "kind")),
        lon=lon,
        lat=lat,
        population=int(record.values["population"] or 0),
        priority=priority_words(record),
    )


def point(record: Record) -> tuple[float, float]:
    """Longitude and latitude of a record without defects."""
    return float(record.values["lon"] or 0.0), float(record.values["lat"] or 0.0)


def _need(record: Record, column: str) -> str:
    value = record.text(column)
    if value is None:
        raise KeyError(column)
    return value
