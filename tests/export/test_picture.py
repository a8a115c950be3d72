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


POINTS = pd.DataFrame(
    {
        "kind": ["frontier", "frontier", "plan"], "budget_cny": [10_000, 20_000, 25_000],
        "villages_covered": [3, 4, 4], "villages": [5, 5, 5], "marginal_cny_per_village": [None, 10_000.0, None],
    }
)  # fmt: skip
YEARS = pd.DataFrame({"year": [2026, 2027], "villages_covered": [2, 4], "own_optimum_villages": [3, 4]})


@pytest.mark.parametrize("chinese", [True, False])
def test_the_frontier_has_every_point_year_note_and_attribution(monkeypatch, tmp_path, chinese):
    from matplotlib.figure import Figure

    kept = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: kept.append(figure))
    if not chinese:
        monkeypatch.setattr(picture, "_cjk_font", lambda: None)
    picture.frontier_picture(POINTS, YEARS, tmp_path / "a.png", title="县", note="a note", owed=[OSM])
    covered, price, by_year = kept[0].axes
    proven, plan, _ = covered.lines
    assert (proven.get_xdata().tolist(), proven.get_ydata().tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert (plan.get_xdata().tolist(), plan.get_ydata().tolist()) == ([2.5], [4.0])
    assert price.lines[0].get_ydata().tolist() == [1.0]
    assert [bar.get_height() for bar in by_year.patches] == [2.0, 4.0]
    assert by_year.lines[0].get_ydata().tolist() == [3.0, 4.0]
    texts = [text.get_text() for text in kept[0].texts]
    assert f"Data: {OSM}" in texts
    assert any(text.startswith("a note") for text in texts)
    labels = [axes.get_title() + axes.get_xlabel() for axes in kept[0].axes]
    assert all(text.isascii() != picture.has_cjk_font() for text in labels)
