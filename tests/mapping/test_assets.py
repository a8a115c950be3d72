from __future__ import annotations

from dataclasses import replace

import folium
import pytest

from planner.domain import Layer, Provenance, Source
from planner.mapping import base_map, plan_map, standalone_html
from planner.mapping.assets import FOLDER, SCRIPTS, STYLE_SHEETS, fetched_addresses


def test_every_vendored_file_is_there_with_its_licence():
    for _, file in (*SCRIPTS, *STYLE_SHEETS):
        assert (FOLDER / file).stat().st_size > 500
    licences = (FOLDER / "LICENSES.md").read_text("utf-8")
    assert "BSD 2-Clause License" in licences
    assert "1.9.4" in licences
    assert "3.7.1" in licences


@pytest.mark.parametrize("language", ["zh", "en"])
def test_standalone_map_fetches_nothing(case, language):
    html = standalone_html(
        plan_map(case.county, case.scenario, case.plan, case.evaluation, language, route_geometry=case.ways)
    )
    assert fetched_addresses(html) == ()
    assert "ruralNetwork.update(" in html


OSM = Source(Provenance.REAL, "OpenStreetMap, <b>.pbf", "ODbL 1.0, © OpenStreetMap contributors")
BUREAU = Source(Provenance.REAL, "</script><img src=http://evil.example/x>民政局", "内部")


@pytest.mark.parametrize(("language", "words"), [("zh", "数据："), ("en", "Data: ")])
def test_the_map_names_whom_its_data_is_owed_to_as_text_without_an_address(case, language, words):
    county = replace(case.county, layers=(Layer("roads", "r.gpkg", OSM), Layer("villages", "v.csv", BUREAU)))
    html = standalone_html(plan_map(county, case.scenario, case.plan, case.evaluation, language))
    assert f'"data":"{words}© OpenStreetMap contributors (ODbL 1.0) · ' in html
    assert fetched_addresses(html) == ()
    assert "<img src=http" not in html


def test_the_app_map_names_whom_its_data_is_owed_to(xunhua):
    assert '"data":"数据：GeoNames (CC BY 4.0)"' in base_map(xunhua).get_root().render()


def test_a_map_that_owes_nobody_names_nobody(case):
    assert '"data":""' in base_map(case.county).get_root().render()


@pytest.mark.parametrize(
    ("language", "tag", "title"),
    [("zh", "zh-CN", "循化撒拉族自治县农村电商物流网络"), ("en", "en", "&lt;i&gt;Xunhua rural logistics network")],
)
def test_the_page_says_its_language_and_bears_the_countys_name(case, language, tag, title):
    county = replace(case.county, names={"en": "<i>Xunhua"})
    html = standalone_html(plan_map(county, case.scenario, case.plan, case.evaluation, language))
    assert html.count(f'<html lang="{tag}">') == 1
    assert f"<title>{title}</title>" in html


def test_standalone_map_refuses_what_it_has_no_copy_of(case):
    picture = plan_map(case.county, case.scenario, case.plan, case.evaluation)
    folium.TileLayer("https://tiles.example/{z}/{x}/{y}.png", attr="x").add_to(picture)
    with pytest.raises(ValueError, match=r"tiles\.example"):
        standalone_html(picture)


def test_standalone_map_refuses_a_plugin_from_outside(case):
    picture = plan_map(case.county, case.scenario, case.plan, case.evaluation)
    picture.add_js_link("plugin", "https://cdn.example/plugin.js")
    with pytest.raises(ValueError, match=r"cdn\.example/plugin\.js"):
        standalone_html(picture)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://a.example/x.png">',
        '<img src="//a.example/x.png">',
        '<img srcset="https://a.example/x.png 2x">',
        '<link rel="icon" href="https://a.example/x.ico">',
        '<script src="https://a.example/x.js"></script>',
        "<script>fetch('https://a.example/x')</script>",
        r"<script>fetch('https:\/\/a.example/x')</script>",
        "<style>@import 'https://a.example/x.css';</style>",
        "<style>p{background:url(https://a.example/x.png)}</style>",
        '<p style="background:url(https://a.example/x.png)">',
        '<iframe src="https://a.example/"></iframe>',
        '<svg><use href="https://a.example/x.svg#a"/></svg>',
    ],
)
def test_every_way_to_load_something_is_noticed(html):
    assert len(fetched_addresses(html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<a href="https://a.example/">a link is followed by people only</a>',
        "<style>p{background:url(#default#VML)} /* https://a.example */</style>",
        "<p>https://a.example</p>",
        "<script>x.createElementNS('http://www.w3.org/2000/svg','g')</script>",
    ],
)
def test_what_is_not_loaded_is_not_called_so(html):
    assert fetched_addresses(html) == ()


def test_the_app_takes_its_files_from_the_prefix_and_other_maps_stay_as_they_were(case):
    before = list(folium.Map.default_js)
    picture = base_map(case.county, assets="../leaflet_assets/")
    assert all(address.startswith("../leaflet_assets/") for _, address in picture.default_js + picture.default_css)
    assert folium.Map.default_js == before


def test_names_from_the_data_stay_text(hostile):
    picture = plan_map(hostile.county, hostile.scenario, hostile.plan, hostile.evaluation)
    html = standalone_html(picture)
    assert "<img" not in html
    assert "evil.example" in html  # shown, as text
