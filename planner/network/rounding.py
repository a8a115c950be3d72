"""Whole millimetres and milliseconds: the one way they are rounded."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MS_PER_MM_AT_1_KMH: Final = 3.6
"""One millimetre at 1 km/h takes 3.6 ms (and one metre 3.6 s)."""


def half_up(values: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """The nearest whole numbers, halves up."""
    return np.asarray(np.floor(values + 0.5), dtype=np.int64)


def access_ms(leg_mm: NDArray[np.int64], access_speed_kmh: float) -> NDArray[np.int64]:
    """Time in whole milliseconds over straight legs of ``leg_mm`` millimetres, rounded half up."""
    return half_up(leg_mm * (MS_PER_MM_AT_1_KMH / access_speed_kmh))
