"""What the cells of raw files may say, in Chinese and English, for columns that hold one of a few words.

``docs/formats.md`` shows these tables. Words are compared as headers are (`aliases.normal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.domain.county import Broadband, Host, PlaceKind, RoadClass, SiteStatus, Surface
from planner.geodata.intake.aliases import Role, normal


class Words:
    """A vocabulary: for each of our words, what a cell may say for it; our own word is always understood."""

    def __init__(self, accepted: Mapping[str, tuple[str, ...]]) -> None:
        self.accepted = {str(ours): texts for ours, texts in accepted.items()}
        self._ours = {_plain(text): ours for ours, texts in self.accepted.items() for text in (*texts, ours)}

    def ours(self, text: str) -> str | None:
        """Our word for ``text``, or None when nothing like it is known."""
        return self._ours.get(_plain(text))


def _plain(text: str) -> str:
    """As `normal`, but "-1" stays something else than "1"."""
    plain = normal(text)
    return f"-{plain}" if plain.isdigit() and text.strip().startswith("-") else plain


KINDS: Final = Words(
    {
        PlaceKind.ADMINISTRATIVE_VILLAGE: ("建制村", "行政村", "村委会", "村民委员会", "村"),
        PlaceKind.RESIDENTS_COMMITTEE: ("居委会", "居民委员会", "社区", "社区居委会", "居"),
    }
)

TIERS: Final = Words(
    {
        "county": ("县", "县级", "县级中心", "县级站", "县中心"),
        "township": ("乡", "镇", "乡级", "镇级", "乡镇", "乡镇级", "乡镇站", "乡(镇)"),
        "village": ("村", "村级", "村级点", "村级站", "村站"),
    }
)

STATUSES: Final = Words(
    {
        SiteStatus.EXISTING: (
            "已建",
            "已建成",
            "建成",
            "现有",
            "已有",
            "在用",
            "在营",
            "运营",
            "运营中",
            "已运营",
            "营业",
            "营业中",
        ),
        SiteStatus.RETROFIT: ("改造", "改建", "拟改造", "待改造", "共建"),
        SiteStatus.NEW: ("新建", "拟建", "待建", "在建", "未建", "规划", "规划中", "规划新建", "计划新建", "拟新建"),
    }
)

HOSTS: Final = Words({
    Host.POST_OFFICE: ("邮政所", "邮政支局", "邮政网点", "邮政局", "邮政", "邮局", "村邮站", "post office"),
    Host.SUPPLY_COOP: ("供销社", "供销合作社", "基层供销社", "供销", "supply co-op"),
    Host.BUS_STATION: ("客运站", "汽车站", "乡镇客运站", "乡镇运输服务站", "客运", "bus station"),
    Host.SHOP: ("便利店", "商店", "超市", "小卖部", "小超市", "农家店", "万村千乡", "万村千乡农家店", "夫妻店", "shop"),
    Host.VILLAGE_COMMITTEE: (
        "村委会", "村委", "村部", "居委会", "社区居委会", "党群服务中心", "便民服务中心", "village committee",
    ),
    Host.INFO_STATION: (
        "益农信息社", "益农社", "信息服务站", "村级信息服务站", "电商服务站", "电商服务点", "info station",
    ),
    Host.LOGISTICS_PARK: ("物流园", "物流园区", "物流中心", "货运站", "分拨中心", "logistics park"),
    Host.NEW_BUILDING: ("新址", "新建房屋", "新建用房", "new building"),
})  # fmt: skip

BROADBAND: Final = Words(
    {
        Broadband.CONNECTED: ("有", "已通", "已接入", "通", "是", "yes", "true", "1"),
        Broadband.INSTALLABLE: ("可装", "可安装", "可接入", "待装"),
        Broadband.NONE: ("无", "没有", "未通", "否", "no", "false", "0"),
    }
)

MOBILE_4G: Final = Words(
    {
        "true": ("有", "已通", "通", "已覆盖", "覆盖", "是", "yes", "1"),
        "false": ("无", "没有", "未通", "未覆盖", "否", "no", "0"),
    }
)

ROAD_CLASSES: Final = Words({
    RoadClass.NATIONAL_PROVINCIAL: (
        "国道", "省道", "国省道", "国省干线", "高速", "高速公路", "motorway", "motorway_link", "trunk", "trunk_link",
        "primary", "primary_link",
    ),
    RoadClass.COUNTY: ("县道", "secondary", "secondary_link"),
    RoadClass.TOWNSHIP: ("乡道", "乡镇道路", "tertiary", "tertiary_link"),
    RoadClass.VILLAGE: (
        "村道", "通组路", "组道", "机耕路", "专用公路", "专用道", "unclassified", "residential",
        "living_street", "service", "road", "track",
    ),
    RoadClass.FERRY: ("轮渡", "渡口", "渡运"),
})  # fmt: skip

SURFACES: Final = Words({
    Surface.PAVED: (
        "水泥", "水泥路", "水泥路面", "水泥混凝土", "水泥混凝土路面", "混凝土", "混凝土路面", "沥青", "沥青路",
        "沥青路面", "沥青混凝土", "沥青混凝土路面", "沥青表面处治", "沥青表处", "沥青碎石", "沥青贯入式",
        "柏油", "柏油路", "硬化", "已硬化", "硬化路", "硬化路面", "有铺装", "有铺装路面", "有铺装路面(高级)",
        "简易铺装", "简易铺装路面", "简易铺装路面(次高级)", "asphalt", "concrete", "paving_stones", "sett",
        "cobblestone", "chipseal", "bricks",
    ),
    Surface.UNPAVED: (
        "土路", "土", "土质", "砂石", "砂石路", "砂石路面", "砂砾", "砂土", "碎石", "碎石路", "泥结碎石",
        "未硬化", "未硬化路", "无铺装", "未铺装", "未铺装路面", "未铺装路面(中级、低级、无路面)", "无路面",
        "简易", "gravel", "fine_gravel", "compacted", "dirt", "earth", "ground", "grass", "sand", "mud",
        "pebblestone",
    ),
})  # fmt: skip

ONEWAY: Final = Words(
    {
        "true": ("是", "单行", "单向", "1", "yes", "y", "forward"),
        "false": ("否", "双向", "双行", "0", "no", "n", "both", "无"),
        "reverse": ("逆向", "反向", "-1", "backward"),
    }
)

PRIORITY: Final = Words(
    {
        "poverty": ("脱贫", "脱贫村", "脱贫县", "贫困村", "原贫困村", "建档立卡贫困村"),
        "border": ("边境", "边境村", "边境县"),
        "old_revolutionary": ("老区", "革命老区"),
        "key_county": ("重点帮扶", "重点帮扶县", "乡村振兴重点帮扶县", "国家乡村振兴重点帮扶县"),
    }
)
NO_PRIORITY: Final = ("无", "否", "-", "—", "一般", "none", "no")

WORDS: Final[Mapping[tuple[Role, str], Words]] = {
    (Role.VILLAGES, "kind"): KINDS,
    (Role.VILLAGES, "priority"): PRIORITY,
    (Role.ROADS, "road_class"): ROAD_CLASSES,
    (Role.ROADS, "surface"): SURFACES,
    (Role.ROADS, "oneway"): ONEWAY,
    (Role.STATIONS, "host"): HOSTS,
    (Role.STATIONS, "status"): STATUSES,
    (Role.STATIONS, "tier"): TIERS,
    (Role.STATIONS, "max_tier"): TIERS,
    (Role.STATIONS, "broadband"): BROADBAND,
    (Role.STATIONS, "mobile_4g"): MOBILE_4G,
}
"""Words by the column they stand in."""


def host_in_name(name: str) -> Host | None:
    """The host that the longest host word inside ``name`` tells, e.g. post office for 白庄邮政所; None without one."""
    inside = [
        (len(alias), host)
        for host, aliases in HOSTS.accepted.items()
        for alias in aliases
        if len(alias) > 1 and normal(alias) in normal(name)
    ]
    return Host(max(inside)[1]) if inside else None
