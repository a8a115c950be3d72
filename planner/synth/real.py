"""The real layers a synthetic county starts from: boundary, townships, names and codes of villages."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer
from shapely import MultiPolygon, Polygon
from shapely.geometry import shape

from planner.domain.codes import is_residents_committee
from planner.domain.county import PlaceKind

VILLAGE_COMMITTEE = "村委会"
RESIDENTS_COMMITTEE = "居委会"


@dataclass(frozen=True, slots=True)
class RealTownship:
    """A township's code, names, seat (WGS84 degrees) and population where the source gives one."""

    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    population: int | None


@dataclass(frozen=True, slots=True)
class RealVillage:
    """A village-level unit as the code list has it; ``name`` without 委会 or 居委会."""

    code: str
    name: str

    @property
    def township_code(self) -> str:
        """9-digit code of its township."""
        return self.code[:9]

    @property
    def kind(self) -> PlaceKind:
        """Administrative village or residents' committee, by the fourth segment of the code."""
        return PlaceKind.RESIDENTS_COMMITTEE if is_residents_committee(self.code) else PlaceKind.ADMINISTRATIVE_VILLAGE


@dataclass(frozen=True, eq=False)
class RealLayers:
    """The real layers of one county, sorted by code; ``boundary`` in WGS84."""

    code: str
    boundary: Polygon | MultiPolygon
    townships: tuple[RealTownship, ...]
    villages: tuple[RealVillage, ...]


def shown_name(official: str) -> str:
    """The name shown to people: 下草滩坝村委会 → 下草滩坝村, 团结村村委会 → 团结村, 南关社区居委会 → 南关社区."""
    if official.endswith(VILLAGE_COMMITTEE):
        stem = official.removesuffix(VILLAGE_COMMITTEE)
        return stem if stem.endswith("村") else f"{stem}村"
    return official.removesuffix(RESIDENTS_COMMITTEE)


def read_real_layers(folder: Path) -> RealLayers:
    """Real layers from a committed county folder; synthetic columns in the same files are not looked at."""
    collection = json.loads((folder / "boundary.geojson").read_text("utf-8"))
    feature = collection["features"][0]
    townships = tuple(
        RealTownship(
            row["code"], row["name"], row["name_en"], float(row["lon"]), float(row["lat"]),
            int(row["population"]) if row["population"] else None,
        )
        for row in _rows(folder / "townships.csv")
    )  # fmt: skip
    villages = tuple(RealVillage(row["code"], row["name"]) for row in _rows(folder / "villages.csv"))
    boundary = shape(feature["geometry"])
    if not isinstance(boundary, (Polygon, MultiPolygon)):
        raise TypeError(f"{folder / 'boundary.geojson'}: a boundary is a polygon, not a {boundary.geom_type}")
    return RealLayers(feature["properties"]["code"], boundary, townships, villages)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sorted(csv.DictReader(stream), key=lambda row: row["code"])


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@dataclass(frozen=True, slots=True)
class Projection:
    """WGS84 degrees to a metric CRS and back; results rounded so that they do not hang on the last bit."""

    metric_crs: str

    def to_metric(self, lon: float, lat: float) -> tuple[float, float]:
        """Metres, rounded to 1 cm."""
        x, y = _transformer("EPSG:4326", self.metric_crs).transform(lon, lat)
        return round(x, 2), round(y, 2)

    def polygon(self, area: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
        """``area`` (degrees) in metres."""
        return shapely.transform(area, lambda points: np.array([self.to_metric(lon, lat) for lon, lat in points]))

    def to_degrees(self, xy: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """Degrees, rounded to 6 decimals (about 0.1 m)."""
        lon, lat = _transformer(self.metric_crs, "EPSG:4326").transform([x for x, _ in xy], [y for _, y in xy])
        return [(round(x, 6), round(y, 6)) for x, y in zip(lon, lat, strict=True)]
