"""What is said beside every result because of how distances were measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyproj import Geod

from planner.network import result_label, result_notes
from planner.scenario import Network, Sites


@pytest.fixture
def county(build):
    county = build.county([([(0, 0), (1, 0)], "county", False), ([(1, 0), (2, 0), (2, 1)], "county", False)])
    return replace(county, roads=(county.roads[0], replace(county.roads[1], closed_months=frozenset({1, 2}))))


KM = f"{Geod(ellps='WGS84').line_length([102.51, 102.52, 102.52], [35.8, 35.8, 35.81]) / 1000:.1f}"


def test_roads_open_all_year_need_no_word(build):
    county = build.county([([(0, 0), (1, 0)], "county", False)])
    for month in (None, 1):
        assert result_notes(county, Network(month=month), "en") == ()
    assert result_label(county, Network()) == ""


def test_a_plan_without_a_month_says_that_roads_close(county):
    (note,) = result_notes(county, Network(), "en")
    assert note == f"1 roads ({KM} km) are closed in some months; this plan uses them all year; set network.month."
    (note,) = result_notes(county, Network(), "zh")
    assert f"1 条道路（共 {KM} 公里）" in note
    assert "network.month" in note


def test_a_plan_for_a_month_says_which_and_what_is_closed(county):
    (winter,), (summer,) = (result_notes(county, Network(month=month), "en") for month in (2, 7))
    assert "month 2" in winter
    assert "closed then and not used" in winter
    assert "month 7" in summer
    assert "closed in other months" in summer


def test_straight_lines_are_said_with_factor_and_speed_and_silence_the_season(county, build):
    parameters = Network(straight_line_factor=1.4, mountain_factor=0.5)
    (note,) = result_notes(county, parameters, "en")
    assert "detour factor 1.4" in note
    assert "15.0 km/h" in note
    assert "roads given are not used" in note
    assert "roads given" not in result_notes(build.county([]), parameters, "en")[0]
    assert "绕行系数 1.4" in result_notes(county, parameters, "zh")[0]
    assert result_label(county, parameters) == "distances:straight line × 1.4"


def test_synthetic_layers_come_first(xunhua):
    parameters = Network(straight_line_factor=2)
    notes, layers = result_notes(xunhua, parameters, "en"), xunhua.synthetic_layers
    assert len(notes) == len(layers) + 1
    assert "detour factor 2," in notes[-1]
    assert result_label(xunhua, parameters) == f"{xunhua.synthetic_label}|distances:straight line × 2"


def test_a_rule_on_4g_says_at_how_many_sites_it_is_unknown(xunhua):
    made_up, count = len(xunhua.synthetic_layers), len(xunhua.sites)
    for rule in ("required", "connect"):
        (note,) = result_notes(xunhua, Network(), "en", Sites(mobile_4g=rule))[made_up:]
        assert f"not known at {count} of {count} sites" in note
        (note,) = result_notes(xunhua, Network(), "zh", Sites(mobile_4g=rule))[made_up:]
        assert f"{count} 个不清楚有无4G信号" in note
    known = replace(xunhua, sites=tuple(replace(site, mobile_4g=False) for site in xunhua.sites))
    for county, rules in ((known, Sites(mobile_4g="required")), (xunhua, Sites())):
        assert len(result_notes(county, Network(), "en", rules)) == made_up
