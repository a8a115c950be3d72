"""The errors a caller of this package can meet, and what each one means.

Three outcomes that other tools blur are kept apart (see ``docs/model.md``): the *input* is wrong
(`InputError`), the input is right but *no plan can meet* what was asked (`InfeasibleError`), and the
solver *ran out of time* (never an error: a `SolveReport` with a bound, or `NoSolutionInTime`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class PlannerError(Exception):
    """Base of every error this package raises on purpose; its text is fit to be shown to a planner."""

    exit_code = 1


class UsageError(PlannerError):
    """A command or a function was called with arguments that make no sense together."""

    exit_code = 2


class Severity(StrEnum):
    """How bad a defect is: an *error* stops the plan, a *warning* is shown with every result."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong with one input: where it is, what stands there, and how to mend it.

    ``row`` counts as a spreadsheet does (the header is row 1), or is None for a whole-file defect.
    ``code`` is a stable machine word such as ``duplicate-code``.
    """

    code: str
    file: str
    message: str
    fix: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = Severity.ERROR

    def line(self) -> str:
        """The defect as one line: ``file:row [column=value] message — fix``."""
        file = "".join(mark if mark.isprintable() else " " for mark in self.file)  # a file's name may hold line breaks
        place = file if self.row is None else f"{file}:{self.row}"
        detail = ""
        if self.column is not None:
            detail = f" [{self.column}]" if self.value is None else f" [{self.column}={self.value}]"
        return f"{place}{detail} {self.message} — {self.fix}"


class InputError(PlannerError):
    """The input has defects. All of them are in ``defects``; the text lists each on a line, with its severity."""

    def __init__(self, defects: Iterable[Defect]) -> None:
        self.defects: tuple[Defect, ...] = tuple(defects)
        super().__init__("\n".join(f"{defect.severity}: {defect.line()}" for defect in self.defects))


class ScenarioError(PlannerError):
    """A scenario file or a ``key=value`` setting is wrong; the text names key, value and what is allowed."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing said to a planner, in English and Chinese. As text it is the English one."""

    en: str
    zh: str

    def say(self, language: str) -> str:
        """The sentence in ``language``: ``zh``, else English."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True)
class Setting:
    """A scenario key and the value to give it, as after ``--set``; None for leaving the key out."""

    key: str
    value: str | None

    def on_terminal(self) -> Sentence:
        """How it is written on the command line."""
        if self.value is None:
            return Sentence(f"leave {self.key} out", f"不设 {self.key}")
        value = f'"{self.value}"' if " " in self.value else self.value
        return Sentence(f"--set {self.key}={value}", f"--set {self.key}={value}")


@dataclass(frozen=True, slots=True)
class Advice:
    """What to change: in words, and as settings that are to be made together. Whoever shows it words the settings."""

    words: Sentence
    settings: tuple[Setting, ...] = ()

    def on_terminal(self) -> Sentence:
        """The advice with its settings as they are typed."""
        typed = [setting.on_terminal() for setting in self.settings]
        if not typed:
            return self.words
        english, chinese = " ".join(each.en for each in typed), " ".join(each.zh for each in typed)
        return Sentence(f"{self.words.en}: {english}", f"{self.words.zh}：{chinese}")


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing asked of a plan that is given up: what kind, whose, and by how much it is missed.

    ``kind`` is a `planner.locate.reasons.elastic.DemandKind`; ``subject`` a township's code, a site's id or a scenario
    key; ``short_by`` in ``unit`` (CNY, m, township), None where there is no such number.
    """

    kind: str
    subject: str
    words: Sentence
    short_by: int | None = None
    unit: str = ""


class InfeasibleError(PlannerError):
    """No plan meets the hard rules.

    ``reasons`` says which rule fails where, ``demands`` is a smallest set of demands that are to be given up (empty
    where that was not asked), ``advice`` how: the smallest way out.
    """

    exit_code = 3

    def __init__(self, reasons: Sequence[Sentence], advice: Advice | Sentence, demands: Sequence[Demand] = ()) -> None:
        self.reasons = tuple(reasons)
        self.advice = advice if isinstance(advice, Advice) else Advice(advice)
        self.demands = tuple(demands)
        super().__init__("\n".join(map(str, self.lines())))

    def lines(self) -> tuple[Sentence, ...]:
        """Reasons, demands to give up and advice, as a terminal shows them."""
        return (*self.reasons, *self.given_up(), self.relaxation)

    @property
    def relaxation(self) -> Sentence:
        """The advice as typed on a terminal."""
        return self.advice.on_terminal()

    def given_up(self) -> tuple[Sentence, ...]:
        """The smallest set of demands, a line each under a heading."""
        if not self.demands:
            return ()
        count = len(self.demands)
        heading = Sentence(
            f"smallest set of demands to give up: {count} (proven)", f"最少须放弃的要求：{count} 项（已证明）"
        )
        return (heading, *(Sentence(f"  - {d.words.en}", f"  - {d.words.zh}") for d in self.demands))


class NoSolutionInTimeError(PlannerError):
    """The time limit passed before any plan was found; nothing is said about whether one exists."""

    exit_code = 3
