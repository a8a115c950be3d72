"""``county.toml``: what the county is called, in which datum its numbers are, and which files hold its layers."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.domain import schema
from planner.domain.codes import COUNTY_DIGITS, is_code
from planner.domain.county import Datum, Layer, Provenance, Source
from planner.geodata import folder as folders
from planner.geodata.crs import check_metric_crs
from planner.geodata.log import DefectLog
from planner.geodata.sources.files import read_bytes
from planner.geodata.text import decode_as

MOST_MIB = 4
"""Largest county.toml that is read; real ones have some kB."""

LAYERS = ("boundary", "townships", "villages", "roads", "sites", "bus")
OPTIONAL = ("roads", "bus")
"""Layers that a county may be without."""
TABLES: Mapping[str, schema.Table] = {
    "townships": schema.TOWNSHIPS,
    "villages": schema.VILLAGES,
    "roads": schema.ROADS,
    "sites": schema.SITES,
    "bus": schema.BUS,
}
_NEEDED = tuple(name for name in LAYERS if name not in OPTIONAL)
LONGEST_NAME = 250
"""Bytes of the name of a file or folder that every system in use accepts."""

SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")

_KEYS = ("code", "name", "names", "datum", "metric_crs", "layers")
_SOURCE_KEYS = ("provenance", "source", "licence", "vintage", "assumes", "assumes_zh")
_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``county.toml`` says, as far as it could be read. Missing or wrong values are None or empty.

    ``datum`` is that of the county's coordinates, ``layer_datums`` holds the layers that have their own.
    """

    code: str | None
    name: str | None
    names: Mapping[str, str]
    metric_crs: str | None
    datum: Datum | None
    layers: Mapping[str, Layer]
    layer_datums: Mapping[str, Datum] = field(default_factory=dict)


def read_manifest(folder: Path, found: DefectLog) -> Manifest | None:
    """Read and check ``county.toml`` in ``folder``; None when it cannot be read at all."""
    data = _load(folder / folders.MANIFEST, found)
    if data is None:
        return None
    _warn_unknown(data, _KEYS, "", found)
    names = data.get("names", {})
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        _error("wrong-type", "names", "must be a table of texts", 'write it as [names] zh = "…", en = "…"', found)
        names = {}
    return Manifest(
        code=_county_code(data, found),
        name=_text(data, "name", "", found),
        names=names,
        metric_crs=check_metric_crs(_text(data, "metric_crs", "", found), found),
        datum=_datum(data, "datum", found),
        layers=_layers(data.get("layers"), folder, found),
        layer_datums=_layer_datums(data.get("layers"), found),
    )


def _load(path: Path, found: DefectLog) -> dict[str, Any] | None:
    asked = DefectLog()
    data = read_bytes(path, folders.MANIFEST, asked, most_mib=MOST_MIB)
    for defect in asked.defects:
        if defect.code == "missing-file":
            advice = "name a county folder that holds a county.toml (docs/formats.md shows one)"
            found.error("missing-file", folders.MANIFEST, f"{defect.message} in {path.parent}", advice)
        else:
            found.defects.append(defect)
    if data is None:
        return None
    decoded = decode_as(data, folders.MANIFEST, found, save="open the original and save it in UTF-8")
    if decoded is None:
        return None
    try:
        return tomllib.loads(decoded.text)
    except (ValueError, RecursionError) as error:  # also endless digits and endless brackets
        at = _AT_LINE.search(str(error))
        found.error(
            "toml",
            folders.MANIFEST,
            f"is not valid TOML: {error}",
            "correct that line",
            row=int(at.group(1)) if at else None,
        )
        return None


def _error(code: str, key: str, message: str, fix: str, found: DefectLog, *, value: object = None) -> None:
    found.error(code, folders.MANIFEST, message, fix, column=key, value=None if value is None else str(value))


def _warn_unknown(table: Mapping[str, Any], known: tuple[str, ...], prefix: str, found: DefectLog) -> None:
    for key in table:
        if key not in known:
            found.warning(
                "unknown-key",
                folders.MANIFEST,
                "is not a key of county.toml and was left unread",
                f"remove it, or use one of {', '.join(known)}",
                column=f"{prefix}{key}",
            )


def _text(table: Mapping[str, Any], key: str, prefix: str, found: DefectLog, example: str = "") -> str | None:
    value = table.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    problem = "is missing" if value is None else "must be a text that is not empty"
    _error("missing-key", f"{prefix}{key}", problem, f'write {key} = "{example or "…"}"', found, value=value)
    return None


def _county_code(data: Mapping[str, Any], found: DefectLog) -> str | None:
    value = data.get("code")
    if isinstance(value, int) and not isinstance(value, bool):
        _error("code-type", "code", "is a number", "put the code in quotes: codes are text", found, value=value)
        return None
    code = _text(data, "code", "", found, "630225")
    if code is not None and not is_code(code, COUNTY_DIGITS):
        _error("code-length", "code", "is not a county code of 6 digits", "write the GB/T 2260 code", found, value=code)
        return None
    return code


