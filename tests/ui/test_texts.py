from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import planner.ui
from planner.domain import Provenance, SolveStatus
from planner.scenario import ConnectionRule, CoverageMetric, Scenario
from planner.ui.controls import EQUITY
from planner.ui.texts import LANGUAGE_NAMES, PARAMETERS, STAGES, TEXTS, UNITS, text

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
OFFICIAL_IN_ENGLISH = {"subdistricts", "language"}  # 街道 has no English word that an official would recognise
SOURCES = sorted(Path(planner.ui.__file__).parent.glob("*.py"))


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_say_it_with_the_same_values(key):
    chinese, english = TEXTS[key]
    assert chinese.strip()
    assert english.strip()
    assert _fields(chinese) == _fields(english)


@pytest.mark.parametrize("key", sorted(set(TEXTS) - OFFICIAL_IN_ENGLISH))
def test_english_has_no_chinese_and_chinese_is_chinese(key):
    chinese, english = TEXTS[key]
    assert not CHINESE.search(english)
    if _fields(chinese) != {"numerator", "denominator"}:
        assert CHINESE.search(chinese) or chinese == english


def test_every_text_is_used_and_every_used_text_exists():
    code = "\n".join(path.read_text("utf-8") for path in SOURCES if path.name != "texts.py")
    used = set(re.findall(r'["\']([a-z_0-9]+)["\']', code))
    families = ("allow_", "equity_", "metric_", "rule_", "layer_", "provenance_", "status_")
    assert {key for key in TEXTS if not key.startswith(families)} - used == set()
    called = set(re.findall(r'\btext\(\s*"([a-z_]+)"', code))
    assert called - set(TEXTS) == set()


def test_every_choice_has_words():
    for metric in CoverageMetric:
        assert text(f"metric_{metric}", "zh")
    for rule in get_args(ConnectionRule):
        assert text(f"rule_{rule}", "zh")
    for measure in EQUITY:
        assert text(f"equity_{measure}", "zh")
    for provenance in Provenance:
        assert text(f"provenance_{provenance}", "zh")
    for status in SolveStatus:
        assert text(f"status_{status}", "zh")


def test_every_documented_parameter_has_a_name_in_both_languages():
    assert {name for name, _, _ in Scenario().facts()} == set(PARAMETERS)
    for chinese, english in PARAMETERS.values():
        assert CHINESE.search(chinese)
        assert not CHINESE.search(english)


@pytest.mark.parametrize("table", [STAGES, UNITS])
def test_proofs_are_told_in_both_languages(table):
    for chinese, english in table.values():
        assert CHINESE.search(chinese)
        assert not CHINESE.search(english)


def test_every_siting_stage_has_words():
    from planner.locate.stages import UNITS as SITING_UNITS

    assert {f"locate.{stage}" for stage in (*SITING_UNITS, "outreach", "together")} == {
        stage for stage in STAGES if stage.startswith("locate.")
    }
    assert set(SITING_UNITS.values()) <= set(UNITS)


def test_languages_are_those_of_the_map():
    assert list(LANGUAGE_NAMES) == ["zh", "en"]


def test_no_chinese_outside_the_texts():
    for path in SOURCES:
        if path.name != "texts.py":
            code = re.sub(r'""".*?"""|#.*', "", path.read_text("utf-8"), flags=re.DOTALL)
            assert CHINESE.findall(code) == [], path.name
