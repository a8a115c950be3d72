"""People per village: which figures stand out, and how villages add up to their townships."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from planner.domain import County, Village

ROBUST_LIMIT: Final = 3.5
"""Robust standard deviations from the median beyond which a value is an outlier (Iglewicz and Hoaglin, 1993, How to
Detect and Handle Outliers)."""
MAD_TO_SD: Final = 1.4826
"""Median absolute deviation → standard deviation, for a normal distribution."""
LEAST_FACTOR: Final = 2.0
"""A village of at least half and at most twice the median is no outlier, however alike the others are."""
LEAST_VILLAGES: Final = 5
"""Fewer villages with people have no usual size."""


@dataclass(frozen=True, slots=True)
class PopulationRule:
    """Bounds of a usual population, from the decimal logarithms of all populations above 0.

    ``low`` and ``high`` are `ROBUST_LIMIT` robust standard deviations (``spread``, of the logarithm) from the median,
    and at least a factor of `LEAST_FACTOR`; None when more than half of the villages have one and the same population,
    or there are fewer than `LEAST_VILLAGES`: then only zeros stand out.
    """

    villages: int
    median: float | None
    spread: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, populations: Sequence[int]) -> PopulationRule:
        """The rule for administrative villages with these populations."""
        peopled = [people for people in populations if people > 0]
        if not peopled:
            return cls(len(populations), None, None, None, None)
        logs = [math.log10(people) for people in peopled]
        middle = median(logs)
        spread = MAD_TO_SD * median(abs(value - middle) for value in logs)
        if spread == 0 or len(peopled) < LEAST_VILLAGES:
            return cls(len(populations), 10**middle, None, None, None)
        reach = max(ROBUST_LIMIT * spread, math.log10(LEAST_FACTOR))
        return cls(len(populations), 10**middle, spread, 10 ** (middle - reach), 10 ** (middle + reach))

    def stands_out(self, people: int) -> bool:
        """Whether a village of ``people`` is empty, or outside the bounds."""
        if people == 0:
            return True
        return self.low is not None and self.high is not None and not self.low <= people <= self.high


@dataclass(frozen=True, slots=True)
class TownshipSum:
    """The people of a township's village-level units beside the township's own figure, where a source gives one."""

    code: str
    name: str
    units: int
    people: int
    given: int | None

    @property
    def difference(self) -> Fraction | None:
        """How far the sum lies above (or, negative, below) the township's figure, as a share of it."""
        return Fraction(self.people - self.given, self.given) if self.given else None


def unusual_villages(villages: Sequence[Village], rule: PopulationRule) -> tuple[Village, ...]:
    """Villages that stand out, fewest people first."""
    out = [village for village in villages if rule.stands_out(village.population)]
    return tuple(sorted(out, key=lambda village: (village.population, village.code)))


def township_sums(county: County) -> tuple[TownshipSum, ...]:
    """Every township with the sum over its village-level units (residents' committees too), in order of code."""
    people: dict[str, list[int]] = {township.code: [] for township in county.townships}
    for village in county.villages:
        people[village.township_code].append(village.population)
    return tuple(
        TownshipSum(town.code, town.name, len(people[town.code]), sum(people[town.code]), town.population)
        for town in county.townships
    )
