"""Rule packs: what a province's policy documents say, as data with source and confidence.

A pack fills scenario values that the planner has left at their defaults; it never overrules a value that was set.
Provinces without a pack get the national one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from planner.domain.county import Host
from planner.errors import ScenarioError

NATIONAL = "national"
PROVINCE_DIGITS = 2

Confidence = Literal["H", "M", "L", "A"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Document(_Frozen):
    """A policy document that a pack rests on."""

    key: str
    """How the pack's sources refer to it, e.g. ``S3``."""
    title_zh: str
    source: str
    confidence: Confidence


class Override(_Frozen):
    """A scenario value of a region, where the planner has set none."""

    key: str
    """Dotted name of the scenario field, e.g. ``demand.regional_factor``."""
    value: float | int | bool | str
    source: str
    confidence: Confidence
    counties: tuple[str, ...] = ()
    """Code prefixes it is limited to; empty for the whole province. The longest matching prefix wins."""
    relief: float | None = None
    """Mean terrain relief of the counties that the value was computed from, where it was."""

    def reach(self, county_code: str) -> int:
        """Digits by which it matches the county: 0 for the whole province, −1 when it does not apply."""
        if not self.counties:
            return 0
        return max((len(prefix) for prefix in self.counties if county_code.startswith(prefix)), default=-1)


class Target(_Frozen):
    """A figure that a document wants reached by the end of a year."""

    indicator: str
    """An indicator or count of `planner.evaluate` by its key; ``…_in_province`` counts over the whole province."""
    value: float
    unit: str
    deadline: int = Field(ge=2000, le=2100)
    """Year by whose end it is to be reached."""
    quote: str
    """The document's own words, or empty."""
    source: str
    confidence: Confidence


class Reuse(_Frozen):
    """Which existing premises a document wants used before anything new is built, in its order."""

    hosts: tuple[Host, ...]
    quote: str
    source: str
    confidence: Confidence


class Priority(_Frozen):
    """Which villages a document puts first, as words of the column ``priority``."""

    words: tuple[Literal["poverty", "border", "old_revolutionary", "key_county"], ...]
    quote: str
    source: str
    confidence: Confidence


class RulePack(_Frozen):
    """The rules of one province, with the national targets and documents behind its own."""

    name: str
    title_zh: str
    title_en: str
    province_code: str = Field(pattern=r"^([0-9]{2})?$")
    """First two digits of the province's codes; empty for the national pack."""
    extends: str | None = None
    documents: tuple[Document, ...] = ()
    overrides: tuple[Override, ...] = ()
    targets: tuple[Target, ...] = ()
    reuse: Reuse | None = None
    """None where neither this pack nor the one it extends lists hosts."""
    priority: Priority | None = None

    def title(self, language: str) -> str:
        """The pack's title in ``zh`` or ``en``."""
        return self.title_zh if language == "zh" else self.title_en

    def overrides_for(self, county_code: str) -> tuple[Override, ...]:
        """One override for each key that has any for this county: the one of the longest matching prefix."""
        best: dict[str, Override] = {}
        for override in self.overrides:
            reach = override.reach(county_code)
            if reach >= 0 and (override.key not in best or reach >= best[override.key].reach(county_code)):
                best[override.key] = override
        return tuple(best[key] for key in sorted(best))


@cache
def rule_packs() -> Mapping[str, RulePack]:
    """Every pack by its name, in order of name."""
    folder = resources.files("planner.policy") / "packs"
    raw = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            data = tomllib.loads(entry.read_text("utf-8"))
            raw[data["name"]] = data
    packs = {name: RulePack.model_validate(_extended(data, raw)) for name, data in sorted(raw.items())}
    return MappingProxyType(packs)


def _extended(data: dict[str, Any], raw: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """``data`` with lists continued, and single tables filled in, from the pack it extends."""
    if "extends" not in data:
        return data
    base = _extended(raw[data["extends"]], raw)
    lists = {key: [*data.get(key, []), *base.get(key, [])] for key in ("documents", "targets")}
    lists["overrides"] = [*base.get("overrides", []), *data.get("overrides", [])]
    return {**{key: base[key] for key in ("reuse", "priority") if key in base}, **data, **lists}


def rule_pack_for(county_code: str) -> RulePack:
    """The pack of the province that a 6-digit county code lies in, or the national one."""
    for pack in rule_packs().values():
        if pack.province_code and pack.province_code == county_code[:PROVINCE_DIGITS]:
            return pack
    return rule_packs()[NATIONAL]


def rule_pack_named(name: str) -> RulePack:
    """The pack called ``name``; raises ScenarioError listing the names there are."""
    packs = rule_packs()
    if name not in packs:
        raise ScenarioError(f"rule_pack = {name!r}: there is no such rule pack; use auto, none, {', '.join(packs)}")
    return packs[name]
