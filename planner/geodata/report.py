"""What `check_county` found: every defect, the county when it can be planned, and its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import County, Road, RoadClass
from planner.errors import Defect, Severity
from planner.geodata.divisions import rests_on_provisional
from planner.geodata.roads import components, line_lengths_m

if TYPE_CHECKING:
    from planner.geodata.checks import Layers
    from planner.geodata.datum import Frame
    from planner.geodata.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts and sums of a county that was read. Lengths in km along the road, in whole metres."""

    townships: int
    administrative_villages: int
    residents_committees: int
    population: int
    """Residents of all village-level units."""
    village_population: int
    """Residents of the administrative villages."""
    sites_by_status: Mapping[str, int]
    sites_by_max_tier: Mapping[str, int]
    road_count: int
    road_km_by_class: Mapping[str, float]
    road_components: int
    road_km_outside_largest: float
    provenance: tuple[str, ...]
    """One line a layer, and one a column of its own source."""
    digests: Mapping[str, str]
    """SHA-256 of each layer by its name."""
    conversions: Mapping[str, str] = field(default_factory=dict)
    """What the coordinates of a layer were in, by its name, where reading has converted them to WGS84."""
    provisional_codes: int = 0
    """Townships and village-level units whose codes are not official."""
    ferry_count: int = 0
    limited_road_km: float = 0.0
    """Roads with a signed speed limit."""
    closed_road_km: float = 0.0
    """Roads closed in some month."""
    bus_lines: int = 0
    bus_stops: int = 0
    bus_lines_with_trips: int = 0
    """Lines whose trips a day are known."""

    @property
    def sites(self) -> int:
        """Number of sites."""
        return sum(self.sites_by_status.values())

    @property
    def road_km(self) -> float:
        """Length of all roads in km."""
        return sum(self.road_km_by_class.values())

    def lines(self) -> tuple[str, ...]:
        """The facts as lines of text."""
        status = ", ".join(f"{count} {name}" for name, count in self.sites_by_status.items())
        tiers = ", ".join(f"{count} up to {name}" for name, count in self.sites_by_max_tier.items())
        return (
            f"townships: {self.townships}",
            f"villages: {self.administrative_villages} administrative villages, {self.residents_committees} "
            f"residents' committees",
            f"population: {self.population:,}, of which {self.village_population:,} in administrative villages",
            f"sites: {self.sites} ({status}; {tiers})",
            *self._road_lines(),
            *self._other_lines(),
            *self.provenance,
            *(f"sha256 {name}: {digest}" for name, digest in self.digests.items()),
        )

    def _road_lines(self) -> tuple[str, ...]:
        if not self.road_count:
            return ("roads: none",)
        classes = ", ".join(f"{name} {km:,.1f} km" for name, km in self.road_km_by_class.items() if km)
        more = (
            (self.ferry_count, f"ferries: {self.ferry_count}"),
            (self.limited_road_km, f"roads with a signed speed limit: {self.limited_road_km:,.1f} km"),
            (self.closed_road_km, f"roads closed in some months: {self.closed_road_km:,.1f} km"),
        )
        return (
            f"roads: {self.road_count} stretches, {self.road_km:,.1f} km ({classes})",
            f"connected road parts: {self.road_components}, {self.road_km_outside_largest:,.1f} km outside the largest",
            *(text for figure, text in more if figure),
        )

    def _other_lines(self) -> tuple[str, ...]:
        more = (
            (
                self.bus_lines,
                f"passenger lines: {self.bus_lines} with {self.bus_stops} stops, trips a day known for "
                f"{self.bus_lines_with_trips}",
            ),
            (self.provisional_codes, f"provisional codes: {self.provisional_codes} places have no official code"),
        )
        moved = (f"{name}: converted from {frame} to WGS84 on reading" for name, frame in self.conversions.items())
        return (*(text for figure, text in more if figure), *moved)


