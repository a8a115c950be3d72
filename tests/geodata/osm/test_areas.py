"""Which area is the county, which are its townships, and what is said of broken ones."""

from __future__ import annotations

import pytest
import shapely


def test_the_county_is_the_area_of_that_name(drawn):
    extract = drawn.read()
    assert drawn.codes == []
    assert extract.boundary.equals(shapely.box(102.0, 35.6, 102.2, 35.8))
    assert (extract.name, extract.names, extract.code) == ("循化县", {"en": "Xunhua County"}, "630225")
    assert extract.boundary_id == f"r{drawn.map.county}"


@pytest.mark.parametrize("asked", ["xunhua county", "Xunhua  County ", "630225", "r{county}", "relation/{county}"])
def test_a_county_is_found_by_any_name_its_code_or_its_relation(drawn, asked):
    extract = drawn.read(county=asked.format(county=drawn.map.county))
    assert extract.boundary_id == f"r{drawn.map.county}"


def test_an_unknown_county_is_an_error_that_lists_what_there_is(drawn):
    assert drawn.read(county="化隆县") is None
    (line,) = drawn.messages
    assert drawn.codes == ["osm-county"]
    assert "no administrative area called 化隆县" in line
    assert f"r{drawn.map.county} 循化县 (admin_level 6)" in line


def test_a_part_of_a_name_is_no_match_but_names_the_candidate(drawn):
    assert drawn.read(county="循化") is None
    (line,) = drawn.messages
    assert "循化县" in line
    assert "西镇" not in line


def test_no_county_asked_for_is_an_error_that_lists_what_there_is(drawn):
    assert drawn.read(county=None) is None
    assert drawn.codes == ["osm-county"]
    assert "without saying which county is meant; it has" in drawn.messages[0]
    assert "循化县" in drawn.messages[0]


def test_a_name_that_two_areas_have_is_ambiguous(drawn):
    ways = drawn.map.relations[drawn.map.west][0]
    drawn.map.area([way for _, way, _ in ways], "循化县", 7)
    assert drawn.read() is None
    (line,) = drawn.messages
    assert "2 administrative areas called 循化县" in line
    assert "admin_level 6" in line
    assert "admin_level 7" in line


def test_townships_are_the_first_level_below_and_tile_the_county(drawn):
    extract = drawn.read()
    assert extract.township_level == 8
    assert [area.name for area in extract.townships] == ["西镇", "东镇"]
    assert shapely.union_all([area.polygon for area in extract.townships]).equals(extract.boundary)
    assert any("2 areas at admin_level 8" in text and "100%" in text for text in extract.facts)


def test_another_level_can_be_asked_for_and_the_others_are_counted(drawn):
    drawn.map.area([drawn.map.box(102.02, 35.62, 102.05, 35.65)], "团结村", 10)
    drawn.map.area([drawn.map.box(102.06, 35.62, 102.09, 35.65)], "和平村", 10)
    by_default = drawn.read()
    assert by_default.township_level == 8
    assert "Other administrative areas inside the county, not used: 2 at admin_level 10." in by_default.facts
    by_level = drawn.read(township_level=10)
    assert [area.name for area in by_level.townships] == ["团结村", "和平村"]


def test_an_area_belongs_when_most_of_it_lies_inside(drawn):
    drawn.map.area([drawn.map.box(102.19, 35.60, 102.29, 35.62)], "邻镇", 8)
    drawn.map.area([drawn.map.box(102.14, 35.60, 102.21, 35.62)], "跨界镇", 8)
    assert [area.name for area in drawn.read().townships] == ["西镇", "东镇", "跨界镇"]


def test_an_area_drawn_as_one_closed_way_counts_too(drawn):
    tags = {"boundary": "administrative", "admin_level": "8", "name": "中镇"}
    way = drawn.map.box(102.08, 35.68, 102.12, 35.72, tags)
    (area,) = [area for area in drawn.read().townships if area.name == "中镇"]
    assert area.osm_id == f"w{way}"


def test_an_area_of_several_pieces_with_a_hole(drawn):
    outer, hole = drawn.map.box(102.02, 35.62, 102.05, 35.65), drawn.map.box(102.03, 35.63, 102.04, 35.64)
    other = drawn.map.box(102.06, 35.62, 102.07, 35.63)
    drawn.map.area([outer, other], "飞地镇", 8, [("way", hole, "inner")])
    (area,) = [area for area in drawn.read().townships if area.name == "飞地镇"]
    assert area.polygon.geom_type == "MultiPolygon"
    assert area.polygon.area == pytest.approx(0.03**2 - 0.01**2 + 0.01**2)


def test_a_township_whose_way_is_missing_is_named_and_left_out(drawn):
    members, _ = drawn.map.relations[drawn.map.west]
    members.append(("way", 999_999, "outer"))
    extract = drawn.read()
    assert [area.name for area in extract.townships] == ["东镇"]
    (line,) = drawn.messages
    assert drawn.codes == ["osm-broken-area"]
    assert f"r{drawn.map.west} (西镇), admin_level 8" in line
    assert "1 of its 3 ways are missing" in line


def test_a_township_that_does_not_close_is_named_and_left_out(drawn):
    members, _ = drawn.map.relations[drawn.map.west]
    del members[0]
    assert [area.name for area in drawn.read().townships] == ["东镇"]
    assert "its ways do not meet" in drawn.messages[0]


