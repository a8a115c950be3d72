from __future__ import annotations

import json
from dataclasses import replace

import pytest
from shapely import LineString

from planner.domain import (
    BusLine,
    BusStop,
    Host,
    Layer,
    Provenance,
    ReasonCode,
    Road,
    RoadClass,
    SiteStatus,
    Source,
    Surface,
    Tier,
)  # fmt: skip
from planner.domain.resilience import CriticalLink, Resilience
from planner.evaluate import evaluate
from planner.mapping import base_map, plan_layer, plan_map
from planner.mapping.layers import county_layers, plan_layers, reason_sentences, script_json
from planner.mapping.legend import legend_html, title_html
from planner.mapping.style import ROAD_STYLES, STYLES
from planner.mapping.words import HOSTS, MAP, REASONS, ROADS, STATUSES, TIERS, Word, radius_words, say, way_words


def _tips(features):
    return {feature["properties"]["id"]: feature["properties"]["tip"] for feature in features["features"]}


def test_layers_hold_the_plan(case):
    layers = plan_layers(case.county, case.plan, "zh", case.ways)
    sizes = {name: len(collection["features"]) for name, collection in layers.items()}
    assert sizes == {
        "supply": 2, "routes": 1, "critical": 0, "access": 2, "villages": 2, "uncovered": 1, "stations": 3,
    }  # fmt: skip


def test_critical_stretches_follow_the_road_and_name_who_is_lost(case):
    village = case.county.administrative_villages[0]
    way = ((102.4, 35.85), (102.41, 35.86), (102.42, 35.85))
    link = CriticalLink("r1", 102.4, 35.85, 102.42, 35.85, 2_000, (village.code,), way)
    resilience = Resilience(frozenset(), (link,))
    backup = evaluate(case.county, case.scenario, case.plan, resilience).backup
    (feature,) = plan_layers(case.county, case.plan, "en", backup=backup)["critical"]["features"]
    assert feature["geometry"]["coordinates"] == list(way)
    assert feature["properties"]["style"] in STYLES
    assert feature["properties"]["tip"][-1] == village.name


def test_stations_are_told_by_tier_and_the_centre_lies_on_top(case):
    stations = plan_layers(case.county, case.plan, "zh")["stations"]["features"]
    assert [feature["properties"]["style"] for feature in stations] == [
        "station-village",
        "station-township",
        "station-county",
    ]


def test_tiers_differ_in_shape_size_and_colour():
    styles = [STYLES[f"station-{tier.word}"] for tier in Tier]
    for key in ("shape", "radius", "fillColor"):
        assert len({style[key] for style in styles}) == len(styles)


def test_every_style_a_layer_names_exists(case):
    county, plan = county_layers(case.county, "zh"), plan_layers(case.county, case.plan, "zh", case.ways)
    for collection in (county["boundary"], county["roads"], *plan.values()):
        for feature in collection["features"]:
            assert feature["properties"]["style"] in STYLES


def test_roads_keep_class_and_surface(case):
    roads = county_layers(case.county, "zh")["roads"]["features"]
    assert [road["properties"]["style"] for road in roads] == ["road-national_provincial", "road-village-unpaved"]


def test_uncovered_village_says_why_and_how_far(case):
    (uncovered,) = case.plan.uncovered
    assert reason_sentences(case.county, uncovered, "zh") == (
        "最近的可用候选点超出覆盖半径",
        "最近候选点：道帏邮政所，沿路 52.3 公里",
    )
    assert reason_sentences(case.county, uncovered, "en") == (
        "the nearest usable site is beyond the coverage radius",
        "nearest site: 道帏邮政所, 52.3 km by road",
    )
    tip = _tips(plan_layers(case.county, case.plan, "zh")["uncovered"])[uncovered.village_code]
    assert tip[-1] == "最近候选点：道帏邮政所，沿路 52.3 公里"


def test_covered_village_names_its_station(case):
    tips = _tips(plan_layers(case.county, case.plan, "zh")["villages"])
    assert tips[case.county.villages[1].code][-1] == "由乙村便利店服务，沿路 820 米"


def test_no_geometry_no_routes(case):
    assert plan_layers(case.county, case.plan, "zh")["routes"]["features"] == []


