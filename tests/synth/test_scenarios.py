from __future__ import annotations

from pathlib import Path

import pytest

from planner.scenario import CoverageMetric, Scenario

SCENARIOS = sorted((Path(__file__).parents[2] / "data" / "stations" / "scenarios").glob("*.toml"))


def test_there_are_examples():
    assert {path.stem for path in SCENARIOS} >= {"within-15-minutes", "tight-budget", "pastoral"}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_example_is_valid_and_changes_something(path):
    assert Scenario.from_toml(path) != Scenario()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_example_explains_itself_in_both_languages(path):
    comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert any(any("一" <= sign <= "鿿" for sign in line) for line in comments)
    assert any(line.isascii() and len(line) > 20 for line in comments)


def test_a_quarter_of_an_hour_is_measured_in_minutes():
    quarter = next(path for path in SCENARIOS if path.stem == "within-15-minutes")
    assert Scenario.from_toml(quarter).coverage_metric is CoverageMetric.MINUTES
