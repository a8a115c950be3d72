"""A column keeps each distinct text once, and is otherwise a plain sequence of texts."""

from __future__ import annotations

import numpy as np

from planner.geodata.sources import Texts

COLUMN = Texts.of(["a", "", "b", "a"])


def test_a_column_is_a_sequence():
    assert list(COLUMN) == ["a", "", "b", "a"]
    assert (len(COLUMN), COLUMN[0], COLUMN[-1], list(COLUMN[1:3])) == (4, "a", "a", ["", "b"])
    assert list(Texts.of([])) == []


def test_each_text_is_worked_on_once():
    seen = []
    assert COLUMN.map(lambda text: seen.append(text) or text.upper()) == ["A", "", "B", "A"]
    assert sorted(seen) == ["", "a", "b"]


def test_texts_that_no_row_holds_are_not_worked_on():
    some = COLUMN.take(np.array([True, False, False, True]))
    assert list(some) == ["a", "a"]
    assert some.map(lambda text: 1 / len(text)) == [1.0, 1.0]


def test_the_first_row_that_meets_a_condition():
    assert COLUMN.first(lambda text: text == "b") == 2
    assert COLUMN.first(lambda text: text == "c") is None
    assert COLUMN.take(np.array([0])).first(lambda text: text == "b") is None
