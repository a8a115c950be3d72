"""How fast each road is driven, once for everything that measures time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import RoadClass, Surface

if TYPE_CHECKING:
    from planner.domain.county import Road
    from planner.scenario import Network

_CLASSES: Final = tuple(RoadClass)
_SURFACES: Final = tuple(Surface)


def road_speeds_kmh(roads: Sequence[Road], length_m: NDArray[np.float64], parameters: Network) -> NDArray[np.float64]:
    """Driving speed in km/h on each of ``roads``, float64 in their order; ``length_m`` are their lengths.

    The speed of class and surface (with the mountain factor), times the terrain factor where the road gives climb
    or altitude, and at most the signed limit, which caps whatever the road itself would allow. A ferry goes at its
    own speed: no mountain and no terrain factor, but a limit counts.

    The terrain factor is 1 − slope loss · grade − altitude loss · height, never below ``least_terrain_factor``;
    the grade in per cent is rise and fall over the length, and land below the sea slows nobody and speeds nobody up.
    """
    of_kind = np.array(
        [[parameters.speed_kmh(road_class, surface) for surface in _SURFACES] for road_class in _CLASSES]
    )
    # Members are single objects, so their identity tells them apart; hashing half a million of them is far slower.
    number = {id(member): k for members in (_CLASSES, _SURFACES) for k, member in enumerate(members)}
    road_class = np.array([number[id(road.road_class)] for road in roads], dtype=np.int64)
    surface = np.array([number[id(road.surface)] for road in roads], dtype=np.int64)
    speed_kmh = of_kind[road_class, surface]
    factor = _terrain_factor(roads, length_m, parameters)
    factor[road_class == _CLASSES.index(RoadClass.FERRY)] = 1.0
    return np.fmin(speed_kmh * factor, _given([road.speed_limit_kmh for road in roads]))


def _terrain_factor(roads: Sequence[Road], length_m: NDArray[np.float64], parameters: Network) -> NDArray[np.float64]:
    climb_m = np.nan_to_num(_given([road.climb_m for road in roads]), nan=0.0)
    altitude_m = np.nan_to_num(_given([road.altitude_m for road in roads]), nan=0.0)
    grade_percent = np.divide(100.0 * climb_m, length_m, out=np.zeros(len(roads)), where=length_m > 0)
    loss = parameters.slope_speed_loss_per_percent * np.maximum(grade_percent, 0.0)
    loss += parameters.altitude_speed_loss_per_km * np.maximum(altitude_m, 0.0) / 1000.0
    return np.maximum(parameters.least_terrain_factor, 1.0 - loss)


def _given(values: Sequence[float | None]) -> NDArray[np.float64]:
    """Values as floats, NaN for None."""
    return np.array(values, dtype=np.float64)
