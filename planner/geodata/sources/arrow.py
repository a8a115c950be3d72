"""Columns of an Arrow table → cell texts, each distinct value written once."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.geodata.sources.raw import Texts

if TYPE_CHECKING:
    import pyarrow as pa


def texts_of(column: pa.ChunkedArray | pa.Array) -> Texts:
    """The texts of an Arrow column: numbers without a needless ``.0``, dates as ISO 8601, null and NaN empty."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    if not pa.types.is_dictionary(column.type):
        if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
            return Texts.of(text_of(value) for value in column.to_pylist())
        column = column.dictionary_encode()
    words = [text_of(value) for value in _values(column.dictionary)]
    codes = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int32)
    return _merged([*words, ""], codes)


def _values(dictionary: pa.Array) -> list[Any]:
    """The distinct values; bytes where a text column holds no UTF-8."""
    import pyarrow as pa

    try:
        return list(dictionary.to_pylist())
    except UnicodeDecodeError:
        return list(dictionary.cast(pa.large_binary()).to_pylist())


def _merged(words: list[str], codes: np.ndarray[Any, np.dtype[np.int32]]) -> Texts:
    """``words`` without repetitions: values that differed may be written alike once they are stripped."""
    places: dict[str, int] = {}
    moved = np.array([places.setdefault(word, len(places)) for word in words], dtype=np.int32)
    return Texts(list(places), moved[codes] if len(codes) else np.empty(0, dtype=np.int32))


def text_of(value: Any) -> str:  # noqa: PLR0911 (one kind of value a line)
    """One value as a person would write it in a cell; "" for null and NaN."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return number_text(float(value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    if isinstance(value, dt.datetime):
        plain_day = value.time() == dt.time() and value.tzinfo is None
        return (value.date() if plain_day else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value).strip()


def number_text(value: float) -> str:
    """A decimal number as text: whole ones without a fraction, others to the 15 digits that a spreadsheet shows."""
    if math.isnan(value):
        return ""
    if math.isfinite(value) and value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    return repr(float(f"{value:.15g}"))
