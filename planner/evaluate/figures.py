"""The types of an evaluation: exact ratios, distances, costs and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from planner.domain import Carriage, carriers_json

if TYPE_CHECKING:
    from planner.evaluate.backup import Backup
    from planner.evaluate.buses import BusFigures
    from planner.evaluate.evenness import Evenness, Reuse
    from planner.evaluate.week import Week

from planner.evaluate.connecting import ToConnect


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact figure: two whole numbers, kept unreduced so that both mean something (147 of 154 villages).

    A denominator of 0 means that there is nothing to measure: `value` is None, shown as ``n/a``, never as 0 or 1.
    """

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The quotient, correctly rounded to binary; None when there is nothing to measure."""
        return None if self.denominator == 0 else self.numerator / self.denominator

    @property
    def rounded(self) -> int | None:
        """The quotient as a whole number, halves up; None when there is nothing to measure."""
        if self.denominator == 0:
            return None
        return (2 * self.numerator + self.denominator) // (2 * self.denominator)

    @property
    def percent(self) -> str:
        """The share in per cent with one decimal, cut and not rounded: only a full share reads ``100.0%``."""
        if self.denominator == 0:
            return "n/a"
        tenths = self.numerator * 1000 // self.denominator
        return f"{tenths // 10}.{tenths % 10}%"

    def decimal(self, places: int = 2) -> str:
        """The quotient with ``places`` decimals, halves up, or ``n/a``."""
        if self.denominator == 0:
            return "n/a"
        scaled = Fraction(self.numerator, self.denominator) * 10**places
        whole = int(scaled + Fraction(1, 2)) if scaled >= 0 else -int(-scaled + Fraction(1, 2))
        return f"{whole / 10**places:.{places}f}"

    def as_json(self) -> dict[str, Any]:
        """Numerator, denominator and value."""
        return {"numerator": self.numerator, "denominator": self.denominator, "value": self.value}


@dataclass(frozen=True, slots=True)
class Access:
    """How far people of covered villages go to their station, in metres along the road.

    ``mean`` weights villages by residents (person-metres / persons). ``p90_m`` is the lower weighted
    quantile: the least distance within which at least nine tenths of those people have their station.
    ``max_m`` is the farthest village's. All are empty when nobody is covered.
    """

    mean: Ratio
    p90_m: int | None
    max_m: int | None

    @property
    def mean_m(self) -> int | None:
        """The mean in whole metres, halves up."""
        return self.mean.rounded

    def as_json(self) -> dict[str, Any]:
        """The three distances, the mean exact."""
        return {"mean_m": self.mean.as_json(), "p90_m": self.p90_m, "max_m": self.max_m}


@dataclass(frozen=True, slots=True)
class Costs:
    """Money in whole yuan. ``cost_per_parcel_cny`` is the total yearly cost over the parcels of a year.

    The parcels are those of villages with service, inbound and outbound, 365 days a year; villages served on market
    days or by a van count among them. ``connect_cny`` is the part of the investment that connects stations first. What
    is said of cold stores is part of the stations' money. ``transfer`` is handling at township stations of parcels that
    change vans there; ``ways_saved`` by how much the routes are cheaper than with every station by its parent.
    """

    capex_cny: int
    connect_cny: int
    station_opex_cny_per_year: int
    station_cny_per_year: int
    transport_cny_per_year: int
    cost_per_parcel_cny: Ratio
    outreach_cny_per_year: int = 0
    cold_capex_cny: int = 0
    cold_cny_per_year: int = 0
    transfer_cny_per_year: int = 0
    ways_saved_cny_per_year: int = 0

    @property
    def total_cny_per_year(self) -> int:
        """Stations (share of the investment and running), transport, transfers, market days and vans together."""
        moved = self.transport_cny_per_year + self.transfer_cny_per_year
        return self.station_cny_per_year + moved + self.outreach_cny_per_year

    def as_json(self) -> dict[str, Any]:
        """Every sum, with the total."""
        return {
            "capex_cny": self.capex_cny,
            "connect_cny": self.connect_cny,
            "station_opex_cny_per_year": self.station_opex_cny_per_year,
            "station_cny_per_year": self.station_cny_per_year,
            "transport_cny_per_year": self.transport_cny_per_year,
            "transfer_cny_per_year": self.transfer_cny_per_year,
            "ways_saved_cny_per_year": self.ways_saved_cny_per_year,
            "outreach_cny_per_year": self.outreach_cny_per_year,
            "cold_capex_cny": self.cold_capex_cny,
            "cold_cny_per_year": self.cold_cny_per_year,
            "total_cny_per_year": self.total_cny_per_year,
            "cost_per_parcel_cny": self.cost_per_parcel_cny.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of what. Parcels are those of villages with service; ``demand`` is that of all villages."""

    townships: int
    villages: int
    villages_covered: int
    villages_without_road: int
    population: int
    population_covered: int
    stations: int
    county_centres: int
    township_stations: int
    village_points: int
    routes: int
    route_km_per_week: Ratio
    inbound_parcels_per_day: Ratio
    outbound_parcels_per_day: Ratio
    demand_parcels_per_day: Ratio
    villages_on_market_days: int = 0
    villages_by_van: int = 0
    cold_stores: int = 0
    points_direct: int = 0
    stations_unserved: int = 0

    def as_json(self) -> dict[str, Any]:
        """Every count by its name."""
        values = {name: getattr(self, name) for name in (field.name for field in fields(self))}
        return {name: value.as_json() if isinstance(value, Ratio) else value for name, value in values.items()}


