"""The audit of ``fixes.csv``: its fixes are put into the plan, where the judge tries each, and its rows counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.domain import County, Fix, FixKind, Plan, ReasonCode
from planner.domain.fix import cheapest_first
from planner.domain.fix_words import fix_cost_sentence, fix_sentence
from planner.domain.schema import FIXES
from planner.evaluate.comparing import one_line
from planner.evaluate.counted import row_label
from planner.evaluate.files import Difference, Row, read_fix, read_rows
from planner.scenario import Scenario

_MALFORMED = (KeyError, TypeError, ValueError)
_LEAST_VALUES = (FixKind.RADIUS, FixKind.SUPPLY_RADIUS, FixKind.CAPACITY)
_ON_ONE_SITE = (FixKind.LIFT_BAN, FixKind.CONNECT_BROADBAND)
_ON_THE_SPOT = (FixKind.NEW_SITE, FixKind.ROAD, FixKind.ROAD_AND_SITE, FixKind.CONNECT_ROADS)

_Change = tuple[FixKind, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of ``fixes.csv`` and what is wrong with them as rows."""

    rows: tuple[Row, ...] = ()
    differences: tuple[Difference, ...] = ()


def with_listed_fixes(directory: Path, plan: Plan) -> tuple[Plan, Listed]:
    """The plan with every fix that ``fixes.csv`` lists in the place of the one that ``assignments.csv`` states.

    A folder whose villages state no fix must not have the file.
    """
    stated = {a.village_code: a.reason.cheapest for a in plan.assignments if a.reason is not None and a.reason.fixes}
    if not stated:
        extra = (Difference(FIXES.name, None, "", "a file", "none"),) if (directory / FIXES.name).exists() else ()
        return plan, Listed((), extra)
    rows, found = read_rows(directory, FIXES)
    if found:
        return plan, Listed((), tuple(found))
    fixes: dict[str, list[Fix]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            fix = read_fix(row, int(row["villages"]))
        except _MALFORMED as error:
            found.append(Difference(FIXES.name, number, "fix", one_line(error), "values that make a fix"))
            continue
        if fix is not None:
            fixes.setdefault(row["village_code"], []).append(fix)
    first = {code: replace(listed[0], villages=1) for code, listed in fixes.items()}
    if found or first != stated:
        differs = sorted(code for code in {*first, *stated} if first.get(code) != stated.get(code))
        found += [Difference(FIXES.name, None, "rank", f"{code}: another first fix", "as assigned") for code in differs]
        return plan, Listed((), tuple(found))
    assignments = tuple(
        replace(a, reason=replace(a.reason, fixes=tuple(fixes[a.village_code])))
        if a.reason is not None and a.village_code in fixes
        else a
        for a in plan.assignments
    )
    return replace(plan, assignments=assignments), Listed(tuple(rows), ())


def fix_differences(county: County, scenario: Scenario, plan: Plan, rows: Sequence[Row]) -> Iterator[Difference]:
    """Cells of ``fixes.csv`` that do not follow from its fixes and the county: order, counts, names and words."""
    if not rows:
        return
    fixes = {a.village_code: a.reason.fixes for a in plan.assignments if a.reason is not None}
    try:
        expected = list(_expected(county, scenario, plan, fixes))
    except _MALFORMED as error:  # a kind with values of another; the judge says which
        yield Difference(FIXES.name, None, "fix", one_line(error), "values that make a fix of its kind")
        return
    for number, (row, counted) in enumerate(zip(rows, expected, strict=True), start=2):
        for column, value in counted.items():
            if row[column] != value:
                yield Difference(FIXES.name, number, column, row[column], value)


def _expected(
    county: County, scenario: Scenario, plan: Plan, fixes: Mapping[str, Sequence[Fix]]
) -> Iterator[dict[str, str]]:
    label = row_label(county, scenario)
    alike = Counter(key for its in fixes.values() for key in {_key(fix) for fix in its})
    for assignment in plan.assignments:
        if assignment.reason is None:
            continue
        village = county.village_by_code[assignment.village_code]
        too_far = assignment.reason.code is ReasonCode.TOO_FAR
        for rank, fix in enumerate(cheapest_first(assignment.reason.fixes, too_far=too_far), start=1):
            what, cost = fix_sentence(county, fix), fix_cost_sentence(fix)
            yield {
                "village_code": village.code,
                "name": village.name,
                "township_code": village.township_code,
                "reason": assignment.reason.code.value,
                "rank": str(rank),
                "fix": fix.kind.value,
                "fix_site_id": fix.site_id or "",
                "villages": str(_villages(fix, fixes, alike)),
                "what_zh": what.zh,
                "what_en": what.en,
                "cost_zh": cost.zh,
                "cost_en": cost.en,
                "synthetic_layers": label,
            }


def _key(fix: Fix) -> _Change:
    """What two villages' fixes must share to be one change."""
    return fix.kind, fix.setting, fix.site_id if fix.kind in _ON_ONE_SITE else None


def _villages(fix: Fix, fixes: Mapping[str, Sequence[Fix]], alike: Mapping[_Change, int]) -> int:
    """Villages that a change brings in: those with the same change, or with a smaller one of the kind."""
    if fix.kind in _ON_THE_SPOT:
        return 1
    if fix.kind not in (*_LEAST_VALUES, FixKind.BUDGET):
        return alike[_key(fix)]
    size = _size(fix)
    return sum(any(_key(each) == _key(fix) and _size(each) <= size for each in its) for its in fixes.values())


def _size(fix: Fix) -> float:
    """How large a change is: money over the plan, else the setting's value."""
    return float(fix.capex_cny or 0) if fix.kind is FixKind.BUDGET else float(fix.value or 0)
