"""A planner's way through the app, in a real browser against the real server."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import Error, Frame, Page, expect

from planner import Scenario, read_county, solve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 60_000
COUNT = """() => window.map && map.ruralNetwork
    ? Object.fromEntries(["stations", "villages", "uncovered", "routes"].map(name => {
        let n = 0;
        map.ruralNetwork.layers[name].eachLayer(group => { n += group.getLayers().length; });
        return [name, n];
      }))
    : null"""


@pytest.fixture(scope="module")
def county():
    return read_county("xunhua")


@pytest.fixture
def page(watched, app_url) -> Page:
    page = watched.page
    page.set_default_timeout(PATIENCE_MS)
    page.goto(app_url)
    expect(page.locator('[data-indicator="village_express_access"] .share')).to_be_visible(timeout=PATIENCE_MS)
    _wait_for_map(page)
    return page


def _map_frame(page: Page) -> Frame | None:
    return next((frame for frame in page.frames if "streamlit_folium" in frame.url), None)


def _counts(frame: Frame | None) -> dict[str, int] | None:
    """What ``frame`` draws; None without one, or when the page puts a new one in its place at this moment."""
    try:
        return frame.evaluate(COUNT) if frame else None
    except Error as error:
        if frame is not None and (frame.is_detached() or "context was destroyed" in error.message):
            return None
        raise


def _wait_for_map(page: Page, expected: dict[str, int] | None = None) -> dict[str, int]:
    """What the map draws, once it draws something (or exactly ``expected``)."""
    counts = None
    for _ in range(PATIENCE_MS // 100):
        counts = _counts(_map_frame(page))
        if counts and counts["stations"] and (expected is None or counts == expected):
            return counts
        page.wait_for_timeout(100)
    raise AssertionError(f"the map shows {counts}, expected {expected or 'a plan'}")


def _expected(solved) -> dict[str, int]:
    return {
        "stations": len(solved.plan.stations),
        "villages": len(solved.plan.assignments) - len(solved.plan.uncovered),
        "uncovered": len(solved.plan.uncovered),
        "routes": len(solved.plan.routes),
    }


def _radius_km(page: Page) -> float:
    """What the slider says, whether this Streamlit draws it as an input or as a box with an ARIA value."""
    value = page.get_by_role("slider").first.evaluate("e => e.value ?? e.getAttribute('aria-valuenow')")
    return round(float(value), 1)


def _share(page: Page, key: str):
    return page.locator(f'[data-indicator="{key}"] .share')


def _show_indicators(page: Page, solved) -> None:
    for key in (
        "township_outlet_coverage",
        "village_express_access",
        "village_station_coverage",
        "village_service_coverage",
    ):
        ratio = solved.evaluation.indicators[key]
        expect(_share(page, key)).to_have_text(
            re.compile(rf"{re.escape(ratio.percent)}\s*{ratio.numerator} (/|of) {ratio.denominator}"),
            timeout=PATIENCE_MS,
        )


def test_first_page_is_the_plan_that_python_computes(page, county):
    solved = solve(county)
    _show_indicators(page, solved)
    _wait_for_map(page, _expected(solved))
    expect(page.get_by_text("合成数据").first).to_be_visible()


def test_keys_on_the_slider_change_map_and_indicators_and_keep_the_view(page, county):
    frame = _map_frame(page)
    assert "GeoNames (CC BY 4.0)" in frame.locator(".leaflet-control-attribution").inner_text()
    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    zoom = frame.evaluate("map.getZoom()")
    before = frame.locator("#map_div").screenshot()
    frame.evaluate("window.sameMap = true")
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(15):
        slider.press("ArrowLeft")
    assert _radius_km(page) == 1.0
    solved = solve(county, Scenario(radius_km=1.0))
    _show_indicators(page, solved)
    _wait_for_map(page, _expected(solved))
    frame = _map_frame(page)
    assert frame.evaluate("window.sameMap") is True
    assert frame.evaluate("map.getZoom()") == zoom
    assert frame.evaluate("window.feature_group.length") <= 1
    assert frame.locator("#map_div").screenshot() != before


def test_dragging_the_slider_with_the_mouse_changes_the_plan(page, county):
    handle = page.get_by_role("slider").first
    start = handle.bounding_box()
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    page.mouse.up()
    radius_km = _radius_km(page)
    assert 3 < radius_km < 9
    solved = solve(county, Scenario(radius_km=radius_km))
    _show_indicators(page, solved)
    _wait_for_map(page, _expected(solved))


def test_download_is_the_plan_byte_for_byte(page, county):
    with page.expect_download() as waiting:
        page.get_by_role("button", name="stations.csv").click()
    content = waiting.value.path().read_bytes()
    solved = solve(county)
    assert waiting.value.suggested_filename == "stations.csv"
    assert content == solved.stations_csv()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(row["station_id"], row["tier"]) for row in rows] == [
        (station.site_id, station.tier.word) for station in solved.plan.stations
    ]


def test_english_says_everything_in_english(page):
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="rural e-commerce network")).to_be_visible()
    expect(page.get_by_text("Coverage radius (km)")).to_be_visible()
    expect(page.get_by_text("Rests on synthetic data", exact=False).first).to_be_visible()
    _wait_for_map(page)
    side = page.get_by_test_id("stSidebar").inner_text()
    left = set(re.findall(r"[\u4e00-\u9fff]+", side))
    assert left <= {"中文", "街道"}


def test_impossible_budget_is_explained(page):
    page.get_by_text("设投资上限").click()
    amount = page.get_by_role("spinbutton", name=re.compile("投资上限"))
    expect(amount).to_be_visible()
    amount.fill("0")
    amount.press("Enter")
    expect(page.get_by_text("没有可行方案")).to_be_visible()
    assert "Traceback" not in page.content()


def test_uncovered_villages_and_assumptions_are_listed(page):
    for tab in ("未覆盖建制村", "站点明细", "假设", "求解证明", "数据来源"):
        page.get_by_role("tab", name=re.compile(tab)).click()
    page.get_by_role("tab", name=re.compile("假设")).click()
    expect(page.get_by_text("下列数值为假设")).to_be_visible()


def test_a_day_of_the_week_leaves_its_routes_in_table_and_map_and_both_files_come_down(page, county):
    solved = solve(county)
    _wait_for_map(page, _expected(solved))
    page.get_by_role("tab", name="线路", exact=True).click()
    on_saturday = sum(6 in route.days for route in solved.plan.routes)
    page.get_by_text("周六", exact=True).first.click()
    _wait_for_map(page, _expected(solved) | {"routes": on_saturday})
    expect(page.get_by_text("地图只画当天的线路")).to_be_visible()
    with page.expect_download() as timetable:
        page.get_by_text("下载 timetable.csv").click()
    assert timetable.value.path().read_bytes() == solved.timetable_csv()
    with page.expect_download() as sheets:
        page.get_by_text("下载线路作业单").click()
    assert sheets.value.path().read_text("utf-8") == solved.route_sheets_html("zh")


def test_a_near_plan_is_shown_with_its_bound_in_words_until_the_proven_one_is_there(page):
    page.get_by_text("English", exact=True).first.click()
    expect(page.locator(".rn-proof")).to_contain_text("Radius", timeout=PATIENCE_MS)
    expect(page.locator('[data-testid="stStatusWidget"]')).to_have_count(0, timeout=PATIENCE_MS)
    page.locator('[data-testid="stSelectbox"]').first.click()
    page.get_by_role("option").filter(has_text="Xihe").first.click()
    working = page.locator(".rn-working")
    expect(working).to_contain_text(
        re.compile(r"quick plan: cost (within .* of the best|proven best)"), timeout=PATIENCE_MS
    )
    expect(_share(page, "village_service_coverage")).to_contain_text("of 384")
    expect(_share(page, "village_express_access")).to_have_text(re.compile("….*to come"))
    expect(page.get_by_role("button", name="Download stations.csv")).to_be_disabled()
    expect(page.locator(".rn-proof")).to_contain_text("Proven optimal", timeout=3 * PATIENCE_MS)
    expect(working).to_have_count(0)
    expect(_share(page, "village_express_access")).to_contain_text("of 384")
    expect(page.get_by_role("button", name="Download stations.csv")).to_be_enabled()