class Alternative(StrEnum):
    """What could stand in for a station with too few parcels."""

    SHARED = "shared"
    """Shared premises and staff: the parcels make a viable volume on every day that it is visited."""
    MARKET_DAY = "market_day"
    """Service on market days: a week's parcels make a viable volume on one day at least."""
    MOBILE = "mobile"
    """A van that calls: not even a week's parcels make one day's viable volume."""


@dataclass(frozen=True, slots=True)
class Unviable:
    """A station below the least volume of its tier, in parcels a day, and what could stand in for it."""

    site_id: str
    tier: str
    parcels_per_day: Ratio
    viable_parcels_per_day: int
    alternative: Alternative

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return {
            "station_id": self.site_id,
            "tier": self.tier,
            "parcels_per_day": self.parcels_per_day.as_json(),
            "viable_parcels_per_day": self.viable_parcels_per_day,
            "alternative": self.alternative.value,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that can be counted of a plan. ``indicators`` and ``priority`` have the keys of `INDICATORS`.

    Those of `COLD_INDICATORS` are there too when the scenario plans cold stores.

    ``priority`` and ``priority_access`` count priority villages only (any word in ``priority``): for townships,
    those in which a priority village lies; for stations, those that serve one. ``below_viable`` are the stations with
    fewer parcels than `TierParameters.viable_parcels_per_day`, by site id; ``to_connect`` those that must be connected
    before they open. ``backup`` is None where what survives the loss of a station or road was not measured, ``buses``
    where no passenger line may carry parcels.
    """

    indicators: Mapping[str, Ratio]
    priority: Mapping[str, Ratio]
    access: Access
    priority_access: Access
    costs: Costs
    counts: Counts
    evenness: Evenness
    reuse: Reuse
    week: Week
    below_viable: tuple[Unviable, ...] = ()
    to_connect: tuple[ToConnect, ...] = ()
    backup: Backup | None = None
    carriers: tuple[Carriage, ...] = ()
    buses: BusFigures | None = None

    def as_json(self) -> dict[str, Any]:
        """The figures as ``summary.json`` holds them."""
        return {
            "indicators": {key: ratio.as_json() for key, ratio in self.indicators.items()},
            "priority_indicators": {key: ratio.as_json() for key, ratio in self.priority.items()},
            "access": self.access.as_json(),
            "priority_access": self.priority_access.as_json(),
            "costs": self.costs.as_json(),
            "counts": self.counts.as_json(),
            "evenness": self.evenness.as_json(),
            "reuse": self.reuse.as_json(),
            "week": self.week.as_json(),
            "backup": None if self.backup is None else self.backup.as_json(),
            "buses": None if self.buses is None else self.buses.as_json(),
            "below_viable": [station.as_json() for station in self.below_viable],
            **({"carriers": carriers_json(self.carriers)} if self.carriers else {}),
            "to_connect": [station.as_json() for station in self.to_connect],
        }
