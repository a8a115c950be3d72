"""Where each layer and column of an imported county comes from, for county.toml and SOURCES.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from planner.domain.county import Broadband, Provenance, Source
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.draft import Drafted, Township, Village
from planner.geodata.intake.request import ImportRequest

_BROADBAND_ZH = {Broadband.CONNECTED: "已通", Broadband.INSTALLABLE: "可装", Broadband.NONE: "无"}


def file_source(request: ImportRequest, role: Role, file: str) -> Source:
    """A file that was given, as the planner cites it."""
    cited = request.cited(role)
    return Source(
        cited.provenance, cited.source or f"{Path(file).name}, given to planner import", cited.licence, cited.vintage
    )


def derived(text: str, like: Source) -> Source:
    """Something computed from what ``like`` is the source of; what rests on made-up data stays made up."""
    made_up = like.provenance is Provenance.SYNTHETIC
    return Source(Provenance.SYNTHETIC if made_up else Provenance.DERIVED, text, like.licence, like.vintage)


def place_columns(
    places: Sequence[Township | Village], source: Source, conversion: str, filled: Sequence[Source] = ()
) -> dict[str, Source]:
    """Columns of townships or villages that are not simply as the source has them.

    ``filled`` are the sources of positions that this one lacks.
    """
    columns: dict[str, Source] = {}
    made = _noted(places, "provisional-code")
    if made:
        text = f"{made} of {len(places)} are provisional: made by planner import from ranges that are never issued"
        columns["code"] = derived(text, source)
    elif taken := _noted(places, "township-code"):
        columns["code"] = derived(f"{taken} of {len(places)} taken from the codes of the villages", source)
    inside = _noted(places, "seat")
    moved = conversion if conversion.startswith("converted") else ""
    if inside or moved or filled:
        parts = [
            moved,
            f"{inside} of {len(places)} stand where no source says, as review.csv tells of each" if inside else "",
        ]
        parts += [one.text for one in filled]
        position = derived("; ".join(part for part in parts if part), source)
        if filled:
            position = _joined(position, filled)
        columns |= {"lon": position, "lat": position}
    return columns


def _joined(source: Source, others: Sequence[Source]) -> Source:
    """``source`` with the licences and vintages of ``others``; made up as soon as one of them is."""
    every = (source, *others)
    made_up = any(one.provenance is Provenance.SYNTHETIC for one in every)
    return replace(
        source,
        provenance=Provenance.SYNTHETIC if made_up else source.provenance,
        licence="; ".join(dict.fromkeys(one.licence for one in every if one.licence)),
        vintage="; ".join(dict.fromkeys(one.vintage for one in every if one.vintage)),
    )


def village_columns(villages: Sequence[Village], source: Source, assumed_kinds: int) -> dict[str, Source]:
    """Township and kind, as far as they were worked out."""
    ways = {
        "the township's area": _noted(villages, "township-by-area"),
        "the nearest seat": _noted(villages, "township-by-seat"),
        "either, in doubt": _noted(villages, "township-doubtful"),
    }
    by_position = sum(ways.values())
    text = "first nine digits of the code, or the township's name in a column"
    if by_position:
        text = f"{by_position} of {len(villages)} by position: " + ", ".join(f"{n} by {way}" for way, n in ways.items())
    columns = {"township_code": derived(text, source)}
    text = "a column, or the fourth segment of the code"
    if assumed_kinds:
        text = f"{assumed_kinds} of {len(villages)} taken for administrative villages: nothing tells their kind"
    if committees := _noted(villages, "kind"):
        text += f"; {committees} taken for residents' committees, as review.csv says of each"
    columns["kind"] = derived(text, source)
    if assumed_kinds:
        columns["kind"] = replace(
            columns["kind"],
            assumes=f"{assumed_kinds} of {len(villages)} taken for administrative villages",
            assumes_zh=f"{len(villages)} 个中有 {assumed_kinds} 个按建制村计",
        )
    return columns


def assumed_columns(assumed: Mapping[str, tuple[str, str]], like: Source) -> dict[str, Source]:
    """The source of each column of which something was ``assumed`` (English, Chinese) where ``like`` is silent."""
    return {
        column: replace(derived(f"{like.text}; assumed where it does not say", like), assumes=en, assumes_zh=zh)
        for column, (en, zh) in assumed.items()
    }


def _noted(places: Iterable[Township | Village], kind: str) -> int:
    return sum(any(note.kind == kind for note in place.notes) for place in places)


def sites_drafted(
    sources: Sequence[Source], proposals: int, assumed_broadband: Broadband, count: int, total: int
) -> Drafted:
    """The list of candidate sites: derived as soon as the scenario's rules added or merged anything."""
    licence = "; ".join(dict.fromkeys(source.licence for source in sources if source.licence))
    vintage = "; ".join(dict.fromkeys(source.vintage for source in sources if source.vintage))
    made_up = any(source.provenance is Provenance.SYNTHETIC for source in sources)
    provenance = Provenance.SYNTHETIC if made_up else Provenance.DERIVED
    told = ", ".join(dict.fromkeys(source.text for source in sources)) or "no premises known"
    text = f"planner import by the scenario's candidate rules, from: {told}; {proposals} sites are proposals"
    columns = {}
    if count:
        assumed = f"assumed {assumed_broadband} for {count} of {total} sites (scenario candidates.broadband)"
        columns["broadband"] = Source(
            provenance,
            f"{assumed}; no source says",
            assumes=f"{assumed_broadband} at {count} of {total} sites",
            assumes_zh=f"{total} 个点位中有 {count} 个按“{_BROADBAND_ZH[assumed_broadband]}”计",
        )
    return Drafted(Source(provenance, text, licence, vintage), columns)
