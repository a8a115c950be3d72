"""The check page: what stands on it is what was found, nothing in it can act, and nothing is fetched."""

from __future__ import annotations

import base64
import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import shapely

from planner.geodata.ground import Ground, Place, RoadLines
from planner.mapping import check_page as page_module
from planner.mapping.assets import fetched_addresses
from planner.mapping.check_map import encoded, map_data, simplified
from planner.mapping.check_sections import TABLE_ROWS, Line, table
from planner.mapping.check_words import KINDS, TEXTS
from planner.mapping.layers import script_json
from planner.scenario import Scenario
from planner.survey import inspect_county

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>村"


@pytest.fixture
def remarkable(toy_county):
    """A county with warnings of every spatial kind, and a village whose name is a script."""
    toy = sys.modules["geodata_toy"]
    toy_county.villages = toy_county.villages.replace("西街村", HOSTILE)
    toy_county.swap("villages", "102.120000,35.703000", "102.110300,35.702000")
    toy_county.roads = [*toy_county.roads[:2], toy.road("X9", [[102.308, 35.7015], [102.325, 35.7025]], "孤路")]
    toy_county.swap("villages", "102.220000,35.702000", "102.220000,35.780000")
    return inspect_county(toy_county.write())


@pytest.fixture
def spoilt(toy_county):
    toy_county.swap("villages", "102.110000,35.702000", "35.702000,102.110000")
    toy_county.swap("sites", "S003,白庄供销社,supply_coop", f"S003,{HOSTILE},bank")
    return inspect_county(toy_county.write())


