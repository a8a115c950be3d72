"""Villages and sites that stand on a part of the roads which nothing joins to the largest, and what may be done."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.errors import Defect
from planner.geodata.intake.draft import Draft, Roads
from planner.geodata.intake.plane import Metres, Plane
from planner.geodata.roads import components, line_lengths_m

LONG_KM: Final = 10.0
"""A part that people stand on and that is longer than this may want a bridge or a ferry, not to be left out."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """Villages and sites whose nearest road lies outside the largest part, and the parts on which they stand."""

    villages: int
    sites: int
    parts: int
    longest_km: float


def stranded(draft: Draft, roads: Roads) -> Stranded:
    """Count the places of ``draft`` that stand nearest to a part of ``roads`` other than the largest."""
    lines = list(roads.geometry)
    part, metres = components(lines), line_lengths_m(lines)
    length_m = np.bincount(part, weights=metres)
    plane = Plane(draft.metric_crs)
    xy = shapely.get_coordinates(roads.geometry)
    flat = shapely.set_coordinates(np.array(roads.geometry, dtype=object), plane.points(xy[:, 0], xy[:, 1]))
    tree, largest = shapely.STRtree(flat), int(length_m.argmax())
    at_villages, at_sites = (_nearest_parts(tree, part, plane.xy(places)) for places in (draft.villages, draft.sites))
    parts = np.unique(np.concatenate([at_villages, at_sites]))
    parts = parts[parts != largest]
    return Stranded(
        int((at_villages != largest).sum()), int((at_sites != largest).sum()), len(parts),
        float(length_m[parts].max(initial=0.0)) / 1000,
    )  # fmt: skip


def _nearest_parts(tree: shapely.STRtree, part: NDArray[np.int64], xy: Metres) -> NDArray[np.int64]:
    return part[np.asarray(tree.nearest(shapely.points(xy)), dtype=np.int64)]


def round_up(km: float) -> float:
    """The smallest number of one significant digit that is not below ``km``: 2.2 → 3, 0.34 → 0.4, 12 → 20."""
    if km <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(km))
    rounded = math.ceil(round(km / unit, 9)) * unit
    return round(rounded, 9)


def with_places(defect: Defect, draft: Draft, *, gaps: int = 0) -> Defect:
    """The warning about unconnected parts with the places that stand on them, and with what would leave them out.

    Where ``gaps`` (ends beside roads, crossings without a vertex) are so many that they may explain these parts, the
    roads are to be joined first, not left out.
    """
    if draft.roads is None:
        return defect
    found = stranded(draft, draft.roads)
    if not found.parts:
        return replace(defect, message=f"{defect.message}; no village and no site stands on them")
    places = " and ".join(
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((found.villages, "village"), (found.sites, "site"))
        if count
    )
    verb = "stands" if found.villages + found.sites == 1 else "stand"
    message = f"{defect.message}; {places} {verb} on {found.parts} of them, up to {found.longest_km:.1f} km long"
    if gaps >= found.parts:
        return replace(
            defect, message=message, fix="first join what only looks joined: see the other warnings of roads"
        )
    fix = f"{defect.fix}; or leave these parts out with --drop-islands-km {round_up(found.longest_km):g}"
    if found.longest_km > LONG_KM:
        fix += ", after looking whether the longest lacks a bridge or a ferry"
    return replace(defect, message=message, fix=fix)
