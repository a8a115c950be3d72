"""What carries the parcels: vehicles, visits and shifts."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from planner.domain.timetable import departures_from
from planner.scenario.base import Default, Frozen


class Vehicle(Frozen):
    """One vehicle type; ``count`` None means as many as needed."""

    name: str = Field(min_length=1)
    capacity_parcels: int = Field(gt=0, le=10**9)
    """Parcels on board at any time, those in the cooled compartment apart."""
    cold_parcels: int = Field(0, ge=0, le=10**9)
    """Parcels in its cooled compartment, beside the others; 0 without one. A refrigerated vehicle has hardly else."""
    cost_cny_per_km: float = Field(ge=0, le=10**6)
    driver_cny_per_day: float = Field(ge=0, le=10**6)
    """Paid for every day a route is driven."""
    cost_cny_per_hour: float = Field(0.0, ge=0, le=10**5)
    """Paid for every hour of a shift, from leaving the depot to the last return."""
    range_km: float | None = Field(None, gt=0, le=10**4)
    """Longest way in one shift, as of an electric van without charging in between; None for no limit."""
    count: int | None = Field(None, ge=0, le=10**6)
    co2_g_per_km: int | None = Field(None, ge=0, le=10**5)
    """Grams of CO₂ for each kilometre driven; None where nobody knows."""


DEFAULT_FLEET = (
    Vehicle(name="minivan", capacity_parcels=300, cost_cny_per_km=1.2, driver_cny_per_day=200, co2_g_per_km=180),
    Vehicle(name="truck_4m2", capacity_parcels=1500, cost_cny_per_km=2.2, driver_cny_per_day=260, co2_g_per_km=350),
)


class Service(Frozen):
    """How often stations are visited and how long a driver works."""

    township_visits_per_week: Annotated[
        int, Default("1/week", "a local postal regulation, Art. 24: township seat ≥ 5 deliveries a week", "M")
    ] = Field(5, ge=1, le=7)
    """Least visits a week at a township station."""
    village_visits_per_week: Annotated[
        int, Default("1/week", "a local postal regulation, Art. 24: rural ≥ 3 deliveries a week", "M")
    ] = Field(3, ge=1, le=7)
    """Least visits a week at a village point; a village counts as served from this many on."""
    visit_on_market_days: Annotated[
        bool, Default("", "a local postal regulation, Art. 24: must open on market days (赶集日)", "M")
    ] = True
    """Whether township stations are visited on each market day of their township; says nothing where none is known.

    That parcels come on the days on which outlets must open is the planner's reading.
    """
    shift_hours: Annotated[float, Default("h", "planner default: an eight-hour day", "A")] = Field(8.0, gt=0, le=24)
    day_starts_at: Annotated[str, Default("HH:MM", "planner default: eight in the morning", "A")] = "08:00"
    """When shifts begin, on a clock of 24 hours; the seconds of a route count from here."""
    stop_minutes: Annotated[float, Default("min", "planner default", "A")] = Field(5.0, ge=0, le=1440)
    """Time at each stop."""
    seconds_per_parcel: Annotated[float, Default("s", "planner default", "A")] = Field(2.0, ge=0, le=3600)
    """Further time at a stop for each parcel handed over or taken in."""
    trips_per_shift: int | None = Field(None, ge=1, le=100)
    """Most times that a vehicle leaves its depot in one shift; None for as many as the shift holds."""
    reload_minutes: Annotated[float, Default("min", "planner default", "A")] = Field(15.0, ge=0, le=1440)
    """Time at the depot between two trips of one shift, to unload and load again."""
    fleet: Annotated[
        tuple[Vehicle, ...], Default("", "planner default: 微型面包车 and 4.2 m 厢式; no source found", "A")
    ] = Field(DEFAULT_FLEET, min_length=1)

    @field_validator("day_starts_at", mode="before")
    @classmethod
    def _is_time_of_day(cls, value: object) -> str:
        if not isinstance(value, str) or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII) is None:
            raise ValueError("must be a time of day from 00:00 to 23:59, written HH:MM such as 08:00")
        return value

    @property
    def day_starts_s(self) -> int:
        """When shifts begin, in seconds after midnight."""
        hours, minutes = self.day_starts_at.split(":")
        return 3600 * int(hours) + 60 * int(minutes)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [vehicle.name for vehicle in self.fleet]
        if len(set(names)) != len(names):
            raise ValueError(f"vehicle names must differ, got {names}")
        return self


class Carriers(Frozen):
    """Carriers that would each drive for themselves, compared with one network for all (共同配送)."""

    shares: tuple[float, ...] = Field((), max_length=20)
    """Each carrier's share of every village's parcels; together 1. Empty: nothing is compared."""

    @property
    def exact(self) -> tuple[Fraction, ...]:
        """The shares as the decimals that they are written as."""
        return tuple(Fraction(str(share)) for share in self.shares)

    def parts(self, amount: int) -> tuple[int, ...]:
        """A whole amount divided by the shares: whole parts that add up to it, what is left to the largest rests."""
        exact = [share * amount for share in self.exact]
        parts = [int(part) for part in exact]
        order = sorted(range(len(parts)), key=lambda k: (parts[k] - exact[k], k))
        for k in order[: amount - sum(parts)]:
            parts[k] += 1
        return tuple(parts)

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if self.shares and (min(self.exact) <= 0 or sum(self.exact) != 1):
            raise ValueError(f"shares must be above 0 and add up to 1 exactly, got {list(self.shares)}")
        return self


class Routing(Frozen):
    """In which ways stations may be supplied."""

    direct: Annotated[
        bool, Default("", "planner default: vans of the county centre may pass a township station", "A")
    ] = True
    """Whether a village point may be supplied straight from its county centre where that is cheaper."""
    transfer_cny_per_parcel: Annotated[float, Default("CNY", "planner default: no figure found", "A")] = Field(
        0.0, ge=0, le=10**4
    )
    """Handling of a parcel, in either direction, that changes vans at a township station."""
    siting_rounds: int = Field(0, ge=0, le=50)
    """Most rounds in which stations are moved to where stations and routes together cost less; 0: routes come after."""


_BUS = "planner default: no source found; ask the bus operator"
_BUS_LABOUR = (
    "planner default, marginal cost alone: twice 2 s a parcel, 5 min a handing-over, at a driver's 200 CNY for 8 h; no "
    "source found; ask the bus operator"
)


class Buses(Frozen):
    """Parcels on passenger buses (客货邮、客运班车带货), on the county's lines with a timetable and free hold space."""

    allowed: Annotated[
        bool, Default("", "Qinghai implementation opinion 2016 (十六): 通过农牧区客运班车搭载快件，降低运输成本", "H")
    ] = True
    """Whether stations may be supplied by bus where that is cheaper; in a county without such lines it says nothing."""
    stop_radius_m: Annotated[float, Default("m", "planner default: a cart's way", "A")] = Field(
        1000.0, ge=0, le=100_000
    )
    """Longest road distance between a station and the stop at which its parcels change hands."""
    centre_radius_m: Annotated[float, Default("m", "planner default: across the county town", "A")] = Field(
        2000.0, ge=0, le=100_000
    )
    """The same for a county centre, whose staff takes the parcels of all its stations to the bus station."""
    cny_per_parcel: Annotated[float, Default("CNY", _BUS_LABOUR, "A")] = Field(0.03, ge=0, le=10**6)
    """Paid for each parcel carried, in either direction: loading, unloading, and what the operator asks."""
    handover_cny: Annotated[float, Default("CNY", _BUS_LABOUR, "A")] = Field(2.0, ge=0, le=10**6)
    """Paid for each handing-over between a bus and the station it supplies: once for every trip that carries for it."""
    least_trips_per_day: Annotated[int, Default("1/day", "planner default: one trip will do", "A")] = Field(
        1, ge=1, le=1000
    )
    """Lines with fewer trips a day are not used."""
    assumed_hold_parcels: int | None = Field(None, gt=0, le=10**6)
    """Free hold space of lines for which nobody says, 80 for a rural bus (assumed); none: they carry nothing."""
    assumed_departures: str | None = None
    """Departures from the first stop of lines without a timetable, e.g. ``07:30|13:10``; none: they carry nothing."""
    assumed_speed_kmh: float | None = Field(None, ge=1, le=120)
    """Speed along straight lines between stops where no times are known; none: such lines carry nothing."""

    @field_validator("assumed_departures")
    @classmethod
    def _are_departures(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                departures_from(value)
            except ValueError as error:
                raise ValueError("must be times of the day in rising order, e.g. 07:30|13:10") from error
        return value
