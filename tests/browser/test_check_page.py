"""The check page as a planner meets it: opened from disk with no network, rows and markers tied together."""

from __future__ import annotations

import shutil

import pytest

from planner.survey import inspect_county

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLACE = """i => {
    const at = checkPage.spotOf[i].at, box = document.getElementById("map").getBoundingClientRect();
    const point = checkPage.map.latLngToContainerPoint([at[1], at[0]]);
    return [box.x + point.x, box.y + point.y];
}"""


@pytest.fixture
def opened(watched, repository, tmp_path):
    """A function that checks a damaged copy of the demo county and opens its page in a language."""

    def open_page(damage, language="zh"):
        shutil.copytree(repository / "data", tmp_path / "data")
        folder = tmp_path / "data" / "geo" / "xunhua"
        villages = (folder / "villages.csv").read_text("utf-8-sig").splitlines()
        damage(villages)
        (folder / "villages.csv").write_text("\n".join(villages), "utf-8")
        inspection = inspect_county(folder)
        path = tmp_path / "check.html"
        path.write_text(inspection.html(language), "utf-8")
        page = watched.page
        page.context.set_offline(True)
        page.goto(path.as_uri())
        page.wait_for_function("window.checkPage && checkPage.map")
        return page, inspection

    return open_page


def hostile(villages):
    cells = villages[30].split(",")
    cells[1] = "<img src=x onerror=alert(1)>村"
    cells[6] = "0"
    villages[30] = ",".join(cells)


def exchanged(villages):
    for number in (10, 40):
        cells = villages[number].split(",")
        cells[4], cells[5] = cells[5], cells[4]
        villages[number] = ",".join(cells)


def shown_rows(page):
    return page.locator(".defects tbody tr:visible").count()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_row_moves_the_map_and_a_marker_shows_its_row(opened, language):
    page, inspection = opened(hostile, language)
    assert "GeoNames (CC BY 4.0)" in page.inner_text(".leaflet-control-attribution")
    first = next(i for i, defect in enumerate(inspection.defects) if inspection.ground.spot(defect))
    page.click(f"#d{first}")
    lon, lat = inspection.ground.spot(inspection.defects[first])
    centre = page.evaluate("[checkPage.map.getCenter().lng, checkPage.map.getCenter().lat]")
    assert centre == pytest.approx([lon, lat], abs=1e-3)
    assert "selected" in page.locator(f"#d{first}").get_attribute("class")
    last = len(inspection.defects) - 1
    page.click(".whole")
    page.wait_for_timeout(300)
    page.mouse.click(*page.evaluate(PLACE, last))
    page.wait_for_function(f'document.getElementById("d{last}").classList.contains("selected")')
    assert page.locator(f"#d{last}").is_visible()
    assert "selected" not in (page.locator(f"#d{first}").get_attribute("class"))


def test_filters_and_switches_hide_and_show(opened):
    page, inspection = opened(hostile)
    assert shown_rows(page) == len(inspection.defects)
    page.select_option("#filter-kind", "population-outlier")
    count = sum(defect.code == "population-outlier" for defect in inspection.defects)
    assert shown_rows(page) == count
    assert f"{count} / {len(inspection.defects)}" in page.inner_text("#shown")
    page.uncheck('[data-switch="kind-no-road"]')
    assert page.evaluate('checkPage.map.hasLayer(checkPage.layers["kind-no-road"])') is False
    hidden = next(i for i, defect in enumerate(inspection.defects) if defect.code == "no-road")
    page.select_option("#filter-kind", "")
    page.click(f"#d{hidden}")
    assert page.is_checked('[data-switch="kind-no-road"]'), "a row that is chosen is shown whatever was switched off"


def test_rows_of_the_tables_below_move_the_map(opened):
    page, inspection = opened(hostile)
    page.focus("#snap tr.place")
    page.keyboard.press("Enter")
    farthest = inspection.survey.villages.lonlat[inspection.survey.villages.farthest_first[0]]
    centre = page.evaluate("[checkPage.map.getCenter().lng, checkPage.map.getCenter().lat]")
    assert centre == pytest.approx(farthest.tolist(), abs=1e-3)


def test_a_county_with_errors_is_shown_with_what_could_be_read(opened):
    page, inspection = opened(exchanged, "en")
    assert inspection.survey is None
    assert "errors: 2" in page.inner_text(".verdict")
    assert page.evaluate("checkPage.layers.villages.getLayers().length") == 160
    assert page.evaluate("Object.keys(checkPage.spotOf).length") == 2
    inside = page.evaluate(
        "Object.values(checkPage.spotOf).every(s => checkPage.map.getBounds().contains([s.at[1], s.at[0]]))"
    )
    assert inside, "exchanged coordinates are drawn where they belong"


def test_the_list_can_be_taken_along(opened, tmp_path):
    page, inspection = opened(hostile)
    with page.expect_download() as download:
        page.click("#download")
    path = tmp_path / "taken.csv"
    download.value.save_as(path)
    assert download.value.suggested_filename == "check-630225.csv"
    assert path.read_bytes() == inspection.csv()
