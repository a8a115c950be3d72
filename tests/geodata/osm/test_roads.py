"""Roads as they are on the map: joined, clipped, turned, cut at gaps; and every kilometre left out is told."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from planner.domain.county import RoadClass


def named(roads, name):
    (index,) = np.flatnonzero(roads.name == name)
    return index


def coords(roads, name):
    return list(roads.geometry[named(roads, name)].coords)


def test_ways_that_share_a_node_share_the_vertex_exactly(drawn):
    node = drawn.map.node(102.1234567, 35.7)
    drawn.map.way([(102.11, 35.69), node], {"highway": "residential", "name": "甲"})
    drawn.map.way([node, (102.13, 35.71)], {"highway": "track", "name": "乙"})
    roads = drawn.read().roads
    assert coords(roads, "甲")[-1] == coords(roads, "乙")[0] == (102.1234567, 35.7)


def test_roads_carry_what_is_tagged(drawn):
    drawn.map.road((102.1, 35.7), (102.1, 35.71), highway="tertiary", name="县道", maxspeed="40", surface="gravel")
    extract = drawn.read()
    index = named(extract.roads, "县道")
    (road,) = [road for road in extract.roads.to_roads() if road.name == "县道"]
    assert road.road_class is RoadClass.TOWNSHIP
    assert (road.surface, road.oneway, road.speed_limit_kmh) == ("unpaved", False, 40.0)
    assert road.road_id == extract.roads.road_ids[index] == f"w{extract.roads.way_id[index]}"
    (main,) = [road for road in extract.roads.to_roads() if road.name == "循白路"]
    assert main.speed_limit_kmh is None


def test_a_road_tagged_against_its_direction_is_turned_round(drawn):
    drawn.map.road((102.1, 35.7), (102.1, 35.71), name="逆", oneway="-1")
    roads = drawn.read().roads
    assert coords(roads, "逆") == [(102.1, 35.71), (102.1, 35.7)]
    assert roads.oneway[named(roads, "逆")]


def test_roads_up_to_five_kilometres_outside_are_kept_whole(drawn):
    drawn.map.road((102.24, 35.7), (102.30, 35.7), name="近")  # 3.6 km from the border
    drawn.map.road((102.26, 35.7), (102.30, 35.7), name="远")  # 5.4 km
    drawn.map.road((102.15, 35.7), (102.60, 35.7), name="出县")
    roads = drawn.read().roads
    assert {"近", "出县"} <= set(roads.name)
    assert "远" not in roads.name
    assert coords(roads, "出县")[-1] == (102.6, 35.7)


def test_a_way_with_missing_nodes_is_kept_up_to_the_gap_and_counted(drawn):
    first = [drawn.map.node(*xy) for xy in ((102.10, 35.70), (102.11, 35.70))]
    second = [drawn.map.node(*xy) for xy in ((102.13, 35.70), (102.14, 35.70), (102.15, 35.70))]
    way = drawn.map.way([*first, 888_888, *second, 888_889], {"highway": "residential", "name": "断路"})
    extract = drawn.read()
    pieces = [road for road in extract.roads.to_roads() if road.name == "断路"]
    assert [road.road_id for road in pieces] == [f"w{way}-1", f"w{way}-2"]
    assert [len(road.geometry.coords) for road in pieces] == [2, 3]
    assert (
        "Cut at gaps: 1 way near the county, some of whose nodes this file lacks; kept up to the gap." in extract.facts
    )


def test_a_way_without_two_known_nodes_side_by_side_is_counted(drawn):
    drawn.map.way([drawn.map.node(102.1, 35.7), 888_888], {"highway": "residential"})
    same = [drawn.map.node(102.1, 35.7), drawn.map.node(102.1, 35.7)]
    drawn.map.way(same, {"highway": "residential"})
    extract = drawn.read()
    assert "Left out: 2 ways of the file without two known positions in a row." in extract.facts
    assert len(extract.roads) == 1


def test_points_never_uploaded_are_counted(drawn):
    new = drawn.map.node(102.11, 35.70, number=-1)
    drawn.map.way([drawn.map.node(102.1, 35.7), drawn.map.node(102.1, 35.71), new], {"highway": "residential"})
    extract = drawn.read()
    assert "Gaps: 1 way with points that were never uploaded to OpenStreetMap (negative ids)." in extract.facts


def test_what_is_left_out_is_told_in_kilometres_by_reason(drawn, fact):
    drawn.map.road((102.1, 35.70), (102.1, 35.71), access="private")
    drawn.map.road((102.1, 35.71), (102.1, 35.72), access="private")
    drawn.map.road((102.1, 35.73), (102.1, 35.74), motor_vehicle="no")
    drawn.map.road((102.1, 35.72), (102.1, 35.73), highway="footway")
    extract = drawn.read()
    closed = "Left out: closed to vans by their tags"
    assert (
        fact(extract, closed) == f"{closed}: 3.3 km (access=private: 2 ways, 2.2 km; motor_vehicle=no: 1 way, 1.1 km)."
    )
    assert fact(extract, "Left out: not for motor").endswith("1 way, 1.1 km.")
    assert fact(extract, "Ways near").endswith("residential 3, footway 1, primary 1.")


def test_islands_are_kept_and_told(drawn, fact):
    drawn.map.road((102.05, 35.65), (102.06, 35.65), name="孤岛")
    extract = drawn.read()
    assert "孤岛" in extract.roads.name
    assert "0.9 km in 1 road lie outside the largest" in fact(extract, "Roads fall into 2 unconnected parts")


def ferry(sketch, *positions, name="渡口", **tags):
    return sketch.way(positions, {"route": "ferry", "motor_vehicle": "yes", "name": name, **tags})


def test_a_ferry_within_the_county_is_a_road(drawn, fact):
    ferry(drawn.map, (102.1, 35.75), (102.11, 35.76))
    extract = drawn.read()
    assert extract.roads.road_class[named(extract.roads, "渡口")] is RoadClass.FERRY
    assert "渡口" in fact(extract, "Ferries kept")


def test_a_ferry_that_leaves_the_county_is_left_out_with_all_its_ways(drawn, fact):
    middle = drawn.map.node(102.19, 35.75)
    ferry(drawn.map, (102.15, 35.75), middle, name="出县渡")
    ferry(drawn.map, middle, (102.21, 35.75), name="出县渡二")
    extract = drawn.read()
    assert not set(extract.roads.name) & {"出县渡", "出县渡二"}
    text = fact(extract, "Ferries that carry vehicles but leave")
    assert "出县渡 " not in text
    assert "出县渡)" in text
    assert "出县渡二)" in text


def test_a_ferry_of_two_ways_within_the_county_stays(drawn):
    middle = drawn.map.node(102.13, 35.75)
    ferry(drawn.map, (102.12, 35.75), middle, name="一")
    ferry(drawn.map, middle, (102.14, 35.75), name="二")
    assert {"一", "二"} <= set(drawn.read().roads.name)


def test_turn_restrictions_are_told_as_ignored(drawn):
    drawn.map.relation([("way", drawn.map.main_road, "from")], {"type": "restriction", "restriction": "no_u_turn"})
    assert "Ignored: 1 turn restriction of the file." in drawn.read().facts


def test_no_road_at_all_is_a_warning(drawn):
    del drawn.map.ways[drawn.map.main_road]
    extract = drawn.read()
    assert len(extract.roads) == 0
    assert extract.roads.to_roads() == []
    assert drawn.codes == ["osm-no-roads"]


def test_roads_are_sorted_by_way_whatever_the_order_of_the_file(drawn):
    for step in range(5):
        drawn.map.road((102.1, 35.7 + step / 100), (102.11, 35.7 + step / 100))
    drawn.map.ways = dict(reversed(drawn.map.ways.items()))
    extract = drawn.read()
    assert len(extract.roads) == 6
    assert (np.diff(extract.roads.way_id) > 0).all()
    assert "Objects stood in the file in no order, or twice; they were sorted." in extract.facts


def test_a_way_that_stands_in_the_file_twice_is_taken_once(drawn, tmp_path):
    from planner.geodata.osm import read_osm

    path = drawn.map.write(tmp_path / "twice.osm")
    text = path.read_text("utf-8")
    way = next(line for line in text.splitlines() if "循白路" in line)
    path.write_text(text.replace(way, way + way), "utf-8")
    extract = read_osm(path, "twice.osm", drawn.found, county="循化县", cache=False)
    assert len(extract.roads) == 1
    assert "Objects stood in the file in no order, or twice; they were sorted." in extract.facts


def test_the_clip_measures_metres(drawn):
    from planner.geodata.osm.clip import buffered

    square = shapely.box(102.0, 35.6, 102.2, 35.8)
    wide = buffered(square, 5000)
    assert wide.bounds[2] - 102.2 == pytest.approx(5000 / (111_320 * np.cos(np.radians(35.7))), rel=0.01)
    assert wide.bounds[3] - 35.8 == pytest.approx(5000 / 110_950, rel=0.01)
