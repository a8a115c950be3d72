"""What `check_county` found: every defect, the county when it can be planned, and its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.county import County, RoadClass
from planner.errors import Defect, Severity
from planner.geodata.roads import components, line_lengths_m

if TYPE_CHECKING:
    from planner.geodata.checks import Layers
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
        roads = ", ".join(f"{name} {km:,.1f} km" for name, km in self.road_km_by_class.items() if km)
        status = ", ".join(f"{count} {name}" for name, count in self.sites_by_status.items())
        tiers = ", ".join(f"{count} up to {name}" for name, count in self.sites_by_max_tier.items())
        return (
            f"townships: {self.townships}",
            f"villages: {self.administrative_villages} administrative villages, {self.residents_committees} "
            f"residents' committees",
            f"population: {self.population:,}, of which {self.village_population:,} in administrative villages",
            f"sites: {self.sites} ({status}; {tiers})",
            f"roads: {self.road_count} stretches, {self.road_km:,.1f} km ({roads})",
            f"connected road parts: {self.road_components}, {self.road_km_outside_largest:,.1f} km outside the largest",
            *self.provenance,
            *(f"sha256 {name}: {digest}" for name, digest in self.digests.items()),
        )


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


def collect_facts(county: County) -> Facts:
    """Counts, sums, lengths, provenance and digests of ``county``."""
    lines = [road.geometry for road in county.roads]
    km = np.round(line_lengths_m(lines)) / 1000
    classes = np.array([road.road_class.value for road in county.roads])
    part = components(lines)
    per_part = np.bincount(part, weights=km)
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
        road_components=len(per_part),
        road_km_outside_largest=float(per_part.sum() - per_part.max()),
        provenance=_provenance(county),
        digests={layer.name: layer.sha256 for layer in county.layers},
    )


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
