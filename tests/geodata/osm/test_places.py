"""Settlements, premises, dwellings and bus lines: each once, and what is left out is told."""

from __future__ import annotations

import pytest

from planner.domain.county import Host


def village(sketch, name, lon=102.05, lat=35.65, **tags):
    return sketch.node(lon, lat, {"place": "village", "name": name, **tags})


def test_settlements_are_the_named_villages_hamlets_and_suburbs_inside(drawn, fact):
    node = village(drawn.map, "团结村", population="1,204", ref="630225101201", **{"name:en": "Tuanjie"})
    drawn.map.node(102.06, 35.65, {"place": "hamlet", "name": "小庄"})
    drawn.map.node(102.07, 35.65, {"place": "town", "name": "县城"})
    village(drawn.map, "邻村", lon=102.3)
    extract = drawn.read()
    assert [place.name for place in extract.settlements] == ["团结村", "小庄"]
    first = extract.settlements[0]
    assert (first.osm_id, first.place, first.population, first.code) == (f"n{node}", "village", 1204, "630225101201")
    assert (first.lon, first.lat, first.names) == (102.05, 35.65, {"en": "Tuanjie"})
    assert fact(extract, "Settlements:") == "Settlements: 1 village, 1 hamlet."
    assert fact(extract, "Places of other kinds") == "Places of other kinds, not taken as settlements: 1 town."


def test_which_places_are_settlements_is_the_callers(drawn):
    village(drawn.map, "团结村")
    drawn.map.node(102.07, 35.65, {"place": "town", "name": "县城"})
    extract = drawn.read(settlement_places=frozenset({"town"}))
    assert [place.name for place in extract.settlements] == ["县城"]


def test_a_settlement_drawn_as_way_or_relation_stands_inside_it(drawn):
    way = drawn.map.box(102.02, 35.62, 102.04, 35.64, {"place": "village", "name": "甲村"})
    outer = drawn.map.box(102.12, 35.62, 102.14, 35.64)
    relation = drawn.map.relation(
        [("way", outer, "outer")], {"type": "multipolygon", "place": "hamlet", "name": "乙村"}
    )
    places = {place.osm_id: place for place in drawn.read().settlements}
    assert set(places) == {f"w{way}", f"r{relation}"}
    assert 102.02 < places[f"w{way}"].lon < 102.04
    assert 35.62 < places[f"r{relation}"].lat < 35.64


def test_a_settlement_mapped_as_point_and_area_counts_once(drawn, fact):
    node = village(drawn.map, "甲村", lon=102.035, lat=35.63)
    way = drawn.map.box(102.02, 35.62, 102.04, 35.64, {"place": "village", "name": "甲村"})
    far = drawn.map.box(102.12, 35.72, 102.14, 35.74, {"place": "village", "name": "甲村"})
    extract = drawn.read()
    assert [place.osm_id for place in extract.settlements] == [f"n{node}", f"w{far}"]
    assert f"甲村 (n{node}, w{way})" in fact(extract, "Settlements mapped as a point and as an area")


def test_an_administrative_area_tagged_as_a_village_is_one_unless_a_node_stands_for_it(drawn):
    def area(west, name, members=()):
        outer = drawn.map.box(west, 35.62, west + 0.04, 35.68)
        return drawn.map.area([outer], name, 10, members, place="village")

    alone = area(102.00, "甲村")
    node = village(drawn.map, "乙村", lon=102.055, lat=35.621)
    area(102.05, "乙村")
    other = village(drawn.map, "丙村街", lon=102.12, lat=35.65)
    area(102.10, "丙村", [("node", other, "admin_centre")])
    tags = {"boundary": "administrative", "admin_level": "10", "place": "village", "name": "丁村"}
    way = drawn.map.box(102.15, 35.62, 102.19, 35.68, tags)
    ids = {place.osm_id for place in drawn.read().settlements}
    assert ids == {f"r{alone}", f"n{node}", f"n{other}", f"w{way}"}


def test_settlements_without_a_name_are_left_out_and_told(drawn, fact):
    node = drawn.map.node(102.05, 35.65, {"place": "hamlet"})
    extract = drawn.read()
    assert extract.settlements == ()
    assert fact(extract, "Settlements without a name").endswith(f"n{node}.")


