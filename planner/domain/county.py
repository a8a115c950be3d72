"""What a county is made of before anything is planned: places, sites, roads, and where each came from.

Positions are WGS84 longitude and latitude in degrees (EPSG:4326) unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from planner.domain.codes import is_subdistrict
from planner.domain.timetable import EVERY_DAY

if TYPE_CHECKING:
    from shapely import LineString, MultiPolygon, Polygon


class Provenance(StrEnum):
    """How far a layer or column may be trusted: taken from a source, computed from one, or made up."""

    REAL = "real"
    DERIVED = "derived"
    SYNTHETIC = "synthetic"


class Datum(StrEnum):
    """The coordinate datum an input declares. Only declared datums are converted; none is guessed."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


class Tier(IntEnum):
    """Level of an outlet; a higher tier does the work of every lower one too (nested hierarchy)."""

    VILLAGE = 1
    TOWNSHIP = 2
    COUNTY = 3

    @property
    def word(self) -> str:
        """The tier as files spell it: ``village``, ``township`` or ``county``."""
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Tier:
        """The inverse of `word`; raises KeyError for an unknown word."""
        return cls[word.upper()]


class SiteStatus(StrEnum):
    """What stands at a candidate site today: a working outlet, premises to retrofit, or nothing."""

    EXISTING = "existing"
    RETROFIT = "retrofit"
    NEW = "new"


class Host(StrEnum):
    """The host resource of a site, as the provincial policy documents list them."""

    POST_OFFICE = "post_office"
    SUPPLY_COOP = "supply_coop"
    BUS_STATION = "bus_station"
    SHOP = "shop"
    VILLAGE_COMMITTEE = "village_committee"
    INFO_STATION = "info_station"
    LOGISTICS_PARK = "logistics_park"
    NEW_BUILDING = "new_building"


class Broadband(StrEnum):
    """Broadband at a site: connected, installable on request, or not to be had."""

    CONNECTED = "connected"
    INSTALLABLE = "installable"
    NONE = "none"


class PlaceKind(StrEnum):
    """建制村 count in the village indicators; 居委会 are kept as places but do not."""

    ADMINISTRATIVE_VILLAGE = "administrative_village"
    RESIDENTS_COMMITTEE = "residents_committee"


class RoadClass(StrEnum):
    """Administrative class of a road; speeds are the scenario's, by class."""

    NATIONAL_PROVINCIAL = "national_provincial"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    FERRY = "ferry"


class Surface(StrEnum):
    """Surface of a road."""

    PAVED = "paved"
    UNPAVED = "unpaved"


@dataclass(frozen=True, slots=True)
class Township:
    """A 乡, 镇 or 街道 with its 9-digit code and the position of its seat; ``population`` where a source gives one.

    ``market_days`` are the days of the week, ascending, on which its market is held (1 = Monday); empty where there is
    none, where nobody says, or where the market follows the date.
    """

    code: str
    name: str
    lon: float
    lat: float
    names: Mapping[str, str] = field(default_factory=dict)
    population: int | None = None
    market_days: tuple[int, ...] = ()

    @property
    def is_subdistrict(self) -> bool:
        """Whether this is a 街道 (left out of the township indicator by default)."""
        return is_subdistrict(self.code)


@dataclass(frozen=True, slots=True)
class Village:
    """A village-level unit with its 12-digit code; ``population`` in persons.

    ``priority`` holds words such as ``poverty``, ``border``, ``old_revolutionary``, ``key_county``.
    """

    code: str
    name: str
    township_code: str
    kind: PlaceKind
    lon: float
    lat: float
    population: int
    priority: frozenset[str] = frozenset()

    @property
    def is_administrative(self) -> bool:
        """Whether this is a 建制村."""
        return self.kind is PlaceKind.ADMINISTRATIVE_VILLAGE


@dataclass(frozen=True, slots=True)
class Site:
    """A place that may host an outlet.

    ``max_tier`` is the highest tier its premises can carry. ``existing_tier`` is the tier it already
    works at, and is set exactly when ``status`` is existing. ``village_code`` is None for a site that
    stands in no village-level unit. ``mobile_4g`` is None where nobody knows whether there is 4G signal;
    ``connect_cost_cny`` is what connecting the site costs where broadband or 4G is missing, None where no source says.
    ``cold_store_m3`` is the cold store that stands there, 0 where none is known.
    """

    site_id: str
    name: str
    host: Host
    status: SiteStatus
    max_tier: Tier
    existing_tier: Tier | None
    township_code: str
    village_code: str | None
    lon: float
    lat: float
    broadband: Broadband
    mobile_4g: bool | None = None
    connect_cost_cny: int | None = None
    cold_store_m3: int = 0


@dataclass(frozen=True, slots=True)
class Road:
    """A stretch of road as surveyed; ``geometry`` in WGS84 degrees, drawn in the direction of travel.

    Roads join where they share a vertex. ``oneway`` forbids travel against the drawn direction.
    ``speed_limit_kmh`` is a signed limit that caps the speed of the class. ``closed_months`` are months
    (1–12) in which nobody can drive here. ``climb_m`` is all rise and fall along the stretch together,
    ``altitude_m`` its mean height above the sea; both None where no elevation was given.
    """

    road_id: str
    name: str
    road_class: RoadClass
    surface: Surface
    oneway: bool
    geometry: LineString
    speed_limit_kmh: float | None = None
    closed_months: frozenset[int] = frozenset()
    climb_m: float | None = None
    altitude_m: float | None = None


