"""Vector layers of a county (GeoPackage, shapefile, GeoJSON, GeoParquet) → geometries in WGS84 degrees, and texts.

A file's features are counted from 1; that number is the ``row`` of a defect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.geodata.datum import Frame
from planner.geodata.georef import Said, georeference
from planner.geodata.log import DefectLog
from planner.geodata.sources.raw import Texts
from planner.geodata.sources.read import read_source
from planner.geodata.text import spoilt_at


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one file, in file order: ``geometries`` (None where absent) and field texts ("" where empty).

    Geometries are in WGS84 degrees; ``frame`` says what they were in before. ``rows`` are the features' numbers.
    """

    file: str
    geometries: NDArray[np.object_]
    fields: Mapping[str, Texts]
    rows: NDArray[np.int64]
    frame: Frame

    def __len__(self) -> int:
        return len(self.geometries)


def read_features(path: Path, file: str, found: DefectLog, said: Said | None = None) -> Features | None:
    """Read the only layer of ``path`` with features; None after adding an error when it cannot be used as a whole.

    ``said`` is what is known of its coordinates besides the file; the geometries come out in WGS84 degrees.
    """
    raw = read_source(path, file, found, guess=False)
    if raw is None:
        return None
    if raw.geometries is None:
        found.error("empty-geometry", file, "has no geometry at all", "export it again with its geometry")
        return None
    placed = georeference(raw.geometries, raw.crs, said or Said(), file, found)
    if placed is None:
        return None
    fields = {name: texts if isinstance(texts, Texts) else Texts.of(texts) for name, texts in raw.columns.items()}
    rows = np.asarray(raw.rows, dtype=np.int64)
    if not _check_texts(fields, rows, file, found):
        return None
    return Features(file, np.asarray(placed[0], dtype=object), fields, rows, placed[1])


def _check_texts(fields: Mapping[str, Texts], rows: NDArray[np.int64], file: str, found: DefectLog) -> bool:
    """Whether the texts can be read: some were spoilt before they came into this file."""
    for name, texts in fields.items():
        at = texts.first(lambda text: not text.isascii() and spoilt_at(text) is not None)
        if at is not None:
            found.error(
                "mojibake",
                file,
                "was read in the wrong encoding",
                "a shapefile needs a .cpg file that names its encoding (GBK); else save it as GeoJSON in UTF-8",
                row=int(rows[at]),
                column=name,
                value=texts[at][:40],
            )
            return False
    return True
