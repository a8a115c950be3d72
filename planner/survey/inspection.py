"""One look at a county folder: what was read, what is wrong with it, and the forms in which a planner gets that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.wording import number_of
from planner.errors import Defect, InputError, Severity
from planner.geodata import check_county
from planner.geodata.ground import Ground, read_ground
from planner.geodata.joints import JOINT_CODES
from planner.policy import apply_rule_pack
from planner.scenario import Scenario
from planner.survey.findings import Survey, length_words, survey_county

if TYPE_CHECKING:
    from planner.geodata import CheckReport

CSV_COLUMNS = ("severity", "code", "file", "row", "column", "value", "message", "fix", "lon", "lat")


@dataclass(frozen=True, eq=False)
class Inspection:
    """A checked county. ``survey`` is None when it cannot be planned; ``extra`` are defects found beyond the report."""

    report: CheckReport
    scenario: Scenario
    ground: Ground
    survey: Survey | None
    extra: tuple[Defect, ...] = ()
    network_facts: tuple[str, ...] = ()

    @cached_property
    def defects(self) -> tuple[Defect, ...]:
        """Every defect: errors first, each kind in the order of the files, then what the road network showed.

        What the files only warn of (no roads), but this scenario cannot plan without, is told once, as the error.
        """
        errors = {defect.code for defect in self.extra if defect.severity is Severity.ERROR}
        own = [defect for defect in self.report.defects if defect.code not in errors]
        every = (*own, *self.extra)
        return tuple(sorted(every, key=lambda defect: defect.severity is not Severity.ERROR))

    @property
    def can_be_planned(self) -> bool:
        """Whether no defect is an error."""
        return all(defect.severity is not Severity.ERROR for defect in self.defects)

    def lines(self) -> tuple[str, ...]:
        """The report as lines of text: defects, errors first, then the facts, then the count."""
        errors = sum(defect.severity is Severity.ERROR for defect in self.defects)
        warnings = len(self.defects) - errors
        facts = () if self.report.facts is None else self.report.facts.lines()
        return (
            *self._defect_lines(),
            *facts,
            *self.network_facts,
            *(() if self.survey is None else survey_facts(self.survey)),
            f"{number_of(errors, 'error')}, {number_of(warnings, 'warning')} in {self.report.folder}",
        )

    def _defect_lines(self) -> list[str]:
        """One line a defect; of ends and crossings the first `LISTED` and how many more there are."""
        seen: Counter[str] = Counter()
        lines = []
        for defect in self.defects:
            seen[defect.code] += 1
            if defect.code not in JOINT_CODES or seen[defect.code] <= LISTED:
                lines.append(f"{defect.severity}: {defect.line()}")
        survey = self.survey
        totals = {} if survey is None else dict(zip(JOINT_CODES, (survey.misses, survey.crossings), strict=True))
        for code, total in totals.items():
            if total > LISTED:
                lines.append(f"warning: {total - LISTED:,} more {code} like these; --html and --csv list up to 1,000")
        return lines

    def html(self, language: str = "zh") -> str:
        """The page of `planner check --html`, in ``zh`` or ``en``; it needs nothing but itself."""
        from planner.mapping import check_html

        page: str = check_html(self, self.csv(), language)
        return page

    def csv(self) -> bytes:
        """Every defect, one a row, with its position on the map where it has one; as Excel opens it."""
        import pandas as pd

        from planner.export import csv_bytes

        rows = []
        for defect in self.defects:
            at = self.ground.spot(defect)
            lon, lat = ("", "") if at is None else (f"{at[0]:.6f}", f"{at[1]:.6f}")
            row = "" if defect.row is None else str(defect.row)
            rows.append(
                (
                    str(defect.severity), defect.code, defect.file, row, defect.column or "", defect.value or "",
                    defect.message, defect.fix, lon, lat,
                )
            )  # fmt: skip
        return csv_bytes(pd.DataFrame(rows, columns=list(CSV_COLUMNS)))


def inspect_county(county: str | Path, scenario: Scenario | None = None) -> Inspection:
    """Check the county and, when it can be planned, survey it. Raises UsageError for an unknown county."""
    from planner.pipeline import lay_out, network_defects, network_facts

    scenario = scenario or Scenario()
    report = check_county(county)
    ground = read_ground(report.layers, report.county)
    if report.county is None:
        return Inspection(report, scenario, ground, None)
    applied = apply_rule_pack(scenario, report.county.code).scenario
    try:
        prepared = lay_out(report.county, scenario)
    except InputError as error:
        return Inspection(report, applied, ground, None, error.defects)
    survey = survey_county(prepared, ground.rows)
    extra = (*network_defects(prepared, ground.rows), *survey.defects)
    return Inspection(report, applied, ground, survey, extra, network_facts(prepared))


LISTED: int = 10
"""Road parts and township sums that the terminal shows; the page has them all."""


def survey_facts(survey: Survey) -> tuple[str, ...]:
    """Sentences on road parts, twice-listed sites, populations and township sums, for the terminal."""
    facts = [
        f"road part {part.number}: {length_words(part.length_m)} in {number_of(len(part.roads), 'road')}, not joined "
        f"to the main network, at {part.lon:.5f}, {part.lat:.5f}; {number_of(part.villages, 'village')} and "
        f"{number_of(part.sites, 'site')} stand on it"
        for part in survey.parts[1 : 1 + LISTED]
    ]
    if len(survey.parts) > 1 + LISTED:
        rest = survey.parts[1 + LISTED :]
        facts.append(
            f"and {number_of(len(rest), 'more road part')}, "
            f"{sum(part.length_m for part in rest) / 1000:,.1f} km together"
        )
    if survey.same_sites:
        facts.append(f"sites of one host within 10 m of one another: {number_of(len(survey.same_sites), 'pair')}")
    rule = survey.population
    if rule.median is not None:
        usual = "" if rule.low is None or rule.high is None else f", usual between {rule.low:,.1f} and {rule.high:,.1f}"
        facts.append(f"people per village: median {rule.median:,.0f}{usual}; outliers: {len(survey.unusual)}")
    compared = [(abs(float(town.difference)), town) for town in survey.townships if town.difference is not None]
    if compared:
        _, worst = max(compared, key=lambda pair: pair[0])
        facts.append(
            f"village sums against township populations: {len(compared)} townships compared, the largest difference "
            f"{float(worst.difference or 0):+.1%} in {worst.name} ({worst.people:,} against {worst.given:,})"
        )
    return tuple(facts)
