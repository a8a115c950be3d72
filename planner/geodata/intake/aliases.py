"""What the columns of raw files are called, in Chinese and English. ``docs/formats.md`` shows these tables.

A header matches an alias when the two are the same after `normal`: full-width letters, spaces, underscores, hyphens
and case do not matter. A unit in brackets is left out when it is the column's own (``人口（人）``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What one raw file holds; also the name of the option that gives it."""

    BOUNDARY = "boundary"
    TOWNSHIPS = "townships"
    VILLAGES = "villages"
    ROADS = "roads"
    STATIONS = "stations"
    BUS = "bus"
    POSITIONS = "positions"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can hold: our name for it, headers that mean it, and units it may be marked with."""

    name: str
    aliases: tuple[str, ...]
    units: tuple[str, ...] = ()


_DEGREES: Final = ("度", "°", "十进制", "十进制度", "degree", "degrees", "deg", "dd")
_PERSONS: Final = ("人", "口人", "person", "persons", "people")

_LON: Final = Field("lon", ("经度", "东经", "经度坐标", "lon", "lng", "long", "longitude", "x"), _DEGREES)
_LAT: Final = Field("lat", ("纬度", "北纬", "纬度坐标", "lat", "latitude", "y"), _DEGREES)
_LON_LAT: Final = Field(
    "lon_lat", ("经纬度", "坐标", "经纬度坐标", "位置坐标", "lonlat", "lnglat", "coordinates"), _DEGREES
)
_LAT_LON: Final = Field("lat_lon", ("纬经度", "latlon", "latlng"), _DEGREES)
_POSITION: Final = (_LON, _LAT, _LON_LAT, _LAT_LON)

POSITIONS: Final = tuple(field.name for field in _POSITION)
"""Fields that say where a row lies, for files without geometry."""

_POPULATION: Final = Field(
    "population",
    (
        "人口", "人口数", "人口数量", "总人口", "总人口数", "人口总数", "户籍人口", "户籍人口数", "户籍总人口",
        "常住人口", "常住人口数", "常住总人口", "population", "pop", "residents",
    ),
    _PERSONS,
)  # fmt: skip

_TOWNSHIP_NAME: Final = Field(
    "township_name",
    (
        "乡镇", "乡(镇)", "乡镇名", "乡镇名称", "所属乡镇", "所在乡镇", "所属乡镇名称", "所在乡镇名称", "乡镇街道",
        "乡镇(街道)", "乡级", "township", "township_name", "town", "parish",
    ),
)  # fmt: skip
_TOWNSHIP_CODE: Final = Field(
    "township_code",
    ("乡镇代码", "乡镇编码", "乡(镇)代码", "所属乡镇代码", "所在乡镇代码", "乡级代码", "乡镇区划代码", "township_code"),
)

_VILLAGE_CODE: Final = Field(
    "code",
    (
        "代码", "编码", "区划代码", "行政区划代码", "区划编码", "统计用区划代码", "12位代码", "十二位代码",
        "村代码", "村编码", "行政村代码", "行政村编码", "建制村代码", "建制村编码", "code", "village_code",
    ),
)  # fmt: skip
_VILLAGE_NAME: Final = Field(
    "name",
    (
        "名称", "村", "村名", "村名称", "行政村", "行政村名", "行政村名称", "建制村", "建制村名称",
        "村委会", "村委会名称", "村庄", "村庄名称", "村(社区)", "村(居)", "村社区名称", "name", "village",
        "village_name",
    ),
)  # fmt: skip

FIELDS: Final[Mapping[Role, tuple[Field, ...]]] = {
    Role.BOUNDARY: (),
    Role.TOWNSHIPS: (
        Field(
            "code",
            (
                "代码", "编码", "区划代码", "行政区划代码", "区划编码", "统计用区划代码", "9位代码", "乡镇代码",
                "乡镇编码", "乡级代码", "乡镇区划代码", "code", "township_code", "adcode",
            ),
        ),
        Field(
            "name",
            (
                "名称", "乡镇", "乡(镇)", "乡镇名", "乡镇名称", "乡镇街道", "乡镇(街道)", "行政区划名称", "name",
                "township", "township_name",
            ),
        ),
        Field("name_en", ("英文名", "英文名称", "拼音", "name_en", "name:en", "english_name")),
        *_POSITION,
        _POPULATION,
        Field(
            "market_days",
            (
                "赶集日", "赶集时间", "集市日", "集日", "场天", "赶场日", "赶场天", "圩日", "墟日", "逢场日",
                "集市日期", "market_days", "market_day", "market days",
            ),
        ),
    ),
    Role.VILLAGES: (
        _VILLAGE_CODE,
        _VILLAGE_NAME,
        _TOWNSHIP_NAME,
        _TOWNSHIP_CODE,
        Field("kind", ("类型", "类别", "村居类型", "村级类型", "kind", "type")),
        *_POSITION,
        _POPULATION,
        Field("priority", ("优先类型", "优先", "优先类别", "帮扶类型", "priority")),
    ),
    Role.ROADS: (
        Field("road_id", ("道路编号", "路段编号", "路段编码", "道路id", "编号", "road_id", "id", "osm_id")),
        Field("name", ("名称", "道路名称", "道路名", "路名", "路线名称", "name", "road_name")),
        Field(
            "road_class",
            (
                "道路等级", "等级", "行政等级", "道路级别", "道路类型", "道路类别", "类型", "类别", "road_class",
                "class", "highway", "fclass", "type",
            ),
        ),
        Field("surface", ("路面", "路面类型", "路面材料", "路面状况", "铺装", "surface")),
        Field("oneway", ("单行", "单行道", "是否单行", "单向", "单向通行", "oneway", "one_way")),
        Field(
            "speed_limit_kmh",
            ("限速", "限速值", "最高限速", "最高时速", "speed_limit_kmh", "speed_limit", "maxspeed"),
            ("km/h", "kmh", "公里/小时", "千米/小时", "公里/时", "千米/时"),
        ),
        Field("closed_months", ("封闭月份", "封路月份", "季节性封闭", "封闭期", "closed_months")),
    ),
    Role.STATIONS: (
        Field("site_id", (
            "站点编码", "站点编号", "站点代码", "网点编码", "网点编号", "编码", "编号", "site_id", "station_id",
            "id",
        )),
        Field("name", (
            "站点名称", "网点名称", "站点", "网点", "站点名", "网点名", "名称", "name", "site_name", "station_name",
        )),
        Field("host", ("依托资源", "依托", "依托资源类型", "资源类型", "类型", "host", "type")),
        Field("status", ("建设方式", "建设状态", "建设情况", "状态", "现状", "status")),
        Field("tier", ("级别", "层级", "站点级别", "网点级别", "站点层级", "等级", "tier", "level", "existing_tier")),
        Field("max_tier", ("可设层级", "最高层级", "最高级别", "max_tier")),
        _TOWNSHIP_NAME,
        _TOWNSHIP_CODE,
        Field(
            "village_name",
            (
                "建制村", "建制村名称", "行政村", "行政村名称", "所在村", "所属村", "所在行政村", "村", "村名",
                "村(社区)", "village", "village_name",
            ),
        ),
        Field(
            "village_code",
            (
                "12位代码", "十二位代码", "村代码", "行政村代码", "建制村代码", "区划代码", "行政区划代码",
                "village_code",
            ),
        ),
        *_POSITION,
        Field("broadband", ("宽带", "宽带情况", "宽带接入", "是否通宽带", "broadband")),
        Field("mobile_4g", ("4G", "4G信号", "4G网络", "4G覆盖", "是否通4G", "是否有4G", "移动信号", "mobile_4g")),
        Field(
            "connect_cost_cny",
            ("通网费用", "接通费用", "接入费用", "宽带接入费用", "通网投资", "connect_cost_cny", "connect_cost"),
            ("元", "CNY", "yuan"),
        ),
        Field(
            "cold_store_m3",
            ("冷藏容积", "冷库容积", "冷藏库容", "冷库库容", "冷藏容积m³", "cold_store_m3", "cold_store"),
            ("m³", "立方米", "立方", "方", "m^3"),
        ),
    ),
    Role.BUS: (
        Field("line_id", ("线路编号", "线路编码", "线路代码", "班线编号", "line_id", "route_id")),
        Field("line_name", (
            "线路", "线路名称", "线路名", "班线", "班线名称", "line", "line_name", "route", "route_name",
        )),
        Field("stop_seq", ("站序", "站点序号", "停靠顺序", "顺序", "序号", "stop_seq", "stop_sequence", "seq")),
        Field("stop_name", ("站点", "站名", "站点名称", "站点名", "停靠站", "停靠点", "stop", "stop_name")),
        *_POSITION,
        Field(
            "trips_per_day",
            ("班次", "日班次", "每日班次", "每天班次", "日班次数", "班次数", "发车班次", "trips_per_day", "trips"),
            ("班/日", "班/天", "次/日", "次/天", "趟/日", "趟/天", "每日", "每天"),
        ),
        Field(
            "departures",
            ("发车时间", "发车时刻", "始发时间", "始发时刻", "时刻表", "发班时间", "departures", "departure_times"),
        ),
        Field(
            "minutes_from_start",
            (
                "行车时间", "运行时间", "运行分钟", "行车分钟", "距始发分钟", "minutes_from_start", "minutes",
                "travel_minutes",
            ),
            ("分", "分钟", "min", "minutes"),
        ),
        Field(
            "hold_parcels",
            (
                "可带件数", "带货件数", "货舱件数", "可用货舱", "货舱余量", "每班可带件数", "hold_parcels",
                "free_hold_parcels",
            ),
            ("件", "件/班", "件/趟", "parcels"),
        ),
        Field("days", ("开行日", "运行日", "开行日期", "运营日", "开班日", "班期", "days", "days_of_week")),
    ),
    Role.POSITIONS: (
        Field(_VILLAGE_CODE.name, (*_VILLAGE_CODE.aliases, "adcode")),
        Field(_VILLAGE_NAME.name, (*_VILLAGE_NAME.aliases, "地名", "地点", "地点名称", "标题", "title")),
        _TOWNSHIP_NAME,
        _TOWNSHIP_CODE,
        *_POSITION,
    ),
}  # fmt: skip

_BRACKET: Final = re.compile(r"^(.+?)[(\[]([^()\[\]]*)[)\]]$")
_SEPARATORS: Final = re.compile(r"[\s_\-‐–—.·*:]+")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}年?(?:末|底)?")

_DATUM_WORDS: Final[Mapping[str, str]] = {
    "wgs84": "WGS84", "gps": "WGS84", "cgcs2000": "CGCS2000", "国家2000": "CGCS2000", "2000": "CGCS2000",
    "大地2000": "CGCS2000", "gcj02": "GCJ-02", "火星": "GCJ-02", "火星坐标": "GCJ-02", "高德": "GCJ-02",
    "腾讯": "GCJ-02", "bd09": "BD-09", "百度": "BD-09", "bd09ll": "BD-09",
}  # fmt: skip


def normal(text: str) -> str:
    """``text`` as headers and words are compared: half-width, lower case, no spaces, underscores or hyphens."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True, slots=True)
