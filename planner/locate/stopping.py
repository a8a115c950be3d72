"""Giving work up from outside: a flag that solvers look at while they run.

The flag is set for everything a thread does inside ``with stoppable(flag)``; every `planner.locate.engine.Deadline`
made there carries it. So a page can end work that nobody waits for any more, however deep in a solver it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.util.python.solve_interrupter import SolveInterrupter  # type: ignore[import-untyped]  # no stubs


class StoppedError(Exception):
    """The work was given up from outside: there is no result, and nobody waits for one."""


class StopFlag:
    """Set once, from any thread; linear programmes end as soon as they can, further solvers do not begin."""

    def __init__(self) -> None:
        self._event = Event()
        self._lock = Lock()
        self._interrupter: SolveInterrupter | None = None

    def set(self) -> None:
        """Ask for the end."""
        with self._lock:
            self._event.set()
            if self._interrupter is not None:
                self._interrupter.interrupt()

    @property
    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise StoppedError when the end was asked for."""
        if self._event.is_set():
            raise StoppedError

    def interrupter(self) -> SolveInterrupter:
        """What is handed to solvers of MathOpt that hear it, so that they end in the middle of their work."""
        from ortools.util.python.solve_interrupter import SolveInterrupter

        with self._lock:
            if self._interrupter is None:
                self._interrupter = SolveInterrupter()
                if self._event.is_set():
                    self._interrupter.interrupt()
            return self._interrupter


_CURRENT: ContextVar[StopFlag | None] = ContextVar("planner_stop_flag", default=None)


@contextmanager
def stoppable(flag: StopFlag) -> Iterator[None]:
    """Whatever this thread does in here ends with StoppedError once ``flag`` is set."""
    token = _CURRENT.set(flag)
    try:
        flag.check()
        yield
    finally:
        _CURRENT.reset(token)


def current_flag() -> StopFlag | None:
    """The flag of the innermost ``with stoppable`` around, None outside."""
    return _CURRENT.get()