def _datum(table: Mapping[str, Any], key: str, found: DefectLog) -> Datum | None:
    value = _text(table, "datum", key.removesuffix("datum"), found, "WGS84")
    if value is None or value in set(Datum):
        return None if value is None else Datum(value)
    fix = f"declare {', '.join(Datum)}; nothing is guessed"
    _error("datum", key, "is not a known datum", fix, found, value=value)
    return None


def _layer_datums(table: object, found: DefectLog) -> dict[str, Datum]:
    """The datums of the layers that declare their own."""
    entries = table if isinstance(table, dict) else {}
    own = {}
    for name, entry in entries.items():
        if name in LAYERS and isinstance(entry, dict) and "datum" in entry:
            datum = _datum(entry, f"layers.{name}.datum", found)
            if datum is not None:
                own[name] = datum
    return own


def _layers(table: object, folder: Path, found: DefectLog) -> dict[str, Layer]:
    if not isinstance(table, dict):
        _error("missing-key", "layers", "is missing", f"add a table [layers.…] for each of {', '.join(_NEEDED)}", found)
        return {}
    _warn_unknown(table, LAYERS, "layers.", found)
    layers = {}
    for name in LAYERS:
        entry = table.get(name)
        if entry is None and name in OPTIONAL:
            continue
        if not isinstance(entry, dict):
            _error(
                "missing-layer",
                f"layers.{name}",
                "is missing",
                f"add [layers.{name}] with file, provenance and source",
                found,
            )
            continue
        layer = _layer(name, entry, folder, found)
        if layer is not None:
            layers[name] = layer
    return {name: layers[name] for name in table if name in layers}


def _layer(name: str, entry: Mapping[str, Any], folder: Path, found: DefectLog) -> Layer | None:
    prefix = f"layers.{name}."
    _warn_unknown(entry, ("file", "datum", *_SOURCE_KEYS, "columns"), prefix, found)
    source = _source(entry, prefix, found)
    columns = _columns(name, entry.get("columns", {}), found)
    file = _text(entry, "file", prefix, found, f"{name}.csv")
    if file is None:
        return None
    if not file.isprintable() or any(len(part.encode("utf-8", "replace")) > LONGEST_NAME for part in Path(file).parts):
        problem = "is no name of a file: too long, or with a control character"
        _error("wrong-type", f"{prefix}file", problem, f'write file = "{name}.csv"', found, value=file)
        return None
    path = folder / file
    if not folders.allowed(path, folder):
        _error(
            "outside-folder",
            f"{prefix}file",
            "leads out of the county folder and its data tree",
            "copy the file into the county folder",
            found,
            value=file,
        )
        return None
    if not path.is_file():
        message = "is a folder, a pipe or a device, not a file" if path.exists() else "does not exist"
        found.error("missing-file", file, message, f"put the file there or correct {prefix}file in county.toml")
        return None
    return Layer(name, file, source, columns, digest(path))


def _source(entry: Mapping[str, Any], prefix: str, found: DefectLog) -> Source:
    """The source as written; with an error noted (so that no county is built) what is wrong is left empty."""
    provenance = _text(entry, "provenance", prefix, found, "real")
    text = _text(entry, "source", prefix, found)
    if provenance is not None and provenance not in set(Provenance):
        _error(
            "unknown-choice",
            f"{prefix}provenance",
            "is not a known provenance",
            f"write one of {', '.join(Provenance)}",
            found,
            value=provenance,
        )
        provenance = None
    known = Provenance.SYNTHETIC if provenance is None else Provenance(provenance)
    more = {key: str(entry.get(key, "")) for key in _SOURCE_KEYS[2:]}
    return Source(known, text or "", **more)


def _columns(name: str, entries: object, found: DefectLog) -> dict[str, Source]:
    prefix = f"layers.{name}.columns."
    if not isinstance(entries, dict):
        _error("wrong-type", prefix.rstrip("."), "must be a table", "write col = { provenance = …, source = … }", found)
        return {}
    known = TABLES[name].names if name in TABLES else tuple(entries)
    _warn_unknown(entries, known, prefix, found)
    columns = {}
    for column, entry in entries.items():
        if not isinstance(entry, dict):
            _error("wrong-type", prefix + column, "must be a table", "write { provenance = …, source = … }", found)
            continue
        _warn_unknown(entry, _SOURCE_KEYS, f"{prefix}{column}.", found)
        columns[column] = _source(entry, f"{prefix}{column}.", found)
    return columns


def digest(path: Path) -> str:
    """SHA-256 of a layer's content as hex digits; of a shapefile with the parts that belong to it."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        beside = {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem}
        parts = [beside[suffix] for suffix in SHAPEFILE_PARTS if suffix in beside and beside[suffix].is_file()]
    total = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while piece := stream.read(1 << 20):
                total.update(piece)
    return total.hexdigest()
