"""Gomory mixed-integer cuts from the basis of a linear relaxation, for models whose columns are all integer.

A row of the simplex tableau is a combination of the model's rows. Rounding its coefficients as Gomory (1960) does gives
an inequality that every integer solution keeps and the point of the relaxation breaks (``docs/model.md`` R13).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack
from scipy.sparse.linalg import splu

from planner.locate.engine import Basis, Bools, Floats, MatrixModel, Relaxation
from planner.locate.problem import Ints

MOST_CUTS = 100
"""Cuts taken in one round, those that cut deepest first."""
MOST_ROWS = 200
"""Rows of the tableau looked at in one round, those of the most fractional columns first."""
LEAST_FRACTION = 0.005
"""Rows whose right side is nearer than this to an integer give no cut: rounding errors would be blown up."""
LEAST_DEPTH = 1e-4
"""Least distance from the relaxation's point to a cut."""
ALIKE = 0.99
"""A cut whose angle to a deeper one has a larger cosine is left out."""
MOST_SPREAD = 1e7
"""Coefficients smaller than the largest one by more than this factor are rounded away, to the safe side."""
SAFETY = 1e-7
"""By how much every right side is lowered, the largest coefficient being 1: far more than rounding errors come to."""
GRID = 2.0**28
"""Row multipliers are rounded to this grid (where they are no simple fractions): any multipliers give a valid cut."""
LARGEST_DENOMINATOR = 2_000
_ZERO = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Rows ``matrix @ x >= low`` that every integer solution keeps, over the columns of the model."""

    matrix: csr_array
    low: Floats

    @property
    def count(self) -> int:
        """Number of cuts."""
        return len(self.low)


def gomory_cuts(model: MatrixModel, relaxed: Relaxation) -> Cuts | None:
    """Cuts that the relaxation's point breaks; None when there are none or some columns need not be integer.

    A combination of rows with multipliers u is Σ (uA)_q x_q - Σ u_r s_r = u b, where s_r is the slack of row r. With
    f the fractional part of the right side after columns at their upper bound are turned round, a coefficient with
    fractional part g becomes g / f, or (1 - g) / (1 - f) when g > f; that of a slack that need not be an integer
    becomes v / f, or -v / (1 - f) when v < 0. The sum is at least 1.
    """
    basis = relaxed.basis
    if basis is None or not model.integer.all() or (model.low < 0).any():
        return None
    combinations = _Combinations.of(model, relaxed.values, basis)
    if combinations is None:
        return None
    inside = _Columns.of(model, relaxed.values, basis, basis.columns)
    point = relaxed.values[basis.columns]
    found: list[tuple[float, int, Floats]] = []
    for number in range(combinations.multipliers.shape[1]):
        cut = combinations.cut(number, inside)
        if cut is None:
            continue
        coefficients, low = cut
        norm = math.sqrt(float((coefficients**2).sum()))
        depth = (low - float(coefficients @ point)) / max(norm, _ZERO)
        if depth > LEAST_DEPTH:
            found.append((depth, number, coefficients / norm))
    found.sort(key=lambda each: (-each[0], each[1]))
    everywhere = _Columns.of(model, relaxed.values, basis, np.arange(len(model.low)))
    cuts = [cut for number in _unlike(found) if (cut := combinations.cut(number, everywhere)) is not None]
    if not cuts:
        return None
    rows = [csr_array(coefficients[None, :]) for coefficients, _ in cuts]
    return Cuts(csr_array(vstack(rows, format="csr")), np.array([low for _, low in cuts]))


def _unlike(found: list[tuple[float, int, Floats]]) -> list[int]:
    """Numbers of the cuts to take: deepest first, none in nearly the same direction as one already taken."""
    chosen: list[int] = []
    directions: list[Floats] = []
    for _, number, direction in found:
        if any(float(direction @ other) > ALIKE for other in directions):
            continue
        chosen.append(number)
        directions.append(direction)
        if len(chosen) == MOST_CUTS:
            break
    return chosen


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Some columns of the model in the rows combined: bounds, those that are fixed, and those at their upper bound."""

    rows: csr_array
    low: Floats
    high: Floats
    fixed: Ints
    turned: Ints

    @classmethod
    def of(cls, model: MatrixModel, values: Floats, basis: Basis, columns: Ints) -> _Columns:
        """The model's columns of these numbers."""
        low, high = model.low[columns], model.high[columns]
        at_high = np.zeros(len(model.low), dtype=bool)
        at_high[basis.columns] = ~basis.basic_column
        at_high &= (values > model.high - _ZERO) & ~model.implied & (model.low < model.high)
        matrix = csr_array(model.matrix[:, columns])
        return cls(matrix, low, high, np.flatnonzero(low == high), np.flatnonzero(at_high[columns]))


