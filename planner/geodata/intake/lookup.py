"""Positions that a list of villages lacks, found in another file or in OpenStreetMap: by code, else by name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from planner.domain.county import Provenance, Source
from planner.geodata.boundary import inside
from planner.geodata.crs import ELLIPSOID
from planner.geodata.divisions import NameIndex, name_key, place_villages
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.draft import Note, Township, Village
from planner.geodata.intake.positions import conversion_of, lacks_position, place
from planner.geodata.intake.sourcing import file_source
from planner.geodata.intake.townships import township_code, village_code
from planner.geodata.intake.values import parse_column
from planner.geodata.intake.villages import TOLD

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from planner.geodata.intake.assembly import Assembly
    from planner.geodata.intake.columns import Table
    from planner.geodata.osm import OsmExtract

    Areas = Sequence[Polygon | MultiPolygon | None]

FAR_M: Final = 500.0
"""A village's own position and one found elsewhere that lie farther apart are told in review.csv."""

MOST_LISTED: Final = 5
FIX: Final = "give its coordinates, in the list or by --positions FILE (a table or map with codes or names, and points)"


@dataclass(frozen=True, eq=False)
class Places:
    """Places with known positions in one source. Every sequence has one entry a place.

    ``township`` holds positions in the list of townships, −1 where unknown; ``names`` all that a place is called by;
    ``labels`` what people find it by: an OpenStreetMap id, or a row.
    """

    file: str
    source: Source
    names: Sequence[tuple[str, ...]]
    codes: Sequence[str]
    labels: Sequence[str]
    township: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def label(self, position: int) -> str:
        """What people find a place by, and its name."""
        return f"{self.labels[position]} {' '.join(self.names[position][:1])}".strip()


@dataclass(eq=False)
class _Names:
    """Places by township and name: as written, and by `name_key`."""

    written: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    keyed: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, places: Places) -> _Names:
        """The names of ``places`` whose township is known."""
        names = cls()
        for position, (township, texts) in enumerate(zip(places.township.tolist(), places.names, strict=True)):
            for text in texts if township >= 0 else ():
                names.written[township, text].add(position)
                names.keyed[township, name_key(text)].add(position)
        return names

    def find(self, village: Village) -> list[int]:
        """Places of the village's township that are written alike, else those of the same key."""
        alike = self.written.get((village.township, village.name), set())
        return sorted(alike or self.keyed.get((village.township, name_key(village.name)), set()))


@dataclass(frozen=True, slots=True)
class _Hit:
    """The place taken for a village, and whether the code told it."""

    place: int
    by_code: bool


def look_up_positions(work: Assembly, table: Table, villages: Sequence[Village]) -> tuple[Source, ...]:
    """Fill in the positions that ``villages``, the rows of ``table``, lack; returns where they came from.

    Each is noted; each that is found nowhere, or in several places, is an error.
    """
    lacking = lacks_position(table)
    missing = [village for village, lacks in zip(villages, lacking.tolist(), strict=True) if lacks]
    given = work.tables.get(Role.POSITIONS)
    if not missing and given is None:
        return ()
    townships, before = work.draft.townships, len(work.found.defects)
    _townships_by_code(villages, townships)
    polygons = _polygons(townships, work.osm)
    sources = []
    if given is not None and (places := _from_table(work, given, polygons)) is not None:
        sources.append(places)
        _tell_differing(places, [village for village in villages if np.isfinite(village.lon)])
    if missing and work.osm is not None:
        sources.append(_from_osm(work, work.osm, polygons))
    lost = (Role.POSITIONS in work.request.files and given is None) or (work.osm is None and work.osm_file)
    if lost or not townships or len(work.found.defects) > before:
        return ()  # told; what the villages lack follows from it
    filled = []
    for places in sources:
        still = [village for village in missing if not np.isfinite(village.lon) and village.township != TOLD]
        hits = _fill(places, still, townships, work, table)
        if hits:
            filled.append(_cited(places, hits, len(villages)))
            work.draft.facts.append(f"positions of villages: {filled[-1].text}")
    _tell_lost(missing, [Path(places.file).name for places in sources], townships, work, table)
    return tuple(filled)


def _townships_by_code(villages: Iterable[Village], townships: Sequence[Township]) -> None:
    by_code = {township.code: position for position, township in enumerate(townships) if township.code}
    for village in villages:
        if village.code and village.township == -1:
            village.township = by_code.get(village.code[:9], -1)


