"""county.toml and SOURCES.md of an imported county: where every layer and column comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.domain.county import Source
from planner.geodata.intake.draft import Draft, Drafted
from planner.geodata.intake.review import KINDS
from planner.geodata.log import one_line
from planner.geodata.manifest import LAYERS

MARK = "# Written by planner import"
"""First words of a county.toml that may be replaced by a later import."""


ATTRIBUTION = (
    "Contains data © OpenStreetMap contributors, available under the Open Database License (ODbL) 1.0",
    "(https://www.openstreetmap.org/copyright).",
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: what it was given as, its name, digest, how it was read and its columns."""

    role: str
    file: str
    sha256: str
    read_as: str = ""
    columns: str = ""


def county_toml(draft: Draft, files: Mapping[str, str]) -> bytes:
    """county.toml for the layers in ``files`` (layer → path)."""
    lines = [
        f"{MARK}; SOURCES.md says the same for people, review.csv lists every guess.",
        f"code = {_quoted(draft.code)}",
        f"name = {_quoted(draft.name)}",
        'datum = "WGS84"',
        f"metric_crs = {_quoted(draft.metric_crs)}",
        "",
        "[names]",
        *(f"{language} = {_quoted(name)}" for language, name in sorted(draft.names.items())),
    ]
    for name in LAYERS:
        if name in files:
            lines += _layer(name, files[name], draft.layers[name])
    return ("\n".join(lines) + "\n").encode()


def _layer(name: str, file: str, drafted: Drafted) -> list[str]:
    lines = ["", f"[layers.{name}]", f"file = {_quoted(file)}"]
    lines += [f"{key} = {_quoted(value)}" for key, value in _keys(drafted.source)]
    if drafted.columns:
        lines += ["", f"[layers.{name}.columns]"]
        for column, source in drafted.columns.items():
            entry = ", ".join(f"{key} = {_quoted(value)}" for key, value in _keys(source))
            lines.append(f"{column} = {{ {entry} }}")
    return lines


def _keys(source: Source) -> list[tuple[str, str]]:
    entries = [("provenance", source.provenance.value), ("source", source.text)]
    names = ("licence", "vintage", "assumes", "assumes_zh")
    more = {name: getattr(source, name) for name in names}
    return [*entries, *((key, value) for key, value in more.items() if value)]


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(one_line(text), ensure_ascii=False)


def sources_text(
    draft: Draft, inputs: Sequence[InputFile], files: Mapping[str, str], counts: Mapping[str, int], day: str
) -> bytes:
    """SOURCES.md: the files read, what each layer rests on, what was guessed."""
    lines = [
        f"# {draft.name} ({draft.code}): where the data comes from · 数据来源",
        "",
        f"Written by `planner import` on {day}. Positions are WGS84 longitude and latitude.",
        "",
        "## Files read",
        "",
        "| given as | file | read as | sha256 |",
        "|---|---|---|---|",
        *(f"| {_md(i.role)} | {_md(Path(i.file).name)} | {_md(i.read_as)} | `{i.sha256}` |" for i in inputs),
        "",
        *(f"* Columns of {_md(Path(i.file).name)}: {_md(i.columns)}" for i in inputs if i.columns),
        "",
        "## Layers",
        "",
        "| layer, column | file | status | source | licence | vintage |",
        "|---|---|---|---|---|---|",
    ]
    for name in LAYERS:
        if name in files:
            lines += _layer_rows(name, files[name], draft.layers[name])
    layers = [draft.layers[name] for name in files]
    sources = [source for layer in layers for source in (layer.source, *layer.columns.values())]
    if any("OpenStreetMap" in source.text for source in sources):
        lines += ["", *ATTRIBUTION]
    lines += ["", "## What was done", "", *(f"* {_md(fact)}" for fact in draft.facts)]
    lines += ["", "## To be looked at", ""]
    lines += [f"* {count} × {kind}: {KINDS[kind]}" for kind, count in counts.items()] or ["* nothing was guessed"]
    lines += ["", "`review.csv` has a row for each. Sites with status `new` are proposals by the scenario's rules, not",
              "premises that exist."]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def _layer_rows(name: str, file: str, drafted: Drafted) -> list[str]:
    def row(label: str, source: Source) -> str:
        cells = (label, f"`{file}`", source.provenance.value, source.text, source.licence, source.vintage)
        return f"| {' | '.join(_md(cell) for cell in cells)} |"

    return [row(name, drafted.source), *(row(f"{name}.{c}", source) for c, source in drafted.columns.items())]


def _md(text: str) -> str:
    return one_line(text).replace("|", "\\|")
