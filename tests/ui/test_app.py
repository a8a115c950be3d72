"""The page run without a browser, by Streamlit's own test runner."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner import Scenario, read_county, solve
from planner.errors import Defect, InfeasibleError, InputError, NoSolutionInTimeError, Sentence
from planner.pipeline import near_plan, prepare, solve_prepared
from planner.scenario import CoverageMetric
from planner.ui import compute, controls

APP = Path(__file__).parents[2] / "app.py"
TIMEOUT_S = 120


@pytest.fixture
def app():
    st.cache_resource.clear()  # plans and routes of one test must not answer in the next
    return AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)


def _run(app):
    """Run the page, again and again while it says that it is still at work."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        app.run()
        assert not app.exception
        if "rn-working" not in _html(app):
            return
        assert time.monotonic() < deadline, "the plan never came"
        time.sleep(0.2)


def _html(app):
    return unescape(" ".join(re.sub(r"(?s)<style>.*?</style>", "", element.proto.body) for element in app.get("html")))


def _shares(app):
    figure = r'^(\w+)".*?<div class="share">([\d.]+%)<span class="count">([^<]*)'
    cards = [re.match(figure, card) for card in _html(app).split('data-indicator="')[1:]]
    return {card[1]: (card[2], card[3]) for card in cards if card}


def _slider(app, name):
    return next(slider for slider in app.slider if slider.key.endswith(name))


@pytest.fixture(scope="module")
def county():
    return read_county("xunhua")


@pytest.mark.slow
def test_page_shows_the_plan_that_python_computes(app, county):
    _run(app)
    plan = solve(county)
    for key, (share, count) in _shares(app).items():
        ratio = plan.evaluation.indicators[key]
        assert (share, count) == (ratio.percent, f"{ratio.numerator} / {ratio.denominator}")
    assert len(_shares(app)) == 4
    assert len(app.dataframe[0].value) == len(plan.plan.uncovered)
    assert len(app.dataframe[1].value) == len(plan.plan.stations)


def table_with(app, column):
    """The table that has the column, in whichever tab it is."""
    return next(table.value for table in app.dataframe if column in table.value.columns)


@pytest.mark.slow
def test_synthetic_data_and_assumptions_are_always_named(app):
    _run(app)
    assert "合成数据" in _html(app)
    assumptions = table_with(app, "可信度")
    assert assumptions["可信度"].str.contains("假设").all()
    assert len(assumptions) > 20
    app.session_state["language"] = "en"
    _run(app)
    assert "synthetic data" in _html(app)
    assert table_with(app, "Confidence")["Confidence"].str.contains("assumption").all()


@pytest.mark.slow
def test_slider_changes_the_plan_and_keeps_its_place_through_a_change_of_language(app, county):
    _run(app)
    before = _shares(app)
    _slider(app, "radius_km").set_value(1.0)
    _run(app)
    after = _shares(app)
    assert after["village_service_coverage"] != before["village_service_coverage"]
    expected = solve(county, Scenario(radius_km=1.0)).evaluation.indicators["village_service_coverage"]
    assert after["village_service_coverage"][0] == expected.percent
    app.session_state["language"] = "en"
    _run(app)
    assert _slider(app, "radius_km").value == 1.0
    assert _shares(app)["village_service_coverage"][0] == expected.percent


@pytest.mark.slow
def test_a_radius_that_is_moved_is_no_assumption_any_more(app):
    _run(app)
    assert "覆盖半径" in set(table_with(app, "参数")["参数"])
    _slider(app, "radius_km").set_value(3.0)
    _run(app)
    assert "覆盖半径" not in set(table_with(app, "参数")["参数"])


@pytest.mark.slow
def test_uncovered_villages_come_with_reason_and_nearest_site(app):
    _run(app)
    _slider(app, "radius_km").set_value(0.5)
    _run(app)
    uncovered = app.dataframe[0].value
    assert (uncovered["原因"] != "").all()
    far = uncovered[uncovered["最近候选点"] != ""]
    assert len(far) > 0
    assert (far["道路距离（公里）"] > 0).all()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            InfeasibleError([Sentence("township A has no site", "甲镇没有候选点")], Sentence("drop it", "放宽目标")),
            "甲镇没有候选点",
        ),
        (NoSolutionInTimeError("stopped after 60 s"), "stopped after 60 s"),
        (
            InputError(
                [Defect("x", "villages.csv", "first", "mend it", row=3), Defect("y", "roads.geojson", "second", "too")]
            ),
            "villages.csv:3 first — mend it",
        ),
    ],
)
def test_troubles_are_told_in_words(app, monkeypatch, error, words):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(compute, "plan_county", fail)
    _run(app)
    assert len(app.error) == 1
    told = "\n".join(element.value for element in (*app.text, *app.code))
    assert words in told
    if isinstance(error, InfeasibleError):
        assert error.relaxation.zh in told
    if isinstance(error, InputError):
        assert all(defect.line() in told for defect in error.defects)
    assert "Traceback" not in told


def test_a_plan_that_takes_long_is_announced_and_the_last_one_stays(app, monkeypatch, county):
    plan = solve(county)
    answers = iter([plan, None, None])
    monkeypatch.setattr(compute, "load_county", lambda _name: county)
    monkeypatch.setattr(compute, "plan_county", lambda *_args, **_settings: next(answers, None))
    monkeypatch.setattr(compute, "near_county_plan", lambda *_args, **_settings: None)
    monkeypatch.setattr(compute, "is_planned", lambda *_args: True)
    app.run()
    assert "上一方案" not in _html(app)
    app.run()
    assert "上一方案" in _html(app)
    assert len(_shares(app)) == 4


