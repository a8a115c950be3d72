"""The way out of an infeasible scenario, in the words of the app's controls."""

import pytest

from planner.errors import Advice, Sentence, Setting
from planner.ui.advice import advice_lines, setting_line


@pytest.mark.parametrize(
    ("setting", "zh", "en"),
    [
        (Setting("budget_cny", "1530001"), "投资上限（万元） → 154", "Investment limit (10,000 CNY) → 154"),
        (Setting("targets.township_outlets", "0.8888"), "乡乡有网点：乡镇比例下限（%） → 88", "at least (%) → 88"),
        (Setting("targets.township_outlets", "0.3333"), "targets.township_outlets = 0.3333", "scenario file"),
        (Setting("network.month", None), "全年，所有道路通行", "All year, every road open"),
        (
            Setting("supply.county_to_township_km", "42.618"),
            "县到乡最远供货距离（情景文件中 supply.county_to_township_km = 42.618）",
            "longest county–township supply road (in a scenario file: supply.county_to_township_km = 42.618)",
        ),
        (
            Setting("sites.closed", ""),
            "不得设站的候选点（情景文件中 sites.closed = []）",
            "Sites that may not be opened",
        ),
    ],
)
def test_a_setting_is_worded_by_its_control_or_its_place_in_a_scenario_file(setting, zh, en):
    assert zh in setting_line(setting, "zh")
    assert en in setting_line(setting, "en")
    for language in ("zh", "en"):
        assert "--set" not in setting_line(setting, language)


def test_on_a_terminal_the_same_settings_are_typed():
    advice = Advice(
        Sentence("a plan exists then", "即有方案"),
        (Setting("budget_cny", "5"), Setting("sites.open", "a b,c"), Setting("network.month", None)),
    )
    typed = advice.on_terminal()
    assert typed.en == 'a plan exists then: --set budget_cny=5 --set sites.open="a b,c" leave network.month out'
    assert typed.zh == '即有方案：--set budget_cny=5 --set sites.open="a b,c" 不设 network.month'
    assert advice_lines(advice, "en")[:2] == ["a plan exists then", "Investment limit (10,000 CNY) → 1"]
