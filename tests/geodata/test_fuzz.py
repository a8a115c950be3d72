"""Whatever bytes stand in a county's files, the answer is a report: never a traceback, never a line of two lines."""

from __future__ import annotations

import pytest
from geodata_toy import ToyCounty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.geodata import check_county

FILES = ("manifest", "townships", "villages", "sites", "roads", "boundary")
PIECES = st.one_of(
    st.binary(max_size=3),
    st.sampled_from(
        [b'"', b",", b"\n", b"\0", b"\xff", b"\xb0\xa1", b"NaN", b"-", b"1e999", b"[", b"]", b"null", b"{", b"}", b";"]
    ),
    st.text(max_size=3).map(lambda text: text.encode("utf-8", "replace")),
)
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    county = ToyCounty(tmp_path_factory.mktemp("fuzz"))
    county.write()
    return county, {name: county.path(name).read_bytes() for name in FILES}


def spoilt(data, changes):
    """``data`` with each change's bytes put at a share of its length, over some of what stood there."""
    for share, length, piece in changes:
        start = int(share * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(FILES), changes=CHANGES)
def test_spoilt_bytes_give_a_report(files, name, changes):
    county, originals = files
    county.path(name).write_bytes(spoilt(originals[name], changes))
    try:
        report = check_county(county.folder)
    finally:
        county.path(name).write_bytes(originals[name])
    assert (report.county is None) == bool(report.errors)
    for defect in report.defects:
        assert defect.file
        assert defect.fix
        assert len(defect.line().splitlines()) == 1
