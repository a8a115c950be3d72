"""On the demo county, from 1 to 8 km: a smaller radius never needs fewer stations, nor covers more."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.domain import SolveStatus
from planner.locate import eligible_sites, set_covering
from planner.scenario import Scenario

RADII_M = tuple(range(8_000, 900, -500))


@pytest.fixture(scope="module")
def coverage(xunhua, xunhua_prepared):
    """Village × eligible site, per radius."""
    access = xunhua_prepared.access
    usable = eligible_sites(xunhua, Scenario(), xunhua_prepared.supply, xunhua_prepared.site_snaps)
    kept = usable[access.indices]
    length = access.distance_m[kept] + 1  # so that no distance is a stored zero
    whole = csr_array((length, (access.rows()[kept], access.indices[kept])), shape=access.shape)
    return {radius: _within(whole, radius) for radius in RADII_M}


def _within(whole: csr_array, radius_m: int) -> csr_array:
    near = whole.copy()
    near.data = (near.data <= radius_m + 1).astype(np.int64)
    near.eliminate_zeros()
    return near


def test_shrinking_the_radius_never_lowers_the_least_number_of_stations(coverage):
    common = np.flatnonzero(np.diff(coverage[RADII_M[-1]].indptr))
    results = [set_covering(coverage[radius][common]) for radius in RADII_M]
    assert all(result.status is SolveStatus.OPTIMAL for result in results)
    least = [result.objective for result in results]
    assert least == sorted(least)
    assert least[0] < least[-1]


def test_shrinking_the_radius_never_covers_more_villages(coverage):
    reachable = [int((np.diff(coverage[radius].indptr) > 0).sum()) for radius in RADII_M]
    assert reachable == sorted(reachable, reverse=True)
    assert reachable[0] > reachable[-1]
