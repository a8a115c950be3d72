from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from shapely import LineString, Polygon

from planner.domain import County, Road, RoadClass, Surface
from planner.network import RoadNetwork, build_network
from planner.scenario import Network

LON, LAT = 102.5, 35.8
STEP = 0.01  # degrees; about 900 m east, 1110 m north

RoadSpec = tuple[Sequence[tuple[float, float]], str, bool]
BuildToy = Callable[..., RoadNetwork]


def toy_county(specs: Sequence[RoadSpec], surface: Surface = Surface.PAVED) -> County:
    """Roads given in steps of STEP degrees from (LON, LAT): (points, road class, one-way)."""
    roads = tuple(
        Road(
            f"R{i:05d}", f"road {i}", RoadClass(road_class), surface, oneway,
            LineString([(LON + x * STEP, LAT + y * STEP) for x, y in points]),
        )
        for i, (points, road_class, oneway) in enumerate(specs)
    )  # fmt: skip
    box = Polygon([(102, 35), (104, 35), (104, 37), (102, 37)])
    return County("630225", "toy", {}, "EPSG:32648", box, (), (), (), roads, (), "toy")


def toy_network(specs: Sequence[RoadSpec], **parameters: float) -> RoadNetwork:
    return build_network(toy_county(specs), Network(**parameters))


def random_specs(seed: int, side: int = 6, drop: float = 0.35) -> list[RoadSpec]:
    """A jittered grid with gaps, one-ways, parallel roads, loops, chains and an island."""
    rng = np.random.default_rng(seed)
    at = {
        (i, j): (i + float(rng.choice([0, 0, 0.2, -0.2])), j + float(rng.choice([0, 0, 0.2, -0.2])))
        for i in range(side) for j in range(side)
    }  # fmt: skip
    classes = ["national_provincial", "county", "township", "village"]
    specs: list[RoadSpec] = []
    for (i, j), here in at.items():
        for there in ((i + 1, j), (i, j + 1)):
            if there in at and rng.random() > drop:
                points = [here, at[there]]
                if rng.random() < 0.5:
                    middle = ((here[0] + at[there][0]) / 2 + 0.1, (here[1] + at[there][1]) / 2 - 0.1)
                    points.insert(1, middle)
                if rng.random() < 0.5:
                    points.reverse()
                specs.append((points, str(rng.choice(classes)), bool(rng.random() < 0.3)))
                if rng.random() < 0.2:
                    specs.append((points, str(rng.choice(classes)), False))
        if rng.random() < 0.1:
            x, y = here
            specs.append(([here, (x + 0.3, y + 0.1), (x + 0.1, y + 0.3), here], "village", bool(rng.random() < 0.5)))
    specs.append(([(side + 3, 0), (side + 3, 1), (side + 4, 1)], "village", False))
    return specs


def random_points(seed: int, count: int, side: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Points in and around the grid; some repeated, some exactly on grid corners."""
    rng = np.random.default_rng([seed, 1])
    x = rng.uniform(-0.5, side + 4, count)
    y = rng.uniform(-0.5, side, count)
    x[:2], y[:2] = np.round(x[:2]), np.round(y[:2])
    x[2], y[2] = x[3], y[3]
    return LON + x * STEP, LAT + y * STEP


@pytest.fixture
def toy() -> BuildToy:
    return toy_network
