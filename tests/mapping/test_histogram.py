from __future__ import annotations

import re

import numpy as np
import pytest

from planner.mapping.histogram import distance_bins, histogram_svg


def bins(distances, limit):
    metres = np.array(distances)
    return distance_bins(metres, metres > limit, limit)


def test_every_place_is_counted_once_in_the_bin_that_holds_it():
    edges, counts = bins([0, 10, 11, 20, 49, 1500, 1501, 2484], 1500)
    assert edges == [0, 10, 20, 50, 100, 200, 500, 1000, 1500, 2000, 5000]
    assert counts == [2, 2, 1, 0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("limit", [0, 5, 50, 1234.5, 1500, 100_000])
def test_the_limit_is_an_edge_and_parts_what_keeps_to_it_from_what_does_not(limit):
    rng = np.random.default_rng(1)
    metres = np.rint(10 ** rng.uniform(0, 3.9, 500)).astype(int)
    edges, counts = bins(metres, limit)
    assert float(limit) in edges
    assert sum(counts) == 500
    beyond = sum(count for left, count in zip(edges, counts, strict=False) if left >= limit)
    assert beyond == int((metres > limit).sum())


def test_a_distance_that_rounds_to_the_limit_counts_by_what_it_was_before_rounding():
    edges, counts = distance_bins(np.array([1500, 1500]), np.array([False, True]), 1500)
    at = edges.index(1500)
    assert (counts[at - 1], counts[at]) == (1, 1)


def test_the_chart_says_every_number_and_the_limit():
    edges, counts = bins([3, 4, 15, 700, 1800], 1500)
    svg = histogram_svg(edges, counts, 1500, limit="limit <1,500> m", axis="metres")
    assert [int(text) for text in re.findall(r'class="n">([\d,]+)<', svg)] == counts
    assert "limit &lt;1,500&gt; m" in svg
    assert svg.count("<rect") == sum(count > 0 for count in counts)
