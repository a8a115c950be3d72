"""Fixtures of the import tests: a small county as raw files that each test may change before it is imported."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from planner.domain import Datum
from planner.geodata.intake import ImportReport, ImportRequest, import_county
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Declared, parse_maps

TOWNSHIPS = """\
代码,乡镇名称,经度,纬度
630225100,积石镇,102.10,35.70
630225101,白庄镇,102.20,35.70
"""

VILLAGES = """\
代码,村名,所属乡镇,经度,纬度,人口
630225100200,西街村,积石镇,102.11,35.702,900
630225100201,东街村,积石镇,102.12,35.703,800
630225101200,加入村,白庄镇,102.21,35.701,700
"""

STATIONS = """\
站点名称,级别,依托资源,经度,纬度,宽带
积石邮政所,县,邮政所,102.101,35.7005,有
白庄供销社,乡,供销社,102.2005,35.70,可装
"""


def polygon(west: float, south: float, east: float, north: float, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature of a rectangle."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def line(coordinates: list[list[float]], **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature of a line."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


def toy_roads() -> list[dict[str, Any]]:
    return [
        line([[102.10, 35.70], [102.15, 35.701], [102.20, 35.70]], 名称="循白路", 等级="省道", 路面="沥青", 单行="否"),
        line([[102.20, 35.70], [102.21, 35.70]], 名称="加入路", 等级="村道", 路面="砂石", 单行="否"),
    ]


@dataclass
class Raw:
    """Texts and features of the raw files; change them, then `run`."""

    root: Path
    townships: str | None = TOWNSHIPS
    villages: str | None = VILLAGES
    stations: str | None = STATIONS
    bus: str | None = None
    positions: str | None = None
    roads: list[dict[str, Any]] | None = field(default_factory=toy_roads)
    boundary: list[dict[str, Any]] | None = field(default_factory=lambda: [polygon(102.0, 35.6, 102.4, 35.8)])
    maps: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.root / "data" / "geo" / "toy"

    @property
    def stations_file(self) -> Path:
        return self.root / "data" / "stations" / "toy.csv"

    def swap(self, name: str, old: str, new: str) -> None:
        """Replace ``old``, which occurs exactly once in the text of ``name``, by ``new``."""
        text = getattr(self, name)
        assert text.count(old) == 1, (name, old, text.count(old))
        setattr(self, name, text.replace(old, new))

    def request(self) -> ImportRequest:
        """Write the raw files and give the request that reads them."""
        folder = self.root / "raw"
        folder.mkdir(exist_ok=True)
        files: dict[Role, Path] = {}
        for role in (Role.TOWNSHIPS, Role.VILLAGES, Role.STATIONS, Role.BUS, Role.POSITIONS):
            if (text := getattr(self, role)) is not None:
                files[role] = folder / f"raw_{role}.csv"
                files[role].write_text(text, "utf-8")
        for role in (Role.ROADS, Role.BOUNDARY):
            if (features := getattr(self, role)) is not None:
                files[role] = folder / f"raw_{role}.geojson"
                collection = {"type": "FeatureCollection", "features": features}
                files[role].write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
        defaults = {"datum": Declared(Datum.WGS84), "files": files, "maps": parse_maps(self.maps), "code": None}
        return ImportRequest("循化撒拉族自治县", self.out, **{**defaults, **self.options})

    def run(self) -> ImportReport:
        return import_county(self.request())

    def read(self):
        """The county that the import wrote."""
        from planner import read_county

        return read_county(self.out)

    def review(self) -> list[dict[str, str]]:
        """The rows of review.csv."""
        import csv

        with (self.out / "review.csv").open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))


@pytest.fixture
def raw(tmp_path):
    return Raw(tmp_path)


@pytest.fixture
def shapes():
    """Builders of GeoJSON features."""
    return polygon, line
