"""The trade-off picture names whom its data is owed to, in whatever letters there are."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.export import picture

TABLE = pd.DataFrame(
    {
        "radius_km": [1.0, 2.0], "villages_covered": [3, 4], "villages": [5, 5], "stations": [4, 3],
        "station_cost_cny_per_year": [50_000, 40_000],
    }
)  # fmt: skip
OSM, BUREAU = "© OpenStreetMap contributors (ODbL 1.0)", "县民政局 (内部)"


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """A function that draws a picture and returns the texts on it with their boxes, in pixels."""
    from matplotlib.figure import Figure

    kept = []

    def keep(figure, *_args, **_keywords):
        figure.draw_without_rendering()
        kept.append(figure)

    def draw(owed, note=""):
        monkeypatch.setattr(Figure, "savefig", keep)
        picture.sweep_picture(TABLE, tmp_path / "a.png", title="县", note=note, owed=owed)
        figure = kept.pop()
        labels = [*figure.texts, *(axes.xaxis.label for axes in figure.axes)]
        return {label.get_text(): label.get_window_extent() for label in labels if label.get_text()}

    return draw


def test_the_attribution_stands_below_everything_else_and_inside_the_picture(drawn):
    texts = drawn([OSM] * 8, note="one note\nand another")
    (credit,) = [text for text in texts if text.startswith("Data: ")]
    assert credit.replace("\n", " ").count(OSM) == 8
    assert texts[credit].x0 > 0
    assert texts[credit].y0 > 0
    (note,) = [text for text in texts if text.startswith("one note")]
    assert all(texts[note].y1 <= box.y0 for text, box in texts.items() if text not in (credit, note))
    assert texts[note].y1 - texts[credit].y1 > 20, "the note's own two lines are above"


def test_without_a_chinese_font_what_can_be_written_is(drawn, monkeypatch):
    monkeypatch.setattr(picture, "_cjk_font", lambda: None)
    assert f"Data: {OSM}" in drawn([OSM, BUREAU])


def test_a_picture_that_owes_nobody_names_nobody(drawn):
    assert not [text for text in drawn([]) if "Data" in text]


def test_the_same_picture_has_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        picture.sweep_picture(TABLE, tmp_path / name, title="县", note="", owed=[OSM])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
