"""What every table of parameters is made of: a frozen model, and what stands behind a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

METRES_PER_KM = 1000
DAYS_PER_WEEK = 7
WEEKS_PER_YEAR = 52
MOST_CNY = 10**13
"""Largest sum of money a scenario takes, in yuan."""
MOST_YEARS = 30
"""Most years of building."""

Confidence = Literal["H", "M", "L", "A", ""]


@dataclass(frozen=True, slots=True)
class Default:
    """What stands behind a default: unit, source, confidence. Put beside the field as ``Annotated`` metadata."""

    unit: str = ""
    source: str = ""
    confidence: Confidence = ""


class Frozen(BaseModel):
    """A table of parameters: immutable, unknown keys refused, docstrings of fields kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    def update(self, changes: Mapping[str, Any]) -> Self:
        """A validated copy with ``changes`` merged in, tables merged key by key."""
        return type(self).model_validate(merged_with(self.model_dump(exclude_unset=True), renamed(changes)))


def round_half_up(value: float) -> int:
    """``value`` to the nearest integer, halves up, after removing binary noise (so that 2.675 × 100 gives 268)."""
    return int(round(value, 6) + 0.5) if value >= 0 else -int(round(-value, 6) + 0.5)


def merged_with(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` put in, tables key by key."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = merged_with(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


OLD_BROADBAND = "require_broadband"
"""What ``sites.broadband`` was called when it was true (required) or false (ignore); still understood."""


def renamed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``data`` with the old name of a setting written as the new one, unless both are there or its value is odd."""
    sites = data.get("sites", {})
    clear = isinstance(data.get(OLD_BROADBAND), bool) and isinstance(sites, Mapping) and "broadband" not in sites
    if not clear:
        return data
    rest = {key: value for key, value in data.items() if key != OLD_BROADBAND}
    return rest | {"sites": {**sites, "broadband": "required" if data[OLD_BROADBAND] else "ignore"}}