def _polygons(townships: Sequence[Township], osm: OsmExtract | None) -> Areas:
    """The townships' areas; of those without one that of the same name in OpenStreetMap."""
    areas = () if osm is None else osm.townships
    index = NameIndex([area.name for area in areas])
    polygons: list[Polygon | MultiPolygon | None] = []
    for township in townships:
        hits = index.find(township.name) if township.polygon is None else ()
        polygons.append(areas[hits[0]].polygon if len(hits) == 1 else township.polygon)
    return polygons


def _townships_at(
    lon: NDArray[np.float64], lat: NDArray[np.float64], townships: Sequence[Township], polygons: Areas
) -> NDArray[np.int64]:
    seats = np.array([(township.lon, township.lat) for township in townships], dtype=np.float64)
    return place_villages(np.column_stack([lon, lat]), polygons, seats).township


def _from_osm(work: Assembly, osm: OsmExtract, polygons: Areas) -> Places:
    """The settlements; towns are left out, since a village may bear the name of the town it does not lie in."""
    taken = [place for place in osm.settlements if place.place not in work.request.urban_places]
    chinese = [tuple(text for tag, text in place.names.items() if tag.startswith("zh")) for place in taken]
    lon, lat = (np.array([getattr(place, axis) for place in taken], dtype=np.float64) for axis in ("lon", "lat"))
    return Places(
        work.osm_file, work.osm_source(), [(place.name, *more) for place, more in zip(taken, chinese, strict=True)],
        [place.code for place in taken], [place.osm_id for place in taken],
        _townships_at(lon, lat, work.draft.townships, polygons), lon, lat,
    )  # fmt: skip


def _from_table(work: Assembly, table: Table, polygons: Areas) -> Places | None:
    """The rows of the file of positions within the county; None after an error."""
    found, draft = work.found, work.draft
    if not table.has("name") and not table.has("code"):
        found.error(
            "missing-column", table.file, "has neither a code nor a name to find the villages by",
            "say which with --map 列名=code or --map 列名=name", column="name",
        )  # fmt: skip
        return None
    before = len(found.defects)
    placed = place(table, work.request, found)
    codes = parse_column(table, "code", village_code, "", found)
    stated = _stated(table, draft.townships, work)
    _tell_repeated(table, codes, work)
    if placed is None or len(found.defects) > before:
        return None
    near = placed.known if draft.boundary is None else placed.known & inside(draft.boundary, placed.lon, placed.lat)
    if not near.all():
        count = int((~near).sum())
        draft.facts.append(f"{Path(table.file).name}: {count} of {len(table)} rows lie outside the boundary, not used")
    at = np.flatnonzero(near)
    lon, lat, names = placed.lon[at], placed.lat[at], table.texts("name")
    township = _townships_at(lon, lat, draft.townships, polygons) if draft.townships else np.full(len(at), -1)
    township = np.where(stated[at] >= 0, stated[at], township)
    conversion = work.conversions[Role.POSITIONS] = conversion_of(table, work.request)
    source = file_source(work.request, Role.POSITIONS, table.file)
    if conversion.startswith("converted"):
        source = Source(source.provenance, f"{source.text}, {conversion}", source.licence, source.vintage)
    return Places(
        table.file, source, [(names[i],) if names[i] else () for i in at.tolist()], [codes[i] for i in at.tolist()],
        [f"row {table.raw.rows[i]}" for i in at.tolist()], township, lon, lat,
    )  # fmt: skip


def _stated(table: Table, townships: Sequence[Township], work: Assembly) -> NDArray[np.int64]:
    """The township that a row's columns name, −1 where they name none that is known: then its position tells."""
    by_code = {township.code: position for position, township in enumerate(townships) if township.code}
    index = NameIndex([township.name for township in townships])
    codes = parse_column(table, "township_code", township_code, "", work.found)
    stated = np.full(len(table), -1, dtype=np.int64)
    for i, (code, name) in enumerate(zip(codes, table.texts("township_name"), strict=True)):
        hits = index.find(name) if name else ()
        stated[i] = by_code.get(code, hits[0] if len(hits) == 1 else -1)
    return stated


def _tell_repeated(table: Table, codes: Sequence[str], work: Assembly) -> None:
    first: dict[str, int] = {}
    for code, row in zip(codes, table.raw.rows, strict=True):
        if code and first.setdefault(code, row) != row:
            work.found.error(
                "duplicate-code", table.file, f"repeats the code of row {first[code]}", "keep one of the two rows",
                row=row, column=table.header("code"), value=code,
            )  # fmt: skip


def _tell_differing(places: Places, villages: Sequence[Village]) -> None:
    """Note the villages with a position of their own that lies far from the one in ``places``."""
    for number, hit in _hits(places, villages).items():
        metres = _apart(villages[number], places, hit.place)
        if metres > FAR_M:
            guess = f"kept as the list has it; {places.label(hit.place)} of {Path(places.file).name} lies elsewhere"
            villages[number].notes.append(Note("position-differs", guess, _why(hit), metres))


