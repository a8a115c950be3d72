"""Shapefiles: all their parts present, and their texts in an encoding that is declared, evident or asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.geodata.log import DefectLog
from planner.geodata.sources.dbf import RawColumn, RawDbf, plain_text, read_dbf
from planner.geodata.sources.files import check_file
from planner.geodata.sources.gdal import crs_of, reporting, shapes_of
from planner.geodata.sources.raw import RawTable, Texts
from planner.geodata.text import SAVE_OR_NAME, check_encoding, codec, plausible_chinese, spoilt_at

_MAGIC = b"\x00\x00\x27\x0a"
_NEEDED = {".shx": "the index of its shapes", ".dbf": "the table of its fields"}
_COPY = "copy all parts of the shapefile again: .shp, .shx, .dbf, .prj and .cpg"
_BLANKS = " \t\r\n\0\u00a0\u3000\ufeff"


@dataclass(frozen=True, slots=True)
class _Encoding:
    """The codec a table is read with, and how messages call it."""

    codec: str
    label: str


def read_shapefile(
    path: Path, file: str, found: DefectLog, *, encoding: str | None = None, guess: bool = True
) -> RawTable | None:
    """Read a shapefile; with ``guess`` off, texts in an encoding that nothing declares are an error."""
    parts = _parts(path, file, found)
    if parts is None:
        return None
    with reporting(file, found):
        table = read_dbf(parts[".dbf"], file, found)
        if table is None:
            return None
        decided = _decide(table, parts.get(".cpg"), file, found, named=encoding, guess=guess)
        shapes = None if decided is None else _shapes(path, table, file, found)
        if decided is None or shapes is None:
            return None
        meta, records, geometries = shapes
        columns = _columns(table, decided, records, file, found)
        crs = crs_of(meta["crs"])
        return RawTable(file, columns, (records + 1).tolist(), geometries, crs, decided.label)
    return None


def _parts(path: Path, file: str, found: DefectLog) -> Mapping[str, Path] | None:
    """The files that belong to the shapefile by suffix, whatever its case; None after an error."""
    try:
        with path.open("rb") as stream:
            head = stream.read(100)
            held = stream.seek(0, 2)
        siblings = {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem}
    except OSError as error:
        found.error("missing-file", file, f"cannot be read: {error.strerror}", "copy it again")
        return None
    if not head.startswith(_MAGIC):
        found.error("vector", file, "is not a shapefile, though its name says so", "export it again")
        return None
    stated = 2 * int.from_bytes(head[24:28], "big")  # in units of 16 bits
    if held < max(stated, 100):
        message = f"cannot be read as a shapefile: it breaks off after {held:,} of {max(stated, 100):,} bytes"
        found.error("vector", file, message, _COPY)
        return None
    for suffix, what in _NEEDED.items():
        if suffix not in siblings:
            found.error("shapefile-part", file, f"lacks its {suffix} file, {what}", _COPY)
            return None
        name = f"{file[: -len(path.suffix)]}{siblings[suffix].suffix}"
        if not check_file(siblings[suffix], name, found):
            return None
    return siblings


def _shapes(
    path: Path, table: RawDbf, file: str, found: DefectLog
) -> tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.object_]]] | None:
    """What GDAL says of the layer, the record number from 0 of each shape, and the shapes."""
    from pyogrio import raw, read_info

    info = read_info(path, layer=0, encoding="ISO-8859-1", force_feature_count=True)
    if info["driver"] != "ESRI Shapefile" or info["features"] == 0:
        found.error("empty-file", file, "holds no features", "export the layer again and see that it is not empty")
        return None
    meta, records, wkb, _ = raw.read(path, layer=0, columns=[], return_fids=True, encoding="ISO-8859-1")
    held = int(records.max()) + 1 if len(records) else 0
    if wkb is None or held > table.records or (len(records) == held and held != table.records):
        found.error(
            "vector",
            file,
            f"cannot be read as a shapefile: its .shp holds {held:,} shapes, its .dbf {table.records:,} records",
            _COPY,
        )
        return None
    return meta, records.astype(np.int64), shapes_of(wkb)


def _columns(
    table: RawDbf, decided: _Encoding, records: np.ndarray[Any, np.dtype[np.int64]], file: str, found: DefectLog
) -> dict[str, Texts]:
    columns: dict[str, Texts] = {}
    for column in table.columns:
        name = _decoded(column.name, 10, decided.codec)[0]
        if name in columns:
            found.error("duplicate-column", file, "is the name of two fields", "rename one of them", column=name)
            continue
        words, cut = [], []
        for word, cell in enumerate(column.words):
            text, is_cut = _cell_text(column, cell, decided.codec)
            words.append(text)
            if is_cut:
                cut.append(word)
        if cut:
            row = int(np.flatnonzero(np.isin(column.codes, cut))[0])
            found.warning(
                "cut-text",
                file,
                f"text ends within a character, in {len(cut):,} different cells: the field holds {column.width} bytes",
                "take the text from the original, or save the layer as GeoPackage",
                row=row + 1,
                column=name,
                value=words[column.codes[row]],
            )
        columns[name] = Texts.of(Texts(words, column.codes[records]))
    return columns


def _cell_text(column: RawColumn, cell: bytes, encoding: str) -> tuple[str, bool]:
    """The text of a cell of any kind, and whether its last character is cut off."""
    text = plain_text(column.kind, cell)
    return _decoded(cell, column.width, encoding) if text is None else (text, False)


def _decoded(cell: bytes, width: int, encoding: str) -> tuple[str, bool]:
    """The text of a cell, and whether its last character is cut off. Raises UnicodeDecodeError if it does not fit."""
    kept = cell.rstrip(b" \0")
    try:
        return kept.decode(encoding).strip(_BLANKS), False
    except UnicodeDecodeError as error:
        if len(kept) < width or error.start < len(kept) - 3:
            raise
        return kept[: error.start].decode(encoding).strip(_BLANKS), True


def _decide(
    table: RawDbf, cpg: Path | None, file: str, found: DefectLog, *, named: str | None, guess: bool
) -> _Encoding | None:
    """The encoding of the table's texts: named by the user, declared and true, evident, or guessed with a warning."""
    if not check_encoding(named, file, found):
        return None
    foreign = [(column, word) for column, word in _texts(table.columns) if not word.isascii()]
    if not foreign:
        return _Encoding("utf-8", "ascii")
    if named is not None:
        asked = codec(named) or "utf-8"
        if _misfit(table, asked) is None and not _spoilt(foreign, asked):
            return _Encoding(asked, asked)
        _refuse(table, asked, f"does not fit the encoding {named} in this row", file, found)
        return None
    words = _said(cpg)
    declared = codec(words) if words else table.language_codec
    if declared is not None and _misfit(table, declared) is None and not _spoilt(foreign, declared):
        return _Encoding(declared, declared)
    says = f", though its .cpg says {words[:20]}" if words else ""
    return _guess(table, foreign, says, file, found, guess=guess)


