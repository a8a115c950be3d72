"""Checks of what the general solvers are given. Every refusal is a ValueError that names the argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DECIMALS = 6
"""Values are looked at with up to this many decimals when their common step is sought."""
EXACT = 2.0**53
"""Whole numbers up to here are exact in double precision."""
RELATIVE = 1e-9
"""Without a common step a value counts as proven within this share of it: double precision gives little more."""


def real_numbers(values: Any, name: str, shape: tuple[int, ...]) -> Floats:
    """``values`` as floats of the given shape, all finite and not negative."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers")
    if given.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {given.shape}")
    if not np.isfinite(given).all():
        raise ValueError(f"{name} must be finite: found NaN or infinity")
    if (given < 0).any():
        raise ValueError(f"{name} must not be negative")
    return given.astype(np.float64)


def one_number(value: object, name: str) -> float:
    """A finite number from 0 up."""
    return float(real_numbers(value, name, ()))


def count(value: object, name: str) -> int:
    """A whole number from 1 up."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be a whole number from 1 up")
    return int(value)


def time_limit(value: float | None) -> float | None:
    """Seconds from 0 up, or None."""
    if value is None:
        return None
    if not value >= 0:
        raise ValueError("time_limit_s must not be negative or NaN")
    return None if value == np.inf else float(value)


def boolean_matrix(coverage: Any) -> csr_array:
    """Demand × site with a 1 wherever ``coverage`` is not zero; sorted, without repeats."""
    if not issparse(coverage):
        coverage = np.atleast_2d(np.asarray(coverage))
    if coverage.ndim != 2:
        raise ValueError("coverage must be a matrix, demand × site")
    held: csr_array = csr_array(coverage)
    if held.data.dtype.kind == "f" and not np.isfinite(held.data).all():
        raise ValueError("coverage must be finite: found NaN or infinity")
    held = csr_array((held.data != 0, held.indices, held.indptr), shape=held.shape)
    held.sum_duplicates()
    held.eliminate_zeros()
    return csr_array((np.ones(held.nnz, dtype=np.int64), held.indices, held.indptr), shape=held.shape)


def distance_table(distance: Any, name: str = "distance") -> csr_array:
    """Demand × site with every stored entry a way; an entry not stored means that no way leads there."""
    if issparse(distance):
        sparse: Any = distance
        held = csr_array(sparse.tocsr(copy=True))
        held.sum_duplicates()
        real_numbers(held.data, name, held.data.shape)
        return csr_array((held.data.astype(np.float64), held.indices, held.indptr), shape=held.shape)
    dense = np.asarray(distance)
    if dense.ndim != 2:
        raise ValueError(f"{name} must be a matrix, demand × site (leave pairs without a way out of a sparse one)")
    values = real_numbers(dense, name, dense.shape)
    n_demands, n_sites = values.shape
    columns = np.tile(np.arange(n_sites, dtype=np.int32), n_demands)
    return csr_array((values.ravel(), columns, np.arange(n_demands + 1) * n_sites), shape=values.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which sites must (``required``) and must not (``forbidden``) be open, as masks."""

    required: Bools
    forbidden: Bools

    @classmethod
    def of(cls, required: ArrayLike | None, forbidden: ArrayLike | None, n_sites: int) -> Choice:
        """Check the site numbers."""
        masks = []
        for sites, name in ((required, "required"), (forbidden, "forbidden")):
            given = np.asarray([] if sites is None else sites)
            if given.dtype.kind not in "iu" and len(given):
                raise ValueError(f"{name} must be site numbers")
            if len(given) and not 0 <= given.min() <= given.max() < n_sites:
                raise ValueError(f"site numbers in {name} must lie in 0 … {n_sites - 1}")
            masks.append(np.bincount(given.astype(np.int64), minlength=n_sites) > 0)
        if (masks[0] & masks[1]).any():
            raise ValueError(f"sites both required and forbidden: {np.flatnonzero(masks[0] & masks[1]).tolist()}")
        return cls(masks[0], masks[1])

    @property
    def state(self) -> NDArray[np.int8]:
        """1 for a site that must be open, -1 for one that must not, 0 for one still free."""
        return self.required.astype(np.int8) - self.forbidden.astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class MedianArguments:
    """What `p_median` and `p_center` are given, checked: ``ways`` and weighted ``costs``, demand × site, and ``p``."""

    ways: csr_array
    costs: csr_array
    choice: Choice
    p: int

    @classmethod
    def of(
        cls,
        distance: Any,
        p: int,
        weights: ArrayLike | None,
        required: ArrayLike | None,
        forbidden: ArrayLike | None,
    ) -> MedianArguments:
        """Check them; ``p`` is no more than the sites allowed."""
        ways = distance_table(distance)
        n_demands, n_sites = ways.shape
        choice = Choice.of(required, forbidden, n_sites)
        most = min(count(p, "p"), n_sites - int(choice.forbidden.sum()))
        weight = np.ones(n_demands) if weights is None else real_numbers(weights, "weights", (n_demands,))
        costs = csr_array((ways.data * np.repeat(weight, np.diff(ways.indptr)), ways.indices, ways.indptr), ways.shape)
        return cls(ways, costs, choice, most)


def common_step(values: Floats) -> float:
    """The largest step of which all ``values`` are multiples (whole numbers, or up to six decimals); 0.0 for none."""
    held = np.unique(values[values != 0])
    if not len(held):
        return 1.0
    for decimals in range(DECIMALS + 1):
        scaled = held * 10.0**decimals
        whole = np.rint(scaled)
        if abs(scaled).max() < EXACT and (np.abs(scaled - whole) <= 1e-12 * np.abs(scaled)).all():
            return float(np.gcd.reduce(np.abs(whole).astype(np.int64))) / 10.0**decimals
    return 0.0


def proof_slack(value: float, step: float) -> float:
    """By how much a bound may miss ``value`` and still prove it: nearly one step, as values lie on multiples of it."""
    return max(step * (1 - 1e-6), RELATIVE * abs(value))
