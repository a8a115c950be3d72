from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import csr_array
from shapely.geometry import shape

DATA = Path(__file__).parents[2] / "data"
COUNTIES = ("xunhua", "xihe")
SNAP_LIMIT_M = 1500.0


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass
class Committed:
    """A committed county read without the planner's own readers; positions in metres."""

    name: str

    def __post_init__(self) -> None:
        folder = DATA / "geo" / self.name
        self.manifest = tomllib.loads((folder / "county.toml").read_text("utf-8"))
        self.townships = rows(folder / "townships.csv")
        self.villages = rows(folder / "villages.csv")
        self.sites = rows(DATA / "stations" / f"{self.name}.csv")
        self.roads: list[dict[str, Any]] = json.loads((folder / "roads.geojson").read_text("utf-8"))["features"]
        self._transformer = Transformer.from_crs("EPSG:4326", self.manifest["metric_crs"], always_xy=True)
        boundary = json.loads((folder / "boundary.geojson").read_text("utf-8"))["features"][0]["geometry"]
        self.boundary = shapely.transform(shape(boundary), self.metric)

    def metric(self, lonlat: Any) -> Any:
        lonlat = np.asarray(lonlat, dtype=float)
        return np.column_stack(self._transformer.transform(lonlat[:, 0], lonlat[:, 1]))

    def positions(self, table: list[dict[str, str]]) -> Any:
        return self.metric([(float(row["lon"]), float(row["lat"])) for row in table])

    @cached_property
    def bus_lines(self) -> dict[str, list[dict[str, str]]]:
        """Stops of each passenger line, in order."""
        lines: dict[str, list[dict[str, str]]] = {}
        for row in rows(DATA / "geo" / self.name / "bus.csv"):
            lines.setdefault(row["line_id"], []).append(row)
        return lines

    @cached_property
    def lines(self) -> list[Any]:
        return [self.metric(road["geometry"]["coordinates"]) for road in self.roads]

    @cached_property
    def road_m(self) -> Any:
        return np.array([np.hypot(*np.diff(line, axis=0).T).sum() for line in self.lines])

    @cached_property
    def graph(self) -> tuple[Any, csr_array]:
        """Vertices (metres) and the directed graph of road legs; vertices join where coordinates are equal."""
        number: dict[tuple[float, float], int] = {}
        legs: dict[tuple[int, int], float] = {}
        for road in self.roads:
            nodes = [number.setdefault(tuple(point), len(number)) for point in road["geometry"]["coordinates"]]
            for leg in pairwise(nodes):
                legs[leg] = 0.0
                if not road["properties"]["oneway"]:
                    legs[leg[::-1]] = 0.0
        xy = self.metric(list(number))
        ends = np.array(list(legs))
        lengths = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
        return xy, csr_array((lengths, (ends[:, 0], ends[:, 1])), shape=(len(xy), len(xy)))

    @cached_property
    def snapped(self) -> Any:
        """Per village: straight distance to the nearest road, in metres."""
        tree = shapely.STRtree([shapely.LineString(line) for line in self.lines])
        points = shapely.points(self.positions(self.villages))
        nearest, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
        return distance[np.argsort(nearest[0])]


@pytest.fixture(scope="session", params=COUNTIES)
def committed(request: pytest.FixtureRequest) -> Committed:
    return Committed(request.param)