def test_premises_inside_the_county_with_their_host(drawn, fact):
    drawn.map.node(102.05, 35.65, {"amenity": "post_office", "name": "西镇邮政所", "name:en": "West PO"})
    drawn.map.box(102.06, 35.65, 102.0602, 35.6502, {"building": "yes", "shop": "supermarket", "name": "超市"})
    drawn.map.node(102.25, 35.65, {"amenity": "post_office", "name": "邻县邮政所"})
    extract = drawn.read()
    assert [(item.host, item.tag, item.name) for item in extract.facilities] == [
        (Host.POST_OFFICE, "amenity=post_office", "西镇邮政所"),
        (Host.SHOP, "shop=supermarket", "超市"),
    ]
    assert fact(extract, "Facilities:") == "Facilities: 1 post_office, 1 shop."


def test_premises_mapped_as_point_and_area_count_once(drawn, fact):
    drawn.map.node(102.0601, 35.6501, {"shop": "supermarket", "name": "超市"})
    drawn.map.box(102.06, 35.65, 102.0602, 35.6502, {"building": "yes", "shop": "supermarket", "name": "超市"})
    drawn.map.node(102.0601, 35.6501, {"amenity": "post_office", "name": "超市"})
    extract = drawn.read()
    assert [item.host for item in extract.facilities] == [Host.SHOP, Host.POST_OFFICE]
    assert "超市" in fact(extract, "Facilities mapped as a point and as an area")


def test_dwellings_are_the_residential_buildings_inside(drawn, fact):
    drawn.map.box(102.05, 35.65, 102.0502, 35.6502, {"building": "house"})
    drawn.map.box(102.06, 35.65, 102.0602, 35.6502, {"building": "apartments"})
    drawn.map.box(102.07, 35.65, 102.0702, 35.6502, {"building": "yes"})
    drawn.map.box(102.08, 35.65, 102.0802, 35.6502, {"building": "barn"})
    drawn.map.box(102.21, 35.65, 102.2102, 35.6502, {"building": "house"})
    outer = drawn.map.box(102.09, 35.65, 102.0902, 35.6502)
    drawn.map.relation([("way", outer, "outer")], {"type": "multipolygon", "building": "residential"})
    extract = drawn.read()
    assert sorted(extract.dwellings.kind) == ["apartments", "house", "residential"]
    assert extract.dwellings.lon[0] == pytest.approx(102.0501)
    assert extract.dwellings.lat[0] == pytest.approx(35.6501)
    text = fact(extract, "Buildings: 5, of which 3 are dwellings")
    assert "Only building=yes, counted as no dwelling: 1." in text


def test_no_buildings_are_told(drawn):
    assert "No buildings are mapped in the county." in drawn.read().facts


def test_a_building_cut_at_the_edge_of_the_file_is_told(drawn):
    drawn.map.way([(102.05, 35.65), (102.06, 35.65), 888_888], {"building": "house"})
    extract = drawn.read()
    assert len(extract.dwellings) == 0
    assert "Left out: 1 building or area near the county, some of whose nodes this file lacks." in extract.facts


def stop(sketch, lon, name="", lat=35.7, **tags):
    return sketch.node(lon, lat, {"highway": "bus_stop", **({"name": name} if name else {}), **tags})


def line(sketch, members, **tags):
    return sketch.relation(members, {"type": "route", "route": "bus", "name": "县城–西镇", **tags})


def test_a_bus_line_has_its_stops_in_order(drawn, fact):
    stops = [stop(drawn.map, 102.15, "三"), stop(drawn.map, 102.05, "一"), stop(drawn.map, 102.10, "二")]
    relation = line(drawn.map, [("node", number, "stop") for number in (stops[1], stops[2], stops[0])], ref="8")
    extract = drawn.read()
    (bus,) = extract.bus_lines
    assert (bus.line_id, bus.name, bus.trips_per_day) == (f"r{relation}", "8 县城–西镇", None)
    assert [(stop.name, stop.lon) for stop in bus.stops] == [("一", 102.05), ("二", 102.10), ("三", 102.15)]
    assert fact(extract, "Bus lines:") == "Bus lines: 1 with 3 stops in all."


