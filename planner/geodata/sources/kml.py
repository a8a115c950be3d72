"""KML: the points and lines that people draw in phone and desktop maps, always WGS84 by its standard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.parsers import expat

from planner.geodata.log import DefectLog
from planner.geodata.sources.files import read_bytes
from planner.geodata.sources.gdal import read_vector
from planner.geodata.sources.raw import RawTable
from planner.geodata.text import SAVE_OR_NAME, decode_as

_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml.{0,200}?\?>", re.DOTALL)
_DATA_NAME = re.compile(r"""(<(?:[\w.-]+:)?Data\s(?:[^<>]*?\s)?name\s*=\s*)(["'])([^"'<>]{0,200})\2""")
_PLAIN = "field_"
_UNNAMED = "pyogrio_"
"""How the layer of a document without a name is called when it is read from memory."""
_DEEPEST = 64
"""Elements within elements; a parser that calls itself for each would run out of stack."""
_DRAWING = (
    "id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon",
    "snippet",
)  # fmt: skip
"""Columns that GDAL adds to every KML file: how a feature is drawn, not what it is."""
_SAVE = "export it from the map program again"


class _RefusedError(ValueError):
    """A KML file that must not be handed on."""


def read_kml(
    path: Path, file: str, found: DefectLog, *, layer: str | None = None, encoding: str | None = None
) -> RawTable | None:
    """Read one folder of a KML file: the one called ``layer``, or else the only one that holds anything."""
    data = read_bytes(path, file, found)
    if data is None:
        return None
    declared = _DECLARED.match(data)
    named = encoding or (declared[1].decode("ascii") if declared else None)
    if named is not None and named.lower() in ("utf-8", "utf8", "utf-16"):
        named = None  # what the bytes show by themselves
    decoded = decode_as(data, file, found, named, SAVE_OR_NAME)
    if decoded is None:
        return None
    text, names = _with_plain_names(_DECLARATION.sub("", decoded.text, count=1).lstrip("\ufeff \t\r\n"))
    plain = text.encode()
    try:
        _check(plain)
    except (_RefusedError, expat.ExpatError) as error:
        found.error("vector", file, f"cannot be read as KML: {error}", _SAVE)
        return None
    table = read_vector(plain, file, found, ("LIBKML", "KML"), layer=layer, encoding=decoded.encoding)
    if table is None:
        return None
    shown = "" if table.layer.startswith(_UNNAMED) else table.layer
    return replace(table, columns=_renamed(_described(table.columns), names), layer=shown)


def _with_plain_names(text: str) -> tuple[str, dict[str, str]]:
    """``text`` with fields called ``field_1``, ``field_2``, …, and what they are called in the file.

    GDAL turns each byte of a Chinese name into ``_``, so that columns of names of one length become one.
    """
    tokens: dict[str, str] = {}

    def token(match: re.Match[str]) -> str:
        name = unescape(match[3]).strip()
        return f"{match[1]}{match[2]}{tokens.setdefault(name, f'{_PLAIN}{len(tokens) + 1}')}{match[2]}"

    changed = _DATA_NAME.sub(token, text)
    return changed, {token: name for name, token in tokens.items()}


def _renamed(columns: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """``columns`` under the names that the file has; a field called like a part of every placemark says so."""
    renamed: dict[str, Sequence[str]] = {}
    for column, texts in columns.items():
        name = names.get(column, column)
        renamed[f"{name} (data)" if name in renamed else name] = texts
    return renamed


def _check(data: bytes) -> None:
    """Raise unless ``data`` is well-formed XML of a KML document without entities of its own."""
    depth = 0

    def start(name: str, _: Mapping[str, str]) -> None:
        nonlocal depth
        if depth == 0 and name.rpartition(":")[2] != "kml":
            raise _RefusedError(f"its outermost element is <{name[:40]}>, not <kml>")
        depth += 1
        if depth > _DEEPEST:
            raise _RefusedError(f"its elements are nested more than {_DEEPEST} deep")

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise _RefusedError("it holds an XML document type, which no map program writes")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(data, True)


def _described(columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """``columns`` without those that say only how features are drawn, the same for all of them."""
    return {name: texts for name, texts in columns.items() if name not in _DRAWING or len(set(texts)) > 1}
