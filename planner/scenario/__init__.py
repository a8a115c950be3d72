"""Every parameter a planner can set, with its unit, its default, where the default comes from and how sure it is.

Confidence follows the fact sheet behind the product: ``H`` official or computed from official data,
``M`` press or one county's plan, ``L`` machine-translated or undated, ``A`` an assumption of ours that
nobody has verified. `Scenario.assumptions` lists every value in force that rests on ``A`` or ``L``;
whatever shows a result shows that list with it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from planner.domain.county import Broadband, Host, RoadClass, SiteStatus, Surface, Tier
from planner.errors import ScenarioError
from planner.scenario.base import (
    DAYS_PER_WEEK,
    METRES_PER_KM,
    MOST_CNY,
    MOST_YEARS,
    OLD_BROADBAND,
    WEEKS_PER_YEAR,
    Default,
    Frozen,
    merged_with,
    renamed,
    round_half_up,
)
from planner.scenario.transport import DEFAULT_FLEET, Buses, Carriers, Routing, Service, Vehicle

__all__ = [
    "DAYS_PER_WEEK",
    "DEFAULT_FLEET",
    "METRES_PER_KM",
    "MOST_CNY",
    "MOST_YEARS",
    "OLD_BROADBAND",
    "WEEKS_PER_YEAR",
    "Buses",
    "Candidates",
    "Carriers",
    "Cold",
    "ConnectionRule",
    "CountyTier",
    "CoverageMetric",
    "Default",
    "Demand",
    "Frozen",
    "Network",
    "Outreach",
    "Phasing",
    "Routing",
    "Scenario",
    "Service",
    "Sites",
    "Solver",
    "Supply",
    "Targets",
    "TierParameters",
    "Tiers",
    "TownshipTier",
    "Vehicle",
    "VillageTier",
    "round_half_up",
]


class CoverageMetric(StrEnum):
    """What the coverage radius measures. The metric is always named beside a radius."""

    ROAD_KM = "road_km"
    MINUTES = "minutes"
    STRAIGHT_KM = "straight_km"


class Targets(Frozen):
    """Thresholds of the two hard indicators. Below 1.0, cheaper plans that just reach them are preferred."""

    township_outlets: Annotated[
        float, Default("share", "Qinghai implementation opinion 2016 (十四): 乡乡有网点", "H")
    ] = Field(1.0, ge=0, le=1)
    """Share of townships (街道 left out by default) with a station of township tier or higher."""
    villages: Annotated[float, Default("share", "Qinghai implementation opinion 2016 (十四): 村村通快递", "H")] = Field(
        1.0, ge=0, le=1
    )
    """Share of administrative villages with a station within the coverage radius."""
    include_subdistricts: Annotated[bool, Default("", "乡镇网点覆盖率 counts 乡 and 镇", "H")] = False
    """Whether 街道 count as townships."""
    priority_first: Annotated[
        bool, Default("", "planner default: priority areas first is policy everywhere, but not every plan asks it")
    ] = False
    """Whether as many priority villages as possible are covered before all villages count alike."""
    priority_weight: Annotated[
        float, Default("", "planner default: villages count alike; how much more one counts is the county's to say")
    ] = Field(1.0, ge=1, le=100)
    """How many villages a priority village counts for when as many as possible are covered, in steps of a tenth. Shares
    and counts that are reported stay plain."""
    equity: Annotated[
        Literal["none", "max_distance", "worst_township", "p90"],
        Default("", "planner default: the cheapest plan; with an objective of evenness it costs what it must"),
    ] = "none"
    """What is made as even as possible once coverage is reached and before cost counts: the longest way to a station,
    the least share of villages covered in any township (up to the target), or the way that nine tenths of the people
    do not exceed."""
    backup: Annotated[
        Literal["none", "station"], Default("", "planner default: one station a village is what policy asks")
    ] = "none"
    """Whether villages are to have a second open station within the radius before cost counts."""
    backup_share: float = Field(1.0, ge=0, le=1)
    """With ``backup``: share of administrative villages for which a second station counts; beyond it only cost does."""

    @model_validator(mode="after")
    def _weight_makes_sense(self) -> Self:
        weight = self.priority_weight
        if weight != round(weight, 1):
            raise ValueError(f"priority_weight = {weight:g}: write it in tenths, e.g. 1.5")
        if weight > 1 and self.priority_first:
            raise ValueError(
                f"priority_weight = {weight:g} has no effect with priority_first, which covers as many priority "
                "villages as possible anyway: drop one of the two"
            )
        if weight > 1 and self.villages < 1:
            raise ValueError(
                f"priority_weight = {weight:g} goes with villages = 1 only: a target of {self.villages:g} counts "
                "villages alike; set villages=1, or priority_first=true in place of the weight"
            )
        return self


ConnectionRule = Literal["required", "connect", "ignore"]
_CONNECT = "planner default, nothing published per site; used with the rule connect only"


class Sites(Frozen):
    """What the planner settles about single sites before the optimiser starts."""

    open: tuple[str, ...] = ()
    """Ids of sites that must be open, at village tier or above; ``ID:township`` or ``ID:county`` asks for a tier."""
    closed: tuple[str, ...] = ()
    """Ids of sites that may not be opened."""
    keep_existing: Annotated[
        Literal["free", "required"],
        Default("", "planner default: an outlet in place costs no investment, so most are kept without a rule"),
    ] = "free"
    """Whether outlets that work today must stay open, at their tier or above; one in ``closed`` need not."""
    one_per_village: Annotated[
        bool, Default("", "planner default: county schemes subsidise one site a village; not every plan asks")
    ] = False
    """Whether at most one site may be opened in a village (sites of one ``village_code``, of whatever tier)."""
    own_township: Annotated[
        bool, Default("", "planner default: a village may use the nearer station across a township border")
    ] = False
    """Whether a village may be served by stations of its own township only."""

    broadband: Annotated[
        ConnectionRule, Default("", "Guizhou 黔府发〔2015〕28号 五(三): broadband at stations first", "H")
    ] = "required"
    """``required``: a site whose broadband is ``none`` may not be opened. ``connect``: it may, and what connecting it
    costs is part of its investment. ``ignore``: it makes no difference."""
    mobile_4g: Annotated[
        ConnectionRule, Default("", "planner default: few site lists say where 4G is; the rule is for those that do")
    ] = "ignore"
    """The same for 4G signal, where ``mobile_4g`` of the stations file is false; where it is empty a site passes, and
    every result says so."""
    connect_cost_cny: Annotated[int, Default("CNY", _CONNECT, "A")] = Field(20_000, ge=0, le=10**10)
    """Investment to bring broadband to a site without; ``connect_cost_cny`` of the stations file wins."""
    mobile_connect_cost_cny: Annotated[int, Default("CNY", _CONNECT, "A")] = Field(100_000, ge=0, le=10**10)
    """Investment to bring 4G signal to a site without; ``connect_cost_cny`` of the stations file wins."""

    @field_validator("open", "closed", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """A text is a list with commas, as it is typed after ``--set``."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _once(self) -> Self:
        named = [*(_site_and_tier(entry)[0] for entry in self.open), *self.closed]
        twice = sorted({site_id for site_id in named if named.count(site_id) > 1})
        if twice:
            raise ValueError(f"a site stands once in open or closed, not more: {', '.join(twice)}")
        return self

    @property
    def locked(self) -> dict[str, Tier]:
        """Lowest tier at which each site of ``open`` must be open, by site id."""
        return dict(_site_and_tier(entry) for entry in self.open)


