"""A folder of source files, and a way to read one of them with everything that was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from planner.errors import Severity
from planner.geodata.log import DefectLog
from planner.geodata.sources import RawTable, read_raw

NAMES = ["西街村", "东街村", "加入村"]
CODES = ["630225100200", "630225100201", "630225101200"]
POINTS = shapely.points([[102.11, 35.702], [102.12, 35.703], [102.21, 35.701]])


@dataclass
class Read:
    """What came of reading a file."""

    table: RawTable | None
    defects: list = field(default_factory=list)

    @property
    def columns(self):
        return {name: list(texts) for name, texts in self.table.columns.items()}

    @property
    def codes(self):
        return [defect.code for defect in self.defects]

    def only(self, code, severity=Severity.ERROR):
        """The one defect; an error leaves no table."""
        assert self.codes == [code], [defect.line() for defect in self.defects]
        (defect,) = self.defects
        assert defect.severity is severity
        assert defect.fix
        assert len(defect.line().splitlines()) == 1
        assert (self.table is None) == (severity is Severity.ERROR)
        return defect


@dataclass
class Folder:
    path: Path

    def write(self, name, content):
        (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name, content=None, **options):
        if content is not None:
            self.write(name, content)
        found = DefectLog()
        table = read_raw(self.path / name, name, found, **options)
        assert table is not None or found.has_errors()
        return Read(table, found.defects)

    def vector(self, name, driver, *, fields=None, points=POINTS, crs="EPSG:4326", encoding=None, **options):
        """A file of points written by GDAL."""
        fields = fields or {"name": NAMES, "code": CODES}
        pyogrio.raw.write(
            self.path / name,
            geometry=shapely.to_wkb(np.array(points, dtype=object)),
            field_data=[np.array(values, dtype=object) for values in fields.values()],
            fields=np.array(list(fields), dtype=object),
            geometry_type="Point",
            driver=driver,
            crs=crs,
            encoding=encoding,
            **options,
        )


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)
