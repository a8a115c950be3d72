"""Ways to spoil a file: at the level of its bytes, of its cells, of its XML attributes or JSON values."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

NASTY_BYTES = (
    b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xfe\xff", b"\xb0\xa1", b"\xef\xbb\xbf", b"NaN", b"-",
    b"1e999", b"[", b"]", b"null", b"{", b"}", b";", b"\t", b"<", b">", b"&", b"&#0;", b"<!--", b"]]>",
    b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\x80\x80\x80\x80\x01",
)  # fmt: skip
NASTY_TEXTS = (
    "", " ", "0", "-1", "-0", "1e999", "1e300", "NaN", "inf", "1e5", "6.30225E+11", "99999999999999999999",
    "約５００", "１２３", "²", "½", "١٢", "1,234", "1.5.2", "0x10", "=1+1", "#REF!", "true", "\ufeff", "\u200b",
    "\u202e", "null", "102.1,35.7", "35.7", "102.1", "180", "-180.0001", "91", "2024-05-01", "a" * 3000, "é",
    "ä½", "锟斤拷", "😀", "\ud7ff", "'", '"', "||", "poverty|poverty", "630225", "630225100000", "63022510020",
    "530522100200", "../../etc/passwd", "/etc/passwd", ".", "-", "EPSG:4610", "EPSG:999999", "邮政网点", "现有",
    "县级", "村",
)  # fmt: skip
BYTES = st.one_of(st.sampled_from(NASTY_BYTES), st.binary(max_size=4))
TEXTS = st.one_of(st.sampled_from(NASTY_TEXTS), st.text(max_size=8))

SPLICES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "drop", "repeat", "over"]), st.floats(0, 1), st.integers(1, 60), BYTES
    ),
    min_size=1,
    max_size=4,
)
"""Changes of bytes: what is done, where (a share of the length), how far, and what is put there."""


def spliced(data: bytes, changes: Sequence[tuple[str, float, int, bytes]]) -> bytes:
    """``data`` after each change in turn."""
    for what, share, length, piece in changes:
        at = int(share * len(data))
        rest = data[at:]
        if what == "flip" and rest:
            data = data[:at] + bytes([rest[0] ^ (1 << (length % 8))]) + rest[1:]
        elif what == "cut":
            data = data[:at]
        elif what == "insert":
            data = data[:at] + piece + rest
        elif what == "drop":
            data = data[:at] + rest[length:]
        elif what == "repeat":
            data = data[:at] + rest[:length] + rest
        elif what == "over":
            data = data[:at] + piece + rest[len(piece) :]
    return data


CELLS = st.lists(
    st.tuples(
        st.sampled_from(["set", "swap", "drop", "twice", "row", "column"]), st.floats(0, 1), st.floats(0, 1), TEXTS
    ),
    min_size=1,
    max_size=4,
)
"""Changes of a table: what is done, in which row and column (shares), and with which text."""


def respelt(rows: Sequence[Sequence[str]], changes: Sequence[tuple[str, float, float, str]]) -> list[list[str]]:
    """``rows`` of cells after each change in turn."""
    table = [list(row) for row in rows]
    for what, down, across, text in changes:
        if not table:
            break
        r = min(int(down * len(table)), len(table) - 1)
        c = min(int(across * len(table[r])), len(table[r]) - 1)
        if what == "row":
            table.insert(r, [text] * (1 + int(across * 8)))
        elif what == "twice":
            table.append(list(table[r]))
        elif c < 0:
            continue
        elif what == "set":
            table[r][c] = text
        elif what == "swap":
            d = (c + 1) % len(table[r])
            table[r][c], table[r][d] = table[r][d], table[r][c]
        elif what == "drop":
            del table[r][c]
        else:
            for row in table:
                row.insert(min(c, len(row)), text)
    return table


_ATTRIBUTE = re.compile(r'(?<==")[^"]*(?=")')
ATTRIBUTES = st.lists(st.tuples(st.floats(0, 1), TEXTS), min_size=1, max_size=4)


def reattributed(text: str, changes: Sequence[tuple[float, str]]) -> str:
    """An XML text whose attributes' values are replaced."""
    for share, value in changes:
        places = list(_ATTRIBUTE.finditer(text))
        if places:
            place = places[min(int(share * len(places)), len(places) - 1)]
            safe = re.sub(r"[\x00-\x1f<>&\"]|[\ud800-\udfff\ufffe\uffff]", "?", value)
            text = text[: place.start()] + safe + text[place.end() :]
    return text


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXTS, st.just([]), st.just({}),
    st.lists(st.floats(-200, 200), max_size=4),
    st.lists(st.lists(st.floats(-200, 200), min_size=2, max_size=3), max_size=5),
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "MultiPoint", "Feature"]),
)  # fmt: skip
JSON_CHANGES = st.lists(st.tuples(st.sampled_from(["set", "drop"]), st.floats(0, 1), VALUES), min_size=1, max_size=3)


def revalued(text: str, changes: Sequence[tuple[str, float, Any]]) -> str:
    """A JSON text in which members and items anywhere are replaced or dropped."""
    data = json.loads(text)
    for what, share, value in changes:
        slots = list(_slots(data))
        if slots:
            holder, key = slots[min(int(share * len(slots)), len(slots) - 1)]
            if what == "set":
                holder[key] = value
            else:
                del holder[key]
    return json.dumps(data, ensure_ascii=False)


def _slots(data: Any) -> Any:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield data, key
        yield from _slots(value)
