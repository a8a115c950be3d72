"""Which mapped things are a settlement, premises that could host an outlet, or a dwelling: one table for each.

``docs/formats.md`` prints `RULES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from planner.domain.county import Host
from planner.geodata.osm.tags import Tags, name_of, names_of

PLACES: Final = ("city", "town", "village", "suburb", "quarter", "hamlet", "neighbourhood", "isolated_dwelling", "farm")
"""``place=*`` that can be a seat or a settlement, the most important first."""

SETTLEMENT_PLACES: Final = frozenset(("village", "hamlet", "suburb"))
"""``place=*`` taken as village-level settlements unless the caller says otherwise."""

DWELLINGS: Final = frozenset(
    ["house", "residential", "detached", "semidetached_house", "terrace", "bungalow", "apartments", "farm", "cabin"]
)
"""``building=*`` counted as dwellings. ``yes`` says nothing; chalet, hut and static_caravan are mostly holiday lets."""

FACILITY_KEYS: Final = ("amenity", "shop", "office", "building", "landuse", "industrial")
"""Keys that premises are recognised by."""

GONE: Final = ("disused", "abandoned", "demolished", "razed", "ruins")
"""A thing tagged ``yes`` under one of these is not there any more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A thing tagged ``key`` = one of ``values`` (any when empty), whose name holds one of ``words`` (any when empty).

    ``key`` empty stands for any of `FACILITY_KEYS`.
    """

    host: Host
    key: str
    values: tuple[str, ...]
    words: tuple[str, ...] = ()

    def matches(self, tags: Tags, names: str) -> str | None:
        """The tag that matched, e.g. ``shop=convenience``; None when the rule does not apply."""
        if self.words and not any(word in names for word in self.words):
            return None
        for key in (self.key,) if self.key else FACILITY_KEYS:
            value = tags.get(key)
            if value and value != "no" and (not self.values or value in self.values):
                return f"{key}={value}"
        return None


_COMMITTEE_WORDS: Final = (
    "村委会",
    "村民委员会",
    "村委",
    "村部",
    "党群服务中心",
    "党支部",
    "党总支",
    "村党委",
    "居委会",
    "居民委员会",
)
_LOGISTICS_WORDS: Final = (
    "物流园",
    "物流中心",
    "logistics park",
    "logistics centre",
    "distribution centre",
    "distribution center",
)

RULES: Final = (
    Rule(Host.SUPPLY_COOP, "", (), ("供销社", "供销合作社", "供销")),
    Rule(Host.INFO_STATION, "", (), ("益农信息社", "益农社")),
    Rule(Host.POST_OFFICE, "amenity", ("post_office",)),
    Rule(Host.BUS_STATION, "amenity", ("bus_station",)),
    Rule(Host.VILLAGE_COMMITTEE, "amenity", ("townhall", "community_centre", "public_building"), _COMMITTEE_WORDS),
    Rule(Host.VILLAGE_COMMITTEE, "office", ("government",), _COMMITTEE_WORDS),
    Rule(Host.LOGISTICS_PARK, "industrial", ("logistics", "distributor", "distribution"), _LOGISTICS_WORDS),
    Rule(Host.LOGISTICS_PARK, "landuse", ("logistics", "industrial"), _LOGISTICS_WORDS),
    Rule(Host.LOGISTICS_PARK, "building", ("warehouse",), _LOGISTICS_WORDS),
    Rule(
        Host.SHOP,
        "shop",
        ("convenience", "supermarket", "general", "kiosk", "farm", "newsagent", "department_store", "variety_store"),
    ),
)
"""The first rule that applies decides. Names are looked at in every language, without regard to case."""


def classify_facility(tags: Tags) -> tuple[Host, str] | None:
    """Host and the tag it was recognised by; None for anything else, and for what is no longer there."""
    if any(tags.get(key) == "yes" for key in GONE):
        return None
    if "amenity" not in tags and "shop" not in tags and not name_of(tags):
        return None  # most buildings: nothing to go by
    names = " | ".join([name_of(tags), *names_of(tags).values(), tags.get("operator", "")]).casefold()
    for rule in RULES:
        if (tag := rule.matches(tags, names)) is not None:
            return rule.host, tag
    return None