def _guess(
    table: RawDbf,
    foreign: Sequence[tuple[RawColumn, bytes]],
    says: str,
    file: str,
    found: DefectLog,
    *,
    guess: bool,
) -> _Encoding | None:
    texts = {name: _all_text(foreign, name) for name in ("utf-8", "gb18030") if _misfit(table, name) is None}
    chinese = plausible_chinese(texts.get("gb18030", ""))
    if "utf-8" in texts:
        if not chinese or any("\u3400" <= mark <= "\u9fff" for mark in texts["utf-8"]):
            return _Encoding("utf-8", "utf-8")
        _refuse(table, "ascii", "could be UTF-8 or GBK: its bytes fit both", file, found)
        return None
    if not chinese:
        _refuse(table, "utf-8", f"has texts neither in UTF-8 nor in GBK{says}", file, found)
        return None
    row, column = _first_foreign(table, "gb18030")
    if not guess:
        found.error(
            "mojibake",
            file,
            f"would be read in the wrong encoding: its texts are GBK{says or ', and nothing says so'}",
            "a shapefile needs a .cpg file that names its encoding (GBK); else save it as GeoJSON in UTF-8",
            row=row,
            column=column,
        )
        return None
    found.warning(
        "gb18030",
        file,
        f"has GBK/GB18030 texts{says}, first seen in this row; they were read as such",
        "put a .cpg file beside it that holds the word GBK, or save it as GeoPackage",
        row=row,
        column=column,
    )
    return _Encoding("gb18030", "gb18030 (guessed)")


def _texts(columns: Sequence[RawColumn]) -> Iterator[tuple[RawColumn, bytes]]:
    """Every distinct text with its column: the fields' names, and the cells of text fields."""
    for column in columns:
        yield column, column.name
        if plain_text(column.kind, b"") is None:
            yield from ((column, word) for word in column.words)


def _misfit(table: RawDbf, encoding: str) -> tuple[RawColumn, bytes] | None:
    """The first text that is not in ``encoding``, or None; a last character that is cut off is no misfit."""
    for column, word in _texts(table.columns):
        try:
            _decoded(word, 10 if word is column.name else column.width, encoding)
        except UnicodeDecodeError:
            return column, word
    return None


def _all_text(foreign: Sequence[tuple[RawColumn, bytes]], encoding: str) -> str:
    return "\n".join(_decoded(word, len(word.rstrip(b" \0")), encoding)[0] for _, word in foreign)


def _spoilt(foreign: Sequence[tuple[RawColumn, bytes]], encoding: str) -> bool:
    """Whether the declared encoding gives mojibake, as when a GBK table says ISO-8859-1."""
    return spoilt_at(_all_text(foreign, encoding)) is not None


def _first_foreign(table: RawDbf, encoding: str) -> tuple[int, str]:
    """Row and column of the first cell in file order that is not ASCII (row 1 when only names are not)."""
    first = (table.records + 1, "")
    for column in table.columns:
        foreign = np.array([not word.isascii() for word in column.words], dtype=bool)
        rows = np.flatnonzero(foreign[column.codes])
        if len(rows) and rows[0] + 1 < first[0]:
            first = int(rows[0]) + 1, column.name.decode(encoding, errors="replace")
    return first if first[1] else (1, "")


def _refuse(table: RawDbf, encoding: str, message: str, file: str, found: DefectLog) -> None:
    misfit = _misfit(table, encoding)
    column, word = misfit if misfit is not None else (table.columns[0], b"")
    row = None if word is column.name or word not in column.words else column.row_of(list(column.words).index(word))
    name = column.name.decode("ascii") if column.name.isascii() else None
    found.error("encoding", file, message, SAVE_OR_NAME, row=row, column=name)


def _said(cpg: Path | None) -> str:
    """The word in the ``.cpg``, "" when there is none."""
    if cpg is None or not cpg.is_file():
        return ""
    with cpg.open("rb") as stream:
        return stream.read(64).decode("ascii", errors="replace").strip(" \t\r\n\0\ufffd")