def _site_and_tier(entry: str) -> tuple[str, Tier]:
    """The site and tier of an entry of ``sites.open``; what stands after a colon and is no tier belongs to the id."""
    site_id, _, word = entry.rpartition(":")
    tier = next((tier for tier in Tier if tier.word == word), None)
    return (site_id, tier) if site_id and tier else (entry, Tier.VILLAGE)


class Phasing(Frozen):
    """Building over several years, from `Scenario.base_year` on."""

    years: int = Field(1, ge=1, le=MOST_YEARS)
    """Years over which the stations are built; 1 builds all of them in the base year."""
    yearly_budget_cny: tuple[int, ...] | None = None
    """New money of each year in yuan (one number: of every year); what is not spent is carried over. None splits the
    plan's investment evenly, but for the county centre, which comes first."""

    @field_validator("yearly_budget_cny", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """One number, or a text with commas, as it is typed after ``--set``, is a list."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return (value,) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        money = self.yearly_budget_cny
        if money is None:
            return self
        if not 1 <= len(money) <= MOST_YEARS or not all(0 <= budget <= MOST_CNY for budget in money):
            raise ValueError(f"yearly_budget_cny takes 1 to {MOST_YEARS} whole numbers of yuan, each up to {MOST_CNY}")
        if len(money) > 1 and self.years not in (1, len(money)):
            raise ValueError(f"yearly_budget_cny has {len(money)} numbers, years is {self.years}: drop one of them")
        return self

    @property
    def money_cny(self) -> tuple[int, ...] | None:
        """New money of each year, None when the plan's own investment is split."""
        money = self.yearly_budget_cny
        return money * self.years if money is not None and len(money) == 1 else money

    @property
    def n_years(self) -> int:
        """Years of building."""
        return self.years if self.money_cny is None else len(self.money_cny)


class TierParameters(Frozen):
    """Cost and capacity of an outlet of one tier, newly built."""

    capex_cny: int = Field(ge=0, le=10**10)
    """Investment to build it new, in yuan."""
    opex_cny_per_year: int = Field(ge=0, le=10**10)
    """Running cost a year without vehicles, in yuan."""
    capacity_parcels_per_day: int = Field(gt=0, le=10**9)
    """Largest throughput, inbound and outbound together, in parcels a day."""
    viable_parcels_per_day: int = Field(ge=0, le=10**9)
    """Throughput below which a station is not worth its keep, 0 for none; ``viable_rule`` says what follows."""
    viable_rule: Literal["flag", "refuse"] = "flag"
    """Whether a station below ``viable_parcels_per_day`` is flagged, or not opened at all unless it must be open."""

    @model_validator(mode="after")
    def _within_capacity(self) -> Self:
        if self.viable_rule == "refuse" and self.viable_parcels_per_day > self.capacity_parcels_per_day:
            raise ValueError(
                f"viable_parcels_per_day = {self.viable_parcels_per_day} is above capacity_parcels_per_day = "
                f"{self.capacity_parcels_per_day}, and viable_rule = refuse: lower the one or raise the other"
            )
        return self

    @property
    def least_parcels_per_day(self) -> int:
        """Throughput below which no station is opened at this tier unless it must be open; 0 for none."""
        return self.viable_parcels_per_day if self.viable_rule == "refuse" else 0


_VIABLE = "planner default: nothing is flagged; nothing published says what a station needs"
_VIABLE_RULE = "planner default: a station below it is flagged, none is refused"
_COLD = "planner default, off unless cold.planned; nothing published"
_OUTREACH = "planner default, off unless a service is allowed; nothing published"
_TIER_COST = "planner default, near county plans (Hengxian 横县 2016–17: township ≤ 50,000, village 10,000 CNY)"
_SPEED = "planner default, from OSRM's car profile and the 40 km/h limit without a centre line"
_CAPACITY = "planner default, nothing published per tier: chosen so that it seldom binds"


class CountyTier(TierParameters):
    """The county centre."""

    capex_cny: Annotated[int, Default("CNY", _TIER_COST, "A")] = Field(3_000_000, ge=0, le=10**10)
    opex_cny_per_year: Annotated[int, Default("CNY/year", _TIER_COST, "A")] = Field(500_000, ge=0, le=10**10)
    capacity_parcels_per_day: Annotated[int, Default("parcel/day", _CAPACITY, "A")] = Field(150_000, gt=0, le=10**9)
    viable_parcels_per_day: Annotated[int, Default("parcel/day", _VIABLE)] = Field(0, ge=0, le=10**9)
    max_centres: Annotated[int, Default("", "planner default: county schemes build one centre")] = Field(1, ge=1, le=20)
    """How many county centres may be open. A township station is supplied by one of them, within its supply radius."""
    viable_rule: Annotated[Literal["flag", "refuse"], Default("", _VIABLE_RULE)] = "flag"


class TownshipTier(TierParameters):
    """A township station."""

    capex_cny: Annotated[int, Default("CNY", _TIER_COST, "A")] = Field(60_000, ge=0, le=10**10)
    opex_cny_per_year: Annotated[int, Default("CNY/year", _TIER_COST, "A")] = Field(36_000, ge=0, le=10**10)
    capacity_parcels_per_day: Annotated[int, Default("parcel/day", _CAPACITY, "A")] = Field(15_000, gt=0, le=10**9)
    viable_parcels_per_day: Annotated[int, Default("parcel/day", _VIABLE)] = Field(0, ge=0, le=10**9)
    viable_rule: Annotated[Literal["flag", "refuse"], Default("", _VIABLE_RULE)] = "flag"


class VillageTier(TierParameters):
    """A village point."""

    capex_cny: Annotated[int, Default("CNY", _TIER_COST, "A")] = Field(15_000, ge=0, le=10**10)
    opex_cny_per_year: Annotated[int, Default("CNY/year", _TIER_COST, "A")] = Field(3_000, ge=0, le=10**10)
    capacity_parcels_per_day: Annotated[int, Default("parcel/day", _CAPACITY, "A")] = Field(1_000, gt=0, le=10**9)
    viable_parcels_per_day: Annotated[int, Default("parcel/day", _VIABLE)] = Field(0, ge=0, le=10**9)
    viable_rule: Annotated[Literal["flag", "refuse"], Default("", _VIABLE_RULE)] = "flag"


class Tiers(Frozen):
    """Costs and capacities of the three tiers, and what they share."""

    county: CountyTier = CountyTier()
    township: TownshipTier = TownshipTier()
    village: VillageTier = VillageTier()
    retrofit_factor: Annotated[float, Default("", _TIER_COST, "A")] = Field(0.5, ge=0, le=1)
    """Investment of a retrofit as a share of building new. Also for raising an existing outlet by a tier."""
    depreciation_years: Annotated[int, Default("year", "planner default: straight line", "A")] = Field(
        10, gt=0, le=1000
    )
    """Years over which an investment is spread, straight line, no interest."""

    def of(self, tier: Tier) -> TierParameters:
        """The parameters of ``tier``."""
        return {Tier.COUNTY: self.county, Tier.TOWNSHIP: self.township, Tier.VILLAGE: self.village}[tier]

    def capex_cny(self, status: SiteStatus, existing_tier: Tier | None, tier: Tier) -> int:
        """Investment in whole yuan to run a site of ``status`` at ``tier``; 0 where it works at that tier already."""
        if status is SiteStatus.EXISTING and existing_tier is not None and existing_tier >= tier:
            return 0
        factor = 1.0 if status is SiteStatus.NEW else self.retrofit_factor
        return round_half_up(self.of(tier).capex_cny * factor)

    def annual_cost_cny(self, capex_cny: int, tier: Tier) -> int:
        """Yearly cost in whole yuan: the investment's straight-line share plus running cost."""
        return round_half_up(capex_cny / self.depreciation_years) + self.of(tier).opex_cny_per_year


class Cold(Frozen):
    """Cold stores (冷库) at stations, and the produce that is to lie within their reach. Off unless ``planned``."""

    planned: Annotated[
        bool, Default("", "planner default: 支持农产品加工中心配套冷库建设 asks for stores, not for a share")
    ] = False
    """Whether produce (outbound parcels) is to lie within reach of a station with a cold store."""
    radius_km: Annotated[float, Default("km", _COLD, "A")] = Field(20.0, gt=0, le=1000)
    """How far by road a village may be from a cold store that takes its produce."""
    produce: Annotated[float, Default("share", _COLD, "A")] = Field(0.8, ge=0, le=1)
    """Share of all villages' outbound parcels that reach is raised to before cost counts."""
    least_tier: Annotated[
        Literal["village", "township", "county"], Default("", "township cold points: Jiangsu's evaluation index", "M")
    ] = "township"
    """Lowest tier of a station that may have a cold store."""
    volume_m3: Annotated[int, Default("m³", _COLD, "A")] = Field(300, gt=0, le=10**6)
    """Volume that a store must have; one that stands with less is enlarged."""
    capex_cny_per_m3: Annotated[
        float,
        Default("CNY/m³", "ours: Liaoning pays at most 130 a m³ towards one, other provinces 30 % of the cost", "A"),
    ] = Field(430.0, ge=0, le=10**6)
    """Investment for each m³ that is built."""
    opex_cny_per_m3_per_year: Annotated[float, Default("CNY/m³/year", _COLD, "A")] = Field(40.0, ge=0, le=10**6)
    """Running cost of each of the ``volume_m3`` of a store in the plan, whoever built it."""
    depreciation_years: Annotated[int, Default("year", "planner default: straight line", "A")] = Field(
        10, gt=0, le=1000
    )
    """Years over which the investment in a store is spread."""
    route_share: Annotated[float, Default("share", "planner default: none; no figure found", "A")] = Field(
        0.0, ge=0, le=1
    )
    """Share of the parcels sent out from stations with a cold store that travel cooled; 0 for none."""

    @property
    def radius_m(self) -> int:
        """Service radius in whole metres."""
        return round_half_up(self.radius_km * METRES_PER_KM)

    @property
    def tier(self) -> Tier:
        """`least_tier` as a tier."""
        return Tier.from_word(self.least_tier)

    def capex_cny(self, standing_m3: int) -> int:
        """Investment in whole yuan where a store of ``standing_m3`` stands: what is missing is built."""
        return round_half_up(max(0, self.volume_m3 - standing_m3) * self.capex_cny_per_m3)

    @property
    def opex_cny_per_year(self) -> int:
        """Running cost of one store, in whole yuan a year."""
        return round_half_up(self.volume_m3 * self.opex_cny_per_m3_per_year)

    def annual_cost_cny(self, capex_cny: int) -> int:
        """Yearly cost in whole yuan: the investment's straight-line share plus running cost."""
        return round_half_up(capex_cny / self.depreciation_years) + self.opex_cny_per_year


class Outreach(Frozen):
    """Service for villages without a station within the radius: on market days (赶集日), or by a van (流动服务).

    Both are given by open stations of township tier or higher.
    """

    market_day: Annotated[bool, Default("", "planner default: villages left out are not served")] = False
    """Whether a village left out may be served on market days at a station."""
    mobile: Annotated[bool, Default("", "planner default: villages left out are not served")] = False
    """Whether a village left out may be served by a van that calls there."""
    market_day_radius_km: Annotated[float, Default("km", _OUTREACH, "A")] = Field(15.0, gt=0, le=1000)
    """Longest road from a village to the station whose market days it uses."""
    mobile_radius_km: Annotated[float, Default("km", _OUTREACH, "A")] = Field(30.0, gt=0, le=1000)
    """Longest road from the station to a village that its van calls at."""
    market_days_per_week: Annotated[int, Default("1/week", _OUTREACH, "A")] = Field(2, ge=1, le=7)
    """Market days on which the station serves the village; people come, nobody calls at the village."""
    mobile_visits_per_week: Annotated[int, Default("1/week", _OUTREACH, "A")] = Field(2, ge=1, le=7)
    """Visits of the van; from ``service.village_visits_per_week`` on the village counts as reached by express."""
    market_day_cny_per_year: Annotated[int, Default("CNY/year", _OUTREACH, "A")] = Field(2_000, ge=0, le=10**9)
    """Cost for each village served on market days."""
    mobile_cny_per_visit: Annotated[float, Default("CNY", _OUTREACH, "A")] = Field(15.0, ge=0, le=10**6)
    """Cost of each call, the drive left out."""
    mobile_cny_per_km: Annotated[float, Default("CNY/km", _OUTREACH, "A")] = Field(1.2, ge=0, le=10**6)
    """Cost of the drive there and back, which is counted in full for each village."""

    @property
    def allowed(self) -> bool:
        """Whether any such service is allowed."""
        return self.market_day or self.mobile

    def mobile_cny_per_year(self, distance_m: int) -> int:
        """Cost a year in whole yuan of a van that calls at a village ``distance_m`` off."""
        visit_cny = self.mobile_cny_per_visit + 2 * distance_m / METRES_PER_KM * self.mobile_cny_per_km
        return round_half_up(WEEKS_PER_YEAR * self.mobile_visits_per_week * visit_cny)


class Supply(Frozen):
    """How far a station may be from the one that supplies it, along the road."""

    county_to_township_km: Annotated[float, Default("km", "planner default", "A")] = Field(100.0, gt=0, le=10_000)
    """Longest road from its county centre to a township station."""
    township_to_village_km: Annotated[float, Default("km", "planner default", "A")] = Field(30.0, gt=0, le=10_000)
    """Longest road from a township station (or a county centre) to a village point."""


class Network(Frozen):
    """How points reach the road, and how fast each class of road is."""

    snap_limit_m: Annotated[float, Default("m", "planner default", "A")] = Field(1500.0, ge=0, le=100_000)
    """A village or site farther than this from every road has no road."""
    access_speed_kmh: Annotated[
        float, Default("km/h", "OSRM foot profile: 5 on the flat; 3 in mountains is ours", "A")
    ] = Field(3.0, ge=0.1, le=120)
    """Speed over the straight access leg between a point and its road."""
    national_provincial_kmh: Annotated[float, Default("km/h", "OSRM car profile: secondary road 55", "A")] = Field(
        55.0, gt=0, le=120
    )
    county_kmh: Annotated[float, Default("km/h", _SPEED, "A")] = Field(40.0, ge=1, le=120)
    township_kmh: Annotated[float, Default("km/h", _SPEED, "A")] = Field(30.0, ge=1, le=120)
    village_kmh: Annotated[float, Default("km/h", _SPEED, "A")] = Field(20.0, ge=1, le=120)
    unpaved_kmh: Annotated[float, Default("km/h", _SPEED, "A")] = Field(15.0, ge=1, le=120)
    """Cap on any road without a paved surface."""
    ferry_kmh: Annotated[float, Default("km/h", "planner default: crossing and waiting together", "A")] = Field(
        5.0, ge=0.1, le=120
    )
    """Speed over a ferry's way, waiting included."""
    mountain_factor: Annotated[float, Default("", "planner default; rule packs give 1 / (1 + 0.1 · relief)", "A")] = (
        Field(1.0, ge=0.05, le=1)
    )
    """Factor on every driving speed; a ferry is not slowed."""
    slope_speed_loss_per_percent: Annotated[
        float, Default("share per %", "planner default; only where the road layer gives climb_m", "A")
    ] = Field(0.03, ge=0, le=1)
    """Share of speed lost for each per cent of mean gradient, down to `least_terrain_factor`."""
    altitude_speed_loss_per_km: Annotated[
        float, Default("share per km", "planner default; only where the road layer gives altitude_m", "A")
    ] = Field(0.0, ge=0, le=1)
    """Share of speed lost for each kilometre above the sea, down to `least_terrain_factor`."""
    least_terrain_factor: Annotated[float, Default("", "planner default", "A")] = Field(0.3, gt=0, le=1)
    """Slope and altitude together never slow a road to less than this share of its speed."""
    month: int | None = Field(None, ge=1, le=12)
    """Month planned for: roads closed in it cannot be driven. None plans with every road open."""
    straight_line_factor: float | None = Field(None, ge=1, le=10)
    """For a county without roads: distances are straight lines times this detour factor, said so on every
    output. None measures along roads."""
    straight_line_kmh: Annotated[float, Default("km/h", "planner default, as a township road", "A")] = Field(
        30.0, ge=1, le=120
    )
    """Driving speed where distances are straight lines."""

    @property
    def straight_words(self) -> str:
        """How distances are measured without roads, e.g. ``straight line × 1.4``; empty where roads are."""
        return "" if self.straight_line_factor is None else f"straight line × {self.straight_line_factor:.10g}"

    def speed_kmh(self, road_class: RoadClass, surface: Surface) -> float:
        """Driving speed in km/h on a road of this class and surface."""
        if road_class is RoadClass.FERRY:
            return self.ferry_kmh
        by_class = {
            RoadClass.NATIONAL_PROVINCIAL: self.national_provincial_kmh,
            RoadClass.COUNTY: self.county_kmh,
            RoadClass.TOWNSHIP: self.township_kmh,
            RoadClass.VILLAGE: self.village_kmh,
        }[road_class]
        cap = self.unpaved_kmh if surface is Surface.UNPAVED else by_class
        return min(by_class, cap) * self.mountain_factor


class Demand(Frozen):
    """Parcels per head. Rural China 2021: 37 bn parcels in and out, about 0.50 bn people: 0.20 a head and day."""

    inbound_per_head_per_day: Annotated[
        float,
        Default(
            "parcel/person/day", "0.21 parcels a head and day (rural China 2024) × 80 % down; the split is ours", "A"
        ),
    ] = Field(0.168, ge=0, le=1000)
    """Parcels delivered to a resident a day (下行)."""
    outbound_per_head_per_day: Annotated[
        float,
        Default(
            "parcel/person/day", "0.21 parcels a head and day (rural China 2024) × 20 % up; the split is ours", "A"
        ),
    ] = Field(0.042, ge=0, le=1000)
    """Farm produce sent by a resident a day (上行)."""
    regional_factor: Annotated[float, Default("", "planner default; rule packs give one by region", "A")] = Field(
        1.0, ge=0
    )
    """Factor on both, for regions below or above the national mean."""
    _carrier: tuple[Carriers, int] | None = PrivateAttr(None)

    def of_carrier(self, carriers: Carriers, number: int) -> Demand:
        """The same demand, of which every village's parcels count only by the part of one carrier (from 0)."""
        part = self.model_copy()
        part._carrier = (carriers, number)  # noqa: SLF001 (its own kind)
        return part

    def _part(self, centiparcels: int) -> int:
        if self._carrier is None:
            return centiparcels
        carriers, number = self._carrier
        return carriers.parts(centiparcels)[number]

    def inbound_centiparcels(self, population: int) -> int:
        """Hundredths of a parcel a day delivered to ``population`` residents, rounded half up."""
        return self._part(round_half_up(population * self.inbound_per_head_per_day * self.regional_factor * 100))

    def outbound_centiparcels(self, population: int) -> int:
        """Hundredths of a parcel a day sent by ``population`` residents, rounded half up."""
        return self._part(round_half_up(population * self.outbound_per_head_per_day * self.regional_factor * 100))


class Candidates(Frozen):
    """How `planner import` makes the list of candidate sites; a plan takes the list as it then stands."""

    township_hosts: Annotated[
        tuple[Host, ...],
        Default("", "Qinghai 2016 (十四): 利用邮政所、供销社等现有资源，在乡镇建设物流配送站; 客运站 by (四)", "H"),
    ] = (Host.POST_OFFICE, Host.SUPPLY_COOP, Host.BUS_STATION, Host.LOGISTICS_PARK)
    """Hosts whose premises can carry a township station; every other host carries a village point."""
    county_hosts: Annotated[
        tuple[Host, ...],
        Default("", "MOT 交办运〔2018〕181号: freight yard, passenger station, post or supply co-op", "H"),
    ] = (Host.LOGISTICS_PARK, Host.BUS_STATION, Host.POST_OFFICE, Host.SUPPLY_COOP)
    """Hosts in the county seat's township whose premises can carry the county centre."""
    village_host: Host = Host.VILLAGE_COMMITTEE
    """Host assumed for the new candidate put at a village that has none."""
    new_site_beyond_m: Annotated[float, Default("m", "planner default", "A")] = Field(800.0, ge=0, le=100_000)
    """A village with no facility within this straight distance gets a new candidate at its own point."""
    seat_site_beyond_m: Annotated[float, Default("m", "planner default", "A")] = Field(2000.0, ge=0, le=100_000)
    """A township with no facility that can carry its station gets a new candidate at its seat; so does one whose
    nearest such facility lies farther than this from the seat."""
    match_within_m: Annotated[float, Default("m", "planner default", "A")] = Field(150.0, ge=0, le=100_000)
    """An outlet of last year's list and a facility within this distance, of like name or host, are the same."""
    doubtful_within_m: Annotated[float, Default("m", "planner default", "A")] = Field(1000.0, ge=0, le=100_000)
    """Pairs up to this distance that agree in name only or host only are listed for review, and kept apart."""
    broadband: Annotated[Broadband, Default("", "planner default: no source says what a found site has", "A")] = (
        Broadband.INSTALLABLE
    )
    """Broadband assumed at a site whose source does not say."""


class Solver(Frozen):
    """Limits of the optimisers. ``seed`` makes runs repeatable."""

    seed: int = Field(0, ge=0, le=2**30)
    locate_time_limit_s: float = Field(60.0, gt=0, le=604_800)
    """For all stages of siting together."""
    route_solution_limit: int = Field(200, ge=1, le=10**9)
    """Improving steps per routing problem: a count, not a clock, so that runs repeat exactly."""


class Scenario(Frozen):
    """One complete set of parameters. Immutable; `update` and `with_settings` return changed copies."""

    rule_pack: str = "auto"
    """``auto`` takes the pack of the county's province, ``none`` none, else a pack's name. Values set here win."""
    coverage_metric: Annotated[CoverageMetric, Default("", "planner default", "A")] = CoverageMetric.ROAD_KM
    """What the coverage radius measures."""
    radius_km: Annotated[
        float, Default("km", "radius of a circle of 17.7 km², a Sichuan village after the mergers", "A")
    ] = Field(2.5, gt=0, le=100)
    """Coverage radius of a village under the metrics road_km and straight_km."""
    radius_min: Annotated[float, Default("min", "planner default: a 30-minute rule", "A")] = Field(30.0, gt=0, le=600)
    """Coverage radius of a village under the metric minutes."""
    budget_cny: int | None = Field(None, ge=0, le=MOST_CNY)
    """Limit on the whole investment, in yuan; None for no limit."""
    base_year: int = Field(2026, ge=2000, le=2100)
    """Year in which building starts."""
    phasing: Phasing = Phasing()
    targets: Targets = Targets()
    sites: Sites = Sites()
    tiers: Tiers = Tiers()
    cold: Cold = Cold()
    outreach: Outreach = Outreach()
    supply: Supply = Supply()
    network: Network = Network()
    demand: Demand = Demand()
    candidates: Candidates = Candidates()
    service: Service = Service()
    routing: Routing = Routing()
    carriers: Carriers = Carriers()
    buses: Buses = Buses()
    solver: Solver = Solver()

    def of_carrier(self, number: int) -> Scenario:
        """The scenario in which one carrier of `carriers.shares` (from 0) carries its part of the parcels alone.

        It drives vans only: buses carry for the network of all.
        """
        demand, buses = self.demand.of_carrier(self.carriers, number), self.buses.model_copy(update={"allowed": False})
        return self.model_copy(update={"demand": demand, "buses": buses})

    @property
    def limit_cny(self) -> int | None:
        """Limit on the whole investment: the budget, or all years' money together where that is less."""
        money = self.phasing.money_cny
        limits = [self.budget_cny, None if money is None else sum(money)]
        return min((limit for limit in limits if limit is not None), default=None)

    @model_validator(mode="after")
    def _one_centre_for_some_rules(self) -> Self:
        several = f"tiers.county.max_centres = {self.tiers.county.max_centres}"
        if self.tiers.county.max_centres > 1 and self.outreach.allowed:
            raise ValueError(
                f"{several}: market days and calling vans are planned under one centre only; set "
                "tiers.county.max_centres=1, or outreach.market_day=false and outreach.mobile=false"
            )
        if self.tiers.county.max_centres > 1 and self.tiers.county.least_parcels_per_day:
            raise ValueError(
                f"{several}: a centre is refused for too few parcels only where there is one; set "
                "tiers.county.max_centres=1, or tiers.county.viable_rule=flag"
            )
        return self

    @model_validator(mode="after")
    def _something_cools(self) -> Self:
        if self.cold.route_share and not any(vehicle.cold_parcels for vehicle in self.service.fleet):
            raise ValueError(
                f"cold.route_share = {self.cold.route_share:g}, but no vehicle of service.fleet has a cooled "
                "compartment: give one cold_parcels, or set cold.route_share = 0"
            )
        if self.cold.route_share and self.routing.siting_rounds:
            raise ValueError(
                f"cold.route_share = {self.cold.route_share:g}: stations and routes are not planned together where "
                "produce travels cooled; set cold.route_share = 0 or routing.siting_rounds = 0"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, data: Any) -> Any:
        data = renamed(data) if isinstance(data, Mapping) else data
        if isinstance(data, Mapping) and OLD_BROADBAND in data:
            raise ValueError(
                f"{OLD_BROADBAND} is the old name of sites.broadband: write sites.broadband = required, connect or "
                f"ignore alone (true was required, false ignore)"
            )
        return data

    @property
    def radius_m(self) -> int:
        """Coverage radius in whole metres (metrics road_km and straight_km)."""
        return round_half_up(self.radius_km * METRES_PER_KM)

    @property
    def radius_s(self) -> int:
        """Coverage radius in whole seconds (metric minutes)."""
        return round_half_up(self.radius_min * 60)

    @property
    def radius_label(self) -> str:
        """The radius with its metric, e.g. ``2.5 km by road``."""
        way = f", {self.network.straight_words}" if self.network.straight_words else " by road"
        return {
            CoverageMetric.ROAD_KM: f"{self.radius_km:g} km{way}",
            CoverageMetric.STRAIGHT_KM: f"{self.radius_km:g} km straight line",
            CoverageMetric.MINUTES: f"{self.radius_min:g} min{way}",
        }[self.coverage_metric]

    def paying(self, cny: int) -> tuple[tuple[str, str], ...]:
        """Settings (key, value as after ``--set``) with which the investment may be ``cny``, none where it may already.

        Of yearly money the last year's is raised.
        """
        settings, money = [], self.phasing.money_cny
        if self.budget_cny is not None and self.budget_cny < cny:
            settings.append(("budget_cny", str(cny)))
        if money is not None and sum(money) < cny:
            raised = (*money[:-1], money[-1] + cny - sum(money))
            settings.append(("phasing.yearly_budget_cny", ",".join(map(str, raised))))
        return tuple(settings)

    @classmethod
    def from_toml(cls, path: str | Path) -> Scenario:
        """Read a scenario file; raises ScenarioError naming the file and every wrong key."""
        path = Path(path)
        try:
            data = tomllib.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:  # no UTF-8, no TOML, endless digits or brackets
            raise ScenarioError(f"{path}: cannot be read as a TOML scenario: {_short(error)}") from error
        return cls.from_mapping(data, where=str(path))

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], where: str = "scenario") -> Scenario:
        """Validate nested ``data``; raises ScenarioError listing every wrong key at once."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise ScenarioError(_explain(error, where)) from error

    def with_settings(self, settings: Iterable[str]) -> Scenario:
        """A copy with ``key=value`` settings applied; keys are dotted, values read as TOML, else as text.

        Raises ScenarioError naming the setting when a key is unknown or a value not allowed.
        """
        changes: dict[str, Any] = {}
        for setting in settings:
            key, separator, text = setting.partition("=")
            if not separator or not key.strip():
                raise ScenarioError(f"--set {setting}: write it as key=value, e.g. targets.villages=0.95")
            changes = merged_with(changes, _nest(key.strip().split("."), _parse(text.strip())))
        return self.from_mapping(merged_with(self.model_dump(exclude_unset=True), renamed(changes)), where="--set")

    def facts(self) -> Iterator[tuple[str, Any, Default]]:
        """Every documented parameter as (dotted name, value in force, what stands behind its default)."""
        yield from _facts(self, "")

    def assumptions(self) -> tuple[tuple[str, Any, Default], ...]:
        """Parameters still at a default of confidence A or L: nobody has verified them for this county.

        Those of cold stores, outreach and connections count only where these are asked for.
        """
        unset = set(_unset(self, ""))
        idle = tuple(
            f"{name}."
            for name, asked in (("cold", self.cold.planned), ("outreach", self.outreach.allowed))
            if not asked
        )
        rules = {"connect_cost_cny": self.sites.broadband, "mobile_connect_cost_cny": self.sites.mobile_4g}
        idle += tuple(f"sites.{name}" for name, rule in rules.items() if rule != "connect")
        return tuple(
            (name, value, default)
            for name, value, default in self.facts()
            if default.confidence in ("A", "L") and name in unset and not name.startswith(idle)
        )


def _nest(keys: list[str], value: object) -> dict[str, Any]:
    return {keys[0]: value if len(keys) == 1 else _nest(keys[1:], value)}


_LONGEST = 120
"""Characters of a value that a message shows."""


def _parse(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _explain(error: ValidationError, where: str) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(whole)"
        message = _no_such(key) if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{where}: {key} = {_short(repr(problem['input']))}: {message}")
    return "\n".join(lines)


def _no_such(key: str) -> str:
    """That no parameter is called ``key``, and which one may have been meant."""
    known = list(_unset(Scenario(), ""))
    near = get_close_matches(key, known, n=1, cutoff=0.75) or [name for name in known if name.rpartition(".")[2] == key]
    return f"no such parameter{f' (did you mean {near[0]}?)' if near else ''}; docs/parameters.md lists them all"


def _short(words: object) -> str:
    text = " ".join(str(words).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _fields(model: Frozen) -> Iterator[tuple[str, Any, FieldInfo]]:
    for name, info in type(model).model_fields.items():
        yield name, getattr(model, name), info


def _facts(model: Frozen, prefix: str) -> Iterator[tuple[str, Any, Default]]:
    for name, value, info in _fields(model):
        if isinstance(value, Frozen):
            yield from _facts(value, f"{prefix}{name}.")
        for note in info.metadata:
            if isinstance(note, Default):
                yield f"{prefix}{name}", value, note


def _unset(model: Frozen, prefix: str) -> Iterator[str]:
    for name, value, _ in _fields(model):
        if isinstance(value, Frozen):
            yield from _unset(value, f"{prefix}{name}.")
        elif name not in model.model_fields_set:
            yield f"{prefix}{name}"
