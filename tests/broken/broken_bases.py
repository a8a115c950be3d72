"""Valid inputs that each case spoils in one place: raw files for `planner import`, a county folder for `check`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from broken_files import OSM_COUNTY, write_layer, write_osm
from toy import ToyCounty, collection, polygon

NAME = "循化撒拉族自治县"
CODE = "630225"

TOWNSHIPS: list[list[str]] = [
    ["代码", "乡镇名称", "经度", "纬度"],
    ["630225100", "积石镇", "102.100000", "35.700000"],
    ["630225101", "白庄镇", "102.200000", "35.700000"],
    ["630225200", "道帏藏族乡", "102.300000", "35.700000"],
]
VILLAGES: list[list[str]] = [
    ["代码", "村名", "乡镇", "经度", "纬度", "人口"],
    ["630225100001", "城东社区", "积石镇", "102.102000", "35.701000", "2100"],
    ["630225100200", "西街村", "积石镇", "102.110000", "35.702000", "900"],
    ["630225101200", "加入村", "白庄镇", "102.210000", "35.701000", "700"],
    ["630225101201", "托坝村", "白庄镇", "102.220000", "35.702000", "650"],
    ["630225200200", "线尕拉村", "道帏藏族乡", "102.310000", "35.701000", "400"],
    ["630225200201", "石头坡村", "道帏藏族乡", "102.320000", "35.702000", "300"],
]
STATIONS: list[list[str]] = [
    ["站点编码", "站点名称", "依托资源", "级别", "经度", "纬度"],
    ["S001", "积石邮政所", "邮政网点", "县级", "102.101000", "35.700500"],
    ["S002", "白庄供销社", "供销社", "乡级", "102.200500", "35.700000"],
    ["S003", "道帏客运站", "客运站", "乡级", "102.300500", "35.700000"],
]
ROADS: list[tuple[str, str, str, list[list[float]]]] = [
    ("R1", "循白路", "国道", [[102.10, 35.70], [102.15, 35.701], [102.20, 35.70]]),
    ("R2", "白道路", "县道", [[102.20, 35.70], [102.30, 35.70]]),
    ("R3", "石头坡路", "村道", [[102.30, 35.70], [102.32, 35.702]]),
]
TABLES = {"townships": TOWNSHIPS, "villages": VILLAGES, "stations": STATIONS}


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def road_features() -> list[dict[str, Any]]:
    """The roads as GeoJSON features with Chinese fields."""
    return [
        {
            "type": "Feature",
            "properties": {"道路编号": number, "道路名称": name, "道路等级": kind, "路面": "水泥"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for number, name, kind, line in ROADS
    ]


class RawFiles:
    """The files of one import in ``folder``, valid until a case spoils them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.named = {
            "boundary": "boundary.geojson",
            "townships": "townships.csv",
            "villages": "villages.csv",
            "roads": "roads.geojson",
            "stations": "stations.csv",
        }
        self.options = {"--name": NAME, "--code": CODE, "--datum": "WGS84", "--out": "out"}
        self.more: list[str] = []
        self.path("boundary").write_text(collection([polygon()]), "utf-8")
        self.path("roads").write_text(collection(road_features()), "utf-8")
        for role, rows in TABLES.items():
            self.path(role).write_text(csv_text(rows), "utf-8")

    def path(self, role: str) -> Path:
        """The file of ``role``."""
        return self.folder / self.named[role]

    def swap(self, role: str, old: str, new: str) -> None:
        """Replace ``old``, which stands once in the text of ``role``, by ``new``."""
        text = self.path(role).read_text("utf-8")
        assert text.count(old) == 1, (role, old, text.count(old))
        self.path(role).write_text(text.replace(old, new), "utf-8")

    def features(self, role: str) -> list[dict[str, Any]]:
        """Features of a GeoJSON file, to be changed and given to `put`."""
        return list(json.loads(self.path(role).read_text("utf-8"))["features"])

    def put(self, role: str, features: list[dict[str, Any]], crs: str | None = None) -> None:
        """Write ``features`` as the GeoJSON file of ``role``."""
        self.path(role).write_text(collection(features, crs), "utf-8")

    def rename(self, role: str, name: str) -> Path:
        """Name another file for ``role``, and remove the valid one."""
        self.path(role).unlink()
        self.named[role] = name
        return self.path(role)

    def villages_as(self, name: str, *, driver: str, encoding: str = "UTF-8", crs: str | None = "EPSG:4326") -> Path:
        """The villages as a vector file of points."""
        rows = VILLAGES[1:]
        points = [shapely.Point(float(row[3]), float(row[4])) for row in rows]
        columns = {head: [row[i] for row in rows] for i, head in enumerate(VILLAGES[0]) if head not in ("经度", "纬度")}
        path = self.rename("villages", name)
        write_layer(path, columns, points, driver=driver, encoding=encoding, crs=crs)
        return path

    def roads_as(self, name: str, *, driver: str, encoding: str = "UTF-8", crs: str | None = "EPSG:4326") -> Path:
        """The roads as a vector file of lines."""
        lines = [shapely.LineString(line) for *_, line in ROADS]
        columns = {head: [road[i] for road in ROADS] for i, head in enumerate(("id", "路名", "等级"))}
        path = self.rename("roads", name)
        write_layer(path, columns, lines, "LineString", driver=driver, encoding=encoding, crs=crs)
        return path

    def arguments(self) -> list[str]:
        """The command line that imports the files."""
        files = [text for role, name in self.named.items() for text in (f"--{role}", name)]
        options = [text for pair in self.options.items() for text in pair]
        return ["import", *files, *options, *self.more]


def osm_arguments(folder: Path, name: str = "square.osm.pbf") -> list[str]:
    """A valid OSM extract called ``name`` and the command line that imports it."""
    path = folder / name
    if name.endswith((".pbf", ".osm", ".gz", ".bz2")):
        write_osm(path)
    return ["import", "--osm", name, "--name", OSM_COUNTY, "--out", "out"]


class County:
    """The toy county of tests/geodata in ``folder``, written, with its files at hand as text."""

    def __init__(self, folder: Path) -> None:
        self.toy = ToyCounty(folder)
        self.toy.write()

    def path(self, layer: str) -> Path:
        """The file of ``layer``, or the manifest."""
        return self.toy.path(layer)

    def swap(self, layer: str, old: str, new: str) -> None:
        """Replace ``old``, which stands once in the text of ``layer``, by ``new``."""
        text = self.path(layer).read_text("utf-8")
        assert text.count(old) == 1, (layer, old, text.count(old))
        self.path(layer).write_text(text.replace(old, new), "utf-8")

    def arguments(self) -> list[str]:
        """The command line that checks it."""
        return ["check", "geo/toy"]
