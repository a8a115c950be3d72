"""Whatever stands in one cell, an import writes a county that can be read, or says why not and leaves nothing."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.geodata.intake.aliases import Role

HOSTILE = st.one_of(
    st.sampled_from(
        [
            "", " ", "0", "-1", "1e400", "nan", "inf", "#N/A", "=1+1", "102,48", "102°61′00″", "东经", "°",
            "35.7N102.1E", "6.30225E+11",
            "630225100200.0", "630225100000", "９", "\u0000", "a" * 5000, "村\n村", '"', "|", "1" * 400, "−5",
            "180.1", "-", "无",
        ]
    ),
    st.text(max_size=12),
    st.floats().map(repr),
    st.integers().map(str),
)  # fmt: skip


@contextmanager
def toy(builder) -> Iterator:
    """A fresh toy county in a folder of its own."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield builder(folder)
    finally:
        shutil.rmtree(folder)


def spoil(text: str, row: int, column: int, cell: str) -> str:
    """``text`` with one cell, header included, replaced."""
    rows = list(csv.reader(io.StringIO(text)))
    line = rows[row % len(rows)]
    line[column % len(line)] = cell
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    role=st.sampled_from([Role.TOWNSHIPS, Role.VILLAGES, Role.STATIONS]),
    row=st.integers(0, 5),
    column=st.integers(0, 8),
    cell=HOSTILE,
)
def test_one_hostile_cell_never_breaks_an_import(raw, role, row, column, cell):
    with toy(type(raw)) as county:
        setattr(county, role, spoil(getattr(county, role), row, column, cell))
        report = county.run()
        if report.written:
            assert report.errors == ()
            assert county.read().villages
        else:
            assert report.errors
            assert not (county.root / "data").exists()
        assert all("\n" not in defect.line() for defect in report.defects)


LIST = "代码,村名,所属乡镇,人口\n630225100200,西街村,积石镇,900\n,东街村,积石镇,800\n630225101200,加入村,白庄镇,700\n"
POINTS = (
    "代码,名称,乡镇,经度,纬度\n630225100200,西街,积石镇,102.11,35.702\n,东街,,102.12,35.703\n,加入村,,102.21,35.701\n"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    role=st.sampled_from([Role.VILLAGES, Role.POSITIONS]), row=st.integers(0, 3), column=st.integers(0, 4), cell=HOSTILE
)
def test_one_hostile_cell_never_breaks_the_look_up_of_positions(raw, role, row, column, cell):
    with toy(type(raw)) as county:
        county.villages, county.positions = LIST, POINTS
        setattr(county, role, spoil(getattr(county, role), row, column, cell))
        report = county.run()
        assert report.written == (not report.errors)
        assert (county.root / "data").exists() == report.written
        if report.written:
            assert len(county.read().villages) == 3
        assert all("\n" not in defect.line() for defect in report.defects)
