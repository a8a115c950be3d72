"""Arrays kept on disk between runs, so that reading half a million roads is paid for once.

An entry is one file: the SHA-256 of the rest as 64 hexadecimal digits, then an ``.npz`` archive without pickled
objects that holds the arrays and the entry's own key. What does not fit is never used: it is made anew, with a note.
A folder that cannot be written to costs time and nothing else.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CACHE_VARIABLE: Final = "PLANNER_CACHE"
"""Environment variable with the cache folder; ``off`` for none."""

MAX_BYTES: Final = 2 * 10**9
"""Together the entries stay below this; those used longest ago go first."""

_APPLICATION: Final = "rural-network-planner"
_SUFFIX: Final = ".cache"
_PARTIAL: Final = ".part"
_ABANDONED_S: Final = 24 * 3600
_DIGITS: Final = 64
_KEY: Final = "_key"

Arrays = Mapping[str, NDArray[Any]]


def cache_folder() -> Path | None:
    """``$PLANNER_CACHE``, else the user's cache folder of this system; None when switched off or nowhere to be had."""
    named = os.environ.get(CACHE_VARIABLE, "").strip()
    if named.lower() == "off":
        return None
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(home / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(home / ".cache")
    return Path(base, _APPLICATION)


@dataclass(frozen=True, slots=True, eq=False)
class Cached:
    """What the cache had: ``arrays`` by name, or None; ``note`` says why an entry was there and not used."""

    arrays: Arrays | None = None
    note: str = ""

    def __bool__(self) -> bool:
        return self.arrays is not None


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries, None for no cache at all."""

    folder: Path | None = field(default_factory=cache_folder)
    max_bytes: int = MAX_BYTES

    def load(self, key: str) -> Cached:
        """The entry ``key`` (as `cache_key` gives it), marked as used now."""
        path = self._path(key)
        if path is None:
            return Cached()
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return Cached()
        except OSError as error:
            return Cached(note=f"cache: {path} cannot be read ({error.strerror}); made anew")
        if content[:_DIGITS] != _digest(content):
            return Cached(note=f"cache: {path} is damaged or no cache file; made anew")
        stream = io.BytesIO(content)
        stream.seek(_DIGITS)
        with np.load(stream, allow_pickle=False) as archive:
            arrays = dict(archive)
        if str(arrays.pop(_KEY, "")) != key:
            return Cached(note=f"cache: {path} belongs to other data; made anew")
        with suppress(OSError):
            os.utime(path)
        return Cached(arrays)

    def store(self, key: str, arrays: Arrays) -> bool:
        """Keep ``arrays`` as the entry ``key``, whole or not at all; False where the folder does not allow it.

        Raises ValueError for an array of Python objects.
        """
        path = self._path(key)
        if path is None:
            return False
        if any(array.dtype.hasobject for array in arrays.values()):
            raise ValueError("a cache entry holds plain arrays, no Python objects")
        stream = io.BytesIO()
        stream.write(bytes(_DIGITS))
        np.savez(stream, allow_pickle=False, **{_KEY: np.array(key)}, **arrays)
        content = stream.getbuffer()
        content[:_DIGITS] = _digest(content)
        partial = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_PARTIAL, delete=False) as file:
                partial = Path(file.name)
                file.write(content)
            partial.replace(path)
        except OSError:
            if partial is not None:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
            return False
        self._evict(path)
        return True

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{key}{_SUFFIX}"

    def _evict(self, newest: Path) -> None:
        """Drop the entries used longest ago until the rest fits, and files that a stopped run left half written."""
        entries = []
        with suppress(OSError):
            for path in newest.parent.iterdir():
                if path.suffix not in (_SUFFIX, _PARTIAL) or path == newest:
                    continue
                with suppress(OSError):  # another run may drop it at the same moment
                    facts = path.stat()
                    if path.suffix == _SUFFIX:
                        entries.append((facts.st_mtime, facts.st_size, path))
                    elif time.time() - facts.st_mtime > _ABANDONED_S:
                        path.unlink()
            room = self.max_bytes - newest.stat().st_size
            for _, size, path in sorted(entries, reverse=True):
                room -= size
                if room < 0:
                    path.unlink(missing_ok=True)


def cache_key(kind: str, *parts: str) -> str:
    """A key from everything the entry depends on; ``kind`` is a word such as ``network`` and begins the file's name."""
    return f"{kind}-{sha256(repr(parts).encode()).hexdigest()[:40]}"


def _digest(content: bytes | memoryview) -> bytes:
    """Of all that follows the place of the digest itself."""
    return sha256(memoryview(content)[_DIGITS:]).hexdigest().encode()
