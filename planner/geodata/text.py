"""Bytes of a text file → characters, without guessing in silence.

Read in this order: a byte-order mark decides (UTF-8, UTF-16); else UTF-8; else gb18030 (which contains GBK and
GB2312), accepted with a warning. Text that has been through the wrong encoding once already (mojibake) is
an error: nothing can be planned with names that nobody can read.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from planner.geodata.log import DefectLog

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAVE = "open the original and save it as CSV UTF-8"
_SIGNATURES = {b"PK\x03\x04": "an Excel workbook or a zip file", b"\xd0\xcf\x11\xe0": "an old Excel workbook"}

# What a Chinese table may hold: ASCII, accented Latin, punctuation, CJK with its extensions, full-width forms.
_STRANGE = re.compile(
    r"[^\t\n\r\x20-\x7e\u00a0-\u024f\u2000-\u206f\u2100-\u27bf\u3000-\u303f\u3400-\u9fff"
    r"\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff\u02c7\u02c9\u00b7]"
)
_CJK = re.compile(r"[\u3400-\u9fff]")
_ONLY_CJK = re.compile(r"[\u3400-\u9fff（）()·\s0-9A-Za-z]+")
_WORD = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class _Failure:
    code: str
    message: str
    fix: str
    row: int | None = None


def decode(data: bytes, file: str, found: DefectLog) -> str | None:
    """Characters of ``data``, or None after adding an error to ``found``; gb18030 text adds a warning."""
    result = _decode(data)
    if isinstance(result, _Failure):
        found.error(result.code, file, result.message, result.fix, row=result.row)
        return None
    text, foreign_row = result
    damaged = _mojibake(text)
    if damaged is not None:
        row, word = damaged
        found.error(
            "mojibake",
            file,
            f"text '{word}' was read in the wrong encoding before it was saved",
            "go back to the file before it was converted and save it as CSV UTF-8",
            row=row,
        )
        return None
    if foreign_row is not None:
        found.warning(
            "gb18030",
            file,
            "is GBK/GB18030 text, first seen in this row; it was read as such",
            "save it in UTF-8, so that every program reads it alike",
            row=foreign_row,
        )
    return text


def _decode(data: bytes) -> tuple[str, int | None] | _Failure:
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            return _Failure("not-text", f"is {what}, not text", "save the sheet as CSV UTF-8")
    if data.startswith(_UTF32):
        return _Failure("encoding", "is UTF-32 text", _SAVE)
    if data.startswith(_UTF16):
        return _decode_utf16(data)
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        return _Failure("encoding", "holds NUL bytes: binary data, or UTF-16 without a byte-order mark", _SAVE, row)
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        return _decode_gb18030(data, error)


def _decode_utf16(data: bytes) -> tuple[str, int | None] | _Failure:
    try:
        return data.decode("utf-16"), None
    except UnicodeDecodeError as error:
        row = data[: error.start].decode("utf-16", errors="ignore").count("\n") + 1
        return _Failure("encoding", "is UTF-16 text that breaks off or is damaged here", _SAVE, row)


def _decode_gb18030(data: bytes, utf8_error: UnicodeDecodeError) -> tuple[str, int | None] | _Failure:
    row = data[: utf8_error.start].count(b"\n") + 1
    lenient = data.decode("utf-8-sig", errors="replace")
    if lenient.count("\ufffd") <= len(_CJK.findall(lenient)):
        return _Failure("encoding", "is UTF-8 text with damaged bytes in this row", _SAVE, row)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        return _Failure("encoding", "is neither UTF-8, UTF-16 nor GB18030 text", _SAVE, row)
    strange = _STRANGE.search(text)
    if strange is not None:
        row = text.count("\n", 0, strange.start()) + 1
        return _Failure("encoding", "is neither UTF-8 nor readable GB18030 text (Big5, perhaps)", _SAVE, row)
    return text, row


def _mojibake(text: str) -> tuple[int, str] | None:
    """Row and text of the first word that an earlier wrong decoding has spoilt, or None."""
    start = spoilt_at(text)
    if start is None:
        return None
    word = _WORD.match(text, start)
    return text.count("\n", 0, start) + 1, word.group() if word else ""


def spoilt_at(text: str) -> int | None:
    """Where the first word begins that an earlier wrong decoding has spoilt, or None when all can be read."""
    for match in _WORD.finditer(text):
        word = match.group()
        if "\ufffd" in word or _spoilt(word):
            return match.start()
    return None


def _spoilt(word: str) -> bool:
    """Whether undoing one usual mistake (UTF-8 or GBK read as Latin-1, UTF-8 read as GBK) gives Chinese again."""
    if len(word) < 3:
        return False
    for wrong, right in (("latin-1", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "gb18030"), ("gb18030", "utf-8")):
        try:
            undone = word.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if undone != word and _ONLY_CJK.fullmatch(undone) and _CJK.search(undone):
            return True
    return False