def test_a_county_without_closed_outline_is_an_error(drawn):
    drawn.map.relations[drawn.map.county][0].pop()
    assert drawn.read() is None
    assert drawn.codes == ["osm-broken-area"]
    assert "循化县" in drawn.messages[0]


def test_a_neighbour_cut_at_the_edge_of_the_file_is_a_fact_not_a_defect(drawn):
    shared = drawn.map.relations[drawn.map.east][0][0][1]
    drawn.map.area([shared, 999_999], "邻县", 6)
    extract = drawn.read()
    assert drawn.codes == []
    assert any("reach beyond the file" in text and "邻县" in text for text in extract.facts)


def test_a_given_boundary_needs_no_relation_and_finds_the_parts_inside(drawn):
    del drawn.map.relations[drawn.map.county]
    extract = drawn.read(boundary=shapely.box(102.0, 35.6, 102.2, 35.8))
    assert drawn.codes == []
    assert (extract.boundary_id, extract.name) == ("", "")
    assert [area.name for area in extract.townships] == ["西镇", "东镇"]


def test_with_a_given_boundary_the_county_itself_is_not_one_of_its_townships(drawn):
    extract = drawn.read(boundary=shapely.box(102.0, 35.6, 102.2, 35.8))
    assert extract.township_level == 8


def test_a_county_without_parts_has_none_and_says_so(drawn):
    del drawn.map.relations[drawn.map.west], drawn.map.relations[drawn.map.east]
    extract = drawn.read()
    assert (extract.township_level, extract.townships) == (None, ())
    assert "No administrative areas below the county were found in the file." in extract.facts


def seat(extract, name="西镇"):
    (area,) = [area for area in extract.townships if area.name == name]
    return area.seat_from, area.seat_name, (area.seat_lon, area.seat_lat)


def test_the_seat_is_the_admin_centre_then_the_label(drawn):
    label = drawn.map.node(102.03, 35.63, {"name": "标注"})
    drawn.map.relations[drawn.map.west][0].append(("node", label, "label"))
    assert seat(drawn.read()) == ("label", "标注", (102.03, 35.63))
    centre = drawn.map.node(102.04, 35.64, {"name": "驻地"})
    drawn.map.relations[drawn.map.west][0].append(("node", centre, "admin_centre"))
    assert seat(drawn.read()) == ("admin_centre", "驻地", (102.04, 35.64))


def test_the_countys_seat_is_its_admin_centre_and_no_label(drawn, fact):
    label = drawn.map.node(102.03, 35.63, {"name": "标注"})
    drawn.map.relations[drawn.map.county][0].append(("node", label, "label"))
    extract = drawn.read()
    assert extract.seat is None
    assert fact(extract, "County seat:").endswith("does not tell; it has no admin_centre.")
    centre = drawn.map.node(102.04, 35.64, {"name": "县城"})
    drawn.map.relations[drawn.map.county][0].append(("node", centre, "admin_centre"))
    found = drawn.read().seat
    assert (found.osm_id, found.name, found.lon, found.lat) == (f"n{centre}", "县城", 102.04, 35.64)


def test_a_countys_seat_that_the_file_lacks_is_named(drawn, fact):
    drawn.map.relations[drawn.map.county][0].append(("node", 999_999, "admin_centre"))
    extract = drawn.read()
    assert extract.seat is None
    assert "the file lacks its admin_centre n999999" in fact(extract, "County seat:")


def test_a_seat_that_the_file_lacks_is_looked_for_further(drawn):
    drawn.map.relations[drawn.map.west][0].append(("node", 999_999, "admin_centre"))
    drawn.map.node(102.04, 35.64, {"place": "hamlet", "name": "小庄"})
    assert seat(drawn.read())[0] == "largest place"


def test_without_a_member_the_seat_is_the_place_of_the_same_name_then_the_largest_inside(drawn):
    drawn.map.node(102.03, 35.63, {"place": "hamlet", "name": "小庄"})
    drawn.map.node(102.04, 35.64, {"place": "village", "name": "大庄"})
    drawn.map.node(102.16, 35.64, {"place": "town", "name": "西镇"})
    assert seat(drawn.read()) == ("largest place", "大庄", (102.04, 35.64))
    drawn.map.node(102.05, 35.65, {"place": "hamlet", "name": "西"})
    drawn.map.relations[drawn.map.west][1]["alt_name"] = "西乡;小庄"
    assert seat(drawn.read()) == ("same name", "小庄", (102.03, 35.63))


def test_without_any_place_the_seat_is_a_point_inside_and_named_as_a_guess(drawn):
    extract = drawn.read()
    origin, name, point = seat(extract)
    assert (origin, name) == ("representative point", "")
    assert shapely.intersects_xy(extract.townships[0].polygon, *point)
    assert any("only a point inside" in text and "西镇" in text for text in extract.facts)


def test_an_outline_that_is_tagged_like_its_relation_is_not_a_second_area(drawn):
    tags = {"boundary": "administrative", "admin_level": "8", "name": "中镇"}
    way = drawn.map.box(102.08, 35.68, 102.12, 35.72, tags)
    drawn.map.area([way], "中镇", 8)
    assert [area.name for area in drawn.read().townships] == ["西镇", "东镇", "中镇"]
