from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from planner.geodata import county_folder, read_county
from planner.ui import compute
from planner.ui.cards import facts_panel, heading, money_words, synthetic_note
from planner.ui.controls import RADIUS_KM, RADIUS_MIN, scale_format


def test_money_reads_as_officials_write_it():
    assert money_words(2_228_400, "zh") == "222.8 万元"
    assert money_words(2_228_400, "en") == "¥2,228,400"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_hostile_county_name_stays_text(language):
    name = '<img src="http://evil.example/x.png">'
    county = replace(read_county("xunhua"), name=name, names={})
    for html in (heading(county, language), synthetic_note(county, (name,), language)):
        assert "<img" not in html
        assert "&lt;img" in html


def test_nothing_synthetic_means_no_note():
    assert synthetic_note(read_county("xunhua"), (), "zh") == ""


def test_notes_that_are_not_about_synthetic_layers_stand_in_full():
    county = read_county("xunhua")
    notes = ("a", "b", "c", "d", "all distances are <straight> lines")
    assert len(county.synthetic_layers) == 4
    html = synthetic_note(county, notes, "en")
    assert "⚠ all distances are &lt;straight&gt; lines<" in html
    assert html.count("⚠") == 2
    real = replace(county, layers=())
    assert "ynthetic layers" not in synthetic_note(real, notes[4:], "en")
    assert synthetic_note(real, notes[4:], "en").count("⚠") == 1


def test_slider_values_show_the_decimals_of_their_step():
    assert scale_format(RADIUS_KM[2]) == "%.1f"
    assert scale_format(RADIUS_MIN[2]) == "%d"


def test_digest_depends_on_the_files():
    xunhua, xihe = read_county("xunhua"), read_county("xihe")
    assert xunhua.digest == read_county("xunhua").digest
    assert xunhua.digest != xihe.digest


@pytest.mark.parametrize(("language", "label"), [("zh", "循化撒拉族自治县"), ("en", "Xunhua Salar Autonomous County")])
def test_counties_are_listed_by_their_own_names(language, label):
    assert compute.county_label("xunhua", language) == label


def test_a_county_that_cannot_be_read_is_listed_by_its_folder(tmp_path, monkeypatch):
    folder = tmp_path / "geo" / "broken"
    folder.mkdir(parents=True)
    (folder / "county.toml").write_bytes(b"name = [")
    monkeypatch.setenv("PLANNER_DATA", str(tmp_path))
    assert compute.county_label("broken", "zh") == "broken"


def test_a_touched_file_means_reading_again(tmp_path, monkeypatch):
    shutil.copytree(county_folder("xunhua"), tmp_path / "geo" / "xunhua")
    monkeypatch.setenv("PLANNER_DATA", str(tmp_path))
    before = compute._files_state("xunhua")
    path = tmp_path / "geo" / "xunhua" / "villages.csv"
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000_000))
    assert compute._files_state("xunhua") != before


@pytest.mark.parametrize(("language", "name"), [("en", "Galeng Tibetan Township"), ("zh", "尕楞藏族乡")])
def test_the_worst_township_is_named_in_the_language_of_the_page(xunhua_plan, language, name):
    panel = facts_panel(xunhua_plan, language)
    assert f": {name}<" in panel
    assert ">90.9%<" in panel