class Reader(HTMLParser):
    """Collects tags and the text of the page outside scripts and styles."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self._raw = [], [], False
        self.feed(html)
        self.close()
        self.text = "".join(self.words)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._raw = False

    def handle_data(self, data):
        if not self._raw:
            self.words.append(data)


def data_of(html):
    """What the page hands to its script."""
    return json.loads(re.search(r"checkPage\.start\((.*)\);</script>", html)[1])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_fetches_nothing_and_lists_every_defect(remarkable, language):
    html = remarkable.html(language)
    assert fetched_addresses(html) == ()
    read = Reader(html)
    rows = [attributes for tag, attributes in read.tags if tag == "tr" and attributes.get("id", "").startswith("d")]
    assert len(rows) == len(remarkable.defects)
    for defect in remarkable.defects:
        assert defect.message in read.text
        assert defect.fix in read.text


@pytest.mark.parametrize("case", ["remarkable", "spoilt"])
def test_a_name_that_is_a_script_is_text(case, request):
    html = request.getfixturevalue(case).html("zh")
    read = Reader(html)
    assert HOSTILE in read.text
    assert not [tag for tag, attributes in read.tags if "onerror" in attributes or tag == "img"]
    assert sum(tag == "script" for tag, _ in read.tags) == 4


def test_markers_are_tied_to_rows_by_number(remarkable):
    drawn = data_of(remarkable.html("zh"))["map"]
    for spot in drawn["spots"]:
        defect = remarkable.defects[spot["i"]]
        assert spot["kind"] == defect.code
        assert spot["at"] == [round(value, 5) for value in remarkable.ground.spot(defect)]
    placed = [defect for defect in remarkable.defects if remarkable.ground.spot(defect) is not None]
    assert len(drawn["spots"]) == len(placed) > 3
    assert sum(kind[2] for kind in drawn["kinds"]) == len(placed)


def test_every_figure_of_the_sections_is_that_of_the_survey(remarkable):
    survey, text = remarkable.survey, Reader(remarkable.html("en")).text
    villages = survey.villages
    assert f"{len(villages)}: median {villages.share_m(0.5)} m" in text
    assert f"{int(villages.over.sum())} beyond the limit of 1,500 m" in text
    main, island = survey.parts
    assert f"Parts: 2. The main network has {main.length_m / 1000:.1f} km; the rest (1) 1.5 km together." in text
    assert island.villages == 2
    assert "-24.0%" in text, "3,800 people in the villages of a township of 5,000"
    assert "errors: 0" in text


def test_islands_are_drawn_apart_from_the_main_network(remarkable):
    drawn = data_of(remarkable.html("zh"))["map"]
    assert sorted((group["part"], group["class"]) for group in drawn["roads"]) == [
        (0, "county"), (0, "national_provincial"), (1, ""),
    ]  # fmt: skip


def test_an_unplannable_county_has_its_page(spoilt):
    text = Reader(spoilt.html("zh")).text
    assert "2 个错误" in text
    assert "改正错误后才能规划" in text
    assert "尚不能建立路网" in text
    assert data_of(spoilt.html("zh"))["map"]["spots"]


@pytest.mark.parametrize("content", ["code = [", "", "\x00\x01"])
def test_a_county_of_which_nothing_can_be_read_has_its_page(toy_county, content):
    folder = toy_county.write()
    toy_county.path("manifest").write_text(content, "utf-8")
    html = inspect_county(folder).html("en")
    assert "Nothing that could be read can be drawn." in html
    assert data_of(html)["map"]["view"] is None


def test_without_a_boundary_the_rest_is_drawn_and_said_so(toy_county):
    folder = toy_county.write()
    toy_county.path("boundary").write_text("{", "utf-8")
    html = inspect_county(folder).html("en")
    west, south, east, north = data_of(html)["map"]["view"]
    assert 102 < west < east < 102.4
    assert 35.6 < south < north < 35.8
    assert "The boundary could not be read" in html


def test_a_wild_point_does_not_shrink_the_map_of_a_county_without_boundary(toy_county):
    toy_county.swap("sites", "102.300500,35.700000", "-80.0,10.0")
    folder = toy_county.write()
    toy_county.path("boundary").write_text("{", "utf-8")
    west, _, east, _ = data_of(inspect_county(folder).html("en"))["map"]["view"]
    assert east - west < 1


def test_made_up_layers_and_provisional_codes_are_said_first(toy_county):
    toy_county.villages = toy_county.villages.replace("630225200201", "630225200601")
    inspection = inspect_county(toy_county.write())
    notes = page_module.page_notes(inspection, "en")
    assert any("villages layer" in note and "synthetic" in note for note in notes)
    assert "1 of 7 village codes are provisional, not official division codes." in notes


def test_straight_lines_are_said(toy_county):
    scenario = Scenario().with_settings(["network.straight_line_factor=1.4"])
    inspection = inspect_county(toy_county.write(), scenario)
    assert any("1.4" in note for note in page_module.page_notes(inspection, "zh"))
    assert 'id="snap"' not in inspection.html("zh")


def test_the_list_behind_the_link_is_the_table_of_csv(remarkable):
    html = remarkable.html("zh")
    address = re.search(r'<a id="download" download="check-630225.csv" href="data:text/csv[^,]*,([^"]*)"', html)[1]
    assert base64.b64decode(address) == remarkable.csv()


def test_more_defects_than_a_page_holds_are_counted(remarkable, monkeypatch):
    monkeypatch.setattr(page_module, "PAGE_DEFECTS", 2)
    monkeypatch.setattr(page_module, "EMBEDDED_CSV_BYTES", 10)
    html = remarkable.html("en")
    assert f"The page lists the first 2 of {len(remarkable.defects)} defects" in html
    assert 'id="d2"' not in html
    assert 'id="download"' not in html
    assert "planner check --csv writes it" in html


def test_long_tables_say_how_much_they_leave_out():
    html = table(["a"], [Line((number,)) for number in range(TABLE_ROWS + 5)], "en")
    assert html.count("<tr>") == TABLE_ROWS + 1
    assert "The first 1,000 of 1,005 rows." in html


def test_lines_read_back_to_the_fifth_decimal():
    lonlat = np.array([[102.123456, 35.7], [102.2, 35.654321], [102.19999, 35.7]])
    steps = np.array(encoded(lonlat)).reshape(-1, 2)
    assert np.cumsum(steps, axis=0) / 1e5 == pytest.approx(np.round(lonlat, 5), abs=1e-9)


def test_roads_beyond_the_budget_are_drawn_coarser(monkeypatch):
    rng = np.random.default_rng(0)
    lines = np.array(
        [shapely.LineString(np.cumsum(rng.normal(0, 2e-4, (200, 2)), axis=0) + 35) for _ in range(20)], dtype=object
    )
    fine, fine_m = simplified(lines)
    monkeypatch.setattr("planner.mapping.check_map.VERTEX_BUDGET", 1500)
    coarse, coarse_m = simplified(lines)
    assert coarse_m > fine_m
    assert shapely.get_num_coordinates(coarse).sum() <= 1500 < shapely.get_num_coordinates(fine).sum()


@pytest.mark.parametrize("spoilt", [False, True])
def test_the_map_names_whom_the_data_is_owed_to_also_when_it_has_errors(toy_county, spoilt):
    old = 'file = "roads.geojson"\nprovenance = "synthetic"\nsource = "made for a test"'
    new = 'file = "roads.geojson"\nprovenance = "real"\nsource = "OpenStreetMap, a.pbf"\nlicence = "ODbL 1.0"'
    toy_county.swap("manifest", old, new)
    if spoilt:
        toy_county.swap("sites", "S003,白庄供销社,supply_coop", "S003,白庄供销社,bank")
    html = inspect_county(toy_county.write()).html("en")
    owed = "© OpenStreetMap contributors (ODbL 1.0)"
    assert owed in data_of(html)["data"]
    assert fetched_addresses(html) == ()


def test_the_page_of_the_same_county_is_the_same(remarkable):
    assert remarkable.html("zh") == remarkable.html("zh")


def test_another_language_is_refused(remarkable):
    with pytest.raises(ValueError, match="fr"):
        remarkable.html("fr")


def test_every_text_has_both_languages():
    for key, (chinese, english) in {**TEXTS, **KINDS}.items():
        assert set(re.findall(r"\{\w+\}", chinese)) == set(re.findall(r"\{\w+\}", english)) or key == "english", key
        assert chinese, key
        if key != "english":
            assert english.translate(str.maketrans("", "", "−÷×⌊⌋→")).isascii(), key


def test_map_data_of_an_empty_list_draws_the_county(remarkable):
    drawn = map_data(remarkable.ground, remarkable.survey, (), "en")
    assert drawn["spots"] == []
    assert len(drawn["places"]["villages"]) == 7
    assert drawn["places"]["townships"][0][4] == "Jishi"
    assert len(drawn["gaps"]) == 1


def test_a_datum_that_was_converted_is_said(toy_county):
    toy_county.swap("manifest", 'datum = "WGS84"', 'datum = "GCJ-02"')
    inspection = inspect_county(toy_county.write())
    text = Reader(inspection.html("en")).text
    assert "declared datum GCJ-02" in text
    assert "converted from GCJ-02" in text
    (village,) = [place for place in inspection.ground.places if place.identity == "630225101200"]
    assert village.lon == pytest.approx(102.21 - 0.0018, abs=6e-4), "drawn where it lies in WGS84"


def test_a_county_of_committees_only_has_a_page_without_villages(toy_county):
    header, *rows = toy_county.villages.splitlines()
    kept = [row for row in rows if "residents_committee" in row]
    toy_county.villages = "\n".join([header, *kept]) + "\n"
    toy_county.sites = re.sub(r"6302251002\d\d|6302251012\d\d|6302252002\d\d", "", toy_county.sites)
    toy_county.sites = re.sub(r",(630225\d{3}),\d{12},", r",\1,,", toy_county.sites)
    inspection = inspect_county(toy_county.write())
    assert inspection.survey is not None, inspection.lines()
    assert len(inspection.survey.villages) == 0
    assert "only zeros are listed" in inspection.html("en")


@pytest.mark.slow
def test_a_large_county_stays_small_enough_to_open():
    rng = np.random.default_rng(0)
    start = rng.uniform([101, 35], [103, 37], (50_000, 2))
    steps = np.cumsum(rng.normal(0, 3e-4, (50_000, 12, 2)), axis=1) + start[:, None]
    lines = shapely.linestrings(steps)
    roads = RoadLines(
        "roads.gpkg", np.arange(1, 50_001), tuple(f"R{i}" for i in range(50_000)), ("village",) * 50_000, lines
    )
    places = tuple(
        Place("villages", "villages.csv", i + 2, f"630225100{i:03d}", f"第{i}村", *start[i]) for i in range(5_000)
    )
    drawn = map_data(Ground(shapely.box(101, 35, 103, 37), places, roads), None, (), "zh")
    assert len(script_json(drawn).encode()) < 10_000_000
    assert drawn["tolerance"] >= 20
