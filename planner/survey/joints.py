"""Warnings of roads that look joined on a map and are not, each where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain import RoadClass
from planner.geodata.joints import Drawing, find_crossings, find_misses

if TYPE_CHECKING:
    from planner.domain import County, Road
    from planner.geodata.log import DefectLog

TOUCHING_M: Final = 0.01
LISTED_JOINTS: Final = 1000
"""Warnings of each kind; one more says how many others there are."""


def warn_joints(county: County, rows: Mapping[tuple[str, str], int], found: DefectLog) -> tuple[int, int]:
    """Warn of ends beside a road and of crossings without a common vertex; returns how many there are of each."""
    roads, file = county.roads, county.layer("roads").file
    drawing = Drawing(np.array([road.geometry for road in roads], dtype=object), county.metric_crs)
    misses = find_misses(drawing)
    ferries = np.array([road.road_class is RoadClass.FERRY for road in roads], dtype=bool)
    crossings = find_crossings(drawing, misses, ferries)
    for line, other, metres, (lon, lat) in zip(
        misses.line[:LISTED_JOINTS].tolist(), misses.other.tolist(), misses.distance_m.tolist(), misses.lonlat.tolist(),
        strict=False,
    ):  # fmt: skip
        found.warning(
            "undershoot",
            file,
            f"road {_words(roads[line])} {_where(metres)} road {_words(roads[other])} without a common vertex: nothing can "
            "turn there",
            "join them at a common vertex, or import the roads again with --join-within-m",
            row=rows.get(("roads", roads[line].road_id)),
            column="lon, lat",
            value=f"{lon:.6f}, {lat:.6f}",
        )
    for line, other, (lon, lat) in zip(
        crossings.line[:LISTED_JOINTS].tolist(), crossings.other.tolist(), crossings.lonlat.tolist(), strict=False
    ):
        found.warning(
            "crossing-unjoined",
            file,
            f"roads {_words(roads[line])} and {_words(roads[other])} cross without a common vertex: nothing can turn "
            "there",
            "leave it if it is a bridge; else cut both there, or import the roads again with --node-crossings",
            row=rows.get(("roads", roads[line].road_id)),
            column="lon, lat",
            value=f"{lon:.6f}, {lat:.6f}",
        )
    return len(misses), len(crossings)


def _where(metres: float) -> str:
    return f"stops {metres:.2f} m from" if metres >= TOUCHING_M else "ends on"


def _words(road: Road) -> str:
    return f"{road.road_id} ({road.name})" if road.name else road.road_id