def test_a_near_plan_stands_there_with_its_bound_until_the_proven_one_is_there(app, monkeypatch, county):
    prepared = prepare(county)
    near, proven = near_plan(prepared), solve_prepared(prepared)
    answers = iter([None, None, proven])
    monkeypatch.setattr(compute, "load_county", lambda _name: county)
    monkeypatch.setattr(compute, "plan_county", lambda *_args, **_settings: next(answers, proven))
    monkeypatch.setattr(compute, "near_county_plan", lambda *_args, **_settings: near)
    monkeypatch.setattr("planner.ui.plan_page.LOOKED_FOR_EVERY_S", 1000.0)
    app.run()
    assert not app.exception
    assert "快速方案" in _html(app)
    service = near.evaluation.indicators["village_service_coverage"]
    assert _shares(app)["village_service_coverage"] == (service.percent, f"{service.numerator} / {service.denominator}")
    assert "village_express_access" not in _shares(app)
    assert _html(app).count("待定") == 4  # express delivery, transport, whole cost, cost a parcel
    _run(app)
    assert "快速方案" not in _html(app)
    assert len(_shares(app)) == 4


def test_without_any_county_the_page_says_what_to_do(app, monkeypatch):
    monkeypatch.setattr("planner.ui.plan_page.list_counties", lambda: ())
    _run(app)
    assert "data/geo" in app.error[0].value


@pytest.mark.slow
def test_reset_puts_the_widgets_and_the_plan_back(app):
    _run(app)
    before = app.dataframe[1].value
    _slider(app, "radius_km").set_value(4.0)
    _slider(app, "villages").set_value(80)
    _run(app)
    next(button for button in app.button if button.key.endswith("reset")).click()
    _run(app)
    assert (_slider(app, "radius_km").value, _slider(app, "villages").value) == (2.5, 100)
    assert app.dataframe[1].value.equals(before)


@pytest.mark.slow
def test_a_radius_is_remembered_while_another_metric_is_chosen(app):
    _run(app)
    _slider(app, "radius_km").set_value(4.0)
    _run(app)
    metric = next(radio for radio in app.radio if "metric" in radio.key)
    metric.set_value(CoverageMetric.MINUTES)
    _run(app)
    assert _slider(app, "radius_min").value == 30
    next(radio for radio in app.radio if "metric" in radio.key).set_value(CoverageMetric.ROAD_KM)
    _run(app)
    assert _slider(app, "radius_km").value == 4.0


def test_two_counties_of_one_name_are_told_apart(monkeypatch):
    labels = {"a": "西和县", "b": "西和县", "c": "循化县"}
    monkeypatch.setattr(compute, "county_label", lambda name, _language: labels[name])
    assert controls._labels(("a", "b", "c"), "zh") == {"a": "西和县 (a)", "b": "西和县 (b)", "c": "循化县"}


def test_a_changed_manifest_is_another_county_to_the_caches(county):
    assert county.digest != replace(county, name="改名县").digest


@pytest.mark.slow
def test_a_county_without_roads_is_planned_once_its_detour_factor_is_given(app, county, monkeypatch):
    layers = tuple(layer for layer in county.layers if layer.name != "roads")
    monkeypatch.setattr(compute, "_county", lambda *_: replace(county, roads=(), layers=layers))
    app.run()
    assert not app.exception
    assert any("network.straight_line_factor" in element.value for element in app.code)
    factor = next(number for number in app.number_input if number.key.endswith("straight"))
    assert factor.value is None
    factor.set_value(1.4)
    _run(app)
    assert "所有距离均为直线距离乘以绕行系数 1.4" in _html(app)
    assert "直线折算距离（公里）" in app.dataframe[0].value.columns


@pytest.mark.slow
def test_the_month_can_be_chosen_where_roads_close_and_nowhere_else(app, county, monkeypatch):
    _run(app)
    assert not [box for box in app.selectbox if "month" in box.key]
    winter = replace(county.roads[0], closed_months=frozenset({1}))
    layers = tuple(replace(layer, sha256="0" * 64) if layer.name == "roads" else layer for layer in county.layers)
    closing = replace(county, roads=(winter, *county.roads[1:]), layers=layers)
    monkeypatch.setattr(compute, "_county", lambda *_: closing)
    _run(app)
    assert "本方案按全年通行计算" in _html(app)
    next(box for box in app.selectbox if "month" in box.key).set_value(1)
    _run(app)
    assert "本方案按 1 月规划" in _html(app)


def test_cold_stores_and_service_for_villages_left_out_can_be_asked_for(app):
    _run(app)
    assert "cold_produce_coverage" not in _shares(app)
    for name in ("-cold", "-market_day", "-mobile"):
        next(box for box in app.checkbox if box.key.endswith(name)).check()
    _run(app)
    assert _shares(app)["cold_produce_coverage"][0] != "n/a"
    assert "冷链覆盖率（上行件）" in _html(app)
    assert "赶集日服务" in _html(app)
    assert _slider(app, "cold_reach").value == 20
