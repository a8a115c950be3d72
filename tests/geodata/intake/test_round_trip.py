"""A county written out as the bureaus would, in GBK and GCJ-02, comes back as it was."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from planner import read_county
from planner.cli import app
from planner.domain import Datum
from planner.geodata.crs import ELLIPSOID

_SPEC = importlib.util.spec_from_file_location("raw_files", Path(__file__).with_name("raw_files.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
raw_files = importlib.util.module_from_spec(_SPEC)
sys.modules["raw_files"] = raw_files
_SPEC.loader.exec_module(raw_files)

NO_PROPOSALS = ("--set", "candidates.new_site_beyond_m=100000", "--set", "candidates.seat_site_beyond_m=100000")


@pytest.fixture(scope="module", params=[Datum.GCJ02, Datum.BD09], ids=["GCJ-02", "BD-09"])
def imported(request, xunhua, tmp_path_factory):
    root = tmp_path_factory.mktemp("raw")
    files = raw_files.RawFiles(root / "raw", request.param)
    files.write(xunhua)
    out = root / "data" / "geo" / "again"
    arguments = ["import", "--name", xunhua.name, "--out", str(out), *files.options(), *NO_PROPOSALS]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return read_county(out)


def metres_apart(first, second):
    a, b = (np.array([(place.lon, place.lat) for place in places]) for places in (first, second))
    return ELLIPSOID.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]


def test_every_point_lies_within_a_metre(imported, xunhua):
    for places in ("townships", "villages", "sites"):
        assert metres_apart(getattr(imported, places), getattr(xunhua, places)).max() < 1


def test_every_vertex_of_the_roads_lies_within_a_metre(imported, xunhua):
    for ours, theirs in zip(imported.roads, xunhua.roads, strict=True):
        a, b = (np.asarray(road.geometry.coords) for road in (ours, theirs))
        assert ELLIPSOID.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2].max() < 1


def test_no_code_or_name_differs(imported, xunhua):
    def words(county):
        return (
            county.code,
            county.name,
            [(t.code, t.name, t.population) for t in county.townships],
            [(v.code, v.name, v.township_code, v.kind, v.population, v.priority) for v in county.villages],
            [
                (s.site_id, s.name, s.host, s.status, s.max_tier, s.existing_tier, s.township_code, s.village_code)
                for s in county.sites
            ],
            [s.broadband for s in county.sites],
            [(r.road_id, r.name, r.road_class, r.surface, r.oneway) for r in county.roads],
        )

    for ours, theirs in zip(words(imported), words(xunhua), strict=True):
        assert ours == theirs


def test_roads_that_met_still_meet(imported, xunhua):
    def junctions(county):
        ends = np.round([point for road in county.roads for point in road.geometry.coords], 7)
        return len(np.unique(ends, axis=0))

    assert junctions(imported) == junctions(xunhua)
