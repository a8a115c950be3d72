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
