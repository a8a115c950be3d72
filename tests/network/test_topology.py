"""The part of the network that is kept on disk: the same arrays with and without the cache, whatever the scenario."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from planner.network import build_network, topology
from planner.network.cache import Cache
from planner.scenario import Network

NONE = Cache(None)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(topology, "CACHED_FROM_VERTICES", 0)
    return Cache(tmp_path / "cache")


@pytest.fixture
def county(build):
    specs = [([(k, 0), (k + 1, 0.1 * k)], "county", False) for k in range(5)]
    return build.county([*specs, ([(1, 0), (1, 3)], "village", True), ([(9, 9), (9, 9)], "village", False)])


@pytest.fixture
def unbuilt(monkeypatch):
    def fail(*_):
        raise AssertionError("built anew")

    def forbid():
        monkeypatch.setattr(topology, "build_topology", fail)

    return forbid


def arrays(network):
    values = {field.name: getattr(network, field.name) for field in fields(network)}
    return {k: (v.dtype, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for k, v in values.items()}


def test_the_cached_network_equals_the_built_one_to_the_byte(county, cache, unbuilt):
    built = arrays(build_network(county, Network(), cache=NONE))
    first = arrays(build_network(county, Network(), cache=cache))
    unbuilt()
    assert first == built
    assert arrays(build_network(county, Network(), cache=cache)) == built


def test_no_parameter_asks_for_another_entry(county, cache, unbuilt):
    winter = replace(county.roads[5], closed_months=frozenset({1}))
    county = replace(county, roads=(*county.roads[:5], winter, county.roads[6]))
    build_network(county, Network(), cache=cache)
    wanted = arrays(build_network(county, Network(month=1, mountain_factor=0.5), cache=NONE))
    unbuilt()
    assert arrays(build_network(county, Network(month=1, mountain_factor=0.5), cache=cache)) == wanted
    assert len(list(cache.folder.iterdir())) == 1


def test_other_lines_another_crs_and_another_cut_into_roads_are_other_entries(county, cache, build):
    build_network(county, Network(), cache=cache)
    build_network(replace(county, metric_crs="EPSG:32647"), Network(), cache=cache)
    build_network(replace(county, roads=county.roads[:-1]), Network(), cache=cache)
    one = build.county([([(0, 0), (1, 0), (2, 0)], "county", False), ([(5, 5), (6, 6)], "county", False)])
    other = build.county([([(0, 0), (1, 0)], "county", False), ([(2, 0), (5, 5), (6, 6)], "county", False)])
    build_network(one, Network(), cache=cache)
    build_network(other, Network(), cache=cache)
    assert len(list(cache.folder.iterdir())) == 5


def test_a_damaged_entry_is_made_anew_with_a_note(county, cache):
    wanted = arrays(build_network(county, Network(), cache=cache))
    (path,) = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-7])
    network = build_network(county, Network(), cache=cache)
    (note,) = network.notes
    assert "damaged" in note
    assert note in network.facts()
    assert arrays(network) | {"notes": ()} == wanted
    assert build_network(county, Network(), cache=cache).notes == (), "mended"


def test_small_networks_leave_no_file(county, tmp_path):
    build_network(county, Network(), cache=Cache(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()
