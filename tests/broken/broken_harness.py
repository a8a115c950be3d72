"""Runs the command line as a planner does, and says what came of it: exit code, lines, defects, files written."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from planner import cli
from planner.errors import Defect

Build = Callable[[Path], Sequence[str]]


@dataclass(frozen=True)
class Outcome:
    """What one run of the command line gave. ``defects`` are those whose lines were shown."""

    code: int
    out: str
    err: str
    seconds: float
    defects: tuple[Defect, ...]
    written: tuple[str, ...]
    """Paths that the run added, removed or changed under the folder it ran in."""

    @property
    def lines(self) -> list[str]:
        return [line for line in (*self.out.splitlines(), *self.err.splitlines()) if line.strip()]

    @property
    def errors(self) -> list[str]:
        return [line for line in self.lines if line.startswith("error: ")]


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run ``planner`` with ``arguments`` in ``folder``, in this process."""
    shown: dict[str, Defect] = {}
    plain = Defect.line

    def line(defect: Defect) -> str:
        text = plain(defect)
        shown[text] = defect
        return text

    before = snapshot(folder)
    out, err = io.StringIO(), io.StringIO()
    started = time.monotonic()
    code = 0
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(Defect, "line", line),
        patch.object(sys, "argv", ["planner", *arguments]),
        patch.dict(os.environ, environment or {}),
    ):
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    seconds = time.monotonic() - started
    after = snapshot(folder)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    lines = set(f"{out.getvalue()}\n{err.getvalue()}".splitlines())
    defects = tuple(defect for text, defect in shown.items() if f"{defect.severity}: {text}" in lines)
    return Outcome(code, out.getvalue(), err.getvalue(), seconds, defects, tuple(sorted(changed)))


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Kind, size and time of change of everything under ``folder``."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            status = (Path(root) / name).lstat()
            plain = 0 if name in folders else status.st_mtime_ns
            found[str((Path(root) / name).relative_to(folder))] = (status.st_mode, status.st_size * bool(plain), plain)
    return found


@dataclass(frozen=True)
class Case:
    """One damaged input: how it is made, and the one line that must come of it.

    ``build`` spoils a valid input in the folder it is given and returns the command line's arguments. ``code`` is
    the defect's, or "usage" for a command that makes no sense. ``message`` is a phrase of the line. ``file`` is how
    the file's name ends in the line. ``alike`` names a case that gives the same message for the same mistake.
    """

    name: str
    build: Build
    code: str
    message: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    alike: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Catalogue:
    """Every case of a module, in the order written."""

    cases: list[Case] = field(default_factory=list)

    def case(self, code: str, message: str, *place: Any, **more: Any) -> Callable[[Build], Build]:
        """Take the decorated builder in as a case called by its name; ``place`` is file, row and column."""

        def take(build: Build) -> Build:
            self.cases.append(Case(build.__name__, build, code, message, *place, **more))
            return build

        return take

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)


_NAMED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|\[[^\]]*\]")


def template(defect: Defect) -> tuple[str, str]:
    """A defect's code and message without names, numbers and what stands in the file."""
    text = defect.message
    for part in (defect.file, defect.value, defect.column):
        text = text.replace(part, "…") if part else text
    text = _NAMED.sub("…", text)
    return defect.code, re.sub(r"[0-9][0-9.,]*", "#", text)
