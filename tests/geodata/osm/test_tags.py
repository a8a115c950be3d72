"""What a way is to a delivery van, tag by tag."""

from __future__ import annotations

import pytest

from planner.domain.county import Host, RoadClass, Surface
from planner.geodata.osm.facilities import RULES, classify_facility
from planner.geodata.osm.roads import Drivable, Excluded, classify_way, parse_speed_kmh
from planner.geodata.osm.tags import population_of


def way(**tags):
    return classify_way({"highway": "residential", **{key.replace("__", ":"): text for key, text in tags.items()}})


@pytest.mark.parametrize(
    ("highway", "road_class"),
    [
        ("motorway", RoadClass.NATIONAL_PROVINCIAL),
        ("trunk_link", RoadClass.NATIONAL_PROVINCIAL),
        ("primary", RoadClass.NATIONAL_PROVINCIAL),
        ("secondary", RoadClass.COUNTY),
        ("tertiary_link", RoadClass.TOWNSHIP),
        ("unclassified", RoadClass.VILLAGE),
        ("service", RoadClass.VILLAGE),
        ("track", RoadClass.VILLAGE),
    ],
)
def test_class_by_kind_of_road(highway, road_class):
    assert way(highway=highway).road_class is road_class


@pytest.mark.parametrize(
    ("ref", "road_class"),
    [
        ("G310", RoadClass.NATIONAL_PROVINCIAL),
        ("S202", RoadClass.NATIONAL_PROVINCIAL),
        ("X417", RoadClass.COUNTY),
        ("Y112", RoadClass.TOWNSHIP),
        ("C005", RoadClass.VILLAGE),
        ("B3401", RoadClass.COUNTY),
        ("A3055;X417", RoadClass.COUNTY),
    ],
)
def test_a_chinese_route_number_decides_the_class_and_no_other_number_does(ref, road_class):
    assert way(highway="secondary", ref=ref).road_class is road_class


@pytest.mark.parametrize("highway", ["footway", "path", "steps", "cycleway", "pedestrian", "raceway", "corridor"])
def test_ways_for_no_motor_vehicle_are_out(highway):
    assert "not for motor vehicles" in way(highway=highway).reason


@pytest.mark.parametrize("highway", ["construction", "proposed", "abandoned"])
def test_what_cannot_be_driven_yet_is_out(highway):
    assert "under construction" in way(highway=highway).reason


@pytest.mark.parametrize(
    "tags",
    [
        {"access": "no"},
        {"access": "private"},
        {"motor_vehicle": "no"},
        {"motor_vehicle": "agricultural;forestry"},
        {"access": "yes", "motor_vehicle": "private"},
        {"access": "destination", "vehicle": "no"},
        {"area": "yes"},
        {"smoothness": "impassable"},
    ],
)
def test_closed_to_a_van(tags):
    assert isinstance(way(**tags), Excluded)


@pytest.mark.parametrize(
    "tags",
    [
        {"access": "destination"},
        {"access": "customers"},
        {"access": "permissive"},
        {"access": "delivery"},
        {"access": "no", "motor_vehicle": "destination"},
        {"access": "private", "motorcar": "yes", "motor_vehicle": "no"},
        {"motor_vehicle": "private;delivery"},
        {"bicycle": "no"},
    ],
)
def test_open_to_a_van(tags):
    assert isinstance(way(**tags), Drivable)


def test_an_access_value_that_nobody_knows_is_open_and_counted():
    road = way(access="unofficial alternative")
    assert isinstance(road, Drivable)
    assert road.notes == ("access=unofficial alternative (unknown, taken as open)",)


@pytest.mark.parametrize(
    ("tags", "surface", "tagged"),
    [
        ({}, Surface.PAVED, False),
        ({"highway": "track"}, Surface.UNPAVED, False),
        ({"highway": "track", "surface": "concrete"}, Surface.PAVED, True),
        ({"highway": "track", "tracktype": "grade1"}, Surface.PAVED, True),
        ({"highway": "track", "tracktype": "grade2"}, Surface.UNPAVED, True),
        ({"surface": "gravel"}, Surface.UNPAVED, True),
        ({"surface": "asphalt;ground"}, Surface.UNPAVED, True),
        ({"surface": "ground (often crops)"}, Surface.UNPAVED, True),
        ({"surface": "boardwalk", "highway": "track"}, Surface.UNPAVED, False),
    ],
)
def test_surface(tags, surface, tagged):
    road = way(**tags)
    assert (road.surface, road.surface_tagged) == (surface, tagged)


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({}, 0),
        ({"oneway": "yes"}, 1),
        ({"oneway": "1"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "no"}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "motorway_link"}, 0),
        ({"oneway": "yes", "oneway__motor_vehicle": "no"}, 0),
    ],
)
def test_direction(tags, direction):
    assert way(**tags).direction == direction


