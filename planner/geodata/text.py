"""Bytes of a text file → characters, without guessing in silence.

Read in this order: an encoding named by the user; a byte-order mark (UTF-8, UTF-16); UTF-8; else gb18030 (which
contains GBK and GB2312), accepted with a warning when it gives plausible Chinese. Text that has been through the
wrong encoding once already (mojibake) is an error: nothing can be planned with names that nobody can read.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from planner.geodata.log import DefectLog

ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "cp1252", "iso8859-1")
"""Encodings that a user or a ``.cpg`` may name; GBK, GB2312 and code page 936 are read as gb18030."""

_GUESSED = "gb18030 (guessed)"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAVE = "open the original and save it as CSV UTF-8"
SAVE_OR_NAME = "open the original and save it in UTF-8, or name its encoding with --encoding"
_SIGNATURES = {b"PK\x03\x04": "an Excel workbook or a zip file", b"\xd0\xcf\x11\xe0": "an old Excel workbook"}
_SAME = {
    "gbk": "gb18030", "gb2312": "gb18030", "936": "gb18030", "cp936": "gb18030", "ansi 936": "gb18030",
    "utf-8-sig": "utf-8", "65001": "utf-8", "big5hkscs": "big5", "cp950": "big5", "950": "big5", "ansi 950": "big5",
    "1252": "cp1252", "ansi 1252": "cp1252", "88591": "iso8859-1",
}  # fmt: skip

# What a Chinese table may hold: ASCII, accented Latin, punctuation, CJK with its extensions, full-width forms.
_STRANGE = re.compile(
    r"[^\t\n\r\x20-\x7e\u00a0-\u024f\u2000-\u206f\u2100-\u27bf\u3000-\u303f\u3400-\u9fff"
    r"\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff\u02c7\u02c9\u00b7]"
)
_CJK = re.compile(r"[\u3400-\u9fff]")
_ONLY_CJK = re.compile(r"[\u3400-\u9fff（）()·\s0-9A-Za-z]+")
_WORD = re.compile(r"[^\x00-\x7f]+")
_COMMON_SHARE = 0.7
"""Share of the characters that must be in GB2312 (the 6,763 common ones) for a guess to be called Chinese."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Characters, and the encoding they were in; ``gb18030 (guessed)`` where nothing declared it."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class _Failure:
    code: str
    message: str
    fix: str
    row: int | None = None


def codec(name: str) -> str | None:
    """The one of `ENCODINGS` that ``name`` means (``GBK``, ``CP936``, ``UTF8``, ``65001`` …), or None."""
    word = name.strip().lower().removeprefix("encoding=").strip()
    word = _SAME.get(word, word)
    try:
        word = codecs.lookup(word).name
    except (LookupError, ValueError):
        return None
    word = _SAME.get(word, word)
    return word if word in ENCODINGS else None


def check_encoding(name: str | None, file: str, found: DefectLog) -> bool:
    """Whether ``name`` (None: not named) is an encoding that can be read; else one error."""
    if name is None or codec(name) is not None:
        return True
    found.error(
        "unknown-encoding",
        file,
        f"cannot be read as '{name[:40]}': not a known encoding",
        f"name one of {', '.join(ENCODINGS)}",
    )
    return False


def decode(data: bytes, file: str, found: DefectLog) -> str | None:
    """Characters of ``data``, or None after adding an error to ``found``; gb18030 text adds a warning."""
    decoded = decode_as(data, file, found)
    return None if decoded is None else decoded.text


def decode_as(
    data: bytes, file: str, found: DefectLog, encoding: str | None = None, save: str = _SAVE
) -> Decoded | None:
    """Characters of ``data`` and their encoding; None after an error. ``save`` is the way out that it names."""
    if not check_encoding(encoding, file, found):
        return None
    named = None if encoding is None else codec(encoding)
    result = _decode(data) if named is None else _decode_named(data, named)
    if isinstance(result, _Failure):
        found.error(result.code, file, result.message, save if result.fix == _SAVE else result.fix, row=result.row)
        return None
    decoded, foreign_row = result
    damaged = _mojibake(decoded.text)
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
    return decoded


