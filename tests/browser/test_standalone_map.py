"""map.html on a machine with no network at all."""

from __future__ import annotations

import pytest

from planner import read_county, solve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNTS = """() => {
    const name = Object.keys(window).find(key => /^map_[0-9a-f]+$/.test(key));
    const layers = window[name].ruralNetwork.layers, counts = {};
    for (const key of ["stations", "uncovered", "routes"]) {
        counts[key] = 0;
        layers[key].eachLayer(group => { counts[key] += group.getLayers().length; });
    }
    return counts;
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_map_opens_from_disk_with_every_station(watched, tmp_path, language):
    solved = solve(read_county("xunhua"))
    path = tmp_path / "map.html"
    path.write_text(solved.map_html(language), "utf-8")
    page = watched.page
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.wait_for_selector(".rn-legend")
    assert page.evaluate(COUNTS) == {
        "stations": len(solved.plan.stations),
        "uncovered": len(solved.plan.uncovered),
        "routes": len(solved.plan.routes),
    }
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    title = page.locator(".rn-title").inner_text()
    assert "乡镇网点覆盖率" in title or "Townships with an outlet" in title
    assert solved.evaluation.indicators["village_service_coverage"].percent in title
    for note in solved.notes(language):
        assert note in title
    assert page.locator(".rn-township").count() == len(solved.county.townships)


PLACES = """() => {
    const name = Object.keys(window).find(key => /^map_[0-9a-f]+$/.test(key)), map = window[name];
    const box = selector => {
        const found = document.querySelector(selector).getBoundingClientRect();
        return [found.left, found.top, found.right, found.bottom];
    };
    const corners = [];
    map.eachLayer(layer => {
        if (layer instanceof L.Polygon) layer.getLatLngs().flat(2).forEach(at => {
            const point = map.latLngToContainerPoint(at);
            corners.push([point.x, point.y]);
        });
    });
    return {title: box(".rn-title"), legend: box(".rn-legend"), switches: box(".leaflet-control-layers"),
            scale: box(".leaflet-control-scale"), credit: box(".leaflet-control-attribution"), corners};
}"""


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(1280, 720), (1280, 800), (1920, 1080)])
def test_nothing_lies_over_the_county_or_over_whom_its_data_is_owed_to(watched, xunhua_plan, tmp_path, language, size):
    path = tmp_path / "map.html"
    path.write_text(xunhua_plan.map_html(language), "utf-8")
    page = watched.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(path.as_uri())
    page.wait_for_selector(".rn-legend")
    found = page.evaluate(PLACES)
    assert len(found["corners"]) > 50
    for name in ("title", "legend", "switches", "credit"):
        left, top, right, bottom = found[name]
        covered = [at for at in found["corners"] if left < at[0] < right and top < at[1] < bottom]
        assert not covered, name
        assert name == "credit" or not overlap(found[name], found["credit"]), name
    assert not overlap(found["scale"], found["credit"])
    assert "GeoNames (CC BY 4.0)" in page.locator(".leaflet-control-attribution").inner_text()
    assert page.title() == (
        "循化撒拉族自治县农村电商物流网络" if language == "zh" else page.locator(".rn-title h1").inner_text()
    )
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if language == "zh" else "en")
