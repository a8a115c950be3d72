"""A network of half a million edges: built, kept and met by fifty thousand points in seconds."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from shapely import Polygon

from planner.domain import County, Road, RoadClass, Surface
from planner.network import build_network, snap_points
from planner.network.cache import Cache
from planner.scenario import Network

SIDE, SPACING_DEG, PATIENCE_S = 548, 0.004, 15.0
"""300,304 junctions; on an idle machine the network takes 2 s, the snapping 1 s."""


@pytest.fixture(scope="module")
def county():
    rng = np.random.default_rng(0)
    at = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1).reshape(-1, 2)
    lonlat = [100.0, 33.0] + (at + rng.uniform(-0.3, 0.3, at.shape)) * SPACING_DEG
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    tail = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    head = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    kept = rng.random(len(tail)) < 0.84
    a, b = lonlat[tail[kept]], lonlat[head[kept]]
    bend = [a + (b - a) * share + rng.uniform(-3e-4, 3e-4, a.shape) for share in (1 / 3, 2 / 3)]
    lines = shapely.linestrings(np.stack([a, *bend, b], axis=1))
    classes, chosen = list(RoadClass)[:4], rng.integers(4, size=len(lines))
    roads = tuple(
        Road(f"R{k:07d}", "", classes[chosen[k]], Surface.PAVED, k % 50 == 0, line) for k, line in enumerate(lines)
    )
    box = Polygon([(99, 32), (104, 32), (104, 37), (99, 37)])
    return County("000000", "large", {}, "EPSG:32647", box, (), (), (), roads, (), "large")


@pytest.mark.slow
def test_a_large_network_is_built_kept_and_snapped_to_in_seconds(county, tmp_path):
    assert len(county.roads) > 500_000
    cache = Cache(tmp_path / "cache")
    seconds = {}
    networks = {}
    for name, used in (("built", Cache(None)), ("stored", cache), ("loaded", cache)):
        begin = time.perf_counter()
        networks[name] = build_network(county, Network(), cache=used)
        seconds[name] = time.perf_counter() - begin
    begin = time.perf_counter()
    rng = np.random.default_rng(1)
    place = networks["built"].node_lon[:50_000] + rng.uniform(-0.01, 0.01, 50_000)
    snapped = snap_points(networks["built"], place, networks["built"].node_lat[:50_000], 1500.0)
    seconds["snapped"] = time.perf_counter() - begin
    assert snapped.ok.mean() > 0.99
    assert max(seconds.values()) < PATIENCE_S, seconds
    assert seconds["loaded"] < seconds["built"], seconds
    for name in ("edge_mm", "edge_ms", "edge_tail", "edge_head", "vertex_lonlat", "vertex_xy", "vertex_mm", "node_lon"):
        arrays = [getattr(network, name).tobytes() for network in networks.values()]
        assert arrays[0] == arrays[1] == arrays[2], name
