"""What an import did, or why it did nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import Defect, Severity
from planner.geodata.intake.documents import InputFile


@dataclass(frozen=True, eq=False)
class ImportReport:
    """The outcome of `import_county`; unless ``written``, nothing was left behind and ``defects`` say why."""

    folder: Path
    written: bool
    inputs: tuple[InputFile, ...]
    facts: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    review: Mapping[str, int] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()

    @property
    def errors(self) -> tuple[Defect, ...]:
        """Defects that stopped the import."""
        return tuple(defect for defect in self.defects if defect.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Defect, ...]:
        """Defects that are shown with every result."""
        return tuple(defect for defect in self.defects if defect.severity is Severity.WARNING)

    def lines(self) -> tuple[str, ...]:
        """The report as lines of text: columns, what was done, defects, counts, what to do next."""
        lines = [f"{given.file} ({given.role}): {_read(given)}" for given in self.inputs]
        lines += self.facts
        lines += [f"{defect.severity}: {defect.line()}" for defect in (*self.errors, *self.warnings)]
        if not self.written:
            lines.append(f"{self._totals()}: nothing was written")
            return tuple(lines)
        lines.append("written: " + ", ".join(f"{count:,} {what}" for what, count in self.counts.items()))
        if self.review:
            guesses = ", ".join(f"{count} {kind}" for kind, count in self.review.items())
            lines.append(f"to be looked at, in review.csv: {guesses}")
        lines.append(f"{self._totals()} in {self.folder}")
        lines.append(f"next: planner check {self.folder}; planner solve {self.folder} --out out")
        return tuple(lines)

    def _totals(self) -> str:
        counts = ((len(self.errors), "error"), (len(self.warnings), "warning"))
        return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _read(given: InputFile) -> str:
    return "; ".join(text for text in (given.read_as, given.columns) if text) or "read"
