"""What the general solvers give back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.domain.plan import SolveStatus

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SitingResult:
    """Where to open, and what is known about how good that is.

    ``open_sites`` ascending; ``assignment`` gives the site of each demand, -1 for none. ``objective`` is None without
    a solution. ``bound`` is a true bound on the optimum (from below for a cost, from above for coverage) or None;
    ``optimal`` means that the two meet (``docs/model.md`` §11).
    """

    open_sites: Ints
    assignment: Ints
    objective: float | None
    bound: float | None
    status: SolveStatus
    seconds: float

    @property
    def gap(self) -> float | None:
        """Distance of value and bound over the value: 0.0 when optimal, None without both."""
        if self.objective is None or self.bound is None:
            return None
        away = abs(self.objective - self.bound)
        return away / abs(self.objective) if away and self.objective else away


def nothing_opened(n_demands: int, status: SolveStatus, bound: float | None, seconds: float) -> SitingResult:
    """The result without a solution."""
    return SitingResult(np.zeros(0, dtype=np.int64), np.full(n_demands, -1), None, bound, status, seconds)