class Header:
    """A header understood: the field it means, and what its brackets said about it."""

    field: str
    unit_refused: str = ""
    datum: str = ""


def understand(header: str, role: Role) -> Header | None:
    """The field of ``role`` that ``header`` means, or None.

    ``unit_refused`` holds a unit in brackets that is not the field's own: its numbers would be read wrongly.
    ``datum`` holds the datum that the brackets of a coordinate name.
    """
    text = normal(header)
    known = _KNOWN[role]
    if text in known:
        return Header(known[text].name)
    parts = _BRACKET.match(text)
    if parts is None or parts[1] not in known:
        return None
    field, inside = known[parts[1]], parts[2]
    if not inside or inside in {normal(unit) for unit in field.units} or _YEAR.fullmatch(inside):
        return Header(field.name)
    if field in _POSITION and inside in _DATUM_WORDS:
        return Header(field.name, datum=_DATUM_WORDS[inside])
    return Header(field.name, unit_refused=inside if field.units else "")


def understand_cut(header: str, role: Role) -> Header | None:
    """As `understand`, for a shapefile's field name that was cut at ten bytes (five Chinese characters)."""
    text = normal(header)
    if len(text.encode("gb18030", errors="replace")) < 9 and len(text.encode()) < 9:
        return None
    fields = {field.name for alias, field in _KNOWN[role].items() if alias.startswith(text)}
    return Header(fields.pop()) if len(fields) == 1 else None


def field_names(role: Role) -> tuple[str, ...]:
    """Our names of everything that a file of ``role`` can hold."""
    return tuple(field.name for field in FIELDS[role])


_KNOWN: Final[Mapping[Role, Mapping[str, Field]]] = {
    role: {normal(alias): field for field in fields for alias in (*field.aliases, field.name)}
    for role, fields in FIELDS.items()
}