def test_a_direction_that_changes_is_counted():
    assert way(oneway="reversible").notes == ("oneway=reversible (taken as both ways)",)


@pytest.mark.parametrize(
    ("text", "speed_kmh"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("walk", 7.0),
        ("DE:walk", 7.0),
        ("CN:urban", 50.0),
        ("CN:rural", 70.0),
        ("GB:nsl_single", 96.56064),
        ("GB:20", 32.18688),
        ("DE:zone:30", 30.0),
        ("FR:zone30", 30.0),
        ("none", None),
        ("0", None),
        ("999", None),
        ("XX:rural", None),
        ("fast", None),
        ("٣٠", None),
    ],
)
def test_speed_limits(text, speed_kmh):
    assert parse_speed_kmh(text) == pytest.approx(speed_kmh) if speed_kmh else parse_speed_kmh(text) is None


def test_of_several_limits_the_lowest_counts():
    assert way(maxspeed="50;30").speed_limit_kmh == 30
    assert way(maxspeed__forward="60", maxspeed__backward="40").speed_limit_kmh == 40
    assert way(maxspeed="50", maxspeed__forward="30").speed_limit_kmh == 50


def test_a_limit_that_is_not_understood_is_counted_and_no_limit_is_not():
    assert way(maxspeed="XX:rural").notes == ("maxspeed=XX:rural (not understood)",)
    assert way(maxspeed="none").notes == ()


def test_a_ferry_is_a_road_only_where_it_says_that_it_carries_motor_vehicles():
    ferry = {"route": "ferry", "name": "渡口"}
    assert classify_way({**ferry, "motor_vehicle": "yes"}).road_class is RoadClass.FERRY
    assert isinstance(classify_way(ferry), Excluded)
    assert isinstance(classify_way({**ferry, "motorcar": "no", "motor_vehicle": "yes"}), Excluded)
    assert isinstance(classify_way({**ferry, "motor_vehicle": "private"}), Excluded)
    assert classify_way({"route": "train"}) is None


@pytest.mark.parametrize(
    ("tags", "host"),
    [
        ({"amenity": "post_office"}, Host.POST_OFFICE),
        ({"amenity": "bus_station", "name": "客运站"}, Host.BUS_STATION),
        ({"shop": "convenience"}, Host.SHOP),
        ({"shop": "kiosk", "name": "街子供销社"}, Host.SUPPLY_COOP),
        ({"office": "company", "name": "Co-op", "name:zh": "县供销合作社联合社"}, Host.SUPPLY_COOP),
        ({"shop": "convenience", "name": "益农信息社"}, Host.INFO_STATION),
        ({"amenity": "townhall", "name": "团结村村民委员会"}, Host.VILLAGE_COMMITTEE),
        ({"office": "government", "name": "某村党群服务中心"}, Host.VILLAGE_COMMITTEE),
        ({"building": "warehouse", "name": "县物流园"}, Host.LOGISTICS_PARK),
        ({"landuse": "industrial", "name": "Island Logistics Park"}, Host.LOGISTICS_PARK),
    ],
)
def test_premises(tags, host):
    assert classify_facility(tags)[0] is host


@pytest.mark.parametrize(
    "tags",
    [
        {"shop": "hairdresser"},
        {"shop": "vacant", "name": "街子供销社", "disused": "yes"},
        {"amenity": "townhall", "name": "县人民政府"},
        {"office": "government", "name": "税务局"},
        {"building": "warehouse"},
        {"landuse": "industrial", "name": "Mill"},
        {"building": "yes"},
        {"name": "街子供销社"},
        {"shop": "no", "name": "供销社"},
        {},
    ],
)
def test_no_premises(tags):
    assert classify_facility(tags) is None


def test_every_host_that_a_map_can_show_has_a_rule():
    assert {rule.host for rule in RULES} == set(Host) - {Host.NEW_BUILDING}


@pytest.mark.parametrize(
    ("text", "persons"),
    [("8055", 8055), ("12,345", 12345), ("1 234 567", 1234567), ("about 500", None), ("-3", None), ("1.5", None)],
)
def test_population(text, persons):
    assert population_of({"population": text}) == persons
