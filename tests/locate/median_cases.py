"""Tiny random p-median and p-center cases with every option, and their optimum by trying everything."""

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array


def tiny_case(seed):
    """Distances (NaN where no way leads), and the options given."""
    rng = np.random.default_rng(seed)
    n_demands, n_sites = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    distance = rng.integers(0, 12, (n_demands, n_sites)).astype(float)
    if seed % 3 == 1:
        distance = rng.random((n_demands, n_sites)) * 10
    if seed % 2:
        distance[rng.random(distance.shape) < 0.3] = np.nan
    picks = rng.permutation(n_sites)
    options = {"p": int(rng.integers(1, n_sites + 1))}
    if seed % 4 >= 2:
        options["weights"] = rng.integers(0, 5, n_demands)
    if seed % 5 >= 3:
        options["required"] = picks[: rng.integers(0, 3)]
        options["forbidden"] = picks[2:][: rng.integers(0, 3)]
    return distance, options


def as_given(distance, seed):
    """Dense when there is a way everywhere, else sparse with the ways stored."""
    if not np.isnan(distance).any() and seed % 4 == 0:
        return distance
    rows, columns = np.nonzero(~np.isnan(distance))
    return csr_array((distance[rows, columns], (rows, columns)), shape=distance.shape)


def best_by_trying(distance, total, *, p, weights=None, required=(), forbidden=()):
    n_demands, n_sites = distance.shape
    weights = np.ones(n_demands) if weights is None else weights
    allowed = [j for j in range(n_sites) if j not in set(np.asarray(forbidden).tolist())]
    best = None
    for chosen in combinations(allowed, min(p, len(allowed))):
        if not set(np.asarray(required).tolist()) <= set(chosen) or not chosen:
            continue
        paid = np.where(np.isnan(distance[:, chosen]), np.inf, distance[:, chosen]).min(axis=1)
        if np.isfinite(paid).all():
            value = float(total(paid * weights))
            best = value if best is None else min(best, value)
    return best
