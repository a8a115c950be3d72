"""Whatever bytes a file holds and whatever tags an object has: an extract or defects, never anything else."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.geodata.log import DefectLog
from planner.geodata.osm import read_osm

NAMES = ("map.osm", "map.osm.gz", "map.osm.bz2", "map.osm.pbf", "plain.osm.pbf")

WORDS = (
    "yes",
    "no",
    "-1",
    "primary",
    "residential",
    "track",
    "ferry",
    "administrative",
    "boundary",
    "multipolygon",
    "route",
)
KEYS = (
    "highway", "route", "access", "motor_vehicle", "surface", "tracktype", "maxspeed", "oneway", "junction", "ref",
    "name", "name:zh", "population", "place", "amenity", "shop", "office", "building", "landuse", "admin_level",
    "boundary", "type", "departures", "public_transport",
)  # fmt: skip
MORE = (
    "bus",
    "village",
    "hamlet",
    "house",
    "8",
    "10",
    "30 mph",
    "CN:urban",
    "post_office",
    "供销社",
    "bus_stop",
    "restriction",
    "",
)
tags = st.dictionaries(
    st.sampled_from(KEYS), st.sampled_from((*WORDS, *MORE)) | st.text("0123456789;:,.-mph km村é", max_size=8)
)


def check(path, **options):
    found = DefectLog()
    extract = read_osm(path, path.name, found, **{"county": "循化县", "cache": False, **options})
    assert (extract is None) == found.has_errors()
    assert extract is not None or len(found.defects) == 1, [defect.line() for defect in found.defects]
    return extract


@pytest.fixture(scope="module")
def contents():
    """One good file in every format."""
    sketch = sys.modules["osm_sketch"].two_townships()
    sketch.node(102.05, 35.65, {"place": "village", "name": "团结村"})
    sketch.box(102.05, 35.65, 102.0502, 35.6502, {"building": "house"})
    stops = [("node", sketch.node(lon, 35.7, {"name": f"站{lon}"}), "stop") for lon in (102.05, 102.1)]
    sketch.relation(stops, {"type": "route", "route": "bus", "name": "一路"})
    with TemporaryDirectory() as folder:
        return {name: sketch.write(Path(folder) / name).read_bytes() for name in NAMES}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 6)), min_size=1, max_size=4),
)
def test_spoilt_bytes(contents, name, spots):
    content = contents[name]
    for share, new, removed in spots:
        at = int(share * len(content))
        content = content[:at] + new + content[at + removed :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        check(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_tags_on_any_objects(data):
    sketch = sys.modules["osm_sketch"].two_townships()
    nodes = [sketch.node(102.0 + step / 40, 35.6 + step / 60, data.draw(tags)) for step in range(8)]
    some = st.lists(st.sampled_from([*nodes, 999_999]), min_size=0, max_size=6)
    ways = [sketch.way(data.draw(some) or [nodes[0]], data.draw(tags)) for _ in range(6)]
    member = st.tuples(
        st.sampled_from(("node", "way", "relation")),
        st.sampled_from([*nodes, *ways, 999_999]),
        st.sampled_from(("", "outer", "inner", "stop", "platform", "forward_stop", "admin_centre", "label")),
    )
    for _ in range(4):
        sketch.relation(data.draw(st.lists(member, max_size=5)), data.draw(tags))
    with TemporaryDirectory() as folder:
        name = data.draw(st.sampled_from(("map.osm", "map.osm.pbf")))
        extract = check(sketch.write(Path(folder) / name), county=f"r{sketch.county}")
    assert extract is not None
    assert len(extract.roads) >= 1


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(NAMES))
def test_any_bytes(content, name):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        assert check(path) is None
