"""A county while it is being put together: places before they have a code, sites before they have a township."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import Broadband, BusLine, Host, PlaceKind, SiteStatus, Source, Tier

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from planner.geodata.intake.review import Review

_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(slots=True)
class Note:
    """A guess about a place, written into review.csv once its code is known."""

    kind: str
    guess: str
    why: str
    distance_m: float | None = None


@dataclass(slots=True)
class Township:
    """A township; ``code`` is empty until it is known."""

    name: str
    lon: float
    lat: float
    code: str = ""
    name_en: str = ""
    population: int | None = None
    polygon: Polygon | MultiPolygon | None = None
    file: str = ""
    row: int | None = None
    notes: list[Note] = field(default_factory=list)
    market_days: tuple[int, ...] = ()


@dataclass(slots=True)
class Village:
    """A village-level unit; ``township`` is the position of its township in the list, -1 until it is known."""

    name: str
    lon: float
    lat: float
    code: str = ""
    township: int = -1
    kind: PlaceKind | None = None
    population: int | None = None
    priority: str = ""
    file: str = ""
    row: int | None = None
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Facility:
    """Premises found, or an outlet of last year's list (then ``tier`` is set and ``status`` is existing)."""

    site_id: str
    name: str
    host: Host
    lon: float
    lat: float
    status: SiteStatus = SiteStatus.RETROFIT
    tier: Tier | None = None
    max_tier: Tier | None = None
    township: int = -1
    village: int = -1
    broadband: Broadband | None = None
    mobile_4g: bool | None = None
    connect_cost_cny: int | None = None
    cold_store_m3: int | None = None
    file: str = ""
    row: int | None = None
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Roads:
    """Roads as columns of equal length: see `planner.domain.schema.ROADS`. Numbers are NaN where empty."""

    road_id: Sequence[str]
    name: Sequence[str]
    road_class: Sequence[str]
    surface: Sequence[str]
    oneway: NDArray[np.bool_]
    speed_limit_kmh: NDArray[np.float64]
    closed_months: Sequence[str]
    geometry: NDArray[np.object_]
    climb_m: NDArray[np.float64] | None = None
    altitude_m: NDArray[np.float64] | None = None
    row: NDArray[np.int64] | None = None
    """Row of each in the file that it came from, None for OpenStreetMap."""
    assumed: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    """For each column of which something was assumed: for which roads."""

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(slots=True)
class Drafted:
    """What one layer rests on: its own source, and those of columns that come from somewhere else."""

    source: Source
    columns: dict[str, Source] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """Every layer of the county that is being made. Positions are WGS84 degrees."""

    name: str
    names: dict[str, str] = field(default_factory=dict)
    code: str = ""
    metric_crs: str = ""
    boundary: Polygon | MultiPolygon | None = None
    townships: list[Township] = field(default_factory=list)
    villages: list[Village] = field(default_factory=list)
    sites: list[Facility] = field(default_factory=list)
    roads: Roads | None = None
    bus: tuple[BusLine, ...] = ()
    layers: dict[str, Drafted] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    """Codes of places outside the boundary that were left out: sites may still name them."""
    facts: list[str] = field(default_factory=list)
    """Sentences for people: what each layer came from, and what was left out or converted."""


def is_chinese(text: str) -> bool:
    """Whether ``text`` holds a Chinese character."""
    return _CJK.search(text) is not None


def tell(review: Review, places: Sequence[Township | Village | Facility]) -> None:
    """Write the notes of ``places`` into the review, now that their codes are known."""
    for place in places:
        code = place.site_id if isinstance(place, Facility) else place.code
        for note in place.notes:
            review.add(
                note.kind, place.file, note.guess, note.why, row=place.row, code=code, name=place.name,
                distance_m=note.distance_m,
            )  # fmt: skip


def lon_lat(places: Sequence[Township | Village | Facility]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS84 degrees of ``places`` as two arrays."""
    lon = np.fromiter((place.lon for place in places), dtype=np.float64, count=len(places))
    lat = np.fromiter((place.lat for place in places), dtype=np.float64, count=len(places))
    return lon, lat