@dataclass(frozen=True, slots=True, eq=False)
class _Combinations:
    """Combinations of the rows ``numbers`` of the model, whose slack is at its bound: one for each fractional column.

    ``side`` is the side of each row that binds, ``at_low`` whether it is the lower one, ``whole`` whether the slack
    is integer on integer solutions; ``multipliers`` is row × combination.
    """

    numbers: Ints
    side: Floats
    at_low: Bools
    whole: Bools
    multipliers: Floats

    @classmethod
    def of(cls, model: MatrixModel, values: Floats, basis: Basis) -> _Combinations | None:
        """None when the basis is singular or nothing is fractional."""
        numbers, basic = np.flatnonzero(~basis.basic_row), basis.columns[basis.basic_column]
        fraction = np.abs(values[basic] - np.round(values[basic]))
        wanted = np.argsort(-fraction, kind="stable")[:MOST_ROWS]
        wanted = wanted[fraction[wanted] > LEAST_FRACTION / 2]
        if not len(wanted) or len(numbers) != len(basic):
            return None
        picks = np.zeros((len(basic), len(wanted)))
        picks[wanted, np.arange(len(wanted))] = 1
        rows = csr_array(model.matrix[numbers])
        try:
            inverse = splu(csc_array(rows[:, basic].T))
        except RuntimeError:  # SuperLU: the matrix is singular
            return None
        multipliers = np.stack([_rounded(column) for column in inverse.solve(picks).T], axis=1)
        used = np.flatnonzero((multipliers != 0).any(axis=1))
        numbers, multipliers, rows = numbers[used], multipliers[used], csr_array(rows[used])
        activity = rows @ values
        low, high = model.row_low[numbers], model.row_high[numbers]
        at_low = np.abs(activity - low) <= np.abs(activity - high)
        side = np.where(at_low, low, high)
        row = np.repeat(np.arange(len(numbers)), np.diff(rows.indptr))
        broken = np.bincount(row, weights=rows.data != np.round(rows.data), minlength=len(numbers)) > 0
        return cls(numbers, side, at_low, ~broken & (side == np.round(side)), multipliers)

    def cut(self, number: int, columns: _Columns) -> tuple[Floats, float] | None:
        """Coefficients and least value of one combination's cut over some columns, the largest coefficient being 1."""
        used = np.flatnonzero(self.multipliers[:, number])
        multiplier, side, at_low = self.multipliers[used, number], self.side[used], self.at_low[used]
        rows = csr_array(columns.rows[self.numbers[used]]).T
        combined = np.asarray(rows @ multiplier)
        right = float(multiplier @ side) - float(combined[columns.fixed] @ columns.low[columns.fixed])
        combined[columns.fixed] = 0
        right -= float(combined[columns.turned] @ columns.high[columns.turned])
        combined[columns.turned] *= -1
        fraction = right - math.floor(right)
        if not LEAST_FRACTION < fraction < 1 - LEAST_FRACTION:
            return None
        coefficients = _of_integers(combined, fraction)
        low = 1.0 - float(coefficients[columns.turned] @ columns.high[columns.turned])
        coefficients[columns.turned] *= -1
        of_slack = np.where(at_low, -multiplier, multiplier)
        weight = np.where(
            self.whole[used],
            _of_integers(of_slack, fraction),
            np.where(of_slack > 0, of_slack / fraction, -of_slack / (1 - fraction)),
        )
        signed = np.where(at_low, weight, -weight)
        coefficients += rows @ signed
        low += float(signed @ side) - float(coefficients[columns.fixed] @ columns.low[columns.fixed])
        coefficients[columns.fixed] = 0
        return _safe(coefficients, low, columns.high)


def _of_integers(coefficients: Floats, fraction: float) -> Floats:
    """Gomory's coefficients of integer columns."""
    part = coefficients - np.floor(coefficients)
    part[(part < _ZERO) | (part > 1 - _ZERO)] = 0
    return np.where(part <= fraction, part / fraction, (1 - part) / (1 - fraction))


def _safe(coefficients: Floats, low: float, high: Floats) -> tuple[Floats, float] | None:
    """The cut with largest coefficient 1, tiny coefficients taken out, the right side lowered for rounding errors.

    A tiny positive coefficient times its column is at most that times the column's upper bound; a negative one is
    at most 0 as all columns are from 0 up.
    """
    largest = float(np.abs(coefficients).max(initial=0.0))
    if largest < _ZERO:
        return None
    coefficients, low = coefficients / largest, low / largest
    tiny = np.abs(coefficients) < 1 / MOST_SPREAD
    low -= float((np.maximum(coefficients[tiny], 0) * high[tiny]).sum())
    coefficients[tiny] = 0
    return coefficients, low - SAFETY * max(1.0, abs(low))


def _rounded(multipliers: Floats) -> Floats:
    """Multipliers as fractions of one small denominator where they are so to within rounding errors, else on a grid."""
    multipliers = np.where(np.abs(multipliers) < _ZERO, 0.0, multipliers)
    denominator = _common_denominator(multipliers[multipliers != 0])
    scale = GRID if denominator is None else float(denominator)
    return np.asarray(np.round(multipliers * scale) / scale)


def _common_denominator(values: Floats) -> int | None:
    """The least common denominator of values that are fractions, None when it would be large."""
    denominator = 1
    while denominator <= LARGEST_DENOMINATOR:
        scaled = values * denominator
        away = np.abs(scaled - np.round(scaled))
        worst = int(away.argmax()) if len(away) else -1
        if worst < 0 or away[worst] <= 10 * _ZERO * denominator:
            return denominator
        factor = _denominator(float(away[worst]), 10 * _ZERO * denominator)
        if factor is None:
            return None
        denominator *= factor
    return None


def _denominator(value: float, tolerance: float) -> int | None:
    """Denominator of the first convergent of a value's continued fraction within the tolerance (numbers above 0)."""
    before, now, above, below = 0, 1, 1, 0
    rest = value
    for _ in range(20):
        whole = math.floor(rest + 1e-12)
        before, now = now, whole * now + before
        above, below = below, whole * below + above
        if below > LARGEST_DENOMINATOR:
            return None
        if abs(value - now / below) < tolerance:
            return below
        if rest - whole < 1e-12:
            return None
        rest = 1 / (rest - whole)
    return None
