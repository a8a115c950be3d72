"""What is said of layers that are made up, and of columns in which something was assumed."""

from __future__ import annotations

from planner.domain.county import Layer, Provenance, Source
from planner.domain.provenance import layer_warnings

REAL = Source(Provenance.REAL, "a survey")
GUESSED = Source(Provenance.DERIVED, "dwellings", assumes="2.2 people a dwelling", assumes_zh="每栋住宅 2.2 人")
MADE_UP = Source(Provenance.SYNTHETIC, "made up")


def layer(source: Source = REAL, **columns: Source) -> Layer:
    return Layer("villages", "../x/villages.csv", source, columns)


def test_a_real_layer_says_nothing():
    assert layer(code=REAL).label == ""
    assert layer_warnings([layer(code=REAL)], "en") == ()


def test_a_made_up_layer_is_named_whatever_its_columns_assume():
    assert layer(MADE_UP, population=GUESSED).label == "villages"
    assert layer(population=MADE_UP).label == "villages"


def test_assumed_columns_are_named_with_what_was_assumed_in_both_languages():
    several = layer(population=GUESSED, kind=Source(Provenance.DERIVED, "", assumes="every place counts"))
    assert several.label == "villages:assumed population+kind"
    (english,) = layer_warnings([several], "en")
    assert "population in villages.csv (2.2 people a dwelling); kind in villages.csv (every place counts)" in english
    (chinese,) = layer_warnings([several], "zh")
    assert "villages.csv 的人口（每栋住宅 2.2 人）" in chinese


def test_made_up_layers_come_first_one_sentence_each():
    sentences = layer_warnings([layer(population=GUESSED), Layer("roads", "roads.csv", MADE_UP)], "en")
    assert ["roads" in sentences[0], "2.2 people" in sentences[1]] == [True, True]


def test_every_column_has_a_name_in_chinese():
    from planner.domain import schema
    from planner.domain.provenance import _COLUMNS_ZH

    columns = {column.name for table in schema.INPUT_TABLES for column in table.columns}
    assert columns <= set(_COLUMNS_ZH)
