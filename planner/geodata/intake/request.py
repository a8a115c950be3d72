"""What a planner asks of `planner import`: which files, what is said about them, and what may be assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.codes import COUNTY_DIGITS, is_code
from planner.domain.county import Datum, Provenance
from planner.errors import UsageError
from planner.geodata.intake.aliases import Role, normal
from planner.geodata.intake.columns import ColumnMap
from planner.scenario import Candidates

if TYPE_CHECKING:
    import pyproj

SETTLEMENTS = ("village", "hamlet", "suburb")
"""Values of OSM's ``place=*`` that count as village-level units."""

URBAN = ("town", "city")
"""Values of OSM's ``place=*`` that are kept as residents' committees: places with residents, but no demand."""

LANGUAGES = ("zh", "en")
"""Languages of a county's names."""

_OPEN_ENCODING = (".csv", ".txt", ".tsv", ".shp")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the numbers of a file are in, as the planner said: a datum, or a projected CRS."""

    datum: Datum | None
    crs: pyproj.CRS | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Source, licence and vintage of the files that are given, as the planner states them."""

    source: str = ""
    licence: str = ""
    vintage: str = ""
    provenance: Provenance = Provenance.REAL


@dataclass(frozen=True, eq=False)
class ImportRequest:
    """One import. ``files`` by role; ``datum`` for all files, ``datums`` for single ones.

    ``names`` are the county's by language, ``zh`` and ``en``. ``people_per_building`` and ``assume_population`` are
    the two ways to fill residents that no source gives; with neither, a missing population is an error.
    ``drop_outside`` leaves out points beyond the boundary, ``drop_islands_km`` parts of the road network that nothing
    joins to the largest and that are no longer than this; both list what they leave out. ``join_within_m`` moves ends
    of roads that stop so near to another road onto it, ``node_crossings`` joins roads that cross without a common
    vertex; both list what they change.
    """

    name: str
    out: Path
    files: Mapping[Role, Path] = field(default_factory=dict)
    code: str | None = None
    osm: Path | None = None
    osm_area: str | None = None
    place: str | None = None
    elevation: Path | None = None
    datum: Declared | None = None
    datums: Mapping[Role, Declared] = field(default_factory=dict)
    maps: Sequence[ColumnMap] = ()
    encodings: Mapping[Role | None, str] = field(default_factory=dict)
    layers: Mapping[Role, str] = field(default_factory=dict)
    candidates: Candidates = field(default_factory=Candidates)
    county_seat: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    people_per_building: float | None = None
    assume_population: int | None = None
    township_level: int | None = None
    settlements: tuple[str, ...] = SETTLEMENTS
    urban: tuple[str, ...] = URBAN
    citations: Mapping[Role | None, Citation] = field(default_factory=dict)
    drop_outside: bool = False
    drop_islands_km: float = 0.0
    join_within_m: float = 0.0
    node_crossings: bool = False
    replace: bool = False

    @property
    def urban_places(self) -> tuple[str, ...]:
        """Values of ``place=*`` that are urban and not asked for as villages."""
        return tuple(place for place in self.urban if place not in self.settlements)

    @property
    def positions_elsewhere(self) -> bool:
        """Whether positions that a list of villages lacks may be found in another file or in OpenStreetMap."""
        return Role.POSITIONS in self.files or self.osm is not None or self.place is not None

    def declared(self, role: Role) -> Declared | None:
        """What was said of this very file, else of all files."""
        return self.datums.get(role, self.datum)

    def cited(self, role: Role) -> Citation:
        """Source, licence and vintage of the file of ``role``."""
        return self.citations.get(role) or self.citations.get(None, Citation())

    def encoding(self, role: Role, path: Path) -> str | None:
        """The encoding said of this very file, else, where its format leaves it open, of all files."""
        common = self.encodings.get(None) if path.suffix.lower() in _OPEN_ENCODING else None
        return self.encodings.get(role, common)


def check_request(request: ImportRequest) -> None:
    """Raise UsageError for a request that makes no sense whatever the files hold."""
    if not request.name.strip():
        raise UsageError("--name: give the county's official name")
    if not request.name.isprintable():
        raise UsageError("--name: holds a line break or another control character")
    if request.code is not None and not is_code(request.code, COUNTY_DIGITS):
        raise UsageError(f"--code {request.code}: a county code has 6 digits")
    if request.osm is not None and request.place is not None:
        raise UsageError("--osm and --place both name the source of OpenStreetMap data: give one")
    if not request.files and request.osm is None and request.place is None:
        raise UsageError("nothing to import: give --osm, --place, or files (--boundary, --townships, --villages, …)")
    if request.elevation is not None and not request.elevation.is_file():
        raise UsageError(f"--elevation {request.elevation}: no such file")
    if request.people_per_building is not None and not 0 < request.people_per_building < inf:
        raise UsageError("--people-per-building: give a number above 0")
    if Role.POSITIONS in request.files and Role.VILLAGES not in request.files:
        raise UsageError("--positions fills in what a list of villages lacks: give that list with --villages")
    if not any(request.settlements):
        raise UsageError("--settlements: name at least one value of place=*, e.g. village")
    if request.assume_population is not None and request.assume_population < 0:
        raise UsageError("--assume-population: give 0 or more")


