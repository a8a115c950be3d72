"""Stops of passenger lines near sites: by road, in the direction in which parcels are carried."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from shapely import LineString, Polygon

from planner.domain import BusLine, BusStop, County, Road, RoadClass, Surface
from planner.network import StraightLines, build_network, snap_points
from planner.network.stops import NearStops, near_stops
from planner.scenario import Network

WEST, EAST = 102.5, 102.6
"""Ends of one street along 35.8° N; a thousandth of a degree is about 90 m."""


def county(*, oneway=False):
    road = Road("R", "", RoadClass.COUNTY, Surface.PAVED, oneway, LineString([(WEST, 35.8), (EAST, 35.8)]))
    line = BusLine("L", "L", tuple(BusStop("", lon, 35.8) for lon in (102.51, 102.52, 102.5206)))
    box = Polygon([(102, 35), (104, 35), (104, 37), (102, 37)])
    sites = (SimpleNamespace(site_id="A", lon=102.5203, lat=35.8), SimpleNamespace(site_id="B", lon=102.55, lat=35.8))
    return County(
        "630225", "toy", {}, "EPSG:32648", box, (), (), sites, (road,), (), "toy", (line, replace(line, line_id="M"))
    )


def near(county, radius_m, line_ids=("L",)):
    network = build_network(county, Network())
    snaps = snap_points(network, [site.lon for site in county.sites], [site.lat for site in county.sites], 1500)
    return near_stops(county, network, snaps, line_ids, lambda site: radius_m)


def test_stops_within_the_radius_are_listed_by_site_and_line():
    found = near(county(), 100)
    assert found.boarding == found.alighting == {"A": {"L": (1, 2)}}
    assert near(county(), 1000).boarding["A"] == {"L": (0, 1, 2)}
    assert near(county(), 10) == NearStops()


def test_only_the_lines_asked_for_are_looked_at():
    assert near(county(), 100, ("L", "M")).boarding == {"A": {"L": (1, 2), "M": (1, 2)}}
    assert near(county(), 100, ()) == NearStops()


def test_on_a_oneway_street_parcels_leave_ahead_and_come_from_behind():
    found = near(county(oneway=True), 100)
    assert found.boarding == {"A": {"L": (2,)}}
    assert found.alighting == {"A": {"L": (1,)}}


@pytest.mark.parametrize(("radius_m", "stops"), [(30, (1, 2)), (20, ())])
def test_without_roads_straight_lines_count(radius_m, stops):
    ground = StraightLines("EPSG:32648", 1.0, 30.0)
    its = county()
    snaps = ground.place([site.lon for site in its.sites], [site.lat for site in its.sites], 1500)
    found = near_stops(its, ground, snaps, ("L",), lambda site: radius_m)
    assert found.boarding == ({"A": {"L": stops}} if stops else {})
