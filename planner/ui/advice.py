"""How an infeasible scenario's way out is worded in the app: by the names of its controls, not by keys to type."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from planner.errors import Advice, Setting
from planner.mapping.words import say
from planner.ui.controls import CNY_PER_WAN, TARGET_PERCENT
from planner.ui.texts import PARAMETERS, text

_SITES: Final = {"sites.open": "sites_open", "sites.closed": "sites_closed"}


def advice_lines(advice: Advice, language: str) -> list[str]:
    """What to change, and each setting on a line of its own."""
    return [advice.words.say(language), *(setting_line(setting, language) for setting in advice.settings)]


def setting_line(setting: Setting, language: str) -> str:
    """One setting: the control and where to put it, or the key of the scenario file where there is no control."""
    value = setting.value or ""
    if setting.key == "budget_cny":
        return _moved(text("budget", language), f"{-(-int(value) // CNY_PER_WAN):,}")
    if setting.key == "targets.township_outlets":
        percent = int(Fraction(value) * 100)
        if percent >= TARGET_PERCENT[0]:
            return _moved(text("target_townships", language), f"{percent}")
    if setting.key == "network.month" and setting.value is None:
        return _moved(text("month", language), text("all_year", language))
    if setting.key in _SITES:
        name = text(_SITES[setting.key], language)
    else:
        name = say(PARAMETERS[setting.key], language) if setting.key in PARAMETERS else setting.key
    in_file = f"{setting.key} = {value or '[]'}"
    return text("in_scenario_file", language, name=name, setting=in_file)


def _moved(control: str, value: str) -> str:
    return f"{control} → {value}"
