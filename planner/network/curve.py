"""The Hilbert curve: an order of points in which neighbours on the ground are neighbours in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CURVE_BITS = 16


def hilbert_index(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of each point along a Hilbert curve over the points' bounding square, 2^16 cells a side.

    ``x`` and ``y`` are equally long float arrays in any one unit; the result is int64, 0 to 2^32 − 1.
    Points in one cell share an index. Source: the bitwise form in H. S. Warren,
    *Hacker's Delight*, 2nd ed., chapter 16.
    """
    if len(x) == 0:
        return np.empty(0, np.int64)
    side = max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
    cells = (1 << CURVE_BITS) - 1
    column = ((x - x.min()) / side * cells).astype(np.int64)
    row = ((y - y.min()) / side * cells).astype(np.int64)
    index = np.zeros(len(x), np.int64)
    for bit in range(CURVE_BITS - 1, -1, -1):
        half = 1 << bit
        right = (column & half) > 0
        upper = (row & half) > 0
        index += half * half * ((3 * right) ^ upper)
        turn = ~upper
        flip = turn & right
        column = np.where(flip, cells - column, column)
        row = np.where(flip, cells - row, row)
        column, row = np.where(turn, row, column), np.where(turn, column, row)
    return index
