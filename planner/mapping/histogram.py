"""Distances as a bar chart in SVG, with the limit drawn where it lies and the number of places over every bar."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.mapping.style import BLUE, VERMILION

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGES_M: Final = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
_BAR, _GAP, _TOP, _HEIGHT, _FOOT = 44, 4, 34, 130, 36


def distance_bins(
    distance_m: NDArray[np.integer], over: NDArray[np.bool_], limit_m: float
) -> tuple[list[float], list[int]]:
    """Edges in metres and the number of distances in each (left, right] between them.

    The limit is an edge, and ``over`` says which distances lie beyond it (they were compared before rounding).
    """
    largest = max(float(distance_m.max(initial=0)), limit_m)
    edges = sorted({*map(float, EDGES_M), float(limit_m)})
    last = next((index for index, edge in enumerate(edges) if edge >= largest and index), len(edges) - 1)
    edges = edges[: last + 1]
    if over.any() and edges[-1] <= limit_m:
        edges.append(next((float(edge) for edge in EDGES_M if edge > limit_m), 10 * float(limit_m)))
    at = np.clip(np.searchsorted(edges, distance_m, side="left") - 1, 0, len(edges) - 2)
    at_limit = edges.index(float(limit_m))
    at = np.where(over, np.maximum(at, at_limit), np.minimum(at, max(at_limit - 1, 0)))
    return edges, [int(count) for count in np.bincount(at, minlength=len(edges) - 1)]


def histogram_svg(edges: Sequence[float], counts: Sequence[int], limit_m: float, *, limit: str, axis: str) -> str:
    """The chart. ``limit`` is the caption of the limit's line, ``axis`` that of the distances."""
    width = len(counts) * (_BAR + _GAP) + 24
    base, tallest = _TOP + _HEIGHT, max([*counts, 1])
    marks = []
    for index, count in enumerate(counts):
        x = 12 + index * (_BAR + _GAP)
        height = _HEIGHT * count / tallest
        colour = VERMILION if edges[index] >= limit_m else BLUE
        if count:
            shown = max(height, 1.5)
            marks.append(f'<rect x="{x}" y="{base - shown:.1f}" width="{_BAR}" height="{shown:.1f}" fill="{colour}"/>')
        marks.append(f'<text x="{x + _BAR / 2:g}" y="{base - height - 4:.1f}" class="n">{count:,}</text>')
    for index, edge in enumerate(edges):
        at = 12 + index * (_BAR + _GAP) - _GAP / 2
        marks.append(f'<text x="{at:g}" y="{base + 14}" class="t">{edge:,g}</text>')
        if edge == limit_m:
            marks.append(f'<line x1="{at:g}" y1="14" x2="{at:g}" y2="{base}" class="limit"/>')
            anchor = "end" if at > width / 2 else "start"
            marks.append(f'<text x="{at:g}" y="10" class="limit" style="text-anchor:{anchor}">{escape(limit)}</text>')
    return (
        f'<svg class="histogram" role="img" viewBox="0 0 {width} {base + _FOOT}" width="{width}" '
        f'height="{base + _FOOT}" aria-label="{escape(axis)}">'
        f'<line x1="8" y1="{base}" x2="{width - 8}" y2="{base}" stroke="#5d6660"/>{"".join(marks)}'
        f'<text x="{width / 2:g}" y="{base + 30}" class="t">{escape(axis)}</text></svg>'
    )