def _why(hit: _Hit) -> str:
    return "the same code" if hit.by_code else "the only place of that name in its township"


def _apart(village: Village, places: Places, at: int) -> float:
    return float(ELLIPSOID.inv(village.lon, village.lat, places.lon[at], places.lat[at])[2])


def _hits(
    places: Places, villages: Sequence[Village], tell: Callable[[Village, str], None] | None = None
) -> dict[int, _Hit]:
    """The place of each village (by its position in ``villages``) that one and no other is; ``tell`` of the others."""
    counted = Counter(places.codes)
    by_code = {code: position for position, code in enumerate(places.codes) if code and counted[code] == 1}
    names, hits = _Names.of(places), dict[int, _Hit]()
    claims: dict[int, list[int]] = defaultdict(list)
    for number, village in enumerate(villages):
        if village.code in by_code:
            hits[number] = _Hit(by_code[village.code], by_code=True)
            continue
        members = names.find(village)
        if len(members) == 1:
            claims[members[0]].append(number)
        elif members and tell is not None:
            some = ", ".join(places.label(member) for member in members[:MOST_LISTED])
            tell(village, f"{len(members)} places of that name in its township: {some} in {Path(places.file).name}")
    taken = {hit.place for hit in hits.values()}
    for member, numbers in claims.items():
        if member in taken:
            continue
        alike = [number for number in numbers if villages[number].name in places.names[member]]
        mine = alike if len(alike) == 1 else numbers
        if len(mine) == 1:
            hits[mine[0]] = _Hit(member, by_code=False)
        elif tell is not None:
            rows = ", ".join(f"row {villages[number].row}" for number in mine[:MOST_LISTED])
            for number in mine:
                tell(villages[number], f"{places.label(member)} in {Path(places.file).name} may be any of {rows}")
    return hits


def _fill(
    places: Places, villages: Sequence[Village], townships: Sequence[Township], work: Assembly, table: Table
) -> list[_Hit]:
    """Give each village the position of its place; returns the places taken. What is ambiguous is told as an error."""

    def tell(village: Village, problem: str) -> None:
        village.township = TOLD
        _tell(village, problem, work, table)

    hits = _hits(places, villages, tell)
    for number, hit in hits.items():
        village = villages[number]
        village.lon, village.lat = float(places.lon[hit.place]), float(places.lat[hit.place])
        kind = "position-by-code" if hit.by_code else "position-by-name"
        where = f" ({townships[village.township].name})" if village.township >= 0 else ""
        why = f"{Path(places.file).name}: {_why(hit)}{where}"
        village.notes.append(Note(kind, places.label(hit.place), why))
        others = {name_key(name) for name in places.names[hit.place]}
        if hit.by_code and others and name_key(village.name) not in others:
            guess = f"the position of {places.label(hit.place)}"
            village.notes.append(Note("position-differs", guess, "the same code, but another name"))
    return list(hits.values())


def _tell_lost(
    missing: Sequence[Village], files: Sequence[str], townships: Sequence[Township], work: Assembly, table: Table
) -> None:
    """An error for each village whose position was found nowhere."""
    for village in missing:
        if np.isfinite(village.lon) or village.township == TOLD:
            continue
        if village.township < 0:
            problem = "nothing tells its township, without which a name decides nothing"
        else:
            where = " nor ".join(files)
            problem = f"there is no place of that name in {townships[village.township].name} in {where}"
        _tell(village, problem, work, table)
    work.found.fold(table.file, len(table))


def _tell(village: Village, problem: str, work: Assembly, table: Table) -> None:
    work.found.error(
        "no-position", table.file, f"({village.name}) has no position, and {problem}", FIX,
        row=village.row, column=table.header("name"), value=village.name,
    )  # fmt: skip


def _cited(places: Places, hits: Sequence[_Hit], total: int) -> Source:
    """Where the positions that were filled in come from: derived, since names and codes were matched."""
    made_up = places.source.provenance is Provenance.SYNTHETIC
    coded = sum(hit.by_code for hit in hits)
    ways = [f"{count} by {way}" for count, way in ((coded, "code"), (len(hits) - coded, "name")) if count]
    text = f"{len(hits)} of {total} from {places.source.text}: {', '.join(ways)}"
    provenance = Provenance.SYNTHETIC if made_up else Provenance.DERIVED
    return Source(provenance, text, places.source.licence, places.source.vintage)
