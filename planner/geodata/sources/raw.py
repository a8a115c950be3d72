"""What every reader of a source file gives: columns of cell texts, as people wrote them, with their row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyproj

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Texts(Sequence[str]):
    """The cells of one column: each distinct text once, and for each row which of them it holds.

    ``words[codes[i]]`` is the text of row i; what is worked out from a text is worked out once a word (`map`).
    """

    words: Sequence[str]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """The column of ``texts``, one for each row."""
        places: dict[str, int] = {}
        codes = [places.setdefault(text, len(places)) for text in texts]
        return cls(list(places), np.array(codes, dtype=np.int32))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Texts: ...
    def __getitem__(self, index: int | slice) -> str | Texts:
        if isinstance(index, slice):
            return Texts(self.words, self.codes[index])
        return self.words[int(self.codes[index])]

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.map(str))

    def map(self, function: Callable[[str], T]) -> list[T]:
        """``function`` of each row's text, called once for each distinct text that occurs."""
        used = np.zeros(len(self.words), dtype=bool)
        used[self.codes] = True
        results = np.empty(len(self.words), dtype=object)
        for i in np.flatnonzero(used):
            results[i] = function(self.words[int(i)])
        return list(results[self.codes])

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Texts:
        """The column of the chosen rows only (indices or a mask)."""
        return Texts(self.words, self.codes[rows])

    def first(self, condition: Callable[[str], bool]) -> int | None:
        """Index of the first row whose text meets ``condition``, or None."""
        meets = np.array([condition(word) for word in self.words], dtype=bool)
        if not meets.any():
            return None
        hits = np.flatnonzero(meets[self.codes])
        return int(hits[0]) if len(hits) else None


@dataclass(frozen=True, eq=False)
class RawTable:
    """One source file as it stands: nothing recognised, converted or left out yet.

    ``rows`` counts as people see it: spreadsheet rows, the header included, or features of a map from 1.
    ``geometries`` are 2-D shapely objects in the file's own coordinate reference system, None where a feature
    has none; the whole is None for a plain table. ``crs`` is what the file declares, None when it declares
    nothing (always None for a plain table).
    """

    file: str
    columns: Mapping[str, Sequence[str]]
    """Cell texts by header text, both stripped; "" for an empty cell. Readers here give `Texts`."""
    rows: Sequence[int]
    geometries: NDArray[np.object_] | None = None
    crs: pyproj.CRS | None = None
    encoding: str = ""
    """How the bytes were read, e.g. ``utf-8`` or ``gb18030 (guessed)``; "" where the format fixes it."""
    layer: str = ""
    """The sheet or layer that was read; "" where a file holds only one by its nature."""

    def __len__(self) -> int:
        return len(self.rows)
