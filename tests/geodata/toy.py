"""A toy county of three townships, written into a folder as text that a test can then spoil."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = """\
code = "630225"
name = "循化撒拉族自治县"
datum = "WGS84"
metric_crs = "EPSG:32648"

[names]
zh = "循化撒拉族自治县"
en = "Xunhua"

[layers.boundary]
file = "boundary.geojson"
provenance = "synthetic"
source = "made for a test"
licence = "none"
vintage = "2024"

[layers.townships]
file = "townships.csv"
provenance = "real"
source = "made for a test"

[layers.townships.columns]
population = { provenance = "synthetic", source = "made for a test", licence = "", vintage = "" }

[layers.villages]
file = "villages.csv"
provenance = "synthetic"
source = "made for a test"

[layers.roads]
file = "roads.geojson"
provenance = "synthetic"
source = "made for a test"

[layers.sites]
file = "../../stations/toy.csv"
provenance = "synthetic"
source = "made for a test"
"""

TOWNSHIPS = """\
code,name,name_en,lon,lat,population
630225100,积石镇,Jishi,102.100000,35.700000,5000
630225101,白庄镇,,102.200000,35.700000,
630225200,道帏藏族乡,Daowei,102.300000,35.700000,3000
"""

VILLAGES = """\
code,name,township_code,kind,lon,lat,population,priority
630225100001,城东社区,630225100,residents_committee,102.102000,35.701000,2100,
630225100200,西街村,630225100,administrative_village,102.110000,35.702000,900,
630225100201,东街村,630225100,administrative_village,102.120000,35.703000,800,key_county|poverty
630225101200,加入村,630225101,administrative_village,102.210000,35.701000,700,
630225101201,托坝村,630225101,administrative_village,102.220000,35.702000,650,poverty
630225200200,线尕拉村,630225200,administrative_village,102.310000,35.701000,400,
630225200201,石头坡村,630225200,administrative_village,102.320000,35.702000,0,
"""

SITES = """\
site_id,name,host,status,max_tier,existing_tier,township_code,village_code,lon,lat,broadband
S001,积石邮政所,post_office,existing,county,township,630225100,630225100001,102.101000,35.700500,connected
S002,西街便利店,shop,retrofit,village,,630225100,630225100200,102.110500,35.702000,installable
S003,白庄供销社,supply_coop,retrofit,township,,630225101,,102.200500,35.700000,connected
S004,加入村委会,village_committee,new,village,,630225101,630225101200,102.210500,35.701000,none
S005,道帏客运站,bus_station,existing,township,village,630225200,630225200200,102.300500,35.700000,connected
"""

BUS = """\
line_id,line_name,stop_seq,stop_name,lon,lat,trips_per_day
L1,积石—道帏,1,积石客运站,102.100000,35.700000,6
L1,积石—道帏,2,白庄,102.200000,35.700000,6
L1,积石—道帏,3,道帏客运站,102.300000,35.700000,6
L2,白庄—积石,2,积石,102.100000,35.700000,
L2,白庄—积石,1,,102.200000,35.700000,
"""

BUS_LAYER = """
[layers.bus]
file = "bus.csv"
provenance = "synthetic"
source = "made for a test"
"""


def road(
    road_id: str, coordinates: list[Any], name: str = "", road_class: str = "county", kind: str = "LineString"
) -> dict[str, Any]:
    """One GeoJSON feature of a road."""
    return {
        "type": "Feature",
        "properties": {"road_id": road_id, "name": name, "road_class": road_class, "surface": "paved", "oneway": False},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def toy_roads() -> list[dict[str, Any]]:
    """Three stretches of road that share vertices."""
    return [
        road("R1", [[102.10, 35.70], [102.15, 35.701], [102.20, 35.70]], "循白路", "national_provincial"),
        road("R2", [[102.20, 35.70], [102.30, 35.70]], "白道路"),
        road("R3", [[102.30, 35.70], [102.32, 35.702]], "石头坡路", "village"),
    ]


def polygon(west: float = 102.0, south: float = 35.6, east: float = 102.4, north: float = 35.8) -> dict[str, Any]:
    """A GeoJSON feature of a rectangle."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(features: list[dict[str, Any]], crs: str | None = None) -> str:
    """A GeoJSON file of ``features``, with the old ``crs`` member when ``crs`` is given."""
    data: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(data, ensure_ascii=False)


@dataclass
class ToyCounty:
    """Texts of the toy county's files; change them, then `write`."""

    root: Path
    manifest: str = MANIFEST
    townships: str = TOWNSHIPS
    villages: str = VILLAGES
    sites: str = SITES
    bus: str | None = None
    roads: list[dict[str, Any]] = field(default_factory=toy_roads)
    roads_crs: str | None = None
    boundary: list[dict[str, Any]] = field(default_factory=lambda: [polygon()])
    encodings: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The county's folder."""
        return self.root / "geo" / "toy"

    def path(self, name: str) -> Path:
        """Where the file of layer ``name`` lies."""
        return {
            "manifest": self.folder / "county.toml",
            "sites": self.root / "stations" / "toy.csv",
            "roads": self.folder / "roads.geojson",
            "boundary": self.folder / "boundary.geojson",
        }.get(name, self.folder / f"{name}.csv")

    def swap(self, name: str, old: str, new: str) -> None:
        """Replace ``old``, which occurs exactly once in the text of ``name``, by ``new``."""
        text = getattr(self, name)
        assert text.count(old) == 1, (name, old, text.count(old))
        setattr(self, name, text.replace(old, new))

    def add_bus(self) -> None:
        """Give the county its passenger lines."""
        self.manifest += BUS_LAYER
        self.bus = BUS

    def without_roads(self) -> None:
        """Take the layer of roads out of ``county.toml``."""
        start = self.manifest.index("[layers.roads]")
        self.manifest = self.manifest[:start] + self.manifest[self.manifest.index("[layers.sites]") :]

    def write(self) -> Path:
        """Write every file; returns the county folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path("sites").parent.mkdir(parents=True, exist_ok=True)
        for name in ("manifest", "townships", "villages", "sites"):
            self.path(name).write_bytes(getattr(self, name).encode(self.encodings.get(name, "utf-8")))
        if self.bus is not None:
            self.path("bus").write_text(self.bus, "utf-8")
        self.path("roads").write_text(collection(self.roads, self.roads_crs), "utf-8")
        self.path("boundary").write_text(collection(self.boundary), "utf-8")
        return self.folder