def test_title_shows_the_four_indicators_and_the_note(case):
    html = title_html(case.county, case.scenario, case.plan, case.evaluation, "zh", notes=("村庄位置为合成数据",))
    for text in ("乡镇网点覆盖率", "50.0% (1/2)", "建制村快递通达率", "村级站点覆盖率", "村村有服务率", "66.6% (2/3)"):
        assert text in html
    assert "村庄位置为合成数据" in html
    assert "道路距离 2.5 公里" in html


def test_without_routes_the_delivery_indicator_is_left_out_rather_than_zero(unrouted):
    html = title_html(unrouted.county, unrouted.scenario, unrouted.plan, unrouted.evaluation, "zh", notes=())
    assert "建制村快递通达率" not in html
    assert "村村有服务率" in html


def test_legend_warns_only_when_something_is_synthetic():
    assert "合成数据" in legend_html("zh", ["note"])
    assert "合成数据" not in legend_html("zh")


def test_legend_of_a_county_where_all_is_real_does_not_call_another_note_synthetic(case):
    made_up = Layer("roads", "roads.geojson", Source(Provenance.SYNTHETIC, "made up"))
    assert "合成数据" in legend_html("zh", ["note"], replace(case.county, layers=(made_up,)))
    assert "合成数据" not in legend_html("zh", ["note"], replace(case.county, layers=()))


def test_english_title_escapes_names(hostile):
    html = title_html(hostile.county, hostile.scenario, hostile.plan, hostile.evaluation, "en", notes=("<b>x</b>",))
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_script_json_reads_back_and_cannot_leave_its_script():
    value = {"name": "</script><!-- http://x & \u2028 //y '"}
    text = script_json(value)
    assert json.loads(text) == value
    for forbidden in ("<", ">", "&", "\u2028", "://"):
        assert forbidden not in text


def test_map_has_county_then_plan(case):
    html = plan_map(case.county, case.scenario, case.plan, case.evaluation).get_root().render()
    assert html.index("ruralNetwork.draw(map_") < html.index("ruralNetwork.update(map_")


def test_plan_layer_without_a_map_is_refused(case):
    script = next(iter(plan_layer(case.county, case.plan)._children.values()))
    with pytest.raises(ValueError, match="added to a map"):
        script.map_name  # noqa: B018 (asking is the test)


def test_base_map_has_no_tiles(case):
    assert "tileLayer" not in base_map(case.county).get_root().render()


@pytest.mark.parametrize(
    ("table", "kinds"),
    [(TIERS, Tier), (HOSTS, Host), (STATUSES, SiteStatus), (ROADS, RoadClass), (REASONS, ReasonCode), (MAP, Word)],
)
def test_both_languages_have_every_word(table, kinds):
    assert set(table) == set(kinds)
    for chinese, english in table.values():
        assert chinese
        assert english.replace("–", "-").isascii()
        assert not chinese.isascii()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="fr"):
        say(("一", "one"), "fr")


def test_radius_names_its_metric(case):
    assert radius_words(case.scenario.update({"coverage_metric": "minutes"}), "zh") == "道路时间 30 分钟"
    assert radius_words(case.scenario, "en") == "2.5 km by road"


def test_without_roads_no_distance_is_said_to_be_by_road(case):
    scenario = case.scenario.update({"network": {"straight_line_factor": 1.4}})
    assert radius_words(scenario, "en") == "2.5 km, straight line × 1.4"
    assert radius_words(scenario, "zh") == "直线×1.4 距离 2.5 公里"
    minutes = scenario.update({"coverage_metric": "minutes"})
    assert radius_words(minutes, "zh") == "直线×1.4 时间 30 分钟"
    tips = _tips(plan_layers(case.county, case.plan, "en", way=way_words(scenario))["villages"])
    assert tips[case.county.villages[1].code][-1].endswith(", 820 m, straight line × 1.4")


