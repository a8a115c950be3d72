"""Chvátal-Gomory cuts on three covered villages: a point's set counts half for each, rounded up, two in all.

If three villages are all served, then halving and adding their three covering rows and rounding up gives
Σ ⌈|set ∩ {a, b, c}| / 2⌉ ≥ 2 over the open sets and stations (Chvátal 1973; ``docs/model.md`` R8).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.locate.engine import Floats
from planner.locate.problem import Ints

MIN_VIOLATION = 0.02
CUTS_PER_ROUND = 60


def violated_triples(coverage: csr_array, values: Floats, known: set[tuple[int, int, int]]) -> Ints:
    """Triples of villages whose cut the point ``values`` breaks, most violated first; shape (n, 3).

    ``coverage`` is village × column, 1 where the column can serve the village. Triples in ``known`` are left
    out. Only villages that share fractional columns pairwise are looked at, so a violated cut may be missed.
    """
    used = np.flatnonzero(values > 1e-6)
    held = csr_array(coverage[:, used])
    weight = values[used]
    member = held.toarray().astype(bool)
    both = (held @ csr_array(held.multiply(weight[None, :])).T).toarray()
    broken = held[:, np.flatnonzero(weight < 1 - 1e-6)]
    near = (broken @ broken.T).toarray() > 0
    found: list[tuple[float, tuple[int, int, int]]] = []
    for a in range(len(near)):
        beside = np.flatnonzero(near[a])
        for b in beside[beside > a].tolist():
            third = np.flatnonzero(near[a] & near[b])
            third = third[third > b]
            left = both[a, a] + both[b, b] + both.diagonal()[third] - both[a, b] - both[a, third] - both[b, third]
            for c, value in zip(third.tolist(), left.tolist(), strict=True):
                if value >= 2 - MIN_VIOLATION or (a, b, c) in known:
                    continue
                total = value + 2 * weight[member[a] & member[b] & member[c]].sum()
                if total < 2 - MIN_VIOLATION:
                    found.append((total, (a, b, c)))
    found.sort()
    return np.array([triple for _, triple in found[:CUTS_PER_ROUND]], dtype=np.int64).reshape(-1, 3)


def triple_rows(coverage: csr_array, triples: Ints) -> csr_array:
    """The left-hand sides of the cuts, one row a triple; each is to be at least 2."""
    n_triples = len(triples)
    picks = csr_array(
        (np.ones(3 * n_triples), triples.ravel(), np.arange(0, 3 * n_triples + 1, 3)),
        shape=(n_triples, coverage.shape[0]),
    )
    rows = csr_array(picks @ coverage)
    rows.data = np.ceil(rows.data / 2)
    return rows
