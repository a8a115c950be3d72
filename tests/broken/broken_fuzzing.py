"""What every fuzz test shares: how many examples, and what counts as an answer.

``PLANNER_FUZZ=20000`` runs each test with so many examples, at random; without it the same few are tried each time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from planner.geodata.log import DefectLog

WANTED = int(os.environ.get("PLANNER_FUZZ", "0"))
MOST_SECONDS = 5.0


class Bases(dict[str, bytes]):
    """Valid files by name; shown shortly when a test fails."""

    def __repr__(self) -> str:
        return f"Bases({', '.join(self)})"


def examples(number: int) -> settings:
    """Settings of a fuzz test that tries ``number`` examples, the same ones each time, unless more are asked for."""
    return settings(
        max_examples=WANTED or number,
        derandomize=not WANTED,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )


def judged(read: Callable[[DefectLog], Any]) -> tuple[Any, DefectLog]:
    """Run ``read`` with a fresh log: it is quick, and gives a result or at least one error, of one line each."""
    found = DefectLog()
    started = time.monotonic()
    result = read(found)
    assert time.monotonic() - started < MOST_SECONDS
    assert result is not None or found.has_errors()
    for defect in found.defects:
        assert defect.file
        assert defect.message
        assert defect.fix
        assert len(defect.line().splitlines()) == 1
    return result, found