def _decode_named(data: bytes, name: str) -> tuple[Decoded, None] | _Failure:
    refused = _not_text(data)
    if refused is not None:
        return refused
    wide = name.startswith("utf-16")
    if not wide and b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        return _Failure("encoding", "holds NUL bytes: binary data, or UTF-16 without a byte-order mark", _SAVE, row)
    reader = "utf-8-sig" if name == "utf-8" else name
    try:
        text = data.decode(reader)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        return _Failure("encoding", f"is not {name} text: bytes in this row do not fit", _SAVE, row)
    if wide:
        text = text.removeprefix("\ufeff")
    return _without_nul(Decoded(text, name), None)


def _decode(data: bytes) -> tuple[Decoded, int | None] | _Failure:
    refused = _not_text(data)
    if refused is not None:
        return refused
    if data.startswith(_UTF32):
        return _Failure("encoding", "is UTF-32 text", _SAVE)
    if data.startswith(_UTF16):
        return _decode_utf16(data)
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        return _Failure("encoding", "holds NUL bytes: binary data, or UTF-16 without a byte-order mark", _SAVE, row)
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8"), None
    except UnicodeDecodeError as error:
        return _decode_gb18030(data, error)


def _not_text(data: bytes) -> _Failure | None:
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            return _Failure("not-text", f"is {what}, not text", "save the sheet as CSV UTF-8")
    return None


def _without_nul(decoded: Decoded, row: None) -> tuple[Decoded, None] | _Failure:
    if "\0" in decoded.text:
        at = decoded.text.count("\n", 0, decoded.text.index("\0")) + 1
        return _Failure("encoding", "holds NUL characters: no text", _SAVE, at)
    return decoded, row


def _decode_utf16(data: bytes) -> tuple[Decoded, int | None] | _Failure:
    try:
        return _without_nul(Decoded(data.decode("utf-16"), "utf-16"), None)
    except UnicodeDecodeError as error:
        row = data[: error.start].decode("utf-16", errors="ignore").count("\n") + 1
        return _Failure("encoding", "is UTF-16 text that breaks off or is damaged here", _SAVE, row)


def _decode_gb18030(data: bytes, utf8_error: UnicodeDecodeError) -> tuple[Decoded, int | None] | _Failure:
    row = data[: utf8_error.start].count(b"\n") + 1
    mixed = _mixed_row(data)
    if mixed is not None:
        return _Failure("encoding", "is UTF-8 in some rows and GBK in others, first in this row", _SAVE, mixed)
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
    if not plausible_chinese(text):
        message = "is not UTF-8, and its bytes fit GB18030 as well as a Western or another encoding"
        return _Failure("encoding", message, _SAVE, row)
    return Decoded(text, _GUESSED), row


def plausible_chinese(text: str) -> bool:
    """Whether ``text``, decoded by a guess, has Chinese characters, most of them common ones, and nothing strange.

    Western text read as GBK gives rare characters: only a quarter of the two-byte codes are in GB2312.
    """
    if _STRANGE.search(text) is not None:
        return False
    characters = _CJK.findall(text)
    common = len("".join(characters).encode("gb2312", errors="ignore")) // 2
    return bool(characters) and common >= _COMMON_SHARE * len(characters)


def _mixed_row(data: bytes) -> int | None:
    """The first row that is plausible GBK and not UTF-8, when another row is Chinese in UTF-8."""
    first, utf8 = None, False
    for row, line in enumerate(data.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            utf8 = _CJK.search(line.decode("utf-8-sig")) is not None or utf8
        except UnicodeDecodeError:
            if first is None:
                try:
                    first = row if plausible_chinese(line.decode("gb18030")) else None
                except UnicodeDecodeError:
                    continue
        if utf8 and first is not None:
            return first
    return None


def _mojibake(text: str) -> tuple[int, str] | None:
    """Row and text of the first word that an earlier wrong decoding has spoilt, or None."""
    start = spoilt_at(text)
    if start is None:
        return None
    word = _WORD.match(text, start)
    return text.count("\n", 0, start) + 1, word.group()[:40] if word else ""


def spoilt_at(text: str) -> int | None:
    """Where the first word begins that an earlier wrong decoding has spoilt, or None when all can be read."""
    for match in _WORD.finditer(text):
        word = match.group()
        if "\ufffd" in word or _spoilt(word):
            return match.start()
    return None


@lru_cache(maxsize=65_536)
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
