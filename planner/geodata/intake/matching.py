"""Last year's outlets and the facilities found: which are the same place, by distance and by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from planner.geodata.divisions import name_key
from planner.geodata.intake.draft import Facility
from planner.geodata.intake.plane import within
from planner.scenario import Candidates

ALIKE = 0.75
"""Names whose common part is at least this share of both (difflib's ratio) are alike."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An outlet and a facility (positions in their lists), how far apart they are, and what they agree in."""

    outlet: int
    facility: int
    distance_m: float
    agrees: str


def names_alike(first: str, second: str) -> bool:
    """Whether two names are the same but for spelling: the same key, or long parts in common."""
    a, b = name_key(first), name_key(second)
    if not a or not b:
        return False
    return a == b or SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE


def match(
    outlets: Sequence[Facility],
    facilities: Sequence[Facility],
    outlet_xy: NDArray[np.float64],
    facility_xy: NDArray[np.float64],
    rules: Candidates,
) -> tuple[list[Pair], list[Pair]]:
    """Pairs that are the same place, and pairs that may be.

    Positions are metres, (n, 2). Same are an outlet and a facility within ``match_within_m`` that agree in name or in
    host; each takes part in one such pair at most, the ones of like name first, then the nearest. Doubtful are the
    others up to ``doubtful_within_m``: any of like name, and the nearest facility of the same host.
    """
    if not outlets or not facilities:
        return [], []
    near = _pairs(outlets, facilities, outlet_xy, facility_xy, max(rules.match_within_m, rules.doubtful_within_m))
    same, taken_outlets, taken_facilities = [], set[int](), set[int]()
    for pair in sorted(near, key=lambda pair: ("name" not in pair.agrees, pair.distance_m, pair.outlet)):
        if pair.distance_m > rules.match_within_m:
            continue
        if pair.outlet not in taken_outlets and pair.facility not in taken_facilities:
            same.append(pair)
            taken_outlets.add(pair.outlet)
            taken_facilities.add(pair.facility)
    doubtful, told = [], set[int]()
    for pair in sorted(near, key=lambda pair: (pair.outlet, pair.distance_m, pair.facility)):
        free = pair.outlet not in taken_outlets and pair.facility not in taken_facilities
        if not free or pair.distance_m > rules.doubtful_within_m:
            continue
        if "name" in pair.agrees or pair.outlet not in told:
            doubtful.append(pair)
            told.add(pair.outlet)
    return same, doubtful


def _pairs(
    outlets: Sequence[Facility],
    facilities: Sequence[Facility],
    outlet_xy: NDArray[np.float64],
    facility_xy: NDArray[np.float64],
    within_m: float,
) -> list[Pair]:
    """Every pair within ``within_m`` metres that agrees in name or host."""
    pairs = []
    for i, hits in enumerate(within(outlet_xy, facility_xy, within_m)):
        for j in hits:
            name = names_alike(outlets[i].name, facilities[j].name)
            host = outlets[i].host is facilities[j].host
            if name or host:
                metres = float(np.hypot(*(outlet_xy[i] - facility_xy[j])))
                agrees = "name and host" if name and host else "name" if name else "host"
                pairs.append(Pair(i, j, metres, agrees))
    return pairs
