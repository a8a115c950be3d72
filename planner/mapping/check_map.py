"""What the check page's map draws, as plain data for ``assets/check-page.js``. Positions are WGS84 degrees to 1e-5°.

Lines are lists of whole numbers: the first vertex in 1e-5 degree, then the steps between vertices, x and y in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from planner.domain import RoadClass
from planner.errors import Defect
from planner.mapping.check_words import kind_words
from planner.mapping.layers import DECIMALS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.geodata.ground import Ground, RoadLines
    from planner.survey import Survey

METRES_PER_DEGREE: Final = 111_320.0
TOLERANCES_M: Final = (2, 5, 10, 20, 40, 80, 160)
"""The finest that keeps all roads together within `VERTEX_BUDGET` is drawn, or else the coarsest."""
VERTEX_BUDGET: Final = 300_000
"""More vertices than this make a browser slow to pan."""
STEPS: Final = 10**DECIMALS
CORE_PERCENTILES: Final = (5, 95)
CORE_MARGIN: Final = 0.5
"""Without a boundary the map shows where most places lie and half as far around, so that one point far away does not
shrink the rest."""


def map_data(ground: Ground, survey: Survey | None, defects: Sequence[Defect], language: str) -> dict[str, Any]:
    """Everything on the map. ``defects`` are those of the list, in its order; a spot's ``i`` is its place there."""
    roads, tolerance_m = _roads(ground.roads, survey)
    spots = [(i, defect, ground.spot(defect)) for i, defect in enumerate(defects)]
    placed = [(i, defect, at) for i, defect, at in spots if at is not None]
    kinds = Counter((str(defect.severity), defect.code) for _, defect, _ in placed)
    return {
        "boundary": [] if ground.boundary is None else _rings(ground.boundary),
        "view": _view(ground),
        "roads": roads,
        "tolerance": tolerance_m,
        "places": {layer: _places(ground, layer, language) for layer in ("townships", "villages", "sites")},
        "bus": [
            {"line": encoded(np.array([(stop.lon, stop.lat) for stop in line.stops])), "name": line.name}
            for line in ground.bus_lines
            if len(line.stops) > 1
        ],
        "gaps": [] if survey is None else _gaps(survey),
        "pairs": [] if survey is None else [[*_at(pair.lon, pair.lat), *pair.names] for pair in survey.same_sites],
        "spots": [
            {"i": i, "at": _at(*at), "kind": defect.code, "severity": str(defect.severity)} for i, defect, at in placed
        ],
        "kinds": [
            [code, kind_words(code, language), count, severity] for (severity, code), count in sorted(kinds.items())
        ],
    }


def encoded(lonlat: NDArray[np.float64]) -> list[int]:
    """Vertices (n, 2) in degrees as whole steps of 1e-5 degree: the first, then the differences."""
    grid = np.rint(lonlat * STEPS).astype(np.int64)
    return np.diff(grid, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()


def simplified(lines: NDArray[np.object_]) -> tuple[NDArray[np.object_], int]:
    """``lines`` with at most `VERTEX_BUDGET` vertices if that can be had, and the tolerance in metres it took."""
    drawn, tolerance_m = lines, TOLERANCES_M[0]
    for tolerance_m in TOLERANCES_M:
        drawn = np.asarray(shapely.simplify(lines, tolerance_m / METRES_PER_DEGREE), dtype=object)
        if int(shapely.get_num_coordinates(drawn).sum()) <= VERTEX_BUDGET:
            break
    return drawn, tolerance_m


def road_parts(roads: RoadLines, survey: Survey | None) -> NDArray[np.int64]:
    """The part of each road: 0 the main network, −1 for one that the network leaves out.

    With a survey the parts are those of the network that is planned on, else those that share vertices.
    """
    if survey is None or not survey.parts:
        return roads.part
    part = np.full(len(roads), -1, np.int64)
    for found in survey.parts:
        part[list(found.roads)] = found.number - 1
    return part


def _roads(roads: RoadLines | None, survey: Survey | None) -> tuple[list[dict[str, Any]], int]:
    """Roads by how they are drawn: each class of the main network together, each other part, those left out."""
    if roads is None:
        return [], 0
    drawn, tolerance_m = simplified(roads.line)
    part = road_parts(roads, survey)
    groups: dict[tuple[str, int], list[list[int]]] = {}
    known = {road_class.value for road_class in RoadClass}
    for line, number, road_class in zip(drawn, part.tolist(), roads.road_class, strict=True):
        style = (road_class if road_class in known else RoadClass.VILLAGE.value) if number == 0 else ""
        groups.setdefault((style, number), []).append(encoded(shapely.get_coordinates(line)))
    return [
        {"class": road_class, "part": number, "lines": lines} for (road_class, number), lines in sorted(groups.items())
    ], tolerance_m


def _at(lon: float, lat: float) -> list[float]:
    return [round(lon, DECIMALS), round(lat, DECIMALS)]


def _rings(boundary: Any) -> list[list[list[int]]]:
    return [
        [encoded(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(boundary)
    ]


def _places(ground: Ground, layer: str, language: str) -> list[list[Any]]:
    """Position, name, code, and for townships on an English page the name in Latin script."""

    def second(name_en: str) -> list[str]:
        return [] if layer != "townships" else [name_en if language == "en" else ""]

    return [
        [*_at(place.lon, place.lat), place.name, place.identity, *second(place.name_en)]
        for place in ground.places
        if place.layer == layer
    ]


def _gaps(survey: Survey) -> list[list[float]]:
    """From each village beyond the limit to the nearest point of a road."""
    snaps = survey.villages
    if snaps is None:
        return []
    return [
        [*_at(*map(float, snaps.lonlat[index])), *_at(*map(float, snaps.road_lonlat[index]))]
        for index in snaps.farthest_first
    ]


def _view(ground: Ground) -> list[float] | None:
    """West, south, east, north of what to show at first; None when nothing has a place."""
    if ground.boundary is not None:
        return list(ground.boundary.bounds)
    lonlat = np.array([(place.lon, place.lat) for place in ground.places]).reshape(-1, 2)
    if ground.roads is not None:
        lonlat = np.vstack([lonlat, shapely.get_coordinates(ground.roads.line)])
    if not len(lonlat):
        return None
    low, high = np.percentile(lonlat, CORE_PERCENTILES, axis=0)
    margin = CORE_MARGIN * (high - low)
    west_south = np.maximum(lonlat.min(axis=0), low - margin)
    return [*west_south.tolist(), *np.minimum(lonlat.max(axis=0), high + margin).tolist()]