@pytest.fixture
def crossing(case):
    """The county with a ferry and a passenger line."""
    way = LineString([(102.48, 35.85), (102.5, 35.86)])
    ferry = Road("F1", "", RoadClass.FERRY, Surface.UNPAVED, oneway=False, geometry=way)
    line = BusLine("B1", "1路", (BusStop("甲", 102.1, 35.8), BusStop("乙", 102.48, 35.85)), 4)
    return replace(case.county, roads=(*case.county.roads, ferry), bus_lines=(line, BusLine("B2", "2路", ())))


def test_a_ferry_is_drawn_as_one_whatever_its_surface(crossing):
    roads = county_layers(crossing, "zh")["roads"]["features"]
    assert STYLES[roads[-1]["properties"]["style"]] == ROAD_STYLES[RoadClass.FERRY]


def test_bus_lines_are_a_switch_that_is_off_at_first(case, crossing):
    line, *stops = county_layers(crossing, "zh")["bus"]["features"]
    assert line["geometry"]["coordinates"] == [(102.1, 35.8), (102.48, 35.85)]
    assert [stop["geometry"]["coordinates"] for stop in stops] == line["geometry"]["coordinates"]
    for county, shown in ((crossing, True), (case.county, False)):
        html = base_map(county, "en").get_root().render()
        assert ("Bus lines" in html) is shown
        assert '"hidden":["supply","bus","critical"]' in html


def test_a_jump_within_a_bus_line_is_drawn_fainter_and_nothing_else_is(case):
    lon = (102.10, 102.11, 102.12, 102.40, 102.41)
    there_and_back = BusLine("B1", "1路", tuple(BusStop("", at, 35.8) for at in lon), None)
    lines = county_layers(replace(case.county, bus_lines=(there_and_back,)), "zh")["bus"]["features"][:3]
    assert [line["properties"]["style"] for line in lines] == ["bus", "bus-jump", "bus"]
    assert [len(line["geometry"]["coordinates"]) for line in lines] == [3, 2, 2]
    assert STYLES["bus-jump"]["opacity"] < STYLES["bus"]["opacity"] / 2


def test_a_county_without_roads_has_a_map_without_road_signs(case):
    html = base_map(replace(case.county, roads=()), "zh").get_root().render()
    assert ROADS[RoadClass.COUNTY][0] not in html
    assert '["roads",' not in html


def test_the_legend_lists_the_ferry_of_a_county_that_has_one(case, crossing):
    assert "渡口" in legend_html("zh", county=crossing)
    assert "渡口" not in legend_html("zh", county=case.county)
    assert "渡口" not in legend_html("zh")


def test_a_route_says_its_days_clock_way_and_stops(case):
    (feature,) = plan_layers(case.county, case.plan, "en", case.ways, starts_s=8 * 3600)["routes"]["features"]
    assert feature["properties"]["tip"] == [
        "County–township route R-1", "Mo Tu We Th Fr 08:00–09:11", "62.0 km, 72 min", "from 县物流园, 1 stop",
        "道帏邮政所",
    ]  # fmt: skip
    assert (
        "–" not in plan_layers(case.county, case.plan, "en", case.ways)["routes"]["features"][0]["properties"]["tip"][1]
    )


def test_a_route_by_bus_is_drawn_and_called_otherwise(case, crossing):
    plan = replace(case.plan, routes=(replace(case.plan.routes[0], mode="bus", vehicle_type="L3"),))
    (feature,) = plan_layers(case.county, plan, "zh", case.ways)["routes"]["features"]
    assert feature["properties"]["style"] == "route-bus"
    assert feature["properties"]["tip"][0] == "客运班线带货 R-1"
    assert MAP[Word.ROUTE_BUS][1] in legend_html("en", county=crossing)
    assert MAP[Word.ROUTE_BUS][1] not in legend_html("en", county=case.county)


def test_a_long_route_names_its_first_stops_and_counts_the_rest(case):
    route = case.plan.routes[0]
    stops = (route.stops[0], *(replace(route.stops[1], stop_seq=k) for k in range(1, 14)), route.stops[2])
    plan = replace(case.plan, routes=(replace(route, stops=stops),))
    tip = plan_layers(case.county, plan, "en", case.ways)["routes"]["features"][0]["properties"]["tip"]
    assert tip[-1].count("道帏邮政所") == 10
    assert tip[-1].endswith("→ 3 more")
