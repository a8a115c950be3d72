"""Road distances and times between the stations of one plan, as dense matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import County
from planner.route.problem import UNREACHABLE, IntArray

if TYPE_CHECKING:
    from planner.network import TravelMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Dense road distances and times between named sites, `UNREACHABLE` where no way leads."""

    position: Mapping[str, int]
    distance_m: IntArray
    duration_s: IntArray

    @classmethod
    def between(cls, county: County, site_ids: Sequence[str], supply: TravelMatrix) -> Roads:
        """Legs among ``site_ids`` out of the sparse matrix; what is absent there is unreachable here."""
        row_of = {site.site_id: row for row, site in enumerate(county.sites)}
        rows = np.array([row_of[site_id] for site_id in site_ids], dtype=np.int64)
        place = np.full(len(county.sites), -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        distance_m = np.full((rows.size, rows.size), UNREACHABLE, dtype=np.int64)
        duration_s = distance_m.copy()
        for k, row in enumerate(rows):
            part = slice(int(supply.indptr[row]), int(supply.indptr[row + 1]))
            to = place[supply.indices[part]]
            distance_m[k, to[to >= 0]] = supply.distance_m[part][to >= 0]
            duration_s[k, to[to >= 0]] = supply.duration_s[part][to >= 0]
        np.fill_diagonal(distance_m, 0)
        np.fill_diagonal(duration_s, 0)
        return cls({site_id: k for k, site_id in enumerate(site_ids)}, distance_m, duration_s)

    def legs(self, site_ids: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Distance and time matrices in the order of ``site_ids``; a site may come twice, at no distance."""
        index = np.array([self.position[site_id] for site_id in site_ids], dtype=np.int64)
        return self.distance_m[np.ix_(index, index)], self.duration_s[np.ix_(index, index)]

    def round_trip(self, a: str, b: str) -> tuple[int, int] | None:
        """Metres and seconds from ``a`` to ``b`` and back, None when either way is missing."""
        there, back = (self.position[a], self.position[b]), (self.position[b], self.position[a])
        if UNREACHABLE in (self.distance_m[there], self.distance_m[back]):
            return None
        return (
            int(self.distance_m[there] + self.distance_m[back]),
            int(self.duration_s[there] + self.duration_s[back]),
        )
