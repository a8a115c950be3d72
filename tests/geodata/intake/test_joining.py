"""Roads that were drawn apart: which ends and crossings are joined on request, which are told, what is left alone."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from pyproj import Geod

from planner.domain.county import RoadClass
from planner.geodata.intake.draft import Roads
from planner.geodata.intake.joining import join_ends, metric_crs_of, node_crossings, tell_unjoined
from planner.geodata.intake.review import Review
from planner.geodata.joints import Drawing, find_crossings, find_misses
from planner.geodata.log import DefectLog
from planner.geodata.roads import components

M = 1 / 111_000
"""About a metre of latitude, in degrees."""
MAIN = [(102.0, 35.0), (102.01, 35.0)]


def roads_of(*lines, classes=None):
    count = len(lines)
    return Roads(
        [f"R{i}" for i in range(count)], [""] * count, classes or ["village"] * count, ["paved"] * count,
        np.zeros(count, bool), np.full(count, np.nan), [""] * count,
        np.array([shapely.LineString(np.round(line, 7)) for line in lines], dtype=object),
    )  # fmt: skip


def found_in(roads):
    drawing = Drawing(roads.geometry, metric_crs_of(roads))
    misses = find_misses(drawing)
    return misses, find_crossings(drawing, misses)


def parts(roads):
    return len(set(components(list(roads.geometry)).tolist()))


APART = {
    "undershoot": [MAIN, [(102.005, 35.01), (102.005, 35 + 1.5 * M)]],
    "overshoot": [MAIN, [(102.005, 35.01), (102.005, 35 - 1.5 * M)]],
    "on the line between two vertices": [MAIN, [(102.005, 35.01), (102.005, 35.0)]],
    "end to end": [MAIN, [(102.01 + M, 35.0), (102.02, 35.0)]],
    "two that are joined stop together": [
        MAIN, [(102.005, 35.01), (102.005, 35 + 0.3 * M)], [(102.006, 35.01), (102.005, 35 + 0.3 * M)],
    ],
    "three beside one another": [
        MAIN, [(102.005, 35.01), (102.005, 35 + 1.5 * M)], [(102.006, 35.01), (102.005, 35 + 1.4 * M)],
        [(102.005 + M, 34.99), (102.005, 35 - M)],
    ],
    "each beside the other": [MAIN, [(102.01 - 0.3 * M, 34.99), (102.01 - 0.3 * M, 35 + 0.3 * M)]],
    "shorter than the distance": [MAIN, [(102.005, 35.0), (102.005, 35 + 1.5 * M)]],
}  # fmt: skip


@pytest.mark.parametrize("lines", APART.values(), ids=APART)
def test_ends_beside_a_road_are_found_and_joined(lines):
    roads = roads_of(*lines)
    assert parts(roads) > 1
    assert len(found_in(roads)[0]) > 0
    joined, sentence = join_ends(roads, 2.0, "f", Review())
    assert parts(joined) == 1
    misses, crossings = found_in(joined)
    assert (len(misses), len(crossings)) == (0, 0)
    assert sentence.startswith("ends of roads joined to a road within 2 m: ")
    assert (shapely.length(joined.geometry) > 0).all()
    moved = shapely.hausdorff_distance(roads.geometry, joined.geometry) / M
    assert moved.max() < 2.0


def test_what_moved_stands_in_the_review_with_how_far():
    review = Review()
    join_ends(roads_of(*APART["undershoot"]), 2.0, "roads.shp", review)
    (row,) = review.rows
    assert (row.kind, row.name, row.guess) == ("joined-end", "R1", "moved onto R0")
    assert row.distance_m == pytest.approx(1.5, abs=0.02)


ALONE = {
    "a dead end 5 m away": [MAIN, [(102.005, 35.01), (102.005, 35 + 5 * M)]],
    "a short stub of the same junction": [
        [(102.0, 35.0), (102.005, 35.0), (102.01, 35.0)], [(102.005, 35.0), (102.005, 35 + 1.5 * M)],
    ],
    "an end just beyond its junction": [
        [(102.0, 35.0), (102.005, 35.0), (102.01, 35.0)], [(102.005, 35.01), (102.005, 35.0), (102.005, 35 - M)],
    ],
    "a junction beside the other carriageway": [
        [(102.0, 35.0), (102.01, 35.0)], [(102.0, 35 + 1.5 * M), (102.005, 35 + 1.5 * M)],
        [(102.005, 35 + 1.5 * M), (102.01, 35 + 1.5 * M)], [(102.005, 35 + 1.5 * M), (102.005, 35.01)],
    ],
    "roads that meet": [MAIN, [(102.01, 35.0), (102.02, 35.0)]],
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_what_is_meant_so_is_left_alone(name):
    roads = roads_of(*ALONE[name])
    misses, crossings = found_in(roads)
    inner = [i for i in range(len(misses)) if abs(misses.lonlat[i, 0] - 102.0) > M]  # not the carriageways' far ends
    inner = [i for i in inner if abs(misses.lonlat[i, 0] - 102.01) > M]
    assert (inner, len(crossings)) == ([], 0)


def test_a_bridge_stays_a_bridge_when_ends_are_joined():
    over = [(102.002, 35.01), (102.002, 34.99)]
    roads = roads_of(MAIN, over, [(102.005, 35.01), (102.005, 35 + M)])
    joined, _ = join_ends(roads, 2.0, "f", Review())
    assert parts(joined) == 2
    assert joined.geometry[1].equals(roads.geometry[1])
    assert len(found_in(joined)[1]) == 1


def test_crossings_are_joined_only_on_request_and_never_by_ferries():
    over, boat = [(102.002, 35.01), (102.002, 34.99)], [(102.004, 35.01), (102.004, 34.99)]
    roads = roads_of(MAIN, over, boat, classes=["village", "village", RoadClass.FERRY.value])
    review = Review()
    joined, sentence = node_crossings(roads, "f", review)
    assert parts(joined) == 2
    assert sentence == "crossings of roads joined where they had no common vertex: 1 (--node-crossings)"
    assert [(row.kind, row.name, row.guess) for row in review.rows] == [("joined-crossing", "R0", "joined to R1")]


def test_a_crossing_beside_a_common_vertex_is_none():
    roads = roads_of(
        [(102.0, 35.0), (102.002, 35.0), (102.01, 35.0)], [(102.002, 35.01), (102.002, 35.0), (102, 34.99)]
    )
    assert len(found_in(roads)[1]) == 0


def test_one_line_for_each_kind():
    roads = roads_of(*APART["undershoot"], [(102.002, 35.01), (102.002, 34.99)])
    found = DefectLog()
    tell_unjoined(roads, "roads.shp", found, crossings_meant=False)
    assert [defect.code for defect in found.defects] == ["undershoot", "crossing-unjoined"]
    assert "--join-within-m 2" in found.defects[0].fix
    found = DefectLog()
    tell_unjoined(roads, "osm.pbf", found, crossings_meant=True)
    assert [defect.code for defect in found.defects] == ["undershoot"]


def mesh(seed=7, n=6):
    """Crossings of a crooked grid of streets, (n, n, 2) in degrees."""
    rng = np.random.default_rng(seed)
    spot = np.array([[(102 + i * 0.004, 35 + j * 0.004) for j in range(n)] for i in range(n)])
    return np.round(spot + rng.normal(0, 0.0004, spot.shape), 7)


def shortest_m(lines, start, end):
    """Length of the shortest way by networkx over the segments of ``lines``."""
    graph, geod = nx.Graph(), Geod(ellps="WGS84")
    for line in lines:
        places = [tuple(at) for at in shapely.get_coordinates(line).tolist()]
        for one, other in pairwise(places):
            graph.add_edge(one, other, m=geod.inv(*one, *other)[2])
    return nx.shortest_path_length(graph, start, end, weight="m")


def test_a_drawing_that_was_never_cut_gives_the_distances_of_one_that_was():
    spot = mesh()
    along = [spot[i] for i in range(len(spot))]
    side = []
    for j in range(len(spot)):  # each street across as pieces that stop 0.8 m short of the street they come to
        for i in range(len(spot) - 1):
            start, end = spot[i, j], spot[i + 1, j]
            step = (end - start) / np.hypot(*(end - start)) * 0.8 * M
            side.append([start + step, end - step])
    true = [*along, *[[spot[i, j], spot[i + 1, j]] for j in range(len(spot)) for i in range(len(spot) - 1)]]
    roads = roads_of(*along, *side)
    assert parts(roads) == len(along) + len(side)
    joined, _ = join_ends(roads, 1.0, "f", Review())
    assert parts(joined) == 1
    reference = [shapely.LineString(np.round(line, 7)) for line in true]
    for one, other in (((1, 1), (4, 4)), ((1, 4), (4, 1)), ((2, 1), (4, 4))):
        ends = tuple(spot[one].tolist()), tuple(spot[other].tolist())
        assert shortest_m(joined.geometry, *ends) == pytest.approx(shortest_m(reference, *ends), abs=12)


def test_an_import_joins_and_says_so(raw, shapes):
    _, line = shapes
    raw.roads[1] = line(
        [[102.15, 35.701 + 1.2 * M], [102.21, 35.702]], 名称="加入路", 等级="村道", 路面="砂石", 单行="否"
    )
    report = raw.run()
    (warning,) = [defect for defect in report.defects if defect.code == "undershoot"]
    assert warning.row == 2
    assert "1, e.g. R000002, 1.20 m from R000001" in warning.message
    assert len({*components([road.geometry for road in raw.read().roads]).tolist()}) == 2
    raw.options = {"join_within_m": 2.0, "replace": True}
    report = raw.run()
    assert not [defect for defect in report.defects if defect.code in {"undershoot", "road-parts"}]
    assert report.review["joined-end"] == 1
    assert len({*components([road.geometry for road in raw.read().roads]).tolist()}) == 1
    source = raw.read().layer("roads").source
    assert source.provenance == "derived"
    assert "ends of roads joined" in source.text


@pytest.mark.slow
def test_half_a_million_lines_take_seconds():
    import time

    n, rng = 160, np.random.default_rng(1)
    spot = np.stack(np.meshgrid(102 + np.arange(n) * 0.003, 30 + np.arange(n) * 0.003, indexing="ij"), -1)
    spot = np.round(spot + rng.normal(0, 0.0003, spot.shape), 7)
    pairs = [(spot[:-1], spot[1:]), (spot[:, :-1], spot[:, 1:])]
    lines = np.concatenate([shapely.linestrings(np.stack(pair, -2).reshape(-1, 2, 2)) for pair in pairs]).astype(object)
    start = time.perf_counter()
    drawing = Drawing(lines, "EPSG:32648")
    assert len(find_crossings(drawing, find_misses(drawing))) == 0
    assert (time.perf_counter() - start) / len(lines) < 1e-4  # 15 s for 500,000 on a slow machine


def test_parts_that_gaps_explain_are_to_be_joined_and_not_left_out(raw, shapes):
    _, line = shapes
    raw.roads[1] = line(
        [[102.15, 35.701 + 1.2 * M], [102.21, 35.702]], 名称="加入路", 等级="村道", 路面="砂石", 单行="否"
    )
    (parts_told,) = [defect for defect in raw.run().defects if defect.code == "road-parts"]
    assert parts_told.fix.startswith("first join what only looks joined")
    assert "--drop-islands-km" not in parts_told.fix
