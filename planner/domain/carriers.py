"""The same parcels by several carriers, each driving for itself, beside one network for all (共同配送)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True)
class Carriage:
    """What carrying parcels to and from all stations takes a year: one carrier's part, the sum of all, or pooled.

    ``network`` is the carrier's number from 1, ``separate`` or ``pooled``; ``centiparcels_per_day`` in and out
    together. ``cny_per_year`` is that of routes and transfers; stations are not in it. ``co2_g_per_year`` is None where
    a vehicle's figure is missing. ``stations_unserved`` counts stations that no route takes in full.
    """

    network: str
    share: Fraction
    centiparcels_per_day: int
    routes: int
    vehicles: int
    metres_per_year: int
    cny_per_year: int
    co2_g_per_year: int | None
    stations_unserved: int

    @property
    def cny_per_parcel(self) -> Fraction | None:
        """Exact; None without parcels."""
        parcels = Fraction(self.centiparcels_per_day * DAYS_PER_YEAR, 100)
        return Fraction(self.cny_per_year) / parcels if parcels else None

    def as_json(self) -> dict[str, Any]:
        """As ``summary.json`` holds it: sums exact, the cost of a parcel to a hundredth of a fen, halves up."""
        parcel = self.cny_per_parcel
        return {
            "share": float(self.share),
            "parcels_per_day": self.centiparcels_per_day / 100,
            "routes": self.routes,
            "vehicles": self.vehicles,
            "km_per_year": self.metres_per_year / 1000,
            "cny_per_year": self.cny_per_year,
            "cny_per_parcel": None if parcel is None else int(parcel * 10_000 + Fraction(1, 2)) / 10_000,
            "co2_kg_per_year": None if self.co2_g_per_year is None else self.co2_g_per_year / 1000,
            "stations_unserved": self.stations_unserved,
        }


def all_together(name: str, parts: Sequence[Carriage]) -> Carriage:
    """The sum of several; a station counts as unserved once for each carrier that does not reach it."""
    co2 = [part.co2_g_per_year for part in parts]
    return Carriage(
        name,
        sum((part.share for part in parts), Fraction(0)),
        sum(part.centiparcels_per_day for part in parts),
        sum(part.routes for part in parts),
        sum(part.vehicles for part in parts),
        sum(part.metres_per_year for part in parts),
        sum(part.cny_per_year for part in parts),
        None if None in co2 else sum(grams for grams in co2 if grams is not None),
        sum(part.stations_unserved for part in parts),
    )


def carriers_json(rows: Sequence[Carriage]) -> dict[str, Any]:
    """The figures as ``summary.json`` holds them: each carrier, their sum, one network for all, and what that saves.

    ``rows`` are those of ``carriers.csv`` in order: the carriers, ``separate``, ``pooled``.
    """
    figures, (separate, pooled) = [row.as_json() for row in rows], rows[-2:]
    co2 = None
    if separate.co2_g_per_year is not None and pooled.co2_g_per_year is not None:
        co2 = (separate.co2_g_per_year - pooled.co2_g_per_year) / 1000
    return {
        "carriers": figures[:-2],
        "separate": figures[-2],
        "pooled": figures[-1],
        "saved": {
            "cny_per_year": separate.cny_per_year - pooled.cny_per_year,
            "km_per_year": (separate.metres_per_year - pooled.metres_per_year) / 1000,
            "vehicles": separate.vehicles - pooled.vehicles,
            "co2_kg_per_year": co2,
        },
    }


def carrier_row(row: Carriage, label: str) -> dict[str, Any]:
    """One row of ``carriers.csv``; ``label`` says what made-up data it rests on."""
    return {"network": row.network, **row.as_json(), "synthetic_layers": label or None}