@pytest.mark.parametrize("order", ["pairs", "stops then platforms"])
def test_a_stop_and_its_platform_are_one_stop(drawn, order):
    halts = [("node", drawn.map.node(lon, 35.7), "stop") for lon in (102.05, 102.10)]
    platforms = [
        ("node", stop(drawn.map, lon, name, lat=35.7001), "platform") for lon, name in ((102.05, "一"), (102.10, "二"))
    ]
    alone = (
        "way",
        drawn.map.way([(102.15, 35.7), (102.1502, 35.7)], {"public_transport": "platform", "name": "三"}),
        "platform",
    )
    pairs = [member for pair in zip(halts, platforms, strict=True) for member in pair]
    line(drawn.map, [*(pairs if order == "pairs" else [*halts, *platforms]), alone])
    (bus,) = drawn.read().bus_lines
    assert [stop.name for stop in bus.stops] == ["一", "二", "三"]
    assert bus.stops[2].lon == pytest.approx(102.1501)


def test_a_stop_called_at_twice_is_there_twice(drawn):
    first, second = stop(drawn.map, 102.05, "一"), stop(drawn.map, 102.10, "二")
    line(drawn.map, [("node", number, "stop") for number in (first, second, first)])
    (bus,) = drawn.read().bus_lines
    assert [stop.name for stop in bus.stops] == ["一", "二", "一"]


def test_of_two_directions_in_one_relation_the_fuller_one_is_taken(drawn):
    there = [("node", stop(drawn.map, lon, f"去{lon}"), "forward_stop") for lon in (102.05, 102.10)]
    back = [("node", stop(drawn.map, lon, f"回{lon}"), "backward_stop") for lon in (102.15, 102.10, 102.05)]
    line(drawn.map, [*there, *back])
    (bus,) = drawn.read().bus_lines
    assert [stop.name for stop in bus.stops] == ["回102.15", "回102.1", "回102.05"]


def test_members_without_a_role_count_where_they_are_stops(drawn):
    plain = drawn.map.node(102.07, 35.7)
    members = [stop(drawn.map, 102.05, "一"), plain, stop(drawn.map, 102.10, "二")]
    line(drawn.map, [("node", number, "") for number in members])
    (bus,) = drawn.read().bus_lines
    assert [stop.name for stop in bus.stops] == ["一", "二"]


def test_stops_far_outside_and_stops_not_in_the_file_are_told(drawn):
    members = [stop(drawn.map, lon) for lon in (102.05, 102.10, 102.23, 102.40)]
    line(drawn.map, [*(("node", number, "stop") for number in members), ("node", 888_888, "stop")])
    extract = drawn.read()
    assert [stop.lon for stop in extract.bus_lines[0].stops] == [102.05, 102.10, 102.23]
    assert "Dropped from their lines: 1 stop more than 5 km outside the county." in extract.facts
    assert any(text.startswith("Not located: 1 stop of these lines") for text in extract.facts)


def test_a_line_whose_stops_leap_is_told_and_an_even_one_is_not(drawn):
    east = [stop(drawn.map, 102.02 + i / 100) for i in range(12)]
    line(drawn.map, [("node", number, "stop") for number in east], name="顺线")
    mixed = [*east[:6], east[11], *east[6:11]]
    odd = line(drawn.map, [("node", number, "stop") for number in mixed], name="乱线")
    (told,) = [fact for fact in drawn.read().facts if "leaps" in fact]
    assert told == f"Bus lines with leaps between stops, perhaps not listed in order of travel: r{odd} (乱线)."


def test_a_line_with_one_stop_and_a_line_elsewhere_are_told(drawn):
    short = line(drawn.map, [("node", stop(drawn.map, 102.05), "stop")], name="短线")
    line(drawn.map, [("node", stop(drawn.map, lon), "stop") for lon in (102.5, 102.6)], name="外县线")
    extract = drawn.read()
    assert extract.bus_lines == ()
    assert f"Bus lines with fewer than two stops that have a position, left out: r{short} (短线)." in extract.facts
    assert "Left out: 1 bus line of other places." in extract.facts


def test_trips_are_known_only_where_departures_are_listed(drawn):
    members = [("node", stop(drawn.map, lon), "stop") for lon in (102.05, 102.10)]
    line(drawn.map, members, departures="07:30;12:00;17:30")
    line(drawn.map, members, interval="30", opening_hours="07:00-18:00")
    first, second = drawn.read().bus_lines
    assert [bus.trips_per_day for bus in (first, second)] == [3, None]
    assert [bus.departures_min for bus in (first, second)] == [(450, 720, 1050), ()]
