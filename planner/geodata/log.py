"""The list that every reader adds its findings to, so that one report can hold them all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from planner.errors import Defect, Severity

FOLD_FROM_ROWS = 3
"""A column that is wrong in every one of at least this many rows is one defect, not one a row."""


LONGEST = 60
"""Characters of a cell or a column's name that a message shows."""


def one_line(text: str, longest: int | None = None) -> str:
    """``text`` without line breaks and control characters, cut to ``longest`` characters."""
    shown = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return shown if longest is None or len(shown) <= longest else f"{shown[: longest - 1]}…"


class DefectLog:
    """Defects found so far, in the order found."""

    def __init__(self) -> None:
        self.defects: list[Defect] = []

    def error(
        self,
        code: str,
        file: str,
        message: str,
        fix: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Add a defect that stops the plan."""
        self._add(Defect(code, file, message, fix, row, column, value))

    def warning(
        self,
        code: str,
        file: str,
        message: str,
        fix: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Add a defect that is shown with every result but stops nothing."""
        self._add(Defect(code, file, message, fix, row, column, value, Severity.WARNING))

    def _add(self, defect: Defect) -> None:
        """Keep the defect to one line, whatever stands in the file."""
        column, value = (None if text is None else one_line(text, LONGEST) for text in (defect.column, defect.value))
        self.defects.append(replace(defect, message=one_line(defect.message), column=column, value=value))

    def has_errors(self) -> bool:
        """Whether anything found so far stops the plan."""
        return any(defect.severity is Severity.ERROR for defect in self.defects)

    def clean(self, file: str, *columns: str) -> bool:
        """Whether ``columns`` of ``file`` carry no error, so that other checks may build on them."""
        return not any(
            defect.severity is Severity.ERROR
            and defect.file == file
            and (defect.column is None or defect.column in columns)
            for defect in self.defects
        )

    def fold(self, file: str, rows: int) -> None:
        """Replace a defect that repeats in every one of ``rows`` rows of ``file`` by one line at its first row."""
        groups: dict[tuple[str, str | None], list[Defect]] = defaultdict(list)
        for defect in self.defects:
            if defect.file == file and defect.row is not None:
                groups[defect.code, defect.column].append(defect)
        for same in groups.values():
            if len(same) == rows >= FOLD_FROM_ROWS:
                first = replace(same[0], message=f"{same[0].message} (the same in all {rows} rows)")
                at = self.defects.index(same[0])
                drop = {id(defect) for defect in same}
                kept = [defect for defect in self.defects if id(defect) not in drop]
                before = sum(id(defect) not in drop for defect in self.defects[:at])
                self.defects = [*kept[:before], first, *kept[before:]]