@dataclass(frozen=True, slots=True)
class BusStop:
    """A stop of a passenger line; ``minutes_from_start`` after the first stop's departure, None where unknown."""

    name: str
    lon: float
    lat: float
    minutes_from_start: int | None = None


@dataclass(frozen=True, slots=True)
class BusLine:
    """A passenger line, one direction, with its stops in order of travel; the way back is a line of its own.

    ``trips_per_day`` is None where no source gives it. ``departures_min`` are the first stop's departures in minutes
    after midnight, the same on each of ``days`` (1 = Monday); empty where no source gives a timetable.
    ``hold_parcels`` is the space free for parcels on every trip, None where nobody says.
    """

    line_id: str
    name: str
    stops: tuple[BusStop, ...]
    trips_per_day: int | None = None
    departures_min: tuple[int, ...] = ()
    hold_parcels: int | None = None
    days: tuple[int, ...] = EVERY_DAY

    @property
    def has_times(self) -> bool:
        """Whether it is known when each trip calls at each stop."""
        return bool(self.departures_min) and all(stop.minutes_from_start is not None for stop in self.stops)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer or a column comes from. ``text`` is the citation, ``vintage`` its year or date.

    ``assumes`` says in a few words what was assumed where no source speaks (``assumes_zh`` in Chinese); empty
    when nothing was. Whatever rests on it says so.
    """

    provenance: Provenance
    text: str
    licence: str = ""
    vintage: str = ""
    assumes: str = ""
    assumes_zh: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One input file of a county: its path relative to the county folder, its source, and its columns'."""

    name: str
    file: str
    source: Source
    columns: Mapping[str, Source] = field(default_factory=dict)
    sha256: str = ""

    def synthetic_columns(self) -> tuple[str, ...]:
        """Columns whose provenance is synthetic, in file order."""
        return tuple(name for name, source in self.columns.items() if source.provenance is Provenance.SYNTHETIC)

    def assumed_columns(self) -> tuple[str, ...]:
        """Columns of which some values were assumed, in file order."""
        return tuple(name for name, source in self.columns.items() if source.assumes)

    @property
    def label(self) -> str:
        """What tables say of the layer: its name when made-up, ``name:assumed a+b`` for assumed columns, else empty."""
        assumed = self.assumed_columns()
        if self.rests_on_synthetic or not assumed:
            return self.name if self.rests_on_synthetic else ""
        return f"{self.name}:assumed {'+'.join(assumed)}"

    @property
    def rests_on_synthetic(self) -> bool:
        """Whether the layer or any of its columns is made up."""
        return self.source.provenance is Provenance.SYNTHETIC or bool(self.synthetic_columns())


@dataclass(frozen=True, eq=False)
class County:
    """One county, read and checked. Every collection is sorted by its id; ``roads`` and ``bus_lines`` may be empty.

    ``metric_crs`` is the projected CRS (metres) in which lengths off the road network are measured.
    """

    code: str
    name: str
    names: Mapping[str, str]
    metric_crs: str
    boundary: Polygon | MultiPolygon
    townships: tuple[Township, ...]
    villages: tuple[Village, ...]
    sites: tuple[Site, ...]
    roads: tuple[Road, ...]
    layers: tuple[Layer, ...]
    folder: str
    bus_lines: tuple[BusLine, ...] = ()

    @cached_property
    def administrative_villages(self) -> tuple[Village, ...]:
        """The 建制村: the demand points of the plan, in order of code."""
        return tuple(village for village in self.villages if village.is_administrative)

    @cached_property
    def township_by_code(self) -> Mapping[str, Township]:
        """Townships by 9-digit code."""
        return {township.code: township for township in self.townships}

    @cached_property
    def village_by_code(self) -> Mapping[str, Village]:
        """Village-level units, residents' committees included, by 12-digit code."""
        return {village.code: village for village in self.villages}

    @cached_property
    def site_by_id(self) -> Mapping[str, Site]:
        """Candidate sites by site id."""
        return {site.site_id: site for site in self.sites}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that was read: the files' digests, and what ``county.toml`` says about them."""
        manifest = (self.folder, self.code, self.name, dict(self.names), self.metric_crs, self.layers)
        return sha256(repr(manifest).encode()).hexdigest()

    def layer(self, name: str) -> Layer:
        """The layer called ``name``; raises KeyError when the county has none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)

    def display_name(self, language: str) -> str:
        """The county's name in ``language`` (``zh`` or ``en``), falling back to the official Chinese one."""
        return self.names.get(language, self.name)

    @property
    def synthetic_layers(self) -> tuple[Layer, ...]:
        """Layers with made-up content: whatever is computed from them must say so."""
        return tuple(layer for layer in self.layers if layer.rests_on_synthetic)

    @property
    def synthetic_label(self) -> str:
        """The labels of the layers divided by ``|``; empty when all is real."""
        return "|".join(layer.label for layer in self.layers if layer.label)
