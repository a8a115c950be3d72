"""The table of a shapefile, byte for byte: its texts are decoded only when their encoding is known.

GDAL decodes with what the ``.cpg`` says or with Latin-1, and never says that it was wrong; so the bytes are read
here. Layout: dBASE III+ header (32 bytes), field descriptors of 32 bytes up to 0x0D, records of fixed width.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.geodata.log import DefectLog
from planner.geodata.sources.arrow import number_text
from planner.geodata.sources.grid import MOST_COLUMNS

_COPY = "copy all parts of the shapefile again"
LANGUAGE_CODECS = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
"""Language driver ids that say which Chinese encoding the table is in; others are set without thought."""


@dataclass(frozen=True, slots=True, eq=False)
class RawColumn:
    """One field: its name and its distinct cells as bytes, and for each record which of them it holds."""

    name: bytes
    kind: str
    width: int
    words: Sequence[bytes]
    codes: NDArray[np.int32]

    def row_of(self, word: int) -> int:
        """The record, from 1, that holds ``words[word]`` first."""
        return int(np.flatnonzero(self.codes == word)[0]) + 1


@dataclass(frozen=True, slots=True, eq=False)
class RawDbf:
    """A whole table, records that are marked as deleted included."""

    columns: Sequence[RawColumn]
    records: int
    language_codec: str | None
    """The encoding that the header declares, or None."""


def read_dbf(path: Path, file: str, found: DefectLog) -> RawDbf | None:
    """Read the table at ``path`` as bytes; None after adding an error."""
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            _damaged(file, "ends within its header", found)
            return None
        records, header_bytes, record_bytes = struct.unpack("<IHH", head[4:12])
        fields = _fields(stream.read(max(header_bytes - 32, 0)))
    width = 1 + sum(length for _, _, length in fields)
    if header_bytes < 33 or not fields or width > record_bytes or len(fields) > MOST_COLUMNS:
        _damaged(file, "has a header that contradicts itself", found)
        return None
    held = (path.stat().st_size - header_bytes) // record_bytes
    if held < records:
        _damaged(file, f"breaks off after record {max(held, 0):,} of {records:,}", found)
        return None
    if records == 0:
        return RawDbf((), 0, None)
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=header_bytes, shape=(records, record_bytes))
    columns = []
    at = 1
    for name, kind, length in fields:
        words, codes = _distinct(data[:, at : at + length])
        columns.append(RawColumn(name, kind, length, words, codes))
        at += length
    return RawDbf(columns, records, LANGUAGE_CODECS.get(head[29]))


def _fields(descriptors: bytes) -> list[tuple[bytes, str, int]]:
    """Name, type letter and width of each field."""
    fields = []
    for start in range(0, len(descriptors) - 31, 32):
        one = descriptors[start : start + 32]
        if one[0] in (0x0D, 0):
            break
        fields.append((one[:11].split(b"\0")[0].strip(), chr(one[11]).upper(), one[16]))
    return fields


def _distinct(cells: NDArray[np.uint8]) -> tuple[list[bytes], NDArray[np.int32]]:
    """The distinct rows of a block of bytes, and for each row which of them it is."""
    import pyarrow as pa

    count, width = cells.shape
    if width == 0:
        return [b""], np.zeros(count, dtype=np.int32)
    block = pa.py_buffer(np.ascontiguousarray(cells))
    coded = pa.Array.from_buffers(pa.binary(width), count, [None, block]).dictionary_encode()
    return list(coded.dictionary.to_pylist()), coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)


def plain_text(kind: str, cell: bytes) -> str | None:
    """The text of a cell that is not free text: a number, a date or a truth value; None for free text."""
    text = cell.strip(b" \0\t\r\n").decode("latin-1")
    if kind in ("N", "F", "O", "B", "I", "+"):
        return _number(text)
    if kind == "L":
        return {"T": "true", "Y": "true", "F": "false", "N": "false", "?": "", "": ""}.get(text.upper(), text)
    if kind == "D":
        if text.strip("0") == "":
            return ""
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text
    return None


def _number(text: str) -> str:
    """A number without the zeros that pad its fraction; whatever else stands there as it is."""
    if text.startswith("*"):  # how dBASE writes a number that it does not have
        return ""
    if not any(mark in text for mark in ".eE"):
        return text
    try:
        return number_text(float(text))
    except ValueError:
        return text


def _damaged(file: str, what: str, found: DefectLog) -> None:
    found.error("vector", file, f"cannot be read as a shapefile: its .dbf {what}", _COPY)
