"""One broken rule, and the scene in which every rule is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from planner.domain import County, Plan, Site, Tier
from planner.evaluate.connecting import shut_out
from planner.evaluate.loads import Load, station_loads
from planner.evaluate.recount import Travel, Way, recount_travel
from planner.scenario import CoverageMetric, Scenario


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that the plan breaks. ``subject`` is the id of what breaks it: a station, village or route.

    Where one stated value is wrong, ``file`` and ``column`` say where it is exported, ``given`` what stands
    there and ``counted`` what should.
    """

    rule: str
    subject: str
    message: str
    file: str = ""
    column: str = ""
    given: str = ""
    counted: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.message} [{self.rule}]"


@dataclass(frozen=True, eq=False)
class Scene:
    """A plan with all it is judged by."""

    county: County
    scenario: Scenario
    plan: Plan
    travel: Travel

    @cached_property
    def loads(self) -> Mapping[str, Load]:
        """Parcels through each station by site id."""
        return station_loads(self.county, self.scenario, self.plan)

    @cached_property
    def all_open(self) -> Scene:
        """The same plan with every road open, whatever month it is planned for; measured when first asked for."""
        scenario = self.scenario.update({"network": {"month": None}})
        return Scene(self.county, scenario, self.plan, recount_travel(self.county, scenario, self.plan))

    @cached_property
    def linked_sites(self) -> tuple[Site, ...]:
        """Sites that a road links with a possible centre, however far, broadband or not, banned or not."""
        centres = [site for site in self.county.sites if site.max_tier is Tier.COUNTY and self._passes(site)]
        ways = self.travel.supply.way
        return tuple(
            site
            for site in self.county.sites
            if site in centres or any(ways(centre.site_id, site.site_id) for centre in centres)
        )

    @cached_property
    def usable_sites(self) -> tuple[Site, ...]:
        """Linked sites that pass the gates of broadband and 4G and are not banned: those that may be opened at all."""
        return tuple(site for site in self.linked_sites if self._passes(site))

    def _passes(self, site: Site) -> bool:
        gate = bool(shut_out(site, self.scenario))
        banned = site.site_id in self.scenario.sites.closed
        return site.site_id in self.travel.on_road and not gate and not banned

    @cached_property
    def suppliable(self) -> frozenset[str]:
        """Usable sites that some choice of centre and township stations could supply."""
        supply = self.scenario.supply
        county_m, village_m = metres(supply.county_to_township_km), metres(supply.township_to_village_km)
        centres = [site for site in self.usable_sites if site.max_tier is Tier.COUNTY]
        parents = {site.site_id for site in centres}
        for site in self.usable_sites:
            if site.max_tier >= Tier.TOWNSHIP and self._within(centres, site, county_m):
                parents.add(site.site_id)
        stations = [site for site in self.usable_sites if site.site_id in parents]
        points = {site.site_id for site in self.usable_sites if self._within(stations, site, village_m)}
        return frozenset(parents | points)

    def _within(self, origins: list[Site], site: Site, limit_m: int) -> bool:
        ways = (self.travel.supply.way(origin.site_id, site.site_id) for origin in origins if origin is not site)
        return any(way is not None and way.distance_m <= limit_m for way in ways)

    def in_radius(self, way: Way) -> bool:
        """Whether a village may use a site that lies ``way`` off, under the scenario's metric."""
        scenario = self.scenario
        if scenario.coverage_metric is CoverageMetric.MINUTES:
            return way.duration_s <= scenario.radius_s
        straight = scenario.coverage_metric is CoverageMetric.STRAIGHT_KM
        return (way.straight_m if straight else way.distance_m) <= scenario.radius_m


def metres(kilometres: float) -> int:
    """Whole metres of a limit in km, halves up; a limit counts as the decimal it is written as."""
    return int(Fraction(str(kilometres)) * 1000 + Fraction(1, 2))


def differs(
    file: str, subject: str, given: Mapping[str, object], counted: Mapping[str, object], rule: str = "recount"
) -> Iterator[Violation]:
    """A violation for each column of ``counted`` in which ``given`` states another value."""
    for column, value in counted.items():
        if given[column] != value:
            message = f"{column} is {_word(value)}, not {_word(given[column])}"
            yield Violation(rule, subject, message, file, column, _word(given[column]), _word(value))


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "empty" if value is None else str(value)
