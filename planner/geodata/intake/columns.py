"""Which column of a raw file means what: recognised by its header, or said with ``--map``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from planner.geodata.intake.aliases import POSITIONS, Header, Role, field_names, normal, understand, understand_cut
from planner.geodata.log import DefectLog
from planner.geodata.sources.raw import RawTable

UNREAD = "-"
"""What ``--map`` gives a column that is to be left unread."""

MOST_LISTED = 20
"""Columns that a message names."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One ``--map [ROLE:]RAW=OURS``."""

    raw: str
    ours: str
    role: Role | None = None

    @property
    def text(self) -> str:
        """The setting as it is written."""
        return f"{'' if self.role is None else f'{self.role}:'}{self.raw}={self.ours}"


@dataclass(frozen=True, eq=False)
class Table:
    """A raw file whose columns are understood. ``headers`` maps our field names to the file's headers."""

    raw: RawTable
    role: Role
    headers: Mapping[str, str]
    unread: tuple[str, ...] = ()
    datum: str = ""
    """Datum that a coordinate's header names in brackets, empty when none does."""
    mapped: frozenset[str] = field(default_factory=frozenset)
    """Fields that ``--map`` decided."""

    @property
    def file(self) -> str:
        """The file as the planner named it."""
        return self.raw.file

    def __len__(self) -> int:
        return len(self.raw)

    def has(self, ours: str) -> bool:
        """Whether a column means ``ours``."""
        return ours in self.headers

    def texts(self, ours: str) -> Sequence[str]:
        """Cell texts of ``ours``, empty texts when no column means it."""
        header = self.headers.get(ours)
        return [""] * len(self) if header is None else self.raw.columns[header]

    def header(self, ours: str) -> str:
        """The file's own header of ``ours``, for messages; ours when no column means it."""
        return self.headers.get(ours, ours)

    def guess(self) -> str:
        """What was recognised, for people: ``村名 → name, 经度 → lon``; then what was left unread."""
        pairs = [f"{raw} → {ours}" for ours, raw in self.headers.items()]
        read = ", ".join(pairs) or "nothing"
        return read + (f"; left unread: {', '.join(self.unread)}" if self.unread else "")


def recognise(raw: RawTable, role: Role, maps: Sequence[ColumnMap], found: DefectLog) -> Table | None:
    """Understand the headers of ``raw``; None after adding an error when two columns claim one meaning."""
    said = _said(raw, role, maps)
    claims: dict[str, list[str]] = {}
    understood: dict[str, Header] = {}
    decided = {ours for ours in said.values() if ours != UNREAD}
    for header in raw.columns:
        meaning = Header(said[header]) if header in said else _understand(header, raw, role)
        if meaning is None or meaning.field == UNREAD or (header not in said and meaning.field in decided):
            continue
        if raw.geometries is not None and meaning.field in POSITIONS and header not in said:
            continue  # its geometry says where it lies
        claims.setdefault(meaning.field, []).append(header)
        understood[header] = meaning
    before = len(found.defects)
    for ours, headers in claims.items():
        if len(headers) > 1:
            found.error(
                "column-claimed-twice",
                raw.file,
                f"columns {' and '.join(headers)} both mean {ours}",
                f"say which with --map {headers[0]}={ours}, or leave one unread with --map {headers[-1]}={UNREAD}",
                column=headers[-1],
            )
    for header, meaning in understood.items():
        _check_unit(header, meaning, raw.file, found)
    datums = {meaning.datum for meaning in understood.values()} - {""}
    if len(datums) > 1:
        found.error(
            "datum-unclear", raw.file, f"has columns in {' and in '.join(sorted(datums))}, as their headers say",
            "give both coordinates in one datum",
        )  # fmt: skip
    if not claims and raw.geometries is None and role is not Role.BOUNDARY:
        found.error(
            "missing-column", raw.file, f"has no column that is recognised; its columns are {listed(raw.columns)}",
            "say what they mean with --map, e.g. --map 村名=name --map 经度=lon --map 纬度=lat",
        )  # fmt: skip
    if len(found.defects) > before:
        return None
    order = field_names(role)
    headers_by_field = {ours: claims[ours][0] for ours in sorted(claims, key=order.index)}
    unread = tuple(header for header in raw.columns if header not in understood)
    return Table(raw, role, headers_by_field, unread, "".join(datums), frozenset(decided))


def listed(headers: Iterable[str]) -> str:
    """Headers for a message: the first of them, when there are many."""
    names = list(headers)
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more or "none"


def _said(raw: RawTable, role: Role, maps: Iterable[ColumnMap]) -> dict[str, str]:
    """Our name by header, where ``--map`` gives one that this role knows."""
    known = {*field_names(role), UNREAD}
    return {
        header: entry.ours
        for entry in maps
        if entry.role in (None, role) and entry.ours in known
        for header in raw.columns
        if header == entry.raw or normal(header) == normal(entry.raw)
    }


def _understand(header: str, raw: RawTable, role: Role) -> Header | None:
    meaning = understand(header, role)
    if meaning is None and raw.file.lower().endswith(".shp"):
        return understand_cut(header, role)
    return meaning


def _check_unit(header: str, meaning: Header, file: str, found: DefectLog) -> None:
    if meaning.unit_refused:
        found.error(
            "unit",
            file,
            f"is in {meaning.unit_refused}, which is not the unit of {meaning.field}",
            "convert the numbers and rename the column; nothing is converted by guess",
            column=header,
        )


def check_maps(maps: Sequence[ColumnMap], tables: Sequence[tuple[Role, RawTable]], found: DefectLog) -> None:
    """Add an error for each ``--map`` that names a column no file has, or a meaning that its file cannot have."""
    for entry in maps:
        roles = [
            role
            for role, raw in tables
            if entry.role in (None, role) and any(normal(header) == normal(entry.raw) for header in raw.columns)
        ]
        if not roles:
            seen = [header for role, raw in tables if entry.role in (None, role) for header in raw.columns]
            found.error(
                "unknown-map",
                f"--map {entry.text}",
                f"no file has a column {entry.raw}",
                f"name one of {listed(dict.fromkeys(seen)) if seen else 'the columns of a file that is given'}",
            )
        elif entry.ours != UNREAD and not any(entry.ours in field_names(role) for role in roles):
            choices = dict.fromkeys(name for role in roles for name in field_names(role))
            found.error(
                "unknown-map",
                f"--map {entry.text}",
                f"{entry.ours} is not something that this file can hold",
                f"write one of {', '.join(choices)}, or {UNREAD} to leave the column unread",
            )
