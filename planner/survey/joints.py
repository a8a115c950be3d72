"""Warnings of roads that look joined on a map and are not, each where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from planner.domain import RoadClass
from planner.geodata.joints import Drawing, find_crossings, find_misses
from planner.geodata.roads import line_lengths_m

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
            f"road {_words(roads[line])} {_where(metres)} road {_words(roads[other])} without a common vertex: nothing "
            "can turn there",
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


def warn_doubles(county: County, rows: Mapping[tuple[str, str], int], found: DefectLog) -> int:
    """Warn, in one line, of roads that lie vertex for vertex on an earlier one; returns how many there are.

    Two one-ways of opposite direction on one line are a road with two directions, and meant so.
    """
    first: dict[bytes, int] = {}
    doubles = []
    for i, road in enumerate(county.roads):
        cells = np.rint(shapely.get_coordinates(road.geometry) * 1e7).astype(np.int64)
        there, back = cells.tobytes(), cells[::-1].tobytes()
        key = there if road.oneway else min(there, back)
        earlier = first.setdefault(key, i)
        if earlier != i:
            doubles.append((i, earlier))
    if doubles:
        i, earlier = doubles[0]
        metres = sum(line_lengths_m([county.roads[j].geometry for j, _ in doubles]).tolist())
        found.warning(
            "same-road",
            county.layer("roads").file,
            f"roads that lie exactly on another one: {len(doubles):,} with {metres / 1000:,.1f} km, which count twice "
            f"in road lengths, e.g. {_words(county.roads[i])} on {_words(county.roads[earlier])}",
            "delete the copies; distances are not affected, but the better class and speed of each pair is used",
            row=rows.get(("roads", county.roads[i].road_id)),
            column="road_id",
            value=county.roads[i].road_id,
        )
    return len(doubles)


def _where(metres: float) -> str:
    return f"stops {metres:.2f} m from" if metres >= TOUCHING_M else "ends on"


def _words(road: Road) -> str:
    return f"{road.road_id} ({road.name})" if road.name else road.road_id
