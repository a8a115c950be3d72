"""Writes a county as the bureaus would hand it over: Chinese headers, GBK, a shapefile without .cpg, in GCJ-02."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from planner.domain import County, Datum
from planner.geodata.datum import from_wgs84

TIERS = {1: "村", 2: "乡", 3: "县"}
HOSTS = {
    "post_office": "邮政所",
    "supply_coop": "供销社",
    "bus_station": "客运站",
    "shop": "便利店",
    "village_committee": "村委会",
    "info_station": "益农信息社",
    "logistics_park": "物流园",
    "new_building": "新址",
}
STATUSES = {"existing": "已建", "retrofit": "改造", "new": "新建"}
BROADBAND = {"connected": "有", "installable": "可装", "none": "无"}
CLASSES = {"national_provincial": "国道", "county": "县道", "township": "乡道", "village": "村道", "ferry": "轮渡"}
SURFACES = {"paved": "沥青", "unpaved": "砂石"}
PRIORITY = {"poverty": "脱贫", "border": "边境", "old_revolutionary": "老区", "key_county": "重点帮扶"}
KINDS = {"administrative_village": "建制村", "residents_committee": "居委会"}


@dataclass
class RawFiles:
    """A folder with the county's raw files; `options` are the arguments of `planner import` that read them."""

    folder: Path
    datum: Datum = Datum.GCJ02
    encoding: str = "gb18030"

    def write(self, county: County) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        townships = ([t.code, t.name, *self._at(t.lon, t.lat), t.population or ""] for t in county.townships)
        self.table("乡镇.csv", ["区划代码", "乡镇名称", "经度", "纬度", "总人口"], townships)
        names = {township.code: township.name for township in county.townships}
        self.table(
            "行政村.csv",
            ["序号", "12位代码", "村名", "所属乡镇", "类型", "经度（°）", "纬度（°）", "户籍人口（人）", "优先类型"],
            (
                [
                    i, v.code, v.name, names[v.township_code], KINDS[v.kind], *self._at(v.lon, v.lat), v.population,
                    "、".join(PRIORITY[word] for word in sorted(v.priority)),
                ]
                for i, v in enumerate(county.villages, start=1)
            ),
        )  # fmt: skip
        self.table(
            "站点.csv",
            [
                "站点编码", "站点名称", "级别", "可设层级", "建设方式", "依托资源", "乡镇代码", "村代码", "东经",
                "北纬", "宽带", "联系电话",
            ],
            (
                [
                    s.site_id, s.name, "" if s.existing_tier is None else TIERS[s.existing_tier], TIERS[s.max_tier],
                    STATUSES[s.status], HOSTS[s.host], s.township_code, s.village_code or "", *self._at(s.lon, s.lat),
                    BROADBAND[s.broadband], "",
                ]
                for s in county.sites
            ),
        )  # fmt: skip
        self.roads(county)
        self.boundary(county)

    def table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (self.folder / name).open("w", encoding=self.encoding, newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(rows)

    def roads(self, county: County) -> None:
        """A shapefile in GBK whose .cpg, which would say so, is lost."""
        from pyogrio import raw

        columns = {
            "道路编号": [road.road_id for road in county.roads],
            "道路名称": [road.name for road in county.roads],
            "道路等级": [CLASSES[road.road_class] for road in county.roads],
            "路面": [SURFACES[road.surface] for road in county.roads],
            "单行": ["是" if road.oneway else "否" for road in county.roads],
        }
        texts = [np.array(column, dtype=object) for column in columns.values()]
        path = self.folder / "道路.shp"
        raw.write(
            path, shapely.to_wkb(self._moved([road.geometry for road in county.roads])), texts, list(columns),
            driver="ESRI Shapefile", geometry_type="LineString", crs="EPSG:4326", encoding="GBK",
        )  # fmt: skip
        path.with_suffix(".cpg").unlink()

    def boundary(self, county: County) -> None:
        from pyogrio import raw

        names = [np.array([county.name], dtype=object)]
        boundary = shapely.to_wkb(self._moved([county.boundary]))
        kind = county.boundary.geom_type
        raw.write(
            self.folder / "县界.geojson", boundary, names, ["名称"], driver="GeoJSON", geometry_type=kind,
            crs="EPSG:4326", layer_options={"COORDINATE_PRECISION": "9"},
        )  # fmt: skip

    def options(self) -> list[str]:
        files = {
            "--boundary": "县界.geojson", "--townships": "乡镇.csv", "--villages": "行政村.csv", "--roads": "道路.shp",
            "--stations": "站点.csv",
        }  # fmt: skip
        given = [text for option, name in files.items() for text in (option, str(self.folder / name))]
        return [*given, "--datum", self.datum.value]

    def _at(self, lon: float, lat: float) -> list[str]:
        moved = from_wgs84(np.array([lon]), np.array([lat]), self.datum)
        return [f"{float(axis[0]):.7f}" for axis in moved]

    def _moved(self, geometries: Sequence[shapely.Geometry]) -> np.ndarray:
        return shapely.transform(
            np.array(geometries, dtype=object), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], self.datum))
        )
