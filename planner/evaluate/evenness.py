"""How even a plan's service is over the townships, and how much of it stands on premises that are there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from planner.domain import County, Plan, SiteStatus, Township
from planner.evaluate.figures import Ratio
from planner.scenario import Scenario


@dataclass(frozen=True, slots=True)
class TownshipService:
    """One township: its villages and people with service, and how far these people go on average.

    ``mean`` weights villages by residents (person-metres / persons), over the villages covered.
    """

    code: str
    name: str
    villages: Ratio
    people: Ratio
    mean: Ratio

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return {
            "code": self.code,
            "name": self.name,
            "villages": self.villages.as_json(),
            "people": self.people.as_json(),
            "mean_m": self.mean.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Evenness:
    """Every township with administrative villages, 街道 too, in the county's order."""

    townships: tuple[TownshipService, ...]

    @property
    def worst(self) -> TownshipService | None:
        """The one with the least share of its villages covered, then of its people, then the lowest code."""
        return min(
            self.townships, key=lambda each: (_exact(each.villages), _exact(each.people), each.code), default=None
        )

    @property
    def farthest(self) -> TownshipService | None:
        """The one with the greatest mean way of the people covered; None when nobody is covered."""
        walked = [each for each in self.townships if each.mean.denominator]
        return min(walked, key=lambda each: (-_exact(each.mean), each.code), default=None)

    def as_json(self) -> dict[str, Any]:
        """Every township, and the two by name."""
        return {
            "townships": [township.as_json() for township in self.townships],
            "worst_township": None if self.worst is None else self.worst.as_json(),
            "farthest_township": None if self.farthest is None else self.farthest.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Reuse:
    """Stations by what stood there before the plan and by host, and what they would cost if all were built new.

    ``hosts`` counts stations by host, then by status. ``all_new_capex_cny`` prices the same stations, tier by tier, at
    the scenario's investment for building new; ``all_new_cny_per_year`` adds the running cost to its yearly share.
    Cold stores are left out of all of it.
    """

    statuses: Mapping[str, int]
    hosts: Mapping[str, Mapping[str, int]]
    capex_cny: int
    cny_per_year: int
    all_new_capex_cny: int
    all_new_cny_per_year: int

    @property
    def saved_capex_cny(self) -> int:
        """Investment that premises already there save."""
        return self.all_new_capex_cny - self.capex_cny

    @property
    def saved_cny_per_year(self) -> int:
        """Yearly cost that they save."""
        return self.all_new_cny_per_year - self.cny_per_year

    def as_json(self) -> dict[str, Any]:
        """Every count and sum, with the savings."""
        return {
            "statuses": dict(self.statuses),
            "hosts": {host: dict(counts) for host, counts in self.hosts.items()},
            "capex_cny": self.capex_cny,
            "cny_per_year": self.cny_per_year,
            "all_new_capex_cny": self.all_new_capex_cny,
            "all_new_cny_per_year": self.all_new_cny_per_year,
            "saved_capex_cny": self.saved_capex_cny,
            "saved_cny_per_year": self.saved_cny_per_year,
        }


def count_evenness(county: County, plan: Plan) -> Evenness:
    """Service township by township."""
    served = (_service(county, plan, township) for township in county.townships)
    return Evenness(tuple(found for found in served if found is not None))


def count_reuse(county: County, scenario: Scenario, plan: Plan) -> Reuse:
    """What stands on premises that are there, and what building all of it new would cost."""
    sites = [county.site_by_id[station.site_id] for station in plan.stations]
    hosts: dict[str, Counter[str]] = {}
    for site in sorted(sites, key=lambda site: site.host.value):
        hosts.setdefault(site.host.value, Counter())[site.status.value] += 1
    stores = [station.cold for station in plan.stations if station.cold]
    all_new = [(scenario.tiers.of(station.tier).capex_cny, station.tier) for station in plan.stations]
    return Reuse(
        {status.value: sum(site.status is status for site in sites) for status in SiteStatus},
        {host: {status.value: count[status.value] for status in SiteStatus} for host, count in hosts.items()},
        sum(station.capex_cny for station in plan.stations) - sum(store.capex_cny for store in stores),
        sum(station.annual_cost_cny for station in plan.stations) - sum(store.annual_cost_cny for store in stores),
        sum(capex_cny for capex_cny, _ in all_new),
        sum(scenario.tiers.annual_cost_cny(capex_cny, tier) for capex_cny, tier in all_new),
    )


def _exact(ratio: Ratio) -> Fraction:
    return Fraction(ratio.numerator, ratio.denominator) if ratio.denominator else Fraction(0)


def _service(county: County, plan: Plan, township: Township) -> TownshipService | None:
    villages = [each for each in county.administrative_villages if each.township_code == township.code]
    if not villages:
        return None
    way_m = {each.village_code: each.access_distance_m for each in plan.assignments if each.covered}
    covered = [village for village in villages if village.code in way_m]
    people = sum(village.population for village in covered)
    return TownshipService(
        township.code,
        township.name,
        Ratio(len(covered), len(villages)),
        Ratio(people, sum(village.population for village in villages)),
        Ratio(sum(village.population * (way_m[village.code] or 0) for village in covered), people),
    )