def parse_role(text: str, option: str) -> Role:
    """The role called ``text``; raises UsageError naming those that there are."""
    if text not in set(Role):
        raise UsageError(f"{option}: {text} is none of {', '.join(Role)}")
    return Role(text)


def parse_datums(texts: Iterable[str]) -> tuple[Declared | None, dict[Role, Declared]]:
    """``GCJ-02`` for all files, ``villages=BD-09`` for one; an EPSG code in place of a datum names a projected CRS."""
    common, single = None, {}
    for text in texts:
        role, separator, value = text.rpartition("=")
        if separator:
            single[parse_role(role, "--datum")] = _declared(value)
        else:
            common = _declared(value)
    return common, single


def _declared(text: str) -> Declared:
    by_name = {normal(datum): datum for datum in Datum}
    if normal(text) in by_name:
        return Declared(by_name[normal(text)])
    if text.upper().startswith("EPSG:"):
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            return Declared(None, CRS.from_user_input(text))
        except CRSError as error:
            raise UsageError(f"--datum {text}: no such coordinate reference system") from error
    raise UsageError(f"--datum {text}: give {', '.join(Datum)}, or the EPSG code of a projected zone")


def parse_maps(texts: Iterable[str]) -> tuple[ColumnMap, ...]:
    """``村名=name`` for every file, ``villages:名称=name`` for one."""
    maps = []
    for text in texts:
        raw, separator, ours = text.rpartition("=")
        if not separator or not raw.strip() or not ours.strip():
            raise UsageError(f"--map {text}: write it as RAW=OURS, e.g. 村名=name")
        before, colon, after = raw.partition(":")
        role = Role(before.strip()) if colon and before.strip() in set(Role) else None
        maps.append(ColumnMap((raw if role is None else after).strip(), ours.strip(), role))
    return tuple(maps)


def parse_by_role(texts: Iterable[str], option: str) -> dict[Role | None, str]:
    """``ROLE=VALUE`` entries by role; a bare value counts for every file, under None."""
    values: dict[Role | None, str] = {}
    for text in texts:
        role, separator, value = text.partition("=")
        if separator:
            values[parse_role(role, option)] = value
        else:
            values[None] = text
    return values


def parse_places(text: str) -> tuple[str, ...]:
    """``village, hamlet`` as values of ``place=*``; an empty text names none."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def parse_names(texts: Iterable[str]) -> dict[str, str]:
    """``zh=怀特岛`` entries by language."""
    names = {}
    for text in texts:
        language, _, name = text.partition("=")
        if language not in LANGUAGES or not name.strip():
            raise UsageError(f"--name-in {text}: write it as LANGUAGE=NAME with {' or '.join(LANGUAGES)}")
        names[language] = name.strip()
    return names


def parse_layers(texts: Iterable[str]) -> dict[Role, str]:
    """``ROLE=LAYER`` entries by role."""
    layers = parse_by_role(texts, "--layer")
    if None in layers:
        raise UsageError(f"--layer {layers[None]}: say of which file, e.g. --layer villages={layers[None]}")
    return {role: layer for role, layer in layers.items() if role is not None}


def parse_citations(
    sources: Iterable[str], licences: Iterable[str], vintages: Iterable[str], provenances: Iterable[str]
) -> dict[Role | None, Citation]:
    """What is said of all files (under None) and of single ones, in which the rest is as for all."""
    said = {
        "source": _cited(sources), "licence": _cited(licences), "vintage": _cited(vintages),
        "provenance": _cited(provenances),
    }  # fmt: skip
    roles = {role for values in said.values() for role in values}
    citations = {}
    for role in (None, *Role):
        if role is not None and role not in roles:
            continue
        texts = {key: values.get(role, values.get(None, "")) for key, values in said.items()}
        word = texts.pop("provenance") or Provenance.REAL
        if word not in set(Provenance):
            raise UsageError(f"--provenance {word}: write one of {', '.join(Provenance)}")
        citations[role] = Citation(**texts, provenance=Provenance(word))
    return citations


def _cited(texts: Iterable[str]) -> dict[Role | None, str]:
    """As `parse_by_role`, but a citation may hold ``=`` itself: only a role before it counts."""
    values: dict[Role | None, str] = {}
    for text in texts:
        role, separator, value = text.partition("=")
        known = separator and role in set(Role)
        values[Role(role) if known else None] = value if known else text
    return values