@dataclass(frozen=True, eq=False)
class CheckReport:
    """All defects of a county folder. ``county`` and ``facts`` are None when any of them is an error.

    ``manifest`` and ``layers`` are what could be read in either case: enough to show where the defects are.
    """

    folder: str
    defects: tuple[Defect, ...]
    county: County | None
    facts: Facts | None
    manifest: Manifest | None = None
    layers: Layers | None = None

    @property
    def errors(self) -> tuple[Defect, ...]:
        """Defects that stop the plan."""
        return tuple(defect for defect in self.defects if defect.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Defect, ...]:
        """Defects that are shown with every result."""
        return tuple(defect for defect in self.defects if defect.severity is Severity.WARNING)

    def lines(self, warnings: Sequence[Defect] = (), facts: Sequence[str] = ()) -> tuple[str, ...]:
        """The report as lines of text: one for each defect, errors first, then the facts, then the count.

        ``warnings`` and ``facts`` are what other rooms found (snap distances, say), put after the report's own.
        """
        all_warnings = (*self.warnings, *warnings)
        listed = [f"{defect.severity}: {defect.line()}" for defect in (*self.errors, *all_warnings)]
        own_facts = () if self.facts is None else self.facts.lines()
        total = f"{_count(len(self.errors), 'error')}, {_count(len(all_warnings), 'warning')} in {self.folder}"
        return (*listed, *own_facts, *facts, total)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def order_defects(defects: Sequence[Defect], files: Sequence[str]) -> tuple[Defect, ...]:
    """Defects by file in the order of ``files``, whole-file ones first, then by row and column."""
    place = {file: number for number, file in reversed(list(enumerate(files)))}
    return tuple(
        sorted(
            defects, key=lambda defect: (place.get(defect.file, -1), defect.row or 0, defect.column or "", defect.code)
        )
    )


def collect_facts(county: County, frames: Mapping[str, Frame] | None = None) -> Facts:
    """Counts, sums, lengths, provenance and digests of ``county``; ``frames`` is what its files had coordinates in."""
    lines = [road.geometry for road in county.roads]
    km = np.round(line_lengths_m(lines)) / 1000 if lines else np.zeros(0)
    classes = np.array([road.road_class.value for road in county.roads], dtype=str)
    per_part = np.bincount(components(lines), weights=km) if lines else np.zeros(1)
    statuses = Counter(site.status.value for site in county.sites)
    tiers = Counter(site.max_tier.word for site in sorted(county.sites, key=lambda site: site.max_tier))
    return Facts(
        townships=len(county.townships),
        administrative_villages=len(county.administrative_villages),
        residents_committees=len(county.villages) - len(county.administrative_villages),
        population=sum(village.population for village in county.villages),
        village_population=sum(village.population for village in county.administrative_villages),
        sites_by_status=dict(sorted(statuses.items())),
        sites_by_max_tier=dict(tiers),
        road_count=len(county.roads),
        road_km_by_class={word.value: float(km[classes == word.value].sum()) for word in RoadClass},
        road_components=len(per_part) if lines else 0,
        road_km_outside_largest=float(per_part.sum() - per_part.max()),
        provenance=_provenance(county),
        digests={layer.name: layer.sha256 for layer in county.layers},
        conversions={name: frame.text for name, frame in (frames or {}).items() if frame.converts},
        provisional_codes=sum(map(rests_on_provisional, (*county.township_by_code, *county.village_by_code))),
        ferry_count=int((classes == RoadClass.FERRY.value).sum()),
        limited_road_km=_km_where(county, km, lambda road: road.speed_limit_kmh is not None),
        closed_road_km=_km_where(county, km, lambda road: bool(road.closed_months)),
        bus_lines=len(county.bus_lines),
        bus_stops=sum(len(line.stops) for line in county.bus_lines),
        bus_lines_with_trips=sum(line.trips_per_day is not None for line in county.bus_lines),
    )


def _km_where(county: County, km: NDArray[np.float64], wanted: Callable[[Road], bool]) -> float:
    return float(sum(length for road, length in zip(county.roads, km.tolist(), strict=True) if wanted(road)))


def _provenance(county: County) -> tuple[str, ...]:
    lines = []
    for layer in county.layers:
        for label, source in (
            (layer.name, layer.source),
            *((f"{layer.name}.{c}", s) for c, s in layer.columns.items()),
        ):
            detail = ", ".join(part for part in (source.vintage, source.licence) if part)
            lines.append(f"{label}: {source.provenance} — {source.text}" + (f" ({detail})" if detail else ""))
    return tuple(lines)
